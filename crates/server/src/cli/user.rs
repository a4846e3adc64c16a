//! `user create`.

use std::io::{self, BufRead};
use std::sync::Arc;

use clap::Subcommand;
use podarmor_domain::access::{Email, NewPassword, Role, UserName, UserService};
use podarmor_domain::tenant::TenantSlug;
use serde_json::json;
use zeroize::Zeroizing;

use super::{Failure, Session, args};
use crate::config::Config;
use crate::console::Answer;
use crate::{scope, wire};

#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Make a user of a tenant; the password is read from standard input
    Create {
        /// The tenant
        #[arg(long, value_name = "SLUG", value_parser = args::tenant_slug)]
        tenant: TenantSlug,
        /// The e-mail address to sign in with
        #[arg(long, value_parser = args::email)]
        email: Email,
        /// Its name for people [default: what stands before the @]
        #[arg(long, value_parser = args::user_name)]
        name: Option<UserName>,
        /// viewer, user or admin
        #[arg(long, value_parser = args::role)]
        role: Role,
        /// Read the password, one line of 12 to 128 characters, from standard input
        #[arg(long)]
        password_stdin: bool,
    },
}

/// A user about to be made.
pub(super) struct Job {
    tenant: TenantSlug,
    email: Email,
    name: UserName,
    role: Role,
    password: NewPassword,
}

impl User {
    pub(super) fn prepare(self) -> Result<Job, Failure> {
        let Self::Create { tenant, email, name, role, password_stdin } = self;
        if !password_stdin {
            // On the command line it would be in the shell's history and in every process list.
            return Err(Failure::Usage("the password is read from standard input: add --password-stdin"));
        }
        let name = name.map_or_else(|| default_name(&email), Ok)?;
        let password = NewPassword::parse("password", &read_line(io::stdin().lock())?)?;
        Ok(Job { tenant, email, name, role, password })
    }
}

fn default_name(email: &Email) -> Result<UserName, Failure> {
    let local = email.as_str().split('@').next().unwrap_or_default();
    Ok(UserName::parse("name", &local.chars().take(100).collect::<String>())?)
}

/// The longest line that is read: more than any password has.
const LONGEST_LINE: u64 = 4096;

/// One line without its line end.
fn read_line(input: impl BufRead) -> Result<Zeroizing<String>, Failure> {
    let mut line = Zeroizing::new(Vec::with_capacity(usize::try_from(LONGEST_LINE).unwrap_or(0) + 1));
    input.take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    if line.last() == Some(&b'\n') {
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
    }
    match std::str::from_utf8(&line) {
        Ok("") => Err(Failure::Usage("standard input holds no password")),
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => Err(Failure::Usage("the password on standard input is not UTF-8")),
    }
}

impl Job {
    pub(super) async fn run(self, session: &Session, config: &Config) -> Result<Answer, Failure> {
        let (clock, random) = (Arc::clone(&session.world.clock), Arc::clone(&session.world.random));
        let users = UserService::new(session.store(), wire::hasher(config)?, clock, random);
        let Self { tenant, email, name, role, password } = self;
        let user = users.create(scope::publisher(), &tenant, email, name, role, password).await?;
        let text = format!("created user {} ({}) of tenant {tenant}, id {}", user.email, user.role, user.id);
        let json = json!({
            "id": user.id.to_string(),
            "email": user.email.as_str(),
            "name": user.name.as_str(),
            "role": user.role.as_str(),
            "tenant": tenant.as_str(),
        });
        Ok(Answer { text, json })
    }
}

#[cfg(test)]
mod tests {
    use super::read_line;

    #[test]
    fn a_password_is_one_line_without_its_line_end() {
        for input in ["correct horse\n", "correct horse\r\n", "correct horse", "correct horse\nsecond\n"] {
            assert_eq!(*read_line(input.as_bytes()).unwrap(), "correct horse", "{input:?}");
        }
        assert_eq!(*read_line(" spaces stay \n".as_bytes()).unwrap(), " spaces stay ");
        assert_eq!(*read_line("only a \r stays\r\r\n".as_bytes()).unwrap(), "only a \r stays\r");
        for input in [&b""[..], b"\n", b"\r\n", b"\xff\xfe\n"] {
            assert!(read_line(input).is_err(), "{input:?}");
        }
    }
}
