//! Symbolic links met on a walk.
//!
//! They are followed last, when it is known what was walked anyway: a link to that is left alone, so that nothing is
//! reported twice and no loop is entered; one that leads out of the bound is refused, because a pull request can hold a
//! link to anything on the machine.

use std::path::{Path, PathBuf};

use super::{Choice, Walker};
use crate::diagnostic::{Diagnostic, Level};

impl Walker<'_> {
    /// Follows the links noted so far, and those met on the way.
    pub(super) fn follow_links(&mut self) {
        let real = |path: &PathBuf| std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        let bounds: Vec<PathBuf> = self.bounds.iter().map(real).collect();
        while let Some(link) = self.links.pop_first() {
            self.follow(&link, &bounds);
        }
    }

    fn follow(&mut self, link: &Path, bounds: &[PathBuf]) {
        let choice = self.patterns.choose(&self.relative(link));
        let target = match std::fs::canonicalize(link) {
            Ok(target) => target,
            // A broken link, or a ring of links. Only one that is named like a file to look at is missed by anybody.
            Err(e) if choice == Choice::Take => return self.fail(link, "link", "link-broken", &e),
            Err(e) => {
                let message = format!("this link leads nowhere: {e}");
                self.diagnostics.push(Diagnostic::at_path(Level::Note, "link-broken", link, message));
                return self.skip(link, "link", format!("leads nowhere: {e}"));
            }
        };
        let folder = target.is_dir();
        if !folder && choice == Choice::NotOurs {
            return;
        }
        if folder && link.parent().and_then(|p| std::fs::canonicalize(p).ok()).is_some_and(|p| p.starts_with(&target)) {
            let message = "this link leads to a folder that holds it; the loop is not followed";
            self.diagnostics.push(Diagnostic::at_path(Level::Warning, "link-loop", link, message));
            return self.skip(link, "link", "a loop: it leads to a folder that holds it".to_owned());
        }
        if folder && self.folders.contains(&target) || !folder && self.reached(&target) {
            return self.skip(link, "link", "leads to something that is scanned in its own place".to_owned());
        }
        if !bounds.iter().any(|b| target.starts_with(b)) {
            let message = "this link leads out of the scanned root and is not followed; name its target, or set --root";
            self.diagnostics.push(Diagnostic::at_path(Level::Warning, "link-outside", link, message));
            return self.skip(link, "link", "leads out of the scanned root".to_owned());
        }
        if folder { self.folder(link, |_| true) } else { self.choose(link, target.is_file()) }
    }

    /// Whether a real path of a file is that of a file already found.
    fn reached(&self, target: &Path) -> bool {
        let in_walked_folder = target.parent().is_some_and(|p| self.folders.contains(p));
        let same = |path: &PathBuf| std::fs::canonicalize(path).is_ok_and(|p| p == target);
        self.files.contains_key(target) || in_walked_folder && self.files.keys().any(same)
    }
}
