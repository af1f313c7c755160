//! Expressions, read from a document.

use ecow::EcoString;

use super::language::{
    Bound, Case, Condition, Each, Expression, Junction, Literal, Operand, Operator, Term, Test, Type,
};
use super::path::Path;
use super::regex::Pattern;
use super::tree::{Scalars, Wrong};
use super::version::{Range, Scheme};
use crate::config::yaml::{Member, Value, Yaml};
use crate::expand::known::Place;
use crate::nesting;
use crate::read::Span;
use crate::rules::similar;

/// The words that ask something.
const CONDITIONS: [&str; 40] = [
    "exists",
    "equals",
    "notEquals",
    "hasDefault",
    "hasSchema",
    "hasValue",
    "match",
    "notMatch",
    "in",
    "notIn",
    "less",
    "lessOrEquals",
    "greater",
    "greaterOrEquals",
    "startsWith",
    "notStartsWith",
    "endsWith",
    "notEndsWith",
    "contains",
    "notContains",
    "isString",
    "isArray",
    "isBoolean",
    "isDateTime",
    "isInteger",
    "isNumeric",
    "isLower",
    "isUpper",
    "setOf",
    "subset",
    "count",
    "notCount",
    "version",
    "apiVersion",
    "withinPath",
    "notWithinPath",
    "like",
    "notLike",
    "allOf",
    "anyOf",
];

/// The words that go with them.
const PROPERTIES: [&str; 16] = [
    "field",
    "type",
    "name",
    "source",
    "value",
    "scope",
    "caseSensitive",
    "convert",
    "unique",
    "ignoreScheme",
    "includePrerelease",
    "where",
    "not",
    "greaterOrEqual",
    "lessOrEqual",
    "if",
];

/// How many of the values have to be as an operator wants it: of several, the first one here counts.
const QUANTIFIERS: [(&str, Bound); 5] = [
    ("greaterOrEqual", Bound::AtLeast),
    ("greater", Bound::MoreThan),
    ("lessOrEqual", Bound::AtMost),
    ("less", Bound::LessThan),
    ("count", Bound::Exactly),
];

/// What a condition looks at, in the order in which that is looked for.
const OPERANDS: [&str; 6] = ["field", "type", "name", "source", "value", "scope"];

/// Conditions that look at a `field` and at nothing else.
const OF_FIELDS: [&str; 4] = ["exists", "setOf", "subset", "hasSchema"];

/// Conditions that look into what a function gives.
const OF_FUNCTIONS: [&str; 8] =
    ["equals", "notEquals", "count", "notCount", "less", "lessOrEquals", "greater", "greaterOrEquals"];

/// Settings of conditions, and the conditions that have them.
const SETTINGS: [(&str, &[&str]); 5] = [
    (
        "caseSensitive",
        &[
            "equals",
            "notEquals",
            "hasDefault",
            "match",
            "notMatch",
            "setOf",
            "subset",
            "startsWith",
            "notStartsWith",
            "endsWith",
            "notEndsWith",
            "contains",
            "notContains",
            "withinPath",
            "notWithinPath",
            "like",
            "notLike",
        ],
    ),
    (
        "convert",
        &[
            "equals",
            "notEquals",
            "less",
            "lessOrEquals",
            "greater",
            "greaterOrEquals",
            "startsWith",
            "notStartsWith",
            "endsWith",
            "notEndsWith",
            "contains",
            "notContains",
            "isBoolean",
            "isDateTime",
            "isInteger",
            "isNumeric",
            "like",
            "notLike",
        ],
    ),
    ("unique", &["subset"]),
    ("ignoreScheme", &["hasSchema"]),
    ("includePrerelease", &["version", "apiVersion"]),
];

/// Reads expressions of one document. What is odd but does no harm is noted.
pub struct Reader<'s> {
    /// How scalars are read.
    pub scalars: Scalars<'s>,
    /// What to warn of.
    pub warnings: Vec<Wrong>,
}

fn is(member: &Member, word: &str) -> bool {
    member.key.eq_ignore_ascii_case(word)
}

impl Reader<'_> {
    /// Reads an expression.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn expression(&mut self, y: &Yaml) -> Result<Expression, Wrong> {
        self.at(y, 0)
    }

    fn at(&mut self, y: &Yaml, depth: usize) -> Result<Expression, Wrong> {
        if !nesting::TYPE.allows(depth) {
            return Err(Wrong::new(y.span, "this expression is nested too deeply"));
        }
        let Some(members) = y.members() else {
            return Err(Wrong::new(
                y.span,
                format!("an expression is a mapping such as {{field, equals}}, not {}", y.what()),
            ));
        };
        if members.is_empty() {
            return Ok(Expression::Always);
        }
        for m in members {
            self.known(m)?;
        }
        let junction = |m: &&Member| is(m, "allOf") || is(m, "anyOf") || is(m, "not");
        let mut operators = members.iter().filter(junction);
        match (operators.next(), operators.next()) {
            (Some(one), None) => self.operator(one, members, depth),
            (Some(one), Some(other)) => {
                let message =
                    format!("`{}` and `{}` stand in one expression; put both into an `allOf`", one.key, other.key);
                Err(Wrong::new(other.key_span, message))
            }
            (None, _) => self.condition(y, members),
        }
    }

    fn known(&self, m: &Member) -> Result<(), Wrong> {
        let words = || CONDITIONS.iter().chain(&PROPERTIES).copied();
        if words().any(|w| is(m, w)) {
            return Ok(());
        }
        let hint = similar(&m.key, words()).map(|s| format!("; did you mean `{s}`?")).unwrap_or_default();
        Err(Wrong::new(m.key_span, format!("`{}` is no word of PSRule's expressions{hint}", m.key)))
    }

    fn operator(&mut self, m: &Member, members: &[Member], depth: usize) -> Result<Expression, Wrong> {
        let kind = match m {
            m if is(m, "allOf") => Junction::All,
            m if is(m, "anyOf") => Junction::Any,
            _ => Junction::Not,
        };
        let of = match &m.value.value {
            Value::List(items) => items.iter().map(|i| self.at(i, depth + 1)).collect::<Result<Vec<_>, _>>()?,
            Value::Map(_) => vec![self.at(&m.value, depth + 1)?],
            _ => {
                let message = format!("`{}` holds expressions, not {}", m.key, m.value.what());
                return Err(Wrong::new(m.value.span, message));
            }
        };
        if kind == Junction::Not && of.len() > 1 {
            return Err(Wrong::new(m.value.span, "`not` holds one expression; put several into an `anyOf` or `allOf`"));
        }
        let mut each: Option<Each> = None;
        let field = members.iter().find(|m| is(m, "field"));
        if let Some(f) = field {
            each = Some(Each { field: self.path(&f.value)?, filter: None, number: None });
        }
        let mut numbers: Vec<(&Member, Bound, i64)> = Vec::new();
        for other in members.iter().filter(|o| !std::ptr::eq(*o, m) && !is(o, "field")) {
            let Some(each) = &mut each else {
                let message = format!("`{}` beside `{}` needs a `field` whose values it is about", other.key, m.key);
                return Err(Wrong::new(other.key_span, message));
            };
            if is(other, "where") {
                each.filter = Some(self.at(&other.value, depth + 1)?);
                continue;
            }
            let Some(bound) = QUANTIFIERS.iter().find(|(word, _)| is(other, word)).map(|(_, bound)| *bound) else {
                // The engine asks for quantifiers by other words than for conditions.
                if let Some(meant) = other
                    .key
                    .strip_suffix(['s', 'S'])
                    .filter(|k| QUANTIFIERS.iter().any(|(q, _)| q.eq_ignore_ascii_case(k)))
                {
                    let message =
                        format!("`{}` beside `{}` has no effect; the quantifier is called `{meant}`", other.key, m.key);
                    self.warnings.push(Wrong::new(other.key_span, message));
                    continue;
                }
                let message = format!("`{}` beside `{}` means nothing", other.key, m.key);
                return Err(Wrong::new(other.key_span, message));
            };
            numbers.push((other, bound, self.scalars.integer(&other.value)?));
        }
        let rank = |b: Bound| QUANTIFIERS.iter().position(|(_, bound)| *bound == b);
        let first = numbers.iter().min_by_key(|(_, bound, _)| rank(*bound)).copied();
        if let (Some((counts, bound, number)), Some(each)) = (first, &mut each) {
            each.number = Some((bound, number));
            for (other, ..) in numbers.iter().filter(|(_, b, _)| *b != bound) {
                let message = format!(
                    "`{}` has no effect, because `{}` stands beside the same `{}`; put one `{}` for each into an `allOf`",
                    other.key, counts.key, m.key, m.key
                );
                self.warnings.push(Wrong::new(other.key_span, message));
            }
        }
        Ok(Expression::Operator(Box::new(Operator { kind, of, each })))
    }

    fn path(&self, y: &Yaml) -> Result<Path, Wrong> {
        let text = self.scalars.text(y).filter(|t| !t.is_empty());
        let text = text
            .ok_or_else(|| Wrong::new(y.span, format!("expected a path such as properties.sku, found {}", y.what())))?;
        Path::read(&text).map_err(|why| Wrong::new(y.span, format!("the path `{text}` cannot be read: {why}")))
    }

    fn condition(&mut self, y: &Yaml, members: &[Member]) -> Result<Expression, Wrong> {
        let flag = |word: &str| match members.iter().find(|m| is(m, word)) {
            Some(m) => self.scalars.boolean(&m.value),
            None => Ok(false),
        };
        let (case_sensitive, convert) = (flag("caseSensitive")?, flag("convert")?);
        let (unique, ignore_scheme, previews) = (flag("unique")?, flag("ignoreScheme")?, flag("includePrerelease")?);
        let asked: Vec<&Member> = members.iter().filter(|m| CONDITIONS.iter().any(|c| is(m, c))).collect();
        let Some((&last, before)) = asked.split_last() else {
            let span = members.first().map_or(y.span, |m| m.key_span);
            return Err(Wrong::new(span, "this expression asks nothing; add a condition such as `equals`"));
        };
        if let Some(first) = before.first() {
            let message = format!(
                "`{}` has no effect, because `{}` stands in the same expression; put both into an `allOf`",
                first.key, last.key
            );
            self.warnings.push(Wrong::new(first.key_span, message));
        }
        let operands = self.operands(members)?;
        if operands.is_empty() {
            let message = format!(
                "`{}` does not say what it looks at; add `field`, `name`, `type`, `source`, `scope` or `value`",
                last.key
            );
            return Err(Wrong::new(last.key_span, message));
        }
        self.odd(last, members);
        let flags = Flags { case_sensitive, unique, ignore_scheme, previews };
        let test = self.test(last, flags)?;
        Ok(Expression::Condition(Box::new(Condition { operands, test, case_sensitive, convert })))
    }

    /// Warns of what stands in an expression and means nothing to its condition.
    fn odd(&mut self, condition: &Member, members: &[Member]) {
        let among = |words: &[&str]| words.iter().any(|w| is(condition, w));
        let operands: Vec<&Member> = OPERANDS.iter().filter_map(|o| members.iter().find(|m| is(m, o))).collect();
        let only_field = among(&OF_FIELDS);
        let mut warn = |at: Span, message: String| self.warnings.push(Wrong::new(at, message));
        for (i, m) in operands.iter().enumerate() {
            let before = operands.first().filter(|_| i > 0);
            match before {
                _ if only_field && is(m, "field") => {}
                _ if only_field => {
                    let message = format!("`{}` looks at a `field` only: `{}` has no effect", condition.key, m.key);
                    warn(m.key_span, message);
                }
                // Where there is no such field, or no such source, the engine goes on to the next one.
                Some(first) if is(first, "field") || is(first, "source") => {
                    let message = format!(
                        "`{}` is looked at only where `{}` leads to nothing; put a condition for each into an `allOf`",
                        m.key, first.key
                    );
                    warn(m.key_span, message);
                }
                Some(first) => {
                    let message = format!(
                        "`{}` has no effect, because `{}` stands in the same expression; put a condition for each into an `allOf`",
                        m.key, first.key
                    );
                    warn(m.key_span, message);
                }
                None => {}
            }
        }
        let function = operands.iter().find(|m| is(m, "value") && m.value.get("$").is_some());
        if let Some(m) = function.filter(|_| !among(&OF_FUNCTIONS) && !only_field) {
            let message = format!(
                "`{}` does not look into what a function gives; conditions that do are {}",
                condition.key,
                OF_FUNCTIONS
                    .iter()
                    .filter(|w| **w != "notCount")
                    .map(|w| format!("`{w}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            );
            warn(m.key_span, message);
        }
        for m in members {
            let setting = SETTINGS.iter().find(|(word, _)| is(m, word));
            let message = match setting {
                Some((_, of)) if !among(of) => format!("`{}` has no effect on `{}`", m.key, condition.key),
                None if is(m, "where") => format!(
                    "`where` has no effect on `{}`: it says which values of a `field` an `allOf`, `anyOf` or `not` is about",
                    condition.key
                ),
                None if ["greaterOrEqual", "lessOrEqual", "if"].iter().any(|w| is(m, w)) => {
                    let s = format!("{}s", m.key);
                    let hint = if CONDITIONS.iter().any(|c| c.eq_ignore_ascii_case(&s)) {
                        format!("; the condition is called `{s}`")
                    } else {
                        String::new()
                    };
                    format!("`{}` has no effect beside `{}`{hint}", m.key, condition.key)
                }
                _ => continue,
            };
            warn(m.key_span, message);
        }
    }

    fn operands(&self, members: &[Member]) -> Result<Vec<Operand>, Wrong> {
        let mut out = Vec::new();
        let get = |word: &str| members.iter().find(|m| is(m, word));
        if let Some(m) = get("field") {
            out.push(Operand::Field(self.path(&m.value)?));
        }
        for (word, operand) in [("type", Operand::Type), ("name", Operand::Name)] {
            if let Some(m) = get(word) {
                self.dot(m)?;
                out.push(operand);
            }
        }
        if let Some(m) = get("source") {
            let text = self.scalars.text(&m.value).filter(|t| !t.is_empty());
            let message = "`source` is the name of a source: Template, Parameter or File";
            out.push(Operand::Source(text.ok_or_else(|| Wrong::new(m.value.span, message))?));
        }
        if let Some(m) = get("value") {
            out.push(Operand::Value(self.term(&m.value)?));
        }
        if let Some(m) = get("scope") {
            self.dot(m)?;
            out.push(Operand::Scope);
        }
        Ok(out)
    }

    fn dot(&self, m: &Member) -> Result<(), Wrong> {
        match self.scalars.text(&m.value).as_deref() {
            Some(".") => Ok(()),
            _ => Err(Wrong::new(
                m.value.span,
                format!("`{}` takes nothing but '.', which stands for the target's own", m.key),
            )),
        }
    }

    fn term(&self, y: &Yaml) -> Result<Term, Wrong> {
        match y.get("$") {
            Some(function) => Ok(Term::Function(Box::new(self.function(function, 0)?))),
            None => Ok(Term::Literal(self.scalars.literal(y)?)),
        }
    }

    fn number(&self, m: &Member) -> Result<Term, Wrong> {
        let term = self.term(&m.value)?;
        let is_number = match &term {
            Term::Function(_) | Term::Literal(Literal::Int(_)) => true,
            Term::Literal(Literal::Text(t)) => t.trim().parse::<i64>().is_ok(),
            Term::Literal(_) => false,
        };
        match is_number {
            true => Ok(term),
            false => Err(Wrong::new(m.value.span, format!("`{}` takes an integer, not {}", m.key, m.value.what()))),
        }
    }

    fn list(&self, m: &Member) -> Result<Vec<EcoString>, Wrong> {
        match &m.value.value {
            Value::List(_) => self.scalars.texts(&m.value),
            _ => Err(Wrong::new(m.value.span, format!("`{}` takes a list, not {}", m.key, m.value.what()))),
        }
    }

    fn pattern(&self, text: &str, y: &Yaml, case_sensitive: bool) -> Result<Pattern, Wrong> {
        let refused = |why: String| Wrong::new(y.span, format!("the regular expression `{text}` {why}"));
        Pattern::new(text, case_sensitive).map_err(refused)
    }

    fn test(&self, m: &Member, flags: Flags) -> Result<Test, Wrong> {
        let (value, word) = (&m.value, m.key.to_ascii_lowercase());
        let wanted = !word.starts_with("not");
        let boolean = || self.scalars.boolean(value);
        let texts = || self.scalars.texts(value);
        Ok(match word.as_str() {
            "exists" => Test::Exists(boolean()?),
            "hasvalue" => Test::HasValue(boolean()?),
            "equals" | "notequals" => Test::Equals(self.term(value)?, wanted),
            "hasdefault" => Test::HasDefault(self.scalars.literal(value)?),
            "match" | "notmatch" => {
                let text = self.scalars.text(value);
                let text = text.ok_or_else(|| {
                    Wrong::new(value.span, format!("`{}` takes a regular expression, not {}", m.key, value.what()))
                })?;
                Test::Match(self.pattern(&text, value, flags.case_sensitive)?, wanted)
            }
            "in" | "notin" => Test::In(self.list(m)?, wanted),
            "less" => Test::Number(Bound::LessThan, self.number(m)?),
            "lessorequals" => Test::Number(Bound::AtMost, self.number(m)?),
            "greater" => Test::Number(Bound::MoreThan, self.number(m)?),
            "greaterorequals" => Test::Number(Bound::AtLeast, self.number(m)?),
            "startswith" | "notstartswith" => Test::Has(Place::Start, texts()?, wanted),
            "endswith" | "notendswith" => Test::Has(Place::End, texts()?, wanted),
            "contains" | "notcontains" => Test::Has(Place::Anywhere, texts()?, wanted),
            "isstring" => Test::Is(Type::String, boolean()?),
            "isarray" => Test::Is(Type::Array, boolean()?),
            "isboolean" => Test::Is(Type::Boolean, boolean()?),
            "isdatetime" => Test::Is(Type::DateTime, boolean()?),
            "isinteger" => Test::Is(Type::Integer, boolean()?),
            "isnumeric" => Test::Is(Type::Numeric, boolean()?),
            "islower" => Test::Case(Case::Lower, boolean()?),
            "isupper" => Test::Case(Case::Upper, boolean()?),
            "setof" => Test::SetOf(self.list(m)?),
            "subset" => Test::Subset(self.list(m)?, flags.unique),
            "count" | "notcount" => Test::Count(self.number(m)?, wanted),
            "hasschema" => Test::HasSchema(self.list(m)?, flags.ignore_scheme),
            "version" => Test::Version(self.range(m, Scheme::Semantic, flags.previews)?),
            "apiversion" => Test::Version(self.range(m, Scheme::Date, flags.previews)?),
            "withinpath" | "notwithinpath" => Test::WithinPath(texts()?, wanted),
            _ => {
                let one = |t: EcoString| Ok((t.clone(), self.pattern(&wildcards(&t), value, flags.case_sensitive)?));
                Test::Like(texts()?.into_iter().map(one).collect::<Result<_, Wrong>>()?, wanted)
            }
        })
    }

    fn range(&self, m: &Member, scheme: Scheme, previews: bool) -> Result<Range, Wrong> {
        let text = self.scalars.text(&m.value).unwrap_or_default();
        let example = if scheme == Scheme::Semantic { ">=1.2.0" } else { ">=2021-01-01" };
        let message = || format!("`{text}` is no range of versions, such as {example}");
        Range::read(&text, scheme, previews).ok_or_else(|| Wrong::new(m.value.span, message()))
    }
}

#[derive(Clone, Copy)]
struct Flags {
    case_sensitive: bool,
    unique: bool,
    ignore_scheme: bool,
    previews: bool,
}

/// PowerShell's wildcards as a regular expression: `*`, `?`, `[a-z]`, and a backtick before what is meant as it is. Whatever
/// stands before a leading `*`, or behind a last one, does not matter.
fn wildcards(text: &str) -> String {
    let open_end = text.ends_with('*') && !text.ends_with("`*");
    let text = if open_end { text.trim_end_matches('*') } else { text };
    let mut out = String::from(if text.starts_with('*') { "(?s)" } else { "(?s)^" });
    let mut chars = text.trim_start_matches('*').chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' => out.push_str(".*"),
            '?' => out.push('.'),
            '`' => out.push_str(&regex::escape(&chars.next().unwrap_or('`').to_string())),
            '[' if chars.clone().any(|c| c == ']') => {
                out.push('[');
                for c in chars.by_ref() {
                    match c {
                        ']' => break,
                        '-' => out.push('-'),
                        c => out.push_str(&regex::escape(&c.to_string())),
                    }
                }
                out.push(']');
            }
            c => out.push_str(&regex::escape(&c.to_string())),
        }
    }
    if !open_end {
        out.push_str("\\z");
    }
    out
}
