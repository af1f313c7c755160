//! What a verdict may say where less is known: the same, or that it is not known; never the opposite.
//!
//! `PROPTEST_CASES=1000 cargo test --release --test verdicts` tries many.
//!
//! Templates are made at random, in both languages. Each is judged by all rules with the values of all parameters, and again
//! with some of them hidden. The values are drawn from those that the parameters allow, so this also says that whatever is
//! filled in was among what was thought possible.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use armlint::check::{self, CheckInput, CheckResult, Outcome};
use armlint::expand::{Context, Limits, Value, expand};
use armlint::model::{Library, NoFiles, arm};
use armlint::read::Sources;
use armlint::read::json::Document;
use armlint::rules::{RuleSet, Selection, Settings};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value as Json, json};

/// An expression of both languages.
#[derive(Debug, Clone)]
enum E {
    Text(&'static str),
    Int(i64),
    Bool(bool),
    Parameter(&'static str),
    Equals(Box<E>, Box<E>),
    Not(Box<E>),
    /// All, or any, of two.
    Both(bool, Box<E>, Box<E>),
    If(Box<E>, Box<E>, Box<E>),
    Call(&'static str, Vec<E>),
    Member(Box<E>, &'static str),
    /// A table that is looked up.
    Lookup(Vec<(&'static str, E)>, Box<E>),
    Object(Vec<(&'static str, E)>),
    Array(Vec<E>),
}

use E::{Array, Bool, Int, Object, Parameter, Text};

impl E {
    fn arm(&self) -> String {
        let members =
            |m: &[(&str, E)]| m.iter().map(|(k, v)| format!("'{k}', {}", v.arm())).collect::<Vec<_>>().join(", ");
        let list = |l: &[E]| l.iter().map(E::arm).collect::<Vec<_>>().join(", ");
        match self {
            Text(s) => format!("'{s}'"),
            Int(i) => i.to_string(),
            Bool(b) => format!("{b}()"),
            Parameter(p) => format!("parameters('{p}')"),
            E::Equals(a, b) => format!("equals({}, {})", a.arm(), b.arm()),
            E::Not(a) => format!("not({})", a.arm()),
            E::Both(all, a, b) => format!("{}({}, {})", if *all { "and" } else { "or" }, a.arm(), b.arm()),
            E::If(c, a, b) => format!("if({}, {}, {})", c.arm(), a.arm(), b.arm()),
            E::Call(name, args) => format!("{name}({})", list(args)),
            E::Member(base, key) => format!("{}.{key}", base.arm()),
            E::Lookup(table, key) => format!("createObject({})[{}]", members(table), key.arm()),
            Object(m) => format!("createObject({})", members(m)),
            Array(l) => format!("createArray({})", list(l)),
        }
    }

    /// As a value of an ARM template: what is written out stays JSON.
    fn json(&self) -> Json {
        match self {
            Text(s) => json!(s),
            Int(i) => json!(i),
            Bool(b) => json!(b),
            Object(m) => Json::Object(m.iter().map(|(k, v)| ((*k).to_owned(), v.json())).collect()),
            Array(l) => l.iter().map(E::json).collect(),
            other => json!(format!("[{}]", other.arm())),
        }
    }

    fn bicep(&self) -> String {
        let members = |m: &[(&str, E)]| m.iter().map(|(k, v)| format!("\n'{k}': {}", v.bicep())).collect::<String>();
        match self {
            Text(s) => format!("'{s}'"),
            Int(i) => i.to_string(),
            Bool(b) => b.to_string(),
            Parameter(p) => (*p).to_owned(),
            E::Equals(a, b) => format!("({} == {})", a.bicep(), b.bicep()),
            E::Not(a) => format!("!({})", a.bicep()),
            E::Both(all, a, b) => format!("({} {} {})", a.bicep(), if *all { "&&" } else { "||" }, b.bicep()),
            E::If(c, a, b) => format!("({} ? {} : {})", c.bicep(), a.bicep(), b.bicep()),
            E::Call(name, args) => format!("{name}({})", args.iter().map(E::bicep).collect::<Vec<_>>().join(", ")),
            E::Member(base, key) => format!("{}.{key}", base.bicep()),
            E::Lookup(table, key) => format!("{{{}\n}}[{}]", members(table), key.bicep()),
            Object(m) => format!("{{{}\n}}", members(m)),
            Array(l) => format!("[{}\n]", l.iter().map(|v| format!("\n{}", v.bicep())).collect::<String>()),
        }
    }
}

/// A parameter: its name, its type, and the values that it is given; all of them are allowed if `only`.
struct Given {
    name: &'static str,
    type_: &'static str,
    values: Vec<Json>,
    only: bool,
}

fn parameters() -> &'static [Given] {
    static ALL: OnceLock<Vec<Given>> = OnceLock::new();
    ALL.get_or_init(|| {
        let given = |name, type_, values: Json, only| {
            let Json::Array(values) = values else { panic!() };
            Given { name, type_, values, only }
        };
        let rule = |name: &str, source: &str, port: &str| {
            json!({"name": name, "properties": {"protocol": "Tcp", "access": "Allow", "direction": "Inbound", "priority": 100,
                "sourceAddressPrefix": source, "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": port}})
        };
        vec![
            given("tls", "string", json!(["TLS1_0", "TLS1_2"]), true),
            given("sku", "string", json!(["Standard_LRS", "Standard_GRS", "Premium_LRS"]), true),
            given("stage", "string", json!(["dev", "prod"]), false),
            given("name", "string", json!(["app", "App_1", "a"]), false),
            given("on", "bool", json!([true, false]), false),
            given("open", "bool", json!([true, false]), false),
            given("days", "int", json!([0, 5, 30, 100]), false),
            given("number", "int", json!([0, 1, 2, 3]), false),
            given("secret", "secureString", json!(["P4ss!word"]), false),
            given("settings", "object", json!([{"tls": "TLS1_2", "open": false, "days": 30}, {"tls": "TLS1_0", "open": true, "days": 1}]), false),
            given("tags", "object", json!([{}, {"env": "prod"}, {"env": ""}]), false),
            given(
                "items",
                "array",
                json!([[], [rule("a", "*", "3389")], [rule("b", "10.0.0.0/8", "443"), rule("c", "Internet", "22")]]),
                false,
            ),
            given("location", "string", json!(["westeurope", "eastus", "global"]), false),
        ]
    })
}

fn text(known: &[&'static str], parameter: &'static str) -> BoxedStrategy<E> {
    let known = known.to_vec();
    let leaf = prop_oneof![2 => select(known.clone()).prop_map(Text), 3 => Just(Parameter(parameter))];
    leaf.prop_recursive(2, 6, 3, move |inner| {
        let looked_up = (inner.clone(), inner.clone(), select(vec!["stage", "name"]))
            .prop_map(|(a, b, key)| E::Lookup(vec![("dev", a.clone()), ("prod", b), ("app", a.clone()), ("App_1", a.clone()), ("a", a)], Box::new(Parameter(key))));
        prop_oneof![
            3 => (condition(), inner.clone(), inner.clone()).prop_map(|(c, a, b)| E::If(Box::new(c), Box::new(a), Box::new(b))),
            2 => looked_up,
            1 => inner.clone().prop_map(|a| E::Call("format", vec![Text("{0}"), a])),
            1 => inner.clone().prop_map(|a| E::Call("coalesce", vec![a, Text("x")])),
            1 => (select(vec!["toLower", "toUpper", "trim"]), inner).prop_map(|(f, a)| E::Call(f, vec![a])),
        ]
    })
    .boxed()
}

fn condition() -> BoxedStrategy<E> {
    let leaf = prop_oneof![
        3 => select(vec!["on", "open"]).prop_map(Parameter),
        2 => select(vec!["dev", "prod", "other"]).prop_map(|s| E::Equals(Box::new(Parameter("stage")), Box::new(Text(s)))),
        1 => Just(E::Equals(Box::new(Parameter("tls")), Box::new(Text("TLS1_2")))),
        1 => Just(E::Call("empty", vec![Parameter("items")])),
        1 => Just(E::Call("contains", vec![Parameter("tags"), Text("env")])),
        1 => (0i64..4).prop_map(|i| E::Call("greater", vec![Parameter("number"), Int(i)])),
        1 => any::<bool>().prop_map(Bool),
    ];
    // Bicep writes `>`, not a function.
    let leaf = leaf.prop_map(|e| match e {
        E::Call("greater", args) => E::Equals(Box::new(args[0].clone()), Box::new(args[1].clone())),
        other => other,
    });
    leaf.prop_recursive(2, 4, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|a| E::Not(Box::new(a))),
            (any::<bool>(), inner.clone(), inner).prop_map(|(all, a, b)| E::Both(all, Box::new(a), Box::new(b))),
        ]
    })
    .boxed()
}

fn flag() -> BoxedStrategy<E> {
    prop_oneof![
        2 => condition(),
        1 => Just(E::Member(Box::new(Parameter("settings")), "open")),
        1 => (condition(), any::<bool>(), condition()).prop_map(|(c, b, d)| E::If(Box::new(c), Box::new(Bool(b)), Box::new(d))),
    ]
    .boxed()
}

fn number() -> BoxedStrategy<E> {
    prop_oneof![
        Just(Parameter("days")),
        Just(E::Member(Box::new(Parameter("settings")), "days")),
        (condition(), 0i64..120).prop_map(|(c, i)| E::If(Box::new(c), Box::new(Int(i)), Box::new(Parameter("days")))),
        (0i64..120).prop_map(Int),
    ]
    .boxed()
}

/// An object, or something that may be one.
fn some_object(members: Vec<(&'static str, E)>) -> BoxedStrategy<E> {
    (condition(), 0..5u8)
        .prop_map(move |(c, how)| {
            let own = Object(members.clone());
            match how {
                0 => E::If(Box::new(c), Box::new(own), Box::new(Object(Vec::new()))),
                1 => E::Call("union", vec![Parameter("tags"), own]),
                2 => {
                    let or_nothing = E::If(Box::new(c), Box::new(own.clone()), Box::new(Object(Vec::new())));
                    E::Call("union", vec![Object(vec![("other", Text("x"))]), or_nothing])
                }
                _ => own,
            }
        })
        .boxed()
}

fn some_array(items: Vec<E>) -> BoxedStrategy<E> {
    (condition(), 0..6u8)
        .prop_map(move |(c, how)| {
            let own = Array(items.clone());
            match how {
                0 => E::If(Box::new(c), Box::new(own), Box::new(Array(Vec::new()))),
                1 => E::Call("concat", vec![Parameter("items"), own]),
                2 => Parameter("items"),
                3 => E::If(Box::new(c), Box::new(Parameter("items")), Box::new(own)),
                _ => own,
            }
        })
        .boxed()
}

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
struct Deployment {
    resources: Vec<Resource>,
    nested: bool,
}

fn deployment() -> BoxedStrategy<Deployment> {
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

    fn arm(&self) -> Json {
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
    fn bicep(&self) -> String {
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

fn all_rules() -> &'static RuleSet {
    static ALL: OnceLock<RuleSet> = OnceLock::new();
    ALL.get_or_init(|| RuleSet::select(&Selection::default()).unwrap())
}

/// The verdicts of all rules on a template (ARM, or Bicep in a file), with these values for parameters.
fn judged(template: &Source<'_>, values: &BTreeMap<&str, Json>) -> Vec<CheckResult> {
    let sources = Arc::new(Sources::new());
    let given: serde_json::Map<_, _> = values.iter().map(|(k, v)| ((*k).to_owned(), json!({"value": v}))).collect();
    let given = json!({"parameters": given}).to_string();
    let parameters = arm::parameters::load(&Document::parse(&sources.add("/given.json", given)));
    let deployed = match template {
        Source::Arm(json) => {
            let template =
                arm::load(&Document::parse(&sources.add("/main.json", json.to_string())), &mut Vec::new()).unwrap();
            let context = context(template.scope);
            expand(&NoFiles, template, Some(&parameters), context, Limits::default())
        }
        Source::Bicep(file) => {
            let library = Library::new(sources.clone(), file.parent().unwrap(), None);
            let template = library.open(file).unwrap();
            let context = context(template.scope);
            expand(&library, template, Some(&parameters), context, Limits::default())
        }
    };
    let wrong: Vec<_> =
        deployed.diagnostics.iter().filter(|d| d.code == "bicep-syntax" || d.code.starts_with("json")).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let input = CheckInput {
        deployed: Some(&deployed),
        root_name: "main".into(),
        ..CheckInput::at("2026-07-09T00:00:00Z".parse().unwrap())
    };
    check::check(&input, all_rules(), &Settings::new())
}

fn context(scope: armlint::model::ScopeKind) -> Context {
    Context {
        subscription_id: Some(Value::str("sub")),
        resource_group: Some(Value::str("rg")),
        location: Some(Value::str("eastus")),
        snapshot: false,
        ..Context::unknown(scope)
    }
}

enum Source<'s> {
    Arm(&'s Json),
    Bicep(&'s Path),
}

/// What is said of each rule and type.
fn by_rule(results: &[CheckResult]) -> BTreeMap<(&str, &str), Vec<&CheckResult>> {
    let mut out: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for r in results {
        out.entry((r.rule.id.as_str(), r.target.type_.as_str())).or_default().push(r);
    }
    out
}

/// The opposite of a verdict; `unknown` has none.
fn contradicts(open: Outcome, whole: Outcome) -> bool {
    let good = |o| matches!(o, Outcome::Pass | Outcome::None);
    open == Outcome::Fail && good(whole) || good(open) && whole == Outcome::Fail
}

/// The first contradiction between what is said with less and with all known.
fn contradiction(open: &[CheckResult], whole: &[CheckResult]) -> Option<String> {
    let known = by_rule(whole);
    for (key, open) in by_rule(open) {
        let Some(whole) = known.get(&key) else { continue };
        // One may stand for several. Of the same number, each is judged like the one at its place.
        let pairs: Vec<_> = match open.as_slice() {
            [one] => whole.iter().map(|w| (one, w)).collect(),
            many if many.len() == whole.len() => many.iter().zip(whole).collect(),
            _ => continue,
        };
        if let Some((o, w)) = pairs.into_iter().find(|(o, w)| contradicts(o.outcome, w.outcome)) {
            return Some(format!(
                "{} on {} {}\nless known: {} {}\nall known:  {} {}",
                key.0,
                key.1,
                o.target.name,
                o.outcome.as_str(),
                o.message,
                w.outcome.as_str(),
                w.message
            ));
        }
    }
    None
}

fn values() -> BoxedStrategy<BTreeMap<&'static str, Json>> {
    let one = |p: &'static Given| select(p.values.clone()).prop_map(move |v| (p.name, v));
    parameters().iter().map(one).collect::<Vec<_>>().prop_map(|all| all.into_iter().collect()).boxed()
}

/// Which parameters are hidden: one, some, or all.
fn hidden() -> BoxedStrategy<Vec<&'static str>> {
    let names: Vec<&'static str> = parameters().iter().map(|p| p.name).collect();
    prop_oneof![
        2 => select(names.clone()).prop_map(|n| vec![n]),
        2 => prop::sample::subsequence(names.clone(), 2..6),
        1 => Just(names),
    ]
    .boxed()
}

/// How many templates are made: few where nobody asks for more, since a build that is not optimised takes seconds for each.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn with_less_known_no_verdict_is_the_opposite(deployment in deployment(), values in values(), hidden in prop::collection::vec(hidden(), 3)) {
        let template = deployment.arm();
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("main.bicep");
        std::fs::write(&file, deployment.bicep()).unwrap();
        for source in [Source::Arm(&template), Source::Bicep(&file)] {
            let whole = judged(&source, &values);
            for hidden in &hidden {
                let mut some = values.clone();
                some.retain(|name, _| !hidden.contains(name));
                if let Some(found) = contradiction(&judged(&source, &some), &whole) {
                    let shown = match source {
                        Source::Arm(json) => serde_json::to_string_pretty(&json["resources"]).unwrap(),
                        Source::Bicep(_) => deployment.bicep(),
                    };
                    prop_assert!(false, "hidden: {:?} of {:?}\n{}\n{}", hidden, values, found, shown);
                }
            }
        }
    }
}
