//! What is judged: resources with their children, deployments, files.
//!
//! A child hangs below its parent wherever in the root deployment it is declared; an extension resource hangs below what it
//! extends. What has no parent here is a target. Copies of one resource id are one target.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::iter::successors;

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::exported;
use super::files::FileTarget;
use super::parent_names::{DEEPEST, above_name, extension_type, last_segment, parent_of_id, parent_of_name};
use super::scopes;
use super::strays::{MOST_PAIRS, Parents};
use crate::check::result::Target;
use crate::expand::known::identity::{self, Identity, canonical};
use crate::expand::known::secret::MASK;
use crate::expand::known::{self, Truth, known_part, label};
use crate::expand::residual::{Node as Expression, Residual};
use crate::expand::{Data, Deployed, Resource, Value};
use crate::read::Span;

/// A resource, deployment or file, as rules see it.
#[derive(Debug, Clone)]
pub struct Node {
    /// The whole type.
    pub type_: Value,
    /// Other types that it goes by: its own, for an extension resource declared as `X/providers/Y`; all that an export names.
    pub other_types: Vec<EcoString>,
    /// The whole name.
    pub name: Value,
    /// The last segment of the name.
    pub short_name: Value,
    /// The resource id.
    pub id: Value,
    /// `template`, `parameters`, … for files.
    pub kind: Value,
    /// The template of a parameter file.
    pub template: Value,
    /// Whether it was exported from Azure.
    pub exported: Value,
    /// The symbolic name.
    pub symbol: Option<EcoString>,
    /// The object.
    pub body: Value,
    /// The JSON pointer of its declaration.
    pub pointer: EcoString,
    /// Where a finding about it as a whole belongs.
    pub place: Option<Span>,
    /// The declaration.
    pub declared: Option<Span>,
    /// What must hold for it to be deployed, as far as that is not decided.
    pub conditions: Vec<Condition>,
    /// The deployment that declares it.
    pub declared_in: Option<usize>,
    /// The deployment it is.
    pub deploys: Option<usize>,
    /// The node it hangs below.
    pub parent: Option<usize>,
    /// What hangs below it.
    pub children: Vec<usize>,
}

/// Something that must hold for a resource to be deployed, and is not decided.
#[derive(Debug, Clone)]
pub struct Condition {
    /// Two conditions with the same text are the same.
    pub text: EcoString,
    /// `if(condition, true, false)`; of a loop whose length is not known, nothing.
    pub value: Option<Value>,
}

impl Condition {
    /// The conditions of a resource and of the deployments around it.
    fn of(deployed: &Deployed, r: &Resource) -> Vec<Condition> {
        let mut out = Vec::new();
        let around = |r: &&Resource| deployed.resources.get(deployed.deployments.get(r.deployment)?.resource?);
        for (level, r) in successors(Some(r), around).take(deployed.deployments.len() + 1).enumerate() {
            if let Some(condition) = &r.condition {
                Condition::split(condition, &mut out);
            }
            if let Some(count) = &r.repeated {
                // A child may be declared in a loop of its own that is as long as its parent's.
                let count = canonical(known::length_of(count));
                let text = match level {
                    0 => ecow::eco_format!("copy of {count}"),
                    _ => ecow::eco_format!("copy {} of {count}", r.deployment),
                };
                out.push(Condition { text, value: None });
            }
        }
        out
    }

    /// `and(a, b)` are two conditions.
    fn split(condition: &Value, out: &mut Vec<Condition>) {
        match condition.as_residual().map(|r| &r.node) {
            Some(Expression::Call { name, args }) if name.eq_ignore_ascii_case("and") => {
                args.iter().for_each(|a| Condition::split(a, out));
            }
            Some(_) => {
                let choice = vec![condition.clone(), Value::bool(true), Value::bool(false)];
                let value = Some(Value::residual(Residual::call("if", choice)));
                out.push(Condition { text: canonical(condition).into(), value });
            }
            None => {}
        }
    }
}

impl Node {
    /// A condition of this node that is none of `other`: even where the other one is deployed, this one may not be.
    pub fn hangs_on(&self, other: &Node) -> Option<&Condition> {
        self.conditions.iter().find(|c| other.conditions.iter().all(|o| o.text != c.text))
    }

    /// The type as text.
    pub fn type_text(&self) -> &str {
        self.type_.as_str().map_or("", |s| s.as_str())
    }

    /// Whether it is of this type.
    pub fn is(&self, type_: &str) -> bool {
        self.type_text().eq_ignore_ascii_case(type_) || self.other_types.iter().any(|e| e.eq_ignore_ascii_case(type_))
    }

    /// What reports call it.
    pub fn target(&self) -> Target {
        let plain = !self.name.is_residual() || self.name.origin.secret;
        let name = shown(&self.name);
        let symbol = || self.symbol.clone();
        let label = if plain {
            name.clone()
        } else {
            known_part(&self.name).or_else(symbol).unwrap_or_else(|| label(&self.name))
        };
        Target {
            type_: self.type_.as_str().cloned().unwrap_or_default(),
            name,
            label,
            id: if self.id.is_null() { EcoString::new() } else { shown(&self.id) },
            symbol: self.symbol.clone(),
        }
    }
}

/// A name or id for other programs: the text, or the expression in brackets, without secrets.
fn shown(value: &Value) -> EcoString {
    match &value.data {
        _ if value.origin.secret => MASK.into(),
        Data::Str(s) => s.clone(),
        Data::Residual(r) => ecow::eco_format!("[{}]", r.discreet_text()),
        Data::Int(i) => ecow::eco_format!("{i}"),
        _ => EcoString::new(),
    }
}

/// All nodes of one root deployment (or of one export), and which of them are targets.
#[derive(Debug, Clone, Default)]
pub struct Forest {
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The targets in document order; the copies of one resource are together.
    pub targets: Vec<Vec<usize>>,
    /// What may hang below a node: nobody knows the parent.
    strays: FxHashMap<usize, Vec<usize>>,
    /// What may hang below what may hang below a node.
    far: FxHashMap<usize, Vec<usize>>,
    /// The strays the other way round: what a node without a parent may hang below.
    homes: FxHashMap<usize, Vec<usize>>,
}

impl Forest {
    /// A node and everything below it, parents before children.
    pub fn subtree(&self, root: usize) -> SmallVec<[usize; 8]> {
        let mut out: SmallVec<[usize; 8]> = SmallVec::from_slice(&[root]);
        // Copies of a resource share their children.
        let mut seen: FxHashSet<usize> = FxHashSet::default();
        let mut at = 0;
        while at < out.len() {
            let children = &self.nodes[out[at]].children;
            out.extend(children.iter().copied().filter(|c| seen.insert(*c)));
            at += 1;
        }
        out
    }

    /// What may hang below one of these nodes, with what hangs below it; parents before children.
    pub fn perhaps_below(&self, nodes: &[usize]) -> SmallVec<[usize; 8]> {
        if self.strays.is_empty() {
            return SmallVec::new();
        }
        let strays = nodes.iter().flat_map(|n| [self.strays.get(n), self.far.get(n)]).flatten().flatten();
        let mut out: SmallVec<[usize; 8]> = strays.flat_map(|stray| self.subtree(*stray)).collect();
        let mut seen: FxHashSet<usize> = nodes.iter().copied().collect();
        out.retain(|n| seen.insert(*n));
        out
    }

    /// What may hang directly below a node.
    pub fn strays_of(&self, node: usize) -> &[usize] {
        self.strays.get(&node).map_or(&[], Vec::as_slice)
    }

    /// What a node may hang directly below, of which nobody knows the parent.
    pub fn homes_of(&self, node: usize) -> &[usize] {
        self.homes.get(&node).map_or(&[], Vec::as_slice)
    }

    /// A node, and what it hangs below, the nearest first.
    pub fn up(&self, node: usize) -> impl Iterator<Item = usize> {
        successors(Some(node), |n| self.nodes[*n].parent).take(self.nodes.len())
    }

    /// A node with all that hangs below it, for sure or perhaps.
    pub fn whole(&self, root: usize) -> SmallVec<[usize; 8]> {
        let mut out = self.subtree(root);
        out.extend(self.perhaps_below(&out));
        out
    }

    /// A node with all that hangs below it, for sure or perhaps, and what it hangs below itself: all that a rule can ask for which
    /// judges it. The node is the first one; what it hangs below comes last, behind so many as the number says.
    pub fn around(&self, root: usize) -> (SmallVec<[usize; 8]>, usize) {
        let mut out = self.whole(root);
        let below = out.len();
        let above: Vec<usize> = self.up(root).skip(1).take(DEEPEST).filter(|n| !out.contains(n)).collect();
        out.extend(above);
        (out, below)
    }

    /// A forest of one target, from some nodes of this one, the target first: `kept` says which, `changed` what becomes of
    /// each. What hangs below what still does.
    pub fn part(&self, kept: &[usize], changed: impl Fn(usize, &Node) -> Node) -> Forest {
        let places: FxHashMap<usize, usize> = kept.iter().enumerate().map(|(at, i)| (*i, at)).collect();
        let new = |i: &usize| places.get(i).copied();
        let node = |(at, &i): (usize, &usize)| {
            let n = &self.nodes[i];
            let parent = n.parent.as_ref().and_then(new);
            Node { parent, children: n.children.iter().filter_map(new).collect(), ..changed(at, n) }
        };
        let ways = |all: &FxHashMap<usize, Vec<usize>>| {
            let of = |(at, i): (usize, &usize)| Some((at, all.get(i)?.iter().filter_map(new).collect::<Vec<_>>()));
            kept.iter().enumerate().filter_map(of).collect()
        };
        let nodes = kept.iter().enumerate().map(node).collect();
        let [strays, far, homes] = [&self.strays, &self.far, &self.homes].map(ways);
        Forest { nodes, targets: vec![vec![0]], strays, far, homes }
    }

    /// What hangs below another resource, and so is none of the targets, of types that somebody asks for; the copies of one
    /// resource are together.
    pub fn children(&self, wanted: impl Fn(&str) -> bool) -> Vec<Vec<usize>> {
        let mut seen: FxHashMap<(String, String), usize> = FxHashMap::default();
        let mut out: Vec<Vec<usize>> = Vec::new();
        let of_interest = |n: &Node| n.parent.is_some() && wanted(n.type_text());
        for (i, n) in self.nodes.iter().enumerate().filter(|(_, n)| of_interest(n)) {
            match seen.entry((n.type_text().to_ascii_lowercase(), canonical(&n.id))) {
                Entry::Occupied(place) => out[*place.get()].push(i),
                Entry::Vacant(new) => {
                    new.insert(out.len());
                    out.push(vec![i]);
                }
            }
        }
        out
    }

    /// The targets of a root deployment.
    pub fn of_deployment(deployed: &Deployed, root_name: &EcoString) -> Forest {
        let mut forest = Forest::default();
        let declared = || deployed.resources.iter().filter(|r| !r.existing && !is_deployment(r));
        let count = declared().count();
        forest.nodes.reserve(deployed.deployments.len() + count);
        forest.add_deployments(deployed, root_name);
        let first = forest.nodes.len();
        let mut identities = Vec::with_capacity(count);
        for r in declared() {
            let mut node = resource(deployed, r);
            let own = identity::of_resource(deployed, r, &node.name);
            // An extension resource hangs below what it extends, whatever its own id looks like.
            if own.scope.contains("/providers/") && !own.scope.contains('{') && canonical(&node.id) != own.id {
                node.id = Value::str(own.id.as_str());
            }
            forest.nodes.push(node);
            identities.push(own);
        }
        forest.connect(first, &identities);
        forest.collect(first, &identities);
        forest
    }

    /// The targets of exported resources.
    pub fn of_export(resources: &[Value]) -> Forest {
        let mut forest = Forest::default();
        for (i, r) in resources.iter().enumerate() {
            if let Some(node) = exported::add(&mut forest.nodes, r, ecow::eco_format!("/{i}"), None) {
                forest.targets.push(vec![node]);
            }
        }
        forest
    }

    /// Files as targets.
    pub fn of_files(files: &[FileTarget]) -> Forest {
        let mut forest = Forest::default();
        for f in files {
            let place = f.content.as_ref().and_then(|c| c.origin.place).map(|s| Span { end: s.start, ..s });
            let name = Value::str(f.name.clone());
            forest.targets.push(vec![forest.nodes.len()]);
            forest.nodes.push(Node {
                type_: Value::str(f.type_.clone()),
                other_types: Vec::new(),
                short_name: last_segment(&name),
                name,
                declared: None,
                id: Value::null(),
                kind: Value::str(f.kind.as_str()),
                template: f.template.clone().map_or_else(Value::null, Value::str),
                exported: Value::bool(false),
                symbol: None,
                body: f.content.clone().unwrap_or_else(Value::null),
                pointer: EcoString::new(),
                place,
                conditions: Vec::new(),
                declared_in: None,
                deploys: None,
                parent: None,
                children: Vec::new(),
            });
        }
        forest
    }

    fn add_deployments(&mut self, deployed: &Deployed, root_name: &EcoString) {
        let mut seen = FxHashMap::default();
        for (i, d) in deployed.deployments.iter().enumerate() {
            let declaration = d.resource.and_then(|r| deployed.resources.get(r));
            // A deployment stack is a resource like any other.
            if declaration.is_some_and(|r| !is_deployment(r)) {
                continue;
            }
            let mut node = match declaration {
                Some(r) => resource(deployed, r),
                None => Node {
                    type_: Value::str("Microsoft.Resources/deployments"),
                    other_types: Vec::new(),
                    name: d.name.clone(),
                    short_name: d.name.clone(),
                    id: d.id.clone(),
                    kind: Value::null(),
                    template: Value::null(),
                    exported: Value::bool(false),
                    symbol: None,
                    body: root_body(),
                    pointer: d.template.pointer.clone(),
                    place: Some(d.place),
                    declared: None,
                    conditions: Vec::new(),
                    declared_in: d.parent,
                    deploys: None,
                    parent: None,
                    children: Vec::new(),
                },
            };
            if d.parent.is_none() {
                node.name = Value::str(root_name.clone());
                node.short_name = node.name.clone();
            }
            node.deploys = Some(i);
            self.add_copy(node, &mut seen);
        }
        // Deployments whose template could not be read.
        let unread = |r: &&Resource| is_deployment(r) && !r.existing && r.deploys.is_none();
        for r in deployed.resources.iter().filter(unread) {
            self.add_copy(resource(deployed, r), &mut seen);
        }
    }

    /// Adds a target, or one more copy of a target.
    fn add_copy(&mut self, node: Node, seen: &mut FxHashMap<String, usize>) {
        let at = self.nodes.len();
        match seen.entry(canonical(&node.id)) {
            Entry::Occupied(target) => self.targets[*target.get()].push(at),
            Entry::Vacant(new) => {
                new.insert(self.targets.len());
                self.targets.push(vec![at]);
            }
        }
        self.nodes.push(node);
    }

    /// Hangs children below their parents. `identities` are those of the nodes from `first` on.
    fn connect(&mut self, first: usize, identities: &[Identity]) {
        let mut by_id: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        let mut by_name: FxHashMap<(String, Cow<'_, str>), Vec<usize>> = FxHashMap::default();
        for (i, (n, own)) in self.nodes[first..].iter().zip(identities).enumerate() {
            by_id.entry(&own.id).or_default().push(first + i);
            let key = (n.type_text().to_ascii_lowercase(), own.name.as_str().into());
            by_name.entry(key).or_default().push(first + i);
        }
        let (mut lost, mut pairs) = (Vec::new(), MOST_PAIRS);
        for (i, own) in (first..self.nodes.len()).zip(identities) {
            let n = &self.nodes[i];
            if n.type_text().eq_ignore_ascii_case("Microsoft.Sql/servers/databases") && !is_nested(&n.pointer) {
                // PSRule judges databases that are not written in their server by themselves; so suppressions by name carry over.
                continue;
            }
            // The nearest that is declared: a container of blobs hangs below its account if the service between them is not.
            let other = |p: &&Vec<usize>| !p.contains(&i);
            let near = successors(parent_of_id(&own.id), |id| parent_of_id(id))
                .take(DEEPEST)
                .find_map(|id| by_id.get(id.as_str()).filter(other));
            let (parents, named) = match near {
                Some(parents) => (parents.clone(), Vec::new()),
                None => self.of_name(first, i, identities, &by_name, &mut pairs),
            };
            if parents.is_empty() {
                lost.push((i, own, named));
                continue;
            }
            self.nodes[i].parent = parents.first().copied();
            for p in parents {
                self.nodes[p].children.push(i);
            }
        }
        let open = identities.iter().any(|own| own.id.contains('{'));
        if !open && lost.iter().all(|(_, _, named)| named.is_empty()) {
            return;
        }
        let mut parents = Parents::of((first..).zip(identities.iter().map(|own| own.id.as_str())));
        for (i, own, named) in &mut lost {
            let (i, mut perhaps) = (*i, std::mem::take(named));
            if open {
                let Some(fitting) = parents.perhaps(i, own) else {
                    self.homes.clear();
                    return self.strays.clear();
                };
                perhaps.extend(fitting);
                perhaps.sort_unstable();
                perhaps.dedup();
            }
            for &parent in &perhaps {
                self.strays.entry(parent).or_default().push(i);
            }
            if !perhaps.is_empty() {
                self.homes.insert(i, perhaps);
            }
        }
        self.go_far(lost.iter().map(|(i, ..)| *i));
    }

    /// The parents of a node by type and name, where no id is that of its parent: the nearest in the scope of the node, and those of
    /// which nobody knows whether they are in it.
    fn of_name(
        &self,
        first: usize,
        i: usize,
        identities: &[Identity],
        by_name: &FxHashMap<(String, Cow<'_, str>), Vec<usize>>,
        pairs: &mut usize,
    ) -> (Vec<usize>, Vec<usize>) {
        let (nodes, deployments) = (&self.nodes, &self.nodes[..first]);
        let scope = |n: usize| scopes::of(&identities[n - first].id, nodes[n].declared_in, deployments);
        let above = successors(parent_of_name(nodes[i].type_text(), &identities[i - first].name), above_name);
        let mut perhaps = Vec::new();
        for (type_, name) in above.take(DEEPEST) {
            let Some(alike) = by_name.get(&(type_, name.into())).filter(|alike| !alike.contains(&i)) else { continue };
            // Most names are there once. Where too many are, the name decides: to be nobody's would hide what the child says.
            let Some(left) = pairs.checked_sub(alike.len().saturating_sub(1)) else {
                return (alike.clone(), Vec::new());
            };
            *pairs = left;
            let own = scope(i);
            let mut sure = Vec::new();
            for &n in alike {
                let same = match (&own, scope(n)) {
                    (Some(own), Some(other)) => scopes::same(own, &other),
                    (None, None) => Truth::True,
                    _ => Truth::Unknown,
                };
                match same {
                    Truth::True => sure.push(n),
                    Truth::Unknown => perhaps.push(n),
                    Truth::False => {}
                }
            }
            // Whatever may be between them hangs below it as well.
            if !sure.is_empty() {
                return (sure, Vec::new());
            }
        }
        (Vec::new(), perhaps)
    }

    /// Finds what may hang below what may hang below something, within the bound for pairs.
    fn go_far(&mut self, strays: impl Iterator<Item = usize>) {
        let mut left = MOST_PAIRS;
        for stray in strays {
            let mut next = self.homes_of(stray).to_vec();
            let mut seen: FxHashSet<usize> = next.iter().copied().collect();
            while let Some(home) = next.pop() {
                let top = self.up(home).last().unwrap_or(home);
                for further in self.homes_of(top).to_vec() {
                    let Some(rest) = left.checked_sub(1) else { return };
                    left = rest;
                    if further != stray && seen.insert(further) {
                        self.far.entry(further).or_default().push(stray);
                        next.push(further);
                    }
                }
            }
        }
    }

    /// Nodes without parents are targets; copies of one id together.
    fn collect(&mut self, first: usize, identities: &[Identity]) {
        let mut seen: FxHashMap<(String, &str), usize> = FxHashMap::default();
        for (i, own) in (first..self.nodes.len()).zip(identities) {
            let n = &self.nodes[i];
            if n.parent.is_some() {
                continue;
            }
            match seen.entry((n.type_text().to_ascii_lowercase(), &own.id)) {
                Entry::Occupied(target) => self.targets[*target.get()].push(i),
                Entry::Vacant(new) => {
                    new.insert(self.targets.len());
                    self.targets.push(vec![i]);
                }
            }
        }
    }
}

/// What is known of the root deployment, in PSRule's words.
fn root_body() -> Value {
    let mut object = crate::expand::Object::default();
    object.set("rootDeployment".into(), None, Value::bool(true));
    Value::object(object)
}

/// Whether a declaration stands in the `resources` of another one.
fn is_nested(pointer: &str) -> bool {
    let mut segments = pointer.rsplit('/').skip(1).step_by(2);
    segments.next() == Some("resources") && segments.next() == Some("resources")
}

fn is_deployment(r: &Resource) -> bool {
    r.type_.eq_ignore_ascii_case("Microsoft.Resources/deployments")
}

fn resource(deployed: &Deployed, r: &Resource) -> Node {
    let (extension, mut name, mut id) = (extension_type(&r.type_, &r.name), r.name.clone(), r.id.clone());
    if id.is_null() {
        id = name.clone();
    } else if let Some(told) = identity::with_segments(&id, &r.type_, &name) {
        id = told;
    }
    // The place of a literal name is where a finding about the name belongs.
    if let Some(written) = r.body.get("name") {
        if identity::same(written, &name) {
            name = written.clone();
        } else if name.origin.place.is_none() {
            name.origin = written.origin.clone();
        }
    }
    let type_ = Value {
        data: Data::Str(r.type_.clone()),
        origin: r.body.get("type").map(|t| t.origin.clone()).unwrap_or_default(),
    };
    Node {
        type_,
        other_types: extension.into_iter().collect(),
        short_name: last_segment(&name),
        name,
        id,
        kind: Value::null(),
        template: Value::null(),
        exported: Value::bool(false),
        symbol: r.symbol.clone(),
        body: r.body.clone(),
        pointer: r.pointer.clone(),
        place: Some(r.place),
        declared: Some(r.span),
        conditions: Condition::of(deployed, r),
        declared_in: Some(r.deployment),
        deploys: r.deploys,
        parent: None,
        children: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_declarations() {
        assert!(is_nested("/resources/0/resources/1"));
        assert!(is_nested("/resources/server/resources/0"));
        assert!(!is_nested("/resources/0"));
        assert!(!is_nested("/resources/0/properties/template/resources/1"));
        assert!(!is_nested("/resources/resources"));
    }
}
