//! Checks of other tools: they name the rules that cover them, and `docs/peers.md` says which.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::BTreeMap;
use std::fmt::Write;

use armlint::rules::{RuleSet, Selection, entries};
use common::Folder;

/// The tools, in the order of the page: what their names look like, what to call them, what to say of their names.
type Tool = (fn(&str) -> bool, &'static str, &'static str);

const TOOLS: [Tool; 5] = [
    (|p| p.starts_with("CKV"), "Checkov", "By the ids of its checks."),
    (|p| p.starts_with("AZU-"), "Trivy", "By the ids of its checks; the former ones, `AVD-AZU-…`, mean the same."),
    (|p| p.starts_with("TA-"), "Template Analyzer", "By the ids of its rules."),
    (is_uuid, "KICS", "By the ids of its queries."),
    (
        |_| true,
        "arm-ttk, and the compiler and linter of Bicep",
        "By the names of their tests and rules, and the codes of diagnostics.",
    ),
];

/// Checks that no rule covers: why, and where Azure says so.
const NOT_COVERED: [(&str, &str, &str); 20] = [
    (
        "`CKV_AZURE_2`, `AZU-0038`, KICS `Azure Managed Disk Without Encryption`",
        "obsolete: they ask for Azure Disk Encryption, which retires on 15 September 2028; disks are encrypted at rest by Azure always",
        "https://learn.microsoft.com/azure/virtual-machines/disk-encryption",
    ),
    (
        "`CKV_AZURE_8`, KICS `AKS Dashboard Is Enabled`",
        "obsolete: the add-on is gone since Kubernetes 1.19",
        "https://learn.microsoft.com/azure/aks/kubernetes-portal",
    ),
    (
        "`CKV_AZURE_20`, `AZU-0046`, KICS `Phone Number Not Set For Security Contacts`",
        "wrong: Defender for Cloud sends e-mails; it does not call, and a phone number changes nothing",
        "https://learn.microsoft.com/azure/defender-for-cloud/configure-email-notifications",
    ),
    (
        "`CKV_AZURE_50`",
        "wrong: without extensions there are no agents for monitoring, backup and updates, which other checks ask for",
        "https://learn.microsoft.com/azure/virtual-machines/extensions/overview",
    ),
    (
        "`CKV_AZURE_88`",
        "wrong: an app needs no storage account of its own, and most keep nothing in one",
        "https://learn.microsoft.com/azure/app-service/configure-connect-to-azure-storage",
    ),
    (
        "`CKV_AZURE_103`",
        "not a matter of the template: a factory of production is published to, and has no repository",
        "https://learn.microsoft.com/azure/data-factory/continuous-integration-delivery",
    ),
    (
        "`CKV_AZURE_112`",
        "too much for a rule: keys protected by software are encrypted by modules of FIPS 140 as well, and a HSM is another tier with another price",
        "https://learn.microsoft.com/azure/key-vault/keys/about-keys",
    ),
    (
        "`CKV_AZURE_114`, `AZU-0015`",
        "no fault: the type of the content is a note for people",
        "https://learn.microsoft.com/azure/key-vault/secrets/about-secrets",
    ),
    (
        "`CKV_AZURE_233`",
        "obsolete: registries are spread over zones in every tier, and the property changes nothing",
        "https://learn.microsoft.com/azure/container-registry/zone-redundancy",
    ),
    (
        "`AZU-0051`",
        "too much for a rule: rules that allow traffic out to anywhere are the default of Azure, and closing it takes a firewall",
        "https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview",
    ),
    (
        "`AZU-0061`",
        "too much for a rule: data is encrypted once always; twice is for those whose regulator asks for it",
        "https://learn.microsoft.com/azure/storage/common/infrastructure-encryption-enable",
    ),
    (
        "`AZU-0067`",
        "too much for a rule: disks of nodes are encrypted with keys of the platform; `Armlint.AKS.EncryptionAtHost` judges what is left open",
        "https://learn.microsoft.com/azure/aks/azure-disk-customer-managed-keys",
    ),
    (
        "`AZU-0068`",
        "no fault: Azure refuses a machine without a network interface",
        "https://learn.microsoft.com/azure/virtual-network/virtual-network-network-interface-vm",
    ),
    (
        "`AZU-0075`",
        "wrong for what forwards by its purpose: firewalls, routers, gateways",
        "https://learn.microsoft.com/azure/virtual-network/virtual-network-network-interface",
    ),
    (
        "`TA-000038`",
        "wrong: backends are reached with managed identities and certificates, which policies name, not the backend",
        "https://learn.microsoft.com/azure/api-management/authentication-managed-identity-policy",
    ),
    (
        "KICS `PostgreSQL Log Connections Disabled`",
        "obsolete: it asks it of single servers, which are retired (`Armlint.Resource.Retired`)",
        "https://learn.microsoft.com/azure/postgresql/migrate/whats-happening-to-postgresql-single-server",
    ),
    (
        "KICS `PostgreSQL Log Checkpoints Disabled`",
        "obsolete in the same way; on flexible servers it is on by default",
        "https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-logging",
    ),
    (
        "KICS `PostgreSQL Connection Throttling Disabled`",
        "obsolete in the same way",
        "https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-server-parameters",
    ),
    (
        "KICS `Log Profile Incorrect Category`, `Unrecommended Log Profile Retention`",
        "obsolete: log profiles are retired (`Armlint.Resource.Retired`)",
        "https://learn.microsoft.com/azure/azure-monitor/platform/activity-log",
    ),
    (
        "arm-ttk `ManagedIdentityExtension-must-not-be-used`",
        "obsolete: the extension is retired since January 2019, and does not install",
        "https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-migrate-vm-extension",
    ),
];

fn is_uuid(text: &str) -> bool {
    text.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

/// `docs/peers.md`, made from the pages.
fn page() -> String {
    let mut tables: Vec<BTreeMap<(usize, &str), Vec<String>>> = vec![BTreeMap::new(); TOOLS.len()];
    for entry in entries() {
        let service = entry.id.split('.').nth(1).unwrap().to_ascii_lowercase();
        for peer in &entry.peers {
            let tool = TOOLS.iter().position(|(is, ..)| is(peer)).unwrap();
            let rule = format!("[{0}](../rules/{service}/{0}.md)", entry.id);
            // By length first: 9 comes before 10.
            let length = if tool < 2 { peer.len() } else { 0 };
            tables[tool].entry((length, peer)).or_default().push(rule);
        }
    }
    let mut out = String::from(
        "# What armlint checks of what others check\n\n\
         Each rule names the checks of other tools that it covers. `--rule`, `--exclude-rule`, `armlint rules`, and what a configuration says\n\
         about rules take those names as well; each means every rule beside it. Covered is not equal: a rule judges by Azure's\n\
         documentation, and its page says what it looks at.\n\n\
         This page is made from the front matter of the pages below `rules/`: `ARMLINT_WRITE=1 cargo test --test peers`.\n",
    );
    for (table, (_, name, note)) in tables.iter().zip(TOOLS) {
        write!(out, "\n## {name}\n\n{note}\n\n| check | rules |\n| --- | --- |\n").unwrap();
        for ((_, peer), rules) in table {
            writeln!(out, "| `{peer}` | {} |", rules.join(", ")).unwrap();
        }
    }
    out.push_str(
        "\n## Not covered\n\nWhat no rule covers, and why.\n\n| check | why | source |\n| --- | --- | --- |\n",
    );
    for (check, why, source) in NOT_COVERED {
        writeln!(out, "| {check} | {why} | <{source}> |").unwrap();
    }
    out
}

/// A reason not to cover a check that a rule covers is a mistake.
#[test]
fn what_is_said_to_be_left_out_no_rule_covers() {
    for entry in entries() {
        for peer in &entry.peers {
            let quoted = format!("`{peer}`");
            let reason = NOT_COVERED.iter().find(|(checks, ..)| checks.contains(&quoted));
            assert!(reason.is_none(), "{}: {peer}", entry.id);
        }
    }
}

#[test]
fn the_page_of_peers_says_what_the_rules_say() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/peers.md");
    if std::env::var_os("ARMLINT_WRITE").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(there == page(), "docs/peers.md is old: ARMLINT_WRITE=1 cargo test --test peers");
}

fn chosen(baseline: Option<&str>, rules: &[&str], exclude: &[&str]) -> Vec<&'static str> {
    let owned = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    let (rules, exclude) = (owned(rules), owned(exclude));
    let set =
        RuleSet::select(&Selection { baseline, rules: &rules, exclude: &exclude, ..Selection::default() }).unwrap();
    set.rules().iter().map(|r| r.entry.id).collect()
}

#[test]
fn a_check_of_another_tool_means_every_rule_that_names_it() {
    let rules = ["Azure.VM.PublicKey", "Azure.VMSS.PublicKey"];
    for name in ["CKV_AZURE_149", "ckv_azure_149"] {
        assert_eq!(chosen(None, &[name], &[]), rules);
        assert!(!chosen(None, &[], &[name]).iter().any(|id| rules.contains(id)));
    }
    // Trivy's former name, a glob, the id of a query of KICS.
    for name in ["AZU-0016", "AVD-AZU-0016", "AVD-AZU-001[6]", "azu-0016", "azure-0016"] {
        assert_eq!(chosen(None, &[name], &[]), ["Azure.KeyVault.PurgeProtect"], "{name}");
    }
    let kics = chosen(None, &["7c25f361-7c66-44bf-9b69-022acd5eb4bd"], &[]);
    assert_eq!(kics, ["Azure.KeyVault.PurgeProtect", "Azure.KeyVault.SoftDelete"]);
    let none = ["CKV_AZURE_99999".to_owned()];
    assert!(RuleSet::select(&Selection { rules: &none, ..Selection::default() }).is_err());
}

#[test]
fn baselines_of_psrule_hold_its_rules_and_ours_all() {
    let own = |baseline| chosen(Some(baseline), &[], &[]).into_iter().filter(|id| id.starts_with("Armlint.")).collect();
    let opt_in = |id: &&str| armlint::rules::find(id).unwrap().opt_in;
    let (default, security, all): (Vec<_>, Vec<_>, Vec<_>) =
        (own("Armlint.Default"), own("Armlint.Security"), own("Armlint.All"));
    assert_eq!(own("Azure.Default"), Vec::<&str>::new());
    assert_eq!(own("Azure.All"), Vec::<&str>::new());
    assert!(!default.is_empty() && !default.iter().any(opt_in));
    assert!(security.iter().any(opt_in) && all.iter().any(opt_in));
    assert_eq!(all.len(), entries().iter().filter(|e| e.is_own()).count());
    let theirs = |baseline| chosen(Some(baseline), &[], &[]).into_iter().filter(|id| id.starts_with("Azure.")).count();
    assert_eq!(theirs("Armlint.Default"), theirs("Azure.Default"));
    assert_eq!(theirs("Armlint.All"), theirs("Azure.All"));
    assert_eq!(chosen(None, &[], &[]), chosen(Some("Armlint.Default"), &[], &[]));
    // One that is named runs even if the baseline lacks it.
    assert_eq!(chosen(Some("Azure.Default"), &[all[0]], &[]), [all[0]]);
}

const OPEN: &str = "resource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'stopen'\n  location: 'westeurope'\n  \
                    kind: 'StorageV2'\n  sku: { name: 'Standard_GRS' }\n  properties: { supportsHttpsTrafficOnly: false }\n}\n";

#[test]
fn a_scan_takes_the_names_of_other_tools() {
    let folder = Folder::with(&[]);
    folder.write("main.bicep", OPEN);
    let rules = |args: &[&str]| {
        let run = folder.scan(args);
        let results = run.report["results"].as_array().unwrap().clone();
        results.iter().map(|r| format!("{} {}", r["rule"].as_str().unwrap(), r["outcome"].as_str().unwrap())).collect()
    };
    let of_peer: Vec<String> = rules(&["--rule", "CKV_AZURE_3", "--outcome", "all"]);
    assert_eq!(of_peer, ["Azure.Storage.SecureTransfer fail"]);
    folder.write("armlint.yaml", "armlint: { suppressions: [{ rule: AVD-AZU-0008, targets: [stopen] }] }");
    let suppressed: Vec<String> = rules(&["--rule", "CKV_AZURE_3", "--outcome", "all"]);
    assert_eq!(suppressed, ["Azure.Storage.SecureTransfer suppressed"]);
    folder.write("armlint.yaml", "armlint: { rules: { exclude: [CKV_AZURE_3] } }");
    let excluded: Vec<String> = rules(&[]);
    assert!(!excluded.is_empty() && !excluded.iter().any(|r| r.contains("SecureTransfer")), "{excluded:?}");
}

#[test]
fn the_default_is_ours_and_beside_options_of_psrule_theirs() {
    let folder = Folder::with(&[]);
    folder
        .write("main.bicep", "@secure()\nparam secret string = 'Old-Lantern-12'\noutput length int = length(secret)\n");
    let own = |args: &[&str]| {
        let run = folder.scan(args);
        run.report["results"].as_array().unwrap().iter().any(|r| r["rule"].as_str().unwrap().starts_with("Armlint."))
    };
    assert!(own(&[]));
    folder.write("ps-rule.yaml", "configuration: { AZURE_VNET_DNS_WITH_IDENTITY: true }");
    assert!(!own(&[]));
    assert!(own(&["--baseline", "Armlint.Default"]));
    folder.write("ps-rule.yaml", "rule: { baseline: Armlint.All }");
    assert!(own(&[]));
}

#[test]
fn what_is_retired_gets_one_finding() {
    let folder = Folder::with(&[]);
    let server = "resource server 'Microsoft.DBforMariaDB/servers@2018-06-01' = {\n  name: 'mariadb'\n  location: 'westeurope'\n  \
                  tags: { env: 'test' }\n  properties: { createMode: 'Replica', sourceServerId: 'x' }\n}\n";
    folder.write("main.bicep", server);
    let failed = |args: &[&str]| -> Vec<String> {
        let run = folder.scan(args);
        let results = run.report["results"].as_array().unwrap();
        results.iter().map(|r| r["rule"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(failed(&[]), ["Armlint.Resource.Retired"]);
    // A child gets none of its own beside it, and the same one where its server is declared elsewhere.
    let rule = "properties: { startIpAddress: '203.0.113.4', endIpAddress: '203.0.113.4' }\n";
    let type_ = "'Microsoft.DBforMariaDB/servers/firewallRules@2018-06-01'";
    folder.write(
        "main.bicep",
        &format!("{server}resource rule {type_} = {{\n  parent: server\n  name: 'a'\n  {rule}}}\n"),
    );
    assert_eq!(failed(&[]), ["Armlint.Resource.Retired"]);
    folder.write("main.bicep", &format!("resource rule {type_} = {{\n  name: 'mariadb/a'\n  {rule}}}\n"));
    assert_eq!(failed(&[]), ["Armlint.Resource.Retired"]);
    folder.write("main.bicep", server);
    // PSRule's baselines and whoever names a rule still get them.
    assert!(failed(&["--baseline", "Azure.Default"]).contains(&"Azure.MariaDB.UseSSL".to_owned()));
    assert!(failed(&["--rule", "Azure.MariaDB.UseSSL"]).contains(&"Azure.MariaDB.UseSSL".to_owned()));
}

#[test]
fn a_kind_that_is_retired_gets_one_finding_and_the_others_all_of_theirs() {
    let account = |kind: &str| {
        let text = format!(
            "resource ai 'Microsoft.CognitiveServices/accounts@2024-10-01' = {{\n  name: 'ai'\n  location: 'westeurope'\n  \
             kind: '{kind}'\n  tags: {{ env: 'test' }}\n  sku: {{ name: 'S0' }}\n  properties: {{}}\n}}\n"
        );
        let folder = Folder::with(&[]);
        folder.write("main.bicep", &text);
        let failed = |args: &[&str]| -> Vec<String> {
            let run = folder.scan(args);
            let results = run.report["results"].as_array().unwrap();
            let ids = results.iter().map(|r| r["rule"].as_str().unwrap().to_owned());
            ids.filter(|id| !id.starts_with("Armlint.Deployment.")).collect()
        };
        [failed(&[]), failed(&["--baseline", "Azure.Default"])]
    };
    let [own, psrule] = account("LUIS");
    assert_eq!(own, ["Armlint.Resource.Retired"]);
    assert!(psrule.contains(&"Azure.AI.PublicAccess".to_owned()), "{psrule:?}");
    let [own, _] = account("TextAnalytics");
    assert!(own.contains(&"Azure.AI.PublicAccess".to_owned()), "{own:?}");
}

#[test]
fn rules_shows_peers_and_weaknesses() {
    let folder = Folder::with(&[]);
    let page = folder.run(&["rules", "AVD-AZU-0008"]).stdout;
    assert!(page.contains("Weaknesses: CWE-319\n") && page.contains("Other tools: CKV_AZURE_3, AZU-0008"), "{page}");
    let several = folder.run(&["rules", "CKV_AZURE_149"]).stdout;
    assert_eq!(several.lines().count(), 2, "{several}");
    let one = folder.run(&["rules", "CKV_AZURE_3", "-f", "json"]).report;
    assert_eq!((&one["cwe"][0], &one["peers"][0]), (&"CWE-319".into(), &"CKV_AZURE_3".into()));
}
