//! `armlint restore` against registries on this machine.
#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/registry.rs"]
mod registry;

use common::{Folder, Run};
use registry::{Answer, Published, Server};

const TEMPLATE: &str = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "contentVersion": "1.0.0.0", "resources": [{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01",
    "name": "restored", "properties": {"minimumTlsVersion": "TLS1_0"}}]}"#;

fn restore(folder: &Folder, args: &[&str]) -> Run {
    let (home, docker) = (folder.path("home"), folder.path("docker"));
    let (home, docker) = (home.to_str().unwrap(), docker.to_str().unwrap());
    let bin = folder.path("bin");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let variables = [("HOME", home), ("USERPROFILE", home), ("DOCKER_CONFIG", docker), ("PATH", &path)];
    folder.run_with(&[&["restore", "infra"], args].concat(), &variables)
}

fn module(folder: &Folder, file: &str, reference: &str) {
    folder.write(&format!("infra/{file}"), &format!("module m '{reference}' = {{\n  name: 'm'\n}}\n"));
}

#[test]
fn a_module_is_fetched_once_and_then_scanned() {
    let published = Published::new("bicep/store", "1.0.0", TEMPLATE);
    let digest = published.digest();
    let server = Server::start(move |(path, _), _| published.answer(path));
    let folder = Folder::with(&[]);
    let host = &server.host;
    module(&folder, "a.bicep", &format!("br:{host}/bicep/store:1.0.0"));
    module(&folder, "b.bicep", &format!("br:{host}/bicep/store:1.0.0"));
    module(&folder, "c.bicep", &format!("br:{host}/bicep/store@{digest}"));
    let run = restore(&folder, &["--cache-dir", "cache"]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    assert!(run.stdout.ends_with("Fetched 2 modules.\n"), "{}", run.stdout);
    let kept = format!("cache/br/{}/bicep$store/1.0.0$", host.replace(':', "$"));
    assert_eq!(folder.read(&format!("{kept}/main.json")), TEMPLATE);
    assert_eq!(folder.read(&format!("{kept}/metadata")), format!(r#"{{"manifestDigest":"{digest}"}}"#));
    assert!(folder.path(&format!("{kept}/lock")).is_file() && folder.path(&format!("{kept}/manifest")).is_file());

    let asked = server.asked().len();
    let again = restore(&folder, &["--cache-dir", "cache"]);
    assert_eq!((again.status, again.stdout.as_str()), (0, "Every module is in the cache.\n"));
    assert_eq!(server.asked().len(), asked, "what is there is not fetched again");

    let scan = folder.scan(&["infra", "--cache-dir", "cache", "--rule", "Azure.Storage.MinTLS"]);
    assert_eq!(scan.report["results"].as_array().unwrap().len(), 3, "{}", scan.stdout);
    assert_eq!(scan.diagnostics(), []);
}

#[test]
fn what_would_be_fetched_is_told_without_asking_anybody() {
    let server = Server::start(|_, _| Answer { status: 500, ..Answer::default() });
    let folder = Folder::with(&[]);
    module(&folder, "a.bicep", &format!("br:{}/a:1", server.host));
    module(&folder, "b.bicep", "br/public:avm/res/web/site:0.1.0");
    let run = restore(&folder, &["--dry-run"]);
    assert_eq!((run.status, run.stdout), (0, format!("br:{}/a:1\nbr/public:avm/res/web/site:0.1.0\n", server.host)));
    assert_eq!(server.asked(), []);
}

/// A registry that lets in whoever has a token for `me` and `secret`.
fn guarded(realm: Option<String>) -> Server {
    let published = Published::new("m", "1", TEMPLATE);
    Server::start(move |(path, authorization), _| {
        if path.starts_with("/token?") {
            let body = match authorization.as_deref() {
                Some("Basic bWU6c2VjcmV0") => br#"{"token": "good"}"#.to_vec(),
                _ => br#"{"token": "anonymous"}"#.to_vec(),
            };
            return Answer { status: 200, body, ..Answer::default() };
        }
        if authorization.as_deref() == Some("Bearer good") {
            return published.answer(path);
        }
        let realm = realm.clone().unwrap_or_else(|| "http://HOST/token".to_owned());
        let challenge = format!(r#"Bearer realm="{realm}",service="s",scope="repository:m:pull""#);
        Answer { status: 401, headers: vec![("WWW-Authenticate".into(), challenge)], ..Answer::default() }
    })
}

fn sign_in(folder: &Folder, host: &str) {
    folder.write("docker/config.json", &serde_json::json!({"auths": {host: {"auth": "bWU6c2VjcmV0"}}}).to_string());
}

#[test]
fn a_private_registry_is_opened_with_what_docker_knows() {
    let realm =
        Server::start(|_, _| Answer { status: 200, body: br#"{"token": "good"}"#.to_vec(), ..Answer::default() });
    let server = guarded(Some(format!("http://{}/token", realm.host)));
    let folder = Folder::with(&[]);
    module(&folder, "a.bicep", &format!("br:{}/m:1", server.host));
    sign_in(&folder, &server.host);
    // A realm elsewhere gets no password: anybody may ask there.
    let run = restore(&folder, &[]);
    assert_eq!(run.status, 0, "{}", run.stdout);
    assert!(realm.asked().iter().all(|(_, authorization)| authorization.is_none()), "{:?}", realm.asked());
}

#[test]
fn a_realm_on_another_host_never_gets_a_password() {
    let thief = Server::start(|_, _| Answer { status: 401, ..Answer::default() });
    let server = guarded(Some(format!("http://{}/token", thief.host)));
    let folder = Folder::with(&[]);
    module(&folder, "a.bicep", &format!("br:{}/m:1", server.host));
    sign_in(&folder, &server.host);
    let run = restore(&folder, &[]);
    assert_eq!(run.status, 3);
    assert!(run.stdout.contains("does not let us in (401)"), "{}", run.stdout);
    assert!(thief.asked().iter().all(|(_, authorization)| authorization.is_none()), "{:?}", thief.asked());
    assert!(!thief.asked().is_empty());
}

#[test]
fn credentials_that_are_wanted_and_not_there_are_told() {
    let server = guarded(None);
    let folder = Folder::with(&[]);
    module(&folder, "a.bicep", &format!("br:{}/m:1", server.host));
    let run = restore(&folder, &[]);
    assert_eq!(run.status, 3);
    let wanted = format!("sign in with 'docker login {}' (asked for by infra/a.bicep)", server.host);
    assert!(run.stdout.contains(&wanted), "{}", run.stdout);
}

#[test]
fn what_is_not_what_its_digest_says_is_not_kept() {
    let mut published = Published::new("m", "1", TEMPLATE);
    published.spoil("/blobs/", b"{}");
    let digest = published.digest();
    let mut other = Published::new("n", "1", TEMPLATE);
    other.spoil("/manifests/", b"{\"layers\": []}");
    let server = Server::start(
        move |(path, _), _| if path.contains("/n/") { other.answer(path) } else { published.answer(path) },
    );
    let folder = Folder::with(&[]);
    module(&folder, "a.bicep", &format!("br:{}/m:1", server.host));
    module(&folder, "b.bicep", &format!("br:{}/n@{digest}", server.host));
    module(&folder, "c.bicep", &format!("br:{}/n:1", server.host));
    module(&folder, "d.bicep", &format!("br:{}/gone:1", server.host));
    let run = restore(&folder, &["--cache-dir", "cache"]);
    assert_eq!(run.status, 3);
    for wanted in [
        "the template has the digest",
        "no layer of it is",
        "does not have it",
        "Fetched 0 modules, could not fetch 4.",
    ] {
        assert!(run.stdout.contains(wanted), "{wanted}: {}", run.stdout);
    }
    assert!(!folder.path("cache").join("br").exists());
}

#[test]
fn a_busy_registry_is_asked_again_and_a_large_module_is_refused() {
    let published = Published::new("m", "1", TEMPLATE);
    let server = Server::start(move |(path, _), before| match before {
        0 if path.contains("/manifests/") => Answer { status: 503, ..Answer::default() },
        _ => published.answer(path),
    });
    let folder = Folder::with(&[]);
    module(&folder, "a.bicep", &format!("br:{}/m:1", server.host));
    let run = restore(&folder, &["--max-file-size", "100"]);
    assert_eq!(run.status, 3);
    assert!(run.stdout.contains("--max-file-size"), "{}", run.stdout);
    assert_eq!(restore(&folder, &[]).status, 0);
    assert!(folder.path("home/.bicep/br").is_dir());
}

#[test]
fn names_that_no_registry_can_have_ask_nobody() {
    let server = Server::start(|_, _| Answer { status: 500, ..Answer::default() });
    let folder = Folder::with(&[]);
    module(&folder, "a.bicep", &format!("br:{}/A?b=c:1", server.host));
    module(&folder, "b.bicep", "br:user@localhost/a:1");
    let run = restore(&folder, &[]);
    assert_eq!(run.status, 3);
    assert_eq!(run.stdout.matches("is not a name that a registry knows").count(), 1, "{}", run.stdout);
    assert_eq!(server.asked(), []);
}

#[cfg(unix)]
#[test]
fn template_specs_come_from_the_resource_manager_that_the_azure_cli_is_signed_in_to() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::start(|(path, authorization), _| {
        let wanted =
            "/subscriptions/s%2D1/resourceGroups/rg/providers/Microsoft.Resources/templateSpecs/spec/versions/1%2E0";
        let right = path.starts_with(wanted) && authorization.as_deref() == Some("Bearer t0ken");
        let body = format!(r#"{{"properties": {{"mainTemplate": {TEMPLATE}}}}}"#).into_bytes();
        Answer { status: if right { 200 } else { 403 }, body, ..Answer::default() }
    });
    let folder = Folder::with(&[]);
    module(&folder, "a.bicep", "ts:s-1/rg/spec:1.0");
    assert!(restore(&folder, &[]).stdout.contains("the Azure CLI"));
    let az = format!(
        "#!/bin/sh\ncase $1 in cloud) echo '{{\"endpoints\": {{\"resourceManager\": \"http://{}/\"}}}}' ;; account) echo '{{\"accessToken\": \"t0ken\"}}' ;; esac\n",
        server.host
    );
    folder.write("bin/az", &az);
    std::fs::set_permissions(folder.path("bin/az"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let run = restore(&folder, &["--cache-dir", "cache"]);
    assert_eq!(run.status, 0, "{}", run.stdout);
    assert!(folder.read("cache/ts/s-1/rg/spec/1.0/main.json").contains("restored"));
}

#[test]
fn missing_modules_are_one_warning_or_an_error() {
    let folder = Folder::with(&[]);
    module(&folder, "a.bicep", "br:r.example/a:1");
    module(&folder, "b.bicep", "br:r.example/a:1");
    module(&folder, "c.bicep", "br:r.example/b:1");
    let args = ["infra", "--cache-dir", "cache"];
    let run = folder.scan(&args);
    assert_eq!(run.diagnostics(), [("warning module-not-restored".to_owned(), 1)]);
    let wanted = "2 modules are not in the module cache, and what is deployed through them is not checked: br:r.example/a:1 (2 places), \
                  br:r.example/b:1; fetch with 'armlint restore', or name the cache with --cache-dir";
    assert_eq!(run.messages(), [wanted]);
    let partly = run.report["files"].as_array().unwrap().iter().filter(|f| f["status"] == "partly").count();
    assert_eq!(partly, 3);
    let required = folder.scan(&[args.as_slice(), &["--require-modules"]].concat());
    assert_eq!((required.status, required.diagnostics()), (3, vec![("error module-not-restored".to_owned(), 1)]));
}
