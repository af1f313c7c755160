//! Thirty thousand findings, and what GitHub would refuse.

use super::sample::*;
use super::snapshots::written;
use crate::check::{Outcome, Related};
use crate::diagnostic::Level;
use crate::report::*;
use crate::rules::{Pillar, Severity};

/// `n` findings of three rules in one large file, the worst rule in every hundredth.
pub fn many(n: usize) -> Sample {
    let mut s = Sample::empty();
    let rules = [
        rule("Azure.A", Severity::Critical, Pillar::Security, Level::Error),
        rule("Azure.B", Severity::Important, Pillar::Reliability, Level::Warning),
        rule("Azure.C", Severity::Awareness, Pillar::CostOptimization, Level::Note),
    ];
    let line = "{ \"value\": \"http://x\" },\n";
    let text = s.text("infra/large.json", &line.repeat(n));
    for i in 0..n {
        let rule = &rules[if i % 100 == 99 { 0 } else { 1 + i % 2 }];
        let start = i * line.len() + 11;
        let span = crate::read::Span::new(text.id, start, start + 10);
        let target = target("Microsoft.X/y", &format!("resource-{i}"));
        s.results.push(result(rule, Outcome::Fail, target, Some(span), &format!("Resource {i} is wrong.")));
    }
    s.files.push(FileRecord {
        path: text.path.clone(),
        kind: "template",
        status: FileStatus::Analysed,
        reason: String::new(),
        resources: 1,
    });
    s
}

#[test]
fn a_page_of_twenty_thousand_findings_can_be_sent() {
    let many = many(25_000);
    let page = written(Format::Html, &many.report());
    assert!(page.len() < 5_000_000, "{}", page.len());
    assert!(page.contains("<h1>25,000 findings</h1>"));
    assert!(page.contains("This page holds the 20,000 most severe of 25,000 findings"));
}

fn sarif(report: &Report) -> serde_json::Value {
    serde_json::from_str(&written(Format::Sarif, report)).unwrap()
}

#[test]
fn thirty_thousand_findings() {
    let many = many(30_000);
    let log = sarif(&many.report());
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), DEFAULT_MAX_RESULTS);
    let of = |id: &str| results.iter().filter(|r| r["ruleId"] == id).count();
    assert_eq!((of("Azure.A"), of("Azure.B"), of("Azure.C")), (300, 4_700, 0));
    assert_eq!(log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().len(), 2, "only rules of the run");
    let said = log["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(said.len(), 1);
    assert_eq!(
        said[0]["message"]["text"],
        "25000 of 30000 findings are not in this file; the most severe 5000 are. The JSON report (--report json=FILE) holds all of them."
    );

    let all = sarif(&Report { max_results: usize::MAX, ..many.report() });
    assert_eq!(all["runs"][0]["results"].as_array().unwrap().len(), 25_000, "GitHub refuses more");

    let annotations = written(Format::Github, &many.report());
    assert_eq!(annotations.lines().count(), 31);
    for word in ["error", "warning", "notice"] {
        assert_eq!(annotations.lines().filter(|l| l.starts_with(&format!("::{word} "))).count(), 10);
    }
    let last = annotations.lines().last().unwrap();
    assert!(last.contains("290 more errors, 14990 more warnings, 14690 more notes"), "{last}");

    let summary = written(Format::Markdown, &many.report());
    assert!(summary.len() < 64 * 1024, "{}", summary.len());
    assert!(summary.contains("…and 29970 more findings."));

    for format in [Format::Json, Format::Csv, Format::Junit] {
        assert!(written(format, &many.report()).matches("resource-29999").count() >= 1, "{format}");
    }
    assert_eq!(written(Format::Concise, &many.report()).lines().count(), 30_000);

    let text = written(Format::Text, &many.report());
    assert!(text.lines().count() < 80, "{text}");
    assert!(text.contains("and 289 more (--show-all)"), "{text}");
    let all = Screen { all: true, ..Screen::default() };
    let text = written(Format::Text, &Report { screen: all, ..many.report() });
    assert!(text.contains("resource-29999") && !text.contains("--show-all"));
}

#[test]
fn a_summary_of_the_longest_words_stays_below_a_mebibyte() {
    let mut sample = Sample::empty();
    let long = "😀\u{202e}|".repeat(10_000);
    let text = sample.text(&format!("{}.json", "&".repeat(4_000)), "{}");
    for i in 0..200 {
        let rule =
            rule(&format!("Azure.R{i}{}", "|".repeat(2_000)), Severity::Critical, Pillar::Security, Level::Error);
        let span = crate::read::Span::new(text.id, 0, 1);
        sample.results.push(result(&rule, Outcome::Fail, target("T/t", &long), Some(span), &long));
        let reason = long.clone();
        sample.files.push(FileRecord {
            path: text.path.clone(),
            kind: "template",
            status: FileStatus::Failed,
            reason,
            resources: 0,
        });
    }
    let summary = written(Format::Markdown, &sample.report());
    assert!(summary.len() < 1_000_000, "{}", summary.len());
    for line in written(Format::Github, &sample.report()).lines() {
        assert!(line.len() < 64 * 1024, "{}", line.len());
    }
}

#[test]
fn locations_tags_and_descriptions_are_cut() {
    let mut sample = Sample::empty();
    let text = sample.text("a.json", &"x\n".repeat(3_000));
    let mut rule = (*rule("Azure.Long", Severity::Critical, Pillar::Security, Level::Error)).clone();
    rule.title = "t".repeat(3_000).into();
    rule.synopsis = "s".repeat(3_000).into();
    rule.help = "é".repeat(200_000).into();
    rule.labels = vec![("L".into(), (0..50).map(|i| format!("{i}").into()).collect())];
    let rule = std::sync::Arc::new(rule);
    let steps = |n: usize| {
        (0..n).map(|i| Related {
            message: format!("step {i}").into(),
            span: crate::read::Span::new(text.id, 2 * i, 2 * i + 1),
        })
    };
    for i in 0..300 {
        let span = crate::read::Span::new(text.id, 0, 1);
        let mut r = result(&rule, Outcome::Fail, target("T/t", &format!("r{i}")), Some(span), &"m".repeat(100_000));
        if i < 20 {
            r.flow = steps(900 + i).collect();
        }
        r.related = steps(900).collect();
        sample.results.push(r);
    }
    let log = sarif(&sample.report());
    let rule = &log["runs"][0]["tool"]["driver"]["rules"][0];
    assert_eq!(rule["properties"]["tags"].as_array().unwrap().len(), 10);
    assert_eq!(rule["shortDescription"]["text"].as_str().unwrap().chars().count(), 1_024);
    assert_eq!(rule["fullDescription"]["text"].as_str().unwrap().chars().count(), 1_024);
    assert!(rule["help"]["markdown"].as_str().unwrap().len() <= 64 * 1024);
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["relatedLocations"].as_array().unwrap().len(), 100);
    let flows = result["codeFlows"].as_array().unwrap();
    let steps: usize = flows.iter().map(|f| f["threadFlows"][0]["locations"].as_array().unwrap().len()).sum();
    assert!(steps <= 1_000, "{steps}");
    assert!(result["message"]["text"].as_str().unwrap().len() < 8_000);
}

#[test]
fn a_file_that_would_be_refused_for_its_size_is_made_smaller() {
    let mut sample = many(5_000);
    // Messages that do not compress.
    let mut state = 7u64;
    for r in &mut sample.results {
        let mut noise = String::new();
        while noise.len() < 3_900 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            noise.push_str(&format!("{:x}", state >> 8));
        }
        r.message = noise.into();
    }
    let text = written(Format::Sarif, &sample.report());
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    let size = encoder.finish().unwrap().len();
    assert!(size < 10_000_000, "{size}");
    assert!(size > 6_000_000, "no more is left out than needed: {size}");
    let log: serde_json::Value = serde_json::from_str(&text).unwrap();
    let kept = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(kept.iter().filter(|r| r["ruleId"] == "Azure.A").count(), 50, "the worst are kept");
    let said = log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap();
    assert!(said.starts_with(&format!("{} of 5000 findings", 5_000 - kept.len())), "{said}");
}

#[test]
fn minified_lines_are_cut_around_the_region() {
    let mut sample = Sample::empty();
    let rule = rule("Azure.A", Severity::Critical, Pillar::Security, Level::Error);
    let text = sample.text("min.json", &format!("{}\"here\"{}", "é".repeat(100_000), "é".repeat(100_000)));
    sample.results.push(result(&rule, Outcome::Fail, target("T/t", "x"), Some(at(&text, "\"here\"")), "Wrong."));
    let shown = written(Format::Text, &sample.report());
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!(lines[1], " --> min.json:1:100001");
    assert!(
        lines[3].starts_with("1 | …é") && lines[3].ends_with("é…") && lines[3].chars().count() < 140,
        "{}",
        lines[3]
    );
    let caret = lines[4].chars().position(|c| c == '^').unwrap();
    assert_eq!(lines[3].chars().skip(caret).take(6).collect::<String>(), "\"here\"");
}
