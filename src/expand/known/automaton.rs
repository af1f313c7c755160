//! Whether texts that are known in part match a regular expression: all of them, none, or some.
//!
//! The automaton of the expression is run on every text at once: a set of states stands for all texts so far, a known stretch
//! moves each state by its bytes, an open one by every byte that it can have. What the set has come to in the end decides.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, RwLock};

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, Config, DFA};
use regex_automata::util::syntax;
use regex_automata::{Input, MatchKind};
use rustc_hash::FxHashSet;

use super::alphabet::{Alphabet, Open};
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

/// The automaton of a pattern. Its states are made when they are first come to, which costs far more than the walk itself: so
/// they are kept for the next text.
struct Automaton {
    dfa: DFA,
    learned: Mutex<Vec<Cache>>,
}

type Automata = RwLock<HashMap<(String, bool), Option<Arc<Automaton>>>>;
static AUTOMATA: LazyLock<Automata> = LazyLock::new(Default::default);

/// Whether a text of these stretches matches a pattern: yes or no if that is so for every such text.
pub fn matches(stretches: &[Part], pattern: &str, case_sensitive: bool) -> Truth {
    automaton(pattern, case_sensitive).map_or(Truth::Unknown, |a| a.matches(stretches))
}

fn automaton(pattern: &str, case_sensitive: bool) -> Option<Arc<Automaton>> {
    let key = (pattern.to_owned(), case_sensitive);
    if let Some(known) = AUTOMATA.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return known.clone();
    }
    let built = DFA::builder()
        .configure(Config::new().match_kind(MatchKind::All).unicode_word_boundary(true).cache_capacity(4 << 20))
        .syntax(syntax::Config::new().case_insensitive(!case_sensitive))
        .build(pattern)
        .ok()
        .map(|dfa| Arc::new(Automaton { dfa, learned: Mutex::default() }));
    AUTOMATA.write().unwrap_or_else(PoisonError::into_inner).insert(key, built.clone());
    built
}

impl Automaton {
    fn matches(&self, stretches: &[Part]) -> Truth {
        let kept = self.learned.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let (truth, cache) = match kept {
            // One that was too full for this text says nothing about the text: the answer must not hang on those before it.
            Some(cache) => match self.run(stretches, cache) {
                (_, full) if full.clear_count() > 0 => self.run(stretches, self.dfa.create_cache()),
                done => done,
            },
            None => self.run(stretches, self.dfa.create_cache()),
        };
        if cache.clear_count() == 0 && cache.memory_usage() <= MOST_KEPT {
            self.learned.lock().unwrap_or_else(PoisonError::into_inner).push(cache);
        }
        truth.unwrap_or(Truth::Unknown)
    }

    fn run(&self, stretches: &[Part], cache: Cache) -> (Option<Truth>, Cache) {
        let mut run = Run::new(&self.dfa, cache);
        (run.all(stretches), run.cache)
    }
}

/// All texts so far.
#[derive(Default, Clone)]
struct Front {
    /// The states that those which do not match yet are in: each once, in order.
    states: Vec<LazyStateID>,
    /// Some match already, whatever follows.
    matched: bool,
    /// Some are not decided: the automaton gave up on them.
    lost: bool,
}

struct Run<'d> {
    dfa: &'d DFA,
    cache: Cache,
    moves: usize,
    /// Room for the states of the next move.
    spare: Vec<LazyStateID>,
}

impl<'d> Run<'d> {
    fn new(dfa: &'d DFA, cache: Cache) -> Self {
        Run { dfa, cache, moves: 0, spare: Vec::new() }
    }

    /// `None` where the automaton cannot be run to the end.
    fn all(&mut self, stretches: &[Part]) -> Option<Truth> {
        let start = self.dfa.start_state_forward(&mut self.cache, &Input::new("")).ok()?;
        let mut front = Front { states: vec![start], ..Front::default() };
        for stretch in stretches {
            match stretch {
                Part::Known(text) => {
                    text.as_bytes().chunks(1).try_for_each(|byte| self.moved(&mut front, byte))?;
                }
                Part::Open(open) => front = self.through(front, open)?,
            }
        }
        let mut failed = false;
        for state in &front.states {
            match self.dfa.next_eoi_state(&mut self.cache, *state).ok()?.is_match() {
                true => front.matched = true,
                false => failed = true,
            }
        }
        // A full cache starts anew, and states from before mean nothing then.
        let reliable = self.cache.clear_count() == 0 && !front.lost;
        reliable.then_some(match (front.matched, failed) {
            (true, false) => Truth::True,
            (false, _) => Truth::False,
            (true, true) => Truth::Unknown,
        })
    }

    /// Puts each of these bytes after every text so far.
    fn moved(&mut self, front: &mut Front, bytes: &[u8]) -> Option<()> {
        let mut states = std::mem::take(&mut self.spare);
        states.clear();
        for state in &front.states {
            for byte in bytes {
                self.moves += 1;
                let next = self.dfa.next_state(&mut self.cache, *state, *byte).ok()?;
                if next.is_match() {
                    front.matched = true;
                } else if next.is_quit() {
                    front.lost = true;
                } else if states.last() != Some(&next) {
                    // Most bytes lead to where the one before them led.
                    states.push(next);
                }
            }
        }
        states.sort_unstable();
        states.dedup();
        self.spare = std::mem::replace(&mut front.states, states);
        (front.states.len() <= MOST_STATES && self.moves <= MOST_MOVES).then_some(())
    }

    /// Every text so far with an open stretch after it.
    fn through(&mut self, mut front: Front, open: &Open) -> Option<Front> {
        let bytes = self.bytes(open.chars);
        let least = open.least.min(LONGEST);
        for _ in 0..least {
            self.moved(&mut front, &bytes)?;
        }
        let mut all = front.clone();
        // A unit of a character beyond ASCII is more than one byte.
        let most = open.most.filter(|m| *m <= LONGEST && !open.chars.has_others()).map(|m| m.saturating_sub(least));
        let mut rounds = 0;
        // Without a bound, until no more states come.
        while most.is_none_or(|m| rounds < m) {
            self.moved(&mut front, &bytes)?;
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
            a.run(text, a.dfa.create_cache()).0
        };
        for text in texts.iter().chain(texts.iter().rev()) {
            assert_eq!(Some(matches(text, name, true)), fresh(text));
        }
        assert!(automaton(name, true).unwrap().learned.lock().unwrap().len() == 1);
    }

    #[test]
    fn a_long_walk_decides_nothing() {
        let long = [Part::Open(Open::ANYTHING), known(&"a-".repeat(40_000))];
        assert_eq!(matches(&long, r"(\w-){0,50}$", true), Truth::Unknown);
        let a = automaton(r"(\w-){0,50}$", true).unwrap();
        let mut run = Run::new(&a.dfa, a.dfa.create_cache());
        assert_eq!(run.all(&long), None);
        assert!(run.moves <= MOST_MOVES * 2);
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
