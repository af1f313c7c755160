//! Running the command in a folder of its own.
#![allow(dead_code, clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A module that takes the version of TLS, in Bicep; `tls: tls` stands in its line 8.
pub const STORE: &str = "param name string
param tls string
resource store 'Microsoft.Storage/storageAccounts@2023-01-01' = {
  name: name
  location: 'westeurope'
  kind: 'StorageV2'
  sku: { name: 'Standard_GRS' }
  properties: { minimumTlsVersion: tls }
}
";

/// A folder that goes away.
pub struct Folder {
    dir: tempfile::TempDir,
}

/// What a run came to.
pub struct Run {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
    /// The JSON report, if one was asked for.
    pub report: Value,
}

impl Run {
    /// A resource that `expand` printed, by its name.
    pub fn resource(&self, name: &str) -> &Value {
        let all = self.report["predictedResources"].as_array().unwrap();
        all.iter().find(|r| r["name"] == name).unwrap_or_else(|| panic!("no {name} among {:?}", self.names()))
    }

    /// The names of the resources that `expand` printed, in order.
    pub fn names(&self) -> Vec<&str> {
        self.report["predictedResources"].as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap_or("")).collect()
    }

    /// The messages of the diagnostics.
    pub fn messages(&self) -> Vec<&str> {
        self.report["diagnostics"].as_array().unwrap().iter().map(|d| d["message"].as_str().unwrap()).collect()
    }

    /// Level with code, and line, of each diagnostic of a JSON report.
    pub fn diagnostics(&self) -> Vec<(String, usize)> {
        let one = |d: &Value| {
            let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
            let line = d["location"]["startLine"].as_u64().unwrap_or(0) as usize;
            (format!("{} {}", text(&d["level"]), text(&d["code"])), line)
        };
        self.report["diagnostics"].as_array().unwrap().iter().map(one).collect()
    }
}

impl Folder {
    /// A folder with copies of fixtures.
    pub fn with(fixtures: &[&str]) -> Self {
        let folder = Folder { dir: tempfile::tempdir().unwrap() };
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        for name in fixtures {
            folder.write(name, &fs::read_to_string(from.join(name)).unwrap());
        }
        folder
    }

    /// A repository whose first commit holds these files.
    pub fn repository(files: &[(&str, &str)]) -> Self {
        let folder = Folder::with(&[]);
        folder.git(&["init", "-q", "-b", "main"]);
        files.iter().for_each(|(name, text)| folder.write(name, text));
        folder.commit();
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Runs git in the folder.
    pub fn git(&self, args: &[&str]) {
        let who = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
        let mut git = std::process::Command::new("git");
        let status = git.arg("-C").arg(self.dir.path()).args(who).args(args).status().unwrap();
        assert!(status.success(), "{args:?}");
    }

    /// Commits all that is there.
    pub fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", "x"]);
    }

    /// `armlint scan` with a JSON report.
    pub fn scan(&self, args: &[&str]) -> Run {
        self.run(&[&["scan", "--format", "json"], args].concat())
    }

    /// `armlint expand` of a file with this text, the resource group and location known.
    pub fn expand(&self, name: &str, text: &str) -> Run {
        self.write(name, text);
        self.run(&["expand", name, "--resource-group", "rg", "--location", "westeurope"])
    }

    pub fn run(&self, args: &[&str]) -> Run {
        self.start(".", args, &[])
    }

    pub fn run_in(&self, folder: &str, args: &[&str]) -> Run {
        self.start(folder, args, &[])
    }

    pub fn run_with(&self, args: &[&str], variables: &[(&str, &str)]) -> Run {
        self.start(".", args, variables)
    }

    /// Runs with a text on standard input.
    pub fn run_on(&self, text: &str, args: &[&str]) -> Run {
        self.fed(".", args, &[], Some(text))
    }

    fn start(&self, folder: &str, args: &[&str], variables: &[(&str, &str)]) -> Run {
        self.fed(folder, args, variables, None)
    }

    fn fed(&self, folder: &str, args: &[&str], variables: &[(&str, &str)], stdin: Option<&str>) -> Run {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_armlint"));
        let ours = |name: &str| {
            ["PSRULE_", "GITHUB_", "NO_COLOR", "FORCE_COLOR", "CLICOLOR"].iter().any(|n| name.starts_with(n))
        };
        for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
            command.env_remove(name);
        }
        // What a scan leaves for the next one is no business of the user's who runs the tests.
        command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
        if let Some(text) = stdin {
            command.write_stdin(text);
        }
        let run = command.current_dir(self.path(folder)).args(args).envs(variables.iter().copied()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(run.stdout), text(run.stderr));
        let report = serde_json::from_str(&stdout).unwrap_or(Value::Null);
        Run { status: run.status.code().unwrap(), stdout, stderr, report }
    }
}
