//! What a place takes, in one form for both sources of types: Microsoft's of resources, and those that templates declare.

use crate::model::{self, ObjectType, Template};
use crate::types::{self, Kind};

/// The type of a place.
#[derive(Clone, Copy)]
pub enum Takes<'t> {
    /// Nothing is known of it, or anything fits.
    Anything,
    /// What the language itself says.
    Fixed(Fixed),
    /// A type of Microsoft's.
    Azure(types::Type<'static>),
    /// A type of a template, which holds the types that it names.
    Declared(&'t Template, &'t model::Type),
}

/// A type of the language itself.
#[derive(Clone, Copy)]
pub enum Fixed {
    /// A text.
    Text,
    /// A text with such a least and greatest length.
    Sized(u64, u64),
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
        let open = |rest| Shape::Object(Object { members: Vec::new(), rest: Rest::Of(rest) });
        match self {
            Fixed::Text => Shape::Text(None, None),
            Fixed::Sized(least, most) => Shape::Text(Some(least), Some(most)),
            Fixed::Int => Shape::Integer,
            Fixed::Texts => Shape::Array(Takes::Fixed(Fixed::Text)),
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
                Shape::Object(Object { members: list.iter().map(member).collect(), rest: Rest::None })
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
    /// An array of such items.
    Array(Takes<'t>),
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

/// What an object holds.
pub struct Object<'t> {
    /// Its properties.
    pub members: Vec<Member<'t>>,
    /// Those that are not named.
    pub rest: Rest<'t>,
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
            Takes::Azure(t) => of_azure(t),
            Takes::Declared(template, t) => of_declared(template, t),
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
            // Nothing of the language itself is made of itself, or of much.
            Takes::Fixed(_) => vec![1],
            Takes::Azure(t) => vec![2, t.number() as usize],
            Takes::Declared(template, t) => {
                let mut out = vec![3, std::ptr::from_ref(template) as usize];
                let mut at = t;
                for _ in 0..64 {
                    let limited = at.allowed.is_some() || at.min_length.is_some() || at.max_length.is_some();
                    match &at.kind {
                        model::TypeKind::Array { items: Some(items), prefix }
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

fn of_azure<'t>(t: types::Type<'static>) -> Shape<'t> {
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
        Kind::Array(array) => Shape::Array(Takes::Azure(array.item)),
        Kind::Object(o) => Shape::Object(Object {
            members: o.properties.iter().map(|p| member(*p)).collect(),
            rest: o.additional.map_or(Rest::None, |t| Rest::Of(Takes::Azure(t))),
        }),
        Kind::Discriminated(d) => Shape::OneOfObjects {
            by: d.discriminator,
            common: d.properties.iter().map(|p| member(*p)).collect(),
            variants: d.elements.iter().map(|(value, t)| (*value, Takes::Azure(*t))).collect(),
        },
    }
}

fn member<'t>(p: types::Property<'static>) -> Member<'t> {
    Member {
        name: p.name,
        takes: Takes::Azure(p.type_),
        required: p.flags.required(),
        read_only: p.flags.read_only(),
        write_only: p.flags.write_only(),
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
        return derived_from(derived).map_or(Shape::Anything, of_azure);
    }
    let is_text = matches!(target.kind, model::TypeKind::String | model::TypeKind::SecureString);
    if let Some(allowed) = t.allowed.as_ref().or(target.allowed.as_ref()) {
        if matches!(target.kind, model::TypeKind::Int) {
            let numbers = allowed.iter().map(|e| if let model::ExprKind::Int(i) = e.kind { Some(i) } else { None });
            return numbers.collect::<Option<_>>().map_or(Shape::Integer, Shape::OneOfNumbers);
        }
        // What is allowed beside an array are its items.
        let texts = allowed.iter().map(|e| e.as_str().filter(|_| is_text).map(|s| s.as_str()));
        return texts.collect::<Option<_>>().map_or(Shape::Anything, Shape::OneOf);
    }
    let length = |n: Option<i64>| n.and_then(|n| u64::try_from(n).ok());
    match &target.kind {
        model::TypeKind::Any | model::TypeKind::Ref(_) => Shape::Anything,
        model::TypeKind::String | model::TypeKind::SecureString => {
            Shape::Text(length(t.min_length.or(target.min_length)), length(t.max_length.or(target.max_length)))
        }
        model::TypeKind::Int => Shape::Integer,
        model::TypeKind::Bool => Shape::Bool,
        model::TypeKind::Array { items, prefix } => {
            let item = items.as_ref().filter(|_| prefix.is_empty());
            Shape::Array(item.map_or(Takes::Anything, |t| Takes::Declared(template, t)))
        }
        model::TypeKind::Object(o) | model::TypeKind::SecureObject(o) => of_object(template, o),
    }
}

/// The part of a resource's type that a type is taken from. `None` if there is no such.
pub fn derived_from(derived: &model::Derived) -> Option<types::Type<'static>> {
    let (type_, version) = derived.resource.split_once('@')?;
    let mut at = types::azure().ok()?.resource(type_, version).ok()??.body;
    for step in &derived.path {
        at = match (step, at.kind().ok()?) {
            (model::Step::Property(name), _) => at.property(name).ok()??.type_,
            (model::Step::Items, Kind::Array(array)) => array.item,
            (model::Step::Additional, Kind::Object(o)) => o.additional?,
            _ => return None,
        };
    }
    Some(at)
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
        // `object` says nothing of what is in it.
        None if members.is_empty() => Rest::Of(Takes::Anything),
        None => Rest::Discouraged,
    };
    Shape::Object(Object { members, rest })
}
