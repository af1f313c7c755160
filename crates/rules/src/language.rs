//! The rule language as data: what a page's front matter compiles to.
//!
//! `build.rs` compiles the pages with these types and the binary reads them back.
//! `rules/README.md` explains the words.

use serde::{Deserialize, Serialize};

pub use crate::words::{FailureLevel, Pillar, Release, Severity, Word};

/// What the catalogue knows of a rule without decoding its conditions or its text.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry<'a> {
    /// `Azure.APIM.HTTPBackend`
    pub id: &'a str,
    /// `AZR-000044`
    pub reference: &'a str,
    /// Former names.
    #[serde(borrow)]
    pub aliases: Vec<&'a str>,
    /// The checks of other tools that it covers: `CKV_AZURE_9`, `AZU-0047`.
    #[serde(borrow)]
    pub peers: Vec<&'a str>,
    /// The weaknesses of the Common Weakness Enumeration that it finds: `CWE-319`.
    #[serde(borrow)]
    pub cwe: Vec<&'a str>,
    /// The month of the last check of its facts against Azure's documentation: `2026-11`. None if nobody made one.
    pub reviewed: Option<&'a str>,
    /// It runs only where a baseline, or somebody, asks for it.
    pub opt_in: bool,
    /// What it finds is of a service that is over: in the baselines `Armlint.…` nothing else is said about it.
    pub retires: bool,
    /// What somebody has to know before a fix is made: it is offered for review then, however small it is.
    pub caution: Option<&'a str>,
    /// The first heading.
    pub title: &'a str,
    /// The synopsis as plain text.
    pub synopsis: &'a str,
    /// How much it matters.
    pub severity: Severity,
    /// The pillar.
    pub pillar: Pillar,
    /// `SE:07 Encryption`
    pub category: &'a str,
    /// `API Management`
    pub resource: &'a str,
    /// Whether what it is about is generally available.
    pub release: Release,
    /// The rule set that brought it: `2020_06`
    pub since: &'a str,
    /// What a failure counts as.
    pub level: FailureLevel,
    /// Labels and their values.
    #[serde(borrow)]
    pub labels: Vec<(&'a str, Vec<&'a str>)>,
    /// Configuration keys it reads.
    #[serde(borrow)]
    pub config: Vec<&'a str>,
    /// Target types in lower case; `*` for every resource.
    #[serde(borrow)]
    pub targets: Vec<&'a str>,
    /// Where its [`Check`] is in the blob of checks: start and length.
    pub check: (u32, u32),
    /// Where its Markdown is in the blob of texts: start and length.
    pub help: (u32, u32),
}

impl<'a> Entry<'a> {
    /// Everything it is called: id, reference, former names.
    pub fn names(&self) -> impl Iterator<Item = &'a str> + '_ {
        [self.id, self.reference].into_iter().chain(self.aliases.iter().copied())
    }

    /// Whether it covers a check of another tool. Trivy's checks have other names, too: `AVD-AZU-0047` and `azure-0047` are `AZU-0047`.
    pub fn covers(&self, peer: &str) -> bool {
        let after = |prefix: &str| {
            peer.get(..prefix.len())
                .filter(|start| start.eq_ignore_ascii_case(prefix))
                .map(|start| &peer[start.len()..])
        };
        let plain = after("AVD-").unwrap_or(peer);
        let short = |p: &str| p.strip_prefix("AZU-").is_some_and(|number| after("azure-") == Some(number));
        self.peers.iter().any(|p| p.eq_ignore_ascii_case(plain) || short(p))
    }

    /// Whether it is a rule of armlint's own, and not one of PSRule for Azure.
    pub fn is_own(&self) -> bool {
        self.id.starts_with(OWN_RULES)
    }

    /// Whether it is one of the Bicep language's own checks, which judge a file as it is written.
    pub fn is_of_language(&self) -> bool {
        self.id.starts_with(LANGUAGE_RULES)
    }

    /// Whether a baseline has it.
    pub fn is_in(&self, baseline: &Baseline) -> bool {
        if baseline.language || self.is_of_language() {
            return baseline.language && self.is_of_language();
        }
        let label = |name: &str| self.labels.iter().find(|(k, _)| *k == name).map(|(_, v)| v.as_slice());
        let pillar = label("Azure.WAF/pillar").and_then(|v| v.first().copied()).unwrap_or(self.pillar.as_str());
        let here = !self.is_own() || baseline.own && (!self.opt_in || baseline.opt_in);
        here && (baseline.release.is_empty() || baseline.release.contains(&self.release))
            && baseline.until.as_deref().is_none_or(|until| self.since <= until)
            && baseline.pillar.is_none_or(|p| p.as_str() == pillar)
            && baseline
                .labels
                .iter()
                .all(|(k, wanted)| label(k).is_some_and(|v| wanted == "*" || v.contains(&wanted.as_str())))
    }
}

/// How the ids of rules begin that PSRule for Azure does not have.
pub const OWN_RULES: &str = "Armlint.";

/// How the ids of the Bicep language's own checks begin.
pub const LANGUAGE_RULES: &str = "Bicep.";

/// Where the page of a rule is, below the folder of pages: with those of its service; the language's own checks are together.
pub fn page_path(id: &str) -> String {
    let service = if id.starts_with(LANGUAGE_RULES) { "bicep" } else { id.split('.').nth(1).unwrap_or_default() };
    format!("{}/{id}.md", service.to_ascii_lowercase())
}

/// A baseline: which rules run, and with which configuration.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Baseline {
    /// `Azure.Default`
    pub name: String,
    /// The releases of its rules; empty for all.
    pub release: Vec<Release>,
    /// The newest rule set it holds; none for all.
    pub until: Option<String>,
    /// The pillar of its rules, if it is about one.
    pub pillar: Option<Pillar>,
    /// Labels its rules must have: a value, or `*` for any.
    pub labels: Vec<(String, String)>,
    /// It also holds rules that PSRule for Azure does not have.
    pub own: bool,
    /// Among them those that run only where somebody asks for them.
    pub opt_in: bool,
    /// It holds the Bicep language's own checks, and nothing else.
    pub language: bool,
    /// Configuration that differs from the defaults.
    pub configuration: Vec<(String, Literal)>,
    /// A newer baseline takes its place.
    pub obsolete: bool,
}

/// Everything about baselines and configuration that is data.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Defaults {
    /// Configuration keys and their defaults.
    pub configuration: Vec<(String, Literal)>,
    /// The baselines.
    pub baselines: Vec<Baseline>,
    /// Regions with availability zones for most services.
    pub zones: Vec<String>,
    /// The same for resource types with a list of their own, in lower case.
    pub other_zones: Vec<(String, Vec<String>)>,
}

/// What a rule checks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// The rule applies only to targets of types that this holds for. It looks at the type alone, and comes to the same for all
    /// targets of one.
    pub of_type: Option<Condition>,
    /// The rule applies to a target only if this holds.
    pub when: Option<Condition>,
    /// All of these must hold.
    pub clauses: Vec<Clause>,
}

impl Check {
    /// Whether a clause looks at resources of a type.
    pub fn looks_at(&self, is: impl Fn(&str) -> bool + Copy) -> bool {
        self.clauses.iter().any(|c| c.looks_at(is))
    }

    /// Whether a clause can look at anything of a target of a type: the target itself, what hangs below it, or extends it.
    pub fn reaches(&self, target: &str) -> bool {
        let mut conditions = self.of_type.iter().chain(&self.when);
        conditions.all(|when| when.can_hold_for(target)) && self.clauses.iter().any(|c| c.reaches(target))
    }
}

impl Condition {
    /// Whether it calls a named check that looks at resources of a type, by its argument `type`.
    fn looks_at(&self, is: impl Fn(&str) -> bool + Copy) -> bool {
        let literal = |l: &Literal| matches!(l, Literal::Str(s) if is(s));
        let one = |o: &Operand| match o {
            Operand::Literal(Literal::List(list)) => list.iter().any(literal),
            Operand::Literal(l) => literal(l),
            _ => false,
        };
        match self {
            Condition::All(list) | Condition::Any(list) => list.iter().any(|c| c.looks_at(is)),
            Condition::Use(_, args) => args.iter().any(|(name, o)| {
                name == "type" && if let Operand::List(list) = o { list.iter().any(one) } else { one(o) }
            }),
            _ => false,
        }
    }

    /// Whether all that it looks at is the type of the target, and texts that the page says.
    pub fn is_of_type(&self) -> bool {
        match self {
            Condition::All(list) | Condition::Any(list) => list.iter().all(Condition::is_of_type),
            Condition::Not(inner) => inner.is_of_type(),
            Condition::Test(Test { path, operand, .. }) => {
                path.root == Root::Type && path.segments.is_empty() && operand.is_literal()
            }
            Condition::Items(_) | Condition::Use(..) => false,
        }
    }

    /// Whether it can hold for a resource of a type, by what it says of `$type`.
    fn can_hold_for(&self, type_: &str) -> bool {
        match self {
            Condition::All(list) => list.iter().all(|c| c.can_hold_for(type_)),
            Condition::Any(list) => list.iter().any(|c| c.can_hold_for(type_)),
            Condition::Test(Test { path, op: Op::Equals | Op::In, operand, .. }) if path.root == Root::Type => {
                let is = |o: &Operand| match o {
                    Operand::Literal(Literal::Str(s)) => s.eq_ignore_ascii_case(type_),
                    _ => true,
                };
                if let Operand::List(list) = operand { list.iter().any(is) } else { is(operand) }
            }
            _ => true,
        }
    }
}

impl Clause {
    fn reaches(&self, target: &str) -> bool {
        let namespace = |type_: &str| type_.split('/').next().unwrap_or_default().to_ascii_lowercase();
        let below = |type_: &str| {
            let rest = type_.get(..target.len()).filter(|start| start.eq_ignore_ascii_case(target));
            let rest = rest.map(|_| &type_[target.len()..]);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) || namespace(type_) != namespace(target)
        };
        let itself = || self.when.as_ref().is_none_or(|when| when.can_hold_for(target));
        let looks = if self.selectors.is_empty() { itself() } else { self.selectors.iter().any(|s| below(&s.type_)) };
        looks || self.otherwise.iter().any(|c| c.reaches(target))
    }

    fn looks_at(&self, is: impl Fn(&str) -> bool + Copy) -> bool {
        let demanded = match &self.demand {
            Demand::Each(c) | Demand::Some(c) | Demand::None(c) => c.looks_at(is),
            _ => false,
        };
        demanded || self.selectors.iter().any(|s| is(&s.type_)) || self.otherwise.iter().any(|c| c.looks_at(is))
    }
}

/// One demand on a target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Clause {
    /// What is looked at; empty for the target itself.
    pub selectors: Vec<Selector>,
    /// Which of those are looked at.
    pub when: Option<Condition>,
    /// What must hold.
    pub demand: Demand,
    /// Nothing to look at is a failure.
    pub required: bool,
    /// Nothing to look at means that the rule does not apply.
    pub inapplicable: bool,
    /// Why a failure matters, in one sentence.
    pub message: Vec<TextPart>,
    /// What must hold instead where there is nothing to look at.
    pub otherwise: Vec<Clause>,
}

/// What a clause looks at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Selector {
    /// The type of the resource.
    pub type_: String,
    /// Where in the parent it can be written, besides the usual place.
    pub inside: Option<Inside>,
}

/// A child resource as a property of its parent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inside {
    /// The property of the parent: `properties.agentPoolProfiles[*]` or `properties.siteConfig`.
    pub path: Path,
    /// It holds directly what the child has in `properties`.
    pub flat: bool,
}

/// What a clause demands of the things it looks at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Demand {
    /// Each one keeps the condition.
    Each(Condition),
    /// At least one keeps it.
    Some(Condition),
    /// None keeps it.
    None(Condition),
    /// Their number.
    Count(Vec<Comparison>),
    /// The sum of a number in each: the first of these paths that is more than zero.
    Sum(Vec<Path>, Vec<Comparison>),
    /// Always a failure (a retired service).
    Never,
}

impl Demand {
    /// Whether it matters how many things there are.
    pub fn counts(&self) -> bool {
        matches!(self, Demand::Count(_) | Demand::Sum(..))
    }
}

/// A number compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// `equals`, `greaterOrEquals`, …
    pub op: Op,
    /// With what.
    pub operand: Operand,
}

/// A condition on a resource, an item, or a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Condition {
    /// All hold.
    All(Vec<Condition>),
    /// At least one holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// One value is tested.
    Test(Test),
    /// The items of an array (or members of an object) are tested.
    Items(Items),
    /// An algorithm in Rust, by name, with its arguments.
    Use(String, Vec<(String, Operand)>),
}

/// A test of the items of an array.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Items {
    /// The array.
    pub path: Path,
    /// Which items count.
    pub filter: Option<Box<Condition>>,
    /// What is demanded of them.
    pub quantifier: Quantifier,
}

/// What is demanded of the items of an array.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Quantifier {
    /// Each keeps the condition.
    Each(Box<Condition>),
    /// At least one keeps it.
    Some(Box<Condition>),
    /// None keeps it.
    None(Box<Condition>),
    /// Their number.
    Count(Vec<Comparison>),
}

/// A test of one value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// The value.
    pub path: Path,
    /// What is done to it first, one after the other.
    pub transforms: Vec<Transform>,
    /// The operator.
    pub op: Op,
    /// What it is compared with.
    pub operand: Operand,
    /// Upper and lower case differ; `None` is the operator's own way.
    pub case_sensitive: Option<bool>,
    /// `version`, `apiVersion`: previews count as the version they announce.
    pub prerelease: bool,
    /// `match`, `notMatch`: what the expression says, as it follows "must" or "must not" in a message.
    pub in_words: Option<String>,
}

/// What is done to a value before it is tested.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Transform {
    /// Whole days from now until the date.
    DaysUntil,
    /// A region's name as an identifier: `East US` is `eastus`; on both sides.
    Location,
    /// A number written as a text.
    Number,
    /// The last segment of a path or name.
    LastSegment,
    /// What follows the first of this separator.
    After(String),
    /// The expression without its white space.
    Compressed,
    /// What it is of another number, in whole per cent.
    PercentOf(Path),
}

/// The operators. Those with `Not` hold where their opposite does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Op {
    /// The property is there (`true`) or not (`false`); `null` is there.
    Exists,
    /// It is there and neither null, nor an empty text, nor an empty array (`true`), or not (`false`).
    HasValue,
    /// Equal; texts without regard to case.
    Equals,
    /// Not equal.
    NotEquals,
    /// Missing, or equal.
    HasDefault,
    /// One of a list; of an array: an item is.
    In,
    /// None of a list.
    NotIn,
    /// The text or array contains one of these.
    Contains,
    /// It contains none of these.
    NotContains,
    /// The text starts with one of these.
    StartsWith,
    /// It starts with none of these.
    NotStartsWith,
    /// The text ends with one of these.
    EndsWith,
    /// It ends with none of these.
    NotEndsWith,
    /// The text matches a pattern with `*` and `?`.
    Like,
    /// It matches none.
    NotLike,
    /// The text matches a regular expression; upper and lower case differ.
    Match,
    /// It does not.
    NotMatch,
    /// Number, length of a text, number of items, or days from now: greater.
    Greater,
    /// … greater or equal.
    GreaterOrEquals,
    /// … less.
    Less,
    /// … less or equal.
    LessOrEquals,
    /// `string`, `integer`, `number`, `boolean`, `array`, `object`, `date`, `lower`, `upper`
    Is,
    /// A semantic version within a range.
    Version,
    /// An API version within a range of dates.
    ApiVersion,
    /// An array with exactly these items.
    SetOf,
    /// An object with at least these members.
    HasKeys,
    /// An object with no other members.
    OnlyKeys,
    /// A region with availability zones for a resource type: `{type, additional}`.
    SupportsZones,
    /// An IP address within one of these ranges.
    InNetwork,
    /// A port, or a range of ports, that one of these is in.
    CoversPort,
    /// It is, or tells, a secret (`true`), or not (`false`).
    Secret,
}

/// What a value is compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Operand {
    /// A value.
    Literal(Literal),
    /// A configuration value.
    Config(String),
    /// Another value of the same thing.
    Path(Path),
    /// A text with values in it.
    Text(Vec<TextPart>),
    /// Several; a configured list among them counts by its items.
    List(Vec<Operand>),
}

impl Operand {
    /// The paths that it takes values from.
    pub fn paths(&self) -> Vec<&Path> {
        match self {
            Operand::Path(path) => vec![path],
            Operand::Text(parts) => parts.iter().filter_map(TextPart::path).collect(),
            Operand::List(list) => list.iter().flat_map(Operand::paths).collect(),
            Operand::Literal(_) | Operand::Config(_) => Vec::new(),
        }
    }

    /// Whether the page says what it comes to.
    pub fn is_literal(&self) -> bool {
        match self {
            Operand::Literal(_) => true,
            Operand::List(items) => items.iter().all(Operand::is_literal),
            _ => false,
        }
    }

    /// Whether what it comes to hangs on what is judged, and not on the rule and the configuration alone.
    pub fn is_of_target(&self) -> bool {
        match self {
            Operand::Literal(_) | Operand::Config(_) => false,
            Operand::Path(_) => true,
            Operand::Text(parts) => !parts.iter().all(|p| matches!(p, TextPart::Words(_) | TextPart::Config(_))),
            Operand::List(items) => items.iter().any(Operand::is_of_target),
        }
    }
}

/// A part of a text: words, or a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum TextPart {
    /// As it stands.
    Words(String),
    /// `{name}`
    Name,
    /// `{value}`
    Value,
    /// `{path}`
    Path,
    /// `{target}`
    Target,
    /// `{count}`
    Count,
    /// `{config.KEY}`, `${config.KEY}`
    Config(String),
    /// `{properties.x}`, `${properties.x}`
    Property(Path),
}

impl TextPart {
    /// The path of a property.
    pub fn path(&self) -> Option<&Path> {
        if let TextPart::Property(path) = self { Some(path) } else { None }
    }
}

/// A value of a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Literal {
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    Str(String),
    /// Several.
    List(Vec<Literal>),
}

/// Where a value is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Path {
    /// Where to start.
    pub root: Root,
    /// The way from there.
    pub segments: Vec<Segment>,
}

/// Where a [`Path`] starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Root {
    /// The resource, item or file looked at.
    Here,
    /// `$target`: the target.
    Target,
    /// `$parent`: the resource that holds the one looked at.
    Parent,
    /// `$name`: the whole name.
    Name,
    /// `$shortName`: the last segment of the name.
    ShortName,
    /// `$type`
    Type,
    /// `$id`
    Id,
    /// `$exported`: the resource was exported from Azure.
    Exported,
    /// `$kind`: of a file: `template`, `parameters`, `bicep`, `other`.
    Kind,
    /// `$template`: of a parameter file, the template that it belongs to, if that is there.
    Template,
    /// `$children[T]`: the resources of a type below the target, for `where`, `each`, `some`, `none` and `count`.
    Children(String),
    /// `$outer.x`, `$outer.$name`: the same of the thing around the item looked at.
    Outer(Box<Root>),
    /// `$config.KEY`
    Config(String),
}

/// One step of a [`Path`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Segment {
    /// `.key`
    Key(String),
    /// `[0]`
    Index(u32),
    /// `[*]`: every item or member; what is asked must hold for each.
    Each,
    /// `..key`: every member of this name at any depth; `..*`: every value that is no object and no array.
    Deep(String),
}

impl Op {
    /// Whether a missing value keeps this operator.
    pub fn holds_for_missing(self) -> bool {
        use Op::*;
        matches!(self, NotEquals | NotIn | NotContains | NotStartsWith | NotEndsWith | NotMatch | NotLike | HasDefault)
    }

    /// The word of pages.
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|(_, op)| *op == self).map_or("", |(w, _)| w)
    }
}

/// The operators by their words.
pub const WORDS: &[(&str, Op)] = &[
    ("exists", Op::Exists),
    ("hasValue", Op::HasValue),
    ("equals", Op::Equals),
    ("notEquals", Op::NotEquals),
    ("hasDefault", Op::HasDefault),
    ("in", Op::In),
    ("notIn", Op::NotIn),
    ("contains", Op::Contains),
    ("notContains", Op::NotContains),
    ("startsWith", Op::StartsWith),
    ("notStartsWith", Op::NotStartsWith),
    ("endsWith", Op::EndsWith),
    ("notEndsWith", Op::NotEndsWith),
    ("like", Op::Like),
    ("notLike", Op::NotLike),
    ("match", Op::Match),
    ("notMatch", Op::NotMatch),
    ("greater", Op::Greater),
    ("greaterOrEquals", Op::GreaterOrEquals),
    ("less", Op::Less),
    ("lessOrEquals", Op::LessOrEquals),
    ("is", Op::Is),
    ("version", Op::Version),
    ("apiVersion", Op::ApiVersion),
    ("setOf", Op::SetOf),
    ("hasKeys", Op::HasKeys),
    ("onlyKeys", Op::OnlyKeys),
    ("supportsZones", Op::SupportsZones),
    ("inNetwork", Op::InNetwork),
    ("coversPort", Op::CoversPort),
    ("secret", Op::Secret),
];

/// The most memory that a compiled regular expression may take.
pub const LARGEST_REGEX: usize = 1 << 20;
