//! Compiles the rule pages below `rules/` into the catalogue that the binary holds, and refuses wrong pages.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use armlint_rules::language::{Baseline, Defaults, Entry, Pillar, Word, page_path};
use armlint_rules::page::{
    self,
    yaml::{Problem, Tree},
};
use armlint_rules::properties::Properties;

fn main() {
    println!("cargo:rerun-if-changed=rules");
    println!("cargo:rerun-if-changed=src/check/named");
    println!("cargo:rerun-if-changed=build.rs");
    if let Err(errors) = run() {
        for e in &errors {
            println!("cargo:error={e}");
        }
        std::process::exit(1);
    }
}

fn run() -> Result<(), Vec<String>> {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or_else(|| vec!["OUT_DIR is not set".to_string()])?);
    let named = named_checks()?;
    write(&out.join("named.rs"), registry(&named).as_bytes())?;
    let categories = categories()?;
    let types = armlint_types::azure().map_err(|e| vec![e.to_string()])?;
    let properties = Properties::of(types);
    write(&out.join("sensitive.tsv"), sensitive(types).map_err(|e| vec![e.to_string()])?.as_bytes())?;
    let defaults = defaults()?;
    write(&out.join("defaults.bin"), &encode(&defaults)?)?;

    let mut errors = Vec::new();
    let mut pages = Vec::new();
    for (path, text) in rule_files()? {
        match page::parse(&text, Some(&named)) {
            Ok(p) => {
                errors.extend(misplaced(&path, &p));
                errors.extend(uncategorised(&path, &p, &categories));
                let unknown = properties.unknown(&p).map_err(|e| vec![e.to_string()])?;
                errors.extend(unknown.into_iter().map(|(name, types)| {
                    format!("{path}:2: no API version of {types} has a property `{name}`; if one has, run scripts/type-table")
                }));
                pages.push(p);
            }
            Err(problems) => errors.extend(problems.iter().map(|p| format!("{path}:{}: {}", p.line, p.message))),
        }
    }
    pages.sort_by(|a, b| a.id.cmp(&b.id));
    errors.extend(named_twice(&pages));
    for p in &pages {
        for key in &p.config {
            if !defaults.configuration.iter().any(|(k, _)| k == key)
                && !OPTIONAL.contains(&key.as_str())
                && !key.contains('*')
            {
                errors.push(format!("{}: the configuration key {key} has no default in rules/baselines.yaml", p.id));
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let (index, checks, texts) = catalogue(&pages)?;
    write(&out.join("index.bin"), &index)?;
    write(&out.join("checks.bin"), &checks)?;
    write(&out.join("texts.bin"), &texts)
}

/// The paths to secrets of all types that have some: a line for each, by the types.
fn sensitive(types: armlint_types::Types<'_>) -> Result<String, armlint_types::Damaged> {
    let mut out = String::new();
    for resource_type in types.resource_types() {
        let resource_type = resource_type?;
        let paths = armlint_types::sensitive::paths(resource_type)?;
        if !paths.is_empty() {
            out += &format!("{}\t{}\n", resource_type.name.to_ascii_lowercase(), paths.join("\t"));
        }
    }
    Ok(out)
}

/// Keys that are unset unless somebody sets them: older names, and what has no sensible default.
const OPTIONAL: &[&str] = &[
    "Azure_AKSMinimumVersion",
    "Azure_AKSNodeMinimumMaxPods",
    "Azure_MinimumCertificateLifetime",
    "Azure_AllowedRegions",
    "AZURE_RESOURCE_ALLOWED_LOCATIONS",
];

/// Ids, references and former names that two pages have: each must lead to one.
fn named_twice(pages: &[page::Page]) -> Vec<String> {
    let mut seen = std::collections::BTreeMap::new();
    let mut errors = Vec::new();
    for p in pages {
        for name in [&p.id, &p.reference].into_iter().chain(&p.aliases) {
            if let Some(other) = seen.insert(name.to_ascii_lowercase(), &p.id) {
                errors.push(format!("{name} names two pages, {other} and {}", p.id));
            }
        }
    }
    errors
}

/// A page lies in the folder of its service and is named after its rule.
fn misplaced(path: &str, page: &page::Page) -> Option<String> {
    let expected = format!("rules/{}", page_path(&page.id));
    (path != expected).then(|| format!("{path}:2: the page of {} must be {expected}", page.id))
}

/// The categories of each pillar, from `rules/categories.yaml`.
fn categories() -> Result<Vec<(Pillar, Vec<String>)>, Vec<String>> {
    let path = "rules/categories.yaml";
    let here = |p: Problem| vec![format!("{path}:{}: {}", p.line, p.message)];
    let tree = page::yaml::parse(&read(Path::new(path))?).map_err(here)?;
    let mut out = Vec::new();
    for (name, line, list) in tree.map("the file").map_err(here)? {
        let pillar = Pillar::of(name).ok_or_else(|| here(Problem::new(*line, format!("`{name}` is no pillar"))))?;
        out.push((pillar, list.texts(name).map_err(here)?));
    }
    Ok(out)
}

/// A page has a category of its pillar.
fn uncategorised(path: &str, page: &page::Page, categories: &[(Pillar, Vec<String>)]) -> Option<String> {
    let known = categories.iter().any(|(pillar, list)| *pillar == page.pillar && list.contains(&page.category));
    (!known).then(|| {
        let (category, pillar) = (&page.category, page.pillar.as_str());
        format!("{path}:2: `{category}` is no category of {pillar} in rules/categories.yaml")
    })
}

/// Index, checks and texts, as bytes.
type Catalogue = (Vec<u8>, Vec<u8>, Vec<u8>);

fn catalogue(pages: &[page::Page]) -> Result<Catalogue, Vec<String>> {
    let (mut checks, mut texts) = (Vec::new(), Vec::new());
    let targets: Vec<Vec<String>> =
        pages.iter().map(|p| p.targets.iter().map(|t| t.to_ascii_lowercase()).collect()).collect();
    let mut entries = Vec::new();
    for (p, targets) in pages.iter().zip(&targets) {
        let check = span(&mut checks, &encode(&p.check)?);
        let help = span(&mut texts, p.body.as_bytes());
        entries.push(Entry {
            id: &p.id,
            reference: &p.reference,
            aliases: p.aliases.iter().map(String::as_str).collect(),
            peers: p.peers.iter().map(String::as_str).collect(),
            cwe: p.cwe.iter().map(String::as_str).collect(),
            reviewed: p.reviewed.as_deref(),
            opt_in: p.opt_in,
            retires: p.retires,
            caution: p.caution.as_deref(),
            title: &p.title,
            synopsis: &p.synopsis,
            severity: p.severity,
            pillar: p.pillar,
            category: &p.category,
            resource: &p.resource,
            release: p.release,
            since: &p.since,
            level: p.level,
            labels: p.labels.iter().map(|(k, v)| (k.as_str(), v.iter().map(String::as_str).collect())).collect(),
            config: p.config.iter().map(String::as_str).collect(),
            targets: targets.iter().map(String::as_str).collect(),
            check,
            help,
        });
    }
    Ok((encode(&entries)?, checks, texts))
}

fn span(blob: &mut Vec<u8>, bytes: &[u8]) -> (u32, u32) {
    let start = u32::try_from(blob.len()).unwrap_or(u32::MAX);
    blob.extend_from_slice(bytes);
    (start, u32::try_from(bytes.len()).unwrap_or(u32::MAX))
}

/// The pages with their paths relative to the package, sorted.
fn rule_files() -> Result<Vec<(String, String)>, Vec<String>> {
    let mut out = Vec::new();
    for folder in entries(Path::new("rules"))? {
        if !folder.is_dir() {
            continue;
        }
        for file in entries(&folder)? {
            let path = file.to_string_lossy().replace('\\', "/");
            if path.ends_with(".md") {
                out.push((path, read(&file)?));
            }
        }
    }
    Ok(out)
}

fn defaults() -> Result<Defaults, Vec<String>> {
    let mut out = Defaults::default();
    let path = "rules/baselines.yaml";
    let here = |path: &str, p: Problem| vec![format!("{path}:{}: {}", p.line, p.message)];
    let tree = page::yaml::parse(&read(Path::new(path))?).map_err(|p| here(path, p))?;
    read_baselines(&tree, &mut out).map_err(|p| here(path, p))?;
    let path = "rules/zones.yaml";
    let tree = page::yaml::parse(&read(Path::new(path))?).map_err(|p| here(path, p))?;
    read_zones(&tree, &mut out).map_err(|p| here(path, p))?;
    Ok(out)
}

fn read_baselines(tree: &Tree, out: &mut Defaults) -> Result<(), Problem> {
    for (key, line, value) in tree.map("the file")? {
        match (key.as_str(), &value.value) {
            ("configuration", _) => {
                for (k, _, v) in value.map("`configuration`")? {
                    out.configuration.push((k.clone(), page::literal(v)?));
                }
            }
            ("baselines", page::yaml::Yaml::List(list)) => {
                for item in list {
                    out.baselines.push(baseline(item)?);
                }
            }
            _ => return Err(Problem::new(*line, format!("`{key}` is unknown here"))),
        }
    }
    Ok(())
}

fn baseline(tree: &Tree) -> Result<Baseline, Problem> {
    let mut out = Baseline::default();
    for (key, line, value) in tree.map("a baseline")? {
        match key.as_str() {
            "name" => out.name = value.text("`name`")?.to_string(),
            "release" => out.release = page::words("release", value)?,
            "until" => out.until = Some(value.text("`until`")?.to_string()),
            "pillar" => out.pillar = Some(page::word("pillar", value)?),
            "obsolete" => out.obsolete = true,
            "own" => out.own = true,
            "optIn" => out.opt_in = true,
            "language" => out.language = true,
            "labels" => {
                for (k, _, v) in value.map("`labels`")? {
                    out.labels.push((k.clone(), v.text("a label")?.to_string()));
                }
            }
            "configuration" => {
                for (k, _, v) in value.map("`configuration`")? {
                    out.configuration.push((k.clone(), page::literal(v)?));
                }
            }
            _ => return Err(Problem::new(*line, format!("`{key}` is unknown in a baseline"))),
        }
    }
    Ok(out)
}

fn read_zones(tree: &Tree, out: &mut Defaults) -> Result<(), Problem> {
    for (key, line, value) in tree.map("the file")? {
        match key.as_str() {
            "regions" => out.zones = value.texts("`regions`")?,
            "other" => {
                for (k, _, v) in value.map("`other`")? {
                    out.other_zones.push((k.clone(), v.texts(k)?));
                }
            }
            _ => return Err(Problem::new(*line, format!("`{key}` is unknown here"))),
        }
    }
    Ok(())
}

/// The names of the checks written in Rust: their file names with `-` for `_`.
fn named_checks() -> Result<Vec<String>, Vec<String>> {
    let mut out = Vec::new();
    for file in entries(Path::new("src/check/named"))? {
        let name = file.file_name().map(|n| n.to_string_lossy().to_string()).unwrap_or_default();
        if let Some(stem) = name.strip_suffix(".rs")
            && stem != "mod"
            && stem != "support"
        {
            out.push(stem.replace('_', "-"));
        }
    }
    Ok(out)
}

fn registry(named: &[String]) -> String {
    let mut out = String::from(
        "/// The check of this name.\npub fn by_name(name: &str) -> Option<NamedCheck> {\n    match name {\n",
    );
    for name in named {
        let _ = writeln!(out, "        {name:?} => Some({}::check),", name.replace('-', "_"));
    }
    out.push_str("        _ => None,\n    }\n}\n");
    let _ = writeln!(out, "/// The names of all checks.\npub const NAMES: &[&str] = &{named:?};");
    out
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Vec<String>> {
    let failed = |e: std::io::Error| vec![format!("{}: {e}", folder.display())];
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        out.push(entry.map_err(failed)?.path());
    }
    out.sort();
    Ok(out)
}

fn read(path: &Path) -> Result<String, Vec<String>> {
    std::fs::read_to_string(path).map_err(|e| vec![format!("{}: {e}", path.display())])
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Vec<String>> {
    std::fs::write(path, bytes).map_err(|e| vec![format!("{}: {e}", path.display())])
}

fn encode<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, Vec<String>> {
    postcard::to_stdvec(value).map_err(|e| vec![e.to_string()])
}
