//! Any text is evaluated as an ARM template, and as a Bicep file, without a panic and in bounds.
#![no_main]

use armlint_fuzz::Folder;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for name in ["main.json", "main.bicep"] {
        let folder = Folder::empty();
        folder.write(name, text);
        folder.expand(name);
    }
});
