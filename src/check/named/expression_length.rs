//! Whether expressions are short enough for Azure.

use crate::check::named::support::noted::{self, Said};
use crate::check::verdict::compare::Lit;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::known::truth::Truth;
use crate::model::{Expr, ExprKind, Resource, Template};
use crate::read::Span;
use crate::rules::language::Operand;

/// `with: {most: 24576}`: no expression of the deployment's template has more characters, unless a tool wrote the template.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    let most = match args.iter().find(|(n, _)| n == "most").map(|(_, o)| e.operand(o, s)) {
        Some(Lit::Int(n)) => usize::try_from(n).unwrap_or(usize::MAX),
        _ => return Truth::True,
    };
    noted::each(e, s, false, ("expression-length", args), |_, declared| {
        let template = &declared.template;
        let generator = template.metadata.as_ref().and_then(|m| m.get("_generator")).and_then(|g| g.get("name"));
        if generator.is_some() {
            return Vec::new();
        }
        let mut long = Vec::new();
        in_template(template, most, &mut long);
        let words = |span| format!("an expression has {} characters; Azure takes {most}", length(span));
        let said = |span| Said { words: words(span), span, pointer: template.pointer.clone() };
        long.into_iter().map(said).collect()
    })
}

/// Without the quotes.
fn length(span: Span) -> usize {
    span.range().len().saturating_sub(2)
}

fn in_template(t: &Template, most: usize, out: &mut Vec<Span>) {
    let mut look = |e: &Expr| in_expr(e, most, out);
    t.parameters.iter().filter_map(|p| p.default.as_ref()).for_each(&mut look);
    t.variables.iter().for_each(|v| look(&v.value));
    t.outputs.iter().for_each(|o| look(&o.value));
    t.resources.iter().for_each(|r| in_resource(r, most, out));
}

fn in_resource(r: &Resource, most: usize, out: &mut Vec<Span>) {
    let mut look = |e: &Expr| in_expr(e, most, out);
    look(&r.name);
    look(&r.body);
    [&r.condition, &r.scope, &r.depends_on].into_iter().flatten().for_each(&mut look);
    if let Some(copy) = &r.copy {
        look(&copy.count);
    }
    if let Some(d) = &r.deployment {
        d.parameters.iter().for_each(&mut look);
        if !d.inner {
            d.template.inline().into_iter().for_each(|inline| in_template(inline, most, out));
        }
    }
    r.children.iter().for_each(|c| in_resource(c, most, out));
}

fn in_expr(e: &Expr, most: usize, out: &mut Vec<Span>) {
    match &e.kind {
        ExprKind::Expression(_) if length(e.span) > most => out.push(e.span),
        ExprKind::Array(items) => items.iter().for_each(|i| in_expr(i, most, out)),
        ExprKind::Object(members) => members.iter().for_each(|m| in_expr(&m.value, most, out)),
        ExprKind::Loop(l) => {
            in_expr(&l.count, most, out);
            in_expr(&l.input, most, out);
        }
        _ => {}
    }
}
