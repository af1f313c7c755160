//! What is put into resources, modules, parameters and outputs: whether it is of the right type.

use super::fits::{Fits, Put, Role, listed};
use super::kinds::Ty;
use super::resources::{full_type, is_of_extension, version_of};
use super::scope::{Declaration, Kind};
use super::shapes::{Below, Fixed, Member, Object, Rest, Shape, Takes};
use super::{Context, walk};
use crate::model::ScopeKind;
use crate::read::Span;
use crate::read::bicep::ast::{ArrayItem, Expr, ExprKind, Key, Module, Resource, StatementKind};
use crate::types;
use crate::types::is_api_version;

/// Properties that a resource of any type can be given, though its type does not have them.
pub const COMMON: [&str; 15] = [
    "location",
    "tags",
    "asserts",
    "properties",
    "sku",
    "kind",
    "managedBy",
    "managedByExtended",
    "extendedLocation",
    "zones",
    "placement",
    "plan",
    "eTag",
    "scale",
    "identity",
];

/// What they take. What others are made of, only the types of resources say.
fn common_type(name: &str) -> Takes<'static> {
    use Fixed::{Int, Map, Members, Object, Text, Texts};
    Takes::Fixed(match name {
        "location" | "kind" | "managedBy" | "eTag" => Text,
        "tags" => Map,
        "managedByExtended" | "zones" => Texts,
        "plan" | "properties" => Object,
        "sku" => Members(&[
            ("name", Text, false),
            ("tier", Text, false),
            ("size", Text, false),
            ("family", Text, false),
            ("model", Text, false),
            ("capacity", Int, false),
        ]),
        "extendedLocation" => Members(&[("type", Text, true), ("name", Text, false)]),
        "placement" => Members(&[
            ("zonePlacementPolicy", Text, true),
            ("includeZones", Texts, false),
            ("excludeZones", Texts, false),
        ]),
        "scale" => Members(&[("capacity", Int, true), ("maximum", Int, false), ("minimum", Int, false)]),
        _ => return Takes::Anything,
    })
}

/// Where the functions of a file are in its template.
pub const OWN: &str = "__bicep";

pub fn check(c: &Context<'_>) {
    loops(c);
    let own = c.others.own();
    let fits = Fits::new(c);
    for (i, d) in c.scope.declarations.iter().enumerate() {
        // What is made of itself has no type, and what is wrong in a list is said there.
        let list = d.body().and_then(|b| b.each.as_ref()).map(|each| each.list.span);
        if c.cyclic.contains(&i) || list.is_some_and(|list| c.has_said(&["BCP048", "BCP070"], list)) {
            continue;
        }
        if let Some(each) = d.body().and_then(|b| b.each.as_ref())
            && !is_list(c, &each.list)
        {
            c.say("BCP137", each.list.span, NO_LIST);
            continue;
        }
        if d.body().is_some() {
            places(c, i, d);
        }
        match d.kind {
            Kind::Resource(r) => resource(&fits, i, r, d.parent.is_some()),
            Kind::Module(m) => module(&fits, m),
            Kind::Param(p) => {
                let declared = own.and_then(|t| Some((t, &t.parameter(&p.name.text)?.1.ty)));
                if let (Some(value), Some((template, t))) = (&p.value, declared) {
                    // Which values are allowed is said beside the type, and checked as one.
                    fits.check(value, Takes::Declared(template, t), put(Role::Value, value.span));
                }
            }
            Kind::Var(v) => {
                let declared = own.and_then(|t| Some((t, t.variable(&v.name.text)?.1.ty.as_ref()?)));
                if let Some((template, t)) = declared {
                    fits.check(&v.value, Takes::Declared(template, t), put(Role::Value, v.name.span));
                }
            }
            Kind::Func(f) => {
                let declared = own.and_then(|t| Some((t, t.function(OWN, &f.name.text)?.1.returns.as_ref()?)));
                if let Some((template, t)) = declared {
                    fits.check(&f.body, Takes::Declared(template, t), put(Role::Value, f.body.span));
                }
            }
            _ => {}
        }
    }
    for s in &c.file().statements {
        if let StatementKind::TargetScope { value } = &s.kind {
            target_scope(c, value);
        }
        let StatementKind::Output(o) = &s.kind else { continue };
        let declared = own.and_then(|t| Some((t, &t.outputs.iter().find(|x| x.name == o.name.text)?.ty)));
        if let Some((template, t)) = declared {
            fits.check(&o.value, Takes::Declared(template, t), put(Role::Value, o.name.span));
        }
    }
}

/// The scopes that a file can be for, those of experimental features at the end.
const TARGETS: [&str; 6] =
    ["managementGroup", "resourceGroup", "subscription", "tenant", "desiredStateConfiguration", "local"];

fn target_scope(c: &Context<'_>, value: &Expr) {
    let value = walk::bare(value);
    let is = match &value.kind {
        ExprKind::Str(text) if TARGETS.contains(&text.value.as_str()) => return,
        ExprKind::Str(text) => format!("'{}'", text.value),
        ExprKind::Int(_) | ExprKind::Bool(_) | ExprKind::Null | ExprKind::Array(_) | ExprKind::Object(_) => {
            "no text".to_owned()
        }
        _ => return,
    };
    let known = TARGETS.get(..4).unwrap_or_default();
    c.say("BCP033", value.span, format!("`targetScope` is one of {}; this is {is}.", listed(known)));
}

/// An array, or something of which nothing is known.
fn is_list<'f>(c: &Context<'f>, e: &'f Expr) -> bool {
    matches!(c.shape(c.ty(e)).there(), Ty::Unknown | Ty::Array(_) | Ty::List(_) | Ty::Null)
}

/// Where something is deployed, and below what: a scope, a resource, and no plain value.
fn places<'f>(c: &Context<'f>, index: usize, d: &Declaration<'f>) {
    let Some(o) = d.object() else { return };
    // A resource of an extension has properties of its own by these names.
    if is_of_extension(c, index) {
        return;
    }
    if let Some(value) = o.get("scope") {
        let ty = c.shape(c.ty(value)).there();
        if ty.is_text() || matches!(ty, Ty::Int | Ty::Bool | Ty::List(_) | Ty::Array(_) | Ty::Object(_)) {
            let message = "`scope` takes a resource, or a scope such as `resourceGroup()`.";
            c.say("BCP036", value.span, message);
        }
    }
    if let Some(value) = o.get("dependsOn") {
        depends_on(c, value);
    }
    if let (Some(value), Kind::Resource(_)) = (o.get("parent"), d.kind)
        && let Ty::Resource(parent) = c.shape(c.ty(value)).there()
    {
        let (own, above) = (full_type(c, index), full_type(c, parent));
        let wanted = own.rsplit_once('/').map(|(wanted, _)| wanted).filter(|wanted| wanted.contains('/'));
        if let Some(wanted) = wanted.filter(|wanted| !above.is_empty() && !wanted.eq_ignore_ascii_case(&above)) {
            let message = format!("`parent` takes a `{wanted}`; this is a `{above}`.");
            c.say("BCP036", value.span, message);
        }
    }
}

/// What something waits for: resources and modules, or lists of them.
fn depends_on<'f>(c: &Context<'f>, value: &'f Expr) {
    let ExprKind::Array(items) = &walk::bare(value).kind else {
        let ty = c.shape(c.ty(value)).there();
        if is_plain(&ty) || matches!(ty, Ty::Object(_) | Ty::Resource(_) | Ty::Module(_)) {
            c.say("BCP036", value.span, "`dependsOn` takes an array of resources and modules.");
        }
        return;
    };
    for item in items {
        let ArrayItem::Value(e) = item else { continue };
        let wrong = match c.shape(c.ty(e)).there() {
            Ty::Array(item) => is_plain(&c.shape((*item).clone()).there()),
            ty => is_plain(&ty) || matches!(ty, Ty::Object(_)),
        };
        if wrong {
            c.say("BCP034", e.span, "`dependsOn` takes resources and modules; this is another value.");
        }
    }
}

fn is_plain(ty: &Ty<'_>) -> bool {
    ty.is_text() || matches!(ty, Ty::Int | Ty::Bool)
}

/// Loops in values, which go through arrays as those of resources do.
fn loops(c: &Context<'_>) {
    for s in &c.file().statements {
        walk::statement(s, &mut |node| {
            if let walk::Node::Expr(Expr { kind: ExprKind::For(f), .. }) = node
                && !is_list(c, &f.each.list)
                && !c.has_said(&["BCP048", "BCP070"], f.each.list.span)
            {
                c.say("BCP137", f.each.list.span, NO_LIST);
            }
            true
        });
    }
}

const NO_LIST: &str = "A loop goes through an array; this is none.";

/// On the way into a place.
pub fn put(role: Role<'_>, block: Span) -> Put<'_> {
    Put { role, block, origin: None, resource: false, warns: false, secret: false, depth: 0 }
}

/// The type of the body of a resource, by its type and version.
pub fn type_of(c: &Context<'_>, index: usize) -> Option<types::Type<'static>> {
    let (type_, version) = (full_type(c, index), version_of(c, index)?);
    Some(types::azure().ok()?.resource(&type_, version).ok()??.body)
}

fn resource<'f>(fits: &Fits<'_, 'f>, index: usize, r: &'f Resource, nested: bool) {
    let Some(o) = &r.body.object else { return };
    let place = Put { resource: true, ..put(Role::Value, r.name.span) };
    let Some(body) = type_of(fits.c, index) else {
        // Types of extensions say themselves what they need.
        let version = version_of(fits.c, index).is_some_and(is_api_version);
        if version && walk::text(&r.ty).is_some_and(|t| t.contains('/')) && r.existing.is_none() {
            fits.object(o, &unknown_type(), place);
        }
        return;
    };
    if nested_loops(fits.c, o) {
        return;
    }
    if r.existing.is_some() {
        // All else can only be read.
        let named = o.get("name").is_some() || o.properties().count() != o.items.len() - o.resources().count();
        if !named {
            let message = format!("`{}` has no `name`, by which it is found.", r.name.text);
            fits.c.say("BCP035", r.name.span, message);
        }
        return;
    }
    let literal_names = nested || o.get("parent").is_some();
    let lower = full_type(fits.c, index).to_ascii_lowercase();
    match Takes::Azure(body).shape() {
        Shape::Object(object) => fits.object(o, &completed(object, literal_names, nested, &lower), place),
        Shape::OneOfObjects { by, common, variants } => {
            if by == "name" && !literal_names {
                return;
            }
            let Some(takes) = fits.variant(o, by, &variants, Takes::Azure(body), place) else { return };
            let Shape::Object(mut object) = takes.shape() else { return };
            let more: Vec<Member<'_>> =
                common.iter().filter(|m| object.members.iter().all(|own| own.name != m.name)).copied().collect();
            object.members.extend(more);
            fits.object(o, &completed(object, literal_names, nested, &lower), place);
        }
        _ => {}
    }
}

/// Loops within loops, which properties cannot have.
fn nested_loops(c: &Context<'_>, o: &crate::read::bicep::ast::Object) -> bool {
    let mut found = false;
    walk::object(o, &mut |node| {
        if let walk::Node::Expr(Expr { kind: ExprKind::For(outer), .. }) = node {
            walk::expr(&outer.body, &mut |node| {
                let walk::Node::Expr(e) = node else { return true };
                if matches!(e.kind, ExprKind::For(_)) {
                    found = true;
                    let message = "A loop in a property cannot stand within another. Put the inner list into a variable, or use `map()`.";
                    c.say("BCP142", e.span, message);
                }
                // Of deeper ones the outermost is told.
                !matches!(e.kind, ExprKind::For(_))
            });
            return false;
        }
        true
    });
    found
}

/// A resource of a type that nobody knows.
fn unknown_type<'t>() -> Object<'t> {
    let member = |name, required, read_only| Member {
        name,
        takes: Takes::Anything,
        required,
        read_only,
        write_only: false,
        secret: false,
        fallback: false,
    };
    let read_only = ["id", "type", "apiVersion"].map(|name| member(name, false, true));
    let common = COMMON.map(|name| Member { takes: common_type(name), ..member(name, false, false) });
    Object {
        members: [member("name", true, false)].into_iter().chain(read_only).chain(common).collect(),
        rest: Rest::Of(Takes::Anything),
        below: Some(Below::Body),
    }
}

/// With what the language adds to every resource.
fn completed<'t>(mut object: Object<'t>, literal_names: bool, nested: bool, type_: &str) -> Object<'t> {
    if !literal_names && let Some(name) = object.members.iter_mut().find(|m| m.name == "name") {
        // Of a child that is declared at the top the name holds those of its parents.
        if !matches!(name.takes.shape(), Shape::Text(..)) {
            name.takes = Takes::Anything;
        }
    }
    let mut more = vec!["dependsOn", "scope"];
    // Only a child has a parent, and one in the body of its parent needs not say so.
    if type_.split('/').count() > 2 && !nested {
        more.push("parent");
    }
    if type_ == "microsoft.resources/deployments" {
        more.extend(["resourceGroup", "subscriptionId"]);
    }
    let own = more.len();
    more.extend(COMMON);
    for (i, name) in more.into_iter().enumerate() {
        if object.members.iter().all(|m| m.name != name) {
            let member = Member {
                name,
                takes: if i >= own { common_type(name) } else { Takes::Anything },
                required: false,
                read_only: false,
                write_only: true,
                secret: false,
                fallback: i >= own,
            };
            object.members.push(member);
        }
    }
    object
}

/// By whom a module is deployed.
const IDENTITY: Fixed = Fixed::Members(&[
    ("type", Fixed::OneOf(&["None", "UserAssigned"]), true),
    ("userAssignedIdentities", Fixed::Object, false),
]);

/// The properties of a module beside its parameters.
const OF_MODULES: [&str; 6] = ["name", "scope", "params", "dependsOn", "identity", "extensionConfigs"];

fn module<'f>(fits: &Fits<'_, 'f>, m: &'f Module) {
    let (Some(o), Some(template)) = (&m.body.object, fits.c.others.template(&m.path)) else { return };
    let members = template.parameters.iter().map(|p| {
        let takes = Takes::Declared(template, &p.ty);
        let required = p.default.is_none() && !takes.nullable();
        Member { name: &p.name, takes, required, read_only: false, write_only: false, secret: false, fallback: false }
    });
    let params = Object { members: members.collect(), rest: Rest::None, below: None };
    for p in o.properties() {
        let Key::Name(name) = &p.key else { continue };
        match (name.text.as_str(), &p.value.kind) {
            ("params", ExprKind::Object(given)) => {
                fits.object(given, &params, put(Role::Property("params"), name.span))
            }
            ("identity", _) => fits.check(&p.value, Takes::Fixed(IDENTITY), put(Role::Property("identity"), name.span)),
            // It names a deployment.
            ("name", _) => {
                fits.check(&p.value, Takes::Fixed(Fixed::Sized(1, 64)), put(Role::Property("name"), name.span))
            }
            ("outputs", _) => {
                let message = "`outputs` of a module can be read, and not given. Remove it.";
                fits.c.say("BCP073", name.span, message);
            }
            (other, _) if !OF_MODULES.contains(&other) => {
                let message = format!("A module has no property `{other}`.");
                fits.c.say("BCP037", name.span, message);
            }
            _ => {}
        }
    }
    // A module for another scope has to be told where.
    if template.scope != own_scope(fits.c) && o.get("scope").is_none() && o.items.len() == o.properties().count() {
        let message =
            format!("The module `{}` is deployed to another scope than this file. Give it a `scope`.", m.name.text);
        fits.c.say("BCP035", m.name.span, message);
        return;
    }
    let missing = o.get("params").is_none() && o.items.len() == o.properties().count();
    let required: Vec<&str> = params.members.iter().filter(|m| m.required).map(|m| m.name).collect();
    if missing && !required.is_empty() {
        let message =
            format!("The module `{}` has to be given `params`: {}.", m.name.text, super::fits::listed(&required));
        fits.c.say("BCP035", m.name.span, message);
    }
}

/// The scope that the file says it is for.
pub fn written_scope<'f>(c: &Context<'f>) -> Option<&'f str> {
    c.file().statements.iter().find_map(|s| match &s.kind {
        StatementKind::TargetScope { value } => walk::text(value),
        _ => None,
    })
}

/// The scope that the file is for.
pub fn own_scope(c: &Context<'_>) -> ScopeKind {
    match written_scope(c) {
        Some("subscription") => ScopeKind::Subscription,
        Some("managementGroup") => ScopeKind::ManagementGroup,
        Some("tenant") => ScopeKind::Tenant,
        _ => ScopeKind::ResourceGroup,
    }
}

/// A resource's own properties that the compiler knows of any type, where its type has no such.
pub fn unusual(c: &Context<'_>) {
    for (i, d) in c.scope.declarations.iter().enumerate() {
        let Kind::Resource(r) = d.kind else { continue };
        let Some(o) = r.body.object.as_ref().filter(|_| r.existing.is_none()) else { continue };
        let Some(Shape::Object(object)) = type_of(c, i).map(|t| Takes::Azure(t).shape()) else { continue };
        for p in o.properties() {
            let Key::Name(name) = &p.key else { continue };
            // The compiler gives `asserts` to every type.
            let common = COMMON.iter().any(|n| *n == name.text && *n != "asserts");
            if common && object.members.iter().all(|m| m.name != name.text) {
                let message =
                    format!("The type of `{}` has no `{}`, though Azure may take it.", d.name.text, name.text);
                c.say_at(crate::diagnostic::Level::Warning, "BCP187", name.span, message);
            }
        }
    }
}
