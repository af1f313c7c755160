//! What is said after each scan: how much there is, what is otherwise than before, what it was about, and how to stop.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::report::escape;
use crate::report::tally::{Difference, Tally};
use crate::report::words;

/// So many new findings are named.
const NAMED: usize = 5;

/// What is said of a scan that came to a report, line by line. `changed` is what it was about; `None` for the first.
pub(super) fn of_report(
    now: &Tally,
    before: Option<&Tally>,
    changed: Option<&[PathBuf]>,
    base: &Path,
    took: Duration,
) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = now.words();
    if let Some(before) = before {
        let Difference { new, gone } = now.since(before);
        lines.extend(new.iter().take(NAMED).map(|finding| format!("new: {finding}")));
        if let Some(more) = new.len().checked_sub(NAMED).filter(|n| *n > 0) {
            lines.push(format!("and {} that are new", words::count(more, "more finding")));
        }
        line.push_str(&format!(" (before: {}", before.words()));
        let parts = [(new.len(), "new"), (gone, "gone")];
        let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
        match parts.is_empty() {
            true => line.push_str("; none new, none gone)"),
            false => line.push_str(&format!("; {})", parts.join(", "))),
        }
    }
    if now.incomplete > 0 {
        let errors = words::count(now.incomplete, "error");
        line.push_str(&format!("; there may be more, for {errors} kept files from being read or expanded as a whole"));
    }
    lines.push(format!("{line}; {}", end(changed, base, took)));
    lines
}

/// What is said of a scan that came to none.
pub(super) fn of_failure(changed: Option<&[PathBuf]>, base: &Path, took: Duration) -> String {
    format!("there is no report; {}", end(changed, base, took))
}

fn end(changed: Option<&[PathBuf]>, base: &Path, took: Duration) -> String {
    let scanned = match changed {
        None => format!("scanned in {}", time(took)),
        Some(changed) => format!("scanned again in {} after {}", time(took), names(changed, base)),
    };
    format!("{scanned}; waiting for changes, Ctrl-C to stop")
}

/// `main.bicep and 2 more files changed`
fn names(changed: &[PathBuf], base: &Path) -> String {
    let Some((first, more)) = changed.split_first() else { return "files changed".to_owned() };
    let first = escape::visible(&first.strip_prefix(base).unwrap_or(first).to_string_lossy()).into_owned();
    match more.len() {
        0 => format!("{first} changed"),
        n => format!("{first} and {} changed", words::count(n, "more file")),
    }
}

/// `35 ms`, or `1.2 s`.
fn time(took: Duration) -> String {
    match took.as_millis() {
        ms @ 0..1000 => format!("{ms} ms"),
        _ => format!("{:.1} s", took.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_it_was_about_and_how_to_stop() {
        let base = Path::new("/r");
        let (now, took) = (Tally::default(), Duration::from_millis(35));
        let changed = ["/r/a/main.bicep", "/s/x"].map(PathBuf::from);
        let said = |before, changed| of_report(&now, before, changed, base, took).join("\n");
        assert_eq!(said(None, None), "no findings; scanned in 35 ms; waiting for changes, Ctrl-C to stop");
        assert_eq!(
            said(Some(&now), Some(&changed[..])),
            "no findings (before: no findings; none new, none gone); scanned again in 35 ms after a/main.bicep and 1 more file \
             changed; waiting for changes, Ctrl-C to stop"
        );
        assert!(said(Some(&now), Some(&[])).contains("after files changed"));
        let mut broken = now.clone();
        broken.incomplete = 2;
        assert!(of_report(&broken, None, None, base, took)[0].contains("may be more, for 2 errors"));
        let failed = of_failure(Some(&changed[1..]), base, Duration::from_millis(1_234));
        assert!(failed.starts_with("there is no report; scanned again in 1.2 s after /s/x changed"), "{failed}");
    }
}
