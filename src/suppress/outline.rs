//! How much of a text a comment covers: what begins on a line, to the bracket that closes it, or the resource around.
//!
//! One answer for both languages, as both part their texts by lines and brackets.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::read::bicep;
use crate::read::json::{Document, Kind, Member, Node};
use crate::read::{Source, Span};
use crate::walk::classify::is_resource;

/// A text by its brackets and comments.
pub struct Outline<'a> {
    source: &'a Source,
    text: &'a str,
    /// What is no code: comments and directives, in order.
    skipped: Vec<Range<usize>>,
    /// The first code after each of these.
    after: Vec<usize>,
    /// From where something begins that is held in brackets - the bracket, in JSON the key before it - to the end of the bracket that
    /// closes it, in order.
    pairs: Vec<Range<usize>>,
    /// The declarations of resources and modules, in the order of their beginnings, each with the one around it.
    resources: Vec<(Range<usize>, Option<usize>)>,
    /// Lines that begin with `@` belong to what follows.
    decorators: bool,
}

/// What [`Outline::above`] has found out.
#[derive(Default)]
pub struct Known {
    /// What begins on a line, by the beginning of the line.
    covered: FxHashMap<usize, Option<Range<usize>>>,
    /// What is held in brackets, each with the one around it.
    pairs: Option<Vec<(Range<usize>, Option<usize>)>>,
}

impl<'a> Outline<'a> {
    /// Of a Bicep text. `skipped` are its comments and directives.
    pub fn of_bicep(source: &'a Source, skipped: impl Iterator<Item = Span>) -> Self {
        let found = bicep::brackets(source);
        let pairs = found.pairs.iter().map(|p| p.range()).collect();
        let mut out = Outline::new(source, skipped, pairs, true);
        let extents = found.declarations.iter().map(|start| out.extent(*start as usize)).collect();
        out.resources = nested(extents);
        out
    }

    /// Of a JSON text.
    pub fn of_json(document: &'a Document) -> Self {
        let (mut pairs, mut resources) = (Vec::new(), Vec::new());
        each_container(document, |value| {
            pairs.push(value.range());
            if value.is_resource {
                resources.push(value.range());
            }
        });
        pairs.sort_unstable_by_key(|p| (p.start, p.end));
        resources.sort_unstable_by_key(|p| (p.start, p.end));
        let skipped = document.comments().iter().copied();
        Outline { resources: nested(resources), ..Outline::new(document.source(), skipped, pairs, false) }
    }

    fn new(
        source: &'a Source,
        skipped: impl Iterator<Item = Span>,
        pairs: Vec<Range<usize>>,
        decorators: bool,
    ) -> Self {
        let mut skipped: Vec<Range<usize>> = skipped.map(|s| s.range()).collect();
        skipped.sort_unstable_by_key(|s| s.start);
        let text = source.text();
        let mut after = vec![text.len(); skipped.len()];
        // From the last to the first, so that each stretch of blanks is looked at once.
        let mut next: Option<(usize, usize)> = None;
        for (one, after) in skipped.iter().zip(&mut after).rev() {
            let code = after_blanks(text, one.end);
            *after = next.filter(|(start, _)| *start == code).map_or(code, |(_, after)| after);
            next = Some((one.start, *after));
        }
        Outline { source, text, skipped, after, pairs, resources: Vec::new(), decorators }
    }

    /// What a comment covers that is about a line: all that begins on the line that follows, or on its own where code stands before
    /// it. Between code on both sides it is what follows. Nothing at the end of a text.
    pub fn line(&self, comment: Range<usize>) -> Option<Range<usize>> {
        let line = self.line_around(comment.start);
        let next = self.next_code(comment.end);
        let first = self.next_code(line.start).filter(|at| *at < comment.start);
        let Some(first) = first else { return next.map(|at| self.extent(at)) };
        match next.filter(|at| *at < self.line_around(comment.end).end) {
            // `[ /* … */ {`
            Some(at) => match self.pairs.get(self.pairs.partition_point(|p| p.start < at)).filter(|p| p.start == at) {
                Some(pair) => Some(pair.clone()),
                None => Some(at..self.until_comma(at)),
            },
            None => Some(self.extent(first)),
        }
    }

    /// Where a comment begins that is about the line of a place, if it covers the place and nothing of another declaration: no
    /// other resource, and, outside of resources, no other parameter or variable. `None` where the line holds more. What is found
    /// out is kept in `known`: one line may hold all of a file, and many places.
    pub fn above(&self, place: Range<usize>, known: &mut Known) -> Option<usize> {
        let line = self.line_around(place.start);
        let covered = known.covered.entry(line.start);
        let covered = covered.or_insert_with(|| self.next_code(line.start).map(|at| self.extent(at))).clone()?;
        let none_begins = |from: usize, to: usize| {
            let begun = |offset: usize| self.pairs.partition_point(|p| p.start < offset);
            begun(from) >= begun(to)
        };
        let fits = match self.resource_around(&place) {
            Some(resource) => resource.start <= covered.start && none_begins(resource.end, covered.end),
            // Statements of Bicep stand on lines of their own.
            None if self.decorators => true,
            None => {
                let pairs = known.pairs.get_or_insert_with(|| nested(self.pairs.clone()));
                let mut nearest = pairs.partition_point(|(p, _)| p.start <= place.start).checked_sub(1);
                let (mut outer, mut around) = (covered.start..covered.start, 0);
                while let Some((pair, above)) =
                    nearest.and_then(|i| pairs.get(i)).filter(|(p, _)| p.start >= covered.start)
                {
                    if place.end <= pair.end {
                        (outer, around) = (pair.clone(), around + 1);
                    }
                    nearest = *above;
                }
                around < 2 && none_begins(covered.start, outer.start) && none_begins(outer.end, covered.end)
            }
        };
        fits.then_some(line.start)
    }

    /// The innermost resource or module around a place.
    fn resource_around(&self, place: &Range<usize>) -> Option<&Range<usize>> {
        let begun = self.resources.partition_point(|(r, _)| r.start <= place.start);
        let mut nearest = begun.checked_sub(1);
        while let Some((range, around)) = nearest.and_then(|i| self.resources.get(i)) {
            if place.end <= range.end {
                return Some(range);
            }
            nearest = *around;
        }
        None
    }

    /// What a comment covers that is about a resource: the innermost around it, else the one that follows.
    pub fn resource(&self, comment: Range<usize>) -> Option<Range<usize>> {
        if let Some(around) = self.resource_around(&comment) {
            return Some(around.clone());
        }
        let mut at = self.next_code(comment.end)?;
        while let Some(next) = self.after_decorator(at) {
            at = next;
        }
        let found = self.resources.get(self.resources.partition_point(|(r, _)| r.start < at));
        found.map(|(range, _)| range.clone()).filter(|range| range.start == at)
    }

    /// The whole lines of a comment that stands alone, else the comment with the blanks before it: what goes if it is taken away.
    pub fn removal(&self, comment: Range<usize>) -> Range<usize> {
        let (first, last) = (self.line_around(comment.start), self.line_around(comment.end));
        let part = |range: Range<usize>| self.text.get(range).unwrap_or_default();
        let (before, after) = (part(first.start..comment.start), part(comment.end..last.end));
        if before.trim().is_empty() && after.trim().is_empty() {
            let rest = self.text.get(last.end..).unwrap_or_default();
            let ending = if rest.starts_with("\r\n") { 2 } else { rest.len().min(1) };
            return first.start..last.end + ending;
        }
        let blanks = if after.trim().is_empty() { before.len() - before.trim_end().len() } else { 0 };
        comment.start - blanks..comment.end
    }

    /// The first code at an offset or after it.
    fn next_code(&self, from: usize) -> Option<usize> {
        let at = after_blanks(self.text, from);
        let begun = self.skipped.partition_point(|s| s.start <= at).checked_sub(1);
        let within = begun.filter(|i| self.skipped.get(*i).is_some_and(|s| at < s.end));
        let at = within.and_then(|i| self.after.get(i)).copied().unwrap_or(at);
        (at < self.text.len()).then_some(at)
    }

    /// All that begins on the line of some code, from there on, with the declaration that its decorators stand above.
    fn extent(&self, from: usize) -> Range<usize> {
        let mut at = from;
        while let Some(next) = self.after_decorator(at) {
            at = next;
        }
        from..self.closed(at)
    }

    /// The code after the decorator that begins at an offset.
    fn after_decorator(&self, at: usize) -> Option<usize> {
        let is_one = self.decorators && self.text.get(at..)?.starts_with('@');
        is_one.then(|| self.next_code(self.closed(at))).flatten()
    }

    /// Where all ends that begins between some code and the end of its line.
    fn closed(&self, from: usize) -> usize {
        let mut from = from;
        loop {
            let line_end = self.line_around(from).end;
            let begins = self.pairs.partition_point(|p| p.start < from);
            let opened = self.pairs.get(begins..).unwrap_or_default().iter().take_while(|p| p.start < line_end);
            let Some(end) = opened.map(|p| p.end).max().filter(|end| *end > line_end) else { return line_end };
            // `}` may be followed by what goes on (`} : {`), but not by the next of a list.
            let rest = self.until_comma(end);
            if rest < self.line_around(end).end {
                return rest;
            }
            from = end;
        }
    }

    /// The next comma or comment of the line, else its end.
    fn until_comma(&self, from: usize) -> usize {
        let comment = self.skipped.get(self.skipped.partition_point(|s| s.start < from)).map(|s| s.start);
        let end = self.line_around(from).end.min(comment.unwrap_or(usize::MAX));
        let rest = self.text.get(from..end).unwrap_or_default();
        from + memchr::memchr(b',', rest.as_bytes()).unwrap_or(rest.len())
    }

    /// The line that holds an offset, without its line ending.
    fn line_around(&self, at: usize) -> Range<usize> {
        let line = self.source.position(u32::try_from(at).unwrap_or(u32::MAX)).line;
        self.source.line_range(line)
    }
}

/// The first offset from one on at which there is no white space.
fn after_blanks(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + (rest.len() - rest.trim_start().len())
}

/// Stretches, in the order of their beginnings, each with the place of the one around it.
pub fn nested(stretches: Vec<Range<usize>>) -> Vec<(Range<usize>, Option<usize>)> {
    let mut open: Vec<usize> = Vec::new();
    let mut out: Vec<(Range<usize>, Option<usize>)> = Vec::with_capacity(stretches.len());
    for one in stretches {
        while open.last().and_then(|i| out.get(*i)).is_some_and(|(around, _)| around.end <= one.start) {
            open.pop();
        }
        let around = open.last().copied();
        open.push(out.len());
        out.push((one, around));
    }
    out
}

/// An array or object of JSON.
pub struct Container<'d> {
    /// The value.
    pub node: Node<'d>,
    /// The member that it is the value of.
    pub member: Option<Member<'d>>,
    /// It declares a resource, or was exported as one.
    pub is_resource: bool,
}

impl Container<'_> {
    /// Its bytes, with its key.
    pub fn range(&self) -> Range<usize> {
        self.member.map_or(self.node.span(), Member::span).range()
    }
}

/// Visits every array and object of a document. Nothing here recurses.
pub fn each_container<'d>(document: &'d Document, mut visit: impl FnMut(&Container<'d>)) {
    let container = |node: Node<'d>, member, is_resource| {
        let holds = matches!(node.kind(), Kind::Array | Kind::Object);
        holds.then(|| Container { node, member, is_resource: is_resource && node.kind() == Kind::Object })
    };
    let mut open: Vec<(Container<'d>, bool)> = Vec::new();
    if let Some(root) = document.root() {
        let exported = is_resource(root);
        let all = root.items().next().is_some_and(is_resource);
        open.extend(container(root, None, exported).map(|c| (c, all)));
    }
    while let Some((one, items_are)) = open.pop() {
        visit(&one);
        open.extend(one.node.items().filter_map(|i| container(i, None, items_are)).map(|c| (c, false)));
        for member in one.node.members() {
            let resources = member.key_is("resources");
            open.extend(container(member.value(), Some(member), items_are).map(|c| (c, resources)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Sources;
    use std::sync::Arc;

    /// What the comment `?` of a text covers: by line, and by resource.
    fn covered(name: &str, text: &str) -> (String, String) {
        let source = Sources::new().add(name, text);
        let document;
        let comments;
        let outline = if name.ends_with("bicep") {
            let file = bicep::parse(&source);
            comments = file.comments;
            Outline::of_bicep(&source, comments.iter().copied().chain(file.directives.iter().map(|d| d.span)))
        } else {
            document = Document::parse(&source);
            comments = document.comments().to_vec();
            Outline::of_json(&document)
        };
        let mark = comments.iter().find(|c| source.slice(**c).contains('?')).unwrap().range();
        let part = |r: Option<Range<usize>>| {
            r.map_or("-".to_owned(), |r| text[r].split_whitespace().collect::<Vec<_>>().join(" "))
        };
        (part(outline.line(mark.clone())), part(outline.resource(mark)))
    }

    #[test]
    fn lines_of_bicep() {
        let line = |text: &str| covered("a.bicep", text).0;
        assert_eq!(line("// ?\n\n// other\nparam a string = 'x' // b\nparam b int"), "param a string = 'x' // b");
        assert_eq!(
            line("// ?\n@d('x')\n@allowed([\n  1\n])\nparam a object = {\n  b: 1\n}\nvar c = 1"),
            "@d('x') @allowed([ 1 ]) param a object = { b: 1 }"
        );
        assert_eq!(line("resource a 'b' = { // ?\n  c: 1\n}\nvar d = 1"), "resource a 'b' = { // ? c: 1 }");
        assert_eq!(line("var a = {\n  // ?\n  b: {\n    c: 1\n  }\n  d: 1\n}"), "b: { c: 1 }");
        assert_eq!(line("var a = {\n  b: c ? {\n    d: 1 // ?\n  } : {\n    e: 1\n  }\n}"), "d: 1 // ?");
        assert_eq!(
            line("var a = {\n  // ?\n  b: c ? {\n    d: 1\n  } : {\n    e: 1\n  }\n  f: 1\n}"),
            "b: c ? { d: 1 } : { e: 1 }"
        );
        assert_eq!(line("var a = [ 1, /* ? */ { b: 1 }, 2 ]"), "{ b: 1 }");
        assert_eq!(line("var a = [ 1, /* ? */ 5, 2 ]"), "5");
        assert_eq!(line("var a = 'x // ?'\n/* ?\n*/ var b = 2\nvar c = 3"), "var b = 2");
        assert_eq!(line("// ?\n#disable-next-line x\nvar b = 2"), "var b = 2");
        assert_eq!(line("var a = 1\n// ?\n"), "-");
    }

    #[test]
    fn resources_of_bicep() {
        let resource = |text: &str| covered("a.bicep", text).1;
        assert_eq!(resource("// ?\n@d('x')\nresource a 'b' = {\n  c: 1\n}\n"), "resource a 'b' = { c: 1 }");
        assert_eq!(resource("module a 'b' = {\n  c: 1 // ?\n}\n"), "module a 'b' = { c: 1 // ? }");
        assert_eq!(
            resource("resource a 'b' = {\n  resource c 'd' = {\n    e: 1 // ?\n  }\n}\n"),
            "resource c 'd' = { e: 1 // ? }"
        );
        assert_eq!(resource("// ?\nvar a = 1\nresource a 'b' = {}\n"), "-");
    }

    #[test]
    fn json() {
        let template = |inside: &str| format!("{{\n  \"resources\": [\n{inside}\n  ]\n}}");
        let at = |text: &str| covered("a.json", &template(text));
        let one = "{ \"type\": \"T/u\", \"a\": { \"b\": 1 } }";
        assert_eq!(
            at("    // ?\n    {\n      \"a\": 1\n    }, {\n    }"),
            ("{ \"a\": 1 }".into(), "{ \"a\": 1 }".into())
        );
        assert_eq!(
            at("    {\n      \"a\": { // ?\n        \"b\": 1\n      },\n      \"c\": 1\n    }").0,
            "\"a\": { // ? \"b\": 1 }"
        );
        assert_eq!(at(&format!("    {one}, /* ? */ {one}, {one}")), (one.into(), one.into()));
        assert_eq!(at("    {\n      \"a\": \"x\", // ?\n      \"b\": 1\n    }").0, "\"a\": \"x\", // ?");
        assert_eq!(covered("a.json", "{\n\"a\":\n{\n// ?\n\"b\":\n{\n\"c\": 1\n}\n}\n}").0, "\"b\": { \"c\": 1 }");
        let named = "{ \"resources\": {\n\"s\": { \"a\": 1, // ?\n\"b\": 2 }, \"t\": {} } }";
        assert_eq!(covered("a.json", named).1, "\"s\": { \"a\": 1, // ? \"b\": 2 }");
        let exported = "[{ \"type\": \"Microsoft.A/b\", \"name\": \"n\",\n\"c\": 1 // ?\n}]";
        assert_eq!(covered("a.json", exported).1, "{ \"type\": \"Microsoft.A/b\", \"name\": \"n\", \"c\": 1 // ? }");
    }

    #[test]
    fn what_is_taken_away() {
        let removed = |text: &str| {
            let source: Arc<Source> = Sources::new().add("a.bicep", text);
            let comments = bicep::parse(&source).comments;
            let outline = Outline::of_bicep(&source, comments.iter().copied());
            let mut out = text.to_owned();
            out.replace_range(outline.removal(comments[0].range()), "");
            out
        };
        assert_eq!(removed("var a = 1\n  // x\nvar b = 2"), "var a = 1\nvar b = 2");
        assert_eq!(removed("var a = 1  // x\nvar b = 2"), "var a = 1\nvar b = 2");
        assert_eq!(removed("var a = /* x */ 1"), "var a =  1");
        assert_eq!(removed("var a = 1\n// x"), "var a = 1\n");
    }
}
