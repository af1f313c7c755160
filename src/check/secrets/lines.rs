//! Lines that could not be read: what on them may be a secret, or the rest of one.
//!
//! An apostrophe in a password ends the text for the reader, and what follows is neither a text nor a value. So all that follows on
//! the line goes.

use super::names;
use super::redact::Secrets;
use crate::read::{Source, Span};

/// A line of a file that could not be read.
#[derive(Debug, Clone, Copy)]
pub struct Broken<'s> {
    /// The file.
    pub source: &'s Source,
    /// The line, from 1.
    pub line: u32,
    /// It is a parameter file: every value may be a secret.
    pub parameters: bool,
    /// What is known to be a secret in the file, in its order.
    pub known: &'s [Span],
}

impl Secrets {
    /// Adds what may be a secret on a line that could not be read: what stands after a word which is named like one, and beside one
    /// that is known; in parameter files every value, unless its parameter is known to take no secret.
    pub fn suspect_line(&mut self, broken: Broken<'_>) {
        let Broken { source, line, parameters, known } = broken;
        let range = source.line_range(line);
        let Some(text) = source.text().get(range.clone()) else { return };
        let text = text.trim_end();
        let bicep = source.is_bicep();
        let named = match bicep {
            true if parameters => self.value_in_bicep(text, Span::new(source.id, range.start, range.end)),
            true => after_name(text),
            false => in_json(text, parameters),
        };
        let named = named.or_else(|| {
            // Its name, and what stands between, may be at the end of the line before.
            let before = source.text().get(source.line_range(line.checked_sub(1).filter(|l| *l > 0)?))?.trim_end();
            let is_value = match bicep {
                true => before.ends_with([':', '=']) && after_name(before).is_some(),
                false => before.ends_with(':') && (parameters || is_named(before)),
            };
            is_value.then(|| text.len() - text.trim_start().len())
        });
        let end = range.start + text.len();
        let first = known.partition_point(|s| (s.end as usize) <= range.start);
        // In JSON, what is known ends where it says, unless something follows that cannot.
        let beside = known.get(first..).unwrap_or_default().iter().take_while(|s| (s.start as usize) < end);
        let beside = beside.filter(|s| bicep || is_followed(text.get(s.range().end.saturating_sub(range.start)..)));
        let beside = beside.map(|s| (s.start as usize).max(range.start) - range.start).min();
        if let Some(from) = named.into_iter().chain(beside).min().filter(|from| *from < text.len()) {
            self.suspect_region(Span::new(source.id, range.start + from, end));
        }
    }

    /// Where on a line of a `.bicepparam` a value begins that may be a secret.
    fn value_in_bicep(&self, text: &str, line: Span) -> Option<usize> {
        let blanks = |at: usize| at + text.get(at..).map_or(0, |t| t.len() - t.trim_start().len());
        let word = |at: usize| {
            let rest = text.get(at..).unwrap_or_default();
            at + rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len())
        };
        let start = blanks(0);
        let end = word(start);
        match text.get(start..end)? {
            // The path is none. What follows it may be anything.
            "using" | "extends" | "import" => {
                let open = text.find('\'')?;
                let close = open + 1 + text.get(open + 1..)?.find('\'')?;
                Some(blanks(close + 1))
            }
            "param" | "var" | "func" | "type" => {
                let name = blanks(end);
                let after = word(name);
                let name = Span::new(line.file, line.start as usize + name, line.start as usize + after);
                if self.clear.contains(&name) {
                    return None;
                }
                let at = blanks(after);
                Some(if text.get(at..)?.starts_with('=') { blanks(at + 1) } else { at })
            }
            // Within a value: the name of a member is none.
            _ => {
                let colon = blanks(end);
                let is_key = end > start && text.get(colon..)?.starts_with(':');
                Some(if is_key { blanks(colon + 1) } else { start })
            }
        }
    }
}

/// Where on a line of Bicep what follows a word that is named like a secret begins: behind its type, and what stands between.
fn after_name(text: &str) -> Option<usize> {
    const TYPES: [&str; 7] = ["string", "int", "bool", "object", "array", "secureString", "secureObject"];
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut from = 0;
    let word = text.split(|c: char| !is_part(c)).find_map(|word| {
        let end = from + word.len();
        from = text.get(end..).and_then(|t| t.chars().next()).map_or(end, |c| end + c.len_utf8());
        names::looks_secret(word).then_some(end)
    })?;
    let mut rest = text.get(word..)?;
    // The name of a member in quotes.
    rest = rest.strip_prefix('\'').filter(|t| t.trim_start().starts_with(':')).unwrap_or(rest).trim_start();
    let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
    if rest.get(..end).is_some_and(|word| TYPES.contains(&word)) {
        rest = rest.get(end..)?.trim_start_matches(['[', ']', '?']).trim_start();
    }
    rest = rest.strip_prefix([':', '=']).unwrap_or(rest).trim_start();
    Some(text.len() - rest.len())
}

/// Whether a line of JSON ends with a name that is like that of a secret.
fn is_named(line: &str) -> bool {
    let key = line.trim_end_matches(':').trim_end().strip_suffix('"').and_then(|t| Some(t.rsplit_once('"')?.1));
    key.is_some_and(|key| names::looks_secret(key) || key.eq_ignore_ascii_case("defaultValue"))
}

/// Where in JSON between two texts a word begins that is no value, which may be one without its quotes.
fn stray(between: &str) -> Option<usize> {
    let mut from = 0;
    between.split([',', ':', '{', '}', '[', ']', ' ', '\t', '\n']).find_map(|word| {
        let start = from;
        from += word.len() + 1;
        let is_value = ["", "true", "false", "null"].contains(&word) || word.parse::<f64>().is_ok();
        (!is_value).then_some(start)
    })
}

/// Where on a line of JSON the first text stands whose name is like that of a secret, and which something follows that cannot.
fn in_json(text: &str, all: bool) -> Option<usize> {
    let (mut at, mut named) = (0, all);
    loop {
        let between = text.get(at..).unwrap_or_default();
        let open = between.find('"');
        if all && let Some(stray) = stray(between.get(..open.unwrap_or(between.len())).unwrap_or_default()) {
            return Some(at + stray);
        }
        let open = at + open?;
        let mut end = text.len();
        let mut escaped = false;
        for (i, c) in text.get(open + 1..).unwrap_or_default().char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    end = open + i + 2;
                    break;
                }
                _ => {}
            }
        }
        let rest = text.get(end..);
        if rest.is_some_and(|t| t.trim_start().starts_with(':')) {
            let key = text.get(open + 1..end - 1).unwrap_or_default();
            let plain = ["$schema", "contentVersion"].iter().any(|k| k.eq_ignore_ascii_case(key));
            named = all && !plain || names::looks_secret(key) || key.eq_ignore_ascii_case("defaultValue");
            // A value without quotes.
            let value = rest.map(|t| t.trim_start().trim_start_matches(':').trim_start()).unwrap_or_default();
            let bare = value.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '\'' | '_' | '-' | '+' | '.'));
            let word = ["true", "false", "null"].iter().find_map(|w| value.strip_prefix(w)).map(str::trim_start);
            let whole = word.is_some_and(|t| t.is_empty() || t.starts_with([',', '}', ']']));
            if named && bare && !whole {
                return Some(text.len() - value.len());
            }
        } else if named && (all || is_followed(rest)) {
            return Some(open);
        }
        at = end;
    }
}

/// Whether a value of JSON is followed by something that cannot follow one.
fn is_followed(rest: Option<&str>) -> bool {
    !rest.map(str::trim_start).is_none_or(|t| t.starts_with([',', '}', ']', ':']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Sources;

    fn masked(name: &str, text: &str, parameters: bool) -> Option<String> {
        let source = Sources::new().add(name, text);
        let mut found = Secrets::default();
        found.suspect_line(Broken { source: &source, line: 1, parameters, known: &[] });
        found.regions.into_iter().next().map(|s| source.slice(s).to_owned())
    }

    #[test]
    fn lines_that_cannot_be_read_show_no_value_that_may_be_one() {
        let is = |name, text, parameters, wanted: &str| {
            assert_eq!(masked(name, text, parameters).unwrap_or_default(), wanted, "{text}");
        };
        is("a.bicepparam", r"param = 'a\'b' 'c", true, r"'a\'b' 'c");
        is("a.bicepparam", "param p = 'Pa'x2'", true, "'Pa'x2'");
        is("a.bicepparam", "param p 'x", true, "'x");
        is("a.bicepparam", "param p=x1", true, "x1");
        is("a.bicepparam", "  pin: 'Pa'x=2'", true, "'Pa'x=2'");
        is("a.bicepparam", "  'Pa'x2", true, "'Pa'x2");
        is("a.bicepparam", "using 'gone.bicep'", true, "");
        is("a.bicepparam", "using 'gone.bicep' param p = 'x'", true, "param p = 'x'");
        is("a.bicep", "param adminPassword 'x'y', b: 'y'", false, "'x'y', b: 'y'");
        is("a.bicep", "param location 'x'", false, "");
        is("a.bicep", "param adminPassword string HUSH", false, "HUSH");
        is("a.bicep", "param adminPassword string[]? = HUSH", false, "HUSH");
        is("a.bicep", "param adminPassword HUSH", false, "HUSH");
        is("a.bicep", "  'password' : HUSH 'x'", false, "HUSH 'x'");
        is("a.bicep", "param adminPassword string", false, "");
        is("a.json", r#"{"$schema": "s", "name": "n", "b": "#, true, r#""n", "b":"#);
        is("a.json", r#"{"name": "n", "password": "x" "y", "b": "#, false, r#""x" "y", "b":"#);
        is("a.json", r#"{"name": "n", "password": "x", "b": }"#, false, "");
        is("a.json", r#"{"p": {"value": x-1}}"#, true, "x-1}}");
        is("a.json", r#"{"p": {"value": true HUSH}}"#, true, "true HUSH}}");
        is("a.json", r#"{"password": true HUSH}"#, false, "true HUSH}");
        is("a.json", r#"{"p": {"value": [1, HUSH]}}"#, true, "HUSH]}}");
        is("a.json", r#"{"p": {"value": true}, "q": {"value": null}"#, true, "");
    }

    #[test]
    fn a_value_on_a_line_of_its_own_goes() {
        let is = |name, text, parameters, wanted: &[&str]| {
            let source = Sources::new().add(name, text);
            let mut found = Secrets::default();
            found.suspect_line(Broken { source: &source, line: 2, parameters, known: &[] });
            assert_eq!(found.regions.iter().map(|s| source.slice(*s)).collect::<Vec<_>>(), wanted, "{text}");
        };
        is("a.bicep", "  adminPassword:\n    'Pa'x2'\n", false, &["'Pa'x2'"]);
        is("a.bicep", "param adminPassword string =\r\n  Pa'x2'\r\n", false, &["Pa'x2'"]);
        is("a.bicep", "  location:\n    'Pa'x2'\n", false, &[]);
        is("a.json", "{\"password\":\n  \"Pa\"x2\"}", false, &["\"Pa\"x2\"}"]);
        is("a.json", "{\"value\":\n  HUSH}", true, &["HUSH}"]);
    }

    #[test]
    fn what_stands_beside_a_known_secret_goes() {
        let source = Sources::new().add("a.bicep", "a\nparam p string = 'Pa'x2'\n");
        let mut found = Secrets::default();
        let known = [Span::new(source.id, 19, 23)];
        found.suspect_line(Broken { source: &source, line: 2, parameters: false, known: &known });
        assert_eq!(found.regions.iter().map(|s| source.slice(*s)).collect::<Vec<_>>(), ["'Pa'x2'"]);
    }

    #[test]
    fn a_parameter_that_takes_no_secret_is_shown() {
        let source = Sources::new().add("a.bicepparam", "param place = 'x'y'");
        let mut found = Secrets::default();
        found.clear(Span::new(source.id, 6, 11));
        found.suspect_line(Broken { source: &source, line: 1, parameters: true, known: &[] });
        assert!(found.regions.is_empty());
    }
}
