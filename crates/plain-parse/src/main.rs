//! The least that a machine must do with the templates of a folder: walk it, read every JSON file, and parse every byte once
//! (`serde_json`), with as many threads as a scan has. `scripts/compare-with-plain-parse` times armlint against it.
//!
//! ```console
//! $ cargo run --release -p armlint-plain-parse -- DIR
//! ```

use std::error::Error;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("usage: armlint-plain-parse DIR")?;
    let (files, bytes) = parse(Path::new(&folder))?;
    println!("{files} files, {:.1} MB", bytes as f64 / 1e6);
    Ok(())
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
