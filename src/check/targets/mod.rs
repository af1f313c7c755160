//! What is judged: resources with what hangs below them, deployments, exported resources, files.

pub mod as_written;
pub mod called;
pub mod copies;
pub mod exported;
pub mod files;
pub mod forest;
pub mod parent_names;
mod scopes;
mod strays;
