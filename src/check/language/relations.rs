//! Resources that are spoken of by their names and ids where their symbols would do.

use rustc_hash::FxHashMap;

use super::kinds::Ty;
use super::resources::{full_type, version_of};
use super::scope::{Declaration, Kind};
use super::versions;
use super::walk::{self, bare};
use super::{Context, Edit};
use crate::read::bicep::ast::{Expr, ExprKind, Part};

/// As many slashes in a name are looked at.
const MOST_PARTS: usize = 32;

/// As many resources of one file are held against the ids that are asked for.
const MOST_COMPARED: usize = 200_000;

pub fn check(c: &Context<'_>) {
    let mut named: FxHashMap<(String, String), usize> = FxHashMap::default();
    let mut types: FxHashMap<String, Vec<usize>> = FxHashMap::default();
    for (i, d) in c.scope.declarations.iter().enumerate() {
        let Kind::Resource(_) = d.kind else { continue };
        let type_ = full_type(c, i).to_ascii_lowercase();
        if let Some(name) = name_of(d).filter(|_| !d.is_collection()) {
            let name = Written::of(name).map_or_else(|| value_key(c, name), |w| w.whole(c));
            named.entry((type_.clone(), name)).or_insert(i);
        }
        types.entry(type_).or_default().push(i);
    }
    for (i, d) in c.scope.declarations.iter().enumerate() {
        if let Kind::Resource(_) = d.kind {
            parent(c, &named, i, d);
        }
    }
    let mut steps = MOST_COMPARED;
    versions::each_asking(c, |e, name, args| {
        by_id(c, &types, e, name, args, &mut steps);
        unrecognized(c, e, name, args);
    });
}

/// A text with values in it: the texts between, one more than there are values.
struct Written<'e> {
    texts: Vec<&'e str>,
    values: Vec<&'e Expr>,
}

impl<'e> Written<'e> {
    fn of(e: &'e Expr) -> Option<Self> {
        match &e.kind {
            ExprKind::Str(text) => Some(Written { texts: vec![text.value.as_str()], values: Vec::new() }),
            ExprKind::Interpolated(parts) => {
                let mut out = Written { texts: vec![""], values: Vec::new() };
                for part in parts {
                    match part {
                        Part::Text(text) => {
                            if let Some(last) = out.texts.last_mut() {
                                *last = text.value.as_str();
                            }
                        }
                        Part::Expr(e) => {
                            out.values.push(e);
                            out.texts.push("");
                        }
                    }
                }
                Some(out)
            }
            _ => None,
        }
    }

    /// What tells it from other texts but for white space in its values: up to one of the texts, of which this is left.
    fn up_to(&self, c: &Context<'_>, at: usize, rest: &str) -> String {
        let mut out = String::new();
        for (text, value) in self.texts.iter().zip(&self.values).take(at) {
            out.push_str(text);
            out.push_str(&value_key(c, value));
        }
        out.push_str(rest);
        out
    }

    fn whole(&self, c: &Context<'_>) -> String {
        self.up_to(c, self.values.len(), self.texts.last().copied().unwrap_or_default())
    }

    /// The same of everything before one of its slashes. Types have few parts, and so have names.
    fn parts(&self, c: &Context<'_>) -> Vec<String> {
        let slashes = self.texts.iter().enumerate().flat_map(|(i, t)| t.match_indices('/').map(move |(at, _)| (i, at)));
        let before = |(i, at): (usize, usize)| {
            let rest = self.texts.get(i).and_then(|t| t.get(..at)).unwrap_or_default();
            self.up_to(c, i, rest)
        };
        slashes.take(MOST_PARTS).map(before).collect()
    }
}

/// A value in a text, told from the text around it.
fn value_key(c: &Context<'_>, e: &Expr) -> String {
    let text: String = c.slice(e.span).split_whitespace().collect();
    format!("\u{1}{text}\u{1}")
}

/// The same text but for white space.
fn same(c: &Context<'_>, a: &Expr, b: &Expr) -> bool {
    let text = |e: &Expr| c.slice(e.span).split_whitespace().collect::<String>();
    text(a) == text(b)
}

fn name_of<'f>(d: &Declaration<'f>) -> Option<&'f Expr> {
    d.object()?.get("name")
}

fn parent(c: &Context<'_>, named: &FxHashMap<(String, String), usize>, index: usize, d: &Declaration<'_>) {
    let Some(object) = d.object().filter(|o| d.parent.is_none() && o.get("parent").is_none()) else { return };
    let type_ = full_type(c, index);
    let (Some((above, _)), Some(name)) = (type_.rsplit_once('/'), object.get("name")) else { return };
    let Some(child) = Written::of(name) else { return };
    let is_above = |i: usize| {
        c.scope.declarations.get(i).is_some_and(|d| matches!(d.kind, Kind::Resource(_)))
            && full_type(c, i).eq_ignore_ascii_case(above)
    };
    let mut found = None;
    if child.texts.get(1).is_some_and(|t| t.starts_with('/'))
        && let Some(ExprKind::Member { base, name, .. }) = child.values.first().map(|e| &e.kind)
        && name.text == "name"
    {
        found = c.scope.target(base).filter(|i| is_above(*i));
    }
    let found = found.or_else(|| {
        // The name of the parent stands before one of the slashes, and the first of them that is declared counts.
        let above = above.to_ascii_lowercase();
        let before = child.parts(c).into_iter().filter_map(|name| named.get(&(above.clone(), name)).copied());
        before.filter(|i| *i != index).min()
    });
    if let Some(parent) = found.and_then(|i| c.scope.declarations.get(i)) {
        let message = format!(
            "`{}` repeats the name of `{}` in its own. Write `parent: {}`, and the last part of the name only.",
            d.name.text, parent.name.text, parent.name.text
        );
        c.say("use-parent-property", name.span, message);
    }
}

/// `reference(…)` and `listKeys(…)` of a resource of this file.
fn by_id(
    c: &Context<'_>,
    types: &FxHashMap<String, Vec<usize>>,
    e: &Expr,
    function: &str,
    args: &[Expr],
    steps: &mut usize,
) {
    let most = 3;
    let least = if function == "reference" { 1 } else { 2 };
    let [id, rest @ ..] = args else { return };
    if args.len() < least || args.len() > most {
        return;
    }
    let candidates = named(c, types, id, steps);
    let version = rest.first();
    let found = match version.map(|v| &v.kind) {
        None if candidates.len() == 1 => candidates.first().copied(),
        Some(ExprKind::Member { base, name, .. }) if name.text == "apiVersion" => {
            c.scope.target(base).filter(|i| candidates.contains(i))
        }
        Some(ExprKind::Str(text)) => {
            candidates.iter().copied().find(|i| version_of(c, *i).is_some_and(|v| v.eq_ignore_ascii_case(&text.value)))
        }
        _ => None,
    };
    let Some(d) = found.and_then(|i| c.scope.declarations.get(i)) else { return };
    let symbol = &d.name.text;
    let text = if function == "reference" {
        let full = args.get(2).and_then(walk::text).is_some_and(|t| t.eq_ignore_ascii_case("full"));
        if full { symbol.to_string() } else { format!("{symbol}.properties") }
    } else {
        let more: Vec<&str> = if args.len() > 2 { rest.iter().map(|a| c.slice(a.span)).collect() } else { Vec::new() };
        format!("{symbol}.{function}({})", more.join(", "))
    };
    let message = format!("`{function}` asks for a resource of this file by its id. Write `{text}`.");
    let description = format!("use the symbol `{symbol}`");
    c.mend("use-resource-symbol-reference", e.span, message, Edit { span: e.span, text, description, safe: true });
}

/// The resources that an id can be that of.
fn named(c: &Context<'_>, types: &FxHashMap<String, Vec<usize>>, id: &Expr, steps: &mut usize) -> Vec<usize> {
    let is_resource = |i: &usize| matches!(c.scope.declarations.get(*i).map(|d| d.kind), Some(Kind::Resource(_)));
    let id = bare(id);
    match (&id.kind, c.scope.builtin(id)) {
        (ExprKind::Member { base, name, .. }, _) if matches!(name.text.as_str(), "id" | "name") => {
            c.scope.target(base).filter(is_resource).into_iter().collect()
        }
        (_, Some((name, args))) if name.text == "resourceId" => {
            let [first, names @ ..] = args else { return Vec::new() };
            let Some(type_) = walk::text(first).filter(|t| t.contains('/') && !names.is_empty()) else {
                return Vec::new();
            };
            let fits = |i: &usize| {
                let own = ancestry(c, *i);
                own.len() == names.len() && own.iter().zip(names).all(|(a, b)| a.is_some_and(|a| same(c, a, b)))
            };
            let all = types.get(&type_.to_ascii_lowercase()).map_or(&[][..], Vec::as_slice);
            if *steps < all.len() {
                return Vec::new();
            }
            *steps -= all.len();
            all.iter().copied().filter(fits).collect()
        }
        _ => Vec::new(),
    }
}

/// The names of the parents of a resource and its own.
fn ancestry<'f>(c: &Context<'f>, index: usize) -> Vec<Option<&'f Expr>> {
    let mut out = Vec::new();
    let mut at = Some(index);
    // A resource that is its own parent ends here.
    for _ in 0..16 {
        let Some(d) = at.and_then(|i| c.scope.declarations.get(i)) else { break };
        out.push(name_of(d));
        at = d.parent.or_else(|| d.object().and_then(|o| o.get("parent")).and_then(|e| c.scope.target(e)));
    }
    out.reverse();
    out
}

/// A type that Azure does not have.
fn unrecognized<'f>(c: &Context<'f>, e: &'f Expr, function: &str, args: &'f [Expr]) {
    let literal = |e: &'f Expr| match c.shape(c.ty(e)) {
        Ty::Text(Some(text)) if versions::looks_like_type(text) => Some(text),
        _ => None,
    };
    let type_ = args.first().and_then(|first| match c.scope.builtin(first) {
        Some((name, args)) => args.iter().filter(|_| name.text == "resourceId").find_map(literal),
        None => literal(first),
    });
    if let Some(type_) = type_.filter(|t| versions::known(t).is_none()) {
        let message =
            format!("`{function}` is given the resource type `{type_}`, which Azure does not have. Correct it.");
        c.say("use-recognized-resource-type", e.span, message);
    }
}
