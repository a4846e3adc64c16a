//! What went wrong, as one line for a person. Nothing here is matched on, so there is no error type.

use std::fmt::Display;

pub(crate) type Outcome<T = ()> = Result<T, String>;

pub(crate) trait Context<T> {
    /// Puts what was being done in front of the cause.
    fn context(self, doing: impl Display) -> Outcome<T>;
}

impl<T, E: Display> Context<T> for Result<T, E> {
    fn context(self, doing: impl Display) -> Outcome<T> {
        self.map_err(|cause| format!("{doing}: {cause}"))
    }
}
