//! One root cause is one finding; shards become one file.

use super::sample::*;
use super::snapshots::written;
use crate::check::Outcome;
use crate::diagnostic::Level;
use crate::read::Span;
use crate::report::merge::{MergeError, merge};
use crate::report::place::Places;
use crate::report::*;
use crate::rules::{Pillar, Severity};

fn found(sample: &Sample) -> Vec<(String, usize)> {
    let report = sample.report();
    let places = Places::new(&report);
    finding::findings(&report, &places, &[Outcome::Fail])
        .iter()
        .map(|f| (f.place.as_ref().map(|p| p.shown()).unwrap_or_default(), f.targets.len()))
        .collect()
}

#[test]
fn one_root_cause_is_one_finding() {
    let mut s = Sample::empty();
    let text = s.text("a.json", "abc");
    let (a, b) = (Span::new(text.id, 0, 1), Span::new(text.id, 1, 2));
    let r = rule("Azure.A", Severity::Critical, Pillar::Security, Level::Error);
    let mut add = |rule, name: &str, span, path: &str| {
        let mut r = result(rule, Outcome::Fail, target("T/t", name), span, name);
        r.path = path.into();
        s.results.push(r);
    };
    add(&r, "one", Some(a), "p.x");
    add(&r, "two", Some(a), "p.x");
    add(&r, "two", Some(a), "p.x");
    // Another element of the same loop is the same cause; another property or another literal is not.
    add(&r, "three", Some(a), "p.l[0].x");
    add(&r, "three", Some(a), "p.l[1].x");
    add(&r, "four", Some(b), "p.x");
    // Without a place, only the same target is the same.
    add(&r, "five", None, "");
    add(&r, "five", None, "");
    add(&r, "six", None, "");
    let expected = [("a.json:1:1", 2), ("a.json:1:1", 1), ("a.json:1:2", 1), ("", 1), ("", 1)];
    let mut actual = found(&s);
    actual[..2].sort_by_key(|f| std::cmp::Reverse(f.1));
    assert_eq!(actual, expected.map(|(place, n)| (place.to_owned(), n)));
}

#[test]
fn our_fingerprint_survives_edits_above_and_new_names_of_files() {
    let prints = |path: &str, before: &str| {
        let mut s = Sample::empty();
        let text = s.text(path, &format!("{before}first second"));
        let r = rule("Azure.A", Severity::Critical, Pillar::Security, Level::Error);
        for (what, index) in [("first", before.len()), ("second", before.len() + 1)] {
            let mut r = result(&r, Outcome::Fail, target("T/t", "x"), Some(at(&text, what)), "");
            r.path = format!("properties.list[{index}].x").into();
            s.results.push(r);
        }
        let log: serde_json::Value = serde_json::from_str(&written(Format::Sarif, &s.report())).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        results.iter().map(|r| r["partialFingerprints"]["armlint/v1"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let one = prints("a.json", "");
    assert_eq!(one, prints("b/c.json", "\n\nsomething\n"));
    assert_ne!(one[0], one[1]);
}

fn shard(range: std::ops::Range<usize>) -> Vec<u8> {
    let mut many = super::limits::many(1_000);
    many.results.drain(range.end..);
    many.results.drain(..range.start);
    let category = format!("shard-{}", range.start);
    written(Format::Sarif, &Report { category: Some(&category), ..many.report() }).into_bytes()
}

fn merged(files: &[(&str, Vec<u8>)], limit: usize) -> Result<String, MergeError> {
    let files: Vec<_> = files.iter().map(|(n, b)| ((*n).to_owned(), b.clone())).collect();
    let mut out = Vec::new();
    merge(&files, None, limit, &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn shards_become_what_one_run_would_be() {
    let whole = String::from_utf8(shard(0..1_000)).unwrap().replace("armlint/shard-0/", "armlint/");
    let parts = [("a", shard(0..300)), ("b", shard(300..301)), ("c", shard(300..900)), ("d", shard(900..1_000))];
    let mut rest = parts.clone();
    rest.reverse();
    let one = merged(&parts, 5_000).unwrap();
    assert_eq!(one, merged(&rest, 5_000).unwrap(), "the order of the files does not matter");
    let (whole, one): (serde_json::Value, serde_json::Value) =
        (serde_json::from_str(&whole).unwrap(), serde_json::from_str(&one).unwrap());
    let mut results = one["runs"][0]["results"].as_array().unwrap().clone();
    assert_eq!(results.len(), 1_000);
    // The number behind our fingerprint counts within a run and so within a shard.
    for r in &mut results {
        r["partialFingerprints"]["armlint/v1"] = serde_json::Value::Null;
    }
    let mut expected = whole["runs"][0]["results"].as_array().unwrap().clone();
    for r in &mut expected {
        r["partialFingerprints"]["armlint/v1"] = serde_json::Value::Null;
    }
    assert_eq!(results, expected);
    assert_eq!(one["runs"][0]["tool"], whole["runs"][0]["tool"]);
    assert_eq!(one["runs"][0]["automationDetails"], whole["runs"][0]["automationDetails"]);
}

#[test]
fn the_worst_of_all_shards_are_kept() {
    let log = merged(&[("a", shard(0..500)), ("b", shard(500..1_000))], 100).unwrap();
    let log: serde_json::Value = serde_json::from_str(&log).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 100);
    assert_eq!(results.iter().filter(|r| r["ruleId"] == "Azure.A").count(), 10);
    let said = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
    assert!(said["message"]["text"].as_str().unwrap().starts_with("900 of 1000 findings"), "{said}");
}

#[test]
fn what_is_not_ours_is_refused() {
    let ours = shard(0..10);
    let text = String::from_utf8(ours.clone()).unwrap();
    let other = text.replace("\"name\": \"armlint\"", "\"name\": \"tflint\"").into_bytes();
    let older = text.replace(env!("CARGO_PKG_VERSION"), "0.0.9").into_bytes();
    let error = |files: &[(&str, Vec<u8>)]| merged(files, 10).unwrap_err().to_string();
    assert_eq!(error(&[]), "no SARIF file was given");
    assert_eq!(
        error(&[("a", ours.clone()), ("b.sarif", other)]),
        "b.sarif holds a run of \"tflint\"; only runs of armlint can be merged"
    );
    assert!(error(&[("a", ours.clone()), ("b.sarif", older)]).starts_with("b.sarif was written by armlint 0.0.9"));
    assert!(error(&[("a", ours), ("b.sarif", b"{".to_vec())]).starts_with("b.sarif is not a SARIF file"));
}
