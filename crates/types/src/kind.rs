//! Types of values: what a record says.

use crate::Damaged;
use crate::bytes::{Cursor, record};
use crate::table::{Section, Types};

/// How the records of objects begin, and of objects that are one of several.
const OBJECT: u8 = 7;
const DISCRIMINATED: u8 = 8;
/// The bytes of a property's record.
const MEMBER: usize = 7;

/// The type of a value. Types can contain themselves: whoever walks them goes as far as a value goes, or counts.
#[derive(Clone, Copy)]
pub struct Type<'t> {
    pub(crate) types: Types<'t>,
    pub(crate) number: u32,
}

impl Type<'_> {
    /// Which of the types of its table it is: no two have the same number.
    pub fn number(self) -> u32 {
        self.number
    }
}

/// What a type is.
#[derive(Debug, Clone)]
pub enum Kind<'t> {
    /// Anything.
    Any,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer(Integer),
    /// A text.
    Text(Text<'t>),
    /// This text and no other.
    Literal(&'t str),
    /// One of these. With a text among literals, the literals are only the known values.
    Union(Vec<Type<'t>>),
    /// An array.
    Array(Array<'t>),
    /// An object.
    Object(Object<'t>),
    /// An object whose further properties hang on the value of one of them.
    Discriminated(Discriminated<'t>),
}

/// Bounds of a whole number, both allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Integer {
    /// The least.
    pub min: Option<i64>,
    /// The greatest.
    pub max: Option<i64>,
}

/// What holds of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<'t> {
    /// How long it is at least, in UTF-16 code units.
    pub min: Option<u64>,
    /// How long it is at most.
    pub max: Option<u64>,
    /// A regular expression as .NET understands them.
    pub pattern: Option<&'t str>,
    /// It is a secret.
    pub sensitive: bool,
}

/// What holds of an array.
#[derive(Debug, Clone, Copy)]
pub struct Array<'t> {
    /// How many items it has at least.
    pub min: Option<u64>,
    /// How many items it has at most.
    pub max: Option<u64>,
    /// The type of its items.
    pub item: Type<'t>,
}

/// What holds of an object.
#[derive(Debug, Clone)]
pub struct Object<'t> {
    /// What Microsoft calls it.
    pub name: &'t str,
    /// Its properties, in no particular order.
    pub properties: Vec<Property<'t>>,
    /// The type of properties of any other name, if there can be some.
    pub additional: Option<Type<'t>>,
    /// It is a secret.
    pub sensitive: bool,
}

/// What holds of an object that is one of several.
#[derive(Debug, Clone)]
pub struct Discriminated<'t> {
    /// What Microsoft calls it.
    pub name: &'t str,
    /// The property that tells which one it is.
    pub discriminator: &'t str,
    /// The properties that all have.
    pub properties: Vec<Property<'t>>,
    /// The values of the discriminator, and the type of each: an object.
    pub elements: Vec<(&'t str, Type<'t>)>,
}

/// A property of an object.
#[derive(Debug, Clone, Copy)]
pub struct Property<'t> {
    /// Its name.
    pub name: &'t str,
    /// What holds of it.
    pub flags: Flags,
    /// Its type.
    pub type_: Type<'t>,
}

/// What holds of a property; several can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags(pub u8);

impl Flags {
    /// It must be given.
    pub fn required(self) -> bool {
        self.0 & 1 != 0
    }

    /// Azure says it; it cannot be given.
    pub fn read_only(self) -> bool {
        self.0 & 2 != 0
    }

    /// It can be given, and is never told again.
    pub fn write_only(self) -> bool {
        self.0 & 4 != 0
    }

    /// It must be known when the deployment starts.
    pub fn deploy_time_constant(self) -> bool {
        self.0 & 8 != 0
    }

    /// It is part of what the resource is known by.
    pub fn identifier(self) -> bool {
        self.0 & 16 != 0
    }
}

impl std::fmt::Debug for Type<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Type({})", self.number)
    }
}

/// Two types of one table are the same if nothing tells them apart.
impl PartialEq for Type<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Type<'_> {}

impl std::hash::Hash for Type<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

impl<'t> Type<'t> {
    /// What it is.
    ///
    /// # Errors
    ///
    /// The table is damaged.
    pub fn kind(&self) -> Result<Kind<'t>, Damaged> {
        let mut r = self.types.type_record(self.number)?;
        Ok(match r.u8()? {
            0 => Kind::Any,
            1 => Kind::Bool,
            2 => {
                let has = r.u8()?;
                Kind::Integer(Integer {
                    min: optional(has & 1 != 0, || r.signed())?,
                    max: optional(has & 2 != 0, || r.signed())?,
                })
            }
            3 => {
                let has = r.u8()?;
                Kind::Text(Text {
                    min: optional(has & 1 != 0, || r.varint())?,
                    max: optional(has & 2 != 0, || r.varint())?,
                    pattern: optional(has & 4 != 0, || r.u24().and_then(|at| self.types.text(at)))?,
                    sensitive: has & 8 != 0,
                })
            }
            4 => Kind::Literal(self.types.text(r.u24()?)?),
            5 => {
                let count = r.count(3)?;
                Kind::Union((0..count).map(|_| r.u24().map(|at| self.types.type_(at))).collect::<Result<_, _>>()?)
            }
            6 => {
                let has = r.u8()?;
                Kind::Array(Array {
                    min: optional(has & 1 != 0, || r.varint())?,
                    max: optional(has & 2 != 0, || r.varint())?,
                    item: self.types.type_(r.u24()?),
                })
            }
            OBJECT => {
                let (name, has) = (self.types.text(r.u24()?)?, r.u8()?);
                let additional = optional(has & 1 != 0, || r.u24())?.map(|at| self.types.type_(at));
                Kind::Object(Object { name, properties: self.properties(&mut r)?, additional, sensitive: has & 2 != 0 })
            }
            DISCRIMINATED => {
                let (name, discriminator) = (self.types.text(r.u24()?)?, self.types.text(r.u24()?)?);
                let properties = self.properties(&mut r)?;
                let count = r.count(6)?;
                let mut element = || Ok((self.types.text(r.u24()?)?, self.types.type_(r.u24()?)));
                let elements = (0..count).map(|_| element()).collect::<Result<_, Damaged>>()?;
                Kind::Discriminated(Discriminated { name, discriminator, properties, elements })
            }
            _ => return Err(Damaged("a type is of no kind")),
        })
    }

    /// The property of an object of this type, whatever the case; of one that is one of several, in whichever has it first.
    /// Only what is found is made of the record.
    ///
    /// # Errors
    ///
    /// The table is damaged.
    pub fn property(&self, name: &str) -> Result<Option<Property<'t>>, Damaged> {
        let mut r = self.types.type_record(self.number)?;
        match r.u8()? {
            OBJECT => {
                r.take(3)?;
                let has = r.u8()?;
                r.take(if has & 1 != 0 { 3 } else { 0 })?;
                self.named(&mut r, name)
            }
            DISCRIMINATED => {
                r.take(6)?;
                if let Some(found) = self.named(&mut r, name)? {
                    return Ok(Some(found));
                }
                for _ in 0..r.count(6)? {
                    r.take(3)?;
                    let element = self.types.type_(r.u24()?);
                    if element.is_object()?
                        && let Some(found) = element.property(name)?
                    {
                        return Ok(Some(found));
                    }
                }
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// Whether it is an object, and not one of several.
    fn is_object(&self) -> Result<bool, Damaged> {
        Ok(self.types.type_record(self.number)?.u8()? == OBJECT)
    }

    /// The one of this name among the properties that follow, all of which are read past.
    fn named(&self, r: &mut Cursor<'t>, name: &str) -> Result<Option<Property<'t>>, Damaged> {
        let mut found = None;
        for _ in 0..r.count(3)? {
            let at = r.u24()?;
            if found.is_none() {
                let text = record(self.types.section(Section::Members), MEMBER, at)?.u24()?;
                if self.types.bytes(text)?.eq_ignore_ascii_case(name.as_bytes()) {
                    found = Some(self.member(at)?);
                }
            }
        }
        Ok(found)
    }

    fn properties(&self, r: &mut Cursor<'t>) -> Result<Vec<Property<'t>>, Damaged> {
        let count = r.count(3)?;
        (0..count).map(|_| self.member(r.u24()?)).collect()
    }

    fn member(&self, at: u32) -> Result<Property<'t>, Damaged> {
        let mut r = record(self.types.section(Section::Members), MEMBER, at)?;
        let (name, flags) = (self.types.text(r.u24()?)?, Flags(r.u8()?));
        Ok(Property { name, flags, type_: self.types.type_(r.u24()?) })
    }
}

fn optional<T>(there: bool, read: impl FnOnce() -> Result<T, Damaged>) -> Result<Option<T>, Damaged> {
    there.then(read).transpose()
}
