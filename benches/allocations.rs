//! How often a scan asks for memory, how much it has at most, and that for each file: `cargo bench --bench allocations`. Another
//! folder than `examples/`: `ARMLINT_BENCH_DIR=… cargo bench --bench allocations`.
//!
//! Counts are the same on every machine, but for what threads do that wait for each other.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use armlint::{Options, Session};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

fn main() {
    let folder = std::env::var_os("ARMLINT_BENCH_DIR").map_or_else(|| PathBuf::from("examples"), PathBuf::from);
    let base = std::env::current_dir().unwrap();
    let options =
        Options { paths: vec![folder], once: true, baseline: Some("Azure.All".to_owned()), ..Options::new(base) };
    let profiler = dhat::Profiler::builder().testing().build();
    let verdicts = Session::new(options).unwrap().check().unwrap();
    let stats = dhat::HeapStats::get();
    drop(profiler);
    let files = verdicts.files().len().max(1) as u64;
    println!("{files} files, {} results", verdicts.results().len());
    println!("allocations  {:>12}  {:>8} a file", stats.total_blocks, stats.total_blocks / files);
    println!("bytes        {:>12}  {:>8} a file", stats.total_bytes, stats.total_bytes / files);
    println!("at most      {:>12} bytes at a time", stats.max_bytes);
}
