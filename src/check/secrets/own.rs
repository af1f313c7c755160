//! What a template says of secrets by itself.

use super::redact::Secrets;
use super::way::Ways;

/// What a template says of secrets, whatever it deploys and whoever deploys it.
#[derive(Debug, Default)]
pub struct Own {
    /// The texts in it that decide some.
    pub found: Secrets,
    /// What of each of its parameters decides some.
    pub asked: Vec<Ways>,
    /// Its declarations that were followed, and where into them.
    pub followed: Vec<((u8, usize), Ways)>,
}
