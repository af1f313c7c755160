//! Whether a template file uses what it declares.

use ecow::EcoString;
use rustc_hash::FxHashSet;

use crate::check::verdict::compare::Lit;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Found, Scope, Step};
use crate::expand::known::find;
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
    let mut used: FxHashSet<EcoString> = FxHashSet::default();
    collect(s.base, &format!("{of}("), &mut used);
    let mut truth = Truth::True;
    let mut look = |name: &str, item: Option<Step<'a>>, m: &'a Member, value: &'a Value| {
        if !used.contains(&EcoString::from(name).to_lowercase()) {
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
                        look(name, Some(Step::Item(i, item)), m, item);
                    }
                }
            }
            None => look(&m.key, None, m, &m.value),
        }
    }
    truth
}

/// The names that the expressions of a value pass to a function, in lower case.
fn collect(value: &Value, call: &str, out: &mut FxHashSet<EcoString>) {
    match &value.data {
        Data::Str(text) => names(text, call, out),
        Data::Array(items) => items.iter().for_each(|v| collect(v, call, out)),
        Data::Object(o) => {
            for m in &o.members {
                // Names of properties can be expressions, too.
                names(&m.key, call, out);
                collect(&m.value, call, out);
            }
        }
        _ => {}
    }
}

fn names(text: &str, call: &str, out: &mut FxHashSet<EcoString>) {
    if !text.starts_with('[') {
        return;
    }
    let mut rest = text;
    while let Some(at) = find(rest, call) {
        rest = &rest[at + call.len()..];
        let name = rest.trim_start().strip_prefix('\'').and_then(|r| r.split_once('\''));
        if let Some((name, _)) = name.filter(|(_, after)| after.trim_start().starts_with(')')) {
            out.insert(EcoString::from(name).to_lowercase());
        }
    }
}
