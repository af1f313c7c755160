//! The resources that entry points deploy, as far as their ids are known: who compares two sides tells by them what was there before.

use std::path::PathBuf;

use ecow::EcoString;
use rustc_hash::FxHashSet;

use crate::expand::known::identity;
use crate::expand::{Data, Deployed, Value};
use crate::read::Span;
use crate::report::cut;

/// A declaration, and the id of a resource that it deploys, as reports show it.
pub type Declared = (Span, EcoString);

/// What one entry point deploys.
#[derive(Debug, Clone, Default)]
pub struct Identified {
    /// With which parameter file.
    pub parameters: Option<PathBuf>,
    /// Each resource once.
    pub resources: Vec<Declared>,
}

/// The resources of a deployment and of those below it.
pub fn of(deployed: &Deployed) -> Vec<Declared> {
    let mut out = Vec::with_capacity(deployed.resources.len());
    for r in deployed.resources.iter().filter(|r| !r.existing) {
        out.extend(known(&r.id).map(|id| (r.span, id)));
        // What extends another resource is called by that one's id.
        if r.scope.is_some() {
            let own = identity::of_resource(deployed, r, &r.name);
            out.extend((!own.id.contains('{')).then(|| (r.span, shown(&own.id.into()))));
        }
    }
    once(out)
}

/// Resources that were exported from Azure.
pub fn of_export(resources: &[Value]) -> Vec<Declared> {
    let id =
        |r: &Value| ["resourceId", "id"].iter().find_map(|key| r.get(key).filter(|v| !v.is_null())).and_then(known);
    once(resources.iter().filter_map(|r| Some((r.origin.place?, id(r)?))).collect())
}

/// An id that is known as a whole, and is no secret.
fn known(id: &Value) -> Option<EcoString> {
    match &id.data {
        Data::Str(text) if !id.origin.secret => Some(shown(text)),
        _ => None,
    }
}

fn shown(id: &EcoString) -> EcoString {
    cut::distinct(id, cut::ID).map_or_else(|| id.clone(), EcoString::from)
}

fn once(mut all: Vec<Declared>) -> Vec<Declared> {
    let mut seen = FxHashSet::default();
    all.retain(|one| seen.insert(one.clone()));
    all
}
