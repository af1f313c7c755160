//! Any bytes are read as our options file and as PSRule's; a scan with them panics nowhere and is refused or whole.
#![no_main]

use armlint_fuzz::Folder;
use libfuzzer_sys::fuzz_target;

const TEMPLATE: &str = "resource s 'Microsoft.Storage/storageAccounts@2023-01-01' = {
  name: 'stone'
  location: 'westeurope'
  properties: { minimumTlsVersion: 'TLS1_0' }
}
";

fuzz_target!(|bytes: &[u8]| {
    for name in ["armlint.yaml", "ps-rule.yaml", "bicepconfig.json"] {
        let folder = Folder::empty();
        folder.write("main.bicep", TEMPLATE);
        folder.write(name, bytes);
        folder.scan();
    }
});
