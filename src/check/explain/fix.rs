//! Changes that surely make a finding go: what a condition asks for (see [`wanted`]), in place of another literal, where a
//! property or the objects around it are missing, or in a list. What is not certain is not offered.

use ecow::{EcoString, eco_format};

use crate::check::explain::message::path;
use crate::check::explain::wanted::{Wanted, wanted};
use crate::check::result::{Fix, Safety};
use crate::check::targets::forest::Node;
use crate::check::updates;
use crate::check::verdict::clause::Reason;
use crate::check::verdict::condition::World;
use crate::check::verdict::evidence::{Evidence, Found, Step};
use crate::expand::value::{Object, Origin};
use crate::expand::{Data, Value};
use crate::read::{FileId, Source, Sources, Span};
use crate::rules::language::Literal;

/// The one change that answers everything that speaks against a target. `caution` is what the rule's page says of its fixes.
pub fn certain(reasons: &[Reason<'_>], world: &World<'_>, caution: Option<&str>, sources: &Sources) -> Option<Fix> {
    let mut out: Option<Fix> = None;
    for reason in reasons {
        if reason.evidence.is_empty() {
            return None;
        }
        for e in &reason.evidence {
            let node = world.forest.nodes.get(e.node).filter(|node| world.is_declared(node))?;
            let fix = of(&About { e, node, caution, sources })?;
            if out.as_ref().is_some_and(|known| (known.span, &known.text) != (fix.span, &fix.text)) {
                return None;
            }
            out.get_or_insert(fix);
        }
    }
    out
}

/// What a change is about.
struct About<'i, 'a> {
    e: &'i Evidence<'a>,
    /// The resource, or the file, that the way of the evidence begins at.
    node: &'i Node,
    /// What the rule's page says of its fixes.
    caution: Option<&'i str>,
    sources: &'i Sources,
}

fn of(about: &About<'_, '_>) -> Option<Fix> {
    match (wanted(about.e)?, about.e.found) {
        (Wanted::Value(literal), Found::Value(v)) => replaced(about, v, &literal),
        (Wanted::Value(literal), Found::Missing) => inserted(about, &literal),
        (Wanted::Item(literal), Found::Value(v)) => extended(about, v, literal),
        _ => None,
    }
}

/// What makes another resource of a resource, or another bill.
const OUTSIDE: &[&str] = &["sku", "kind", "zones", "location", "type", "name", "identity", "plan"];

impl About<'_, '_> {
    /// A value within `properties` that is written where it is used can be set without a side effect, unless the rule's page or
    /// Azure says otherwise.
    fn safety(&self, written_here: bool) -> Safety {
        let steps = &self.e.steps;
        let outside = |s: &Step<'_>| s.key().is_some_and(|key| OUTSIDE.iter().any(|o| key.eq_ignore_ascii_case(o)));
        let missing = steps.iter().filter(|s| matches!(s, Step::Missing(_))).count();
        let small = written_here && missing < 2 && !steps.iter().any(outside);
        if small && self.caution.is_none() && !self.is_fixed() { Safety::Safe } else { Safety::Review }
    }

    /// Whether Azure takes the property only when the resource is made.
    fn is_fixed(&self) -> bool {
        updates::of(self.node.type_text(), &path(&self.e.steps)).is_some()
    }

    /// What a change does, with what to know of it.
    fn description(&self, does: &str) -> EcoString {
        match self.caution {
            Some(caution) => eco_format!("{does}; {caution}"),
            None if self.is_fixed() => eco_format!("{does}; {ONCE}"),
            None => does.into(),
        }
    }

    /// Whether what stands at the end of the way is written in the declaration of the resource, each thing within the one that
    /// holds it. What stands elsewhere - in a variable, a parameter, an export of another file - may be read in other places,
    /// whichever way it came from there: as a whole, by a spread, through `union` or a lambda.
    fn is_written_here(&self) -> bool {
        let mut around = self.node.body.origin.place;
        self.e.steps.iter().all(|step| {
            let origin = match step {
                Step::Member(m) => &m.value.origin,
                Step::Item(_, v) => &v.origin,
                Step::Missing(_) => return true,
            };
            let within = |place: Span| around.is_some_and(|around| around.contains(place));
            let here = origin.from.is_none() && origin.place.is_some_and(within);
            around = origin.place;
            here
        })
    }

    /// The places on the way of all that the value went through.
    fn hand_overs(&self) -> impl Iterator<Item = Span> {
        self.e.steps.iter().flat_map(|step| {
            let origin = match step {
                Step::Member(m) => Some(&m.value.origin),
                Step::Item(_, v) => Some(&v.origin),
                Step::Missing(_) => None,
            };
            origin.into_iter().flat_map(Origin::chain)
        })
    }
}

/// What to know where Azure takes a property only when the resource is made.
const ONCE: &str = "Azure takes it only when the resource is created";

/// A file that people edit, and whether it is Bicep.
fn editable(span: Span, sources: &Sources) -> Option<(std::sync::Arc<Source>, bool)> {
    let source = sources.get(span.file).filter(|_| !sources.is_restored(span.file))?;
    let bicep = source.is_bicep();
    Some((source, bicep))
}

/// Another literal instead of the one that decided.
fn replaced(about: &About<'_, '_>, v: &Value, literal: &Literal) -> Option<Fix> {
    let decided = v.origin.decided();
    let span = decided.place.filter(|_| !decided.computed)?;
    let (source, bicep) = editable(span, about.sources)?;
    let written_here = about.is_written_here();
    if !is_plain_literal(source.slice(span), bicep) || !written_here && !fits(about, v, literal) {
        return None;
    }
    let text = written(literal, bicep)?;
    let safety = about.safety(written_here);
    let description = about.description(&format!("Set `{}` to {text}", path(&about.e.steps)));
    Some(Fix { safety, description, span, text: text.into(), tells: false })
}

/// A parameter on the way takes the other literal as well: it is of the same kind, and where the files on the way list
/// allowed values it is one that they name.
fn fits(about: &About<'_, '_>, v: &Value, literal: &Literal) -> bool {
    let wanted = match (&v.data, literal) {
        (Data::Bool(_), Literal::Bool(_)) => return true,
        (Data::Int(_) | Data::Float(_), Literal::Int(i)) => i.to_string(),
        (Data::Str(_), Literal::Str(s)) => s.clone(),
        _ => return false,
    };
    let number = matches!(literal, Literal::Int(_));
    let mut files: Vec<FileId> = about.hand_overs().map(|span| span.file).collect();
    files.sort_unstable();
    files.dedup();
    files.into_iter().all(|file| {
        let Some(source) = about.sources.get(file) else { return false };
        let text = source.text();
        let limited = ["allowedValues", "@allowed", "@sys.allowed", "' | '", "minValue"];
        if !limited.iter().any(|words| text.contains(words)) {
            return true;
        }
        !number && [format!("\"{wanted}\""), format!("'{wanted}'")].iter().any(|quoted| text.contains(quoted))
    })
}

/// A member that is not there, before the first of the object that should have it, with the objects that are missing around it.
fn inserted(about: &About<'_, '_>, literal: &Literal) -> Option<Fix> {
    let e = about.e;
    // What came from elsewhere may be the value of something else, too.
    if !about.is_written_here() {
        return None;
    }
    let there = e.steps.iter().position(|s| matches!(s, Step::Missing(_)))?;
    let (way, missing) = e.steps.split_at(there);
    let mut keys = Vec::with_capacity(missing.len());
    for step in missing {
        let Step::Missing(key) = step else { return None };
        keys.push(*key);
    }
    let (key, below) = keys.split_first()?;
    let mut parent = None;
    for step in way {
        let value = match step {
            Step::Member(m) => &m.value,
            Step::Item(_, v) => *v,
            Step::Missing(_) => return None,
        };
        if value.origin.computed {
            return None;
        }
        parent = Some(value);
    }
    let parent = parent?;
    let (Data::Object(object), Origin { place: Some(place), .. }) = (&parent.data, &parent.origin) else { return None };
    let (source, bicep) = editable(*place, about.sources)?;
    let text = source.slice(*place);
    // A spread, ARM's `copy`, and a member of this name whose value is null say more than the members do.
    let lower = text.to_ascii_lowercase();
    let hidden = if bicep { "..." } else { "\"copy\"" };
    if lower.contains(hidden) || lower.contains(&key.to_ascii_lowercase()) {
        return None;
    }
    let value = written(literal, bicep)?;
    let description = about.description(&format!("Set `{}` to {value}", path(&e.steps)));
    let mut inner = value;
    for key in below.iter().rev() {
        inner = format!("{{ {} }}", member(key, &inner, bicep)?);
    }
    let first = if object.members.is_empty() { None } else { Some(first_key(object, *place)?) };
    let (span, text) = put_first(&source, *place, ('{', '}'), first, &member(key, &inner, bicep)?, bicep)?;
    Some(Fix { safety: about.safety(true), description, span, text: text.into(), tells: false })
}

/// An item that a list lacks, before its first.
fn extended(about: &About<'_, '_>, list: &Value, literal: &Literal) -> Option<Fix> {
    let (Data::Array(items), Origin { place: Some(place), from: None, computed: false, .. }) =
        (&list.data, &list.origin)
    else {
        return None;
    };
    let (source, bicep) = editable(*place, about.sources)?;
    let inside = |s: &Span| s.file == place.file && s.start > place.start && s.end < place.end;
    let mut first: Option<Span> = None;
    for item in items.iter() {
        let span = item.origin.place.filter(inside)?;
        if first.is_none_or(|f| span.start < f.start) {
            first = Some(span);
        }
    }
    if source.slice(*place).contains(if bicep { "..." } else { "\"copy\"" }) {
        return None;
    }
    let value = written(literal, bicep)?;
    let (span, text) = put_first(&source, *place, ('[', ']'), first, &value, bicep)?;
    let description = about.description(&format!("Add {value} to `{}`", path(&about.e.steps)));
    Some(Fix { safety: Safety::Review, description, span, text: text.into(), tells: false })
}

/// A member in the words of a file.
fn member(key: &str, value: &str, bicep: bool) -> Option<String> {
    let identifier = key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !key.bytes().next().is_none_or(|b| b.is_ascii_digit());
    Some(match (bicep, identifier) {
        (true, true) => format!("{key}: {value}"),
        (true, false) => format!("{}: {value}", written(&Literal::Str(key.to_owned()), true)?),
        (false, _) => format!("{}: {value}", serde_json::Value::from(key)),
    })
}

/// What to put where, so that a text is the first thing in an object or a list; `None` where something other than blanks
/// stands before what is first now.
fn put_first(
    source: &Source,
    place: Span,
    (open, close): (char, char),
    first: Option<Span>,
    new: &str,
    bicep: bool,
) -> Option<(Span, String)> {
    let inner = source.slice(place).strip_prefix(open)?.strip_suffix(close)?;
    let Some(first) = first else {
        let text = if open == '{' { format!("{{ {new} }}") } else { format!("[{new}]") };
        return inner.trim().is_empty().then_some((place, text));
    };
    let before = source.text().get(place.start as usize + 1..first.start as usize)?;
    let separator = match before.rfind('\n') {
        _ if !before.trim().is_empty() => return None,
        Some(at) => {
            let newline = if before[..at].ends_with('\r') { "\r\n" } else { "\n" };
            format!("{}{newline}{}", if bicep { "" } else { "," }, &before[at + 1..])
        }
        None if bicep && inner.contains('\n') => return None,
        None => ", ".to_owned(),
    };
    let at = first.start as usize;
    Some((Span::new(place.file, at, at), format!("{new}{separator}")))
}

/// The key of an object that stands first in its text; `None` if one of them stands elsewhere.
fn first_key(object: &Object, place: Span) -> Option<Span> {
    let mut first: Option<Span> = None;
    for m in &object.members {
        let inside = |s: &Span| s.file == place.file && s.start > place.start && s.end < place.end;
        let span = m.key_span.filter(inside)?;
        if first.is_none_or(|f| span.start < f.start) {
            first = Some(span);
        }
    }
    first
}

/// A literal in the words of a file.
fn written(literal: &Literal, bicep: bool) -> Option<String> {
    Some(match literal {
        Literal::Bool(b) => b.to_string(),
        Literal::Int(i) => i.to_string(),
        Literal::Str(s) if s.chars().any(char::is_control) => return None,
        Literal::Str(s) if bicep => {
            format!("'{}'", s.replace('\\', "\\\\").replace('\'', "\\'").replace("${", "\\${"))
        }
        // A text that starts with `[` would be an expression.
        Literal::Str(s) if !s.starts_with('[') => serde_json::Value::from(s.as_str()).to_string(),
        Literal::List(l) => {
            let items = l.iter().map(|l| written(l, bicep)).collect::<Option<Vec<_>>>()?;
            format!("[{}]", items.join(", "))
        }
        _ => return None,
    })
}

fn is_plain_literal(text: &str, bicep: bool) -> bool {
    let quoted = |q: char| text.len() >= 2 && text.starts_with(q) && text.ends_with(q);
    matches!(text, "true" | "false" | "null")
        || text.parse::<f64>().is_ok()
        || bicep && quoted('\'') && !text.contains("${") && !text.starts_with("'''")
        || !bicep && quoted('"') && !text.starts_with("\"[")
}
