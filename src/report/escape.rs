//! Text that strangers wrote, made harmless for what will show it.
//!
//! A pull request can name a resource `::error::`, `<img onerror>` or an escape sequence. Values are quoted all the same,
//! because a finding without its value is useless; so every format passes them through one of these functions.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

/// Characters that a terminal obeys, that reorder the text around them, or that cannot be seen.
/// (Trojan Source, CVE-2021-42574, is the reason for the bidirectional ones.)
pub fn is_unsafe(c: char) -> bool {
    matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}'
        | '\u{ad}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fff9}'..='\u{fffb}' | '\u{feff}' | '\u{ffff}' | '\u{fffe}'
        | '\u{e0000}'..='\u{e007f}')
}

/// One line in which everything can be seen: unsafe characters become `\n`, `\t`, `\u{202e}`.
///
/// The `[` of `##[` and `##vso[` becomes `\u{5b}`, because GitHub's runner still obeys `##[command]` anywhere in a line, and the
/// agent of Azure Pipelines `##vso[command]`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) && !may_command(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        push_visible(&mut out, c);
    }
    Cow::Owned(out)
}

/// Whether a `[` behind this text would begin a command of a runner.
fn begins_command(text: &str) -> bool {
    let before = text.as_bytes();
    before.ends_with(b"##") || before.last_chunk::<5>().is_some_and(|last| last.eq_ignore_ascii_case(b"##vso"))
}

/// Whether a text may hold such a command.
fn may_command(text: &str) -> bool {
    text.contains("##") && text.match_indices('[').any(|(i, _)| begins_command(text.get(..i).unwrap_or_default()))
}

/// Appends one character of [`visible`]'s answer.
pub fn push_visible(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '[' if begins_command(out) => out.push_str("\\u{5b}"),
        c if is_unsafe(c) => {
            let _ = write!(out, "\\u{{{:x}}}", c as u32);
        }
        c => out.push(c),
    }
}

/// Text that can be seen, for the start of a line: the first of `::` becomes `\u{3a}`, because GitHub's runner obeys
/// `::command::` behind nothing but spaces.
pub fn line_start(text: &str) -> Cow<'_, str> {
    let command = text.trim_start();
    match command.strip_prefix("::") {
        Some(rest) => Cow::Owned(format!("{}\\u{{3a}}:{rest}", &text[..text.len() - command.len()])),
        None => Cow::Borrowed(text),
    }
}

/// Plain text as Markdown that shows exactly this text: no markup, no HTML, no links, no mathematics, safe in a table.
pub fn markdown(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // GitHub typesets `$…$`, links `@name` and `#1`, and turns bare addresses into links.
            '$' => out.push_str("&#36;"),
            '@' => out.push_str("&#64;"),
            '#' => out.push_str("&#35;"),
            ':' if rest.peek() == Some(&'/') => out.push_str("&#58;"),
            '.' if out.ends_with("www") || out.ends_with("WWW") => out.push_str("&#46;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '+' | '!' | '|' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// Plain text in which pairs of backticks mean code, as our messages have them, as Markdown: the parts between them are
/// code spans, everything else is [`markdown`]. Whoever puts a backtick into a value only gets the other of the two.
pub fn prose(text: &str) -> String {
    prose_with(text, code)
}

/// [`prose`] for a table.
pub fn prose_in_table(text: &str) -> String {
    prose_with(text, code_in_table)
}

fn prose_with(text: &str, code: fn(&str) -> String) -> String {
    let parts: Vec<_> = text.split('`').collect();
    let mut out = String::with_capacity(text.len() + 16);
    for (i, part) in parts.iter().enumerate() {
        let last = i + 1 == parts.len();
        match i % 2 {
            0 => out.push_str(&markdown(part)),
            _ if last => {
                out.push_str("\\`");
                out.push_str(&markdown(part));
            }
            _ => out.push_str(&code(part)),
        }
    }
    out
}

/// Plain text as a Markdown code span. In a table, use [`code_in_table`].
pub fn code(text: &str) -> String {
    let text = visible(text);
    let text = text.trim();
    if text.is_empty() {
        return "` `".into();
    }
    let (mut longest, mut run) = (0, 0);
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A code span for a table, which splits its cells at `|` before it looks at code spans.
pub fn code_in_table(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// The data of a workflow command (`::error::data`): the runner decodes these three.
pub fn command_data(text: &str) -> String {
    visible(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command (`::error title=property::`).
pub fn command_property(text: &str) -> String {
    command_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A path in a workflow command. It must stay the path that it is, so what would end the line is encoded, not shown.
pub fn command_path(path: &str) -> String {
    let encoded =
        path.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A").replace(':', "%3A").replace(',', "%2C");
    visible(&encoded).into_owned()
}

/// The message of a logging command of Azure Pipelines (`##vso[…]message`): the agent decodes these.
pub fn pipeline_data(text: &str) -> String {
    visible(text).replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a logging command of Azure Pipelines. A path must stay the path that it is, so what would end the line is encoded,
/// not shown.
pub fn pipeline_property(text: &str) -> String {
    let encoded = text.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A");
    visible(&encoded.replace(';', "%3B").replace(']', "%5D")).into_owned()
}

/// Text or attribute of an XML document. Characters that XML cannot hold are gone after [`visible`].
pub fn xml(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c => out.push(c),
        }
    }
    out
}

/// A field of a CSV file (RFC 4180). What a spreadsheet would take for a formula gets a leading apostrophe.
pub fn csv(text: &str) -> String {
    let text = visible(text);
    let guard = if text.trim_start().starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    if text.contains(['"', ',', ';', '\'']) || !guard.is_empty() || text.trim().len() != text.len() {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        text.into_owned()
    }
}

/// Plain text for a SARIF `message.text`, in which `[words](target)` would be a link (SARIF 2.1.0, 3.11.6).
pub fn sarif_text(text: &str) -> String {
    visible(text).replace("](", "] (")
}

/// A [`serde_json`] formatter whose bytes are harmless to look at, while the strings stay what they are: unsafe
/// characters, and the `[` of `##[`, are written as `\uXXXX`.
#[derive(Default)]
pub struct SafeJson(serde_json::ser::PrettyFormatter<'static>);

impl serde_json::ser::Formatter for SafeJson {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        // Nearly every text is plain, and has nothing that a command could begin with. To look at all of it is quicker than to stop
        // at the first byte that is not: many bytes are looked at in one step.
        let plain = |b: u8| matches!(b, b' '..=b'~');
        let harmless = fragment.bytes().fold(true, |all, b| all & plain(b) & (b != b'#'));
        if harmless || fragment.bytes().all(plain) && !may_command(fragment) {
            return writer.write_all(fragment.as_bytes());
        }
        escaped(writer, fragment, |i, c| is_unsafe(c) || (c == '[' && begins_command(&fragment[..i])))
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }
    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }
    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }
    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }
    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }
    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }
    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }
    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

/// A fragment of a JSON string in which the characters that are to be are written as `\uXXXX`; each is told by its byte.
fn escaped<W: ?Sized + io::Write>(
    writer: &mut W,
    fragment: &str,
    hide: impl Fn(usize, char) -> bool,
) -> io::Result<()> {
    let mut written = 0;
    for (i, c) in fragment.char_indices().filter(|(i, c)| hide(*i, *c)) {
        writer.write_all(&fragment.as_bytes()[written..i])?;
        let mut units = [0; 2];
        for unit in c.encode_utf16(&mut units) {
            write!(writer, "\\u{unit:04x}")?;
        }
        written = i + c.len_utf8();
    }
    writer.write_all(&fragment.as_bytes()[written..])
}

/// A [`serde_json`] formatter for JSON within HTML, compact: what could end a `<script>` or begin a comment is written as
/// `\uXXXX`, besides what [`SafeJson`] hides.
struct ScriptJson;

impl serde_json::ser::Formatter for ScriptJson {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let markup = |c: char| matches!(c, '<' | '>' | '&');
        escaped(writer, fragment, |i, c| is_unsafe(c) || markup(c) || (c == '[' && begins_command(&fragment[..i])))
    }
}

/// Serialises as JSON that may stand in a `<script>`.
///
/// # Errors
/// What `out` answers.
pub fn write_script_json(value: &impl serde::Serialize, out: &mut impl io::Write) -> io::Result<()> {
    Ok(value.serialize(&mut serde_json::Serializer::with_formatter(out, ScriptJson))?)
}

/// An address that can stand where a link is wanted: `https`, and no character that could end it, in Markdown or in HTML.
pub fn web(uri: &str) -> Option<&str> {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '(' | ')' | '<' | '>' | '|' | '\\' | '"');
    (uri.starts_with("https://") && uri.chars().all(plain)).then_some(uri)
}

/// Serialises with [`SafeJson`] and a final newline.
///
/// # Errors
/// What `out` answers.
pub fn write_json(value: &impl serde::Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    serialise(value, &mut out)?;
    io::Write::flush(&mut out)
}

/// The same into memory; `room` is about how many bytes there will be.
///
/// # Errors
/// What cannot be serialised.
pub fn json_bytes(value: &impl serde::Serialize, room: usize) -> io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(room);
    serialise(value, &mut out)?;
    Ok(out)
}

fn serialise(value: &impl serde::Serialize, out: &mut impl io::Write) -> io::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, SafeJson::default()))?;
    out.write_all(b"\n")
}

/// The same as a text.
pub fn json(value: &serde_json::Value) -> String {
    let out = json_bytes(value, 0);
    // Neither a JSON value nor a vector refuses anything.
    debug_assert!(out.is_ok());
    String::from_utf8(out.unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_as_text_shows_what_cannot_be_seen() {
        let text = json(&serde_json::json!({"a\u{202e}": "\u{9b}31m", "b": [1]}));
        assert!(text.is_ascii() && text.ends_with("}\n"), "{text}");
        assert!(text.contains("a\\u202e") && text.contains("\\u009b31m"), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap()["a\u{202e}"], "\u{9b}31m");
    }

    #[test]
    fn pairs_of_backticks_are_code_in_prose() {
        assert_eq!(prose("`a.b[0]` is <x>; it's `*`."), "`a.b[0]` is &lt;x&gt;; it's `*`.");
        assert_eq!(prose("one ` <b>"), "one \\` &lt;b&gt;");
        assert_eq!(prose("``"), "` `");
        assert_eq!(prose_in_table("`a|b` | c"), "`a\\|b` \\| c");
    }

    #[test]
    fn code_spans_hold_any_number_of_backticks() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a``b`c"), "```a``b`c```");
        assert_eq!(code("`"), "`` ` ``");
    }
}
