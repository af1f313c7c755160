//! What the properties of security rules of network security groups mean.

use crate::check::verdict::compare::Lit;
use crate::expand::{Data, Value};

/// The tag of all addresses outside of the virtual network.
pub const INTERNET: &str = "Internet";

/// Whether a protocol, an address or a port stands for all of them.
pub fn is_any(text: &str) -> bool {
    text == "*" || text.eq_ignore_ascii_case("Any")
}

/// A priority.
pub fn number(v: &Value) -> Option<f64> {
    Lit::of(v).text().and_then(|t| t.parse().ok())
}

/// Whether a property limits the traffic that a rule is about.
pub fn says_something(v: &Value) -> bool {
    match &v.data {
        Data::Null => false,
        Data::Str(s) => !s.is_empty(),
        Data::Array(items) => !items.is_empty(),
        _ => true,
    }
}
