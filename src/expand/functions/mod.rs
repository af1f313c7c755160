//! Template functions.
//!
//! A function gets values and gives a value, or says that it stays residual; the evaluator turns that into a
//! [`super::Residual`] call. What needs the template itself (`parameters`, `variables`, `reference`, `copyIndex`, lazy
//! `if`/`and`/`or`/`coalesce`) is in the evaluator.

use super::context::Context;
use super::value::Value;

/// Why a function refuses its arguments, in words for a person: what was expected and what was there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FunctionError(pub String);

/// `Ok(None)` leaves the call residual.
pub type Outcome = Result<Option<Value>, FunctionError>;

/// Applies a lambda argument to values.
pub type Lambda<'l> = &'l dyn Fn(&[Value]) -> Result<Value, FunctionError>;

/// How a function is carried out.
#[derive(Clone, Copy)]
pub enum Implementation {
    /// From its arguments alone.
    Pure(fn(&[Value]) -> Outcome),
    /// From its arguments and the deployment context (`resourceGroup()`, `resourceId()`, `utcNow()`).
    Context(fn(&Context, &[Value]) -> Outcome),
    /// With lambdas: the other arguments in order, then the lambdas in order.
    Lambda(fn(&[Value], &[Lambda<'_>]) -> Outcome),
    /// Known to Azure, but decided by it alone (`newGuid`, `pickZones`, `providers`): always residual.
    Residual,
}

/// A template function.
pub struct Builtin {
    /// The name in Azure's own spelling.
    pub name: &'static str,
    /// The fewest arguments.
    pub min: usize,
    /// The most arguments; `usize::MAX` for any number.
    pub max: usize,
    /// What it does.
    pub implementation: Implementation,
}

/// The function of this name, without regard to case.
pub fn lookup(_name: &str) -> Option<&'static Builtin> {
    None
}
