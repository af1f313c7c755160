//! What a place takes, in one form for both sources of types: Microsoft's of resources, and those that templates declare.

use crate::expand::is_secure;
use crate::model::{self, ObjectType, Template};
use crate::types::{self, Kind};

/// The type of a place.
#[derive(Clone, Copy)]
pub enum Takes<'t> {
    /// Nothing is known of it, or anything fits.
    Anything,
    /// What the language itself says.
    Fixed(Fixed),
    /// The type of a resource, of Microsoft's.
    Azure(types::Type<'static>),
    /// A part of one, how far below the resource, and of what.
    Part(types::Type<'static>, Below, Side),
    /// A type of a template, which holds the types that it names.
    Declared(&'t Template, &'t model::Type),
    /// One of these values of a template.
    OneOf(&'t [model::Expr]),
}

/// How far below a resource a type of Microsoft's is used. The types are not always right, and the compiler trusts only the names at the
/// top: Azure takes no others there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Below {
    /// The resource itself.
    Body,
    /// A property of the resource.
    Top,
    /// Anything in one of those.
    Deep,
}

impl Below {
    fn next(self) -> Self {
        if self == Below::Body { Below::Top } else { Below::Deep }
    }
}

/// Of what a type of Microsoft's is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Of a resource: some of it is only given, some only answered.
    Resource,
    /// Of a value as Azure is given it (`resourceInput`): all of it can be read.
    Input,
    /// Of a value as Azure answers it (`resourceOutput`): all of it can be given.
    Output,
}

/// A type of the language itself.
#[derive(Clone, Copy)]
pub enum Fixed {
    /// A text.
    Text,
    /// A text with such a least and greatest length.
    Sized(u64, u64),
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A whole number.
    Int,
    /// An array of texts.
    Texts,
    /// An object.
    Object,
    /// An object of texts.
    Map,
    /// An object with these members: name, type, and whether it has to be given.
    Members(&'static [(&'static str, Fixed, bool)]),
}

impl Fixed {
    fn shape<'t>(self) -> Shape<'t> {
        let open = |rest| Shape::Object(Object { members: Vec::new(), rest: Rest::Of(rest), below: None });
        match self {
            Fixed::Text => Shape::Text(None, None),
            Fixed::Sized(least, most) => Shape::Text(Some(least), Some(most)),
            Fixed::OneOf(texts) => Shape::OneOf(texts.to_vec()),
            Fixed::Int => Shape::Integer,
            Fixed::Texts => List::of(Takes::Fixed(Fixed::Text), false),
            Fixed::Object => open(Takes::Anything),
            Fixed::Map => open(Takes::Fixed(Fixed::Text)),
            Fixed::Members(list) => {
                let member = |(name, fixed, required): &(&'static str, Fixed, bool)| Member {
                    name,
                    takes: Takes::Fixed(*fixed),
                    required: *required,
                    read_only: false,
                    write_only: false,
                    secret: false,
                    fallback: false,
                };
                Shape::Object(Object { members: list.iter().map(member).collect(), rest: Rest::None, below: None })
            }
        }
    }
}

/// What is to be known of a type.
pub enum Shape<'t> {
    /// Nothing, or anything fits.
    Anything,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer,
    /// A text with its least and greatest length.
    Text(Option<u64>, Option<u64>),
    /// One of these texts and no other.
    OneOf(Vec<&'t str>),
    /// One of these whole numbers and no other.
    OneOfNumbers(Vec<i64>),
    /// An array.
    Array(List<'t>),
    /// An object.
    Object(Object<'t>),
    /// An object that is one of several.
    OneOfObjects {
        /// The property that tells which.
        by: &'t str,
        /// The properties that all have.
        common: Vec<Member<'t>>,
        /// Those by its value.
        variants: Vec<(&'t str, Takes<'t>)>,
    },
}

/// What an array holds.
pub struct List<'t> {
    /// Every item, or those after the first ones.
    pub item: Takes<'t>,
    /// The first items, each by its place. Of a tuple they are all.
    pub first: Vec<Takes<'t>>,
    /// It has as many items at least.
    pub least: Option<u64>,
    /// It has as many items at most.
    pub most: Option<u64>,
    /// What is wrong of its items only warns.
    pub warns: bool,
}

impl<'t> List<'t> {
    fn of(item: Takes<'t>, warns: bool) -> Shape<'t> {
        Shape::Array(List { item, first: Vec::new(), least: None, most: None, warns })
    }

    /// What the item at a place takes.
    pub fn at(&self, place: usize) -> Takes<'t> {
        self.first.get(place).copied().unwrap_or(self.item)
    }
}

/// What an object holds.
pub struct Object<'t> {
    /// Its properties.
    pub members: Vec<Member<'t>>,
    /// Those that are not named.
    pub rest: Rest<'t>,
    /// It is a type of Microsoft's, so far below the resource.
    pub below: Option<Below>,
}

impl Object<'_> {
    /// Whether the names of its properties are only known by a type that may be wrong.
    pub fn warns(&self) -> bool {
        matches!(self.below, Some(Below::Top | Below::Deep))
    }
}

/// What becomes of properties that a type does not name.
#[derive(Clone, Copy)]
pub enum Rest<'t> {
    /// There are none.
    None,
    /// They are accepted, and nobody knows what for.
    Discouraged,
    /// They have this type.
    Of(Takes<'t>),
}

/// A property of an object.
#[derive(Clone, Copy)]
pub struct Member<'t> {
    /// Its name.
    pub name: &'t str,
    /// What it takes.
    pub takes: Takes<'t>,
    /// It must be given.
    pub required: bool,
    /// It cannot be given.
    pub read_only: bool,
    /// It cannot be read.
    pub write_only: bool,
    /// It is a secret.
    pub secret: bool,
    /// It is not of the type, and accepted all the same.
    pub fallback: bool,
}

impl<'t> Takes<'t> {
    /// What is to be known of it.
    pub fn shape(self) -> Shape<'t> {
        match self {
            Takes::Anything => Shape::Anything,
            Takes::Fixed(fixed) => fixed.shape(),
            Takes::Azure(t) => of_azure(t, Below::Body, Side::Resource),
            Takes::Part(t, below, side) => of_azure(t, below, side),
            Takes::Declared(template, t) => of_declared(template, t),
            Takes::OneOf(values) => one_of(values),
        }
    }

    /// Whether what stands there is a secret, as the template says that declares it.
    pub fn is_secret(self) -> bool {
        matches!(self, Takes::Declared(template, t) if is_secure(template, t))
    }

    /// Whether a value of another type only warns: the type may be wrong.
    pub fn warns(self) -> bool {
        match self {
            Takes::Part(t, Below::Top, _) => matches!(t.kind(), Ok(Kind::Array(_))),
            Takes::Part(_, below, _) => below == Below::Deep,
            Takes::Declared(template, t) => followed(template, t)
                .and_then(|t| t.derived.as_deref())
                .and_then(derived_from)
                .is_some_and(|(t, below)| Takes::Part(t, below, Side::Input).warns()),
            _ => false,
        }
    }

    /// Whether the names of its properties are only known by a type that may be wrong.
    pub fn warns_of_names(self) -> bool {
        match self {
            Takes::Part(_, below, _) => below != Below::Body,
            Takes::Declared(template, t) => followed(template, t)
                .and_then(|t| t.derived.as_deref())
                .and_then(derived_from)
                .is_some_and(|(_, below)| below != Below::Body),
            _ => false,
        }
    }

    /// A property of an object that a template declares, by its name: all others need not be looked at.
    pub fn member(self, name: &str) -> Option<Member<'t>> {
        match self {
            Takes::Declared(template, _) => {
                let (name, t) = self.declared_object()?.properties.iter().find(|p| p.0 == name)?;
                Some(declared_member(template, name, t))
            }
            _ => None,
        }
    }

    /// One object that a template declares.
    pub fn declared_object(self) -> Option<&'t ObjectType> {
        let Takes::Declared(template, t) = self else { return None };
        let target = followed(template, t)?;
        if target.derived.is_some() || t.allowed.is_some() || target.allowed.is_some() {
            return None;
        }
        match &target.kind {
            model::TypeKind::Object(o) | model::TypeKind::SecureObject(o) => {
                Some(&**o).filter(|o| o.discriminator.is_none())
            }
            _ => None,
        }
    }

    /// What tells it from all other types. Types that say the same, each for itself, are one if they are arrays of one or its names.
    pub fn key(self) -> Vec<usize> {
        match self {
            Takes::Anything => vec![0],
            Takes::Fixed(Fixed::Sized(least, most)) => vec![1, least as usize, most as usize],
            Takes::Fixed(Fixed::OneOf(texts)) => vec![8, texts.as_ptr() as usize],
            Takes::Fixed(Fixed::Members(list)) => vec![9, list.as_ptr() as usize],
            Takes::Fixed(Fixed::Text) => vec![10],
            Takes::Fixed(Fixed::Int) => vec![11],
            Takes::Fixed(Fixed::Texts) => vec![12],
            Takes::Fixed(Fixed::Object) => vec![13],
            Takes::Fixed(Fixed::Map) => vec![14],
            Takes::Azure(t) => vec![2, t.number() as usize],
            Takes::Part(t, below, side) => vec![6, t.number() as usize, below as usize, side as usize],
            Takes::OneOf(values) => vec![7, values.as_ptr() as usize],
            Takes::Declared(template, t) => {
                let mut out = vec![3, std::ptr::from_ref(template) as usize];
                let mut at = t;
                for _ in 0..64 {
                    let limited = at.allowed.is_some() || at.min_length.is_some() || at.max_length.is_some();
                    match &at.kind {
                        model::TypeKind::Array { items: Some(items), prefix, .. }
                            if prefix.is_empty() && at.derived.is_none() && !limited =>
                        {
                            out.extend([4, usize::from(at.nullable)]);
                            at = items;
                        }
                        model::TypeKind::Ref(name) if !limited => {
                            out.extend([5, usize::from(at.nullable)]);
                            match template.type_definition(name) {
                                Some(d) => at = &d.ty,
                                None => break,
                            }
                        }
                        _ => break,
                    }
                }
                out.push(std::ptr::from_ref(at) as usize);
                out
            }
        }
    }

    /// Whether a template declares it as a secret.
    pub fn is_secure(self) -> bool {
        match self {
            Takes::Declared(template, t) => followed(template, t)
                .is_some_and(|t| matches!(t.kind, model::TypeKind::SecureString | model::TypeKind::SecureObject(_))),
            _ => false,
        }
    }

    /// Whether `null` is a value of it.
    pub fn nullable(self) -> bool {
        match self {
            Takes::Declared(template, t) => t.nullable || followed(template, t).is_none_or(|t| t.nullable),
            _ => false,
        }
    }
}

fn one_of(values: &[model::Expr]) -> Shape<'_> {
    let numbers = values.iter().map(|e| if let model::ExprKind::Int(i) = e.kind { Some(i) } else { None });
    if let Some(numbers) = numbers.collect::<Option<_>>() {
        return Shape::OneOfNumbers(numbers);
    }
    let texts = values.iter().map(|e| e.as_str().map(|s| s.as_str()));
    texts.collect::<Option<_>>().map_or(Shape::Anything, Shape::OneOf)
}

fn of_azure<'t>(t: types::Type<'static>, below: Below, side: Side) -> Shape<'t> {
    // A table that is damaged says nothing.
    let Ok(kind) = t.kind() else { return Shape::Anything };
    match kind {
        Kind::Any => Shape::Anything,
        Kind::Bool => Shape::Bool,
        Kind::Integer(_) => Shape::Integer,
        Kind::Text(text) => Shape::Text(text.min, text.max),
        Kind::Literal(text) => Shape::OneOf(vec![text]),
        Kind::Union(list) => {
            let literal =
                |t: types::Type<'static>| if let Ok(Kind::Literal(text)) = t.kind() { Some(text) } else { None };
            match list.iter().map(|t| literal(*t)).collect::<Option<Vec<_>>>() {
                Some(texts) => Shape::OneOf(texts),
                // Literals beside a text are only those that are known.
                None if list.iter().all(|t| matches!(t.kind(), Ok(Kind::Literal(_) | Kind::Text(_)))) => {
                    Shape::Text(None, None)
                }
                None => Shape::Anything,
            }
        }
        Kind::Array(array) => List::of(Takes::Part(array.item, Below::Deep, side), true),
        Kind::Object(o) => Shape::Object(Object {
            members: o.properties.iter().map(|p| member(*p, below.next(), side)).collect(),
            rest: o.additional.map_or(Rest::None, |t| Rest::Of(Takes::Part(t, below.next(), side))),
            below: Some(below),
        }),
        Kind::Discriminated(d) => Shape::OneOfObjects {
            by: d.discriminator,
            common: d.properties.iter().map(|p| member(*p, below.next(), side)).collect(),
            variants: d.elements.iter().map(|(value, t)| (*value, Takes::Part(*t, below, side))).collect(),
        },
    }
}

fn member<'t>(p: types::Property<'static>, below: Below, side: Side) -> Member<'t> {
    Member {
        name: p.name,
        takes: Takes::Part(p.type_, below, side),
        required: p.flags.required(),
        read_only: p.flags.read_only() && side != Side::Output,
        write_only: p.flags.write_only() && side != Side::Input,
        secret: is_secret(p.type_),
        fallback: false,
    }
}

fn is_secret(t: types::Type<'static>) -> bool {
    match t.kind() {
        Ok(Kind::Text(text)) => text.sensitive,
        Ok(Kind::Object(o)) => o.sensitive,
        _ => false,
    }
}

/// A declared type as what it stands for.
fn followed<'t>(template: &'t Template, t: &'t model::Type) -> Option<&'t model::Type> {
    let mut at = t;
    // A type that is made of itself ends here.
    for _ in 0..64 {
        match &at.kind {
            model::TypeKind::Ref(name) => at = &template.type_definition(name)?.ty,
            _ => return Some(at),
        }
    }
    None
}

fn of_declared<'t>(template: &'t Template, t: &'t model::Type) -> Shape<'t> {
    let Some(target) = followed(template, t) else { return Shape::Anything };
    if let Some(derived) = &target.derived {
        let side = if derived.output { Side::Output } else { Side::Input };
        return derived_from(derived).map_or(Shape::Anything, |(t, below)| of_azure(t, below, side));
    }
    let is_text = matches!(target.kind, model::TypeKind::String | model::TypeKind::SecureString);
    let length = |n: Option<i64>| n.and_then(|n| u64::try_from(n).ok());
    let (least, most) = (length(t.min_length.or(target.min_length)), length(t.max_length.or(target.max_length)));
    if let Some(allowed) = t.allowed.as_ref().or(target.allowed.as_ref()) {
        if matches!(target.kind, model::TypeKind::Int) {
            let numbers = allowed.iter().map(|e| if let model::ExprKind::Int(i) = e.kind { Some(i) } else { None });
            return numbers.collect::<Option<_>>().map_or(Shape::Integer, Shape::OneOfNumbers);
        }
        // What is allowed beside an array are its items.
        if let model::TypeKind::Array { .. } = target.kind {
            let list = List { item: Takes::OneOf(allowed), first: Vec::new(), least, most, warns: false };
            return Shape::Array(list);
        }
        let texts = allowed.iter().map(|e| e.as_str().filter(|_| is_text).map(|s| s.as_str()));
        return texts.collect::<Option<_>>().map_or(Shape::Anything, Shape::OneOf);
    }
    match &target.kind {
        model::TypeKind::Any | model::TypeKind::Ref(_) => Shape::Anything,
        model::TypeKind::String | model::TypeKind::SecureString => Shape::Text(least, most),
        model::TypeKind::Int => Shape::Integer,
        model::TypeKind::Bool => Shape::Bool,
        model::TypeKind::Array { items, prefix, .. } => {
            let of = |t: &'t model::Type| Takes::Declared(template, t);
            let item = items.as_deref().filter(|_| prefix.is_empty()).map_or(Takes::Anything, of);
            let first: Vec<Takes<'t>> = prefix.iter().map(of).collect();
            // A tuple has as many items as it names.
            let count = Some(first.len() as u64).filter(|n| *n > 0);
            Shape::Array(List { item, first, least: count.or(least), most: count.or(most), warns: false })
        }
        model::TypeKind::Object(o) | model::TypeKind::SecureObject(o) => of_object(template, o),
    }
}

/// The part of a resource's type that a type is taken from. `None` if there is no such.
pub fn derived_from(derived: &model::Derived) -> Option<(types::Type<'static>, Below)> {
    let (type_, version) = derived.resource.split_once('@')?;
    let (mut at, mut below) = (types::azure().ok()?.resource(type_, version).ok()??.body, Below::Body);
    for step in &derived.path {
        below = below.next();
        at = match (step, at.kind().ok()?) {
            (model::Step::Property(name), _) => at.property(name).ok()??.type_,
            (model::Step::Items, Kind::Array(array)) => array.item,
            (model::Step::Additional, Kind::Object(o)) => o.additional?,
            _ => return None,
        };
    }
    Some((at, below))
}

fn declared_member<'t>(template: &'t Template, name: &'t str, t: &'t model::Type) -> Member<'t> {
    let takes = Takes::Declared(template, t);
    let required = !takes.nullable();
    Member { name, takes, required, read_only: false, write_only: false, secret: false, fallback: false }
}

fn of_object<'t>(template: &'t Template, o: &'t ObjectType) -> Shape<'t> {
    let members: Vec<Member<'t>> = o.properties.iter().map(|(name, t)| declared_member(template, name, t)).collect();
    if let Some((by, variants)) = &o.discriminator {
        let variants = variants.iter().map(|(value, t)| (value.as_str(), Takes::Declared(template, t))).collect();
        return Shape::OneOfObjects { by, common: members, variants };
    }
    let rest = match &o.additional {
        Some(t) => Rest::Of(Takes::Declared(template, t)),
        None if o.sealed => Rest::None,
        // `object` says nothing of what is in it.
        None if members.is_empty() && !o.listed => Rest::Of(Takes::Anything),
        None => Rest::Discouraged,
    };
    Shape::Object(Object { members, rest, below: None })
}
