//! The security rules of network security groups, and what their properties mean.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use crate::check::verdict::compare::Lit;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::check::verdict::member::At;
use crate::expand::known;
use crate::expand::known::identity::canonical;
use crate::expand::{Data, Value};

/// Rules as resources of their own.
pub const RULES: &str = "Microsoft.Network/networkSecurityGroups/securityRules";

/// So many rules of a group are held against one another, each against all; few groups have a tenth of that. Of a larger one
/// nothing is certain, and its rules are taken for open.
const MOST_RULES: usize = 300;

/// So many resources are looked through for rules whose group is declared elsewhere.
const MOST_NODES: usize = 300;

/// The tag of all addresses outside of the virtual network.
pub const INTERNET: &str = "Internet";

/// Whether a protocol, an address or a port stands for all of them.
pub fn is_any(text: &str) -> bool {
    text == "*" || text.eq_ignore_ascii_case("Any")
}

/// A priority.
pub fn number(v: &Value) -> Option<f64> {
    Lit::of(v).text().and_then(|t| t.parse().ok())
}

/// Whether a property limits the traffic that a rule is about.
pub fn says_something(v: &Value) -> bool {
    match &v.data {
        Data::Null => false,
        Data::Str(s) => !s.is_empty(),
        Data::Array(items) => !items.is_empty(),
        _ => true,
    }
}

/// The other rules of a rule's group, as far as they are there for certain wherever this one is.
pub fn beside<'e, 'a>(e: &'e Evaluator<'a>, s: Scope<'a>) -> Vec<Rule<'e, 'a>> {
    let (nodes, own) = (&e.world.forest.nodes, &e.world.forest.nodes[s.node]);
    if let Some(group) = if s.item { Some(s.node) } else { own.parent } {
        return in_group(e, group, s.node);
    }
    let Some(above) = group_of(&own.id).filter(|_| nodes.len() <= MOST_NODES) else { return Vec::new() };
    let rules: Vec<usize> = (0..nodes.len()).filter(|n| nodes[*n].is(RULES)).collect();
    let is_beside = |n: usize| {
        let node = &nodes[n];
        let alike = node.parent.is_none() && node.declared_in == own.declared_in;
        alike && n != s.node && node.hangs_on(own).is_none() && group_of(&node.id).is_some_and(|group| group == above)
    };
    let found: Vec<usize> = rules.iter().copied().filter(|n| is_beside(*n)).collect();
    // What another resource writes again, or may, says last what the rule is.
    if found.len() > MOST_RULES || rules.iter().any(|n| nodes[*n].short_name.is_residual()) {
        return Vec::new();
    }
    let mut ids: FxHashMap<String, usize> = FxHashMap::default();
    rules.iter().for_each(|n| *ids.entry(canonical(&nodes[*n].id)).or_default() += 1);
    let once = |n: &usize| ids.get(&canonical(&nodes[*n].id)) == Some(&1);
    found.into_iter().filter(once).map(|n| Rule { e, item: &nodes[n].body }).collect()
}

/// The rules of a group (a node), as far as they are there for certain wherever another node is, which itself is left out.
pub fn in_group<'e, 'a>(e: &'e Evaluator<'a>, group: usize, own: usize) -> Vec<Rule<'e, 'a>> {
    let forest = e.world.forest;
    let nodes = &forest.nodes;
    let is_sure = |n: usize| n != own && nodes[n].hangs_on(&nodes[own]).is_none();
    let listed = match e.follow(&nodes[group].body, ["properties", "securityRules"]) {
        At::There(list, _) => match &list.data {
            Data::Array(items) => items.iter().collect(),
            // What is joined to a list takes nothing out of it.
            Data::Residual(r) => known::joined(r).map(|list| list.items).unwrap_or_default(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    let below: Vec<usize> = nodes[group].children.iter().copied().filter(|n| nodes[*n].is(RULES)).collect();
    if listed.len() + below.len() > MOST_RULES {
        return Vec::new();
    }
    // A rule of its own says last what the rule of its name is, and so may one of which nobody knows the group.
    let perhaps = forest.strays_of(group).iter().copied().filter(|n| nodes[*n].is(RULES));
    let named: Vec<&Value> = below.iter().copied().chain(perhaps).map(|n| &nodes[n].short_name).collect();
    let any = named.iter().any(|name| name.is_residual());
    let mut names: FxHashMap<String, usize> = FxHashMap::default();
    named.iter().for_each(|name| *names.entry(canonical(name)).or_default() += 1);
    let stays = |item: &&Value| {
        let name = item.get("name").and_then(Value::as_str);
        names.is_empty() || !any && name.is_some_and(|name| !names.contains_key(&canonical(&Value::str(name.clone()))))
    };
    let once = |n: &usize| !any && names.get(&canonical(&nodes[*n].short_name)) == Some(&1);
    let listed = listed.into_iter().filter(|_| group == own || is_sure(group)).filter(stays);
    let below = below.iter().copied().filter(|n| is_sure(*n)).filter(once).map(|n| &nodes[n].body);
    listed.chain(below).map(|item| Rule { e, item }).collect()
}

/// The id of a rule's group, with what is not known in braces.
fn group_of(id: &Value) -> Option<String> {
    canonical(id).rsplit_once("/securityrules/").map(|(group, _)| group.to_owned())
}

/// A security rule, as a resource or as an item of its group.
pub struct Rule<'e, 'a> {
    /// What follows its properties.
    pub e: &'e Evaluator<'a>,
    /// The resource, or the item.
    pub item: &'a Value,
}

/// What a rule says of one side of its traffic.
pub enum Said<'a> {
    /// These, and nothing else.
    Texts(Vec<Cow<'a, str>>),
    /// Nobody knows, or it says that in another way.
    Open,
}

impl<'a> Said<'a> {
    /// What it names for certain.
    pub fn texts(&self) -> &[Cow<'a, str>] {
        if let Said::Texts(texts) = self { texts } else { &[] }
    }
}

impl<'a> Rule<'_, 'a> {
    fn get(&self, key: &'a str) -> At<'a> {
        self.e.follow(self.item, ["properties", key])
    }

    /// A property that is a text for certain.
    pub fn text(&self, key: &'a str) -> Option<&'a str> {
        if let At::There(v, _) = self.get(key) { v.as_str().map(|s| s.as_str()) } else { None }
    }

    /// Its priority, if that is known.
    pub fn priority(&self) -> Option<f64> {
        if let At::There(v, _) = self.get("priority") { number(v) } else { None }
    }

    /// Whether it denies inbound traffic for certain.
    pub fn denies_inbound(&self) -> bool {
        self.says("direction", "Inbound") && self.says("access", "Deny")
    }

    /// Whether it lets in TCP from a service tag alone, at these ports alone (the first among them), for certain.
    pub fn lets_in(&self, tag: &str, ports: &[&str]) -> bool {
        let (sources, own) = (self.source(), self.ports());
        let (sources, own) = (sources.texts(), own.texts());
        self.says("direction", "Inbound")
            && self.says("access", "Allow")
            && self.says("protocol", "Tcp")
            && matches!(sources, [source] if source.eq_ignore_ascii_case(tag))
            && ports.first().is_some_and(|first| own.iter().any(|port| port == first))
            && own.iter().all(|port| ports.contains(&port.as_ref()))
    }

    fn says(&self, key: &'static str, word: &str) -> bool {
        self.text(key).is_some_and(|s| s.eq_ignore_ascii_case(word))
    }

    /// One side of the traffic: a property for one text, one for several, and one for groups of machines.
    fn side(&self, one: &'a str, several: &'a str, groups: Option<&'a str>) -> Said<'a> {
        let given = |key: &'a str| match self.get(key) {
            At::There(v, _) => Ok(Some(v).filter(|v| says_something(v))),
            At::Nowhere(_) => Ok(None),
            At::Open(..) => Err(()),
        };
        if groups.is_some_and(|key| !matches!(given(key), Ok(None))) {
            return Said::Open;
        }
        let mut texts = Vec::new();
        for key in [one, several] {
            let items: &[Value] = match given(key) {
                Err(()) => return Said::Open,
                Ok(None) => continue,
                Ok(Some(v)) => v.as_array().map_or(std::slice::from_ref(v), |items| items),
            };
            for item in items {
                match &item.data {
                    Data::Str(s) => texts.push(Cow::Borrowed(s.as_str())),
                    Data::Int(i) => texts.push(Cow::Owned(i.to_string())),
                    _ => return Said::Open,
                }
            }
        }
        Said::Texts(texts)
    }

    /// Where the traffic comes from.
    pub fn source(&self) -> Said<'a> {
        self.side("sourceAddressPrefix", "sourceAddressPrefixes", Some("sourceApplicationSecurityGroups"))
    }

    /// Where it goes.
    pub fn destination(&self) -> Said<'a> {
        let groups = Some("destinationApplicationSecurityGroups");
        self.side("destinationAddressPrefix", "destinationAddressPrefixes", groups)
    }

    /// The ports that it comes from.
    pub fn source_ports(&self) -> Said<'a> {
        self.side("sourcePortRange", "sourcePortRanges", None)
    }

    /// The ports that it goes to.
    pub fn ports(&self) -> Said<'a> {
        self.side("destinationPortRange", "destinationPortRanges", None)
    }
}
