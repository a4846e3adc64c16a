//! The database's URL, which may hold a password and therefore never shows itself whole.

use std::fmt::{Debug, Display, Formatter, Result as FmtResult};
use std::path::Path;

/// Where the database is: `sqlite://…` or `postgres://…`.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

/// Stands where a secret is not shown.
pub(super) const MASK: &str = "***";

impl DatabaseUrl {
    /// Checks the scheme; the rest is judged by whoever connects.
    ///
    /// # Errors
    /// What would fit; the value is not repeated.
    pub fn parse(text: &str) -> Result<Self, String> {
        let known = ["sqlite://", "postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
        known.then(|| Self(text.to_owned())).ok_or_else(|| "must begin with sqlite:// or postgres://".to_owned())
    }

    /// The SQLite file of a data directory.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self(format!("sqlite://{}", folder.join("podarmor.db").display()))
    }

    /// Whether the database is a file, which by default lies in the data directory.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.0.starts_with("sqlite:")
    }

    /// The URL itself, password included.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Display for DatabaseUrl {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        let (place, query) = match self.0.split_once('?') {
            Some((place, query)) => (place, Some(query)),
            None => (self.0.as_str(), None),
        };
        f.write_str(&without_password(place))?;
        let Some(query) = query else { return Ok(()) };
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            Some((name, _)) if name.to_ascii_lowercase().contains("pass") => format!("{name}={MASK}"),
            _ => pair.to_owned(),
        });
        write!(f, "?{}", pairs.collect::<Vec<_>>().join("&"))
    }
}

/// Masks from the first colon behind the user's name to the last `@`: a password that was not
/// escaped may hold either.
fn without_password(place: &str) -> String {
    let Some((scheme, rest)) = place.split_once("://") else { return place.to_owned() };
    match rest.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((user, _password)) => format!("{scheme}://{user}:{MASK}@{host}"),
            None => place.to_owned(),
        },
        None => place.to_owned(),
    }
}

impl Debug for DatabaseUrl {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        Display::fmt(self, f)
    }
}
