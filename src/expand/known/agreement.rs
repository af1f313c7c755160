//! Tests: what is known of an expression with unknown parts holds of what the same expression comes to once they are known.

use crate::expand::functions::{Implementation, implementation};
use crate::expand::known::fits::can_be;
use crate::expand::known::parts::parts;
use crate::expand::known::samples::call;
use crate::expand::known::{bounds, cannot_be_equal};
use crate::expand::residual::Residual;
use crate::expand::text::utf16;
use crate::expand::{Context, Value};
use crate::model::{Builtin, ScopeKind};

/// Choices, made by chance; when it runs out the first one is taken.
struct Dice<'b>(std::slice::Iter<'b, u8>);

impl Dice<'_> {
    fn below(&mut self, n: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or_default()) % n
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// An expression before deployment, and what it comes to.
#[derive(Clone, Debug)]
struct Pair {
    open: Value,
    known: Value,
}

impl Pair {
    fn same(value: Value) -> Self {
        Pair { open: value.clone(), known: value }
    }
}

const TEXTS: &[&str] = &[
    "", "-", "a", "ab", "--", " ", " a", "b ", "/", "a/b", "-a-", "é", "😀", "K", "Ab-1", "aab", "2024", ".", "%41",
    "a+b", "\u{a0}x",
];
const FORMATS: &[&str] = &[
    "yyyyMMddTHHmmssZ",
    "d",
    "u",
    "o",
    "s",
    "R",
    "D",
    "yyyy-MM-dd",
    "yyMMdd-HHmmss",
    "%d",
    "M/d",
    "ddd MMM",
    "h:mm tt",
    "HHmmssfff",
    "s.FFF",
    "ss.FFFFFFF",
    "K",
    "zz zzz",
    "'st'yyy",
    "y",
    "G",
    "t",
];

/// A function applied to what is known; `None` if it refuses.
fn evaluated(function: &str, args: &[Value]) -> Option<Value> {
    let mut context = Context::unknown(ScopeKind::ResourceGroup);
    context.now = jiff::Timestamp::new(1_714_979_289, 120_000_000).ok();
    match implementation(Builtin::named(function)?)? {
        Implementation::Pure(f) => f(args).ok()?,
        Implementation::Context(f) => f(&context, args).ok()?,
        _ => None,
    }
}

fn applied(function: &str, args: Vec<Pair>) -> Option<Pair> {
    let known: Vec<Value> = args.iter().map(|a| a.known.clone()).collect();
    let known = evaluated(function, &known)?;
    Some(Pair { open: call(function, args.into_iter().map(|a| a.open).collect()), known })
}

fn number(dice: &mut Dice<'_>, depth: usize) -> Option<Pair> {
    let n = |dice: &mut Dice<'_>| Pair::same(Value::int(i64::try_from(dice.below(9)).unwrap_or(0)));
    match dice.below(if depth == 0 { 1 } else { 4 }) {
        0 => Some(n(dice)),
        1 => applied("length", vec![text(dice, depth - 1)?]),
        2 => {
            let function = dice.one_of(&["min", "max", "add", "sub"]);
            applied(function, vec![number(dice, depth - 1)?, n(dice)])
        }
        _ => applied("indexOf", vec![text(dice, depth - 1)?, text(dice, 0)?]),
    }
}

fn leaf(dice: &mut Dice<'_>) -> Option<Pair> {
    let open = |name: &str, known: &str| Pair { open: call(name, vec![]), known: Value::str(known) };
    match dice.below(6) {
        0 => Some(Pair::same(Value::str(dice.one_of(TEXTS)))),
        1 => Some(open("reference", dice.one_of(TEXTS))),
        2 => Some(open("newGuid", "0f3c9a1e-77b2-4d0a-8c55-e1d29f60ab34")),
        3 => Some(open("uniqueString", "tcvhiyu5h2o5o")),
        4 => applied("utcNow", vec![Pair::same(Value::str(dice.one_of(FORMATS)))]),
        _ => {
            let base =
                open("reference", dice.one_of(&["2024-02-29T10:11:12Z", "2024-12-31T23:59:59.5-01:30", "2024-05-06"]));
            let spec = Pair::same(Value::str(dice.one_of(FORMATS)));
            applied("dateTimeAdd", vec![base, Pair::same(Value::str(dice.one_of(&["P1D", "-PT7H", "P3Y"]))), spec])
        }
    }
}

fn list(dice: &mut Dice<'_>, depth: usize) -> Option<Pair> {
    let word = |dice: &mut Dice<'_>| Value::str(dice.one_of(TEXTS));
    match dice.below(4) {
        0 => {
            let items: Vec<Pair> = (0..dice.below(4)).map(|_| text(dice, depth)).collect::<Option<_>>()?;
            let list = |of: fn(&Pair) -> &Value| Value::array(items.iter().map(|i| of(i).clone()).collect());
            Some(Pair { open: list(|p| &p.open), known: list(|p| &p.known) })
        }
        1 => {
            let function = dice.one_of(&["take", "skip"]);
            applied(function, vec![list(dice, depth.checked_sub(1)?)?, Pair::same(Value::int(dice.below(3) as i64))])
        }
        2 => applied("split", vec![text(dice, depth)?, Pair::same(Value::array(vec![word(dice), word(dice)]))]),
        _ => {
            let separator = Pair::same(word(dice));
            applied("split", vec![text(dice, depth)?, separator])
        }
    }
}

fn text(dice: &mut Dice<'_>, depth: usize) -> Option<Pair> {
    let Some(less) = depth.checked_sub(1) else { return leaf(dice) };
    let word = |dice: &mut Dice<'_>| Pair::same(Value::str(dice.one_of(TEXTS)));
    match dice.below(17) {
        0 => leaf(dice),
        1 | 2 => applied("concat", vec![text(dice, less)?, text(dice, less)?]),
        3 => {
            let spec = dice.one_of(&["{0}-{1}", "{0,6}|{1,-5}", "{1}{0}", "{0:D3}{1:00}"]);
            let first = if spec.contains(':') { number(dice, less)? } else { text(dice, less)? };
            applied("format", vec![Pair::same(Value::str(spec)), first, text(dice, less)?])
        }
        4 => applied(
            dice.one_of(&["toLower", "toUpper", "trim", "base64", "uriComponent", "uriComponentToString"]),
            vec![text(dice, less)?],
        ),
        5 | 6 => applied(dice.one_of(&["take", "skip"]), vec![text(dice, less)?, number(dice, less)?]),
        7 => applied("substring", vec![text(dice, less)?, number(dice, less)?, number(dice, less)?]),
        8 => applied("substring", vec![text(dice, less)?, number(dice, 0)?]),
        9 => applied("padLeft", vec![text(dice, less)?, number(dice, less)?, word(dice)]),
        10 | 11 => applied("replace", vec![text(dice, less)?, word(dice), word(dice)]),
        12 => applied("join", vec![list(dice, less)?, text(dice, 0)?]),
        13 => {
            let of = if dice.below(3) == 0 { text(dice, less)? } else { list(dice, less)? };
            applied(dice.one_of(&["first", "last"]), vec![of])
        }
        14 => {
            let (of, at) = (list(dice, less)?, dice.below(4));
            let known = of.known.as_array()?.get(at)?.clone();
            let at = Value::int(i64::try_from(at).ok()?);
            let open = match of.open.as_array() {
                Some(items) => items.get(usize::try_from(at.as_int()?).ok()?)?.clone(),
                None => Value::residual(Residual::access(of.open, at)),
            };
            Some(Pair { open, known })
        }
        15 => {
            let (yes, no, first) = (text(dice, less)?, text(dice, less)?, dice.below(2) == 0);
            let known = if first { yes.known } else { no.known };
            Some(Pair { open: call("if", vec![call("reference", vec![]), yes.open, no.open]), known })
        }
        _ => match dice.below(2) {
            0 => applied("string", vec![number(dice, less)?]),
            _ => applied("uri", vec![Pair::same(Value::str("https://a.b/c/d")), text(dice, less)?]),
        },
    }
}

/// What a function says before deployment it must say afterwards.
fn agrees(function: &str, open: &Value, known: &Value, word: &str) -> bool {
    let ask = |v: &Value| {
        let args = [v.clone(), Value::str(word)];
        evaluated(function, if function == "length" || function == "empty" { &args[..1] } else { &args })
    };
    ask(open).is_none_or(|before| {
        let after = ask(known);
        after.is_none_or(|after| (before.as_bool(), before.as_int()) == (after.as_bool(), after.as_int()))
    })
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(
        proptest::prelude::ProptestConfig::default().cases.max(2_000)
    ))]

    #[test]
    fn what_is_known_before_holds_afterwards(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..48)) {
        let dice = &mut Dice(bytes.iter());
        let Some(Pair { open, known }) = text(dice, 4) else { return Ok(()) };
        let Some(result) = known.as_str() else { return Ok(()) };
        let shape = parts(&open);
        let whole = shape.blurred();
        let shown = format!("{:?}\n{shape:?}\n{result:?}", open.as_residual().map(|r| r.text()));
        proptest::prop_assert!(can_be(&shape, result, true), "{shown}");
        let length = utf16::length(result);
        proptest::prop_assert!(whole.least <= length && whole.most.is_none_or(|most| length <= most), "{shown}");
        proptest::prop_assert!(!open.is_residual() || !cannot_be_equal(&open, &known), "{shown}");
        let pattern = format!("^{}$", regex::escape(result));
        proptest::prop_assert!(super::automaton::matches(&shape, &pattern, true) != super::Truth::False, "{shown}");
        let some: String = result.chars().skip(dice.below(3)).take(dice.below(4)).collect();
        for function in ["startsWith", "endsWith", "contains", "equals", "length", "empty"] {
            for word in [some.as_str(), dice.one_of(TEXTS), result.as_str()] {
                proptest::prop_assert!(agrees(function, &open, &known, word), "{function} {word}\n{shown}");
            }
        }
    }

    #[test]
    fn numbers_are_within_their_bounds(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..32)) {
        let dice = &mut Dice(bytes.iter());
        let Some(Pair { open, known }) = number(dice, 3) else { return Ok(()) };
        let (Some(n), found) = (known.as_int(), bounds(&open)) else { return Ok(()) };
        proptest::prop_assert!(found.least <= n && n <= found.most, "{open:?} {found:?} {n}");
        for function in ["less", "lessOrEquals", "greater", "greaterOrEquals", "equals"] {
            let limit = Value::int(i64::try_from(dice.below(20)).unwrap_or(0));
            let (before, after) = (evaluated(function, &[open.clone(), limit.clone()]), evaluated(function, &[known.clone(), limit]));
            proptest::prop_assert!(before.is_none_or(|b| Some(b.as_bool()) == after.map(|a| a.as_bool())), "{function} {open:?}");
        }
    }
}

/// What chance may not find.
#[test]
fn names_of_known_shape() {
    let s = |t: &str| Value::str(t);
    let r = || call("reference", vec![]);
    let guid = || call("guid", vec![r()]);
    let split = |text: Value, by: &str| call("split", vec![text, s(by)]);
    let item = |list: Value, at: i64| Value::residual(Residual::access(list, Value::int(at)));
    let shown = |v: &Value| {
        let shape = parts(v);
        let whole = shape.blurred();
        let text: String =
            shape.iter().map(|p| if let super::stretch::Part::Known(s) = p { s.as_str() } else { "*" }).collect();
        (text, whole.least, whole.most)
    };
    let id = Value::residual(Residual::access(call("subscription", vec![]), s("id")));
    for (value, text, least, most) in [
        (guid(), "*-*-*-*-*", 36, Some(36)),
        (item(split(guid(), "-"), 0), "*", 8, Some(8)),
        (call("last", vec![split(guid(), "-")]), "*", 12, Some(12)),
        (item(split(id, "/"), 2), "*-*-*-*-*", 36, Some(36)),
        (
            call("join", vec![Value::array(vec![s("st"), call("uniqueString", vec![r()])]), s("-")]),
            "st-*",
            16,
            Some(16),
        ),
        (call("utcNow", vec![]), "*T*Z", 16, Some(16)),
        (call("utcNow", vec![s("d")]), "*/*/*", 10, Some(10)),
        (call("utcNow", vec![s("M.d")]), "*.*", 3, Some(5)),
        (call("dateTimeAdd", vec![r(), s("P1D"), s("yyyyMMdd")]), "*", 8, Some(8)),
        (call("dateTimeAdd", vec![r(), s("P1D")]), "*", 0, None),
        (call("dateTimeFromEpoch", vec![r()]), "*-*-*T*:*:*Z", 20, Some(20)),
        (call("trim", vec![call("concat", vec![s(" st"), guid()])]), "st*-*-*-*-*", 38, Some(38)),
        (call("concat", vec![s("st"), call("replace", vec![guid(), s("-"), s("")])]), "st*", 34, Some(34)),
        (call("last", vec![split(call("concat", vec![r(), s("/"), guid()]), "/")]), "*-*-*-*-*", 36, Some(36)),
        (call("padLeft", vec![call("utcNow", vec![s("dd")]), Value::int(5), s("0")]), "000*", 5, Some(5)),
        (call("base64", vec![call("uniqueString", vec![r()])]), "*==", 20, Some(20)),
        (call("take", vec![guid(), call("min", vec![call("length", vec![r()]), Value::int(8)])]), "*", 0, Some(8)),
        (call("uri", vec![s("https://a.b/c"), call("uniqueString", vec![r()])]), "https://a.b/*", 25, Some(25)),
        (call("format", vec![s("vm{0:D2}"), call("copyIndex", vec![])]), "vm*", 4, Some(5)),
    ] {
        assert_eq!(shown(&value), (text.to_owned(), least, most), "{value:?}");
    }
}

#[test]
fn a_hostile_expression_costs_no_more_than_its_bounds() {
    let s = |t: &str| Value::str(t);
    let grown = (0..50).fold(call("concat", vec![s("a"), call("reference", vec![])]), |v, _| {
        call("replace", vec![v, s("a"), s("aaaaaaaaaaaaaaaa")])
    });
    assert!(parts(&grown).iter().count() <= 2);
    let doubled =
        (0..50).fold(call("concat", vec![s("a"), call("newGuid", vec![])]), |v, _| call("concat", vec![v.clone(), v]));
    assert!(parts(&doubled).len() <= 1_000);
}
