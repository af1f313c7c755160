//! A scan with all rules against the least the machine must do: walk, read, and parse every byte once (`serde_json`), on the
//! same files, with as many threads, each as a process of its own, as users start it.
//!
//! ```console
//! $ cargo build --release && cargo build --release -p armlint-plain-parse
//! $ target/release/armlint-plain-parse DIR [ROUNDS]
//! ```
//!
//! Prints the best time of each over some rounds, taken in turns, and their ratio.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rayon::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args_os().skip(1);
    let first = args.next().ok_or("usage: armlint-plain-parse DIR [ROUNDS]")?;
    if first == "--only" {
        let (files, bytes) = parse(Path::new(&args.next().ok_or("no folder")?))?;
        println!("{files} files, {:.1} MB", bytes as f64 / 1e6);
        return Ok(());
    }
    let folder = PathBuf::from(first).canonicalize()?;
    let rounds: usize = args.next().and_then(|r| r.to_str()?.parse().ok()).unwrap_or(9);
    let own = std::env::current_exe()?;
    let profile = own.parent().ok_or("no target folder")?;
    let armlint = profile.join("armlint").with_extension(std::env::consts::EXE_EXTENSION);
    let scan =
        ["scan", "--baseline", "Azure.All", "--fail-on", "none", "--allow-incomplete", "--format", "json", "--root"];
    let cache = std::env::temp_dir().join(format!("armlint-plain-parse-{}", std::process::id()));
    let (mut plain, mut full, mut warm) = (Vec::new(), Vec::new(), Vec::new());
    // The first one with a cache leaves what the others use.
    timed(Command::new(&armlint).args(scan).arg(&folder).arg(&folder).arg("--cache").arg(&cache))?;
    for _ in 0..rounds {
        plain.push(timed(Command::new(&own).arg("--only").arg(&folder))?);
        full.push(timed(Command::new(&armlint).args(scan).arg(&folder).arg(&folder).arg("--no-cache"))?);
        warm.push(timed(Command::new(&armlint).args(scan).arg(&folder).arg(&folder).arg("--cache").arg(&cache))?);
    }
    std::fs::remove_dir_all(&cache)?;
    let (plain, full, warm) = (best(&plain), best(&full), best(&warm));
    let (files, bytes) = parse(&folder)?;
    println!("{files} files, {:.1} MB, best of {rounds}", bytes as f64 / 1e6);
    println!("walk + read + plain parse  {:>9.1} ms", plain.as_secs_f64() * 1e3);
    println!("armlint scan, all rules    {:>9.1} ms", full.as_secs_f64() * 1e3);
    println!("ratio                      {:>9.2}", full.as_secs_f64() / plain.as_secs_f64());
    println!("the same scan once more    {:>9.1} ms", warm.as_secs_f64() * 1e3);
    println!("ratio once more            {:>9.2}", warm.as_secs_f64() / plain.as_secs_f64());
    Ok(())
}

fn timed(command: &mut Command) -> Result<Duration, Box<dyn Error>> {
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).status()?;
    let took = start.elapsed();
    if status.success() { Ok(took) } else { Err(format!("{command:?} failed: {status}").into()) }
}

fn best(times: &[Duration]) -> Duration {
    times.iter().copied().min().unwrap_or_default()
}

/// Walks, reads and parses; the number of files and bytes.
fn parse(folder: &Path) -> Result<(usize, usize), Box<dyn Error>> {
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
