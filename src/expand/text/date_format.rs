//! What a .NET format of dates asks for, field by field
//! (<https://learn.microsoft.com/dotnet/standard/base-types/standard-date-and-time-format-strings>,
//! <https://learn.microsoft.com/dotnet/standard/base-types/custom-date-and-time-format-strings>), in the invariant culture.

/// A field of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// This text, as it is.
    Text(String),
    /// A letter of `dfFghHmMstyz`, so many times: a part of the date.
    Letters(char, usize),
    /// The offset from UTC, or `Z`.
    Zone,
}

/// A format, and whether it writes the moment as it reads in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    /// Its fields, in their order.
    pub fields: Vec<Field>,
    /// The moment is taken to UTC first.
    pub at_utc: bool,
    /// It is for moments that are UTC by kind only.
    pub utc_only: bool,
}

/// The most digits of a fraction of a second.
const MOST_DIGITS: usize = 7;

/// Takes a standard format (one letter) or a custom one apart; `None` if there is no such format.
pub fn read(spec: &str) -> Option<Format> {
    let mut letters = spec.chars();
    let (first, more) = (letters.next(), letters.next());
    let custom = match (first, more) {
        (None, _) => "MM/dd/yyyy HH:mm:ss zzz",
        (_, Some(_)) => spec,
        (Some(letter), None) => match letter {
            'd' => "MM/dd/yyyy",
            'D' => "dddd, dd MMMM yyyy",
            'f' => "dddd, dd MMMM yyyy HH:mm",
            'F' | 'U' => "dddd, dd MMMM yyyy HH:mm:ss",
            'g' => "MM/dd/yyyy HH:mm",
            'G' => "MM/dd/yyyy HH:mm:ss",
            'm' | 'M' => "MMMM dd",
            'o' | 'O' => "yyyy-MM-dd'T'HH:mm:ss.fffffffK",
            'r' | 'R' => "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
            's' => "yyyy-MM-dd'T'HH:mm:ss",
            't' => "HH:mm",
            'T' => "HH:mm:ss",
            'u' => "yyyy-MM-dd HH:mm:ss'Z'",
            'y' | 'Y' => "yyyy MMMM",
            _ => return None,
        },
    };
    let standard = if more.is_none() { first } else { None };
    Some(Format {
        fields: fields(custom)?,
        at_utc: matches!(standard, Some('r' | 'R' | 'u')),
        utc_only: standard == Some('U'),
    })
}

fn fields(spec: &str) -> Option<Vec<Field>> {
    let mut out = Vec::new();
    let mut rest = spec;
    while let Some(c) = rest.chars().next() {
        let after_one = rest.get(c.len_utf8()..)?;
        rest = match c {
            '\'' | '"' => {
                let mut chars = after_one.char_indices();
                loop {
                    let (at, x) = chars.next()?;
                    if x == c {
                        break after_one.get(at + 1..)?;
                    }
                    add(&mut out, if x == '\\' { chars.next()?.1 } else { x });
                }
            }
            // One letter by itself, which would be a standard format otherwise.
            '%' => {
                let next = after_one.chars().next().filter(|n| !matches!(n, '%' | '\'' | '"' | '\\'))?;
                out.push(field(next, 1).unwrap_or_else(|| Field::Text(next.into())));
                after_one.get(next.len_utf8()..)?
            }
            '\\' => {
                let next = after_one.chars().next()?;
                add(&mut out, next);
                after_one.get(next.len_utf8()..)?
            }
            _ => {
                let run = if c == 'K' { 1 } else { rest.chars().take_while(|x| *x == c).count() };
                match field(c, run) {
                    Some(Field::Letters('f' | 'F', digits)) if digits > MOST_DIGITS => return None,
                    Some(field) => {
                        out.push(field);
                        rest.get(run..)?
                    }
                    None => {
                        add(&mut out, c);
                        after_one
                    }
                }
            }
        };
    }
    Some(out)
}

/// The field that a letter, so many times, stands for.
fn field(letter: char, run: usize) -> Option<Field> {
    match letter {
        'd' | 'f' | 'F' | 'g' | 'h' | 'H' | 'm' | 'M' | 's' | 't' | 'y' | 'z' => Some(Field::Letters(letter, run)),
        'K' => Some(Field::Zone),
        _ => None,
    }
}

fn add(out: &mut Vec<Field>, c: char) {
    match out.last_mut() {
        Some(Field::Text(text)) => text.push(c),
        _ => out.push(Field::Text(c.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_taken_apart() {
        let text = |t: &str| Field::Text(t.into());
        assert_eq!(
            read("yyyyMMdd'T'H\\hK").unwrap().fields,
            [
                Field::Letters('y', 4),
                Field::Letters('M', 2),
                Field::Letters('d', 2),
                text("T"),
                Field::Letters('H', 1),
                text("h"),
                Field::Zone
            ]
        );
        assert_eq!(read("%d").unwrap().fields, [Field::Letters('d', 1)]);
        assert!(read("u").unwrap().at_utc && !read("uu").unwrap().at_utc && read("U").unwrap().utc_only);
        for bad in ["q", "K", "%", "%%", "%'", "'a", "ffffffff", "a\\"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
