//! Symbolic links met on a walk.
//!
//! They are followed last, when it is known what was walked anyway: a link to that is left alone, so that nothing is
//! reported twice and no loop is entered; one that leads out of the bound is refused, because a pull request can hold a
//! link to anything on the machine.

use std::path::Path;

use super::{Choice, Found, Hit, Skipped, Walker};
use crate::diagnostic::{Diagnostic, Level};
use crate::read::reach::{Reach, Refusal};

impl Walker<'_> {
    /// Follows the links noted so far, and those met on the way.
    pub(super) fn follow_links(&mut self) {
        let reach = Reach::new(self.bounds.clone());
        while let Some((link, hit)) = self.links.pop_first() {
            self.follow(&link, if hit { Hit::Take } else { Hit::Choose }, &reach);
        }
    }

    fn follow(&mut self, link: &Path, hit: Hit, reach: &Reach) {
        if self.absent.contains(link) {
            return;
        }
        let choice = match hit {
            Hit::Take => self.patterns.choose_by_glob(&self.relative(link)),
            _ => self.patterns.choose(&self.relative(link)),
        };
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
        if let Some(reason) = link.file_name().and_then(|n| self.patterns.prunes(n)).filter(|_| folder) {
            return self.skip(link, "link", reason);
        }
        if folder && link.parent().and_then(|p| std::fs::canonicalize(p).ok()).is_some_and(|p| p.starts_with(&target)) {
            let message = "this link leads to a folder that holds it; the loop is not followed";
            self.diagnostics.push(Diagnostic::at_path(Level::Warning, "link-loop", link, message));
            return self.skip(link, "link", "a loop: it leads to a folder that holds it".to_owned());
        }
        if folder && self.folders.contains(target.as_os_str()) || !folder && self.reached(&target) {
            return self.skip(link, "link", "leads to something that is scanned in its own place".to_owned());
        }
        match reach.holds(&target) {
            Ok(()) if folder => self.folder(link, |_| Hit::Choose),
            Ok(()) => self.found(link, target.is_file(), hit),
            Err(refusal) => self.outside(link, refusal),
        }
    }

    /// A link out of the root: templates may have been read from it, and are not.
    pub(super) fn outside(&mut self, link: &Path, refusal: Refusal) {
        // Of a folder it is not known what is in it; a template would be called something like this.
        let like = if link.is_dir() { link.join("main.json") } else { link.to_path_buf() };
        if let Choice::Excluded(by, reason) = self.patterns.choose(&self.relative(&like)) {
            return self.exclude(link, "link", by, reason);
        }
        let (why, cure) = match refusal {
            Refusal::Git => ("leads into `.git`", "leave it out with --exclude"),
            _ => ("leads out of the scanned root", "name its target, set --root, or leave it out with --exclude"),
        };
        let message = format!("this link {why} and is not followed; {cure}");
        self.diagnostics.push(Diagnostic::at_path(Level::Error, "link-outside", link, message));
        let reason = why.to_owned();
        let skipped = Skipped { path: link.to_path_buf(), kind: "link", reason, failed: true, excluded: None };
        self.skipped.insert(link.to_path_buf(), skipped);
    }

    /// Whether a real path of a file is that of a file already found.
    fn reached(&self, target: &Path) -> bool {
        let in_walked_folder = target.parent().is_some_and(|p| self.folders.contains(p.as_os_str()));
        let same = |file: &Found| std::fs::canonicalize(&file.path).is_ok_and(|p| p == target);
        self.places.contains_key(target.as_os_str()) || in_walked_folder && self.files.iter().any(same)
    }
}
