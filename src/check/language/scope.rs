//! What the names of a Bicep file mean: its declarations, and which of them each use of a name is about.

use rustc_hash::FxHashMap;

use crate::read::bicep::File;
use crate::read::bicep::ast::{
    ArrayItem, Body, Decorator, Expr, ExprKind, Func, Import, Imported, Key, Loop, Module, Name, Object, ObjectItem,
    Param, Part, Resource, Statement, StatementKind, Type, TypeKind, Var,
};

/// What declares a name.
#[derive(Clone, Copy)]
pub enum Kind<'f> {
    /// A parameter.
    Param(&'f Param),
    /// A variable.
    Var(&'f Var),
    /// A resource.
    Resource(&'f Resource),
    /// A module.
    Module(&'f Module),
    /// A type.
    Type(&'f Type),
    /// A function.
    Func(&'f Func),
    /// A name of another file.
    Imported(&'f Import),
    /// All names of another file.
    Wildcard(&'f Import),
    /// Anything else that has a name: an extension, a test, an assertion.
    Other,
}

/// One declaration.
pub struct Declaration<'f> {
    /// Its name, where it is written.
    pub name: &'f Name,
    /// What it is.
    pub kind: Kind<'f>,
    /// Its decorators.
    pub decorators: &'f [Decorator],
    /// Where it stands among the statements of the file.
    pub statement: usize,
    /// The resource in whose body it stands.
    pub parent: Option<usize>,
    /// Something in the file uses it.
    pub used: bool,
}

impl<'f> Declaration<'f> {
    /// What follows the `=` of a resource or module.
    pub fn body(&self) -> Option<&'f Body> {
        match self.kind {
            Kind::Resource(r) => Some(&r.body),
            Kind::Module(m) => Some(&m.body),
            _ => None,
        }
    }

    /// The properties of a resource or module.
    pub fn object(&self) -> Option<&'f Object> {
        self.body()?.object.as_ref()
    }

    /// It is a loop of resources or modules.
    pub fn is_collection(&self) -> bool {
        self.body().is_some_and(|b| b.each.is_some())
    }
}

/// A variable of a loop or lambda, or the parameter of a function.
pub struct Local<'f> {
    /// Its name, where it is bound.
    pub name: &'f Name,
    /// Where it is used, in order.
    pub uses: Vec<&'f Name>,
    /// Which loop, lambda or function binds it.
    pub binder: usize,
}

/// What a name means where it is used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// A variable of a loop or lambda, or the parameter of a function.
    Local,
    /// An item of a list that a loop or lambda goes through, as an index into [`Scope::lists`].
    Item(usize),
    /// The position of such an item.
    Index,
    /// A declaration, as an index.
    Declared(usize),
    /// The namespace `sys` or `az`.
    Namespace,
    /// Nothing.
    Unknown,
}

/// The names of a file.
pub struct Scope<'f> {
    /// All declarations, nested resources after their parents.
    pub declarations: Vec<Declaration<'f>>,
    /// The top-level declarations by name: the first of each.
    pub top: FxHashMap<&'f str, usize>,
    /// What the names in expressions and types mean, by their first byte.
    meanings: FxHashMap<u32, Meaning>,
    /// The names in expressions that mean nothing, in order.
    pub unknown: Vec<&'f Name>,
    /// Names in types that mean a value, in order.
    pub values_as_types: Vec<&'f Name>,
    /// The names in types that mean something of this file, in order.
    names_of_types: Vec<&'f Name>,
    /// The lists that loops and lambdas go through.
    pub lists: Vec<&'f Expr>,
    /// The uses of each declaration, in order.
    pub uses: Vec<Vec<&'f Name>>,
    /// What loops, lambdas and functions bind, in order.
    pub locals: Vec<Local<'f>>,
    /// The resources in the body of each.
    children: FxHashMap<usize, Vec<usize>>,
    /// The same by name: the first of each.
    named: FxHashMap<(usize, &'f str), usize>,
    /// Other names for `az` and `sys`.
    namespaces: FxHashMap<&'f str, &'f str>,
}

impl<'f> Scope<'f> {
    /// Of a file.
    pub fn of(file: &'f File) -> Self {
        let mut scope = Scope {
            declarations: Vec::new(),
            top: FxHashMap::default(),
            meanings: FxHashMap::default(),
            unknown: Vec::new(),
            values_as_types: Vec::new(),
            names_of_types: Vec::new(),
            uses: Vec::new(),
            locals: Vec::new(),
            lists: Vec::new(),
            children: FxHashMap::default(),
            named: FxHashMap::default(),
            namespaces: FxHashMap::default(),
        };
        for (i, s) in file.statements.iter().enumerate() {
            scope.declare(s, i);
        }
        scope.uses = vec![Vec::new(); scope.declarations.len()];
        let mut binder = Binder { next: 0, binders: 0, scope, locals: FxHashMap::default() };
        file.statements.iter().for_each(|s| binder.statement(s));
        // What is bound around them nobody knows, so that what they do not find is no mistake.
        let unknown = binder.scope.unknown.len();
        file.fragments.iter().for_each(|e| binder.expr(e));
        binder.scope.unknown.truncate(unknown);
        binder.scope
    }

    /// What a name in an expression or a type means.
    pub fn meaning(&self, name: &Name) -> Meaning {
        self.meanings.get(&name.span.start).copied().unwrap_or(Meaning::Unknown)
    }

    /// What every name in an expression or a type means, by its first byte, in no order.
    pub fn meanings(&self) -> impl Iterator<Item = (u32, Meaning)> {
        self.meanings.iter().map(|(start, meaning)| (*start, *meaning))
    }

    /// The namespace of the language that a name means, `az` or `sys`.
    pub fn namespace(&self, name: &'f Name) -> &'f str {
        self.namespaces.get(name.text.as_str()).copied().unwrap_or(name.text.as_str())
    }

    /// The function of the language that an expression calls, by its own name or behind that of its namespace, with what it is given.
    pub fn builtin<'e>(&self, e: &'e Expr) -> Option<(&'e Name, &'e [Expr])> {
        match &e.kind {
            ExprKind::Call { name, args } => (!self.top.contains_key(name.text.as_str())).then_some((name, args)),
            ExprKind::MethodCall { base, name, args } => self.is_namespace(base).then_some((name, args)),
            _ => None,
        }
    }

    /// Whether an expression is one of the namespaces of the language.
    pub fn is_namespace(&self, e: &Expr) -> bool {
        matches!(&e.kind, ExprKind::Var(name) if self.meaning(name) == Meaning::Namespace)
    }

    /// The same of a name that is only a text.
    pub fn namespace_of<'n>(&'n self, name: &'n str) -> &'n str {
        self.namespaces.get(name).copied().unwrap_or(name)
    }

    /// The declaration that a name means.
    pub fn declared(&self, name: &Name) -> Option<&Declaration<'f>> {
        match self.meaning(name) {
            Meaning::Declared(i) => self.declarations.get(i),
            _ => None,
        }
    }

    /// The resource or module that an expression names, as an index: `a`, `a::b`.
    pub fn target(&self, e: &Expr) -> Option<usize> {
        match &e.kind {
            ExprKind::Var(name) => match self.meaning(name) {
                Meaning::Declared(i) => self.declarations.get(i)?.body().map(|_| i),
                _ => None,
            },
            ExprKind::Nested { base, name } => {
                let parent = self.target(base)?;
                match self.meanings.get(&name.span.start) {
                    Some(Meaning::Declared(i)) if self.declarations.get(*i)?.parent == Some(parent) => Some(*i),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Where a declaration is used as a type.
    pub fn uses_as_type(&self, index: usize) -> impl Iterator<Item = &'f Name> {
        let of = move |name: &&&'f Name| self.meaning(name) == Meaning::Declared(index);
        self.names_of_types.iter().filter(of).copied()
    }

    /// The variable that an expression names.
    pub fn variable(&self, e: &Expr) -> Option<(&Declaration<'f>, &'f Var)> {
        let ExprKind::Var(name) = &e.kind else { return None };
        let declaration = self.declared(name)?;
        if let Kind::Var(v) = declaration.kind { Some((declaration, v)) } else { None }
    }

    fn declare(&mut self, s: &'f Statement, statement: usize) {
        let mut add = |name: &'f Name, kind| {
            self.top.entry(name.text.as_str()).or_insert(self.declarations.len());
            let decorators = s.decorators.as_slice();
            self.declarations.push(Declaration { name, kind, decorators, statement, parent: None, used: false });
        };
        match &s.kind {
            StatementKind::Param(p) => add(&p.name, Kind::Param(p)),
            StatementKind::Var(v) => add(&v.name, Kind::Var(v)),
            StatementKind::Module(m) => add(&m.name, Kind::Module(m)),
            StatementKind::Type { name, value } => add(name, Kind::Type(value)),
            StatementKind::Func(f) => add(&f.name, Kind::Func(f)),
            StatementKind::Import(import) => match &import.what {
                Imported::Items(items) => items.iter().for_each(|i| add(i.local(), Kind::Imported(import))),
                Imported::All(name) => add(name, Kind::Wildcard(import)),
                Imported::Invalid => {}
            },
            // The language's own namespaces are there anyway, perhaps by another name as well.
            StatementKind::Extension(e) if e.is_language() => {
                if let (Some(alias), ExprKind::Var(name)) = (&e.alias, &e.spec.kind) {
                    self.namespaces.insert(alias.text.as_str(), name.text.as_str());
                }
            }
            StatementKind::Extension(e) => {
                if let Some(alias) = &e.alias {
                    add(alias, Kind::Other);
                } else if let ExprKind::Var(name) = &e.spec.kind {
                    add(name, Kind::Other);
                } else if let ExprKind::Str(_) = &e.spec.kind {
                    // Its own name, which is in a file that nobody has here.
                }
            }
            StatementKind::Resource(r) => {
                add(&r.name, Kind::Resource(r));
                let own = self.declarations.len() - 1;
                self.nested(r, own, statement);
            }
            _ => {}
        }
    }

    fn nested(&mut self, r: &'f Resource, parent: usize, statement: usize) {
        for nested in r.body.object.iter().flat_map(Object::resources) {
            let own = self.declarations.len();
            self.children.entry(parent).or_default().push(own);
            self.named.entry((parent, nested.resource.name.text.as_str())).or_insert(own);
            self.declarations.push(Declaration {
                name: &nested.resource.name,
                kind: Kind::Resource(&nested.resource),
                decorators: &nested.decorators,
                statement,
                parent: Some(parent),
                used: false,
            });
            self.nested(&nested.resource, own, statement);
        }
    }
}

/// Binds the names of a file, in the order in which its resources were declared.
struct Binder<'f> {
    scope: Scope<'f>,
    /// What is bound around the place that is looked at, and which of the scope's locals that is.
    locals: FxHashMap<&'f str, Vec<(Meaning, Option<usize>)>>,
    /// The loops, lambdas and functions so far.
    binders: usize,
    /// The next declaration of a resource.
    next: usize,
}

impl<'f> Binder<'f> {
    fn statement(&mut self, s: &'f Statement) {
        self.decorators(&s.decorators);
        match &s.kind {
            StatementKind::TargetScope { value }
            | StatementKind::Metadata { value, .. }
            | StatementKind::Assert { value, .. } => self.expr(value),
            StatementKind::Param(p) => {
                p.ty.iter().for_each(|t| self.ty(t));
                p.value.iter().for_each(|v| self.expr(v));
            }
            StatementKind::Var(v) => {
                v.ty.iter().for_each(|t| self.ty(t));
                self.expr(&v.value);
            }
            StatementKind::Resource(r) => {
                // Declarations stand in the order of the text.
                let at = self.next;
                let rest = self.scope.declarations.iter().skip(at);
                let here = rest.take_while(|d| !std::ptr::eq(d.name, &r.name)).count();
                self.next = at + here;
                self.resource(r);
            }
            StatementKind::Module(m) => self.body(&m.body),
            StatementKind::Output(o) => {
                self.ty(&o.ty);
                self.expr(&o.value);
            }
            StatementKind::Type { value, .. } => self.ty(value),
            StatementKind::Func(f) => {
                f.params.iter().for_each(|p| self.ty(&p.ty));
                self.ty(&f.result);
                let names = f.params.iter().map(|p| (&p.name, Meaning::Local)).collect();
                self.with(names, |this| this.expr(&f.body));
            }
            StatementKind::Extension(e) => e.config.iter().for_each(|o| self.object(o)),
            StatementKind::Using(u) => u.config.iter().for_each(|o| self.object(o)),
            StatementKind::Test { body, .. } => body.iter().for_each(|o| self.object(o)),
            StatementKind::ExtensionConfig { config, .. } => config.iter().for_each(|o| self.object(o)),
            StatementKind::Import(_) | StatementKind::Extends { .. } | StatementKind::Invalid => {}
        }
    }

    fn decorators(&mut self, list: &'f [Decorator]) {
        list.iter().for_each(|d| self.expr(&d.expr));
    }

    fn resource(&mut self, r: &'f Resource) {
        let own = self.next;
        self.next += 1;
        let indexes = self.scope.children.get(&own).cloned().unwrap_or_default();
        let name_of = |i: usize| Some((self.scope.declarations.get(i)?.name.text.as_str(), i));
        let children: Vec<(&'f str, usize)> = indexes.into_iter().filter_map(name_of).collect();
        for (name, index) in &children {
            self.locals.entry(name).or_default().push((Meaning::Declared(*index), None));
        }
        // What Azure has of a resource that is deployed here; one that is there already is looked up by its name.
        let this = r.existing.is_none();
        if this {
            self.locals.entry("this").or_default().push((Meaning::Local, None));
        }
        self.body(&r.body);
        if let Some(stack) = self.locals.get_mut("this").filter(|_| this) {
            stack.pop();
        }
        for (name, _) in &children {
            if let Some(stack) = self.locals.get_mut(name) {
                stack.pop();
            }
        }
    }

    fn with(&mut self, names: Vec<(&'f Name, Meaning)>, inside: impl FnOnce(&mut Self)) {
        for (name, meaning) in &names {
            let local = self.scope.locals.len();
            self.scope.locals.push(Local { name, uses: Vec::new(), binder: self.binders });
            self.locals.entry(name.text.as_str()).or_default().push((*meaning, Some(local)));
        }
        self.binders += 1;
        inside(self);
        for (name, _) in &names {
            if let Some(stack) = self.locals.get_mut(name.text.as_str()) {
                stack.pop();
            }
        }
    }

    /// The variables of a loop, whose list is bound before.
    fn variables(&mut self, each: &'f Loop) -> Vec<(&'f Name, Meaning)> {
        self.expr(&each.list);
        self.scope.lists.push(&each.list);
        let item = Meaning::Item(self.scope.lists.len() - 1);
        let item = each.item.iter().map(|name| (name, item));
        item.chain(each.index.iter().map(|name| (name, Meaning::Index))).collect()
    }

    fn body(&mut self, b: &'f Body) {
        let names = b.each.as_ref().map(|each| self.variables(each)).unwrap_or_default();
        self.with(names, |this| {
            b.condition.iter().for_each(|c| this.expr(c));
            b.object.iter().for_each(|o| this.object(o));
        });
    }

    fn object(&mut self, o: &'f Object) {
        for item in &o.items {
            match item {
                ObjectItem::Property(p) => {
                    if let Key::Computed(key) = &p.key {
                        self.expr(key);
                    }
                    self.expr(&p.value);
                }
                ObjectItem::Spread(e) => self.expr(e),
                ObjectItem::Resource(nested) => {
                    self.decorators(&nested.decorators);
                    self.resource(&nested.resource);
                }
            }
        }
    }

    fn expr(&mut self, e: &'f Expr) {
        match &e.kind {
            ExprKind::Var(name) => self.name(name),
            ExprKind::Interpolated(parts) => {
                for part in parts {
                    if let Part::Expr(e) = part {
                        self.expr(e);
                    }
                }
            }
            ExprKind::Array(items) => {
                for item in items {
                    let (ArrayItem::Value(e) | ArrayItem::Spread(e)) = item;
                    self.expr(e);
                }
            }
            ExprKind::Object(o) => self.object(o),
            ExprKind::For(f) => {
                let names = self.variables(&f.each);
                self.with(names, |this| this.expr(&f.body));
            }
            ExprKind::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Nested { base, name } => {
                self.expr(base);
                if let Some(parent) = self.scope.target(base) {
                    let child = self.scope.named.get(&(parent, name.text.as_str())).copied();
                    if let Some(child) = child {
                        self.uses(name, Meaning::Declared(child));
                    }
                }
            }
            ExprKind::Unary { operand: e, .. }
            | ExprKind::Member { base: e, .. }
            | ExprKind::NonNull(e)
            | ExprKind::Paren(e) => self.expr(e),
            ExprKind::Ternary { condition, then, otherwise } => {
                [condition, then, otherwise].into_iter().for_each(|e| self.expr(e));
            }
            ExprKind::Index { base, index, .. } => {
                self.expr(base);
                self.expr(index);
            }
            ExprKind::Call { name, args } => {
                // A function of the file; those of the language are in no scope.
                if let Some(at) = self.scope.top.get(name.text.as_str()).copied() {
                    self.uses(name, Meaning::Declared(at));
                }
                self.arguments(&name.text, args);
            }
            ExprKind::MethodCall { base, name, args } => {
                self.expr(base);
                match &base.kind {
                    ExprKind::Var(n) if self.scope.meaning(n) == Meaning::Namespace => self.arguments(&name.text, args),
                    _ => args.iter().for_each(|e| self.expr(e)),
                }
            }
            ExprKind::Lambda { params, body } => {
                self.with(params.iter().map(|p| (p, Meaning::Local)).collect(), |this| this.expr(body));
            }
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Str(_) | ExprKind::Invalid => {}
        }
    }

    /// Arguments of a function. A lambda behind a list gets its items.
    fn arguments(&mut self, function: &str, args: &'f [Expr]) {
        let of_items = matches!(function, "map" | "filter" | "toObject" | "groupBy" | "sort" | "reduce");
        let list = args.first().filter(|_| of_items && !self.scope.top.contains_key(function));
        for (i, arg) in args.iter().enumerate() {
            match (&arg.kind, list) {
                (ExprKind::Lambda { params, body }, Some(list)) if i > 0 => {
                    self.scope.lists.push(list);
                    let item = Meaning::Item(self.scope.lists.len() - 1);
                    let meaning = |at| match (function, at) {
                        // What the steps before came to, which is no item.
                        ("reduce", 0) => Meaning::Local,
                        (_, 0) | ("reduce" | "sort", 1) => item,
                        _ => Meaning::Index,
                    };
                    let names = params.iter().enumerate().map(|(at, p)| (p, meaning(at))).collect();
                    self.with(names, |this| this.expr(body));
                }
                _ => self.expr(arg),
            }
        }
    }

    fn name(&mut self, name: &'f Name) {
        let text = name.text.as_str();
        let bound = self.locals.get(text).and_then(|stack| stack.last()).copied();
        if let Some(local) = bound.and_then(|(_, local)| self.scope.locals.get_mut(local?)) {
            local.uses.push(name);
        }
        let meaning = match bound {
            Some((meaning, _)) => meaning,
            None => match self.scope.top.get(text) {
                Some(at) => Meaning::Declared(*at),
                None if matches!(text, "sys" | "az") || self.scope.namespaces.contains_key(text) => Meaning::Namespace,
                None => Meaning::Unknown,
            },
        };
        if meaning == Meaning::Unknown {
            self.scope.unknown.push(name);
        }
        self.uses(name, meaning);
    }

    fn uses(&mut self, name: &'f Name, meaning: Meaning) {
        self.scope.meanings.insert(name.span.start, meaning);
        if let Meaning::Declared(i) = meaning
            && let Some(d) = self.scope.declarations.get_mut(i)
        {
            d.used = true;
            if let Some(uses) = self.scope.uses.get_mut(i) {
                uses.push(name);
            }
        }
    }

    fn ty(&mut self, t: &'f Type) {
        super::walk::ty(t, &mut |node| {
            match node {
                super::walk::Node::Type(t) => match &t.kind {
                    TypeKind::Named(name) => {
                        if let Some(at) = self.scope.top.get(name.text.as_str()).copied() {
                            let kind = self.scope.declarations.get(at).map(|d| d.kind);
                            if let Some(Kind::Param(_) | Kind::Var(_) | Kind::Resource(_) | Kind::Module(_)) = kind {
                                self.scope.values_as_types.push(name);
                            }
                            self.scope.names_of_types.push(name);
                            self.uses(name, Meaning::Declared(at));
                        }
                    }
                    TypeKind::Apply { .. } => {}
                    _ => {}
                },
                super::walk::Node::Decorator(d) => {
                    self.expr(&d.expr);
                    return false;
                }
                super::walk::Node::Expr(_) | super::walk::Node::Property(_) => {}
            }
            true
        });
    }
}
