//! The resources of a deployment by what expressions call them: made once, asked as often as there are references.

use std::cell::OnceCell;
use std::rc::Rc;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::ids;
use super::instance::Declared;
use super::residual::{Node, Residual};
use super::value::{Data, Value};
use crate::lower_case::in_lower_case;

type Places = FxHashMap<EcoString, usize>;

/// A table of so many resources is looked through for an id faster than the id is written out.
const FEW: usize = 64;

/// So many parts of two expressions are compared.
const MOST_PARTS: usize = 100;

/// Places in a deployment's table of resources. Of several with one name the first counts. Keys are in lower case, but for those
/// of expressions. What nobody asks for by some kind of name is not written out by it.
#[derive(Default)]
pub struct Names {
    table: Rc<Vec<Rc<Declared>>>,
    /// By the whole name.
    names: OnceCell<Places>,
    /// By the whole name, or its last segment.
    parts: OnceCell<Places>,
    /// By id.
    ids: OnceCell<Places>,
    /// By an id that is an expression, as it is written.
    open: OnceCell<Places>,
    /// By type and names, for a resource of the deployment's own scope whose id is an expression.
    own: OnceCell<Places>,
    /// By symbolic name; for one of a loop also by that with its index.
    symbols: OnceCell<Places>,
}

impl Names {
    /// Those of a table.
    pub fn of(table: Rc<Vec<Rc<Declared>>>) -> Self {
        Names { table, ..Names::default() }
    }

    /// One kind of names, from those that each resource has of it.
    fn all<'n>(&'n self, kind: &'n OnceCell<Places>, of: impl Fn(&Declared, &mut dyn FnMut(EcoString))) -> &'n Places {
        kind.get_or_init(|| {
            let mut out = Places::default();
            for (i, declared) in self.table.iter().enumerate() {
                of(declared, &mut |name| {
                    out.entry(name).or_insert(i);
                });
            }
            out
        })
    }

    /// The resource with this whole name.
    pub fn named(&self, name: &str) -> Option<usize> {
        let all = self.all(&self.names, |d, add| {
            if let Some(name) = d.name.as_str() {
                add(name.to_ascii_lowercase());
            }
        });
        in_lower_case(name, |name| all.get(name).copied())
    }

    /// The resource whose name, or the last segment of it, is this.
    pub fn called(&self, name: &str) -> Option<usize> {
        let all = self.all(&self.parts, |d, add| {
            if let Some(name) = d.name.as_str().map(EcoString::to_ascii_lowercase) {
                if let Some((_, last)) = name.rsplit_once('/') {
                    add(last.into());
                }
                add(name);
            }
        });
        in_lower_case(name, |name| all.get(name).copied())
    }

    /// The resource with this id.
    pub fn with_id(&self, id: &str) -> Option<usize> {
        let all = self.all(&self.ids, |d, add| {
            if let Some(id) = d.id.as_str() {
                add(id.to_ascii_lowercase());
            }
        });
        in_lower_case(id, |id| all.get(id).copied())
    }

    /// The resource whose id is put together as this expression is, if that is soon seen.
    pub fn with_id_made_as(&self, id: &Residual) -> Option<usize> {
        if self.table.len() > FEW {
            return None;
        }
        self.table.iter().position(|d| {
            let mut left = MOST_PARTS;
            d.id.as_residual().is_some_and(|own| is_made_as(own, id, &mut left))
        })
    }

    /// The resource whose id is this expression.
    pub fn with_open_id(&self, text: &str) -> Option<usize> {
        let all = self.all(&self.open, |d, add| {
            if let Some(id) = d.id.as_residual() {
                add(id.text().into());
            }
        });
        all.get(text).copied()
    }

    /// The resource that `resourceId` with these arguments means, by [`ids::own_key_of_call`].
    pub fn own(&self, key: &str) -> Option<usize> {
        let all = self.all(&self.own, |d, add| {
            if d.id.is_residual() && d.scope.is_none() {
                add(ids::own_key(&d.type_, &d.name).into());
            }
        });
        all.get(key).copied()
    }

    /// The resource with this symbolic name; one of a loop is named with its index: `symbol[2]`.
    pub fn symbol(&self, name: &str) -> Option<usize> {
        let symbols = self.all(&self.symbols, |d, add| {
            if let Some((symbol, _)) = &d.resource.symbol {
                let symbol = symbol.to_ascii_lowercase();
                if let Some(index) = d.loops.last().and_then(|l| l.index.as_int()) {
                    add(eco_format!("{symbol}[{index}]"));
                }
                add(symbol);
            }
        });
        in_lower_case(name, |name| {
            // An index that is no number is nobody's.
            let base = || {
                let (base, index) = name.strip_suffix(']')?.rsplit_once('[')?;
                if index.parse::<i64>().is_ok() { None } else { symbols.get(base) }
            };
            symbols.get(name).or_else(base).copied()
        })
    }
}

/// Whether two expressions are the same, part by part, and so are written alike; false once that takes too long.
fn is_made_as(a: &Residual, b: &Residual, left: &mut usize) -> bool {
    let Some(fewer) = left.checked_sub(1) else { return false };
    *left = fewer;
    let mut same = |a: &Value, b: &Value| match (&a.data, &b.data) {
        (Data::Str(a), Data::Str(b)) => a == b,
        (Data::Int(a), Data::Int(b)) => a == b,
        (Data::Residual(a), Data::Residual(b)) => Rc::ptr_eq(a, b) || is_made_as(a, b, left),
        _ => false,
    };
    match (&a.node, &b.node) {
        (Node::Call { name: a, args: first }, Node::Call { name: b, args: second }) => {
            a == b && first.len() == second.len() && first.iter().zip(second).all(|(a, b)| same(a, b))
        }
        (Node::Access { base: a, key: first }, Node::Access { base: b, key: second }) => {
            same(a, b) && same(first, second)
        }
        (Node::Parameter(a), Node::Parameter(b)) => a.name == b.name && a.part == b.part,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_alike_is_written_alike() {
        let call = |name: &str, args: Vec<Value>| Residual::call(name, args);
        let open = |name: &str| Value::residual(call("uniqueString", vec![Value::str(name)]));
        let id = |type_: &str, name: Value| call("resourceId", vec![Value::str(type_), name, Value::int(1)]);
        let path = |key: &str| Value::residual(Residual::access(open("a"), Value::str(key)));
        let all = || {
            [
                id("A/b", open("a")),
                id("A/c", open("a")),
                id("A/b", open("b")),
                id("A/b", path("x")),
                id("A/b", path("y")),
                call("resourceId", vec![Value::str("A/b"), open("a")]),
                call("tenantResourceId", vec![Value::str("A/b"), open("a"), Value::int(1)]),
            ]
        };
        let (all, others) = (all(), all());
        let alike = |a: &Residual, b: &Residual, mut most: usize| is_made_as(a, b, &mut most);
        for a in &all {
            for b in &others {
                assert_eq!(alike(a, b, MOST_PARTS), a.text() == b.text(), "{} and {}", a.text(), b.text());
            }
        }
        // The id, the path in it, and what that leads into.
        assert_eq!([2, 3].map(|most| alike(&all[3], &others[3], most)), [false, true]);
    }
}
