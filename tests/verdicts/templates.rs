//! Templates made at random, as ARM and as Bicep.
#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value as Json, json};

use super::expressions::{
    E, Given, Int, Object, Parameter, Text, condition, flag, number, parameters, some_array, some_object, text,
};

/// A resource: symbol, type, name, what it extends or hangs below, how it is there, and its members.
#[derive(Debug, Clone)]
struct Resource {
    symbol: &'static str,
    type_: &'static str,
    version: &'static str,
    /// The last segment of the name.
    name: E,
    parent: Option<&'static str>,
    extends: Option<&'static str>,
    condition: Option<E>,
    count: Option<E>,
    members: Vec<(&'static str, E)>,
}

fn object(members: &[(&'static str, &E)]) -> E {
    Object(members.iter().map(|(k, v)| (*k, (*v).clone())).collect())
}

fn resource(
    (symbol, type_, version): (&'static str, &'static str, &'static str),
    parent: Option<&'static str>,
    extends: Option<&'static str>,
    members: BoxedStrategy<Vec<(&'static str, E)>>,
) -> BoxedStrategy<Resource> {
    let name = prop_oneof![
        2 => Just(Parameter("name")),
        2 => select(vec!["store01", "web", "x"]).prop_map(Text),
        2 => Just(E::Call("format", vec![Text("kv-{0}"), Parameter("name")])),
        1 => Just(E::Call("toLower", vec![Parameter("name")])),
    ];
    let there = prop_oneof![3 => Just(None), 2 => condition().prop_map(Some)];
    let count = prop_oneof![6 => Just(None), 1 => Just(Some(Parameter("number"))), 1 => Just(Some(Int(2)))];
    let fixed = type_.ends_with("/default") || matches!(symbol, "blobs" | "site_config");
    (name, there, count, members)
        .prop_map(move |(name, condition, count, members)| Resource {
            symbol,
            type_,
            version,
            name: if fixed { Text(if symbol == "blobs" { "default" } else { "web" }) } else { name },
            parent,
            extends,
            condition,
            // What others hang on is there once.
            count: count.filter(|_| extends.is_some() || parent.is_some() && !fixed),
            members,
        })
        .boxed()
}

type Members = BoxedStrategy<Vec<(&'static str, E)>>;

fn retention() -> BoxedStrategy<E> {
    (flag(), number()).prop_flat_map(|(on, days)| some_object(vec![("enabled", on), ("days", days)])).boxed()
}

/// One of each type, so that verdicts are paired by type.
fn resources() -> Vec<BoxedStrategy<Resource>> {
    let tls = || text(&["TLS1_0", "TLS1_2", "TLS1_1"], "tls");
    let word = |known: &[&'static str]| text(known, "stage");
    let place = || ("location", Parameter("location"));
    let storage: Members = (
        tls(),
        text(&["Standard_LRS", "Standard_ZRS"], "sku"),
        flag(),
        flag(),
        word(&["Allow", "Deny"]),
        some_object(vec![("env", Text("prod"))]),
    )
        .prop_map(move |(tls, sku, https, public, action, tags)| {
            let acls = object(&[("defaultAction", &action)]);
            let properties = object(&[
                ("minimumTlsVersion", &tls),
                ("supportsHttpsTrafficOnly", &https),
                ("allowBlobPublicAccess", &public),
                ("networkAcls", &acls),
            ]);
            vec![
                place(),
                ("kind", Text("StorageV2")),
                ("sku", object(&[("name", &sku)])),
                ("tags", tags),
                ("properties", properties),
            ]
        })
        .boxed();
    let blobs: Members = (retention(), retention())
        .prop_map(|(a, b)| {
            vec![("properties", object(&[("deleteRetentionPolicy", &a), ("containerDeleteRetentionPolicy", &b)]))]
        })
        .boxed();
    let containers: Members =
        word(&["None", "Blob"]).prop_map(|access| vec![("properties", object(&[("publicAccess", &access)]))]).boxed();
    let vault: Members = (flag(), flag(), number(), word(&["Allow", "Deny"]))
        .prop_map(move |(soft, purge, days, action)| {
            let sku = Object(vec![("family", Text("A")), ("name", Text("standard"))]);
            let properties = object(&[
                ("sku", &sku),
                ("tenantId", &Text("00000000-0000-0000-0000-000000000001")),
                ("enableSoftDelete", &soft),
                ("enablePurgeProtection", &purge),
                ("softDeleteRetentionInDays", &days),
                ("networkAcls", &object(&[("defaultAction", &action)])),
            ]);
            vec![place(), ("properties", properties)]
        })
        .boxed();
    let log = || {
        (word(&["AuditEvent", "Other"]), flag())
            .prop_map(|(category, on)| object(&[("category", &category), ("enabled", &on)]))
    };
    let diagnostics: Members = (log(), log())
        .prop_flat_map(|(a, b)| some_array(vec![a, b]))
        .prop_map(|logs| vec![("properties", object(&[("workspaceId", &Text("/x")), ("logs", &logs)]))])
        .boxed();
    let rule = || {
        (word(&["*", "10.0.0.0/8"]), word(&["3389", "443"]), word(&["Allow", "Deny"])).prop_map(
            |(source, port, access)| {
                let properties = object(&[
                    ("protocol", &Text("Tcp")),
                    ("direction", &Text("Inbound")),
                    ("priority", &Int(200)),
                    ("access", &access),
                    ("sourceAddressPrefix", &source),
                    ("sourcePortRange", &Text("*")),
                    ("destinationAddressPrefix", &Text("*")),
                    ("destinationPortRange", &port),
                ]);
                object(&[("name", &Text("r")), ("properties", &properties)])
            },
        )
    };
    let nsg: Members = (rule(), rule())
        .prop_flat_map(|(a, b)| some_array(vec![a, b]))
        .prop_map(move |rules| vec![place(), ("properties", object(&[("securityRules", &rules)]))])
        .boxed();
    let pool = || {
        (number(), flag(), word(&["System", "User"])).prop_map(|(count, scale, mode)| {
            object(&[
                ("name", &Text("p")),
                ("mode", &mode),
                ("count", &count),
                ("minCount", &count),
                ("maxPods", &Int(30)),
                ("enableAutoScaling", &scale),
            ])
        })
    };
    let cluster: Members = (pool(), pool(), word(&["stable", "none"]), flag())
        .prop_flat_map(|(a, b, channel, rbac)| (some_array(vec![a, b]), Just(channel), Just(rbac)))
        .prop_map(move |(pools, channel, rbac)| {
            let properties = object(&[
                ("kubernetesVersion", &Text("1.20.0")),
                ("agentPoolProfiles", &pools),
                ("autoUpgradeProfile", &object(&[("upgradeChannel", &channel)])),
                ("disableLocalAccounts", &rbac),
            ]);
            vec![place(), ("properties", properties)]
        })
        .boxed();
    let pools: Members = (number(), flag(), word(&["System", "User"]))
        .prop_map(|(count, scale, mode)| {
            vec![(
                "properties",
                object(&[
                    ("mode", &mode),
                    ("count", &count),
                    ("minCount", &count),
                    ("maxPods", &Int(60)),
                    ("enableAutoScaling", &scale),
                ]),
            )]
        })
        .boxed();
    let server: Members = (word(&["1.0", "1.2"]), flag())
        .prop_map(move |(tls, public)| {
            let access = E::If(Box::new(public), Box::new(Text("Enabled")), Box::new(Text("Disabled")));
            let properties = object(&[
                ("minimalTlsVersion", &tls),
                ("publicNetworkAccess", &access),
                ("administratorLogin", &Parameter("name")),
                ("administratorLoginPassword", &Parameter("secret")),
            ]);
            vec![place(), ("properties", properties)]
        })
        .boxed();
    let firewall: Members = (word(&["0.0.0.0", "10.0.0.1"]), word(&["0.0.0.0", "10.0.0.255"]))
        .prop_map(|(from, to)| vec![("properties", object(&[("startIpAddress", &from), ("endIpAddress", &to)]))])
        .boxed();
    let site: Members = (flag(), flag(), word(&["1.0", "1.2"]))
        .prop_flat_map(|(https, on, tls)| {
            (Just(https), some_object(vec![("alwaysOn", on), ("minTlsVersion", tls), ("ftpsState", Text("Disabled"))]))
        })
        .prop_map(move |(https, config)| {
            vec![
                place(),
                ("kind", Text("app")),
                ("properties", object(&[("httpsOnly", &https), ("siteConfig", &config)])),
            ]
        })
        .boxed();
    let site_config: Members = (flag(), word(&["1.0", "1.2"]))
        .prop_map(|(on, tls)| vec![("properties", object(&[("alwaysOn", &on), ("minTlsVersion", &tls)]))])
        .boxed();
    let top = |what, members| resource(what, None, None, members);
    let below = |what, parent, members| resource(what, Some(parent), None, members);
    vec![
        top(("storage", "Microsoft.Storage/storageAccounts", "2023-01-01"), storage),
        below(("blobs", "Microsoft.Storage/storageAccounts/blobServices", "2023-01-01"), "storage", blobs),
        below(
            ("container", "Microsoft.Storage/storageAccounts/blobServices/containers", "2023-01-01"),
            "blobs",
            containers,
        ),
        top(("vault", "Microsoft.KeyVault/vaults", "2023-07-01"), vault),
        resource(
            ("audit", "Microsoft.Insights/diagnosticSettings", "2021-05-01-preview"),
            None,
            Some("vault"),
            diagnostics,
        ),
        top(("nsg", "Microsoft.Network/networkSecurityGroups", "2023-09-01"), nsg),
        top(("cluster", "Microsoft.ContainerService/managedClusters", "2024-02-01"), cluster),
        below(("pool", "Microsoft.ContainerService/managedClusters/agentPools", "2024-02-01"), "cluster", pools),
        top(("server", "Microsoft.Sql/servers", "2023-08-01"), server),
        below(("firewall", "Microsoft.Sql/servers/firewallRules", "2023-08-01"), "server", firewall),
        top(("site", "Microsoft.Web/sites", "2023-12-01"), site),
        below(("site_config", "Microsoft.Web/sites/config", "2023-12-01"), "site", site_config),
    ]
}

/// A template: some of the resources, all that they hang on among them, and whether they stand in a nested deployment.
#[derive(Debug, Clone)]
pub struct Deployment {
    resources: Vec<Resource>,
    nested: bool,
}

pub fn deployment() -> BoxedStrategy<Deployment> {
    (resources(), prop::collection::vec(prop::bool::weighted(0.4), 12), prop::bool::weighted(0.2))
        .prop_map(|(all, wanted, nested)| {
            let above = |r: &Resource| r.parent.or(r.extends);
            let mut names: Vec<&str> = Vec::new();
            for (r, wanted) in all.iter().zip(wanted) {
                let mut at = wanted.then_some(r);
                while let Some(r) = at {
                    names.push(r.symbol);
                    at = above(r).and_then(|p| all.iter().find(|o| o.symbol == p));
                }
            }
            let resources = all.iter().filter(|r| names.contains(&r.symbol)).cloned().collect();
            Deployment { resources, nested }
        })
        .boxed()
}

impl Deployment {
    fn get(&self, symbol: &str) -> &Resource {
        self.resources.iter().find(|r| r.symbol == symbol).unwrap()
    }

    /// The segments of a resource's name.
    fn names(&self, r: &Resource) -> Vec<E> {
        let mut out = r.parent.map_or_else(Vec::new, |p| self.names(self.get(p)));
        let mut own = r.name.clone();
        if r.count.is_some() {
            own = E::Call("format", vec![Text("{0}{1}"), own, Parameter("#")]);
        }
        out.push(own);
        out
    }

    pub fn arm(&self) -> Json {
        let declared = |p: &Given| {
            let allowed = p.only.then(|| json!(p.values));
            (p.name.to_owned(), json!({"type": p.type_, "allowedValues": allowed}))
        };
        let clean = |(name, mut p): (String, Json)| {
            p.as_object_mut().unwrap().retain(|_, v| !v.is_null());
            (name, p)
        };
        let parameters: serde_json::Map<_, _> = parameters().iter().map(declared).map(clean).collect();
        let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
        let resources: Vec<Json> = self.resources.iter().map(|r| self.arm_resource(r)).collect();
        let template = |resources: Json| json!({"$schema": schema, "contentVersion": "1.0.0.0", "parameters": parameters, "resources": resources});
        if !self.nested {
            return template(json!(resources));
        }
        let handed: serde_json::Map<_, _> =
            parameters.keys().map(|k| (k.clone(), json!({"value": format!("[parameters('{k}')]")}))).collect();
        template(json!([{
            "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "inner",
            "properties": {"mode": "Incremental", "expressionEvaluationOptions": {"scope": "inner"}, "parameters": handed, "template": template(json!(resources))},
        }]))
    }

    fn arm_resource(&self, r: &Resource) -> Json {
        let index = |text: String| text.replace("parameters('#')", "copyIndex()");
        let names = self.names(r).iter().map(E::arm).collect::<Vec<_>>();
        let holes = (0..names.len()).map(|i| format!("{{{i}}}")).collect::<Vec<_>>().join("/");
        let name = if names.len() == 1 { names[0].clone() } else { format!("format('{holes}', {})", names.join(", ")) };
        let mut out = json!({"type": r.type_, "apiVersion": r.version, "name": index(format!("[{name}]"))});
        let fields = out.as_object_mut().unwrap();
        if let Some(c) = &r.condition {
            fields.insert("condition".into(), c.json());
        }
        if let Some(n) = &r.count {
            fields.insert("copy".into(), json!({"name": r.symbol, "count": n.json()}));
        }
        if let Some(on) = r.extends {
            let on = self.get(on);
            let name = self.names(on).iter().map(E::arm).collect::<Vec<_>>().join(", ");
            fields.insert("scope".into(), json!(format!("[resourceId('{}', {name})]", on.type_)));
        }
        fields.extend(r.members.iter().map(|(k, v)| ((*k).to_owned(), v.json())));
        out
    }

    /// (Without a module: it would be a second file.)
    pub fn bicep(&self) -> String {
        let mut out = String::new();
        for p in parameters() {
            let name = p.name;
            match (p.only, p.type_) {
                (true, _) => {
                    let allowed = p.values.iter().map(|v| format!("\n'{}'", v.as_str().unwrap())).collect::<String>();
                    out += &format!("@allowed([{allowed}\n])\nparam {name} string\n");
                }
                (_, "secureString") => out += &format!("@secure()\nparam {name} string\n"),
                (_, type_) => out += &format!("param {name} {type_}\n"),
            }
        }
        for r in &self.resources {
            let mut name = r.name.bicep();
            if r.count.is_some() {
                name = format!("format('{{0}}{{1}}', {name}, i)");
            }
            let mut body = format!("\nname: {name}");
            for (key, symbol) in [("parent", r.parent), ("scope", r.extends)] {
                body += &symbol.map_or_else(String::new, |s| format!("\n{key}: {s}"));
            }
            body += &r.members.iter().map(|(k, v)| format!("\n{k}: {}", v.bicep())).collect::<String>();
            let body = match &r.condition {
                Some(c) => format!("if ({}) {{{body}\n}}", c.bicep()),
                None => format!("{{{body}\n}}"),
            };
            let body = match &r.count {
                Some(n) => format!("[for i in range(0, {}): {body}]", n.bicep()),
                None => body,
            };
            out += &format!("resource {} '{}@{}' = {body}\n", r.symbol, r.type_, r.version);
        }
        out
    }
}
