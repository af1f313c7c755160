//! Which resources of an entry point need which: by `dependsOn`, as children and extensions, and by the ids in their bodies.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::check::{parent_of_id, path_of};
use crate::expand::known::identity::{self, Identity};
use crate::expand::residual::{Node as Expression, Residual};
use crate::expand::{Data, Deployed, Resource, Value};
use crate::model::{self, Builtin};
use crate::nesting;

/// Values that are looked at for one resource: shared ones count wherever they stand.
const VALUES: usize = 50_000;
/// Resources that an id can lie within.
const DEEPEST: usize = 16;
/// Bytes of a text, or of an expression, that may be an id.
const ID: usize = 4_000;

/// The resources of an entry point by all that they can be called.
pub(super) struct Links {
    /// What is deployed comes before what is only referred to.
    by_id: FxHashMap<String, usize>,
    /// The same, for each resource.
    ids: Vec<String>,
    /// By deployment and name: a symbolic name, `type/name`, the name alone, the name of a loop.
    by_name: FxHashMap<(usize, String), Vec<usize>>,
}

impl Links {
    pub fn of(deployed: &Deployed) -> Self {
        let mut out = Links { by_id: FxHashMap::default(), ids: Vec::new(), by_name: FxHashMap::default() };
        let mut loops: FxHashMap<(usize, &str), &str> = FxHashMap::default();
        for (i, d) in deployed.deployments.iter().enumerate() {
            named_loops(i, &d.template.resources, &mut loops, 0);
        }
        for (i, r) in deployed.resources.iter().enumerate() {
            let Identity { name, id, .. } = identity::of_resource(deployed, r, &r.name);
            let mut names = vec![name];
            names.extend(r.symbol.iter().map(|s| s.to_lowercase().into()));
            names.extend(path_of(&id).map(str::to_owned));
            names.extend(loops.get(&(r.deployment, r.pointer.as_str())).map(|name| name.to_ascii_lowercase()));
            names.sort();
            names.dedup();
            for name in names {
                out.by_name.entry((r.deployment, name)).or_default().push(i);
            }
            out.ids.push(id);
        }
        let existing = |i: &usize| deployed.resources.get(*i).is_some_and(|r| r.existing);
        let mut order: Vec<usize> = (0..out.ids.len()).collect();
        order.sort_by_key(existing);
        for i in order {
            if let Some(id) = out.ids.get(i).filter(|id| !id.is_empty()) {
                out.by_id.entry(id.clone()).or_insert(i);
            }
        }
        out
    }

    /// What a resource needs, in order: an index, and whether it only waits for it.
    pub fn from(&self, deployed: &Deployed, index: usize, r: &Resource) -> Vec<(usize, bool)> {
        let mut looking = Looking { links: self, deployment: r.deployment, left: VALUES, found: BTreeMap::new() };
        if let Some(v) = &r.depends_on {
            looking.value(v, true, true, 0);
        }
        let id = self.ids.get(index).map_or("", String::as_str);
        if let Some(parent) = parent_of_id(id) {
            looking.id(&parent, false);
        }
        let Identity { scope, .. } = identity::of_resource(deployed, r, &r.name);
        looking.id(&scope, false);
        // What a deployment hands on shows in the bodies that it comes to.
        if r.deploys.is_none() {
            looking.value(&r.body, false, false, 0);
        }
        looking.found.remove(&index);
        looking.found.into_iter().collect()
    }
}

fn named_loops<'t>(
    deployment: usize,
    resources: &'t [std::sync::Arc<model::Resource>],
    out: &mut FxHashMap<(usize, &'t str), &'t str>,
    depth: usize,
) {
    if !nesting::WRITTEN_OUT.allows(depth) {
        return;
    }
    for r in resources {
        if let Some(copy) = &r.copy {
            out.insert((deployment, r.pointer.as_str()), copy.name.as_str());
        }
        named_loops(deployment, &r.children, out, depth + 1);
    }
}

struct Looking<'a> {
    links: &'a Links,
    deployment: usize,
    left: usize,
    found: BTreeMap<usize, bool>,
}

impl Looking<'_> {
    fn add(&mut self, to: usize, waits: bool) {
        self.found.entry(to).and_modify(|w| *w &= waits).or_insert(waits);
    }

    /// The resource of an id, else the nearest that it is a part of.
    fn id(&mut self, id: &str, waits: bool) -> bool {
        if !id.contains("/providers/") {
            return false;
        }
        // A path goes on behind a type and its name.
        let odd = path_of(id).is_some_and(|path| path.split('/').count().is_multiple_of(2));
        let first = id.rsplit_once('/').filter(|_| odd).map_or(id, |(front, _)| front);
        let outwards = std::iter::successors(Some(first.to_owned()), |id| parent_of_id(id));
        let nearest = outwards.take(DEEPEST).find_map(|id| self.links.by_id.get(&id).copied());
        nearest.inspect(|to| self.add(*to, waits)).is_some()
    }

    /// All that goes by a name in the deployment.
    fn name(&mut self, name: &str, waits: bool) {
        let path = path_of(name).unwrap_or(name).to_owned();
        let all = self.links.by_name.get(&(self.deployment, path)).cloned().unwrap_or_default();
        // What is referred to may be deployed elsewhere.
        let deployed = |i: usize| self.links.ids.get(i).and_then(|id| self.links.by_id.get(id)).copied().unwrap_or(i);
        let all: Vec<usize> = all.into_iter().map(deployed).collect();
        all.into_iter().for_each(|to| self.add(to, waits));
    }

    /// `named`: names count as well as ids.
    fn value(&mut self, v: &Value, named: bool, waits: bool, depth: usize) {
        if self.left == 0 || !nesting::WRITTEN_OUT.allows(depth) {
            return;
        }
        self.left -= 1;
        match &v.data {
            Data::Str(s) if s.len() <= ID && (named || s.starts_with('/')) => {
                let text = s.to_ascii_lowercase();
                if !self.id(&text, waits) && named {
                    self.name(&text, waits);
                }
            }
            Data::Array(items) => items.iter().for_each(|item| self.value(item, named, waits, depth + 1)),
            // A resource as a whole, as a symbolic name gives it.
            Data::Object(o) if named => {
                for m in o.members.iter().filter(|m| m.key.eq_ignore_ascii_case("id")) {
                    self.value(&m.value, true, waits, depth + 1);
                }
            }
            Data::Object(o) => o.members.iter().for_each(|m| self.value(&m.value, named, waits, depth + 1)),
            Data::Residual(r) => self.residual(v, r, named, waits, depth),
            _ => {}
        }
    }

    fn residual(&mut self, v: &Value, r: &Residual, named: bool, waits: bool, depth: usize) {
        match &r.node {
            Expression::Call { args, .. } => {
                let function = r.as_call().map(|(function, _)| function);
                let text = function.is_some_and(|f| f.is_id() || matches!(f, Builtin::Concat | Builtin::Format));
                if (text || named) && r.text_within(ID).is_some() {
                    let text = identity::canonical(v);
                    if self.id(&text, waits) {
                        return;
                    }
                    if named {
                        self.name(&text, waits);
                    }
                }
                let refers = function == Some(Builtin::Reference);
                for (i, arg) in args.iter().enumerate() {
                    self.value(arg, refers && i == 0 || named && !text, waits, depth + 1);
                }
            }
            Expression::Access { base, key } => {
                self.value(base, false, waits, depth + 1);
                self.value(key, false, waits, depth + 1);
            }
            Expression::Loop { count, item, .. } => {
                self.value(count, false, waits, depth + 1);
                self.value(item, named, waits, depth + 1);
            }
            Expression::Parameter(_) if named => {
                let text = identity::canonical(v);
                self.name(&text, waits);
            }
            Expression::Parameter(_) | Expression::Failed(_) | Expression::Text(_) => {}
        }
    }
}
