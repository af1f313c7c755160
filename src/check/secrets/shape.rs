//! Settings that hold secrets by what they are called, and texts that hold one by their shape. Stricter than the table of
//! names: what is found here is reported as a secret that stands in the template.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ecow::EcoString;
use regex::Regex;

use crate::model::{Expr, ExprKind};

/// Last words of names of settings, without signs between them, whose values are secrets.
const LAST: &[&str] = &[
    "accesskey",
    "accesstoken",
    "accountkey",
    "apikey",
    "apitoken",
    "authkey",
    "authorizationkey",
    "authtoken",
    "bearertoken",
    "clientsecret",
    "encryptionkey",
    "functionkey",
    "functionskey",
    "hostkey",
    "masterkey",
    "passphrase",
    "passwd",
    "password",
    "personalaccesstoken",
    "primarykey",
    "privatekey",
    "pwd",
    "refreshtoken",
    "registrationkey",
    "registrationtoken",
    "sastoken",
    "secondarykey",
    "secret",
    "secretaccesskey",
    "secretkey",
    "sharedaccesskey",
    "sharedaccesspolicykey",
    "sharedkey",
    "signingkey",
    "storagekey",
    "subscriptionkey",
    "workspacekey",
];

/// Ends of the names of Azure's own properties that are secrets, whether or not its types mark them. Fewer than of settings: a
/// `primaryKey` may be a column.
const PROPERTIES: &[&str] = &[
    "accesskey",
    "accesstoken",
    "accountkey",
    "apikey",
    "appsecret",
    "authorization",
    "authorizationkey",
    "authtoken",
    "clientsecret",
    "pfxblob",
    "pullsecret",
    "sastoken",
    "sharedaccesspolicykey",
    "sharedkey",
    "signingsecret",
    "verificationtoken",
];

/// Properties whose members are called as somebody chose, whatever resource they stand in: headers and queries of requests.
const REQUESTS: &[&str] = &["customHeaders", "header", "headers", "queries", "query"];

/// Whether the members of a property of this name are what somebody sends along with a request.
pub fn is_request(property: &str) -> bool {
    REQUESTS.iter().any(|r| property.eq_ignore_ascii_case(r))
}

/// Whether a member of an object is a secret by its name, by what stands beside it, or by the key that all of it stands under:
/// `{value: …, isSecret: true}`, `credentials: {key: …}`, `authentication: {type: 'Raw', value: …}`. What only may be marked is one
/// if it is to be `hidden`.
pub fn is_secret_here<'e>(key: &str, under: &str, beside: impl Fn(&str) -> Option<&'e Expr>, hidden: bool) -> bool {
    let is = |name: &str| key.eq_ignore_ascii_case(name);
    let within = |names: &[&str]| names.iter().any(|n| under.eq_ignore_ascii_case(n));
    let marks = |mark: &&str| {
        beside(mark).is_some_and(|value| match value.kind {
            ExprKind::Bool(is_secret) => is_secret,
            ExprKind::Call(_) | ExprKind::Access { .. } | ExprKind::Expression(_) => hidden,
            _ => false,
        })
    };
    match () {
        // How a workflow or a pipeline signs in: the list below has what each way is told. Not `username`, `clientId`, `audience`.
        () if within(&["authentication"]) && signs_in(key, beside("type")) => true,
        () if is("value") => {
            ["secret", "isSecret"].iter().any(marks)
                || within(&["secrets"]) && beside("name").is_some()
                // `password: {type: 'Opaque', value: …}` of a registry that tasks take images from.
                || within(&["password"]) && beside("type").is_some()
        }
        () if is("parameter") => beside("scheme").is_some(),
        // In a list of keys and values it is the name of one.
        () if is("key") => beside("secretsType").is_some() || within(&["credentials"]) && beside("value").is_none(),
        () => ends_with(key, PROPERTIES),
    }
}

/// Ways to sign in to what a workflow calls, and what of each is a secret:
/// <https://learn.microsoft.com/azure/logic-apps/logic-apps-securing-a-logic-app#authentication-types-supported-triggers-actions>.
const SIGN_IN: &[(&str, &[&str])] = &[
    ("ActiveDirectoryOAuth", &["password", "pfx", "secret"]),
    ("Basic", &["password"]),
    ("ClientCertificate", &["password", "pfx"]),
    ("Raw", &["value"]),
    ("ServicePrincipal", &["password"]),
];

/// Whether a member of `authentication` is a secret, for the type beside it.
fn signs_in(key: &str, type_: Option<&Expr>) -> bool {
    let Some(type_) = type_.and_then(Expr::as_str) else { return false };
    let way = SIGN_IN.iter().find(|(way, _)| type_.eq_ignore_ascii_case(way));
    way.is_some_and(|(_, secrets)| secrets.iter().any(|s| key.eq_ignore_ascii_case(s)))
}

/// Whether a setting of this name holds a secret: `DB_PASSWORD`, `Smtp:Password`, `stripeApiKey`.
pub fn is_secret_setting(name: &str) -> bool {
    ends_with(name, LAST)
}

/// Whether a property of this name can hold a secret by what stands beside it or by the name itself, wherever but in `authentication`:
/// all that [`is_typed_secret`], [`is_secret_setting`] and [`is_secret_here`] ask for. Most can not.
pub fn can_tell(key: &str) -> bool {
    const BY_NEIGHBOURS: [&str; 4] = ["value", "defaultValue", "parameter", "key"];
    BY_NEIGHBOURS.iter().any(|name| key.eq_ignore_ascii_case(name))
        || is_secret_setting(key)
        || ends_with(key, PROPERTIES)
}

/// Whether a name ends with one of these words, whatever signs and capitals it has.
fn ends_with(name: &str, words: &[&str]) -> bool {
    // From the end, letter by letter: every member of every template is asked.
    let backwards = || name.bytes().rev().filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_lowercase());
    let Some(end) = backwards().next() else { return false };
    let ends_with = |last: &&str| {
        let mut ours = backwards();
        last.as_bytes().last() == Some(&end) && last.bytes().rev().all(|b| ours.next() == Some(b))
    };
    words.iter().any(ends_with)
}

/// Properties whose values are programs, or the configuration of a machine.
const SCRIPTS: &[&str] = &["customData", "userData", "commandToExecute", "script", "scriptContent"];

/// Whether the value of a property of this name is run by a machine.
pub fn is_script(property: &str) -> bool {
    SCRIPTS.iter().any(|s| property.eq_ignore_ascii_case(s))
}

/// Texts that stand for a secret that is elsewhere, or for none at all. The key is that of the storage emulator, which everybody
/// has: <https://learn.microsoft.com/azure/storage/common/storage-connect-azurite>.
static REFERENCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?xis) ^ \s* (?:
            @Microsoft\. .* | @AppSetting .* | @ \w+ \( .* | @ \{ .* | PrivateSettingsRef: .* | \{\{ .* | % .* % | __ .* __ | < .* > | \[ .* \] |
            \$+ \w+ (?: : \w+ )? \$* | \$ [({\[] .* [)}\]] .* | \# \{ .* \} \#? | \# \w+ \# | \#! .* | \#cloud-config\b .* |
            https?://[^@]* | /subscriptions/ .* | secretref: .* | keyvault: .* |
            true | false | yes | no | on | off | null | none | auto | disabled | enabled |
            Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw== |
            ssh-(?:rsa|ed25519|dss) \s .* | ecdsa-sha2-.* | -----BEGIN\ (?:CERTIFICATE|PUBLIC\ KEY)-----.* | n/?a |
            (?-i: GEN[-_][A-Z-]+ (?:-\d+)? | GET-PREREQ-[\w-]+ ) | tbd |
            placeholder [-_\ ]? [a-z]* | todo (?: [^a-z\d] .* )? |
            replace (?: [-_\ ]? (?: with | this | your ) .* | [-_\ ]? me (?: [^a-z] .* )? | [-_\ ] (?: before | by | in | on | the ) \b .* )? |
            your (?: [-_\ ] .* | \w* (?: here | key | password | secret | string | token | value ) ) | x+ | \*+ | \.+
        ) \s* $",
    )
    .ok()
});

/// What stands before the secret in the header of a request.
const SCHEMES: [&str; 7] = ["ApiKey", "Basic", "Bearer", "Digest", "SharedAccessSignature", "SharedKey", "Token"];

/// Whether a text can be a secret: it is not empty, and neither a reference to where the secret is nor a placeholder for one.
pub fn can_be_secret(text: &str) -> bool {
    // `Bearer @{…}`: the scheme is no secret, and what is put in later is none of the template's.
    let own = SCHEMES.iter().find_map(|scheme| {
        let rest = text.trim_start();
        let (front, rest) = (rest.get(..scheme.len())?, rest.get(scheme.len()..)?);
        (front.eq_ignore_ascii_case(scheme) && rest.starts_with(char::is_whitespace)).then_some(rest)
    });
    let text = own.unwrap_or(text);
    let filled = text.contains("@{") || text.contains("{{");
    text.contains(char::is_alphanumeric) && !filled && !REFERENCE.as_ref().is_some_and(|r| r.is_match(text))
}

/// `…;AccountKey=…;`, `…&sig=…`, `…?code=…` (the key of a function): a member of a connection string or of a query that is a
/// secret, with its value.
static CONNECTION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)(?:(?:^|[;?&\s"'])(?:AccountKey|SharedAccessKey|SharedSecretValue|Password|Pwd|sig)\s*=\s*|://[^\s"']*[?&]code=)([^;&\s"'{}<>$@%\[\]]{4,})"#,
    )
    .ok()
});

/// Whether a text holds a secret in the way of connection strings and signed addresses.
pub fn has_credential(text: &str) -> bool {
    // Most texts have no such sign.
    text.contains('=') && holds(&CONNECTION, text)
}

/// `Server=…;Database=…`: two members or more.
static MEMBERS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)^\s*[a-z][\w .]*=[^;]*(?:;\s*[a-z][\w .]*=[^;]*)+;?\s*$").ok());

/// Whether a text is a connection string, and no member of it is a secret: who connects shows otherwise who that is.
pub fn is_connection_without_secret(text: &str) -> bool {
    let is_secret = |member: &str| {
        let Some((key, value)) = member.split_once('=') else { return false };
        let is = |name: &str| key.trim().eq_ignore_ascii_case(name);
        (is("key") || is("token") || is_secret_setting(key)) && can_be_secret(value)
    };
    let is_connection = text.contains(';') && MEMBERS.as_ref().is_some_and(|r| r.is_match(text));
    is_connection && !has_credential(text) && !text.split(';').any(is_secret)
}

/// `export DB_PASSWORD=…`, `$password = "…"`, `password: …`, `--token …` in what a machine runs. What stands after blanks and without
/// quotes may be a command that gets the secret.
static SCRIPT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?xim)
        (?: password | passwd | pwd | secret | passphrase | api[_-]?key | access[_-]?key | account[_-]?key
            | (?: ^ | [^a-z] | access | api | auth | bearer | refresh | sas ) token ) ["']?
        (?: \s* [:=] \s* ["'] ([^"'\s${}<>%@()]{4,}) ["'] | = ([^\s;&"'{}<>$@%()\[\]|]{4,}) | : [\ \t]+ ([^\s;&"'{}<>$@%()\[\]|]{4,}) [\ \t]* $ )
        | -- (?: password | token | secret ) [\ =] ["']? ([^\s;&"'{}<>$@%()\[\]|]{4,})"#,
    )
    .ok()
});

/// Whether a script or a configuration of a machine holds a secret.
pub fn has_assigned_secret(script: &str) -> bool {
    has_credential(script) || holds(&SCRIPT, script)
}

/// Whether a text holds a secret: a script, itself or in base64, in more ways than other texts.
pub fn has_secret(text: &str, is_script: bool) -> bool {
    if !is_script {
        return has_credential(text);
    }
    let decoded = STANDARD.decode(text.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    has_assigned_secret(decoded.as_deref().unwrap_or(text))
}

/// Whether a member is a secret by the type that stands beside it, as in Data Factory and in workflows:
/// `{type: 'SecureString', value: …}`, `{type: 'SecureObject', defaultValue: …}`.
pub fn is_typed_secret<'e>(key: &str, beside: impl Fn(&str) -> Option<&'e Expr>) -> bool {
    let is = |name: &str| key.eq_ignore_ascii_case(name);
    (is("value") || is("defaultValue")) && is_secure_type(beside("type"))
}

/// Whether a service works out expressions in texts of a type of resource (`@…`): workflows, pipelines, apps and their connections. Of
/// Synapse that is what lies in a workspace.
pub fn has_expressions(type_: &str) -> bool {
    let mut parts = type_.split('/');
    let provider = parts.next().unwrap_or_default();
    let is = |name: &str| provider.eq_ignore_ascii_case(name);
    is("Microsoft.Web") || is_orchestrated(type_) && (!is("Microsoft.Synapse") || parts.count() > 1)
}

/// Whether resources of a type may hold the definition of a workflow or pipeline, which declares parameters of its own.
pub fn is_orchestrated(type_: &str) -> bool {
    let provider = type_.split('/').next().unwrap_or_default();
    ["Microsoft.Logic", "Microsoft.DataFactory", "Microsoft.Synapse"].iter().any(|p| provider.eq_ignore_ascii_case(p))
}

/// Whether a text is what a policy does (<https://learn.microsoft.com/azure/governance/policy/concepts/effect-basics>): parameters of
/// policies are called after what they are about, and say that.
pub fn is_effect(text: &str) -> bool {
    const EFFECTS: &[&str] = &[
        "addToNetworkGroup",
        "append",
        "audit",
        "auditIfNotExists",
        "deny",
        "denyAction",
        "deployIfNotExists",
        "disabled",
        "manual",
        "modify",
        "mutate",
    ];
    EFFECTS.iter().any(|effect| text.eq_ignore_ascii_case(effect))
}

/// Whether what is declared with this type is a secret.
pub fn is_secure_type(type_: Option<&Expr>) -> bool {
    let is = |text: &EcoString| ["SecureString", "SecureObject"].iter().any(|t| text.eq_ignore_ascii_case(t));
    type_.and_then(Expr::as_str).is_some_and(is)
}

/// Whether the expression finds a value that can be a secret.
fn holds(expression: &LazyLock<Option<Regex>>, text: &str) -> bool {
    let Some(expression) = expression.as_ref() else { return false };
    let mut values = expression.captures_iter(text).filter_map(|c| c.iter().skip(1).flatten().next());
    values.any(|value| can_be_secret(value.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_tell_is_all_that_tells() {
        use crate::model::arm::literal;
        use crate::read::{Sources, json::Document};
        let value = |json: &str| literal(Document::parse(&Sources::new().add("x.json", json)).root().unwrap());
        let (yes, type_) = (value("true"), value(r#""securestring""#));
        let keys = LAST.iter().chain(PROPERTIES).map(|end| format!("x_{end}"));
        let others =
            ["value", "defaultValue", "parameter", "key", "name", "type", "secret", "uri", "content", "Parameter"];
        for key in keys.chain(others.map(str::to_owned)) {
            for (beside, under) in
                [(&yes, ""), (&type_, ""), (&yes, "secrets"), (&yes, "password"), (&type_, "credentials")]
            {
                let beside = |name: &str| (name != "value").then_some(beside);
                let tells = is_typed_secret(&key, beside)
                    || is_secret_setting(&key)
                    || is_secret_here(&key, under, beside, true);
                assert!(!tells || can_tell(&key), "{key} under `{under}`");
            }
        }
        assert!(!can_tell("name") && !can_tell("location") && can_tell("secretsType_password"));
    }

    #[test]
    fn settings_are_known_by_the_end_of_their_names() {
        for name in ["DB_PASSWORD", "Smtp:Password", "stripeApiKey", "Jwt__SigningKey", "clientSecret", "POSTGRES-PWD"]
        {
            assert!(is_secret_setting(name), "{name}");
        }
        for name in ["AzureWebJobsSecretStorageType", "PASSWORD_POLICY", "KeyVaultName", "TOKEN_URL", "publicKey", ""] {
            assert!(!is_secret_setting(name), "{name}");
        }
    }

    #[test]
    fn properties_are_known_by_what_stands_around_them() {
        use crate::model::arm::literal;
        use crate::read::{Sources, json::Document};
        let is = |key: &str, under: &str, json: &str| {
            let beside = literal(Document::parse(&Sources::new().add("x.json", json)).root().unwrap());
            is_secret_here(key, under, |name| beside.get(name), false)
        };
        assert!(is("value", "properties", r#"{"secret": true}"#) && is("VALUE", "", r#"{"IsSecret": true}"#));
        assert!(
            is("value", "secrets", r#"{"name": "a"}"#) && is("parameter", "authorization", r#"{"scheme": "Basic"}"#)
        );
        assert!(is("key", "credentials", "{}") && is("key", "secrets", r#"{"secretsType": "AccountKey"}"#));
        for key in ["sharedAccessPolicyKey", "authorizationKey", "pfxBlob", "accessKey", "Authorization"] {
            assert!(is(key, "properties", "{}"), "{key}");
        }
        // How something signs in.
        assert!(is("password", "authentication", r#"{"type": "Basic"}"#));
        assert!(is("pfx", "authentication", r#"{"type": "clientCertificate"}"#));
        assert!(is("value", "authentication", r#"{"type": "Raw"}"#));
        assert!(!is("username", "authentication", r#"{"type": "Basic"}"#) && !is("value", "authentication", "{}"));
        assert!(!is("audience", "authentication", r#"{"type": "ActiveDirectoryOAuth"}"#));
        assert!(is("value", "password", r#"{"type": "Opaque"}"#) && !is("value", "userName", r#"{"type": "Opaque"}"#));
        assert!(
            !is("value", "", r#"{"secret": false}"#) && !is("value", "", r#"{"name": "a"}"#) && !is("value", "", "{}")
        );
        assert!(
            !is("key", "tags", "{}") && !is("key", "secrets", "{}") && !is("key", "credentials", r#"{"value": 1}"#)
        );
        assert!(!is("parameter", "", "{}") && !is("primaryKey", "", "{}"));
    }

    #[test]
    fn references_and_placeholders_are_no_secrets() {
        for text in [
            "",
            "?",
            "@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/a)",
            "PrivateSettingsRef:registrationKeyPrivate",
            "@parameters('key')",
            "@{variables('key')}",
            "<password>",
            "#{password}#",
            "$(password)",
            "__password__",
            "https://kv.vault.azure.net/secrets/a",
            "true",
            "yes",
            "your-password",
            "GEN-PASSWORD",
            "GET-PREREQ-serverPassword",
            "REPLACE_ME",
            "${DB_PASSWORD}",
            "$(password)-$(stage)",
            "$password",
            "$env:DB_PASSWORD",
            "$[variables.password]",
            "#PASSWORD#",
            "#cloud-config\npackages: [nginx]",
            "replace-me!",
            "ReplaceWithYourKey",
            "replace this before you deploy",
            "yourPassword",
            "YOUR_API_KEY_HERE",
            "placeholder",
            "PLACEHOLDER_SECRET",
            "TODO: fill in",
            "Bearer @{body('Get_token')?['access_token']}",
            "Basic @{base64(concat('a:', variables('p')))}",
            "Bearer {{token}}",
            "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7 keeper",
            "xxxx",
        ] {
            assert!(!can_be_secret(text), "{text}");
        }
        assert!(can_be_secret("Bearer Old-Lantern-12") && can_be_secret("Old-Lantern-12") && can_be_secret("hunter2"));
        for text in ["$ecureP@ss1", "#Harbor77", "replacement-77-Blue", "YourBoat!77", "placeholder!77", "Todos-77"] {
            assert!(can_be_secret(text), "{text}");
        }
    }

    #[test]
    fn connection_strings_without_a_secret_are_known() {
        for text in [
            "Server=tcp:sql;Database=d;Authentication=Active Directory Default",
            "Server=tcp:sql;Password=<secret>;",
            "InstrumentationKey=00000000-0000-0000-0000-000000000000;IngestionEndpoint=https://westeurope.in.example.org/",
        ] {
            assert!(is_connection_without_secret(text), "{text}");
        }
        for text in [
            "Server=tcp:sql;Database=d;User ID=keeper;Password=Old-Lantern-12;",
            "Endpoint=https://appcs.example.org;Id=a;Secret=b2xkbGFudGVybg==",
            "endpoint=https://acs.example.org/;accesskey=b2xkbGFudGVybg==",
            "redis.example.org:6380,password=Old-Lantern-12,ssl=True",
            "Old=Lantern12",
            "Old-Lantern;12=x",
        ] {
            assert!(!is_connection_without_secret(text), "{text}");
        }
    }

    #[test]
    fn connection_strings_hold_secrets() {
        for text in [
            "DefaultEndpointsProtocol=https;AccountName=st;AccountKey=b2xkbGFudGVybg==;EndpointSuffix=core.windows.net",
            "Server=tcp:sql;Database=d;User ID=keeper;Password=Old-Lantern-12;",
            "https://st.blob.core.windows.net/c?sv=2022-11-02&sig=b2xkbGFudGVybg%3D",
            "https://func-shop.azurewebsites.net/api/orders?clientId=a&code=b2xkbGFudGVybg==",
        ] {
            assert!(has_credential(text), "{text}");
        }
        for text in [
            "DefaultEndpointsProtocol=https;AccountName=st;AccountKey={0};",
            "Server=tcp:sql;Password=;Authentication=Active Directory Default",
            "Server=tcp:sql;Password=<secret>;",
            "UseDevelopmentStorage=true",
            "AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;",
            "InstrumentationKey=00000000-0000-0000-0000-000000000000",
            "https://login.example.org/authorize?response_type=code&scope=openid",
            "https://func-shop.azurewebsites.net/api/orders?code={code}",
        ] {
            assert!(!has_credential(text), "{text}");
        }
    }

    #[test]
    fn scripts_hold_secrets() {
        for text in [
            "#!/bin/sh\nexport DB_PASSWORD=Old-Lantern-12\n",
            "#cloud-config\nusers:\n  - name: keeper\n    plain_text_passwd: 'old-lantern'\n",
            "az login --service-principal --password Old-Lantern-12",
            "$password = 'Old-Lantern-12'",
            r#"{"password": "Old-Lantern-12"}"#,
        ] {
            assert!(has_assigned_secret(text), "{text}");
        }
        for text in [
            "#cloud-config\nssh_pwauth: false\nlock_passwd: true\n",
            "export DB_PASSWORD=$(cat /run/secret)",
            "export TOKEN=${TOKEN}",
            "PasswordAuthentication no",
            "$password = ConvertTo-SecureString $plain -AsPlainText",
            "$secret = Get-AzKeyVaultSecret -Name a",
            "openssl pkcs12 -password 'pass:'",
            "# Sets the password of the user",
            r#"<assemblyIdentity publicKeyToken="31bf3856ad364e35" />"#,
        ] {
            assert!(!has_assigned_secret(text), "{text}");
        }
    }
}
