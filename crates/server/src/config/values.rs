//! What the settings may be; each refusal says what would fit and does not repeat a secret.

use super::LogFormat;

pub(super) fn listen(text: &str) -> Result<String, String> {
    let port =
        text.rsplit_once(':').filter(|(host, _)| !host.is_empty()).and_then(|(_, port)| port.parse::<u16>().ok());
    port.map(|_| text.to_owned()).ok_or_else(|| "must be an address and a port, such as 127.0.0.1:8080".to_owned())
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("must be one of text json".to_owned()),
    }
}

/// Exact origins (RFC 6454): a browser sends no path, and a star would open the API to every site.
pub(super) fn origins(text: &str) -> Result<Vec<String>, String> {
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    let origin = |entry: &str| {
        let host = entry.strip_prefix("https://").or_else(|| entry.strip_prefix("http://")).unwrap_or_default();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | ':' | '[' | ']');
        if !host.is_empty() && host.chars().all(plain) {
            return Ok(entry.to_owned());
        }
        Err(format!("{entry:?} is no origin: scheme, host in lower case, port if any, such as https://portal.example"))
    };
    entries.map(origin).collect()
}

pub(super) fn number<N: std::str::FromStr + PartialOrd + std::fmt::Display>(
    text: &str,
    least: N,
    most: N,
) -> Result<N, String> {
    let fits = text.parse::<N>().ok().filter(|number| *number >= least && *number <= most);
    fits.ok_or_else(|| format!("must be a whole number from {least} to {most}"))
}

/// Nothing is none.
pub(super) fn optional<T>(
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> impl FnOnce(&str) -> Result<Option<T>, String> {
    |text| if text.is_empty() { Ok(None) } else { parse(text).map(Some) }
}

/// A domain whose subdomains are tenants: a plain DNS name, folded to lower case.
pub(super) fn domain(text: &str) -> Result<String, String> {
    let text = text.to_ascii_lowercase();
    let plain = |label: &str| {
        let inner = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        inner && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    // A tenant's label and its dot come in front.
    let fits = text.len() <= 253 - 64 && text.split('.').all(plain);
    fits.then_some(text).ok_or_else(|| "must be a domain name without port, such as portal.example".to_owned())
}

/// Where people reach the portal, without a slash at its end.
pub(super) fn public_url(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/[]%".contains(c);
    if !rest.starts_with(['/', ':']) && !rest.is_empty() && rest.chars().all(plain) {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err("must be a URL of http or https without query or fragment, such as https://portal.example".to_owned())
}
