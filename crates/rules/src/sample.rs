//! A page for tests.

use crate::page::{self, Page};

const FRONT: &str = "id: Armlint.A.B\nref: ALR-0001\nseverity: Critical\npillar: Security\ncategory: c\nresource: r\nrelease: GA\nsince: \"2026_12\"\nlevel: Error\ntargets: Microsoft.Storage/storageAccounts";
const BODY: &str = "# T\n\n## Synopsis\n\ns\n\n## Description\n\nd\n\n## Recommendation\n\nr\n\n## Examples\n\n```json pass\n```\n\n```json fail\n```\n\n```bicep pass\n```\n\n```bicep fail\n```\n\n## Links\n\nl\n";

/// The page of a rule with this clause as its check.
pub fn page(clause: &str) -> Page {
    page::parse(&format!("---\n{FRONT}\ncheck:\n  - {clause}\n---\n\n{BODY}"), None).unwrap()
}
