//! Where a comment can stand that covers one place, and nothing that another finding is about.

use std::ops::Range;
use std::sync::Arc;

use super::outline::{Known, Outline, each_container, nested};
use crate::read::json::Document;
use crate::read::{Source, Span, bicep};
use crate::walk::classify::{self, Kind};

/// Where a comment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// On a line of its own, before the line that begins here.
    Above(usize),
    /// Within a line, before what begins here: the line holds more than the comment is about.
    Before(usize),
}

/// The room for a comment about each of some places of a file. The file is read once.
pub fn rooms(source: &Arc<Source>, places: &[Span]) -> Vec<Room> {
    match classify::of_bicep(source) {
        Some(kind) => {
            let file = if kind == Kind::BicepParam { bicep::parse_params(source) } else { bicep::parse(source) };
            let skipped = file.comments.iter().copied().chain(file.directives.iter().map(|d| d.span));
            let outline = Outline::of_bicep(source, skipped);
            let mut known = Known::default();
            places.iter().map(|place| room(source, &outline, &[], place.range(), &mut known)).collect()
        }
        None => {
            let document = Document::parse(source);
            let outline = Outline::of_json(&document);
            let elements = elements(&document);
            let mut known = Known::default();
            places.iter().map(|place| room(source, &outline, &elements, place.range(), &mut known)).collect()
        }
    }
}

fn room(
    source: &Source,
    outline: &Outline<'_>,
    elements: &[(Range<usize>, Option<usize>)],
    place: Range<usize>,
    known: &mut Known,
) -> Room {
    let line = || source.line_range(source.position(u32::try_from(place.start).unwrap_or(u32::MAX)).line).start;
    match outline.above(place.clone(), known) {
        Some(start) => Room::Above(start),
        None => innermost(elements, &place).map_or_else(|| Room::Above(line()), Room::Before),
    }
}

/// Where the innermost element around a place begins.
fn innermost(elements: &[(Range<usize>, Option<usize>)], place: &Range<usize>) -> Option<usize> {
    let mut nearest = elements.partition_point(|(e, _)| e.start <= place.start).checked_sub(1);
    while let Some((range, around)) = nearest.and_then(|i| elements.get(i)) {
        if place.end <= range.end {
            return Some(range.start);
        }
        nearest = *around;
    }
    None
}

/// The members of all objects, each with its key, and the items of all arrays, each with the one around it.
fn elements(document: &Document) -> Vec<(Range<usize>, Option<usize>)> {
    let mut out = Vec::new();
    each_container(document, |container| {
        out.extend(container.node.members().map(|m| m.span().range()));
        out.extend(container.node.items().map(|i| i.span().range()));
    });
    out.sort_unstable_by_key(|e| (e.start, std::cmp::Reverse(e.end)));
    nested(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Sources;

    /// What stands where there is room for a comment about the first `needle` of a text, and whether the line is its own.
    fn room_of(name: &str, text: &str, needle: &str) -> (bool, String) {
        let sources = Sources::default();
        let source = sources.add(name, text.to_owned());
        let at = text.find(needle).unwrap_or_default();
        let place = Span::new(source.id, at, at + needle.len());
        let (above, from) = match rooms(&source, &[place]).remove(0) {
            Room::Above(at) => (true, at),
            Room::Before(at) => (false, at),
        };
        (above, text.get(from..).unwrap_or_default().chars().take(7).collect())
    }

    #[test]
    fn a_comment_stands_above_a_line_that_is_about_one_thing() {
        let lines = "{\n  \"resources\": [\n    {\n      \"type\": \"A.B/c\", \"apiVersion\": \"1\", \"name\": \"n\",\n      \"properties\": { \"x\": \"V\" }\n    }\n  ]\n}";
        assert_eq!(room_of("a.json", lines, "\"V\""), (true, "      \"".to_owned()));
        let bicep = "resource a 'A.B/c@1' = {\n  name: 'n'\n  properties: { x: 'V' }\n}\n";
        assert_eq!(room_of("a.bicep", bicep, "'V'"), (true, "  prope".to_owned()));
        let given = "{\n  \"parameters\": {\n    \"p\": { \"value\": \"V\" },\n    \"q\": { \"value\": 1 }\n  }\n}";
        assert_eq!(room_of("a.parameters.json", given, "\"V\""), (true, "    \"p\"".to_owned()));
    }

    #[test]
    fn where_a_line_holds_more_it_stands_before_the_thing_itself() {
        let one = "{\"type\":\"A.B/c\",\"apiVersion\":\"1\",\"name\":\"n\",\"properties\":{\"x\":\"V\"}}";
        let two = one.replace("\"V\"", "\"W\"");
        for text in [
            format!("{{\"resources\":[{one},{two}]}}"),
            format!("{{\"resources\":[\n{one},{two}]}}"),
            format!("{{\"resources\":[{two},\n{two},{one}]}}"),
        ] {
            assert_eq!(room_of("a.json", &text, "\"V\""), (false, "\"x\":\"V\"".to_owned()), "{text}");
        }
        for text in [
            "{\"parameters\":{\"p\":{\"x\":\"V\"}}}",
            "{\"parameters\":{\n\"o\":{\"x\":1},\"p\":{\"x\":\"V\"}}}",
            "{\"parameters\":{\n\"p\":{\"x\":\"V\"},\"q\":{\"x\":1}}}",
        ] {
            assert_eq!(room_of("a.parameters.json", text, "\"V\""), (false, "\"x\":\"V\"".to_owned()), "{text}");
        }
    }
}
