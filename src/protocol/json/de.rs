//! The strict reader of this crate behind serde: a record that serde describes is read without a second JSON parser.

use serde::de::value::StringDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};

use super::{JsonError, Object, Value, array};

/// Why text is not the record: a sentence, in which serde names the member.
type Sentence = serde::de::value::Error;

/// Reads a record: one JSON object.
///
/// # Errors
/// A sentence, which names the member.
pub fn record<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let read = || T::deserialize(Read(Value::Object(Object::parse(text).map(|_| text.trim()).map_err(unreadable)?)));
    read().map_err(|error: Sentence| error.to_string())
}

fn unreadable(error: JsonError) -> Sentence {
    Sentence::custom(error.explain().happened)
}

struct Read<'a>(Value<'a>);

impl<'de> Deserializer<'de> for Read<'_> {
    type Error = Sentence;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Sentence> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(flag),
            Value::Number(number) => match number.as_text().parse() {
                Ok(whole) => visitor.visit_i64(whole),
                Err(_) => Err(Sentence::custom(["the number ", number.as_text(), " is not a whole one"].concat())),
            },
            Value::String(text) => visitor.visit_str(&text),
            Value::Array(text) => visitor.visit_seq(Members(array(text).map_err(unreadable)?.into_iter())),
            Value::Object(text) => {
                let object = Object::parse(text).map_err(unreadable)?;
                let members: Vec<(String, Value<'_>)> =
                    object.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
                visitor.visit_map(Named(members.into_iter(), None))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Sentence> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Sentence> {
        match self.0 {
            Value::String(text) => visitor.visit_enum(text.into_owned().into_deserializer()),
            _ => Err(Sentence::custom("a choice is one of the words that it has, as text")),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct seq
        tuple tuple_struct map struct identifier ignored_any
    }
}

struct Members<'a>(std::vec::IntoIter<Value<'a>>);

impl<'de> SeqAccess<'de> for Members<'_> {
    type Error = Sentence;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Sentence> {
        self.0.next().map(|value| seed.deserialize(Read(value))).transpose()
    }
}

struct Named<'a>(std::vec::IntoIter<(String, Value<'a>)>, Option<(String, Value<'a>)>);

impl<'de> MapAccess<'de> for Named<'_> {
    type Error = Sentence;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Sentence> {
        self.1 = self.0.next();
        let name = self.1.as_ref().map(|(name, _)| StringDeserializer::<Sentence>::new(name.clone()));
        name.map(|name| seed.deserialize(name)).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Sentence> {
        let (name, value) = self.1.take().ok_or_else(|| Sentence::custom("a member has no value"))?;
        // A fault deep inside says which way leads there.
        seed.deserialize(Read(value)).map_err(|error| Sentence::custom([&name, ": ", &error.to_string()].concat()))
    }
}
