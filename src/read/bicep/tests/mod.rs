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
