//! Conditions and clauses of a page's `check`.

use super::paths;
use super::yaml::{Problem, Tree, Yaml};
use crate::language::{
    Check, Clause, Comparison, Condition, Demand, Inside, Items, LARGEST_REGEX, Literal, Op, Operand, Quantifier, Root,
    Selector, Test, TextPart, Transform, WORDS,
};

type Result<T> = std::result::Result<T, Problem>;

/// What a page may refer to.
pub struct Known<'k> {
    /// The named checks; `None` accepts any.
    pub named: Option<&'k [String]>,
    /// The configuration keys; `None` accepts any.
    pub config: Option<&'k [String]>,
}

/// Compiles `when` and `check`.
///
/// # Errors
/// The first thing that is wrong.
pub fn check(when: Option<&Tree>, clauses: &Tree, known: &Known<'_>) -> Result<Check> {
    let (of_type, when) = apart(when.map(|t| condition(t, known)).transpose()?);
    Ok(Check { of_type, when, clauses: self::clauses(clauses, known)? })
}

/// What of a precondition is about the type alone, and the rest of it.
fn apart(when: Option<Condition>) -> (Option<Condition>, Option<Condition>) {
    let parts = match when {
        Some(Condition::All(parts)) => parts,
        other => other.into_iter().collect(),
    };
    let all = |mut parts: Vec<Condition>| match parts.len() {
        0 | 1 => parts.pop(),
        _ => Some(Condition::All(parts)),
    };
    let (of_type, rest) = parts.into_iter().partition(Condition::is_of_type);
    (all(of_type), all(rest))
}

fn clauses(tree: &Tree, known: &Known<'_>) -> Result<Vec<Clause>> {
    match &tree.value {
        Yaml::List(list) if !list.is_empty() => list.iter().map(|t| clause(t, known)).collect(),
        Yaml::Map(_) => Ok(vec![clause(tree, known)?]),
        _ => Err(Problem::new(tree.line, "`check` must be a list of clauses")),
    }
}

fn clause(tree: &Tree, known: &Known<'_>) -> Result<Clause> {
    let mut out = Clause {
        selectors: Vec::new(),
        when: None,
        demand: Demand::Never,
        required: false,
        inapplicable: false,
        message: Vec::new(),
        otherwise: Vec::new(),
    };
    let mut demand: Option<Demand> = None;
    let mut with: Option<&Tree> = None;
    for (key, line, value) in tree.map("a clause")? {
        let mut set = |d: Demand| match demand.replace(d) {
            None => Ok(()),
            Some(_) => Err(Problem::new(
                *line,
                "a clause has one of expect, some, none, count, sum, use, never; write two clauses",
            )),
        };
        match key.as_str() {
            "for" => out.selectors = selectors(value)?,
            "when" => out.when = Some(condition(value, known)?),
            "expect" => set(Demand::Each(condition(value, known)?))?,
            "some" => set(Demand::Some(condition(value, known)?))?,
            "none" => set(Demand::None(condition(value, known)?))?,
            "count" => set(Demand::Count(comparisons(value, known)?))?,
            "sum" => set(sum(value, known)?)?,
            "use" => set(Demand::Each(Condition::Use(named(value, known)?, Vec::new())))?,
            "never" => match value.value {
                Yaml::Bool(true) => set(Demand::Never)?,
                _ => return Err(Problem::new(value.line, "`never` is `true`")),
            },
            "with" => with = Some(value),
            "required" => match value.value {
                Yaml::Bool(b) => out.required = b,
                _ => return Err(Problem::new(value.line, "`required` must be true or false")),
            },
            "message" => out.message = at(value.line, paths::message(value.text("`message`")?))?,
            "else" if value.as_str() == Some("none") => out.inapplicable = true,
            "else" => out.otherwise = clauses(value, known)?,
            _ => {
                return Err(Problem::new(
                    *line,
                    format!(
                        "`{key}` is unknown in a clause; it has for, when, expect, some, none, count, sum, use, with, never, required, else, message"
                    ),
                ));
            }
        }
    }
    out.demand =
        demand.ok_or_else(|| Problem::new(tree.line, "a clause needs expect, some, none, count, sum, use or never"))?;
    if let Some(tree) = with {
        match &mut out.demand {
            Demand::Each(Condition::Use(_, args)) => *args = arguments(tree, known)?,
            _ => return Err(Problem::new(tree.line, "`with` goes with `use`")),
        }
    }
    known_config(&out.message, tree.line, known)?;
    if out.required && (out.inapplicable || !out.otherwise.is_empty()) {
        return Err(Problem::new(tree.line, "`required` and `else` exclude each other"));
    }
    Ok(out)
}

fn selectors(tree: &Tree) -> Result<Vec<Selector>> {
    let one = |t: &Tree| -> Result<Selector> {
        if let Some(s) = t.as_str() {
            return resource_type(s, t.line).map(|type_| Selector { type_, inside: None });
        }
        let (mut type_, mut path, mut flat) = (None, None, false);
        for (key, line, value) in t.map("`for`")? {
            match key.as_str() {
                "type" => type_ = Some(resource_type(value.text("`type`")?, value.line)?),
                "in" => path = Some(at(value.line, paths::path(value.text("`in`")?))?),
                "flat" => flat = matches!(value.value, Yaml::Bool(true)),
                _ => return Err(Problem::new(*line, format!("`{key}` is unknown in `for`; it has type, in, flat"))),
            }
        }
        let type_ = type_.ok_or_else(|| Problem::new(t.line, "`for` needs a `type`"))?;
        Ok(Selector { type_, inside: path.map(|path| Inside { path, flat }) })
    };
    match &tree.value {
        Yaml::List(list) => list.iter().map(one).collect(),
        _ => Ok(vec![one(tree)?]),
    }
}

/// Checks the shape of a resource type or file extension.
pub fn resource_type(text: &str, line: usize) -> Result<String> {
    let segment =
        |s: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    let resource = text.split('/').all(segment) && (text.contains('/') || text.contains('.'));
    if resource { Ok(text.to_string()) } else { Err(Problem::new(line, format!("`{text}` is no resource type"))) }
}

fn sum(tree: &Tree, known: &Known<'_>) -> Result<Demand> {
    let mut of = Vec::new();
    let mut rest = Vec::new();
    for (key, line, value) in tree.map("`sum`")? {
        if key == "of" {
            for p in value.texts("`of`")? {
                of.push(at(value.line, paths::path(&p))?);
            }
        } else {
            rest.push((key.clone(), *line, value.clone()));
        }
    }
    if of.is_empty() {
        return Err(Problem::new(
            tree.line,
            "`sum` needs `of`: a path, or several of which the first above zero counts",
        ));
    }
    let compare = comparisons(&Tree { value: Yaml::Map(rest), line: tree.line }, known)?;
    Ok(Demand::Sum(of, compare))
}

fn comparisons(tree: &Tree, known: &Known<'_>) -> Result<Vec<Comparison>> {
    let Yaml::Map(map) = &tree.value else {
        return Ok(vec![Comparison { op: Op::Equals, operand: operand(tree, known)? }]);
    };
    let mut out = Vec::new();
    for (key, line, value) in map {
        let op = match op(key) {
            Some(
                op @ (Op::Equals
                | Op::NotEquals
                | Op::In
                | Op::Greater
                | Op::GreaterOrEquals
                | Op::Less
                | Op::LessOrEquals),
            ) => op,
            _ => return Err(Problem::new(*line, format!("`{key}` does not compare numbers"))),
        };
        out.push(Comparison { op, operand: operand(value, known)? });
    }
    if out.is_empty() {
        return Err(Problem::new(tree.line, "a comparison is missing, such as `greaterOrEquals: 1`"));
    }
    Ok(out)
}

/// Compiles a condition.
///
/// # Errors
/// The first thing that is wrong.
pub fn condition(tree: &Tree, known: &Known<'_>) -> Result<Condition> {
    let mut all = Vec::new();
    match &tree.value {
        Yaml::List(list) => {
            for t in list {
                all.push(condition(t, known)?);
            }
        }
        Yaml::Map(map) => {
            let mut with = None;
            for (key, line, value) in map {
                match key.as_str() {
                    "allOf" => all.push(Condition::All(conditions(value, known)?)),
                    "anyOf" => all.push(Condition::Any(alternatives(value, known)?)),
                    "not" => all.push(Condition::Not(Box::new(condition(value, known)?))),
                    "use" => all.push(Condition::Use(named(value, known)?, Vec::new())),
                    "with" => with = Some(value),
                    _ => on_path(key, *line, value, known, &mut all)?,
                }
            }
            if let Some(tree) = with {
                match all.iter_mut().find_map(|c| if let Condition::Use(_, args) = c { Some(args) } else { None }) {
                    Some(args) => *args = arguments(tree, known)?,
                    None => return Err(Problem::new(tree.line, "`with` goes with `use`")),
                }
            }
        }
        _ => {
            return Err(Problem::new(tree.line, format!("a condition is a map of paths, but this is {}", tree.kind())));
        }
    }
    match all.len() {
        0 => Err(Problem::new(tree.line, "the condition is empty")),
        1 => Ok(all.remove(0)),
        _ => Ok(Condition::All(all)),
    }
}

fn conditions(tree: &Tree, known: &Known<'_>) -> Result<Vec<Condition>> {
    match &tree.value {
        Yaml::List(list) if !list.is_empty() => list.iter().map(|t| condition(t, known)).collect(),
        _ => Err(Problem::new(tree.line, "a list of conditions is expected")),
    }
}

/// The conditions of an `anyOf`: those of one within it are alternatives like its own, of which the nearest miss is told.
fn alternatives(tree: &Tree, known: &Known<'_>) -> Result<Vec<Condition>> {
    let mut out = Vec::new();
    for one in conditions(tree, known)? {
        match one {
            Condition::Any(more) => out.extend(more),
            other => out.push(other),
        }
    }
    Ok(out)
}

/// `path: {operator: operand, …}`, `path: value` (equals) or `path: [values]` (in).
fn on_path(key: &str, line: usize, tree: &Tree, known: &Known<'_>, out: &mut Vec<Condition>) -> Result<()> {
    let path = at(line, paths::path(key))?;
    match &path.root {
        Root::Config(k) => config_key(k, line, known)?,
        Root::Children(type_) => drop(resource_type(type_, line)?),
        _ => {}
    }
    let test = |op, operand| Test {
        path: path.clone(),
        transforms: Vec::new(),
        op,
        operand,
        case_sensitive: None,
        prerelease: false,
        in_words: None,
    };
    let map = match &tree.value {
        Yaml::Map(map) => map,
        Yaml::List(_) => {
            out.push(Condition::Test(test(Op::In, operand(tree, known)?)));
            return Ok(());
        }
        _ => {
            out.push(Condition::Test(test(Op::Equals, operand(tree, known)?)));
            return Ok(());
        }
    };
    let start = out.len();
    let (mut transforms, mut case_sensitive, mut prerelease, mut in_words, mut filter, mut items) =
        (Vec::new(), None, false, None, None, Vec::new());
    for (word, line, value) in map {
        match word.as_str() {
            "as" => transforms = self::transforms(value)?,
            "caseSensitive" => case_sensitive = Some(matches!(value.value, Yaml::Bool(true))),
            "prerelease" => prerelease = matches!(value.value, Yaml::Bool(true)),
            "inWords" => in_words = Some(value.text("`inWords`")?.to_string()),
            "where" => filter = Some(Box::new(condition(value, known)?)),
            "each" => items.push(Quantifier::Each(Box::new(condition(value, known)?))),
            "some" => items.push(Quantifier::Some(Box::new(condition(value, known)?))),
            "none" => items.push(Quantifier::None(Box::new(condition(value, known)?))),
            "count" => items.push(Quantifier::Count(comparisons(value, known)?)),
            _ => {
                let op = op(word).ok_or_else(|| {
                    Problem::new(*line, format!("`{word}` is no operator; if it is a property, write `{key}.{word}`"))
                })?;
                let operand = operand(value, known)?;
                operand_fits(op, &operand, value.line)?;
                out.push(Condition::Test(test(op, operand)));
            }
        }
    }
    let tests = &mut out[start..];
    if tests.is_empty() && items.is_empty() {
        return Err(Problem::new(line, format!("`{key}` has no operator")));
    }
    if let (Root::Children(_), false) = (&path.root, tests.is_empty()) {
        return Err(Problem::new(line, "`$children[…]` goes with where, each, some, none and count"));
    }
    let is_match = |c: &Condition| matches!(c, Condition::Test(t) if matches!(t.op, Op::Match | Op::NotMatch));
    if in_words.is_some() && !tests.iter().any(is_match) {
        return Err(Problem::new(line, "`inWords` goes with match or notMatch"));
    }
    for c in tests {
        if let Condition::Test(t) = c {
            t.transforms = transforms.clone();
            t.case_sensitive = case_sensitive;
            t.prerelease = prerelease;
            if matches!(t.op, Op::Match | Op::NotMatch) {
                t.in_words.clone_from(&in_words);
            }
            pattern_fits(t, line)?;
        }
    }
    if items.is_empty() && filter.is_some() {
        return Err(Problem::new(line, "`where` goes with each, some, none or count"));
    }
    for quantifier in items {
        out.push(Condition::Items(Items { path: path.clone(), filter: filter.clone(), quantifier }));
    }
    Ok(())
}

/// A regular expression that is wrong or too large would leave the rule unknown on every target.
fn pattern_fits(t: &Test, line: usize) -> Result<()> {
    let (Op::Match | Op::NotMatch, Operand::Literal(Literal::Str(pattern))) = (t.op, &t.operand) else { return Ok(()) };
    let insensitive = t.case_sensitive == Some(false);
    let built = regex::RegexBuilder::new(pattern).case_insensitive(insensitive).size_limit(LARGEST_REGEX).build();
    let wrong = |e: regex::Error| {
        let why = e.to_string();
        Problem::new(line, format!("the regular expression cannot be used: {}", why.lines().last().unwrap_or("wrong")))
    };
    built.map(drop).map_err(wrong)
}

fn transforms(tree: &Tree) -> Result<Vec<Transform>> {
    match &tree.value {
        Yaml::List(list) if !list.is_empty() => list.iter().map(transform).collect(),
        _ => Ok(vec![transform(tree)?]),
    }
}

fn transform(tree: &Tree) -> Result<Transform> {
    if let Yaml::Map(map) = &tree.value
        && let [(key, line, value)] = map.as_slice()
    {
        match key.as_str() {
            "after" => return Ok(Transform::After(value.text("`after`")?.to_string())),
            "percentOf" => return Ok(Transform::PercentOf(at(*line, paths::path(value.text("`percentOf`")?))?)),
            _ => {}
        }
    }
    Ok(match tree.as_str() {
        Some("daysUntil") => Transform::DaysUntil,
        Some("location") => Transform::Location,
        Some("number") => Transform::Number,
        Some("lastSegment") => Transform::LastSegment,
        Some("compressed") => Transform::Compressed,
        _ => {
            return Err(Problem::new(
                tree.line,
                "`as` is daysUntil, location, number, lastSegment, compressed, {after: '|'}, {percentOf: path}, or a list of these",
            ));
        }
    })
}

fn operand_fits(op: Op, operand: &Operand, line: usize) -> Result<()> {
    let Operand::Literal(literal) = operand else { return Ok(()) };
    let wrong = |what: &str| Err(Problem::new(line, format!("`{}` takes {what}", op.word())));
    match (op, literal) {
        (Op::Exists | Op::HasValue | Op::Secret, Literal::Bool(_)) => Ok(()),
        (Op::Exists | Op::HasValue | Op::Secret, _) => wrong("true or false"),
        (Op::In | Op::NotIn | Op::SetOf | Op::HasKeys | Op::OnlyKeys, Literal::List(_)) => Ok(()),
        (Op::In | Op::NotIn | Op::SetOf | Op::HasKeys | Op::OnlyKeys, _) => wrong("a list"),
        (Op::Greater | Op::GreaterOrEquals | Op::Less | Op::LessOrEquals, Literal::Int(_) | Literal::Float(_)) => {
            Ok(())
        }
        (Op::Greater | Op::GreaterOrEquals | Op::Less | Op::LessOrEquals, _) => wrong("a number"),
        (Op::Is, Literal::Str(s)) if KINDS.contains(&s.as_str()) => Ok(()),
        (Op::Is, _) => wrong(&format!("one of {}", KINDS.join(", "))),
        (Op::Version | Op::ApiVersion | Op::Match | Op::NotMatch | Op::SupportsZones, Literal::Str(_)) => Ok(()),
        (Op::Version | Op::ApiVersion | Op::Match | Op::NotMatch, _) => wrong("a text"),
        _ => Ok(()),
    }
}

/// What [`Op::Is`] knows.
pub const KINDS: &[&str] = &["string", "integer", "number", "boolean", "array", "object", "date", "lower", "upper"];

fn operand(tree: &Tree, known: &Known<'_>) -> Result<Operand> {
    Ok(match &tree.value {
        Yaml::Null => Operand::Literal(Literal::Null),
        Yaml::Bool(b) => Operand::Literal(Literal::Bool(*b)),
        Yaml::Int(i) => Operand::Literal(Literal::Int(*i)),
        Yaml::Float(f) => Operand::Literal(Literal::Float(*f)),
        Yaml::Str(s) => {
            let mut parts = at(tree.line, paths::operand(s))?;
            known_config(&parts, tree.line, known)?;
            match parts.as_mut_slice() {
                [TextPart::Config(key)] => Operand::Config(std::mem::take(key)),
                [TextPart::Property(path)] => Operand::Path(path.clone()),
                [TextPart::Words(w)] => Operand::Literal(Literal::Str(std::mem::take(w))),
                [] => Operand::Literal(Literal::Str(String::new())),
                _ => Operand::Text(parts),
            }
        }
        Yaml::List(list) => {
            let all = list.iter().map(|t| operand(t, known)).collect::<Result<Vec<_>>>()?;
            let literal = |o: &Operand| if let Operand::Literal(l) = o { Some(l.clone()) } else { None };
            match all.iter().map(literal).collect::<Option<Vec<_>>>() {
                Some(literals) => Operand::Literal(Literal::List(literals)),
                None => Operand::List(all),
            }
        }
        Yaml::Map(map) => match map.as_slice() {
            [(key, line, value)] if key == "config" => {
                let name = value.text("`config`")?.to_string();
                config_key(&name, *line, known)?;
                Operand::Config(name)
            }
            [(key, _, value)] if key == "path" => Operand::Path(at(value.line, paths::path(value.text("`path`")?))?),
            [(first, _, type_), (second, line, extra)] if first == "type" && second == "additional" => {
                let key = extra.text("`additional`")?.to_string();
                config_key(&key, *line, known)?;
                let type_ = type_.text("`type`")?.to_string();
                Operand::List(vec![Operand::Literal(Literal::Str(type_)), Operand::Config(key)])
            }
            _ => return Err(Problem::new(tree.line, "an operand is a value, a list, `{config: KEY}` or `{path: …}`")),
        },
    })
}

fn arguments(tree: &Tree, known: &Known<'_>) -> Result<Vec<(String, Operand)>> {
    tree.map("`with`")?.iter().map(|(key, _, value)| Ok((key.clone(), operand(value, known)?))).collect()
}

fn named(tree: &Tree, known: &Known<'_>) -> Result<String> {
    let name = tree.text("`use`")?;
    match known.named {
        Some(list) if !list.iter().any(|n| n == name) => {
            Err(Problem::new(tree.line, format!("there is no check named `{name}`; there are {}", list.join(", "))))
        }
        _ => Ok(name.to_string()),
    }
}

fn known_config(parts: &[TextPart], line: usize, known: &Known<'_>) -> Result<()> {
    for p in parts {
        match p {
            TextPart::Config(key) => config_key(key, line, known)?,
            TextPart::Property(path) => {
                if let Root::Config(key) = &path.root {
                    config_key(key, line, known)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn config_key(key: &str, line: usize, known: &Known<'_>) -> Result<()> {
    match known.config {
        Some(list) if !list.iter().any(|k| k.eq_ignore_ascii_case(key)) => {
            Err(Problem::new(line, format!("the configuration key `{key}` is not among the page's `config`")))
        }
        _ => Ok(()),
    }
}

fn op(word: &str) -> Option<Op> {
    WORDS.iter().find(|(w, _)| *w == word).map(|(_, op)| *op)
}

fn at<T>(line: usize, result: std::result::Result<T, String>) -> Result<T> {
    result.map_err(|message| Problem::new(line, message))
}
