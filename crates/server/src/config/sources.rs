//! Where values come from: the environment, the file, the defaults; and which of them are known.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::{Display, Formatter, Result as FmtResult};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::database_url::MASK;
use super::values::optional;
use super::{ConfigError, Setting};

const PREFIX: &str = "PODARMOR_";
const FILE_VARIABLE: &str = "PODARMOR_CONFIG";

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// The configuration file.
    File,
    /// The environment.
    Environment,
}

impl Origin {
    /// As a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::File => "file",
            Self::Environment => "environment",
        }
    }
}

impl Display for Origin {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str(self.as_str())
    }
}

/// The raw values, by the name of the setting (`LISTEN`); what is taken is known, what is left
/// over is not.
pub(super) struct Sources {
    path: Option<PathBuf>,
    file: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
    settings: Vec<Setting>,
}

impl Sources {
    pub(super) fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let mut variables = BTreeMap::new();
        for (name, value) in environment {
            let Some(name) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)).map(str::to_owned) else {
                continue;
            };
            let unreadable = |_| ConfigError::Value { name: format!("{PREFIX}{name}"), message: "is not UTF-8".into() };
            let value = value.into_string().map_err(unreadable)?;
            // Compose files and unit files set variables to nothing to leave them out.
            if !value.trim().is_empty() {
                variables.insert(name, value.trim().to_owned());
            }
        }
        let named = variables.remove(&FILE_VARIABLE[PREFIX.len()..]).map(PathBuf::from);
        let path = file.map(Path::to_owned).or(named);
        let file = path.as_deref().map(read_file).transpose()?.unwrap_or_default();
        Ok(Self { path, file, environment: variables, settings: Vec::new() })
    }

    /// The value of a setting.
    pub(super) fn take<T>(
        &mut self,
        name: &str,
        default: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<T, ConfigError> {
        let (text, origin) = self.raw(name, default);
        let value = parse(&text).map_err(|message| self.refused(name, origin, message))?;
        self.settings.push(Setting { variable: format!("{PREFIX}{name}"), value: text, origin });
        Ok(value)
    }

    /// The value of a setting that is shown as it shows itself.
    pub(super) fn take_masked<T: Display>(
        &mut self,
        name: &str,
        default: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<T, ConfigError> {
        let (text, origin) = self.raw(name, default);
        let value = parse(&text).map_err(|message| self.refused(name, origin, message))?;
        self.settings.push(Setting { variable: format!("{PREFIX}{name}"), value: value.to_string(), origin });
        Ok(value)
    }

    /// A secret that need not be set, and is never shown.
    pub(super) fn take_secret<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        let (text, origin) = self.raw(name, "");
        let text = Zeroizing::new(text);
        let value = optional(parse)(&text).map_err(|message| self.refused(name, origin, message))?;
        let shown = if value.is_some() { MASK } else { "" };
        self.settings.push(Setting { variable: format!("{PREFIX}{name}"), value: shown.to_owned(), origin });
        Ok(value)
    }

    fn raw(&mut self, name: &str, default: &str) -> (String, Origin) {
        let of_file = self.file.remove(&name.to_ascii_lowercase());
        let of_environment = self.environment.remove(name);
        match (of_environment, of_file) {
            (Some(value), _) => (value, Origin::Environment),
            (None, Some(value)) => (value, Origin::File),
            (None, None) => (default.to_owned(), Origin::Default),
        }
    }

    fn refused(&self, name: &str, origin: Origin, message: String) -> ConfigError {
        let name = match (origin, &self.path) {
            (Origin::File, Some(path)) => format!("{}: {}", path.display(), name.to_ascii_lowercase()),
            _ => format!("{PREFIX}{name}"),
        };
        ConfigError::Value { name, message }
    }

    /// All settings in the order of their names, and warnings about what nobody took.
    pub(super) fn finish(mut self) -> (Vec<Setting>, Vec<String>) {
        self.settings.sort_by(|one, other| one.variable.cmp(&other.variable));
        let variables = self.environment.keys().map(|name| format!("{PREFIX}{name} is not known and ignored"));
        let path = self.path.unwrap_or_default();
        let keys = self.file.keys().map(|key| format!("{}: {key} is not known and ignored", path.display()));
        (self.settings, variables.chain(keys).collect())
    }
}

/// Reads a TOML file of plain values; lists are as good as comma-separated text.
fn read_file(path: &Path) -> Result<BTreeMap<String, String>, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::File { path: path.to_owned(), source })?;
    // The error's own rendering quotes the line, and the line may hold a password.
    let table: toml::Table = toml::from_str(&text).map_err(|error| {
        let before = text.get(..error.span().map_or(0, |span| span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        ConfigError::Syntax { path: path.to_owned(), line, message: error.message().to_owned() }
    })?;
    let unfit = |key: &str| ConfigError::Value {
        name: format!("{}: {key}", path.display()),
        message: "must be text, a number or a list of texts".into(),
    };
    table
        .into_iter()
        .map(|(key, value)| plain(value).map(|text| (key.clone(), text)).ok_or_else(|| unfit(&key)))
        .collect()
}

fn plain(value: toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(flag) => Some(flag.to_string()),
        toml::Value::Array(list) => {
            list.into_iter().map(plain).collect::<Option<Vec<_>>>().map(|texts| texts.join(","))
        }
        _ => None,
    }
}
