//! The file of findings that are known: a line for each, in order, so that git merges it.
//!
//! ```text
//! # armlint: known findings, version 2 …
//! Azure.Storage.MinTLS<tab>infra/main.bicep<tab>9f86d081884c7d65<tab>2<tab>60303ae22b998861,fd61a03af4f77d87<tab>2c26b46b68ffc68f
//! ```
//!
//! The fourth part is how many findings are alike. The last two, which tell resources apart that one declaration deploys, are missing
//! where ids are not known, and in files of version 1. Of lines about the same finding, which a merge can leave, the one with the
//! most counts.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

const HEADER: &str = "# armlint: known findings, version ";
/// The one that is written.
const VERSION: &str = "2";
/// Those that are read.
const VERSIONS: [&str; 2] = ["1", VERSION];
const ABOUT: &str = " (rule, file, fingerprint, count, resources, property). Written by `armlint scan --write-known`.";

/// What a path may not hold as it is.
const HIDDEN: &AsciiSet = &CONTROLS.add(b'%');

/// What a finding is known by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    /// The id of the rule.
    pub rule: String,
    /// The file in which it stood, from the root of the repository.
    pub file: String,
    /// The rule, the resource and the property, as hexadecimal digits.
    pub fingerprint: String,
    /// The resources, as hexadecimal digits with commas between; empty where their ids are not known.
    pub resources: String,
    /// The property of these, as hexadecimal digits.
    pub property: String,
}

/// The findings, each with how many are alike.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List(BTreeMap<Entry, usize>);

/// A line that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The line, from 1.
    pub line: usize,
    /// The column in UTF-16 code units, from 1.
    pub column: usize,
    /// What is wrong and what to do.
    pub message: String,
}

impl List {
    /// Reads a file.
    ///
    /// # Errors
    /// The first line that is none of ours.
    pub fn read(text: &str) -> Result<Self, Wrong> {
        let mut out = List::default();
        for (i, line) in text.lines().enumerate() {
            if let Some(version) = line.strip_prefix(HEADER) {
                let version = version.split(' ').next().unwrap_or_default();
                if !VERSIONS.contains(&version) {
                    let message = format!(
                        "this is version {version} of the file, and armlint knows versions up to {VERSION}; write it again with --write-known"
                    );
                    return Err(Wrong { line: i + 1, column: 1, message });
                }
            } else if !line.trim().is_empty() && !line.starts_with('#') {
                let (entry, count) = entry(line).map_err(|(column, message)| Wrong { line: i + 1, column, message })?;
                let most = out.0.entry(entry).or_default();
                *most = count.max(*most);
            }
        }
        Ok(out)
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let mut out = format!("{HEADER}{VERSION}{ABOUT}\n");
        for (entry, count) in &self.0 {
            let Entry { rule, file, fingerprint, resources, property } = entry;
            let file = utf8_percent_encode(file, HIDDEN);
            let _ = write!(out, "{rule}\t{file}\t{fingerprint}\t{count}");
            if !resources.is_empty() {
                let _ = write!(out, "\t{resources}\t{property}");
            }
            out.push('\n');
        }
        out
    }

    /// How many findings there are.
    pub fn len(&self) -> usize {
        self.0.values().sum()
    }

    /// What is known, in order.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.0.keys()
    }

    /// Adds one more.
    pub fn add(&mut self, entry: Entry) {
        *self.0.entry(entry).or_default() += 1;
    }

    /// Whether there is one.
    pub fn has(&self, entry: &Entry) -> bool {
        self.0.contains_key(entry)
    }

    /// Takes one away; `false` if there is none left.
    pub fn take(&mut self, entry: &Entry) -> bool {
        let Some(count) = self.0.get_mut(entry) else { return false };
        *count -= 1;
        if *count == 0 {
            self.0.remove(entry);
        }
        true
    }

    /// Keeps what fulfils a condition.
    pub fn retain(&mut self, keep: impl Fn(&Entry) -> bool) {
        self.0.retain(|entry, _| keep(entry));
    }
}

/// Reads a line; where it is wrong, the column and why.
fn entry(line: &str) -> Result<(Entry, usize), (usize, String)> {
    if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| line.starts_with(mark)) {
        let message = "git could not merge this file; keep the lines of both sides and remove the marks";
        return Err((1, message.to_owned()));
    }
    let parts: Vec<&str> = line.split('\t').collect();
    let (rule, file, fingerprint, count, of) = match *parts.as_slice() {
        [rule, file, fingerprint, count] => (rule, file, fingerprint, count, None),
        [rule, file, fingerprint, count, resources, property] => {
            (rule, file, fingerprint, count, Some((resources, property)))
        }
        _ => {
            let message = "this is no line of a file of known findings: a rule, a file, a fingerprint and a count, perhaps resources and a property, parted by tabs; write the file with --write-known";
            return Err((1, message.to_owned()));
        }
    };
    let column = |part: &str| {
        let at = (part.as_ptr() as usize).saturating_sub(line.as_ptr() as usize);
        line.get(..at).unwrap_or_default().encode_utf16().count() + 1
    };
    let hexadecimal = |part: &str| part.len() == super::DIGITS && part.bytes().all(|b| b.is_ascii_hexdigit());
    let told = of.into_iter().flat_map(|(resources, property)| resources.split(',').chain([property]));
    if let Some(wrong) = [fingerprint].into_iter().chain(told).find(|part| !hexadecimal(part)) {
        return Err((column(wrong), format!("a fingerprint has {} hexadecimal digits", super::DIGITS)));
    }
    let Some(count) = count.parse::<u32>().ok().filter(|n| *n > 0) else {
        return Err((column(count), format!("`{count}` is no count of findings; it is 1 or more")));
    };
    let file = percent_decode_str(file).decode_utf8_lossy().into_owned();
    let (resources, property) = of.unwrap_or_default();
    let [fingerprint, resources, property] = [fingerprint, resources, property].map(str::to_ascii_lowercase);
    let entry = Entry { rule: rule.to_owned(), file, fingerprint, resources, property };
    Ok((entry, usize::try_from(count).unwrap_or(usize::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINT: &str = "9f86d081884c7d65";

    fn entry(rule: &str, file: &str) -> Entry {
        let (resources, property) = (String::new(), String::new());
        Entry { rule: rule.into(), file: file.into(), fingerprint: PRINT.into(), resources, property }
    }

    #[test]
    fn resources_are_told_where_they_are_known_and_lines_of_version_1_are_read() {
        let two = format!("{PRINT},60303ae22b998861");
        let text =
            format!("# armlint: known findings, version 1 (x)\nA\ta\t{PRINT}\t1\nA\ta\t{PRINT}\t2\t{two}\t{PRINT}\n");
        let mut list = List::read(&text).unwrap();
        let about = Entry { resources: two.clone(), property: PRINT.into(), ..entry("A", "a") };
        assert!(list.has(&about) && list.has(&entry("A", "a")));
        assert_eq!(List::read(&list.text()), Ok(list.clone()));
        assert!(list.text().lines().skip(1).eq(text.lines().skip(1)));
        assert!(list.take(&about) && list.take(&about) && !list.has(&about) && list.has(&entry("A", "a")));
    }

    #[test]
    fn what_is_written_is_read() {
        let mut list = List::default();
        for one in [entry("B", "a b.json"), entry("A", "é\t%\n.bicep"), entry("B", "a b.json")] {
            list.add(one);
        }
        let text = list.text();
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(lines, [format!("A\t%C3%A9%09%25%0A.bicep\t{PRINT}\t1"), format!("B\ta b.json\t{PRINT}\t2")]);
        assert_eq!(List::read(&text), Ok(list.clone()));
        assert_eq!(list.len(), 3);
        assert!(list.take(&entry("B", "a b.json")) && list.take(&entry("B", "a b.json")));
        assert!(!list.take(&entry("B", "a b.json")));
    }

    #[test]
    fn of_merged_lines_the_one_with_the_most_counts() {
        let list = List::read(&format!("A\ta\t{PRINT}\t1\r\n\n# word\nA\ta\t{PRINT}\t3\nA\ta\t{PRINT}\t2")).unwrap();
        assert_eq!((list.len(), list.entries().count()), (3, 1));
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_place() {
        for (text, line, column, word) in [
            ("{}", 1, 1, "parted by tabs"),
            ("# x\n<<<<<<< HEAD", 2, 1, "could not merge"),
            ("A\té\txyz\t1", 1, 5, "16 hexadecimal digits"),
            (&format!("A\ta\t{PRINT}\t0"), 1, 22, "`0` is no count"),
            (&format!("A\ta\t{PRINT}\t99999999999"), 1, 22, "is no count"),
            (&format!("A\ta\t{PRINT}\t1\t{PRINT},x\t{PRINT}"), 1, 41, "16 hexadecimal digits"),
            (&format!("A\ta\t{PRINT}\t1\t{PRINT}"), 1, 1, "parted by tabs"),
            ("# armlint: known findings, version 3 …", 1, 1, "version 3"),
        ] {
            let wrong = List::read(text).unwrap_err();
            assert!(wrong.message.contains(word), "{wrong:?}");
            assert_eq!((wrong.line, wrong.column), (line, column), "{text}");
        }
    }
}
