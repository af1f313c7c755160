//! Whether what-if can look into a module: a parameter that names resources there, or says whether they are deployed, has to be
//! known before anything is deployed.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Context;
use super::reach::{self, Look};
use super::scope::Kind;
use super::walk;
use crate::model::{self, Builtin, Library, Template, TemplateRef};
use crate::nesting;
use crate::read::bicep::ast::{Expr, ExprKind, Key};
use crate::source::is_arm;

pub fn check(c: &Context<'_>) {
    let look = |e| look(c, e);
    let late = reach::all(c, |kind| if let Kind::Var(v) = kind { Some(&v.value) } else { None }, &look);
    let is_late = |value| reach::of(c, value, &late, &look).is_some();
    let deciding = Deciding { library: c.subject.library, known: RefCell::default() };
    for d in &c.scope.declarations {
        let Kind::Module(m) = d.kind else { continue };
        let Some(ExprKind::Object(params)) = m.body.object.as_ref().and_then(|o| o.get("params")).map(|p| &p.kind)
        else {
            continue;
        };
        let late: Vec<_> = params.properties().filter(|p| is_late(&p.value)).collect();
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
        let Some(decides) = deciding.of(template, &given, 0) else { continue };
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

/// Whether a part of a value is known only during the deployment.
fn look<'f>(c: &Context<'f>, e: &'f Expr) -> Look<()> {
    let late = |late: bool| if late { Look::Is(()) } else { Look::Over };
    match &e.kind {
        ExprKind::Member { base, name, .. } => match c.scope.target(item(base)) {
            // What is asked of it is all there is to say.
            Some(i) => late(!is_early(c, i, &name.text)),
            None => Look::Within,
        },
        ExprKind::Var(name) => match c.scope.declared(name).map(|d| d.kind) {
            Some(Kind::Resource(_) | Kind::Module(_)) => Look::Is(()),
            _ => Look::Within,
        },
        ExprKind::Call { .. } | ExprKind::MethodCall { .. } if c.scope.builtin(e).is_some() => {
            let builtin = c.scope.builtin(e).and_then(|(name, _)| Builtin::named(&name.text));
            match builtin {
                Some(Builtin::Reference | Builtin::List | Builtin::References) => Look::Is(()),
                _ => Look::Within,
            }
        }
        ExprKind::MethodCall { base, name, .. } if c.scope.target(item(base)).is_some() => {
            late(name.text != "getSecret")
        }
        _ => Look::Within,
    }
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

/// As many templates with other parameters are looked at for one file.
const MOST_ASKED: usize = 2000;

/// Which parameters of templates decide what is deployed.
struct Deciding<'l> {
    library: &'l Library,
    known: RefCell<FxHashMap<Asked, Option<Arc<FxHashSet<String>>>>>,
}

impl Deciding<'_> {
    /// The parameters, in lower case, of those given, that stand in names and conditions of a template or the modules below it. `None` if
    /// that cannot be known: a template in JSON is expanded first, which fails where the number of its resources hangs on what is given.
    fn of(&self, template: &Arc<Template>, given: &FxHashSet<String>, depth: usize) -> Option<Arc<FxHashSet<String>>> {
        if !nesting::TEMPLATE.allows(depth) {
            return None;
        }
        let mut names: Vec<String> = given.iter().cloned().collect();
        names.sort_unstable();
        let key = (Arc::as_ptr(template) as usize, names);
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        // Of templates that are given ever other parameters there are more than can be looked at.
        if self.known.borrow().len() >= MOST_ASKED {
            return None;
        }
        // A template that deploys itself.
        self.known.borrow_mut().insert(key.clone(), Some(Arc::default()));
        let mut out = FxHashSet::default();
        let mut reach = Reach { template, given, defaults: FxHashMap::default() };
        let is_bicep = self.is_bicep(template);
        let mut counts = template.resources.iter().filter_map(|r| r.copy.as_ref());
        if !is_bicep && counts.any(|copy| !reach.taken(&copy.count, 0).is_empty()) {
            self.known.borrow_mut().insert(key, None);
            return None;
        }
        for resource in all(&template.resources) {
            // A template in JSON has no names of what exists.
            if resource.existing && !is_bicep {
                continue;
            }
            if let Some(deployment) = &resource.deployment {
                let below = self.below(&mut reach, deployment, depth, &mut out);
                if below.is_none() && !is_bicep {
                    self.known.borrow_mut().insert(key, None);
                    return None;
                }
            }
            // A nested deployment of a module keeps its own name and condition.
            let own = [
                Some(&resource.name),
                resource.condition.as_ref(),
                resource.scope.as_ref(),
                resource.subscription_id.as_ref(),
                resource.resource_group.as_ref(),
                resource.copy.as_ref().map(|copy| &copy.count).filter(|_| !is_bicep),
            ];
            let is_module = resource.deployment.is_some();
            let looked_at = own.into_iter().enumerate().filter(|(i, _)| !(is_module && *i == 0)).filter_map(|(_, e)| e);
            looked_at.for_each(|e| reach.add(e, &mut out));
        }
        let out = Some(Arc::new(out));
        self.known.borrow_mut().insert(key, out.clone());
        out
    }

    fn is_bicep(&self, template: &Template) -> bool {
        self.library.sources.stored(template.file).is_some_and(|s| !is_arm(&s.path) && s.source().is_bicep())
    }

    /// What is handed to a deployment within. `None` if it cannot be expanded.
    fn below(
        &self,
        reach: &mut Reach<'_>,
        deployment: &model::Deployment,
        depth: usize,
        out: &mut FxHashSet<String>,
    ) -> Option<()> {
        let inner = match &deployment.template {
            TemplateRef::Inline(inner) => Some(inner.clone()),
            TemplateRef::File { path, .. } => self.library.open(&PathBuf::from(path)).ok(),
            _ => None,
        };
        let params = deployment.parameters.as_ref().map(|p| &p.kind);
        let (Some(inner), Some(model::ExprKind::Object(params))) = (inner, params) else { return Some(()) };
        // What is decided already when the template around it is given its values says nothing.
        let handed = params.iter().filter_map(|p| {
            let taken = reach.taken(&p.value, 0);
            let name = p.key.as_str().filter(|_| !taken.is_empty())?;
            Some((name.to_ascii_lowercase().to_string(), taken))
        });
        let handed: Vec<(String, Vec<String>)> = handed.collect();
        let decides = self.of(&inner, &handed.iter().map(|h| h.0.clone()).collect(), depth + 1)?;
        for (_, taken) in handed.into_iter().filter(|h| decides.contains(&h.0)) {
            out.extend(taken);
        }
        Some(())
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
            without_items(at, 0, &mut |e| {
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
            });
        }
        names.sort_unstable();
        names.dedup();
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

/// Every part of an expression. The item of a loop of resources stands in it as a part of the loop's list, and takes nothing of what
/// the list is made of.
fn without_items<'e>(e: &'e model::Expr, depth: usize, look: &mut dyn FnMut(&'e model::Expr)) {
    if !nesting::EXPRESSION.allows(depth) {
        return;
    }
    look(e);
    let parts: Vec<&model::Expr> = match &e.kind {
        model::ExprKind::Expression(inner) => vec![inner],
        model::ExprKind::Access { base, key, .. } if is_item(e, base, key) => Vec::new(),
        model::ExprKind::Access { base, key, .. } => vec![base, key],
        model::ExprKind::Array(items) => items.iter().collect(),
        model::ExprKind::Object(members) => members.iter().flat_map(|m| [&m.key, &m.value]).collect(),
        model::ExprKind::Loop(l) => vec![&l.count, &l.input],
        model::ExprKind::Call(call) => call.args.iter().collect(),
        _ => Vec::new(),
    };
    parts.into_iter().for_each(|part| without_items(part, depth + 1, look));
}

/// The list is written at the head of the loop, not where its item is used.
fn is_item(whole: &model::Expr, list: &model::Expr, index: &model::Expr) -> bool {
    let here = whole.span.start <= list.span.start && list.span.end <= whole.span.end;
    matches!(&index.kind, model::ExprKind::Call(call) if Builtin::of(call) == Some(Builtin::CopyIndex) && call.args.is_empty())
        && !here
}
