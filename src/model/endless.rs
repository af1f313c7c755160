//! User-defined types that hold themselves in every value, so that no value of them can be written down.

use ecow::EcoString;

use super::{Template, Type, TypeKind};
use crate::diagnostic::Diagnostic;

/// An error for each such type, at its name: Azure refuses the template, the compiler with BCP298 and BCP299. A type may hold
/// itself where the value may end: behind what is nullable, in an array, in a variant.
pub(super) fn endless_types(template: &Template) -> Vec<Diagnostic> {
    let needed: Vec<Vec<usize>> = template.types.iter().map(|t| needed(template, &t.ty)).collect();
    let mut out = Vec::new();
    let mut state = vec![State::New; needed.len()];
    for start in 0..needed.len() {
        // The way down: a definition, and how many of those that it needs were looked at.
        let mut way = vec![(start, 0)];
        if state[start] != State::New {
            continue;
        }
        while let Some((at, next)) = way.last_mut() {
            let at = *at;
            state[at] = State::OnTheWay;
            let Some(&then) = needed[at].get(*next) else {
                state[at] = State::Done;
                way.pop();
                continue;
            };
            *next += 1;
            match state[then] {
                State::New => way.push((then, 0)),
                State::OnTheWay => {
                    let circle = way.iter().map(|(at, _)| *at).skip_while(|at| *at != then);
                    out.push(refusal(template, circle.collect()));
                }
                State::Done => {}
            }
        }
    }
    out
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    OnTheWay,
    Done,
}

/// The definitions that every value of a type holds a value of.
fn needed(template: &Template, ty: &Type) -> Vec<usize> {
    let mut out = Vec::new();
    let mut todo = vec![ty];
    while let Some(ty) = todo.pop() {
        if ty.nullable {
            continue;
        }
        match &ty.kind {
            TypeKind::Ref(name) => out.extend(template.type_place(name)),
            TypeKind::Array { prefix, .. } => todo.extend(prefix),
            TypeKind::Object(o) | TypeKind::SecureObject(o) => todo.extend(o.properties.iter().map(|(_, ty)| ty)),
            _ => {}
        }
    }
    out
}

/// The names on a circle that a message gives.
const MOST_NAMES: usize = 12;

fn refusal(template: &Template, mut circle: Vec<usize>) -> Diagnostic {
    // It begins with the one that stands first in the text.
    let first = (0..circle.len()).min_by_key(|i| template.types[circle[*i]].name_span.start).unwrap_or(0);
    circle.rotate_left(first);
    let first = &template.types[circle[0]];
    let mut names: Vec<EcoString> = circle.iter().take(MOST_NAMES).map(|at| template.types[*at].name.clone()).collect();
    if circle.len() > MOST_NAMES {
        names.push("…".into());
    }
    names.push(first.name.clone());
    let message = format!(
        "the type '{}' holds itself in every value: {}. Make a property on the way nullable, or an array",
        first.name,
        names.join(" → ")
    );
    Diagnostic::error("cycle", first.name_span, message)
}
