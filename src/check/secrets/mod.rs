//! What tells a secret, for rules: what the expander knows for one, and what PSRule writes for one into an export.
//!
//! [`names`] knows the properties that hold secrets, [`shape`] tells settings and texts that hold one, [`spans`] finds the texts of
//! a run that decide one, by the [`way`] that leads to them ([`members`]: what stands behind an expression; [`workflow`]: what the
//! definition of a workflow says; [`own`]: what each template says by itself), [`redact`] takes them out of what a run has to say
//! ([`quoted`]: out of what is said about the places themselves), [`lines`] says what may be one where a file is broken.

mod lines;
mod members;
pub(super) mod names;
mod own;
mod quoted;
mod redact;
pub(super) mod shape;
mod spans;
mod way;
pub(super) mod workflow;

pub use lines::Broken;
pub use own::Own;
pub use quoted::{ByFile, by_file};
pub use redact::{Finder, Places, Secrets};
pub use spans::Search;

pub(super) use names::is_secret;

use crate::expand::known::secret::tells;
use crate::expand::{Data, Value};

/// Whether a value is a secret, or tells one.
pub fn reveals(value: &Value) -> bool {
    tells(value) || has_placeholder(value)
}

/// Also within a command that PSRule has put together.
fn has_placeholder(value: &Value) -> bool {
    match &value.data {
        Data::Str(s) => is_placeholder(s) || s.contains("{{Secret"),
        Data::Array(items) => items.iter().any(has_placeholder),
        Data::Object(o) => !o.open && o.members.iter().any(|m| has_placeholder(&m.value)),
        _ => false,
    }
}

/// `{{SecretReference …}}`: what PSRule writes for secrets into resources that it exports.
pub fn is_placeholder(text: &str) -> bool {
    text.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("{{Secret"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_stand_for_secrets() {
        assert!(reveals(&Value::str("{{SecretReference:a}}")));
        assert!(reveals(&Value::array(vec![Value::str("run {{SecretReference:a}}")])));
        assert!(!reveals(&Value::str("a")));
    }
}
