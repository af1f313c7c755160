//! What is asked of values: properties that there are not.

use rustc_hash::FxHashSet;

use super::bodies::{COMMON, type_of};
use super::fits::listed;
use super::others::Found;
use super::scope::Kind;
use super::shapes::{Member, Object, Rest, Shape, Takes};
use super::walk::{self, Node, bare};
use super::{Context, spelling};
use crate::diagnostic::Level;
use crate::model::Template;
use crate::nesting;
use crate::read::bicep::ast::{self, Expr, ExprKind, Key, Name};

/// What can be asked of every resource, beside [`COMMON`] and what its type says.
const IDENTITY: [&str; 4] = ["id", "name", "type", "apiVersion"];

/// What can be asked of a module.
const OF_MODULES: [&str; 2] = ["name", "outputs"];

pub fn check(c: &Context<'_>) {
    let own = c.subject.library.open(&c.subject.source.path).ok();
    let asked = Asked { c, own: own.as_deref() };
    // Accesses with a `!` behind them.
    let mut asserted: FxHashSet<(u32, u32)> = FxHashSet::default();
    for s in &c.file().statements {
        walk::statement(s, &mut |node| {
            let Node::Expr(e) = node else { return true };
            match &e.kind {
                ExprKind::NonNull(inner) => {
                    asserted.insert((inner.span.start, inner.span.end));
                }
                ExprKind::Index { base, index, safe, .. } => {
                    if let ExprKind::Str(text) = &index.kind {
                        asked.member(base, &Name { text: text.value.clone(), span: index.span }, *safe);
                    }
                }
                ExprKind::Member { base, name, safe } => {
                    asked.member(base, name, *safe);
                    if !safe && !asserted.contains(&(e.span.start, e.span.end)) && asked.is_optional(base, name) {
                        c.say(
                            "use-safe-access",
                            e.span,
                            "The property is optional. Access it with `.?`, which says so.",
                        );
                    }
                }
                _ => {}
            }
            true
        });
    }
}

struct Asked<'c, 'f> {
    c: &'c Context<'f>,
    own: Option<&'c Template>,
}

/// What an expression is, as far as its properties go.
enum Of<'c> {
    /// A value of this type.
    Type(Takes<'c>),
    /// A resource with this body.
    Resource(Takes<'c>),
    /// These names and no others.
    Names(Vec<String>),
    /// An object that is written down.
    Object(&'c ast::Object),
}

impl<'c, 'f: 'c> Asked<'c, 'f> {
    fn member(&self, base: &Expr, name: &Name, safe: bool) {
        match self.of(base, 0) {
            Some(Of::Names(names)) if names.iter().all(|n| *n != name.text) => {
                self.unknown(name, names.iter().map(String::as_str).collect(), Level::Error);
            }
            Some(Of::Object(o)) if !written_names(o).contains(&name.text.as_str()) => {
                self.unknown(name, written_names(o), Level::Error);
            }
            Some(Of::Names(_) | Of::Object(_)) => {}
            Some(Of::Resource(takes)) => {
                let Shape::Object(o) = takes.shape() else { return };
                if find(&o, &name.text).is_some() {
                    return;
                }
                if IDENTITY.iter().chain(&COMMON).any(|n| *n == name.text) {
                    self.unsure(name, safe);
                } else if matches!(o.rest, Rest::None) {
                    let mut names = readable(&o);
                    names.extend(IDENTITY.into_iter().chain(COMMON));
                    self.unknown(name, names, Level::Warning);
                }
            }
            Some(Of::Type(takes)) => {
                let Shape::Object(o) = takes.shape() else { return };
                if find(&o, &name.text).is_some() {
                    return;
                }
                match o.rest {
                    Rest::None => self.unknown(name, readable(&o), Level::Warning),
                    Rest::Discouraged => self.unsure(name, safe),
                    Rest::Of(_) => {}
                }
            }
            None => {}
        }
    }

    /// A property that a declared type says may be left out, of a value that is surely there.
    fn is_optional(&self, base: &Expr, name: &Name) -> bool {
        let Some(Of::Type(takes @ Takes::Declared(..))) = self.of(base, 0) else { return false };
        let there = !takes.nullable() || matches!(bare(base).kind, ExprKind::NonNull(_));
        let Shape::Object(o) = takes.shape() else { return false };
        there && !has_safe(base) && find(&o, &name.text).is_some_and(|m| m.takes.nullable())
    }

    fn unsure(&self, name: &Name, safe: bool) {
        let level = if safe { Level::Note } else { Level::Warning };
        let message = format!("There is no property `{}` in the type, though there may be one.", name.text);
        self.c.say_at(level, "BCP187", name.span, message);
    }

    fn unknown(&self, name: &Name, mut names: Vec<&str>, level: Level) {
        names.sort_unstable();
        names.dedup();
        let text = &name.text;
        if names.is_empty() {
            self.c.say_at(level, "BCP052", name.span, format!("There is no property `{text}` here, and no other."));
        } else if let Some(near) = spelling::suggestion(text, names.iter().copied()) {
            let message = format!("There is no property `{text}` here. Did you mean `{near}`?");
            self.c.say_at(level, "BCP083", name.span, message);
        } else {
            let message = format!("There is no property `{text}` here; there are {}.", listed(&names));
            self.c.say_at(level, "BCP053", name.span, message);
        }
    }

    fn of(&self, e: &Expr, depth: usize) -> Option<Of<'c>> {
        if !nesting::EXPRESSION.allows(depth) {
            return None;
        }
        match &e.kind {
            ExprKind::Paren(inner) | ExprKind::NonNull(inner) => self.of(inner, depth + 1),
            ExprKind::Var(_) | ExprKind::Nested { .. } => match self.c.scope.target(e) {
                Some(i) => self.declared(i, false),
                None => self.value(e, depth),
            },
            ExprKind::Index { base, index, .. } => {
                if let Some(i) = self.c.scope.target(bare(base)) {
                    return self.declared(i, true);
                }
                let takes = match (self.of(base, depth + 1)?, walk::text(index)) {
                    (Of::Type(takes), _) => takes,
                    (Of::Object(o), Some(name)) => return written(o.get(name)?),
                    _ => return None,
                };
                match (takes.shape(), walk::text(index)) {
                    (Shape::Array(item), None) => Some(Of::Type(item)),
                    (Shape::Object(o), Some(name)) => Some(Of::Type(find(&o, name)?.takes)),
                    _ => None,
                }
            }
            ExprKind::Member { base, name, .. } => match self.of(base, depth + 1)? {
                Of::Resource(takes) | Of::Type(takes) => {
                    let Shape::Object(o) = takes.shape() else { return None };
                    let found = find(&o, &name.text)?;
                    Some(Of::Type(found.takes))
                }
                Of::Object(o) => written(o.get(&name.text)?),
                Of::Names(_) if name.text == "outputs" => self.outputs(base),
                Of::Names(_) => None,
            },
            _ => None,
        }
    }

    fn declared(&self, index: usize, item: bool) -> Option<Of<'c>> {
        let d = self.c.scope.declarations.get(index)?;
        if d.is_collection() != item {
            return None;
        }
        match d.kind {
            Kind::Resource(_) => Some(Of::Resource(Takes::Azure(type_of(self.c, index)?))),
            Kind::Module(m) => {
                let there = matches!(self.c.others.find(&m.path), Found::File(_)) && !self.c.others.has_errors(&m.path);
                there.then(|| Of::Names(OF_MODULES.iter().map(|n| (*n).to_owned()).collect()))
            }
            _ => None,
        }
    }

    /// The names of the outputs of a module.
    fn outputs(&self, module: &Expr) -> Option<Of<'c>> {
        let at = match &bare(module).kind {
            ExprKind::NonNull(inner) => bare(inner),
            _ => bare(module),
        };
        let at = if let ExprKind::Index { base, .. } = &at.kind { bare(base) } else { at };
        let Kind::Module(m) = self.c.scope.declarations.get(self.c.scope.target(at)?)?.kind else { return None };
        let template = self.c.others.template(&m.path)?;
        Some(Of::Names(template.outputs.iter().map(|o| o.name.to_string()).collect()))
    }

    fn value(&self, e: &Expr, depth: usize) -> Option<Of<'c>> {
        if let Some((_, v)) = self.c.scope.variable(e) {
            return match &bare(&v.value).kind {
                ExprKind::Object(_) => written(&v.value),
                ExprKind::Var(_) | ExprKind::Member { .. } => self.of(&v.value, depth + 1),
                _ => None,
            };
        }
        let ExprKind::Var(name) = &e.kind else { return None };
        let Kind::Param(p) = self.c.scope.declared(name)?.kind else { return None };
        let own = self.own?;
        Some(Of::Type(Takes::Declared(own, &own.parameter(&p.name.text)?.1.ty)))
    }
}

/// An object whose names are all known.
fn written(e: &Expr) -> Option<Of<'_>> {
    let ExprKind::Object(o) = &bare(e).kind else { return None };
    (written_names(o).len() == o.items.len()).then_some(Of::Object(o))
}

fn written_names(o: &ast::Object) -> Vec<&str> {
    o.properties().filter_map(|p| if let Key::Name(n) = &p.key { Some(n.text.as_str()) } else { None }).collect()
}

/// A chain of accesses that may be cut short.
fn has_safe(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Member { base, safe, .. } | ExprKind::Index { base, safe, .. } => *safe || has_safe(base),
        _ => false,
    }
}

fn find<'o, 't>(o: &'o Object<'t>, name: &str) -> Option<&'o Member<'t>> {
    o.members.iter().find(|m| m.name == name)
}

fn readable<'t>(o: &Object<'t>) -> Vec<&'t str> {
    o.members.iter().filter(|m| !m.write_only).map(|m| m.name).collect()
}
