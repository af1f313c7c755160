//! Rules that are written in PowerShell: they cannot run here, and it is told which there are.

use crate::diagnostic::{Diagnostic, Level, Place};
use crate::read::{Source, Span};

/// How many names are told.
const SHOWN: usize = 10;

/// A warning that names the rules of a script.
pub fn told(source: &Source) -> Diagnostic {
    let found = names(source.text());
    let place = match found.first() {
        Some((at, name)) => Place::Span(Span::new(source.id, *at, at + name.len())),
        None => Place::Path(source.path.clone()),
    };
    let file = source.path.file_name().unwrap_or_default().to_string_lossy();
    let shown: Vec<&str> = found.iter().take(SHOWN).map(|(_, name)| name.as_str()).collect();
    let more = found.len().saturating_sub(SHOWN);
    let holds = match (shown.is_empty(), more) {
        (true, _) => "no rule was found in it by name".to_owned(),
        (_, 0) => format!("it holds {}", shown.join(", ")),
        _ => format!("it holds {} and {more} more", shown.join(", ")),
    };
    let message =
        format!("rules in PowerShell cannot run here, so {file} is left out: {holds}; write them as *.Rule.yaml");
    Diagnostic { level: Level::Warning, code: "config-not-supported", message, place }
}

/// The names of rules and conventions, and the bytes where they begin.
fn names(text: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut comment = false;
    for line in text.split_inclusive('\n') {
        let (at, trimmed) = (start + line.len() - line.trim_start().len(), line.trim());
        start += line.len();
        comment |= trimmed.starts_with("<#");
        if comment {
            comment = !trimmed.contains("#>");
            continue;
        }
        let word = ["rule", "export-psruleconvention"].into_iter().find(|w| {
            let after =
                trimmed.get(..w.len()).filter(|s| s.eq_ignore_ascii_case(w)).and_then(|_| trimmed.get(w.len()..));
            after.is_some_and(|a| a.starts_with([' ', '\t']))
        });
        let Some(rest) = word.and_then(|w| trimmed.get(w.len()..)) else { continue };
        let mut name = rest.trim_start();
        if let Some(after) = name.get(..5).filter(|n| n.eq_ignore_ascii_case("-name")).and_then(|_| name.get(5..)) {
            name = after.trim_start();
        }
        let quote = name.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let text = match quote {
            Some(q) => name.get(1..).and_then(|n| n.split(q).next()),
            None => name.split(|c: char| c.is_whitespace() || c == '{').next(),
        };
        if let Some(text) = text.filter(|t| !t.is_empty() && !t.starts_with('-')) {
            let offset = trimmed.len() - name.len() + usize::from(quote.is_some());
            out.push((at + offset, text.to_owned()));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_found_by_their_names() {
        let text = "# Synopsis: x\nRule 'Org.A' -Type 'x' {\n}\n<#\nRule 'Org.No'\n#>\nrule -Name \"Org.B\" {}\n  Rule Org.C{\n# Rule 'Org.D'\n$rule = 1\n";
        let found = names(text);
        let all: Vec<&str> = found.iter().map(|(_, n)| n.as_str()).collect();
        assert_eq!(all, ["Org.A", "Org.B", "Org.C"]);
        assert!(found.iter().all(|(at, name)| text[*at..].starts_with(name)));
    }
}
