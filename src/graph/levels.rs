//! Which resources break rules, and how bad that is.

use std::path::Path;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::build::Entry;
use crate::check::{CheckResult, Outcome};
use crate::diagnostic::Level;
use crate::read::{FileId, Sources, Span};

/// The worst of what is broken. Each finding belongs to the entry point whose file declares it at last: the template, or the
/// parameter file that it is deployed with.
pub(super) struct Levels<'a> {
    sources: &'a Sources,
    by_id: FxHashMap<(FileId, EcoString, EcoString), Level>,
    /// By the declaration, where the id is not known.
    by_place: FxHashMap<(FileId, EcoString, Span), Level>,
}

impl<'a> Levels<'a> {
    pub fn of(results: &[CheckResult], sources: &'a Sources) -> Self {
        let mut out = Levels { sources, by_id: FxHashMap::default(), by_place: FxHashMap::default() };
        for r in results.iter().filter(|r| r.outcome == Outcome::Fail) {
            let type_ = r.target.type_.to_lowercase();
            for stand in &r.stands {
                let Some(last) = stand.declared.last() else { continue };
                worst(&mut out.by_id, (last.file, type_.clone(), r.target.id.to_lowercase()), r.level);
                for place in &stand.declared {
                    worst(&mut out.by_place, (last.file, type_.clone(), *place), r.level);
                }
            }
        }
        out
    }

    /// Gives the nodes of a file's entry point their levels.
    pub fn color(&self, path: &Path, entry: &mut Entry) {
        let Ok(file) = self.sources.load(path).map(|source| source.id) else { return };
        for (node, (type_, id)) in entry.graph.nodes.iter_mut().zip(&entry.ids).filter(|(n, _)| !n.existing) {
            node.level = match id {
                Some(id) => self.by_id.get(&(file, type_.clone(), id.clone())),
                None => self.by_place.get(&(file, type_.clone(), node.span)),
            }
            .copied();
        }
    }
}

fn worst<K: std::hash::Hash + Eq>(levels: &mut FxHashMap<K, Level>, key: K, level: Level) {
    // `Error` is the least of all levels.
    levels.entry(key).and_modify(|l| *l = level.min(*l)).or_insert(level);
}
