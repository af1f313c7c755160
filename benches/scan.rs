//! How fast a whole scan is, and its parts: `cargo bench --bench scan`. Another folder than `examples/`:
//! `ARMLINT_BENCH_DIR=… cargo bench --bench scan`.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use armlint::rules::entries;
use armlint::walk::inputs::{self, Input, Wanted as File};
use armlint::walk::{Patterns, Roots, walk};
use armlint::{Options, Session, Verdicts};

fn main() {
    divan::main();
}

fn folder() -> PathBuf {
    std::env::var_os("ARMLINT_BENCH_DIR").map_or_else(|| PathBuf::from("examples"), PathBuf::from)
}

fn roots() -> Roots {
    Roots::new(None, &std::env::current_dir().unwrap())
}

fn options() -> Options {
    let base = std::env::current_dir().unwrap();
    Options { paths: vec![folder()], baseline: Some("Azure.All".to_owned()), ..Options::new(base) }
}

fn check(options: Options) -> Verdicts {
    Session::new(options).unwrap().check().unwrap()
}

/// Steps 1 and 2: walk, read, parse, tell apart.
#[divan::bench]
fn walk_and_read() -> Vec<Input> {
    let walked = walk(&[folder()], &roots(), &Patterns::default(), &[], Default::default(), &|_| {}).unwrap();
    let wanted =
        walked.files.iter().map(|f| File { path: f.path.clone(), explicit: false, judged: true, bicep: false });
    inputs::read(&Default::default(), wanted.collect())
}

/// Steps 1 to 4, as no rule runs.
#[divan::bench]
fn without_rules() -> Verdicts {
    check(Options { exclude_rules: vec!["*".to_owned()], once: true, ..options() })
}

/// Steps 1 to 5, as `armlint scan` does them when nobody asks for passes.
#[divan::bench]
fn with_all_rules() -> Verdicts {
    check(Options { once: true, ..options() })
}

/// All of it again, as an editor does it after a change: one file of many is another.
#[divan::bench]
fn after_a_change(bencher: divan::Bencher) {
    let mut session = Session::new(options()).unwrap();
    session.check().unwrap();
    let mut texts = ["param a string\n", "param b string\n"].into_iter().cycle();
    bencher.bench_local(|| {
        session.set(folder().join("changed.bicep"), texts.next().unwrap());
        session.check().unwrap()
    });
}

/// What every start pays: the catalogue. It is decoded once, in the first round, which is the slowest.
#[divan::bench]
fn catalogue() -> usize {
    entries().len()
}
