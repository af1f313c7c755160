//! What the command line says.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand};
use jiff::Timestamp;

use super::color::Color;
use super::narrow::Narrow;
use super::rules::RulesArgs;
use super::shell::{CompletionsArgs, ManArgs};
use crate::config::FailOn;
use crate::report::{DEFAULT_MAX_RESULTS, Format, OutcomeSet};
use crate::scan::Shard;
use crate::session::Options;

/// Checks Azure infrastructure as code against the Well-Architected Framework.
#[derive(Debug, Parser)]
#[command(name = "armlint", version, max_term_width = 120, propagate_version = true)]
#[command(about = "Checks ARM templates, Bicep and parameter files against the Azure Well-Architected Framework")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check templates, Bicep files, parameter files and exported resources
    Scan(Box<ScanArgs>),
    /// Check Bicep files for what the Bicep CLI says of them, at the levels of the nearest bicepconfig.json
    Check(Box<ScanArgs>),
    /// Print the resources that a template, Bicep file or parameter file deploys, as JSON
    Expand(Box<ExpandArgs>),
    /// Make the changes that findings offer: the safe ones, unless told otherwise
    Fix(Box<FixArgs>),
    /// Say what a change of the files changes in Azure: between git revisions, folders, or what `expand` printed
    Diff(Box<DiffArgs>),
    /// Draw what templates, Bicep files and parameter files deploy, and what they break, as Mermaid or DOT
    Graph(Box<GraphArgs>),
    /// Serve an editor: findings while one types, changes that mend them, what things come to
    Lsp(Box<super::lsp::LspArgs>),
    /// Fetch the modules that Bicep files name into the Bicep CLI's cache; the only command that uses a network
    Restore(RestoreArgs),
    /// List the rules, or show the page of one
    Rules(RulesArgs),
    /// Hold the report of another tool (PSRule, Checkov, Trivy, KICS, any SARIF) against ours for the same files
    Compare(CompareArgs),
    /// Print the configuration that counts, and where each value comes from
    Config(ConfigArgs),
    /// Write a commented armlint.yaml; where there is a ps-rule.yaml, one that says the same
    Init(InitArgs),
    /// Make one SARIF file of those of several shards
    Merge(MergeArgs),
    /// Print what makes a shell complete commands and options
    Completions(CompletionsArgs),
    /// Write manual pages to a folder
    #[command(hide = true)]
    Man(ManArgs),
}

const EXIT_SCAN: &str = "\
Exit status:
  0  nothing at or above --fail-on
  1  findings at or above --fail-on
  2  wrong usage, a broken configuration, or no file to check
  3  no such finding, but something could not be read or expanded
With --watch, Ctrl-C ends it, as it ends any program; 2 if what is asked for makes no sense from the start.";

const EXIT_EXPAND: &str = "\
Exit status:
  0  all is well
  2  wrong usage
  3  a diagnostic is an error; everything else is printed";

/// Options of `scan`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXIT_SCAN)]
pub struct ScanArgs {
    /// Folders, files and globs to look at, `-` for a text on standard input [default: `paths` of the armlint.yaml, else the
    /// working directory]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The file that the text on standard input is of, or is to become: what it names is looked for from there
    #[arg(long, value_name = "FILE")]
    pub stdin_filename: Option<PathBuf>,
    /// Scan, and scan again whenever something changes that the result hangs on, until Ctrl-C
    #[arg(short, long)]
    pub watch: bool,
    /// With --watch: look for changes every second, for drives and containers in which the system tells of none
    #[arg(long, requires = "watch")]
    pub poll: bool,
    /// Make the safe changes that findings offer first, as `fix` does
    #[arg(long, conflicts_with_all = ["since", "shard", "parameters", "stdin_filename"])]
    pub fix: bool,
    /// What goes to standard output
    #[arg(short, long, value_name = "FORMAT", default_value_t = Format::Text, value_parser = formats())]
    pub format: Format,
    /// Write it to FILE instead
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Colours in text
    #[arg(long, value_name = "WHEN", default_value_t, value_enum)]
    pub color: Color,
    /// Text shows all findings, not only the worst
    #[arg(long)]
    pub show_all: bool,
    /// Write one more report; may be repeated
    #[arg(long = "report", value_name = "FORMAT=FILE")]
    pub reports: Vec<ExtraReport>,
    /// Which outcomes json, csv and junit hold: fail, pass, unknown, error, suppressed, none, or all
    #[arg(long, value_name = "LIST", default_value = "fail,error")]
    pub outcome: OutcomeSet,
    /// Evaluate the one template given with this parameter file, and with no other; may be repeated
    #[arg(long, value_name = "FILE")]
    pub parameters: Vec<PathBuf>,
    /// Look at files that match, on top of the built-in patterns; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,
    /// Leave out files that match; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// The set of rules [default: Armlint.Default; with a ps-rule.yaml Azure.Default]
    #[arg(long, value_name = "NAME")]
    pub baseline: Option<String>,
    /// Only rules with this id, reference, alias, or check of another tool such as CKV_AZURE_9 (globs allowed); may be repeated
    #[arg(long = "rule", value_name = "ID")]
    pub rules: Vec<String>,
    /// Not the rules with this id, reference, alias, or check of another tool (globs allowed); may be repeated
    #[arg(long = "exclude-rule", value_name = "ID")]
    pub exclude_rules: Vec<String>,
    /// Keep what comes out for the next scan in DIR, and look there for what another one left [default: the platform's folder for
    /// caches]
    #[arg(long, value_name = "DIR", conflicts_with = "no_cache")]
    pub cache: Option<PathBuf>,
    /// Neither look for what another scan left nor leave anything
    #[arg(long)]
    pub no_cache: bool,
    /// Which rules matter.
    #[command(flatten)]
    pub narrow: Narrow,
    /// Read this instead of the armlint.yaml or ps-rule.yaml that is found
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Only findings that are not in FILE count and are shown
    #[arg(long, value_name = "FILE")]
    pub known: Option<PathBuf>,
    /// Only findings that are new since this git revision count and are shown; `A...B` is the merge base of two, `auto` what the
    /// event on GitHub names, else the merge base with the default branch
    #[arg(long, value_name = "REV", conflicts_with = "shard")]
    pub since: Option<String>,
    /// Write all findings to FILE, for --known; those that are gone are taken out
    #[arg(long, value_name = "FILE")]
    pub write_known: Option<PathBuf>,
    /// From which level on findings fail the run: error, warning, note, none [default: error]
    #[arg(long, value_name = "LEVEL", value_parser = fail_on)]
    pub fail_on: Option<FailOn>,
    /// The id of the run in a SARIF, for several uploads of one commit
    #[arg(long, value_name = "TEXT")]
    pub category: Option<String>,
    /// How many results a SARIF holds, most severe first
    #[arg(long, value_name = "N", default_value_t = DEFAULT_MAX_RESULTS)]
    pub max_results: usize,
    /// Only the I-th of N parts of the entry points
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// The clock for rules and functions that ask for the time
    #[arg(long, value_name = "RFC3339")]
    pub now: Option<Timestamp>,
    /// End with 0 instead of 3 where something could not be read or expanded
    #[arg(long)]
    pub allow_incomplete: bool,
    /// A module that is not in the cache is an error, not a warning
    #[arg(long)]
    pub require_modules: bool,
    /// End with 0 instead of 2 where there is no file to check
    #[arg(long)]
    pub allow_empty: bool,
    /// What is pulled in.
    #[command(flatten)]
    pub reach: Reach,
}

/// Options of `expand`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_EXPAND)]
pub struct ExpandArgs {
    /// A template, a Bicep file or a parameter file
    pub file: PathBuf,
    /// The values of the template's parameters
    #[arg(long, value_name = "FILE")]
    pub parameters: Option<PathBuf>,
    /// The subscription that is deployed to
    #[arg(long, value_name = "ID")]
    pub subscription_id: Option<String>,
    /// The resource group that is deployed to
    #[arg(long, value_name = "NAME")]
    pub resource_group: Option<String>,
    /// The location of the resource group, or of the deployment
    #[arg(long, value_name = "NAME")]
    pub location: Option<String>,
    /// The tenant that is deployed to
    #[arg(long, value_name = "ID")]
    pub tenant_id: Option<String>,
    /// The management group that is deployed to
    #[arg(long, value_name = "NAME")]
    pub management_group: Option<String>,
    /// The name of the deployment
    #[arg(long, value_name = "NAME")]
    pub deployment_name: Option<String>,
    /// The clock for functions that ask for the time
    #[arg(long, value_name = "RFC3339")]
    pub now: Option<Timestamp>,
    /// Also print where each value was decided
    #[arg(long)]
    pub origins: bool,
    /// What is pulled in.
    #[command(flatten)]
    pub reach: Reach,
}

const EXIT_FIX: &str = "\
Exit status:
  0  done, whatever remains
  1  with --diff: something would be changed
  2  wrong usage, or a broken configuration
  3  something could not be read, expanded or written";

/// Options of `fix`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_FIX)]
pub struct FixArgs {
    /// Folders, files and globs to look at [default: `paths` of the armlint.yaml, else the working directory]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Make the changes, too, that somebody should look at: they may cost money, need a new resource, or reach other places
    #[arg(long = "unsafe")]
    pub unsafe_fixes: bool,
    /// Print what would be changed as a patch, and change nothing
    #[arg(long)]
    pub diff: bool,
    /// Show each change and ask
    #[arg(short, long, conflicts_with = "diff")]
    pub interactive: bool,
    /// Only for findings of this rule, by id, reference, alias, or check of another tool (globs allowed); may be repeated
    #[arg(long = "rule", value_name = "ID")]
    pub rules: Vec<String>,
    /// Instead of mending them, accept the findings of this rule with a comment above each
    #[arg(long, value_name = "ID", requires = "reason", conflicts_with_all = ["rules", "unsafe_fixes"])]
    pub suppress: Option<String>,
    /// Why they are accepted
    #[arg(long, value_name = "TEXT", requires = "suppress")]
    pub reason: Option<String>,
    /// The last day on which they are
    #[arg(long, value_name = "YYYY-MM-DD", requires = "suppress")]
    pub until: Option<jiff::civil::Date>,
    /// Look at files that match, on top of the built-in patterns; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,
    /// Leave out files that match; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// The set of rules [default: Armlint.Default; with a ps-rule.yaml Azure.Default]
    #[arg(long, value_name = "NAME")]
    pub baseline: Option<String>,
    /// Read this instead of the armlint.yaml or ps-rule.yaml that is found
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The clock for rules and functions that ask for the time
    #[arg(long, value_name = "RFC3339")]
    pub now: Option<Timestamp>,
    /// What is pulled in.
    #[command(flatten)]
    pub reach: Reach,
}

const EXIT_DIFF: &str = "\
Exit status:
  0  all is well; with --exit-code, nothing changes
  1  with --exit-code, something changes
  2  wrong usage, or there is no such revision
  3  something could not be expanded; everything else is compared";

/// Options of `diff`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_DIFF)]
pub struct DiffArgs {
    /// What was there: a git revision (`A...B` for the merge base of two), a folder, a template, or a JSON that `expand` printed
    /// [default: what the event on GitHub names, else the merge base with the default branch]
    pub base: Option<String>,
    /// What is there now, of the same kinds [default: the working tree]
    pub head: Option<String>,
    /// Only what is below these, of working trees and revisions
    #[arg(last = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// What goes to standard output
    #[arg(short, long, value_name = "FORMAT", default_value = "text", value_enum)]
    pub format: crate::report::changes::Format,
    /// Write it to FILE instead
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Colours in text
    #[arg(long, value_name = "WHEN", default_value_t, value_enum)]
    pub color: Color,
    /// Text shows all changes, not only the worst
    #[arg(long)]
    pub show_all: bool,
    /// End with 1 if something changes, as git does
    #[arg(long)]
    pub exit_code: bool,
    /// Leave out files that match; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// Read this instead of the armlint.yaml or ps-rule.yaml that is found
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The clock for functions that ask for the time
    #[arg(long, value_name = "RFC3339")]
    pub now: Option<Timestamp>,
    /// What is pulled in.
    #[command(flatten)]
    pub reach: Reach,
}

const EXIT_GRAPH: &str = "\
Exit status:
  0  all is well, whatever the findings
  2  wrong usage, a broken configuration, or nothing that is deployed
  3  something could not be read or expanded; everything else is drawn";

/// Options of `graph`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_GRAPH)]
pub struct GraphArgs {
    /// Folders, files and globs to look at [default: `paths` of the armlint.yaml, else the working directory]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// What goes to standard output
    #[arg(short, long, value_name = "FORMAT", default_value = "mermaid", value_enum)]
    pub format: crate::report::graph::Format,
    /// Write it to FILE instead
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Leave out files that match; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// The set of rules [default: Armlint.Default; with a ps-rule.yaml Azure.Default]
    #[arg(long, value_name = "NAME")]
    pub baseline: Option<String>,
    /// Read this instead of the armlint.yaml or ps-rule.yaml that is found
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The clock for rules and functions that ask for the time
    #[arg(long, value_name = "RFC3339")]
    pub now: Option<Timestamp>,
    /// What is pulled in.
    #[command(flatten)]
    pub reach: Reach,
}

const EXIT_RESTORE: &str = "\
Exit status:
  0  every module is in the cache
  2  wrong usage, or a broken configuration
  3  a module could not be fetched; the others were";

/// Options of `restore`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_RESTORE)]
pub struct RestoreArgs {
    /// Folders, files and globs to look at [default: `paths` of the armlint.yaml, else the working directory]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Leave out files that match; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// Read this instead of the armlint.yaml or ps-rule.yaml of the working directory
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Say what would be fetched, and fetch nothing
    #[arg(long)]
    pub dry_run: bool,
    /// How long one request may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
    /// What is pulled in.
    #[command(flatten)]
    pub reach: Reach,
}

/// Options of `compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// SARIF, the JSON of PSRule, Checkov, Trivy or KICS, or PSRule's NUnit
    pub report: PathBuf,
    /// Folders, files and globs that the report is about [default: `paths` of the armlint.yaml, else the working directory]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// text, or json
    #[arg(short, long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub format: String,
    /// The set of rules [default: Armlint.Default; with a ps-rule.yaml Azure.Default]
    #[arg(long, value_name = "NAME")]
    pub baseline: Option<String>,
    /// Read this instead of the armlint.yaml or ps-rule.yaml of the working directory
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What is pulled in.
    #[command(flatten)]
    pub reach: Reach,
}

/// What templates may pull in.
#[derive(Debug, Clone, Args)]
pub struct Reach {
    /// What a template may read lies below this [default: the repository that holds it, else the working directory]
    #[arg(long, value_name = "DIR", value_parser = folder)]
    pub root: Option<PathBuf>,
    /// The Bicep CLI's module cache [default: as bicepconfig.json says, else ~/.bicep]
    #[arg(long, value_name = "DIR")]
    pub cache_dir: Option<PathBuf>,
    /// A file with more bytes is not read, which is an error: a number, or one with K, M or G
    #[arg(long, value_name = "SIZE", default_value = "32M", value_parser = size)]
    pub max_file_size: u64,
}

impl Reach {
    /// Options of a session that reaches so far, from a working directory; everything else as it is by default.
    pub fn options(&self, base: impl Into<PathBuf>) -> Options {
        Options {
            root: self.root.clone(),
            cache_dir: self.cache_dir.clone(),
            max_file_size: self.max_file_size,
            ..Options::new(base)
        }
    }
}

/// A number of bytes: `512K`, `32M`, `1G`, `1000000`.
fn size(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.char_indices().last() {
        Some((at, 'k' | 'K')) => (text.get(..at), 1 << 10),
        Some((at, 'm' | 'M')) => (text.get(..at), 1 << 20),
        Some((at, 'g' | 'G')) => (text.get(..at), 1 << 30),
        _ => (Some(text), 1_u64),
    };
    let number = digits.and_then(|d| d.parse::<u64>().ok()).and_then(|n| n.checked_mul(unit));
    number.filter(|n| *n > 0).ok_or_else(|| format!("`{text}` is no size; write 32M or 33554432, for example"))
}

/// Options of `config`: those of `scan` that a file has as well.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// text, or json
    #[arg(short, long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub format: String,
    /// Read this instead of the armlint.yaml or ps-rule.yaml that is found
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// As `scan` takes it
    #[arg(long, value_name = "NAME")]
    pub baseline: Option<String>,
    /// As `scan` takes it
    #[arg(long = "rule", value_name = "ID")]
    pub rules: Vec<String>,
    /// As `scan` takes it
    #[arg(long = "exclude-rule", value_name = "ID")]
    pub exclude_rules: Vec<String>,
    /// As `scan` takes it
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,
    /// As `scan` takes it
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// As `scan` takes it
    #[arg(long, value_name = "LEVEL", value_parser = fail_on)]
    pub fail_on: Option<FailOn>,
    /// As `scan` takes it
    #[arg(long, value_name = "RFC3339")]
    pub now: Option<Timestamp>,
}

/// Options of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Also write a GitHub workflow to .github/workflows/armlint.yml; an armlint.yaml that is there already stays as it is
    #[arg(long)]
    pub action: bool,
}

/// Options of `merge`.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// SARIF files that armlint wrote
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Write to FILE instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The id of the merged run
    #[arg(long, value_name = "TEXT")]
    pub category: Option<String>,
    /// How many results are kept, most severe first
    #[arg(long, value_name = "N", default_value_t = DEFAULT_MAX_RESULTS)]
    pub max_results: usize,
}

/// `--report FORMAT=FILE`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraReport {
    /// The format.
    pub format: Format,
    /// Where it goes.
    pub file: PathBuf,
}

impl FromStr for ExtraReport {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((format, file)) = text.split_once('=').filter(|(_, file)| !file.is_empty()) else {
            return Err("it has the form FORMAT=FILE, such as json=armlint.json".to_owned());
        };
        Ok(ExtraReport { format: format.parse()?, file: file.into() })
    }
}

fn formats() -> impl clap::builder::TypedValueParser<Value = Format> {
    use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
    let values = Format::ALL.iter().map(|f| PossibleValue::new(f.as_str()).help(f.about()));
    PossibleValuesParser::new(values).try_map(|word| word.parse::<Format>())
}

fn folder(text: &str) -> Result<PathBuf, String> {
    Some(PathBuf::from(text)).filter(|p| p.is_dir()).ok_or_else(|| "there is no such folder".to_owned())
}

fn fail_on(text: &str) -> Result<FailOn, String> {
    FailOn::parse(text).ok_or_else(|| "it is error, warning, note or none".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_largest_file_is_the_same_for_programs() {
        let cli = Cli::try_parse_from(["armlint", "scan"]).unwrap();
        let Command::Scan(args) = cli.command else { panic!("scan") };
        assert_eq!(args.reach.max_file_size, crate::source::MAX_FILE_SIZE);
    }

    #[test]
    fn extra_reports() {
        let report: ExtraReport = "sarif=a=b.sarif".parse().unwrap();
        assert_eq!(report, ExtraReport { format: Format::Sarif, file: "a=b.sarif".into() });
        assert!("json".parse::<ExtraReport>().is_err());
        assert!("yaml=x".parse::<ExtraReport>().is_err());
    }
}
