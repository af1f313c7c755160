//! The top of the page: what was looked at, and how much there is of what.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::Found;
use crate::check::Outcome;
use crate::report::finding::Finding;
use crate::report::place::Places;
use crate::report::{FileStatus, Report, cut, escape, words};
use crate::rules::Pillar;

/// Rows of a table that are shown at once; the rest is behind a click.
const ROWS: usize = 10;
/// Characters of a name.
const NAME: usize = 200;

/// The sentences below the title.
pub(super) fn said(report: &Report, places: &Places, out: &mut impl Write) -> io::Result<()> {
    let mut sentences = vec![thousands(&words::looked_at(report))];
    sentences.extend(words::since(report, places).map(|s| if s.ends_with('.') { s } else { s + "." }));
    sentences.extend(words::known(report, places).map(|s| s + "."));
    sentences.extend(words::left_out(report, |p| places.shown(p)));
    for sentence in sentences {
        writeln!(out, "<p>{}</p>", escape::xml(&sentence))?;
    }
    if let Some((words, address)) = report.provenance.as_ref().map(|p| p.shown()) {
        writeln!(
            out,
            "<p><a href=\"{}\" rel=\"noopener noreferrer\">{}</a></p>",
            escape::xml(address),
            escape::xml(&words)
        )?;
    }
    Ok(())
}

/// The numbers.
pub(super) fn write(report: &Report, found: &Found, out: &mut impl Write) -> io::Result<()> {
    let failures: Vec<&Finding> = found.failures().collect();
    writeln!(out, "<section id=\"overview\" aria-labelledby=\"overview-title\">")?;
    writeln!(out, "<h2 id=\"overview-title\">Overview</h2>")?;
    cards(report, found, &failures, out)?;
    if !failures.is_empty() {
        writeln!(out, "<div class=\"tables\">")?;
        let of_pillar = |p: Pillar| Row::of(p.as_str(), "pillar", failures.iter().filter(|f| f.rule.pillar == p));
        let rows: Vec<Row> = words::PILLARS.into_iter().map(of_pillar).filter(|r| r.all() > 0).collect();
        table("By pillar", "Pillar", &rows, out)?;
        table("By service", "Service", &grouped(&failures, "service", |f| &f.rule.resource), out)?;
        table("By rule", "Rule", &grouped(&failures, "rule", |f| &f.rule.id), out)?;
        writeln!(out, "</div>")?;
    }
    writeln!(out, "</section>")
}

fn cards(report: &Report, found: &Found, failures: &[&Finding], out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "<ul class=\"cards\">")?;
    let mut card = |n: usize, name: &str, href: &str, class: &str| {
        writeln!(
            out,
            "<li class=\"{class}\"><a href=\"{href}\"><b>{}</b> <span>{name}</span></a></li>",
            thousands(&n.to_string())
        )
    };
    for severity in words::SEVERITIES {
        let n = failures.iter().filter(|f| f.rule.severity == severity).count();
        let name = severity.as_str();
        card(n, name, &format!("#?severity={name}"), &name.to_lowercase())?;
    }
    let fixable = failures.iter().filter(|f| f.fix.is_some()).count();
    card(fixable, "with a fix", "#?fix=1", "plain")?;
    let accepted = found.findings.iter().filter(|f| f.outcome == Outcome::Suppressed).count();
    card(accepted, "known or accepted", "#?status=accepted", "plain")?;
    card(words::outcomes(report, Outcome::Unknown), "unknown before deployment", "#unknown", "plain")?;
    let not = |f: &&crate::report::FileRecord| matches!(f.status, FileStatus::Failed | FileStatus::Partly);
    card(report.files.iter().filter(not).count(), "files not, or partly, analysed", "#not-analysed", "plain")?;
    writeln!(out, "</ul>")
}

/// A row of a table: how many findings of each severity.
struct Row<'a> {
    name: &'a str,
    /// The filter that shows them.
    key: &'static str,
    by: [usize; 3],
}

impl<'a> Row<'a> {
    fn of<'f>(name: &'a str, key: &'static str, findings: impl Iterator<Item = &'f &'f Finding<'f>>) -> Self {
        let mut by = [0; 3];
        for f in findings {
            let slot = words::SEVERITIES.iter().zip(&mut by).find(|(s, _)| **s == f.rule.severity);
            if let Some((_, n)) = slot {
                *n += 1;
            }
        }
        Row { name, key, by }
    }

    fn all(&self) -> usize {
        self.by.iter().sum()
    }
}

/// Rows by a name, those with the most severe findings first.
fn grouped<'a>(failures: &[&'a Finding], key: &'static str, name: impl Fn(&'a Finding) -> &'a str) -> Vec<Row<'a>> {
    let mut groups: BTreeMap<&str, Vec<&&Finding>> = BTreeMap::new();
    for f in failures {
        groups.entry(name(f)).or_default().push(f);
    }
    let mut rows: Vec<Row> = groups.into_iter().map(|(name, list)| Row::of(name, key, list.into_iter())).collect();
    rows.sort_by(|a, b| b.by.cmp(&a.by).then_with(|| a.name.cmp(b.name)));
    rows
}

fn table(caption: &str, what: &str, rows: &[Row], out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "<div class=\"table\"><table><caption>{caption}</caption>\n<thead><tr><th scope=\"col\">{what}</th>"
    )?;
    for severity in words::SEVERITIES {
        writeln!(out, "<th scope=\"col\" class=\"n\">{}</th>", severity.as_str())?;
    }
    writeln!(out, "<th scope=\"col\" class=\"n\">All</th><td></td></tr></thead>")?;
    let most = rows.iter().map(Row::all).max().unwrap_or(0).max(1);
    let (shown, rest) = rows.split_at(rows.len().min(ROWS));
    body(shown, most, "", out)?;
    if !rest.is_empty() {
        body(rest, most, " class=\"more\" hidden", out)?;
    }
    writeln!(out, "</table>")?;
    if !rest.is_empty() {
        let label = format!("Show {} more", thousands(&rest.len().to_string()));
        writeln!(out, "<button type=\"button\" class=\"rest\" hidden>{label}</button>")?;
    }
    writeln!(out, "</div>")
}

fn body(rows: &[Row], most: usize, attributes: &str, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "<tbody{attributes}>")?;
    for row in rows {
        let name = escape::xml(&cut::visible(row.name, NAME));
        let value = escape::xml(&crate::report::place::encode(row.name));
        write!(out, "<tr><th scope=\"row\"><a href=\"#?{}={value}\">{name}</a></th>", row.key)?;
        for n in row.by.iter().chain([&row.all()]) {
            write!(out, "<td class=\"n\">{}</td>", thousands(&n.to_string()))?;
        }
        write!(out, "<td class=\"bar\"><svg aria-hidden=\"true\" width=\"100%\" height=\"10\">")?;
        let mut before = 0;
        for (severity, n) in words::SEVERITIES.iter().zip(row.by).filter(|(_, n)| *n > 0) {
            let class = severity.as_str().to_lowercase();
            let (x, width) = (percent(before, most), percent(n, most));
            write!(out, "<rect class=\"{class}\" x=\"{x}\" width=\"{width}\" height=\"10\"/>")?;
            before += n;
        }
        writeln!(out, "</svg></td></tr>")?;
    }
    writeln!(out, "</tbody>")
}

fn percent(n: usize, of: usize) -> String {
    let thousandths = n * 1_000 / of.max(1);
    format!("{}.{}%", thousandths / 10, thousandths % 10)
}

/// A text with its numbers as the script of the page writes them: `1,218`.
pub(super) fn thousands(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut left = 0;
    for (i, c) in text.char_indices() {
        if !c.is_ascii_digit() {
            left = 0;
        } else if left == 0 {
            left = text[i..].bytes().take_while(u8::is_ascii_digit).count();
        } else {
            left -= 1;
            if left % 3 == 0 {
                out.push(',');
            }
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn numbers_are_read_in_threes() {
        for (text, wanted) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("7688 findings", "7,688 findings"),
            ("Checked 1070 files (470 in full), 1234567.", "Checked 1,070 files (470 in full), 1,234,567."),
        ] {
            assert_eq!(thousands(text), wanted);
        }
    }
}
