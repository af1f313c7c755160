//! Policies of API Management as documents.
//!
//! Policies are nearly XML: expressions such as `condition="@(a && b["c"])"` break its rules. They are taken out
//! ([`without_expressions`]) before a document is read, and the reader does not insist on what remains.

use std::rc::Rc;

use quick_xml::reader::Reader;

pub use super::policy_text::without_expressions;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Found, Scope, Step, Trail};
use crate::check::verdict::member::At;
use crate::expand::Value;
use crate::expand::known::truth::Truth;
use crate::expand::residual::Residual;

/// The text of a document, the way to it, and the value that holds it.
pub type Document<'a> = (&'a str, Trail<'a>, &'a Value);

/// The document in `properties.value` of a policy; `Err` if nobody knows it before deployment.
pub fn document<'a>(e: &mut Evaluator<'a>, s: Scope<'a>) -> Result<Option<Document<'a>>, Truth> {
    let (value, steps) = match e.follow(&e.world.forest.nodes[s.node].body, ["properties", "value"]) {
        At::There(value, way) => (value, way),
        At::Nowhere(_) => return Ok(None),
        At::Open(r, way) => return Err(unknown(e, s, r, &way)),
    };
    if let Some(r) = value.as_residual() {
        return Err(unknown(e, s, r, &steps));
    }
    Ok(value.as_str().map(|text| (text.as_str(), steps, value)))
}

fn unknown<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, r: &'a Rc<Residual>, steps: &[Step<'a>]) -> Truth {
    e.say(s.node, steps, Found::Unknown(r), "the policy is not known before deployment", true);
    Truth::Unknown
}

/// A reader that puts up with what is not quite XML.
pub fn reader(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    reader
}
