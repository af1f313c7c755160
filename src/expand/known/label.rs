//! What people call something that is not decided: the part of its text that is known.

use std::borrow::Cow;

use ecow::EcoString;

use super::parts::parts_as_written;
use super::stretch::Part;
use crate::expand::residual::Residual;
use crate::expand::value::{Data, Value};

/// The most characters of an expression that are shown where no part of its text is known.
const LONGEST: usize = 70;

/// What stands for characters that are not known.
const OPEN: char = '…';

/// The known part of a text that is not decided, with `…` for the rest: `kv-…-weu`. `None` where no letter and no digit of it is
/// known, or where it tells a secret.
pub fn known_part(v: &Value) -> Option<EcoString> {
    let told = v.as_residual().is_none_or(|r| r.secret) || v.origin.secret;
    if told {
        return None;
    }
    let mut out = EcoString::new();
    for part in &parts_as_written(v) {
        match part {
            Part::Known(s) => out.push_str(s),
            Part::Open(_) if out.ends_with(OPEN) => {}
            Part::Open(_) => out.push(OPEN),
        }
    }
    out.chars().any(char::is_alphanumeric).then_some(out)
}

/// An expression in brackets, without secrets, and no more of it than a sentence can hold.
pub fn expression(r: &Residual) -> EcoString {
    ecow::eco_format!("[{}]", short(&r.discreet_start(4 * (LONGEST + 1))))
}

/// As much of the text of an expression as a sentence can hold.
pub fn short(expression: &str) -> Cow<'_, str> {
    match expression.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}{OPEN}", expression.get(..end).unwrap_or_default()).into(),
        None => expression.into(),
    }
}

/// What a name, or an id, is called in a sentence: the text, the known part of it, or the expression.
pub fn label(v: &Value) -> EcoString {
    match &v.data {
        _ if v.origin.secret => super::secret::MASK.into(),
        Data::Str(s) => s.clone(),
        Data::Residual(r) => known_part(v).unwrap_or_else(|| expression(r)),
        Data::Int(i) => ecow::eco_format!("{i}"),
        _ => EcoString::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::known::samples::call;

    #[test]
    fn names_are_called_by_what_is_known_of_them() {
        let open = || call("reference", vec![Value::str("x")]);
        let s = Value::str;
        assert_eq!(label(&call("format", vec![s("kv-{0}-{1}"), open(), s("weu")])), "kv-…-weu");
        assert_eq!(label(&call("concat", vec![s("a"), open(), open()])), "a…");
        assert_eq!(
            label(&call("concat", vec![open(), s("/"), open()])),
            "[concat(reference('x'), '/', reference('x'))]"
        );
        assert_eq!(label(&open()), "[reference('x')]");
        assert_eq!(label(&s("plain")), "plain");
        assert_eq!(label(&call("concat", vec![s("pid-"), call("guid", vec![open()])])), "pid-…");
        assert_eq!(label(&call("utcNow", vec![])), "[utcNow()]");
    }

    #[test]
    fn expressions_are_cut() {
        let long = call("union", vec![Value::str("x".repeat(80_000))]);
        let shown = label(&long);
        assert!(shown.starts_with("[union('xxx") && shown.ends_with("x…]") && shown.chars().count() == LONGEST + 3);
    }

    #[test]
    fn no_part_of_a_secret_is_shown() {
        let mut secret = Value::str("Blue-Harbor-77");
        secret.origin.secret = true;
        let made = call("concat", vec![secret, call("reference", vec![Value::str("x")])]);
        assert_eq!(label(&made), "[concat((secret), reference('x'))]");
    }
}
