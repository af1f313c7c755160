//! Escapes in strings: reading, decoding, and finding a decoded offset in the source.

/// How an escape was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Valid,
    /// `\'`, which Azure's reader knows and JSON does not.
    Quote,
    /// A `\u` escape for half of a surrogate pair, without the other half.
    LoneSurrogate,
    /// `\u` without four hexadecimal digits.
    BadUnicode,
    /// Any other character after the backslash.
    Unknown,
}

/// An escape: the character it stands for and its bytes in the source.
pub(super) struct Escape {
    pub char: char,
    pub len: usize,
    pub verdict: Verdict,
}

/// Reads the escape whose backslash stands at `at`. Ends on a character boundary if `at` is on one.
pub(super) fn read(text: &str, at: usize) -> Escape {
    let rest = text.get(at + 1..).unwrap_or("");
    let Some(c) = rest.chars().next() else {
        return Escape { char: '\\', len: 1, verdict: Verdict::Unknown };
    };
    let simple = |char| Escape { char, len: 2, verdict: Verdict::Valid };
    match c {
        '"' | '\\' | '/' => simple(c),
        'b' => simple('\u{8}'),
        'f' => simple('\u{c}'),
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        '\'' => Escape { char: c, len: 2, verdict: Verdict::Quote },
        'u' => unicode(rest.as_bytes()),
        _ => Escape { char: c, len: 1 + c.len_utf8(), verdict: Verdict::Unknown },
    }
}

/// Reads a `\u` escape; `rest` starts at the `u`.
fn unicode(rest: &[u8]) -> Escape {
    let Some(unit) = hex(rest.get(1..5)) else {
        return Escape { char: 'u', len: 2, verdict: Verdict::BadUnicode };
    };
    if let Some(char) = char::from_u32(unit) {
        return Escape { char, len: 6, verdict: Verdict::Valid };
    }
    if unit < 0xDC00
        && rest.get(5..7) == Some(b"\\u")
        && let Some(low @ 0xDC00..=0xDFFF) = hex(rest.get(7..11))
        && let Some(char) = char::from_u32(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
    {
        return Escape { char, len: 12, verdict: Verdict::Valid };
    }
    Escape { char: char::REPLACEMENT_CHARACTER, len: 6, verdict: Verdict::LoneSurrogate }
}

fn hex(digits: Option<&[u8]>) -> Option<u32> {
    digits?.iter().try_fold(0, |n, &b| Some(n * 16 + (b as char).to_digit(16)?))
}

/// Decodes the text between the quotes.
pub(super) fn decode(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut at = 0;
    while let Some(plain) = memchr::memchr(b'\\', raw.get(at..).unwrap_or("").as_bytes()) {
        out.push_str(&raw[at..at + plain]);
        let escape = read(raw, at + plain);
        out.push(escape.char);
        at += plain + escape.len;
    }
    out.push_str(raw.get(at..).unwrap_or(""));
    out
}

/// The offset in the raw text of a byte offset in the decoded text, at most the length of the raw text.
pub(super) fn source_offset(raw: &str, decoded: usize) -> usize {
    let (mut at, mut left) = (0, decoded);
    while let Some(c) = raw.get(at..).and_then(|rest| rest.chars().next()) {
        let (decoded_len, len) = if c == '\\' {
            let escape = read(raw, at);
            (escape.char.len_utf8(), escape.len)
        } else {
            (c.len_utf8(), c.len_utf8())
        };
        if left < decoded_len {
            return at;
        }
        left -= decoded_len;
        at += len;
    }
    raw.len()
}
