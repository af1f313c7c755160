//! Any text is read, as a template and as a parameter file, without a panic and in bounds.
#![no_main]

use armlint::read::{Sources, bicep};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let source = Sources::new().add("main.bicep", text);
    for file in [bicep::parse(&source), bicep::parse_params(&source)] {
        let spans = file.statements.iter().map(|s| s.span);
        for span in spans.chain(file.problems.iter().map(|p| p.span)).chain(file.comments) {
            assert!(text.get(span.range()).is_some());
        }
    }
});
