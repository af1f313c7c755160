//! Whether there surely is something.

use crate::expand::residual::Residual;
use crate::model::function_table::Presence;

/// What is known of it; `None` for what is no call of a function of the language.
fn of(r: &Residual) -> Option<Presence> {
    r.as_call().map(|(function, _)| function.facts().presence)
}

/// Whether a value is surely there and not empty.
pub fn not_empty(r: &Residual) -> bool {
    of(r) == Some(Presence::Full)
}

/// Whether a value may come to null.
pub fn can_be_null(r: &Residual) -> bool {
    of(r) == Some(Presence::Nullable)
}
