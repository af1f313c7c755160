//! Which rules matter to somebody: by severity, pillar, service, tag and label.
//!
//! One mechanism for the command line, both options files and the baselines of a repository, and for rules of ours and of a
//! repository alike: a rule shows its [`Marks`], and a [`Filter`] keeps it or not.

use std::fmt;

use super::language::{Entry, Pillar, Severity, Word};
use super::similar;

/// A mark's name with its values.
pub type Named<'a> = (&'a str, Vec<&'a str>);

/// What a filter asks of a rule.
#[derive(Debug, Clone)]
pub struct Marks<'a> {
    /// How much it matters.
    pub severity: Severity,
    /// Its pillar.
    pub pillar: Pillar,
    /// What the service that it is about is called: `Storage Account`, and `Storage` as in its id.
    pub services: Vec<&'a str>,
    /// Its tags; what PSRule writes as a tag for one of its rules.
    pub tags: Vec<Named<'a>>,
    /// Its labels.
    pub labels: Vec<Named<'a>>,
}

impl<'a> From<&'a Entry<'a>> for Marks<'a> {
    fn from(e: &'a Entry<'a>) -> Self {
        let labels: Vec<Named> = e.labels.iter().map(|(name, values)| (*name, values.clone())).collect();
        let own = [
            ("release", e.release.as_str()),
            ("ruleSet", e.since),
            ("Azure.WAF/pillar", e.pillar.as_str()),
            ("category", e.category),
            ("severity", e.severity.as_str()),
        ];
        let named = |name: &str| own.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
        let more = labels.iter().filter(|(name, _)| !named(name)).cloned();
        Marks {
            severity: e.severity,
            pillar: e.pillar,
            services: [e.resource].into_iter().chain(e.id.split('.').nth(1)).collect(),
            tags: own.iter().map(|(name, value)| (*name, vec![*value])).chain(more).collect(),
            labels,
        }
    }
}

/// What rules have to be like. Kinds that say nothing keep every rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// At least as severe as this.
    pub min_severity: Option<Severity>,
    /// Of one of these pillars.
    pub pillars: Vec<Pillar>,
    /// About one of these services; how words are joined or written does not matter.
    pub services: Vec<String>,
    /// Carrying each of these tags, with one of its values; `*` is any.
    pub tags: Vec<(String, Vec<String>)>,
    /// The same for labels.
    pub labels: Vec<(String, Vec<String>)>,
}

impl Filter {
    /// Whether it keeps every rule.
    pub fn is_empty(&self) -> bool {
        *self == Filter::default()
    }

    /// Whether a rule with these marks is kept.
    pub fn keeps(&self, rule: &Marks<'_>) -> bool {
        // The worst is the smallest.
        self.min_severity.is_none_or(|least| rule.severity <= least)
            && (self.pillars.is_empty() || self.pillars.contains(&rule.pillar))
            && (self.services.is_empty()
                || self.services.iter().any(|wanted| rule.services.iter().any(|s| same(s, wanted))))
            && self.tags.iter().all(|wanted| carries(&rule.tags, wanted))
            && self.labels.iter().all(|wanted| carries(&rule.labels, wanted))
    }

    /// This one, and where it says nothing of a kind another one.
    pub fn or(self, other: &Filter) -> Filter {
        let other = other.clone().below(&self);
        Filter {
            min_severity: self.min_severity.or(other.min_severity),
            pillars: [self.pillars, other.pillars].concat(),
            services: [self.services, other.services].concat(),
            tags: [self.tags, other.tags].concat(),
            labels: [self.labels, other.labels].concat(),
        }
    }

    /// This one without the kinds that a stronger one has something to say about.
    pub fn below(self, stronger: &Filter) -> Filter {
        fn free<T>(mine: Vec<T>, stronger: &[T]) -> Vec<T> {
            if stronger.is_empty() { mine } else { Vec::new() }
        }
        Filter {
            min_severity: self.min_severity.filter(|_| stronger.min_severity.is_none()),
            pillars: free(self.pillars, &stronger.pillars),
            services: free(self.services, &stronger.services),
            tags: free(self.tags, &stronger.tags),
            labels: free(self.labels, &stronger.labels),
        }
    }

    /// Adds a tag or label: several values of one name are alternatives.
    pub fn add(marks: &mut Vec<(String, Vec<String>)>, name: &str, value: &str) {
        match marks.iter_mut().find(|(n, _)| n.eq_ignore_ascii_case(name)) {
            Some((_, values)) => values.push(value.to_owned()),
            None => marks.push((name.to_owned(), vec![value.to_owned()])),
        }
    }

    /// Finds the first name that no rule has. `rules` are the marks of all there are.
    ///
    /// # Errors
    /// [`UnknownName`] with that name, the nearest one, and all there are.
    pub fn check(&self, rules: &[Marks<'_>]) -> Result<(), UnknownName> {
        let services = || rules.iter().flat_map(|r| r.services.iter().copied());
        if let Some(wanted) = self.services.iter().find(|wanted| !services().any(|s| same(s, wanted))) {
            // The names in words are shown, those of ids are only a shorter way to write them.
            let shown = rules.iter().filter_map(|r| r.services.first().copied());
            return Err(UnknownName::new("service", wanted, services(), shown));
        }
        for (what, wanted, marks) in [
            ("tag", &self.tags, rules.iter().flat_map(|r| &r.tags).collect::<Vec<_>>()),
            ("label", &self.labels, rules.iter().flat_map(|r| &r.labels).collect()),
        ] {
            for (name, values) in wanted {
                let of_name = || marks.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
                if of_name().next().is_none() {
                    let names = || marks.iter().map(|(n, _)| *n);
                    return Err(UnknownName::new(what, name, names(), names()));
                }
                let there = || of_name().flat_map(|(_, values)| values.iter().copied());
                let missing = |v: &&String| *v != "*" && !there().any(|t| t.eq_ignore_ascii_case(v));
                if let Some(value) = values.iter().find(missing) {
                    return Err(UnknownName::new(&format!("{what} {name} with the value"), value, there(), there()));
                }
            }
        }
        Ok(())
    }
}

/// The severity of this name, in any case.
///
/// # Errors
/// [`UnknownName`] with the names there are.
pub fn severity(name: &str) -> Result<Severity, UnknownName> {
    word("severity", name)
}

/// The pillar of this name, in any case, however its words are joined: `cost-optimization`.
///
/// # Errors
/// [`UnknownName`] with the names there are.
pub fn pillar(name: &str) -> Result<Pillar, UnknownName> {
    word("pillar", name)
}

fn word<T: Word>(what: &str, name: &str) -> Result<T, UnknownName> {
    let meant = T::ALL.iter().find(|(word, _)| same(word, name)).map(|(_, meaning)| *meaning);
    let words = || T::ALL.iter().map(|(word, _)| *word);
    meant.ok_or_else(|| UnknownName::new(what, name, words(), words()))
}

/// A filter names something that no rule has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct UnknownName {
    /// What it was taken for: `service`.
    what: String,
    /// The name given.
    given: String,
    /// The nearest name.
    similar: Option<String>,
    /// Every name there is.
    known: Vec<String>,
}

impl UnknownName {
    fn new<'n>(
        what: &str,
        given: &str,
        near: impl Iterator<Item = &'n str>,
        known: impl Iterator<Item = &'n str>,
    ) -> Self {
        let mut known: Vec<String> = known.map(str::to_owned).collect();
        // Severities and pillars keep their order, which means something.
        if what != "severity" && what != "pillar" {
            known.sort_by_key(|n| n.to_ascii_lowercase());
        }
        known.dedup();
        UnknownName { what: what.to_owned(), given: given.to_owned(), similar: similar(given, near), known }
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no rule has the {} `{}`", self.what, self.given)?;
        if let Some(similar) = &self.similar {
            write!(f, "; did you mean `{similar}`?")?;
        }
        let end = if self.similar.is_some() { " There" } else { "; there" };
        write!(f, "{end} are {}", self.known.join(", "))
    }
}

/// Whether two names are one: letters and digits count, their case and what stands between them do not.
fn same(a: &str, b: &str) -> bool {
    let letters = |text: &str| {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect::<String>()
    };
    letters(a) == letters(b)
}

fn carries(marks: &[Named<'_>], (name, wanted): &(String, Vec<String>)) -> bool {
    let mut values = marks.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).flat_map(|(_, values)| values);
    values.any(|v| wanted.iter().any(|w| w == "*" || w.eq_ignore_ascii_case(v)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{entries, find};

    fn kept(filter: &Filter) -> Vec<&'static str> {
        entries().iter().filter(|e| filter.keeps(&Marks::from(*e))).map(|e| e.id).collect()
    }

    fn marks(all: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
        all.iter().map(|(n, v)| ((*n).to_owned(), v.iter().map(|v| (*v).to_owned()).collect())).collect()
    }

    #[test]
    fn kinds_are_joined_and_names_of_one_kind_are_alternatives() {
        assert_eq!(kept(&Filter::default()).len(), entries().len());
        let filter = Filter {
            min_severity: Some(Severity::Important),
            pillars: vec![Pillar::Security, Pillar::Reliability],
            services: vec!["storage-account".into(), "AKS".into()],
            ..Filter::default()
        };
        let ids = kept(&filter);
        assert!(ids.contains(&"Azure.Storage.MinTLS") && ids.contains(&"Azure.AKS.Version"), "{ids:?}");
        for id in &ids {
            let e = find(id).unwrap();
            assert!(e.severity <= Severity::Important && filter.pillars.contains(&e.pillar), "{id}");
            assert!(["Storage", "AKS"].contains(&id.split('.').nth(1).unwrap()), "{id}");
        }
    }

    #[test]
    fn tags_are_those_of_psrule_and_labels_have_any() {
        let tagged = |tags| kept(&Filter { tags: marks(tags), ..Filter::default() });
        let ids = tagged(&[("RELEASE", &["ga"]), ("azure.waf/pillar", &["Security", "reliability"])]);
        assert!(ids.contains(&"Azure.Storage.MinTLS") && !ids.contains(&"Azure.Resource.UseTags"));
        let labelled =
            |values| kept(&Filter { labels: marks(&[("Azure.MCSB.v1/control", values)]), ..Filter::default() });
        let (any, one) = (labelled(&["*"]), labelled(&["dp-3"]));
        assert!(one.contains(&"Azure.Storage.MinTLS") && one.len() < any.len() && any.len() < entries().len());
    }

    #[test]
    fn what_is_stronger_takes_the_place_of_its_kinds_only() {
        let file =
            Filter { min_severity: Some(Severity::Critical), tags: marks(&[("a", &["b"])]), ..Filter::default() };
        let stronger =
            Filter { min_severity: Some(Severity::Awareness), pillars: vec![Pillar::Security], ..Filter::default() };
        assert_eq!(file.below(&stronger), Filter { tags: marks(&[("a", &["b"])]), ..Filter::default() });
    }

    #[test]
    fn names_that_mean_nothing_are_told_with_the_nearest_and_all() {
        let all: Vec<Marks> = entries().iter().map(Marks::from).collect();
        let said = |filter: Filter| filter.check(&all).unwrap_err().to_string();
        let service = said(Filter { services: vec!["Storge".into()], ..Filter::default() });
        assert!(
            service.starts_with("no rule has the service `Storge`; did you mean `Storage`? There are AI Search, "),
            "{service}"
        );
        let tag = said(Filter { tags: marks(&[("relase", &["GA"])]), ..Filter::default() });
        assert!(tag.contains("the tag `relase`; did you mean `release`?") && tag.contains("ruleSet"), "{tag}");
        let value = said(Filter { tags: marks(&[("release", &["GA", "previw"])]), ..Filter::default() });
        assert!(value.contains("the tag release with the value `previw`; did you mean `preview`?"), "{value}");
        let label = said(Filter { labels: marks(&[("Nope", &["*"])]), ..Filter::default() });
        assert!(label.contains("the label `Nope`; there are Azure."), "{label}");
        assert_eq!(severity("CRITICAL"), Ok(Severity::Critical));
        assert_eq!(
            severity("high").unwrap_err().to_string(),
            "no rule has the severity `high`; there are Critical, Important, Awareness"
        );
        assert_eq!(
            ["cost-optimization", "OperationalExcellence"].map(pillar),
            [Ok(Pillar::CostOptimization), Ok(Pillar::OperationalExcellence)]
        );
        assert!(pillar("Securty").unwrap_err().to_string().contains("did you mean `Security`?"));
        let fine =
            Filter { services: vec!["Storage".into()], tags: marks(&[("release", &["*"])]), ..Filter::default() };
        assert_eq!(fine.check(&all), Ok(()));
    }
}
