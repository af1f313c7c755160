//! Templates as they are declared: for rules about what deployments say, before anything is evaluated.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::noted::Notes;
use crate::check::Remembered;
use crate::check::targets::forest::Node;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Found as Seen;
use crate::expand::{Data, Deployed, Deployment, Resource as ExpandedResource, Value};
pub(crate) use crate::expand::{
    allowed, has_secret, is_secure, resolved_type as resolved, type_members, type_members_of, type_parts,
};
use crate::model::{Builtin, Expr, ExprKind, Resource, Template, Type, TypeKind};
use crate::nesting;
use crate::read::json::Document;
use crate::read::json::pointer::escape_token;
use crate::read::{Sources, Span};

/// The values of a deployment's outputs by their names in lower case; the first of two with one name.
pub fn outputs(deployment: &Deployment) -> FxHashMap<EcoString, &Value> {
    let mut out = FxHashMap::default();
    for (name, value) in &deployment.outputs {
        out.entry(name.to_ascii_lowercase()).or_insert(value);
    }
    out
}

/// The template of a deployment.
pub struct Declared {
    /// The template.
    pub template: Arc<Template>,
    /// The template whose parameters and variables its expressions mean: another one for a nested deployment of outer scope.
    pub scope: Arc<Template>,
    /// What checks said of it, where that is remembered. Of one whose expressions mean another template, nothing is.
    pub notes: Option<Arc<Notes>>,
}

/// The templates of the nodes that somebody asked about.
#[derive(Default)]
pub struct Templates(RefCell<FxHashMap<Asked, Rc<[Declared]>>>);

/// A node, and whether the deployments in it were asked for as well.
type Asked = (usize, bool);

/// The deployment that a node is, with its values; `None` for one that was exported, or whose template could not be read.
pub fn deployment<'a>(e: &Evaluator<'a>, node: usize) -> Option<&'a Deployment> {
    e.world.deployed?.deployments.get(e.world.forest.nodes[node].deploys?)
}

/// The resources that the deployment which a node is declares itself, in their order.
pub fn own<'a>(e: &Evaluator<'a>, node: usize) -> Vec<&'a ExpandedResource> {
    let Some((deployed, index)) = e.world.deployed.zip(e.world.forest.nodes[node].deploys) else { return Vec::new() };
    deployed.declared_in(index).iter().filter_map(|i| deployed.resources.get(*i)).collect()
}

/// The template of the deployment that a node is, and with `below` those of the deployments in it.
pub fn of(e: &Evaluator<'_>, node: usize, below: bool) -> Rc<[Declared]> {
    if let Some(known) = e.world.templates.0.borrow().get(&(node, below)) {
        return known.clone();
    }
    let key = (node, below);
    let node = &e.world.forest.nodes[node];
    let mut found =
        Found { out: Vec::new(), seen: FxHashSet::default(), below, noted: e.world.noted.map(|n| &n.templates) };
    match (e.world.deployed, node.deploys) {
        (Some(deployed), Some(index)) => found.deployment(deployed, index, 0),
        _ => {
            if let Some(t) = exported(node) {
                found.template(&t, &t, 0);
            }
        }
    }
    let found: Rc<[Declared]> = found.out.into();
    e.world.templates.0.borrow_mut().insert(key, found.clone());
    found
}

struct Found<'n> {
    noted: Option<&'n Remembered<Notes>>,
    out: Vec<Declared>,
    seen: FxHashSet<*const Template>,
    below: bool,
}

impl Found<'_> {
    fn deployment(&mut self, deployed: &Deployed, index: usize, depth: usize) {
        let Some(d) = deployed.deployments.get(index) else { return };
        let mut scope = d;
        while let (false, Some(parent)) = (scope.inner, scope.parent.and_then(|p| deployed.deployments.get(p))) {
            scope = parent;
        }
        self.template(&d.template, &scope.template, depth);
        if self.below && nesting::DEPLOYMENT.allows(depth) {
            deployed.nested(index).iter().for_each(|i| self.deployment(deployed, *i, depth + 1));
        }
    }

    fn template(&mut self, template: &Arc<Template>, scope: &Arc<Template>, depth: usize) {
        if !self.seen.insert(Arc::as_ptr(template)) {
            return;
        }
        let noted = self.noted.filter(|_| Arc::ptr_eq(template, scope));
        let notes = noted.map(|noted| noted.of(template, Notes::default));
        self.out.push(Declared { template: template.clone(), scope: scope.clone(), notes });
        if !self.below || !nesting::TEMPLATE.allows(depth) {
            return;
        }
        for (resource, _) in resources(template) {
            let Some(d) = &resource.deployment else { continue };
            for inline in d.template.inline() {
                self.template(inline, if d.inner { inline } else { scope }, depth + 1);
            }
        }
    }
}

/// The template in `properties.template` of an exported deployment.
fn exported(node: &Node) -> Option<Arc<Template>> {
    let template = node.body.get("properties")?.get("template")?;
    template.as_object()?;
    // The text has no place of its own: findings are about the deployment as a whole.
    let source = Sources::new().add("template", json(template).to_string());
    crate::model::arm::load(&Document::parse(&source), &mut Vec::new())
}

fn json(value: &Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match &value.data {
        Data::Bool(b) => Json::Bool(*b),
        Data::Int(i) => Json::from(*i),
        Data::Float(f) => Json::from(*f),
        Data::Str(s) => Json::String(s.to_string()),
        Data::Array(a) => Json::Array(a.iter().map(json).collect()),
        Data::Object(o) => Json::Object(o.members.iter().map(|m| (m.key.to_string(), json(&m.value))).collect()),
        Data::Null | Data::Residual(_) => Json::Null,
    }
}

/// Says what is wrong at a place in a template; for an exported deployment, which has no such place, of the whole.
pub fn say(e: &mut Evaluator<'_>, node: usize, words: impl Into<String>, span: Span, pointer: EcoString) {
    e.say(node, &[], Seen::Missing, words, false);
    let deployed = e.world.deployed.is_some();
    if let Some(last) = e.evidence.last_mut().filter(|_| deployed && e.explain) {
        last.place = Some(span);
        last.pointer = Some(pointer);
    }
}

/// A type in messages: its name as templates write it.
pub fn type_name(ty: &Type) -> &str {
    match &ty.kind {
        TypeKind::Any => "any",
        TypeKind::String => "string",
        TypeKind::SecureString => "securestring",
        TypeKind::Int => "int",
        TypeKind::Bool => "bool",
        TypeKind::Array { .. } => "array",
        TypeKind::Object(_) => "object",
        TypeKind::SecureObject(_) => "secureobject",
        TypeKind::Ref(name) => name,
    }
}

/// The JSON pointer of a member of a template's object: `/parameters/name`.
pub fn pointer(template: &Template, of: &str, name: &str) -> EcoString {
    ecow::eco_format!("{}/{of}/{}", template.pointer, escape_token(name))
}

/// The parts of a value whose type, which is one of these, is secure, with the way to them: all of it, members, items.
pub fn secure_parts<'t, 'v>(
    template: &'t Template,
    types: &[&'t Type],
    value: &'v Expr,
    path: &str,
    out: &mut Vec<(String, &'v Expr)>,
    depth: usize,
) {
    if types.iter().any(|ty| is_secure(template, ty)) {
        return out.push((path.to_owned(), value));
    }
    if !nesting::TYPE.allows(depth) || !types.iter().any(|ty| has_secret(template, ty)) {
        return;
    }
    match &value.kind {
        ExprKind::Expression(inner) => secure_parts(template, types, inner, path, out, depth + 1),
        ExprKind::Object(members) => {
            for m in members {
                let Some(key) = m.key.as_str() else { continue };
                let at: Vec<&Type> = types.iter().flat_map(|ty| type_members(template, ty, key)).collect();
                secure_parts(template, &at, &m.value, &format!("{path}.{key}"), out, depth + 1);
            }
        }
        ExprKind::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                let at = types.iter().filter_map(|ty| match &resolved(template, ty).kind {
                    TypeKind::Array { items, prefix, .. } => prefix.get(i).or(items.as_deref()),
                    _ => None,
                });
                secure_parts(template, &at.collect::<Vec<_>>(), item, &format!("{path}[{i}]"), out, depth + 1);
            }
        }
        _ => {}
    }
}

/// All resources of a template with their whole types, children in `resources` after their parents.
pub fn resources(template: &Template) -> Vec<(&Resource, EcoString)> {
    fn add<'t>(list: &'t [Arc<Resource>], parent: &str, out: &mut Vec<(&'t Resource, EcoString)>) {
        for r in list {
            let written = r.type_.as_str().cloned().unwrap_or_default();
            let whole = written.get(..parent.len()).is_some_and(|start| start.eq_ignore_ascii_case(parent));
            let type_ = if whole { written } else { ecow::eco_format!("{parent}/{written}") };
            out.push((r, type_.clone()));
            add(&r.children, &type_, out);
        }
    }
    let mut out = Vec::new();
    add(&template.resources, "", &mut out);
    out.retain(|(r, _)| !r.existing);
    out
}

/// Where the values of an expression come from.
#[derive(Default)]
pub struct Uses {
    /// The parameters it takes; not those that only decide an `if`.
    pub parameters: Vec<EcoString>,
    /// A function that asks a resource for its secrets: `listKeys` and the like.
    pub lists: bool,
    /// `reference`
    pub references: bool,
    /// The variables it takes. Where they are looked into, once: another look says no more, and looks double with every variable that takes one twice.
    seen: FxHashSet<usize>,
}

/// Where the values of variables come from, by their place in the template.
#[derive(Default)]
pub struct Variables(FxHashMap<usize, Uses>);

impl Uses {
    /// Of an expression in a template; with `variables`, through variables as well.
    pub fn of(expr: &Expr, template: &Template, variables: bool) -> Uses {
        let mut out = Uses::default();
        out.add(expr, template, variables, 0);
        out
    }

    /// Of an expression in a template, through variables as well; what each of these takes is found out once for all expressions.
    pub fn with(expr: &Expr, template: &Template, variables: &mut Variables) -> Uses {
        let mut out = Uses::of(expr, template, false);
        for i in std::mem::take(&mut out.seen) {
            let Some(v) = template.variables.get(i) else { continue };
            let uses = variables.0.entry(i).or_insert_with(|| Uses::of(&v.value, template, true));
            out.parameters.extend(uses.parameters.iter().cloned());
            out.lists |= uses.lists;
            out.references |= uses.references;
        }
        out
    }

    /// Whether the value is a secret: it takes parameters that keep secrets and no others, or asks a resource.
    pub fn is_secret(&self, template: &Template) -> bool {
        let secure = |n: &EcoString| template.parameter(n).is_some_and(|(_, p)| has_secret(template, &p.ty));
        self.lists || self.references || !self.parameters.is_empty() && self.parameters.iter().all(secure)
    }

    fn add(&mut self, expr: &Expr, template: &Template, variables: bool, depth: usize) {
        if !nesting::EXPRESSION.allows(depth) {
            return;
        }
        let mut all =
            |list: &mut dyn Iterator<Item = &Expr>| list.for_each(|e| self.add(e, template, variables, depth + 1));
        match &expr.kind {
            ExprKind::Expression(inner) => all(&mut std::iter::once(&**inner)),
            ExprKind::Access { base, key, .. } => all(&mut [&**base, key].into_iter()),
            ExprKind::Array(items) => all(&mut items.iter()),
            ExprKind::Object(members) => all(&mut members.iter().map(|m| &m.value)),
            ExprKind::Loop(l) => all(&mut std::iter::once(&l.input)),
            ExprKind::Call(call) => {
                let function = Builtin::of(call);
                let first = call.args.first().and_then(Expr::as_str);
                match (function, first) {
                    (Some(Builtin::Parameters), Some(n)) => self.parameters.push(n.clone()),
                    (Some(Builtin::Variables), Some(n)) => {
                        if let Some((i, v)) = template.variable(n)
                            && self.seen.insert(i)
                            && variables
                        {
                            self.add(&v.value, template, variables, depth + 1);
                        }
                    }
                    // What decides is no part of the value.
                    (Some(Builtin::If), _) => all(&mut call.args.iter().skip(1)),
                    _ => {
                        self.lists |= function == Some(Builtin::List);
                        self.references |= function == Some(Builtin::Reference);
                        call.args.iter().for_each(|e| self.add(e, template, variables, depth + 1));
                    }
                }
            }
            _ => {}
        }
    }
}

/// Looks at an expression and all that is in it, keys as well, until somebody has seen enough.
pub fn each<'t>(expr: &'t Expr, look: &mut dyn FnMut(&'t Expr) -> ControlFlow<()>) -> ControlFlow<()> {
    fn go<'t>(expr: &'t Expr, look: &mut dyn FnMut(&'t Expr) -> ControlFlow<()>, depth: usize) -> ControlFlow<()> {
        if !nesting::EXPRESSION.allows(depth) {
            return ControlFlow::Continue(());
        }
        look(expr)?;
        let parts: Vec<&'t Expr> = match &expr.kind {
            ExprKind::Expression(inner) => vec![inner],
            ExprKind::Access { base, key, .. } => vec![base, key],
            ExprKind::Array(items) => items.iter().collect(),
            ExprKind::Object(members) => members.iter().flat_map(|m| [&m.key, &m.value]).collect(),
            ExprKind::Loop(l) => vec![&l.input],
            ExprKind::Call(call) => call.args.iter().collect(),
            _ => Vec::new(),
        };
        parts.into_iter().try_for_each(|e| go(e, look, depth + 1))
    }
    go(expr, look, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(json: &str) -> Arc<Template> {
        let source = Sources::new().add("a.json", json);
        crate::model::arm::load(&Document::parse(&source), &mut Vec::new()).unwrap()
    }

    #[test]
    fn a_variable_that_many_take_is_looked_into_once() {
        // Each takes the next one eight times: the last one would be met 8^16 times.
        let variable = |i: usize| {
            let next = format!("variables('v{}')", i + 1);
            format!(r#""v{i}": "[concat({})]","#, vec![next; 8].join(", "))
        };
        let variables: String = (0..16).map(variable).collect();
        let text = format!(
            r#"{{
                "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
                "parameters": {{ "p": {{ "type": "string" }} }},
                "variables": {{ {variables} "v16": "[parameters('p')]" }},
                "resources": []
            }}"#
        );
        let template = template(&text);
        let uses = Uses::of(&template.variables[0].value, &template, true);
        assert_eq!(uses.parameters, ["p"]);
    }
}
