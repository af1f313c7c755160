//! How many declarations of a kind a template may have.

use super::Context;
use super::scope::Kind;
use crate::check::template_limits::{OUTPUTS, PARAMETERS, RESOURCES, VARIABLES};
use crate::read::Span;
use crate::read::bicep::ast::StatementKind;

pub fn check(c: &Context<'_>) {
    let mut first: [Option<Span>; 5] = [None; 5];
    let mut count = [0_usize; 5];
    let mut add = |i: usize, span: Span| {
        if let (Some(n), Some(f)) = (count.get_mut(i), first.get_mut(i)) {
            *n += 1;
            f.get_or_insert(span);
        }
    };
    for d in &c.scope.declarations {
        match d.kind {
            Kind::Param(_) => add(0, d.name.span),
            Kind::Var(_) => add(1, d.name.span),
            Kind::Resource(_) => add(2, d.name.span),
            _ => {}
        }
    }
    for s in &c.file().statements {
        match &s.kind {
            StatementKind::Output(o) => add(3, o.name.span),
            StatementKind::Assert { name, .. } => add(4, name.span),
            _ => {}
        }
    }
    let rules = [
        ("max-params", "parameters", PARAMETERS),
        ("max-variables", "variables", VARIABLES),
        ("max-resources", "resources", RESOURCES),
        ("max-outputs", "outputs", OUTPUTS),
        ("max-asserts", "assertions", 32),
    ];
    for ((code, what, most), (n, at)) in rules.into_iter().zip(count.into_iter().zip(first)) {
        if let Some(at) = at.filter(|_| n > most) {
            c.say(code, at, format!("The file has {n} {what}; a template may have {most}. Split it into modules."));
        }
    }
}
