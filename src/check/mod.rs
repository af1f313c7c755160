//! Resources against rules: the fifth step of the pipeline.
//!
//! A rule is a page in `rules/` ([`crate::rules`]). [`check`] judges every target ([`targets`]) with the rules for its type: [`verdict`] comes to
//! a verdict, [`explain`] to a message, a place and a fix. [`named`] holds what needs an algorithm, [`secrets`] keeps secrets out of
//! what is said.

mod engine;
mod explain;
pub mod language;
mod memo;
mod named;
mod remembered;
pub mod result;
pub mod secrets;
mod targets;
mod template_limits;
pub(crate) mod types;
pub(crate) mod updates;
mod verdict;

pub use engine::{CheckInput, check};
pub use explain::wanted::is_possible as is_fixable;
// For the documents of a repository, which are judged by the same targets and explained in the same way.
pub(crate) use engine::{applies, called as called_by, declarations, settled};
pub(crate) use explain::message::path as shown_path;
pub(crate) use explain::phrases;
pub(crate) use explain::place::{hand_overs, one_line, pointer, to_edit};
pub(crate) use named::all as named_checks;
pub use named::support::noted::Noted;
pub use remembered::Remembered;
pub use result::{Acceptance, AcceptedBy, CheckResult, Fix, Location, Outcome, Related, Safety, Stand, State, Target};
pub use targets::as_written::as_written;
pub(crate) use targets::called::Called;
pub use targets::exported::looks_like as looks_exported;
pub use targets::files::{FileKind, FileTarget};
pub(crate) use targets::forest;
pub(crate) use targets::parent_names::{parent_of_id, path_of};
pub use types::Table;
pub(crate) use verdict::compare::regex;
pub(crate) use verdict::evidence;

#[cfg(test)]
mod tests;
