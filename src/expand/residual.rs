//! Residuals: expressions that only Azure, or a missing parameter, can decide.
//!
//! A residual is the expression as far as it could be evaluated: a call whose arguments are values again. It prints like the
//! template engine's own text, and what is known about it (the literal parts of a string, the choices of a parameter) is
//! derived from the tree, never stored beside it.

use std::fmt::Write as _;
use std::rc::Rc;

use ecow::EcoString;

use super::value::{Data, Value};

/// An expression that is not decided yet.
#[derive(Debug, Clone)]
pub struct Residual {
    /// The expression.
    pub node: Node,
    /// The value is, or contains, a secret.
    pub secret: bool,
}

/// The shapes of a [`Residual`].
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
        key: Value,
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
        count: Value,
        /// The item.
        item: Value,
    },
    /// `lambda('x', …)` or another part of an expression that is kept as text.
    Text(EcoString),
}

/// A use of a parameter that stays residual.
#[derive(Debug, Clone)]
pub struct ParameterUse {
    /// Its name.
    pub name: EcoString,
    /// A key that tells parameters of one expansion apart (deployment and index).
    pub key: (u32, u32),
    /// The values it can have, where it says so.
    pub allowed: Option<Vec<Value>>,
    /// It is a `bool`.
    pub boolean: bool,
    /// The value of a secure parameter: for rules that must decide on it, never printed.
    pub hidden: Option<Value>,
}

impl Residual {
    /// A call that stays residual. Secret if an argument is.
    pub fn call(name: impl Into<EcoString>, args: Vec<Value>) -> Self {
        let secret = args.iter().any(holds_secret);
        Residual { node: Node::Call { name: name.into(), args }, secret }
    }

    /// An access that stays residual.
    pub fn access(base: Value, key: Value) -> Self {
        let secret = holds_secret(&base);
        Residual { node: Node::Access { base, key }, secret }
    }

    /// The expression as the engine prints it, without the brackets.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match &self.node {
            Node::Call { name, args } => {
                out.push_str(name);
                out.push('(');
                for (i, a) in args.iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    write_value(a, out);
                }
                out.push(')');
            }
            Node::Access { base, key } => {
                write_value(base, out);
                match &key.data {
                    Data::Str(s) if is_identifier(s) => {
                        out.push('.');
                        out.push_str(s);
                    }
                    _ => {
                        out.push('[');
                        write_value(key, out);
                        out.push(']');
                    }
                }
            }
            Node::Parameter(p) => {
                out.push_str("parameters(");
                write_string(&p.name, out);
                out.push(')');
            }
            Node::Loop { count, item, .. } => {
                // No function of the language says this; it is printed as the mapping that it is.
                out.push_str("map(range(0, ");
                write_value(count, out);
                out.push_str("), lambda('copyIndex', ");
                write_value(item, out);
                out.push_str("))");
            }
            Node::Failed(t) | Node::Text(t) => out.push_str(t),
        }
    }
}

/// Whether a value is a secret or holds one at any depth.
pub fn holds_secret(v: &Value) -> bool {
    match &v.data {
        Data::Residual(r) => r.secret,
        Data::Array(a) => a.iter().any(holds_secret),
        Data::Object(o) => o.members.iter().any(|m| holds_secret(&m.value)),
        _ => false,
    }
}

/// Writes a value as an expression: `'text'`, `1`, `true()`, `createObject('a', 1)`.
pub fn write_value(v: &Value, out: &mut String) {
    match &v.data {
        Data::Null => out.push_str("null()"),
        Data::Bool(b) => out.push_str(if *b { "true()" } else { "false()" }),
        Data::Int(i) => {
            let _ = write!(out, "{i}");
        }
        Data::Float(f) => {
            let _ = write!(out, "json('{f}')");
        }
        Data::Str(s) => write_string(s, out),
        Data::Array(items) => {
            out.push_str("createArray(");
            for (i, a) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_value(a, out);
            }
            out.push(')');
        }
        Data::Object(o) => {
            out.push_str("createObject(");
            for (i, m) in o.members.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                // A key that is not decided is an expression in brackets.
                match m.key.strip_prefix('[').and_then(|k| k.strip_suffix(']')).filter(|k| !k.starts_with('[')) {
                    Some(expression) => out.push_str(expression),
                    None => write_string(&m.key, out),
                }
                out.push_str(", ");
                write_value(&m.value, out);
            }
            out.push(')');
        }
        Data::Residual(r) => r.write(out),
    }
}

fn write_string(s: &str, out: &mut String) {
    out.push('\'');
    for c in s.chars() {
        if c == '\'' {
            out.push('\'');
        }
        out.push(c);
    }
    out.push('\'');
}

pub(super) fn is_identifier(s: &str) -> bool {
    let mut chars = s.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}
