//! Numbers as .NET writes them in `{0:N2}` and the like, in the invariant culture.
//!
//! See <https://learn.microsoft.com/dotnet/standard/base-types/standard-numeric-format-strings> and
//! <https://learn.microsoft.com/dotnet/standard/base-types/custom-numeric-format-strings>.

/// The most digits after the point that are given out.
const MAX_PRECISION: usize = 1000;

/// A number to be written.
#[derive(Debug, Clone, Copy)]
pub enum Number {
    Int(i64),
    Float(f64),
}

/// A number as digits: `0.d₁d₂… × 10^scale`, without zeros in front.
struct Digits {
    negative: bool,
    digits: Vec<u8>,
    scale: i32,
    float: bool,
}

impl Digits {
    /// From a text of digits with perhaps a point and an exponent.
    fn read(text: &str, negative: bool, float: bool) -> Self {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let mut scale = i32::try_from(whole.len()).unwrap_or(0) + exponent.parse::<i32>().unwrap_or(0);
        let zeros = digits.iter().take_while(|d| **d == b'0').count();
        digits.drain(..zeros);
        scale -= i32::try_from(zeros).unwrap_or(0);
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        if digits.is_empty() {
            scale = 0;
        }
        Digits { negative, digits, scale, float }
    }

    fn of_int(i: i64) -> Self {
        Digits::read(&i.unsigned_abs().to_string(), i < 0, false)
    }

    /// A floating-point number to `places` after the point.
    fn fixed(n: Number, places: usize) -> Self {
        match n {
            Number::Int(i) => Digits::of_int(i),
            Number::Float(f) => Digits::read(&format!("{:.*}", places, f.abs()), f.is_sign_negative(), true),
        }
    }

    /// A floating-point number to `count` digits in all, or as many as tell it from its neighbours.
    fn significant(n: Number, count: Option<usize>) -> Self {
        match (n, count) {
            (Number::Int(i), _) => Digits::of_int(i),
            (Number::Float(f), Some(c)) => {
                Digits::read(&format!("{:.*e}", c.saturating_sub(1), f.abs()), f.is_sign_negative(), true)
            }
            (Number::Float(f), None) => Digits::read(&format!("{:e}", f.abs()), f.is_sign_negative(), true),
        }
    }

    /// Keeps the first `count` digits, half a unit rounding away from zero.
    fn round(&mut self, count: i32) {
        let count = usize::try_from(count).ok();
        let up = match count {
            Some(c) => self.digits.get(c).is_some_and(|d| *d >= b'5'),
            None => false,
        };
        self.digits.truncate(count.unwrap_or(0));
        if up {
            loop {
                match self.digits.pop() {
                    Some(b'9') => {}
                    Some(d) => {
                        self.digits.push(d + 1);
                        break;
                    }
                    None => {
                        self.digits.push(b'1');
                        self.scale += 1;
                        break;
                    }
                }
            }
        }
        while self.digits.last() == Some(&b'0') {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            self.scale = 0;
            self.negative &= self.float;
        }
    }

    /// The digit at a place: 0 is the one before the point, 1 the one before that, -1 the first after the point.
    fn at(&self, place: i32) -> char {
        let index = self.scale - 1 - place;
        usize::try_from(index).ok().and_then(|i| self.digits.get(i)).map_or('0', |d| char::from(*d))
    }

    /// The digits before the point, in groups of three if asked for, and `places` after it.
    fn plain(&self, places: usize, grouped: bool) -> String {
        let mut out = String::new();
        for place in (0..self.scale.max(1)).rev() {
            out.push(self.at(place));
            if grouped && place > 0 && place % 3 == 0 {
                out.push(',');
            }
        }
        if places > 0 {
            out.push('.');
            for place in 1..=i32::try_from(places).unwrap_or(0) {
                out.push(self.at(-place));
            }
        }
        out
    }
}

fn sign(negative: bool) -> &'static str {
    if negative { "-" } else { "" }
}

fn exponent(e: i32, letter: char, width: usize, plus: bool) -> String {
    let mark = if e < 0 {
        "-"
    } else if plus {
        "+"
    } else {
        ""
    };
    format!("{letter}{mark}{:0width$}", e.unsigned_abs())
}

/// A number in a standard or custom format; `None` if the format is not for it.
pub fn format(n: Number, spec: &str) -> Option<String> {
    let mut chars = spec.chars();
    let Some(letter) = chars.next() else { return standard(n, 'G', None) };
    let rest = chars.as_str();
    if letter.is_ascii_alphabetic() && rest.len() <= 9 && rest.bytes().all(|b| b.is_ascii_digit()) {
        let precision = if rest.is_empty() { None } else { Some(rest.parse().ok()?) };
        if precision.is_some_and(|p: usize| p > MAX_PRECISION) {
            return None;
        }
        return standard(n, letter, precision);
    }
    Some(custom(n, spec))
}

fn standard(n: Number, letter: char, precision: Option<usize>) -> Option<String> {
    let width = precision.unwrap_or(0);
    match (letter.to_ascii_uppercase(), n) {
        ('D', Number::Int(i)) => Some(format!("{}{:0width$}", sign(i < 0), i.unsigned_abs())),
        ('X', Number::Int(i)) if letter == 'X' => Some(format!("{i:0width$X}")),
        ('X', Number::Int(i)) => Some(format!("{i:0width$x}")),
        ('B', Number::Int(i)) => Some(format!("{i:0width$b}")),
        ('R', Number::Int(i)) => Some(i.to_string()),
        ('R', Number::Float(_)) => Some(general(n, None, if letter == 'R' { 'E' } else { 'e' })),
        ('G', Number::Int(i)) if width == 0 => Some(i.to_string()),
        ('G', _) => Some(general(n, precision.filter(|p| *p > 0), if letter == 'G' { 'E' } else { 'e' })),
        ('E', _) => {
            let places = precision.unwrap_or(6);
            let mut d = Digits::significant(n, Some(places + 1));
            d.round(i32::try_from(places).unwrap_or(0) + 1);
            let e = if d.digits.is_empty() { 0 } else { d.scale - 1 };
            d.scale = 1;
            Some(format!("{}{}{}", sign(d.negative), d.plain(places, false), exponent(e, letter, 3, true)))
        }
        ('F' | 'N' | 'C' | 'P', _) => {
            let places = precision.unwrap_or(2);
            let percent = letter.eq_ignore_ascii_case(&'P');
            let mut d = Digits::fixed(n, if percent { places + 2 } else { places });
            if percent && !d.digits.is_empty() {
                d.scale += 2;
            }
            let text = d.plain(places, !letter.eq_ignore_ascii_case(&'F'));
            Some(match letter.to_ascii_uppercase() {
                'C' if d.negative => format!("(¤{text})"),
                'C' => format!("¤{text}"),
                'P' => format!("{}{text} %", sign(d.negative)),
                _ => format!("{}{text}", sign(d.negative)),
            })
        }
        _ => None,
    }
}

/// `G` and `R`: plain if that is short, else with an exponent.
fn general(n: Number, precision: Option<usize>, letter: char) -> String {
    let mut d = Digits::significant(n, precision);
    if let Some(p) = precision {
        d.round(i32::try_from(p).unwrap_or(i32::MAX));
    }
    let most = precision.map_or(15, |p| i32::try_from(p).unwrap_or(i32::MAX));
    let minus = sign(d.negative);
    let count = i32::try_from(d.digits.len()).unwrap_or(0);
    if d.scale > most || d.scale < -3 {
        let e = d.scale - 1;
        d.scale = 1;
        let places = usize::try_from(count - 1).unwrap_or(0);
        return format!("{minus}{}{}", d.plain(places, false), exponent(e, letter, 2, true));
    }
    let places = usize::try_from(count - d.scale).unwrap_or(0);
    format!("{minus}{}", d.plain(places, false))
}

/// The shortest text that reads as the same number, as JSON writes it: always with a point or an exponent.
pub fn json_float(f: f64) -> String {
    let text = general(Number::Float(f), None, 'E');
    if text.contains(['.', 'E']) { text } else { format!("{text}.0") }
}

/// One piece of a custom format.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Token {
    /// `0` (true) or `#`
    Digit(bool),
    Point,
    Comma,
    /// A character that is written, with the powers of ten it stands for (`%`, `‰`).
    Literal(char, i32),
    /// `E+00`: the letter, whether a plus is written, the fewest digits.
    Exponent(char, bool, usize),
}

/// The sections of a custom format, separated by `;`.
fn sections(spec: &str) -> Vec<Vec<Token>> {
    let chars: Vec<char> = spec.chars().collect();
    let mut out = vec![Vec::new()];
    let mut i = 0;
    while let Some(&c) = chars.get(i) {
        i += 1;
        let token = match c {
            ';' => {
                out.push(Vec::new());
                continue;
            }
            '0' => Token::Digit(true),
            '#' => Token::Digit(false),
            '.' => Token::Point,
            ',' => Token::Comma,
            '%' => Token::Literal(c, 2),
            '‰' => Token::Literal(c, 3),
            '\'' | '"' => {
                while let Some(&inside) = chars.get(i) {
                    i += 1;
                    if inside == c {
                        break;
                    }
                    if let Some(last) = out.last_mut() {
                        last.push(Token::Literal(inside, 0));
                    }
                }
                continue;
            }
            '\\' => match chars.get(i) {
                Some(&next) => {
                    i += 1;
                    Token::Literal(next, 0)
                }
                None => continue,
            },
            'E' | 'e' => {
                let signed = matches!(chars.get(i), Some('+' | '-'));
                let zeros = chars.iter().skip(i + usize::from(signed)).take_while(|z| **z == '0').count();
                if zeros > 0 {
                    let plus = signed && chars.get(i) == Some(&'+');
                    i += usize::from(signed) + zeros;
                    Token::Exponent(c, plus, zeros.min(10))
                } else {
                    Token::Literal(c, 0)
                }
            }
            _ => Token::Literal(c, 0),
        };
        if let Some(last) = out.last_mut() {
            last.push(token);
        }
    }
    out
}

/// What a section asks for.
struct Layout {
    /// How many digit places there are in all, and before the point.
    places: i32,
    before: i32,
    /// Digits that are written though they are zero: before the point, and after it (negative).
    first: i32,
    last: i32,
    grouped: bool,
    shift: i32,
    scientific: bool,
}

fn layout(tokens: &[Token]) -> Layout {
    let (mut places, mut before, mut first, mut last) = (0, None, None, 0);
    let (mut comma_at, mut commas, mut grouped, mut shift, mut scientific) = (None, 0, false, 0, false);
    for t in tokens {
        match *t {
            Token::Digit(zero) => {
                if zero && first.is_none() {
                    first = Some(places);
                }
                places += 1;
                if zero {
                    last = places;
                }
            }
            Token::Point => before = before.or(Some(places)),
            Token::Comma if places > 0 && before.is_none() => {
                if comma_at == Some(places) {
                    commas += 1;
                } else {
                    grouped |= comma_at.is_some();
                    (comma_at, commas) = (Some(places), 1);
                }
            }
            Token::Comma => {}
            Token::Literal(_, powers) => shift += powers,
            Token::Exponent(..) => scientific = true,
        }
    }
    let before = before.unwrap_or(places);
    match comma_at {
        // A comma right before the point divides by a thousand; one between digits asks for groups.
        Some(at) if at == before => shift -= 3 * commas,
        Some(_) => grouped = true,
        None => {}
    }
    let first = first.filter(|f| *f < before).map_or(0, |f| before - f);
    Layout { places, before, first, last: if last > before { before - last } else { 0 }, grouped, shift, scientific }
}

fn custom(n: Number, spec: &str) -> String {
    let sections = sections(spec);
    // An empty section means the first one.
    let pick = |index: usize| sections.get(index).filter(|s| !s.is_empty()).map_or(0, |_| index);
    let mut number = Digits::significant(n, Some(15));
    let mut section = pick(if number.digits.is_empty() { 2 } else { usize::from(number.negative) });
    let (tokens, layout) = loop {
        let tokens = sections.get(section).map(Vec::as_slice).unwrap_or_default();
        let layout = layout(tokens);
        if number.digits.is_empty() {
            number.scale = 0;
            number.negative &= number.float;
            break (tokens, layout);
        }
        let shifted = number.scale + layout.shift;
        number.scale = shifted;
        number.round(if layout.scientific { layout.places } else { shifted + layout.places - layout.before });
        let zero = pick(2);
        if number.digits.is_empty() && zero != section {
            section = zero;
            continue;
        }
        break (tokens, layout);
    };
    let minus = number.negative && section == 0;
    write_custom(&number, tokens, &layout, minus)
}

fn write_custom(number: &Digits, tokens: &[Token], layout: &Layout, minus: bool) -> String {
    let mut out = String::new();
    if minus {
        out.push('-');
    }
    let (mut place, mut ahead) = if layout.scientific {
        (layout.before, 0)
    } else {
        (number.scale.max(layout.before), number.scale - layout.before)
    };
    let whole = (place + ahead.min(0)).max(layout.first);
    let mut digits = number.digits.iter().map(|d| char::from(*d)).peekable();
    let mut point = false;
    let mut exponent_written = false;
    let digit = |out: &mut String, place: &mut i32, d: Option<char>| {
        if let Some(d) = d {
            out.push(d);
            if layout.grouped && *place > 1 && (*place - 1) % 3 == 0 && *place - 1 < whole {
                out.push(',');
            }
        }
        *place -= 1;
    };
    for t in tokens {
        // More digits before the point than places for them: they all go to the first place.
        if matches!(t, Token::Digit(_) | Token::Point) {
            while ahead > 0 {
                let next = digits.next().or(Some('0'));
                digit(&mut out, &mut place, next);
                ahead -= 1;
            }
        }
        match *t {
            Token::Digit(_) => {
                let d = if ahead < 0 {
                    ahead += 1;
                    (place <= layout.first).then_some('0')
                } else {
                    digits.next().or_else(|| (place > layout.last).then_some('0'))
                };
                digit(&mut out, &mut place, d);
            }
            Token::Point if place == 0 && !point => {
                if layout.last < 0 || (layout.before < layout.places && digits.peek().is_some()) {
                    out.push('.');
                    point = true;
                }
            }
            Token::Point | Token::Comma => {}
            Token::Literal(c, _) => out.push(c),
            Token::Exponent(letter, plus, width) if !exponent_written => {
                let e = if number.digits.is_empty() { 0 } else { number.scale - layout.before };
                out.push_str(&exponent(e, letter, width, plus));
                exponent_written = true;
            }
            Token::Exponent(..) => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers() {
        for (n, spec, want) in [
            (5, "", "5"),
            (-5, "D3", "-005"),
            (255, "X4", "00FF"),
            (255, "x", "ff"),
            (5, "B4", "0101"),
            (12345, "N0", "12,345"),
            (-12345, "C1", "(¤12,345.0)"),
            (12345, "E2", "1.23E+004"),
            (9995, "e2", "1.00e+004"),
            (3, "P0", "300 %"),
            (12345, "G2", "1.2E+04"),
            (0, "E1", "0.0E+000"),
            (12345, "0,0.0", "12,345.0"),
            (1_234_567, "0,,.00", "1.23"),
            (7, "000.##", "007"),
            (7, "00-00", "00-07"),
            (425, "#-##", "4-25"),
            (12345, "##-#", "1234-5"),
            (-3, "0;(0);nil", "(3)"),
            (0, "0;(0);nil", "nil"),
            (-3, "0;;nil", "-3"),
            (12345, "0.00E+00", "1.23E+04"),
            (5, "'n = '0\\%", "n = 5%"),
            (5, "0 %", "500 %"),
        ] {
            assert_eq!(format(Number::Int(n), spec).as_deref(), Some(want), "{n} {spec}");
        }
        assert_eq!(format(Number::Int(5), "Q"), None);
        assert_eq!(format(Number::Int(5), "F999999999"), None);
    }

    #[test]
    fn floating_point() {
        for (n, spec, want) in [
            (0.5, "", "0.5"),
            (1e15, "", "1E+15"),
            (123_456_789_012_345.0, "G", "123456789012345"),
            (0.0001, "R", "0.0001"),
            (0.00001, "r", "1e-05"),
            (-1234.5, "N1", "-1,234.5"),
            (0.256, "P1", "25.6 %"),
            (1234.567, "#,##0.0#", "1,234.57"),
            (0.4, "#.##", ".4"),
            (-0.4, "0", "-0"),
            (2.0, "F3", "2.000"),
            (99.99, "G3", "100"),
            (1e22, "0", "10000000000000000000000"),
        ] {
            assert_eq!(format(Number::Float(n), spec).as_deref(), Some(want), "{n} {spec}");
        }
        assert_eq!(format(Number::Float(1.5), "D"), None);
        assert_eq!(json_float(2.0), "2.0");
        assert_eq!(json_float(-1.25e-7), "-1.25E-07");
    }

    proptest::proptest! {
        #[test]
        fn any_format_is_written_or_refused(i: i64, f in -1e30..1e30f64, spec in "[0#.,;%EeNFCPGXDBR+\\-'\\\\x1-9]{0,12}") {
            let _ = format(Number::Int(i), &spec);
            let _ = format(Number::Float(f), &spec);
        }
    }
}
