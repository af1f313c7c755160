//! `base.name` and `base[index]`.

use smallvec::SmallVec;

use super::eval::{Interpreter, failure};
use super::frame::Frame;
use super::functions;
use super::known;
use super::reference::is_reference;
use super::residual::{Node, Residual};
use super::run::Evaluated;
use super::value::{Data, Member, Object, Value};
use crate::model::{Builtin, Expr, ExprKind};
use crate::read::Span;

impl Interpreter<'_> {
    /// Evaluates a whole chain of accesses at once: what `reference(…)` stands for is only known for whole paths.
    pub(super) fn access(&self, expr: &Expr, frame: &Frame<'_>) -> Evaluated {
        let mut links: SmallVec<[_; 4]> = SmallVec::new();
        let mut at = expr;
        while let ExprKind::Access { base, key, safe } = &at.kind {
            links.push((base.as_ref(), key.as_ref(), *safe, at.span));
            at = base;
        }
        links.reverse();
        if let Some(version) = self.own_version(at, &links) {
            return Ok(version);
        }
        let mut value = self.eval(at, frame)?;
        // What `reference(…)` says is only known for whole paths; a safe access is a function, and sees what there is.
        let mut pending: Vec<Link> = Vec::new();
        let mut open = false;
        for (base, key, safe, span) in links {
            // Behind a safe access that found nothing, the rest of the chain is not looked at.
            if open && value.is_null() {
                return Ok(value);
            }
            let written_key = key;
            let key = self.eval(key, frame)?;
            if !safe && (!pending.is_empty() || is_reference(&value)) {
                pending.push((key, span));
                continue;
            }
            value = self.flush(value, &mut pending)?;
            if key.is_residual() && is_named(at) && self.is_large_table(&value, span)? {
                let secret = known::secret::tells(&value);
                value = Value::residual(Residual::new(Node::Text(self.written(base)), secret));
            }
            // What is looked up in a table costs no more in a large one.
            if let Data::Object(o) = &value.data
                && (safe || key.as_str().is_none())
            {
                self.run.charge(o.members.len() as u64 / 64, span)?;
            }
            if safe {
                open = true;
                // A safe access is the function `tryGet`.
                let args = [self.argument(value), key];
                let found = functions::try_get(&args);
                let undecided = || Value::residual(Residual::call("tryGet", args.to_vec()));
                value = found.map_err(|e| failure(span, e.0))?.unwrap_or_else(undecided);
            } else if value.origin.assumed || key.origin.assumed {
                value = self.supposed_step((base, &value), (written_key, &key), span)?;
            } else {
                value = self.step(value, key, span)?;
            }
        }
        self.flush(value, &mut pending)
    }

    /// One access of what nobody said: a name may have other parts, and a table is looked up by another one.
    fn supposed_step(&self, base: (&Expr, &Value), key: (&Expr, &Value), span: Span) -> Evaluated {
        let found = self.step(base.1.clone(), key.1.clone(), span).map(Value::assumed);
        let is_index = key.1.as_int().is_some_and(|i| i >= 0);
        let parts = base.1.as_array().filter(|_| base.1.origin.assumed && is_index);
        if parts.is_some_and(|parts| parts.iter().all(|part| self.is_part_of_supposed(part))) {
            return Ok(found.unwrap_or_else(|_| open_step(self.opaque(base.0, base.1), key.1.clone(), false)));
        }
        if base.1.as_object().is_some() && key.1.origin.assumed && self.is_part_of_supposed(key.1) {
            return Ok(found.unwrap_or_else(|_| open_step(base.1.clone(), self.opaque(key.0, key.1), false)));
        }
        found
    }

    /// Whether a text is a part of a name that nobody said, or has one in it.
    pub(super) fn is_part_of_supposed(&self, value: &Value) -> bool {
        let context = &self.lexical().instance.context;
        let names = [
            &context.resource_group,
            &context.location,
            &context.deployment_name,
            &context.management_group,
            &context.subscription_name,
        ];
        let supposed = names.into_iter().flatten().filter(|name| name.origin.assumed).filter_map(Value::as_str);
        value.as_str().is_some_and(|text| {
            let mut supposed = supposed.filter(|name| !name.is_empty());
            supposed.any(|name| name.contains(text.as_str()) || text.contains(name.as_str()))
        })
    }

    /// A value of which nothing is known, by what is written for it.
    pub(super) fn opaque(&self, expr: &Expr, value: &Value) -> Value {
        Value::residual(Residual::new(Node::Text(self.written(expr)), known::secret::tells(value)))
    }

    /// `deployment().properties.template.contentVersion`, which is the only thing that templates ask of their own text.
    fn own_version(&self, base: &Expr, links: &[(&Expr, &Expr, bool, Span)]) -> Option<Value> {
        let ExprKind::Call(call) = &base.kind else { return None };
        let path = ["properties", "template", "contentVersion"];
        let same = |((_, key, ..), name): (&(&Expr, &Expr, bool, Span), &str)| {
            key.as_str().is_some_and(|key| key.eq_ignore_ascii_case(name))
        };
        if links.len() == path.len()
            && Builtin::of(call) == Some(Builtin::Deployment)
            && call.args.is_empty()
            && links.iter().zip(path).all(same)
        {
            return self.lexical().instance.template.content_version.clone().map(Value::str);
        }
        None
    }

    /// Whether a value would be written out at every place where it is looked up with a key that is not known: a table of more
    /// entries than anybody judges one by one.
    fn is_large_table(&self, value: &Value, span: Span) -> Evaluated<bool> {
        const UNITS: u64 = 1_000;
        let entries = match &value.data {
            Data::Object(o) => o.members.len(),
            Data::Array(items) => items.len(),
            _ => 0,
        };
        Ok(entries > JUDGED && self.run.weigh(value, span)? > UNITS)
    }

    fn flush(&self, value: Value, pending: &mut Vec<Link>) -> Evaluated {
        let links = std::mem::take(pending);
        if links.is_empty() {
            return Ok(value);
        }
        let keys: Vec<Value> = links.iter().map(|(key, _)| key.clone()).collect();
        if let Some(found) = self.follow_reference(&value, &keys) {
            return Ok(found);
        }
        let mut value = value;
        for (key, span) in links {
            value = self.step(value, key, span)?;
        }
        Ok(value)
    }

    /// As [`step`], for an access that is not safe; what is looked up in a large object again and again is found by a table.
    fn step(&self, base: Value, key: Value, span: Span) -> Evaluated {
        if let (Data::Object(o), Data::Str(name)) = (&base.data, &key.data)
            && let Some(member) = self.run.tables.find(o, name).and_then(|at| o.members.get(at))
        {
            return Ok(member.value.clone());
        }
        if let Some(found) = column(&base, &key) {
            self.run.made(&found, span)?;
            return Ok(found);
        }
        step(base, key, false, span)
    }
}

/// Tables of so many entries are judged entry by entry: what is taken out of them is seen to come from one entry.
const JUDGED: usize = 16;

/// So long a table is copied for one of its columns.
const COPIED: usize = 256;

/// `table[key].name`, where the key is not known, as the same key in a table that has the names alone: what is handed on is written
/// out wherever it comes to, and the rest of the table would be each time.
fn column(base: &Value, name: &Value) -> Option<Value> {
    let (name, Node::Access { base: table, key }) = (name.as_str()?, &base.as_residual()?.node) else { return None };
    let whole = |o: &&Object| !o.open && !o.declared;
    let table = table.as_object().filter(whole).filter(|o| (JUDGED + 1..=COPIED).contains(&o.members.len()))?;
    let entry = |m: &Member| {
        let value = m.value.as_object().filter(whole)?.get(name)?.clone();
        Some(Member { key: m.key.clone(), key_span: m.key_span, value })
    };
    let members = table.members.iter().map(entry).collect::<Option<Vec<_>>>()?;
    Some(open_step(Value::object(Object { members, ..Object::default() }), (**key).clone(), false))
}

/// Whether an expression is a parameter or a variable, which says by its name what is looked up.
fn is_named(expr: &Expr) -> bool {
    let ExprKind::Call(call) = &expr.kind else { return false };
    let function = call.name.to_ascii_lowercase();
    call.namespace.is_none()
        && matches!(function.as_str(), "parameters" | "variables")
        && call.args.iter().all(|a| a.as_str().is_some())
}

/// One access of a path: the key, and where the access stands.
type Link = (Value, Span);

/// One access.
///
/// # Errors
/// If a known value has nothing there and the access is not safe.
pub(super) fn step(base: Value, key: Value, safe: bool, span: Span) -> Evaluated {
    if base.is_residual() {
        if let Data::Str(name) = &key.data
            && let Some(found) = known::member(&base, name)
        {
            return Ok(found);
        }
        if let Some(number) = known::counted(&base, &key).filter(|_| !safe) {
            return Ok(number);
        }
        return Ok(open_step(base, key, safe));
    }
    if key.is_residual() && !base.is_null() {
        return Ok(open_step(base, key, safe));
    }
    match (&base.data, &key.data) {
        (Data::Object(o), Data::Str(name)) => match o.get(name) {
            Some(v) => Ok(v.clone()),
            None if o.open || o.declared && !safe => Ok(open_step(base, key, safe)),
            None if safe => Ok(Value::null()),
            None => Err(failure(span, missing(o, name))),
        },
        (Data::Array(items), Data::Int(i)) => match usize::try_from(*i).ok().and_then(|i| items.get(i)) {
            Some(v) => Ok(v.clone()),
            None if safe => Ok(Value::null()),
            None => Err(failure(span, format!("there is no item {i}: the array has {}", items.len()))),
        },
        (Data::Null, _) if safe => Ok(Value::null()),
        (Data::Null, Data::Str(name)) => Err(failure(span, format!("there is no '{name}': the value is null"))),
        (Data::Object(_), Data::Int(_)) => Err(failure(span, "an object is asked for an item by number")),
        (_, Data::Str(name)) => Err(failure(span, format!("there is no property '{name}': the value is no object"))),
        _ => Err(failure(span, "only an array has items, and only an object has properties")),
    }
}

fn missing(o: &Object, name: &str) -> String {
    let mut names: Vec<&str> = o.members.iter().map(|m| m.key.as_str()).take(12).collect();
    names.sort_unstable();
    if names.is_empty() {
        return format!("there is no property '{name}': the object is empty");
    }
    format!("there is no property '{name}': the object has {}", names.join(", "))
}

/// An access that stays undecided. The engine writes a safe access as `tryGet`.
pub(super) fn open_step(base: Value, key: Value, safe: bool) -> Value {
    // One item goes by one number, however that is counted.
    let key = known::settled(&key).unwrap_or(key);
    if safe {
        return Value::residual(Residual::call("tryGet", vec![base, key]));
    }
    Value::residual(Residual::access(base, key))
}
