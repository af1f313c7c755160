//! What is asked of values: properties that there are not.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::bodies::{COMMON, type_of};
use super::fits::listed;
use super::kinds::Ty;
use super::resources::is_of_extension;
use super::scope::Kind;
use super::shapes::{Below, Member, Object, Rest, Shape, Takes};
use super::walk::{self, Node};
use super::{Context, names, spelling};
use crate::diagnostic::Level;
use crate::nesting;
use crate::read::bicep::ast::{self, Expr, ExprKind, Key, Name, Type, TypeKind};
use crate::types;

/// What can be asked of every resource, beside [`COMMON`] and what its type says.
const IDENTITY: [&str; 4] = ["id", "name", "type", "apiVersion"];

/// What can be asked of a module.
const OF_MODULES: [&str; 2] = ["name", "outputs"];

pub fn check(c: &Context<'_>) {
    let asked = Asked { c, written: RefCell::default(), looked_at: Cell::new(0) };
    for s in &c.file().statements {
        walk::statement(s, &mut |node| {
            let e = match node {
                Node::Expr(e) => e,
                Node::Type(Type { kind: TypeKind::Member { base, name }, .. }) => {
                    asked.part_of_type(base, name);
                    return true;
                }
                _ => return true,
            };
            match &e.kind {
                ExprKind::Index { base, index, safe, .. } => {
                    if let Ty::Text(Some(text)) = c.shape(c.ty(index)) {
                        asked.member(base, &Name { text: text.into(), span: index.span }, *safe);
                    }
                }
                ExprKind::Member { base, name, safe } => asked.member(base, name, *safe),
                _ => {}
            }
            true
        });
    }
}

/// The names of the properties of an object, in order, and whether there are no others.
type Names<'f> = Rc<(bool, Vec<&'f str>)>;

struct Asked<'c, 'f> {
    c: &'c Context<'f>,
    /// The names in objects that are written, in order, and whether there are no others.
    written: RefCell<FxHashMap<usize, Names<'f>>>,
    /// How many properties of types were looked at.
    looked_at: Cell<usize>,
}

/// How many properties of types are looked at: a large type can be asked for many parts.
const MOST_LOOKED_AT: usize = 5_000_000;

impl<'f> Asked<'_, 'f> {
    /// `base.name` of a type.
    fn part_of_type(&self, base: &'f Type, name: &Name) {
        if self.looked_at.get() > MOST_LOOKED_AT {
            return;
        }
        let Some(Shape::Object(o)) = self.stands_for(base, 0).map(Takes::shape) else { return };
        self.looked_at.set(self.looked_at.get() + o.members.len());
        // The language adds some to every resource.
        let of_resource = o.below == Some(Below::Body);
        let common = || IDENTITY.iter().chain(&COMMON).chain(&["dependsOn", "scope", "parent"]).copied();
        if find(&o, &name.text).is_none() && !(of_resource && common().any(|n| n == name.text)) {
            let mut names: Vec<&str> = o.members.iter().map(|m| m.name).collect();
            names.extend(common().filter(|_| of_resource));
            self.unknown(name, names, Level::Error);
        }
    }

    /// What a type stands for, of the types of this file and of Microsoft's.
    fn stands_for(&self, t: &'f Type, depth: usize) -> Option<Takes<'f>> {
        let own = self.c.others.own().filter(|_| nesting::TYPE.allows(depth))?;
        match &t.kind {
            TypeKind::Paren(inner) | TypeKind::Nullable(inner) | TypeKind::NonNull(inner) => {
                self.stands_for(inner, depth + 1)
            }
            TypeKind::Named(name) => match self.c.scope.declared(name)?.kind {
                Kind::Type(_) => Some(Takes::Declared(own, &own.type_definition(&name.text)?.ty)),
                _ => None,
            },
            TypeKind::Apply { name, args, .. } if matches!(name.text.as_str(), "resourceInput" | "resourceOutput") => {
                let [Type { kind: TypeKind::Str(text), .. }] = args.as_slice() else { return None };
                let (type_, version) = text.value.split_once('@')?;
                Some(Takes::Azure(types::azure().ok()?.resource(type_, version).ok()??.body))
            }
            TypeKind::Member { base, name } => match self.stands_for(base, depth + 1)?.shape() {
                Shape::Object(o) => Some(find(&o, &name.text)?.takes),
                _ => None,
            },
            TypeKind::Items(base) => match self.stands_for(base, depth + 1)?.shape() {
                Shape::Array(list) if list.first.is_empty() => Some(list.item),
                _ => None,
            },
            TypeKind::Index { base, index } => match (self.stands_for(base, depth + 1)?.shape(), &index.kind) {
                (Shape::Array(list), ExprKind::Int(at)) => list.first.get(usize::try_from(*at).ok()?).copied(),
                _ => None,
            },
            TypeKind::Additional(base) => match self.stands_for(base, depth + 1)?.shape() {
                Shape::Object(Object { rest: Rest::Of(takes), .. }) => Some(takes),
                _ => None,
            },
            _ => None,
        }
    }

    fn member(&self, base: &'f Expr, name: &Name, safe: bool) {
        // Who asks with `.?` counts on it not being there.
        let level = |warns: bool| if safe || warns { Level::Warning } else { Level::Error };
        match self.c.shape(self.c.ty(base)).there() {
            Ty::Object(o) => {
                let key = std::ptr::from_ref(o) as usize;
                let known = self.written.borrow().get(&key).cloned();
                let names = known.unwrap_or_else(|| {
                    let mut names = written_names(o);
                    let all = names.len() == o.items.len();
                    names.sort_unstable();
                    let names = Rc::new((all, names));
                    self.written.borrow_mut().insert(key, names.clone());
                    names
                });
                if names.0 && names.1.binary_search(&name.text.as_str()).is_err() {
                    if self.c.can_spell(names.1.len()) {
                        self.unknown(name, names.1.clone(), level(false));
                    } else {
                        self.unlisted(name, level(false));
                    }
                }
            }
            Ty::Facts(facts) => {
                let names: Vec<&str> = facts.members.iter().map(|m| m.0).collect();
                self.one_of(name, names, level(false));
            }
            Ty::Namespace(namespace) => {
                // The namespace `az` holds functions alone, and `sys` types as well.
                let all = names::of_namespace(namespace);
                let names = if namespace == "sys" { all.clone() } else { Vec::new() };
                if all.iter().all(|n| *n != name.text) && !names::is_type(&name.text) {
                    self.unknown(name, names, Level::Error);
                }
            }
            Ty::Module(_) if name.text == "params" => self.write_only(name, level(false)),
            Ty::Module(index) if self.c.can_be_read(index) => self.one_of(name, OF_MODULES.to_vec(), level(false)),
            Ty::Outputs(index) => {
                let Some(Kind::Module(m)) = self.c.scope.declarations.get(index).map(|d| d.kind) else { return };
                if let Some(template) = self.c.others.template(&m.path) {
                    let names = template.outputs.iter().map(|o| o.name.as_str()).collect();
                    self.one_of(name, names, level(false));
                }
            }
            // It is of the declaration, and no resource has it.
            Ty::Resource(index) if name.text == "dependsOn" && !is_of_extension(self.c, index) => {
                self.write_only(name, level(false));
            }
            Ty::Resource(index) => {
                let written = self.c.scope.declarations.get(index).and_then(|d| d.object());
                let object = type_of(self.c, index).and_then(|t| self.c.narrowed(Takes::Azure(t), written));
                let Some(o) = object else { return };
                if let Some(found) = find(&o, &name.text) {
                    if found.write_only && name.text != "name" {
                        self.write_only(name, level(false));
                    }
                } else if IDENTITY.iter().chain(&COMMON).any(|n| *n == name.text) {
                    // The compiler gives `asserts` to every type.
                    if name.text != "asserts" {
                        self.unsure(name, safe);
                    }
                } else if matches!(o.rest, Rest::None) {
                    let mut names = readable(&o);
                    names.extend(IDENTITY.into_iter().chain(COMMON));
                    self.unknown(name, names, level(o.warns()));
                }
            }
            // A property that can be read like any other.
            Ty::Takes(takes, _) if takes.member(&name.text).is_some() => {}
            Ty::Takes(takes, written) => {
                let Some(o) = self.c.narrowed(takes, written) else { return };
                if let Some(found) = find(&o, &name.text) {
                    if found.write_only {
                        self.write_only(name, level(o.warns()));
                    }
                    return;
                }
                match o.rest {
                    Rest::None => self.unknown(name, readable(&o), level(o.warns())),
                    Rest::Discouraged => self.unsure(name, safe),
                    Rest::Of(_) => {}
                }
            }
            _ => {}
        }
    }

    fn one_of(&self, name: &Name, names: Vec<&str>, level: Level) {
        if names.iter().all(|n| *n != name.text) {
            self.unknown(name, names, level);
        }
    }

    fn write_only(&self, name: &Name, level: Level) {
        let message = format!("`{}` can be given, and never read. Take the value from where it is given.", name.text);
        self.c.say_at(level, "BCP077", name.span, message);
    }

    fn unsure(&self, name: &Name, safe: bool) {
        let level = if safe { Level::Note } else { Level::Warning };
        let message = format!("There is no property `{}` in the type, though there may be one.", name.text);
        self.c.say_at(level, "BCP187", name.span, message);
    }

    /// The same where a file has had many of them already.
    fn unlisted(&self, name: &Name, level: Level) {
        self.c.say_at(level, "BCP053", name.span, format!("There is no property `{}` here.", name.text));
    }

    fn unknown(&self, name: &Name, mut names: Vec<&str>, level: Level) {
        let text = &name.text;
        if !self.c.may_spell(names.len()) {
            return self.unlisted(name, level);
        }
        names.sort_unstable();
        names.dedup();
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
}

fn written_names(o: &ast::Object) -> Vec<&str> {
    o.properties().filter_map(|p| if let Key::Name(n) = &p.key { Some(n.text.as_str()) } else { None }).collect()
}

fn find<'o, 't>(o: &'o Object<'t>, name: &str) -> Option<&'o Member<'t>> {
    o.members.iter().find(|m| m.name == name)
}

fn readable<'t>(o: &Object<'t>) -> Vec<&'t str> {
    o.members.iter().filter(|m| !m.write_only).map(|m| m.name).collect()
}
