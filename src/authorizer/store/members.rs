//! Members of a record: how a value of each type is written and read.

use crate::protocol::json::{Object, Value, Writer};
use crate::protocol::response_mode::ResponseMode;
use crate::protocol::scope::Scope;

/// A value that is one member of a record, or a group of members that stand in the record itself.
pub(in crate::authorizer) trait Member: Sized {
    fn write(&self, name: &str, writer: Writer) -> Writer;
    fn read(name: &str, object: &Object<'_>) -> Option<Self>;
}

impl Member for String {
    fn write(&self, name: &str, writer: Writer) -> Writer {
        writer.str(name, self)
    }

    fn read(name: &str, object: &Object<'_>) -> Option<Self> {
        object.str(name).map(str::to_owned)
    }
}

impl Member for Option<String> {
    fn write(&self, name: &str, writer: Writer) -> Writer {
        writer.some_str(name, self.as_deref())
    }

    fn read(name: &str, object: &Object<'_>) -> Option<Self> {
        Some(String::read(name, object))
    }
}

impl Member for Vec<String> {
    fn write(&self, name: &str, writer: Writer) -> Writer {
        if self.is_empty() { writer } else { writer.strings(name, self.iter().map(String::as_str)) }
    }

    fn read(name: &str, object: &Object<'_>) -> Option<Self> {
        Some(object.get(name).and_then(Value::as_strings).unwrap_or_default())
    }
}

impl Member for i64 {
    fn write(&self, name: &str, writer: Writer) -> Writer {
        writer.int(name, *self)
    }

    fn read(name: &str, object: &Object<'_>) -> Option<Self> {
        object.get(name).and_then(Value::as_whole)
    }
}

impl Member for bool {
    fn write(&self, name: &str, writer: Writer) -> Writer {
        writer.bool(name, *self)
    }

    fn read(name: &str, object: &Object<'_>) -> Option<Self> {
        Some(object.get(name) == Some(&Value::Bool(true)))
    }
}

impl Member for Scope {
    fn write(&self, name: &str, writer: Writer) -> Writer {
        writer.str(name, &self.to_string())
    }

    fn read(name: &str, object: &Object<'_>) -> Option<Self> {
        object.str(name).map(Scope::parse)
    }
}

impl Member for ResponseMode {
    fn write(&self, name: &str, writer: Writer) -> Writer {
        writer.str(name, self.name())
    }

    fn read(name: &str, object: &Object<'_>) -> Option<Self> {
        Self::from_name(object.str(name)?)
    }
}

/// Declares a group of members.
macro_rules! group {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub(in crate::authorizer) struct $name {
            $($(#[$field_doc])* pub(in crate::authorizer) $field: $type,)+
        }

        impl $crate::authorizer::store::members::Member for $name {
            fn write(&self, _: &str, writer: $crate::protocol::json::Writer) -> $crate::protocol::json::Writer {
                $(let writer = self.$field.write(stringify!($field), writer);)+
                writer
            }

            fn read(_: &str, object: &$crate::protocol::json::Object<'_>) -> Option<Self> {
                Some(Self { $($field: $crate::authorizer::store::members::Member::read(stringify!($field), object)?,)+ })
            }
        }

        impl $crate::authorizer::store::members::Member for Option<$name> {
            fn write(&self, name: &str, writer: $crate::protocol::json::Writer) -> $crate::protocol::json::Writer {
                match self {
                    Some(group) => group.write(name, writer),
                    None => writer,
                }
            }

            fn read(name: &str, object: &$crate::protocol::json::Object<'_>) -> Option<Self> {
                Some($name::read(name, object))
            }
        }
    };
}
pub(in crate::authorizer) use group;

/// Declares a kind of record: its name in the key, when it may be forgotten, and its members.
macro_rules! record {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $this:ident => $forget_at:expr, {
        $($(#[$field_doc:meta])* $field:ident: $type:ty,)+
    }) => {
        $crate::authorizer::store::members::group! {
            $(#[$doc])*
            $name { $($(#[$field_doc])* $field: $type,)+ }
        }

        impl $crate::authorizer::store::Record for $name {
            const KIND: &'static str = $kind;

            fn forget_at(&self) -> i64 {
                let $this = self;
                $forget_at
            }
        }
    };
}
pub(in crate::authorizer) use record;
