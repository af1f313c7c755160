//! What a target would be with each value of what is open: worked out once, as many rules ask the same of it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::choices::{Choice, Substitution, combinations};
use crate::check::targets::forest::{Condition, Forest, Node};
use crate::check::targets::parent_names::last_segment;
use crate::expand::residual::Residual;
use crate::expand::{Data, Value, made, substitute};

/// So many bytes of it are kept, about. A combination copies all members of an object of which one changes, and a resource can have
/// thousands.
const ROOM: u64 = 4 << 20;

/// What targets are with each combination of some choices.
#[derive(Default)]
pub struct Supposed {
    /// By target (its index).
    known: RefCell<FxHashMap<usize, Vec<Known>>>,
    /// The bytes of all, about.
    taken: Cell<u64>,
}

/// What came of some choices.
struct Known {
    choices: Vec<Choice>,
    all: Rc<[Supposition]>,
}

/// A combination of values, and the target with its children as they are then; nothing if it is not deployed then.
type Supposition = (Substitution, Option<Forest>);

impl Supposed {
    /// Shows each combination of these choices, with what the target is then; nothing if it is not deployed.
    pub fn each(
        &self,
        forest: &Forest,
        target: usize,
        open: &[Choice],
        mut show: impl FnMut(&Substitution, Option<&Forest>),
    ) {
        if let Some(known) = self.found(target, open) {
            return known.iter().for_each(|(s, forest)| show(s, forest.as_ref()));
        }
        // One after the other: what finds no room is gone before the next one is made.
        let (mut all, mut taken) = (Some(Vec::new()), self.taken.get());
        for s in combinations(open) {
            let then = substituted(forest, target, &s);
            show(&s, then.as_ref());
            taken += then.as_ref().map_or(0, size) + size_of::<Supposition>() as u64;
            match &mut all {
                Some(all) if taken <= ROOM => all.push((s, then)),
                _ => all = None,
            }
        }
        if let Some(all) = all.filter(|all| !all.is_empty()) {
            self.taken.set(taken);
            let known = Known { choices: open.to_vec(), all: all.into() };
            self.known.borrow_mut().entry(target).or_default().push(known);
        }
    }

    fn found(&self, target: usize, open: &[Choice]) -> Option<Rc<[Supposition]>> {
        let known = self.known.borrow();
        let same = |k: &&Known| k.choices.len() == open.len() && k.choices.iter().zip(open).all(|(a, b)| a.is(b));
        known.get(&target)?.iter().find(same).map(|k| k.all.clone())
    }

    /// Forgets them: other targets follow.
    pub fn forget(&self) {
        self.known.borrow_mut().clear();
        self.taken.set(0);
    }
}

/// The bytes that a forest takes beyond what it shares, about.
fn size(forest: &Forest) -> u64 {
    let of_node = |n: &Node| size_of::<Node>() as u64 + made(&n.body) + made(&n.name);
    forest.nodes.iter().map(of_node).sum()
}

/// The target with its children and what it hangs below, with a substitution in all of their values; what is not deployed then is
/// left out. The target is the first node; `None` if it is not deployed itself.
fn substituted(forest: &Forest, target: usize, s: &Substitution) -> Option<Forest> {
    let decide = |r: &Residual| s.decide(r);
    let (mut kept, mut open) = (Vec::new(), Vec::new());
    let (around, below) = forest.around(target);
    for (at, i) in around.into_iter().enumerate() {
        match conditions(&forest.nodes[i].conditions, &decide) {
            Some(conditions) => {
                kept.push(i);
                open.push(conditions);
            }
            None if i == target => return None,
            // What is declared below something is below it, whoever deploys that.
            None if at >= below => {
                kept.push(i);
                open.push(forest.nodes[i].conditions.clone());
            }
            None => {}
        }
    }
    Some(forest.part(&kept, |at, n| {
        let name = substitute(&n.name, &decide);
        Node {
            short_name: last_segment(&name),
            name,
            body: substitute(&n.body, &decide),
            conditions: open[at].clone(),
            ..n.clone()
        }
    }))
}

/// The conditions that are still open; `None` if one does not hold.
fn conditions(all: &[Condition], decide: &dyn Fn(&Residual) -> Option<Value>) -> Option<Vec<Condition>> {
    let mut open = Vec::new();
    for c in all {
        match c.value.as_ref().map(|v| substitute(v, decide)).map(|v| v.data) {
            Some(Data::Bool(true)) => {}
            Some(Data::Bool(false)) => return None,
            _ => open.push(c.clone()),
        }
    }
    Some(open)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::verdict::choices::{choices, tests::parameter};
    use crate::expand::{Object, value::Member};

    fn open(value: &Value) -> Vec<Choice> {
        choices(&[value.as_residual().unwrap().clone()])
    }

    /// A resource whose kind hangs on a parameter, with so many other members.
    fn forest(on: &Value, more: usize) -> Forest {
        let mut body = Object::default();
        body.set("type".into(), None, Value::str("A.B/cs"));
        body.set("name".into(), None, Value::str("c"));
        let kind = Residual::call("if", vec![on.clone(), Value::str("x"), Value::str("y")]);
        body.set("kind".into(), None, Value::residual(kind));
        let member = |i| Member { key: ecow::eco_format!("m{i}"), key_span: None, value: Value::int(1) };
        body.members.extend((0..more).map(member));
        Forest::of_export(&[Value::object(body)])
    }

    fn kinds(supposed: &Supposed, forest: &Forest, open: &[Choice]) -> Vec<(*const Forest, String)> {
        let mut all = Vec::new();
        supposed.each(forest, 0, open, |_, then| {
            let then = then.unwrap();
            let kind = then.nodes[0].body.get("kind").unwrap();
            all.push((std::ptr::from_ref(then), kind.as_str().map_or_else(String::new, ToString::to_string)));
        });
        all
    }

    #[test]
    fn what_is_supposed_is_worked_out_once() {
        let on = parameter(0, &[], true);
        let (forest, supposed) = (forest(&on, 0), Supposed::default());
        kinds(&supposed, &forest, &open(&on));
        let kept = kinds(&supposed, &forest, &open(&on));
        assert_eq!(kept.iter().map(|(_, kind)| kind.as_str()).collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(kinds(&supposed, &forest, &open(&on)), kept);
        // What is called alike and has other values is something else.
        assert_eq!(kinds(&supposed, &forest, &open(&parameter(0, &["1"], false))).len(), 1);
        assert_eq!(supposed.known.borrow()[&0].len(), 2);
        supposed.forget();
        assert!(supposed.known.borrow().is_empty() && supposed.taken.get() == 0);
    }

    #[test]
    fn what_the_target_hangs_below_is_supposed_with_it() {
        let on = parameter(0, &[], true);
        let mut forest = forest(&on, 0);
        let parent = Node { children: vec![1], ..forest.nodes[0].clone() };
        let child = Node { parent: Some(0), ..forest.nodes[0].clone() };
        forest.nodes = vec![parent, child];
        let mut kinds = Vec::new();
        Supposed::default().each(&forest, 1, &open(&on), |_, then| {
            let then = then.unwrap();
            let above = &then.nodes[then.nodes[0].parent.unwrap()];
            assert_eq!((then.subtree(0).len(), above.children.as_slice()), (1, &[0][..]));
            kinds.push(above.body.get("kind").unwrap().as_str().unwrap().to_string());
        });
        assert_eq!(kinds, ["x", "y"]);
    }

    #[test]
    fn what_is_large_is_not_kept() {
        let on = parameter(0, &[], true);
        let (forest, supposed) = (forest(&on, 40_000), Supposed::default());
        assert_eq!(kinds(&supposed, &forest, &open(&on)).len(), 2);
        assert!(supposed.known.borrow().is_empty() && supposed.taken.get() == 0);
    }
}
