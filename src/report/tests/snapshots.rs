use super::sample::sample;
use crate::report::*;

pub fn written(format: Format, report: &Report) -> String {
    let mut bytes = Vec::new();
    write(format, report, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The version changes with every release and says nothing here; so do the style and the script of a page, whose data stands
/// in a line for each table.
fn snapshot(name: &str, text: &str) {
    let mut text = text.to_owned();
    for (pattern, instead) in [
        ("(?s)<style>.*?</style>", "<style>…</style>"),
        ("(?s)<script>\"use strict\".*?</script>", "<script>…</script>"),
        ("'sha256-[^']*'", "'sha256-…'"),
        (r#"([{,])("[a-z]+":[\[{])"#, "$1\n$2"),
        (concat!("<p class=\"tool\">armlint ", env!("CARGO_PKG_VERSION")), "<p class=\"tool\">armlint VERSION"),
    ] {
        let applies = text.starts_with("<!doctype html>");
        if applies {
            text = regex::Regex::new(pattern).unwrap().replace_all(&text, instead).into_owned();
        }
    }
    let text = text.replace(&format!("\"{}\"", env!("CARGO_PKG_VERSION")), "\"VERSION\"");
    insta::assert_snapshot!(name, text.replace("\r\n", "␍␊\n"));
}

#[test]
fn every_format() {
    let sample = sample();
    for &format in Format::ALL {
        snapshot(format.as_str(), &written(format, &sample.report()));
    }
}

#[test]
fn a_report_is_known_by_its_beginning() {
    let sample = sample();
    let report = Report { category: None, ..sample.report() };
    for format in [Format::Json, Format::Sarif] {
        let text = written(format, &report);
        assert!(begins_report(&text.as_bytes()[..512]), "{text}");
        assert!(!begins_report(&text.replacen("armlint", "other", 1).as_bytes()[..512]));
    }
    assert!(!begins_report(b"{\"version\": 1}") && !begins_report(b""));
}

#[test]
fn every_outcome_where_asked_for() {
    let sample = sample();
    let report =
        Report { outcomes: OutcomeSet::ALL, category: Some("/shards/1/"), provenance: None, ..sample.report() };
    for format in [Format::Json, Format::Sarif, Format::Junit, Format::Csv] {
        snapshot(&format!("{format}-all"), &written(format, &report));
    }
}

#[test]
fn nothing_found() {
    let mut sample = sample();
    sample.results.clear();
    sample.diagnostics.clear();
    sample.files.truncate(2);
    sample.files.remove(0);
    for &format in Format::ALL {
        snapshot(&format!("{format}-clean"), &written(format, &sample.report()));
    }
}

#[test]
fn colours_only_where_asked_for() {
    let sample = sample();
    let plain = written(Format::Text, &sample.report());
    assert!(!plain.contains('\x1b'));
    let coloured =
        written(Format::Text, &Report { screen: Screen { color: true, ..Screen::default() }, ..sample.report() });
    assert!(coloured.contains("\x1b[1m\x1b[31merror[Azure.APIM.HTTPBackend]\x1b[0m"), "{coloured}");
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
}

#[test]
fn the_order_of_the_input_does_not_matter() {
    let (one, mut other) = (sample(), sample());
    other.results.reverse();
    other.files.reverse();
    other.diagnostics.reverse();
    let all = |s: &super::sample::Sample, f| written(f, &Report { outcomes: OutcomeSet::ALL, ..s.report() });
    for &format in Format::ALL {
        assert_eq!(all(&one, format), all(&other, format), "{format}");
    }
}

#[test]
fn words_of_the_command_line() {
    assert_eq!("sarif".parse(), Ok(Format::Sarif));
    assert!("Sarif ".parse::<Format>().unwrap_err().contains("text, concise, json, sarif"));
    assert_eq!("fail, error".parse(), Ok(OutcomeSet::default()));
    assert_eq!("all".parse(), Ok(OutcomeSet::ALL));
    assert!("fail,bad".parse::<OutcomeSet>().unwrap_err().contains("\"bad\""));
}

#[test]
fn sarif_tells_nothing_about_the_machine() {
    let sample = sample();
    let text = written(Format::Sarif, &sample.report());
    for secret in ["alice", "nowhere", "ghp_secret", "home"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn a_run_fails_only_if_nothing_could_be_analysed() {
    let mut sample = sample();
    let successful =
        |s: &super::sample::Sample| written(Format::Sarif, &s.report()).contains("\"executionSuccessful\": true");
    assert!(successful(&sample));
    sample.files.retain(|f| f.status == FileStatus::Failed);
    assert!(!successful(&sample));
    sample.files.clear();
    assert!(!successful(&sample));
    sample.diagnostics.clear();
    assert!(successful(&sample));
}

/// For `.ci/validate-sarif`: files that the official validators look at.
#[test]
fn sarif_for_the_validators() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tmp/sarif");
    std::fs::create_dir_all(&folder).unwrap();
    let save = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    let sample = sample();
    save("sample.sarif", &written(Format::Sarif, &sample.report()));
    let all = Report { outcomes: OutcomeSet::ALL, category: Some("all"), provenance: None, ..sample.report() };
    save("all.sarif", &written(Format::Sarif, &all));
    save("clean.sarif", &written(Format::Sarif, &super::sample::Sample::empty().report()));
    save("hostile.sarif", &written(Format::Sarif, &super::hostile::hostile().report()));
    save("many.sarif", &written(Format::Sarif, &super::limits::many(6_000).report()));
    let mut merged = Vec::new();
    let files =
        ["all", "sample", "hostile"].map(|n| (n.to_owned(), std::fs::read(folder.join(format!("{n}.sarif"))).unwrap()));
    crate::report::merge::merge(&files, Some("merged"), DEFAULT_MAX_RESULTS, &mut merged).unwrap();
    save("merged.sarif", std::str::from_utf8(&merged).unwrap());
}
