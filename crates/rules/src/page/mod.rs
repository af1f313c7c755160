//! Rule pages: front matter, text, examples.
//!
//! Used by `build.rs` for the built-in pages and by the crate for tests and for rules that users bring along.

pub mod check;
pub mod paths;
pub mod yaml;

use crate::language::{
    Check, Demand, FailureLevel, LANGUAGE_RULES, Literal, OWN_RULES, Pillar, Release, Severity, Word,
};
use check::Known;
use yaml::{Problem, Tree, Yaml};

/// A parsed page.
#[derive(Debug, Clone)]
pub struct Page {
    /// `Azure.APIM.HTTPBackend`
    pub id: String,
    /// `AZR-000044`
    pub reference: String,
    /// Former names.
    pub aliases: Vec<String>,
    /// The checks of other tools that it covers: `CKV_AZURE_9`, `AZU-0047`.
    pub peers: Vec<String>,
    /// The weaknesses of the Common Weakness Enumeration that it finds: `CWE-319`.
    pub cwe: Vec<String>,
    /// The month of the last check of its facts against Azure's documentation: `2026-11`.
    pub reviewed: Option<String>,
    /// It runs only where a baseline, or somebody, asks for it.
    pub opt_in: bool,
    /// What it finds is of a service that is over: in the baselines `Armlint.…` nothing else is said about it.
    pub retires: bool,
    /// What somebody has to know before a fix is made: it is offered for review then, however small it is.
    pub caution: Option<String>,
    /// How much it matters.
    pub severity: Severity,
    /// The pillar.
    pub pillar: Pillar,
    /// The category within the pillar.
    pub category: String,
    /// The kind of resource, in words.
    pub resource: String,
    /// Whether what it is about is generally available.
    pub release: Release,
    /// The rule set that brought it.
    pub since: String,
    /// What a failure counts as.
    pub level: FailureLevel,
    /// Labels.
    pub labels: Vec<(String, Vec<String>)>,
    /// Configuration keys it reads.
    pub config: Vec<String>,
    /// Target types.
    pub targets: Vec<String>,
    /// What it checks.
    pub check: Check,
    /// The first heading.
    pub title: String,
    /// The synopsis, as plain text on one line.
    pub synopsis: String,
    /// The Markdown after the front matter.
    pub body: String,
    /// What it is about can be written in Bicep, so there are examples in it.
    pub bicep: bool,
    /// The examples.
    pub examples: Vec<Example>,
    /// The sections, and whether something is in them.
    sections: Vec<(String, bool)>,
}

/// A fenced block of a page that the tests run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// `json` or `bicep`
    pub language: String,
    /// `pass`, `fail`, `unknown` or `none`
    pub outcome: String,
    /// The text.
    pub text: String,
    /// The line of the page it starts on.
    pub line: usize,
    /// Configuration for this example: `KEY=value`, the value as JSON.
    pub config: Vec<(String, String)>,
}

const SECTIONS: &[&str] = &["Synopsis", "Description", "Recommendation", "Examples", "Links"];

/// Who a page is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    /// armlint: everything there is to say has to be there.
    Armlint,
    /// A repository: a reference, a release, a category, sections and examples in both languages may be missing.
    Repository,
}

/// Parses and checks a page.
///
/// # Errors
/// Everything that is wrong with it, each with its line.
pub fn parse(source: &str, named: Option<&[String]>) -> Result<Page, Vec<Problem>> {
    parse_of(Of::Armlint, source, named)
}

/// Parses and checks a page of a repository. It has an id, a severity, a pillar, targets, a check, a heading, a synopsis, and an
/// example that passes and one that fails, in either language.
///
/// # Errors
/// Everything that is wrong with it, each with its line.
pub fn parse_custom(source: &str, named: &[String]) -> Result<Page, Vec<Problem>> {
    parse_of(Of::Repository, source, Some(named))
}

fn parse_of(of: Of, source: &str, named: Option<&[String]>) -> Result<Page, Vec<Problem>> {
    let source = source.replace("\r\n", "\n");
    let Some(rest) = source.strip_prefix("---\n") else {
        return Err(vec![Problem::new(1, "a page starts with `---` and its front matter")]);
    };
    let Some((front, body)) = rest.split_once("\n---\n") else {
        return Err(vec![Problem::new(1, "the front matter does not end with `---`")]);
    };
    // The front matter starts on line 2.
    let moved = |p: Problem| Problem { line: p.line + 1, ..p };
    let tree = yaml::parse(front).map_err(|p| vec![moved(p)])?;
    let mut page = front_matter(of, &tree, named).map_err(|p| vec![moved(p)])?;
    let first = front.lines().count() + 3;
    let mut problems = Vec::new();
    read_body(&mut page, body, first, &mut problems);
    complete(of, &page, first, &mut problems);
    if problems.is_empty() { Ok(page) } else { Err(problems) }
}

fn front_matter(of: Of, tree: &Tree, named: Option<&[String]>) -> Result<Page, Problem> {
    let map = tree.map("the front matter")?;
    let allowed = [
        "id", "ref", "aliases", "peers", "cwe", "reviewed", "optIn", "retires", "caution", "severity", "pillar",
        "category", "resource", "release", "since", "level", "labels", "config", "targets", "bicep", "when", "check",
    ];
    for (i, (key, line, _)) in map.iter().enumerate() {
        if !allowed.contains(&key.as_str()) {
            return Err(Problem::new(
                *line,
                format!("`{key}` is unknown; the front matter has {}", allowed.join(", ")),
            ));
        }
        if map[..i].iter().any(|(k, ..)| k == key) {
            return Err(Problem::new(*line, format!("`{key}` is there twice")));
        }
    }
    let get = |key: &str| map.iter().find(|(k, ..)| k == key).map(|(_, _, v)| v);
    let need = |key: &str| get(key).ok_or_else(|| Problem::new(1, format!("`{key}` is missing")));
    let text = |key: &str| need(key)?.text(&format!("`{key}`")).map(str::to_string);
    // What a page of a repository may leave out.
    let left_out = |key: &str| of == Of::Repository && get(key).is_none();
    let text_or = |key: &str, other: &str| if left_out(key) { Ok(other.to_string()) } else { text(key) };
    let list = |key: &str| get(key).map_or(Ok(Vec::new()), |t| t.texts(&format!("`{key}`")));

    let id = text("id")?;
    let dotted = id.split('.').count() >= 2
        && id.split('.').all(|s| !s.is_empty() && s.chars().all(|c| c.is_ascii_alphanumeric()));
    if !dotted {
        return Err(Problem::new(need("id")?.line, format!("`{id}` is no rule id such as Azure.Storage.MinTLS")));
    }
    let since = match get("since").map(|t| &t.value) {
        // `2020_06` is a number to some YAML parsers.
        Some(Yaml::Int(n)) => format!("{:04}_{:02}", n / 100, n % 100),
        _ => text_or("since", "")?,
    };
    if !left_out("since") && (since.len() != 7 || since.as_bytes()[4] != b'_') {
        return Err(Problem::new(need("since")?.line, "`since` is a rule set such as 2020_06"));
    }
    let targets = list("targets")?;
    if targets.is_empty() {
        return Err(Problem::new(
            get("targets").map_or(1, |t| t.line),
            "`targets` needs at least one resource type, or '*'",
        ));
    }
    for t in targets.iter().filter(|t| *t != "*") {
        check::resource_type(t, need("targets")?.line)?;
    }
    let mut labels = Vec::new();
    if let Some(tree) = get("labels") {
        for (key, _, value) in tree.map("`labels`")? {
            labels.push((key.clone(), value.texts(key)?));
        }
    }
    let config = list("config")?;
    let peers = shaped(get("peers"), "peers", "the check of another tool such as CKV_AZURE_9", is_peer)?;
    let cwe = shaped(get("cwe"), "cwe", "a weakness such as CWE-319", is_cwe)?;
    let reviewed = shaped(get("reviewed"), "reviewed", "a month such as 2026-11", is_month)?.pop();
    let flag = |key: &str, without: bool| match get(key).map(|t| (&t.value, t.line)) {
        None => Ok(without),
        Some((Yaml::Bool(b), _)) => Ok(*b),
        Some((_, line)) => Err(Problem::new(line, format!("`{key}` must be true or false"))),
    };
    let bicep = flag("bicep", targets.iter().any(|t| !t.starts_with('.')))?;
    let opt_in = flag("optIn", false)?;
    if opt_in && !id.starts_with(OWN_RULES) {
        let message = "`optIn` is for rules of armlint's own: the others are in the baselines that PSRule has them in";
        return Err(Problem::new(get("optIn").map_or(1, |t| t.line), message));
    }
    let retires = flag("retires", false)?;
    let caution = match get("caution") {
        None => None,
        Some(tree) => {
            let words = tree.text("`caution`")?;
            // It is said behind what the fix does.
            if words.trim().is_empty() || words.contains('\n') || words.ends_with('.') {
                let message =
                    "`caution` is a few words on one line, without a full stop: what to know before a fix is made";
                return Err(Problem::new(tree.line, message));
            }
            Some(words.to_string())
        }
    };
    let known = Known { named, config: Some(&config) };
    // What the language checks has an algorithm of its own, which is found by the page's `ref`.
    let of_language = id.starts_with(LANGUAGE_RULES);
    let check = match get("check") {
        None if of_language => Check::default(),
        _ => check::check(get("when"), need("check")?, &known)?,
    };
    if let Some(target) = targets.iter().find(|t| *t != "*" && !t.starts_with('.') && !check.reaches(t)) {
        let message = format!(
            "no clause can look at a target of type {target}, so it always passes; leave it out of `targets`, or add a clause"
        );
        return Err(Problem::new(need("targets")?.line, message));
    }
    let first_target = targets.first().cloned().unwrap_or_default();
    Ok(Page {
        id,
        reference: text_or("ref", "")?,
        aliases: list("aliases")?,
        peers,
        cwe,
        reviewed,
        opt_in,
        retires,
        caution,
        severity: word("severity", need("severity")?)?,
        pillar: word("pillar", need("pillar")?)?,
        category: text_or("category", "")?,
        resource: text_or("resource", &first_target)?,
        release: if left_out("release") { Release::Ga } else { word("release", need("release")?)? },
        since,
        level: if left_out("level") { FailureLevel::Error } else { word("level", need("level")?)? },
        labels,
        config,
        targets,
        check,
        title: String::new(),
        synopsis: String::new(),
        body: String::new(),
        bicep,
        examples: Vec::new(),
        sections: Vec::new(),
    })
}

/// The texts of a list, each of which has a shape.
fn shaped(tree: Option<&Tree>, key: &str, what: &str, is: impl Fn(&str) -> bool) -> Result<Vec<String>, Problem> {
    let Some(tree) = tree else { return Ok(Vec::new()) };
    let texts = tree.texts(&format!("`{key}`"))?;
    match texts.iter().position(|t| !is(t)) {
        Some(i) => Err(Problem::new(tree.line, format!("`{}` in `{key}` is not {what}", texts[i]))),
        None => Ok(texts),
    }
}

/// A check of Checkov, Trivy, Template Analyzer (by its id), of KICS (by the id of its query), of arm-ttk or Bicep's linter (by
/// its name), of Bicep's compiler (by its code).
fn is_peer(text: &str) -> bool {
    let number = |prefix: &str| {
        text.strip_prefix(prefix).is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    let name = text.contains('-') && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    number("CKV_AZURE_") || number("CKV2_AZURE_") || number("BCP") || name
}

fn is_cwe(text: &str) -> bool {
    text.strip_prefix("CWE-").is_some_and(|n| n.parse::<u16>().is_ok_and(|n| n > 0))
}

fn is_month(text: &str) -> bool {
    let numbers = text.split_once('-').map(|(year, month)| (year.len(), year.parse(), month.len(), month.parse()));
    matches!(numbers, Some((4, Ok(2000_u16..), 2, Ok(1_u8..=12))))
}

/// A value that is one of a few words.
///
/// # Errors
/// Another word, or no text.
pub fn word<W: Word>(key: &str, tree: &Tree) -> Result<W, Problem> {
    W::of(tree.text(&format!("`{key}`"))?).ok_or_else(|| {
        let words: Vec<&str> = W::ALL.iter().map(|(w, _)| *w).collect();
        Problem::new(tree.line, format!("`{key}` is one of {}", words.join(", ")))
    })
}

/// Several of them, or one.
///
/// # Errors
/// Another word, or no text.
pub fn words<W: Word>(key: &str, tree: &Tree) -> Result<Vec<W>, Problem> {
    match &tree.value {
        Yaml::List(list) => list.iter().map(|t| word(key, t)).collect(),
        _ => Ok(vec![word(key, tree)?]),
    }
}

fn read_body(page: &mut Page, body: &str, first: usize, problems: &mut Vec<Problem>) {
    let mut section = "";
    let mut seen: Vec<&str> = Vec::new();
    let mut filled: Vec<&str> = Vec::new();
    let mut synopsis: Vec<&str> = Vec::new();
    let mut fence: Option<Example> = None;
    for (i, line) in body.lines().enumerate() {
        let at = first + i;
        if let Some(example) = &mut fence {
            if line.trim_end() == "```" {
                page.examples.extend(fence.take().filter(|e| !e.outcome.is_empty()));
            } else {
                example.text.push_str(line);
                example.text.push('\n');
            }
            continue;
        }
        if let Some(info) = line.strip_prefix("```") {
            match example(info, at) {
                Ok(e) => fence = Some(e),
                Err(p) => {
                    problems.push(p);
                    fence = example("", at).ok();
                }
            }
            filled.push(section);
        } else if let Some(title) = line.strip_prefix("# ") {
            page.title = title.trim().to_string();
        } else if let Some(name) = line.strip_prefix("## ") {
            section = name.trim();
            seen.push(section);
        } else if !line.trim().is_empty() {
            filled.push(section);
            if section == "Synopsis" {
                synopsis.push(line.trim());
            }
        }
    }
    if let Some(open) = fence {
        problems.push(Problem::new(open.line, "the code block is not closed"));
    }
    page.synopsis = synopsis.join(" ");
    page.body = body.trim_start_matches('\n').to_string();
    page.sections = seen.iter().map(|name| ((*name).to_string(), filled.contains(name))).collect();
}

/// What has to be in the body of a page.
fn complete(of: Of, page: &Page, first: usize, problems: &mut Vec<Problem>) {
    if page.title.is_empty() {
        problems.push(Problem::new(first, "the heading `# …` is missing"));
    }
    let sections = if of == Of::Armlint { SECTIONS } else { &SECTIONS[..1] };
    for name in sections {
        match page.sections.iter().find(|(section, _)| section == name) {
            None => problems.push(Problem::new(first, format!("the section `## {name}` is missing"))),
            Some((_, false)) => problems.push(Problem::new(first, format!("the section `## {name}` is empty"))),
            Some(_) => {}
        }
    }
    // What is always wrong has nothing that passes.
    let of_language = page.id.starts_with(LANGUAGE_RULES);
    let never = !of_language && page.check.clauses.iter().all(|c| c.selectors.is_empty() && c.demand == Demand::Never);
    // What breaks a limit of hundreds is too long for an example.
    let endless = of_language && page.reference.starts_with("max-");
    for outcome in ["pass", "fail"].into_iter().filter(|o| !(never && *o == "pass" || endless && *o == "fail")) {
        let there = |language: &str| page.examples.iter().any(|e| e.language == language && e.outcome == outcome);
        let missing: Vec<&str> = match of {
            // They are about one language.
            Of::Armlint if of_language => ["bicep"].into_iter().filter(|l| !there(l)).collect(),
            Of::Armlint => {
                ["json", "bicep"].into_iter().filter(|l| (*l == "json" || page.bicep) && !there(l)).collect()
            }
            Of::Repository if there("json") || there("bicep") => Vec::new(),
            Of::Repository => vec![if page.bicep { "bicep" } else { "json" }],
        };
        for language in missing {
            problems.push(Problem::new(first, format!("there is no example ```{language} {outcome}")));
        }
    }
}

/// The info string of a fence: `json pass`, `bicep fail KEY=1`, or anything else for a block that is not run.
fn example(info: &str, line: usize) -> Result<Example, Problem> {
    let mut words = info.split_whitespace();
    let language = words.next().unwrap_or("").to_string();
    let mut out = Example { language, outcome: String::new(), text: String::new(), line, config: Vec::new() };
    for word in words {
        match word {
            "pass" | "fail" | "unknown" | "none" => out.outcome = word.to_string(),
            _ => match word.split_once('=') {
                Some((key, value)) => out.config.push((key.to_string(), value.to_string())),
                None => {
                    return Err(Problem::new(
                        line,
                        format!("`{word}` is unknown: pass, fail, unknown, none or KEY=value"),
                    ));
                }
            },
        }
    }
    if !out.outcome.is_empty() && !matches!(out.language.as_str(), "json" | "bicep") {
        return Err(Problem::new(line, "an example that is run is `json` or `bicep`"));
    }
    Ok(out)
}

/// A YAML value as a literal.
///
/// # Errors
/// Maps have no literal.
pub fn literal(tree: &Tree) -> Result<Literal, Problem> {
    Ok(match &tree.value {
        Yaml::Null => Literal::Null,
        Yaml::Bool(b) => Literal::Bool(*b),
        Yaml::Int(i) => Literal::Int(*i),
        Yaml::Float(f) => Literal::Float(*f),
        Yaml::Str(s) => Literal::Str(s.clone()),
        Yaml::List(l) => Literal::List(l.iter().map(literal).collect::<Result<_, _>>()?),
        Yaml::Map(_) => return Err(Problem::new(tree.line, "a map is no value here")),
    })
}
