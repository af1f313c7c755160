//! What a comment says about findings: our own words, and those of Checkov and Trivy.

use std::ops::Range;

use ecow::EcoString;
use jiff::civil::Date;

/// How much a suppression covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// What begins on the next line of code, or on the same line where the comment stands at its end.
    Line,
    /// The resource or module that it stands in, or before.
    Resource,
    /// The file.
    File,
}

/// Whose words they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// Ours.
    Armlint,
    /// Checkov's.
    Checkov,
    /// Trivy's.
    Trivy,
}

/// A rule as it is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// An id, a reference, a glob, or the check of another tool.
    pub text: EcoString,
    /// Where it stands, in bytes of the comment.
    pub range: Range<usize>,
}

/// One suppression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Whose words they are.
    pub tool: Tool,
    /// How much it covers.
    pub form: Form,
    /// The rules.
    pub rules: Vec<Name>,
    /// Why.
    pub reason: Option<EcoString>,
    /// The last day on which it counts.
    pub until: Option<Date>,
}

/// Something that is meant for us and cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Where, in bytes of the comment.
    pub range: Range<usize>,
    /// What is wrong and what to do.
    pub message: String,
}

const OWN: &str = "armlint:";
const CHECKOV: &str = "checkov:skip=";
const UNTIL: &str = "until=";
const TRIVY: &str = "trivy:ignore:";
const WORDS: [(&str, Form); 3] =
    [("ignore", Form::Line), ("ignore-resource", Form::Resource), ("ignore-file", Form::File)];

/// What a file must hold to say something: in a comment, in a directive of Bicep, or in metadata.
pub const MARKERS: [&str; 4] = [CHECKOV, TRIVY, DIRECTIVE, "\"checkov\""];

/// The same, in any case.
pub const OWN_MARKER: &str = "armlint";

/// How the directives of Bicep begin that switch something off.
pub const DIRECTIVE: &str = "#disable-";

/// Reads a comment with its `//`, or `/*` and `*/`.
pub fn read(comment: &str) -> (Vec<Said>, Vec<Wrong>) {
    let (mut said, mut wrong) = (Vec::new(), Vec::new());
    let mut start = 0;
    for whole in comment.split_inclusive('\n') {
        let (at, text) = content(whole);
        let line = Line { text, offset: start + at };
        start += whole.len();
        // Whoever begins a sentence with it means us as well.
        let own = line.text.get(..OWN.len()).is_some_and(|start| start.eq_ignore_ascii_case(OWN));
        match line.text.get(OWN.len()..).filter(|_| own) {
            Some(rest) => match line.own(rest) {
                Ok(one) => said.push(one),
                Err(one) => wrong.push(one),
            },
            None => {
                said.extend(line.checkov());
                said.extend(line.trivy());
            }
        }
    }
    (said, wrong)
}

/// A line of a comment without what makes it one, and where that begins.
fn content(line: &str) -> (usize, &str) {
    let mut text = line.trim_start();
    for mark in ["//", "/*", "*"] {
        if let Some(rest) = text.strip_prefix(mark) {
            text = rest.trim_start_matches(['/', '*']).trim_start();
            break;
        }
    }
    let at = line.len() - text.len();
    let text = text.trim_end();
    (at, text.strip_suffix("*/").unwrap_or(text).trim_end())
}

struct Line<'a> {
    text: &'a str,
    /// Where it begins in the comment.
    offset: usize,
}

impl<'a> Line<'a> {
    /// The bytes of a part of the line, in the comment.
    fn range(&self, part: &str) -> Range<usize> {
        let within = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        self.offset + within..self.offset + within + part.len()
    }

    fn name(&self, text: &str) -> Name {
        Name { text: text.into(), range: self.range(text) }
    }

    /// `ignore Azure.X, AZR-000001 until=2027-01-31 -- reason`
    fn own(&self, rest: &'a str) -> Result<Said, Wrong> {
        let rest = rest.trim_start();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
        let (word, rest) = rest.split_at(end);
        let wrong = |part: &str, message: String| Wrong { range: self.range(part), message };
        let Some((_, form)) = WORDS.iter().find(|(w, _)| w.eq_ignore_ascii_case(word)) else {
            let part = if word.is_empty() { self.text } else { word };
            return Err(wrong(
                part,
                format!(
                    "`{OWN} {word}` has no effect; write `{OWN} ignore RULE -- reason`, or the same with `ignore-resource` or `ignore-file`"
                ),
            ));
        };
        let (names, mut reason) = split_reason(rest.trim_start_matches(':'));
        let mut said = Said { tool: Tool::Armlint, form: *form, rules: Vec::new(), reason: None, until: None };
        // A day at the end of the reason is meant as one.
        let day = reason.and_then(|r| r.rsplit_once(char::is_whitespace)).filter(|(_, last)| last.starts_with(UNTIL));
        if let Some((words, day)) = day {
            let date = day.get(UNTIL.len()..).unwrap_or_default();
            said.until = Some(date.parse().map_err(|_| wrong(day, no_date(date)))?);
            reason = Some(words);
        }
        said.reason = reason.and_then(text);
        for token in names.split([',', ' ', '\t']).filter(|t| !t.is_empty()) {
            match token.strip_prefix(UNTIL) {
                Some(date) => said.until = Some(date.parse().map_err(|_| wrong(date, no_date(date)))?),
                None => said.rules.push(self.name(token)),
            }
        }
        if said.rules.is_empty() {
            let message =
                format!("this names no rule and has no effect; write `{OWN} {word} Azure.Storage.MinTLS -- reason`");
            return Err(wrong(self.text, message));
        }
        Ok(said)
    }

    /// `checkov:skip=CKV_AZURE_9:reason`, anywhere in a line.
    fn checkov(&self) -> Option<Said> {
        let (_, rest) = self.text.split_once(CHECKOV)?;
        let (names, reason) = rest.split_once(':').unwrap_or((rest, ""));
        let names = names.trim_start();
        let names = names.split(char::is_whitespace).next().unwrap_or(names);
        let rules: Vec<Name> = names.split(',').filter(|n| !n.is_empty()).map(|n| self.name(n)).collect();
        (!rules.is_empty()).then(|| Said {
            tool: Tool::Checkov,
            form: Form::Resource,
            rules,
            reason: text(reason),
            until: None,
        })
    }

    /// `trivy:ignore:AVD-AZU-0047`, several in a line, each with `:exp:2027-01-31` at most: what hangs on anything else (a
    /// workspace, a value) is left to Trivy.
    fn trivy(&self) -> Vec<Said> {
        let mut out: Vec<Said> = Vec::new();
        let mut rest = self.text;
        while let Some(after) = rest.strip_prefix(TRIVY) {
            let end = after.find(char::is_whitespace).unwrap_or(after.len());
            let (one, more) = after.split_at(end);
            let (id, until) = match one.split_once(":exp:") {
                Some((id, date)) => (id, date.parse::<Date>().ok().map(Some)),
                None => (one, Some(None)),
            };
            if let (Some(until), false) = (until, id.contains([':', '['])) {
                let rules = vec![self.name(id)];
                out.push(Said { tool: Tool::Trivy, form: Form::Line, rules, reason: None, until });
            }
            rest = more.trim_start();
        }
        out.iter_mut().for_each(|said| said.reason = text(rest));
        out
    }
}

/// Parts at ` -- `.
fn split_reason(said: &str) -> (&str, Option<&str>) {
    let blank = |c: Option<char>| c.is_none_or(char::is_whitespace);
    let around = |at: usize| (said.get(..at).unwrap_or_default(), said.get(at + 2..).unwrap_or_default());
    let parts = said.match_indices("--").map(|(at, _)| around(at));
    let mut parts = parts.filter(|(before, after)| blank(before.chars().next_back()) && blank(after.chars().next()));
    parts.next().map_or((said, None), |(names, reason)| (names, Some(reason.trim())))
}

fn text(reason: &str) -> Option<EcoString> {
    Some(reason.trim()).filter(|r| !r.is_empty()).map(EcoString::from)
}

/// What to say of a date that is none.
pub fn no_date(text: &str) -> String {
    format!("`{text}` is no date, so this has no effect; write the last day on which it counts, such as 2027-01-31")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(comment: &str) -> Said {
        let (mut said, wrong) = read(comment);
        assert_eq!((said.len(), wrong.as_slice()), (1, &[] as &[Wrong]), "{comment}");
        said.remove(0)
    }

    fn names(said: &Said) -> Vec<&str> {
        said.rules.iter().map(|r| r.text.as_str()).collect()
    }

    #[test]
    fn our_own_words() {
        let comment = "// armlint: ignore Azure.Storage.MinTLS -- old clients -- until May";
        let said = one(comment);
        assert_eq!((said.form, names(&said)), (Form::Line, vec!["Azure.Storage.MinTLS"]));
        assert_eq!((said.reason.as_deref(), said.until), (Some("old clients -- until May"), None));
        assert_eq!(&comment[said.rules[0].range.clone()], "Azure.Storage.MinTLS");
        let said = one("/* armlint: ignore-file Azure.*,AZR-000200  ALR-0001 until=2027-01-31 */");
        assert_eq!((said.form, names(&said)), (Form::File, vec!["Azure.*", "AZR-000200", "ALR-0001"]));
        assert_eq!((said.reason, said.until), (None, Some(jiff::civil::date(2027, 1, 31))));
        let said = one("//armlint:ignore-resource CKV_AZURE_9 --");
        assert_eq!((said.form, names(&said), said.reason.as_deref()), (Form::Resource, vec!["CKV_AZURE_9"], None));
        let (said, _) = read("/*\n * armlint: ignore A\r\n * armlint: ignore B -- é\n */");
        assert_eq!(said.iter().map(|s| names(s)[0].to_owned()).collect::<Vec<_>>(), ["A", "B"]);
        assert_eq!(said[1].reason.as_deref(), Some("é"));
        let said = one("// armlint: ignore A -- why until=2027-01-31 ");
        assert_eq!((said.reason.as_deref(), said.until), (Some("why"), Some(jiff::civil::date(2027, 1, 31))));
        for comment in ["// ARMLINT: ignore A -- why", "/* Armlint: Ignore A -- why */"] {
            let said = one(comment);
            assert_eq!((said.form, names(&said), said.reason.as_deref()), (Form::Line, vec!["A"], Some("why")));
        }
        for other in ["// see armlint: ignore A", "// armlint is good", "//", "/**/", "// Armlint"] {
            assert_eq!(read(other), (vec![], vec![]), "{other}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for (comment, part, message) in [
            ("// armlint: ignroe A", "ignroe", "has no effect; write"),
            ("// armlint: disable=A", "disable", "has no effect; write"),
            ("// ARMLINT: ignroe A", "ignroe", "has no effect; write"),
            ("// armlint:", "armlint:", "has no effect; write"),
            ("// armlint: ignore -- reason", "armlint: ignore -- reason", "names no rule"),
            ("// armlint: ignore A until=soon", "soon", "`soon` is no date"),
            ("// armlint: ignore A until=2027-02-30", "2027-02-30", "is no date"),
        ] {
            let (said, wrong) = read(comment);
            assert!(said.is_empty() && wrong[0].message.contains(message), "{comment}: {wrong:?}");
            assert_eq!(&comment[wrong[0].range.clone()], part);
        }
    }

    #[test]
    fn the_words_of_other_tools() {
        let said = one("// checkov:skip=CKV_AZURE_9,CKV_AZURE_10: the bastion: see wiki");
        assert_eq!(
            (said.tool, said.form, names(&said)),
            (Tool::Checkov, Form::Resource, vec!["CKV_AZURE_9", "CKV_AZURE_10"])
        );
        assert_eq!(said.reason.as_deref(), Some("the bastion: see wiki"));
        assert_eq!(names(&one("// ok checkov:skip=CKV_AZURE_9 later")), ["CKV_AZURE_9"]);
        let (said, _) = read("// trivy:ignore:AVD-AZU-0047 trivy:ignore:AZU-0048:exp:2027-01-31 why");
        assert_eq!(said.iter().map(|s| names(s)[0].to_owned()).collect::<Vec<_>>(), ["AVD-AZU-0047", "AZU-0048"]);
        assert_eq!((said[0].until, said[1].until.is_some()), (None, true));
        assert_eq!(said[1].reason.as_deref(), Some("why"));
        for other in [
            "// trivy:ignore:AZU-0047:ws:dev",
            "// trivy:ignore:AZU-0047[name=x]",
            "// trivy:ignore:A:exp:soon",
            "// checkov:skip=",
        ] {
            assert_eq!(read(other), (vec![], vec![]), "{other}");
        }
    }
}
