//! Residuals: expressions that only Azure, or a missing parameter, can decide.
//!
//! A residual is the expression as far as it could be evaluated: a call whose arguments are values again. It prints like the
//! template engine's own text, and what is known about it (the literal parts of a string, the choices of a parameter) is
//! derived from the tree, never stored beside it: but for which function it calls and how large it is, which is asked at every step.

use std::cell::OnceCell;
use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::Arc;

use ecow::EcoString;

use super::known::secret;
use super::value::{Data, Value};
use super::weight::Weight;
use crate::model::{Builtin, Template};

/// An expression that is not decided yet.
#[derive(Debug, Clone)]
pub struct Residual {
    /// The expression.
    pub node: Node,
    /// The value is, or contains, a secret.
    pub secret: bool,
    /// The function of the language that it is a call of.
    function: Option<Builtin>,
    /// How large it is, once that was measured.
    pub(super) weight: OnceCell<Weight>,
}

/// The shapes of a [`Residual`]. Most are calls: what is larger in the others stands in boxes.
#[derive(Debug, Clone)]
pub enum Node {
    /// A function that stays a call.
    Call {
        /// The name, in the spelling of the template; `ns.name` for a user-defined function.
        name: EcoString,
        /// The arguments as far as they are known.
        args: Vec<Value>,
    },
    /// `base.name` or `base[0]`.
    Access {
        /// What is looked into.
        base: Value,
        /// A string or an integer, or a residual of one.
        key: Box<Value>,
    },
    /// A parameter without a value (or a secure one, whose value is never shown).
    Parameter(Rc<ParameterUse>),
    /// What could not be parsed or evaluated, as it was written; a diagnostic says why.
    Failed(EcoString),
    /// A property loop of unknown length: what each item is like, with the index open.
    Loop {
        /// The loop's name.
        name: EcoString,
        /// The count, a residual.
        count: Box<Value>,
        /// The item.
        item: Box<Value>,
    },
    /// `lambda('x', …)` or another part of an expression that is kept as text.
    Text(EcoString),
}

/// A use of a parameter that stays residual.
#[derive(Debug, Clone)]
pub struct ParameterUse {
    /// Its name.
    pub name: EcoString,
    /// The part of its value that is meant, as an expression goes on to it (`.login.password`); empty for all of it.
    pub part: EcoString,
    /// A key that tells parameters of one expansion apart (deployment and index).
    pub key: (u32, u32),
    /// The values it can have, where it says so.
    pub allowed: Option<Vec<Value>>,
    /// It is a `bool`.
    pub boolean: bool,
    /// The value of a secure parameter: for rules that must decide on it, never printed.
    pub hidden: Option<Value>,
    /// The template that declares it, where its type keeps secrets in some parts and not in others.
    pub typed: Option<Arc<Template>>,
}

impl Residual {
    /// A call that stays residual. Secret if it tells one.
    pub fn call(name: impl Into<EcoString>, args: Vec<Value>) -> Self {
        let name = name.into();
        let function = Builtin::named(&name);
        let secret = secret::call_tells(function, &args);
        Residual { node: Node::Call { name, args }, secret, function, weight: OnceCell::new() }
    }

    /// An expression of any shape. `secret` says whether it is, or contains, a secret.
    pub fn new(node: Node, secret: bool) -> Self {
        let function = if let Node::Call { name, .. } = &node { Builtin::named(name) } else { None };
        Residual { node, secret, function, weight: OnceCell::new() }
    }

    /// The function of the language that it is a call of, and the arguments.
    pub fn as_call(&self) -> Option<(Builtin, &[Value])> {
        match &self.node {
            Node::Call { args, .. } => Some((self.function?, args)),
            _ => None,
        }
    }

    /// An access that stays residual.
    pub fn access(base: Value, key: Value) -> Self {
        let secret = secret::member_tells(&base, &key);
        Residual::new(Node::Access { base, key: Box::new(key) }, secret)
    }

    /// A loop of unknown length. Secret if an item tells one.
    pub fn open_loop(name: EcoString, count: Value, item: Value) -> Self {
        let secret = secret::tells(&item);
        Residual::new(Node::Loop { name, count: Box::new(count), item: Box::new(item) }, secret)
    }

    /// The expression as the engine prints it, without the brackets. What the template itself writes for a secure parameter
    /// stands in it.
    pub fn text(&self) -> String {
        self.text_within(usize::MAX).unwrap_or_default()
    }

    /// The same if it has at most so many bytes: what is longer is not written out.
    pub fn text_within(&self, most: usize) -> Option<String> {
        let mut out = Out::new(false, most);
        self.write(&mut out);
        (!out.is_full()).then_some(out.text)
    }

    /// Adds [`Residual::text`] to what is written already.
    pub fn write_text(&self, text: &mut String) {
        let mut out = Out { text: std::mem::take(text), discreet: false, most: usize::MAX };
        self.write(&mut out);
        *text = out.text;
    }

    /// The expression for a report: as [`Residual::text`], without the secrets in it.
    pub fn discreet_text(&self) -> String {
        self.discreet_start(usize::MAX)
    }

    /// At least so many bytes of [`Residual::discreet_text`], from its start, or all of it: what follows may be left out.
    pub fn discreet_start(&self, most: usize) -> String {
        let mut out = Out::new(true, most);
        self.write(&mut out);
        out.text
    }

    fn write(&self, out: &mut Out) {
        if out.is_full() {
            return;
        }
        match &self.node {
            Node::Call { name, args } => {
                out.text.push_str(name);
                out.text.push('(');
                for (i, a) in args.iter().enumerate() {
                    if i > 0 {
                        out.text.push_str(", ");
                    }
                    put(a, out);
                }
                out.text.push(')');
            }
            Node::Access { base, key } => {
                put(base, out);
                match &key.data {
                    Data::Str(s) if is_identifier(s) => {
                        out.text.push('.');
                        out.text.push_str(s);
                    }
                    _ => {
                        out.text.push('[');
                        put(key, out);
                        out.text.push(']');
                    }
                }
            }
            Node::Parameter(p) => {
                out.text.push_str("parameters(");
                write_string(&p.name, &mut out.text);
                out.text.push(')');
                out.text.push_str(&p.part);
            }
            Node::Loop { count, item, .. } => {
                // No function of the language says this; it is printed as the mapping that it is.
                out.text.push_str("map(range(0, ");
                put(count, out);
                out.text.push_str("), lambda('copyIndex', ");
                put(item, out);
                out.text.push_str("))");
            }
            Node::Failed(_) | Node::Text(_) if out.discreet && self.secret => out.text.push_str(secret::MASK),
            Node::Failed(t) | Node::Text(t) => out.text.push_str(t),
        }
    }
}

/// Writes a value as an expression: `'text'`, `1`, `true()`, `createObject('a', 1)`.
pub fn write_value(v: &Value, out: &mut String) {
    let mut all = Out { text: std::mem::take(out), discreet: false, most: usize::MAX };
    put(v, &mut all);
    *out = all.text;
}

/// Room for an expression, in bytes: most are as long or shorter.
pub(super) const SHORT: usize = 256;

/// An expression that is being written.
struct Out {
    text: String,
    /// Without the secrets in it.
    discreet: bool,
    /// The bytes after which nobody wants more.
    most: usize,
}

impl Out {
    fn new(discreet: bool, most: usize) -> Self {
        Out { text: String::with_capacity(most.min(SHORT)), discreet, most }
    }

    fn is_full(&self) -> bool {
        self.text.len() > self.most
    }
}

fn put(v: &Value, out: &mut Out) {
    if out.is_full() {
        return;
    }
    if out.discreet && v.origin.secret && !v.is_residual() {
        return out.text.push_str(secret::MASK);
    }
    match &v.data {
        Data::Null => out.text.push_str("null()"),
        Data::Bool(b) => out.text.push_str(if *b { "true()" } else { "false()" }),
        Data::Int(i) => {
            let _ = write!(out.text, "{i}");
        }
        Data::Float(f) => {
            let _ = write!(out.text, "json('{f}')");
        }
        Data::Str(s) => write_string(s, &mut out.text),
        Data::Array(items) => {
            out.text.push_str("createArray(");
            for (i, a) in items.iter().enumerate() {
                if i > 0 {
                    out.text.push_str(", ");
                }
                put(a, out);
            }
            out.text.push(')');
        }
        // What two resources declare alike is not the same.
        Data::Object(o) if o.asked.is_some() => o.asked.iter().for_each(|asked| asked.write(out)),
        Data::Object(o) => {
            out.text.push_str("createObject(");
            for (i, m) in o.members.iter().enumerate() {
                if i > 0 {
                    out.text.push_str(", ");
                }
                // A key that is not decided is an expression in brackets.
                match m.key.strip_prefix('[').and_then(|k| k.strip_suffix(']')).filter(|k| !k.starts_with('[')) {
                    Some(expression) => out.text.push_str(expression),
                    None => write_string(&m.key, &mut out.text),
                }
                out.text.push_str(", ");
                put(&m.value, out);
            }
            out.text.push(')');
        }
        Data::Residual(r) => r.write(out),
    }
}

pub(super) fn write_string(s: &str, out: &mut String) {
    out.reserve(s.len() + 2);
    out.push('\'');
    let mut from = 0;
    // Each quote stands at the end of what is before it and at the beginning of what follows.
    for at in memchr::memchr_iter(b'\'', s.as_bytes()) {
        out.push_str(&s[from..=at]);
        from = at;
    }
    out.push_str(&s[from..]);
    out.push('\'');
}

pub(super) fn is_identifier(s: &str) -> bool {
    let mut chars = s.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}
