//! Colours, and lines that fit the screen.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use textwrap::{Options, WordSplitter, WrapAlgorithm};

use super::Screen;
use crate::diagnostic::Level;
use crate::report::escape;

/// Draws for a screen.
pub struct Paint {
    /// What it draws for.
    pub screen: Screen,
}

impl Paint {
    fn text(&self, style: Style, text: &str) -> String {
        if self.screen.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// A text in the colour of a level.
    pub fn level(&self, level: Level, text: &str) -> String {
        let color = match level {
            Level::Error => AnsiColor::Red,
            Level::Warning => AnsiColor::Yellow,
            Level::Note => AnsiColor::Cyan,
        };
        self.text(color.on_default().bold(), text)
    }

    /// What frames a text.
    pub fn frame(&self, text: &str) -> String {
        self.text(AnsiColor::Blue.on_default().bold(), text)
    }

    /// What is to be seen first.
    pub fn strong(&self, text: &str) -> String {
        self.text(Style::new().bold(), text)
    }

    /// `level[code]: title (about)`, over as many lines as it takes.
    pub fn header(&self, level: Level, code: &str, title: &str, about: &str, out: &mut impl Write) -> io::Result<()> {
        let head = format!("{}[{}]", level.as_str(), escape::visible(code));
        let room = textwrap::core::display_width(&head) + 2;
        let lines = self.lines(title, room, 2);
        write!(out, "{}: ", self.level(level, &head))?;
        for (i, line) in lines.iter().enumerate() {
            let indent = if i == 0 { "" } else { "\n  " };
            write!(out, "{indent}{}", self.strong(line))?;
        }
        let before =
            lines.last().map_or(0, |l| textwrap::core::display_width(l)) + if lines.len() > 1 { 2 } else { room };
        if !about.is_empty() {
            let about = format!("({})", escape::visible(about));
            let fits = before + 1 + textwrap::core::display_width(&about) <= self.screen.width;
            write!(out, "{}{about}", if fits { " " } else { "\n  " })?;
        }
        writeln!(out)
    }

    /// `= label: text` behind a gutter of some columns.
    pub fn note(&self, gutter: usize, label: &str, text: &str, out: &mut impl Write) -> io::Result<()> {
        let label = format!("{label}:");
        let room = gutter + 3 + label.len() + 1;
        write!(out, "{}{} {}", " ".repeat(gutter + 1), self.frame("="), self.strong(&label))?;
        for (i, line) in self.lines(text, room, room).iter().enumerate() {
            let indent = if i == 0 { " ".to_owned() } else { format!("\n{}", " ".repeat(room)) };
            write!(out, "{indent}{line}")?;
        }
        writeln!(out)
    }

    /// A text that begins at a column, and goes on two further right.
    pub fn item(&self, indent: usize, text: &str, out: &mut impl Write) -> io::Result<()> {
        for (i, line) in self.lines(text, indent, indent + 2).iter().enumerate() {
            let indent = indent + if i == 0 { 0 } else { 2 };
            writeln!(out, "{:indent$}{}", "", escape::line_start(line))?;
        }
        Ok(())
    }

    /// A text over the whole width.
    pub fn paragraph(&self, text: &str, out: &mut impl Write) -> io::Result<()> {
        self.lines(text, 0, 0).iter().try_for_each(|line| writeln!(out, "{}", escape::line_start(line)))
    }

    /// A text, made harmless, in lines of which the first has `first` columns before it and every other `rest`. What has no
    /// spaces is not torn: somebody may want to copy it.
    fn lines(&self, text: &str, first: usize, rest: usize) -> Vec<String> {
        let text = escape::visible(text);
        let (one, other) = (" ".repeat(first), " ".repeat(rest));
        let options = Options::new(self.screen.width.max(first.max(rest) + 20))
            .initial_indent(&one)
            .subsequent_indent(&other)
            .break_words(false)
            .word_splitter(WordSplitter::NoHyphenation)
            .wrap_algorithm(WrapAlgorithm::FirstFit);
        let mut lines: Vec<String> = textwrap::wrap(text.trim(), options)
            .iter()
            .enumerate()
            .map(|(i, line)| match line.get(if i == 0 { first } else { rest }..).unwrap_or_default() {
                line if i == 0 => line.to_owned(),
                line => escape::line_start(line).into_owned(),
            })
            .collect();
        if lines.is_empty() {
            lines.push(String::new());
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(width: usize, draw: impl Fn(&Paint, &mut Vec<u8>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        draw(&Paint { screen: Screen { width, ..Screen::default() } }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lines_end_at_the_width_and_words_stay_whole() {
        let note = drawn(40, |p, out| {
            p.note(
                2,
                "why",
                "one two three four five six seven a/very/long/path/that/nobody/tears/apart.bicep:1:2 end",
                out,
            )
        });
        assert_eq!(
            note,
            "   = why: one two three four five six\n          seven\n          a/very/long/path/that/nobody/tears/apart.bicep:1:2\n          end\n"
        );
        let header =
            |width| drawn(width, |p, out| p.header(Level::Error, "A.B", "Title of several words", "Critical", out));
        assert_eq!(header(80), "error[A.B]: Title of several words (Critical)\n");
        assert_eq!(header(40), "error[A.B]: Title of several words\n  (Critical)\n");
        assert_eq!(header(30), "error[A.B]: Title of several\n  words (Critical)\n");
    }

    #[test]
    fn no_line_begins_with_a_command() {
        let text = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ::error::owned";
        for drawn in [
            drawn(40, |p, out| p.note(2, "why", text, out)),
            drawn(40, |p, out| p.item(2, text, out)),
            drawn(40, |p, out| p.paragraph(text, out)),
            drawn(40, |p, out| p.header(Level::Error, "A", text, "", out)),
            drawn(40, |p, out| p.item(2, "::error::owned", out)),
        ] {
            assert!(drawn.contains("\\u{3a}:error::owned"), "{drawn}");
            assert!(drawn.lines().all(|l| !l.trim_start().starts_with("::")), "{drawn}");
        }
    }
}
