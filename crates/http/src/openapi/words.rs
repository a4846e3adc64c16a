//! Schemas of the domain's closed sets of words, made from the sets themselves.

use std::borrow::Cow;

use podarmor_domain::event::EventKind;
use podarmor_domain::event::message::MessageFormat;
use podarmor_domain::webhook::{AttemptStatus, DeliveryStatus};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

macro_rules! word_schemas {
    ($($name:ident of $words:ident: $description:literal),* $(,)?) => {$(
        #[doc = concat!("The schema of [`", stringify!($words), "`].")]
        pub(crate) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let words = $words::ALL.iter().map(|word| word.as_str());
                let schema = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words));
                schema.description(Some($description)).build().into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($words).into()
            }
        }
    )*};
}

word_schemas! {
    EventKindSchema of EventKind: "What a subscription can be for; what is sent is under `webhooks`.",
    MessageFormatSchema of MessageFormat: "How bodies are written: as they are documented here, or as CloudEvents 1.0 in structured mode, with the same data.",
    DeliveryStatusSchema of DeliveryStatus: "Where a delivery stands: it waits for its next attempt, an attempt is under way, the receiver accepted it, or it failed for good.",
    AttemptStatusSchema of AttemptStatus: "How an attempt ended; `interrupted`: what made it went away, and whether it arrived is not known.",
}
