//! Whether values fit the places they are put into: properties of resources, parameters of modules, defaults, outputs.
//!
//! A place of Microsoft's types only warns, as with the compiler: the types are not always right. A place that a template declares is
//! an error. A variable is looked into, and what is wrong in it is said where it is used.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::kinds::Ty;
use super::scope::Kind;
use super::shapes::{Member, Object, Rest, Shape, Takes};
use super::walk::bare;
use super::{Context, bodies, names, secrets, spelling};
use crate::diagnostic::Level;
use crate::model::{self, Template};
use crate::nesting;
use crate::read::Span;
use crate::read::bicep::ast::{self, ArrayItem, Expr, ExprKind, Key, Part, Property};

/// Where a value is put.
#[derive(Clone, Copy)]
pub enum Role<'p> {
    /// A default or an output.
    Value,
    /// The value of this property.
    Property(&'p str),
    /// An item of an array.
    Item,
}

/// A value on its way into a place.
#[derive(Clone, Copy)]
pub struct Put<'p> {
    /// Where it is put.
    pub role: Role<'p>,
    /// Where what is missing of an object is said.
    pub block: Span,
    /// The variable that is looked into, where it is used.
    pub origin: Option<Span>,
    /// What is wrong only warns.
    pub warns: bool,
    /// How deep.
    pub depth: usize,
}

/// What a value is, as far as it matters for a place.
enum Value<'v> {
    Unknown,
    Null,
    Bool,
    /// A whole number, perhaps a certain one.
    Int(Option<i64>),
    /// A text: this one, or of such lengths; loose if it may be one of those that are allowed.
    Text {
        is: Option<&'v str>,
        least: u64,
        most: Option<u64>,
        loose: bool,
    },
    OneOf(Vec<&'v str>),
    Array,
    Object,
}

/// Checks values of one file.
pub struct Fits<'c, 'f> {
    /// The file.
    pub c: &'c Context<'f>,
    /// What it declares.
    pub own: Option<&'c Template>,
    /// How many types were compared with others.
    compared: Cell<usize>,
    /// What is wrong in values that are used elsewhere, if they are put into such a place: each is looked into once.
    within: RefCell<FxHashMap<Within, Rc<[Wrong]>>>,
    /// How long the texts are that others are made of.
    lengths: RefCell<FxHashMap<usize, (u64, Option<u64>)>>,
}

/// A value, the type of the place, what the place is called, and whether what is wrong only warns.
type Within = (usize, Vec<usize>, String, bool);

/// What is wrong with a value wherever it is used.
type Wrong = (&'static str, Level, String);

/// How many types of one file are compared with others.
const MOST_COMPARED: usize = 100_000;

impl<'c, 'f: 'c> Fits<'c, 'f> {
    /// Of a file that declares this.
    pub fn new(c: &'c Context<'f>, own: Option<&'c Template>) -> Self {
        Fits { c, own, compared: Cell::new(0), within: RefCell::default(), lengths: RefCell::default() }
    }

    /// Looks into a value that stands elsewhere, and says what is wrong in it where it is used.
    fn elsewhere(&self, value: usize, takes: Takes<'_>, put: Put<'_>, look: impl FnOnce(Put<'_>)) {
        let Some(origin) = put.origin else { return look(put) };
        let role = match put.role {
            Role::Value => String::new(),
            Role::Item => "[]".to_owned(),
            Role::Property(name) => format!(".{name}"),
        };
        let key = (value, takes.key(), role, put.warns);
        if let Some(known) = self.within.borrow().get(&key).cloned() {
            return known
                .iter()
                .for_each(|(code, level, message)| self.c.say_at(*level, code, origin, message.as_str()));
        }
        // What is made of itself is looked at already.
        self.within.borrow_mut().insert(key.clone(), Rc::new([]));
        let before = self.c.found.borrow().len();
        look(put);
        let mut wrong: Vec<Wrong> = Vec::new();
        for f in self.c.found.borrow().iter().skip(before).filter(|f| f.span == origin) {
            if let (Some(level), true) = (f.level, wrong.iter().all(|w| w.0 != f.code)) {
                wrong.push((f.code, level, f.message.clone()));
            }
        }
        self.within.borrow_mut().insert(key, wrong.into());
    }

    fn say(&self, code: &'static str, put: &Put<'_>, at: Span, message: String) {
        let level = if put.warns { Level::Warning } else { Level::Error };
        self.c.say_at(level, code, put.origin.unwrap_or(at), message);
    }

    /// Checks a value.
    pub fn check(&self, e: &'f Expr, takes: Takes<'_>, put: Put<'_>) {
        if !nesting::EXPRESSION.allows(put.depth) {
            return;
        }
        let put = Put { depth: put.depth + 1, ..put };
        let e = bare(e);
        let shape = takes.shape();
        match (&e.kind, &shape) {
            (_, Shape::Anything) => return,
            (ExprKind::Var(name), _) => {
                if let Some((_, v)) = self.c.scope.variable(e) {
                    let put = Put { origin: put.origin.or(Some(name.span)), ..put };
                    let value = std::ptr::from_ref(&v.value) as usize;
                    return self.elsewhere(value, takes, put, |put| self.check(&v.value, takes, put));
                }
                if let (Some(Kind::Param(ast::Param { ty: Some(t), .. })), Role::Property(given)) =
                    (self.c.scope.declared(name).map(|d| d.kind), put.role)
                    && names::has_broken_type(self.c, t)
                {
                    let message =
                        format!("`{given}` takes {}; what `{}` is cannot be known.", wanted(&shape), name.text);
                    return self.say("BCP036", &put, e.span, message);
                }
            }
            (ExprKind::Object(o), Shape::Object(object)) => return self.object(o, object, put),
            (ExprKind::Object(o), Shape::OneOfObjects { by, common, variants }) => {
                return self.one_of(o, by, common, variants, put);
            }
            (ExprKind::Array(items), Shape::Array(item)) => {
                for i in items {
                    if let ArrayItem::Value(v) = i {
                        self.check(v, *item, Put { role: Role::Item, block: v.span, ..put });
                    }
                }
                return;
            }
            (ExprKind::For(f), Shape::Array(item)) => {
                return self.check(&f.body, *item, Put { role: Role::Item, block: f.body.span, ..put });
            }
            // A loop that cannot stand here is another mistake.
            (ExprKind::For(_), _) => return,
            _ => {}
        }
        if self.found(e, takes, &shape, put) {
            return;
        }
        let mut values = Vec::new();
        self.values(e, put.depth, &mut values);
        if values.iter().any(|v| !fits(v, &shape)) {
            self.mismatch(e, &values, &shape, put);
            return;
        }
        if let [Value::Text { is, least, most, .. }] = values.as_slice()
            && let Shape::Text(min, max) = shape
        {
            self.length(e, is.is_some(), (*least, *most), (min, max), put);
        }
        if let (Some((template, t)), Role::Property(name)) = (self.declared_type(e, 0), put.role)
            && matches!(shape, Shape::Object(_) | Shape::Array(_))
        {
            self.declared(e, name, Takes::Declared(template, t), takes, put);
        }
    }

    /// What is written elsewhere in the file and is found here by its name or place: an item of a list, a member of an object.
    fn found(&self, e: &'f Expr, takes: Takes<'_>, shape: &Shape<'_>, put: Put<'_>) -> bool {
        if !matches!(e.kind, ExprKind::Var(_) | ExprKind::Member { .. } | ExprKind::Index { .. }) {
            return false;
        }
        let put = Put { origin: put.origin.or(Some(e.span)), ..put };
        match (self.c.shape(self.c.ty(e)), shape) {
            (Ty::Object(o), Shape::Object(object)) => {
                self.elsewhere(std::ptr::from_ref(o) as usize, takes, put, |put| self.object(o, object, put));
            }
            (Ty::Object(o), Shape::OneOfObjects { by, common, variants }) => {
                let value = std::ptr::from_ref(o) as usize;
                self.elsewhere(value, takes, put, |put| self.one_of(o, by, common, variants, put));
            }
            (Ty::List(items), Shape::Array(item)) => self.elsewhere(items.as_ptr() as usize, takes, put, |put| {
                for i in items {
                    if let ArrayItem::Value(v) = i {
                        self.check(v, *item, Put { role: Role::Item, block: v.span, ..put });
                    }
                }
            }),
            _ => return false,
        }
        true
    }

    fn mismatch(&self, e: &Expr, values: &[Value<'_>], shape: &Shape<'_>, put: Put<'_>) {
        let is: Vec<String> = values.iter().map(said).collect();
        let (is, wanted) = (is.join(" or "), wanted(shape));
        match put.role {
            Role::Property(name) => {
                if let ([Value::Text { is: Some(text), .. }], Shape::OneOf(texts), None) = (values, shape, put.origin)
                    && self.c.may_spell(texts.len())
                    && let Some(near) = spelling::suggestion(text, texts.iter().copied())
                {
                    let message = format!("`{name}` cannot be '{text}'. Did you mean '{near}'?");
                    return self.say("BCP088", &put, e.span, message);
                }
                self.say("BCP036", &put, e.span, format!("`{name}` takes {wanted}; this is {is}."));
            }
            Role::Item => self.say("BCP034", &put, e.span, format!("The array takes {wanted}; this is {is}.")),
            Role::Value => self.say("BCP033", &put, e.span, format!("{wanted} has to stand here; this is {is}.")),
        }
    }

    fn length(
        &self,
        e: &Expr,
        literal: bool,
        is: (u64, Option<u64>),
        wanted: (Option<u64>, Option<u64>),
        put: Put<'_>,
    ) {
        let ((least, most), (min, max)) = (is, wanted);
        let kind = if literal { "is" } else { "can be" };
        if let Some(max) = max.filter(|max| least > *max) {
            let message = format!("The text is {least} characters long or longer; here it may have {max}.");
            self.say("BCP332", &put, e.span, message);
        } else if let (Some(most), Some(min)) = (most, min)
            && most < min
        {
            self.say(
                "BCP333",
                &put,
                e.span,
                format!("The text has at most {most} characters; here it has to have {min}."),
            );
        } else {
            // Whether these are errors is never asked.
            let put = Put { warns: true, ..put };
            if let Some(min) = min.filter(|min| least > 0 && least < *min) {
                let message = format!("The text {kind} as short as {least} characters; here it has to have {min}.");
                self.say("BCP334", &put, e.span, message);
            }
            if let (Some(most), Some(max)) = (most, max)
                && most > max
            {
                self.say(
                    "BCP335",
                    &put,
                    e.span,
                    format!("The text {kind} as long as {most} characters; here it may have {max}."),
                );
            }
        }
    }

    /// What a type declares, put where another is wanted: objects and the items of arrays are compared as far as they go.
    fn declared(&self, e: &Expr, name: &str, from: Takes<'_>, to: Takes<'_>, put: Put<'_>) {
        // Types can contain themselves.
        let room = self.compared.get();
        if !nesting::TYPE.allows(put.depth) || room >= MOST_COMPARED {
            return;
        }
        self.compared.set(room + 1);
        let put = Put { depth: put.depth + 1, ..put };
        let (from, to) = (from.shape(), to.shape());
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
                        Some(target) => self.declared(e, m.name, m.takes, target.takes, put),
                        None if matches!(wanted.rest, Rest::None) => {
                            let others = others.get_or_init(|| others_of(wanted, &names));
                            self.unknown(m.name, e.span, others, put);
                        }
                        None => {}
                    }
                }
            }
            (Shape::Array(own), Shape::Array(wanted)) => self.declared(e, name, *own, *wanted, put),
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
                    let message = format!("`{name}` takes {}; in what is given it is {}.", wanted(&to), said(&value));
                    self.say("BCP036", &put, e.span, message);
                }
            }
        }
    }

    fn one_of(
        &self,
        o: &'f ast::Object,
        by: &str,
        common: &[Member<'_>],
        variants: &[(&str, Takes<'_>)],
        put: Put<'_>,
    ) {
        let named = |p: &&Property| matches!(&p.key, Key::Name(n) if n.text == by);
        let Some(p) = o.properties().find(named) else {
            if o.properties().count() == o.items.len() && o.properties().all(|p| matches!(p.key, Key::Name(_))) {
                let values: Vec<&str> = variants.iter().map(|v| v.0).collect();
                self.say("BCP078", &put, o.span, format!("`{by}` is missing; it is {}.", listed(&values)));
            }
            return;
        };
        let Ty::Text(Some(text)) = self.c.shape(self.c.ty(&p.value)) else { return };
        let Some((_, takes)) = variants.iter().find(|(value, _)| *value == text) else {
            let shape = Shape::OneOf(variants.iter().map(|v| v.0).collect());
            let value = [Value::Text { is: Some(text), least: 0, most: None, loose: false }];
            return self.mismatch(&p.value, &value, &shape, Put { role: Role::Property(by), ..put });
        };
        let Shape::Object(mut object) = takes.shape() else { return };
        let more = common.iter().filter(|m| object.members.iter().all(|own| own.name != m.name)).copied();
        let more: Vec<Member<'_>> = more.collect();
        object.members.extend(more);
        self.object(o, &object, put);
    }

    /// The properties of an object that is written down.
    pub fn object(&self, o: &'f ast::Object, object: &Object<'_>, put: Put<'_>) {
        let given: FxHashSet<&str> = o.properties().filter_map(key).collect();
        // Most objects have few properties, and those that have many are looked through by name.
        let by_name: FxHashMap<&str, &Member<'_>> = match given.len() {
            0..=32 => FxHashMap::default(),
            _ => object.members.iter().rev().map(|m| (m.name, m)).collect(),
        };
        let find = |name: &str| match given.len() {
            0..=32 => object.members.iter().find(|m| m.name == name),
            _ => by_name.get(name).copied(),
        };
        let others = OnceCell::new();
        let others = || others.get_or_init(|| others_of(object, &given)).as_slice();
        // A spread, or a name that is put together, may bring what seems to be missing.
        let whole = o.items.iter().all(|i| match i {
            ast::ObjectItem::Property(p) => matches!(p.key, Key::Name(_)),
            ast::ObjectItem::Resource(_) => true,
            ast::ObjectItem::Spread(_) => false,
        });
        // A part that could not be read may be what seems to be missing.
        let broken = self.c.file().problems.iter().any(|p| o.span.start <= p.span.start && p.span.start <= o.span.end);
        if whole && !broken {
            let missing = object.members.iter().filter(|m| m.required && !m.read_only && !given.contains(m.name));
            let mut missing: Vec<&str> = missing.map(|m| m.name).collect();
            missing.sort_unstable();
            if !missing.is_empty() {
                let message =
                    format!("{} {} to be given.", listed(&missing), if missing.len() == 1 { "has" } else { "have" });
                self.say("BCP035", &put, put.block, message);
            }
        }
        for p in o.properties() {
            let Key::Name(name) = &p.key else { continue };
            let put = Put { role: Role::Property(&name.text), block: name.span, ..put };
            let member = find(&name.text);
            if member.is_some_and(|m| m.secret) && secrets::is_open(self.c, &p.value) {
                let message = format!(
                    "`{}` takes a secret, and gets a value that everybody can read. Use a `@secure()` parameter, or a secret of a vault.",
                    name.text
                );
                self.c.say("use-secure-value-for-secure-inputs", p.value.span, message);
            }
            match member {
                Some(m) if m.read_only => {
                    let message = format!("`{}` is decided by Azure and cannot be given. Remove it.", name.text);
                    self.say("BCP073", &put, name.span, message);
                }
                Some(m) => self.check(&p.value, m.takes, put),
                None => match object.rest {
                    Rest::Of(takes) => self.check(&p.value, takes, put),
                    Rest::None => self.unknown(&name.text, name.span, others(), put),
                    Rest::Discouraged => {
                        self.unknown(&name.text, name.span, others(), Put { warns: true, ..put });
                    }
                },
            }
        }
    }

    fn unknown(&self, name: &str, at: Span, others: &[&str], put: Put<'_>) {
        let near = || spelling::suggestion(name, others.iter().copied());
        match (put.origin.is_none() && self.c.may_spell(others.len())).then(near).flatten() {
            Some(near) => {
                self.say("BCP089", &put, at, format!("There is no property `{name}` here. Did you mean `{near}`?"))
            }
            None if others.is_empty() => {
                self.say("BCP037", &put, at, format!("There is no property `{name}` here, and no other."))
            }
            None => self.say(
                "BCP037",
                &put,
                at,
                format!("There is no property `{name}` here; there are {}.", listed(others)),
            ),
        }
    }

    /// What an expression can come to.
    fn values(&self, e: &'f Expr, depth: usize, out: &mut Vec<Value<'c>>) {
        if !nesting::EXPRESSION.allows(depth) {
            out.push(Value::Unknown);
            return;
        }
        match &e.kind {
            ExprKind::Ternary { condition, then, otherwise } => {
                let condition = &bare(condition).kind;
                if !matches!(condition, ExprKind::Bool(false)) {
                    self.values(bare(then), depth + 1, out);
                }
                if !matches!(condition, ExprKind::Bool(true)) {
                    self.values(bare(otherwise), depth + 1, out);
                }
            }
            ExprKind::Null => out.push(Value::Null),
            ExprKind::Bool(_) => out.push(Value::Bool),
            ExprKind::Int(i) => out.push(Value::Int(Some(*i))),
            ExprKind::Str(text) => out.push(text_of(text.value.as_str())),
            ExprKind::Array(_) | ExprKind::For(_) => out.push(Value::Array),
            ExprKind::Object(_) => out.push(Value::Object),
            ExprKind::Interpolated(parts) => out.push(self.interpolated(parts, depth)),
            ExprKind::Call { name, args } if !self.c.scope.top.contains_key(name.text.as_str()) => {
                out.push(match (name.text.as_str(), args.as_slice()) {
                    ("uniqueString", _) => sized(13),
                    ("guid" | "newGuid", _) => sized(36),
                    ("any", _) => Value::Unknown,
                    _ => self.inferred(e),
                });
            }
            ExprKind::MethodCall { name, .. } if name.text == "getSecret" => out.push(sized(0)),
            _ => out.push(self.declared_value(e).unwrap_or_else(|| self.inferred(e))),
        }
    }

    /// What an expression is by its type.
    fn inferred(&self, e: &'f Expr) -> Value<'c> {
        match self.c.shape(self.c.ty(e)).there() {
            Ty::Bool => Value::Bool,
            Ty::Int => Value::Int(None),
            Ty::Array(_) | Ty::List(_) => Value::Array,
            Ty::Object(_) => Value::Object,
            Ty::Text(Some(text)) => text_of(text),
            Ty::Texts(texts) => Value::OneOf(texts.to_vec()),
            Ty::Text(None) => Value::Text { is: None, least: 0, most: None, loose: true },
            _ => Value::Unknown,
        }
    }

    /// The name of a resource: as long as its type allows, and as what it is given.
    fn name_of_resource(&self, e: &'f Expr, depth: usize) -> Option<(u64, Option<u64>)> {
        let ExprKind::Member { base, name, .. } = &e.kind else { return None };
        let i = self.c.scope.target(bare(base)).filter(|_| name.text == "name")?;
        let d = self.c.scope.declarations.get(i)?;
        let Shape::Object(o) = Takes::Azure(bodies::type_of(self.c, i)?).shape() else { return None };
        let Shape::Text(min, max) = o.members.iter().find(|m| m.name == "name")?.takes.shape() else { return None };
        let (least, most) = d.object()?.get("name").map_or((0, None), |given| self.length_of(bare(given), depth + 1));
        let most = [most, max].into_iter().flatten().min();
        Some((least.max(min.unwrap_or(0)), most))
    }

    /// What a parameter, or something in it, can be.
    fn declared_value(&self, e: &Expr) -> Option<Value<'c>> {
        let (template, t) = self.declared_type(e, 0)?;
        let loose = matches!(e.kind, ExprKind::Var(_));
        Some(match Takes::Declared(template, t).shape() {
            Shape::Bool => Value::Bool,
            Shape::Integer | Shape::OneOfNumbers(_) => Value::Int(None),
            Shape::Text(least, most) => Value::Text { is: None, least: least.unwrap_or(0), most, loose },
            Shape::OneOf(texts) => Value::OneOf(texts),
            Shape::Array(_) => Value::Array,
            Shape::Object(_) | Shape::OneOfObjects { .. } => Value::Object,
            Shape::Anything => return None,
        })
    }

    fn declared_type(&self, e: &Expr, depth: usize) -> Option<(&'c Template, &'c model::Type)> {
        let own = self.own.filter(|_| nesting::EXPRESSION.allows(depth))?;
        match &e.kind {
            ExprKind::Paren(inner) | ExprKind::NonNull(inner) => self.declared_type(inner, depth + 1),
            ExprKind::Var(name) => match self.c.scope.declared(name)?.kind {
                Kind::Param(p) => Some((own, &own.parameter(&p.name.text)?.1.ty)),
                _ => None,
            },
            ExprKind::Member { base, name, .. } => {
                let (template, t) = self.declared_type(base, depth + 1)?;
                match Takes::Declared(template, t).member(&name.text)?.takes {
                    Takes::Declared(template, t) => Some((template, t)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// How long a text with values in it is.
    fn interpolated(&self, parts: &'f [Part], depth: usize) -> Value<'c> {
        let (mut least, mut most) = (0, Some(0_u64));
        for part in parts {
            let (l, m) = match part {
                Part::Text(text) => {
                    let n = text.value.encode_utf16().count() as u64;
                    (n, Some(n))
                }
                Part::Expr(e) => self.part(bare(e), depth),
            };
            least = u64::saturating_add(least, l);
            most = most.zip(m).map(|(a, b)| a.saturating_add(b));
        }
        Value::Text { is: None, least, most, loose: false }
    }

    /// The same of what stands elsewhere, worked out once however often it is used.
    fn length_of(&self, e: &'f Expr, depth: usize) -> (u64, Option<u64>) {
        let key = std::ptr::from_ref(e) as usize;
        if let Some(known) = self.lengths.borrow().get(&key) {
            return *known;
        }
        // A text that is made of itself has any length.
        self.lengths.borrow_mut().insert(key, (0, None));
        let length = self.part(e, depth);
        self.lengths.borrow_mut().insert(key, length);
        length
    }

    fn part(&self, e: &'f Expr, depth: usize) -> (u64, Option<u64>) {
        let e = match self.c.scope.variable(e) {
            Some((_, v)) if nesting::EXPRESSION.allows(depth) => return self.length_of(bare(&v.value), depth + 1),
            _ => e,
        };
        if let Some(name) = self.name_of_resource(e, depth) {
            return name;
        }
        let mut values = Vec::new();
        self.values(e, depth + 1, &mut values);
        match values.as_slice() {
            [Value::Text { least, most, .. }] => (*least, *most),
            [Value::OneOf(texts)] => {
                let all = texts.iter().map(|t| t.encode_utf16().count() as u64);
                (all.clone().min().unwrap_or(0), all.max())
            }
            _ => (0, None),
        }
    }
}

/// The properties that could be given and are not.
fn others_of<'o>(object: &Object<'o>, given: &FxHashSet<&str>) -> Vec<&'o str> {
    let free = object.members.iter().filter(|m| !m.read_only && !m.fallback && !given.contains(m.name));
    let mut names: Vec<&str> = free.map(|m| m.name).collect();
    names.sort_unstable();
    names
}

fn key(p: &Property) -> Option<&str> {
    if let Key::Name(n) = &p.key { Some(n.text.as_str()) } else { None }
}

fn text_of(text: &str) -> Value<'_> {
    let n = text.encode_utf16().count() as u64;
    Value::Text { is: Some(text), least: n, most: Some(n), loose: false }
}

fn sized<'v>(n: u64) -> Value<'v> {
    Value::Text { is: None, least: n, most: Some(n), loose: false }
}

fn fits(value: &Value<'_>, shape: &Shape<'_>) -> bool {
    match (value, shape) {
        (Value::Unknown | Value::Null, _) | (_, Shape::Anything) => true,
        (Value::Bool, Shape::Bool) | (Value::Int(_), Shape::Integer) | (Value::Array, Shape::Array(_)) => true,
        // A number that is not written down may be one of those.
        (Value::Int(is), Shape::OneOfNumbers(numbers)) => is.is_none_or(|is| numbers.contains(&is)),
        (Value::Text { .. } | Value::OneOf(_), Shape::Text(..)) => true,
        (Value::Text { is: Some(text), .. }, Shape::OneOf(texts)) => texts.contains(text),
        (Value::Text { loose, .. }, Shape::OneOf(_)) => *loose,
        (Value::OneOf(own), Shape::OneOf(texts)) => own.iter().all(|t| texts.contains(t)),
        (Value::Object, Shape::Object(_) | Shape::OneOfObjects { .. }) => true,
        _ => false,
    }
}

fn said(value: &Value<'_>) -> String {
    match value {
        Value::Unknown => "something else".to_owned(),
        Value::Null => "null".to_owned(),
        Value::Bool => "true or false".to_owned(),
        Value::Int(Some(is)) => is.to_string(),
        Value::Int(None) => "a whole number".to_owned(),
        Value::Text { is: Some(text), .. } => format!("'{text}'"),
        Value::Text { .. } => "a text".to_owned(),
        Value::OneOf(texts) => format!("one of {}", listed(texts)),
        Value::Array => "an array".to_owned(),
        Value::Object => "an object".to_owned(),
    }
}

fn wanted(shape: &Shape<'_>) -> String {
    match shape {
        Shape::Anything => "anything".to_owned(),
        Shape::Bool => "true or false".to_owned(),
        Shape::Integer => "a whole number".to_owned(),
        Shape::Text(..) => "a text".to_owned(),
        Shape::OneOf(texts) => format!("one of {}", listed(texts)),
        Shape::OneOfNumbers(numbers) => {
            let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
            format!("one of {}", listed(&numbers.iter().map(String::as_str).collect::<Vec<_>>()))
        }
        Shape::Array(_) => "an array".to_owned(),
        Shape::Object(_) | Shape::OneOfObjects { .. } => "an object".to_owned(),
    }
}

/// Names in a row; of many, the first.
pub fn listed(names: &[&str]) -> String {
    let few: Vec<String> = names.iter().take(12).map(|n| format!("`{n}`")).collect();
    match names.len().checked_sub(few.len()) {
        Some(more @ 1..) => format!("{} and {more} more", few.join(", ")),
        _ => few.join(", "),
    }
}
