//! Documents by their kind: rules, selectors, suppression groups, baselines.

use std::sync::Arc;

use ecow::{EcoString, eco_format};
use jiff::Timestamp;

use super::date;
use super::expression::Reader;
use super::language::Expression;
use super::tree::{Scalars, Tree, Wrong};
use crate::config::yaml::{Member, Value, Yaml};
use crate::diagnostic::Level;
use crate::read::{Source, Span};
use crate::rules::language::{Literal, Word};
use crate::rules::{Filter, Marks, Pillar, Rule, Severity, defaults, similar};

/// How the API versions of these documents begin.
const API: &str = "github.com/microsoft/PSRule/";

/// A document that was read.
#[derive(Debug)]
pub enum Document {
    /// `Rule`
    Rule(RuleDocument),
    /// `Selector`
    Selector(Selector),
    /// `SuppressionGroup`
    SuppressionGroup(SuppressionGroup),
    /// `Baseline`
    Baseline(BaselineDocument),
    /// `ModuleConfig`: of a module, not of a repository.
    ModuleConfig {
        /// Its name.
        name: EcoString,
        /// Where that stands.
        span: Span,
    },
    /// Something of another tool.
    Other {
        /// Where it stands.
        span: Span,
    },
}

/// What must hold before a document is about a target.
#[derive(Debug, Default)]
pub struct Preconditions {
    /// The types of the targets, one of which it must have; any if empty.
    pub types: Vec<(EcoString, Span)>,
    /// The names of selectors, one of which must hold.
    pub with: Vec<(EcoString, Span)>,
    /// What must hold as well.
    pub filter: Option<Expression>,
}

impl Preconditions {
    /// Whether a type is named among those of the targets.
    pub fn names(&self, type_: &str) -> bool {
        self.types.iter().any(|(t, _)| t.eq_ignore_ascii_case(type_))
    }
}

/// A rule.
#[derive(Debug)]
pub struct RuleDocument {
    /// What reports need to know.
    pub rule: Arc<Rule>,
    /// Other names of it.
    pub aliases: Vec<EcoString>,
    /// Tags, each with its values.
    pub tags: Vec<(EcoString, Vec<EcoString>)>,
    /// What it is about.
    pub about: Preconditions,
    /// What it demands.
    pub condition: Expression,
    /// What to do where that does not hold.
    pub recommend: Option<EcoString>,
    /// Where its name stands.
    pub span: Span,
}

/// A selector.
#[derive(Debug)]
pub struct Selector {
    /// Its name.
    pub name: EcoString,
    /// What it is about.
    pub about: Preconditions,
    /// What must hold.
    pub condition: Expression,
    /// Where its name stands.
    pub span: Span,
}

/// Results that somebody accepts, by a condition.
#[derive(Debug)]
pub struct SuppressionGroup {
    /// Its name.
    pub name: EcoString,
    /// The rules; all if empty.
    pub rules: Vec<(EcoString, Span)>,
    /// What it is about.
    pub about: Preconditions,
    /// What must hold.
    pub condition: Expression,
    /// From when on it does nothing any more.
    pub expires: Option<Timestamp>,
    /// Why.
    pub synopsis: Option<EcoString>,
    /// Where its name stands.
    pub span: Span,
}

/// A set of rules.
#[derive(Debug)]
pub struct BaselineDocument {
    /// Its name.
    pub name: EcoString,
    /// The rules; all if empty.
    pub include: Vec<String>,
    /// Not these.
    pub exclude: Vec<String>,
    /// What its rules are like.
    pub filter: Filter,
    /// All rules of the repository belong to it.
    pub include_local: bool,
    /// Values of the configuration.
    pub configuration: Vec<(String, serde_json::Value)>,
    /// Levels of rules.
    pub levels: Vec<(String, Level)>,
    /// Its author says that it is not to be used any more.
    pub obsolete: bool,
    /// Where its name stands.
    pub span: Span,
}

impl BaselineDocument {
    /// The rules that it names, and how bad it is if one is not there.
    pub fn rules(&self) -> impl Iterator<Item = (&String, Level)> {
        let include = self.include.iter().map(|name| (name, Level::Warning));
        include.chain(self.exclude.iter().map(|name| (name, Level::Note)))
    }
}

/// Reads a document.
///
/// # Errors
/// The first thing that is wrong with it. What is odd but does no harm is added to the warnings.
pub fn read(tree: &Tree, source: &Source, warnings: &mut Vec<Wrong>) -> Result<Document, Wrong> {
    let scalars = Scalars { source, json: tree.json };
    let root = &tree.root;
    let Some(members) = root.members() else {
        return Err(Wrong::new(
            root.span,
            format!("expected a document with apiVersion, kind, metadata and spec, found {}", root.what()),
        ));
    };
    let api = root.get("apiVersion").and_then(|v| scalars.text(v)).unwrap_or_default();
    if !api.get(..API.len()).is_some_and(|start| start.eq_ignore_ascii_case(API)) {
        let span = members.first().map_or(root.span, |m| m.key_span);
        return Ok(Document::Other { span });
    }
    let mut reader = Reading { tree, reader: Reader { scalars, warnings: Vec::new() } };
    let document = reader.document(root, members);
    warnings.append(&mut reader.reader.warnings);
    document
}

struct Reading<'t> {
    tree: &'t Tree,
    reader: Reader<'t>,
}

impl Reading<'_> {
    fn scalars(&self) -> Scalars<'_> {
        self.reader.scalars
    }

    fn document(&mut self, root: &Yaml, members: &[Member]) -> Result<Document, Wrong> {
        self.known(members, &["apiVersion", "kind", "metadata", "spec"], "a document");
        let kind = root.get("kind").ok_or_else(|| Wrong::new(root.span, "this document has no `kind`"))?;
        let kind_text = self.scalars().text(kind).unwrap_or_default();
        let metadata = root.get("metadata");
        let name = metadata.and_then(|m| m.get("name"));
        let name =
            name.ok_or_else(|| Wrong::new(metadata.map_or(root.span, |m| m.span), "`metadata` has no `name`"))?;
        let text = self.scalars().text(name).filter(|n| !n.is_empty());
        let text = text.ok_or_else(|| Wrong::new(name.span, format!("`name` is a text, not {}", name.what())))?;
        // Documents of each kind may say the same of themselves.
        let keys = ["name", "displayName", "description", "ref", "alias", "tags", "labels", "annotations", "link"];
        self.known(metadata.and_then(Yaml::members).unwrap_or_default(), &keys, "`metadata`");
        let none = Yaml::none(root.span);
        let spec = root.get("spec").unwrap_or(&none);
        if spec.members().is_none() {
            return Err(Wrong::new(spec.span, format!("`spec` is a mapping, not {}", spec.what())));
        }
        let span = name.span;
        Ok(match kind_text.to_ascii_lowercase().as_str() {
            "rule" => Document::Rule(self.rule(text, span, metadata.unwrap_or(&none), spec)?),
            "selector" => {
                self.known(spec.members().unwrap_or_default(), &["if", "type", "with", "where"], "a selector");
                let (about, condition) = (self.about(spec)?, self.optional(spec, "if")?);
                Document::Selector(Selector { name: text, about, condition, span })
            }
            "suppressiongroup" => Document::SuppressionGroup(self.group(text, span, spec)?),
            "baseline" => Document::Baseline(self.baseline(text, span, metadata.unwrap_or(&none), spec)?),
            "moduleconfig" => Document::ModuleConfig { name: text, span },
            _ => {
                let kinds = ["Rule", "Selector", "SuppressionGroup", "Baseline", "ModuleConfig"];
                let hint = similar(&kind_text, kinds.into_iter());
                let hint =
                    hint.map_or_else(|| format!("there are {}", kinds.join(", ")), |h| format!("did you mean `{h}`?"));
                return Err(Wrong::new(kind.span, format!("`{kind_text}` is no kind of document; {hint}")));
            }
        })
    }

    /// Warns of keys that mean nothing.
    fn known(&mut self, members: &[Member], known: &[&str], what: &str) {
        for m in members.iter().filter(|m| !known.iter().any(|k| k.eq_ignore_ascii_case(&m.key))) {
            let hint = similar(&m.key, known.iter().copied());
            let hint = hint.map(|h| format!("; did you mean `{h}`?")).unwrap_or_default();
            let message = format!("`{}` is no key of {what} and has no effect{hint}", m.key);
            self.reader.warnings.push(Wrong::new(m.key_span, message));
        }
    }

    fn named(&self, y: Option<&Yaml>) -> Result<Vec<(EcoString, Span)>, Wrong> {
        let Some(y) = y.filter(|y| !matches!(y.value, Value::Null)) else { return Ok(Vec::new()) };
        let items = match &y.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(y),
        };
        let one = |i: &Yaml| {
            let message = || Wrong::new(i.span, format!("expected a name, found {}", i.what()));
            Ok((self.scalars().text(i).filter(|t| !t.is_empty()).ok_or_else(message)?, i.span))
        };
        items.iter().map(one).collect()
    }

    fn texts(&self, y: Option<&Yaml>) -> Result<Vec<EcoString>, Wrong> {
        Ok(self.named(y)?.into_iter().map(|(text, _)| text).collect())
    }

    fn text(&self, y: &Yaml, key: &str) -> Option<EcoString> {
        y.get(key)
            .filter(|v| !matches!(v.value, Value::Null))
            .and_then(|v| self.scalars().text(v))
            .filter(|t| !t.is_empty())
    }

    fn optional(&mut self, spec: &Yaml, key: &str) -> Result<Expression, Wrong> {
        spec.get(key).map_or(Ok(Expression::Always), |e| self.reader.expression(e))
    }

    fn about(&mut self, spec: &Yaml) -> Result<Preconditions, Wrong> {
        let filter = spec.get("where").filter(|w| !matches!(w.value, Value::Null));
        Ok(Preconditions {
            types: self.named(spec.get("type"))?,
            with: self.named(spec.get("with"))?,
            filter: filter.map(|f| self.reader.expression(f)).transpose()?,
        })
    }

    /// The members of what holds some by their names; something else has no effect.
    fn mapping<'y>(&mut self, y: Option<&'y Yaml>, key: &str) -> &'y [Member] {
        let Some(y) = y else { return &[] };
        y.members().unwrap_or_else(|| {
            let message = format!("`{key}` is a mapping of names to values; {} has no effect", y.what());
            self.reader.warnings.push(Wrong::new(y.span, message));
            &[]
        })
    }

    fn marks(&mut self, y: Option<&Yaml>, key: &str) -> Result<Vec<(EcoString, Vec<EcoString>)>, Wrong> {
        let members = self.mapping(y, key);
        members.iter().map(|m| Ok((m.key.as_str().into(), self.texts(Some(&m.value))?))).collect()
    }

    fn rule(&mut self, id: EcoString, span: Span, metadata: &Yaml, spec: &Yaml) -> Result<RuleDocument, Wrong> {
        let keys = ["level", "recommend", "type", "with", "where", "condition", "scope"];
        self.known(spec.members().unwrap_or_default(), &keys, "a rule");
        let about = self.about(spec)?;
        let condition = match spec.get("condition") {
            Some(c) => self.reader.expression(c)?,
            None => return Err(Wrong::new(span, format!("the rule `{id}` has no `condition`"))),
        };
        let level = match spec.get("level").map(|l| (l.span, self.scalars().text(l).unwrap_or_default())) {
            None => Level::Error,
            Some((_, text)) if text.is_empty() => Level::Error,
            Some((span, text)) => level(&text)
                .ok_or_else(|| Wrong::new(span, format!("`level` is Error, Warning or Information, not {text}")))?,
        };
        let recommend = self.text(spec, "recommend");
        let annotations = metadata.get("annotations");
        self.mapping(annotations, "annotations");
        let note = |key: &str| annotations.and_then(|a| self.text(a, key));
        let severity = note("severity").and_then(|s| word::<Severity>(&s));
        let severity =
            severity.unwrap_or(if level == Level::Error { Severity::Important } else { Severity::Awareness });
        let title = self.text(metadata, "displayName").unwrap_or_else(|| id.clone());
        let description = self.text(metadata, "description");
        let synopsis = self.tree.synopsis.clone().or_else(|| description.clone()).unwrap_or_else(|| title.clone());
        let mut help = format!("# {title}\n\n{synopsis}\n");
        for (heading, text) in [("Description", &description), ("Recommendation", &recommend)] {
            if let Some(text) = text.as_ref().filter(|t| **t != synopsis) {
                help.push_str(&format!("\n## {heading}\n\n{text}\n"));
            }
        }
        let rule = Rule {
            reference: self.text(metadata, "ref").unwrap_or_default(),
            title,
            synopsis,
            help: help.into(),
            help_uri: self
                .text(metadata, "link")
                .or_else(|| note("online version"))
                .filter(|u| u.starts_with("https://"))
                .unwrap_or_default(),
            severity,
            pillar: note("pillar").and_then(|p| word::<Pillar>(&p)).unwrap_or(Pillar::OperationalExcellence),
            category: note("category").unwrap_or_default(),
            resource: note("resource").unwrap_or_default(),
            level,
            cwe: Vec::new(),
            labels: self.marks(metadata.get("labels"), "labels")?,
            id,
        };
        let aliases = self.texts(metadata.get("alias"))?;
        let tags = self.marks(metadata.get("tags"), "tags")?;
        Ok(RuleDocument { rule: Arc::new(rule), aliases, tags, about, condition, recommend, span })
    }

    fn group(&mut self, name: EcoString, span: Span, spec: &Yaml) -> Result<SuppressionGroup, Wrong> {
        let keys = ["expiresOn", "rule", "type", "with", "where", "if"];
        self.known(spec.members().unwrap_or_default(), &keys, "a suppression group");
        let expires = match spec.get("expiresOn").filter(|e| !matches!(e.value, Value::Null)) {
            Some(e) => {
                let text = self.scalars().text(e).unwrap_or_default();
                let message =
                    || Wrong::new(e.span, format!("`expiresOn` is a date such as 2027-01-31T00:00:00Z, not {text}"));
                Some(date::parse(&text, Timestamp::UNIX_EPOCH).ok_or_else(message)?)
            }
            None => None,
        };
        let (rules, about, condition) = (self.named(spec.get("rule"))?, self.about(spec)?, self.optional(spec, "if")?);
        Ok(SuppressionGroup { name, rules, about, condition, expires, synopsis: self.tree.synopsis.clone(), span })
    }

    fn baseline(
        &mut self,
        name: EcoString,
        span: Span,
        metadata: &Yaml,
        spec: &Yaml,
    ) -> Result<BaselineDocument, Wrong> {
        self.known(spec.members().unwrap_or_default(), &["rule", "configuration", "override"], "a baseline");
        let none = Yaml::none(span);
        let rule = spec.get("rule").unwrap_or(&none);
        let keys = ["include", "exclude", "tag", "labels", "includeLocal"];
        let members = self.mapping(Some(rule), "rule");
        self.known(members, &keys, "`rule` of a baseline");
        let strings = |texts: Vec<EcoString>| texts.into_iter().map(String::from).collect::<Vec<_>>();
        let mut marks = |key: &str| {
            let marks = self.marks(rule.get(key), key)?;
            Ok::<_, Wrong>(marks.into_iter().map(|(k, v)| (k.to_string(), strings(v))).collect::<Vec<_>>())
        };
        let (tags, labels) = (marks("tag")?, marks("labels")?);
        let configuration = self.mapping(spec.get("configuration"), "configuration");
        let configuration = configuration.iter().map(|m| (m.key.clone(), self.setting(&m.key, &m.value))).collect();
        let overrides = self.mapping(spec.get("override"), "override");
        self.known(overrides, &["level"], "`override`");
        let levels = self.mapping(spec.get("override").and_then(|o| o.get("level")), "level");
        let level = |m: &Member| {
            let text = self.scalars().text(&m.value).unwrap_or_default();
            let message = || format!("`{}` is set to Error, Warning or Information, not {text}", m.key);
            let level = level(&text).ok_or_else(|| Wrong::new(m.value.span, message()))?;
            Ok((m.key.clone(), level))
        };
        let levels = levels.iter().map(level).collect::<Result<_, Wrong>>()?;
        let annotations = metadata.get("annotations");
        let obsolete = self.mapping(annotations, "annotations").iter().find(|m| m.key.eq_ignore_ascii_case("obsolete"));
        Ok(BaselineDocument {
            name,
            include: strings(self.texts(rule.get("include"))?),
            exclude: strings(self.texts(rule.get("exclude"))?),
            filter: Filter { tags, labels, ..Filter::default() },
            include_local: rule.get("includeLocal").map_or(Ok(false), |l| self.scalars().boolean(l))?,
            configuration,
            levels,
            obsolete: obsolete.is_some_and(|o| self.scalars().boolean(&o.value).unwrap_or_default()),
            span,
        })
    }

    /// A value of the configuration. In YAML the engine takes scalars for texts, as they are written; where our rules want a number or
    /// a boolean, they get one.
    fn setting(&self, key: &str, y: &Yaml) -> serde_json::Value {
        let value = self.scalars().json(y);
        let default = defaults().configuration.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, v)| v);
        let Some(text) = value.as_str().map(str::trim) else { return value };
        let converted = match default {
            Some(Literal::Bool(_)) => text.to_ascii_lowercase().parse::<bool>().ok().map(Into::into),
            Some(Literal::Int(_)) => text.parse::<i64>().ok().map(Into::into),
            Some(Literal::Float(_)) => text.parse::<f64>().ok().map(Into::into),
            _ => None,
        };
        converted.unwrap_or(value)
    }
}

/// A level by PSRule's word for it.
fn level(text: &str) -> Option<Level> {
    Some(match text.to_ascii_lowercase().as_str() {
        "error" => Level::Error,
        "warning" => Level::Warning,
        "information" => Level::Note,
        _ => return None,
    })
}

/// A word of our own language, without regard to case.
fn word<T: Word + Copy + 'static>(text: &str) -> Option<T> {
    T::ALL.iter().find(|(w, _)| w.eq_ignore_ascii_case(text.trim())).map(|(_, v)| *v)
}

impl RuleDocument {
    /// The names it goes by.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let own = [self.rule.id.as_str(), self.rule.reference.as_str()];
        own.into_iter().filter(|n| !n.is_empty()).chain(self.aliases.iter().map(EcoString::as_str))
    }

    /// What filters ask of it.
    pub fn marks(&self) -> Marks<'_> {
        fn all(marks: &[(EcoString, Vec<EcoString>)]) -> Vec<(&str, Vec<&str>)> {
            marks.iter().map(|(name, values)| (name.as_str(), values.iter().map(EcoString::as_str).collect())).collect()
        }
        Marks {
            severity: self.rule.severity,
            pillar: self.rule.pillar,
            services: Some(self.rule.resource.as_str()).filter(|r| !r.is_empty()).into_iter().collect(),
            tags: all(&self.tags),
            labels: all(&self.rule.labels),
        }
    }
}

/// The name of something without the module that PSRule writes in front: `.\Org.Tags` is `Org.Tags`.
pub fn bare(name: &str) -> &str {
    name.rsplit('\\').next().unwrap_or(name)
}

/// What a suppression group says where it gives no reason.
pub fn reason_of(group: &SuppressionGroup) -> EcoString {
    match &group.synopsis {
        Some(synopsis) => synopsis.clone(),
        None => eco_format!("suppressed by the group {}", group.name),
    }
}
