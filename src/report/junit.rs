//! JUnit's XML as test dashboards read it: a suite per file, a case per rule and target.

use std::io::{self, Write};

use super::place::{Place, Places};
use super::{Report, escape, finding, words};
use crate::check::{CheckResult, Outcome};
use crate::diagnostic::Level;

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let places = Places::new(report);
    let results = finding::ordered(report, &places, |r| report.outcomes.contains(r.outcome));
    let diagnostics: Vec<_> =
        finding::diagnostics(report, &places).into_iter().filter(|(d, ..)| d.level == Level::Error).collect();

    let file = |place: &Option<Place>| place.as_ref().map(|p| p.file.shown.clone()).unwrap_or_default();
    let total = |outcome| results.iter().filter(|(r, _)| r.outcome == outcome).count();
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(
        out,
        r#"<testsuites name="armlint" tests="{}" failures="{}" errors="{}">"#,
        results.len() + diagnostics.len(),
        total(Outcome::Fail),
        total(Outcome::Error) + diagnostics.len(),
    )?;
    for suite in results.chunk_by(|(_, a), (_, b)| file(a) == file(b)) {
        let of = |outcomes: &[Outcome]| suite.iter().filter(|(r, _)| outcomes.contains(&r.outcome)).count();
        let name = file(&suite[0].1);
        writeln!(
            out,
            r#"  <testsuite name="{}" tests="{}" failures="{}" errors="{}" skipped="{}">"#,
            escape::xml(if name.is_empty() { "(no place)" } else { &name }),
            suite.len(),
            of(&[Outcome::Fail]),
            of(&[Outcome::Error]),
            of(&[Outcome::Unknown, Outcome::Suppressed, Outcome::None]),
        )?;
        for (result, place) in suite {
            case(result, place.as_ref(), &mut out)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    if !diagnostics.is_empty() {
        let n = diagnostics.len();
        writeln!(
            out,
            r#"  <testsuite name="What could not be analysed" tests="{n}" failures="0" errors="{n}" skipped="0">"#
        )?;
        for (d, place, path) in diagnostics {
            let shown = place.map_or(path, |p| p.shown());
            writeln!(out, r#"    <testcase classname="{}" name="{}">"#, escape::xml(d.code), escape::xml(&shown))?;
            writeln!(out, r#"      <error type="{}" message="{}"/>"#, escape::xml(d.code), escape::xml(&d.message))?;
            writeln!(out, "    </testcase>")?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")?;
    out.flush()
}

fn case(r: &CheckResult, place: Option<&Place>, out: &mut impl Write) -> io::Result<()> {
    let at =
        place.map_or(String::new(), |p| format!(r#" file="{}" line="{}""#, escape::xml(&p.file.shown), p.start.line));
    write!(
        out,
        r#"    <testcase classname="{}" name="{}"{at}"#,
        escape::xml(&r.rule.id),
        escape::xml(&words::target(&r.target))
    )?;
    let message = escape::xml(&r.message);
    let kind = format!("{} {}", r.rule.severity.as_str(), r.rule.pillar.as_str());
    let inner = match r.outcome {
        Outcome::Pass => return writeln!(out, "/>"),
        Outcome::Fail => {
            let shown = place.map_or(String::new(), |p| format!("{}: ", p.shown()));
            let help = if r.rule.help_uri.is_empty() { "" } else { &*r.rule.help_uri };
            format!(
                r#"<failure type="{}" message="{message}">{}</failure>"#,
                escape::xml(&kind),
                escape::xml(&format!("{shown}{} {help}", r.message)).trim_end()
            )
        }
        Outcome::Error => format!(r#"<error type="rule" message="{message}"/>"#),
        Outcome::Unknown => format!(r#"<skipped message="Unknown before deployment: {message}"/>"#),
        Outcome::Suppressed => {
            let reason = r.suppression.as_ref().and_then(|s| s.reason.as_deref()).unwrap_or("no reason given");
            format!(r#"<skipped message="Suppressed: {}"/>"#, escape::xml(reason))
        }
        Outcome::None => r#"<skipped message="The rule does not apply"/>"#.into(),
    };
    writeln!(out, ">\n      {inner}\n    </testcase>")
}
