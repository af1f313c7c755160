//! A report made by hand that has a bit of everything.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::check::{CheckResult, Location, Outcome, Related, Target};
use crate::check::{Fix, Safety};
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::read::{Source, Sources, Span};
use crate::report::*;
use crate::rules::{Pillar, Rule, Severity};

/// A root that is on nobody's disk.
pub const ROOT: &str = if cfg!(windows) { "C:\\nowhere\\home\\alice\\repo" } else { "/nowhere/home/alice/repo" };

/// What a [`Report`] borrows.
pub struct Sample {
    pub sources: Sources,
    pub results: Vec<CheckResult>,
    pub files: Vec<FileRecord>,
    pub diagnostics: Vec<Diagnostic>,
    pub secrets: rustc_hash::FxHashSet<Span>,
}

impl Sample {
    pub fn empty() -> Self {
        Sample {
            sources: Sources::new(),
            results: vec![],
            files: vec![],
            diagnostics: vec![],
            secrets: Default::default(),
        }
    }

    pub fn report(&self) -> Report<'_> {
        Report {
            results: &self.results,
            files: &self.files,
            diagnostics: &self.diagnostics,
            sources: &self.sources,
            secrets: &self.secrets,
            root: Path::new(ROOT),
            category: None,
            max_results: DEFAULT_MAX_RESULTS,
            outcomes: OutcomeSet::default(),
            stats: Stats { deployments: 3, resources: 7, rules: 21 },
            left_out: LeftOut::default(),
            gone: None,
            since: None,
            no_base: None,
            provenance: Provenance::new(
                "https://alice:ghp_secret@github.com/contoso/infra.git",
                Some("0123456789abcdef0123456789abcdef01234567"),
                Some("main"),
            ),
            deployed: None,
            screen: Screen::default(),
        }
    }

    pub fn text(&mut self, path: &str, text: &str) -> Arc<Source> {
        self.sources.add(Path::new(ROOT).join(path), text)
    }
}

/// The span of the first occurrence of `what`.
pub fn at(source: &Source, what: &str) -> Span {
    let start = source.text().find(what).unwrap_or_else(|| panic!("no {what:?} in {}", source.path.display()));
    Span::new(source.id, start, start + what.len())
}

pub fn rule(id: &str, severity: Severity, pillar: Pillar, level: Level) -> Arc<Rule> {
    Arc::new(Rule {
        id: id.into(),
        reference: "AZR-000044".into(),
        title: "Use HTTPS for backend connections".into(),
        synopsis: "A gateway talks to its backends over an encrypted connection.".into(),
        help: "# Use HTTPS for backend connections\n\n## Description\n\nPlain HTTP can be read on the way.\n".into(),
        help_uri: format!("https://armlint.example/rules/{id}/").into(),
        severity,
        pillar,
        category: "SE:07 Encryption".into(),
        resource: "API Management".into(),
        level,
        cwe: vec!["CWE-319".into()],
        labels: vec![
            ("Azure.MCSB.v1/control".into(), vec!["DP-3".into()]),
            ("Azure.WAF/maturity".into(), vec!["L1".into()]),
        ],
    })
}

pub fn target(type_: &str, name: &str) -> Target {
    let id = if type_.starts_with('.') {
        String::new()
    } else {
        format!("/subscriptions/ffffffff-ffff-ffff-ffff-ffffffffffff/resourceGroups/rg/providers/{type_}/{name}")
    };
    Target { type_: type_.into(), name: name.into(), label: name.into(), id: id.into(), symbol: None }
}

pub fn result(rule: &Arc<Rule>, outcome: Outcome, target: Target, span: Option<Span>, message: &str) -> CheckResult {
    CheckResult {
        rule: rule.clone(),
        level: rule.level,
        outcome,
        target: target.into(),
        message: message.into(),
        location: span.map(|span| Location { span, pointer: "/resources/0/properties/serviceUrl".into() }),
        path: "properties.serviceUrl".into(),
        flow: vec![],
        related: vec![],
        fix: None,
        suppression: None,
        state: None,
        stands: vec![],
    }
}

/// Five findings over three files (one with a space, brackets and an é in its path), a merged one with a way, a fix, one
/// behind characters that UTF-16 counts double, a suppressed one, an unknown one, a broken rule, and diagnostics.
pub fn sample() -> Sample {
    let mut s = Sample::empty();
    let http = rule("Azure.APIM.HTTPBackend", Severity::Critical, Pillar::Security, Level::Error);
    let tags = rule("Azure.Resource.UseTags", Severity::Awareness, Pillar::OperationalExcellence, Level::Warning);
    let zone = rule("Azure.AKS.AvailabilityZone", Severity::Important, Pillar::Reliability, Level::Error);

    let main = s.text(
        "infra/main.json",
        "{\r\n  \"variables\": { \"url\": \"http://a.example\" },\r\n  \"resources\": [\r\n    { \"type\": \"T\", \"serviceUrl\": \"[variables('url')]\" }\r\n  ]\r\n}\r\n",
    );
    let used = at(&main, "\"[variables('url')]\"");
    for name in ["apim-02", "apim-01", "apim-01"] {
        let mut r = result(
            &http,
            Outcome::Fail,
            target("Microsoft.ApiManagement/service", name),
            Some(at(&main, "\"http://a.example\"")),
            &format!("The API {name}/echo reaches its backend over plain HTTP: http://a.example. Use HTTPS."),
        );
        r.flow = vec![Related { message: "The variable is used here".into(), span: used }];
        r.related =
            vec![Related { message: "The resource [type] (T) | is declared here".into(), span: at(&main, "\"T\"") }];
        r.fix = Some(Box::new(Fix {
            safety: Safety::Safe,
            description: "Use https://".into(),
            span: at(&main, "http://a"),
            text: "https://a".into(),
            tells: false,
        }));
        s.results.push(r);
    }

    let odd = s.text(
        "infra/mod ules [1]/é😀.bicep",
        "// 😀\nresource x 'Microsoft.X/y@2024-01-01' = { /* 😀é */ name: 'n', url: 'ftp' }\n",
    );
    s.results.push(result(&http, Outcome::Fail, target("Microsoft.X/y", "n"), Some(at(&odd, "'ftp'")), "It is 'ftp'"));
    s.results.push(result(
        &tags,
        Outcome::Fail,
        target("Microsoft.X/y", "n"),
        Some(at(&odd, "{ /* 😀é */ name: 'n', url: 'ftp' }\n")),
        "No tags.",
    ));
    s.results.push(result(&tags, Outcome::Pass, target("Microsoft.ApiManagement/service", "apim-01"), None, ""));
    s.results.push(result(&zone, Outcome::Unknown, target("Microsoft.X/z", "n"), None, "The zones are not known."));
    s.results.push(result(&zone, Outcome::Error, target("Microsoft.X/z", "n"), None, "The region table has no entry"));
    s.results.push(result(&zone, Outcome::None, target("Microsoft.X/z", "m"), None, ""));
    let mut accepted =
        result(&zone, Outcome::Suppressed, target("Microsoft.X/y", "n"), Some(at(&odd, "name")), "One zone only.");
    accepted.suppression = Some(Box::new(crate::check::Acceptance::configured("Bob: a test system".into())));
    s.results.push(accepted);

    let empty = s.text("infra/empty.json", "");
    let file = rule("Azure.Template.Empty", Severity::Important, Pillar::OperationalExcellence, Level::Note);
    let mut none = result(&file, Outcome::Fail, target(".json", "infra/empty.json"), None, "The file is empty.");
    none.path = "".into();
    s.results.push(none);

    let record = |path: &str, kind, status, reason: &str| FileRecord {
        path: Path::new(ROOT).join(path),
        kind,
        status,
        reason: reason.into(),
        resources: usize::from(kind == "template"),
    };
    s.files = vec![
        record("infra/mod ules [1]/é😀.bicep", "bicep", FileStatus::Partly, "A module could not be read"),
        record("infra/main.json", "template", FileStatus::Analysed, ""),
        record("infra/empty.json", "template", FileStatus::Failed, "The file is empty"),
        record("package.json", "other", FileStatus::Skipped, "Not an ARM template"),
    ];
    s.diagnostics = vec![
        Diagnostic::warning(
            "module-not-restored",
            at(&odd, "'Microsoft.X/y@2024-01-01'"),
            "The module was not restored.",
        ),
        Diagnostic::error("json-syntax", Span::new(empty.id, 0, 0), "A value was expected."),
        Diagnostic::at_path(
            Level::Error,
            "unreadable",
            PathBuf::from(ROOT).join("infra/a b.json"),
            "Permission denied.",
        ),
        Diagnostic { level: Level::Note, code: "config", message: "No configuration.".into(), place: Place::Run },
    ];
    s
}
