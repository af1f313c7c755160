//! Names and values that want to be more than text, through every format.

use super::sample::*;
use super::snapshots::written;
use crate::check::{Outcome, Related};
use crate::diagnostic::{Diagnostic, Level};
use crate::report::*;
use crate::rules::{Pillar, Severity};

const EVIL: &[&str] = &[
    "\n::error file=x::owned\n",
    "\r::set-output name=x::owned",
    "##[add-mask]owned",
    "<img src=x onerror=alert(1)><script>alert(1)</script>",
    "</failure>]]><x/>",
    "[click](https://evil.example) ![x](https://evil.example/x.png)",
    "`code` | cell | **bold** _it_ $x$ @someone #1 www.evil.example https://evil.example",
    "\x1b[31mred\x1b]8;;https://evil.example\x07link\x1b]8;;\x07\u{9b}2J\x07\x08",
    "\u{202e}desrever\u{202c} \u{2066}x\u{2069} \u{200b}\u{feff}",
    "=cmd|' /C calc'!A0",
    "\"quoted\", 100% \u{0} \u{ffff} \u{2028}",
    "%0A::error::owned",
    "x ##vso[task.setvariable variable=a]owned",
    "##VSO[task.complete result=Succeeded]; linenumber=1; ] ##vso##vso[x]",
];

pub fn hostile() -> Sample {
    let mut s = Sample::empty();
    for (i, evil) in EVIL.iter().enumerate() {
        let path = format!("a{i}{}.json", evil.replace(['/', '\0', '\\'], "-"));
        let text = s.text(&path, &format!("{{ \"x\": \"{evil}\" }}\n"));
        let span = Span::new(text.id, 7, text.text().len() - 3);
        let mut rule = (*rule(&format!("Azure.Evil{i}"), Severity::Critical, Pillar::Security, Level::Error)).clone();
        rule.title = (*evil).into();
        rule.synopsis = (*evil).into();
        let rule = std::sync::Arc::new(rule);
        for n in 0..2 {
            let mut r = result(&rule, Outcome::Fail, target("Microsoft.X/y", &format!("{evil}{n}")), Some(span), evil);
            r.path = (*evil).into();
            r.related = vec![
                Related { message: (*evil).into(), span },
                Related { message: (*evil).into(), span: Span::new(text.id, 0, 1) },
            ];
            s.results.push(r);
        }
        let mut r = result(&rule, Outcome::Suppressed, target("Microsoft.X/y", evil), Some(span), evil);
        r.suppression = Some(Box::new(crate::check::Acceptance::configured((*evil).into())));
        s.results.push(r);
        s.diagnostics.push(Diagnostic::error("evil", span, *evil));
        s.files.push(FileRecord {
            path: text.path.clone(),
            kind: "template",
            status: FileStatus::Partly,
            reason: (*evil).into(),
            resources: 0,
        });
    }
    s
}

use crate::read::Span;

fn all(format: Format) -> String {
    let sample = hostile();
    let report = Report { outcomes: OutcomeSet::ALL, category: Some(EVIL[0]), ..sample.report() };
    let text = written(format, &report);
    nothing_raw(&text);
    text
}

/// Holds for every format: nothing that a terminal or the runner obeys, nothing that hides or reorders text.
fn nothing_raw(text: &str) {
    for line in text.lines() {
        assert!(!line.contains(escape::is_unsafe), "{line:?}");
        assert!(!line.contains("##["), "{line:?}");
        assert!(!line.to_lowercase().contains("##vso[") || line.starts_with("##vso[task.logissue "), "{line:?}");
        assert!(line.to_lowercase().matches("##vso[").count() < 2, "{line:?}");
    }
}

/// What only our own writer may start a line with.
fn no_command(text: &str) {
    for line in text.lines() {
        assert!(!line.trim_start().starts_with("::"), "{line:?}");
    }
}

#[test]
fn text_is_harmless() {
    let text = all(Format::Text);
    no_command(&text);
    assert!(text.contains("\\u{1b}[31mred"), "values stay readable");
    let coloured =
        written(Format::Text, &Report { screen: Screen { color: true, ..Screen::default() }, ..hostile().report() });
    nothing_raw(&anstream::adapter::strip_str(&coloured).to_string());
    assert!(!coloured.contains("\x1b]"), "no links of strangers");
}

#[test]
fn concise_is_harmless_and_has_its_own_lines_only() {
    let text = all(Format::Concise);
    no_command(&text);
    assert!(text.lines().all(|l| l.starts_with('a') && l.contains(":1:8: error ")), "{text}");
}

#[test]
fn json_is_harmless_and_exact() {
    let text = all(Format::Json);
    no_command(&text);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let messages: Vec<_> =
        value["results"].as_array().unwrap().iter().map(|r| r["message"].as_str().unwrap()).collect();
    for evil in EVIL {
        assert!(messages.contains(evil), "{evil:?}");
    }
}

#[test]
fn sarif_is_harmless() {
    let text = all(Format::Sarif);
    no_command(&text);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut strings = Vec::new();
    collect(&value["runs"][0]["results"], &mut strings);
    for s in strings {
        assert!(!s.contains(|c| escape::is_unsafe(c) && c != '\n'), "{s:?}");
    }
    for r in value["runs"][0]["results"].as_array().unwrap() {
        // Only links to related locations, by number.
        let words = r["message"]["text"].as_str().unwrap();
        for (i, _) in words.match_indices("](") {
            assert!(words[i + 2..].starts_with(|c: char| c.is_ascii_digit()), "{words:?}");
        }
        let markdown = r["message"]["markdown"].as_str().unwrap();
        no_html(markdown);
        for location in r["locations"].as_array().unwrap() {
            let uri = location["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
            assert!(uri.chars().all(|c| c.is_ascii_alphanumeric() || "-._~%/".contains(c)), "{uri}");
        }
    }
}

fn collect<'a>(value: &'a serde_json::Value, out: &mut Vec<&'a str>) {
    match value {
        serde_json::Value::String(s) => out.push(s),
        serde_json::Value::Array(list) => list.iter().for_each(|v| collect(v, out)),
        serde_json::Value::Object(map) => map.iter().for_each(|(_, v)| collect(v, out)),
        _ => {}
    }
}

#[test]
fn azure_has_only_its_own_commands() {
    let text = all(Format::Azure);
    no_command(&text);
    for line in text.lines().filter(|l| !l.starts_with("armlint: ")) {
        let (properties, _) = line.strip_prefix("##vso[task.logissue ").unwrap().split_once(']').unwrap();
        let keys: Vec<_> = properties.split_terminator(';').map(|p| p.split('=').next().unwrap()).collect();
        assert_eq!(keys, ["type", "sourcepath", "linenumber", "columnnumber", "code"], "{line}");
    }
}

#[test]
fn reports_for_other_hosts_are_harmless() {
    for (format, key) in [(Format::Gitlab, "description"), (Format::Sonar, "message")] {
        let text = all(format);
        no_command(&text);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let mut strings = Vec::new();
        collect(&value, &mut strings);
        assert!(strings.iter().any(|s| s.contains("desrever")), "{format} shows values in {key}");
    }
}

#[test]
fn github_has_only_its_own_commands() {
    let sample = hostile();
    let text = written(Format::Github, &sample.report());
    nothing_raw(&text);
    for line in text.lines() {
        let ours = line.starts_with("::error file=a") || line.starts_with("armlint: not shown");
        assert!(ours, "{line:?}");
        if let Some(command) = line.strip_prefix("::") {
            let (properties, _) = command.split_once("::").unwrap();
            let keys: Vec<_> = properties["error ".len()..].split(',').map(|p| p.split('=').next().unwrap()).collect();
            assert_eq!(keys, ["file", "line", "endLine", "col", "endColumn", "title"], "{line}");
        }
    }
    assert!(text.contains("%250A::error::owned"), "a percent sign stays one");
}

/// Without code spans, in which nothing is markup, no `<` is left.
fn no_html(markdown: &str) {
    let mut rest = markdown;
    let mut plain = String::new();
    while let Some(start) = rest.find('`') {
        if rest[..start].ends_with('\\') {
            plain.push_str(&rest[..=start]);
            rest = &rest[start + 1..];
            continue;
        }
        plain.push_str(&rest[..start]);
        let fence = rest[start..].bytes().take_while(|&b| b == b'`').count();
        let body = &rest[start + fence..];
        // The closing fence has exactly the same length.
        let mut from = 0;
        let end = loop {
            let i = from + body[from..].find('`').expect("a code span is closed");
            let run = body[i..].bytes().take_while(|&b| b == b'`').count();
            if run == fence {
                break i + run;
            }
            from = i + run;
        };
        rest = &body[end..];
    }
    plain.push_str(rest);
    for bad in ["<", "![", " @", "https://evil", "www.", "**bold**", "$x$"] {
        assert!(!plain.contains(bad), "{bad} in {plain}");
    }
}

#[test]
fn markdown_is_harmless() {
    let text = all(Format::Markdown);
    no_command(&text);
    let ours = regex::Regex::new(r"\]\(https://(github\.com/contoso|armlint\.example)/[^)]*\)").unwrap();
    for line in text.lines() {
        // What we link ourselves.
        let line = ours.replace_all(line, "]()");
        no_html(&line);
        assert!(!line.contains("](https://evil"), "{line}");
        if line.starts_with('|') {
            let cells = line.replace("\\\\", "").replace("\\|", "").matches('|').count() - 1;
            assert!([2, 4, 5].contains(&cells), "{line}");
        }
    }
}

/// A page without its own style and script, and its data.
fn page(text: &str) -> (String, serde_json::Value) {
    let (before, rest) = text.split_once("<script type=\"application/json\" id=\"data\">").unwrap();
    // The first end of a script is the one that we wrote.
    let (data, rest) = rest.split_once("</script>").unwrap();
    assert!(!data.contains(['<', '>', '&']), "nothing in the data can end it");
    let rest = rest.trim_start().strip_prefix("<script>\"use strict\";").unwrap();
    assert_eq!(rest.split_once("</script>").unwrap().1, "\n</body>\n</html>\n");
    let (head, body) = before.split_once("<style>").unwrap();
    let (_, body) = body.split_once("</style>").unwrap();
    (format!("{head}{body}"), serde_json::from_str(data).unwrap())
}

#[test]
fn html_has_only_its_own_elements_and_links() {
    let text = all(Format::Html);
    let (html, data) = page(&text);
    let tag = regex::Regex::new(
        r#"^<(?:!doctype html|/?(?:html|head|meta|link|title|body|a|header|h1|h2|h3|p|nav|ul|li|main|section|b|span|div|table|caption|thead|tbody|tr|th|td|svg|rect|button|noscript|code|footer)(?: (?:[a-z-]+="[^"<>]*"|hidden))*/?)>"#,
    )
    .unwrap();
    let attribute = regex::Regex::new(r#" ([a-z-]+)="([^"]*)""#).unwrap();
    for (i, _) in html.match_indices('<') {
        let found =
            tag.find(&html[i..]).unwrap_or_else(|| panic!("{:?}", html[i..].chars().take(200).collect::<String>()));
        for a in attribute.captures_iter(found.as_str()) {
            assert!(!a[1].starts_with("on") && &a[1] != "style", "{}", found.as_str());
            let ours = ["#", "data:,", "https://github.com/contoso/infra"];
            assert!(&a[1] != "href" || ours.iter().any(|o| a[2].starts_with(o)), "{}", found.as_str());
        }
    }
    let mut strings = Vec::new();
    collect(&data, &mut strings);
    assert!(strings.iter().any(|s| s.contains("<img src=x onerror=alert(1)>")), "values stay readable");
    for s in strings {
        assert!(!s.contains(|c| escape::is_unsafe(c) && c != '\n'), "{s:?}");
    }
}

#[test]
fn html_links_to_nothing_but_https() {
    let mut sample = Sample::empty();
    let text = sample.text("a.json", "{}");
    for (i, uri) in
        ["javascript:alert(1)", "http://x", "https://x/\"><script>", "https://fine.example/a"].iter().enumerate()
    {
        let mut rule = (*rule(&format!("Azure.Evil{i}"), Severity::Critical, Pillar::Security, Level::Error)).clone();
        rule.help_uri = (*uri).into();
        let rule = std::sync::Arc::new(rule);
        let span = Span::new(text.id, 0, 1);
        sample.results.push(result(&rule, Outcome::Fail, target("Microsoft.X/y", "n"), Some(span), "Bad."));
    }
    let (_, data) = page(&written(Format::Html, &sample.report()));
    let help: Vec<&str> = data["rules"].as_array().unwrap().iter().map(|r| r["help"].as_str().unwrap()).collect();
    assert_eq!(help, ["", "", "", "https://fine.example/a"]);
}

#[test]
fn html_runs_nothing_but_its_own_style_and_script() {
    use base64::Engine;
    use sha2::Digest;
    let text = written(Format::Html, &hostile().report());
    let between = |start: &str, end: &str| {
        let (_, rest) = text.split_once(start).unwrap();
        rest.split_once(end).unwrap().0.to_owned()
    };
    let hash = |text: &str| base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(text));
    let (style, script) = (hash(&between("<style>", "</style>")), hash(&between("</script>\n<script>", "</script>")));
    let policy = format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'sha256-{script}'; style-src \
         'sha256-{style}'; img-src data:; base-uri 'none'; form-action 'none'\">"
    );
    assert!(text.contains(&policy), "{}", text.chars().take(600).collect::<String>());
    assert!(text.find(&policy) < text.find("<style>"));
}

#[test]
fn junit_is_well_formed() {
    let text = all(Format::Junit);
    no_command(&text);
    let mut reader = quick_xml::Reader::from_str(&text);
    let mut names = std::collections::BTreeSet::new();
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(e) | quick_xml::events::Event::Empty(e) => {
                e.attributes().for_each(|a| drop(a.unwrap()));
                names.insert(e.name().as_ref().to_owned());
            }
            _ => {}
        }
    }
    let ours = ["error", "failure", "skipped", "testcase", "testsuite", "testsuites"];
    assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), ours);
}

#[test]
fn csv_has_no_formulas_and_no_extra_rows() {
    let text = all(Format::Csv);
    no_command(&text);
    assert_eq!(text.lines().count(), 1 + EVIL.len() * 3);
    for line in text.lines().skip(1) {
        let mut field = true;
        let mut quoted = false;
        let mut fields = 1;
        for (i, c) in line.char_indices() {
            if field {
                assert!(!line[i..].starts_with(['=', '+', '@']) && !line[i..].starts_with("\"="), "{line}");
                field = false;
            }
            match c {
                '"' => quoted = !quoted,
                ',' if !quoted => {
                    field = true;
                    fields += 1;
                }
                _ => {}
            }
        }
        assert_eq!(fields, 16, "{line}");
    }
}

#[test]
fn counts_are_names_and_numbers() {
    let text = all(Format::Counts);
    no_command(&text);
    for line in text.lines() {
        let (name, n) = line.split_once('=').unwrap();
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '-') && n.parse::<usize>().is_ok(), "{line}");
    }
}
