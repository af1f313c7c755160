//! Findings that somebody accepts: in the files themselves, or in the configuration.
//!
//! It happens between the verdicts and the reports, once for all files of a run: [`source`] finds what is said in the files -
//! [`comment`] reads a comment, [`metadata`] the metadata of JSON, [`outline`] says how much of a text one covers -, [`configured`]
//! knows what the configuration says, [`meaning`] which rules a name means. [`accept`] marks the results, and says which suppressions cover nothing; [`unused`] makes
//! findings of these. `docs/suppression.md` says what people may write.
//!
//! What a stranger's module says counts for nothing: the files of restored modules are not looked at.

mod accept;
mod comment;
mod configured;
mod meaning;
mod metadata;
mod outline;
mod room;
mod source;
mod unused;

pub use accept::{Looked, Names, Run, accept};
pub use configured::Configured;
pub use room::{Room, rooms};
pub use source::may_be_ours;
pub use unused::RULE as UNUSED;
