//! A line of a file with carets under what it is about.
//!
//! Drawn here and not by a crate: a line may be a megabyte long (minified templates) or hold what a terminal would obey,
//! so only a window of it is looked at, and the caret must follow what the escaping did to the text.

use std::io::{self, Write};

use unicode_width::UnicodeWidthChar;

use super::paint::Paint;
use crate::diagnostic::Level;
use crate::report::escape;
use crate::report::mask::Masks;
use crate::report::place::Place;
use crate::source::LinePart;

/// The most and the least columns of a line that are shown.
const MOST: usize = 200;
const LEAST: usize = 40;
/// How many bytes of a line to each side of the caret are enough for that, as no character has more than four.
const REACH: usize = 4 * MOST;

/// How many columns the number of the line takes: what else is said of the place begins behind them.
pub fn gutter(place: &Place) -> usize {
    place.tight().0.line.to_string().len()
}

/// `--> path:line:column`, the line, and carets below the region.
pub fn write(place: &Place, level: Level, masks: &Masks, paint: &Paint, out: &mut impl Write) -> io::Result<()> {
    let (start, end) = place.tight();
    let number = start.line.to_string();
    let pad = " ".repeat(number.len());
    let room = paint.screen.width.saturating_sub(pad.len() + 3).clamp(LEAST, MOST);
    let (line, before, width) = match masks.line(place) {
        Some(masked) => window(masked.part(), masked.start, masked.end, room),
        None => window(place.file.source().line_part(start.line, start.column, REACH), start.column, end.column, room),
    };
    let (arrow, bar) = (paint.frame("-->"), paint.frame("|"));
    writeln!(out, "{pad}{arrow} {}", escape::visible(&place.shown()))?;
    writeln!(out, "{pad} {bar}")?;
    writeln!(out, "{} {bar} {}", paint.frame(&number), line.trim_end())?;
    let carets = paint.level(level, &"^".repeat(width.max(1)));
    writeln!(out, "{pad} {bar} {}{carets}", " ".repeat(before))
}

/// The part of a line around a region that begins there and ends at a UTF-16 column, made harmless, in at most `room` columns
/// of the screen; the columns before the region, and the width of the region itself.
fn window(part: LinePart<'_>, start: u32, end: u32, room: usize) -> (String, usize, usize) {
    // A mark at each end tells that there is more.
    let (room, lead) = (room.saturating_sub(2), room / 3);
    let mut text = String::new();
    let mut column = part.column;
    // The column of each character, where it begins in the text, and how wide it is.
    let mut chars: Vec<(u32, usize, usize)> = Vec::with_capacity(part.text.len());
    for c in part.text.chars() {
        let at = text.len();
        match c {
            '\t' => text.push_str("    "),
            c => escape::push_visible(&mut text, c),
        }
        let cells = text.get(at..).unwrap_or_default().chars().map(|c| c.width().unwrap_or(0)).sum();
        chars.push((column, at, cells));
        column += c.len_utf16() as u32;
    }
    let region = chars.iter().position(|&(column, ..)| column >= start).unwrap_or(chars.len());
    let cells_before = |from: usize| chars[from..region].iter().map(|(.., cells)| cells).sum::<usize>();
    // A short line is shown from its start, a long one from a bit before the region.
    let mut from = 0;
    let inside = chars[region..].iter().take_while(|&&(column, ..)| column < end).map(|(.., cells)| cells);
    let to_see = inside.sum::<usize>().min(lead);
    if !part.from_start || cells_before(0) + to_see > room {
        from = (0..=region).rev().take_while(|&i| cells_before(i) <= lead).last().unwrap_or(region);
    }
    let mut left = room;
    let fits = chars[from..].iter().take_while(|(.., cells)| {
        let fits = *cells <= left;
        left = left.saturating_sub(*cells);
        fits
    });
    let to = from + fits.count();
    let (mut shown, mut before, mut width) = (String::new(), 0, 0);
    if !part.from_start || from > 0 {
        shown.push('…');
        before = 1;
    }
    let place_of = |i: usize| chars.get(i).map_or(text.len(), |(_, at, _)| *at);
    shown.push_str(text.get(place_of(from)..place_of(to)).unwrap_or_default());
    for &(column, _, cells) in &chars[from..to] {
        if column < start {
            before += cells;
        } else if column < end {
            width += cells;
        }
    }
    if !part.to_end || to < chars.len() {
        shown.push('…');
    }
    (shown, before, width)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The window of a line around the region in brackets, with carets below.
    fn drawn(line: &str, room: usize) -> String {
        let (start, end) = (line.find('[').unwrap(), line.find(']').unwrap());
        let text = line.replace(['[', ']'], "");
        let columns = |bytes: usize| text[..bytes].encode_utf16().count() as u32 + 1;
        let part = LinePart { text: &text, column: 1, from_start: true, to_end: true };
        let (shown, before, width) = window(part, columns(start), columns(end - 1), room);
        format!("{shown}\n{}{}", " ".repeat(before), "^".repeat(width))
    }

    #[test]
    fn a_line_that_fits_is_whole() {
        assert_eq!(drawn("  a: [b] c", 40), "  a: b c\n     ^");
        assert_eq!(drawn("\ta: '日本' [b]", 40), "    a: '日本' b\n              ^");
        let late = format!("{}[here]", "x".repeat(34));
        assert_eq!(drawn(&late, 40), format!("{}here\n{}^^^^", "x".repeat(34), " ".repeat(34)));
    }

    #[test]
    fn of_a_long_line_the_part_around_the_region_is_shown() {
        let line = format!("{}[here]{}", "x".repeat(100), "y".repeat(100));
        assert_eq!(drawn(&line, 30), format!("…{}here{}…\n{}^^^^", "x".repeat(10), "y".repeat(14), " ".repeat(11)));
        // What is wide takes its room.
        let wide = format!("{}[日本]{}", "日".repeat(50), "本".repeat(50));
        assert_eq!(drawn(&wide, 30), format!("…{}日本{}…\n{}^^^^", "日".repeat(5), "本".repeat(7), " ".repeat(11)));
    }
}
