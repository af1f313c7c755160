//! The resources that one deployment declares, by what a `dependsOn` calls them.

use std::cell::RefCell;
use std::rc::Rc;

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::declared;
use crate::check::explain::phrases::show_value;
use crate::check::targets::parent_names::path_of;
use crate::check::verdict::condition::Evaluator;
use crate::expand::known::identity::{self, Identity, canonical};
use crate::expand::{Data, Deployed, Deployment, Resource, Value};
use crate::read::Span;

/// What was found out about deployments, by their nodes.
#[derive(Default)]
pub struct Known(RefCell<FxHashMap<usize, Rc<Siblings>>>);

impl Known {
    /// What the resources go by that the deployment which a node is declares itself (`own`); `None` if it is none that could be read.
    pub fn of(&self, e: &Evaluator<'_>, node: usize, own: &[&Resource]) -> Option<Rc<Siblings>> {
        if let Some(known) = self.0.borrow().get(&node) {
            return Some(known.clone());
        }
        let found = Rc::new(Siblings::of(e.world.deployed?, declared::deployment(e, node)?, own));
        self.0.borrow_mut().insert(node, found.clone());
        Some(found)
    }
}

/// What the resources of a deployment go by.
#[derive(Default)]
pub struct Siblings {
    /// The ids, symbolic names, names, loops, and types with names that somebody can wait for, in small letters.
    by_name: FxHashMap<String, Vec<usize>>,
    /// The last segments of their names.
    last: FxHashSet<String>,
    /// Namespace and first type of all that is declared, whether it is deployed or not.
    kinds: FxHashSet<String>,
    /// The same of what has a name that is not known.
    open: FxHashSet<String>,
    /// Something is declared whose type is not known.
    any: bool,
}

/// One entry of a `dependsOn`, or the name of what is asked for.
pub struct Wait<'a> {
    /// What it says.
    pub value: &'a Value,
    /// The same, in small letters, with what is not known in braces.
    text: String,
}

/// What a resource waits for, as far as its `dependsOn` says so entry by entry.
pub fn waits(r: &Resource) -> Vec<Wait<'_>> {
    let Some(Data::Array(items)) = r.depends_on.as_ref().map(|v| &v.data) else { return Vec::new() };
    let text = |v: &Value| matches!(v.data, Data::Str(_) | Data::Residual(_));
    items.iter().filter(|v| text(v)).map(Wait::of).collect()
}

/// What a resource waits for because it asks for it by name.
pub fn asks(r: &Resource) -> impl Iterator<Item = Wait<'_>> {
    r.asks.iter().map(Wait::of)
}

impl<'a> Wait<'a> {
    fn of(value: &'a Value) -> Self {
        Wait { value, text: canonical(value) }
    }

    /// Where it stands; `whole` if it has no place.
    pub fn place(&self, whole: Span) -> Span {
        self.value.origin.place.unwrap_or(whole)
    }

    /// What it says, for a person: of an id, what comes behind the resource group.
    pub fn words(&self) -> String {
        let text = self.value.as_str().map(|s| path_of(s).unwrap_or(s));
        text.map_or_else(|| show_value(self.value), |text| show_value(&Value::str(text)))
    }

    /// `namespace/type` of an id or of a type with a name; `None` of a name, and where it is not known.
    fn kind(&self) -> Option<String> {
        let kind = kind_of(path_of(&self.text).unwrap_or(&self.text))?;
        (kind.contains('.') && !kind.contains('{')).then_some(kind)
    }
}

/// `microsoft.storage/storageaccounts` of a type, or of a type with a name after it.
fn kind_of(path: &str) -> Option<String> {
    let (namespace, rest) = path.split_once('/')?;
    let first = rest.split('/').next().filter(|first| !first.is_empty())?;
    Some(format!("{namespace}/{first}").to_ascii_lowercase())
}

impl Siblings {
    /// Those of a deployment. `own` are its own resources, in their order.
    fn of(deployed: &Deployed, deployment: &Deployment, own: &[&Resource]) -> Self {
        let mut out = Siblings::default();
        let mut loops: FxHashMap<&str, EcoString> = FxHashMap::default();
        let there: FxHashSet<&str> = own.iter().map(|r| r.pointer.as_str()).collect();
        for (r, type_) in declared::resources(&deployment.template) {
            if let Some(copy) = &r.copy {
                loops.insert(r.pointer.as_str(), copy.name.to_ascii_lowercase());
            }
            match kind_of(&type_) {
                // What is not deployed may go by the name, and to wait for it is to wait for nothing.
                Some(kind) if !there.contains(r.pointer.as_str()) => out.leave_open(kind),
                Some(_) => {}
                None => out.any = true,
            }
            out.by_name.extend(r.copy.iter().map(|copy| (copy.name.to_lowercase().into(), Vec::new())));
        }
        let mut items: FxHashMap<&str, usize> = FxHashMap::default();
        for (at, r) in own.iter().enumerate() {
            out.add(deployed, (at, r), &loops, &mut items);
        }
        out
    }

    fn leave_open(&mut self, kind: String) {
        self.kinds.insert(kind.clone());
        self.open.insert(kind);
    }

    fn add<'r>(
        &mut self,
        deployed: &Deployed,
        (at, r): (usize, &'r Resource),
        loops: &FxHashMap<&str, EcoString>,
        items: &mut FxHashMap<&'r str, usize>,
    ) {
        let Identity { name, id, .. } = identity::of_resource(deployed, r, &r.name);
        let type_ = r.type_.to_ascii_lowercase();
        match kind_of(&type_) {
            Some(kind) if name.contains('{') || r.repeated.is_some() || kind.contains(['{', '[']) => {
                self.leave_open(kind)
            }
            Some(kind) => {
                self.kinds.insert(kind);
            }
            None => self.any = true,
        }
        self.last.extend(name.rsplit('/').next().map(str::to_owned));
        let path = path_of(&id).map(str::to_owned);
        let mut names = vec![format!("{type_}/{name}"), name];
        names.extend(path);
        names.extend(r.symbol.iter().map(|s| s.to_lowercase().into()));
        if let (Some(symbol), true) = (&r.symbol, loops.contains_key(r.pointer.as_str())) {
            let item = items.entry(r.pointer.as_str()).or_default();
            names.push(format!("{}[{item}]", symbol.to_lowercase()));
            *item += 1;
        }
        names.extend(loops.get(r.pointer.as_str()).map(EcoString::to_string));
        names.push(id);
        names.sort_unstable();
        names.dedup();
        for name in names {
            self.by_name.entry(name).or_default().push(at);
        }
    }

    /// The resources that a wait is for, as places among those of the deployment.
    pub fn named(&self, wait: &Wait<'_>) -> &[usize] {
        let text = wait.text.as_str();
        let path = || self.by_name.get(path_of(text)?);
        self.by_name.get(text).or_else(path).map_or(&[], Vec::as_slice)
    }

    /// Whether the deployment surely declares nothing that a wait can be for.
    pub fn has_none(&self, wait: &Wait<'_>) -> bool {
        let text = wait.text.as_str();
        // An empty segment stands for a name that somebody has yet to give.
        if self.any
            || text.is_empty()
            || text.trim_start_matches('/').contains("//")
            || self.by_name.contains_key(text)
            || path_of(text).is_some_and(|path| self.by_name.contains_key(path))
        {
            return false;
        }
        match wait.kind() {
            Some(kind) if text.contains('{') => !self.kinds.contains(&kind),
            Some(kind) => !self.open.contains(&kind),
            // A child may be called by its own part of the name.
            None => !text.contains(['{', '/']) && self.open.is_empty() && !self.last.contains(text),
        }
    }
}
