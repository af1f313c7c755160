//! What checks have to say of templates by themselves, whatever values these are deployed with: of a module that hundreds of
//! deployments are of, each check says it once.

use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::declared::{self, Declared};
use crate::check::Remembered;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::known::truth::Truth;
use crate::read::Span;
use crate::rules::language::{Condition, Operand};

/// Something that is wrong with a template.
#[derive(Debug, Clone)]
pub struct Said {
    /// Words for a person.
    pub words: String,
    /// Where it is.
    pub span: Span,
    /// The JSON pointer of it, or of what holds it.
    pub pointer: EcoString,
}

/// What decides what a check says of a template: the check, the place of its arguments (the rules outlive the notes), and the
/// [version](crate::rules::settings::Settings::version) of the configuration.
type Asked = (&'static str, usize, u64);

/// What is remembered of templates and types for the next deployments and targets. It belongs to one set of rules, and goes with
/// it: rules are told apart by their places.
#[derive(Debug, Default)]
pub struct Noted {
    /// What was said of templates.
    pub templates: Remembered<Notes>,
    /// What conditions on types came to.
    of_types: RwLock<FxHashMap<(usize, EcoString), Truth>>,
    /// Whether names are like what arguments say.
    of_names: RwLock<FxHashMap<(NamedBy, EcoString), bool>>,
}

impl Noted {
    /// What a condition on a type comes to; `ask` is asked if that is not known.
    pub fn of_type(&self, condition: &Condition, type_: &EcoString, ask: impl FnOnce() -> Truth) -> Truth {
        known_or(&self.of_types, (std::ptr::from_ref(condition) as usize, type_.clone()), ask)
    }

    /// What a name of a template is by what decides that; `ask` is asked if that is not known.
    pub fn of_name(&self, by: NamedBy, name: &EcoString, ask: impl FnOnce() -> bool) -> bool {
        known_or(&self.of_names, (by, name.clone()), ask)
    }
}

/// What decides whether names are like what a check is told: the place of its arguments, and the version of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NamedBy(usize, u64);

impl NamedBy {
    /// The arguments of a check, which do not hang on the target, in a [version](crate::rules::settings::Settings::version) of the
    /// configuration.
    pub fn of(args: &[(String, Operand)], version: u64) -> Self {
        // Overrides make a version for each file, which is of no interest to arguments that the page says.
        let version = if args.iter().all(|(_, operand)| operand.is_literal()) { 0 } else { version };
        NamedBy(args.as_ptr() as usize, version)
    }
}

/// What is known of something, or else what `ask` says. Once too much is known, it is forgotten: a stranger's templates can name any
/// number of types and parameters.
fn known_or<K: Hash + Eq, V: Copy>(all: &RwLock<FxHashMap<K, V>>, key: K, ask: impl FnOnce() -> V) -> V {
    if let Some(known) = all.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return *known;
    }
    let answer = ask();
    let mut all = all.write().unwrap_or_else(PoisonError::into_inner);
    if all.len() >= MOST_NAMES {
        all.clear();
    }
    all.insert(key, answer);
    answer
}

/// So many types, and names, are remembered at most.
const MOST_NAMES: usize = 1 << 16;

/// What was said of one template.
#[derive(Debug, Default)]
pub struct Notes(Mutex<Vec<(Asked, Arc<[Said]>)>>);

impl Notes {
    fn get(&self, asked: &Asked) -> Option<Arc<[Said]>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().find(|(of, _)| of == asked).map(|(_, said)| said.clone())
    }

    fn add(&self, asked: Asked, said: Arc<[Said]>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((asked, said));
    }
}

/// Says what is wrong with the templates of a node, with `below` with those of the deployments in it as well. `look` looks at one
/// of them, and at nothing but it, the arguments and the configuration.
///
/// `check` is the name of the check.
pub fn each<'a>(
    e: &mut Evaluator<'a>,
    s: Scope<'a>,
    below: bool,
    (check, args): (&'static str, &'a [(String, Operand)]),
    look: impl Fn(&Evaluator<'a>, &Declared) -> Vec<Said>,
) -> Truth {
    let asked = (check, args.as_ptr() as usize, e.world.settings.version());
    let mut truth = Truth::True;
    for declared in declared::of(e, s.node, below).iter() {
        let known = declared.notes.as_ref().and_then(|notes| notes.get(&asked));
        let said = known.unwrap_or_else(|| look_anew(e, declared, asked, args, &look));
        for one in said.iter() {
            truth = Truth::False;
            declared::say(e, s.node, &*one.words, one.span, one.pointer.clone());
        }
    }
    truth
}

/// What is wrong with a template that nobody has looked at for this; noted, unless the target has a say in it.
fn look_anew<'a>(
    e: &Evaluator<'a>,
    declared: &Declared,
    asked: Asked,
    args: &[(String, Operand)],
    look: &impl Fn(&Evaluator<'a>, &Declared) -> Vec<Said>,
) -> Arc<[Said]> {
    let said: Arc<[Said]> = look(e, declared).into();
    let is_fixed = || !args.iter().any(|(_, operand)| operand.is_of_target());
    if let Some(notes) = declared.notes.as_ref().filter(|_| is_fixed()) {
        notes.add(asked, said.clone());
    }
    said
}
