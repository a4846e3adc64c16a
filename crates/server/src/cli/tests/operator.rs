//! The operator's commands, run on a database of their own.

use std::path::Path;
use std::sync::Arc;

use clap::Parser as _;
use podarmor_credentials::{ConfiguredSealingKeys, HashingCost, HmacApiKeyHasher, JwtSecret, KeyFiles, SecretKey};
use podarmor_domain::access::{
    ApiKeyHasher as _, ApiKeyName, ApiKeySecret, Email, NewApiKey, NewPassword, Role, Scope, UserName, UserService,
};
use podarmor_domain::id::{self, ApiKeyId, FeatureRequestId};
use podarmor_domain::request::{
    Author, Description, FeatureRequest, PackageEcosystem, PackageName, RequestKind, RequestStatus, Title,
    WantedPackage, Wish,
};
use podarmor_domain::tenant::TenantSlug;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cli::{Cli, Failure, Session, run, user};
use crate::config::Config;
use crate::console::{Answer, Console};
use crate::{scope, wire};

struct Operator {
    config: Config,
    _folder: TempDir,
}

impl Operator {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hashing = HashingCost { memory_kib: 64, passes: 1, lanes: 1 };
        Self { config: Config { hashing, ..Config::for_data_dir(folder.path().join("data")) }, _folder: folder }
    }

    async fn with_acme() -> Self {
        let operator = Self::new();
        operator.answer("tenant create acme --name Acme").await;
        for (email, role) in [("ada@acme.example", Role::Admin), ("uma@acme.example", Role::User)] {
            operator.user(email, role).await;
        }
        operator
    }

    async fn run(&self, line: &str) -> Result<Answer, Failure> {
        let cli = Cli::try_parse_from(std::iter::once("podarmor").chain(line.split(' '))).unwrap();
        Ok(run(cli.command, self.config.clone(), Console { json: false }).await?.unwrap())
    }

    async fn answer(&self, line: &str) -> Answer {
        self.run(line).await.unwrap_or_else(|failure| panic!("{line}: {failure}"))
    }

    /// The one line in which a command fails.
    async fn refusal(&self, line: &str) -> String {
        let failure = self.run(line).await.err().unwrap_or_else(|| panic!("{line} was done"));
        assert_eq!(format!("{:?}", failure.exit_code()), format!("{:?}", std::process::ExitCode::from(1)));
        failure.to_string()
    }

    /// A command with the password that would come from standard input.
    async fn with_password(&self, job: impl FnOnce(NewPassword) -> user::Job) -> Result<Answer, Failure> {
        let session = Session::open(&self.config).await.unwrap();
        let password = NewPassword::parse("password", "correct horse battery").unwrap();
        let answer = job(password).run(&session, &self.config).await;
        session.close().await;
        answer
    }

    async fn user(&self, email: &str, role: Role) {
        let session = Session::open(&self.config).await.unwrap();
        let (clock, random) = (Arc::clone(&session.world.clock), Arc::clone(&session.world.random));
        let users = UserService::new(session.store(), wire::hasher(&self.config).unwrap(), clock, random);
        let (email, name) = (Email::parse("email", email).unwrap(), UserName::parse("name", "A B").unwrap());
        let password = NewPassword::parse("password", "correct horse battery").unwrap();
        users.create(scope::publisher(), &acme(), email, name, role, password).await.unwrap();
        session.close().await;
    }

    async fn api_key(&self, name: &str) -> (ApiKeyId, ApiKeySecret) {
        let session = Session::open(&self.config).await.unwrap();
        let (clock, random) = (&session.world.clock, &session.world.random);
        let secret = ApiKeySecret::fresh(&**random);
        let key = podarmor_domain::access::ApiKey {
            id: ApiKeyId::from_uuid(id::fresh(&**clock, &**random)),
            name: ApiKeyName::parse("name", name).unwrap(),
            prefix: secret.prefix().to_owned(),
            scopes: vec![Scope::ReadCatalog, Scope::ReadVulns],
            created_at: clock.now(),
            expires_at: None,
            last_used_at: None,
        };
        let id = key.id;
        let hash = HmacApiKeyHasher::new(&SecretKey::generate().unwrap()).hash(&secret);
        let store = session.store();
        let tenant = store.system(scope::publisher()).await.unwrap().find_tenant(&acme()).await.unwrap().unwrap();
        let tx = store.write(scope::publisher().tenant(&tenant)).await.unwrap();
        tx.insert_api_key(&NewApiKey { key, hash }).await.unwrap();
        tx.commit().await.unwrap();
        drop(store);
        session.close().await;
        (id, secret)
    }
}

impl Operator {
    /// A request of `acme`, as its user files it.
    async fn request(&self, title: &str) -> FeatureRequestId {
        let session = Session::open(&self.config).await.unwrap();
        let (clock, random) = (&session.world.clock, &session.world.random);
        let store = session.store();
        let account = store.system_read(scope::publisher()).login_account("acme", "uma@acme.example").await.unwrap();
        let (user, now) = (account.unwrap().user, clock.now());
        let package = WantedPackage {
            name: PackageName::parse("name", "libpq").unwrap(),
            version: None,
            ecosystem: Some(PackageEcosystem::parse("ecosystem", "debian").unwrap()),
        };
        let request = FeatureRequest {
            id: FeatureRequestId::from_uuid(id::fresh(&**clock, &**random)),
            wish: Wish {
                kind: RequestKind::Package,
                title: Title::parse("title", title).unwrap(),
                description: Description::parse("description", "Please.").unwrap(),
                image: None,
                package: Some(package),
            },
            status: RequestStatus::Open,
            reply: None,
            history: Vec::new(),
            author: Author { id: user.id, name: Some(user.name) },
            created_at: now,
            updated_at: now,
        };
        let tenant = store.system(scope::publisher()).await.unwrap().find_tenant(&acme()).await.unwrap().unwrap();
        let tx = store.write(scope::publisher().tenant(&tenant)).await.unwrap();
        tx.insert_request(&request).await.unwrap();
        tx.commit().await.unwrap();
        drop(store);
        session.close().await;
        request.id
    }
}

fn acme() -> TenantSlug {
    TenantSlug::parse("slug", "acme").unwrap()
}

#[tokio::test]
async fn users_are_listed_by_address_with_role_and_state() {
    let operator = Operator::with_acme().await;
    operator.answer("tenant create empty --name Empty").await;
    let listed = operator.answer("user list --tenant acme").await;
    let shown = |user: &Value| json!([user["email"], user["role"], user["state"], user["name"], user["tenant"]]);
    assert_eq!(
        listed.json.as_array().unwrap().iter().map(shown).collect::<Vec<_>>(),
        [
            json!(["ada@acme.example", "admin", "active", "A B", "acme"]),
            json!(["uma@acme.example", "user", "active", "A B", "acme"]),
        ]
    );
    assert_eq!(listed.text, "ada@acme.example  admin   active    A B\numa@acme.example  user    active    A B\n");
    let empty = operator.answer("user list --tenant empty").await;
    assert_eq!((empty.text.as_str(), empty.json), ("tenant empty has no users yet", json!([])));
    assert_eq!(operator.refusal("user list --tenant nobody").await, "tenant nobody not found");
}

#[tokio::test]
async fn a_role_is_changed_and_the_last_admin_keeps_it() {
    let operator = Operator::with_acme().await;
    let last = "This is the last active admin of the tenant.";
    let demote = "user set-role --tenant acme --email ada@acme.example --role viewer";
    assert_eq!(operator.refusal(demote).await, last);
    assert_eq!(operator.refusal("user disable --tenant acme --email ada@acme.example").await, last);
    let promoted = operator.answer("user set-role --tenant acme --email uma@acme.example --role admin").await;
    assert_eq!(promoted.text, "uma@acme.example of tenant acme has the role admin and is active");
    assert_eq!(promoted.json["role"], "admin");
    assert_eq!(operator.answer(demote).await.json["role"], "viewer");
    let unknown = operator.refusal("user set-role --tenant acme --email x@acme.example --role viewer").await;
    assert_eq!(unknown, "user x@acme.example of tenant acme not found");
}

#[tokio::test]
async fn a_user_is_disabled_and_enabled_again() {
    let operator = Operator::with_acme().await;
    for (command, state) in
        [("disable", "disabled"), ("disable", "disabled"), ("enable", "active"), ("enable", "active")]
    {
        let answer = operator.answer(&format!("user {command} --tenant acme --email uma@acme.example")).await;
        assert_eq!(answer.json["state"], state);
        assert_eq!(answer.text, format!("uma@acme.example of tenant acme has the role user and is {state}"));
    }
    let unknown = operator.refusal("user enable --tenant acme --email x@acme.example").await;
    assert_eq!(unknown, "user x@acme.example of tenant acme not found");
}

#[tokio::test]
async fn a_password_is_reset_and_only_read_from_standard_input() {
    let operator = Operator::with_acme().await;
    let account = |email: &str| user::Account::of("acme", email);
    let reset = operator.with_password(|password| user::Job::ResetPassword(account("uma@acme.example"), password));
    let reset = reset.await.unwrap();
    assert_eq!(reset.text, "set the password of uma@acme.example of tenant acme, and ended all sessions");
    assert_eq!(reset.json, json!({"tenant": "acme", "email": "uma@acme.example", "outcome": "changed"}));
    let unknown = operator.with_password(|password| user::Job::ResetPassword(account("x@acme.example"), password));
    assert_eq!(unknown.await.unwrap_err().to_string(), "user x@acme.example of tenant acme not found");
    let failure = operator.run("user reset-password --tenant acme --email uma@acme.example").await.unwrap_err();
    assert!(matches!(failure, Failure::Usage(_)) && failure.to_string().contains("--password-stdin"), "{failure}");
}

#[tokio::test]
async fn a_tenant_is_suspended_and_resumed() {
    let operator = Operator::with_acme().await;
    for (command, text, suspended, outcome) in [
        ("suspend", "tenant acme is suspended now", true, "changed"),
        ("suspend", "unchanged: tenant acme was suspended already", true, "unchanged"),
        ("resume", "tenant acme is no longer suspended", false, "changed"),
        ("resume", "unchanged: tenant acme was not suspended", false, "unchanged"),
    ] {
        let answer = operator.answer(&format!("tenant {command} acme")).await;
        assert_eq!(answer.text, text);
        assert_eq!(answer.json, json!({"slug": "acme", "suspended": suspended, "outcome": outcome}));
        assert_eq!(operator.answer("tenant list").await.json[0]["suspended"], suspended);
    }
    assert_eq!(operator.refusal("tenant suspend nobody").await, "tenant nobody not found");
}

#[tokio::test]
async fn api_keys_are_listed_without_their_secrets_and_revoked() {
    let operator = Operator::with_acme().await;
    let none = operator.answer("api-key list --tenant acme").await;
    assert_eq!((none.text.as_str(), none.json), ("tenant acme has no API keys", json!([])));
    let (id, secret) = operator.api_key("CI gate").await;
    let listed = operator.answer("api-key list --tenant acme").await;
    assert_eq!(listed.json[0]["id"], id.to_string());
    assert_eq!(listed.json[0]["prefix"], secret.prefix());
    assert_eq!(listed.json[0]["scopes"], json!(["read:catalog", "read:vulns"]));
    assert_eq!(listed.json[0]["lastUsedAt"], Value::Null);
    let prefix = secret.prefix();
    assert_eq!(listed.text, format!("{id}  {prefix}…  read:catalog,read:vulns  CI gate (never used)\n"));
    assert!(!format!("{listed:?}").contains(secret.expose()));
    let revoked = operator.answer(&format!("api-key revoke {id}")).await;
    assert_eq!(revoked.json, json!({"id": id.to_string(), "outcome": "revoked"}));
    assert_eq!(operator.refusal(&format!("api-key revoke {id}")).await, format!("API key {id} not found"));
    assert_eq!(operator.answer("api-key list --tenant acme").await.json, json!([]));
    assert_eq!(operator.refusal("api-key list --tenant nobody").await, "tenant nobody not found");
    assert!(!operator.config.key_folder().exists(), "no command needs the keys of the installation");
}

#[tokio::test]
async fn feature_requests_are_listed_shown_and_answered() {
    let operator = Operator::with_acme().await;
    let none = operator.answer("request list").await;
    assert_eq!((none.text.as_str(), none.json), ("no feature requests", json!([])));
    let id = operator.request("libpq in java17").await;
    let listed = operator.answer("request list --tenant acme --status open").await;
    assert_eq!(listed.text, format!("{id}  acme  open         package  libpq in java17\n"));
    let replied = operator.answer(&format!("request reply {id} Soon.")).await;
    assert_eq!(replied.text, format!("feature request {id} is open now, with a reply"));
    let set = format!("request set-status {id} in_progress --reply Begun.");
    assert_eq!(
        operator.answer(&set).await.json,
        json!({"id": id.to_string(), "status": "in_progress", "outcome": "changed"})
    );
    let same = operator.answer(&format!("request set-status {id} in_progress")).await;
    assert_eq!(same.text, format!("unchanged: feature request {id} was in_progress already"));
    assert_eq!(same.json["outcome"], "unchanged");
    assert_eq!(operator.answer("request list --status open").await.json, json!([]));
    let shown = operator.answer(&format!("request show {id}")).await;
    let json = &shown.json;
    assert_eq!(
        (&json["tenant"], &json["status"], &json["reply"]),
        (&json!("acme"), &json!("in_progress"), &json!("Begun."))
    );
    assert_eq!(json["package"], json!({"name": "libpq", "version": null, "ecosystem": "debian"}));
    assert_eq!((&json["history"][0]["reply"], &json["history"][1]["status"]), (&json!("Soon."), &json!("in_progress")));
    assert_eq!(json["createdBy"]["name"], "A B");
    for part in [
        "libpq in java17 (package, in_progress)\n",
        "of tenant acme, by A B, ",
        "package libpq (debian)\n",
        " open: Soon.\n",
    ] {
        assert!(shown.text.contains(part), "{part}: {}", shown.text);
    }
    let unknown = "019a4d2e-7c3b-7f10-8a55-0d9c3e1b2f47";
    for line in ["show ID", "reply ID x", "set-status ID shipped"] {
        let line = format!("request {}", line.replace("ID", unknown));
        assert_eq!(operator.refusal(&line).await, format!("feature request {unknown} not found"));
    }
    assert_eq!(operator.refusal("request list --tenant nobody").await, "tenant nobody not found");
}

#[tokio::test]
async fn keys_that_seal_secrets_are_rotated_and_listed_apart() {
    let mut operator = Operator::new();
    assert_eq!(operator.answer("keys list --secrets").await.text, "no keys yet: the first start makes one\n");
    let first = operator.answer("keys rotate --secrets").await;
    let id = first.json["id"].as_str().unwrap();
    assert_eq!(first.text, format!("made key {id}: running servers seal with it within 5 s\n"));
    let second = operator.answer("keys rotate --secrets").await;
    let shown = |listed: &Answer| {
        let keys = listed.json.as_array().unwrap();
        keys.iter().map(|key| json!([key["id"], key["seals"]])).collect::<Vec<_>>()
    };
    let listed = operator.answer("keys list --secrets").await;
    assert_eq!(shown(&listed), [json!([second.json["id"], true]), json!([id, false])]);
    assert!(listed.text.contains("  seals\n") && listed.text.contains("  opens\n"), "{}", listed.text);
    assert_eq!(operator.answer("keys list").await.json, json!([]), "none of them signs");
    let configured = ConfiguredSealingKeys::parse("aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMmFiY2Q=").unwrap();
    operator.config.secret_key = Some(configured);
    let listed = operator.answer("keys list --secrets").await;
    assert_eq!(shown(&listed), [json!([second.json["id"], false]), json!([id, false])]);
    assert!(listed.text.ends_with("sealed with PODARMOR_SECRET_KEY"), "{}", listed.text);
    assert!(!operator.config.data_dir.join("podarmor.db").exists());
}

#[tokio::test]
async fn keys_are_rotated_and_listed_without_a_database() {
    let operator = Operator::new();
    let folder = operator.config.key_folder();
    let none = operator.answer("keys list").await;
    assert_eq!((none.text.as_str(), none.json), ("no keys yet: the first start makes one\n", json!([])));
    assert!(!operator.config.data_dir.exists(), "listing makes nothing");
    let first = operator.answer("keys rotate").await;
    let kid = first.json["kid"].as_str().unwrap();
    assert_eq!(first.text, format!("made key {kid}: running servers sign with it within 5 s\n"));
    let second = operator.answer("keys rotate --prune").await;
    assert_eq!((&second.json["removed"], &second.json["signs"]), (&json!([]), &json!(true)));
    let listed = operator.answer("keys list").await;
    let shown = |key: &Value| json!([key["kid"], key["signs"], key["verifies"], key["verifiesUntil"].is_null()]);
    assert_eq!(
        listed.json.as_array().unwrap().iter().map(shown).collect::<Vec<_>>(),
        [json!([second.json["kid"], true, true, true]), json!([kid, false, true, false])]
    );
    assert!(listed.text.contains("  signs\n") && listed.text.contains("  verifies until "), "{}", listed.text);
    assert_eq!(KeyFiles::list(&folder).unwrap().len(), 2);
    assert!(!operator.config.data_dir.join("podarmor.db").exists());
}

#[tokio::test]
async fn keys_whose_tokens_are_past_are_named_and_removed() {
    let operator = Operator::new();
    let folder = operator.config.key_folder();
    let long_ago = podarmor_domain::Timestamp::parse("at", "2026-01-01T00:00:00Z").unwrap();
    let old = KeyFiles::rotate(&folder, long_ago, false).unwrap().added;
    let newer = KeyFiles::rotate(&folder, long_ago, false).unwrap().added;
    let listed = operator.answer("keys list").await;
    assert!(listed.text.ends_with("  no longer verifies: rotate --prune removes it\n"), "{}", listed.text);
    let rotated = operator.answer("keys rotate --prune").await;
    assert_eq!(rotated.json["removed"], json!([old.kid()]));
    assert!(rotated.text.ends_with(&format!("removed key {}\n", old.kid())), "{}", rotated.text);
    assert!(KeyFiles::list(&folder).unwrap().iter().any(|key| key.kid() == newer.kid()));
}

#[tokio::test]
async fn with_a_secret_no_key_file_signs() {
    let mut operator = Operator::new();
    operator.config.jwt_secret = Some(JwtSecret::parse(&"hunter2-".repeat(4)).unwrap());
    let rotated = operator.answer("keys rotate").await;
    assert!(rotated.text.ends_with(", but access tokens are signed with PODARMOR_JWT_SECRET\n"), "{}", rotated.text);
    let listed = operator.answer("keys list").await;
    assert_eq!((&rotated.json["signs"], &listed.json[0]["signs"]), (&json!(false), &json!(false)));
    assert!(listed.text.ends_with("  verifies\naccess tokens are signed with PODARMOR_JWT_SECRET"), "{}", listed.text);
}

#[cfg(unix)]
#[tokio::test]
async fn keys_that_others_can_read_are_refused_in_one_line() {
    let operator = Operator::new();
    let kid = operator.answer("keys rotate").await.json["kid"].as_str().unwrap().to_owned();
    let path = operator.config.key_folder().join(format!("signing-{kid}.pem"));
    open_to_others(&path);
    for line in ["keys list", "keys rotate"] {
        let message = operator.refusal(line).await;
        assert!(message.starts_with(path.to_str().unwrap()) && message.contains("chmod 600"), "{message}");
    }
}

#[cfg(unix)]
fn open_to_others(path: &Path) {
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
}
