//! Two macros that spell out the value types: identifiers, and closed sets of stable words.

/// An identifier: a UUID that cannot be mistaken for that of another kind of thing.
macro_rules! identifier {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// Wraps a UUID that is already known to identify this kind of thing.
            #[must_use]
            pub const fn from_uuid(uuid: uuid::Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID itself.
            #[must_use]
            pub const fn uuid(self) -> uuid::Uuid {
                self.0
            }

            /// Reads the hyphenated form (RFC 9562 section 4), in either case.
            ///
            /// # Errors
            /// A [`FieldError`](crate::FieldError) at `path` when the text has another form.
            pub fn parse(path: &str, text: &str) -> Result<Self, crate::FieldError> {
                crate::id::parse_uuid(path, text).map(Self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse("id", &text).map_err(|refused| serde::de::Error::custom(refused.message))
            }
        }
    )*};
}

/// A closed set of words with one stable spelling each, used in the API, the command line and
/// the database alike.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),* }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable spelling.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// Reads the stable spelling.
            ///
            /// # Errors
            /// A [`FieldError`](crate::FieldError) at `path` that lists the words that fit.
            pub fn parse(path: &str, text: &str) -> Result<Self, crate::FieldError> {
                match text {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(crate::FieldError::new(path, concat!("must be one of" $(, " ", $word)*))),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use {identifier, words};
