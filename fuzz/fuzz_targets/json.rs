//! Any text can be parsed as JSON, and every span of the result lies on character boundaries of the text.
#![no_main]

use armlint::read::Sources;
use armlint::read::json::Document;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let source = Sources::new().add("fuzz.json", String::from_utf8_lossy(bytes));
    let doc = Document::parse(&source);
    let spans = doc.problems().iter().map(|p| p.span).chain(doc.comments().iter().copied());
    for span in spans {
        assert!(source.text().get(span.range()).is_some());
    }
    let mut stack: Vec<_> = doc.root().into_iter().collect();
    while let Some(node) = stack.pop() {
        assert!(source.text().get(node.span().range()).is_some());
        if let Some(text) = node.str() {
            assert!(source.text().is_char_boundary(node.offsets().of(text.len() / 2) as usize));
        }
        stack.extend(node.items());
        for member in node.members() {
            assert!(node.span().contains(member.span()));
            stack.push(member.value());
        }
    }
});
