//! The kinds of events.

use crate::macros::words;

words! {
    /// What a subscription can be for. The spellings are those of the public documentation, the
    /// underscore included.
    EventKind {
        /// A scan of a version was recorded.
        ImageScanned = "image.scanned",
        /// A version was published.
        ImageRebuilt = "image.rebuilt",
        /// A scan shows a watched vulnerability where the scan before it did not.
        CveWatched = "cve.watched",
        /// A version was marked deprecated.
        VersionDeprecated = "version_deprecated",
        /// A fix appeared for a finding that had none.
        CveActionable = "cve.actionable",
        /// A subscription was disabled because its receiver does not answer.
        WebhookDisabled = "webhook.disabled",
        /// A delivery ran out of attempts.
        WebhookExhausted = "webhook.exhausted",
    }
}
