//! A small folder of templates, Bicep, parameter files and options is scanned and expanded: no panic, and every report is well made.
#![no_main]

use armlint_fuzz::Folder;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let folder = Folder::of(text);
    folder.scan();
    for name in ["main.bicepparam", "main.parameters.json"] {
        folder.expand(name);
    }
});
