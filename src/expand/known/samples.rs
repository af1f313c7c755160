//! Values for the tests of this folder.

use crate::expand::residual::Residual;
use crate::expand::value::Value;

/// Something that nobody knows.
pub(super) fn r() -> Value {
    call("reference", vec![s("x")])
}

/// A call that stays.
pub(super) fn call(name: &str, args: Vec<Value>) -> Value {
    Value::residual(Residual::call(name, args))
}

/// A text.
pub(super) fn s(text: &str) -> Value {
    Value::str(text)
}
