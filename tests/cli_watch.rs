//! `armlint scan --watch`: after every change, what a fresh scan says; and no scan without a change.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::fs;
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::Folder;

const MAIN: &str = "param tls string = 'TLS1_0'
module store 'modules/store.bicep' = {
  name: 'store'
  params: { name: 'store1', tls: tls }
}
";

const TEMPLATE: &str = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0", "parameters": {"https": {"type": "bool", "defaultValue": false}}, "resources": [
  {"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2022-09-01", "name": "arm", "location": "westeurope",
  "properties": {"supportsHttpsTrafficOnly": "[parameters('https')]"}}]}"#;

fn parameters(https: bool) -> String {
    format!(
        r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
  "contentVersion": "1.0.0.0", "parameters": {{"https": {{"value": {https}}}}}}}"#
    )
}

/// A repository with a Bicep file that uses a module, and a template with parameters, beside room for reports.
fn repository() -> Folder {
    let folder = Folder::with(&[]);
    fs::create_dir_all(folder.path("repo/.git")).unwrap();
    folder.write("repo/main.bicep", MAIN);
    folder.write("repo/modules/store.bicep", common::STORE);
    folder.write("repo/arm/app.json", TEMPLATE);
    folder.write("repo/arm/app.parameters.json", &parameters(false));
    folder
}

/// A machine that is busy with something else may take its time.
const PATIENCE: Duration = Duration::from_secs(120);

/// A scan that goes on. What it writes is collected.
struct Watching {
    child: Child,
    stdout: Arc<Mutex<Vec<u8>>>,
    stderr: Arc<Mutex<Vec<u8>>>,
}

fn collected(mut pipe: impl Read + Send + 'static) -> Arc<Mutex<Vec<u8>>> {
    let all = Arc::new(Mutex::new(Vec::new()));
    let out = all.clone();
    std::thread::spawn(move || {
        let mut some = [0; 4096];
        while let Ok(n @ 1..) = pipe.read(&mut some) {
            out.lock().unwrap().extend_from_slice(&some[..n]);
        }
    });
    all
}

impl Watching {
    fn start(folder: &Folder, args: &[&str]) -> Self {
        let mut child = spawned(folder, args);
        let (stdout, stderr) = (collected(child.stdout.take().unwrap()), collected(child.stderr.take().unwrap()));
        let watching = Watching { child, stdout, stderr };
        watching.until("the first report", || watching.rounds() == 1);
        watching
    }

    fn stdout(&self) -> String {
        String::from_utf8(self.stdout.lock().unwrap().clone()).unwrap()
    }

    fn stderr(&self) -> String {
        String::from_utf8(self.stderr.lock().unwrap().clone()).unwrap()
    }

    /// How many scans have come to an end.
    fn rounds(&self) -> usize {
        self.stderr().matches("waiting for changes").count()
    }

    fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let started = Instant::now();
        while !holds() {
            assert!(started.elapsed() < PATIENCE, "{what} does not come\n{}\n{}", self.stdout(), self.stderr());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What comes out for a change, once something does: all that is written on standard error from then on.
    fn after(&self, change: impl FnOnce()) -> String {
        let (rounds, from) = (self.rounds(), self.stderr().len());
        change();
        self.until("another scan", || self.rounds() > rounds);
        self.stderr().split_off(from)
    }

    /// How it ends.
    fn end(&mut self) -> ExitStatus {
        let started = Instant::now();
        loop {
            match self.child.try_wait().unwrap() {
                Some(status) => return status,
                None => assert!(started.elapsed() < PATIENCE, "it does not end\n{}", self.stderr()),
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        // The process that works notices that nobody watches over it any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawned(folder: &Folder, args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_armlint"));
    started(command.args(["scan", "--watch"]).args(args), folder)
}

fn started(command: &mut Command, folder: &Folder) -> Child {
    for name in
        ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_REF_NAME", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"]
    {
        command.env_remove(name);
    }
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    command.current_dir(folder.path("repo")).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Puts a file in its place at once, as careful editors do.
fn replace(folder: &Folder, name: &str, text: &str) {
    folder.write("draft", text);
    fs::rename(folder.path("draft"), folder.path(name)).unwrap();
}

/// A change of a repository.
type Edit = (&'static str, fn(&Folder));

const EDITS: &[Edit] = &[
    ("a module", |f| f.write("repo/modules/store.bicep", &common::STORE.replace("'Standard_GRS'", "'Standard_LRS'"))),
    ("a template", |f| f.write("repo/main.bicep", &MAIN.replace("'TLS1_0'", "'TLS1_2'"))),
    ("a parameter file", |f| f.write("repo/arm/app.parameters.json", &parameters(true))),
    ("the same file again, at once", |f| f.write("repo/arm/app.parameters.json", &parameters(false))),
    ("PSRule's options come", |f| f.write("repo/ps-rule.yaml", "rule:\n  exclude: [Azure.Storage.UseReplication]\n")),
    ("our options come", |f| {
        f.write("repo/armlint.yaml", "armlint:\n  rules:\n    exclude: [Azure.Storage.SecureTransfer]\n")
    }),
    ("our options change", |f| f.write("repo/armlint.yaml", "armlint:\n  files:\n    exclude: [arm/**]\n")),
    ("all options go", |f| {
        fs::remove_file(f.path("repo/armlint.yaml")).unwrap();
        fs::remove_file(f.path("repo/ps-rule.yaml")).unwrap();
    }),
    ("a file comes", |f| f.write("repo/other.bicep", &common::STORE.replace("'Standard_GRS'", "'Premium_LRS'"))),
    ("a folder comes", |f| f.write("repo/new/deep/azuredeploy.json", TEMPLATE)),
    ("a file comes into a new folder", |f| f.write("repo/new/deep/azuredeploy.parameters.json", &parameters(true))),
    ("a folder is renamed", |f| fs::rename(f.path("repo/new"), f.path("repo/newer")).unwrap()),
    ("a file in it changes", |f| f.write("repo/newer/deep/azuredeploy.parameters.json", &parameters(false))),
    ("a template is broken", |f| f.write("repo/main.bicep", "module store 'modules/store.bicep' = {\n")),
    ("it is mended", |f| replace(f, "repo/main.bicep", MAIN)),
    ("a module is gone", |f| fs::rename(f.path("repo/modules"), f.path("kept")).unwrap()),
    ("it is back", |f| fs::rename(f.path("kept"), f.path("repo/modules")).unwrap()),
    ("Bicep's options come", |f| {
        f.write(
            "repo/bicepconfig.json",
            r#"{"analyzers": {"core": {"rules": {"no-unused-params": {"level": "error"}}}}}"#,
        )
    }),
    ("a parameter is of no use", |f| {
        f.write("repo/modules/store.bicep", &format!("param unused string = 'x'\n{}", common::STORE))
    }),
    ("a parameter has another type", |f| {
        f.write("repo/modules/store.bicep", &common::STORE.replace("param tls string", "param tls int"))
    }),
    ("a template comes that loads what is in a folder", |f| {
        let name = "${loadTextContent('texts/name.txt')}${length(loadDirectoryFileInfo('texts'))}";
        f.write("repo/texts/name.txt", "one");
        f.write("repo/loads.bicep", &common::STORE.replace("name: name", &format!("name: '{name}'")));
    }),
    ("what it loads changes", |f| f.write("repo/texts/name.txt", "two")),
    ("there is more in the folder", |f| f.write("repo/texts/other.txt", "")),
    ("what is there is ours", |f| f.write("repo/.terraform/linked.bicep", MAIN)),
    #[cfg(unix)]
    ("a link to it", |f| std::os::unix::fs::symlink(".terraform/linked.bicep", f.path("repo/linked.bicep")).unwrap()),
    #[cfg(unix)]
    ("what it leads to changes", |f| f.write("repo/.terraform/linked.bicep", common::STORE)),
    ("a folder is gone", |f| fs::remove_dir_all(f.path("repo/newer")).unwrap()),
];

/// Makes every edit, and waits each time until the last report is that of a fresh scan. `how` is for the one that watches.
fn every_edit_tells(how: &[&str]) {
    let folder = repository();
    let options = ["-f", "json", "--outcome", "all"];
    let watching = Watching::start(&folder, &[how, &options, &["--report", "html=../watched.html"]].concat());
    let mut before = String::new();
    let mut same = |what: &str| {
        let fresh = ["scan", "--no-cache", "--report", "html=../fresh.html"];
        let fresh = folder.run_in("repo", &[&fresh[..], &options].concat());
        assert!(fresh.stdout.starts_with('{'), "{}", fresh.stderr);
        assert_ne!(fresh.stdout, before, "{what} makes no difference");
        watching.until(what, || watching.stdout().ends_with(&fresh.stdout));
        watching.until(what, || folder.read("watched.html") == folder.read("fresh.html"));
        before = fresh.stdout;
    };
    same("the beginning");
    for (what, edit) in EDITS {
        edit(&folder);
        same(what);
    }
}

#[test]
fn after_every_edit_the_report_is_that_of_a_fresh_scan() {
    every_edit_tells(&[]);
}

#[test]
fn so_it_is_where_the_system_is_not_asked() {
    every_edit_tells(&["--poll"]);
}

#[test]
fn so_it_is_with_the_checks_of_the_language() {
    let folder = repository();
    let options = ["-f", "json", "--baseline", "Bicep.CLI"];
    let watching = Watching::start(&folder, &options);
    for (what, edit) in EDITS {
        edit(&folder);
        let fresh = folder.run_in("repo", &[&["scan", "--no-cache"], &options[..]].concat());
        watching.until(what, || watching.stdout().ends_with(&fresh.stdout));
    }
}

#[test]
fn it_says_what_is_new_and_what_is_gone_and_about_which_file() {
    let folder = repository();
    let watching = Watching::start(&folder, &["--rule", "Azure.Storage.MinTLS"]);
    assert!(watching.stderr().contains("1 error; scanned in "), "{}", watching.stderr());
    assert!(watching.stdout().contains("Azure.Storage.MinTLS"));
    let said = watching.after(|| replace(&folder, "repo/main.bicep", &MAIN.replace("TLS1_0", "TLS1_2")));
    assert!(said.contains("no findings (before: 1 error; 1 gone); scanned again in "), "{said}");
    assert!(said.contains("after main.bicep changed; waiting for changes, Ctrl-C to stop"), "{said}");
    let said = watching.after(|| replace(&folder, "repo/main.bicep", &format!("\n\n{MAIN}")));
    assert!(said.contains("new: main.bicep:3:20: error Azure.Storage.MinTLS "), "{said}");
    assert!(said.contains("1 error (before: no findings; 1 new)"), "{said}");
    let said = watching.after(|| replace(&folder, "repo/main.bicep", MAIN));
    assert!(said.contains("1 error (before: 1 error; none new, none gone)"), "{said}");
    // A file that is a pipe of text has no screen to clear.
    assert!(!watching.stdout().contains('\x1b'));
}

#[test]
fn findings_that_become_known_are_gone() {
    let folder = repository();
    let write = |rule: &str, file: &str| {
        folder.run_in("repo", &["scan", "--no-cache", "--rule", rule, "--write-known", file]);
    };
    write("Azure.Storage.MinTLS", "../first.json");
    write("Azure.Storage.SecureTransfer", "../known.json");
    let watching = Watching::start(&folder, &["--rule", "Azure.Storage.MinTLS", "--known", "../known.json"]);
    assert!(watching.stderr().contains("1 error; scanned in"), "{}", watching.stderr());
    let said = watching.after(|| fs::rename(folder.path("first.json"), folder.path("known.json")).unwrap());
    assert!(said.contains("no findings (before: 1 error; 1 gone)") && said.contains("known.json changed"), "{said}");
}

#[test]
fn what_the_scan_writes_and_what_nobody_looks_at_is_no_reason_to_scan() {
    for poll in [&[][..], &["--poll"]] {
        let folder = repository();
        let reports = ["-o", "out.json", "-f", "json", "--report", "sarif=modules/all.sarif.json"];
        let watching = Watching::start(&folder, &[&reports[..], poll].concat());
        assert_eq!(watching.stdout(), "");
        for name in
            ["notes.txt", ".git/index", "node_modules/a/main.json", "modules/.store.bicep.swp", ".armlint-x.tmp"]
        {
            folder.write(&format!("repo/{name}"), "x");
        }
        fs::remove_file(folder.path("repo/modules/.store.bicep.swp")).unwrap();
        // `node_modules` came, which reports tell.
        watching.until("the second report", || watching.rounds() >= 2);
        let rounds = watching.rounds();
        for name in ["notes.txt", ".git/index", "node_modules/a/main.json", "node_modules/b.json", "modules/4913"] {
            folder.write(&format!("repo/{name}"), "y");
        }
        assert!(folder.read("repo/out.json").contains("Azure.Storage.MinTLS"));
        let said = watching.after(|| replace(&folder, "repo/main.bicep", &MAIN.replace("TLS1_0", "TLS1_2")));
        assert!(said.contains("after main.bicep changed"), "{said}");
        assert!(!folder.read("repo/out.json").contains("Azure.Storage.MinTLS"));
        watching.after(|| replace(&folder, "repo/main.bicep", MAIN));
        assert_eq!(watching.rounds(), rounds + 2, "{}", watching.stderr());
    }
}

#[test]
fn what_is_wrong_in_between_is_told_and_it_goes_on() {
    let folder = repository();
    let watching = Watching::start(&folder, &["-f", "concise", "arm", "main.bicep"]);
    let said = watching.after(|| replace(&folder, "repo/main.bicep", "param tls string = \n"));
    assert!(said.contains("there may be more, for"), "{said}");
    let said = watching.after(|| folder.write("repo/armlint.yaml", "armlint:\n  rules: 7\n"));
    assert!(said.contains("error: ") && said.contains("armlint.yaml:2"), "{said}");
    assert!(said.contains("there is no report; scanned again in "), "{said}");
    watching.after(|| fs::remove_file(folder.path("repo/armlint.yaml")).unwrap());
    let said = watching.after(|| fs::remove_file(folder.path("repo/main.bicep")).unwrap());
    assert!(said.contains("there is no file or folder `main.bicep`"), "{said}");
    let said = watching.after(|| replace(&folder, "repo/main.bicep", MAIN));
    assert!(!said.contains("error: ") && said.contains("waiting for changes"), "{said}");
    let said = watching.after(|| fs::rename(folder.path("repo/arm"), folder.path("repo/elsewhere")).unwrap());
    assert!(said.contains("there is no file or folder `arm`"), "{said}");
    let said = watching.after(|| fs::rename(folder.path("repo/elsewhere"), folder.path("repo/arm")).unwrap());
    assert!(said.contains("findings") || said.contains("error"), "{said}");
    let fresh = folder.run_in("repo", &["scan", "--no-cache", "-f", "concise", "arm", "main.bicep"]);
    watching.until("the report", || watching.stdout().ends_with(&fresh.stdout));
}

#[test]
fn a_configuration_that_is_wrong_for_a_while_is_mended_in_place() {
    for poll in [&[][..], &["--poll"]] {
        let folder = repository();
        folder.write("repo/armlint.yaml", "armlint:\n  fail-on: error\n");
        let watching = Watching::start(&folder, &[&["-f", "concise"], poll].concat());
        for _ in 0..2 {
            let said = watching.after(|| folder.write("repo/armlint.yaml", "armlint:\n  fail-on: never\n"));
            assert!(said.contains("armlint.yaml:2"), "{said}");
            // As long as it is wrong, nothing else is a reason to say so again: files that come, and those of its own words.
            let rounds = watching.rounds();
            folder.write("repo/watch.log", "armlint: error\n");
            folder.write("watch.log", "armlint: error\n");
            folder.write("repo/new.bicep", "param a string\n");
            replace(&folder, "repo/main.bicep", &MAIN.replace("TLS1_0", "TLS1_1"));
            std::thread::sleep(Duration::from_millis(2500));
            assert_eq!(watching.rounds(), rounds, "{}", watching.stderr());
            let good = "armlint:\n  rules:\n    exclude: [Azure.Storage.MinTLS]\n";
            let (from, said) = (watching.stdout().len(), watching.after(|| folder.write("repo/armlint.yaml", good)));
            assert!(!said.contains("error: ") && said.contains("waiting for changes"), "{said}");
            let reported = watching.stdout().split_off(from);
            assert!(!reported.is_empty() && !reported.contains("Azure.Storage.MinTLS"), "{reported}");
        }
    }
}

#[test]
fn what_is_wrong_from_the_beginning_ends_it() {
    let folder = repository();
    let run = |args: &[&str]| folder.run_in("repo", &[&["scan", "--watch"], args].concat());
    for (args, why) in [
        (&["--fix"][..], "--watch does not go together with --fix"),
        (&["--since", "HEAD"], "--watch does not go together with --since"),
        (&["-"], "--watch does not go together with standard input"),
        (&["nowhere"], "there is no file or folder `nowhere`"),
        (&["--rule", "Azure.No.Such"], "Azure.No.Such"),
        (&["-o", "main.bicep"], "Azure code"),
    ] {
        let run = run(args);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{args:?}");
        assert!(run.stderr.contains(why), "{}", run.stderr);
    }
    folder.write("repo/armlint.yaml", "armlint:\n  rules: 7\n");
    let broken = run(&[]);
    assert_eq!(broken.status, 2, "{}", broken.stderr);
    assert!(!broken.stderr.contains("waiting"));
    let alone = folder.run_in("repo", &["scan", "--poll"]);
    assert!(alone.status == 2 && alone.stderr.contains("--watch"), "{}", alone.stderr);
}

/// Ctrl-C at a terminal reaches all processes of the group.
#[test]
#[cfg(unix)]
fn ctrl_c_ends_it_as_it_ends_any_program() {
    use std::os::unix::process::ExitStatusExt;
    let folder = repository();
    let mut watching = Watching::start(&folder, &[]);
    let group = format!("-{}", watching.child.id());
    assert!(Command::new("kill").args(["-s", "INT", "--", &group]).status().unwrap().success());
    assert_eq!(watching.end().signal(), Some(2));
}

#[test]
fn it_ends_when_nobody_reads_or_there_is_nothing_to_watch() {
    let folder = repository();
    let mut child = spawned(&folder, &[]);
    // As `head` does, which has seen enough.
    drop(child.stdout.take());
    let stderr = collected(child.stderr.take().unwrap());
    let mut watching = Watching { child, stdout: Arc::default(), stderr };
    assert_eq!(watching.end().code(), Some(0), "{}", watching.stderr());
    if cfg!(unix) {
        let mut watching = Watching::start(&folder, &[]);
        fs::rename(folder.path("repo"), folder.path("gone")).unwrap();
        assert_eq!(watching.end().code(), Some(2));
        watching.until("the reason", || watching.stderr().contains("is gone; there is nothing to watch"));
    }
}

/// A file that needs more memory than there is: it is told, the others are judged, and once it has changed it is tried again.
#[test]
#[cfg(target_os = "linux")]
fn what_armlint_dies_of_does_not_end_it() {
    let folder = repository();
    let mut shell = Command::new("sh");
    let limited = "ulimit -v 600000 && exec \"$0\" scan --watch -f concise";
    shell.args(["-c", limited, env!("CARGO_BIN_EXE_armlint")]).env("RAYON_NUM_THREADS", "2");
    let mut child = started(&mut shell, &folder);
    let (stdout, stderr) = (collected(child.stdout.take().unwrap()), collected(child.stderr.take().unwrap()));
    let watching = Watching { child, stdout, stderr };
    watching.until("the first report", || watching.rounds() == 1);
    let from = watching.stdout().len();
    let large = TEMPLATE.replacen('{', &format!(r#"{{"metadata": {{"a": [{}1]}},"#, "[],".repeat(9_000_000)), 1);
    watching.after(|| replace(&folder, "repo/large.json", &large));
    let reported = watching.stdout().split_off(from);
    assert!(reported.contains("large.json:1:1: error internal armlint died of this file"), "{reported}");
    assert!(reported.contains("Azure.Storage.MinTLS"), "{reported}");
    let (from, said) = (watching.stdout().len(), watching.after(|| replace(&folder, "repo/main.bicep", "var a = 1\n")));
    assert!(said.contains("after main.bicep changed"), "{said}");
    assert!(watching.stdout().split_off(from).contains("error internal"), "{}", watching.stdout());
    let from = watching.stdout().len();
    watching.after(|| replace(&folder, "repo/large.json", TEMPLATE));
    let reported = watching.stdout().split_off(from);
    assert!(reported.contains("large.json:3:") && !reported.contains("error internal"), "{reported}");
}
