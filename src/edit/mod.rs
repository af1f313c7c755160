//! Carries out the changes that findings offer, in the files that people edit.
//!
//! [`change`] is what one change does to a text, [`offered`] what a finding offers, [`editable`] which files people edit, [`rounds`] tries changes and judges what comes of them, [`suppress`] makes the
//! changes that accept findings, [`text`] writes a text as the bytes that it was read from, [`patch`] shows what was changed,
//! and [`hidden`] knows what is not to be shown.
//! Nothing on disk is touched before all is judged.

pub mod change;
mod editable;
pub mod hidden;
pub mod patch;
pub mod rounds;
pub mod suppress;
pub mod text;

pub use change::Change;
pub use editable::Editable;
pub use hidden::Hidden;
pub use rounds::{Edited, Fixed, fix};

use crate::check::{CheckResult, Outcome};
use crate::session::Verdicts;

/// The change that a finding offers.
pub fn offered(result: &CheckResult, verdicts: &Verdicts) -> Option<Change> {
    let fix = result.fix.as_ref().filter(|_| result.outcome == Outcome::Fail)?;
    let source = verdicts.source(fix.span)?;
    Some(Change {
        path: source.path.clone(),
        range: fix.span.range(),
        text: fix.text.clone(),
        description: fix.description.clone(),
        safety: fix.safety,
        accepts: false,
        about: vec![rounds::about(result)],
    })
}
