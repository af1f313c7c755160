//! Any text is a `.bicepparam` file of a template, and the base that another one extends.
#![no_main]

use armlint_fuzz::Folder;
use libfuzzer_sys::fuzz_target;

const TEMPLATE: &str = "@allowed(['TLS1_0', 'TLS1_2'])
param tls string
param name string = 'stone'
param tags object = {}
param rules { name: string, port: int? }[] = []
resource s 'Microsoft.Storage/storageAccounts@2023-01-01' = {
  name: name
  location: 'westeurope'
  tags: tags
  properties: { minimumTlsVersion: tls, x: rules }
}
";

fuzz_target!(|text: &str| {
    let folder = Folder::empty();
    folder.write("main.bicep", TEMPLATE);
    folder.write("main.bicepparam", text);
    folder.expand("main.bicepparam");
    folder.write("other.bicepparam", text);
    folder.write("main.bicepparam", "using 'main.bicep'\nextends 'other.bicepparam'\nparam tls = 'TLS1_0'\n");
    folder.scan();
});
