//! What several named checks need.

pub mod called;
pub mod declared;
pub mod handed;
pub mod literals;
pub mod noted;
pub mod policy;
mod policy_text;
pub mod security_rules;
pub mod siblings;
pub mod written;
