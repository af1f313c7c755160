//! Suppressions in JSON that takes no comments: `"metadata": { "armlint": { "ignore": [ { "rule": …, "reason": …, "until": … } ] } }`.
//!
//! They cover the object whose metadata it is: a template, a nested template, a resource, a parameter. What Checkov reads there
//! (`"checkov": "CKV_AZURE_9:reason"`, or a list of such texts) counts as well.

use std::ops::Range;

use ecow::EcoString;
use jiff::civil::Date;

use super::comment::{Tool, no_date};
use super::outline::Container;
use super::source::{Named, Suppression, Way};
use crate::diagnostic::Diagnostic;
use crate::read::Span;
use crate::read::bicep::ast::{ArrayItem, Expr, ExprKind, Key, Text};
use crate::read::json::{Kind, Node};

/// What an object's metadata says. `root` is that it is the whole file.
pub fn read(object: &Container<'_>, root: bool, said: &mut Vec<Suppression>, diagnostics: &mut Vec<Diagnostic>) {
    let Some(metadata) = object.node.get("metadata") else { return };
    let covers = if root { 0..usize::MAX } else { object.range() };
    said.extend(metadata.get("checkov").into_iter().flat_map(|own| of_checkov(own, &covers)));
    let Some(own) = metadata.get("armlint") else { return };
    let mut wrong = |node: Node<'_>, message: &str| {
        diagnostics.push(Diagnostic::warning("suppression-syntax", node.span(), message));
    };
    if own.kind() != Kind::Object {
        return wrong(
            own,
            "`metadata.armlint` has no effect: it is an object with `ignore`, a list of `{rule, reason, until}`",
        );
    }
    for other in own.members().filter(|m| !m.key_is("ignore")) {
        wrong(other.key_node(), "`metadata.armlint` takes `ignore` only; this has no effect");
    }
    let Some(ignore) = own.get("ignore") else { return };
    let entries: Vec<Node<'_>> = match ignore.kind() {
        Kind::Array => ignore.items().collect(),
        _ => vec![ignore],
    };
    for entry in entries {
        match suppression(entry) {
            Ok((rules, reason, until)) => said.push(Suppression {
                span: entry.span(),
                covers: covers.clone(),
                rules,
                reason,
                until,
                way: Way::Metadata,
                removal: None,
            }),
            Err((node, message)) => wrong(node, &message),
        }
    }
}

/// Texts of the form `CKV_AZURE_9:reason`.
fn of_checkov(own: Node<'_>, covers: &Range<usize>) -> Vec<Suppression> {
    let texts: Vec<Node<'_>> = if own.kind() == Kind::Array { own.items().collect() } else { vec![own] };
    let one = |node: Node<'_>| {
        let text = node.str()?;
        let (id, reason) = text.split_once(':').unwrap_or((&text, ""));
        Some(Suppression {
            span: node.span(),
            covers: covers.clone(),
            rules: vec![Named { text: id.trim().into(), span: without_quotes(node.span()) }],
            reason: Some(reason.trim().into()).filter(|r: &EcoString| !r.is_empty()),
            until: None,
            way: Way::Peer(Tool::Checkov),
            removal: None,
        })
    };
    texts.into_iter().filter_map(one).collect()
}

type Read = (Vec<Named>, Option<EcoString>, Option<Date>);

fn suppression<'d>(entry: Node<'d>) -> Result<Read, (Node<'d>, String)> {
    const SHAPE: &str =
        "this has no effect; a suppression is written `{ \"rule\": \"Azure.Storage.MinTLS\", \"reason\": \"…\" }`";
    let name = |node: Node<'_>| {
        let text = node.str()?;
        Some(Named { text: text.trim().into(), span: without_quotes(node.span()) })
    };
    if entry.kind() == Kind::String {
        return Ok((name(entry).into_iter().collect(), None, None));
    }
    if entry.kind() != Kind::Object {
        return Err((entry, SHAPE.to_owned()));
    }
    if let Some(other) = entry.members().find(|m| !["rule", "reason", "until"].iter().any(|k| m.key_is(k))) {
        let message = format!(
            "`{}` is not known here, so this has no effect; a suppression has `rule`, `reason` and `until`",
            other.key()
        );
        return Err((other.key_node(), message));
    }
    let rules: Option<Vec<Named>> = match entry.get("rule") {
        Some(list) if list.kind() == Kind::Array => list.items().map(name).collect(),
        Some(one) => name(one).map(|one| vec![one]),
        None => None,
    };
    let Some(rules) = rules.filter(|r| !r.is_empty()) else { return Err((entry, SHAPE.to_owned())) };
    let text = |key: &str, such_as: &str| match entry.get(key) {
        None => Ok(None),
        Some(node) if node.kind() == Kind::Null => Ok(None),
        Some(node) => match node.str() {
            Some(text) => Ok(Some((node, text))),
            None => Err((
                node,
                format!("`{key}` is a text, such as \"{such_as}\"; as it is, this suppression has no effect"),
            )),
        },
    };
    let reason = text("reason", "accepted until the move")?.map(|(_, r)| EcoString::from(r.trim()));
    let reason = reason.filter(|r| !r.is_empty());
    let until = match text("until", "2027-01-31")? {
        None => None,
        Some((node, text)) => Some(text.parse().map_err(|_| (node, no_date(&text)))?),
    };
    Ok((rules, reason, until))
}

/// The text of a string, between its quotes.
fn without_quotes(span: Span) -> Span {
    let start = span.start + 1;
    Span { start, end: span.end.saturating_sub(1).max(start), ..span }
}

/// What a statement `metadata armlint = { ignore: [ { rule: '…' } ] }` of Bicep says, which the compiler takes over into the template:
/// it covers the file.
pub fn of_statement(value: &Expr, said: &mut Vec<Suppression>, diagnostics: &mut Vec<Diagnostic>) {
    const SHAPE: &str = "this has no effect; it is written `metadata armlint = { ignore: [{ rule: 'Azure.Storage.MinTLS', reason: '…', until: '2027-01-31' }] }`";
    let mut wrong = |span: Span, message: &str| {
        diagnostics.push(Diagnostic::warning("suppression-syntax", span, message));
    };
    let ExprKind::Object(own) = &value.kind else { return wrong(value.span, SHAPE) };
    let Some(ignore) = own.get("ignore").filter(|_| own.items.len() == 1) else { return wrong(value.span, SHAPE) };
    for entry in values(ignore) {
        let Some((rules, reason, until)) = entry.and_then(of_entry) else {
            wrong(entry.map_or(ignore.span, |e| e.span), SHAPE);
            continue;
        };
        let until = match until.map(|text| text.value.parse::<Date>().map_err(|_| text)).transpose() {
            Ok(until) => until,
            Err(text) => {
                wrong(text.span, &no_date(&text.value));
                continue;
            }
        };
        let span = entry.map_or(ignore.span, |e| e.span);
        said.push(Suppression { span, covers: 0..usize::MAX, rules, reason, until, way: Way::Metadata, removal: None });
    }
}

/// The items of an array, else the value itself; `None` for what is no value.
fn values(e: &Expr) -> Vec<Option<&Expr>> {
    match &e.kind {
        ExprKind::Array(items) => items
            .iter()
            .map(|item| match item {
                ArrayItem::Value(value) => Some(value),
                ArrayItem::Spread(_) => None,
            })
            .collect(),
        _ => vec![Some(e)],
    }
}

/// Rules, reason and the last day.
type OfEntry<'e> = (Vec<Named>, Option<EcoString>, Option<&'e Text>);

fn of_entry(entry: &Expr) -> Option<OfEntry<'_>> {
    let text = |e: &'_ Expr| if let ExprKind::Str(text) = &e.kind { Some(text.clone()) } else { None };
    let named = |e: Option<&Expr>| text(e?).map(|t| Named { text: t.value, span: t.span });
    let object = match &entry.kind {
        ExprKind::Object(object) => object,
        _ => return Some((vec![named(Some(entry))?], None, None)),
    };
    let known = |key: &Key| matches!(key, Key::Name(name) if ["rule", "reason", "until"].contains(&name.text.as_str()));
    if object.properties().count() != object.items.len() || !object.properties().all(|p| known(&p.key)) {
        return None;
    }
    let rules: Vec<Named> = values(object.get("rule")?).into_iter().map(named).collect::<Option<_>>()?;
    let reason: Option<EcoString> = match object.get("reason") {
        None => None,
        Some(reason) => Some(text(reason)?.value.trim().into()),
    };
    let until = match object.get("until").map(|e| &e.kind) {
        Some(ExprKind::Str(text)) => Some(text),
        Some(_) => return None,
        None => None,
    };
    (!rules.is_empty()).then_some((rules, reason.filter(|r: &EcoString| !r.is_empty()), until))
}
