//! What a change of the files changes in Azure: two sides expanded and held against each other.
//!
//! [`run`] expands both sides and compares all entry points that the change can reach. [`side`] is one of them, [`snapshot`] what
//! an entry point comes to, as the plain data of [`tree`]; [`entries`] and [`pair`] find what is the same on both sides, files and
//! resources; [`compare`] says in which properties two values differ, [`updates`](crate::check::updates) what Azure makes of that, [`unread`] what nobody can know, [`defaults`] what a newer API version
//! takes for what is not written, and [`change`] puts it
//! together. The formats are in [`report::changes`](crate::report::changes).

pub mod change;
pub mod compare;
mod defaults;
mod entries;
mod pair;
pub mod run;
pub mod side;
mod snapshot;
pub mod tree;
mod unread;

pub use crate::check::updates::Effect;
pub use change::{Change, Kind};
pub use compare::{Property, PropertyKind, Shown};
pub use defaults::NewDefault;
pub use run::{Changes, Entry, Which, run};
pub use side::Key;
pub use tree::Place;
