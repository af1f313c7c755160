//! Values: what an expression comes to, and where that was decided.

use std::rc::Rc;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::residual::Residual;
use crate::read::Span;

/// How far down a computed value gets its place.
const MAX_COMPUTED: usize = 500;

/// A value and where it was decided.
///
/// Values are shared by reference counting within the one thread that expands a deployment; they never leave it.
#[derive(Debug, Clone)]
pub struct Value {
    /// What it is.
    pub data: Data,
    /// Where it was written and decided.
    pub origin: Origin,
}

/// What a value is.
#[derive(Debug, Clone)]
pub enum Data {
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// A 64-bit integer.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A string.
    Str(EcoString),
    /// An array.
    Array(Rc<Vec<Value>>),
    /// An object.
    Object(Rc<Object>),
    /// What only Azure, or a missing parameter, can decide.
    Residual(Rc<Residual>),
}

/// Where a value stands in a text, and where it came from.
///
/// A literal stands at `place` and came from nowhere else. A value handed over (`[parameters('x')]`) stands at the text of the
/// hand-over and came `from` the origin of what was handed over. A computed value stands at its whole expression.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The text of the literal, the hand-over or the computation; `None` for what no text says (a default of the engine).
    pub place: Option<Span>,
    /// Where a value that was only handed over came from.
    pub from: Option<Rc<Origin>>,
    /// The value was computed here, not written here.
    pub computed: bool,
    /// The value is a secret that is known: what the template itself writes for a secure parameter, or what was made of it.
    /// (A secret that somebody gave is a [`Residual`].) It stays with the value wherever it goes; see [`super::known::secret`].
    pub secret: bool,
    /// The value hangs on a part of the deployment context that nobody gave: the region, the resource group, the subscription.
    pub assumed: bool,
}

impl Origin {
    /// What stays with the value wherever it goes, without a place.
    fn marks(&self) -> Self {
        Origin { secret: self.secret, assumed: self.assumed, ..Origin::default() }
    }

    /// The origin of a literal.
    pub fn literal(span: Span) -> Self {
        Origin { place: Some(span), ..Origin::default() }
    }

    /// The origin of something computed by the text at `span`.
    pub fn computed(span: Span) -> Self {
        Origin { place: Some(span), computed: true, ..Origin::default() }
    }

    /// The origin after a hand-over at `span`.
    pub fn handed_over(self, span: Span) -> Self {
        let marks = self.marks();
        match self.place {
            None => Origin { place: Some(span), computed: true, ..marks },
            Some(_) => Origin { place: Some(span), from: Some(Rc::new(self)), ..marks },
        }
    }

    /// The origin of something that what stands there is only a part of.
    #[must_use]
    pub fn partly(self) -> Self {
        let mut places: Vec<Span> = self.chain().collect();
        let place = places.pop();
        let decided = Origin { place, computed: place.is_some(), ..self.marks() };
        places.into_iter().rev().fold(decided, Origin::handed_over)
    }

    /// The place that decided the value: the last of the chain.
    pub fn decided(&self) -> &Origin {
        let mut at = self;
        while let Some(next) = &at.from {
            at = next;
        }
        at
    }

    /// Every place from where the value is used to where it was decided.
    pub fn chain(&self) -> impl Iterator<Item = Span> {
        let mut at = Some(self);
        std::iter::from_fn(move || {
            let now = at?;
            at = now.from.as_deref();
            Some(now.place)
        })
        .flatten()
    }
}

/// An object: members in order, looked up without regard to (ASCII) case.
#[derive(Debug, Clone, Default)]
pub struct Object {
    /// The members. No two keys differ only in case.
    pub members: Vec<Member>,
    /// It is what a declaration says of a deployed resource. Azure keeps its secrets to itself, and what is not there stays an
    /// expression where it is asked for.
    pub declared: bool,
    /// It may have members that are not here, and nobody knows which: functions decide only what these do not change.
    pub open: bool,
    /// What it is called where an expression cannot be decided: what two resources declare alike, Azure may say differently.
    pub asked: Option<Rc<Residual>>,
}

/// A member of an [`Object`].
#[derive(Debug, Clone)]
pub struct Member {
    /// The key as written.
    pub key: EcoString,
    /// Where the key stands, if a text says so.
    pub key_span: Option<Span>,
    /// The value.
    pub value: Value,
}

/// Where an object has its members: looked up one by one as long as they are few, by a table where they are many.
#[derive(Debug, Default)]
pub struct Places {
    known: Option<FxHashMap<EcoString, usize>>,
}

impl Places {
    /// Of an object that will have about this many members.
    pub fn of(o: &Object, expected: usize) -> Self {
        if expected.max(o.members.len()) < 48 {
            return Places::default();
        }
        let mut known = FxHashMap::default();
        for (i, m) in o.members.iter().enumerate() {
            known.entry(m.key.to_ascii_lowercase()).or_insert(i);
        }
        Places { known: Some(known) }
    }

    /// The object will have about this many members after all.
    pub fn expect(&mut self, o: &Object, expected: usize) {
        if self.known.is_none() {
            *self = Places::of(o, expected);
        }
    }

    /// Where the object has this key.
    pub fn find(&self, o: &Object, key: &str) -> Option<usize> {
        match &self.known {
            Some(known) => known.get(key.to_ascii_lowercase().as_str()).copied(),
            None => o.members.iter().position(|m| m.key.eq_ignore_ascii_case(key)),
        }
    }

    /// As [`Object::set`].
    pub fn set(&mut self, o: &mut Object, key: EcoString, key_span: Option<Span>, value: Value) {
        match self.find(o, &key).and_then(|i| o.members.get_mut(i)) {
            Some(m) => {
                m.value = value;
                m.key_span = key_span.or(m.key_span);
            }
            None => self.add(o, Member { key, key_span, value }),
        }
    }

    /// Adds a member whose key the object does not have.
    pub fn add(&mut self, o: &mut Object, member: Member) {
        if let Some(known) = &mut self.known {
            known.insert(member.key.to_ascii_lowercase(), o.members.len());
        }
        o.members.push(member);
    }
}

impl Object {
    /// A value with every object in it as a declaration's; open, if it says how Azure is `asked` for it, and not taken for all that there
    /// will be.
    pub(in crate::expand) fn of_declaration(value: &Value, asked: Option<&Rc<Residual>>) -> Value {
        let within = |key: Value| {
            let of = |whole: &Rc<Residual>| {
                let whole = Value { data: Data::Residual(whole.clone()), origin: Origin::default() };
                Rc::new(Residual::access(whole, key))
            };
            asked.map(of)
        };
        let data = match &value.data {
            Data::Array(items) => {
                let item = |(i, item): (usize, &Value)| {
                    let asked = within(Value::int(i64::try_from(i).unwrap_or(i64::MAX)));
                    Object::of_declaration(item, asked.as_ref())
                };
                Data::Array(Rc::new(items.iter().enumerate().map(item).collect()))
            }
            Data::Object(o) => {
                let open = asked.is_some();
                // Azure fills in what is declared as null.
                let said = o.members.iter().filter(|m| !open || !m.value.is_null());
                let member = |m: &Member| {
                    // Nobody asks for what is in a text or a number.
                    let holds = matches!(m.value.data, Data::Array(_) | Data::Object(_));
                    let asked = holds.then(|| within(Value::str(m.key.clone()))).flatten();
                    Member { value: Object::of_declaration(&m.value, asked.as_ref()), ..m.clone() }
                };
                let members = said.map(member).collect();
                Data::Object(Rc::new(Object { members, declared: true, open, asked: asked.cloned() }))
            }
            other => other.clone(),
        };
        Value { data, origin: value.origin.clone() }
    }

    /// The value of a member.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.member(key).map(|m| &m.value)
    }

    /// A member with its key.
    pub fn member(&self, key: &str) -> Option<&Member> {
        self.members.iter().find(|m| m.key.eq_ignore_ascii_case(key))
    }

    /// Sets a member: a key already there keeps its place and spelling and gets the value.
    pub fn set(&mut self, key: EcoString, key_span: Option<Span>, value: Value) {
        match self.members.iter_mut().find(|m| m.key.eq_ignore_ascii_case(&key)) {
            Some(m) => {
                m.value = value;
                m.key_span = key_span.or(m.key_span);
            }
            None => self.members.push(Member { key, key_span, value }),
        }
    }
}

/// The places on the way from where something is used to where `own`, a value within it, was decided: `above` are those of
/// what holds the value. A text that only stands around the next one (an object around its member) hands nothing over.
pub fn way(above: &[Span], own: &Origin) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::with_capacity(above.len() + 1);
    for (i, span) in above.iter().copied().chain(own.chain()).enumerate() {
        while i <= above.len() && out.last().is_some_and(|before| before.contains(span)) {
            out.pop();
        }
        out.push(span);
    }
    out
}

impl Value {
    /// A value without a place (computed; the enclosing expression gives the place).
    pub fn new(data: Data) -> Self {
        Value { data, origin: Origin::default() }
    }

    /// A value as written at a place.
    pub fn literal(data: Data, span: Span) -> Self {
        Value { data, origin: Origin::literal(span) }
    }

    /// `null`
    pub fn null() -> Self {
        Value::new(Data::Null)
    }

    /// A string without a place.
    pub fn str(s: impl Into<EcoString>) -> Self {
        Value::new(Data::Str(s.into()))
    }

    /// A boolean without a place.
    pub fn bool(b: bool) -> Self {
        Value::new(Data::Bool(b))
    }

    /// An integer without a place.
    pub fn int(i: i64) -> Self {
        Value::new(Data::Int(i))
    }

    /// An array without a place.
    pub fn array(items: Vec<Value>) -> Self {
        Value::new(Data::Array(Rc::new(items)))
    }

    /// An object without a place.
    pub fn object(object: Object) -> Self {
        Value::new(Data::Object(Rc::new(object)))
    }

    /// A residual without a place.
    pub fn residual(r: Residual) -> Self {
        Value::new(Data::Residual(Rc::new(r)))
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&EcoString> {
        match &self.data {
            Data::Str(s) => Some(s),
            _ => None,
        }
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.data {
            Data::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// The integer, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        match self.data {
            Data::Int(i) => Some(i),
            _ => None,
        }
    }

    /// The items, if it is an array.
    pub fn as_array(&self) -> Option<&[Value]> {
        match &self.data {
            Data::Array(a) => Some(a),
            _ => None,
        }
    }

    /// The object, if it is one.
    pub fn as_object(&self) -> Option<&Object> {
        match &self.data {
            Data::Object(o) => Some(o),
            _ => None,
        }
    }

    /// The residual, if it is one.
    pub fn as_residual(&self) -> Option<&Rc<Residual>> {
        match &self.data {
            Data::Residual(r) => Some(r),
            _ => None,
        }
    }

    /// The member of an object value.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_object()?.get(key)
    }

    /// Whether the value itself is a residual (its members may be, all the same).
    pub fn is_residual(&self) -> bool {
        matches!(self.data, Data::Residual(_))
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// The value as one that hangs on what nobody gave of the deployment context.
    #[must_use]
    pub fn assumed(mut self) -> Self {
        self.origin.assumed = true;
        self
    }

    /// Whether nothing in it, at any depth, is residual, or open.
    pub fn is_known(&self) -> bool {
        match &self.data {
            Data::Residual(_) => false,
            Data::Array(a) => a.iter().all(Value::is_known),
            Data::Object(o) => !o.open && o.members.iter().all(|m| m.value.is_known()),
            _ => true,
        }
    }

    /// The value handed over by the text at `span`. What that text computed has its place there, and so has all that no
    /// text says within it.
    pub fn handed_over(mut self, span: Span) -> Self {
        if self.origin.place.is_none() {
            self.computed_at(span, MAX_COMPUTED);
            return self;
        }
        Value { data: self.data, origin: self.origin.handed_over(span) }
    }

    fn computed_at(&mut self, span: Span, depth: usize) {
        if self.origin.place.is_some() || depth == 0 {
            return;
        }
        self.origin = Origin { place: Some(span), computed: true, ..self.origin.marks() };
        let nowhere = |v: &Value| v.origin.place.is_none();
        match &mut self.data {
            Data::Array(items) if items.iter().any(nowhere) => {
                Rc::make_mut(items).iter_mut().for_each(|v| v.computed_at(span, depth - 1));
            }
            Data::Object(o) if o.members.iter().any(|m| nowhere(&m.value)) => {
                Rc::make_mut(o).members.iter_mut().for_each(|m| m.value.computed_at(span, depth - 1));
            }
            _ => {}
        }
    }
}
