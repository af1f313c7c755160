//! Locks that a panic elsewhere does not close: it must not lose the other files' results.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks what is whole after each step, whoever panicked.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
