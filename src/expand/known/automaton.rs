//! Whether texts that are known in part match a regular expression: all of them, none, or some.
//!
//! The automaton of the expression is run on every text at once: a set of states stands for all texts so far, a known stretch
//! moves each state by its bytes, an open one by every byte that it can have. What the set has come to in the end decides.

use std::collections::hash_map::Entry;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, Config, DFA};
use regex_automata::util::syntax;
use regex_automata::{Input, MatchKind};
use rustc_hash::{FxHashMap, FxHashSet};

use super::alphabet::{Alphabet, Open};
use super::compiled::Compiled;
use super::stretch::Part;
use super::truth::Truth;

/// A longer open stretch is taken for one without a bound: that only makes more possible.
const LONGEST: usize = 300;

/// The most states at once; beyond them nothing is decided. A name of up to 128 characters takes as many; a pattern with several
/// `.{0,30}` makes new ones without end, and each costs more than a thousand moves.
const MOST_STATES: usize = 300;

/// The most moves from one state to the next; beyond them nothing is decided. An open name against a rule's pattern takes some
/// thousands; a name of 80,000 characters would take hundreds of millions.
const MOST_MOVES: usize = 200_000;

/// The bytes that what was learned about an automaton may take to be kept for the next text.
const MOST_KEPT: usize = 1 << 20;

/// The automaton of a pattern. Its states are made when they are first come to, which costs far more than the walk itself, and
/// most texts lead through the same sets of states as others: so both are kept for the next text.
struct Automaton {
    dfa: DFA,
    learned: Mutex<Vec<Learned>>,
}

/// What is known of an automaton after some texts.
struct Learned {
    cache: Cache,
    fronts: Fronts,
    /// Texts whose answer is known.
    answers: FxHashMap<Vec<Part>, Option<Truth>>,
    /// The bytes that these take, about.
    answers_size: usize,
}

static AUTOMATA: LazyLock<Compiled<Option<Arc<Automaton>>>> = LazyLock::new(Default::default);

/// Whether a text of these stretches matches a pattern: yes or no if that is so for every such text.
pub fn matches(stretches: &[Part], pattern: &str, case_sensitive: bool) -> Truth {
    automaton(pattern, case_sensitive).map_or(Truth::Unknown, |a| a.matches(stretches))
}

fn automaton(pattern: &str, case_sensitive: bool) -> Option<Arc<Automaton>> {
    AUTOMATA.get(pattern, case_sensitive, || {
        let dfa = DFA::builder()
            .configure(Config::new().match_kind(MatchKind::All).unicode_word_boundary(true).cache_capacity(4 << 20))
            .syntax(syntax::Config::new().case_insensitive(!case_sensitive))
            .build(pattern);
        Some(Arc::new(Automaton { dfa: dfa.ok()?, learned: Mutex::default() }))
    })
}

impl Automaton {
    fn matches(&self, stretches: &[Part]) -> Truth {
        let kept = self.learned.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let (truth, learned) = match kept {
            // One that was too full for this text says nothing about the text: the answer must not hang on those before it.
            Some(learned) => match self.run(stretches, learned) {
                (_, full) if full.cache.clear_count() > 0 => self.run(stretches, self.unlearned()),
                done => done,
            },
            None => self.run(stretches, self.unlearned()),
        };
        if learned.cache.clear_count() == 0 && learned.size() <= MOST_KEPT {
            self.learned.lock().unwrap_or_else(PoisonError::into_inner).push(learned);
        }
        truth.unwrap_or(Truth::Unknown)
    }

    fn unlearned(&self) -> Learned {
        let cache = self.dfa.create_cache();
        Learned { cache, fronts: Fronts::default(), answers: FxHashMap::default(), answers_size: 0 }
    }

    fn run(&self, stretches: &[Part], learned: Learned) -> (Option<Truth>, Learned) {
        // Deployments of one template have names of the same make.
        if let Some(known) = learned.answers.get(stretches) {
            return (*known, learned);
        }
        let mut run = Run { dfa: &self.dfa, learned, moves: 0, spare: Vec::new() };
        let (answer, mut learned) = (run.all(stretches), run.learned);
        learned.keep(stretches, answer);
        (answer, learned)
    }
}

impl Learned {
    /// Remembers an answer, while there is room.
    fn keep(&mut self, stretches: &[Part], answer: Option<Truth>) {
        let text = |part: &Part| if let Part::Known(s) = part { s.len() } else { 0 };
        let size = 96 + stretches.iter().map(|part| size_of::<Part>() + text(part)).sum::<usize>();
        if self.answers_size + size <= MOST_KEPT / 16 {
            self.answers_size += size;
            self.answers.insert(stretches.to_vec(), answer);
        }
    }

    /// The bytes that all this takes, about.
    fn size(&self) -> usize {
        self.cache.memory_usage() + self.fronts.size + self.answers_size
    }
}

/// All texts so far.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash)]
struct Front {
    /// The states that those which do not match yet are in: each once, in order.
    states: Vec<LazyStateID>,
    /// Some match already, whatever follows.
    matched: bool,
    /// Some are not decided: the automaton gave up on them.
    lost: bool,
}

/// What can follow a front.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Next {
    /// A byte, by its class.
    Byte(u8),
    /// An open stretch.
    Open(Open),
}

/// Fronts that texts have come to, and what they become: known by their numbers.
#[derive(Debug, Default)]
struct Fronts {
    all: Vec<Arc<Front>>,
    numbers: FxHashMap<Arc<Front>, usize>,
    /// What a front becomes by what follows it, and how many moves that takes.
    next: FxHashMap<(usize, Next), (usize, usize)>,
    /// What states become by open characters.
    open: FxHashMap<Alphabet, Steps>,
    /// The bytes that all this takes, about.
    size: usize,
}

/// What states become by any one character of an alphabet.
#[derive(Debug, Default)]
struct Steps {
    /// One byte of each class that the characters have.
    bytes: Vec<u8>,
    /// What each state becomes: a few states, though there are many bytes.
    after: FxHashMap<LazyStateID, Front>,
}

impl Fronts {
    /// The number of a front.
    fn number(&mut self, front: Front) -> usize {
        if let Some(known) = self.numbers.get(&front) {
            return *known;
        }
        self.size += 200 + front.states.len() * size_of::<LazyStateID>();
        let (front, number) = (Arc::new(front), self.all.len());
        self.all.push(front.clone());
        self.numbers.insert(front, number);
        number
    }
}

struct Run<'d> {
    dfa: &'d DFA,
    learned: Learned,
    moves: usize,
    /// Room for the states of the next move.
    spare: Vec<LazyStateID>,
}

impl Run<'_> {
    /// `None` where the automaton cannot be run to the end.
    fn all(&mut self, stretches: &[Part]) -> Option<Truth> {
        let start = self.dfa.start_state_forward(&mut self.learned.cache, &Input::new("")).ok()?;
        let mut at = self.learned.fronts.number(Front { states: vec![start], ..Front::default() });
        for stretch in stretches {
            match stretch {
                Part::Known(text) => {
                    for byte in text.bytes() {
                        let class = Next::Byte(self.dfa.byte_classes().get(byte));
                        at = self.followed(at, class, |run, front| {
                            let mut steps = Steps { bytes: vec![byte], ..Steps::default() };
                            run.moved(front, &mut steps)
                        })?;
                    }
                }
                Part::Open(open) => at = self.followed(at, Next::Open(*open), |run, front| run.through(front, open))?,
            }
        }
        let front = self.learned.fronts.all.get(at)?.clone();
        let (mut matched, mut failed) = (front.matched, false);
        for state in &front.states {
            match self.dfa.next_eoi_state(&mut self.learned.cache, *state).ok()?.is_match() {
                true => matched = true,
                false => failed = true,
            }
        }
        let reliable = self.is_reliable() && !front.lost;
        reliable.then_some(match (matched, failed) {
            (true, false) => Truth::True,
            (false, _) => Truth::False,
            (true, true) => Truth::Unknown,
        })
    }

    /// A full cache starts anew, and states from before mean nothing then.
    fn is_reliable(&self) -> bool {
        self.learned.cache.clear_count() == 0
    }

    /// What a front becomes by what follows it. The moves count that it takes, whether they are made or known: whether a text
    /// is decided must not hang on those before it.
    fn followed(
        &mut self,
        at: usize,
        next: Next,
        find: impl FnOnce(&mut Self, Front) -> Option<Front>,
    ) -> Option<usize> {
        if let Some((to, moves)) = self.learned.fronts.next.get(&(at, next)) {
            self.moves += moves;
            return (self.moves <= MOST_MOVES).then_some(*to);
        }
        let before = self.moves;
        let from = self.learned.fronts.all.get(at)?.as_ref().clone();
        let found = find(self, from)?;
        if self.learned.fronts.size > MOST_KEPT {
            self.learned.fronts = Fronts::default();
            return Some(self.learned.fronts.number(found));
        }
        let to = self.learned.fronts.number(found);
        self.learned.fronts.next.insert((at, next), (to, self.moves - before));
        self.learned.fronts.size += size_of::<((usize, Next), (usize, usize))>();
        Some(to)
    }

    /// Puts each of these bytes after every text so far.
    fn moved(&mut self, mut front: Front, steps: &mut Steps) -> Option<Front> {
        let mut states = std::mem::take(&mut self.spare);
        states.clear();
        for state in &front.states {
            self.moves += steps.bytes.len();
            let after = match steps.after.entry(*state) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(after(self.dfa, &mut self.learned.cache, *state, &steps.bytes)?),
            };
            front.matched |= after.matched;
            front.lost |= after.lost;
            states.extend_from_slice(&after.states);
        }
        in_order(&mut states);
        self.spare = std::mem::replace(&mut front.states, states);
        (front.states.len() <= MOST_STATES && self.moves <= MOST_MOVES && self.is_reliable()).then_some(front)
    }

    /// Every text so far with an open stretch after it.
    fn through(&mut self, front: Front, open: &Open) -> Option<Front> {
        let known = self.learned.fronts.open.remove(&open.chars);
        let mut steps = known.unwrap_or_else(|| Steps { bytes: self.bytes(open.chars), ..Steps::default() });
        let before = steps.size();
        let through = self.through_all(front, open, &mut steps);
        self.learned.fronts.size += steps.size().saturating_sub(before);
        self.learned.fronts.open.insert(open.chars, steps);
        through
    }

    fn through_all(&mut self, mut front: Front, open: &Open, steps: &mut Steps) -> Option<Front> {
        let least = open.least.min(LONGEST);
        for _ in 0..least {
            front = self.moved(front, steps)?;
        }
        let mut all = front.clone();
        // A unit of a character beyond ASCII is more than one byte.
        let most = open.most.filter(|m| *m <= LONGEST && !open.chars.has_others()).map(|m| m.saturating_sub(least));
        let mut rounds = 0;
        // Without a bound, until no more states come.
        while most.is_none_or(|m| rounds < m) {
            front = self.moved(front, steps)?;
            (all.matched, all.lost) = (all.matched || front.matched, all.lost || front.lost);
            front.states.retain(|state| all.states.binary_search(state).is_err());
            if front.states.is_empty() {
                break;
            }
            all.states.extend_from_slice(&front.states);
            // Two stretches in order are merged in time that grows with them.
            all.states.sort();
            if all.states.len() > MOST_STATES {
                return None;
            }
            rounds += 1;
        }
        Some(all)
    }

    /// One byte of each class that the automaton tells apart. A character beyond ASCII is at least as many bytes, all beyond
    /// ASCII, as it has UTF-16 units.
    fn bytes(&self, chars: Alphabet) -> Vec<u8> {
        let classes = self.dfa.byte_classes();
        let mut seen = FxHashSet::default();
        let others = (128..=255u8).filter(|_| chars.has_others());
        let ascii = chars.ascii().filter_map(|c| u8::try_from(c).ok());
        ascii.chain(others).filter(|b| seen.insert(classes.get(*b))).collect()
    }
}

impl Steps {
    /// The bytes that they take, about.
    fn size(&self) -> usize {
        self.after.len() * (size_of::<Front>() + 4 * size_of::<LazyStateID>())
    }
}

/// What a state becomes by any of these bytes. `None` where the automaton cannot be run to the end.
fn after(dfa: &DFA, cache: &mut Cache, state: LazyStateID, bytes: &[u8]) -> Option<Front> {
    let mut front = Front::default();
    for byte in bytes {
        let next = dfa.next_state(cache, state, *byte).ok()?;
        if next.is_match() {
            front.matched = true;
        } else if next.is_quit() {
            front.lost = true;
        } else if front.states.last() != Some(&next) {
            // Most bytes lead to where the one before them led.
            front.states.push(next);
        }
    }
    in_order(&mut front.states);
    Some(front)
}

/// Each state once, in order.
fn in_order(states: &mut Vec<LazyStateID>) {
    states.sort_unstable();
    states.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(chars: Alphabet, least: usize, most: usize) -> Part {
        Part::Open(Open::between(chars, least, most))
    }

    fn known(text: &str) -> Part {
        Part::Known(text.into())
    }

    #[test]
    fn what_every_text_does_is_decided() {
        let small = Alphabet::ranges(&[('a', 'z'), ('0', '9')]);
        let name = r"^[A-Za-z0-9._()-]{1,64}$";
        assert_eq!(matches(&[known("pid-"), open(small, 13, 13)], name, true), Truth::True);
        assert_eq!(matches(&[known("pid-"), open(small, 13, 61)], name, true), Truth::Unknown);
        assert_eq!(matches(&[known("pid/"), open(small, 13, 13)], name, true), Truth::False);
        assert_eq!(matches(&[open(small, 0, 64)], name, true), Truth::Unknown);
        assert_eq!(matches(&[open(small, 65, 99)], name, true), Truth::False);
        assert_eq!(matches(&[Part::Open(Open::ANYTHING)], name, true), Truth::Unknown);
        assert_eq!(matches(&[Part::Open(Open::ANYTHING), known("x")], "x$", true), Truth::True);
        assert_eq!(matches(&[known("A"), Part::Open(Open::ANYTHING)], "^b", false), Truth::False);
        assert_eq!(matches(&[known("B"), Part::Open(Open::ANYTHING)], "^b", false), Truth::True);
    }

    #[test]
    fn the_answer_hangs_on_no_text_before() {
        let name = r"^[a-z]{1,40}(-[a-z]{1,40})?$";
        let texts =
            [vec![Part::Open(Open::ANYTHING)], vec![known("a-"), open(Alphabet::of("ab"), 1, 9)], vec![known("-")]];
        let fresh = |text: &[Part]| {
            let a = automaton(name, true).unwrap();
            a.run(text, a.unlearned()).0
        };
        for text in texts.iter().chain(texts.iter().rev()) {
            assert_eq!(Some(matches(text, name, true)), fresh(text));
        }
        assert!(automaton(name, true).unwrap().learned.lock().unwrap().len() == 1);
    }

    #[test]
    fn a_way_that_is_known_is_not_gone_again() {
        let a = automaton("^m[a-z]{0,9}$", true).unwrap();
        let text = |start: &str| [known(start), open(Alphabet::of("xyz"), 1, 20), known("end")];
        let walk = |start: &str, learned| {
            let mut run = Run { dfa: &a.dfa, learned, moves: 0, spare: Vec::new() };
            let truth = run.all(&text(start));
            (truth, run.moves, run.learned.fronts.next.len(), run.learned)
        };
        let (first, moves, ways, learned) = walk("mine", a.unlearned());
        let (second, again, same, learned) = walk("mare", learned);
        assert_eq!((first, moves, ways), (Some(Truth::Unknown), again, same));
        assert_eq!(first, second);
        assert!(walk("n", learned).2 > ways);
    }

    #[test]
    fn a_long_walk_decides_nothing() {
        let long = [Part::Open(Open::ANYTHING), known(&"a-".repeat(40_000))];
        assert_eq!(matches(&long, r"(\w-){0,50}$", true), Truth::Unknown);
        let a = automaton(r"(\w-){0,50}$", true).unwrap();
        // However much of the way is known already.
        let mut learned = a.unlearned();
        for _ in 0..2 {
            let mut run = Run { dfa: &a.dfa, learned, moves: 0, spare: Vec::new() };
            assert_eq!(run.all(&long), None);
            assert!(run.moves <= MOST_MOVES * 2);
            assert!(run.learned.fronts.size <= 2 * MOST_KEPT);
            learned = run.learned;
        }
    }

    #[test]
    fn nothing_open_is_a_plain_match() {
        assert_eq!(matches(&[known("abc")], "b", true), Truth::True);
        assert_eq!(matches(&[known("abc")], "^b", true), Truth::False);
        assert_eq!(matches(&[], "^$", true), Truth::True);
    }

    proptest::proptest! {
        #[test]
        fn a_text_of_the_kind_never_contradicts(
            start in "[a-c]{0,3}", middle in "[a-c]{0,4}", end in "[a-c]{0,3}",
            pattern in r"(\^)?[a-c]{0,2}(\[ab\]\{1,3\}|a\*|\(b\|c\))?[a-c]{0,2}(\$)?",
        ) {
            let stretches = [known(&start), open(Alphabet::of("abc"), middle.len().saturating_sub(1), middle.len() + 1), known(&end)];
            let verdict = matches(&stretches, &pattern, true);
            let text = format!("{start}{middle}{end}");
            let real = regex::Regex::new(&pattern).unwrap().is_match(&text);
            proptest::prop_assert!(verdict == Truth::Unknown || verdict == Truth::from(real), "{pattern} on {text}: {verdict:?}");
        }
    }
}
