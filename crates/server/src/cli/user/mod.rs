//! `user create`, `list`, `set-role`, `disable`, `enable`, `reset-password`.

mod password;

use std::sync::Arc;

use clap::{Args, Subcommand};
use podarmor_domain::access::{Email, NewPassword, Role, UserChange, UserName, UserRecord, UserService};
use podarmor_domain::tenant::TenantSlug;
use serde_json::{Value, json};

use super::{Failure, Session, args};
use crate::config::Config;
use crate::console::Answer;
use crate::{scope, wire};

#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Make a user of a tenant; the password is read from standard input
    Create {
        #[command(flatten)]
        new: NewUser,
        /// Read the password, one line of 12 to 128 characters, from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// List the users of a tenant
    List {
        /// The tenant
        #[arg(long, value_name = "SLUG", value_parser = args::tenant_slug)]
        tenant: TenantSlug,
    },
    /// Give a user another role; a tenant's last active admin keeps it
    SetRole {
        #[command(flatten)]
        account: Account,
        /// viewer, user or admin
        #[arg(long, value_parser = args::role)]
        role: Role,
    },
    /// Keep a user from signing in, and end the user's sessions; not a tenant's last active admin
    Disable(Account),
    /// Let a disabled user sign in again
    Enable(Account),
    /// Set a user's password, read from standard input, and end all sessions of the user
    ResetPassword {
        #[command(flatten)]
        account: Account,
        /// Read the password, one line of 12 to 128 characters, from standard input
        #[arg(long)]
        password_stdin: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct NewUser {
    #[command(flatten)]
    account: Account,
    /// Its name for people [default: what stands before the @]
    #[arg(long, value_parser = args::user_name)]
    name: Option<UserName>,
    /// viewer, user or admin
    #[arg(long, value_parser = args::role)]
    role: Role,
}

#[derive(Debug, Args)]
pub(super) struct Account {
    /// The tenant
    #[arg(long, value_name = "SLUG", value_parser = args::tenant_slug)]
    tenant: TenantSlug,
    /// The e-mail address to sign in with
    #[arg(long, value_parser = args::email)]
    email: Email,
}

#[cfg(test)]
impl Account {
    pub(super) fn of(tenant: &str, email: &str) -> Self {
        Self { tenant: TenantSlug::parse("tenant", tenant).unwrap(), email: Email::parse("email", email).unwrap() }
    }
}

/// What is about to be done, passwords read.
pub(super) enum Job {
    Create(NewUser, NewPassword),
    List(TenantSlug),
    Change(Account, UserChange),
    ResetPassword(Account, NewPassword),
}

impl User {
    pub(super) fn prepare(self) -> Result<Job, Failure> {
        let disabled = |disabled| UserChange { disabled: Some(disabled), ..UserChange::default() };
        Ok(match self {
            Self::Create { new, password_stdin } => Job::Create(new, password::read(password_stdin)?),
            Self::List { tenant } => Job::List(tenant),
            Self::SetRole { account, role } => {
                Job::Change(account, UserChange { role: Some(role), ..UserChange::default() })
            }
            Self::Disable(account) => Job::Change(account, disabled(true)),
            Self::Enable(account) => Job::Change(account, disabled(false)),
            Self::ResetPassword { account, password_stdin } => {
                Job::ResetPassword(account, password::read(password_stdin)?)
            }
        })
    }
}

impl Job {
    pub(super) async fn run(self, session: &Session, config: &Config) -> Result<Answer, Failure> {
        let (clock, random) = (Arc::clone(&session.world.clock), Arc::clone(&session.world.random));
        let users = UserService::new(session.store(), wire::hasher(config)?, clock, random);
        match self {
            Self::Create(new, password) => new.run(&users, password).await,
            Self::List(tenant) => Ok(list(&tenant, &users.list_of(scope::publisher(), &tenant).await?)),
            Self::Change(Account { tenant, email }, change) => {
                let record = users.update_of(scope::publisher(), &tenant, &email, change).await?;
                let text =
                    format!("{email} of tenant {tenant} has the role {} and is {}", record.user.role, record.state);
                Ok(Answer { text, json: object(&tenant, &record) })
            }
            Self::ResetPassword(Account { tenant, email }, password) => {
                users.reset_password(scope::publisher(), &tenant, &email, password).await?;
                let text = format!("set the password of {email} of tenant {tenant}, and ended all sessions");
                let json = json!({"tenant": tenant.as_str(), "email": email.as_str(), "outcome": "changed"});
                Ok(Answer { text, json })
            }
        }
    }
}

impl NewUser {
    async fn run(self, users: &UserService, password: NewPassword) -> Result<Answer, Failure> {
        let Self { account: Account { tenant, email }, name, role } = self;
        let name = name.map_or_else(|| default_name(&email), Ok)?;
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

fn default_name(email: &Email) -> Result<UserName, Failure> {
    let local = email.as_str().split('@').next().unwrap_or_default();
    Ok(UserName::parse("name", &local.chars().take(100).collect::<String>())?)
}

fn list(tenant: &TenantSlug, records: &[UserRecord]) -> Answer {
    let width = records.iter().map(|record| record.user.email.as_str().len()).max().unwrap_or(0);
    let line = |UserRecord { user, state, .. }: &UserRecord| {
        format!("{:width$}  {:6}  {:8}  {}\n", user.email.as_str(), user.role.as_str(), state.as_str(), user.name)
    };
    let text = if records.is_empty() {
        format!("tenant {tenant} has no users yet")
    } else {
        records.iter().map(line).collect()
    };
    Answer { text, json: records.iter().map(|record| object(tenant, record)).collect() }
}

fn object(tenant: &TenantSlug, record: &UserRecord) -> Value {
    json!({
        "id": record.user.id.to_string(),
        "email": record.user.email.as_str(),
        "name": record.user.name.as_str(),
        "role": record.user.role.as_str(),
        "state": record.state.as_str(),
        "createdAt": record.created_at.to_string(),
        "tenant": tenant.as_str(),
    })
}
