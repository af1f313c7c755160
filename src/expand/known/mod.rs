//! What holds of a value that is not decided, whatever it comes to: one answer for evaluation, rules and reports.
//!
//! `label` says what people call it. [`parts`] says how a string begins and ends, what it contains, of which characters
//! ([`alphabet`]) and how many, stretch by [`stretch`]; [`dates`] says it of dates in a format, [`bounds`] between which bounds a
//! number lies, and [`cut`] what becomes of it when functions change the text. [`partial_text`] asks that of words ([`fits`]),
//! [`automaton`] of regular expressions.
//! [`kind`] says whether it is a string, [`equality`] whether two values can be the same, [`member`] what an object has in it.
//! [`or_default`] puts something in the place of a null that it may come to.
//! [`counted`] knows the items of a `range`, [`joined`] those of lists put together. [`identity`] says whether two names are surely the same, [`presence`] whether there surely is something, [`secret`] whether it
//! tells a secret. [`Truth`] is the answer that may be missing.

#[cfg(test)]
mod agreement;
pub mod alphabet;
mod automaton;
mod bounds;
pub mod compiled;
mod counted;
mod cut;
mod dates;
mod equality;
mod fits;
pub mod identity;
mod kind;
mod label;
mod lists;
mod member;
mod or_default;
mod partial_text;
mod parts;
mod presence;
#[cfg(test)]
mod samples;
pub mod secret;
mod stretch;
pub mod truth;

pub use bounds::{Bounds, bounds, text_length};
pub use counted::{counted, length_of, settled};
pub use equality::cannot_be_equal;
pub use kind::certainly_string;
pub use label::{expression, known_part, label, short};
pub use lists::{Joined, joined};
pub use member::{least_members, member};
pub use or_default::{may_be_null, or_default};
pub use partial_text::{Place, Text, certain_text, certainly_contains, may_have, of_text, text_has};
pub use parts::{known_prefix, known_suffix, min_length};
pub use presence::{can_be_null, not_empty};
pub use truth::Truth;
