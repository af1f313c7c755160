//! Completions and manual pages.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::BTreeSet;
use std::process::Command;

use common::Folder;

const COMMANDS: [&str; 4] = ["scan", "expand", "rules", "init"];

#[test]
fn every_shell_is_told_of_commands_and_values() {
    let folder = Folder::with(&[]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = folder.run(&["completions", shell]);
        assert_eq!(run.status, 0, "{shell}: {}", run.stderr);
        for word in COMMANDS.into_iter().chain(["min-severity"]) {
            assert!(run.stdout.contains(word), "{shell} knows nothing of {word}");
        }
    }
    assert_eq!(folder.run(&["completions", "tcsh"]).status, 2);
}

#[test]
#[cfg(target_os = "linux")]
fn bash_completes() {
    let folder = Folder::with(&[]);
    folder.write("armlint.bash", &folder.run(&["completions", "bash"]).stdout);
    let complete = |words: &str| {
        let script = format!(
            "source armlint.bash; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _armlint armlint \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD - 1]}}\"; echo \"${{COMPREPLY[@]}}\""
        );
        let run = Command::new("bash").args(["--norc", "-c", &script]).current_dir(folder.path("")).output().unwrap();
        String::from_utf8(run.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(complete("armlint ru"), "rules");
    assert_eq!(complete("armlint scan --min-sev"), "--min-severity");
    assert_eq!(complete("armlint scan --format sar"), "sarif");
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = Folder::with(&[]);
    assert_eq!(folder.run(&["man", "pages/man1"]).status, 0);
    let pages: BTreeSet<String> = std::fs::read_dir(folder.path("pages/man1"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for name in COMMANDS {
        assert!(pages.contains(&format!("armlint-{name}.1")), "{pages:?}");
    }
    let scan = folder.read("pages/man1/armlint-scan.1");
    assert!(scan.contains(".TH armlint-scan 1"), "{scan}");
    assert!(scan.contains("fail\\-on") && scan.contains("Exit status"), "{scan}");
    folder.write("file", "");
    let failed = folder.run(&["man", "file"]);
    assert_eq!(failed.status, 2);
    assert!(failed.stderr.contains("cannot write file"), "{}", failed.stderr);
}
