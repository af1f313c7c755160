//! What was changed, as people and `git apply` read it.

use similar::TextDiff;

/// Lines around a change.
const CONTEXT: usize = 3;

/// A unified diff of a file, whose name is relative to the folder where it will be applied; empty if nothing is different.
pub fn unified(name: &str, before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let diff = TextDiff::from_lines(before, after);
    diff.unified_diff().context_radius(CONTEXT).header(&format!("a/{name}"), &format!("b/{name}")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_has_the_form_of_git() {
        insta::assert_snapshot!(unified(
            "infra/a.bicep",
            "one\ntwo\nthree\nfour\nfive\nsix",
            "one\ntwo\n3\nfour\nfive\nsix"
        ));
        assert_eq!(unified("a", "same", "same"), "");
    }
}
