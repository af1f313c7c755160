//! Whether arrays fit: their items, and how many there are; and whether what a type declares fits where another is wanted.

use std::cell::OnceCell;

use rustc_hash::FxHashSet;

use super::fits::{Fits, Put, Role, Value, fits, is_system, others_of, said, said_of, wanted};
use super::shapes::{List, Member, Object, Rest, Shape, Takes};
use crate::nesting;
use crate::read::Span;
use crate::read::bicep::ast::{ArrayItem, Expr};

/// How many types of one file are compared with others.
const MOST_COMPARED: usize = 100_000;

impl<'c, 'f: 'c> Fits<'c, 'f> {
    /// The items of an array that is written down.
    pub(super) fn items(&self, items: &'f [ArrayItem], list: &List<'_>, put: Put<'_>) {
        let mut at = Some(0);
        for i in items {
            match i {
                ArrayItem::Value(v) => {
                    // After others that nobody counted, each may be any.
                    let takes =
                        at.map_or(if list.first.is_empty() { list.item } else { Takes::Anything }, |i| list.at(i));
                    self.check(v, takes, in_list(list, v.span, put));
                    at = at.map(|at| at + 1);
                }
                ArrayItem::Spread(_) => at = None,
            }
        }
    }

    /// How many items there are.
    pub(super) fn count(&self, items: &[ArrayItem], at: Span, list: &List<'_>, put: Put<'_>) {
        if items.iter().all(|i| matches!(i, ArrayItem::Value(_))) && !self.is_broken(at) {
            let count = items.len() as u64;
            self.sized(at, (Some(count), Some(count)), list, put);
        }
    }

    /// An array of so many items, put where a list is wanted.
    fn sized(&self, at: Span, (least, most): (Option<u64>, Option<u64>), list: &List<'_>, put: Put<'_>) {
        let warns = put.resource || list.warns;
        if let (Some(least), Some(wanted)) = (least, list.most)
            && least > wanted
        {
            let more = if most == Some(least) { "" } else { " or more" };
            let message = format!("The array has {least} items{more}; here it may have {wanted}.");
            self.say(warns, "BCP332", &put, at, message);
        } else if let (Some(most), Some(wanted)) = (most, list.least)
            && most < wanted
        {
            let fewer = if least == Some(most) { "" } else { "at most " };
            let message = format!("The array has {fewer}{most} items; here it has to have {wanted}.");
            self.say(warns, "BCP333", &put, at, message);
        } else {
            if let (Some(least), Some(wanted)) = (least, list.least)
                && least < wanted
            {
                let message = format!("The array can have as few as {least} items; here it has to have {wanted}.");
                self.say(true, "BCP334", &put, at, message);
            }
            if let (Some(most), Some(wanted)) = (most, list.most)
                && most > wanted
            {
                let message = format!("The array can have as many as {most} items; here it may have {wanted}.");
                self.say(true, "BCP335", &put, at, message);
            }
        }
    }

    /// What a type declares, put where another is wanted: objects and the items of arrays are compared as far as they go.
    pub(super) fn declared(&self, e: &Expr, from: Takes<'_>, to: Takes<'_>, put: Put<'_>) {
        // Types can contain themselves.
        let room = self.compared.get();
        if !nesting::TYPE.allows(put.depth) || room >= MOST_COMPARED {
            return;
        }
        self.compared.set(room + 1);
        let put = Put { depth: put.depth + 1, ..put };
        let (from, to) = (from.shape(), to.shape());
        let of = |name, member: &Member<'_>, object: &Object<'_>| Put {
            role: Role::Property(name),
            warns: put.resource && !is_system(object, name) || member.takes.warns(),
            ..put
        };
        match (&from, &to) {
            (Shape::Anything, _) | (_, Shape::Anything) => {}
            (Shape::Object(own), Shape::Object(wanted)) => {
                if matches!(own.rest, Rest::Of(_)) {
                    return;
                }
                self.compared.set(self.compared.get() + own.members.len());
                let names: FxHashSet<&str> = own.members.iter().map(|m| m.name).collect();
                let others = OnceCell::new();
                for m in &own.members {
                    match wanted.members.iter().find(|t| t.name == m.name) {
                        Some(target) if target.read_only => {}
                        Some(target) => self.declared(e, m.takes, target.takes, of(m.name, target, wanted)),
                        None if matches!(wanted.rest, Rest::None) => {
                            let others = others.get_or_init(|| others_of(wanted, &names));
                            self.unknown(m.name, e.span, others, wanted, put)
                        }
                        None => {}
                    }
                }
            }
            (Shape::Array(own), Shape::Array(wanted)) => {
                self.sized(e.span, (own.least, own.most), wanted, put);
                match own.first.is_empty() {
                    true if wanted.first.is_empty() => self.declared(e, own.item, wanted.item, put),
                    true => {}
                    false => (own.first.iter().enumerate())
                        .take(MOST_COMPARED)
                        .for_each(|(i, takes)| self.declared(e, *takes, wanted.at(i), put)),
                }
            }
            _ => {
                let value = match &from {
                    Shape::Bool => Value::Bool,
                    Shape::Integer | Shape::OneOfNumbers(_) => Value::Int(None),
                    Shape::Array(_) => Value::Array,
                    Shape::Text(..) => Value::Text { is: None, least: 0, most: None, loose: false },
                    Shape::OneOf(texts) => Value::OneOf(texts.clone()),
                    _ => Value::Object,
                };
                if !fits(&value, &to) {
                    let (is, wanted) = said_of(said(&value), wanted(&to), put);
                    let (code, message) = match put.role {
                        Role::Property(name) => {
                            ("BCP036", format!("`{name}` takes {wanted}; in what is given it is {is}."))
                        }
                        Role::Item => ("BCP034", format!("The array takes {wanted}; in what is given it is {is}.")),
                        Role::Value | Role::Argument(..) => {
                            ("BCP033", format!("{wanted} has to stand here; in what is given it is {is}."))
                        }
                    };
                    self.say(put.warns, code, &put, e.span, message);
                }
            }
        }
    }
}

/// On the way into an item of a list.
pub fn in_list<'p>(list: &List<'_>, block: Span, put: Put<'p>) -> Put<'p> {
    Put { role: Role::Item, block, warns: list.warns, ..put }
}
