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
    /// What was spent of what it was allowed in the beginning: with that much it would have come as far.
    pub needed: Allowance,
    /// It was not enough.
    pub stopped: bool,
}

/// An evaluation is known to need more than it may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Short;

/// What there is to evaluate, by number.
pub trait Evaluate: Sync {
    /// What comes out of one.
    type Out: Send;
    /// Evaluates one, as far as it gets with what it may spend.
    ///
    /// # Errors
    /// [`Short`] if that is known not to be enough; nothing is evaluated then.
    fn within(&self, number: usize, may: Allowance) -> Result<Self::Out, Short>;
    /// Evaluates one as far as it gets, whatever is known.
    fn at_last(&self, number: usize, may: Allowance) -> Self::Out;
    /// What that cost.
    fn cost(out: &Self::Out) -> Cost;
}

/// Evaluates all in parallel, each with what it may spend. `texts` are the bytes of text that belong to each; `total` is what all may
/// spend together, though each has at least what its text allows, and in the first round up to [`AHEAD`] times its share. Gives the
/// results in the order of `texts`, and what is left of `total`.
pub fn evaluate<E: Evaluate>(total: Allowance, texts: &[u64], all: &E) -> (Vec<E::Out>, Allowance) {
    let own: Vec<Allowance> = texts.iter().map(|text| Allowance::of_text(*text)).collect();
    let rest = own.iter().fold(total, |rest, own| rest.less(*own));
    let part = rest.part(1, texts.len() as u64);
    let shares: Vec<Allowance> = own.into_iter().map(|own| own.plus(part)).collect();
    let first = |share: &Allowance| share.times(AHEAD).at_most(total.at_least(*share));
    let mut limits: Vec<Allowance> = shares.iter().map(first).collect();
    // One by one: some take a thousand times as long as others, and who has nothing to do must find one.
    let evaluated = limits.par_iter().with_max_len(1).enumerate().map(|(i, may)| all.within(i, *may));
    let mut out: Vec<Result<E::Out, Short>> = evaluated.collect();
    let is_open = |one: &Result<E::Out, Short>| one.as_ref().map_or(true, |one| E::cost(one).stopped);
    // Whoever was stopped has used its share, however far it came with that.
    let used = |one: &Result<E::Out, Short>, share: Allowance| match one {
        Ok(one) if !E::cost(one).stopped => E::cost(one).needed,
        _ => share,
    };
    let mut left = out.iter().zip(shares).fold(total, |left, (one, share)| left.less(used(one, share)));
    for _ in 1..ROUNDS {
        let open: Vec<usize> = (0..out.len()).filter(|i| is_open(&out[*i])).collect();
        let part = left.part(1, open.len() as u64);
        // With less than it had, none gets further.
        let again: Vec<usize> =
            open.into_iter().filter(|i| part.steps > limits[*i].steps && part.bytes > limits[*i].bytes).collect();
        if again.is_empty() {
            break;
        }
        let more: Vec<_> = again.par_iter().with_max_len(1).map(|i| all.within(*i, part)).collect();
        left = more.iter().fold(left, |left, one| left.less(used(one, part)));
        for (i, one) in again.into_iter().zip(more) {
            limits[i] = part;
            out[i] = one;
        }
    }
    let ended = out.into_par_iter().with_max_len(1).zip(limits).enumerate();
    let out = ended.map(|(i, (one, may))| one.unwrap_or_else(|Short| all.at_last(i, may))).collect();
    (out, left)
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
            let (out, _) = evaluate(most, &texts, &all);
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
    fn what_is_left_over_is_there_for_others_whoever_was_stopped() {
        let most = Allowance { steps: 1_000, bytes: 1_000 };
        let evaluated = |total, texts: &[u64], needs: &[u64]| {
            let all = Needs { needs, known: false, spent: AtomicU64::new(0) };
            let (out, left) = evaluate(total, texts, &all);
            (out.into_iter().map(|(cost, _)| cost.stopped).collect::<Vec<_>>(), left.steps)
        };
        // One of ten takes all that the others leave over.
        let needs: Vec<u64> = (0..10).map(|i| if i == 3 { u64::MAX } else { 1 }).collect();
        let (stopped, left) = evaluated(most, &[0; 10], &needs);
        assert_eq!((stopped.iter().filter(|s| **s).count(), left), (1, 0));
        let (_, left) = evaluated(most, &[0; 2], &[u64::MAX, 10]);
        assert_eq!(left, 490);
        // Where nothing is left, a text allows what it allows.
        let nothing = Allowance::default();
        let enough = Allowance::of_text(100).steps;
        assert_eq!(evaluated(nothing, &[100, 100], &[enough, enough + 1]), (vec![false, true], 0));
    }

    #[test]
    fn nothing_to_evaluate_is_no_mistake() {
        assert_eq!(allowed(5_000, &[]), []);
    }
}
