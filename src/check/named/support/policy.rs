//! Policies of API Management as documents.
//!
//! Policies are nearly XML: expressions such as `condition="@(a && b["c"])"` break its rules. Such attributes are emptied
//! before a document is read, and the reader does not insist on what remains.

use quick_xml::reader::Reader;

use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Found, Scope, Step};
use crate::expand::Value;
use crate::expand::known::truth::Truth;

/// The text of a document, the way to it, and the value that holds it.
pub type Document<'a> = (&'a str, Vec<Step<'a>>, &'a Value);

/// The document in `properties.value` of a policy; `Err` if nobody knows it before deployment.
pub fn document<'a>(e: &mut Evaluator<'a>, s: Scope<'a>) -> Result<Option<Document<'a>>, Truth> {
    let body = &e.world.forest.nodes[s.node].body;
    let Some(properties) = body.as_object().and_then(|o| o.member("properties")) else { return Ok(None) };
    let Some(document) = properties.value.as_object().and_then(|o| o.member("value")) else { return Ok(None) };
    let steps = vec![Step::Member(properties), Step::Member(document)];
    if let Some(r) = document.value.as_residual() {
        e.say(s.node, &steps, Found::Unknown(r), "the policy is not known before deployment", true);
        return Err(Truth::Unknown);
    }
    Ok(document.value.as_str().map(|text| (text.as_str(), steps, &document.value)))
}

/// A reader that puts up with what is not quite XML.
pub fn reader(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    reader
}

/// Empties attributes that hold an expression: `"@(…)"` and `"@{…}"`.
pub fn without_expressions(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("=\"@") {
        let (head, tail) = rest.split_at(at + 2);
        let close = match tail.as_bytes().get(1) {
            Some(b'(') => ")\"",
            Some(b'{') => "}\"",
            _ => "\"",
        };
        out.push_str(head);
        match tail.find(close) {
            Some(end) => rest = &tail[end + close.len() - 1..],
            None => rest = tail,
        }
        if rest.len() == tail.len() {
            // Not closed: leave it as it is.
            out.push_str(tail);
            return out;
        }
    }
    out.push_str(rest);
    out
}
