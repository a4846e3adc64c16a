//! Who the server runs as: PostgreSQL refuses to run as root, so root hands it to an account without rights.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::failure::{Context, Outcome};
use crate::workspace;

/// `None` is ourselves.
#[derive(Clone, Copy)]
pub(crate) struct Account(Option<Ids>);

#[derive(Clone, Copy)]
struct Ids {
    user: u32,
    group: u32,
}

impl Account {
    pub(crate) fn for_server() -> Outcome<Self> {
        if !workspace::is_root() {
            return Ok(Self(None));
        }
        let accounts = std::fs::read_to_string("/etc/passwd").context("/etc/passwd")?;
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| look_up(&accounts, name))
            .map(|ids| Self(Some(ids)))
            .ok_or_else(|| "no account `postgres` or `nobody` to run PostgreSQL as".into())
    }

    pub(crate) fn own(&self, path: &Path) -> Outcome {
        match self.0 {
            Some(ids) => chown(path, Some(ids.user), Some(ids.group)).context(path.display()),
            None => Ok(()),
        }
    }

    pub(crate) fn run_as<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        match self.0 {
            Some(ids) => command.uid(ids.user).gid(ids.group),
            None => command,
        }
    }

    /// What a command of the shell begins with to run as this account.
    pub(crate) fn in_shell(&self) -> String {
        match self.0 {
            Some(Ids { user, group }) => format!("setpriv --reuid={user} --regid={group} --clear-groups"),
            None => String::new(),
        }
    }
}

fn look_up(accounts: &str, name: &str) -> Option<Ids> {
    let mut fields =
        accounts.lines().map(|line| line.split(':')).find(|fields| fields.clone().next() == Some(name))?.skip(2);
    let user = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    Some(Ids { user, group })
}

#[cfg(test)]
mod tests {
    use super::look_up;

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let accounts = "root:x:0:0::/root:/bin/sh\npostgres2:x:9:9:::\npostgres:x:101:104:a,b:/var:/bin/sh\n";
        let ids = look_up(accounts, "postgres").unwrap();
        assert_eq!((ids.user, ids.group), (101, 104));
        assert!(look_up(accounts, "nobody").is_none());
    }
}
