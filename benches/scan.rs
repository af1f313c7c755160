//! How fast a whole scan is, and its parts: `cargo bench --bench scan`. Another folder than `examples/`:
//! `ARMLINT_BENCH_DIR=… cargo bench --bench scan`.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use armlint::check::CheckResult;
use armlint::config::Config;
use armlint::expand::{Deployed, Value};
use armlint::rules::entries;
use armlint::scan::judge::{Rules, Wanted};
use armlint::scan::{Judge, Project, Request, Scanned, scan};
use armlint::walk::inputs::{self, Input, Wanted as File};
use armlint::walk::{Patterns, Roots, walk};

fn main() {
    divan::main();
}

fn folder() -> PathBuf {
    std::env::var_os("ARMLINT_BENCH_DIR").map_or_else(|| PathBuf::from("examples"), PathBuf::from)
}

fn roots() -> Roots {
    Roots::new(None, &std::env::current_dir().unwrap())
}

fn run(judge: impl FnOnce(&Project, &mut Config) -> Box<dyn Judge>) -> Scanned {
    let project = Project::new(roots(), None);
    let mut config = Config::default();
    let judge = judge(&project, &mut config);
    let request = Request {
        paths: vec![folder()],
        parameters: Vec::new(),
        patterns: Patterns::default(),
        config: &config,
        now: None,
        shard: None,
    };
    scan(&project, &request, judge.as_ref()).unwrap()
}

/// Steps 1 and 2: walk, read, parse, tell apart.
#[divan::bench]
fn walk_and_read() -> Vec<Input> {
    let walked = walk(&[folder()], &roots(), &Patterns::default(), &[]).unwrap();
    let wanted = walked.files.iter().map(|f| File { path: f.path.clone(), explicit: false, judged: true });
    inputs::read(&Default::default(), wanted.collect())
}

/// Steps 1 to 4.
#[divan::bench]
fn without_rules() -> Scanned {
    struct NoRules;
    impl Judge for NoRules {
        fn deployment(&self, _: &Deployed, _: &str) -> Vec<CheckResult> {
            Vec::new()
        }
        fn resources(&self, _: &[Value]) -> Vec<CheckResult> {
            Vec::new()
        }
        fn file(&self, _: &Input, _: &str, _: Option<&str>) -> Vec<CheckResult> {
            Vec::new()
        }
        fn rules(&self) -> usize {
            0
        }
    }
    run(|_, _| Box::new(NoRules))
}

/// Steps 1 to 5, as `armlint scan` does them when nobody asks for passes.
#[divan::bench]
fn with_all_rules() -> Scanned {
    run(|project, config| {
        let wanted = Wanted { baseline: Some("Azure.All"), without_passes: true, ..Wanted::default() };
        Box::new(Rules::new(&wanted, config, project.sources.clone()).unwrap())
    })
}

/// What every start pays: the catalogue. It is decoded once, in the first round, which is the slowest.
#[divan::bench]
fn catalogue() -> usize {
    entries().len()
}
