//! Whether there surely is something.

use crate::expand::residual::{Node, Residual};

/// Functions whose value is never empty, beyond what their known parts say.
const NEVER_EMPTY: &[&str] =
    &["utcnow", "resourceid", "subscriptionresourceid", "tenantresourceid", "extensionresourceid"];

/// Whether a value is surely there and not empty.
pub fn not_empty(r: &Residual) -> bool {
    matches!(&r.node, Node::Call { name, .. } if NEVER_EMPTY.contains(&name.to_ascii_lowercase().as_str()))
}
