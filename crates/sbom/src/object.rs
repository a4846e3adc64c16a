//! JSON objects of which the known members are typed and all others are kept as they stand.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::Member;
use crate::output::compact;
use crate::text::Text;

/// A member that no field takes.
pub(crate) fn other_member<'de, A: serde::de::MapAccess<'de>>(
    name: Text<'de>,
    map: &mut A,
) -> Result<Option<Member<'de>>, A::Error> {
    let value = map.next_value::<&'de RawValue>()?;
    Ok((value.get() != "null").then(|| Member { name, json: compact(value.get()) }))
}

/// A JSON value, as it stands in the document.
pub(crate) struct Raw<'a>(pub(crate) Text<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Raw<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&'de RawValue>::deserialize(deserializer).map(|raw| Self(compact(raw.get())))
    }
}

/// Declares a struct for a JSON object: `field: Type = "member"`. Absent and null are `None`;
/// the members that are not listed are kept in `rest`.
macro_rules! object {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty = $member:literal,)* }) => {
        $(#[$doc])*
        #[derive(Default)]
        pub(crate) struct $name<'a> {
            $(pub(crate) $field: Option<$type>,)*
            pub(crate) rest: Vec<crate::model::Member<'a>>,
        }

        impl<'de: 'a, 'a> serde::Deserialize<'de> for $name<'a> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct ObjectVisitor;

                impl<'de> serde::de::Visitor<'de> for ObjectVisitor {
                    type Value = $name<'de>;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$name<'de>, A::Error> {
                        let mut object = $name::default();
                        while let Some(name) = map.next_key::<crate::text::Text<'de>>()? {
                            match name.as_str() {
                                $($member => object.$field = map.next_value()?,)*
                                _ => object.rest.extend(crate::object::other_member(name, &mut map)?),
                            }
                        }
                        Ok(object)
                    }
                }

                deserializer.deserialize_map(ObjectVisitor)
            }
        }
    };
}
pub(crate) use object;
