//! JSONPath, as the compiler's library (Newtonsoft's `SelectTokens`) takes it in `loadJsonContent` and `loadYamlContent`.

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::rc::Rc;

use regex::{Regex, RegexBuilder};
use rustc_hash::FxHashMap;
use serde_json::Value as Json;

use crate::model::{Expr, ExprKind};

/// A value that a path leads through.
pub(super) trait Tree: Sized {
    /// The items of an array.
    fn items(&self) -> Option<&[Self]>;
    /// The members of an object, in order; none of anything else.
    fn members(&self) -> Vec<(&str, &Self)>;
    /// A value without parts.
    fn scalar(&self) -> Option<Scalar<'_>>;

    /// The values in an array or object.
    fn below(&self) -> Vec<&Self> {
        match self.items() {
            Some(items) => items.iter().collect(),
            None => self.members().into_iter().map(|(_, v)| v).collect(),
        }
    }

    /// A member by its exact name.
    fn named(&self, name: &str) -> Option<&Self> {
        self.members().into_iter().rev().find(|(k, _)| *k == name).map(|(_, v)| v)
    }
}

/// What filters compare.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scalar<'v> {
    Null,
    Bool(bool),
    Number(f64),
    Text(&'v str),
}

impl Tree for Expr {
    fn items(&self) -> Option<&[Self]> {
        if let ExprKind::Array(items) = &self.kind { Some(items) } else { None }
    }

    fn members(&self) -> Vec<(&str, &Self)> {
        let members = self.as_object().unwrap_or_default();
        members.iter().filter_map(|p| Some((p.key.as_str()?.as_str(), &p.value))).collect()
    }

    fn scalar(&self) -> Option<Scalar<'_>> {
        Some(match &self.kind {
            ExprKind::Null => Scalar::Null,
            ExprKind::Bool(b) => Scalar::Bool(*b),
            ExprKind::Int(i) => Scalar::Number(*i as f64),
            ExprKind::Float(f) => Scalar::Number(*f),
            ExprKind::Str(s) => Scalar::Text(s),
            _ => return None,
        })
    }
}

impl Tree for Json {
    fn items(&self) -> Option<&[Self]> {
        self.as_array().map(Vec::as_slice)
    }

    fn members(&self) -> Vec<(&str, &Self)> {
        self.as_object().into_iter().flatten().map(|(k, v)| (k.as_str(), v)).collect()
    }

    fn scalar(&self) -> Option<Scalar<'_>> {
        Some(match self {
            Json::Null => Scalar::Null,
            Json::Bool(b) => Scalar::Bool(*b),
            Json::Number(n) => Scalar::Number(n.as_f64()?),
            Json::String(s) => Scalar::Text(s),
            _ => return None,
        })
    }
}

/// The most values that one path may lead through: `$..*..*..*` goes through some of them again and again.
const MOST_VISITS: usize = 1_000_000;

/// To make a regular expression costs as much as that many values.
const EXPRESSION_VISITS: usize = 10_000;

/// How large a regular expression can be once it is made, in bytes, and what it then costs to hold a byte of text against it: that
/// takes as long as it is large. A large one has classes such as `\w`, or repeats something very often.
const SIZES: [(usize, usize); 2] = [(1 << 14, 1), (1 << 18, 16)];

/// How many values a path has led through, and what is made once for all of them.
#[derive(Default)]
struct Visits {
    taken: Cell<usize>,
    /// The regular expressions of filters, as they are written; none of one that cannot be used.
    expressions: RefCell<FxHashMap<String, Option<Rc<Expression>>>>,
}

impl Visits {
    /// Counts some more; false if they are too many.
    fn take(&self, more: usize) -> bool {
        self.taken.set(self.taken.get().saturating_add(more));
        self.taken.get() <= MOST_VISITS
    }

    /// The regular expression that a text is: `/…/`, with options behind it.
    fn expression(&self, written: Scalar<'_>) -> Option<Rc<Expression>> {
        let Scalar::Text(written) = written else { return None };
        if let Some(known) = self.expressions.borrow().get(written) {
            return known.clone();
        }
        let made = if self.take(EXPRESSION_VISITS) { Expression::new(written).map(Rc::new) } else { None };
        self.expressions.borrow_mut().insert(written.to_owned(), made.clone());
        made
    }
}

/// A regular expression, and what it costs to hold a byte of text against it.
struct Expression {
    regex: Regex,
    cost: usize,
}

impl Expression {
    /// What .NET understands otherwise than the library, or the library not at all, is none.
    fn new(written: &str) -> Option<Self> {
        let (pattern, options) = written.strip_prefix('/')?.rsplit_once('/')?;
        if means_something_else(pattern) {
            return None;
        }
        let mut builder = RegexBuilder::new(pattern);
        builder
            .case_insensitive(options.contains('i'))
            .multi_line(options.contains('m'))
            .dot_matches_new_line(options.contains('s'));
        let of = |(size, cost)| Some(Expression { regex: builder.size_limit(size).build().ok()?, cost });
        SIZES.into_iter().find_map(of)
    }

    fn is_match(&self, text: &str, visits: &Visits) -> bool {
        visits.take(text.len().saturating_mul(self.cost)) && self.regex.is_match(text)
    }
}

/// Whether .NET understands something in an expression otherwise than the library, which would not say so: what a class can hold, and
/// escapes of what needs none.
fn means_something_else(pattern: &str) -> bool {
    let (mut class, mut escaped, mut before) = (false, false, ' ');
    for c in pattern.chars() {
        let other = match c {
            _ if escaped => matches!(c, '<' | '>'),
            '[' => class,
            '&' | '-' | '~' => class && before == c,
            _ => false,
        };
        if other {
            return true;
        }
        class = if escaped { class } else { c == '[' || class && c != ']' };
        escaped = c == '\\' && !escaped;
        before = c;
    }
    false
}

/// All values at a path, in document order, and how many it led through.
///
/// # Errors
/// What is not understood of the path, or that it leads through too many values.
pub(super) fn select<'v, T: Tree>(value: &'v T, path: &str) -> Result<(Vec<&'v T>, usize), String> {
    let visits = Visits::default();
    let found = follow(value, path, &visits)?;
    if !visits.take(0) {
        return Err(format!("'{path}' leads through more than {MOST_VISITS} values"));
    }
    Ok((found, visits.taken.get()))
}

fn follow<'v, T: Tree>(value: &'v T, path: &str, visits: &Visits) -> Result<Vec<&'v T>, String> {
    let mut rest = path.trim();
    rest = rest.strip_prefix('$').unwrap_or(rest);
    let mut found = vec![value];
    while !rest.is_empty() {
        let deep = rest.starts_with("..");
        rest = rest.strip_prefix("..").or_else(|| rest.strip_prefix('.')).unwrap_or(rest);
        if deep {
            found = found.into_iter().flat_map(|v| everything(v, visits)).collect();
        }
        let step;
        (step, rest) = match rest.strip_prefix('[') {
            Some(inner) => {
                let end = closing(inner).ok_or_else(|| format!("a bracket is not closed in '{path}'"))?;
                (
                    Step::bracket(inner[..end].trim(), visits)
                        .ok_or_else(|| format!("'[{}]' is not understood", &inner[..end]))?,
                    &inner[end + 1..],
                )
            }
            None => {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let (name, after) = rest.split_at(end);
                if name.is_empty() {
                    return Err(format!("a name is missing in '{path}'"));
                }
                (if name == "*" { Step::All } else { Step::Names(vec![name]) }, after)
            }
        };
        found = found.into_iter().flat_map(|v| step.from(v, visits)).collect();
    }
    Ok(found)
}

/// A value and all within it. (How deep a document goes is bounded where it is read.)
fn everything<'v, T: Tree>(value: &'v T, visits: &Visits) -> Vec<&'v T> {
    let mut out = Vec::new();
    let mut open = vec![value];
    while let Some(v) = open.pop().filter(|_| visits.take(1)) {
        out.push(v);
        open.extend(v.below().into_iter().rev());
    }
    out
}

/// Where the bracket ends that was opened before `text`.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (i, c) in outside(text) {
        match c {
            '[' => depth += 1,
            ']' if depth == 0 => return Some(i),
            ']' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// One step of a path.
enum Step<'p> {
    All,
    Names(Vec<&'p str>),
    Indexes(Vec<usize>),
    Slice { from: Option<i64>, to: Option<i64>, by: i64 },
    Filter(&'p str),
}

impl<'p> Step<'p> {
    fn bracket(text: &'p str, visits: &Visits) -> Option<Self> {
        if text == "*" {
            return Some(Step::All);
        }
        if let Some(filter) = text.strip_prefix('?') {
            let filter = filter.trim().strip_prefix('(')?.strip_suffix(')')?;
            return readable(filter, visits).then_some(Step::Filter(filter));
        }
        if text.starts_with(['\'', '"']) {
            return split(text, ",").into_iter().map(unquoted).collect::<Option<_>>().map(Step::Names);
        }
        if text.contains(':') {
            let mut parts =
                text.split(':').map(|p| if p.trim().is_empty() { Ok(None) } else { p.trim().parse().map(Some) });
            let mut next = || parts.next().unwrap_or(Ok(None)).ok();
            let (from, to, by) = (next()?, next()?, next()?.unwrap_or(1));
            return (by != 0).then_some(Step::Slice { from, to, by });
        }
        text.split(',').map(|i| i.trim().parse().ok()).collect::<Option<_>>().map(Step::Indexes)
    }

    fn from<'v, T: Tree>(&self, value: &'v T, visits: &Visits) -> Vec<&'v T> {
        if !visits.take(1) {
            return Vec::new();
        }
        let counted = |all: Vec<&'v T>| if visits.take(all.len()) { all } else { Vec::new() };
        match self {
            Step::All => counted(value.below()),
            Step::Names(names) => {
                // Each name is looked for among all members.
                let width = value.members().len();
                names.iter().take_while(|_| visits.take(width)).filter_map(|n| value.named(n)).collect()
            }
            Step::Indexes(at) => counted(at.iter().filter_map(|i| value.items()?.get(*i)).collect()),
            Step::Slice { from, to, by } => {
                let items = value.items().unwrap_or_default();
                let length = items.len() as i64;
                let bound =
                    |i: i64, low: i64, high: i64| (if i < 0 { i.saturating_add(length) } else { i }).clamp(low, high);
                let (low, high) = if *by > 0 { (0, length) } else { (-1, length - 1) };
                let mut at = from.map_or(if *by > 0 { 0 } else { length - 1 }, |i| bound(i, low, high));
                let end = to.map_or(if *by > 0 { length } else { -1 }, |i| bound(i, low, high));
                let mut out = Vec::new();
                while (*by > 0 && at < end) || (*by < 0 && at > end) {
                    out.extend(usize::try_from(at).ok().and_then(|i| items.get(i)));
                    at = at.saturating_add(*by);
                }
                counted(out)
            }
            Step::Filter(filter) => counted(value.below()).into_iter().filter(|v| holds(filter, *v, visits)).collect(),
        }
    }
}

/// The signs of a text that stand in no quotes and in no regular expression (`/…/i`, where a value can stand).
fn outside(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    let (mut within, mut escaped, mut before) = (None, false, '(');
    text.char_indices().filter(move |(_, c)| {
        match within {
            Some('/') if escaped => escaped = false,
            Some('/') if *c == '\\' => escaped = true,
            Some(end) if end == *c => within = None,
            Some(_) => {}
            None => {
                let starts = matches!(c, '\'' | '"') || *c == '/' && "(=~<>!&|".contains(before);
                if starts {
                    within = Some(*c);
                }
                if !c.is_whitespace() {
                    before = *c;
                }
                return !starts;
            }
        }
        false
    })
}

/// A text cut at a separator that stands outside of quotes and brackets.
fn split<'t>(text: &'t str, separator: &str) -> Vec<&'t str> {
    let (mut out, mut start, mut depth) = (Vec::new(), 0, 0);
    for (i, c) in outside(text) {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ if depth == 0 && i >= start && text[i..].starts_with(separator) => {
                out.push(text[start..i].trim());
                start = i + separator.len();
            }
            _ => {}
        }
    }
    out.push(text.get(start..).unwrap_or_default().trim());
    out
}

fn unquoted(text: &str) -> Option<&str> {
    let text = text.trim();
    ['\'', '"'].into_iter().find_map(|q| text.strip_prefix(q)?.strip_suffix(q))
}

/// Those that are a part of another come after it.
const OPERATORS: [&str; 10] = ["===", "!==", "==", "=~", "!=", "<>", "<=", ">=", "<", ">"];

/// The two sides and the operator of a comparison.
fn comparison(text: &str) -> Option<(&str, &'static str, &str)> {
    OPERATORS.into_iter().find_map(|op| match split(text, op).as_slice() {
        [left, right] => Some((*left, op, *right)),
        _ => None,
    })
}

/// Whether a filter is one that [`holds`] can answer.
fn readable(filter: &str, visits: &Visits) -> bool {
    let operand = |t: &str| t.starts_with(['@', '$']) || literal(t).is_some();
    split(filter, "||").iter().flat_map(|o| split(o, "&&")).all(|c| match comparison(c) {
        Some((left, "=~", right)) => operand(left) && literal(right).is_some_and(|p| visits.expression(p).is_some()),
        Some((left, _, right)) => operand(left) && operand(right),
        None => c.starts_with('@') && !c.contains("=~"),
    })
}

fn holds<T: Tree>(filter: &str, value: &T, visits: &Visits) -> bool {
    let all =
        |o: &str| split(o, "&&").into_iter().all(|c| visits.take(1 + filter.len() / 16) && one_holds(c, value, visits));
    split(filter, "||").into_iter().any(all)
}

fn one_holds<T: Tree>(condition: &str, value: &T, visits: &Visits) -> bool {
    let found = |path: &str| path.strip_prefix('@').and_then(|p| follow(value, p, visits).ok()).unwrap_or_default();
    let Some((left, op, right)) = comparison(condition) else { return !found(condition).is_empty() };
    if op == "=~" {
        let Some(expression) = literal(right).and_then(|p| visits.expression(p)) else { return false };
        let matches = |text: &str| expression.is_match(text, visits);
        return match literal(left) {
            Some(left) => matches!(left, Scalar::Text(text) if matches(text)),
            None => found(left).into_iter().any(|v| matches!(v.scalar(), Some(Scalar::Text(text)) if matches(text))),
        };
    }
    let side = |text: &str| -> Vec<Option<(Option<f64>, String)>> {
        let own = |s: Scalar<'_>| match s {
            Scalar::Number(n) => (Some(n), String::new()),
            other => (None, format!("{other:?}")),
        };
        match literal(text) {
            Some(s) => vec![Some(own(s))],
            None => found(text).into_iter().map(|v| v.scalar().map(own)).collect(),
        }
    };
    let right = side(right);
    side(left).iter().any(|l| {
        right.iter().any(|r| {
            let (Some(l), Some(r)) = (l, r) else { return matches!(op, "!=" | "!==" | "<>") };
            let order = match (l.0, r.0) {
                (Some(a), Some(b)) => a.partial_cmp(&b),
                (None, None) => Some(l.1.cmp(&r.1)),
                _ => None,
            };
            match op {
                "==" | "===" => order == Some(Ordering::Equal),
                "!=" | "!==" | "<>" => order != Some(Ordering::Equal),
                "<" => order == Some(Ordering::Less),
                ">" => order == Some(Ordering::Greater),
                "<=" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
                _ => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
            }
        })
    })
}

fn literal(text: &str) -> Option<Scalar<'_>> {
    Some(match text {
        "null" => Scalar::Null,
        "true" => Scalar::Bool(true),
        "false" => Scalar::Bool(false),
        // A regular expression is a text as well.
        _ => match unquoted(text).or_else(|| Some(text).filter(|t| t.starts_with('/'))) {
            Some(text) => Scalar::Text(text),
            None => Scalar::Number(text.parse().ok()?),
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(path: &str) -> String {
        let value =
            json!({"a": [{"n": "x", "v": 1}, {"n": "y", "v": 2, "on": true}, {"n": "z.[", "v": 3}], "b c": {"v": 4}});
        match select(&value, path) {
            Ok((found, _)) => serde_json::to_string(&found).unwrap(),
            Err(why) => why,
        }
    }

    #[test]
    fn paths_lead_where_the_compiler_looks() {
        assert_eq!(at("$.a[0].n"), r#"["x"]"#);
        assert_eq!(at("a[1].v"), "[2]");
        assert_eq!(at(".a[*].v"), "[1,2,3]");
        assert_eq!(at("$['b c'].v"), "[4]");
        assert_eq!(at("$..v"), "[1,2,3,4]");
        assert_eq!(at("$.a[-1:].v"), "[3]");
        assert_eq!(at("$.a[0,2].v"), "[1,3]");
        assert_eq!(at("$.a[::-1].v"), "[3,2,1]");
        assert_eq!(at("$.A"), "[]");
    }

    #[test]
    fn a_path_that_leads_through_too_much_is_refused() {
        let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(select(&deep, "$..*").map(|(found, _)| found.len()), Ok(100));
        let why = select(&deep, "$..*..*..*..*..*..*").unwrap_err();
        assert!(why.contains("leads through more than"), "{why}");
        let wide = json!((0..2_000).map(|i| json!({"v": i})).collect::<Vec<_>>());
        assert!(select(&wide, "$[?(@.v == 5)]").is_ok());
    }

    #[test]
    fn filters_choose_items() {
        assert_eq!(at("$.a[?(@.n == 'y')].v"), "[2]");
        assert_eq!(at("$.a[?(@.n == 'z.[')].v"), "[3]");
        assert_eq!(at("$.a[?(@.on)].n"), r#"["y"]"#);
        assert_eq!(at("$.a[?(@.v >= 2 && @.n != 'y')].v"), "[3]");
        assert_eq!(at("$.a[?(@.v < 2 || @.on == true)].v"), "[1,2]");
        assert_eq!(at("$.a[?(@.n <> 'y')].v"), "[1,3]");
        assert_eq!(at("$.a[?(@.n<>'y' && @.v <> 3)].v"), "[1]");
        assert_eq!(at("$.a[?(@ <> 1)].v"), "[1,2,3]");
        assert_eq!(at("$.a[0"), "a bracket is not closed in '$.a[0'");
    }

    #[test]
    fn filters_match_regular_expressions() {
        assert_eq!(at("$.a[?(@.n =~ /X/i)].v"), "[1]");
        assert_eq!(at("$.a[?(@.n =~ /X/)].v"), "[]");
        assert_eq!(at(r"$.a[?(@.n =~ /^[x-y]$|\//)].v"), "[1,2]");
        assert_eq!(at(r"$.a[?(@.n=~/\.\[/ || @.n =~ '/^(x&&|x)$/')].v"), "[1,3]");
        assert_eq!(at("$.a[?(@.v =~ /1/)].v"), "[]");
        assert!(at("$.a[?(@.n =~ /x)].v").starts_with("a bracket is not closed"));
        assert_eq!(at(r"$.a[?(@.n =~ /^[\w-]+$/i)].v"), "[1,2]");
        for refused in ["/(?=x)/", "/(x)\\1/", "/[a-z-[x]]/", "x", "@.n", "1", "/(?:[a-z]{1000}){1000}/", "/a/ =~ /b/"]
        {
            let path = format!("$.a[?(@.n =~ {refused})].v");
            assert!(at(&path).ends_with("is not understood"), "{path}: {}", at(&path));
        }
    }

    #[test]
    fn regular_expressions_cost_what_they_take() {
        let long = json!([{"n": "a".repeat(600_000)}, {"n": "a".repeat(600_000)}]);
        let why = select(&long, "$[?(@.n =~ /(a|aa)+b/)]").unwrap_err();
        assert!(why.contains("leads through more than"), "{why}");
        let many: Vec<String> = (0..200).map(|i| format!("@.n =~ /{i}/")).collect();
        assert!(select(&json!([]), &format!("$[?({})]", many.join(" || "))).is_err());
    }
}
