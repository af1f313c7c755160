//! What fuzz targets share: a small folder made of one text, and the commands that are run on it, as the command line runs them.
//!
//! A text holds files one after the other, each below a line `=== NAME`; what stands before the first is not used. Only the
//! names of [`NAMES`] count, so that the fuzzer spends its time on what is in the files:
//!
//! ```text
//! === main.bicep
//! param name string
//! === main.bicepparam
//! using 'main.bicep'
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use armlint::cli::args::{Cli, Command};
use armlint::cli::{self, status};
use armlint::report::Format;
use clap::Parser;

/// The files that a folder may hold.
pub const NAMES: [&str; 14] = [
    "main.json",
    "main.parameters.json",
    "main.bicep",
    "main.bicepparam",
    "other.bicepparam",
    "module.bicep",
    "linked.json",
    "resources.json",
    "armlint.yaml",
    "ps-rule.yaml",
    "bicepconfig.json",
    "data.txt",
    "data.json",
    "data.yaml",
];

/// Where the clock stands.
const NOW: &str = "2026-01-01T00:00:00Z";

/// A folder that lives as long as the process and is its working directory.
pub struct Folder {
    path: PathBuf,
    reports: PathBuf,
}

impl Folder {
    /// The folder, empty. Kept in memory where the system has a place for that.
    pub fn empty() -> &'static Folder {
        static FOLDER: OnceLock<Folder> = OnceLock::new();
        let folder = FOLDER.get_or_init(|| {
            let memory = Path::new("/dev/shm");
            let above = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
            let above = above.join(format!("armlint-fuzz-{}", std::process::id()));
            let folder = Folder { path: above.join("repository"), reports: above.join("reports") };
            // `.git` bounds what templates may read.
            for path in [&folder.path.join(".git"), &folder.reports] {
                std::fs::create_dir_all(path).expect("a folder for the fuzzer");
            }
            std::env::set_current_dir(&folder.path).expect("the fuzzer's folder");
            folder
        });
        for name in NAMES {
            let _ = std::fs::remove_file(folder.path.join(name));
        }
        folder
    }

    /// The folder with the files of a text (see the head of this module).
    pub fn of(text: &str) -> &'static Folder {
        let folder = Folder::empty();
        for (name, content) in files(text) {
            folder.write(name, content);
        }
        folder
    }

    /// Puts a file into it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path.join(name), content).expect("a file for the fuzzer");
    }

    /// Scans everything in it and gives every report by its format; none where the command was refused.
    ///
    /// # Panics
    /// If a panic was caught on the way, or a report breaks what all reports promise.
    pub fn scan(&self) -> BTreeMap<Format, String> {
        let mut line =
            ["armlint", "scan", ".", "--no-cache", "--allow-empty", "--outcome", "all", "--now", NOW].map(str::to_owned).to_vec();
        let path = |format: Format| self.reports.join(format.as_str());
        for format in Format::ALL {
            let _ = std::fs::remove_file(path(*format));
            line.push("--report".to_owned());
            line.push(format!("{format}={}", path(*format).display()));
        }
        // What would go to standard output.
        line.extend(["--format", "counts", "--output"].map(str::to_owned));
        line.push(self.reports.join("standard-output").display().to_string());
        let command = Cli::try_parse_from(line).expect("a command line");
        let Ok(status) = cli::run(&command.command) else { return BTreeMap::new() };
        assert!([status::GOOD, status::FINDINGS, status::INCOMPLETE].contains(&status));
        let read = |format: &Format| (*format, std::fs::read_to_string(path(*format)).expect("a report in UTF-8"));
        let reports: BTreeMap<Format, String> = Format::ALL.iter().map(read).collect();
        for (format, text) in &reports {
            well_made(*format, text);
        }
        reports
    }

    /// Expands a file of it, with origins; `None` where the command was refused.
    ///
    /// # Panics
    /// If a panic was caught on the way, or what is printed is no JSON.
    pub fn expand(&self, name: &str) -> Option<String> {
        let line = ["armlint", "expand", name, "--origins", "--now", NOW];
        let command = Cli::try_parse_from(line).expect("a command line");
        let Command::Expand(args) = &command.command else { unreachable!("the command is expand") };
        let (text, _) = cli::expand::document(args).ok()?;
        well_made(Format::Json, &text);
        Some(text)
    }
}

/// The files in a text.
fn files(text: &str) -> impl Iterator<Item = (&'static str, &str)> {
    let parts = text.split("\n=== ").enumerate();
    parts.filter_map(|(i, part)| {
        let part = if i == 0 { part.strip_prefix("=== ")? } else { part };
        let (name, content) = part.split_once('\n')?;
        Some((NAMES.into_iter().find(|n| *n == name.trim_end())?, content))
    })
}

/// What holds for every report, whatever was in the folder.
fn well_made(format: Format, text: &str) {
    assert!(!text.contains('\u{1b}') && !text.contains('\0'), "{format} holds a control character");
    if matches!(format, Format::Json | Format::Sarif) {
        let json: serde_json::Value = serde_json::from_str(text).expect("JSON");
        let diagnostics = json["diagnostics"].as_array().into_iter().flatten();
        assert!(diagnostics.into_iter().all(|d| d["code"] != "internal"), "a panic was caught: {text}");
    }
    if format == Format::Github {
        // A line of ours, or nothing: no text of the input begins one.
        let ours = |l: &str| l.is_empty() || l.starts_with("armlint: ");
        let annotation = |l: &str| ["::error ", "::warning ", "::notice "].iter().any(|word| l.starts_with(word));
        assert!(text.lines().all(|l| ours(l) || annotation(l)), "{text}");
    }
}
