//! What the README shows is what armlint does: its picture is a report of an example, its figures are counted.
//!
//! `ARMLINT_WRITE=1 cargo test --test readme` writes both anew.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use armlint::rules::{RuleSet, Selection, entries};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// What is in a file must be this; it becomes it where that is asked for.
fn is(name: &str, wanted: &str) {
    if std::env::var_os("ARMLINT_WRITE").is_some() {
        fs::write(file(name), wanted).unwrap();
    }
    let there = fs::read_to_string(file(name)).unwrap_or_default();
    assert!(there == wanted, "{name} is not what armlint says; write it with ARMLINT_WRITE=1 cargo test --test readme");
}

const COMMAND: [&str; 4] = ["scan", "examples/web", "--rule", "Azure.Storage.MinTLS"];

#[test]
fn the_picture_is_a_report() {
    let mut armlint = Command::new(env!("CARGO_BIN_EXE_armlint"));
    let run = armlint.args(COMMAND).args(["--color", "always"]).current_dir(file(".")).output().unwrap();
    let text = String::from_utf8(run.stdout).unwrap();
    is("docs/picture.svg", &picture(&format!("$ armlint {}", COMMAND.join(" ")), &text));
}

/// Pixels of a character and of a line.
const CHARACTER: f32 = 8.43;
const LINE: usize = 20;

/// Text with the escape sequences of a terminal as an SVG.
fn picture(command: &str, text: &str) -> String {
    let lines: Vec<&str> = [command, ""].into_iter().chain(text.trim_end().lines()).collect();
    let (width, height) = ((104.0 * CHARACTER) as usize, (lines.len() + 3) * LINE);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-label=\"A report of armlint in a terminal\">\n\
         <style>text {{ font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #d7dde5; white-space: pre; }} \
         .b {{ font-weight: bold; fill: #fff; }} .r {{ font-weight: bold; fill: #ff7b72; }} .f {{ font-weight: bold; fill: #79b8ff; }}</style>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#161b22\"/>\n\
         <circle cx=\"20\" cy=\"18\" r=\"6\" fill=\"#ff5f57\"/><circle cx=\"40\" cy=\"18\" r=\"6\" fill=\"#febc2e\"/><circle cx=\"60\" cy=\"18\" r=\"6\" fill=\"#28c840\"/>\n"
    );
    for (i, line) in lines.iter().enumerate() {
        let y = (i + 3) * LINE - 6;
        writeln!(out, "<text x=\"16\" y=\"{y}\" xml:space=\"preserve\">{}</text>", spans(line)).unwrap();
    }
    out + "</svg>\n"
}

/// A line as text of an SVG: each change of colour begins a span.
fn spans(line: &str) -> String {
    let (mut out, mut class) = (String::new(), "");
    for (i, part) in line.split("\x1b[").enumerate() {
        let (code, text) = if i == 0 { ("", part) } else { part.split_once('m').unwrap() };
        class = match code {
            "" => class,
            "0" => "",
            "1" => "b",
            "31" => "r",
            "34" => "f",
            other => panic!("the picture knows no colour {other}"),
        };
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        match (text.as_str(), class) {
            ("", _) => {}
            (text, "") => out.push_str(text),
            (text, class) => write!(out, "<tspan class=\"{class}\">{text}</tspan>").unwrap(),
        }
    }
    out
}

/// The lines between two marks of the README.
const MARKS: (&str, &str) = ("<!-- counted by tests/readme.rs -->\n", "<!-- end -->\n");

#[test]
fn the_figures_are_counted() {
    let readme = fs::read_to_string(file("README.md")).unwrap();
    let (before, rest) = readme.split_once(MARKS.0).unwrap();
    let (_, after) = rest.split_once(MARKS.1).unwrap();
    is("README.md", &format!("{before}{}{}{}{after}", MARKS.0, figures(), MARKS.1));
}

fn figures() -> String {
    let all = entries();
    let psrule = RuleSet::select(&Selection { baseline: Some("Azure.All"), ..Selection::default() }).unwrap();
    let default = RuleSet::select(&Selection::default()).unwrap();
    let peers: BTreeSet<&str> = all.iter().flat_map(|e| e.peers.iter().copied()).collect();
    let of = |start: &str| peers.iter().filter(|p| p.starts_with(start)).count();
    let rows = [
        ("rules in all, each a page with examples that are its tests", all.len()),
        ("of them run by default", default.rules().len()),
        ("are rules of PSRule for Azure, by the same names", psrule.rules().len()),
        ("checks of Checkov are covered", of("CKV")),
        ("checks of Trivy are covered", of("AZU-")),
        ("services of Azure have rules", all.iter().map(|e| e.resource).collect::<BTreeSet<_>>().len()),
    ];
    let rows: Vec<String> = rows.iter().map(|(what, n)| format!("| {n} | {what} |\n")).collect();
    format!("| | |\n| --: | :-- |\n{}", rows.concat())
}
