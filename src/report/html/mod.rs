//! A page to look at, to send and to print: one file that asks for nothing, with its own style and script.
//!
//! The overview, and what could not be judged or analysed, are HTML ([`overview`], [`accounts`]), so that they can be read without
//! a script. Findings are data ([`data`]), of which `page.js` shows what is asked for: twenty thousand of them as elements would
//! be slow to open and many times as large. Nothing in the page may load or run but what is written here: its policy allows
//! one style and one script by their hashes. What strangers wrote is text in both: escaped in HTML, and set as text by the script.

mod accounts;
mod data;
mod overview;
mod quote;
mod store;
mod tree;

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::finding::{self, Finding};
use super::place::Places;
use super::{Report, escape, words};
use crate::check::{CheckResult, Outcome};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// How many findings a page holds, the worst first; it says so where there are more, and counts all of them.
const FINDINGS: usize = 20_000;

/// The findings of a report, those that count before those that are accepted, the worst first.
struct Found<'a> {
    /// All of them.
    findings: Vec<Finding<'a>>,
    /// The results that belong to each, by its index.
    results: Vec<(&'a CheckResult, usize)>,
}

impl<'a> Found<'a> {
    fn new(report: &'a Report<'a>, places: &Places) -> Self {
        let outcomes = [Outcome::Fail, Outcome::Error, Outcome::Suppressed];
        let mut results = Vec::new();
        let all = finding::gathered(report, places, &outcomes, |result, at| results.push((result, at)));
        let mut ordered: Vec<(usize, Finding)> = all.into_iter().enumerate().collect();
        ordered.sort_by_key(|(_, f)| (f.outcome == Outcome::Suppressed, finding::importance(f)));
        let mut rank = vec![0; ordered.len()];
        for (new, (old, _)) in ordered.iter().enumerate() {
            if let Some(place) = rank.get_mut(*old) {
                *place = new;
            }
        }
        let results = results.into_iter().filter_map(|(r, old)| Some((r, *rank.get(old)?))).collect();
        Found { findings: ordered.into_iter().map(|(_, f)| f).collect(), results }
    }

    /// What breaks a rule and is not accepted.
    fn failures(&self) -> impl Iterator<Item = &Finding<'a>> {
        self.findings.iter().filter(|f| f.outcome == Outcome::Fail)
    }
}

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let places = Places::new(report);
    let found = Found::new(report, &places);
    let title = verdict(&found);
    head(&title, &mut out)?;
    writeln!(out, "<body>\n<a class=\"skip\" href=\"#findings\">Skip to the findings</a>")?;
    writeln!(out, "<header>\n<p class=\"tool\">armlint {}</p>", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "<h1>{}</h1>", escape::xml(&overview::thousands(&title)))?;
    overview::said(report, &places, &mut out)?;
    writeln!(out, "</header>")?;
    navigation(report, &mut out)?;
    writeln!(out, "<main>")?;
    overview::write(report, &found, &mut out)?;
    tree::section(report, &mut out)?;
    findings_section(&found, &mut out)?;
    accounts::write(report, &places, &mut out)?;
    writeln!(out, "</main>\n<footer><p>Made by armlint. This page asks for nothing from any network.</p></footer>")?;
    write!(out, "<script type=\"application/json\" id=\"data\">")?;
    data::write(report, &found, &places, &mut out)?;
    writeln!(out, "</script>\n<script>{SCRIPT}</script>\n</body>\n</html>")?;
    out.flush()
}

/// `No findings`, `152 findings`
fn verdict(found: &Found) -> String {
    match found.failures().count() {
        0 => "No findings".to_owned(),
        n => words::count(n, "finding"),
    }
}

/// All that stands before the body. The icon keeps browsers from asking a server for one.
fn head(title: &str, out: &mut impl Write) -> io::Result<()> {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'sha256-{}'; \
         style-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>armlint: {}</title>\n<style>{STYLE}</style>\n</head>",
        hash(SCRIPT),
        hash(STYLE),
        escape::xml(title),
    )
}

fn navigation(report: &Report, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "<nav aria-label=\"Parts of the report\"><ul>\n<li><a href=\"#overview\">Overview</a></li>")?;
    if tree::is_shown(report) {
        writeln!(out, "<li><a href=\"#deployed\">Deployed</a></li>")?;
    }
    writeln!(out, "<li><a href=\"#findings\">Findings</a></li>")?;
    for part in accounts::parts(report) {
        writeln!(out, "<li><a href=\"#{}\">{}</a></li>", part.id, part.title)?;
    }
    writeln!(out, "</ul></nav>")
}

/// Where the script shows findings.
fn findings_section(found: &Found, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "<section id=\"findings\" aria-labelledby=\"findings-title\" tabindex=\"-1\">")?;
    writeln!(out, "<h2 id=\"findings-title\">Findings</h2>")?;
    if found.findings.len() > FINDINGS {
        let most = format!("the {FINDINGS} most severe of {}", words::count(found.findings.len(), "finding"));
        writeln!(
            out,
            "<p class=\"note\">This page holds {}; the JSON report (--report json=FILE) holds all of them.</p>",
            overview::thousands(&most)
        )?;
    }
    writeln!(
        out,
        "<noscript><p class=\"note\">The list of findings and what is deployed need the page's own script, which does not run \
         here. The other parts can be read without it.</p></noscript>\n\
         <div id=\"list\"></div>\n</section>"
    )
}
