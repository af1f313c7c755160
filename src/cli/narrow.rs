//! Options that say which rules matter; `scan` and `rules` have them.

use clap::Args;

use crate::rules::filter::{pillar, severity};
use crate::rules::{Filter, Pillar, Severity};

/// Which rules matter. Names of one option are alternatives, options are joined.
#[derive(Debug, Clone, Default, Args)]
pub struct Narrow {
    /// Only rules of this severity and above: critical, important, awareness
    #[arg(long, value_name = "SEVERITY", value_parser = severity, overrides_with = "min_severity")]
    pub min_severity: Option<Severity>,
    /// Only rules of this pillar, such as security or cost-optimization; may be repeated
    #[arg(long = "pillar", value_name = "NAME", value_parser = pillar)]
    pub pillars: Vec<Pillar>,
    /// Only rules about this service, such as 'Storage Account', or storage as in their ids; may be repeated
    #[arg(long = "service", value_name = "NAME")]
    pub services: Vec<String>,
    /// Only rules with this tag of PSRule, such as release=GA; may be repeated
    #[arg(long = "tag", value_name = "NAME=VALUE", value_parser = mark)]
    pub tags: Vec<(String, String)>,
    /// Only rules with this label, such as Azure.MCSB.v1/control=DP-3, or =* for any value; may be repeated
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = mark)]
    pub labels: Vec<(String, String)>,
}

impl Narrow {
    /// The same as a filter.
    pub fn filter(&self) -> Filter {
        let mut filter = Filter {
            min_severity: self.min_severity,
            pillars: self.pillars.clone(),
            services: self.services.clone(),
            ..Filter::default()
        };
        self.tags.iter().for_each(|(name, value)| Filter::add(&mut filter.tags, name, value));
        self.labels.iter().for_each(|(name, value)| Filter::add(&mut filter.labels, name, value));
        filter
    }
}

fn mark(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
    let parts = parts.filter(|(name, value)| !name.is_empty() && !value.is_empty());
    let parts = parts.map(|(name, value)| (name.to_owned(), value.to_owned()));
    parts.ok_or_else(|| "it has the form NAME=VALUE, such as release=GA".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        narrow: Narrow,
    }

    #[test]
    fn what_is_repeated_is_collected_and_of_severities_the_last_counts() {
        let words =
            "x --tag a=1 --min-severity critical --tag A=2 --pillar security --min-severity important --label b=*";
        let filter = Line::try_parse_from(words.split(' ')).unwrap().narrow.filter();
        assert_eq!((filter.min_severity, filter.pillars), (Some(Severity::Important), vec![Pillar::Security]));
        assert_eq!(filter.tags, [("a".to_owned(), vec!["1".to_owned(), "2".to_owned()])]);
        assert_eq!(filter.labels, [("b".to_owned(), vec!["*".to_owned()])]);
        for wrong in ["--tag a", "--label =x", "--pillar securty", "--min-severity high"] {
            assert!(Line::try_parse_from(format!("x {wrong}").split(' ')).is_err(), "{wrong}");
        }
    }
}
