//! What functions of the language return.

use std::rc::Rc;

use super::{Context, Ty};
use crate::model::{Builtin, Returns};
use crate::read::bicep::ast::{Expr, ExprKind};

/// The members of an object that a function returns.
pub struct Facts {
    /// Name and type of each.
    pub members: &'static [(&'static str, Fact)],
}

/// The type of such a member.
#[derive(Clone, Copy)]
pub enum Fact {
    /// A text.
    Text,
    /// An array of texts.
    Texts,
    /// An object.
    Object(&'static Facts),
    /// Anything.
    Anything,
}

impl Facts {
    /// The type of a member.
    pub fn get<'f>(&self, name: &str) -> Ty<'f> {
        match self.members.iter().find(|m| m.0 == name).map(|m| m.1) {
            Some(Fact::Text) => Ty::Text(None),
            Some(Fact::Texts) => Ty::Array(Rc::new(Ty::Text(None))),
            Some(Fact::Object(facts)) => Ty::Facts(facts),
            Some(Fact::Anything) | None => Ty::Unknown,
        }
    }
}

use Fact::{Anything, Object, Text, Texts};

static AUTHENTICATION: Facts =
    Facts { members: &[("audiences", Texts), ("identityProvider", Text), ("loginEndpoint", Text), ("tenant", Text)] };

static SUFFIXES: Facts = Facts {
    members: &[
        ("acrLoginServer", Text),
        ("azureDatalakeAnalyticsCatalogAndJob", Text),
        ("azureDatalakeStoreFileSystem", Text),
        ("azureFrontDoorEndpointSuffix", Text),
        ("keyvaultDns", Text),
        ("sqlServerHostname", Text),
        ("storage", Text),
    ],
};

static ENVIRONMENT: Facts = Facts {
    members: &[
        ("activeDirectoryDataLake", Text),
        ("authentication", Object(&AUTHENTICATION)),
        ("batch", Text),
        ("gallery", Text),
        ("graph", Text),
        ("graphAudience", Text),
        ("media", Text),
        ("name", Text),
        ("portal", Text),
        ("resourceManager", Text),
        ("sqlManagement", Text),
        ("suffixes", Object(&SUFFIXES)),
        ("vmImageAliasDoc", Text),
    ],
};

static GROUP_PROPERTIES: Facts = Facts { members: &[("provisioningState", Text)] };

static GROUP: Facts = Facts {
    members: &[
        ("id", Text),
        ("name", Text),
        ("type", Text),
        ("location", Text),
        ("managedBy", Text),
        ("tags", Anything),
        ("properties", Object(&GROUP_PROPERTIES)),
    ],
};

static SUBSCRIPTION: Facts =
    Facts { members: &[("id", Text), ("subscriptionId", Text), ("tenantId", Text), ("displayName", Text)] };

static TENANT: Facts =
    Facts { members: &[("tenantId", Text), ("country", Text), ("countryCode", Text), ("displayName", Text)] };

static DEPLOYER: Facts = Facts { members: &[("objectId", Text), ("tenantId", Text), ("userPrincipalName", Text)] };

static LINK: Facts = Facts { members: &[("id", Text), ("uri", Text)] };

static DEPLOYED: Facts = Facts { members: &[("template", Anything), ("templateLink", Object(&LINK))] };

/// Of a deployment to a resource group.
static DEPLOYMENT: Facts = Facts { members: &[("name", Text), ("properties", Object(&DEPLOYED))] };

/// Of one that has a place of its own.
static DEPLOYMENT_ELSEWHERE: Facts =
    Facts { members: &[("name", Text), ("properties", Object(&DEPLOYED)), ("location", Text)] };

impl<'f> Context<'f> {
    /// What a function of the language returns.
    pub(super) fn call(&self, name: &str, args: &'f [Expr], depth: usize) -> Ty<'f> {
        let first = || args.first().map_or(Ty::Unknown, |e| self.shape(self.of(e, depth + 1)));
        match name {
            // More than one way to read its arguments: the compiler leaves the type open.
            "resourceId" | "subscriptionResourceId" | "managementGroupResourceId" if args.len() > 2 => Ty::Unknown,
            "environment" => Ty::Facts(&ENVIRONMENT),
            "resourceGroup" if args.is_empty() => Ty::Facts(&GROUP),
            "subscription" if args.is_empty() => Ty::Facts(&SUBSCRIPTION),
            "tenant" => Ty::Facts(&TENANT),
            "deployer" => Ty::Facts(&DEPLOYER),
            "deployment" if self.is_for_groups() => Ty::Facts(&DEPLOYMENT),
            "deployment" => Ty::Facts(&DEPLOYMENT_ELSEWHERE),
            "split" | "objectKeys" => Ty::Array(Rc::new(Ty::Text(None))),
            "range" => Ty::Array(Rc::new(Ty::Int)),
            "filter" | "sort" | "take" | "skip" => match first() {
                list @ (Ty::Array(_) | Ty::List(_)) => Ty::Array(Rc::new(self.item(&list, None, depth))),
                text if text.is_text() => Ty::Text(None),
                _ => returns(name),
            },
            "first" | "last" => match first() {
                // The first of an array that may have none may be null, and what is in one that is written is told by its place.
                list @ Ty::List([_, ..]) if name == "first" => self.item(&list, Some(0), depth),
                text if text.is_text() => Ty::Text(None),
                _ => returns(name),
            },
            "map" => match args.get(1).map(|e| &e.kind) {
                Some(ExprKind::Lambda { body, .. }) => Ty::Array(Rc::new(self.of(body, depth + 1))),
                _ => Ty::Array(Rc::new(Ty::Unknown)),
            },
            "toLower" | "toUpper" => Ty::Text(None),
            "concat" if args.len() > 1 => self.joined(args, depth),
            _ => returns(name),
        }
    }

    /// Texts, numbers and truths in a row are a text, arrays in a row an array.
    fn joined(&self, args: &'f [Expr], depth: usize) -> Ty<'f> {
        let mut texts = false;
        for e in args {
            match self.shape(self.of(e, depth + 1)).there() {
                Ty::Text(_) | Ty::Texts(_) | Ty::Int | Ty::Bool => texts = true,
                Ty::Unknown => {}
                _ => return Ty::Unknown,
            }
        }
        if texts { Ty::Text(None) } else { Ty::Unknown }
    }

    /// The file is deployed to a resource group.
    fn is_for_groups(&self) -> bool {
        self.others.own().is_none_or(|t| t.scope == crate::model::ScopeKind::ResourceGroup)
    }
}

fn returns<'f>(name: &str) -> Ty<'f> {
    match Builtin::named(name).map(|b| b.facts().returns) {
        Some(Returns::Text) => Ty::Text(None),
        Some(Returns::Boolean) => Ty::Bool,
        Some(Returns::Integer) => Ty::Int,
        Some(Returns::Array) => Ty::Array(Rc::new(Ty::Unknown)),
        _ => Ty::Unknown,
    }
}
