//! Whether a template declares a resource twice.

use std::ops::ControlFlow;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use crate::check::explain::phrases::show_value;
use crate::check::named::support::declared;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::known::identity::{self, Identity};
use crate::expand::known::truth::Truth;
use crate::expand::residual::{Node, Residual};
use crate::model::{Builtin, Expr, ExprKind};
use crate::nesting;
use crate::rules::language::Operand;

/// No two resources of the deployment's template that are deployed for sure have one id, because their names are written alike. Azure
/// takes two with opposite conditions.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, _args: &'a [(String, Operand)]) -> Truth {
    let (Some(deployed), Some(deployment)) = (e.world.deployed, declared::deployment(e, s.node)) else {
        return Truth::True;
    };
    let all = declared::resources(&deployment.template).into_iter();
    let written: FxHashMap<&str, &Expr> = all.map(|(r, _)| (r.pointer.as_str(), &r.name)).collect();
    let mut first: FxHashMap<(EcoString, String), &str> = FxHashMap::default();
    let mut truth = Truth::True;
    for r in declared::own(e, s.node) {
        if r.condition.is_some() || r.existing || r.repeated.is_some() || r.id.is_null() {
            continue;
        }
        let Identity { id, name, .. } = identity::of_resource(deployed, r, &r.name);
        // What could not be evaluated, or is empty, may be anything, and each new GUID is another one.
        if r.name.as_residual().is_some_and(|r| hangs_on_failure(r))
            || name.split('/').any(str::is_empty)
            || id.contains("newguid()")
        {
            continue;
        }
        let Some(other) = first.insert((r.type_.to_ascii_lowercase(), id), r.pointer.as_str()) else { continue };
        let in_loop = r.pointer == other;
        // What only the values of parameters make the same, other values tell apart.
        let [Some(one), Some(two)] = [other, &r.pointer].map(|pointer| written.get(pointer).copied()) else { continue };
        if !alike(one, two, 0) || counts(one) {
            continue;
        }
        truth = Truth::False;
        let name = r.name.as_str().map_or_else(String::new, |_| format!(" {}", show_value(&r.name)));
        let words = match in_loop {
            true => format!("each of the resources of a loop is the {}{name}: their name needs copyIndex()", r.type_),
            false => format!("the {}{name} is declared a second time", r.type_),
        };
        declared::say(e, s.node, words, r.place, r.pointer.clone());
        if in_loop {
            // Those of one loop are one mistake.
            break;
        }
    }
    truth
}

/// Whether a name is another one for each resource of a loop: which of them are the same, hangs on values.
fn counts(name: &Expr) -> bool {
    let counts = |e: &Expr| matches!(&e.kind, ExprKind::Call(call) if Builtin::of(call) == Some(Builtin::CopyIndex));
    let look = &mut |e: &'_ Expr| if counts(e) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    declared::each(name, look).is_break()
}

/// Whether two expressions of a template come to the same for certain, as they are written alike.
fn alike(one: &Expr, two: &Expr, depth: usize) -> bool {
    let all = |a: &[Expr], b: &[Expr]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b, depth + 1));
    nesting::EXPRESSION.allows(depth)
        && match (&one.kind, &two.kind) {
            (ExprKind::Str(a), ExprKind::Str(b)) => a.eq_ignore_ascii_case(b),
            (ExprKind::Int(a), ExprKind::Int(b)) => a == b,
            (ExprKind::Expression(a), ExprKind::Expression(b)) => alike(a, b, depth + 1),
            (ExprKind::Call(a), ExprKind::Call(b)) => {
                a.namespace == b.namespace && a.name.eq_ignore_ascii_case(&b.name) && all(&a.args, &b.args)
            }
            (ExprKind::Access { base: a, key: x, .. }, ExprKind::Access { base: b, key: y, .. }) => {
                alike(a, b, depth + 1) && alike(x, y, depth + 1)
            }
            _ => false,
        }
}

/// Whether what a value comes to is not known because it could not be evaluated, or is looked up in such a thing.
fn hangs_on_failure(r: &Residual) -> bool {
    let mut open = vec![r];
    // Names are short; what is not is no name.
    for _ in 0..MOST_PARTS {
        let Some(r) = open.pop() else { return false };
        match &r.node {
            Node::Failed(_) => return true,
            Node::Call { args, .. } => open.extend(args.iter().filter_map(|v| Some(&**v.as_residual()?))),
            Node::Access { base, key } => {
                open.extend([base, key].into_iter().filter_map(|v| Some(&**v.as_residual()?)))
            }
            Node::Loop { .. } | Node::Parameter(_) | Node::Text(_) => {}
        }
    }
    true
}

/// As many parts of a name are looked at.
const MOST_PARTS: usize = 1_000;
