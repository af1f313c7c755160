//! Whether a template file uses what it declares.

use std::cell::OnceCell;

use rustc_hash::FxHashSet;

use crate::check::verdict::compare::Lit;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Found, Scope, Step};
use crate::expand::known::truth::Truth;
use crate::expand::value::Member;
use crate::expand::{Data, Value};
use crate::rules::language::Operand;

/// `with: {of: parameters}` or `variables`: each of them is taken by an expression anywhere in the file.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    let of = args.iter().find(|(n, _)| n == "of").map(|(_, o)| e.operand(o, s));
    let of = of.as_ref().and_then(Lit::text).unwrap_or_default();
    let Some(list) = s.base.as_object().and_then(|o| o.member(&of)) else { return Truth::True };
    let Some(members) = list.value.as_object().map(|o| &o.members) else { return Truth::True };
    let mut used = Used::default();
    collect(s.base, &of, &mut used.spelled);
    let mut truth = Truth::True;
    let mut look = |name: &str, item: Option<Step<'a>>, m: &'a Member, value: &'a Value| {
        if !used.has(name) {
            truth = Truth::False;
            let steps: Vec<Step<'a>> = [Step::Member(list), Step::Member(m)].into_iter().chain(item).collect();
            let word = of.trim_end_matches('s');
            e.say(s.node, &steps, Found::Value(value), format!("no expression takes the {word} {name}"), false);
        }
    };
    for m in members {
        // Variables in a loop: their names are in the items.
        match m.value.as_array().filter(|_| of == "variables" && m.key.eq_ignore_ascii_case("copy")) {
            Some(items) => {
                for (i, item) in items.iter().enumerate() {
                    if let Some(name) = item.get("name").and_then(Value::as_str) {
                        look(name, Some(Step::Item(Some(i), item)), m, item);
                    }
                }
            }
            None => look(&m.key, None, m, &m.value),
        }
    }
    truth
}

/// Names that expressions pass to a function.
#[derive(Default)]
struct Used<'v> {
    spelled: FxHashSet<&'v str>,
    /// In lower case; most names are spelled as they are declared, and need it for none.
    lower: OnceCell<FxHashSet<String>>,
}

impl Used<'_> {
    /// Whether a name is among them, whatever the case.
    fn has(&self, name: &str) -> bool {
        let lower = || self.lower.get_or_init(|| self.spelled.iter().map(|name| name.to_lowercase()).collect());
        self.spelled.contains(name) || lower().contains(&name.to_lowercase())
    }
}

/// The names that the expressions of a value pass to a function.
fn collect<'v>(value: &'v Value, function: &str, out: &mut FxHashSet<&'v str>) {
    match &value.data {
        Data::Str(text) => names(text, function, out),
        Data::Array(items) => items.iter().for_each(|v| collect(v, function, out)),
        Data::Object(o) => {
            for m in &o.members {
                // Names of properties can be expressions, too.
                names(&m.key, function, out);
                collect(&m.value, function, out);
            }
        }
        _ => {}
    }
}

fn names<'v>(text: &'v str, function: &str, out: &mut FxHashSet<&'v str>) {
    if !text.starts_with('[') {
        return;
    }
    let is_call = |open: &usize| {
        // Blanks may stand before the parenthesis.
        let before = text.as_bytes()[..*open].trim_ascii_end();
        let name = before.len().checked_sub(function.len()).and_then(|begin| before.get(begin..));
        name.is_some_and(|name| name.eq_ignore_ascii_case(function.as_bytes()))
    };
    // A parenthesis is met less often than the first letter of a function.
    for open in memchr::memchr_iter(b'(', text.as_bytes()).filter(is_call) {
        let name = text[open + 1..].trim_start().strip_prefix('\'').and_then(|r| r.split_once('\''));
        if let Some((name, _)) = name.filter(|(_, after)| after.trim_start().starts_with(')')) {
            out.insert(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_a_function_takes_whatever_the_case() {
        let text = Value::str(
            "[concat(parameters('a'), PARAMETERS( 'B' ), variables('c'), (parameters('d', 1)), parameters(x), parameters ('y'))]",
        );
        let mut used = Used::default();
        collect(&text, "parameters", &mut used.spelled);
        assert_eq!(["a", "A", "b", "y"].map(|name| used.has(name)), [true; 4]);
        assert_eq!(["c", "d", "x"].map(|name| used.has(name)), [false; 3]);
        let text = Value::str("parameters('e')");
        collect(&text, "parameters", &mut used.spelled);
        assert!(!used.spelled.contains("e"), "no expression");
    }
}
