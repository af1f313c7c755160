//! Whether time grows with the input: every shape is scanned with n and with 4n of the thing it has many of, and the
//! exponent that comes out (1 is linear, 2 is quadratic) is printed. Over [`LIMIT`] for any shape: exit status 1.
//!
//! `cargo bench --bench growth`, one shape by a part of its name: `cargo bench --bench growth -- outputs`; another binary:
//! `ARMLINT=path/to/armlint cargo bench --bench growth`. With `--quick` only the shapes in [`QUICK`] (`scripts/growth`).
//! What counts is processor time in our own code, of the children of a shell (`times`), so that a busy machine changes little; and only the
//! ratio of two runs counts, so that a slow one does not. What comes out too steep is measured again: noise makes a run
//! longer, never shorter, and is not there every time.
//!
//! With `--instructions` Valgrind counts what the processor is told to do, which is the same on every machine and in every run
//! (but for threads that wait for each other), so that the limit is close to 1: [`CLOSE`].
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// The exponent from which on a shape is not linear any more. Sorting, caches that overflow and a neighbour on the same core cost
/// some of it; a walk for each of n things shows as 1.8 and more.
const LIMIT: f64 = 1.5;
/// The same where instructions are counted: sorting costs some hundredths.
const CLOSE: f64 = 1.15;
/// Instructions of the smaller run at least, above those of an empty run.
const LEAST_INSTRUCTIONS: f64 = 60e6;
/// Seconds that the smaller run takes at least, above what an empty run takes: less is noise.
const LEAST: f64 = 0.1;
/// Processor seconds after which a run is stopped.
const MOST: u32 = 60;
/// The time with n is the least of so many runs; with 4n one is enough, as it is measured again if it is too long.
const RUNS: usize = 3;
/// A shape is too steep if so many measurements say so.
const TRIES: usize = 3;

/// A shape of each kind: what every change is held against.
const QUICK: &[&str] = &[
    "findings on one line, text",
    "findings beyond ASCII on one line, sarif",
    "resources, json",
    "resources, expand",
    "outputs",
    "outputs that hand out secrets",
    "secrets on one line",
    "parameter values",
    "properties of a type",
    "user-defined functions",
    "members of a variable",
    "dependsOn of one resource",
    "subnets",
    "children of one parent",
    "nested deployments",
    "modules",
    "types in Bicep",
    "declarations in Bicep",
    "templates with parameter files",
    "parameter files without a template",
    "diagnostics",
    "exported files",
];

/// A shape: its name, how many of the thing to begin with, and what writes the files and gives the arguments.
type Shape = (&'static str, usize, fn(usize, &Path) -> Vec<String>);

const SHAPES: &[Shape] = &[
    ("findings on one line, text", 500, |n, dir| scan(dir, "text", &storage(n, ""))),
    ("findings on one line, sarif", 500, |n, dir| scan(dir, "sarif", &storage(n, ""))),
    ("findings on one line, github", 500, |n, dir| scan(dir, "github", &storage(n, ""))),
    ("findings beyond ASCII on one line, text", 500, |n, dir| scan(dir, "text", &storage(n, "é"))),
    ("findings beyond ASCII on one line, sarif", 500, |n, dir| scan(dir, "sarif", &storage(n, "é"))),
    ("resources, json", 500, |n, dir| scan(dir, "json", &lines(&storage(n, "")))),
    ("resources, markdown", 500, |n, dir| scan(dir, "markdown", &lines(&storage(n, "")))),
    ("resources, junit", 500, |n, dir| scan(dir, "junit", &lines(&storage(n, "")))),
    ("resources, csv", 500, |n, dir| scan(dir, "csv", &lines(&storage(n, "")))),
    ("resources, counts", 500, |n, dir| scan(dir, "counts", &lines(&storage(n, "")))),
    ("resources, all outcomes", 250, |n, dir| {
        let mut args = scan(dir, "json", &lines(&storage(n, "")));
        args.push("--outcome=all".into());
        args
    }),
    ("resources, expand", 1_000, |n, dir| expand(dir, &storage(n, ""))),
    ("outputs", 5_000, |n, dir| {
        let outputs = members(n, |i| format!(r#""o{i}":{{"type":"string","value":"x{i}"}}"#));
        scan(dir, "json", &template("", &format!(r#","outputs":{{{outputs}}}"#)))
    }),
    ("outputs, expand", 5_000, |n, dir| {
        let outputs = members(n, |i| format!(r#""o{i}":{{"type":"string","value":"x{i}"}}"#));
        expand(dir, &template("", &format!(r#","outputs":{{{outputs}}}"#)))
    }),
    ("outputs that hand out secrets", 500, |n, dir| {
        let parameters = r#","parameters":{"s":{"type":"securestring"}}"#;
        let outputs = members(n, |i| format!(r#""o{i}":{{"type":"string","value":"[parameters('s')]"}}"#));
        scan(dir, "json", &template("", &format!(r#"{parameters},"outputs":{{{outputs}}}"#)))
    }),
    ("secrets on one line", 500, |n, dir| {
        let secrets = members(n, |i| {
            format!(
                r#"{{"type":"Microsoft.Sql/servers","apiVersion":"2022-05-01-preview","name":"sql{i}","location":"westeurope","properties":{{"administratorLoginPassword":"Blue-Harbor-{i}"}}}}"#
            )
        });
        scan(dir, "text", &template(&secrets, ""))
    }),
    ("secure parameters of a deployment", 500, |n, dir| {
        let declared = members(n, |i| format!(r#""p{i}":{{"type":"securestring"}}"#));
        let given = members(n, |i| format!(r#""p{i}":{{"value":"Blue-Harbor-{i}"}}"#));
        let inner = template("", &format!(r#","parameters":{{{declared}}}"#));
        let outer = format!(
            r#"{{"type":"Microsoft.Resources/deployments","apiVersion":"2022-09-01","name":"d","properties":{{"mode":"Incremental","expressionEvaluationOptions":{{"scope":"inner"}},"parameters":{{{given}}},"template":{inner}}}}}"#
        );
        scan(dir, "json", &template(&outer, ""))
    }),
    ("members of a variable", 2_000, |n, dir| {
        let all = members(n, |i| format!(r#""k{i}":"x{i}""#));
        let outputs = members(n, |i| format!(r#""o{i}":{{"type":"string","value":"[variables('v').k{i}]"}}"#));
        scan(dir, "json", &template("", &format!(r#","variables":{{"v":{{{all}}}}},"outputs":{{{outputs}}}"#)))
    }),
    ("members of a secret variable", 2_000, |n, dir| {
        let all = members(n, |i| format!(r#""k{i}":"x{i}""#));
        let secrets =
            members(n, |i| format!(r#""p{i}":{{"type":"securestring","defaultValue":"[variables('v').k{i}]"}}"#));
        scan(dir, "json", &template("", &format!(r#","variables":{{"v":{{{all}}}}},"parameters":{{{secrets}}}"#)))
    }),
    ("variables", 5_000, |n, dir| {
        let variables = members(n, |i| match i {
            0 => r#""v0":"a""#.to_owned(),
            i => format!(r#""v{i}":"[concat('a',variables('v0'))]""#),
        });
        scan(dir, "json", &template("", &format!(r#","variables":{{{variables}}}"#)))
    }),
    ("parameters", 2_000, |n, dir| {
        let parameters = members(n, |i| format!(r#""p{i}":{{"type":"string","defaultValue":"a"}}"#));
        scan(dir, "json", &template("", &format!(r#","parameters":{{{parameters}}}"#)))
    }),
    ("parameter values", 2_000, |n, dir| {
        let values = members(n, |i| format!(r#""p{i}":{{"value":"b"}}"#));
        put(dir, "a.parameters.json", &parameters(&values));
        let parameters = members(n, |i| format!(r#""p{i}":{{"type":"string"}}"#));
        scan(dir, "json", &template("", &format!(r#","parameters":{{{parameters}}}"#)))
    }),
    ("types", 2_000, |n, dir| {
        let types = members(n, |i| format!(r#""t{i}":{{"type":"string"}}"#));
        let parameters = members(n, |i| format!(r##""p{i}":{{"$ref":"#/definitions/t{i}","defaultValue":"a"}}"##));
        let rest = format!(r#","definitions":{{{types}}},"parameters":{{{parameters}}}"#);
        scan(dir, "json", &template("", &rest))
    }),
    ("properties of a type", 2_000, |n, dir| {
        let properties = members(n, |i| format!(r#""k{i}":{{"type":"string"}}"#));
        let values = members(n, |i| format!(r#""k{i}":"x""#));
        let rest = format!(
            r#","languageVersion":"2.0","parameters":{{"p":{{"type":"object","properties":{{{properties}}},"additionalProperties":{{"type":"int"}},"defaultValue":{{{values}}}}}}}"#
        );
        scan(dir, "json", &template("", &rest).replace(r#""resources":[]"#, r#""resources":{}"#))
    }),
    ("user-defined functions", 1_000, |n, dir| {
        let functions =
            members(n, |i| format!(r#""f{i}":{{"parameters":[],"output":{{"type":"string","value":"a"}}}}"#));
        let outputs = members(n, |i| format!(r#""o{i}":{{"type":"string","value":"[u.f{i}()]"}}"#));
        let rest = format!(r#","functions":[{{"namespace":"u","members":{{{functions}}}}}],"outputs":{{{outputs}}}"#);
        scan(dir, "json", &template("", &rest))
    }),
    ("copies", 500, |n, dir| {
        // A copy loop makes 800 at most, so there are several.
        let copies = members(n.div_ceil(250), |i| {
            format!(
                r#"{{"type":"{STORAGE}","apiVersion":"2023-01-01","name":"[concat('st{i}a',copyIndex())]","location":"westeurope","kind":"StorageV2","sku":{{"name":"Standard_LRS"}},"copy":{{"name":"c{i}","count":250}},"properties":{{}}}}"#
            )
        });
        scan(dir, "json", &template(&copies, ""))
    }),
    ("dependsOn in a chain", 500, |n, dir| {
        let resources = members(n, |i| {
            let before = if i == 0 { String::new() } else { format!(r#""[resourceId('{STORAGE}','st{}')]""#, i - 1) };
            account(i, "", &format!(r#","dependsOn":[{before}]"#))
        });
        scan(dir, "json", &template(&resources, ""))
    }),
    ("dependsOn of one resource", 500, |n, dir| {
        let all = members(n, |i| format!(r#""[resourceId('{STORAGE}','st{i}')]""#));
        let mut resources = members(n, |i| account(i, "", ""));
        write!(resources, ",{}", account(n, "last", &format!(r#","dependsOn":[{all}]"#))).unwrap();
        scan(dir, "json", &template(&resources, ""))
    }),
    ("tags", 2_000, |n, dir| {
        let tags = members(n, |i| format!(r#""tag{i}":"x""#));
        scan(dir, "json", &template(&account(0, "", &format!(r#","tags":{{{tags}}}"#)), ""))
    }),
    ("subnets", 500, |n, dir| {
        let subnets = members(n, |i| {
            format!(r#"{{"name":"s{i}","properties":{{"addressPrefix":"10.{}.{}.0/24"}}}}"#, i / 250 % 250, i % 250)
        });
        let vnet = format!(
            r#"{{"type":"Microsoft.Network/virtualNetworks","apiVersion":"2023-01-01","name":"v","location":"westeurope","properties":{{"addressSpace":{{"addressPrefixes":["10.0.0.0/8"]}},"subnets":[{subnets}]}}}}"#
        );
        scan(dir, "json", &template(&vnet, ""))
    }),
    ("security rules", 500, |n, dir| {
        let rules = members(n, |i| {
            format!(
                r#"{{"name":"r{i}","properties":{{"access":"Deny","direction":"Outbound","priority":{},"protocol":"*","sourceAddressPrefix":"*","destinationAddressPrefix":"10.0.0.{}","sourcePortRange":"*","destinationPortRange":"22"}}}}"#,
                i + 100,
                i % 250
            )
        });
        let nsg = format!(
            r#"{{"type":"Microsoft.Network/networkSecurityGroups","apiVersion":"2023-01-01","name":"n","location":"westeurope","properties":{{"securityRules":[{rules}]}}}}"#
        );
        scan(dir, "json", &template(&nsg, ""))
    }),
    ("children of one parent", 500, |n, dir| {
        let children = members(n, |i| {
            format!(
                r#"{{"type":"Microsoft.Sql/servers/firewallRules","apiVersion":"2022-05-01-preview","name":"sql/r{i}","properties":{{"startIpAddress":"10.0.0.1","endIpAddress":"10.0.0.{}"}}}}"#,
                i % 250
            )
        });
        let server = r#"{"type":"Microsoft.Sql/servers","apiVersion":"2022-05-01-preview","name":"sql","location":"westeurope","properties":{}},"#;
        scan(dir, "json", &template(&format!("{server}{children}"), ""))
    }),
    ("children in one parent", 500, |n, dir| {
        let children = members(n, |i| {
            format!(
                r#"{{"type":"firewallRules","apiVersion":"2022-05-01-preview","name":"r{i}","properties":{{"startIpAddress":"10.0.0.1","endIpAddress":"10.0.0.{}"}}}}"#,
                i % 250
            )
        });
        let server = format!(
            r#"{{"type":"Microsoft.Sql/servers","apiVersion":"2022-05-01-preview","name":"sql","location":"westeurope","properties":{{}},"resources":[{children}]}}"#
        );
        scan(dir, "json", &template(&server, ""))
    }),
    ("parents and children", 250, |n, dir| {
        let both = members(n, |i| {
            format!(
                r#"{{"type":"Microsoft.Sql/servers","apiVersion":"2022-05-01-preview","name":"sql{i}","location":"westeurope","properties":{{}}}},{{"type":"Microsoft.Sql/servers/firewallRules","apiVersion":"2022-05-01-preview","name":"sql{i}/r","properties":{{"startIpAddress":"10.0.0.1","endIpAddress":"10.0.0.2"}}}}"#
            )
        });
        scan(dir, "json", &template(&both, ""))
    }),
    ("resources of one name", 250, |n, dir| scan(dir, "json", &template(&members(n, |_| account(0, "", "")), ""))),
    ("nested deployments", 100, |n, dir| {
        let nested = members(n, |i| {
            let inner = template(&account(i, "", ""), "");
            format!(
                r#"{{"type":"Microsoft.Resources/deployments","apiVersion":"2022-09-01","name":"d{i}","properties":{{"mode":"Incremental","expressionEvaluationOptions":{{"scope":"inner"}},"template":{inner}}}}}"#
            )
        });
        scan(dir, "json", &template(&nested, ""))
    }),
    ("modules", 100, |n, dir| {
        put(
            dir,
            "m.bicep",
            &format!(
                "param name string\nresource s '{STORAGE}@2023-01-01' = {{\n  name: name\n  location: 'westeurope'\n  kind: 'StorageV2'\n  sku: {{ name: 'Standard_LRS' }}\n}}\n"
            ),
        );
        let calls: String = (0..n)
            .map(|i| format!("module m{i} 'm.bicep' = {{ name: 'm{i}', params: {{ name: 'st{i}' }} }}\n"))
            .collect();
        put(dir, "main.bicep", &calls);
        args(&["scan", "-f", "json"], dir)
    }),
    ("resources in Bicep", 250, |n, dir| {
        let resources: String = (0..n).map(|i| format!("resource s{i} '{STORAGE}@2023-01-01' = {{\n  name: 'st{i}'\n  location: 'westeurope'\n  kind: 'StorageV2'\n  sku: {{ name: 'Standard_LRS' }}\n}}\n")).collect();
        put(dir, "main.bicep", &resources);
        args(&["scan", "-f", "json"], dir)
    }),
    ("declarations in Bicep", 1_000, |n, dir| {
        let all: String = (0..n)
            .map(|i| format!("param p{i} string = 'a'\nvar v{i} = '${{p{i}}}-b'\noutput o{i} string = v{i}\n"))
            .collect();
        put(dir, "main.bicep", &all);
        args(&["scan", "-f", "json"], dir)
    }),
    ("types in Bicep", 500, |n, dir| {
        let all: String = (0..n)
            .map(|i| format!("type t{i} = {{ a: string }}\nparam p{i} t{i}.a = 'x'\nparam q{i} t{i} = {{ a: 'x' }}\n"))
            .collect();
        put(dir, "main.bicep", &all);
        args(&["scan", "-f", "json"], dir)
    }),
    ("functions in Bicep", 500, |n, dir| {
        let all: String = (0..n)
            .map(|i| format!("func f{i}(a string) string => '${{a}}-x'\n@secure()\nparam p{i} string = f{i}('y')\n"))
            .collect();
        put(dir, "main.bicep", &all);
        args(&["scan", "-f", "json"], dir)
    }),
    ("files", 100, |n, dir| {
        (0..n).for_each(|i| put(dir, &format!("t{i}.json"), &template(&account(i, "", ""), "")));
        args(&["scan", "-f", "json"], dir)
    }),
    ("templates with parameter files", 100, |n, dir| {
        for i in 0..n {
            put(dir, &format!("t{i}.json"), &template("", r#","parameters":{"p":{"type":"string"}}"#));
            put(dir, &format!("t{i}.parameters.json"), &parameters(r#""p":{"value":"b"}"#));
        }
        args(&["scan", "-f", "json"], dir)
    }),
    ("parameter files of one template", 100, |n, dir| {
        put(dir, "a.json", &template("", r#","parameters":{"p":{"type":"string"}}"#));
        for i in 0..n {
            put(dir, &format!("a.parameters.{i}.json"), &parameters(r#""p":{"value":"b"}"#));
        }
        args(&["scan", "-f", "json"], dir)
    }),
    ("parameter files without a template", 500, |n, dir| {
        for i in 0..n {
            put(dir, &format!("t{i}.parameters.json"), &parameters(r#""p":{"value":"b"}"#));
        }
        args(&["scan", "-f", "json"], dir)
    }),
    ("templates that are named", 100, |n, dir| {
        let mut args = args(&["scan", "-f", "json"], dir);
        args.pop();
        for i in 0..n {
            let name = format!("t{i}.json");
            put(dir, &name, &template(&account(i, "", ""), ""));
            args.push(dir.join(name).display().to_string());
        }
        args
    }),
    ("exported files", 100, |n, dir| {
        (0..n).for_each(|i| put(dir, &format!("e{i}.json"), &format!("[{}]", exported(i))));
        args(&["scan", "-f", "json"], dir)
    }),
    ("diagnostics", 1_000, |n, dir| {
        let outputs = members(n, |i| format!(r#""o{i}":{{"type":"string","value":"[nothing{i}()]"}}"#));
        scan(dir, "text", &template("", &format!(r#","outputs":{{{outputs}}}"#)))
    }),
    ("syntax errors", 1_000, |n, dir| {
        put(dir, "main.bicep", &"var = = \n".repeat(n));
        args(&["scan", "-f", "json"], dir)
    }),
    ("suppressions", 250, |n, dir| {
        let names: String = (0..n).map(|i| format!("    - st{i}\n")).collect();
        put(dir, "options.yaml", &format!("suppression:\n  Azure.Storage.MinTLS:\n{names}"));
        let mut args = scan(dir, "json", &lines(&storage(n, "")));
        args.push(format!("--config={}", dir.join("options.yaml").display()));
        args
    }),
    ("rules excluded", 1_000, |n, dir| {
        let names: String = (0..n).map(|i| format!("    - Some.Rule{i}\n")).collect();
        put(dir, "options.yaml", &format!("rule:\n  exclude:\n{names}"));
        let mut args = scan(dir, "json", &template(&account(0, "", ""), ""));
        args.push(format!("--config={}", dir.join("options.yaml").display()));
        args
    }),
    ("exported resources", 250, |n, dir| {
        put(dir, "export.json", &format!("[{}]", members(n, exported)));
        args(&["scan", "-f", "json"], dir)
    }),
    ("merged files", 20, |n, dir| {
        let mut args: Vec<String> = vec!["merge".into()];
        for i in 0..n {
            let result = members(25, |k| {
                format!(
                    r#"{{"ruleId":"R","ruleIndex":0,"level":"error","message":{{"text":"m"}},"locations":[{{"physicalLocation":{{"artifactLocation":{{"uri":"f{i}.json"}},"region":{{"startLine":{}}}}}}}]}}"#,
                    k + 1
                )
            });
            put(
                dir,
                &format!("{i}.sarif"),
                &format!(
                    r#"{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"armlint","rules":[{{"id":"R"}}]}}}},"results":[{result}]}}]}}"#
                ),
            );
            args.push(dir.join(format!("{i}.sarif")).display().to_string());
        }
        args
    }),
];

const STORAGE: &str = "Microsoft.Storage/storageAccounts";
const PARAMETERS: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#";

fn members(n: usize, one: impl Fn(usize) -> String) -> String {
    (0..n).map(one).collect::<Vec<_>>().join(",")
}

fn template(resources: &str, rest: &str) -> String {
    format!(
        r#"{{"$schema":"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#","contentVersion":"1.0.0.0","resources":[{resources}]{rest}}}"#
    )
}

fn parameters(values: &str) -> String {
    format!(r#"{{"$schema":"{PARAMETERS}","contentVersion":"1.0.0.0","parameters":{{{values}}}}}"#)
}

fn account(i: usize, suffix: &str, rest: &str) -> String {
    format!(
        r#"{{"type":"{STORAGE}","apiVersion":"2023-01-01","name":"st{i}{suffix}","location":"westeurope","kind":"StorageV2","sku":{{"name":"Standard_LRS"}},"properties":{{"minimumTlsVersion":"TLS1_0"}}{rest}}}"#
    )
}

/// A storage account as Azure exports it.
fn exported(i: usize) -> String {
    account(i, "", &format!(r#","id":"/subscriptions/0/resourceGroups/g/providers/{STORAGE}/st{i}""#))
}

/// `n` storage accounts with findings, on one line.
fn storage(n: usize, suffix: &str) -> String {
    template(&members(n, |i| account(i, suffix, "")), "")
}

/// The same with line ends.
fn lines(template: &str) -> String {
    template.replace(",\"", ",\n\"")
}

fn put(dir: &Path, name: &str, text: &str) {
    fs::write(dir.join(name), text).unwrap();
}

fn args(words: &[&str], dir: &Path) -> Vec<String> {
    let folder = dir.display().to_string();
    // The same is scanned more than once.
    let more = ["--no-cache".to_owned(), format!("--root={folder}"), folder.clone()];
    words.iter().map(|w| (*w).to_owned()).chain(more).collect()
}

fn scan(dir: &Path, format: &str, template: &str) -> Vec<String> {
    put(dir, "a.json", template);
    args(&["scan", "-f", format], dir)
}

fn expand(dir: &Path, template: &str) -> Vec<String> {
    put(dir, "a.json", template);
    vec!["expand".into(), dir.join("a.json").display().to_string()]
}

/// Processor seconds of a run, the least of several; `None` if it was stopped.
fn seconds(binary: &str, args: &[String], runs: usize) -> Option<f64> {
    let script = format!("ulimit -t {MOST}; \"$@\" >/dev/null 2>&1; echo $?; times");
    let one = || {
        // Other shells count in hundredths of a second.
        let done = Command::new("bash")
            .args(["-c", &script, "bash", binary])
            .args(args)
            .env("LC_ALL", "C")
            .stderr(Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&done.stdout).into_owned();
        let mut lines = text.lines();
        // 0 to 3 are answers; anything else is a crash or the limit.
        lines.next().filter(|status| matches!(*status, "0" | "1" | "2" | "3"))?;
        // The second line of `times` is about the children: user and system, as `0m1.234s`.
        let time = |t: &str| {
            let (minutes, seconds) = t.trim_end_matches('s').split_once('m')?;
            Some(minutes.parse::<f64>().ok()? * 60.0 + seconds.parse::<f64>().ok()?)
        };
        // What the system takes is for the most part memory that it has to find, which grows as it likes.
        lines.nth(1)?.split_whitespace().next().and_then(time)
    };
    (0..runs).map(|_| one()).collect::<Option<Vec<_>>>()?.into_iter().min_by(f64::total_cmp)
}

/// Instructions of a run and its children; `None` if it came to no answer.
fn instructions(binary: &str, args: &[String]) -> Option<f64> {
    let logs = own_folder("counts");
    let _ = fs::remove_dir_all(&logs);
    fs::create_dir_all(&logs).unwrap();
    let done = Command::new("valgrind")
        .args(["--tool=cachegrind", "--cache-sim=no", "--trace-children=yes", "--cachegrind-out-file=/dev/null"])
        .arg(format!("--log-file={}", logs.join("%p").display()))
        .arg(binary)
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    let texts = fs::read_dir(&logs).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let text: String = texts.collect();
    let _ = fs::remove_dir_all(&logs);
    // `==1== I refs:        64,212,345`, with one space or more between the words.
    let counts = text.lines().filter(|line| line.contains("refs:") && line.contains(" I"));
    let number = |line: &str| line.rsplit(' ').next()?.replace(',', "").parse::<f64>().ok();
    let counts: Vec<f64> = counts.filter_map(number).collect();
    (done.code().is_some_and(|status| status < 4) && !counts.is_empty()).then(|| counts.iter().sum())
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// Processor seconds.
    Seconds,
    /// Instructions.
    Instructions,
}

impl Unit {
    /// The steepest exponent, and the least that the smaller run takes.
    fn limits(self) -> (f64, f64) {
        match self {
            Unit::Seconds => (LIMIT, LEAST),
            Unit::Instructions => (CLOSE, LEAST_INSTRUCTIONS),
        }
    }

    /// How many runs are measured at the same time: what is counted is the same whoever runs beside it, what takes time is not.
    fn at_once(self) -> usize {
        match self {
            Unit::Seconds => 1,
            Unit::Instructions => thread::available_parallelism().map_or(1, usize::from),
        }
    }

    fn shown(self, taken: Option<f64>) -> String {
        match (self, taken) {
            (_, None) => "stopped".to_owned(),
            (Unit::Seconds, Some(t)) => format!("{t:.3} s"),
            (Unit::Instructions, Some(n)) => format!("{:.0} M", n / 1e6),
        }
    }
}

/// A folder for this thread alone.
fn own_folder(what: &str) -> PathBuf {
    let thread = format!("{:?}", thread::current().id()).replace(|c: char| !c.is_ascii_alphanumeric(), "");
    std::env::temp_dir().join(format!("armlint-growth-{}-{thread}-{what}", std::process::id()))
}

/// What a run with `n` of the thing takes.
fn measure(binary: &str, unit: Unit, shape: &Shape, n: usize, runs: usize) -> Option<f64> {
    let dir = own_folder("input");
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    let args = (shape.2)(n, &dir);
    let taken = match unit {
        Unit::Seconds => seconds(binary, &args, runs),
        Unit::Instructions => instructions(binary, &args),
    };
    let _ = fs::remove_dir_all(&dir);
    taken
}

/// What was measured of a shape: how many of the thing, what so many and four times as many take, the exponent.
struct Growth {
    n: usize,
    small: Option<f64>,
    large: Option<f64>,
    exponent: f64,
}

/// Measures a shape. `start` is what an empty run takes.
fn growth(binary: &str, unit: Unit, shape: &Shape, start: f64) -> Growth {
    let (limit, least) = unit.limits();
    // As many as it takes for the rest to be more than noise.
    let mut n = shape.1;
    let mut small = measure(binary, unit, shape, n, RUNS);
    while small.is_some_and(|t| t - start < least) && n < shape.1 * 64 {
        n *= 2;
        small = measure(binary, unit, shape, n, RUNS);
    }
    let mut large = None;
    let mut exponent = f64::INFINITY;
    for _ in 0..TRIES {
        if unit == Unit::Seconds {
            small = small.and_then(|t| Some(t.min(measure(binary, unit, shape, n, RUNS - 1)?)));
        }
        let again = measure(binary, unit, shape, 4 * n, 1);
        large = [large, again].into_iter().flatten().min_by(f64::total_cmp);
        let (Some(small), Some(large)) = (small, large) else { break };
        exponent = ((large - start) / (small - start).max(least / 10.0)).max(1.0).log(4.0);
        if exponent <= limit {
            break;
        }
    }
    let above = |t: Option<f64>| t.map(|t| t - start);
    Growth { n, small: above(small), large: above(large), exponent }
}

/// Measures shapes, so many at a time, and tells of each as soon as those before it are told.
fn each<'s>(
    shapes: &[&'s Shape],
    at_once: usize,
    measure: impl Fn(&Shape) -> Growth + Sync,
    mut tell: impl FnMut(&'s Shape, Growth),
) {
    let next = AtomicUsize::new(0);
    let (done, told) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..at_once {
            let (next, done, measure) = (&next, done.clone(), &measure);
            scope.spawn(move || {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(shape) = shapes.get(i) else { break };
                    done.send((i, measure(shape))).unwrap();
                }
            });
        }
        drop(done);
        let mut waiting = BTreeMap::new();
        let mut first = 0;
        for (i, growth) in told {
            waiting.insert(i, growth);
            while let Some(growth) = waiting.remove(&first) {
                tell(shapes[first], growth);
                first += 1;
            }
        }
    });
}

fn main() -> ExitCode {
    let built = option_env!("CARGO_BIN_EXE_armlint").map(str::to_owned);
    let Some(binary) = std::env::var("ARMLINT").ok().or(built) else {
        eprintln!("set ARMLINT to the binary to be measured");
        return ExitCode::from(2);
    };
    let (options, wanted): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|a| a.starts_with('-'));
    let has = |option: &str| options.iter().any(|o| o == option);
    let unit = if has("--instructions") { Unit::Instructions } else { Unit::Seconds };
    if unit == Unit::Instructions && Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("valgrind counts instructions; install it, or measure without --instructions");
        return ExitCode::from(2);
    }
    let is_wanted = |name: &str| match wanted.is_empty() {
        true => !has("--quick") || QUICK.contains(&name),
        false => wanted.iter().any(|w| name.contains(w.as_str())),
    };
    let unknown = QUICK.iter().find(|name| SHAPES.iter().all(|s| s.0 != **name));
    assert_eq!(unknown, None, "no shape has this name");
    let empty: Shape = ("", 0, |_, dir| scan(dir, "json", &template("", "")));
    let start = measure(&binary, unit, &empty, 0, RUNS).unwrap();
    let (limit, _) = unit.limits();
    let mut worst: f64 = 0.0;
    println!("{:42} {:>8} {:>9} {:>9} {:>9}", "shape", "n", "n", "4n", "exponent");
    let shapes: Vec<&Shape> = SHAPES.iter().filter(|s| is_wanted(s.0)).collect();
    let measured = |shape: &Shape| growth(&binary, unit, shape, start);
    each(&shapes, unit.at_once(), measured, |shape, Growth { n, small, large, exponent }| {
        worst = worst.max(exponent);
        let mark = if exponent > limit { "  too steep" } else { "" };
        println!("{:42} {n:>8} {:>9} {:>9} {exponent:>9.2}{mark}", shape.0, unit.shown(small), unit.shown(large));
    });
    println!("steepest: {worst:.2} (limit {limit})");
    ExitCode::from(u8::from(worst > limit))
}
