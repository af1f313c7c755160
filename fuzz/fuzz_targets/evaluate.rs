//! Any text is evaluated as an ARM template, and as a Bicep file, without a panic and in bounds.
#![no_main]

use std::path::PathBuf;
use std::sync::Arc;

use armlint::expand::{self, Context, Limits};
use armlint::model::{Library, Template, arm, bicep};
use armlint::read::json::Document;
use armlint::read::{Sources, bicep as syntax};
use libfuzzer_sys::fuzz_target;

/// Few steps: a fuzzer learns more from many short runs.
const LIMITS: Limits = Limits {
    steps: 50_000,
    copies: 100,
    resources: 1_000,
    depth: 220,
    deployments: 100,
    size: 50_000,
    total: 200_000,
    nesting: 300,
};

fn evaluate(library: &Library, template: Arc<Template>) {
    let context = Context::unknown(template.scope);
    let deployed = expand::expand(library, template, None, context, LIMITS);
    let mut text = String::new();
    for r in &deployed.resources {
        expand::residual::write_value(&r.body, &mut text);
    }
}

fuzz_target!(|text: &str| {
    // A root in which there is nothing: no path leads to a file.
    let root = PathBuf::from("/nonexistent");
    let sources = Arc::new(Sources::new());
    let library = Library::new(sources.clone(), &root, None);
    let mut diagnostics = Vec::new();
    let document = Document::parse(&sources.add(root.join("main.json"), text));
    if let Some(template) = arm::load(&document, &mut diagnostics) {
        evaluate(&library, template);
    }
    let source = sources.add(root.join("main.bicep"), text);
    let file = Arc::new(syntax::parse(&source));
    let (template, _) = bicep::load(&library, &source, &file, &mut diagnostics);
    evaluate(&library, template);
});
