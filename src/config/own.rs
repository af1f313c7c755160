//! Our own file: everything below the key `armlint:`.
//!
//! A key that is not known is an error here: in a file written for armlint it can only be a mistake.

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde_json::Value as Json;

use super::effective::Origin;
use super::file::{self, File};
use super::kinds;
use super::names::{Kind, Named};
use super::psrule::{WithoutEffect, expansion_key};
use super::typed::{self, At, List, Map};
use super::yaml::{self, ConfigError, Member, Value, Yaml, wrong};
use super::{Config, Override, ParameterDefaults, Suppression, context};
use crate::glob::is_glob;
use crate::read::{Reach, Source, Sources, Span};
use crate::rules::language::Word;
use crate::rules::similar;
use crate::source::{asked, resolved};
use crate::walk::Patterns;
use crate::walk::patterns::{Ignore, PathGlobs};

/// The keys of a suppression.
const OF_SUPPRESSION: [&str; 5] = ["rule", "targets", "paths", "reason", "until"];

/// How many files may extend one another, and how many there may be in all.
const DEEPEST: usize = 8;
const MOST_FILES: usize = 64;

/// The files of a configuration while they are read.
pub(super) struct Files<'a> {
    pub sources: &'a Sources,
    pub reach: &'a Reach,
    /// The files that extend one another, down to the one that is read.
    chain: Vec<PathBuf>,
    /// All that were read.
    read: Vec<PathBuf>,
}

impl<'a> Files<'a> {
    pub(super) fn new(sources: &'a Sources, reach: &'a Reach) -> Self {
        Files { sources, reach, chain: Vec::new(), read: Vec::new() }
    }

    /// Reads the value of `armlint:`. `root` is everything at the top of the file: nothing else may stand there.
    pub(super) fn read(
        &mut self,
        own: &Yaml,
        root: &[Member],
        source: &Source,
        config: &mut Config,
    ) -> Result<(), ConfigError> {
        if let Some(other) = root.iter().find(|m| !m.key.eq_ignore_ascii_case("armlint")) {
            let message = format!("`{}` stands beside `armlint`; move it below, or remove it", other.key);
            return Err(wrong(source, other.key_span, message));
        }
        let file: File = typed::read(own, "armlint", source)?;
        self.chain.push(source.path.clone());
        self.read.push(source.path.clone());
        for base in &file.extends.0 {
            self.extend(base, source, config)?;
        }
        self.chain.pop();
        config.files.push(source.path.clone());
        let folder = source.path.parent().unwrap_or(&source.path).to_path_buf();
        Applied { source, folder, reach: self.reach, config }.apply(file)?;
        let r = Reader { source };
        match own.members().into_iter().flatten().find(|m| m.key == "suppressions") {
            Some(m) if !matches!(m.value.value, Value::Null) => r.suppressions(&m.value, m.key_span, config),
            _ => Ok(()),
        }
    }

    /// Reads a file that another one builds on.
    fn extend(&mut self, base: &At<String>, source: &Source, config: &mut Config) -> Result<(), ConfigError> {
        let refuse = |message: String| Err(wrong(source, base.span, message));
        let folder = source.path.parent().unwrap_or(&source.path);
        let path = crate::source::absolute(&folder.join(&base.value));
        let name = &base.value;
        if let Some(at) = self.chain.iter().position(|p| *p == path) {
            let ring = self.chain.iter().skip(at).map(|p| p.file_name().unwrap_or_default().to_string_lossy());
            let ring: Vec<_> = ring.collect();
            return refuse(format!(
                "`extends` goes in a circle: {} -> {name}; take one of them out",
                ring.join(" -> ")
            ));
        }
        // What two files build on is read once: it comes first either way.
        if self.read.contains(&path) {
            return Ok(());
        }
        if self.chain.len() >= DEEPEST || self.read.len() >= MOST_FILES {
            return refuse(format!(
                "`extends` leads through more than {DEEPEST} files in a row, or {MOST_FILES} in all; join some of them"
            ));
        }
        if let Err(refusal) = self.reach.check(&path) {
            return refuse(format!("`{name}` is not read: {refusal}"));
        }
        if !asked::is_file(&path) && !self.sources.held().contains(&path) {
            return refuse(format!("there is no file `{name}` beside this file"));
        }
        let text = super::load_source(&path, self.sources)?;
        let root = yaml::parse(&text)?;
        match (root.get("armlint"), root.members()) {
            (Some(own), Some(members)) => self.read(own, members, &text, config),
            _ => refuse(format!("`{name}` has no key `armlint`, below which its options stand")),
        }
    }
}

/// A file that is laid over what was read before.
struct Applied<'a> {
    source: &'a Source,
    /// What paths and globs start at.
    folder: PathBuf,
    /// What a file may name lies below this.
    reach: &'a Reach,
    config: &'a mut Config,
}

impl Applied<'_> {
    fn apply(&mut self, file: File) -> Result<(), ConfigError> {
        let File {
            extends: _,
            paths,
            files,
            baseline,
            fail_on,
            allow_empty,
            rules,
            overrides,
            configuration,
            context,
            parameter_defaults,
            suppressions: _,
            suppressions_need_reason,
            bicep_checks,
            known,
        } = file;
        for path in &paths.0 {
            if path.value.is_empty() {
                return Err(wrong(self.source, path.span, "a path is empty; `.` is the folder of this file"));
            }
            self.there(path, "file or folder")?;
            self.note("paths", path, path.value.clone());
            self.config.paths.push(self.folder.join(&path.value));
        }
        self.files(&files)?;
        if let Some(baseline) = baseline {
            self.note("baseline", &baseline, baseline.value.clone());
            self.named(Kind::Baseline, &baseline);
            self.config.baseline = Some(baseline.value);
        }
        if let Some(fail_on) = fail_on {
            self.note("fail-on", &fail_on, fail_on.value.0.word());
            self.config.fail_on = Some(fail_on.value.0);
        }
        if let Some(allow) = allow_empty {
            self.note("allow-empty", &allow, allow.value);
            self.config.allow_empty = allow.value;
        }
        self.rules(rules)?;
        let mut without_effect = WithoutEffect::default();
        for (key, value) in configuration.0 {
            let value = self.fitted(&key, value)?;
            self.note(&format!("configuration.{}", key.value), &key, value.clone());
            self.named(Kind::Key, &key);
            expansion_key(&key.value, &value, Some(key.span), self.config, &mut without_effect);
            self.config.set(key.value, value);
        }
        without_effect.tell(self.config);
        self.context(context)?;
        for one in parameter_defaults.0 {
            self.note("parameter-defaults", &one, written(&one.value.values));
            let templates = match one.value.templates.0.is_empty() {
                true => None,
                false => Some(self.globs(&one.value.templates)?),
            };
            let given = one.value.values.0;
            let names = given.iter().map(|(k, _)| (k.value.clone(), k.span)).collect();
            let values = given.into_iter().map(|(k, v)| (k.value, v.value)).collect();
            let folder = self.folder.clone();
            self.config.parameter_defaults.push(ParameterDefaults { templates, values, names, folder });
        }
        if let Some(checks) = bicep_checks {
            self.note("bicep-checks", &checks, checks.value);
            self.config.bicep_checks = checks.value;
        }
        if let Some(need) = suppressions_need_reason {
            self.note("suppressions-need-reason", &need, need.value);
            self.config.need_reason = need.value;
        }
        if let Some(known) = known {
            self.note("known", &known, known.value.clone());
            self.config.known = Some(resolved(&self.folder.join(&known.value)));
        }
        overrides.0.into_iter().try_for_each(|o| self.override_(o))
    }

    fn files(&mut self, files: &file::Files) -> Result<(), ConfigError> {
        let include = self.globs(&files.include)?;
        let exclude = self.globs(&files.exclude)?;
        for (key, list) in
            [("files.include", &files.include), ("files.exclude", &files.exclude), ("files.ignore", &files.ignore)]
        {
            list.0.iter().for_each(|g| self.note(key, g, g.value.clone()));
        }
        self.config.include_files.push(include);
        self.config.exclude_files.push(exclude);
        if !files.ignore.0.is_empty() {
            self.bounded(&files.ignore, |_| true)?;
            let lines: Vec<String> = values(&files.ignore);
            for (line, at) in lines.iter().zip(&files.ignore.0) {
                Ignore::new(std::slice::from_ref(line)).map_err(|bad| wrong(self.source, at.span, bad.to_string()))?;
            }
            // Without a mistake line by line there is none in all.
            let ignore = Ignore::new(&lines).unwrap_or_default();
            self.config.ignore.push(ignore.in_folder(&self.folder));
        }
        Ok(())
    }

    fn rules(&mut self, rules: file::Rules) -> Result<(), ConfigError> {
        for (key, kind, list) in [
            ("rules.include", Kind::Include, &rules.include),
            ("rules.exclude", Kind::Exclude, &rules.exclude),
            ("rules.services", Kind::Service, &rules.services),
        ] {
            self.bounded(list, is_glob)?;
            for name in &list.0 {
                self.note(key, name, name.value.clone());
                self.named(kind, name);
            }
        }
        for type_ in &rules.target_types.0 {
            self.note("rules.target-types", type_, type_.value.clone());
            self.named(Kind::TargetType, type_);
            self.config.target_types.push(type_.value.clone());
        }
        self.config.include_rules.extend(values(&rules.include));
        self.config.exclude_rules.extend(values(&rules.exclude));
        self.config.filter.services.extend(values(&rules.services));
        for (name, level) in rules.levels.0 {
            self.note(&format!("rules.levels.{}", name.value), &name, level.value.0.as_str());
            self.named(Kind::Level, &name);
            self.config.levels.push((name.value, level.value.0));
        }
        if let Some(severity) = rules.min_severity {
            self.note("rules.min-severity", &severity, severity.value.0.as_str());
            self.config.filter.min_severity = Some(severity.value.0);
        }
        for pillar in &rules.pillars.0 {
            self.note("rules.pillars", pillar, pillar.value.0.as_str());
            self.config.filter.pillars.push(pillar.value.0);
        }
        let marks = [("tags", Kind::Tag, rules.tags), ("labels", Kind::Label, rules.labels)];
        for (what, kind, map) in marks {
            for (name, list) in map.0 {
                self.note(&format!("rules.{what}.{}", name.value), &name, values(&list.value));
                let given = values(&list.value);
                self.config.named.push(Named::of_file(kind, &name.value, name.span).with(given.clone()));
                let into =
                    if kind == Kind::Tag { &mut self.config.filter.tags } else { &mut self.config.filter.labels };
                into.retain(|(known, _)| !known.eq_ignore_ascii_case(&name.value));
                into.push((name.value, given));
            }
        }
        for (key, list) in [("rules.folders", &rules.folders), ("rules.documents", &rules.documents)] {
            for folder in &list.0 {
                self.note(key, folder, folder.value.clone());
                let path = crate::source::absolute(&self.folder.join(&folder.value));
                match key {
                    "rules.folders" => self.config.rule_folders.push((path, folder.span)),
                    _ => self.config.document_paths.push(path.to_string_lossy().into_owned()),
                }
                self.there(folder, "folder")?;
            }
        }
        if let Some(local) = rules.include_local {
            self.note("rules.include-local", &local, local.value);
            (self.config.include_local, self.config.local_apart) = (local.value, !local.value);
        }
        if let Some(levels) = rules.psrule_levels {
            self.note("rules.psrule-levels", &levels, levels.value);
            self.config.psrule_levels = levels.value;
        }
        Ok(())
    }

    fn context(&mut self, context: file::Context) -> Result<(), ConfigError> {
        let file::Context {
            subscription_id,
            subscription_name,
            resource_group,
            location,
            tags,
            tenant_id,
            management_group,
            deployment_name,
            now,
        } = context;
        for (name, given, key, member) in [
            ("subscription-id", subscription_id, "AZURE_SUBSCRIPTION", "subscriptionId"),
            ("subscription-name", subscription_name, "AZURE_SUBSCRIPTION", "displayName"),
            ("resource-group", resource_group, "AZURE_RESOURCE_GROUP", "name"),
            ("location", location, "AZURE_RESOURCE_GROUP", "location"),
            ("tenant-id", tenant_id, "AZURE_TENANT", "tenantId"),
            ("management-group", management_group, "AZURE_MANAGEMENT_GROUP", "name"),
            ("deployment-name", deployment_name, "AZURE_DEPLOYMENT", "name"),
        ] {
            let Some(given) = given else { continue };
            if given.value.trim().is_empty() {
                return Err(wrong(self.source, given.span, format!("`{name}` is empty; leave it out for PSRule's")));
            }
            self.note(&format!("context.{name}"), &given, given.value.clone());
            self.config.set_member(key, member, given.value.into());
        }
        if let Some(tags) = tags {
            if let Some((first, _)) = tags.0.first() {
                self.note("context.tags", &first.clone(), written(&tags));
            }
            self.config.set_member("AZURE_RESOURCE_GROUP", "tags", written(&tags));
        }
        if let Some(now) = now {
            let wanted = || format!("`now` is a point in time such as 2026-07-01T00:00:00Z, not `{}`", now.value);
            let time = now.value.parse().map_err(|_| wrong(self.source, now.span, wanted()))?;
            self.note("context.now", &now, now.value.clone());
            self.config.now = Some(time);
        }
        Ok(())
    }

    fn override_(&mut self, one: At<file::Override>) -> Result<(), ConfigError> {
        let file::Override { paths, rules, configuration } = one.value;
        if paths.0.is_empty() {
            return Err(wrong(self.source, one.span, "an override needs `paths`: globs of the files that it is for"));
        }
        let name = values(&paths).join(", ");
        let mut told = serde_json::Map::new();
        told.insert("paths".to_owned(), values(&paths).into());
        self.bounded(&rules.exclude, is_glob)?;
        rules.exclude.0.iter().for_each(|n| self.named(Kind::Exclude, n));
        rules.levels.0.iter().for_each(|(n, _)| self.named(Kind::Level, n));
        let configuration = configuration.0.into_iter().map(|(k, v)| {
            let value = self.fitted(&k, v)?;
            self.named(Kind::Key, &k);
            Ok((k.value, value))
        });
        let configuration: Vec<(String, Json)> = configuration.collect::<Result<_, ConfigError>>()?;
        if !rules.exclude.0.is_empty() {
            told.insert("exclude".to_owned(), values(&rules.exclude).into());
        }
        let levels: Vec<_> = rules.levels.0.into_iter().map(|(n, l)| (n.value, l.value.0)).collect();
        if !levels.is_empty() {
            let all = levels.iter().map(|(n, l)| (n.clone(), Json::from(l.as_str())));
            told.insert("levels".to_owned(), Json::Object(all.collect()));
        }
        if !configuration.is_empty() {
            told.insert("configuration".to_owned(), Json::Object(configuration.iter().cloned().collect()));
        }
        self.config.effective.add("overrides", Json::Object(told), Origin::File(one.span));
        let at = self.source.position(one.span.start);
        let file = self.source.path.file_name().unwrap_or_default().to_string_lossy();
        self.config.overrides.push(Override {
            paths: self.globs(&paths)?,
            reason: format!("the rule does not run for {name} ({file}:{})", at.line),
            exclude: values(&rules.exclude),
            levels,
            values: configuration,
        });
        Ok(())
    }

    /// The value of a configuration key.
    fn fitted(&self, key: &At<String>, value: At<Json>) -> Result<Json, ConfigError> {
        if let Some(why) = context::objections(&key.value, &value.value).into_iter().next() {
            return Err(wrong(self.source, value.span, why));
        }
        let written = self.source.slice(value.span);
        kinds::fitted(&key.value, value.value, Some(written)).map_err(|why| wrong(self.source, value.span, why))
    }

    /// Globs of files, each usable and no more than anybody writes.
    fn globs(&self, list: &List<String>) -> Result<PathGlobs, ConfigError> {
        self.bounded(list, |_| true)?;
        let mut out = PathGlobs::new(&self.folder).anywhere(self.reach.check(&self.folder).is_err());
        for glob in &list.0 {
            if glob.value.is_empty() {
                return Err(wrong(self.source, glob.span, "a glob is empty and matches nothing; `**` is every file"));
            }
            out.add(&glob.value, Some(glob.span)).map_err(|bad| wrong(self.source, glob.span, bad.to_string()))?;
        }
        Ok(out)
    }

    /// Refuses a path at which there is nothing, or that leads out of what may be read. Of a glob, that is the folder before it.
    fn there(&self, path: &At<String>, what: &str) -> Result<(), ConfigError> {
        let plain = match path.value.find(['*', '?', '[', '{']).and_then(|at| path.value.get(..at)) {
            Some(before) => before.rfind('/').and_then(|end| before.get(..end)).unwrap_or("."),
            None => &path.value,
        };
        let full = crate::source::absolute(&self.folder.join(plain));
        if let Err(refusal) = self.reach.check(&full) {
            return Err(wrong(self.source, path.span, format!("`{}` is not read: {refusal}", path.value)));
        }
        if asked::exists(&full) {
            return Ok(());
        }
        let beside = full.parent().and_then(|p| std::fs::read_dir(p).ok()).into_iter().flatten().flatten();
        let names: Vec<String> = beside.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        let name = full.file_name().unwrap_or_default().to_string_lossy();
        let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
        names.sort_unstable();
        let hint = similar(&name, names.into_iter()).map(|s| format!(" Did you mean `{s}`?")).unwrap_or_default();
        Err(wrong(self.source, path.span, format!("there is no {what} `{plain}` beside this file.{hint}")))
    }

    fn bounded(&self, list: &List<String>, counts: impl Fn(&str) -> bool) -> Result<(), ConfigError> {
        match list.0.iter().filter(|i| counts(&i.value)).nth(yaml::MAX_GLOBS) {
            Some(one) => Err(wrong(self.source, one.span, yaml::TOO_MANY)),
            None => Ok(()),
        }
    }

    fn note<T>(&mut self, key: &str, at: &At<T>, value: impl Into<Json>) {
        let span = at.span;
        match matches!(
            key,
            "paths"
                | "files.include"
                | "files.exclude"
                | "files.ignore"
                | "rules.include"
                | "rules.exclude"
                | "rules.services"
                | "rules.pillars"
                | "rules.target-types"
                | "rules.folders"
                | "rules.documents"
                | "parameter-defaults"
        ) {
            true => self.config.effective.add(key, value.into(), Origin::File(span)),
            false => self.config.effective.set(key, value.into(), Origin::File(span)),
        }
    }

    fn named(&mut self, kind: Kind, name: &At<String>) {
        self.config.named.push(Named::of_file(kind, &name.value, name.span));
    }
}

fn values(list: &List<String>) -> Vec<String> {
    list.0.iter().map(|i| i.value.clone()).collect()
}

fn written(map: &Map<Json>) -> Json {
    Json::Object(map.0.iter().map(|(k, v)| (k.value.clone(), v.value.clone())).collect())
}

/// Reads what has no type: suppressions.
struct Reader<'a> {
    source: &'a Source,
}

impl<'a> Reader<'a> {
    fn expected(&self, value: &Yaml, what: &str, key: &str) -> ConfigError {
        wrong(self.source, value.span, format!("`{key}` is {what}, not {}", value.what()))
    }

    fn mapping<'y>(&self, value: &'y Yaml, key: &str) -> Result<&'y [Member], ConfigError> {
        value.members().ok_or_else(|| self.expected(value, "a mapping", key))
    }

    /// The members of a mapping in which only `known` keys may stand.
    fn members<'y>(
        &self,
        value: &'y Yaml,
        key: &str,
        known: &'static [&'static str],
    ) -> Result<Vec<(&'static str, &'y Yaml, Span)>, ConfigError> {
        let one = |m: &'y Member| match known.iter().find(|k| **k == m.key) {
            Some(k) => Ok((*k, &m.value, m.key_span)),
            None => {
                let message = format!("`{}` is not a key of `{key}`; there are {}", m.key, known.join(", "));
                Err(wrong(self.source, m.key_span, message))
            }
        };
        self.mapping(value, key)?.iter().map(one).collect()
    }

    fn string(&self, value: &Yaml, key: &str) -> Result<String, ConfigError> {
        value.as_str().map(str::to_owned).ok_or_else(|| self.expected(value, "a string", key))
    }

    fn strings(&self, value: &Yaml, key: &str) -> Result<Vec<String>, ConfigError> {
        value.strings_of(key, self.source)
    }

    fn suppressions(&self, value: &Yaml, span: Span, config: &mut Config) -> Result<(), ConfigError> {
        let Value::List(items) = &value.value else {
            return Err(wrong(
                self.source,
                span,
                "`suppressions` is a list of `{rule, targets, paths, reason, until}`".to_owned(),
            ));
        };
        for item in items {
            let suppression = self.suppression(item)?;
            config.suppress(suppression, self.source, item.span)?;
        }
        Ok(())
    }

    fn suppression(&self, item: &Yaml) -> Result<Suppression, ConfigError> {
        let folder = folder_of(&self.source.path);
        let mut out = Suppression { literal: false, folder, ..Suppression::of(String::new(), None) };
        let mut rule = None;
        for (key, value, _) in self.members(item, "suppressions", &OF_SUPPRESSION)? {
            match key {
                "rule" => rule = Some(self.string(value, key)?),
                "targets" => out.targets = Some(self.strings(value, key)?),
                "paths" => {
                    let usable = |globs: &[String]| Patterns::new(globs, &[]).map(drop);
                    out.paths = Some(value.globs(self.strings(value, key)?, self.source, usable)?);
                }
                "reason" => out.reason = Some(self.string(value, key)?).filter(|r| !r.trim().is_empty()),
                _ => out.until = Some(self.date(value, key)?),
            }
        }
        out.rule = rule.ok_or_else(|| wrong(self.source, item.span, "a suppression needs a `rule`".to_owned()))?;
        Ok(out)
    }

    fn date(&self, value: &Yaml, key: &str) -> Result<Date, ConfigError> {
        let date = value.as_str().and_then(|text| text.parse().ok());
        date.ok_or_else(|| self.expected(value, "the last day on which it counts, such as 2027-01-31", key))
    }
}

/// The folder that globs of a file start at.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    path.parent().unwrap_or(path).to_path_buf()
}
