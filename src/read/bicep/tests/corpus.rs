//! Real files, in a folder that the environment names: `ARMLINT_CORPUS=… cargo test --release bicep::tests::corpus -- --ignored --nocapture`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::super::{File, parse, parse_params};
use crate::read::{Source, Sources};

/// Every Bicep file below the folder, in order.
fn files() -> Vec<Arc<Source>> {
    let root = PathBuf::from(std::env::var_os("ARMLINT_CORPUS").expect("ARMLINT_CORPUS names a folder"));
    let sources = Sources::new();
    walkdir::WalkDir::new(root)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| {
            entry.file_type().is_file() && entry.path().extension().is_some_and(|e| e == "bicep" || e == "bicepparam")
        })
        .filter_map(|entry| sources.load(entry.path()).ok())
        .collect()
}

fn read(source: &Source) -> File {
    if source.path.extension().is_some_and(|e| e == "bicepparam") { parse_params(source) } else { parse(source) }
}

/// The compiler's samples of what is wrong: their folders start with `Invalid`.
fn is_invalid(source: &Source) -> bool {
    source.path.components().any(|c| c.as_os_str().to_string_lossy().starts_with("Invalid"))
}

#[test]
#[ignore = "needs ARMLINT_CORPUS"]
fn what_the_compiler_accepts_has_no_problem() {
    let files = files();
    let (mut count, mut bytes, mut wrong) = (0, 0, 0);
    let started = Instant::now();
    for source in files.iter().filter(|s| !is_invalid(s)) {
        let file = read(source);
        count += 1;
        bytes += source.text().len();
        wrong += usize::from(!file.problems.is_empty());
        for problem in file.problems.iter().take(3) {
            let at = source.position(problem.span.start);
            eprintln!("{}:{}:{}: {}", source.path.display(), at.line, at.column, problem.message);
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    eprintln!("{count} files, {wrong} with problems, {:.1} MB/s", bytes as f64 / 1e6 / seconds);
    assert_eq!(wrong, 0);
}

/// Prints every problem in the invalid samples as `path:line: message`, for comparing with the compiler's.
#[test]
#[ignore = "needs ARMLINT_CORPUS"]
fn what_is_wrong_with_the_invalid_samples() {
    for source in files().iter().filter(|s| is_invalid(s)) {
        for problem in read(source).problems {
            let at = source.position(problem.span.start);
            println!("{}:{}:{}: {}", source.path.display(), at.line, at.column, problem.message);
        }
    }
}
