//! Versions in ranges, as PSRule's engine reads both: `>=1.2.0 || 0.9.x`, `@pre >=2021-01-01`.
//!
//! It reads more leniently than others do: `10` is a version, and so is `2020-01-01` with the label `01-01`. A condition that
//! does not hold takes with it all that follows `||` if it is one of several.

use std::cmp::Ordering;

/// Which kind of versions: numbers with dots, or dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `1.2.3-alpha.1`
    Semantic,
    /// `2021-06-01-preview`
    Date,
}

/// A version.
#[derive(Debug, Clone)]
struct Version {
    /// Major, minor, patch; or year, month, day. -1 for what is not given.
    numbers: [i64; 3],
    /// The label of a preview.
    label: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Operator {
    equal: bool,
    greater: bool,
    less: bool,
    /// `^` or `~`
    within: Option<char>,
}

#[derive(Debug, Clone)]
struct Bound {
    operator: Operator,
    version: Version,
    /// Another condition has to hold as well.
    and: bool,
}

/// A range of versions.
#[derive(Debug, Clone)]
pub struct Range {
    /// As written.
    pub text: String,
    scheme: Scheme,
    bounds: Vec<Bound>,
    previews: bool,
}

impl Range {
    /// Reads a range; `None` if it is none. `previews` says whether previews count as the versions that they announce.
    pub fn read(text: &str, scheme: Scheme, previews: bool) -> Option<Range> {
        let mut bounds = Vec::new();
        let flagged = ["@pre ", "@prerelease "].iter().find_map(|flag| text.strip_prefix(flag));
        let mut reader = Reader { rest: flagged.unwrap_or(text), last: None, scheme };
        while !reader.rest.is_empty() {
            let before = reader.rest.len();
            let operator = reader.operator();
            let numbers = reader.numbers()?;
            let label = reader.label().unwrap_or_default();
            reader.build();
            let and = reader.join();
            bounds.push(Bound { operator, version: Version { numbers, label }, and });
            if reader.rest.len() == before {
                return None;
            }
        }
        Some(Range { text: text.to_owned(), scheme, bounds, previews: previews || flagged.is_some() })
    }

    /// Whether a text is a version that lies in the range.
    pub fn holds(&self, text: &str) -> bool {
        let Some(version) = read(text, self.scheme) else { return false };
        if self.bounds.is_empty() {
            return true;
        }
        for bound in &self.bounds {
            match (bound.holds(&version, self.previews), bound.and) {
                (true, false) => return true,
                (false, true) => return false,
                _ => {}
            }
        }
        false
    }
}

fn read(text: &str, scheme: Scheme) -> Option<Version> {
    if text.is_empty() {
        return None;
    }
    let mut reader = Reader { rest: text, last: None, scheme };
    let numbers = reader.numbers()?;
    Some(Version { numbers, label: reader.label()? })
}

impl Bound {
    fn holds(&self, v: &Version, previews: bool) -> bool {
        let (own, other) = (self.version.numbers, v.numbers);
        let [major, minor, patch] = other;
        let equal_numbers = own.iter().zip(other).all(|(own, other)| *own == -1 || *own == other);
        let label = labels(self.version.label.as_deref(), v.label.as_deref());
        let equal = equal_numbers && label == Ordering::Equal;
        let op = self.operator;
        if op == Operator::default() || op == (Operator { equal: true, ..Operator::default() }) {
            return equal;
        }
        let preview = v.label.is_some();
        if !previews && self.version.label.is_none() && preview {
            return false;
        }
        // Among previews only those of the same version are told apart.
        let beyond = |order: Ordering, label_order: Ordering| {
            let by_label = equal_numbers && label == label_order;
            by_label || (!preview || previews) && other.cmp(&own) == order
        };
        let greater = beyond(Ordering::Greater, Ordering::Less);
        let less = beyond(Ordering::Less, Ordering::Greater);
        match op {
            Operator { within: Some('^'), .. } => {
                major == own[0] && !(minor < own[1] || minor == own[1] && patch < own[2])
            }
            Operator { within: Some(_), .. } => major == own[0] && minor == own[1] && patch >= own[2],
            Operator { greater: true, less: false, equal: e, .. } => greater || e && equal,
            Operator { less: true, greater: false, equal: e, .. } => less || e && equal,
            _ => true,
        }
    }
}

/// How labels are ordered; no label comes after all others.
fn labels(a: Option<&str>, b: Option<&str>) -> Ordering {
    let (a, b) = match (a, b) {
        (None, None) => return Ordering::Equal,
        (Some(_), None) => return Ordering::Less,
        (None, Some(_)) => return Ordering::Greater,
        (Some(a), Some(b)) => (a, b),
    };
    let parts = |s: &str| s.split('.').filter(|p| !p.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (a, b) = (parts(a), parts(b));
    let one = |a: &String, b: &String| match (a.parse::<i64>(), b.parse::<i64>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    };
    let first = a.iter().zip(&b).map(|(a, b)| one(a, b)).find(|o| o.is_ne());
    first.unwrap_or_else(|| a.len().cmp(&b.len()))
}

struct Reader<'t> {
    rest: &'t str,
    /// The character taken last, which still counts at the end of the text.
    last: Option<char>,
    scheme: Scheme,
}

impl Reader<'_> {
    fn now(&self) -> Option<char> {
        self.rest.chars().next().or(self.last)
    }

    fn step(&mut self) {
        let mut chars = self.rest.chars();
        self.last = chars.next().or(self.last);
        self.rest = chars.as_str();
    }

    fn take(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let mut out = String::new();
        while let Some(c) = self.rest.chars().next().filter(|c| wanted(*c)) {
            out.push(c);
            self.step();
        }
        out
    }

    fn operator(&mut self) -> Operator {
        let mut out = Operator::default();
        let semantic = self.scheme == Scheme::Semantic;
        for c in self.take(|c| matches!(c, '=' | '<' | '>') || semantic && matches!(c, '^' | '~')).chars() {
            match c {
                '=' => out.equal = true,
                '>' => out.greater = true,
                '<' => out.less = true,
                c => out = Operator { within: Some(c), ..Operator::default() },
            }
        }
        out
    }

    fn numbers(&mut self) -> Option<[i64; 3]> {
        let (separator, most) = match self.scheme {
            Scheme::Semantic => ('.', 4),
            Scheme::Date => ('-', 3),
        };
        if self.scheme == Scheme::Semantic && self.rest.starts_with(['v', 'V']) {
            self.step();
        }
        let mut numbers = Vec::new();
        while let Some(c) = self.rest.chars().next() {
            let wild = |c: char| matches!(c, '*' | 'x' | 'X');
            if !(c.is_ascii_digit() || c == separator || wild(c) || matches!(c, '-' | '+')) {
                return None;
            }
            let digits = self.take(|c| c.is_ascii_digit());
            if !digits.is_empty() {
                numbers.push(i64::from(digits.parse::<i32>().ok()?));
                if self.scheme == Scheme::Date && numbers.len() == most {
                    break;
                }
            }
            if self.now() == Some(separator) {
                self.step();
            }
            if self.now().is_some_and(wild) {
                numbers.push(-1);
                self.step();
            }
            if numbers.len() > most {
                return None;
            }
            if matches!(self.now(), Some('-' | '+' | ' ' | '|')) {
                return Some(first_three(&numbers));
            }
        }
        (!numbers.is_empty()).then(|| first_three(&numbers))
    }

    /// The label of a preview, if there is one; `None` if it is wrong.
    fn label(&mut self) -> Option<Option<String>> {
        if !self.rest.starts_with('-') {
            return Some(None);
        }
        self.step();
        let label = self.take(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'));
        let numeric = label.bytes().all(|b| b.is_ascii_digit());
        if label.is_empty() || numeric && label.len() > 1 && label.starts_with('0') {
            return None;
        }
        Some(Some(label))
    }

    fn build(&mut self) {
        if self.scheme == Scheme::Semantic && self.rest.starts_with('+') {
            self.step();
            self.take(|c| c.is_ascii_alphanumeric());
        }
    }

    /// Whether another condition has to hold as well: blanks without `|` between the two.
    fn join(&mut self) -> bool {
        let signs = self.take(|c| matches!(c, ' ' | '|'));
        !signs.is_empty() && !signs.contains('|')
    }
}

fn first_three(numbers: &[i64]) -> [i64; 3] {
    let at = |i: usize| numbers.get(i).copied().unwrap_or(-1);
    [at(0), at(1), at(2)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(range: &str, scheme: Scheme, previews: bool, version: &str) -> bool {
        Range::read(range, scheme, previews).unwrap().holds(version)
    }

    #[test]
    fn semantic_versions() {
        let within = |range, version| holds(range, Scheme::Semantic, false, version);
        assert!(within("^1.2.0", "1.2.3") && !within("^1.2.0", "2.0.0") && within("~1.2", "1.2.3"));
        assert!(within(">=2.0.0", "10") && !within(">=2.0.0", "v2.0.1-alpha.1"));
        assert!(holds(">=2.0.0", Scheme::Semantic, true, "v2.0.1-alpha.1"));
        assert!(within("@pre >=2.0.0", "v2.0.1-alpha.1"));
        assert!(within("1.x || 3.x", "3.1.0") && !within("1.x || 3.x", "2.1.0"));
        assert!(within(">=1.0.0 <2.0.0", "1.5.0") && !within(">=1.0.0 <2.0.0", "2.0.0"));
        for text in ["1", "2020-01-01", "v2.0.1-alpha.1"] {
            assert!(within("", text), "{text}");
        }
        for text in ["", "abc", "a/b", "1.2.3.4.5", "99999999999"] {
            assert!(!within("", text), "{text}");
        }
        assert!(Range::read("newest", Scheme::Semantic, false).is_none());
    }

    #[test]
    fn dates() {
        let within = |range, previews, version| holds(range, Scheme::Date, previews, version);
        assert!(
            within(">=2021-01-01", true, "2021-06-01-preview") && !within(">=2021-01-01", false, "2021-06-01-preview")
        );
        assert!(within("<2022-01-01", false, "10") && !within("<2022-01-01", false, "2022-01-01"));
        assert!(!within("", false, "1.2.3"));
    }
}
