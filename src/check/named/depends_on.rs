//! Whether what resources wait for is there, and whether they wait for one another.

use rustc_hash::FxHashSet;

use crate::check::explain::phrases::show_value;
use crate::check::named::support::declared;
use crate::check::named::support::siblings::{Siblings, asks, waits};
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::known::truth::Truth;
use crate::expand::{Resource, Value};
use crate::read::Span;
use crate::rules::language::Operand;

/// No `dependsOn` of the deployment's template names a resource that the template does not declare. With `circle: true`: no
/// resources wait for one another in a circle; there, what is asked for by name is waited for, too. What is not decided is not held
/// against anybody.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    let own = declared::own(e, s.node);
    if own.iter().all(|r| r.depends_on.is_none() && r.asks.is_empty()) {
        return Truth::True;
    }
    let Some(siblings) = e.world.siblings.of(e, s.node, &own) else { return Truth::True };
    let found = if args.is_empty() { missing(&siblings, &own) } else { circles(&siblings, &own) };
    for (words, place, r) in &found {
        let pointer = match r.depends_on {
            Some(_) => ecow::eco_format!("{}/dependsOn", r.pointer),
            None => r.pointer.clone(),
        };
        declared::say(e, s.node, words.as_str(), *place, pointer);
    }
    if found.is_empty() { Truth::True } else { Truth::False }
}

/// What is wrong, where, and with the `dependsOn` of which resource.
type Wrong<'a> = (String, Span, &'a Resource);

fn missing<'a>(siblings: &Siblings, own: &[&'a Resource]) -> Vec<Wrong<'a>> {
    let mut out = Vec::new();
    // The resources of a loop are written once, and so is what they wait for.
    let mut told: FxHashSet<(Span, String)> = FxHashSet::default();
    for r in own.iter().filter(|r| !r.existing) {
        for wait in waits(r).iter().filter(|wait| siblings.has_none(wait)) {
            let (place, what) = (wait.place(r.place), wait.words());
            if told.insert((place, what.clone())) {
                let words = format!("{} waits for {what}, which the template does not declare", called(r));
                out.push((words, place, *r));
            }
        }
    }
    out
}

/// As much is told of a circle.
const SHOWN: usize = 6;

/// Who waits for whom. The resources of the deployment come first, in their order; as many places after each stands the loop whose first
/// resource it is, for which one can wait as a whole.
type Edges = Vec<Vec<(usize, Span)>>;

fn edges(siblings: &Siblings, own: &[&Resource]) -> Edges {
    let count = own.len();
    let sure = |at: usize| own.get(at).is_some_and(|r| r.condition.is_none() && !r.existing);
    let mut edges: Edges = vec![Vec::new(); 2 * count];
    for (at, r) in own.iter().enumerate().filter(|(at, _)| sure(*at)) {
        let mut seen: FxHashSet<String> = FxHashSet::default();
        for wait in waits(r).into_iter().chain(asks(r)).filter(|wait| seen.insert(wait.words())) {
            let place = wait.place(r.place);
            match siblings.named(&wait) {
                [] => {}
                [one] => edges[at].extend(sure(*one).then_some((*one, place))),
                // A name that several resources have says of none that it is meant; that of a loop means each of its resources.
                [first, rest @ ..]
                    if !edges[count + first].is_empty() || rest.iter().all(|other| same_loop(own, *first, *other)) =>
                {
                    edges[at].push((count + first, place));
                    if edges[count + first].is_empty() {
                        let all = std::iter::once(first).chain(rest).copied().filter(|i| sure(*i));
                        edges[count + first] = all.map(|i| (i, place)).collect();
                    }
                }
                _ => {}
            }
        }
    }
    edges
}

fn circles<'a>(siblings: &Siblings, own: &[&'a Resource]) -> Vec<Wrong<'a>> {
    let edges = edges(siblings, own);
    let mut out = Vec::new();
    let mut state = vec![State::New; edges.len()];
    // Who is being followed, and how many of its edges have been.
    let mut way: Vec<(usize, usize)> = Vec::new();
    for start in 0..own.len() {
        if state[start] == State::New {
            way.push((start, 0));
            state[start] = State::Open;
        }
        while let Some((at, next)) = way.last_mut() {
            let Some((to, _)) = edges[*at].get(*next).copied() else {
                state[*at] = State::Done;
                way.pop();
                continue;
            };
            *next += 1;
            match state[to] {
                State::New => {
                    state[to] = State::Open;
                    way.push((to, 0));
                }
                State::Open => {
                    let from = way.iter().position(|(i, _)| *i == to).unwrap_or_default();
                    out.extend(in_words(own, &edges, &way[from..]));
                    // One circle is told of those that meet in a resource; the next shows once it is undone.
                    way.iter().for_each(|(i, _)| state[*i] = State::Done);
                    way.clear();
                }
                State::Done => {}
            }
        }
    }
    out
}

/// How far a resource has been followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Not yet.
    New,
    /// It is on the way.
    Open,
    /// With all that it waits for.
    Done,
}

fn same_loop(own: &[&Resource], one: usize, other: usize) -> bool {
    let pointer = |at: usize| own.get(at).map(|r| &r.pointer);
    pointer(one) == pointer(other)
}

/// A circle, and the number of edges that each member was followed by.
fn in_words<'a>(own: &[&'a Resource], edges: &Edges, circle: &[(usize, usize)]) -> Option<Wrong<'a>> {
    let members: Vec<(&'a Resource, Span)> = circle
        .iter()
        .filter_map(|(at, next)| Some((*own.get(*at)?, edges.get(*at)?.get(next.checked_sub(1)?)?.1)))
        .collect();
    let (last, place) = members.last().copied()?;
    let words = match members.as_slice() {
        [(one, _)] => format!("{} waits for itself", called(one)),
        _ => {
            let mut names: Vec<String> = members.iter().take(SHOWN).map(|(r, _)| called(r)).collect();
            if members.len() > SHOWN {
                names.push("…".to_owned());
            }
            names.extend(members.first().map(|(r, _)| called(r)));
            format!("resources wait for one another: {}", names.join(" → "))
        }
    };
    Some((words, place, last))
}

fn called(r: &Resource) -> String {
    match r.name.as_str() {
        Some(name) => show_value(&Value::str(name.clone())),
        None => format!("a {}", r.type_),
    }
}
