//! Exit statuses, as the contract has them.

/// Nothing to complain about.
pub const GOOD: u8 = 0;
/// Findings.
pub const FINDINGS: u8 = 1;
/// Wrong usage or a broken configuration.
pub const USAGE: u8 = 2;
/// Something could not be read or expanded.
pub const INCOMPLETE: u8 = 3;
