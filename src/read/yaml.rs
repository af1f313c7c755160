//! What a YAML library says, in one line for a person.

use serde_saphyr::Error;

/// Why a text is not YAML that can be read: without a place, a quotation of the text or a line end, none of which belong into a
/// message that has its own place.
pub fn reason(error: &Error) -> String {
    let bare = error.without_snippet();
    let said = bare.render_with_options(serde_saphyr::RenderOptions::default());
    // The rendering ends with its own words for the place.
    let said = said.lines().next().unwrap_or("").split(" at line ").next().unwrap_or("");
    let said = said.trim_start_matches("error: ").trim_end_matches([':', ' ']);
    match said.strip_prefix("budget breached: ") {
        Some(breach) => limit(breach),
        // What the value is read into has a limit of its own.
        None if said.contains("recursion limit") => "it is nested too deeply".to_owned(),
        None if said.starts_with("multiple YAML documents") => "it holds several documents, and one is read".to_owned(),
        // The library goes on with words for programmers.
        None => match said.strip_prefix("duplicate mapping key: ").and_then(|key| key.split(", set ").next()) {
            Some(key) => format!("the key `{key}` is there twice"),
            None => said.to_owned(),
        },
    }
}

/// A limit that the library keeps, told by the name of what was too many: `Depth { depth: 65 }`.
fn limit(breach: &str) -> String {
    let (name, rest) = breach.split_once([' ', '(']).unwrap_or((breach, ""));
    let found: String = rest.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    let what = match name {
        "Depth" => "it is nested too deeply",
        "Aliases" | "Anchors" | "AliasAnchorRatio" | "MergeKeys" => {
            "it uses too many anchors, aliases or merge keys; write the values out"
        }
        "Documents" => "it holds too many documents",
        _ => "it is too large",
    };
    let nested = if name == "Depth" && !found.is_empty() { format!(" ({found} levels)") } else { String::new() };
    format!("{what}{nested}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(text: &str) -> String {
        reason(&serde_saphyr::from_str::<serde_json::Value>(text).unwrap_err())
    }

    #[test]
    fn limits_are_told_in_words() {
        let deep = "[".repeat(5_000) + &"]".repeat(5_000);
        assert_eq!(why(&deep), "it is nested too deeply");
        assert_eq!(limit("Depth { depth: 65 }"), "it is nested too deeply (65 levels)");
        assert_eq!(
            limit("Aliases { aliases: 70000 }"),
            "it uses too many anchors, aliases or merge keys; write the values out"
        );
        assert_eq!(limit("Nodes { nodes: 9 }"), "it is too large");
    }

    #[test]
    fn one_line_without_a_place() {
        assert_eq!(why("a: 1\na: 2\n"), "the key `a` is there twice");
        assert_eq!(why("a: 1\n---\nb: 1\n"), "it holds several documents, and one is read");
        for text in ["a: [1, 2\nb: 3\n", "a: 1\na: 2\n", "- x\n-\ty: [", "a: *none"] {
            let why = why(text);
            assert!(!why.is_empty() && !why.contains(['\n', '|']) && !why.contains("line "), "{why}");
        }
    }
}
