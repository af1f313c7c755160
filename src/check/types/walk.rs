//! Values against types.

use super::elsewhere::{Elsewhere, find};
use super::kinds::kind;
use super::nearest::{nearest, slip};
use super::open::{may_be, may_be_null};
use super::{At, Held, Kind as Wrong, Kinds, Mistake, Open, words};
use crate::check::targets::forest::Node;
use crate::expand::known::secret::tells;
use crate::expand::residual::Node as Expression;
use crate::expand::{Data, Object, Value};
use crate::model::Template;
use crate::nesting;
use crate::types::{Array, Damaged, Discriminated, Integer, Kind, Property, Resource, ResourceType, Text, Type};

/// So much that is wrong is told of one resource; after it, nobody reads on.
const MOST: usize = 60;

/// What every resource can say, whatever its type.
const ENVELOPE: &[&str] = &[
    "name",
    "type",
    "apiVersion",
    "id",
    "scope",
    "dependsOn",
    "comments",
    "condition",
    "copy",
    "resources",
    "metadata",
    "asserts",
    "existing",
    "location",
    "tags",
    "subscriptionId",
    "resourceGroup",
];

/// A walk through a resource.
pub struct Walk<'v> {
    /// What it came across so far.
    pub held: Held,
    noted: Kinds,
    resource_type: ResourceType<'static>,
    version: Resource<'static>,
    short_name: &'v Value,
    /// Declares the parameters that have no value.
    root: &'v Template,
    way: Vec<At>,
    /// The names on the way; nothing for items.
    names: Vec<Option<&'v str>>,
}

type Done = Result<(), Damaged>;

impl<'v> Walk<'v> {
    /// Through a node of a type in an API version.
    pub fn new(
        resource_type: ResourceType<'static>,
        version: Resource<'static>,
        node: &'v Node,
        root: &'v Template,
    ) -> Self {
        let (held, noted, way, names) = Default::default();
        Walk { held, noted, resource_type, version, short_name: &node.short_name, root, way, names }
    }

    /// Notes a mistake in what the walk has come to.
    pub fn say(&mut self, kind: Wrong, words: String, key: bool) {
        self.held.mistakes.push(Mistake { kind, way: self.way.clone(), words, key });
    }

    /// Notes that what the walk has come to is not known, and what can be wrong with it.
    pub fn undecided(&mut self, kinds: Kinds) {
        let kinds = kinds.without(self.noted);
        if !kinds.is_empty() {
            self.noted = self.noted.with(kinds);
            let open = Open::new(kinds, self.way.clone(), &self.path());
            self.held.open.push(open);
        }
    }

    /// Whether nobody would read on.
    fn is_enough(&self) -> bool {
        self.held.mistakes.len() >= MOST
    }

    /// The resource as a whole.
    pub fn body(&mut self, body: &'v Object) -> Done {
        match &*kind(self.version.body)? {
            Kind::Object(o) if self.is_another(&o.properties)? => {
                let at = body.members.iter().position(|m| m.key.eq_ignore_ascii_case("name"));
                at.map_or(Ok(()), |at| self.name(at, &o.properties))
            }
            Kind::Object(o) => self.object(body, &o.properties, o.additional, nesting::TYPE.levels()),
            Kind::Discriminated(d) => self.discriminated(body, d, nesting::TYPE.levels()),
            _ => Ok(()),
        }
    }

    fn is_body(&self) -> bool {
        self.way.is_empty()
    }

    /// Does something a step further on.
    fn at(&mut self, step: At, name: Option<&'v str>, go: impl FnOnce(&mut Self) -> Done) -> Done {
        self.way.push(step);
        self.names.push(name);
        let done = go(self);
        self.way.pop();
        self.names.pop();
        done
    }

    /// Where the walk is, as messages write it.
    fn path(&self) -> String {
        self.path_of(self.way.len())
    }

    /// The first steps to where the walk is.
    fn path_of(&self, steps: usize) -> String {
        let mut out = String::new();
        for (name, step) in self.names.iter().zip(&self.way).take(steps) {
            match (name, step) {
                (_, At::Item(i)) => out.push_str(&format!("[{i}]")),
                (Some(name), _) if name.contains(['.', '[', '\'']) => out.push_str(&format!("['{name}']")),
                (Some(name), _) => {
                    out.push_str(if out.is_empty() { "" } else { "." });
                    out.push_str(name);
                }
                (None, _) => {}
            }
        }
        out
    }

    fn of_version(&self) -> String {
        format!("{}@{}", self.resource_type.name, self.version.api_version)
    }

    /// A value and what its type is; `depth` is how far down to go.
    fn value(&mut self, value: &'v Value, kind: &Kind<'static>, depth: usize) -> Done {
        if self.is_enough() || depth == 0 {
            return Ok(());
        }
        if value.origin.assumed {
            self.undecided(may_be(value, kind, self.root));
            return Ok(());
        }
        match (kind, &value.data) {
            (Kind::Any, _) | (_, Data::Null) => Ok(()),
            (_, Data::Residual(r)) => match (kind, &r.node) {
                // What is written for each item is wrong, however many there will be.
                (Kind::Array(a), Expression::Loop { item, .. }) => {
                    if a.min.is_some() || a.max.is_some() {
                        self.undecided(Kinds::of(&[Wrong::Length]));
                    }
                    self.items(std::slice::from_ref(item), a, depth)
                }
                _ => {
                    self.undecided(may_be(value, kind, self.root));
                    Ok(())
                }
            },
            (Kind::Object(o), Data::Object(v)) => self.object(v, &o.properties, o.additional, depth),
            (Kind::Discriminated(d), Data::Object(v)) => self.discriminated(v, d, depth),
            (Kind::Array(a), Data::Array(v)) => {
                self.length(value, "item", v.len(), (a.min, a.max));
                self.items(v, a, depth)
            }
            (Kind::Integer(bounds), Data::Int(n)) => {
                self.bounds(*n, *bounds);
                Ok(())
            }
            // The published types have no other numbers, and say `integer` of those with a fraction as well.
            (Kind::Integer(_), Data::Float(_)) => Ok(()),
            (Kind::Bool, Data::Bool(_)) => Ok(()),
            (Kind::Text(t), Data::Str(s)) => {
                self.text(value, s, t);
                Ok(())
            }
            (Kind::Literal(literal), Data::Str(s)) => {
                self.one_of(value, s, &[literal], false);
                Ok(())
            }
            (Kind::Union(list), Data::Str(s)) => {
                let (literals, open) = literals(list)?;
                self.one_of(value, s, &literals, open);
                Ok(())
            }
            _ => {
                self.other_type(value, kind);
                Ok(())
            }
        }
    }

    fn other_type(&mut self, value: &Value, kind: &Kind<'static>) {
        let notation = match (kind, &value.data) {
            // As good as nothing to most services, and what `any('')` stands for in many modules.
            (_, Data::Str(s)) if s.is_empty() => true,
            (Kind::Bool, Data::Int(0 | 1)) => true,
            (Kind::Bool, Data::Str(s)) => s.eq_ignore_ascii_case("true") || s.eq_ignore_ascii_case("false"),
            (Kind::Integer(_), Data::Str(s)) => s.parse::<f64>().is_ok(),
            (Kind::Text(_) | Kind::Union(_) | Kind::Literal(_), Data::Bool(_) | Data::Int(_) | Data::Float(_)) => true,
            _ => false,
        };
        let words = format!(
            "`{}` is {}, where {} expects {}",
            self.path(),
            words::value(value),
            self.of_version(),
            words::wanted(kind)
        );
        self.say(if notation { Wrong::Notation } else { Wrong::Type }, words, false);
    }

    fn items(&mut self, items: &'v [Value], array: &Array<'static>, depth: usize) -> Done {
        let kind = kind(array.item)?;
        if matches!(*kind, Kind::Any) {
            return Ok(());
        }
        for (i, item) in items.iter().enumerate() {
            self.at(At::Item(i), None, |w| w.value(item, &kind, depth - 1))?;
        }
        Ok(())
    }

    fn discriminated(&mut self, v: &'v Object, d: &Discriminated<'static>, depth: usize) -> Done {
        let at = v.members.iter().position(|m| m.key.eq_ignore_ascii_case(d.discriminator));
        // The name that tells a resource's shape is its last part.
        let is_name = self.is_body() && d.discriminator.eq_ignore_ascii_case("name");
        let value = if is_name { Some(self.short_name) } else { at.and_then(|i| v.members.get(i)).map(|m| &m.value) };
        let names: Vec<&str> = d.elements.iter().map(|(name, _)| *name).collect();
        let Some(value) = value.filter(|v| !v.is_null()) else {
            // Azure takes the default where there is one.
            if !is_open(v) && !names.is_empty() && !names.contains(&"Default") {
                let (path, version) = (self.path_to(d.discriminator), self.of_version());
                let words = format!(
                    "`{path}` is missing, which tells what the rest of {version} is: {}",
                    words::choices(&names)
                );
                self.at(At::Missing(d.discriminator), Some(d.discriminator), |w| {
                    w.say(Wrong::Missing, words, false);
                    Ok(())
                })?;
            }
            return Ok(());
        };
        let Some(text) = value.as_str() else {
            self.undecided(Kinds::IN_VALUES);
            return Ok(());
        };
        let Some((_, element)) = d.elements.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) else {
            // Where the types know one shape, there are others that nobody has described. Of the names of resources (`virtualNetwork` of
            // a site's configuration) there are others in any case.
            let is_wrong = if is_name { slip(text, &names).is_some() } else { !value.origin.assumed };
            if let (true, true, Some(at)) = (names.len() > 1, is_wrong, at) {
                let path = self.path_to(d.discriminator);
                let words = format!(
                    "`{path}` is {}, which {} does not know{}",
                    words::value(value),
                    self.of_version(),
                    meant(text, &names)
                );
                self.at(At::Member(at), Some(d.discriminator), |w| {
                    w.say(Wrong::Discriminator, words, false);
                    Ok(())
                })?;
            }
            return Ok(());
        };
        let element = kind(*element)?;
        let Kind::Object(element) = &*element else { return Ok(()) };
        let own = |p: &&Property<'static>| !element.properties.iter().any(|e| e.name == p.name);
        let all: Vec<_> = element.properties.iter().chain(d.properties.iter().filter(own)).copied().collect();
        self.object(v, &all, element.additional, depth)
    }

    fn object(
        &mut self,
        v: &'v Object,
        known: &[Property<'static>],
        additional: Option<Type<'static>>,
        depth: usize,
    ) -> Done {
        let additional = additional.map(kind).transpose()?;
        for (i, member) in v.members.iter().enumerate() {
            if self.is_enough() {
                return Ok(());
            }
            let key = member.key.as_str();
            // A key that is not decided, or what a person wrote for another.
            if key.starts_with('[') {
                self.at(At::Member(i), Some(key), |w| {
                    w.undecided(Kinds::IN_VALUES);
                    Ok(())
                })?;
                continue;
            }
            if key.starts_with('$') {
                continue;
            }
            if self.is_body() && ENVELOPE.iter().any(|e| e.eq_ignore_ascii_case(key)) {
                if key.eq_ignore_ascii_case("name") {
                    self.name(i, known)?;
                }
                continue;
            }
            let property = known.iter().find(|p| p.name.eq_ignore_ascii_case(key));
            // What is null is left out.
            if member.value.is_null() {
                continue;
            }
            let wrong = match (property, &additional) {
                (Some(p), _) => p.flags.read_only().then_some(Wrong::ReadOnly),
                (None, Some(_)) => None,
                (None, None) => Some(Wrong::Property),
            };
            self.at(At::Member(i), Some(key), |w| match (property, &additional, wrong) {
                (.., Some(wrong)) if may_be_null(&member.value, w.root) => {
                    w.undecided(Kinds::of(&[wrong]));
                    Ok(())
                }
                (.., Some(Wrong::ReadOnly)) => {
                    w.read_only();
                    Ok(())
                }
                (Some(p), ..) => w.value(&member.value, &*kind(p.type_)?, depth - 1),
                (None, Some(of_others), _) => w.value(&member.value, of_others, depth - 1),
                (None, None, _) => w.unknown(key, v, known),
            })?;
        }
        self.missing(v, known)
    }

    /// The name of the resource: its last part is what its type is about.
    fn name(&mut self, at: usize, known: &[Property<'static>]) -> Done {
        let Some(p) = known.iter().find(|p| p.name.eq_ignore_ascii_case("name")) else { return Ok(()) };
        let kind = kind(p.type_)?;
        let (name, literals) = (self.short_name, names(&kind)?);
        self.at(At::Member(at), Some("name"), |w| match (&name.data, literals) {
            (Data::Str(text), Some(literals)) => {
                w.one_of(name, text, &literals, true);
                Ok(())
            }
            _ => w.value(name, &kind, 1),
        })
    }

    /// Whether the resource has a name that its type is not about: it describes one of several, such as `MSDeploy` of the
    /// extensions of a site, and says nothing of the others.
    fn is_another(&self, known: &[Property<'static>]) -> Result<bool, Damaged> {
        let Some(p) = known.iter().find(|p| p.name.eq_ignore_ascii_case("name")) else { return Ok(false) };
        let (Data::Str(name), Some(literals)) = (&self.short_name.data, names(&*kind(p.type_)?)?) else {
            return Ok(false);
        };
        Ok(!literals.iter().any(|l| l.eq_ignore_ascii_case(name)))
    }

    fn missing(&mut self, v: &'v Object, known: &[Property<'static>]) -> Done {
        // What is referred to by its id needs to say no more, whatever the types demand of the resource itself.
        if !self.is_body() && v.member("id").is_some() {
            return Ok(());
        }
        if is_open(v) {
            self.undecided(Kinds::of(&[Wrong::Missing]));
            return Ok(());
        }
        let required = known.iter().filter(|p| p.flags.required() && !p.flags.read_only());
        for p in required.filter(|p| v.member(p.name).is_none()) {
            // `name` and the like are a matter of the template.
            if self.is_body() && ["name", "type", "apiVersion", "id"].contains(&p.name) {
                continue;
            }
            if !self.is_still_required(p.name)? {
                continue;
            }
            let words = format!("`{}` is missing, which {} demands", self.path_to(p.name), self.of_version());
            self.at(At::Missing(p.name), Some(p.name), |w| {
                w.say(Wrong::Missing, words, false);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Whether the newest API version demands the property as well. What only older ones demand was often a mistake in
    /// their descriptions, which was mended later.
    fn is_still_required(&self, name: &str) -> Result<bool, Damaged> {
        let Some(newest) = self.resource_type.newest()? else { return Ok(false) };
        let found = find(newest.body, &self.names, name)?;
        Ok(found.is_some_and(|p| p.flags.required() && !p.flags.read_only()))
    }

    fn path_to(&self, name: &str) -> String {
        let path = self.path();
        if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
    }

    fn read_only(&mut self) {
        let words = format!("`{}` is read-only: Azure says it, and a template cannot set it", self.path());
        self.say(Wrong::ReadOnly, words, true);
    }

    fn unknown(&mut self, key: &str, v: &Object, known: &[Property<'static>]) -> Done {
        let elsewhere = Elsewhere::of(key, known, &self.names, &self.resource_type, &self.version)?;
        if elsewhere.is_a_hole() {
            return Ok(());
        }
        let free = known.iter().filter(|p| v.member(p.name).is_none() && !p.flags.read_only()).map(|p| p.name);
        let hint = if let Some(version) = elsewhere.newer {
            format!(" yet; {version} has it")
        } else if let Some(near) = nearest(key, free) {
            format!("; is `{near}` meant?")
        } else if let Some(below) = elsewhere.below {
            format!("; there is one in `{below}`")
        } else if let Some(steps) = elsewhere.above {
            match self.path_of(steps) {
                path if path.is_empty() => "; there is one in the resource itself".to_owned(),
                path => format!("; there is one in `{path}`"),
            }
        } else if let Some(version) = elsewhere.older {
            format!(" any more; {version} was the last to have it")
        } else {
            String::new()
        };
        let words = format!("`{}` is no property of {}{hint}", self.path(), self.of_version());
        self.say(Wrong::Property, words, true);
        Ok(())
    }

    fn text(&mut self, value: &Value, text: &str, type_: &Text<'static>) {
        // What is empty is as good as not given; a name that is empty is told by others.
        if !text.is_empty() {
            self.length(value, "character", text.encode_utf16().count(), (type_.min, type_.max));
        }
    }

    fn length(&mut self, value: &Value, what: &str, length: usize, (min, max): (Option<u64>, Option<u64>)) {
        let length = length as u64;
        let (low, high) = (min.filter(|m| length < *m), max.filter(|m| length > *m));
        let Some(limit) = low.or(high) else { return };
        let shown = match &value.data {
            Data::Str(_) if !tells(value) => format!(", {},", words::value(value)),
            _ => String::new(),
        };
        let wanted = words::bound(low.is_some(), limit);
        let words = format!(
            "`{}`{shown} has {length} {what}{}, where {} expects {wanted}",
            self.path(),
            if length == 1 { "" } else { "s" },
            self.of_version()
        );
        self.say(Wrong::Length, words, false);
    }

    fn bounds(&mut self, n: i64, Integer { min, max }: Integer) {
        // Many services take it for their default, or for no limit.
        if n == -1 {
            return;
        }
        let (low, high) = (min.filter(|m| n < *m), max.filter(|m| n > *m));
        let Some(limit) = low.or(high) else { return };
        let wanted = words::bound(low.is_some(), limit);
        let words = format!("`{}` is {n}, where {} expects {wanted}", self.path(), self.of_version());
        self.say(Wrong::Bound, words, false);
    }

    /// A text that must be one of these; with `open`, others can be right, and only a slip is told.
    fn one_of(&mut self, value: &Value, text: &str, literals: &[&'static str], open: bool) {
        let bare = |s: &str| s.split_whitespace().collect::<String>().to_ascii_lowercase();
        let is =
            |l: &&str| l.eq_ignore_ascii_case(text) || text.contains(' ') != l.contains(' ') && bare(l) == bare(text);
        if literals.iter().any(is) {
            return;
        }
        let hint = match (open, slip(text, literals)) {
            (true, None) => return,
            (true, Some(near)) => format!("; is \"{near}\" meant?"),
            (false, _) => meant(text, literals),
        };
        let words =
            format!("`{}` is {}, which {} does not know{hint}", self.path(), words::value(value), self.of_version());
        self.say(Wrong::Value, words, false);
    }
}

/// What was meant, else what there is.
fn meant(text: &str, names: &[&str]) -> String {
    match nearest(text, names.iter().copied()) {
        Some(near) => format!("; is \"{near}\" meant?"),
        None => format!("; it knows {}", words::choices(names)),
    }
}

/// The names that a resource can have, where its type is about them only.
fn names(kind: &Kind<'static>) -> Result<Option<Vec<&'static str>>, Damaged> {
    Ok(match kind {
        Kind::Literal(name) => Some(vec![*name]),
        Kind::Union(list) => Some(literals(list)?).filter(|(_, open)| !open).map(|(literals, _)| literals),
        _ => None,
    })
}

/// The literals among alternatives, and whether other texts are allowed as well.
fn literals(list: &[Type<'static>]) -> Result<(Vec<&'static str>, bool), Damaged> {
    let (mut out, mut open) = (Vec::with_capacity(list.len()), false);
    for type_ in list {
        match &*kind(*type_)? {
            Kind::Literal(text) => out.push(*text),
            _ => open = true,
        }
    }
    Ok((out, open))
}

/// Whether an object can have keys that nobody knows.
fn is_open(v: &Object) -> bool {
    v.open || v.members.iter().any(|m| m.key.starts_with('['))
}
