//! How fast JSON is read: armlint's reader beside `serde_json::Value`.
//!
//! Reads every `*.json` below the folder in `ARMLINT_BENCH_DIR`, or a generated template without it.
//! Throughput counts bytes of UTF-8 text.

#![allow(missing_docs)]

use std::fmt::Write;
use std::sync::{Arc, LazyLock};

use armlint::read::json::Document;
use armlint::read::{Source, Sources};
use divan::counter::BytesCount;

/// The texts `serde_json` accepts as well, so that both do the same work.
static TEXTS: LazyLock<Vec<Arc<Source>>> = LazyLock::new(|| {
    let sources = Sources::new();
    match std::env::var_os("ARMLINT_BENCH_DIR") {
        Some(folder) => walkdir::WalkDir::new(folder)
            .into_iter()
            .flatten()
            .filter(|e| e.file_type().is_file() && e.path().extension().is_some_and(|x| x == "json"))
            .filter_map(|e| sources.load(e.path()).ok())
            .filter(|s| serde_json::from_str::<serde_json::Value>(s.text()).is_ok())
            .collect(),
        None => vec![sources.add("generated.json", template(2000))],
    }
});

/// A template with this many resources, indented the way editors do.
fn template(resources: usize) -> String {
    let mut out = String::from("{\n  \"contentVersion\": \"1.0.0.0\",\n  \"resources\": [\n");
    for i in 0..resources {
        let comma = if i + 1 < resources { "," } else { "" };
        let _ = write!(
            out,
            r#"    {{
      "type": "Microsoft.Storage/storageAccounts",
      "apiVersion": "2023-05-01",
      "name": "[concat(parameters('prefix'), 'store{i}')]",
      "location": "[resourceGroup().location]",
      "dependsOn": [
        "[resourceId('Microsoft.Network/virtualNetworks', variables('network'))]"
      ],
      "sku": {{
        "name": "Standard_LRS"
      }},
      "properties": {{
        "supportsHttpsTrafficOnly": true,
        "minimumTlsVersion": "TLS1_2",
        "networkAcls": {{
          "defaultAction": "Deny",
          "retentionDays": {i},
          "ipRules": []
        }}
      }}
    }}{comma}
"#
        );
    }
    out.push_str("  ]\n}\n");
    out
}

fn size() -> BytesCount {
    BytesCount::new(TEXTS.iter().map(|s| s.text().len()).sum::<usize>())
}

#[divan::bench]
fn armlint(bencher: divan::Bencher) {
    bencher.counter(size()).bench(|| {
        for source in TEXTS.iter() {
            divan::black_box(Document::parse(source));
        }
    });
}

#[divan::bench]
fn serde_json_value(bencher: divan::Bencher) {
    bencher.counter(size()).bench(|| {
        for source in TEXTS.iter() {
            divan::black_box(serde_json::from_str::<serde_json::Value>(source.text()).ok());
        }
    });
}

fn main() {
    divan::main();
}
