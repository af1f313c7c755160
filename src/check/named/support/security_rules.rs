//! The security rules of network security groups, and what their properties mean.

use std::borrow::Cow;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::check::targets::forest::Node;
use crate::check::verdict::compare::{Lit, equal};
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Found, Scope};
use crate::check::verdict::member::At;
use crate::expand::known::identity::canonical;
use crate::expand::known::{self, Truth};
use crate::expand::residual::Residual;
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

/// The other rules of a rule's group: those that are there wherever this one is, and those that may be.
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
        alike && n != s.node && group_of(&node.id).is_some_and(|group| group == above)
    };
    let found: Vec<usize> = rules.iter().copied().filter(|n| is_beside(*n)).collect();
    if found.len() > MOST_RULES {
        return Vec::new();
    }
    // What another resource writes again, or may, says last what the rule is.
    let unnamed = rules.iter().find_map(|n| nodes[*n].short_name.as_residual());
    let mut ids: FxHashMap<String, usize> = FxHashMap::default();
    rules.iter().for_each(|n| *ids.entry(canonical(&nodes[*n].id)).or_default() += 1);
    let rule = |n: usize| {
        let again = || (ids.get(&canonical(&nodes[n].id)) != Some(&1)).then_some(Doubt::AGAIN);
        let doubt = hanging(&nodes[n], own).or(unnamed.map(Doubt::by)).or_else(again);
        Rule { e, item: &nodes[n].body, doubt }
    };
    found.into_iter().map(rule).collect()
}

/// The rules of a group (a node): those that are there wherever another node is, which itself is left out, and those that may be.
/// What nobody has written, a list that is not known may have in it; that is not counted.
pub fn in_group<'e, 'a>(e: &'e Evaluator<'a>, group: usize, own: usize) -> Vec<Rule<'e, 'a>> {
    let forest = e.world.forest;
    let nodes = &forest.nodes;
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
    let strays: Vec<usize> = forest.strays_of(group).iter().copied().filter(|n| nodes[*n].is(RULES)).collect();
    if listed.len() + below.len() + strays.len() > MOST_RULES {
        return Vec::new();
    }
    // A rule of its own says last what the rule of its name is, and so may one of which nobody knows the group.
    let named = || below.iter().chain(&strays).map(|n| &nodes[*n].short_name);
    let unnamed = named().find_map(Value::as_residual);
    let mut names: FxHashMap<String, usize> = FxHashMap::default();
    named().for_each(|name| *names.entry(canonical(name)).or_default() += 1);
    let of_group = if group == own { None } else { hanging(&nodes[group], &nodes[own]) };
    let is_sure = |n: &usize| nodes[*n].hangs_on(&nodes[own]).is_none();
    let written: FxHashSet<String> =
        below.iter().filter(|n| is_sure(n)).map(|n| canonical(&nodes[*n].short_name)).collect();
    let item = |item: &'a Value| {
        let rule = |doubt| Some(Rule { e, item, doubt });
        let name = item.get("name").filter(|_| !names.is_empty());
        match name.map(|name| (name.as_residual(), canonical(name))) {
            _ if of_group.is_some() => rule(of_group),
            None => rule(if names.is_empty() { None } else { Some(Doubt::AGAIN) }),
            Some((Some(r), _)) => rule(Some(Doubt::by(r))),
            Some((None, name)) if written.contains(&name) => None,
            Some((None, name)) if names.contains_key(&name) => rule(Some(Doubt::AGAIN)),
            Some(_) => rule(unnamed.map(Doubt::by)),
        }
    };
    let below = below.iter().filter(|n| **n != own).map(|n| {
        let again = || (names.get(&canonical(&nodes[*n].short_name)) != Some(&1)).then_some(Doubt::AGAIN);
        let doubt = hanging(&nodes[*n], &nodes[own]).or(unnamed.map(Doubt::by)).or_else(again);
        Rule { e, item: &nodes[*n].body, doubt }
    });
    let strays = strays.iter().filter(|n| **n != own).map(|n| {
        let doubt = Some(Doubt { by: nodes[*n].name.as_residual() });
        Rule { e, item: &nodes[*n].body, doubt }
    });
    listed.into_iter().filter_map(item).chain(below).chain(strays).collect()
}

/// Says that something about rules is not known before deployment, and by what.
pub fn say_open<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, what: &str, by: Option<&'a Rc<Residual>>) {
    let words = match by {
        Some(r) => format!("{what} hangs on {}, which is not known before deployment", known::expression(r)),
        None => format!("{what} is not known before deployment"),
    };
    let (way, found) = (e.trail.clone(), by.map_or(Found::Missing, Found::Unknown));
    e.say(s.node, &way, found, words, true);
}

/// Why a node may not be there, though another is.
fn hanging<'a>(node: &'a Node, other: &Node) -> Option<Doubt<'a>> {
    node.hangs_on(other).map(|c| Doubt { by: c.value.as_ref().and_then(Value::as_residual) })
}

/// The id of a rule's group, with what is not known in braces.
fn group_of(id: &Value) -> Option<String> {
    canonical(id).rsplit_once("/securityrules/").map(|(group, _)| group.to_owned())
}

/// Why a rule may not be there, or may be another one's.
#[derive(Clone, Copy)]
pub struct Doubt<'a> {
    /// What decides that, if a value does.
    pub by: Option<&'a Rc<Residual>>,
}

impl<'a> Doubt<'a> {
    /// It is written more than once, and nobody knows what is last.
    const AGAIN: Doubt<'static> = Doubt { by: None };

    fn by(r: &'a Rc<Residual>) -> Self {
        Doubt { by: Some(r) }
    }
}

/// A security rule, as a resource or as an item of its group.
pub struct Rule<'e, 'a> {
    /// What follows its properties.
    pub e: &'e Evaluator<'a>,
    /// The resource, or the item.
    pub item: &'a Value,
    /// Why it may not be there.
    pub doubt: Option<Doubt<'a>>,
}

/// What a rule says of one side of its traffic.
#[derive(Default)]
pub struct Said<'a> {
    /// What it names for certain.
    pub texts: Vec<Cow<'a, str>>,
    /// It may name more than that, or is about something else.
    pub open: bool,
}

/// The properties that say what a rule is about.
const PROPERTIES: [&str; 14] = [
    "priority",
    "access",
    "direction",
    "protocol",
    "sourceAddressPrefix",
    "sourceAddressPrefixes",
    "sourcePortRange",
    "sourcePortRanges",
    "destinationAddressPrefix",
    "destinationAddressPrefixes",
    "destinationPortRange",
    "destinationPortRanges",
    "sourceApplicationSecurityGroups",
    "destinationApplicationSecurityGroups",
];

/// The priorities that there are (<https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview#security-rules>).
const PRIORITIES: (f64, f64) = (100.0, 4096.0);

impl<'a> Rule<'_, 'a> {
    fn get(&self, key: &'a str) -> At<'a> {
        self.e.follow(self.item, ["properties", key])
    }

    /// What of it is not known before deployment, if anything.
    pub fn undecided(&self) -> Option<&'a Rc<Residual>> {
        let of = |key: &&'static str| match self.get(key) {
            At::Open(r, _) => Some(r),
            At::There(v, _) => v.as_residual().or_else(|| v.as_array()?.iter().find_map(Value::as_residual)),
            At::Nowhere(_) => None,
        };
        self.doubt.and_then(|doubt| doubt.by).or_else(|| PROPERTIES.iter().find_map(of))
    }

    /// Whether it is there.
    pub fn is_there(&self) -> Truth {
        if self.doubt.is_some() { Truth::Unknown } else { Truth::True }
    }

    /// Whether it comes before another: one of the two that has no priority comes to no turn, and of two with the same one none is first.
    pub fn is_before(&self, other: &Rule<'_, 'a>) -> Truth {
        if let (At::There(own, _), At::There(other, _)) = (self.get("priority"), other.get("priority"))
            && canonical(own) == canonical(other)
        {
            return Truth::False;
        }
        match (self.priority(), other.priority()) {
            (Some((_, most)), Some((least, _))) if most < least => Truth::True,
            (Some((least, _)), Some((_, most))) if least < most => Truth::Unknown,
            _ => Truth::False,
        }
    }

    /// The least and the most that its priority may be; `None` for one that Azure refuses.
    fn priority(&self) -> Option<(f64, f64)> {
        match self.get("priority") {
            At::There(v, _) if v.is_residual() => {
                let known::Bounds { least, most } = known::bounds(v);
                Some((PRIORITIES.0.max(least as f64), PRIORITIES.1.min(most as f64)))
            }
            At::There(v, _) => {
                let is_one = |n: &f64| n.fract() == 0.0 && (PRIORITIES.0..=PRIORITIES.1).contains(n);
                number(v).filter(is_one).map(|n| (n, n))
            }
            At::Open(..) => Some(PRIORITIES),
            At::Nowhere(_) => None,
        }
    }

    /// Whether it denies inbound traffic.
    pub fn denies_inbound(&self) -> Truth {
        self.says("direction", "Inbound").and(self.says("access", "Deny"))
    }

    /// Whether it is about all of the protocol that another rule is about.
    pub fn has_protocol_of(&self, other: &Rule<'_, 'a>) -> Truth {
        let same = match (self.get("protocol"), other.get("protocol")) {
            (At::Nowhere(_), _) | (_, At::Nowhere(_)) => Truth::False,
            (At::There(own, _), At::There(other, _)) => equal(&Lit::of(own), &Lit::of(other), false),
            _ => Truth::Unknown,
        };
        self.says("protocol", "*").or(same)
    }

    /// Whether it lets in TCP from a service tag alone, at these ports alone (the first among them).
    pub fn lets_in(&self, tag: &str, ports: &[&str]) -> Truth {
        let (sources, own) = (self.source(), self.ports());
        let is_tag = sources.texts.len() <= 1 && sources.texts.iter().all(|source| source.eq_ignore_ascii_case(tag));
        let has_first = ports.first().is_some_and(|first| own.texts.iter().any(|port| port == first));
        let no_others = own.texts.iter().all(|port| ports.contains(&port.as_ref()));
        self.is_there()
            .and(self.says("direction", "Inbound"))
            .and(self.says("access", "Allow"))
            .and(self.says("protocol", "Tcp"))
            .and(is_tag.into())
            .and(sources.settles(!sources.texts.is_empty()))
            .and(no_others.into())
            .and(own.settles(has_first))
    }

    fn says(&self, key: &'static str, word: &str) -> Truth {
        match self.get(key) {
            At::There(v, _) => equal(&Lit::of(v), &Lit::Str(Cow::Borrowed(word)), false),
            At::Open(..) => Truth::Unknown,
            At::Nowhere(_) => Truth::False,
        }
    }

    /// One side of the traffic: a property for one text, one for several, and one for groups of machines.
    fn side(&self, one: &'a str, several: &'a str, groups: Option<&'a str>) -> Said<'a> {
        let mut said = Said::default();
        // Where it names groups, it is about their machines only.
        if let Some(key) = groups {
            self.add(key, &mut said, |item| item.get("id").map(|id| Cow::Owned(canonical(id))));
            if said.open || !said.texts.is_empty() {
                return said;
            }
        }
        for key in [one, several] {
            self.add(key, &mut said, |item| match &item.data {
                Data::Str(s) => Some(Cow::Borrowed(s.as_str())),
                Data::Int(i) => Some(Cow::Owned(i.to_string())),
                _ => None,
            });
        }
        said
    }

    /// Adds what a property says.
    fn add(&self, key: &'a str, said: &mut Said<'a>, text: fn(&'a Value) -> Option<Cow<'a, str>>) {
        let v = match self.get(key) {
            At::There(v, _) if says_something(v) => v,
            At::Open(..) => return said.open = true,
            _ => return,
        };
        for item in v.as_array().map_or(std::slice::from_ref(v), |items| items) {
            match text(item) {
                Some(text) => said.texts.push(text),
                None => said.open = true,
            }
        }
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

impl Said<'_> {
    /// Whether something holds of it that holds of the texts that it names for certain, or does not.
    fn settles(&self, of_texts: bool) -> Truth {
        if self.open { Truth::Unknown } else { of_texts.into() }
    }
}
