//! `login-limit clear`.

use clap::Subcommand;
use podarmor_domain::access::AttemptKey;
use serde_json::json;

use super::{Failure, Session, args};
use crate::console::Answer;
use crate::scope;

#[derive(Debug, Subcommand)]
pub(super) enum LoginLimit {
    /// Forget the sign-in attempts of an address, so that it can sign in at once
    Clear {
        /// The address; an IPv6 address stands for its /64
        #[arg(value_name = "IP", value_parser = args::address)]
        address: AttemptKey,
    },
}

impl LoginLimit {
    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let Self::Clear { address } = self;
        // Not by the sign-in service: that one needs keys and hashing, and this does not.
        let tx = session.store().system(scope::publisher()).await?;
        let cleared = tx.clear_attempts(&address).await?;
        tx.commit().await?;
        let text = format!("forgot {cleared} sign-in attempts of {address}");
        Ok(Answer { text, json: json!({"address": address.as_str(), "cleared": cleared}) })
    }
}
