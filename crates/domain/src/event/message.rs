//! The body of a delivery, in both formats.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::macros::words;

words! {
    /// How a subscription wants its bodies.
    MessageFormat {
        /// [`Message`].
        PodArmor = "podarmor",
        /// [`CloudEvent`], structured mode.
        CloudEvents = "cloudevents",
    }
}

impl MessageFormat {
    /// The media type of the body.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::PodArmor => "application/json",
            Self::CloudEvents => "application/cloudevents+json",
        }
    }
}

/// What a delivery says. `D` is one of the types of [`data`](crate::event::data).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message<D> {
    /// The kind of event.
    pub event: String,
    /// Whose subscription it is.
    pub tenant_id: String,
    /// The image, if the event is about one.
    pub image_id: Option<String>,
    /// The version, if the event is about one.
    pub version_id: Option<String>,
    /// What happened.
    pub data: D,
    /// The same over all attempts and redeliveries: receivers tell repetitions by it.
    pub delivery_id: String,
    /// When this attempt was sent.
    pub delivered_at: Timestamp,
    /// 1, 2, …: never the same twice for one delivery.
    pub attempt_number: u32,
    /// The event in the feed.
    pub event_id: String,
}

/// The same as a `CloudEvent` (`CloudEvents` 1.0.2, JSON format, structured mode).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudEvent<D> {
    /// Always `1.0`.
    pub specversion: String,
    /// The event in the feed. With `source` it tells events apart; repetitions of one delivery
    /// are told by `deliveryid`.
    pub id: String,
    /// `urn:podarmor:tenant:` and the tenant's id.
    pub source: String,
    /// `com.podarmor.` and the kind of event.
    #[serde(rename = "type")]
    pub kind: String,
    /// The version, if the event is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When it happened.
    pub time: Timestamp,
    /// Always `application/json`.
    pub datacontenttype: String,
    /// Extension: whose subscription it is.
    pub tenantid: String,
    /// Extension: the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imageid: Option<String>,
    /// Extension: the version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub versionid: Option<String>,
    /// Extension: the delivery.
    pub deliveryid: String,
    /// Extension: which attempt.
    pub attemptnumber: u32,
    /// What happened.
    pub data: D,
}
