//! From evidence to messages, places, and fixes.

use std::fmt::Write as _;

use ecow::EcoString;

use super::clause::Reason;
use super::compare::Lit;
use super::condition::Evaluator;
use super::evidence::{Asked, Evidence, Found, Scope, Step, is_secret};
use super::finding::{Location, Related};
use super::language::{Comparison, Op, Root, Test, TextPart, Transform};
use crate::expand::residual::holds_secret;
use crate::expand::value::way;
use crate::expand::{Data, Value};
use crate::read::{Sources, Span};

/// A path as pages write it: `properties.subnets[0].name`.
pub fn path(steps: &[Step<'_>]) -> EcoString {
    let mut out = EcoString::new();
    for s in steps {
        let key = match s {
            Step::Member(m) => m.key.as_str(),
            Step::Missing(k) => k,
            Step::Item(i, _) => {
                let _ = write!(out, "[{i}]");
                continue;
            }
        };
        if key.contains(['.', '[', '\'']) || key.is_empty() {
            let _ = write!(out, "['{key}']");
        } else {
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(key);
        }
    }
    out
}

/// A JSON pointer below the one of a node.
pub fn pointer(base: &str, steps: &[Step<'_>]) -> EcoString {
    let mut out = EcoString::from(base);
    for s in steps {
        match s {
            Step::Member(m) => push_key(&mut out, &m.key),
            Step::Missing(k) => push_key(&mut out, k),
            Step::Item(i, _) => {
                let _ = write!(out, "/{i}");
            }
        }
    }
    out
}

fn push_key(out: &mut EcoString, key: &str) {
    out.push('/');
    for c in key.chars() {
        match c {
            '~' => out.push_str("~0"),
            '/' => out.push_str("~1"),
            c => out.push(c),
        }
    }
}

/// A value in a message: short, on one line, without secrets.
pub fn show(found: Found<'_>) -> String {
    if is_secret(found) {
        return "(secret)".to_string();
    }
    match found {
        Found::Value(v) | Found::Secret(v) => show_value(v),
        Found::Missing => "not set".to_string(),
        Found::Unknown(r) => shortened(format!("[{}]", r.text())),
    }
}

/// A value of a template in a message.
pub fn show_value(v: &Value) -> String {
    if holds_secret(v) {
        return "(secret)".to_string();
    }
    let mut out = String::new();
    write_json(v, &mut out);
    shortened(out)
}

fn shortened(text: String) -> String {
    const MOST: usize = 120;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

fn write_json(v: &Value, out: &mut String) {
    let _ = match &v.data {
        Data::Null => write!(out, "null"),
        Data::Bool(b) => write!(out, "{b}"),
        Data::Int(i) => write!(out, "{i}"),
        Data::Float(f) => write!(out, "{f}"),
        Data::Str(s) => write!(out, "{}", serde_json::Value::from(s.as_str())),
        Data::Residual(r) => write!(out, "[{}]", r.text()),
        Data::Array(a) => {
            out.push('[');
            for (i, v) in a.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                if out.len() > 200 {
                    break;
                }
                write_json(v, out);
            }
            write!(out, "]")
        }
        Data::Object(o) => {
            out.push('{');
            for (i, m) in o.members.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                if out.len() > 200 {
                    break;
                }
                let _ = write!(out, "{}: ", m.key);
                write_json(&m.value, out);
            }
            write!(out, "}}")
        }
    };
}

fn show_lit(l: &Lit<'_>) -> String {
    match l {
        Lit::Null => "null".to_string(),
        Lit::Str(s) => serde_json::Value::from(s.as_ref()).to_string(),
        Lit::List(items) => {
            let all: Vec<String> = items.iter().map(show_lit).collect();
            match all.split_last() {
                Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
                Some((last, _)) => last.clone(),
                None => "nothing".to_string(),
            }
        }
        Lit::Object => "an object".to_string(),
        Lit::Unknown(_) => "an unknown value".to_string(),
        other => other.text().unwrap_or_default().to_string(),
    }
}

impl<'a> Evidence<'a> {
    /// Evidence about a place.
    pub fn about(node: usize, steps: &[Step<'a>], found: Found<'a>, asked: Asked<'a>, unknown: bool) -> Self {
        Evidence {
            node,
            steps: steps.to_vec(),
            found,
            asked,
            words: String::new(),
            place: None,
            pointer: None,
            sufficient: false,
            unknown,
            scope: None,
        }
    }
}

impl<'a> Evaluator<'a> {
    /// The message of a reason: the page's sentence, then what was found.
    pub fn message(&self, reason: &Reason<'a>) -> String {
        let first = reason.evidence.iter().find(|e| e.unknown == reason.unknown).or_else(|| reason.evidence.first());
        let detail = match (first, reason.words.is_empty()) {
            (_, false) => sentence(&reason.words),
            (Some(e), true) => self.detail(e, reason.scope),
            (None, true) => String::new(),
        };
        let parts = reason.clause.map(|c| c.message.as_slice()).unwrap_or_default();
        if reason.unknown {
            return if detail.is_empty() { "It is not known before deployment.".to_string() } else { detail };
        }
        let mut out = String::new();
        let mut complete = false;
        for p in parts {
            match p {
                TextPart::Words(w) => out.push_str(w),
                TextPart::Name => out.push_str(&self.name(reason.scope)),
                TextPart::Target => out.push_str(&self.world.forest.nodes[self.target].target().name),
                TextPart::Type => out.push_str(self.world.forest.nodes[reason.scope.node].type_text()),
                TextPart::Value => {
                    complete = true;
                    out.push_str(&first.map_or_else(|| "not set".to_string(), |e| show(e.found)));
                }
                TextPart::Path => out.push_str(&first.map(|e| path(&e.steps)).unwrap_or_default()),
                TextPart::Expected => out.push_str(&first.map(|e| self.expected(e, reason.scope)).unwrap_or_default()),
                TextPart::Count => {
                    complete = true;
                    let _ = write!(out, "{}", reason.count.unwrap_or_default());
                }
                TextPart::Config(key) => {
                    let value = self.world.settings.get(key).map_or(Lit::Null, Lit::json);
                    out.push_str(&value.text().map_or_else(|| show_lit(&value), |t| t.to_string()));
                }
                TextPart::Property(p) => match self.value(p, reason.scope) {
                    Some(v) => out.push_str(
                        &v.as_str().filter(|_| !holds_secret(v)).map_or_else(|| show_value(v), |s| s.to_string()),
                    ),
                    None => out.push_str("not set"),
                },
            }
        }
        if out.is_empty() {
            return if detail.is_empty() { "It does not keep the rule.".to_string() } else { detail };
        }
        if !complete && !detail.is_empty() {
            out.push(' ');
            out.push_str(&detail);
        }
        out
    }

    /// The name of what is looked at: short for a child, whole for the target.
    pub fn name(&self, scope: Scope<'a>) -> EcoString {
        if let Some(key) = scope.key {
            return key.clone();
        }
        let node = &self.world.forest.nodes[scope.node];
        let value = match scope.item {
            true => scope.base.get("name"),
            // A child by its own name, the target by its whole name.
            false if scope.node != self.target => Some(&node.short_name),
            false => Some(&node.name),
        };
        match value.map(|v| &v.data) {
            Some(Data::Str(s)) => s.clone(),
            Some(Data::Residual(r)) if !r.secret => ecow::eco_format!("[{}]", r.text()),
            _ => node.target().name,
        }
    }

    fn expected(&self, e: &Evidence<'a>, scope: Scope<'a>) -> String {
        let scope = e.scope.unwrap_or(scope);
        match e.asked {
            Asked::Test(t) | Asked::Not(t) => show_lit(&self.operand(&t.operand, scope)),
            Asked::Count(c, _) => self.demanded(c, scope),
            _ => String::new(),
        }
    }

    /// One sentence: what is where, and what it should be.
    fn detail(&self, e: &Evidence<'a>, scope: Scope<'a>) -> String {
        if !e.words.is_empty() {
            return sentence(&e.words);
        }
        let scope = e.scope.unwrap_or(scope);
        let at = self.subject(e);
        if e.unknown {
            return match e.found {
                Found::Missing => "It is not known before deployment whether it applies.".to_string(),
                found => format!("{at} is {}, which is not known before deployment.", show(found)),
            };
        }
        let is = match e.found {
            Found::Missing if self.configured(e).is_some() => {
                format!("{at} is {}", self.configured(e).unwrap_or_default())
            }
            Found::Missing => missing(e).unwrap_or_else(|| format!("{at} is not set")),
            found => format!("{at} is {}", show(found)),
        };
        match e.asked {
            Asked::Test(t) => self.test_detail(t, e.found, &is, scope),
            Asked::Not(t) => match self.words(t, scope) {
                words if words.starts_with("not ") => format!("{is}; it must {}.", &words[4..]),
                words => format!("{is}; it must not {words}."),
            },
            Asked::Count(c, n) => {
                format!("{at} has {n} such {}; there must be {}.", plural(n, "item"), self.demanded(c, scope))
            }
            Asked::NoItem if matches!(e.found, Found::Missing) => format!("{is}."),
            Asked::NoItem => format!("{at} has no such item."),
            Asked::Said => format!("{is}."),
            Asked::Elsewhere => String::new(),
        }
    }

    /// The configuration value that was asked for, in words.
    fn configured(&self, e: &Evidence<'a>) -> Option<String> {
        let (Asked::Test(t) | Asked::Not(t)) = e.asked else { return None };
        let Root::Config(key) = &t.path.root else { return None };
        self.world.settings.get(key).map(|v| show_lit(&Lit::json(v)))
    }

    fn subject(&self, e: &Evidence<'a>) -> String {
        match e.asked {
            Asked::Test(t) | Asked::Not(t) => match &t.path.root {
                Root::Name | Root::ShortName => return "The name".to_string(),
                Root::Type => return "The type".to_string(),
                Root::Template => return "The template of the file".to_string(),
                Root::Config(k) => return format!("The configuration value {k}"),
                _ => {}
            },
            _ => {}
        }
        match path(&e.steps).as_str() {
            "" => "It".to_string(),
            p => format!("`{p}`"),
        }
    }

    fn test_detail(&self, t: &'a Test, found: Found<'a>, is: &str, scope: Scope<'a>) -> String {
        let operand = self.operand(&t.operand, scope);
        if t.op == Op::Secret {
            let wanted = operand != Lit::Bool(false);
            return format!("{is}; it must {} a secret.", if wanted { "be" } else { "not be" });
        }
        if t.op == Op::Exists || t.op == Op::HasValue {
            let wanted = operand != Lit::Bool(false);
            return match (wanted, found) {
                (true, Found::Missing) => format!("{is}."),
                (true, _) => format!("{is}, but a value is needed."),
                (false, _) => format!("{is}, but it must not be set."),
            };
        }
        if let ([Transform::DaysUntil], Found::Value(Value { data: Data::Str(s), .. })) =
            (t.transforms.as_slice(), found)
            && let Some(days) = super::compare::days_until(s, self.world.now)
        {
            return format!("{is}, which is {days} days from now; it must be {} days.", number_words(t.op, &operand));
        }
        let length = match found {
            Found::Value(v) if t.transforms.is_empty() => match &v.data {
                Data::Str(s) => Some(format!(" ({} characters)", s.chars().count())),
                Data::Array(a) => Some(format!(" ({} items)", a.len())),
                _ => None,
            },
            _ => None,
        };
        let is = match self.converted_words(t, found, scope) {
            Some(words) => format!("{is}, that is {words}"),
            None => is.to_string(),
        };
        match (t.op, length) {
            (Op::Greater | Op::GreaterOrEquals | Op::Less | Op::LessOrEquals, Some(l)) => {
                let unit = if l.contains("items") { "items" } else { "characters" };
                format!("{is}{l}; it must have {} {unit}.", number_words(t.op, &operand))
            }
            _ => format!("{is}; it must {}.", self.words(t, scope)),
        }
    }

    /// What a value is once it is converted as the test says, if that is another number.
    fn converted_words(&self, t: &'a Test, found: Found<'a>, scope: Scope<'a>) -> Option<String> {
        let (Found::Value(v), [_, ..]) = (found, t.transforms.as_slice()) else { return None };
        let number = self.converted(&t.transforms, Lit::of(v), scope);
        let words = matches!(number, Lit::Int(_) | Lit::Float(_)).then(|| show_lit(&number))?;
        match t.transforms.last() {
            Some(Transform::PercentOf(of)) => {
                Some(format!("{words} % of {}", show_lit(&self.operand_value(of, scope)?)))
            }
            _ => (number != Lit::of(v)).then_some(words),
        }
    }

    /// What a test demands, after "must".
    fn words(&self, t: &'a Test, scope: Scope<'a>) -> String {
        let o = show_lit(&self.operand(&t.operand, scope));
        match t.op {
            Op::Equals => format!("be {o}"),
            Op::NotEquals => format!("not be {o}"),
            Op::HasDefault => format!("be {o} or left out"),
            Op::In => format!("be {o}"),
            Op::NotIn => format!("not be {o}"),
            Op::Contains => format!("contain {o}"),
            Op::NotContains => format!("not contain {o}"),
            Op::StartsWith => format!("start with {o}"),
            Op::NotStartsWith => format!("not start with {o}"),
            Op::EndsWith => format!("end with {o}"),
            Op::NotEndsWith => format!("not end with {o}"),
            Op::Like | Op::Match => format!("match {o}"),
            Op::NotLike | Op::NotMatch => format!("not match {o}"),
            Op::Greater | Op::GreaterOrEquals | Op::Less | Op::LessOrEquals => {
                format!("be {}", number_words(t.op, &self.operand(&t.operand, scope)))
            }
            Op::Is => format!("be of the kind {o}"),
            Op::IsNot => format!("not be of the kind {o}"),
            Op::Version => format!("be a version {}", o.trim_matches('"')),
            Op::ApiVersion => format!("be an API version {}", o.trim_matches('"')),
            Op::SetOf => format!("have exactly the items {o}"),
            Op::Subset => format!("have the items {o}"),
            Op::HasKeys => format!("have the members {o}"),
            Op::OnlyKeys => format!("have no members but {o}"),
            Op::SupportsZones => "be a region with availability zones".to_string(),
            Op::NotSupportsZones => "be a region without availability zones".to_string(),
            Op::InNetwork => format!("be an address within {o}"),
            Op::Secret => "be a secret".to_string(),
            Op::Exists | Op::HasValue => "have a value".to_string(),
        }
    }

    /// What comparisons demand: `at least 3`.
    pub fn demanded(&self, compare: &'a [Comparison], scope: Scope<'a>) -> String {
        let one = |c: &'a Comparison| number_words(c.op, &self.operand(&c.operand, scope));
        compare.iter().map(one).collect::<Vec<_>>().join(" and ")
    }

    /// The place to edit.
    pub fn location(&self, reason: &Reason<'a>, sources: Option<&Sources>) -> (Option<Location>, EcoString) {
        let evidence = reason.evidence.iter().find(|e| e.unknown == reason.unknown).or_else(|| reason.evidence.first());
        match evidence {
            Some(e) => (self.evidence_location(e, sources), path(&e.steps)),
            None => {
                let node = &self.world.forest.nodes[reason.scope.node];
                let span = reason.scope.item.then_some(reason.scope.base.origin.place).flatten().or(node.place);
                let place = span.map(|s| Location { span: one_line(s, sources), pointer: node.pointer.clone() });
                (place, EcoString::new())
            }
        }
    }

    /// The place of one piece of evidence.
    pub fn evidence_location(&self, e: &Evidence<'a>, sources: Option<&Sources>) -> Option<Location> {
        let node = &self.world.forest.nodes[e.node];
        let span = e.place.or_else(|| place(e)).or(node.place)?;
        let pointer = e.pointer.clone().unwrap_or_else(|| pointer(&node.pointer, &e.steps));
        Some(Location { span: one_line(span, sources), pointer })
    }

    /// The hand-overs from where a value is used to where it was decided.
    pub fn flow(&self, e: &Evidence<'a>, sources: Option<&Sources>) -> Vec<Related> {
        let value = match e.found {
            Found::Value(v) => v,
            _ => return Vec::new(),
        };
        let holders = e.steps.split_last().map_or(&[][..], |(_, before)| before);
        let above: Vec<Span> = holders
            .iter()
            .flat_map(|s| match s {
                Step::Member(m) => m.value.origin.chain().collect::<Vec<Span>>(),
                Step::Item(_, v) => v.origin.chain().collect(),
                Step::Missing(_) => Vec::new(),
            })
            .collect();
        let chain = way(&above, &value.origin);
        if chain.len() < 2 {
            return Vec::new();
        }
        let last = chain.len() - 1;
        let message = |i| match i {
            0 => "the value is used here",
            i if i == last => "it was decided here",
            _ => "it was handed over here",
        };
        chain
            .into_iter()
            .enumerate()
            .map(|(i, s)| Related { message: message(i).into(), span: one_line(s, sources) })
            .collect()
    }
}

/// `properties` has no `minimumTlsVersion`: what is there, and what is not.
fn missing(e: &Evidence<'_>) -> Option<String> {
    let from = e.steps.iter().position(|s| matches!(s, Step::Missing(_)))?;
    let rest = path(&e.steps[from..]);
    Some(match from {
        0 => format!("`{rest}` is not set"),
        _ => format!("`{}` has no `{rest}`", path(&e.steps[..from])),
    })
}

/// The noun for a number of things.
fn plural(n: usize, noun: &str) -> String {
    if n == 1 { noun.to_string() } else { format!("{noun}s") }
}

fn number_words(op: Op, operand: &Lit<'_>) -> String {
    let n = operand.text().map_or_else(|| show_lit(operand), |t| t.to_string());
    match op {
        Op::Greater => format!("more than {n}"),
        Op::GreaterOrEquals => format!("at least {n}"),
        Op::Less => format!("less than {n}"),
        Op::LessOrEquals => format!("at most {n}"),
        Op::NotEquals => format!("not {n}"),
        _ => n,
    }
}

fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let dot = if words.ends_with(['.', '!', '?']) || words.is_empty() { "" } else { "." };
    format!("{first}{}{dot}", chars.as_str())
}

/// Where a person would edit: the literal that decided; for an array or object its key; for something missing the key that
/// should hold it.
fn place(e: &Evidence<'_>) -> Option<Span> {
    if let Found::Value(v) | Found::Secret(v) = e.found {
        let within = e.steps.last();
        let nested = matches!(v.data, Data::Array(_) | Data::Object(_));
        if let (true, None, Some(Step::Member(m))) = (nested, &v.origin.from, within)
            && let Some(key) = m.key_span
        {
            return Some(key);
        }
        if let Some(span) = v.origin.decided().place {
            return Some(span);
        }
    }
    if let Found::Unknown(_) = e.found
        && let Some(Step::Member(m)) = e.steps.last()
    {
        return m.value.origin.decided().place.or(m.key_span);
    }
    // The nearest thing that is there.
    e.steps.iter().rev().find_map(|s| match s {
        Step::Missing(_) => None,
        Step::Member(m) => match &m.value.origin.from {
            Some(_) => m.value.origin.decided().place,
            None => m.key_span.or(m.value.origin.place),
        },
        // One key of the item, not all of it.
        Step::Item(_, v) => {
            let first = v.as_object().and_then(|o| o.member("name").or(o.members.first())).and_then(|m| m.key_span);
            first.or(v.origin.decided().place)
        }
    })
}

/// The part of a span that is on its first line.
pub fn one_line(span: Span, sources: Option<&Sources>) -> Span {
    let Some(source) = sources.and_then(|s| s.get(span.file)) else { return span };
    let (start, end) = (span.start as usize, span.end as usize);
    match source.slice(span).split_once('\n') {
        Some((line, _)) => Span::new(span.file, start, start + line.trim_end().len()),
        // A key of JSON without its quotes: what is meant is the key, not a text that could be another.
        None if source.slice(span).starts_with('"') && end > start + 2 && followed_by_colon(&source.text, end) => {
            Span::new(span.file, start + 1, end - 1)
        }
        None => span,
    }
}

fn followed_by_colon(text: &str, at: usize) -> bool {
    text.get(at..).is_some_and(|rest| rest.trim_start().starts_with(':'))
}
