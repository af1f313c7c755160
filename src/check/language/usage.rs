//! Whether what-if can look into a module: a parameter that names resources there, or says whether they are deployed, has to be
//! known before anything is deployed.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Context;
use super::scope::{Kind, Meaning};
use super::walk::{self, Node};
use crate::check::named::support::declared;
use crate::model::{self, Builtin, Library, Template, TemplateRef};
use crate::nesting;
use crate::read::bicep::ast::{Expr, ExprKind, Key};

pub fn check(c: &Context<'_>) {
    let deciding = Deciding { library: c.subject.library, known: RefCell::default() };
    for d in &c.scope.declarations {
        let Kind::Module(m) = d.kind else { continue };
        let Some(ExprKind::Object(params)) = m.body.object.as_ref().and_then(|o| o.get("params")).map(|p| &p.kind)
        else {
            continue;
        };
        let late: Vec<_> = params.properties().filter(|p| is_late(c, &p.value)).collect();
        if late.is_empty() {
            continue;
        }
        let Some(template) = c.others.template(&m.path) else { continue };
        let given: FxHashSet<String> = params
            .properties()
            .filter_map(
                |p| if let Key::Name(n) = &p.key { Some(n.text.to_ascii_lowercase().to_string()) } else { None },
            )
            .collect();
        let decides = deciding.of(&template, &given, 0);
        for p in late {
            let Key::Name(name) = &p.key else { continue };
            if decides.contains(name.text.to_ascii_lowercase().as_str()) {
                let message = format!(
                    "The module `{}` names resources by its parameter `{}`, or deploys them only if it says so, and the value is known only during the deployment: what-if cannot look into the module. Use a value that is known before.",
                    m.name.text, name.text
                );
                c.say("what-if-short-circuiting", p.value.span, message);
            }
        }
    }
}

/// Whether a value is known only during the deployment.
fn is_late(c: &Context<'_>, value: &Expr) -> bool {
    let mut seen = FxHashSet::default();
    let mut ahead = vec![value];
    let mut late = false;
    while let Some(e) = ahead.pop() {
        walk::expr(e, &mut |node| {
            if let Node::Expr(e) = node {
                match &e.kind {
                    ExprKind::Member { base, name, .. } => {
                        let of = item(base);
                        if let Some(i) = c.scope.target(of) {
                            late |= !is_early(c, i, &name.text);
                            // What is asked of it is all there is to say.
                            return false;
                        }
                    }
                    ExprKind::Var(name) => match c.scope.meaning(name) {
                        Meaning::Declared(i) if seen.insert(i) => match c.scope.declarations.get(i).map(|d| d.kind) {
                            Some(Kind::Var(v)) => ahead.push(&v.value),
                            Some(Kind::Resource(_) | Kind::Module(_)) => late = true,
                            _ => {}
                        },
                        _ => {}
                    },
                    ExprKind::Call { name, .. } => {
                        let builtin = Builtin::named(&name.text);
                        late |= !c.scope.top.contains_key(name.text.as_str())
                            && matches!(builtin, Some(Builtin::Reference | Builtin::List | Builtin::References));
                    }
                    ExprKind::MethodCall { base, name, .. } => {
                        late |= c.scope.target(item(base)).is_some() && name.text != "getSecret";
                        if c.scope.target(item(base)).is_some() {
                            return false;
                        }
                    }
                    _ => {}
                }
            }
            !late
        });
        if late {
            return true;
        }
    }
    late
}

/// `a` of `a[0]`.
fn item(e: &Expr) -> &Expr {
    match &walk::bare(e).kind {
        ExprKind::Index { base, .. } => walk::bare(base),
        ExprKind::NonNull(base) => item(base),
        _ => walk::bare(e),
    }
}

/// Whether a property of a resource or module is known before it is deployed.
fn is_early(c: &Context<'_>, index: usize, name: &str) -> bool {
    match c.scope.declarations.get(index).map(|d| d.kind) {
        Some(Kind::Module(_)) => name == "name",
        Some(Kind::Resource(r)) => {
            let written = r.body.object.as_ref().is_some_and(|o| o.get(name).is_some());
            matches!(name, "id" | "name" | "type" | "apiVersion") || written && matches!(name, "location")
        }
        _ => true,
    }
}

/// A template, and which of its parameters are given.
type Asked = (usize, Vec<String>);

/// Which parameters of templates decide what is deployed.
struct Deciding<'l> {
    library: &'l Library,
    known: RefCell<FxHashMap<Asked, Arc<FxHashSet<String>>>>,
}

impl Deciding<'_> {
    /// The parameters, in lower case, of those given, that stand in names and conditions of a template or the modules below it.
    fn of(&self, template: &Arc<Template>, given: &FxHashSet<String>, depth: usize) -> Arc<FxHashSet<String>> {
        if !nesting::TEMPLATE.allows(depth) {
            return Arc::default();
        }
        let mut names: Vec<String> = given.iter().cloned().collect();
        names.sort_unstable();
        let key = (Arc::as_ptr(template) as usize, names);
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        // A template that deploys itself.
        self.known.borrow_mut().insert(key.clone(), Arc::default());
        let mut out = FxHashSet::default();
        let mut reach = Reach { template, given, defaults: FxHashMap::default() };
        for resource in all(&template.resources) {
            let is_bicep = self.is_bicep(template);
            // What a loop makes is not known one by one; a template in JSON has no names of what exists.
            if resource.copy.is_some() || resource.existing && !is_bicep {
                continue;
            }
            if let Some(deployment) = &resource.deployment {
                self.below(&mut reach, deployment, depth, &mut out);
            }
            // A nested deployment of a module keeps its own name and condition.
            let own = [
                Some(&resource.name),
                // Conditions in JSON are left to Azure.
                resource.condition.as_ref().filter(|_| is_bicep),
                resource.scope.as_ref(),
                resource.subscription_id.as_ref(),
                resource.resource_group.as_ref(),
            ];
            let is_module = resource.deployment.is_some();
            let looked_at = own.into_iter().enumerate().filter(|(i, _)| !(is_module && *i == 0)).filter_map(|(_, e)| e);
            looked_at.for_each(|e| reach.add(e, &mut out));
        }
        let out = Arc::new(out);
        self.known.borrow_mut().insert(key, out.clone());
        out
    }

    fn is_bicep(&self, template: &Template) -> bool {
        self.library.sources.get(template.file).is_some_and(|s| s.path.extension().is_some_and(|e| e == "bicep"))
    }

    /// What is handed to a deployment within.
    fn below(&self, reach: &mut Reach<'_>, deployment: &model::Deployment, depth: usize, out: &mut FxHashSet<String>) {
        let inner = match &deployment.template {
            TemplateRef::Inline(inner) => inner.clone(),
            TemplateRef::File { path, .. } => match self.library.open(&PathBuf::from(path)) {
                Ok(inner) => inner,
                Err(_) => return,
            },
            _ => return,
        };
        let Some(model::ExprKind::Object(params)) = deployment.parameters.as_ref().map(|p| &p.kind) else { return };
        let given = params.iter().filter_map(|p| Some(p.key.as_str()?.to_ascii_lowercase().to_string())).collect();
        let decides = self.of(&inner, &given, depth + 1);
        for p in params {
            if p.key.as_str().is_some_and(|k| decides.contains(k.to_ascii_lowercase().as_str())) {
                reach.add(&p.value, out);
            }
        }
    }
}

/// Resources with their children.
fn all(list: &[Arc<model::Resource>]) -> Vec<&model::Resource> {
    let mut out: Vec<&model::Resource> = Vec::new();
    let mut ahead: Vec<&model::Resource> = list.iter().map(|r| &**r).collect();
    while let Some(r) = ahead.pop() {
        out.push(r);
        ahead.extend(r.children.iter().map(|r| &**r));
    }
    out
}

/// The parameters of a template that an expression takes, through variables and the defaults of parameters nobody gives.
struct Reach<'t> {
    template: &'t Template,
    given: &'t FxHashSet<String>,
    /// What was looked into, with what it takes.
    defaults: FxHashMap<usize, Vec<String>>,
}

impl Reach<'_> {
    fn add(&mut self, e: &model::Expr, out: &mut FxHashSet<String>) {
        out.extend(self.taken(e, 0));
    }

    fn taken(&mut self, e: &model::Expr, depth: usize) -> Vec<String> {
        let mut out = Vec::new();
        if !nesting::EXPRESSION.allows(depth) {
            return out;
        }
        let mut ahead = vec![e];
        let mut seen = FxHashSet::default();
        let mut names = Vec::new();
        while let Some(at) = ahead.pop() {
            let _ = declared::each(at, &mut |e| {
                if let model::ExprKind::Call(call) = &e.kind
                    && let Some(name) = call.args.first().and_then(model::Expr::as_str)
                {
                    match Builtin::of(call) {
                        Some(Builtin::Parameters) => names.push(name.clone()),
                        Some(Builtin::Variables) => {
                            if let Some((i, v)) = self.template.variable(name)
                                && seen.insert(i)
                            {
                                ahead.push(&v.value);
                            }
                        }
                        _ => {}
                    }
                }
                ControlFlow::Continue(())
            });
        }
        for name in &names {
            let lower = name.to_ascii_lowercase().to_string();
            if self.given.contains(&lower) {
                out.push(lower);
                continue;
            }
            let Some((i, p)) = self.template.parameter(name) else { continue };
            if let Some(known) = self.defaults.get(&i) {
                out.extend(known.iter().cloned());
                continue;
            }
            self.defaults.insert(i, Vec::new());
            let taken = p.default.as_ref().map(|d| self.taken(d, depth + 1)).unwrap_or_default();
            out.extend(taken.iter().cloned());
            self.defaults.insert(i, taken);
        }
        out
    }
}
