//! Who may spend how much of what the expansions of a run may cost.
//!
//! Each entry point has what the text of its own files allows and an equal part of the rest. What some leave over goes to
//! those for whom it was not enough, and these are evaluated again. So one that asks for too much takes nothing from the others,
//! many small ones have together what one has, and who gets how much hangs on the input and not on the threads, nor on what is
//! known from a run before.

use rayon::prelude::*;

use crate::expand::Allowance;

/// How often those that could not finish get what others left over.
const ROUNDS: usize = 4;

/// In the first round each may go so many times as far as what it has: of those for whom that is not enough, most need little
/// more, and to begin again costs more than to let them finish.
const AHEAD: u64 = 2;

/// What an evaluation has cost.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    /// What had to be allowed for it.
    pub needed: Allowance,
    /// It was not enough.
    pub stopped: bool,
}

/// It is known that an evaluation needs more than it may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Short;

/// What there is to evaluate, by number.
pub trait Evaluate: Sync {
    /// What comes out of one.
    type Out: Send;
    /// Evaluates one, as far as it gets with what it may spend.
    ///
    /// # Errors
    /// [`Short`] if it is known to get no further than that: what there is of it is not wanted as long as it may still get more.
    fn within(&self, number: usize, may: Allowance) -> Result<Self::Out, Short>;
    /// The same for one that gets no more.
    fn at_last(&self, number: usize, may: Allowance) -> Self::Out;
    /// What that cost.
    fn cost(out: &Self::Out) -> Cost;
}

/// Evaluates all in parallel, each with what it may spend. `texts` are the bytes of text that belong to each, `total` is what all
/// may spend together, or [`AHEAD`] times as much if none of them ends. The results are in the order of `texts`.
pub fn evaluate<E: Evaluate>(total: Allowance, texts: &[u64], all: &E) -> Vec<E::Out> {
    let own: Vec<Allowance> = texts.iter().map(|text| Allowance::of_text(*text)).collect();
    let rest = own.iter().fold(total, |rest, own| rest.less(*own));
    let part = rest.part(1, texts.len() as u64);
    let has: Vec<Allowance> = own.into_iter().map(|own| own.plus(part)).collect();
    let mut may: Vec<Allowance> = has.iter().map(|has| has.times(AHEAD).at_most(total)).collect();
    // One by one: some take a thousand times as long as others, and who has nothing to do must find one.
    let first = may.par_iter().with_max_len(1).enumerate().map(|(i, may)| all.within(i, *may));
    let mut out: Vec<Result<E::Out, Short>> = first.collect();
    let is_open = |one: &Result<E::Out, Short>| one.as_ref().map_or(true, |one| E::cost(one).stopped);
    // Whoever was stopped has used what it had, however far it came with that.
    let used = |one: &Result<E::Out, Short>, has: Allowance| match one {
        Ok(one) if !E::cost(one).stopped => E::cost(one).needed,
        _ => has,
    };
    let mut left = out.iter().zip(has).fold(total, |left, (one, has)| left.less(used(one, has)));
    for _ in 1..ROUNDS {
        let open: Vec<usize> = (0..out.len()).filter(|i| is_open(&out[*i])).collect();
        let part = left.part(1, open.len() as u64);
        // With less than it had, none gets further.
        let again: Vec<usize> =
            open.into_iter().filter(|i| part.steps > may[*i].steps && part.bytes > may[*i].bytes).collect();
        if again.is_empty() {
            break;
        }
        let more: Vec<_> = again.par_iter().with_max_len(1).map(|i| all.within(*i, part)).collect();
        left = more.iter().fold(left, |left, one| left.less(used(one, part)));
        for (i, one) in again.into_iter().zip(more) {
            may[i] = part;
            out[i] = one;
        }
    }
    let ended = out.into_par_iter().with_max_len(1).zip(may).enumerate();
    ended.map(|(i, (one, may))| one.unwrap_or_else(|Short| all.at_last(i, may))).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// Evaluations that need so many steps each.
    struct Needs<'n> {
        needs: &'n [u64],
        /// A run before has found out what those need that end.
        known: bool,
        spent: AtomicU64,
    }

    impl Evaluate for Needs<'_> {
        type Out = (Cost, u64);

        fn within(&self, number: usize, may: Allowance) -> Result<Self::Out, Short> {
            let need = self.needs[number];
            if self.known && need < u64::MAX && need > may.steps { Err(Short) } else { Ok(self.at_last(number, may)) }
        }

        fn at_last(&self, number: usize, may: Allowance) -> Self::Out {
            let steps = self.needs[number].min(may.steps);
            self.spent.fetch_add(steps, Ordering::Relaxed);
            let needed = Allowance { steps, bytes: 0 };
            (Cost { needed, stopped: self.needs[number] > may.steps }, may.steps)
        }

        fn cost(out: &Self::Out) -> Cost {
            out.0
        }
    }

    /// Whether each was stopped, and what it was allowed in the end.
    fn allowed(total: u64, needs: &[u64]) -> Vec<(bool, u64)> {
        let texts = vec![0; needs.len()];
        let most = Allowance { steps: total, bytes: total };
        let of = |known| {
            let all = Needs { needs, known, spent: AtomicU64::new(0) };
            let out = evaluate(most, &texts, &all);
            let out: Vec<_> = out.into_iter().map(|(cost, may)| (cost.stopped, may)).collect();
            (out, all.spent.into_inner())
        };
        let (out, spent) = of(false);
        assert!(spent <= AHEAD * total);
        let (with_what_is_known, less) = of(true);
        assert_eq!(out, with_what_is_known);
        assert!(less <= spent);
        out
    }

    #[test]
    fn one_that_asks_for_too_much_takes_nothing_from_the_others() {
        let out = allowed(1_000, &[10, u64::MAX, 10, 240]);
        let stopped: Vec<bool> = out.iter().map(|o| o.0).collect();
        assert_eq!(stopped, [false, true, false, false]);
        assert_eq!(out[0].1, 500);
    }

    #[test]
    fn what_is_left_over_goes_to_those_that_need_it() {
        let needs: Vec<u64> = (0..100).map(|i| if i == 50 { 700 } else { 1 }).collect();
        assert!(allowed(1_000, &needs).iter().all(|o| !o.0));
    }

    #[test]
    fn what_is_known_to_need_more_is_evaluated_once() {
        let needs: Vec<u64> = (0..100).map(|i| if i == 50 { 700 } else { 1 }).collect();
        let spent = |known| {
            let all = Needs { needs: &needs, known, spent: AtomicU64::new(0) };
            evaluate(Allowance { steps: 1_000, bytes: 1_000 }, &[0; 100], &all);
            all.spent.into_inner()
        };
        assert_eq!((spent(false), spent(true)), (799 + 20, 799));
    }

    #[test]
    fn many_have_together_what_one_has() {
        let needs = vec![u64::MAX; 1_000];
        assert!(allowed(5_000, &needs).iter().all(|o| *o == (true, 10)));
    }

    #[test]
    fn nothing_to_evaluate_is_no_mistake() {
        assert_eq!(allowed(5_000, &[]), []);
    }
}
