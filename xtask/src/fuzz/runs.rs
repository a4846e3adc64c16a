//! The runs of schemathesis, and what each is told.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;

use super::schemathesis::Schemathesis;
use super::world::World;
use super::{operations, report};
use crate::failure::{Context, Outcome};
use crate::portal::http;
use crate::scratch::Scratch;
use crate::tally::Tally;
use crate::workspace;

const HOOKS: &str = include_str!("hooks.py");

/// They end a session or change what signs in, so in a run of their own each call is made by somebody made for it.
const ENDING: &[&str] = &["logout", "end_session", "refresh_session", "change_password", "set_password"];
/// As these do when the caller is the one they change.
const ON_ONESELF: &[&str] = &["update_user", "delete_user"];

/// Checks that are not made, each for a reason.
const LEFT_OUT: &[&str] = &[
    // It compares several users that share nothing. In a tenant all see the same images and differ by role; what one tenant
    // sees of another's is tested in tests/it/isolation.rs, what a role may do in tests/it/access.rs.
    "object_level_authorization",
];

/// Settings of single operations.
const OPERATIONS: &str = r#"
# A tenant is no credential: without one these answer 400, as the document says.
[[operations]]
include-operation-id = ["login", "refresh_session", "set_password"]
checks.ignored_auth.enabled = false
"#;

/// One run over some operations of one document.
pub(super) struct Run {
    pub(super) name: &'static str,
    document: &'static str,
    wants: fn(&str) -> bool,
    by_key: bool,
    /// Each call is its caller's last.
    alone: bool,
    phases: &'static str,
    /// Of the time, in hundredths
    pub(super) share: u64,
}

/// The public API comes before what may change the tenant's keys and users.
pub(super) const RUNS: [Run; 3] = [
    Run {
        name: "public API, keys of all scopes",
        document: "/v1/openapi.json",
        wants: |_| true,
        by_key: true,
        alone: false,
        phases: "examples,coverage,fuzzing,stateful",
        share: 25,
    },
    Run {
        name: "portal, as an admin",
        document: "/api/openapi.json",
        wants: |id| !ENDING.contains(&id),
        by_key: false,
        alone: false,
        phases: "examples,coverage,fuzzing,stateful",
        share: 50,
    },
    Run {
        name: "portal, calls that end or disable the caller",
        document: "/api/openapi.json",
        wants: |id| ENDING.contains(&id) || ON_ONESELF.contains(&id),
        by_key: false,
        alone: true,
        // Nothing can follow a call that is the caller's last.
        phases: "examples,coverage,fuzzing",
        share: 25,
    },
];

impl Run {
    pub(super) fn execute(&self, program: &Schemathesis, world: &World, time: Duration, seed: u64) -> Outcome<Tally> {
        let folder = Scratch::new("fuzz")?;
        let address = &world.server.address;
        let document = http::get(address, self.document, &[])?.json().context(self.document)?;
        let chosen: Vec<String> = operations::ids(&document)?.into_iter().filter(|id| (self.wants)(id)).collect();
        let outcome = folder.join("outcome.json");
        let write = |name: &str, text: String| std::fs::write(folder.join(name), text).context(name);
        write("hooks.py", HOOKS.to_owned())?;
        write("schemathesis.toml", settings(&folder))?;
        write("world.json", self.description(world, &outcome.display().to_string()).to_string())?;

        let mut command = program.command();
        command
            .args(["--config-file", "schemathesis.toml", "run"])
            .arg(format!("http://{address}{}", self.document))
            .args(["--phases", self.phases, "--seed", &seed.to_string()])
            .args(["--max-time", &time.as_secs().max(1).to_string()]);
        for id in &chosen {
            command.args(["--include-operation-id", id]);
        }
        command.current_dir(folder.path()).env("PODARMOR_FUZZ", folder.join("world.json"));
        let ended = workspace::run(&mut command);
        report::read(&outcome, &chosen, ended)
    }

    fn description(&self, world: &World, outcome: &str) -> Value {
        let number = RUNS.iter().position(|run| run.name == self.name).unwrap_or_default();
        world.description(number, self.by_key, self.alone, outcome)
    }
}

fn settings(folder: &Scratch) -> String {
    let mut text = format!("hooks = {:?}\ncontinue-on-failure = true\n", folder.join("hooks.py").display().to_string());
    text.push_str(
        r#"
[generation]
# Nothing is kept between runs: the seed alone decides.
database = "none"
# Made-up credentials beside the real ones are contradictory and refused as such; what is refused without credentials, with
# invalid ones and with anybody else's is tested by `ignored_auth` and in tests/it/access.rs.
with-security-parameters = false

[output.sanitization]
# The credentials are good for nothing once the run is over, and without them nothing can be repeated.
enabled = false

[checks]
"#,
    );
    for check in LEFT_OUT {
        let _ = writeln!(text, "{check}.enabled = false");
    }
    text.push_str(OPERATIONS);
    text
}
