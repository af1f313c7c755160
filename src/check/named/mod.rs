//! Checks that need an algorithm. A page calls one with `use: name`, the file's name with `-` for `_`.
//!
//! To add one, write the file, declare it here, and give it `pub fn check`. `build.rs` finds it by its file name and refuses
//! a page that calls a name that is not there.

mod apim_cors;
mod apim_policy_base;
mod expression_length;
mod firewall_ip_range;
mod literal_property;
mod nsg_lateral_traversal;
mod outer_secret;
mod output_secret;
mod required_tags;
mod secret_leak;
mod secure_parameter;
mod secure_value;
mod strong_type;
pub mod support;
mod unused_declarations;
mod value_constraint;

use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Asked, Evidence, Found, Scope, Step};
use crate::expand::known::truth::Truth;
use crate::rules::language::Operand;

/// A check in Rust: looks at a scope and says what is wrong with [`Evaluator::say`].
pub type NamedCheck = for<'a> fn(&mut Evaluator<'a>, Scope<'a>, &'a [(String, Operand)]) -> Truth;

include!(concat!(env!("OUT_DIR"), "/named.rs"));

/// Runs a named check as a condition.
pub fn condition<'a>(
    e: &mut Evaluator<'a>,
    name: &'a str,
    args: &'a [(String, Operand)],
    s: Scope<'a>,
    want: bool,
) -> Truth {
    let Some(check) = by_name(name) else { return Truth::Unknown };
    let mark = e.evidence.len();
    let truth = check(e, s, args);
    if truth == Truth::from(want) {
        e.evidence.truncate(mark);
    }
    truth
}

impl<'a> Evaluator<'a> {
    /// Says what is wrong, and where.
    pub fn say(&mut self, node: usize, steps: &[Step<'a>], found: Found<'a>, words: impl Into<String>, unknown: bool) {
        if let (Found::Unknown(r), true) = (found, unknown) {
            self.touch(r);
        }
        if self.explain {
            self.evidence
                .push(Evidence { words: words.into(), ..Evidence::about(node, steps, found, Asked::Said, unknown) });
        }
    }
}
