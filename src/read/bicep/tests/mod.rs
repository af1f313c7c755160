//! Tests of the whole reader, on trees as short text.

mod corpus;
mod dump;
mod robust;

mod syntax;
mod wrong;

use std::sync::Arc;

use super::{parse, parse_params};
use crate::read::{Source, Sources};

fn source(text: &str) -> Arc<Source> {
    Sources::new().add("main.bicep", text)
}

/// The tree of a template.
fn tree(text: &str) -> String {
    dump::file(&parse(&source(text)))
}

/// The tree of a parameter file.
fn params_tree(text: &str) -> String {
    dump::file(&parse_params(&source(text)))
}

/// The tree of an expression.
fn value(text: &str) -> String {
    tree(&format!("var x = {text}")).trim_end().trim_start_matches("var x = ").to_owned()
}

/// The tree of a type.
fn type_of(text: &str) -> String {
    tree(&format!("type x = {text}")).trim_end().trim_start_matches("type x = ").to_owned()
}

/// What is wrong, as `line:column message`.
fn problems(text: &str) -> String {
    let source = source(text);
    let list = parse(&source).problems.into_iter().map(|problem| {
        let at = source.position(problem.span.start);
        format!("{}:{} {}\n", at.line, at.column, problem.message)
    });
    list.collect()
}

#[test]
fn paths_are_relative_and_mean_the_same_everywhere() {
    for path in ["a/b.json", "./a.bicep", "../x.json", "./", "a b.json"] {
        assert_eq!(super::relative_path(path), Ok(path.split('/').collect()), "{path}");
    }
    for (path, about) in [
        ("", "empty"),
        ("/a.json", "absolute"),
        ("C:\\a.json", "absolute"),
        ("d:a.json", "absolute"),
        ("a\\b.json", "`\\`"),
        ("foo:bar", "no path may have"),
        ("a|b.json", "no path may have"),
        ("a\tb", "control"),
        ("a.json ", "neither a dot nor a blank"),
        ("a/.", "neither a dot nor a blank"),
    ] {
        assert!(super::relative_path(path).unwrap_err().contains(about), "{path}");
    }
}
