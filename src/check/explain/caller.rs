//! Who gave the value that breaks a rule: the parameter, and the line where somebody gave it.

use std::iter::successors;

use crate::expand::{Data, Deployed, Value};
use crate::read::{Sources, Span};

/// A sentence that names the parameter which was given the value at `place`, and the file and line: ``"`dnsLabel` is empty in
/// shop.parameters.json:12."`` `None` where nobody gave it, or where it stands in none of the parameters of the deployment (an
/// index) and of those around it.
pub fn named(deployed: &Deployed, deployment: usize, place: Span, sources: &Sources) -> Option<String> {
    let around = successors(Some(deployment), |i| deployed.deployments.get(*i)?.parent);
    let given = around.take(deployed.deployments.len()).filter_map(|i| {
        let d = deployed.deployments.get(i)?;
        let given = d.template.parameters.iter().zip(&d.parameters).zip(&d.given);
        let mut given = given.filter(|(_, given)| **given).map(|(one, _)| one);
        given.find(|(_, value)| value.origin.decided().place.is_some_and(|decided| holds(decided, place)))
    });
    // The outermost is the one whose name stands there.
    let (parameter, value) = given.last()?;
    let source = sources.get(place.file)?;
    let file = source.path.file_name()?.to_string_lossy();
    let line = source.position(place.start).line;
    let whole = value.origin.decided().place.is_some_and(|decided| decided.start == place.start);
    let what = if whole && is_empty(value) { "empty" } else { "set" };
    Some(format!("`{}` is {what} in {file}:{line}.", parameter.name))
}

/// Whether a place, of which reports show one line, stands in a text.
fn holds(text: Span, place: Span) -> bool {
    text.file == place.file && text.start <= place.start && place.end <= text.end
}

fn is_empty(v: &Value) -> bool {
    match &v.data {
        Data::Str(s) => s.trim().is_empty(),
        Data::Array(items) => items.is_empty(),
        Data::Object(o) => o.members.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty() {
        for (value, empty) in [
            (Value::str(""), true),
            (Value::str("  "), true),
            (Value::array(vec![]), true),
            (Value::object(Default::default()), true),
            (Value::str("a"), false),
            (Value::null(), false),
            (Value::bool(false), false),
        ] {
            assert_eq!(is_empty(&value), empty, "{value:?}");
        }
    }
}
