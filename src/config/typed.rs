//! Values of Rust types from YAML with places: what is wrong is told where it stands, in a person's words.
//!
//! The types say which keys there are, once, for the reader and for the schema. A single value stands for a list of one, nothing
//! for an empty list or mapping, and a number or a boolean for the text of it, where a text is wanted.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{StrDeserializer, U32Deserializer};
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::yaml::{ConfigError, Member, Value, Yaml, wrong};
use crate::read::{FileId, Source, Span};
use crate::rules::language::Word;
use crate::rules::similar;

/// A value and its place.
#[derive(Debug, Clone)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

/// What [`At`] calls itself, so that the reader tells it places.
const PLACED: &str = "$armlint::At";

/// Several values, or one.
#[derive(Debug, Clone)]
pub struct List<T>(pub Vec<At<T>>);

/// A mapping whose keys somebody chooses, in order.
#[derive(Debug, Clone)]
pub struct Map<T>(pub Vec<(At<String>, At<T>)>);

/// One of a few words, in any case, and however two words are joined.
#[derive(Debug, Clone, Copy)]
pub struct OneOf<W>(pub W);

impl<T> Default for List<T> {
    fn default() -> Self {
        List(Vec::new())
    }
}

impl<T> Default for Map<T> {
    fn default() -> Self {
        Map(Vec::new())
    }
}

/// Reads a value; `name` is what it is called in messages.
///
/// # Errors
/// [`ConfigError::Wrong`] at the first place that is wrong.
pub fn read<T: DeserializeOwned>(yaml: &Yaml, name: &str, source: &Source) -> Result<T, ConfigError> {
    T::deserialize(Reader { yaml }).map_err(|e| wrong(source, e.span.unwrap_or(yaml.span), e.words(name)))
}

/// What is wrong, before the name of what it is about is known.
#[derive(Debug)]
struct Wrong {
    span: Option<Span>,
    what: What,
}

#[derive(Debug)]
enum What {
    /// A sentence.
    Said(String),
    /// The end of a sentence that begins with the name of a value.
    Value(String),
    /// The same about an item of a list.
    Item(String),
    /// A key that there is not, and those that there are.
    Key(String, &'static [&'static str]),
    /// A key that has to be there.
    Missing(&'static str),
}

impl Wrong {
    fn words(&self, name: &str) -> String {
        match &self.what {
            What::Said(text) => text.clone(),
            What::Value(text) => format!("`{name}` {text}"),
            What::Item(text) => format!("an item of `{name}` {text}"),
            What::Key(key, known) => {
                let hint = match similar(key, known.iter().copied()) {
                    Some(hint) => format!("did you mean `{hint}`?"),
                    None => format!("there are {}", known.join(", ")),
                };
                format!("`{key}` is not a key of `{name}`; {hint}")
            }
            What::Missing(key) => format!("`{name}` needs `{key}`"),
        }
    }

    /// The same, said of a value by its name, at a place unless it has one.
    fn named(self, name: &str, span: Span) -> Self {
        let what = What::Said(self.words(name));
        Wrong { span: self.span.or(Some(span)), what }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words("it"))
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Wrong { span: None, what: What::Value(message.to_string()) }
    }

    fn invalid_type(found: de::Unexpected<'_>, wanted: &dyn de::Expected) -> Self {
        let found = match found {
            de::Unexpected::Bool(_) => "a boolean",
            de::Unexpected::Unsigned(_) | de::Unexpected::Signed(_) | de::Unexpected::Float(_) => "a number",
            de::Unexpected::Str(_) => "a string",
            de::Unexpected::Unit | de::Unexpected::Option => "nothing",
            de::Unexpected::Seq => "a list",
            _ => "a mapping",
        };
        let wanted = wanted.to_string();
        let wanted = match wanted.as_str() {
            "a sequence" => "a list",
            "a map" => "a mapping",
            w if w.starts_with("struct ") => "a mapping",
            w => w,
        };
        Wrong { span: None, what: What::Value(format!("is {wanted}, not {found}")) }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Wrong { span: None, what: What::Key(field.to_owned(), expected) }
    }

    fn missing_field(field: &'static str) -> Self {
        Wrong { span: None, what: What::Missing(field) }
    }
}

#[derive(Clone, Copy)]
struct Reader<'y> {
    yaml: &'y Yaml,
}

impl<'y> Reader<'y> {
    fn items<'de, V: Visitor<'de>>(items: &'y [Yaml], visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_seq(Items { items: items.iter() })
    }
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match &self.yaml.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(b) => visitor.visit_bool(*b),
            Value::Number(n) => match (n.as_i64(), n.as_u64()) {
                (Some(i), _) => visitor.visit_i64(i),
                (_, Some(u)) => visitor.visit_u64(u),
                _ => visitor.visit_f64(n.as_f64().unwrap_or_default()),
            },
            Value::String(s) => visitor.visit_str(s),
            Value::List(items) => Reader::items(items, visitor),
            Value::Map(members) => visitor.visit_map(Members { members: members.iter(), value: None }),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.yaml.scalar() {
            Some(text) => visitor.visit_string(text),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.yaml.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match &self.yaml.value {
            Value::Null => Reader::items(&[], visitor),
            Value::List(items) => Reader::items(items, visitor),
            _ => Reader::items(std::slice::from_ref(self.yaml), visitor),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.yaml.value {
            Value::Null => visitor.visit_map(Members { members: [].iter(), value: None }),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self.yaml.value {
            // serde would take a list for the fields in order.
            Value::List(_) => Err(de::Error::invalid_type(de::Unexpected::Seq, &"a mapping")),
            _ => self.deserialize_map(visitor),
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match name {
            PLACED => visitor.visit_seq(Placed { of: self, span: self.yaml.span, next: 0 }),
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct newtype_struct tuple enum
        identifier ignored_any
    }
}

struct Items<'y> {
    items: std::slice::Iter<'y, Yaml>,
}

impl<'de> de::SeqAccess<'de> for Items<'_> {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Wrong> {
        let Some(yaml) = self.items.next() else { return Ok(None) };
        seed.deserialize(Reader { yaml }).map(Some).map_err(|e| Wrong {
            span: e.span.or(Some(yaml.span)),
            what: match e.what {
                What::Value(text) => What::Item(text),
                other => other,
            },
        })
    }
}

struct Members<'y> {
    members: std::slice::Iter<'y, Member>,
    value: Option<&'y Member>,
}

impl<'de> de::MapAccess<'de> for Members<'_> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Wrong> {
        let Some(member) = self.members.next() else { return Ok(None) };
        self.value = Some(member);
        let at = |e: Wrong| Wrong { span: e.span.or(Some(member.key_span)), ..e };
        seed.deserialize(Key(member)).map(Some).map_err(at)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Wrong> {
        let member = self.value.take().ok_or_else(|| <Wrong as de::Error>::custom("has no value"))?;
        seed.deserialize(Reader { yaml: &member.value }).map_err(|e| e.named(&member.key, member.value.span))
    }
}

/// The key of a member.
struct Key<'y>(&'y Member);

impl<'de> Deserializer<'de> for Key<'_> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_str(&self.0.key)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        let text: StrDeserializer<'_, Wrong> = self.0.key.as_str().into_deserializer();
        visitor.visit_seq(Placed { of: text, span: self.0.key_span, next: 0 })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple map struct enum identifier ignored_any
    }
}

/// What [`At`] is read from: the file, the start, the end, and the value.
struct Placed<D> {
    of: D,
    span: Span,
    next: usize,
}

impl<'de, D: Deserializer<'de, Error = Wrong> + Again> de::SeqAccess<'de> for Placed<D> {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Wrong> {
        let number = |n: u32| -> U32Deserializer<Wrong> { n.into_deserializer() };
        self.next += 1;
        match self.next {
            1 => seed.deserialize(number(self.span.file.number())).map(Some),
            2 => seed.deserialize(number(self.span.start)).map(Some),
            3 => seed.deserialize(number(self.span.end)).map(Some),
            4 => seed.deserialize(self.of.again()).map(Some),
            _ => Ok(None),
        }
    }
}

/// What can be read from once more.
trait Again {
    fn again(&self) -> Self;
}

impl Again for Reader<'_> {
    fn again(&self) -> Self {
        *self
    }
}

impl Again for StrDeserializer<'_, Wrong> {
    fn again(&self) -> Self {
        *self
    }
}

impl<'de, T: de::Deserialize<'de>> de::Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V<T>(PhantomData<T>);
        impl<'de, T: de::Deserialize<'de>> Visitor<'de> for V<T> {
            type Value = At<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value with its place")
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<At<T>, A::Error> {
                let mut number = || seq.next_element::<u32>().map(Option::unwrap_or_default);
                let (file, start, end) = (number()?, number()?, number()?);
                let value = seq.next_element()?.ok_or_else(|| de::Error::custom("has no value"))?;
                Ok(At { value, span: Span { file: FileId::new(file), start, end } })
            }
        }
        deserializer.deserialize_tuple_struct(PLACED, 4, V(PhantomData))
    }
}

impl<'de, T: de::Deserialize<'de>> de::Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(List)
    }
}

impl<'de, T: de::Deserialize<'de>> de::Deserialize<'de> for Map<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V<T>(PhantomData<T>);
        impl<'de, T: de::Deserialize<'de>> Visitor<'de> for V<T> {
            type Value = Map<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Map<T>, A::Error> {
                let mut out = Vec::new();
                while let Some(member) = map.next_entry()? {
                    out.push(member);
                }
                Ok(Map(out))
            }
        }
        deserializer.deserialize_map(V(PhantomData))
    }
}

impl<'de, W: Word> de::Deserialize<'de> for OneOf<W> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let plain = |text: &str| text.replace([' ', '-', '_'], "").to_ascii_lowercase();
        let found = W::ALL.iter().find(|(word, _)| plain(word) == plain(&text));
        found.map(|(_, meaning)| OneOf(*meaning)).ok_or_else(|| {
            let words: Vec<&str> = W::ALL.iter().map(|(word, _)| *word).collect();
            de::Error::custom(format!("is {}, not `{text}`", either(&words)))
        })
    }
}

/// `a, b or c`
fn either(words: &[&str]) -> String {
    match words.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// What a schema says of these types.
#[cfg(test)]
mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{At, List, Map, OneOf, Word};

    impl<T: JsonSchema> JsonSchema for At<T> {
        fn schema_name() -> Cow<'static, str> {
            T::schema_name()
        }
        fn inline_schema() -> bool {
            T::inline_schema()
        }
        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            T::json_schema(generator)
        }
    }

    impl<T: JsonSchema> JsonSchema for List<T> {
        fn schema_name() -> Cow<'static, str> {
            format!("ListOf{}", T::schema_name()).into()
        }
        fn inline_schema() -> bool {
            true
        }
        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            let one = generator.subschema_for::<T>();
            json_schema!({"anyOf": [{"type": "array", "items": one}, one]})
        }
    }

    impl<T: JsonSchema> JsonSchema for Map<T> {
        fn schema_name() -> Cow<'static, str> {
            format!("MapOf{}", T::schema_name()).into()
        }
        fn inline_schema() -> bool {
            true
        }
        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            let value = generator.subschema_for::<T>();
            json_schema!({"type": "object", "additionalProperties": value})
        }
    }

    impl<W: Word> JsonSchema for OneOf<W> {
        fn schema_name() -> Cow<'static, str> {
            "OneOf".into()
        }
        fn inline_schema() -> bool {
            true
        }
        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            let words: Vec<&str> = W::ALL.iter().map(|(word, _)| *word).collect();
            json_schema!({"enum": words})
        }
    }
}
