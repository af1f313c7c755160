//! The resources of a deployment by what expressions call them: made once, asked as often as there are references.

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;
use std::rc::Rc;

use super::ids;
use super::instance::Declared;

/// Places in a deployment's table of resources. Of several with one name the first counts. Keys are in lower case, but for those
/// of expressions.
#[derive(Debug, Default)]
pub struct Names {
    /// By the whole name.
    names: FxHashMap<EcoString, usize>,
    /// By the whole name, or its last segment.
    parts: FxHashMap<EcoString, usize>,
    /// By id.
    ids: FxHashMap<EcoString, usize>,
    /// By an id that is an expression, as it is written.
    open: FxHashMap<String, usize>,
    /// By type and names, for a resource of the deployment's own scope whose id is an expression.
    own: FxHashMap<String, usize>,
    /// By symbolic name; for one of a loop also by that with its index.
    symbols: FxHashMap<EcoString, usize>,
}

impl Names {
    /// Those of a table.
    pub fn of(table: &[Rc<Declared>]) -> Self {
        let mut out = Names::default();
        for (i, d) in table.iter().enumerate() {
            if let Some(name) = d.name.as_str().map(EcoString::to_ascii_lowercase) {
                if let Some((_, last)) = name.rsplit_once('/') {
                    out.parts.entry(last.into()).or_insert(i);
                }
                out.names.entry(name.as_str().into()).or_insert(i);
                out.parts.entry(name.as_str().into()).or_insert(i);
            }
            if let Some(id) = d.id.as_str() {
                out.ids.entry(id.to_ascii_lowercase().as_str().into()).or_insert(i);
            } else if let Some(id) = d.id.as_residual() {
                out.open.entry(id.text()).or_insert(i);
                if d.scope.is_none() {
                    out.own.entry(ids::own_key(&d.type_, &d.name)).or_insert(i);
                }
            }
            if let Some((symbol, _)) = &d.resource.symbol {
                let symbol = symbol.to_ascii_lowercase();
                if let Some(index) = d.loops.last().and_then(|l| l.index.as_int()) {
                    out.symbols.entry(eco_format!("{symbol}[{index}]")).or_insert(i);
                }
                out.symbols.entry(symbol.as_str().into()).or_insert(i);
            }
        }
        out
    }

    /// The resource with this whole name.
    pub fn named(&self, name: &str) -> Option<usize> {
        self.names.get(name.to_ascii_lowercase().as_str()).copied()
    }

    /// The resource whose name, or the last segment of it, is this.
    pub fn called(&self, name: &str) -> Option<usize> {
        self.parts.get(name.to_ascii_lowercase().as_str()).copied()
    }

    /// The resource with this id.
    pub fn with_id(&self, id: &str) -> Option<usize> {
        self.ids.get(id.to_ascii_lowercase().as_str()).copied()
    }

    /// The resource whose id is this expression.
    pub fn with_open_id(&self, text: &str) -> Option<usize> {
        self.open.get(text).copied()
    }

    /// The resource that `resourceId` with these arguments means, by [`ids::own_key_of_call`].
    pub fn own(&self, key: &str) -> Option<usize> {
        self.own.get(key).copied()
    }

    /// The resource with this symbolic name; one of a loop is named with its index: `symbol[2]`.
    pub fn symbol(&self, name: &str) -> Option<usize> {
        let lower = name.to_ascii_lowercase();
        let whole = self.symbols.get(lower.as_str());
        // An index that is no number is nobody's.
        let base = || {
            let (base, index) = lower.strip_suffix(']')?.rsplit_once('[')?;
            if index.parse::<i64>().is_ok() { None } else { self.symbols.get(base) }
        };
        whole.or_else(base).copied()
    }
}
