//! Why sending cannot be set up, or an attempt not be made.

use reqwest::header::InvalidHeaderValue;

/// What can go wrong on this side. No message holds a secret or a URL.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The additional roots are not PEM certificates.
    #[error("the additional trusted certificates are not PEM certificates")]
    Roots,
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(reqwest::Error),
    /// An attempt without a secret, which nobody could verify.
    #[error("the attempt has no secret to sign it")]
    Unsigned,
    /// A value that no header can carry.
    #[error("a header of the attempt cannot be written")]
    Header(#[from] InvalidHeaderValue),
}
