//! Names behind a dot that another file declares: outputs of modules, what a file was imported as a whole for, and what the parameter
//! file gives that another one extends.

use rustc_hash::FxHashSet;

use crate::check::language::scope::{Kind, Meaning, Scope};
use crate::check::language::walk::{self, Node};
use crate::nesting;
use crate::read::bicep::File;
use crate::read::bicep::ast::{ArrayItem, Expr, ExprKind, Import, Key, Module, StatementKind, TypeKind};
use crate::source::Span;

/// What stands before the dot.
#[derive(Clone, Copy)]
pub enum Of<'f> {
    /// `module.outputs`
    Outputs(&'f Module),
    /// The name of a file that is imported as a whole.
    Import(&'f Import),
    /// `base`: the parameter file that this one extends.
    Base,
}

/// One such name.
pub struct Member<'f> {
    /// What stands before it.
    pub of: Of<'f>,
    /// The name itself.
    pub name: &'f str,
    /// Where it is written, without quotes.
    pub span: Span,
}

/// All of a file.
#[derive(Default)]
pub struct Members<'f> {
    /// In the order of the text.
    pub all: Vec<Member<'f>>,
    /// What is used without a name behind it: who gets it may use any.
    pub whole: Vec<(Of<'f>, Span)>,
}

impl<'f> Members<'f> {
    /// Of a file.
    pub fn of(file: &'f File, scope: &Scope<'f>) -> Self {
        let extends = file.statements.iter().any(|s| matches!(s.kind, StatementKind::Extends { .. }));
        let finder = Finder { scope, extends: extends && !scope.top.contains_key("base") };
        let mut out = Members::default();
        // What stands before a name, is another name for a module, or a list whose items are followed.
        let mut named: FxHashSet<(u32, u32)> = FxHashSet::default();
        let at = |e: &Expr| (e.span.start, e.span.end);
        let values =
            scope.declarations.iter().filter_map(|d| if let Kind::Var(v) = d.kind { Some(&v.value) } else { None });
        let names = scope.lists.iter().copied().chain(values).map(bare);
        named.extend(names.filter(|e| matches!(e.kind, ExprKind::Var(_))).map(at));
        let mut look = |node: Node<'f>| {
            match node {
                Node::Expr(e) => {
                    if let ExprKind::Member { base, .. } | ExprKind::Index { base, .. } = &e.kind {
                        named.insert(at(bare(base)));
                    }
                    if let ExprKind::Var(name) = &e.kind
                        && !named.contains(&at(e))
                        && !scope.declared(name).is_some_and(|d| matches!(d.kind, Kind::Wildcard(_)))
                        && let Some(module) = finder.module(e, 0)
                    {
                        out.whole.push((Of::Outputs(module), e.span));
                    }
                    if let Some((base, name, span)) = member(e)
                        && let Some(of) = finder.holder(base)
                    {
                        named.insert((base.span.start, base.span.end));
                        out.all.push(Member { of, name, span });
                    }
                    if !named.contains(&(e.span.start, e.span.end))
                        && let Some(of) = finder.holder(e)
                    {
                        out.whole.push((of, e.span));
                    }
                }
                Node::Type(t) => {
                    if let TypeKind::Member { base, name } = &t.kind
                        && let TypeKind::Named(alias) = &base.kind
                        && let Some(Kind::Wildcard(import)) = scope.declared(alias).map(|d| d.kind)
                    {
                        out.all.push(Member { of: Of::Import(import), name: &name.text, span: name.span });
                    }
                }
                Node::Property(p) => {
                    // Who waits for a module takes nothing from it.
                    if matches!(&p.key, Key::Name(name) if name.text == "dependsOn")
                        && let ExprKind::Array(items) = &p.value.kind
                    {
                        let values =
                            items.iter().filter_map(|i| if let ArrayItem::Value(e) = i { Some(e) } else { None });
                        named.extend(values.map(|e| at(bare(e))));
                    }
                }
                Node::Decorator(_) => {}
            }
            true
        };
        file.statements.iter().for_each(|s| walk::statement(s, &mut look));
        file.fragments.iter().for_each(|e| walk::expr(e, &mut look));
        out
    }

    /// The name at a place.
    pub fn at(&self, at: Span) -> Option<&Member<'f>> {
        self.all.iter().find(|m| m.span.contains(at))
    }
}

/// `base.name`, `base.?name`, `base['name']`, `base.name(…)`: what stands before the name, and the name.
fn member(e: &Expr) -> Option<(&Expr, &str, Span)> {
    match &e.kind {
        ExprKind::Member { base, name, .. } | ExprKind::MethodCall { base, name, .. } => {
            Some((bare(base), &name.text, name.span))
        }
        ExprKind::Index { base, index, from_end: false, .. } => match &index.kind {
            ExprKind::Str(text) => Some((bare(base), &text.value, text.span)),
            _ => None,
        },
        _ => None,
    }
}

/// An expression without the parentheses around it, and without `!` behind it.
fn bare(e: &Expr) -> &Expr {
    let mut at = e;
    while let ExprKind::Paren(inner) | ExprKind::NonNull(inner) = &at.kind {
        at = inner;
    }
    at
}

struct Finder<'s, 'f> {
    scope: &'s Scope<'f>,
    /// There is a parameter file that is called `base`.
    extends: bool,
}

impl<'f> Finder<'_, 'f> {
    /// What has names that are of interest, if this is such a thing.
    fn holder(&self, e: &Expr) -> Option<Of<'f>> {
        match &e.kind {
            ExprKind::Var(name) => match self.scope.declared(name).map(|d| d.kind) {
                Some(Kind::Wildcard(import)) => Some(Of::Import(import)),
                None if self.extends && name.text == "base" && self.scope.meaning(name) == Meaning::Unknown => {
                    Some(Of::Base)
                }
                _ => None,
            },
            _ => match member(e)? {
                (module, "outputs", _) => self.module(module, 0).map(Of::Outputs),
                _ => None,
            },
        }
    }

    /// The module that an expression means, or one of those that a loop makes.
    fn module(&self, e: &Expr, depth: usize) -> Option<&'f Module> {
        if !nesting::ALIAS.allows(depth) {
            return None;
        }
        match &bare(e).kind {
            ExprKind::Var(name) => match self.scope.meaning(name) {
                Meaning::Declared(i) => match self.scope.declarations.get(i)?.kind {
                    Kind::Module(module) => Some(module),
                    // Another name for it.
                    Kind::Var(v) => self.module(&v.value, depth + 1),
                    _ => None,
                },
                Meaning::Item(list) => self.module(self.scope.lists.get(list)?, depth + 1),
                _ => None,
            },
            ExprKind::Index { base, .. } => self.module(base, depth + 1),
            _ => None,
        }
    }
}
