//! The syntax of declarations.

use super::{Expr, ExprKind, Name, Object, Type};
use crate::read::Span;

/// One declaration with its decorators.
#[derive(Debug, Clone)]
pub struct Statement {
    /// What stands above it.
    pub decorators: Vec<Decorator>,
    /// The declaration.
    pub kind: StatementKind,
    /// From the first decorator to the end.
    pub span: Span,
}

/// `@name`, `@name(…)` or `@namespace.name(…)`.
#[derive(Debug, Clone)]
pub struct Decorator {
    /// What follows the `@`: [`ExprKind::Call`], [`ExprKind::MethodCall`], or, incomplete, something else.
    pub expr: Expr,
    /// With the `@`.
    pub span: Span,
}

impl Decorator {
    /// The called function's namespace (`sys` in `@sys.secure()`), its name and its arguments.
    /// `None` if this is no call, which the compiler refuses.
    pub fn call(&self) -> Option<(Option<&Name>, &Name, &[Expr])> {
        match &self.expr.kind {
            ExprKind::Call { name, args } => Some((None, name, args)),
            ExprKind::MethodCall { base, name, args } => match &base.kind {
                ExprKind::Var(namespace) => Some((Some(namespace), name, args)),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Every kind of declaration in `.bicep` and `.bicepparam` files.
#[derive(Debug, Clone)]
pub enum StatementKind {
    /// `targetScope = value`
    TargetScope {
        /// Usually a string literal.
        value: Expr,
    },
    /// `metadata name = value`
    Metadata {
        /// The key.
        name: Name,
        /// Its value.
        value: Expr,
    },
    /// `param name type = default`, and in a parameter file `param name = value`.
    Param(Param),
    /// `var name = value` or `var name type = value`
    Var(Var),
    /// `resource name 'type@version' = …`
    Resource(Resource),
    /// `module name 'path' = …`
    Module(Module),
    /// `output name type = value`
    Output(Output),
    /// `type name = …`
    Type {
        /// The new type's name.
        name: Name,
        /// What it stands for.
        value: Type,
    },
    /// `func name(a string) string => …`
    Func(Func),
    /// `import … from 'path'`
    Import(Import),
    /// `extension spec with {…} as alias`; also the older `provider '…'` and `import '…'`.
    Extension(Extension),
    /// `assert name = condition`
    Assert {
        /// Its name.
        name: Name,
        /// What must hold.
        value: Expr,
    },
    /// `test name 'path' = {…}`
    Test {
        /// Its name.
        name: Name,
        /// The tested file.
        path: Expr,
        /// The body, if it could be read.
        body: Option<Object>,
    },
    /// `using 'path'`, `using none`, `using 'path' with {…}`
    Using(Using),
    /// `extends 'path'`
    Extends {
        /// The extended parameter file.
        path: Expr,
    },
    /// `extensionConfig alias with {…}`
    ExtensionConfig {
        /// The alias of the extension.
        name: Name,
        /// Its configuration, if it could be read.
        config: Option<Object>,
    },
    /// Nothing that could be understood, or a declaration without a name.
    Invalid,
}

impl StatementKind {
    /// The name that the declaration gives to something.
    pub fn name(&self) -> Option<&Name> {
        match self {
            StatementKind::Metadata { name, .. }
            | StatementKind::Type { name, .. }
            | StatementKind::Assert { name, .. }
            | StatementKind::Test { name, .. }
            | StatementKind::ExtensionConfig { name, .. } => Some(name),
            StatementKind::Param(it) => Some(&it.name),
            StatementKind::Var(it) => Some(&it.name),
            StatementKind::Resource(it) => Some(&it.name),
            StatementKind::Module(it) => Some(&it.name),
            StatementKind::Output(it) => Some(&it.name),
            StatementKind::Func(it) => Some(&it.name),
            StatementKind::Extension(it) => it.alias.as_ref(),
            StatementKind::TargetScope { .. }
            | StatementKind::Import(_)
            | StatementKind::Using(_)
            | StatementKind::Extends { .. }
            | StatementKind::Invalid => None,
        }
    }
}

/// A parameter, or in a parameter file the value of one.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its name.
    pub name: Name,
    /// Its type; `None` in a parameter file.
    pub ty: Option<Type>,
    /// The default, or in a parameter file the value.
    pub value: Option<Expr>,
}

/// A variable.
#[derive(Debug, Clone)]
pub struct Var {
    /// Its name.
    pub name: Name,
    /// Its type, where one is given.
    pub ty: Option<Type>,
    /// Its value.
    pub value: Expr,
}

/// A resource, at the top level or within another.
#[derive(Debug, Clone)]
pub struct Resource {
    /// The symbol.
    pub name: Name,
    /// The string with type and version.
    pub ty: Expr,
    /// Where `existing` is written, if it is.
    pub existing: Option<Span>,
    /// What follows the `=`.
    pub body: Body,
}

/// A module.
#[derive(Debug, Clone)]
pub struct Module {
    /// The symbol.
    pub name: Name,
    /// The string with the path.
    pub path: Expr,
    /// What follows the `=`.
    pub body: Body,
}

/// `{…}`, `if (condition) {…}`, `[for item in list: {…}]` or `[for item in list: if (condition) {…}]`.
#[derive(Debug, Clone)]
pub struct Body {
    /// The loop around the rest.
    pub each: Option<Loop>,
    /// The condition; within the loop if there is one.
    pub condition: Option<Expr>,
    /// The properties. `None` if they could not be read.
    pub object: Option<Object>,
    /// All of it; empty if there is nothing.
    pub span: Span,
}

/// `for item in list` or `for (item, index) in list`.
#[derive(Debug, Clone)]
pub struct Loop {
    /// The variable for the item. `None` if it could not be read.
    pub item: Option<Name>,
    /// The variable for the position.
    pub index: Option<Name>,
    /// What is looped over.
    pub list: Box<Expr>,
    /// From `for` to the end of the list.
    pub span: Span,
}

/// An output.
#[derive(Debug, Clone)]
pub struct Output {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: Type,
    /// Its value.
    pub value: Expr,
}

/// A user-defined function.
#[derive(Debug, Clone)]
pub struct Func {
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub params: Vec<FuncParam>,
    /// What it gives.
    pub result: Type,
    /// How.
    pub body: Expr,
}

/// A parameter of a user-defined function.
#[derive(Debug, Clone)]
pub struct FuncParam {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: Type,
}

/// A compile-time import.
#[derive(Debug, Clone)]
pub struct Import {
    /// What is imported.
    pub what: Imported,
    /// The string with the path.
    pub path: Expr,
}

/// The part of an import before `from`.
#[derive(Debug, Clone)]
pub enum Imported {
    /// `{ a, b as c }`
    Items(Vec<ImportItem>),
    /// `* as name`
    All(Name),
    /// Unreadable.
    Invalid,
}

/// `name` or `name as alias`.
#[derive(Debug, Clone)]
pub struct ImportItem {
    /// The name in the other file.
    pub name: Name,
    /// The name in this file, if it is another.
    pub alias: Option<Name>,
}

impl ImportItem {
    /// The name in this file.
    pub fn local(&self) -> &Name {
        self.alias.as_ref().unwrap_or(&self.name)
    }
}

/// An extension.
#[derive(Debug, Clone)]
pub struct Extension {
    /// A string, or a name from `bicepconfig.json` ([`ExprKind::Var`]).
    pub spec: Expr,
    /// `with {…}`
    pub config: Option<Object>,
    /// `as alias`
    pub alias: Option<Name>,
}

impl Extension {
    /// It is no extension but one of the language's own namespaces, perhaps by another name.
    pub fn is_language(&self) -> bool {
        matches!(&self.spec.kind, ExprKind::Var(name) if matches!(name.text.as_str(), "az" | "sys"))
    }
}

/// The template of a parameter file.
#[derive(Debug, Clone)]
pub struct Using {
    /// `None` for `using none`.
    pub path: Option<Expr>,
    /// `with {…}`
    pub config: Option<Object>,
}

/// A resource declared within another one's body.
#[derive(Debug, Clone)]
pub struct NestedResource {
    /// What stands above it.
    pub decorators: Vec<Decorator>,
    /// The resource.
    pub resource: Resource,
    /// From the first decorator to the end.
    pub span: Span,
}
