//! Every example of every rule page is run through the library: the documentation is the test suite of the rules.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use armlint::check::{self, Outcome};
use armlint::examples;
use armlint::rules::catalogue::check_of;
use armlint::rules::page;
use armlint::rules::{self, RuleSet, Selection};

fn pages() -> Vec<(String, page::Page)> {
    let mut out = Vec::new();
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    for entry in walkdir::WalkDir::new(rules).sort_by_file_name() {
        let entry = entry.unwrap();
        let path = entry.path();
        if path.extension().is_some_and(|x| x == "md") && path.file_name().is_some_and(|n| n != "README.md") {
            let text = std::fs::read_to_string(path).unwrap();
            let page = page::parse(&text, None).unwrap_or_else(|p| panic!("{}: {p:?}", path.display()));
            out.push((format!("{}", path.display()), page));
        }
    }
    out
}

#[test]
fn every_example_has_the_outcome_it_says() {
    let mut wrong = Vec::new();
    let mut count = 0;
    // `RULE_PAGE=Azure.X` runs one page and shows its results.
    let only = std::env::var("RULE_PAGE").ok();
    for (path, page) in pages() {
        if only.as_ref().is_some_and(|o| *o != page.id) {
            continue;
        }
        for example in &page.examples {
            count += 1;
            let wanted = [page.id.clone()];
            let rules = RuleSet::select(&Selection { rules: &wanted, ..Selection::default() }).unwrap();
            let case = examples::run(&rules, example).unwrap_or_else(|e| panic!("{path}:{}: {e}", example.line));
            let got = case.outcome();
            if only.is_some() {
                for r in &case.results {
                    let at = r.location.as_ref().and_then(|l| Some((case.sources.get(l.span.file)?, l)));
                    let at =
                        at.map(|(s, l)| format!("{:?} `{}` {}", s.position(l.span.start), s.slice(l.span), l.pointer));
                    println!(
                        "{}:{} {:?} {} {}\n    {at:?} fix {:?}",
                        path, example.line, r.outcome, r.target.name, r.message, r.fix
                    );
                }
            }
            if got != example.outcome {
                let detail: Vec<String> = case
                    .results
                    .iter()
                    .map(|r| format!("{} {}: {}", r.outcome.as_str(), r.target.name, r.message))
                    .collect();
                let said = case.diagnostics.join("; ");
                wrong.push(format!(
                    "{path}:{}: {got} instead of {}\n    {}\n    {said}",
                    example.line,
                    example.outcome,
                    detail.join("\n    ")
                ));
            }
            let entry = rules::find(&page.id).unwrap();
            if case.results.iter().any(|r| r.fix.is_some())
                && !check::language::is_fixable(entry.reference)
                && !check::is_fixable(&check_of(entry).unwrap())
            {
                wrong.push(format!("{path}:{}: a fix of a rule that is not listed as fixable", example.line));
            }
            for r in case.results.iter().filter(|r| r.outcome == Outcome::Fail) {
                if r.location.is_none() || r.message.is_empty() {
                    wrong.push(format!("{path}:{}: a failure without a place or a message", example.line));
                }
                if let Some(l) = &r.location {
                    let source = case.sources.get(l.span.file).unwrap();
                    if source.slice(l.span).contains('\n') {
                        wrong.push(format!(
                            "{path}:{}: the place has several lines: {}",
                            example.line,
                            source.slice(l.span)
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} examples are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 0, "no example was run");
}

/// Who reads an alert reads no regular expressions: what a page tests with one is said in words. One that is configured is its reader's own.
#[test]
fn no_message_shows_a_regular_expression() {
    fn expressions(value: &serde_json::Value, out: &mut Vec<String>) {
        use serde_json::Value::{Array, Object, String};
        if let Object(map) = value
            && let (Some(String(op)), Some(operand)) = (map.get("op"), map.get("operand"))
            && ["Match", "NotMatch"].contains(&op.as_str())
        {
            out.extend(operand.pointer("/Literal/Str").and_then(|text| text.as_str()).map(str::to_string));
        }
        match value {
            Array(list) => list.iter().for_each(|v| expressions(v, out)),
            Object(map) => map.values().for_each(|v| expressions(v, out)),
            _ => {}
        }
    }
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for (path, page) in pages() {
        let mut all = Vec::new();
        expressions(&serde_json::to_value(&page.check).unwrap(), &mut all);
        // A plain word is no expression for a reader.
        all.retain(|e| e.contains(['[', '(', '*', '?', '^', '$', '\\', '+']));
        for example in page.examples.iter().filter(|_| !all.is_empty()) {
            let wanted = [page.id.clone()];
            let rules = RuleSet::select(&Selection { rules: &wanted, ..Selection::default() }).unwrap();
            let case = examples::run(&rules, example).unwrap_or_else(|e| panic!("{path}:{}: {e}", example.line));
            for r in case.results.iter().filter(|r| r.outcome != Outcome::Pass) {
                seen += 1;
                if let Some(shown) = all.iter().find(|e| r.message.contains(e.as_str())) {
                    wrong.push(format!("{path}:{}: `{shown}` in {}", example.line, r.message));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 100, "{seen}");
}

/// What a page shows can be deployed: its resources and their properties are there in the API version that it shows.
#[test]
fn every_example_names_what_its_api_version_has() {
    let asked = ["UnknownProperty", "UnknownResourceType", "UnknownApiVersion"].map(|r| format!("Armlint.Type.{r}"));
    let rules = RuleSet::select(&Selection { rules: &asked, ..Selection::default() }).unwrap();
    assert_eq!(rules.rules().len(), asked.len());
    let mut wrong = Vec::new();
    // Those about mistakes of this kind show some.
    let about = |id: &str| id.starts_with("Armlint.Type.") || id.starts_with("Bicep.");
    for (path, page) in pages().into_iter().filter(|(_, page)| !about(&page.id)) {
        for example in &page.examples {
            let case = examples::run(&rules, example).unwrap_or_else(|e| panic!("{path}:{}: {e}", example.line));
            let failed = case.results.iter().filter(|r| r.outcome == Outcome::Fail);
            wrong.extend(failed.map(|r| format!("{path}:{}: {}", example.line, r.message)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_catalogue_holds_every_page() {
    let pages = pages();
    assert_eq!(rules::entries().len(), pages.len());
    for (path, page) in pages {
        let entry = rules::find(&page.id).unwrap_or_else(|| panic!("{path} is not in the catalogue"));
        assert_eq!(rules::catalogue::check_of(entry).as_ref(), Ok(&page.check), "{path}");
        assert_eq!(rules::catalogue::markdown(entry), page.body, "{path}");
        assert_eq!(rules::find(&page.reference).map(|e| e.id), Some(entry.id));
    }
}

/// What is wrong with a page made of this front matter, with the line.
fn problem(front: &str) -> String {
    let page = format!("---\n{front}\n---\n");
    let problems = page::parse(&page, Some(&["known-check".to_string()])).unwrap_err();
    format!("{}: {}", problems[0].line, problems[0].message)
}

#[test]
fn a_wrong_page_is_refused_with_its_line() {
    let good = "id: Azure.X.Y\nref: AZR-1\nseverity: Critical\npillar: Security\ncategory: c\nresource: r\nrelease: GA\nsince: 2020_06\nlevel: Error\ntargets: A.B/c\n";
    let check = |check: &str| problem(&format!("{good}check:\n{check}"));
    assert!(check("  - expect: { properties.x: { equls: 1 } }").starts_with("13: `equls` is no operator"));
    assert!(check("  - expect: { 'properties..': 1 }").contains("is no path"));
    assert!(check("  - expect: { properties.x: { in: 1 } }").contains("`in` takes a list"));
    assert!(
        check("  - expect: { properties.x: 1 }\n    massage: x").starts_with("14: `massage` is unknown in a clause")
    );
    assert!(
        check("  - expect: { properties.x: { equals: '${config.KEY}' } }")
            .contains("`KEY` is not among the page's `config`")
    );
    assert!(check("  - use: unknown-check").contains("there is no check named `unknown-check`"));
    assert!(check("  - message: nothing").contains("needs expect"));
    assert!(check("  - expect: { properties.x: 1 }\n    message: 'it is {valeu}'").contains("`{valeu}` is unknown"));
    for unreachable in [
        "  - for: A.B/other\n    never: true",
        "  - for: A.B/cc\n    never: true",
        "  - when: { $type: A.B/other }\n    expect: { properties.x: 1 }",
    ] {
        assert!(check(unreachable).starts_with("11: no clause can look at a target of type A.B/c"), "{unreachable}");
    }
    for reachable in [
        "  - for: a.b/C/d\n    never: true",
        "  - for: Microsoft.Insights/diagnosticSettings\n    never: true",
        "  - when: { $type: [A.B/other, a.b/C] }\n    expect: { properties.x: 1 }",
        "  - for: A.B/other\n    never: true\n    else:\n      - expect: { properties.x: 1 }",
    ] {
        assert!(!check(reachable).contains("no clause can look"), "{reachable}");
    }
    assert!(problem("id: Azure.X.Y\nseverity: Bad").contains("missing"));
    let bad = format!("{}check:\n  - use: known-check", good.replace("Critical", "Bad"));
    assert!(problem(&bad).starts_with("4: `severity` is one of"));
    let with = |line: &str| problem(&format!("{good}{line}\ncheck:\n  - use: known-check"));
    assert_eq!(
        with("peers: [CKV_AZURE_X]"),
        "12: `CKV_AZURE_X` in `peers` is not the check of another tool such as CKV_AZURE_9"
    );
    assert!(with("cwe: 319").starts_with("12: `cwe` must be a text or a list of texts"));
    assert_eq!(with("cwe: [CWE-0]"), "12: `CWE-0` in `cwe` is not a weakness such as CWE-319");
    assert_eq!(with("reviewed: 2026-13"), "12: `2026-13` in `reviewed` is not a month such as 2026-11");
    assert!(with("optIn: true").starts_with("12: `optIn` is for rules of armlint's own"));
    // A page needs its sections and its examples.
    let all = page::parse(&format!("---\n{good}check:\n  - use: known-check\n---\n# T\n"), None).unwrap_err();
    assert!(all.iter().any(|p| p.message == "the section `## Description` is missing"), "{all:?}");
    assert!(all.iter().any(|p| p.message == "there is no example ```json fail"), "{all:?}");
}

#[test]
fn every_regular_expression_compiles() {
    fn find(value: &serde_json::Value, out: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(o) => {
                let text = |k: &str| o.get(k).and_then(|v| v.as_str());
                if matches!(text("op"), Some("Match" | "NotMatch")) {
                    out.extend(o["operand"]["Literal"]["Str"].as_str().map(str::to_string));
                }
                o.values().for_each(|v| find(v, out));
            }
            serde_json::Value::Array(a) => a.iter().for_each(|v| find(v, out)),
            _ => {}
        }
    }
    let mut patterns = Vec::new();
    for (_, page) in pages() {
        find(&serde_json::to_value(&page.check).unwrap(), &mut patterns);
    }
    assert!(!patterns.is_empty());
    for p in patterns {
        regex::Regex::new(&p).unwrap_or_else(|e| panic!("{p}: {e}"));
    }
}
