//! The pieces of a format string: .NET's composite formatting
//! (<https://learn.microsoft.com/dotnet/standard/base-types/composite-formatting>).

use std::borrow::Cow;

use smallvec::SmallVec;

/// The widest field.
const MAX_WIDTH: usize = 262_144;

/// Why a text is no format string, in words for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAFormat(pub String);

/// One piece of a format string.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece<'f> {
    /// What is written as it is, braces undoubled.
    Text(Cow<'f, str>),
    /// `{index,width:spec}`; a negative width fills on the right.
    Hole {
        /// Which argument, from 0.
        index: usize,
        /// The fewest characters.
        width: i64,
        /// The format of a number.
        spec: &'f str,
    },
}

/// What a format string is made of: of a few pieces, nearly always.
pub type Pieces<'f> = SmallVec<[Piece<'f>; 4]>;

/// Takes a format string apart.
///
/// # Errors
/// What is wrong with it.
pub fn pieces(format: &str) -> Result<Pieces<'_>, NotAFormat> {
    let mut out = Pieces::new();
    let mut literal = Cow::Borrowed("");
    let mut rest = format;
    while let Some(at) = memchr::memchr2(b'{', b'}', rest.as_bytes()) {
        let (before, from) = rest.split_at(at);
        literal += before;
        let brace = &from[..1];
        rest = &from[1..];
        if let Some(after) = rest.strip_prefix(brace) {
            literal += brace;
            rest = after;
            continue;
        }
        if brace == "}" {
            return Err(NotAFormat("a `}` that closes nothing (write `}}` for a brace)".into()));
        }
        let Some((hole, after)) = memchr::memchr(b'}', rest.as_bytes()).map(|at| (&rest[..at], &rest[at + 1..])) else {
            return Err(NotAFormat("a `{` that is never closed (write `{{` for a brace)".into()));
        };
        if !literal.is_empty() {
            out.push(Piece::Text(std::mem::take(&mut literal)));
        }
        out.push(read_hole(hole)?);
        rest = after;
    }
    literal += rest;
    if !literal.is_empty() {
        out.push(Piece::Text(literal));
    }
    Ok(out)
}

fn read_hole(hole: &str) -> Result<Piece<'_>, NotAFormat> {
    // Nearly every one is a digit and nothing else.
    if let [digit @ b'0'..=b'9'] = hole.as_bytes() {
        return Ok(Piece::Hole { index: usize::from(digit - b'0'), width: 0, spec: "" });
    }
    let wrong = || NotAFormat(format!("`{{{hole}}}` is no placeholder"));
    let (place, spec) = hole.split_once(':').unwrap_or((hole, ""));
    if spec.contains('{') {
        return Err(wrong());
    }
    let (index, width) = place.split_once(',').map_or((place, None), |(i, w)| (i, Some(w)));
    let digits = |s: &str| -> Option<usize> {
        let s = s.trim_end_matches(' ');
        (!s.is_empty() && s.bytes().all(|b| b.is_ascii_digit()))
            .then(|| s.parse().ok())
            .flatten()
            .filter(|n| *n < MAX_WIDTH)
    };
    let index = digits(index).ok_or_else(wrong)?;
    let width = match width.map(|w| w.trim_start_matches(' ')) {
        None => 0,
        Some(w) => {
            let (sign, w) = w.strip_prefix('-').map_or((1, w), |w| (-1, w));
            sign * i64::try_from(digits(w).ok_or_else(wrong)?).unwrap_or(0)
        }
    };
    Ok(Piece::Hole { index, width, spec })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_holes() {
        let hole = |index, width, spec| Piece::Hole { index, width, spec };
        let text = |t: &'static str| Piece::Text(t.into());
        assert_eq!(
            pieces("a{0}{{b}}{1,-4:D3}").unwrap().as_slice(),
            [text("a"), hole(0, 0, ""), text("{b}"), hole(1, -4, "D3")]
        );
        assert_eq!(pieces("").unwrap().as_slice(), []);
        assert!(pieces("{").is_err() && pieces("}").is_err() && pieces("{x}").is_err());
    }
}
