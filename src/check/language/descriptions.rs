//! What ought to have a description: parameters, variables, outputs, types and their properties.

use super::Context;
use super::walk::{self, Node};
use crate::read::Span;
use crate::read::bicep::ast::{Decorator, Name, StatementKind, TypeKey, TypeKind};

pub fn check(c: &Context<'_>) {
    for s in &c.file().statements {
        let of = |code, what, name: &Name| lacking(c, code, what, &s.decorators, &name.text, name.span);
        match &s.kind {
            StatementKind::Param(p) => of("use-description-params", "parameter", &p.name),
            StatementKind::Var(v) => of("use-description-vars", "variable", &v.name),
            StatementKind::Output(o) => of("use-description-outputs", "output", &o.name),
            StatementKind::Type { name, value } => {
                if named(&s.decorators, "discriminator").is_none() {
                    of("use-description-types", "type", name);
                }
                walk::ty(value, &mut |node| {
                    if let Node::Type(t) = node
                        && let TypeKind::Object(properties) = &t.kind
                    {
                        for p in properties {
                            let (name, span) = match &p.key {
                                TypeKey::Name(name) => (name.text.as_str(), name.span),
                                TypeKey::Any(span) => ("*", *span),
                                TypeKey::Invalid(_) => continue,
                            };
                            let code = "use-description-type-properties";
                            lacking(c, code, "type property", &p.decorators, name, span);
                        }
                    }
                    !matches!(node, Node::Decorator(_))
                });
            }
            _ => {}
        }
    }
}

fn lacking(c: &Context<'_>, code: &'static str, what: &str, decorators: &[Decorator], name: &str, span: Span) {
    match named(decorators, "description") {
        None => {
            c.say(code, span, format!("The {what} `{name}` has no description. Write `@description('…')` above it."));
        }
        Some(args) => {
            if let Some(first) = args.first()
                && walk::text(first).is_some_and(|t| t.trim().is_empty())
            {
                c.say(
                    code,
                    first.span,
                    format!("The description of the {what} `{name}` is empty. Write what it is for."),
                );
            }
        }
    }
}

/// The arguments of a decorator of the language. Only `sys` has decorators, by whatever other name a file gives it.
pub fn named<'f>(decorators: &'f [Decorator], wanted: &str) -> Option<&'f [crate::read::bicep::ast::Expr]> {
    decorators.iter().find_map(|d| {
        let (namespace, name, args) = d.call()?;
        (name.text == wanted && namespace.is_none_or(|n| n.text != "az")).then_some(args)
    })
}
