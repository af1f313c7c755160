//! One template model for both languages.
//!
//! ARM JSON ([`arm`]) and Bicep ([`bicep`]) become the same [`Template`]: parameters, variables, resources and outputs whose
//! values are [`Expr`] trees in which every node knows the text it was written as. What comes after this step does not know
//! which language a template was written in.

pub mod arm;
mod behind;
pub mod bicep;
pub mod bicep_config;
mod endless;
pub mod expr;
pub mod format_string;
pub mod function_table;
pub mod library;
mod loader;
pub mod module_reference;
pub mod parameters;
pub(crate) mod placeholders;
pub mod registry;
mod shelf;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use crate::lower_case::in_lower_case;
use crate::read::{FileId, Span};
pub use expr::{Call, Expr, ExprKind, Loop, Property};
pub use function_table::{Builtin, Namespace, Returns, Tells};
pub use library::{Held, Library};
pub use loader::{Loader, NoFiles};

/// Where a template is deployed to; decides what `resourceGroup()` and ids mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScopeKind {
    /// `deploymentTemplate.json`
    ResourceGroup,
    /// `subscriptionDeploymentTemplate.json`
    Subscription,
    /// `managementGroupDeploymentTemplate.json`
    ManagementGroup,
    /// `tenantDeploymentTemplate.json`
    Tenant,
}

/// A template, whatever language it was written in.
#[derive(Debug, Clone)]
pub struct Template {
    /// The file that holds it.
    pub file: FileId,
    /// Its text: the whole root value, or the `template` object of a nested deployment.
    pub span: Span,
    /// The JSON pointer of the template in its file; empty for a root template.
    pub pointer: EcoString,
    /// The scope it says it is for.
    pub scope: ScopeKind,
    /// `contentVersion`, the author's own version of it; the Bicep compiler writes `1.0.0.0`.
    pub content_version: Option<EcoString>,
    /// `apiProfile` gives the resources their API versions.
    pub profile: bool,
    /// Resources are an object keyed by symbolic name (`languageVersion` 2.0; always so for Bicep).
    pub symbolic: bool,
    /// Parameters in document order.
    pub parameters: Vec<Parameter>,
    /// Variables in document order.
    pub variables: Vec<Variable>,
    /// User-defined functions.
    pub functions: Vec<Function>,
    /// User-defined types.
    pub types: Vec<TypeDefinition>,
    /// Resources in document order, children of nested `resources` inside their parents.
    pub resources: Vec<Arc<Resource>>,
    /// Outputs in document order.
    pub outputs: Vec<Output>,
    /// `metadata`, evaluated by nobody but read by rules.
    pub metadata: Option<Expr>,
    /// What stands in `any(…)`: the author says that its type is nobody's business.
    pub untyped: Vec<Span>,
    /// Where names are, made when first asked for.
    pub places: Places,
}

impl Template {
    /// A template that declares nothing.
    pub fn empty(file: FileId, span: Span, scope: ScopeKind) -> Template {
        Template {
            file,
            span,
            pointer: EcoString::new(),
            scope,
            content_version: None,
            profile: false,
            symbolic: false,
            parameters: Vec::new(),
            variables: Vec::new(),
            functions: Vec::new(),
            types: Vec::new(),
            resources: Vec::new(),
            outputs: Vec::new(),
            metadata: None,
            untyped: Vec::new(),
            places: Places::default(),
        }
    }
}

/// Where the parameters, variables, types and functions of a [`Template`] are, for templates that have many.
#[derive(Debug, Clone, Default)]
pub struct Places {
    parameters: OnceLock<FxHashMap<EcoString, usize>>,
    variables: OnceLock<FxHashMap<EcoString, usize>>,
    types: OnceLock<FxHashMap<EcoString, usize>>,
    functions: OnceLock<FxHashMap<EcoString, usize>>,
}

/// Up to so many names are looked through one by one.
const FEW: usize = 16;

/// The first thing with this name, without regard to case.
fn find<'t, T, N: AsRef<str>>(
    all: &'t [T],
    name: &str,
    name_of: impl Fn(&'t T) -> N,
    places: &OnceLock<FxHashMap<EcoString, usize>>,
) -> Option<(usize, &'t T)> {
    if all.len() <= FEW {
        return all.iter().enumerate().find(|(_, t)| name_of(t).as_ref().eq_ignore_ascii_case(name));
    }
    let places = places.get_or_init(|| {
        let mut places = FxHashMap::default();
        for (i, t) in all.iter().enumerate() {
            places.entry(name_of(t).as_ref().to_ascii_lowercase().into()).or_insert(i);
        }
        places
    });
    let at = in_lower_case(name, |name| places.get(name).copied())?;
    Some((at, all.get(at)?))
}

impl Template {
    /// The parameter of this name, without regard to case.
    pub fn parameter(&self, name: &str) -> Option<(usize, &Parameter)> {
        find(&self.parameters, name, |p| &p.name, &self.places.parameters)
    }

    /// The variable of this name, without regard to case.
    pub fn variable(&self, name: &str) -> Option<(usize, &Variable)> {
        find(&self.variables, name, |v| &v.name, &self.places.variables)
    }

    /// The user-defined type of this name, without regard to case.
    pub fn type_definition(&self, name: &str) -> Option<&TypeDefinition> {
        find(&self.types, name, |t| &t.name, &self.places.types).map(|(_, t)| t)
    }

    /// The index of a user-defined type, without regard to case.
    fn type_place(&self, name: &str) -> Option<usize> {
        find(&self.types, name, |t| &t.name, &self.places.types).map(|(at, _)| at)
    }

    /// The user-defined function of this namespace and name, without regard to case.
    pub fn function(&self, namespace: &str, name: &str) -> Option<(usize, &Function)> {
        let whole = |f: &Function| eco_format!("{}.{}", f.namespace, f.name);
        find(&self.functions, &eco_format!("{namespace}.{name}"), whole, &self.places.functions)
    }
}

/// A declared parameter.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name as declared.
    pub name: EcoString,
    /// Where the name stands.
    pub name_span: Span,
    /// What values it takes.
    pub ty: Type,
    /// The value where none is given.
    pub default: Option<Expr>,
    /// `metadata`.
    pub metadata: Option<Expr>,
    /// The whole declaration.
    pub span: Span,
}

/// A declared variable.
#[derive(Debug, Clone)]
pub struct Variable {
    /// Its name as declared.
    pub name: EcoString,
    /// Where the name stands.
    pub name_span: Span,
    /// What it says its value is, if it does.
    pub ty: Option<Type>,
    /// Its value; a `copy` variable is a [`ExprKind::Loop`].
    pub value: Expr,
}

/// A declared output.
#[derive(Debug, Clone)]
pub struct Output {
    /// Its name as declared.
    pub name: EcoString,
    /// Where the name stands.
    pub name_span: Span,
    /// What it says its value is.
    pub ty: Type,
    /// Its value; a `copy` output is a [`ExprKind::Loop`].
    pub value: Expr,
    /// It exists only if this holds.
    pub condition: Option<Expr>,
    /// The whole declaration.
    pub span: Span,
}

/// A user-defined function (`functions` of a template, `func` of Bicep).
#[derive(Debug, Clone)]
pub struct Function {
    /// The namespace (`__bicep` for Bicep's own).
    pub namespace: EcoString,
    /// The name.
    pub name: EcoString,
    /// Parameter names and types, in order.
    pub parameters: Vec<(EcoString, Type)>,
    /// The type of what comes out.
    pub returns: Option<Type>,
    /// The body; it sees its parameters and other functions only.
    pub body: Expr,
}

/// A named type of a template (`definitions`).
#[derive(Debug, Clone)]
pub struct TypeDefinition {
    /// The name.
    pub name: EcoString,
    /// Where the name stands.
    pub name_span: Span,
    /// The type.
    pub ty: Type,
}

/// A type, as far as it decides values: defaults, nullability, allowed values, secrecy, constraints.
#[derive(Debug, Clone, Default)]
pub struct Type {
    /// What kind of value.
    pub kind: TypeKind,
    /// `null` is a value of it, and the value where none is given.
    pub nullable: bool,
    /// The only values there are.
    pub allowed: Option<Vec<Expr>>,
    /// Shortest string or array.
    pub min_length: Option<i64>,
    /// Longest string or array.
    pub max_length: Option<i64>,
    /// Smallest integer.
    pub min_value: Option<i64>,
    /// Largest integer.
    pub max_value: Option<i64>,
    /// The type of Microsoft's that it is taken from.
    pub derived: Option<Box<Derived>>,
    /// Where the type is written; `None` where it is left out.
    pub span: Option<Span>,
}

/// A part of the type of a resource: `resourceInput<'Microsoft.Storage/storageAccounts@2023-01-01'>.sku`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    /// Type and API version, with an `@` between them.
    pub resource: EcoString,
    /// The way from there to the part.
    pub path: Vec<Step>,
    /// It is the type of what Azure answers (`resourceOutput`), not of what it is given (`resourceInput`).
    pub output: bool,
}

/// One step into a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// To a property.
    Property(EcoString),
    /// To the properties that have no names of their own.
    Additional,
    /// To the items of an array.
    Items,
}

impl Derived {
    /// A part of this.
    pub(crate) fn then(&self, step: Step) -> Box<Derived> {
        let mut path = self.path.clone();
        path.push(step);
        Box::new(Derived { resource: self.resource.clone(), path, output: self.output })
    }

    /// What a template in JSON says of it: `Microsoft.Web/sites@2023-01-01#properties/tags/additionalProperties`.
    pub(crate) fn of_pointer(text: &str, output: bool) -> Option<Derived> {
        let (resource, pointer) = text.split_once('#')?;
        let mut path = Vec::new();
        let mut parts = pointer.split('/').filter(|p| !p.is_empty());
        while let Some(part) = parts.next() {
            path.push(match part.to_ascii_lowercase().as_str() {
                "properties" => Step::Property(parts.next()?.replace("~1", "/").replace("~0", "~").into()),
                "additionalproperties" => Step::Additional,
                "items" => Step::Items,
                _ => return None,
            });
        }
        Some(Derived { resource: resource.into(), path, output })
    }
}

/// The kinds of [`Type`].
#[derive(Debug, Clone, Default)]
pub enum TypeKind {
    /// No type is given, or one that says nothing.
    #[default]
    Any,
    /// `string`
    String,
    /// `securestring`
    SecureString,
    /// `int`
    Int,
    /// `bool`
    Bool,
    /// `array`, perhaps with the type of its items, or one type per item (a tuple).
    Array {
        /// The type of every item after the prefix.
        items: Option<Box<Type>>,
        /// The types of the first items.
        prefix: Vec<Type>,
        /// There are no other items than the first ones.
        sealed: bool,
    },
    /// `object`, perhaps with the types of its properties.
    Object(Box<ObjectType>),
    /// `secureobject`
    SecureObject(Box<ObjectType>),
    /// `$ref` to a definition of the same template, by name.
    Ref(EcoString),
}

/// The properties of an object type.
#[derive(Debug, Clone, Default)]
pub struct ObjectType {
    /// Named properties.
    pub properties: Vec<(EcoString, Type)>,
    /// The type of all others.
    pub additional: Option<Box<Type>>,
    /// There are no others.
    pub sealed: bool,
    /// The type says which properties it names, though that may be none: `{}`, not `object`.
    pub listed: bool,
    /// The property that selects among the variants, and the variants by its value.
    pub discriminator: Option<(EcoString, Vec<(EcoString, Type)>)>,
}

/// A declared resource. What the evaluator treats specially is taken out; everything else is in `body`.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Its symbolic name, with the place of the name.
    pub symbol: Option<(EcoString, Span)>,
    /// It is referred to, not deployed.
    pub existing: bool,
    /// It belongs to an extension (a cluster, Microsoft Graph), not to Azure: it has no name and no id.
    pub extension: bool,
    /// The resource type. For a child in its parent's `resources`, as written (perhaps only the last segment).
    pub type_: Expr,
    /// The API version.
    pub api_version: Option<Expr>,
    /// The name as written; for Bicep with `parent:` the parent's name is already joined (`format('{0}/{1}', …)`).
    pub name: Expr,
    /// `condition`
    pub condition: Option<Expr>,
    /// `copy` of the resource: as many resources as `count` says.
    pub copy: Option<Loop>,
    /// `scope`: the resource that an extension resource extends, or another deployment scope.
    pub scope: Option<Expr>,
    /// `subscriptionId`: a deployment, or an existing resource, in another subscription.
    pub subscription_id: Option<Expr>,
    /// `resourceGroup`: a deployment, or an existing resource, in another resource group.
    pub resource_group: Option<Expr>,
    /// `dependsOn`; in Bicep, the symbolic names in it.
    pub depends_on: Option<Expr>,
    /// All other members, as an object: `location`, `properties`, `sku`, …
    pub body: Expr,
    /// Resources in this one's `resources`.
    pub children: Vec<Arc<Resource>>,
    /// For `Microsoft.Resources/deployments`: what it deploys.
    pub deployment: Option<Box<Deployment>>,
    /// The JSON pointer of the declaration within its file (`/resources/3`).
    pub pointer: EcoString,
    /// Where a finding about the resource as a whole belongs: the key of its `name` or `type` in ARM, its
    /// symbolic name in Bicep. Never a value: to change that would change nothing about the finding.
    pub place: Span,
    /// The whole declaration.
    pub span: Span,
}

/// A nested deployment, or a module.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// What is deployed.
    pub template: TemplateRef,
    /// The values of the template's parameters: an object whose members are `{value: …}` or `{reference: …}`, or an expression of one.
    pub parameters: Option<Expr>,
    /// The members of `parameters` are the values themselves: what a module is given that is not written as an object.
    pub plain: bool,
    /// `parametersLink`: where there is a file that gives the values.
    pub parameters_link: Option<Expr>,
    /// Expressions of the nested template are evaluated in the nested template (inner) or where it is written (outer).
    pub inner: bool,
    /// `location` of a deployment at a scope that needs one.
    pub location: Option<Expr>,
}

/// Whether resources of a type deploy a template.
pub(crate) fn is_deployment(type_: &str) -> bool {
    type_.eq_ignore_ascii_case("Microsoft.Resources/deployments")
}

/// Whether resources of a type deploy a template and keep what it deployed.
pub(crate) fn is_stack(type_: &str) -> bool {
    type_.eq_ignore_ascii_case("Microsoft.Resources/deploymentStacks")
}

/// Where the template of a nested deployment is.
#[derive(Debug, Clone)]
pub enum TemplateRef {
    /// Written in place.
    Inline(Arc<Template>),
    /// A local file, already resolved against the declaring file; `span` is where the path is written.
    File {
        /// The absolute path.
        path: PathBuf,
        /// Where it is written.
        span: Span,
    },
    /// `templateLink.uri`, which nothing here reads.
    Linked(Expr),
    /// A template that only evaluating this would make, which is not read.
    Computed(Expr),
    /// A `relativePath` that has to be evaluated.
    Relative(Expr),
    /// One of two, whichever a condition says.
    Chosen(Box<Chosen>),
    /// A module that could not be found, with a diagnostic already given.
    Missing(Span),
}

/// A template that a condition chooses: `if(condition, yes, no)`.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// What decides.
    pub condition: Expr,
    /// The template if it holds.
    pub yes: TemplateRef,
    /// The template if it does not.
    pub no: TemplateRef,
    /// The whole expression.
    pub whole: Expr,
}

impl Chosen {
    /// Whether none of the templates it chooses from can be read.
    pub fn is_computed(&self) -> bool {
        let computed = |template: &TemplateRef| match template {
            TemplateRef::Chosen(chosen) => chosen.is_computed(),
            other => matches!(other, TemplateRef::Computed(_)),
        };
        computed(&self.yes) && computed(&self.no)
    }
}

impl TemplateRef {
    /// The templates that are written in place: one, or those of which one is chosen.
    pub fn inline(&self) -> Vec<&Arc<Template>> {
        let (mut out, mut open) = (Vec::new(), vec![self]);
        while let Some(template) = open.pop() {
            match template {
                TemplateRef::Inline(inline) => out.push(inline),
                TemplateRef::Chosen(chosen) => open.extend([&chosen.no, &chosen.yes]),
                _ => {}
            }
        }
        out
    }
}
