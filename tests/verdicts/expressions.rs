//! Expressions of both languages, made at random, and the parameters in them.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::OnceLock;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value as Json, json};

/// An expression of both languages.
#[derive(Debug, Clone)]
pub enum E {
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

pub use E::{Array, Bool, Int, Object, Parameter, Text};

impl E {
    pub fn arm(&self) -> String {
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
    pub fn json(&self) -> Json {
        match self {
            Text(s) => json!(s),
            Int(i) => json!(i),
            Bool(b) => json!(b),
            Object(m) => Json::Object(m.iter().map(|(k, v)| ((*k).to_owned(), v.json())).collect()),
            Array(l) => l.iter().map(E::json).collect(),
            other => json!(format!("[{}]", other.arm())),
        }
    }

    pub fn bicep(&self) -> String {
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
pub struct Given {
    pub name: &'static str,
    pub type_: &'static str,
    pub values: Vec<Json>,
    pub only: bool,
}

pub fn parameters() -> &'static [Given] {
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

pub fn text(known: &[&'static str], parameter: &'static str) -> BoxedStrategy<E> {
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

pub fn condition() -> BoxedStrategy<E> {
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

pub fn flag() -> BoxedStrategy<E> {
    prop_oneof![
        2 => condition(),
        1 => Just(E::Member(Box::new(Parameter("settings")), "open")),
        1 => (condition(), any::<bool>(), condition()).prop_map(|(c, b, d)| E::If(Box::new(c), Box::new(Bool(b)), Box::new(d))),
    ]
    .boxed()
}

pub fn number() -> BoxedStrategy<E> {
    prop_oneof![
        Just(Parameter("days")),
        Just(E::Member(Box::new(Parameter("settings")), "days")),
        (condition(), 0i64..120).prop_map(|(c, i)| E::If(Box::new(c), Box::new(Int(i)), Box::new(Parameter("days")))),
        (0i64..120).prop_map(Int),
    ]
    .boxed()
}

/// An object, or something that may be one.
pub fn some_object(members: Vec<(&'static str, E)>) -> BoxedStrategy<E> {
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

pub fn some_array(items: Vec<E>) -> BoxedStrategy<E> {
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
