//! Changes for people at a terminal.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{
    Block, Report, Same, blocks, default, fate, heading, looked_at, names, place, place_of, remarks, sign, totals,
    value,
};
use crate::diff::PropertyKind;
use crate::report::{escape, words};

/// Resources and properties that are shown where nobody asks for all.
const RESOURCES: usize = 60;
const PROPERTIES: usize = 12;
/// Characters of a value.
const VALUE: usize = 100;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let changes = report.changes;
    let paint = Paint { color: report.screen.color };
    writeln!(out, "{}", escape::visible(&format!("From {} to {}:", changes.before, changes.after)))?;
    let blocks = blocks(changes);
    let all: usize = blocks.iter().map(|b| b.changes.len()).sum();
    let mut left = if report.screen.all { usize::MAX } else { RESOURCES };
    for block in &blocks {
        if left == 0 {
            break;
        }
        self::block(report, &paint, block, &mut left, out)?;
    }
    let hidden = all.saturating_sub(if report.screen.all { all } else { RESOURCES });
    if hidden > 0 {
        writeln!(out, "\n…and {}; --show-all shows them", words::count(hidden, "more resource"))?;
    }
    for note in &changes.notes {
        writeln!(out, "\nnote: {}", escape::visible(note))?;
    }
    for error in &changes.errors {
        writeln!(out, "\n{}: {}", paint.text(AnsiColor::Red, "error"), escape::visible(error))?;
    }
    let verdict = match (changes.is_empty(), changes.is_whole()) {
        (true, true) => "Nothing changes in Azure".to_owned(),
        (true, false) => "Nothing is known to change in Azure".to_owned(),
        (false, _) => totals(changes),
    };
    writeln!(out, "\n{} ({}).", paint.strong(&verdict), looked_at(changes))
}

fn block(
    report: &Report<'_>,
    paint: &Paint,
    block: &Block<'_>,
    left: &mut usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "\n{}", paint.strong(&escape::line_start(&escape::visible(&heading(block)))))?;
    for same in &block.changes {
        if *left == 0 {
            return Ok(());
        }
        *left = left.saturating_sub(1);
        resource(report, paint, same, out)?;
    }
    Ok(())
}

fn resource(report: &Report<'_>, paint: &Paint, same: &Same<'_>, out: &mut dyn Write) -> io::Result<()> {
    let c = same.change;
    let sign = sign(c);
    let color = match sign {
        '+' => AnsiColor::Green,
        '~' => AnsiColor::Yellow,
        _ => AnsiColor::Red,
    };
    let name = escape::visible(&names(same)).into_owned();
    let at = c.place.as_ref().or(c.old_place.as_ref()).map(|p| format!("  {}", place(p))).unwrap_or_default();
    let head = format!("{sign} {name}");
    let rest = format!(" ({}){at}", c.type_);
    writeln!(out, "  {}{}", paint.text(color, &head), escape::visible(&rest))?;
    if let Some(old) = c.old_name.as_ref().filter(|_| same.names.len() == 1) {
        writeln!(out, "      was {}", escape::visible(old))?;
    }
    if let Some(fate) = fate(c) {
        writeln!(out, "      {fate}")?;
    }
    if let Some((old, new)) = &c.api_version {
        writeln!(out, "      {}", escape::visible(&format!("API version {old} → {new}")))?;
    }
    for d in &c.defaults {
        writeln!(out, "      {} → {}", escape::visible(&format!("{}: {}", d.path, d.old)), paint.strong(d.new))?;
        writeln!(out, "        {} {}", paint.text(AnsiColor::Blue, "="), default(d))?;
    }
    let shown = if report.screen.all { usize::MAX } else { PROPERTIES };
    for (property, effect) in c.properties.iter().take(shown) {
        let most = if report.screen.all { 10 * VALUE } else { VALUE };
        let (old, new) = (value(property.old.as_ref(), most), value(property.new.as_ref(), most));
        let path = escape::visible(&property.path);
        let line = match property.kind {
            PropertyKind::Added => paint.text(AnsiColor::Green, &format!("+ {path}: {new}")),
            PropertyKind::Removed => paint.text(AnsiColor::Red, &format!("- {path}: {old}")),
            PropertyKind::Changed | PropertyKind::Order => format!("{path}: {old} → {}", paint.strong(&new)),
        };
        let at = place_of(property).map(|p| format!("  {}", place(p))).unwrap_or_default();
        writeln!(out, "      {line}{}", escape::visible(&at))?;
        for remark in remarks(property, *effect) {
            writeln!(out, "        {} {}", paint.text(AnsiColor::Blue, "="), escape::visible(&remark))?;
        }
    }
    let hidden = c.properties.len().saturating_sub(shown);
    if hidden > 0 {
        writeln!(out, "      …and {}", words::count(hidden, "more property"))?;
    }
    Ok(())
}

/// Colours, as `scan` has them.
struct Paint {
    color: bool,
}

impl Paint {
    fn styled(&self, style: Style, text: &str) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn text(&self, color: AnsiColor, text: &str) -> String {
        self.styled(color.on_default().bold(), text)
    }

    fn strong(&self, text: &str) -> String {
        self.styled(Style::new().bold(), text)
    }
}
