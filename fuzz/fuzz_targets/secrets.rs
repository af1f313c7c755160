//! A value given to a secure parameter is in no report and in no expansion, whatever the template does with it.
#![no_main]

use armlint_fuzz::Folder;
use libfuzzer_sys::fuzz_target;

/// What no output may hold.
const VALUE: &str = "Hush-Value-7391";

fuzz_target!(|text: &str| {
    // A text that spells the value, or an escape that might, gives away itself.
    if text.contains("Hush") || text.contains("7391") || text.contains("\\u") {
        return;
    }
    let folder = Folder::empty();
    folder.write("main.bicep", format!("@secure()\nparam pin string\n{text}"));
    folder.write("main.bicepparam", format!("using 'main.bicep'\nparam pin = '{VALUE}'\n"));
    hidden(folder, "main.bicepparam");

    // A second `parameters` would be another declaration.
    if text.contains("parameters\"") {
        return;
    }
    let folder = Folder::empty();
    let schema = "https://schema.management.azure.com/schemas/2019-04-01";
    folder.write(
        "main.json",
        format!(
            r#"{{"$schema": "{schema}/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
                "parameters": {{"pin": {{"type": "secureString"}}}}, {text}}}"#
        ),
    );
    folder.write(
        "main.parameters.json",
        format!(
            r#"{{"$schema": "{schema}/deploymentParameters.json#", "contentVersion": "1.0.0.0",
                "parameters": {{"pin": {{"value": "{VALUE}"}}}}}}"#
        ),
    );
    hidden(folder, "main.parameters.json");
});

fn hidden(folder: &Folder, parameters: &str) {
    for (format, report) in folder.scan() {
        assert!(!report.contains(VALUE), "{format} shows the value: {report}");
    }
    if let Some(text) = folder.expand(parameters) {
        assert!(!text.contains(VALUE), "expand shows the value: {text}");
    }
}
