//! Who may spend how much of what the expansions of a run may cost.
//!
//! Each entry point gets what the text of its own files allows and an equal part of the rest. What some leave over goes to
//! those for whom it was not enough, and these are evaluated again. So one that asks for too much takes nothing from the others,
//! many small ones have together what one has, and who gets how much hangs on the input and not on the threads.

use rayon::prelude::*;

use crate::expand::Allowance;

/// How often those that could not finish get what others left over.
const ROUNDS: usize = 4;

/// What an evaluation has cost.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    /// What was spent.
    pub spent: Allowance,
    /// What had to be allowed for that.
    pub needed: Allowance,
    /// It was not enough.
    pub stopped: bool,
}

/// Evaluates entry points in parallel, with what each may spend. `texts` are the bytes of text that belong to each, `total` is
/// what all may spend together. The results are in the order of `texts`.
pub fn evaluate<T: Send>(
    total: Allowance,
    texts: &[u64],
    cost: impl Fn(&T) -> Cost,
    evaluate: impl Fn(usize, Allowance) -> T + Sync,
) -> Vec<T> {
    let own: Vec<Allowance> = texts.iter().map(|text| Allowance::of_text(*text)).collect();
    let rest = own.iter().fold(total, |rest, own| rest.less(*own));
    let part = rest.part(1, texts.len() as u64);
    let mut shares: Vec<Allowance> = own.into_iter().map(|own| own.plus(part)).collect();
    // One by one: some take a thousand times as long as others, and who has nothing to do must find one.
    let mut out: Vec<T> = shares.par_iter().with_max_len(1).enumerate().map(|(i, share)| evaluate(i, *share)).collect();
    let mut left = out.iter().fold(total, |left, one| left.less(cost(one).spent));
    for _ in 1..ROUNDS {
        let open: Vec<usize> = (0..out.len()).filter(|i| cost(&out[*i]).stopped).collect();
        let part = left.part(1, open.len() as u64);
        // With less than it had, none gets further.
        let again: Vec<usize> =
            open.into_iter().filter(|i| part.steps > shares[*i].steps && part.bytes > shares[*i].bytes).collect();
        if again.is_empty() {
            break;
        }
        let more: Vec<T> = again.par_iter().with_max_len(1).map(|i| evaluate(*i, part)).collect();
        left = more.iter().fold(left, |left, one| left.less(cost(one).spent));
        for (i, one) in again.into_iter().zip(more) {
            shares[i] = part;
            out[i] = one;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Evaluations that need so many steps, and what each was allowed in the end.
    fn allowed(total: u64, needs: &[u64]) -> Vec<(bool, u64)> {
        let texts = vec![0; needs.len()];
        let total = Allowance { steps: total, bytes: total };
        let spent = std::sync::atomic::AtomicU64::new(0);
        let out = evaluate(
            total,
            &texts,
            |one: &(Cost, u64)| one.0,
            |i, share| {
                let steps = needs[i].min(share.steps);
                spent.fetch_add(steps, std::sync::atomic::Ordering::Relaxed);
                let cost =
                    Cost { spent: Allowance { steps, bytes: 0 }, stopped: needs[i] > share.steps, ..Cost::default() };
                (cost, share.steps)
            },
        );
        assert!(spent.into_inner() <= total.steps);
        out.into_iter().map(|(cost, share)| (cost.stopped, share)).collect()
    }

    #[test]
    fn one_that_asks_for_too_much_takes_nothing_from_the_others() {
        let out = allowed(1_000, &[10, u64::MAX, 10, 240]);
        let stopped: Vec<bool> = out.iter().map(|o| o.0).collect();
        assert_eq!(stopped, [false, true, false, false]);
        assert_eq!(out[0].1, 250);
    }

    #[test]
    fn what_is_left_over_goes_to_those_that_need_it() {
        let needs: Vec<u64> = (0..100).map(|i| if i == 50 { 700 } else { 1 }).collect();
        assert!(allowed(1_000, &needs).iter().all(|o| !o.0));
    }

    #[test]
    fn many_have_together_what_one_has() {
        let needs = vec![u64::MAX; 1_000];
        assert!(allowed(5_000, &needs).iter().all(|o| *o == (true, 5)));
    }

    #[test]
    fn nothing_to_evaluate_is_no_mistake() {
        assert_eq!(allowed(5_000, &[]), []);
    }
}
