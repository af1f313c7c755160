//! A scan with all rules against the least the machine must do: walk, read, and parse every byte once (`serde_json`), on the
//! same files, in the same process, with the same threads.
//!
//! ```console
//! $ cargo run --release --example plain_parse -- DIR [ROUNDS]
//! ```
//!
//! Prints the best time of each over some rounds, taken in turns, and their ratio.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use armlint::config::Config;
use armlint::report::{self, DEFAULT_MAX_RESULTS, Format, OutcomeSet, Report};
use armlint::scan::judge::{Rules, Wanted};
use armlint::scan::{Project, Request, scan};
use armlint::walk::{Patterns, Roots};
use rayon::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args_os().skip(1);
    let folder = PathBuf::from(args.next().ok_or("usage: plain_parse DIR [ROUNDS]")?).canonicalize()?;
    let rounds: usize = args.next().and_then(|r| r.to_str()?.parse().ok()).unwrap_or(7);
    let (mut plain, mut full) = (Vec::new(), Vec::new());
    let (mut files, mut bytes, mut results) = (0, 0, 0);
    for _ in 0..rounds {
        plain.push(timed(|| {
            (files, bytes) = parse_plainly(&folder)?;
            Ok(())
        })?);
        full.push(timed(|| {
            results = scan_fully(&folder)?;
            Ok(())
        })?);
    }
    let (plain, full) = (best(&plain), best(&full));
    println!("{files} files, {:.1} MB, {results} verdicts, best of {rounds}", bytes as f64 / 1e6);
    println!("walk + read + plain parse  {:>9.1} ms", plain.as_secs_f64() * 1e3);
    println!("armlint scan, all rules    {:>9.1} ms", full.as_secs_f64() * 1e3);
    println!("ratio                      {:>9.2}", full.as_secs_f64() / plain.as_secs_f64());
    Ok(())
}

fn timed(work: impl FnOnce() -> Result<(), Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

fn best(times: &[Duration]) -> Duration {
    times.iter().copied().min().unwrap_or_default()
}

/// Walks, reads and parses; the number of files and bytes.
fn parse_plainly(folder: &Path) -> Result<(usize, usize), Box<dyn Error>> {
    let is_json =
        |p: &Path| p.extension().is_some_and(|e| e.eq_ignore_ascii_case("json") || e.eq_ignore_ascii_case("jsonc"));
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry?;
        if entry.file_type().is_file() && is_json(entry.path()) {
            files.push(entry.into_path());
        }
    }
    let parse = |path: &PathBuf| {
        let bytes = std::fs::read(path).unwrap_or_default();
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        // Comments and the like are errors here; the work until then counts.
        std::hint::black_box(serde_json::from_slice::<serde_json::Value>(text).ok());
        bytes.len()
    };
    let bytes = files.par_iter().map(parse).sum();
    Ok((files.len(), bytes))
}

/// Scans and writes the JSON report to nowhere; the number of verdicts.
fn scan_fully(folder: &Path) -> Result<usize, Box<dyn Error>> {
    let project = Project::new(Roots::new(Some(folder), folder), None);
    let mut config = Config::default();
    let wanted = Wanted { baseline: Some("Azure.All"), now: jiff::Timestamp::now(), ..Wanted::default() };
    let rules = Rules::new(&wanted, &mut config, project.sources.clone())?;
    let request = Request {
        paths: vec![folder.to_path_buf()],
        parameters: Vec::new(),
        patterns: Patterns::default(),
        config: &config,
        now: None,
        shard: None,
    };
    let scanned = scan(&project, &request, &rules)?;
    let report = Report {
        results: &scanned.results,
        files: &scanned.files,
        diagnostics: &scanned.diagnostics,
        sources: &project.sources,
        root: &scanned.root,
        category: None,
        max_results: DEFAULT_MAX_RESULTS,
        outcomes: OutcomeSet::default(),
        stats: scanned.stats,
        provenance: None,
        color: false,
    };
    report::write(Format::Json, &report, &mut std::io::sink())?;
    Ok(scanned.results.len())
}
