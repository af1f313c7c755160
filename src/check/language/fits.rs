//! Whether values fit the places they are put into: properties of resources, parameters of modules, defaults, outputs.
//!
//! A place of Microsoft's types only warns, as with the compiler: the types are not always right. But which properties a resource has at
//! its top they are trusted with, and with its name. A place that a template declares is an error. A variable is looked into, and what is
//! wrong in it is said where it is used.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::kinds::Ty;
use super::lists::in_list;
use super::scope::Kind;
use super::shapes::{Below, Member, Object, Rest, Shape, Takes};
use super::walk::bare;
use super::{Context, bodies, names, secrets, spelling};
use crate::diagnostic::Level;
use crate::expand::known::secret::MASK;
use crate::model::{self, Template};
use crate::nesting;
use crate::read::Span;
use crate::read::bicep::ast::{self, Expr, ExprKind, Key, Part, Property};

/// Where a value is put.
#[derive(Clone, Copy)]
pub enum Role<'p> {
    /// A default or an output.
    Value,
    /// The value of this property.
    Property(&'p str),
    /// An item of an array.
    Item,
    /// What a function of the file is given: for this parameter, of this function.
    Argument(&'p str, &'p str),
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
    /// It is put into a resource, where little is an error.
    pub resource: bool,
    /// A value of another type only warns.
    pub warns: bool,
    /// It takes a secret: what is there is not said, nor what may be.
    pub secret: bool,
    /// How deep.
    pub depth: usize,
}

/// What a value is, as far as it matters for a place.
pub(super) enum Value<'v> {
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
    pub(super) compared: Cell<usize>,
    /// What is wrong in values that are used elsewhere, if they are put into such a place: each is looked into once.
    within: RefCell<FxHashMap<Within, Rc<[Wrong]>>>,
    /// How long the texts are that others are made of.
    lengths: RefCell<FxHashMap<usize, (u64, Option<u64>)>>,
    /// How many places, and properties of them, were held against values.
    looked_at: Cell<usize>,
}

/// A value, the type of the place, what the place is called, and whether what is wrong only warns, in a resource or elsewhere, and is a
/// secret.
type Within = (usize, Vec<usize>, String, (bool, bool, bool));

/// What is wrong with a value wherever it is used.
type Wrong = (&'static str, Level, String);

/// How many places and properties of one file are held against values: a variable is looked into wherever it is used.
const MOST_LOOKED_AT: usize = 5_000_000;

impl<'c, 'f: 'c> Fits<'c, 'f> {
    /// For a file.
    pub fn new(c: &'c Context<'f>) -> Self {
        let (within, lengths) = (RefCell::default(), RefCell::default());
        Fits { c, own: c.others.own(), compared: Cell::new(0), within, lengths, looked_at: Cell::new(0) }
    }

    /// Looks into a value that stands elsewhere, and says what is wrong in it where it is used.
    fn elsewhere(&self, value: usize, takes: Takes<'_>, put: Put<'_>, look: impl FnOnce(Put<'_>)) {
        let Some(origin) = put.origin else { return look(put) };
        let role = match put.role {
            Role::Value => String::new(),
            Role::Item => "[]".to_owned(),
            Role::Property(name) => format!(".{name}"),
            Role::Argument(parameter, function) => format!("{function}({parameter})"),
        };
        let key = (value, takes.key(), role, (put.warns, put.resource, put.secret));
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

    /// Whether there is room for `more` places.
    fn has_room(&self, more: usize) -> bool {
        self.looked_at.set(self.looked_at.get().saturating_add(more));
        self.looked_at.get() <= MOST_LOOKED_AT
    }

    pub(super) fn say(&self, warns: bool, code: &'static str, put: &Put<'_>, at: Span, message: String) {
        let level = if warns { Level::Warning } else { Level::Error };
        self.c.say_at(level, code, put.origin.unwrap_or(at), message);
    }

    /// Checks a value.
    pub fn check(&self, e: &'f Expr, takes: Takes<'_>, put: Put<'_>) {
        if !nesting::EXPRESSION.allows(put.depth) || !self.has_room(1) {
            return;
        }
        let warns = match put.role {
            Role::Value | Role::Argument(..) => takes.warns(),
            Role::Property(_) | Role::Item => put.warns,
        };
        let put = Put { depth: put.depth + 1, warns, secret: put.secret || takes.is_secret(), ..put };
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
                    return self.say(put.warns, "BCP036", &put, e.span, message);
                }
            }
            (ExprKind::Object(o), Shape::Object(object)) => return self.object(o, object, put),
            (ExprKind::Object(o), Shape::OneOfObjects { by, common, variants }) => {
                return self.one_of(o, by, common, variants, takes, put);
            }
            (ExprKind::Array(items), Shape::Array(list)) => {
                // How long it is is said where it is written, whoever uses it.
                self.count(items, e.span, list, Put { origin: None, ..put });
                return self.items(items, list, put);
            }
            (ExprKind::For(f), Shape::Array(list)) => {
                return self.check(&f.body, list.item, in_list(list, f.body.span, put));
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
            self.length(
                e,
                is.is_some(),
                (*least, *most),
                (min, max),
                Put { warns: put.resource || takes.warns(), ..put },
            );
        }
        if matches!(shape, Shape::Object(_) | Shape::Array(_))
            && let Some((template, t)) = self.declared_type(e, 0)
        {
            self.declared(e, Takes::Declared(template, t), takes, put);
        }
    }

    /// A part could not be read, and may be what seems to be missing.
    pub(super) fn is_broken(&self, span: Span) -> bool {
        self.c.file().problems.iter().any(|p| span.start <= p.span.start && p.span.start <= span.end)
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
                self.elsewhere(value, takes, put, |put| self.one_of(o, by, common, variants, takes, put));
            }
            (Ty::List(items), Shape::Array(list)) => self.elsewhere(items.as_ptr() as usize, takes, put, |put| {
                self.count(items, e.span, list, put);
                self.items(items, list, put);
            }),
            _ => return false,
        }
        true
    }

    fn mismatch(&self, e: &Expr, values: &[Value<'_>], shape: &Shape<'_>, put: Put<'_>) {
        let is: Vec<String> = values.iter().map(said).collect();
        let (is, wanted) = said_of(is.join(" or "), wanted(shape), put);
        match put.role {
            Role::Property(name) => {
                if let ([Value::Text { is: Some(text), .. }], Shape::OneOf(texts), None) = (values, shape, put.origin)
                    && !put.secret
                    && self.c.may_spell(texts.len())
                    && let Some(near) = spelling::suggestion(text, texts.iter().copied())
                {
                    let message = format!("`{name}` cannot be '{text}'. Did you mean '{near}'?");
                    return self.say(put.warns, "BCP088", &put, e.span, message);
                }
                self.say(put.warns, "BCP036", &put, e.span, format!("`{name}` takes {wanted}; this is {is}."));
            }
            Role::Item => {
                self.say(put.warns, "BCP034", &put, e.span, format!("The array takes {wanted}; this is {is}."))
            }
            Role::Value => {
                self.say(put.warns, "BCP033", &put, e.span, format!("{wanted} has to stand here; this is {is}."));
            }
            Role::Argument(name, function) => {
                let message = format!("`{name}` of `{function}` takes {wanted}; this is {is}.");
                self.say(false, "BCP070", &put, e.span, message);
            }
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
            self.say(put.warns, "BCP332", &put, e.span, message);
        } else if let (Some(most), Some(min)) = (most, min)
            && most < min
        {
            self.say(
                put.warns,
                "BCP333",
                &put,
                e.span,
                format!("The text has at most {most} characters; here it has to have {min}."),
            );
        } else {
            // Whether these are errors is never asked.
            if let Some(min) = min.filter(|min| least > 0 && least < *min) {
                let message = format!("The text {kind} as short as {least} characters; here it has to have {min}.");
                self.say(true, "BCP334", &put, e.span, message);
            }
            if let (Some(most), Some(max)) = (most, max)
                && most > max
            {
                self.say(
                    true,
                    "BCP335",
                    &put,
                    e.span,
                    format!("The text {kind} as long as {most} characters; here it may have {max}."),
                );
            }
        }
    }

    fn one_of(
        &self,
        o: &'f ast::Object,
        by: &str,
        common: &[Member<'_>],
        variants: &[(&str, Takes<'_>)],
        takes: Takes<'_>,
        put: Put<'_>,
    ) {
        let Some(takes) = self.variant(o, by, variants, takes, put) else { return };
        let Shape::Object(mut object) = takes.shape() else { return };
        let more = common.iter().filter(|m| object.members.iter().all(|own| own.name != m.name)).copied();
        let more: Vec<Member<'_>> = more.collect();
        object.members.extend(more);
        self.object(o, &object, put);
    }

    /// Which of several an object is, by the property that says so.
    pub fn variant<'t>(
        &self,
        o: &'f ast::Object,
        by: &str,
        variants: &[(&str, Takes<'t>)],
        takes: Takes<'_>,
        put: Put<'_>,
    ) -> Option<Takes<'t>> {
        let named = |p: &&Property| matches!(&p.key, Key::Name(n) if n.text == by);
        let Some(p) = o.properties().find(named) else {
            if o.properties().count() == o.items.len() && o.properties().all(|p| matches!(p.key, Key::Name(_))) {
                let values: Vec<&str> = variants.iter().map(|v| v.0).collect();
                self.say(
                    takes.warns_of_names(),
                    "BCP078",
                    &put,
                    o.span,
                    format!("`{by}` is missing; it is {}.", listed(&values)),
                );
            }
            return None;
        };
        let Ty::Text(Some(text)) = self.c.shape(self.c.ty(&p.value)) else { return None };
        let Some((_, one)) = variants.iter().find(|(value, _)| *value == text) else {
            let shape = Shape::OneOf(variants.iter().map(|v| v.0).collect());
            let value = [Value::Text { is: Some(text), least: 0, most: None, loose: false }];
            let warns = put.resource || takes.warns_of_names();
            self.mismatch(&p.value, &value, &shape, Put { role: Role::Property(by), warns, ..put });
            return None;
        };
        Some(*one)
    }

    /// The properties of an object that is written down.
    pub fn object(&self, o: &'f ast::Object, object: &Object<'_>, put: Put<'_>) {
        if !self.has_room(object.members.len() + o.items.len()) {
            return;
        }
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
        if whole && !self.is_broken(o.span) {
            let missing = object.members.iter().filter(|m| m.required && !m.read_only && !given.contains(m.name));
            let mut missing: Vec<&str> = missing.map(|m| m.name).collect();
            missing.sort_unstable();
            if !missing.is_empty() {
                let message =
                    format!("{} {} to be given.", listed(&missing), if missing.len() == 1 { "has" } else { "have" });
                let only_by_type = missing.iter().all(|name| !is_system(object, name));
                self.say(put.resource && only_by_type || object.warns(), "BCP035", &put, put.block, message);
            }
        }
        for p in o.properties() {
            let Key::Name(name) = &p.key else { continue };
            let member = find(&name.text);
            let takes = member.map(|m| m.takes).or(if let Rest::Of(takes) = object.rest { Some(takes) } else { None });
            let by_type = put.resource && member.is_some() && !is_system(object, &name.text);
            let warns = by_type || takes.is_some_and(Takes::warns);
            let secret = put.secret || member.is_some_and(|m| m.secret);
            let put = Put { role: Role::Property(&name.text), block: name.span, warns, secret, ..put };
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
                    self.say(by_type || object.warns(), "BCP073", &put, name.span, message);
                }
                Some(m) => self.check(&p.value, m.takes, put),
                None => match object.rest {
                    Rest::Of(takes) => self.check(&p.value, takes, put),
                    Rest::None | Rest::Discouraged => self.unknown(&name.text, name.span, others(), object, put),
                },
            }
        }
    }

    pub(super) fn unknown(&self, name: &str, at: Span, others: &[&str], object: &Object<'_>, put: Put<'_>) {
        if !self.has_room(others.len()) {
            return;
        }
        let warns = object.warns() || matches!(object.rest, Rest::Discouraged);
        let near = || spelling::suggestion(name, others.iter().copied());
        match (put.origin.is_none() && self.c.may_spell(others.len())).then(near).flatten() {
            Some(near) => self.say(
                warns,
                "BCP089",
                &put,
                at,
                format!("There is no property `{name}` here. Did you mean `{near}`?"),
            ),
            None if others.is_empty() => {
                self.say(warns, "BCP037", &put, at, format!("There is no property `{name}` here, and no other."))
            }
            None => self.say(
                warns,
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
                out.push(match (name.text.as_str(), &**args) {
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
pub(super) fn others_of<'o>(object: &Object<'o>, given: &FxHashSet<&str>) -> Vec<&'o str> {
    let free = object.members.iter().filter(|m| !m.read_only && !m.fallback && !given.contains(m.name));
    let mut names: Vec<&str> = free.map(|m| m.name).collect();
    names.sort_unstable();
    names
}

/// A property of a resource that the language itself knows, and needs.
pub(super) fn is_system(object: &Object<'_>, name: &str) -> bool {
    const SYSTEM: [&str; 6] = ["name", "scope", "parent", "dependsOn", "resourceGroup", "subscriptionId"];
    // Of a type that nobody knows there is nothing else that could say so.
    let unknown = matches!(object.rest, Rest::Of(Takes::Anything)) && matches!(name, "id" | "type" | "apiVersion");
    object.below == Some(Below::Body) && (unknown || SYSTEM.contains(&name))
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

pub(super) fn fits(value: &Value<'_>, shape: &Shape<'_>) -> bool {
    match (value, shape) {
        (Value::Unknown | Value::Null, _) | (_, Shape::Anything) => true,
        (Value::Bool, Shape::Bool) | (Value::Int(_), Shape::Integer) | (Value::Array, Shape::Array(_)) => true,
        // A number that is not written down may be one of those.
        (Value::Int(is), Shape::OneOfNumbers(numbers)) => is.is_none_or(|is| numbers.contains(&is)),
        (Value::Text { .. } | Value::OneOf(_), Shape::Text(..)) => true,
        (Value::Text { is: Some(text), .. }, Shape::OneOf(texts)) => texts.contains(text),
        (Value::Text { loose, .. }, Shape::OneOf(_)) => *loose,
        (Value::OneOf(own), Shape::OneOf(texts)) if own.len() > 32 => {
            let texts: FxHashSet<&str> = texts.iter().copied().collect();
            own.iter().all(|t| texts.contains(*t))
        }
        (Value::OneOf(own), Shape::OneOf(texts)) => own.iter().all(|t| texts.contains(t)),
        (Value::Object, Shape::Object(_) | Shape::OneOfObjects { .. }) => true,
        _ => false,
    }
}

pub(super) fn said(value: &Value<'_>) -> String {
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

/// What is there and what is wanted, in words that tell no secret.
pub(super) fn said_of(is: String, wanted: String, put: Put<'_>) -> (String, String) {
    match put.secret {
        false => (is, wanted),
        true if wanted.starts_with("one of ") => (MASK.to_owned(), "one of the allowed values".to_owned()),
        true => (MASK.to_owned(), wanted),
    }
}

pub(super) fn wanted(shape: &Shape<'_>) -> String {
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
