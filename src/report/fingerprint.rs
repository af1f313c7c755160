//! Identities of findings that survive edits elsewhere in the file.

use std::collections::HashMap;

use crate::check::Target;
use crate::expand::known::secret::MASK;

/// The key of GitHub's own fingerprint in `partialFingerprints`.
pub const LINE_HASH: &str = "primaryLocationLineHash";
/// The key of ours.
pub const IDENTITY: &str = "armlint/v1";

const WINDOW: usize = 100;
const BASE: u64 = 37;
/// What the upload action feeds in at the end of the file.
const END_OF_FILE: u16 = 65535;

/// `primaryLocationLineHash` of every line of a text, as `github/codeql-action` computes it (`src/fingerprints.ts`): a
/// rolling hash to the base 37 modulo 2^64 over the 100 UTF-16 code units from the start of the line, and how often the
/// same hash has occurred up to this line. GitHub tracks an alert over commits by it; where an upload brings a value of
/// its own that differs, the action warns.
///
/// Space and tab do not count, CR and CRLF count as LF, and so a lone CR starts a line here.
pub fn line_hashes(text: &str) -> Vec<(u64, u32)> {
    let mut roll = Roll::new();
    let mut after_cr = false;
    for unit in text.encode_utf16() {
        let unit = match unit {
            0x20 | 0x09 => {
                after_cr = false;
                continue;
            }
            0x0a if after_cr => {
                after_cr = false;
                continue;
            }
            0x0d => {
                after_cr = true;
                0x0a
            }
            other => {
                after_cr = false;
                other
            }
        };
        roll.push(unit);
    }
    roll.push(END_OF_FILE);
    for _ in 0..WINDOW {
        roll.emit();
        roll.update(0);
    }
    roll.lines
}

/// One entry of [`line_hashes`] in the form of the fingerprint.
pub fn line_hash((hash, nth): (u64, u32)) -> String {
    format!("{hash:x}:{nth}")
}

struct Roll {
    window: [u16; WINDOW],
    /// Whether the unit at this place of the window started a line.
    starts: [bool; WINDOW],
    index: usize,
    hash: u64,
    /// The factor of the unit that leaves the window: 37^100.
    first: u64,
    line_start: bool,
    seen: HashMap<u64, u32>,
    lines: Vec<(u64, u32)>,
}

impl Roll {
    fn new() -> Self {
        Roll {
            window: [0; WINDOW],
            starts: [false; WINDOW],
            index: 0,
            hash: 0,
            first: (0..WINDOW).fold(1, |n, _| u64::wrapping_mul(n, BASE)),
            line_start: true,
            seen: HashMap::new(),
            lines: Vec::new(),
        }
    }

    fn push(&mut self, unit: u16) {
        self.emit();
        if self.line_start {
            self.starts[self.index] = true;
        }
        self.line_start = unit == 0x0a;
        self.update(unit);
    }

    /// If the oldest unit in the window started a line, the hash is that line's.
    fn emit(&mut self) {
        if std::mem::take(&mut self.starts[self.index]) {
            let nth = self.seen.entry(self.hash).or_insert(0);
            *nth += 1;
            self.lines.push((self.hash, *nth));
        }
    }

    fn update(&mut self, unit: u16) {
        let leaving = std::mem::replace(&mut self.window[self.index], unit);
        self.hash = self
            .hash
            .wrapping_mul(BASE)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(self.first.wrapping_mul(u64::from(leaving)));
        self.index = (self.index + 1) % WINDOW;
    }
}

/// What a finding is about, without lines and places: the rule, the declared resource, the property. Indexes in the path
/// do not count, so an element that is inserted above changes nothing; the caller numbers those that come out equal. The name
/// of a file does not count either, where that is what the target is called.
pub fn identity(rule: &str, target: &Target, path: &str) -> String {
    let name = if is_file(target) { "" } else { target.symbol.as_deref().unwrap_or(&target.name) };
    let path = without_indexes(path);
    digest(&[rule, &target.type_.to_ascii_lowercase(), &name.to_ascii_lowercase(), &path].join("\n"))
}

/// The same by the id of the resource, which tells those apart that one declaration deploys, and stays where the declaration gets
/// another symbolic name; `None` where the id is not known as a whole.
pub fn of_resource(rule: &str, target: &Target, path: &str) -> Option<String> {
    let known = !target.id.is_empty() && !target.id.starts_with('[') && !target.id.contains(MASK) && !is_file(target);
    known.then(|| digest(&["resource", rule, &target.id.to_ascii_lowercase(), &without_indexes(path)].join("\n")))
}

/// Hexadecimal digits that stand for a text.
pub fn digest(text: &str) -> String {
    // A name-based UUID (RFC 9562, version 5) is a hash that is in the house already; the namespace is our own.
    const NAMESPACE: uuid::Uuid = uuid::Uuid::from_u128(0x6172_6d6c_696e_5476_8131_0000_0000_0001);
    uuid::Uuid::new_v5(&NAMESPACE, text.as_bytes()).simple().to_string()
}

/// Whether a target is called like a file: a file, or a root deployment.
pub fn is_file(target: &Target) -> bool {
    const ENDINGS: [&str; 4] = [".json", ".jsonc", ".bicep", ".bicepparam"];
    let root = || target.symbol.is_none() && target.type_.eq_ignore_ascii_case("Microsoft.Resources/deployments");
    target.type_.starts_with('.') || root() && ENDINGS.iter().any(|end| target.name.ends_with(end))
}

/// `properties.subnets[3].name` as `properties.subnets[*].name`.
pub fn without_indexes(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(open) = rest.find('[') {
        let (head, tail) = rest.split_at(open + 1);
        out.push_str(head);
        let digits = tail.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 && tail[digits..].starts_with(']') {
            out.push('*');
            rest = &tail[digits..];
        } else {
            rest = tail;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(text: &str, line: usize) -> String {
        line_hash(line_hashes(text)[line - 1])
    }

    /// The vectors were made with the upload action itself (see `github-code-scanning.md` in the project's facts).
    #[test]
    fn line_hashes_are_those_of_the_upload_action() {
        assert_eq!(hash("resource a {\n  https: false\n}\n", 2), "20715651d614a7d8:1");
        let text = "a\r\n\r\nb\té😀\r\n  https: false";
        assert_eq!(hash(text, 1), "9c2a2334368d741e:1");
        assert_eq!(hash(text, 3), "2c472a4ebfc15d81:1");
        assert_eq!(hash(text, 4), "ccfb6496a4d6e50f:1");
    }

    #[test]
    fn equal_lines_are_numbered() {
        let text = "x\n".repeat(300);
        assert_eq!(hash(&text, 1).split(':').next_back(), Some("1"));
        assert_eq!(hash(&text, 7).split(':').next_back(), Some("7"));
        assert_ne!(hash(&text, 299).split(':').next(), hash(&text, 7).split(':').next());
    }

    #[test]
    fn an_empty_text_has_the_line_of_its_end() {
        assert_eq!(line_hashes("").len(), 1);
        assert_eq!(line_hashes("\n").len(), 2);
    }

    #[test]
    fn indexes_do_not_count() {
        assert_eq!(without_indexes("a[12].b[0]['k'].c[*]"), "a[*].b[*]['k'].c[*]");
        let target = |name: &str| Target {
            type_: "Microsoft.Network/virtualNetworks".into(),
            name: name.into(),
            label: name.into(),
            id: "".into(),
            symbol: None,
        };
        assert_eq!(identity("R", &target("v"), "p.s[0].n"), identity("R", &target("V"), "p.s[4].n"));
        assert_ne!(identity("R", &target("v"), "p.s[0].n"), identity("R", &target("w"), "p.s[0].n"));
    }

    /// Code scanning tells alerts by them: a value that changes closes every alert and opens another.
    #[test]
    fn what_is_published_stays_and_ids_tell_resources_apart() {
        let target = |id: &str, symbol: &str| Target {
            type_: "Microsoft.Storage/storageAccounts".into(),
            name: "st".into(),
            label: "st".into(),
            id: id.into(),
            symbol: Some(symbol.into()),
        };
        assert_eq!(identity("R", &target("/a/st", "st"), "p.s[0].n"), "93113352fe4553fc92c8aa34e6133a7a");
        let of = |id: &str, symbol: &str| of_resource("R", &target(id, symbol), "p.s[0].n");
        assert_eq!(of("/a/ST", "st"), of("/a/st", "account"));
        assert_ne!(of("/a/st", "st"), of("/b/st", "st"));
        assert_eq!(of("[resourceId('T', parameters('n'))]", "st"), None);
        assert_eq!(of("", "st"), None);
    }

    #[test]
    fn names_of_files_do_not_count() {
        let target = |type_: &str, name: &str| Target {
            type_: type_.into(),
            name: name.into(),
            label: name.into(),
            id: "".into(),
            symbol: None,
        };
        let same = |type_: &str, a: &str, b: &str| {
            identity("R", &target(type_, a), "") == identity("R", &target(type_, b), "")
        };
        assert!(same(".json", "a.json", "b/c.json"));
        assert!(same("Microsoft.Resources/deployments", "a.bicep", "b.bicepparam"));
        assert!(!same("Microsoft.Resources/deployments", "a", "b"));
        assert!(!same("Microsoft.Web/sites", "a.json", "b.json"));
    }
}
