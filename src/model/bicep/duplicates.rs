//! Names that stand more than once where the compiler takes each only once.

use std::collections::HashMap;

use crate::read::Span;
use crate::read::bicep::ast::{File, Key, Object, ObjectItem, StatementKind};

/// Up to this many names are compared with each other, which is quicker than a table.
const FEW: usize = 16;

/// Every place of a name that is declared more than once in a file (BCP028). Outputs and metadata have names of their own, and
/// a name that is missing in the text is wrong already.
pub(super) fn declarations(file: &File) -> Vec<(&str, Span)> {
    repeated(file.statements.iter().filter_map(|s| match &s.kind {
        StatementKind::Param(_)
        | StatementKind::Var(_)
        | StatementKind::Resource(_)
        | StatementKind::Module(_)
        | StatementKind::Type { .. }
        | StatementKind::Func(_)
        | StatementKind::Extension(_) => {
            s.kind.name().map(|n| (n.text.as_str(), n.span)).filter(|(text, _)| !text.is_empty())
        }
        _ => None,
    }))
}

/// Every place of a key that an object literal has more than once (BCP025).
pub(super) fn keys(object: &Object) -> Vec<(&str, Span)> {
    repeated(object.items.iter().filter_map(|item| match item {
        ObjectItem::Property(p) => match &p.key {
            Key::Name(name) => Some((name.text.as_str(), name.span)),
            Key::Computed(_) => None,
        },
        _ => None,
    }))
}

fn repeated<'n>(names: impl Iterator<Item = (&'n str, Span)> + Clone) -> Vec<(&'n str, Span)> {
    let same = |(i, (a, _)): (usize, (&str, Span))| names.clone().skip(i + 1).any(|(b, _)| a == b);
    if names.clone().nth(FEW).is_none() && !names.clone().enumerate().any(same) {
        return Vec::new();
    }
    let mut times: HashMap<&str, usize> = HashMap::new();
    for (name, _) in names.clone() {
        *times.entry(name).or_default() += 1;
    }
    names.filter(|(name, _)| times.get(name).is_some_and(|n| *n > 1)).collect()
}
