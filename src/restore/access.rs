//! Requests: bounded, over TLS but for this machine itself, and with credentials for nobody but the host they belong to.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ureq::Agent;
use ureq::http::{HeaderMap, StatusCode};

use super::credentials::{Credentials, Login};
use super::{RestoreError, Settings};

/// Answers that are no modules (tokens, manifests) have at most this many bytes.
pub(super) const SMALL: u64 = 4 << 20;
/// How often a host that is busy is asked.
const TRIES: u32 = 3;

/// What requests share.
pub(super) struct Client {
    agent: Agent,
    /// The largest module, in bytes.
    pub max_size: u64,
    pub credentials: Credentials,
    /// What opens the door, by host and realm of the challenge with its scope.
    tokens: Mutex<BTreeMap<String, String>>,
}

/// An answer.
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// What a registry wants (`WWW-Authenticate`).
#[derive(Debug, PartialEq, Eq)]
enum Challenge {
    Basic,
    Bearer { realm: String, service: String, scope: String },
}

impl Client {
    pub fn new(settings: &Settings) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(settings.timeout))
            .http_status_as_error(false)
            .max_redirects(5)
            .user_agent(concat!("armlint/", env!("CARGO_PKG_VERSION")));
        Client {
            agent: config.build().into(),
            max_size: settings.max_size,
            credentials: Credentials::of_user(),
            tokens: Mutex::default(),
        }
    }

    /// Asks a URL, with a value for `Authorization` if there is one.
    ///
    /// # Errors
    /// [`RestoreError::Unreachable`] if nothing comes, or more than `limit` bytes.
    pub fn get(
        &self,
        url: &str,
        accept: &str,
        authorization: Option<&str>,
        limit: u64,
    ) -> Result<Answer, RestoreError> {
        let mut tries = 1;
        loop {
            let answer = self.get_once(url, accept, authorization, limit);
            let busy = match &answer {
                Ok(a) => a.status == StatusCode::TOO_MANY_REQUESTS || a.status.is_server_error(),
                Err(_) => false,
            };
            if !busy || tries == TRIES {
                return answer;
            }
            std::thread::sleep(Duration::from_millis(250) * 2_u32.pow(tries));
            tries += 1;
        }
    }

    fn get_once(
        &self,
        url: &str,
        accept: &str,
        authorization: Option<&str>,
        limit: u64,
    ) -> Result<Answer, RestoreError> {
        let unreachable = |reason: String| RestoreError::Unreachable { host: host_of(url).to_owned(), reason };
        // A redirect may not lead from TLS to where everybody can read along.
        let config = self.agent.get(url).config().https_only(url.starts_with("https:")).build();
        let request = config.header("Accept", accept);
        let request = match authorization {
            Some(value) => request.header("Authorization", value),
            None => request,
        };
        let mut response = request.call().map_err(|e| unreachable(e.to_string()))?;
        let mut body = Vec::new();
        let mut reader = response.body_mut().as_reader().take(limit.saturating_add(1));
        reader.read_to_end(&mut body).map_err(|e| unreachable(e.to_string()))?;
        if body.len() as u64 > limit {
            return Err(unreachable(format!("it sends more than {limit} bytes; --max-file-size allows more")));
        }
        Ok(Answer { status: response.status(), headers: response.headers().clone(), body })
    }

    /// Asks a registry, first as anybody, and if it wants to know who asks, with what the user has for it.
    ///
    /// # Errors
    /// [`RestoreError`] for everything but a success.
    pub fn get_from(&self, registry: &str, path: &str, accept: &str, limit: u64) -> Result<Answer, RestoreError> {
        let url = format!("{}://{registry}{path}", scheme(registry));
        let repository = path.split("/manifests/").next().and_then(|p| p.split("/blobs/").next()).unwrap_or(path);
        let key = format!("{registry}{repository}");
        let known = self.tokens.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let first = self.get(&url, accept, known.as_deref(), limit)?;
        if first.status != StatusCode::UNAUTHORIZED {
            return checked(registry, first);
        }
        let challenge = first.headers.get("www-authenticate").and_then(|v| v.to_str().ok()).and_then(challenge);
        let denied = |status: StatusCode, hint: String| RestoreError::Denied {
            host: registry.to_owned(),
            status: status.as_u16(),
            hint,
        };
        let Some(challenge) = challenge else {
            return Err(denied(first.status, "it does not say how to sign in".to_owned()));
        };
        let mut hint = None;
        for login in [None, Some(())] {
            let login = match login {
                None => None,
                Some(()) => match self.credentials.of(registry) {
                    Ok(login) => Some(login),
                    Err(why) => {
                        hint = Some(why);
                        break;
                    }
                },
            };
            let Some(value) = self.open(registry, &challenge, login.as_ref())? else { continue };
            let answer = self.get(&url, accept, Some(&value), limit)?;
            if answer.status != StatusCode::UNAUTHORIZED && answer.status != StatusCode::FORBIDDEN {
                self.tokens.lock().unwrap_or_else(PoisonError::into_inner).insert(key, value);
                return checked(registry, answer);
            }
        }
        let hint = hint.unwrap_or_else(|| "the credentials that we have for it do not open it".to_owned());
        Err(denied(first.status, hint))
    }

    /// The value of `Authorization` that answers a challenge; `None` if there is none for this login.
    fn open(
        &self,
        registry: &str,
        challenge: &Challenge,
        login: Option<&Login>,
    ) -> Result<Option<String>, RestoreError> {
        let basic = login.map(Login::basic);
        let Challenge::Bearer { realm, service, scope } = challenge else { return Ok(basic) };
        // A registry could name any realm: what the user has for the registry goes to the registry only.
        if (login.is_some() && host_of(realm) != registry) || !is_safe(realm) {
            return Ok(None);
        }
        let mark = if realm.contains('?') { '&' } else { '?' };
        let url = format!("{realm}{mark}service={}&scope={}", encoded(service), encoded(scope));
        let answer = self.get(&url, "application/json", basic.as_deref(), SMALL)?;
        if !answer.status.is_success() {
            return Ok(None);
        }
        let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let token = json.get("access_token").or_else(|| json.get("token")).and_then(serde_json::Value::as_str);
        Ok(token.map(|t| format!("Bearer {t}")))
    }
}

impl Login {
    fn basic(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("{}:{}", self.user, self.password)))
    }
}

/// An answer that is a success.
pub(super) fn checked(host: &str, answer: Answer) -> Result<Answer, RestoreError> {
    let host = host.to_owned();
    match answer.status {
        status if status.is_success() => Ok(answer),
        StatusCode::NOT_FOUND => Err(RestoreError::NotFound { host }),
        status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => Err(RestoreError::Denied {
            host,
            status: status.as_u16(),
            hint: "check that your account may read it".to_owned(),
        }),
        status => Err(RestoreError::Status { host, status: status.as_u16() }),
    }
}

/// How a host is spoken to: only this machine itself without TLS, as other tools for registries do.
pub(super) fn scheme(host: &str) -> &'static str {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let here =
        name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(|ip: std::net::Ipv4Addr| ip.is_loopback());
    if here { "http" } else { "https" }
}

/// The host of a URL, with its port.
pub(super) fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

/// A URL that nobody on the way reads.
pub(super) fn is_safe(url: &str) -> bool {
    url.split_once("://").is_some_and(|(s, _)| s == "https" || s == scheme(host_of(url)))
}

/// A text as a part of a URL, in which nothing has a meaning.
pub(super) fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Reads `Bearer realm="…",service="…",scope="…"` or `Basic realm="…"`.
fn challenge(text: &str) -> Option<Challenge> {
    let (kind, rest) = text.split_once(' ').unwrap_or((text, ""));
    if kind.eq_ignore_ascii_case("basic") {
        return Some(Challenge::Basic);
    }
    if !kind.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let mut fields = BTreeMap::new();
    let mut rest = rest;
    while let Some((name, after)) = rest.split_once("=\"") {
        let (value, after) = after.split_once('"')?;
        fields.insert(name.trim_matches([' ', ',']).to_ascii_lowercase(), value.to_owned());
        rest = after;
    }
    let mut field = |name: &str| fields.remove(name).unwrap_or_default();
    let realm = field("realm");
    (!realm.is_empty()).then(|| Challenge::Bearer { realm, service: field("service"), scope: field("scope") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_read() {
        let text =
            r#"Bearer realm="https://r.azurecr.io/oauth2/token",service="r.azurecr.io",scope="repository:a,b:pull""#;
        let wanted = Challenge::Bearer {
            realm: "https://r.azurecr.io/oauth2/token".into(),
            service: "r.azurecr.io".into(),
            scope: "repository:a,b:pull".into(),
        };
        assert_eq!(challenge(text), Some(wanted));
        assert_eq!(challenge("Basic realm=\"x\""), Some(Challenge::Basic));
        assert_eq!(challenge("Negotiate"), None);
        assert_eq!(challenge("Bearer realm=\"x"), None);
    }

    #[test]
    fn only_this_machine_is_asked_without_tls() {
        for host in ["localhost", "localhost:5000", "127.0.0.1:80", "LOCALHOST"] {
            assert_eq!(scheme(host), "http", "{host}");
        }
        for host in ["mcr.microsoft.com", "localhost.evil.example", "128.0.0.1", "127.0.0.1.evil.example:80"] {
            assert_eq!(scheme(host), "https", "{host}");
        }
        assert!(!is_safe("http://mcr.microsoft.com/token"));
        assert!(is_safe("https://mcr.microsoft.com/token"));
    }
}
