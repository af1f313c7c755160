//! What holds of a value that is not decided, whatever it comes to: one answer for evaluation, rules and reports.
//!
//! [`text`] says how a string begins and ends, what it contains, of which characters ([`alphabet`]) and how many; [`matches`] asks
//! that of words, [`automaton`] of regular expressions. [`identity`] says whether two names are surely the same, [`presence`]
//! whether there surely is something, [`secret`] whether it tells a secret. [`Truth`] is the answer that may be missing.

pub mod alphabet;
mod automaton;
pub mod identity;
mod matches;
mod presence;
pub mod secret;
mod text;
pub mod truth;

pub use matches::{Place, Text, certain_text, of_text, text_has};
pub use presence::{can_be_null, not_empty};
pub use text::{
    Part, cannot_be_equal, certainly_contains, certainly_string, known_prefix, known_suffix, member, min_length, parts,
};
pub use truth::Truth;
