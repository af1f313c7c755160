//! What a person reads of many findings: in which order, how often, how much.

use super::sample::*;
use super::snapshots::written;
use crate::check::Outcome;
use crate::diagnostic::{Diagnostic, Level};
use crate::read::Span;
use crate::report::*;
use crate::rules::{Pillar, Severity};

fn text(sample: &Sample, screen: Screen) -> String {
    written(Format::Text, &Report { screen, ..sample.report() })
}

/// The first words of each block.
fn heads(text: &str) -> Vec<&str> {
    let heads = text.lines().filter(|l| ["error[", "warning[", "note["].iter().any(|w| l.starts_with(w)));
    heads.filter_map(|l| l.split(':').next()).collect()
}

#[test]
fn blocks_are_in_the_order_of_level_severity_and_file() {
    let mut s = Sample::empty();
    let rules = [
        rule("N", Severity::Critical, Pillar::Security, Level::Note),
        rule("W", Severity::Awareness, Pillar::Security, Level::Warning),
        rule("E2", Severity::Important, Pillar::Security, Level::Error),
        rule("E1", Severity::Critical, Pillar::Security, Level::Error),
    ];
    for name in ["a.json", "b.json"] {
        let file = s.text(name, "1\n2\n3\n4\n");
        for (i, rule) in rules.iter().enumerate() {
            let span = Span::new(file.id, 2 * i, 2 * i + 1);
            s.results.push(result(rule, Outcome::Fail, target("T/t", name), Some(span), "Wrong."));
        }
    }
    let text = text(&s, Screen::default());
    assert_eq!(
        heads(&text),
        ["error[E1]", "error[E1]", "error[E2]", "error[E2]", "warning[W]", "warning[W]", "note[N]", "note[N]"]
    );
    let files: Vec<_> = text.lines().filter_map(|l| l.trim().strip_prefix("--> ")).collect();
    assert_eq!(files[..4], ["a.json:4:1", "b.json:4:1", "a.json:3:1", "b.json:3:1"]);
    assert_eq!(text.matches("= help: ").count(), 4, "once for each rule");
}

#[test]
fn a_rule_has_one_block_in_a_file_and_says_nothing_twice() {
    let mut s = Sample::empty();
    let rule = rule("Azure.A", Severity::Critical, Pillar::Security, Level::Error);
    let file = s.text("main.bicep", &"value\n".repeat(30));
    let mut add = |line: usize, name: &str, message: &str| {
        let span = Span::new(file.id, 6 * line, 6 * line + 5);
        s.results.push(result(&rule, Outcome::Fail, target("T/t", name), Some(span), message));
    };
    add(0, "one", "The account one is open. `x` is 1; it must be 2.");
    add(2, "two", "The account two is open. `x` is 1; it must be 2.");
    add(4, "three", "The account three is open. `x` is 3; it must be 2.");
    add(6, "four", "The account four is open. `x` is 1; it must be 2.");
    add(8, "five", "The account five is open. `x` is 3; it must be 2.");
    let whole = text(&s, Screen::default());
    let listed: Vec<_> = whole.lines().skip_while(|l| !l.contains("= also")).take(5).collect();
    assert_eq!(
        listed,
        [
            "  = also: 4 more places in this file",
            "      main.bicep:3:1  two",
            "      main.bicep:7:1  four",
            "      main.bicep:5:1  three - `x` is 3; it must be 2.",
            "      main.bicep:9:1  five",
        ]
    );
    assert_eq!(heads(&whole).len(), 1);
    for line in 10..30 {
        let span = Span::new(file.id, 6 * line, 6 * line + 5);
        s.results.push(result(&rule, Outcome::Fail, target("T/t", "more"), Some(span), "The account more is open."));
    }
    let shown = |screen| text(&s, screen).lines().filter(|l| l.starts_with("      main.bicep:")).count();
    assert!(text(&s, Screen::default()).contains("      and 14 more (--show-all)\n"));
    assert_eq!((shown(Screen::default()), shown(Screen { all: true, ..Screen::default() })), (10, 24));
}

#[test]
fn of_many_blocks_the_worst_are_shown_and_the_rest_is_counted() {
    let mut s = Sample::empty();
    for i in 0..60 {
        let (severity, level) =
            if i < 10 { (Severity::Awareness, Level::Note) } else { (Severity::Critical, Level::Error) };
        let rule = rule(&format!("Azure.R{i:02}"), severity, Pillar::Security, level);
        let file = s.text(&format!("{i:02}.json"), "a b\n");
        for at in [0, 2] {
            let span = Span::new(file.id, at, at + 1);
            s.results.push(result(&rule, Outcome::Fail, target("T/t", "t"), Some(span), "Wrong."));
        }
    }
    let few = text(&s, Screen::default());
    assert_eq!(heads(&few).len(), 50);
    assert!(heads(&few).iter().all(|h| h.starts_with("error")));
    assert!(
        few.contains("And 20 more findings of 10 rules in 10 files, none of them worse: --show-all shows them here,"),
        "{few}"
    );
    assert!(few.contains("  and 40 more rules with 80 findings (--show-all)\n"), "{few}");
    assert!(few.contains("\n100 errors, 20 notes\n120 findings: 100 Critical, 20 Awareness\n"), "{few}");
    let all = text(&s, Screen { all: true, ..Screen::default() });
    assert_eq!(heads(&all).len(), 60);
    assert!(!all.contains("--show-all"));
}

#[test]
fn lines_are_as_wide_as_the_screen() {
    let sample = sample();
    for width in [60, 80, 140] {
        let text = text(&sample, Screen { width, ..Screen::default() });
        let long = text.lines().filter(|l| unicode_width::UnicodeWidthStr::width(*l) > width);
        // What has no spaces is not torn.
        let long: Vec<_> = long
            .filter(|l| !l.contains("https://") && !l.starts_with("4 findings") && !l.starts_with("Checked"))
            .collect();
        assert_eq!(long, Vec::<&str>::new(), "{width}");
    }
}

#[test]
fn what_is_said_of_the_input_stands_once_for_its_kind() {
    let mut s = Sample::empty();
    for i in 0..30 {
        let file = s.text(&format!("{i:02}.json"), "x\n");
        let say = if i == 29 { Diagnostic::error } else { Diagnostic::warning };
        s.diagnostics.push(say(
            "module-not-restored",
            Span::new(file.id, 0, 1),
            format!("Module {} is not there.", i / 2),
        ));
    }
    let few = text(&s, Screen::default());
    assert_eq!(heads(&few), ["error[module-not-restored]", "warning[module-not-restored]"]);
    let listed: Vec<_> = few.lines().skip_while(|l| !l.contains("= also: 28 more places")).skip(1).take(21).collect();
    assert_eq!(listed[..3], ["      01.json:1:1", "      02.json:1:1  Module 1 is not there.", "      03.json:1:1"]);
    assert_eq!(listed[20], "      and 8 more (--show-all)");
}

#[test]
fn concise_has_one_line_for_each_place_in_their_order() {
    let mut s = super::hostile::hostile();
    let file = s.text("::error::owned.json", "x\n");
    let rule = rule("Azure.Z", Severity::Critical, Pillar::Security, Level::Error);
    s.results.push(result(&rule, Outcome::Fail, target("T/t", "t"), Some(Span::new(file.id, 0, 1)), "a\n::error::b"));
    s.files.push(FileRecord {
        path: file.path.clone(),
        kind: "template",
        status: FileStatus::Partly,
        reason: "x".into(),
        resources: 0,
    });
    let concise = written(Format::Concise, &s.report());
    let line = regex::Regex::new(r"^.+:[0-9]+:[0-9]+: (error|warning|note) \S+ \S").unwrap();
    assert_eq!(concise.lines().count(), 14 + 14 + 1, "{concise}");
    assert!(concise.lines().all(|l| line.is_match(l)), "{concise}");
    assert!(concise.contains("\\u{3a}:error::owned.json:1:1: error Azure.Z a\\n::error::b.\n"), "{concise}");
    for text in [concise, text(&s, Screen { all: true, ..Screen::default() })] {
        assert!(text.lines().all(|l| !l.trim_start().starts_with("::") && !l.contains(escape::is_unsafe)), "{text}");
    }
}
