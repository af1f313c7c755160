//! What the secure parameters of nested deployments are given, as far as it is written into a template.

use std::cell::Cell;
use std::ops::ControlFlow;

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::declared::{self, has_secret, secure_parts};
use super::noted::Said;
use crate::check::secrets::{self, names, shape};
use crate::expand::Deployed;
use crate::model::parameters::GivenValue;
use crate::model::{Builtin, Call, Expr, ExprKind, Parameter, Resource, Template};
use crate::nesting;
use crate::read::Span;
use crate::read::json::pointer::escape_token;

/// So many expressions are looked at for one deployment: variables and calls that take one another would be looked through again
/// for each parameter.
const MOST_LOOKS: usize = 200_000;

/// Secrets that the deployments in a deployment (an index) are given, and that are written into a template: literally, in variables,
/// or in the defaults of parameters that are not secure. A secure parameter keeps what it is given to itself, but does not hide what
/// is written for it. What a parameter file says for the root deployment is looked at in the same way.
pub fn written(deployed: &Deployed, deployment: usize) -> Vec<Said> {
    let mut search = Search {
        deployed,
        top: deployment,
        calls: FxHashMap::default(),
        out: Vec::new(),
        known: FxHashSet::default(),
        left: Cell::new(MOST_LOOKS),
    };
    search.deployment(deployment);
    let mut next = vec![deployment];
    while let Some(outer) = next.pop() {
        for &inner in deployed.nested(outer) {
            search.deployment(inner);
            next.push(inner);
        }
    }
    search.out
}

/// Stands for the parameter file where a deployment is meant.
const OUTSIDE: usize = usize::MAX;

/// An expression, and the deployment whose parameters and variables it means.
type Meant<'d> = (&'d Expr, usize);

struct Search<'d> {
    deployed: &'d Deployed,
    /// The deployment in which secrets are looked for: what it is given itself is written elsewhere.
    top: usize,
    /// The resources of templates by their pointers.
    calls: FxHashMap<*const Template, FxHashMap<&'d str, &'d Resource>>,
    out: Vec<Said>,
    /// The places that were told.
    known: FxHashSet<Span>,
    left: Cell<usize>,
}

impl<'d> Search<'d> {
    /// Looks at what a deployment is given.
    fn deployment(&mut self, inner: usize) {
        let Some(d) = self.deployed.deployments.get(inner) else { return };
        let template: &'d Template = &d.template;
        let is_kept = |p: &&Parameter| has_secret(template, &p.ty) && !names::looks_plain(&p.name);
        for p in template.parameters.iter().filter(is_kept) {
            let Some(given) = self.given(inner, &p.name) else { continue };
            let (value, at) = self.resolved(given);
            let mut parts = Vec::new();
            secure_parts(template, &[&p.ty], value, &p.name, &mut parts, 0);
            let plain = named_plainly(value);
            parts.retain(|(_, part)| !plain.contains(&std::ptr::from_ref(*part)));
            for (path, value) in parts {
                self.part(&path, &p.name, (value, at), 0);
            }
        }
    }

    /// Looks at a value that is all secret; in an object, at the members that are named like one.
    fn part(&mut self, path: &str, name: &str, value: Meant<'d>, depth: usize) {
        let (resolved, at) = self.resolved(value);
        if let ExprKind::Object(members) = &resolved.kind
            && nesting::TYPE.allows(depth)
        {
            for m in members {
                let Some(key) = m.key.as_str() else { continue };
                if matches!(m.value.kind, ExprKind::Object(_)) || shape::is_secret_setting(key) {
                    self.part(&format!("{path}.{key}"), name, (&m.value, at), depth + 1);
                }
            }
            return;
        }
        let mut texts = Vec::new();
        self.texts(value, &mut texts, &mut FxHashSet::default(), 0);
        let is_one = |(text, ..): &(EcoString, Span, usize)| {
            shape::can_be_secret(text) && !secrets::is_placeholder(text) && !shape::is_connection_without_secret(text)
        };
        for (_, span, at) in texts.into_iter().filter(is_one) {
            // The value of a parameter file is what the file is for: the parameter is what somebody looks for.
            let entry = (at == OUTSIDE).then(|| self.deployed.given.as_ref()?.get(name)).flatten();
            let span = entry.map_or(span, |given| given.name_span);
            if self.known.insert(span) {
                // The value is a secret: it is not said.
                let of = if at == OUTSIDE { "a parameter file" } else { "the template" };
                let words = format!("the secure parameter `{path}` is given a value that is written into {of}");
                let pointer = match self.deployed.deployments.get(at) {
                    Some(d) => d.template.pointer.clone(),
                    None => ecow::eco_format!("/parameters/{}", escape_token(name)),
                };
                self.out.push(Said { words, span, pointer });
            }
        }
    }

    /// The resource in a template that declares a deployment.
    fn call(&mut self, deployment: usize) -> Option<&'d Resource> {
        let d = self.deployed.deployments.get(deployment)?;
        let (outer, resource) = (self.deployed.deployments.get(d.parent?)?, self.deployed.resources.get(d.resource?)?);
        let template: &'d Template = &outer.template;
        let all = self.calls.entry(std::ptr::from_ref(template)).or_insert_with(|| {
            let resources = declared::resources(template).into_iter().map(|(r, _)| r);
            resources.filter(|r| r.deployment.is_some()).map(|r| (r.pointer.as_str(), r)).collect()
        });
        all.get(resource.pointer.as_str()).copied()
    }

    /// What a parameter of a deployment is given.
    fn given(&mut self, deployment: usize, name: &str) -> Option<Meant<'d>> {
        if deployment == self.top {
            return self.given_outside(deployment, name);
        }
        let given = self.call(deployment)?.deployment.as_ref()?.parameters.as_ref()?;
        let mut at = self.deployed.deployments.get(deployment)?.parent?;
        // A nested deployment of outer scope has no parameters of its own.
        while let Some(d) = self.deployed.deployments.get(at).filter(|d| !d.inner) {
            at = d.parent?;
        }
        Some((given.get(name)?.get("value")?, at))
    }

    /// What a parameter file says for a parameter of the root deployment. Defaults of the configuration stand in no file of it.
    fn given_outside(&self, deployment: usize, name: &str) -> Option<Meant<'d>> {
        let root = self.deployed.deployments.get(deployment).filter(|d| d.parent.is_none())?;
        let GivenValue::Value(value) = &self.deployed.given.as_ref()?.get(name)?.value else { return None };
        (value.span.file != root.template.file).then_some((value, OUTSIDE))
    }

    /// The template whose names are meant.
    fn template(&self, at: usize) -> Option<&'d Template> {
        match at {
            OUTSIDE => self.deployed.given.as_ref()?.definitions.as_deref(),
            _ => self.deployed.deployments.get(at).map(|d| &*d.template),
        }
    }

    /// What a call of `variables` or `parameters` stands for: nothing for a secure parameter, which is judged where it is given.
    fn stands_for(&mut self, call: &Call, at: usize) -> Option<Meant<'d>> {
        let left = self.left.get().checked_sub(1)?;
        self.left.set(left);
        let name = call.args.first()?.as_str()?;
        let template = self.template(at)?;
        match Builtin::of(call)? {
            Builtin::Variables => Some((&template.variable(name)?.1.value, at)),
            Builtin::Parameters => {
                let p = template.parameter(name).map(|(_, p)| p).filter(|p| !has_secret(template, &p.ty))?;
                self.given(at, name).or_else(|| Some((p.default.as_ref()?, at)))
            }
            _ => None,
        }
    }

    /// An expression, or what it stands for as a whole.
    fn resolved(&mut self, value: Meant<'d>) -> Meant<'d> {
        self.resolved_within(value, nesting::ALIAS.levels())
    }

    fn resolved_within(&mut self, (mut expr, mut at): Meant<'d>, levels: usize) -> Meant<'d> {
        for level in 0..levels {
            match &expr.kind {
                ExprKind::Expression(inner) => expr = inner,
                ExprKind::Call(call) => match self.stands_for(call, at) {
                    Some(meant) => (expr, at) = meant,
                    None => break,
                },
                ExprKind::Access { base, key, .. } => {
                    let Some(key) = key.as_str() else { break };
                    let (object, there) = self.resolved_within((base, at), levels - level - 1);
                    let Some(member) = object.get(key) else { break };
                    (expr, at) = (member, there);
                }
                _ => break,
            }
        }
        (expr, at)
    }

    /// The literal texts that a value is if things come to the worst, with their places and the deployments that these are in.
    fn texts(
        &mut self,
        value: Meant<'d>,
        out: &mut Vec<(EcoString, Span, usize)>,
        seen: &mut FxHashSet<(*const Expr, usize)>,
        depth: usize,
    ) {
        let (expr, at) = self.resolved(value);
        // What many arms take is looked at once.
        if !nesting::DEFINITION.allows(depth) || !seen.insert((std::ptr::from_ref(expr), at)) {
            return;
        }
        match &expr.kind {
            ExprKind::Str(text) => out.push((text.clone(), expr.span, at)),
            ExprKind::Call(call) => match Builtin::of(call) {
                // What decides is no part of the value.
                Some(Builtin::If) => call.args.iter().skip(1).for_each(|a| self.texts((a, at), out, seen, depth + 1)),
                Some(Builtin::Coalesce | Builtin::Base64 | Builtin::StringOf | Builtin::ToLower | Builtin::ToUpper) => {
                    call.args.iter().for_each(|a| self.texts((a, at), out, seen, depth + 1));
                }
                // A text that is put together of literals is one.
                Some(Builtin::Concat | Builtin::Format) => {
                    let mut whole = EcoString::new();
                    for part in &call.args {
                        let (part, _) = self.resolved((part, at));
                        match part.as_str() {
                            Some(text) => whole.push_str(text),
                            None => return,
                        }
                    }
                    out.push((whole, expr.span, at));
                }
                _ => {}
            },
            _ => {}
        }
    }
}

/// The values that stand beside a name that is not that of a secret: a vault holds more than secrets.
fn named_plainly(value: &Expr) -> FxHashSet<*const Expr> {
    let mut out = FxHashSet::default();
    let _ = declared::each(value, &mut |e| {
        let name = e.get("name").and_then(Expr::as_str);
        if name.is_some_and(|name| !shape::is_secret_setting(name)) {
            out.extend(e.get("value").map(std::ptr::from_ref));
        }
        ControlFlow::Continue(())
    });
    out
}
