//! What is a secret, and what tells one: the one answer for evaluation, rules and reports.
//!
//! Secret are the values of secure parameters, references to key vaults, what `list…` functions return, and what is made of
//! them. A secret that somebody gave is a residual with a hidden value, one that the template itself writes is a known value
//! with a mark ([`Origin::secret`](crate::expand::Origin::secret)); both go with the value through functions, objects and deployments.

use std::rc::Rc;
use std::sync::Arc;

use ecow::{EcoString, eco_format};

use crate::expand::residual::{self, Node, ParameterUse, Residual};
use crate::expand::types;
use crate::expand::value::{Data, Member, Object, Value};
use crate::model::{Builtin, Expr, ExprKind, Template, Type, TypeKind};
use crate::nesting;

/// What stands in place of a secret: always the same, however long the secret is.
pub const MASK: &str = "(secret)";

/// Whether a value is a secret, tells one, or holds one at any depth.
pub fn tells(v: &Value) -> bool {
    v.origin.secret
        || match &v.data {
            Data::Residual(r) => r.secret,
            Data::Array(items) => items.iter().any(tells),
            // What Azure says of a deployed resource as a whole has no secrets in it.
            Data::Object(o) => !o.declared && o.members.iter().any(|m| tells(&m.value)),
            _ => false,
        }
}

/// Whether a call that stays undecided tells a secret.
pub(in crate::expand) fn call_tells(function: Option<Builtin>, args: &[Value]) -> bool {
    match function {
        Some(function) => function.asks_for_secret() || made_of(function, args),
        None => args.iter().any(tells),
    }
}

/// Whether what a function makes of these arguments tells a secret that is in them.
pub(in crate::expand) fn made_of(function: Builtin, args: &[Value]) -> bool {
    // A safe access takes one member.
    if let (Builtin::TryGet, [base, key, ..]) = (function, args) {
        return member_tells(base, key);
    }
    told(function, args).any(tells)
}

/// The arguments that are in what a function returns.
fn told(function: Builtin, args: &[Value]) -> impl Iterator<Item = &Value> {
    args.iter().skip(function.first_told().unwrap_or(args.len()))
}

/// Whether a member of an undecided value tells a secret.
pub(in crate::expand) fn member_tells(base: &Value, key: &Value) -> bool {
    if !tells(base) {
        return false;
    }
    match (&base.data, &key.data) {
        _ if base.origin.secret => true,
        (Data::Object(o), Data::Str(k)) => o.get(k).is_some_and(tells),
        (Data::Residual(r), _) => match &r.node {
            // Objects that are put together: the part of one that keeps none is none.
            Node::Call { name, args } if joined(name).is_some() => {
                joined(name).into_iter().flat_map(|f| told(f, args)).any(|a| match (&a.data, &key.data) {
                    (Data::Array(items), Data::Str(_)) => items.iter().any(|i| member_tells(i, key)),
                    _ => member_tells(a, key),
                })
            }
            Node::Parameter(_) | Node::Access { .. } | Node::Call { .. } => {
                let mut keys = vec![key];
                declared_part(r, &mut keys).unwrap_or(true)
            }
            _ => true,
        },
        _ => true,
    }
}

/// Whether what is at the end of these keys within a value tells a secret.
pub fn tells_within(v: &Value, keys: &[&str]) -> bool {
    let Some((key, rest)) = keys.split_first().filter(|_| !v.origin.secret) else { return tells(v) };
    if !tells(v) {
        return false;
    }
    match &v.data {
        Data::Object(o) if !o.open => o.get(key).is_some_and(|m| tells_within(m, rest)),
        Data::Residual(r) => match &r.node {
            Node::Call { name, args } if joined(name).is_some() => {
                joined(name).into_iter().flat_map(|f| told(f, args)).any(|a| match &a.data {
                    Data::Array(items) => items.iter().any(|i| tells_within(i, keys)),
                    _ => tells_within(a, keys),
                })
            }
            _ => {
                let further = |base: Value, key: &&str| Value::residual(Residual::access(base, Value::str(*key)));
                tells(&keys.iter().fold(v.clone(), further))
            }
        },
        _ => true,
    }
}

/// The function of this name, if a member of what it makes is a member of one of its arguments.
fn joined(function: &str) -> Option<Builtin> {
    use Builtin::{Coalesce, If, ShallowMerge, Union};
    Builtin::named(function).filter(|f| matches!(f, Union | ShallowMerge | Coalesce | If))
}

/// Whether a part of a parameter is a secret's by the parameter's type; `keys` lead there, the last one first. `None` if it is
/// no part of a parameter whose type tells its parts apart.
fn declared_part<'v>(r: &'v Residual, keys: &mut Vec<&'v Value>) -> Option<bool> {
    match &r.node {
        Node::Access { base, key } => {
            keys.push(key);
            declared_part(base.as_residual()?, keys)
        }
        Node::Call { name, args } if Builtin::named(name) == Some(Builtin::TryGet) => {
            let (base, further) = args.split_first()?;
            keys.extend(further.iter().rev());
            declared_part(base.as_residual()?, keys)
        }
        Node::Parameter(p) => {
            let template = p.typed.as_ref()?;
            let mut at = vec![&template.parameters.get(p.key.1 as usize)?.ty];
            for key in keys.iter().rev() {
                at = at.iter().flat_map(|ty| below(template, ty, key)).collect();
                if at.iter().any(|ty| types::is_secure(template, ty)) {
                    return Some(true);
                }
            }
            Some(at.iter().any(|ty| types::has_secret(template, ty)))
        }
        _ => None,
    }
}

/// The types that the value at a key of a value of a type can have.
fn below<'t>(template: &'t Template, ty: &'t Type, key: &Value) -> Vec<&'t Type> {
    match (&types::resolve(template, ty).kind, &key.data) {
        (TypeKind::Object(_) | TypeKind::SecureObject(_), Data::Str(k)) => types::members(template, ty, k),
        (TypeKind::Array { items, prefix, .. }, Data::Int(i)) => {
            let at = usize::try_from(*i).ok().and_then(|i| prefix.get(i)).or(items.as_deref());
            at.into_iter().collect()
        }
        // A key that is not decided may lead to any part.
        (kind, _) => types::parts(kind).collect(),
    }
}

/// Whether an expression writes something down that it comes to: `'x'`, `format('x{0}', …)`; not `uniqueString('x')`.
pub(in crate::expand) fn writes(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Str(s) => !s.is_empty(),
        ExprKind::Int(_) | ExprKind::Float(_) => true,
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Invalid(_) => false,
        ExprKind::Array(items) => items.iter().any(writes),
        ExprKind::Object(members) => members.iter().any(|m| writes(&m.value)),
        ExprKind::Expression(inner) => writes(inner),
        ExprKind::Loop(l) => writes(&l.input),
        ExprKind::Access { base, .. } => writes(base),
        ExprKind::Call(call) => {
            let first = match Builtin::of(call) {
                // It is as secret as what it takes.
                Some(Builtin::Parameters) => None,
                // What the template declares is not followed.
                Some(Builtin::Variables) => return true,
                None if call.namespace.is_some() => return true,
                None => Some(0),
                Some(function) => function.first_told(),
            };
            // A number among the arguments says how, not what.
            let is_text = |a: &&Expr| !matches!(a.kind, ExprKind::Int(_) | ExprKind::Float(_));
            first.is_some_and(|first| call.args.iter().skip(first).filter(is_text).any(writes))
        }
    }
}

/// A value with the mark of a secret on all that is in it and was made for it. What was only passed on, and has a place,
/// keeps what it has unless `all`.
pub(in crate::expand) fn marked(mut v: Value, all: bool) -> Value {
    match &mut v.data {
        // These tell nothing, and an empty secret is none.
        Data::Null => {}
        Data::Str(s) if s.is_empty() => {}
        // Of what is not decided, nobody can tell the parts apart.
        Data::Residual(r) if all => Rc::make_mut(r).secret = true,
        Data::Residual(_) => {}
        Data::Array(items) => {
            let each = Rc::make_mut(items).iter_mut();
            each.for_each(|i| *i = remade(std::mem::replace(i, Value::null()), all));
        }
        Data::Object(o) => {
            let each = Rc::make_mut(o).members.iter_mut();
            each.for_each(|m| m.value = remade(std::mem::replace(&mut m.value, Value::null()), all));
        }
        _ => v.origin.secret = true,
    }
    v
}

fn remade(v: Value, all: bool) -> Value {
    if all || v.origin.place.is_none() { marked(v, all) } else { v }
}

/// The parameter whose value is looked at.
pub(in crate::expand) struct Declared<'t> {
    /// The template that declares it.
    pub template: &'t Arc<Template>,
    /// Its place there.
    pub index: usize,
    /// See [`ParameterUse::key`].
    pub key: (u32, u32),
}

impl Declared<'_> {
    /// The value that somebody gave: what the parameter's type says is a secret goes by the parameter's name from here on.
    pub fn concealed(&self, value: Value) -> Value {
        let Some(p) = self.template.parameters.get(self.index) else { return value };
        if !types::has_secret(self.template, &p.ty) {
            return value;
        }
        self.conceal(&[&p.ty], value, &EcoString::new(), 0)
    }

    /// The value that the template itself writes: what the type says is a secret is marked.
    pub fn marked(&self, value: Value) -> Value {
        let Some(p) = self.template.parameters.get(self.index) else { return value };
        if !types::has_secret(self.template, &p.ty) {
            return value;
        }
        self.within(&[&p.ty], value, &EcoString::new(), 0, &mut |v, _| marked(v, true))
    }

    fn conceal(&self, ty: &[&Type], value: Value, part: &EcoString, depth: usize) -> Value {
        self.within(ty, value, part, depth, &mut |value, part| {
            let Some(p) = self.template.parameters.get(self.index) else { return value };
            let origin = value.origin.clone();
            let secret = value.as_str().is_none_or(|s| !s.is_empty());
            let used = ParameterUse {
                name: p.name.clone(),
                part: part.clone(),
                key: self.key,
                allowed: None,
                boolean: false,
                hidden: Some(value),
                typed: None,
            };
            Value { origin, ..Value::residual(Residual::new(Node::Parameter(Rc::new(used)), secret)) }
        })
    }

    /// Does something to every secret part of a value of one of these types, and to all that fits none of them: a misspelt name, a
    /// list for an object may hold what was meant to be the secret.
    fn within(
        &self,
        ty: &[&Type],
        value: Value,
        part: &EcoString,
        depth: usize,
        change: &mut dyn FnMut(Value, &EcoString) -> Value,
    ) -> Value {
        if value.is_null() {
            return value;
        }
        let fits = types::Shape::of(&value).map_or(!ty.is_empty(), |shape| shape.fits(self.template, ty));
        if !fits || !nesting::TYPE.allows(depth) || ty.iter().any(|t| types::is_secure(self.template, t)) {
            return change(value, part);
        }
        if !ty.iter().any(|t| types::has_secret(self.template, t)) {
            return value;
        }
        let Value { data, origin } = value;
        let data = match data {
            Data::Object(o) => {
                let mut members = Vec::with_capacity(o.members.len());
                for m in &o.members {
                    let at: Vec<&Type> =
                        ty.iter().flat_map(|t| types::members_of(self.template, t, &m.key, Some(&o))).collect();
                    let mut inner = part.clone();
                    push_key(&mut inner, &m.key);
                    members.push(Member {
                        value: self.within(&at, m.value.clone(), &inner, depth + 1, change),
                        ..m.clone()
                    });
                }
                Data::Object(Rc::new(Object { members, ..(*o).clone() }))
            }
            Data::Array(items) => {
                let each = items.iter().enumerate().map(|(i, item)| {
                    let index = Value::int(i as i64);
                    let at: Vec<&Type> = ty.iter().flat_map(|t| below(self.template, t, &index)).collect();
                    self.within(&at, item.clone(), &eco_format!("{part}[{i}]"), depth + 1, change)
                });
                Data::Array(Rc::new(each.collect()))
            }
            // Which part of it is one, nobody can tell.
            Data::Residual(mut r) => {
                Rc::make_mut(&mut r).secret = true;
                Data::Residual(r)
            }
            other => other,
        };
        Value { data, origin }
    }
}

fn push_key(out: &mut EcoString, key: &str) {
    if residual::is_identifier(key) {
        out.push('.');
        out.push_str(key);
    } else {
        let mut quoted = String::new();
        residual::write_string(key, &mut quoted);
        out.push_str(&eco_format!("[{quoted}]"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::known::samples::call;

    fn secure(given: Option<&str>) -> Value {
        let used = ParameterUse {
            name: "p".into(),
            part: EcoString::new(),
            key: (0, 0),
            allowed: None,
            boolean: false,
            hidden: given.map(Value::str),
            typed: None,
        };
        Value::residual(Residual::new(Node::Parameter(Rc::new(used)), given != Some("")))
    }

    #[test]
    fn what_tells_a_secret() {
        assert!(tells(&secure(None)) && tells(&secure(Some("x"))) && !tells(&secure(Some(""))));
        assert!(tells(&call("concat", vec![Value::str("run "), secure(None)])));
        assert!(tells(&call("base64", vec![secure(None)])) && tells(&call("items", vec![secure(None)])));
        assert!(tells(&call("listKeys", vec![Value::str("id")])) && tells(&call("list", vec![Value::str("id")])));
        assert!(!tells(&call("uniqueString", vec![secure(None)])) && !tells(&call("Empty", vec![secure(None)])));
        assert!(!tells(&call("if", vec![secure(None), Value::str("a"), Value::str("b")])));
        assert!(tells(&call("if", vec![Value::str("a"), secure(None), Value::str("b")])));
        assert!(!tells(&Value::str("a")) && !tells(&call("reference", vec![secure(None)])));
        // Those of a namespace of the template are its own.
        assert!(!tells(&call("lists.first", vec![])) && tells(&call("lists.first", vec![secure(None)])));
        assert!(tells(&call("getSecret", vec![Value::str("id")])) && tells(&call("newToAll", vec![secure(None)])));
    }

    #[test]
    fn members_of_what_is_put_together() {
        let object = |key: &str, value: Value| {
            let mut o = Object::default();
            o.set(key.into(), None, value);
            Value::object(o)
        };
        let open = call("parameters", vec![Value::str("n")]);
        let joined = call("union", vec![open, object("pin", secure(None)), object("user", Value::str("u"))]);
        let member = |key: &str| tells(&Value::residual(Residual::access(joined.clone(), Value::str(key))));
        assert!(tells(&joined) && member("pin") && !member("user"));
        let safe = |key: &str| tells(&call("tryGet", vec![joined.clone(), Value::str(key)]));
        assert!(safe("pin") && !safe("user"));
        assert!(tells(&Value::residual(Residual::access(secure(None), Value::str("x")))));
        let nested = call("union", vec![joined, object("hidden", object("pin", secure(None)))]);
        assert!(tells_within(&nested, &["hidden", "pin"]) && !tells_within(&nested, &["hidden", "user"]));
        assert!(tells_within(&nested, &["hidden"]) && !tells_within(&nested, &["shown", "pin"]));
    }

    #[test]
    fn marks_stay_on_what_is_made() {
        let mut placed = Value::str("kept");
        placed.origin.place = Some(crate::read::Span::new(crate::read::FileId::new(0), 0, 1));
        let list = marked(Value::array(vec![Value::str("made"), placed, Value::str("")]), false);
        let marks: Vec<bool> = list.as_array().unwrap().iter().map(|v| v.origin.secret).collect();
        assert_eq!(marks, [true, false, false]);
        let secret = marked(Value::str("x"), true);
        let span = crate::read::Span::new(crate::read::FileId::new(0), 3, 4);
        assert!(secret.handed_over(span).handed_over(span).origin.secret);
    }
}
