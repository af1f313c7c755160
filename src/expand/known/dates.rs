//! What is known of a date that is written in a format, whatever the date is.

use super::alphabet::{Alphabet, Open};
use super::stretch::{Part, Shape};
use crate::expand::text::date_format::{self, Field};

/// The shape of a moment in a format; nothing is known where there is no such format. `utc` says that it is UTC by kind, as what
/// `utcNow` gives.
pub(super) fn shape(spec: &str, utc: bool) -> Shape {
    // How a format is chosen where an empty one is given is said nowhere.
    let Some(format) = date_format::read(spec).filter(|_| !spec.is_empty()) else { return Shape::unknown() };
    let mut out = Vec::new();
    for field in &format.fields {
        match field {
            Field::Text(text) => out.push(Part::Known(text.as_str().into())),
            Field::Zone if utc => out.push(Part::Known("Z".into())),
            Field::Zone => out.push(Part::Open(Open::between(digits().union(Alphabet::of("Z+-:")), 1, 6))),
            Field::Letters(letter, run) => letters(*letter, *run, utc, &mut out),
        }
    }
    out.into_iter().collect()
}

fn digits() -> Alphabet {
    Alphabet::ranges(&[('0', '9')])
}

fn letters(letter: char, run: usize, utc: bool, out: &mut Vec<Part>) {
    let number = |least, most| Part::Open(Open::between(digits(), least, most));
    // `Sunday` to `Wednesday`, `May` to `September`.
    let name = |initials: &str, most| {
        let chars = Alphabet::ranges(&[('a', 'z')]).union(Alphabet::of(initials));
        if run == 3 { Open::exactly(chars, 3) } else { Open::between(chars, 3, most) }
    };
    let last = match (letter, run) {
        ('d', 3..) => Part::Open(name("SMTWF", 9)),
        ('M', 3..) => Part::Open(name("JFMASOND", 9)),
        ('y', 3) => number(3, 4),
        ('y', 4..) => number(run.min(16), run.min(16)),
        ('t', 1) => Part::Open(Open::exactly(Alphabet::of("AP"), 1)),
        ('t', _) => {
            out.push(Part::Open(Open::exactly(Alphabet::of("AP"), 1)));
            Part::Known("M".into())
        }
        ('g', _) => Part::Known("A.D.".into()),
        ('f', _) => number(run, run),
        ('F', _) => {
            // Nothing left of the fraction: the point in front goes too.
            if let Some(Part::Known(before)) = out.last_mut()
                && before.ends_with('.')
            {
                before.pop();
                out.push(Part::Open(Open::between(Alphabet::of("."), 0, 1)));
            }
            number(0, run)
        }
        ('z', 1 | 2) => {
            out.push(sign(utc));
            number(run, 2)
        }
        ('z', _) => {
            out.extend([sign(utc), number(2, 2), Part::Known(":".into())]);
            number(2, 2)
        }
        (_, 1) => number(1, 2),
        _ => number(2, 2),
    };
    out.push(last);
}

fn sign(utc: bool) -> Part {
    if utc { Part::Known("+".into()) } else { Part::Open(Open::exactly(Alphabet::of("+-"), 1)) }
}
