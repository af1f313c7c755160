//! `armlint config`

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value as Json, json};

use super::args::ConfigArgs;
use super::scan::which_counts;
use super::{Error, print, status, working_directory};
use crate::config::Config;
use crate::config::effective::{Effective, Origin, Setting};
use crate::config::names::{baselines, has_baseline};
use crate::diagnostic::{Diagnostic, Level};
use crate::expand::context::{ASSUMED_GROUP, ASSUMED_MANAGEMENT_GROUP, ASSUMED_SUBSCRIPTION};
use crate::read::Sources;
use crate::report::escape;
use crate::rules::language::Word;
use crate::rules::{self, DEFAULT_BASELINE, SelectionError, verify};
use crate::session::{Options, Session};
use crate::walk::root::relative;

pub(super) fn run(args: &ConfigArgs) -> Result<u8, Error> {
    verify()?;
    let base = working_directory()?;
    let variables = std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
    let options = Options {
        config: args.config.clone(),
        variables: variables.collect(),
        once: true,
        ..Options::new(base.clone())
    };
    let session = Session::new(options)?;
    let config = session.config();
    let baseline = args.baseline.as_ref().map(|name| config.baseline_meant(name));
    if let Some(name) = baseline.as_ref().filter(|name| !has_baseline(name, &config.documents)) {
        let similar = rules::similar(name, baselines(&config.documents));
        return Err(SelectionError::Baseline { name: name.clone(), similar }.into());
    }
    let effective = effective(args, baseline.as_deref(), config)?;
    let settings = effective.sorted();
    let sources = session.sources();
    if args.format == "json" {
        let document = json!({
            "files": config.files.iter().map(|f| relative(f, &base)).collect::<Vec<_>>(),
            "notRead": config.hidden.as_ref().map(|f| relative(f, &base)),
            "settings": settings.iter().map(|s| described(s, &base, sources)).collect::<Vec<_>>(),
        });
        print(|out| writeln!(out, "{}", escape::json(&document).trim_end()))?;
    } else {
        print(|out| text(config, &settings, &base, sources, out))?;
    }
    for d in config.diagnostics.iter().filter(|d| d.level == Level::Error) {
        eprintln!("armlint: error: {}", escape::visible(&told(d, &base, sources)));
    }
    Ok(if config.broken { status::USAGE } else { status::GOOD })
}

/// A diagnostic with its place in one line.
pub(super) fn told(d: &Diagnostic, base: &Path, sources: &Sources) -> String {
    d.placed(sources, |path| relative(path, base))
}

/// What counts, with what the command line says and what nobody says.
fn effective(args: &ConfigArgs, given: Option<&str>, config: &Config) -> Result<Effective, Error> {
    let mut out = config.effective.clone();
    let line = Origin::CommandLine;
    if let Some(baseline) = given {
        out.set("baseline", baseline.into(), line("--baseline"));
    }
    if let Some(fail_on) = args.fail_on {
        out.set("fail-on", fail_on.word().into(), line("--fail-on"));
    }
    if let Some(now) = args.now {
        out.set("context.now", now.to_string().into(), line("--now"));
    }
    for (key, option, values) in [
        ("rules.include", "--rule", &args.rules),
        ("rules.exclude", "--exclude-rule", &args.exclude_rules),
        ("files.include", "--include", &args.include),
        ("files.exclude", "--exclude", &args.exclude),
    ] {
        // Rules that the command line names take the place of a file's.
        match key == "rules.include" && !values.is_empty() {
            true => out.replace(key, values, &line(option)),
            false => values.iter().for_each(|v| out.add(key, v.as_str().into(), line(option))),
        }
    }
    let baseline = given.or(config.asked_baseline()).unwrap_or(DEFAULT_BASELINE);
    let asked_for = given.is_some() || config.baseline.is_some();
    for (key, value) in rules::baseline(baseline).map(|b| b.configuration.as_slice()).unwrap_or_default() {
        let (key, value) = (format!("configuration.{key}"), rules::settings::json(value));
        match asked_for {
            true => out.set(&key, value, Origin::Baseline(baseline.to_owned())),
            false => out.or_default(&key, value),
        }
    }
    for (key, value) in &rules::defaults().configuration {
        out.or_default(&format!("configuration.{key}"), rules::settings::json(value));
    }
    for (key, value) in [
        ("baseline", baseline.into()),
        ("fail-on", "error".into()),
        ("paths", ".".into()),
        ("allow-empty", false.into()),
        ("rules.psrule-levels", config.psrule_levels.into()),
        ("context.subscription-id", ASSUMED_SUBSCRIPTION.into()),
        ("context.tenant-id", ASSUMED_SUBSCRIPTION.into()),
        ("context.resource-group", ASSUMED_GROUP.into()),
        ("context.location", "eastus".into()),
        ("context.management-group", ASSUMED_MANAGEMENT_GROUP.into()),
        ("context.deployment-name", "ps-rule-test-deployment".into()),
    ] {
        out.or_default(key, value);
    }
    Ok(out)
}

fn described(setting: &Setting, base: &Path, sources: &Sources) -> Json {
    let source = match &setting.origin {
        Origin::File(span) => match sources.get(span.file) {
            Some(source) => {
                let at = source.position(span.start);
                json!({"kind": "file", "file": relative(&source.path, base), "line": at.line, "column": at.column})
            }
            None => json!({"kind": "file"}),
        },
        Origin::Environment(name) => json!({"kind": "environment", "name": name}),
        Origin::CommandLine(option) => json!({"kind": "commandLine", "option": option}),
        Origin::Baseline(name) => json!({"kind": "baseline", "name": name}),
        Origin::Default => json!({"kind": "default"}),
    };
    json!({"key": setting.key, "value": setting.value, "source": source})
}

fn text(config: &Config, settings: &[&Setting], base: &Path, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    if let Some(note) = which_counts(config) {
        writeln!(out, "{}\n", escape::visible(&note))?;
    }
    match config.files.as_slice() {
        [] => writeln!(out, "no options file")?,
        files => {
            let files: Vec<String> = files.iter().map(|f| relative(f, base)).collect();
            writeln!(out, "options of {}", escape::visible(&files.join(", ")))?;
        }
    }
    let rows: Vec<[String; 3]> = settings
        .iter()
        .map(|s| {
            let value = s.value.as_str().map_or_else(|| s.value.to_string(), str::to_owned);
            [s.key.clone(), value, from(&s.origin, base, sources)].map(|t| escape::visible(&t).into_owned())
        })
        .collect();
    const WIDEST: usize = 72;
    let width = |column: usize| rows.iter().map(|r| r[column].chars().count()).max().unwrap_or(0).min(WIDEST);
    let (keys, values) = (width(0), width(1));
    for [key, value, from] in &rows {
        writeln!(out, "{key:keys$}  {value:values$}  {from}")?;
    }
    Ok(())
}

fn from(origin: &Origin, base: &Path, sources: &Sources) -> String {
    match origin {
        Origin::File(span) => sources.get(span.file).map_or_else(String::new, |source| {
            format!("{}:{}", relative(&source.path, base), source.position(span.start).line)
        }),
        Origin::Environment(name) => format!("environment {name}"),
        Origin::CommandLine(option) => format!("command line {option}"),
        Origin::Baseline(name) => format!("baseline {name}"),
        Origin::Default => "default".to_owned(),
    }
}
