//! From evidence to places: the text that a person would edit, and the way a value came from there.

use std::fmt::Write as _;

use ecow::EcoString;

use super::message::path;
use crate::check::result::{Location, Related};
use crate::check::verdict::clause::Reason;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Asked, Evidence, Found, Step};
use crate::expand::value::way;
use crate::expand::{Data, Value};
use crate::read::json::pointer::escape_token;
use crate::read::{Sources, Span};
use crate::rules::language::Op;

/// A JSON pointer below the one of a node.
pub fn pointer(base: &str, steps: &[Step<'_>]) -> EcoString {
    let mut out = EcoString::from(base);
    for s in steps {
        match s {
            Step::Member(m) => push_key(&mut out, &m.key),
            Step::Missing(k) => push_key(&mut out, k),
            Step::Item(Some(i), _) => {
                let _ = write!(out, "/{i}");
            }
            // It is somewhere in the list: that is as near as a pointer comes.
            Step::Item(None, _) => break,
        }
    }
    out
}

fn push_key(out: &mut EcoString, key: &str) {
    out.push('/');
    out.push_str(&escape_token(key));
}

impl<'a> Evaluator<'a> {
    /// The place to edit.
    pub fn location(&self, reason: &Reason<'a>, sources: Option<&Sources>) -> (Option<Location>, EcoString) {
        let evidence = reason.evidence.iter().find(|e| e.unknown == reason.unknown).or_else(|| reason.evidence.first());
        match evidence {
            Some(e) => (self.evidence_location(e, sources), path(&e.steps)),
            None => {
                let node = &self.world.forest.nodes[reason.scope.node];
                let item = reason.scope.item.then_some(reason.scope.base);
                let span = item.and_then(|v| first_key(v).or(v.origin.place)).or(node.place);
                let place = span.map(|s| Location { span: one_line(s, sources), pointer: node.pointer.clone() });
                (place, EcoString::new())
            }
        }
    }

    /// The place of one piece of evidence.
    pub fn evidence_location(&self, e: &Evidence<'a>, sources: Option<&Sources>) -> Option<Location> {
        let node = &self.world.forest.nodes[e.node];
        let span = e.place.or_else(|| self.superfluous(e)).or_else(|| to_edit(e)).or(node.place)?;
        let pointer = e.pointer.clone().unwrap_or_else(|| pointer(&node.pointer, &e.steps));
        Some(Location { span: one_line(span, sources), pointer })
    }

    /// The key of a member that must not be there.
    fn superfluous(&self, e: &Evidence<'a>) -> Option<Span> {
        let (Asked::Test(t), Found::Value(v), Some(scope)) = (e.asked, e.found, e.scope) else { return None };
        let allowed = (t.op == Op::OnlyKeys).then(|| self.operand(&t.operand, scope))?;
        let is_allowed = |k: &str| allowed.items().iter().any(|a| a.text().is_some_and(|a| k.eq_ignore_ascii_case(&a)));
        v.as_object()?.members.iter().find(|m| !is_allowed(&m.key)).and_then(|m| m.key_span)
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
        hand_overs(&above, value, sources)
    }
}

/// The hand-overs from where a value is used to where it was decided; `above` are the places of what holds it.
pub fn hand_overs(above: &[Span], value: &Value, sources: Option<&Sources>) -> Vec<Related> {
    let chain = way(above, &value.origin);
    if chain.len() < 2 {
        return Vec::new();
    }
    let last = chain.len() - 1;
    let message = |i| match i {
        0 => "the value is used here",
        i if i == last => "it was decided here",
        _ => "it was handed over here",
    };
    let related = |(i, s)| Related { message: EcoString::from(message(i)), span: one_line(s, sources) };
    chain.into_iter().enumerate().map(related).collect()
}

/// The key that stands for all of an item: its name, else its first.
fn first_key(v: &Value) -> Option<Span> {
    v.as_object().and_then(|o| o.member("name").or(o.members.first())).and_then(|m| m.key_span)
}

/// Where a person would edit: the literal that decided; for an array or object its key; for something missing the key that
/// should hold it.
pub fn to_edit(e: &Evidence<'_>) -> Option<Span> {
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
    if let Found::Unknown(_) | Found::Within { .. } = e.found
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
        Step::Item(_, v) => first_key(v).or(v.origin.decided().place),
    })
}

/// The part of a span that is on its first line.
pub fn one_line(span: Span, sources: Option<&Sources>) -> Span {
    let Some(source) = sources.and_then(|s| s.get(span.file)) else { return span };
    let (start, end) = (span.start as usize, span.end as usize);
    match source.slice(span).split_once(['\n', '\r']) {
        Some((line, _)) => Span::new(span.file, start, start + line.trim_end().len()),
        // A key of JSON without its quotes: what is meant is the key, not a text that could be another.
        None if source.slice(span).starts_with('"') && end > start + 2 && followed_by_colon(source.text(), end) => {
            Span::new(span.file, start + 1, end - 1)
        }
        None => span,
    }
}

fn followed_by_colon(text: &str, at: usize) -> bool {
    text.get(at..).is_some_and(|rest| rest.trim_start().starts_with(':'))
}
