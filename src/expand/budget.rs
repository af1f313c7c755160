//! What the expansions of a run may cost.
//!
//! Two things are counted where they happen: *steps* (an expression evaluated, a value handed to a rule) stand for time, *bytes*
//! (values as they are made, what is handed out as it would be written) for memory. What may be spent grows with the text that
//! was read, so a large repository has what it needs, and a few lines cannot ask for more than their share.
//!
//! How much an entry point gets hangs on the input alone, never on which thread was first: `scan` allots it.

use std::cell::Cell;

use serde::{Deserialize, Serialize};

/// Steps of any run, however small its text.
const STEPS: u64 = 500_000;

/// Steps for each byte of text.
const STEPS_PER_BYTE: u64 = 2;

/// Bytes of any run, however small its text.
const BYTES: u64 = 64 << 20;

/// Bytes for each byte of text.
const BYTES_PER_BYTE: u64 = 64;

/// What may be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Allowance {
    /// Steps: about a microsecond each.
    pub steps: u64,
    /// Bytes.
    pub bytes: u64,
}

impl Allowance {
    /// That of a run that reads so many bytes of text.
    pub fn of_run(text: u64) -> Self {
        let more = Self::of_text(text);
        Allowance { steps: STEPS + more.steps, bytes: BYTES + more.bytes }
    }

    /// What a text adds to the allowance.
    pub fn of_text(text: u64) -> Self {
        Allowance { steps: text.saturating_mul(STEPS_PER_BYTE), bytes: text.saturating_mul(BYTES_PER_BYTE) }
    }

    /// What is left when so much of it is spent.
    #[must_use]
    pub fn less(self, spent: Allowance) -> Self {
        self.with(spent, u64::saturating_sub)
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Allowance) -> Self {
        self.with(other, u64::saturating_add)
    }

    /// So many times as much.
    #[must_use]
    pub fn times(self, n: u64) -> Self {
        self.with(Allowance { steps: n, bytes: n }, u64::saturating_mul)
    }

    /// No more than another one.
    #[must_use]
    pub fn at_most(self, most: Allowance) -> Self {
        self.with(most, u64::min)
    }

    /// No less than another one.
    #[must_use]
    pub fn at_least(self, least: Allowance) -> Self {
        self.with(least, u64::max)
    }

    fn with(self, other: Allowance, f: impl Fn(u64, u64) -> u64) -> Self {
        Allowance { steps: f(self.steps, other.steps), bytes: f(self.bytes, other.bytes) }
    }

    /// Whether it is enough for something.
    pub fn is_enough_for(self, needed: Allowance) -> bool {
        needed.steps <= self.steps && needed.bytes <= self.bytes
    }

    /// The part that somebody of this weight gets where all together weigh `all`.
    #[must_use]
    pub fn part(self, weight: u64, all: u64) -> Self {
        let of = |n: u64| {
            let part = u128::from(n) * u128::from(weight) / u128::from(all.max(1));
            u64::try_from(part).unwrap_or(u64::MAX)
        };
        Allowance { steps: of(self.steps), bytes: of(self.bytes) }
    }
}

/// An allowance and what was spent of it.
#[derive(Debug, Default)]
pub struct Budget {
    allowed: Cell<Allowance>,
    spent: Cell<Allowance>,
    /// What it has grown by.
    grown: Cell<Allowance>,
    /// The most that was spent of what it had without growing.
    needed: Cell<Allowance>,
    exhausted: Cell<bool>,
}

/// More was asked for than there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhausted(
    /// All that there was.
    pub Allowance,
);

impl Budget {
    /// Nothing of it is spent yet.
    pub fn new(allowed: Allowance) -> Self {
        Budget { allowed: Cell::new(allowed), ..Budget::default() }
    }

    /// Adds to what may be spent.
    pub fn grow(&self, more: Allowance) {
        self.needed.set(self.needed());
        self.grown.set(self.grown.get().plus(more));
        self.allowed.set(self.allowed.get().plus(more));
    }

    /// Spends. What was asked for first beyond the allowance ends everything: from then on it is refused whatever is asked.
    ///
    /// # Errors
    /// [`Exhausted`]
    pub fn charge(&self, steps: u64, bytes: u64) -> Result<(), Exhausted> {
        let spent = self.spent.get().plus(Allowance { steps, bytes });
        let allowed = self.allowed.get();
        if !allowed.is_enough_for(spent) {
            self.exhausted.set(true);
        }
        // What is refused is not done.
        self.spent.set(spent.at_most(allowed));
        if self.exhausted.get() { Err(Exhausted(allowed)) } else { Ok(()) }
    }

    /// Whether something was refused.
    pub fn is_exhausted(&self) -> bool {
        self.exhausted.get()
    }

    /// What it must have had in the beginning for what was spent so far.
    pub fn needed(&self) -> Allowance {
        self.needed.get().at_least(self.spent.get().less(self.grown.get()))
    }

    /// What was spent so far.
    pub fn spent(&self) -> Allowance {
        self.spent.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_is_not_spent_and_ends_everything() {
        let budget = Budget::new(Allowance { steps: 10, bytes: 100 });
        assert_eq!(budget.charge(4, 40), Ok(()));
        budget.grow(Allowance { steps: 0, bytes: 10 });
        assert!(budget.charge(1, 80).is_err());
        assert!(budget.is_exhausted());
        assert_eq!(budget.spent(), Allowance { steps: 5, bytes: 110 });
        assert!(budget.charge(0, 0).is_err());
    }

    #[test]
    fn what_is_needed_is_what_would_have_been_enough() {
        let of = |bytes| Allowance { steps: 0, bytes };
        let spend = |allowed| {
            let budget = Budget::new(of(allowed));
            budget.charge(0, 30).unwrap_or_default();
            budget.grow(of(50));
            budget.charge(0, 10).unwrap_or_default();
            budget.grow(of(5));
            budget.charge(0, 55).unwrap_or_default();
            (budget.needed(), budget.is_exhausted())
        };
        assert_eq!(spend(100), (of(40), false));
        assert_eq!(spend(40), (of(40), false));
        assert!(spend(39).1);
        assert!(Budget::new(of(20)).charge(0, 30).is_err());
    }

    #[test]
    fn parts_are_no_more_than_the_whole() {
        let all = Allowance { steps: u64::MAX, bytes: 100 };
        assert_eq!(all.part(1, 3), Allowance { steps: u64::MAX / 3, bytes: 33 });
        assert_eq!(all.part(1, 0), all);
    }
}
