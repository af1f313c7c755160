//! How much of something Azure takes in one template.
//!
//! Source: <https://learn.microsoft.com/azure/azure-resource-manager/templates/best-practices#template-limits>

/// Parameters.
pub const PARAMETERS: usize = 256;
/// Variables.
pub const VARIABLES: usize = 512;
/// Resources, as often as loops repeat them.
pub const RESOURCES: usize = 800;
/// Outputs.
pub const OUTPUTS: usize = 64;
