//! What the user has signed in to: Docker's settings and its helpers, and the Azure CLI for Azure's registries.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Azure's registries in its clouds.
const AZURE: [&str; 3] = [".azurecr.io", ".azurecr.cn", ".azurecr.us"];
/// Who one is to a registry that gets a token in place of a password.
const TOKEN_USER: &str = "00000000-0000-0000-0000-000000000000";

/// A name and a password.
pub(super) struct Login {
    pub user: String,
    pub password: String,
}

/// Where logins are looked for.
pub(super) struct Credentials {
    docker: Value,
}

impl Credentials {
    /// Those of the user who runs this.
    pub fn of_user() -> Self {
        let folder = std::env::var_os("DOCKER_CONFIG").map(PathBuf::from);
        let folder = folder.or_else(|| Some(std::env::home_dir()?.join(".docker")));
        let text = folder.and_then(|f| std::fs::read(f.join("config.json")).ok());
        Credentials { docker: text.and_then(|t| serde_json::from_slice(&t).ok()).unwrap_or_default() }
    }

    /// The login for a registry.
    ///
    /// # Errors
    /// What the user can do to have one.
    pub fn of(&self, registry: &str) -> Result<Login, String> {
        if let Some(login) = self.in_docker(registry) {
            return Ok(login);
        }
        let name = AZURE.iter().find_map(|suffix| registry.strip_suffix(suffix)).filter(|n| !n.starts_with('-'));
        let Some(name) = name else { return Err(format!("sign in with 'docker login {registry}'")) };
        let answer = azure(&["acr", "login", "--name", name, "--expose-token", "--output", "json"]);
        let token = answer.as_ref().ok().and_then(|json| json.get("accessToken")?.as_str());
        match token {
            Some(token) => Ok(Login { user: TOKEN_USER.to_owned(), password: token.to_owned() }),
            None => Err(format!(
                "sign in with 'docker login {registry}', or with 'az login', whose account may pull from it ({})",
                answer.err().unwrap_or_else(|| "az gives no token".to_owned())
            )),
        }
    }

    /// Programs that keep passwords come first, as with Docker.
    fn in_docker(&self, registry: &str) -> Option<Login> {
        let helper =
            self.docker.get("credHelpers").and_then(|h| h.get(registry)).or_else(|| self.docker.get("credsStore"));
        if let Some(login) = helper.and_then(Value::as_str).and_then(|helper| from_helper(helper, registry)) {
            return Some(login);
        }
        let entry = self.docker.get("auths")?;
        let entry = entry.get(registry).or_else(|| entry.get(format!("https://{registry}")))?;
        let text = |key| entry.get(key).and_then(Value::as_str).filter(|t| !t.is_empty());
        if let Some(token) = text("identitytoken") {
            return Some(Login { user: TOKEN_USER.to_owned(), password: token.to_owned() });
        }
        let decoded = String::from_utf8(STANDARD.decode(text("auth")?).ok()?).ok()?;
        let (user, password) = decoded.split_once(':')?;
        Some(Login { user: user.to_owned(), password: password.trim_end_matches('\0').to_owned() })
    }
}

/// Asks a program of Docker's for a password: the registry goes in, JSON comes out.
fn from_helper(helper: &str, registry: &str) -> Option<Login> {
    use std::io::Write;
    let mut child = Command::new(format!("docker-credential-{helper}"))
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(registry.as_bytes()).ok()?;
    let output = child.wait_with_output().ok().filter(|o| o.status.success())?;
    let json: Value = serde_json::from_slice(&output.stdout).ok()?;
    let text = |key| Some(json.get(key)?.as_str()?.to_owned());
    let user = text("Username")?;
    let user = if user == "<token>" { TOKEN_USER.to_owned() } else { user };
    Some(Login { user, password: text("Secret")? })
}

/// What the Azure CLI answers, as JSON.
///
/// # Errors
/// What it says instead, in a line.
pub(super) fn azure(arguments: &[&str]) -> Result<Value, String> {
    let program = if cfg!(windows) { "az.cmd" } else { "az" };
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => "the Azure CLI, az, is not installed".to_owned(),
        _ => format!("az does not run: {e}"),
    })?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let line = text.lines().find(|l| !l.trim().is_empty()).unwrap_or("az fails and does not say why");
        return Err(line.chars().take(200).collect());
    }
    serde_json::from_slice(&output.stdout).map_err(|e| format!("az does not answer in JSON: {e}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn logins_are_those_of_the_registry_alone() {
        let auth = STANDARD.encode("me:pass:word");
        let docker = json!({"auths": {
            "r.example": {"auth": auth},
            "https://s.example": {"auth": auth},
            "t.example": {"identitytoken": "abc"}
        }});
        let credentials = Credentials { docker };
        let of = |registry| credentials.in_docker(registry).map(|l| (l.user, l.password));
        assert_eq!(of("r.example"), Some(("me".to_owned(), "pass:word".to_owned())));
        assert_eq!(of("s.example"), of("r.example"));
        assert_eq!(of("t.example"), Some((TOKEN_USER.to_owned(), "abc".to_owned())));
        assert_eq!(of("example"), None);
        let hint = credentials.of("u.example").err().unwrap_or_default();
        assert_eq!(hint, "sign in with 'docker login u.example'");
    }
}
