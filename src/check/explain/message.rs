//! From evidence to messages, places, and fixes.

use std::fmt::Write as _;

use ecow::EcoString;

use crate::check::explain::phrases::{
    counted, kinds, matching, named, number_words, patterns, plain, plural, sentence, show, show_list, show_lit,
    show_value, versions,
};
use crate::check::verdict::clause::Reason;
use crate::check::verdict::compare::Lit;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Asked, Evidence, Found, Scope, Step};
use crate::check::verdict::path::Spot;
use crate::expand::known::label;
use crate::expand::known::secret::tells;
use crate::expand::{Data, Value};
use crate::rules::language::{Comparison, Literal, Op, Operand, Root, Segment, Test, TextPart, Transform};

/// A path as pages write it: `properties.subnets[0].name`.
pub fn path(steps: &[Step<'_>]) -> EcoString {
    let mut out = EcoString::new();
    for s in steps {
        let key = match s {
            Step::Member(m) => m.key.as_str(),
            Step::Missing(k) => k,
            Step::Item(Some(i), _) => {
                let _ = write!(out, "[{i}]");
                continue;
            }
            // Nobody knows how many are before it.
            Step::Item(None, _) => {
                out.push_str("[*]");
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

impl<'a> Evaluator<'a> {
    /// The message of a reason: the page's sentence, then what was found.
    pub fn message(&self, reason: &Reason<'a>) -> String {
        let first = reason.evidence.iter().find(|e| e.unknown == reason.unknown);
        // What is known does not say why something is not.
        let first = first.or_else(|| reason.evidence.first().filter(|_| !reason.unknown));
        let parts = reason.clause.map(|c| c.message.as_slice()).unwrap_or_default();
        let detail = match (first, reason.words.is_empty()) {
            (_, false) => sentence(&reason.words),
            (Some(e), true) => self.detail(e, reason.scope, parts.is_empty()),
            (None, true) => String::new(),
        };
        if reason.unknown {
            return if detail.is_empty() { "It is not known before deployment.".to_string() } else { detail };
        }
        let mut out = String::new();
        let mut complete = false;
        for p in parts {
            match p {
                TextPart::Words(w) => out.push_str(w),
                TextPart::Name => out.push_str(&named(&self.name(reason.scope))),
                TextPart::Target => {
                    out.push_str(&named(&self.world.called.target(self.world.forest, self.target).label));
                }
                TextPart::Value => {
                    complete = true;
                    out.push_str(&first.map_or_else(|| "not set".to_string(), |e| show(e.found)));
                }
                TextPart::Path => out.push_str(&first.map(|e| path(&e.steps)).unwrap_or_default()),
                TextPart::Count => {
                    complete = true;
                    let _ = write!(out, "{}", reason.count.unwrap_or_default());
                }
                TextPart::Config(key) => {
                    let value = self.world.settings.get(key).map_or(Lit::Null, Lit::json);
                    out.push_str(&value.text().map_or_else(|| show_lit(&value), |t| t.to_string()));
                }
                TextPart::Property(p) => out.push_str(&match self.value(p, reason.scope) {
                    Spot::There(v) => v.as_str().filter(|_| !tells(v)).map_or_else(|| show_value(v), |s| s.to_string()),
                    Spot::Nowhere => "not set".to_owned(),
                    Spot::Open(_) => "not known before deployment".to_owned(),
                }),
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
            Some(Data::Str(_)) => value.map(label).unwrap_or_default(),
            Some(Data::Residual(r)) if !r.secret && (scope.item || scope.node != self.target) => {
                value.map(label).unwrap_or_default()
            }
            _ => self.world.called.target(self.world.forest, scope.node).label.clone(),
        }
    }

    /// One sentence: what is where, and what it should be. `alone`: no words of the page stand before it.
    fn detail(&self, e: &Evidence<'a>, scope: Scope<'a>, alone: bool) -> String {
        if !e.words.is_empty() {
            return sentence(&e.words);
        }
        let scope = e.scope.unwrap_or(scope);
        let at = self.subject(e);
        if e.unknown {
            return match e.found {
                Found::Missing => "It is not known before deployment whether it applies.".to_string(),
                found if at == "It" => format!("It hangs on {}, which is not known before deployment.", show(found)),
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
            Asked::Test(t) | Asked::Not(t) if !alone && !is_told(t) => format!("{is}."),
            Asked::Test(t) => self.test_detail(t, e.found, &is, scope),
            Asked::Not(t) => self.not_detail(t, e.found, &is, scope),
            Asked::Count(c, n) => {
                let there = match (n, e.found) {
                    (0, Found::Value(v)) if is_empty(v) => format!("{at} is empty"),
                    (0, Found::Missing) => is,
                    (0, _) => format!("{at} has no such item"),
                    _ => format!("{at} has {n} such {}", plural(n, "item")),
                };
                format!("{there}; there must be {}.", self.demanded(c, scope))
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

    /// What held, but must not.
    fn not_detail(&self, t: &'a Test, found: Found<'a>, is: &str, scope: Scope<'a>) -> String {
        if matches!(t.op, Op::Exists | Op::HasValue) {
            let wanted = self.operand(&t.operand, scope) == Lit::Bool(false);
            return presence(wanted, found, is);
        }
        match self.words(t, found, scope) {
            words if words.starts_with("not ") => format!("{is}; it must {}.", &words[4..]),
            words => format!("{is}; it must not {words}."),
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
            return presence(wanted, found, is);
        }
        if let ([Transform::DaysUntil], Found::Value(Value { data: Data::Str(s), .. })) =
            (t.transforms.as_slice(), found)
            && let Some(days) = crate::check::verdict::compare::days_until(s, self.world.now)
        {
            return format!("{is}, which is {days} days from now; it must be {} days.", number_words(t.op, &operand));
        }
        let length = match found {
            // A number that is written as a text: what is wrong with it is not its length.
            Found::Value(Value { data: Data::Str(s), .. }) if is_number(s) && matches!(t.path.root, Root::Here) => None,
            Found::Value(v) if t.transforms.is_empty() => match &v.data {
                Data::Str(s) => Some((s.chars().count(), "character")),
                Data::Array(a) => Some((a.len(), "item")),
                _ => None,
            },
            _ => None,
        };
        if let (Op::OnlyKeys | Op::HasKeys, Found::Value(v)) = (t.op, found) {
            let (only, keys) = (t.op == Op::OnlyKeys, wrong_keys(t.op, v, &operand));
            let verb = if only { "has" } else { "has no" };
            let subject = is.split_once(" is ").map_or("It", |(s, _)| s);
            return format!("{subject} {verb} {keys}; it must {}.", self.words(t, found, scope));
        }
        if let (Op::Equals | Op::HasDefault, Found::Value(Value { data: Data::Str(s), .. })) = (t.op, found)
            && matches!(operand, Lit::Bool(_) | Lit::Int(_))
            && operand.text().is_some_and(|o| s.eq_ignore_ascii_case(&o))
        {
            return format!("{is}, which is a string; it must {}.", self.words(t, found, scope));
        }
        let is = match self.converted_words(t, found, scope) {
            Some(words) => format!("{is}, that is {words}"),
            None => is.to_string(),
        };
        match (t.op, length) {
            (Op::Greater | Op::GreaterOrEquals | Op::Less | Op::LessOrEquals, Some((n, noun))) => {
                let one = matches!(operand, Lit::Int(1));
                let (there, nouns) = (counted(n, noun), plural(usize::from(one), noun));
                format!("{is} ({there}); it must have {} {nouns}.", number_words(t.op, &operand))
            }
            (Op::Greater | Op::GreaterOrEquals | Op::Less | Op::LessOrEquals, None)
                if t.transforms.is_empty() && keeps_as_number(t.op, found, &operand) =>
            {
                format!("{is}, which is a string; it must be a number.")
            }
            (Op::Greater | Op::GreaterOrEquals, None) if is_nothing(found) => absent(t, found, &operand, &is),
            (Op::Version | Op::ApiVersion, _)
                if matches!(found, Found::Value(Value { data: Data::Int(_) | Data::Float(_), .. })) =>
            {
                format!("{is}, which is a number; it must {}, as a string.", self.words(t, found, scope))
            }
            _ => format!("{is}; it must {}.", self.words(t, found, scope)),
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
    fn words(&self, t: &'a Test, found: Found<'a>, scope: Scope<'a>) -> String {
        let operand = self.operand(&t.operand, scope);
        let o = show_lit(&operand);
        // A list is told from a text by what it holds.
        let among = match (found, &operand) {
            (Found::Value(Value { data: Data::Array(_), .. }), Lit::Str(_)) => true,
            (Found::Value(Value { data: Data::Array(_), .. }), Lit::List(_)) => matches!(t.op, Op::In | Op::NotIn),
            _ => false,
        };
        match t.op {
            Op::Equals | Op::In if among => format!("contain {o}"),
            Op::NotEquals | Op::NotIn if among => format!("not contain {o}"),
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
            Op::Like => format!("match {}", patterns(&operand)),
            Op::NotLike => format!("not match {}", patterns(&operand)),
            Op::Match => t.in_words.clone().unwrap_or_else(|| matching(&operand)),
            Op::NotMatch => format!("not {}", t.in_words.clone().unwrap_or_else(|| matching(&operand))),
            Op::Greater | Op::GreaterOrEquals | Op::Less | Op::LessOrEquals => {
                format!("be {}", number_words(t.op, &operand))
            }
            Op::Is => format!("be {}", kinds(&operand)),
            Op::Version => format!("be version {}", versions(&operand)),
            Op::ApiVersion => format!("be {}", versions(&operand)),
            Op::SetOf => format!("have exactly the items {}", show_list(&operand, "and")),
            Op::HasKeys => format!("have the members {}", show_list(&operand, "and")),
            Op::OnlyKeys => format!("have no members but {}", show_list(&operand, "and")),
            Op::SupportsZones => "be a region with availability zones".to_string(),
            Op::InNetwork => format!("be an address within {o}"),
            Op::CoversPort => format!("cover port {}", show_list(&operand, "or")),
            Op::Secret => "be a secret".to_string(),
            Op::Exists | Op::HasValue => "have a value".to_string(),
        }
    }

    /// What comparisons demand: `at least 3`.
    pub fn demanded(&self, compare: &'a [Comparison], scope: Scope<'a>) -> String {
        let one = |c: &'a Comparison| number_words(c.op, &self.operand(&c.operand, scope));
        compare.iter().map(one).collect::<Vec<_>>().join(" and ")
    }
}

/// `properties` has no `minimumTlsVersion`: what is there, and what is not.
fn missing(e: &Evidence<'_>) -> Option<String> {
    // What is in an object that is not decided has no member to stand for it, and is there.
    let there = |s: &Step<'_>| !matches!(s, Step::Missing(_));
    let from = e.steps.iter().rposition(there).map_or(0, |last| last + 1);
    if from == e.steps.len() {
        return None;
    }
    let rest = path(&e.steps[from..]);
    Some(match from {
        0 => format!("`{rest}` is not set"),
        _ => format!("`{}` has no `{rest}`", path(&e.steps[..from])),
    })
}

/// What a test demands can be said to somebody who reads no regular expressions. One that is configured is the reader's own.
fn is_told(t: &Test) -> bool {
    match (t.op, &t.operand) {
        (Op::Match | Op::NotMatch, Operand::Literal(Literal::Str(pattern))) => {
            t.in_words.is_some() || plain(pattern).is_some()
        }
        _ => true,
    }
}

/// That there must be a value, or none.
fn presence(wanted: bool, found: Found<'_>, is: &str) -> String {
    match (wanted, found) {
        (true, Found::Missing) => format!("{is}."),
        (true, _) => format!("{is}, but a value is needed."),
        (false, _) => format!("{is}, but it must not be set."),
    }
}

fn is_empty(v: &Value) -> bool {
    match &v.data {
        Data::Array(a) => a.is_empty(),
        Data::Object(o) => o.members.is_empty(),
        _ => false,
    }
}

fn is_number(text: &str) -> bool {
    text.trim().parse::<f64>().is_ok()
}

fn is_nothing(found: Found<'_>) -> bool {
    matches!(found, Found::Missing | Found::Value(Value { data: Data::Null, .. }))
}

/// A number is demanded of what is not there. Whether it would be a number, a list or a text, nothing tells; the name of
/// a list is a plural.
fn absent(t: &Test, found: Found<'_>, least: &Lit<'_>, is: &str) -> String {
    let any = matches!((t.op, least), (Op::GreaterOrEquals, Lit::Int(1)) | (Op::Greater, Lit::Int(0)));
    let list = matches!(t.path.segments.last(), Some(Segment::Key(k)) if k.ends_with('s'));
    match any {
        true => presence(true, found, is),
        false if list => format!("{is}; {} are needed.", number_words(t.op, least)),
        false => format!("{is}; it must be {}.", number_words(t.op, least)),
    }
}

/// The members that must not be there, or that are not.
fn wrong_keys(op: Op, v: &Value, keys: &Lit<'_>) -> String {
    let there: Vec<&str> =
        v.as_object().map(|o| o.members.iter().map(|m| m.key.as_str()).collect()).unwrap_or_default();
    let listed: Vec<String> = keys.items().iter().filter_map(|k| k.text().map(|t| t.to_string())).collect();
    let wrong: Vec<Lit<'_>> = if op == Op::OnlyKeys {
        let extra = there.into_iter().filter(|k| !listed.iter().any(|l| l.eq_ignore_ascii_case(k)));
        extra.map(|k| Lit::Str(k.into())).collect()
    } else {
        let lacking = listed.into_iter().filter(|l| !there.iter().any(|k| k.eq_ignore_ascii_case(l)));
        lacking.map(|k| Lit::Str(k.into())).collect()
    };
    show_list(&Lit::List(wrong), if op == Op::OnlyKeys { "and" } else { "and no" })
}

/// Whether a text would keep a comparison if it were the number that it says.
fn keeps_as_number(op: Op, found: Found<'_>, bound: &Lit<'_>) -> bool {
    let Found::Value(Value { data: Data::Str(s), .. }) = found else { return false };
    let (Ok(number), Some(Ok(bound))) = (s.trim().parse::<f64>(), bound.text().map(|t| t.parse::<f64>())) else {
        return false;
    };
    match op {
        Op::Greater => number > bound,
        Op::GreaterOrEquals => number >= bound,
        Op::Less => number < bound,
        _ => number <= bound,
    }
}
