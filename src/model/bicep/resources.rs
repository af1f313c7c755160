//! Resource declarations: names, types, ids, scopes.

use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashSet;

use super::access::Referred;
use super::bounds::Part;
use super::deployments::without_template;
use super::expr::wrapped;
use super::symbols::{Declared, Env, Unit};
use super::type_reference::{self, is_extension_version, is_reference};
use super::{Lowering, call, string, type_names};
use crate::diagnostic::Diagnostic;
use crate::model::bicep_config::BicepConfig;
use crate::model::{Expr, ExprKind, Loop, Property, Resource, ScopeKind, is_deployment, is_stack};
use crate::read::bicep::ast;
use crate::read::{Source, Span};

/// Properties of a resource body that are not part of the resource.
const NOT_IN_BODY: [&str; 4] = ["name", "parent", "scope", "dependsOn"];

/// Where a resource or module is deployed, where that is not the template's own scope.
pub(super) enum Scope {
    /// The template's own.
    Own,
    /// It extends a resource.
    Resource(Expr),
    /// Another resource group, perhaps of another subscription.
    Group { subscription: Option<Expr>, group: Expr },
    /// A subscription; `None` is that of the deployment.
    Subscription(Option<Expr>),
    /// A management group; `None` is that of the deployment.
    ManagementGroup(Option<Expr>),
    /// The tenant.
    Tenant,
}

impl Lowering<'_> {
    /// `dependsOn` as the names that the resources have in the template; one item of a loop is its loop.
    pub(super) fn depends_on(&mut self, body: &ast::Body, env: &Env<'_>) -> Option<Expr> {
        let list = body.object.as_ref()?.get("dependsOn")?;
        let ast::ExprKind::Array(items) = &list.kind else { return None };
        let mut names = Vec::new();
        for item in items {
            if let ast::ArrayItem::Value(e) = item {
                self.symbols(e, env, &mut names);
            }
        }
        Some(Expr::new(ExprKind::Array(names), list.span))
    }

    fn symbols(&mut self, e: &ast::Expr, env: &Env<'_>, out: &mut Vec<Expr>) {
        let mut at = e;
        let mut below = EcoString::new();
        loop {
            match &at.kind {
                ast::ExprKind::Var(name) => {
                    // Resources nested in one body, or in those around it, go by their short names among one another.
                    let named = self.referred(at, env).and_then(|r| self.resources.get(r.resource));
                    let first = named.map_or(&name.text, |r| &r.symbol);
                    return out.push(string(&eco_format!("{first}{below}"), e.span));
                }
                ast::ExprKind::Nested { base, name } => {
                    below = eco_format!("::{}{below}", name.text);
                    at = base;
                }
                ast::ExprKind::Index { base, .. } | ast::ExprKind::Paren(base) | ast::ExprKind::NonNull(base) => {
                    at = base
                }
                ast::ExprKind::Ternary { then, otherwise, .. } => {
                    self.symbols(then, env, out);
                    at = otherwise;
                }
                _ => return,
            }
        }
    }

    /// A declaration as a resource of the template.
    pub(super) fn resource(&mut self, index: usize) -> Option<Arc<Resource>> {
        let unit = self.units[0].clone();
        let declared = self.declared(&unit, index)?;
        let Declared::Resource(r) = declared else { return self.module(index).map(Arc::new) };
        let env = self.inside(index, None);
        let span = r.name.span.to(r.body.span);
        let this = Referred { resource: index, index: None };
        let type_ = self.full_type(index);
        self.check_reference(index, &unit, &r.ty);
        let extension = self.is_of_extension(index);
        let name = if extension { Expr::new(ExprKind::Null, r.name.span) } else { self.full_name(&this, r.name.span) };
        let (scope, subscription_id, resource_group) = match extension {
            // `scope` is a property like any other there.
            true => (None, None, None),
            false => self.scope_fields(index, &env, r.name.span),
        };
        let body = match &r.body.object {
            Some(o) if extension => extension_body(self.object_without(o, &["dependsOn"], &env), r.name.span),
            Some(o) => self.object_without(o, &NOT_IN_BODY, &env),
            None => Expr::new(ExprKind::Object(Vec::new()), r.name.span),
        };
        let [is_nested, is_stack] = [is_deployment(&type_), is_stack(&type_)].map(|is| is && r.existing.is_none());
        let pointer = eco_format!("/resources/{index}");
        let deployment = (is_nested || is_stack).then(|| self.deployment(r, &body, &pointer)).flatten();
        let body = if is_nested { without_template(self.told(body)) } else { body };
        Some(Arc::new(Resource {
            symbol: Some((self.resources[index].symbol.clone(), r.name.span)),
            existing: r.existing.is_some(),
            type_: match (&r.ty.kind, extension) {
                (ast::ExprKind::Str(_), true) => string(&self.type_of_extension(index), r.ty.span),
                _ => string(&type_, around_at(r.ty.span, &unit.source).0),
            },
            api_version: self.api_version(index).filter(|_| !extension).map(|a| self.version(index, &a, r.ty.span)),
            extension,
            name: wrapped(name),
            condition: self.condition(index),
            copy: self.copy(index),
            scope,
            subscription_id,
            resource_group,
            depends_on: self.depends_on(&r.body, &env),
            body,
            children: Vec::new(),
            deployment: deployment.map(Box::new),
            pointer,
            place: r.name.span,
            span,
        }))
    }

    /// Tells a type or version with which nothing compiles. (A nested resource may take both from its parent.)
    fn check_reference(&mut self, index: usize, unit: &Unit, reference: &ast::Expr) {
        let message = match &reference.kind {
            ast::ExprKind::Str(text) => {
                let extended = || {
                    unit.file.declares_extension()
                        || BicepConfig::above(self.library, &unit.source.path).is_some_and(|c| c.implies_extension())
                };
                let taken = |extended| is_reference(&text.value, extended);
                if self.is_local || self.resources[index].parent.is_some() || taken(false) || taken(extended()) {
                    return;
                }
                eco_format!(
                    "'{}' is not a resource type with an API version; write it like 'Microsoft.Storage/storageAccounts@2023-01-01'",
                    text.value
                )
            }
            ast::ExprKind::Interpolated(_) => {
                "the type of a resource and its API version are a plain string, without '${…}'".into()
            }
            _ => return,
        };
        self.error(reference.span, message);
    }

    /// The resource's own `if`, and those of the resources it is nested in.
    pub(super) fn condition(&mut self, index: usize) -> Option<Expr> {
        self.condition_at(&Referred { resource: index, index: None })
    }

    /// The same of one resource of a loop.
    pub(super) fn condition_at(&mut self, referred: &Referred) -> Option<Expr> {
        let unit = self.units[0].clone();
        let outer = self.resources[referred.resource].parent;
        let outer = outer.and_then(|resource| self.condition_at(&Referred { resource, index: referred.index.clone() }));
        let declared = self.declared(&unit, referred.resource)?;
        let env = self.inside(referred.resource, referred.index.as_ref());
        let own = declared.body().condition.as_ref().map(|c| self.expr(c, &env));
        match (outer, own) {
            (Some(outer), Some(own)) => {
                let span = own.span;
                let outer = match outer.kind {
                    ExprKind::Expression(inner) => *inner,
                    _ => outer,
                };
                Some(wrapped(call("and", vec![outer, own], span)))
            }
            (outer, own) => own.map(wrapped).or(outer),
        }
    }

    /// The loop of the resource, or of the one it is nested in.
    pub(super) fn copy(&mut self, index: usize) -> Option<Loop> {
        let unit = self.units[0].clone();
        let declared = self.declared(&unit, index)?;
        let Some(each) = &declared.body().each else {
            return self.resources[index].parent.and_then(|p| self.copy(p));
        };
        let env = match self.resources[index].parent {
            Some(parent) => self.inside(parent, None),
            None => Env::root(0),
        };
        let list = self.expr(&each.list, &env);
        let count = wrapped(call("length", vec![list], each.list.span));
        let input = Expr::new(ExprKind::Null, each.span);
        Some(Loop { name: self.resources[index].symbol.clone(), count, input, span: each.span })
    }

    /// The resource that is this one's parent: by nesting, or by `parent:`.
    fn parent_of(&mut self, referred: &Referred) -> Option<Referred> {
        if let Some(parent) = self.resources[referred.resource].parent {
            return Some(Referred { resource: parent, index: referred.index.clone() });
        }
        let unit = self.units[0].clone();
        let declared = self.declared(&unit, referred.resource)?;
        let parent = declared.body().object.as_ref()?.get("parent")?;
        let env = self.inside(referred.resource, referred.index.as_ref());
        self.referred(parent, &env)
    }

    /// The names of the resource and its parents, outermost first.
    fn name_segments(&mut self, referred: &Referred, span: Span) -> Vec<Expr> {
        let mut segments = Vec::new();
        let mut seen = FxHashSet::default();
        let mut chain: Vec<usize> = Vec::new();
        let mut at = Some(referred.clone());
        // Each name is charged for; where nothing more may be made, the rest of the parents are left out, too.
        while let Some(now) = at.filter(|_| !self.is_bounded()) {
            chain.push(now.resource);
            if !seen.insert(now.resource) {
                let first = &self.resources[chain[0]].name;
                let message = format!("'{first}' is its own parent: {}", self.around(&chain));
                if self.diagnostics.iter().all(|d| d.message != message) {
                    self.diagnostics.push(Diagnostic::error("cycle", span, message));
                }
                break;
            }
            segments.push(self.own_name(&now, span));
            at = self.parent_of(&now);
        }
        segments.reverse();
        segments
    }

    /// The whole name: `format('{0}/{1}', parent, own)`.
    fn full_name(&mut self, referred: &Referred, span: Span) -> Expr {
        let mut segments = self.name_segments(referred, span);
        if segments.len() == 1 {
            return segments.remove(0);
        }
        split_first(&mut segments, &self.full_type(referred.resource), span);
        let span = segments.last().map_or(span, |s| s.span);
        let format: Vec<String> = (0..segments.len()).map(|i| format!("{{{i}}}")).collect();
        segments.insert(0, string(&format.join("/"), span));
        call("format", segments, span)
    }

    /// The type with those of the resources it is nested in.
    pub(super) fn full_type(&self, index: usize) -> EcoString {
        type_names::spelled(self.joined_type(index), self.api_version(index).as_deref())
    }

    fn joined_type(&self, index: usize) -> EcoString {
        let own = self.written_type(index).0;
        match self.resources[index].parent {
            // A nested resource may give its whole type, too.
            Some(parent) if !own.contains('.') || !own.contains('/') => {
                eco_format!("{}/{own}", self.joined_type(parent))
            }
            _ => own,
        }
    }

    /// The API version; a nested resource without one has its parent's.
    pub(super) fn api_version(&self, index: usize) -> Option<EcoString> {
        if self.resources[index].is_module {
            return Some("2025-04-01".into());
        }
        self.written_type(index).1.or_else(|| self.resources[index].parent.and_then(|p| self.api_version(p)))
    }

    /// The version where it stands: in the type of the resource, or handed over by one that it is nested in.
    fn version(&self, index: usize, version: &str, own: Span) -> Expr {
        let unit = self.units[0].clone();
        let mut at = Some(index);
        while let Some(i) = at {
            if let (Some(Declared::Resource(r)), (_, Some(_))) = (self.declared(&unit, i), self.written_type(i)) {
                let there = string(version, around_at(r.ty.span, &unit.source).1);
                return if i == index { there } else { Expr::new(ExprKind::Expression(Box::new(there)), own) };
            }
            at = self.resources[i].parent;
        }
        string(version, own)
    }

    /// Type and version as written: `Microsoft.Storage/storageAccounts@2023-01-01`.
    fn written_type(&self, index: usize) -> (EcoString, Option<EcoString>) {
        let unit = self.units[0].clone();
        let Some(Declared::Resource(r)) = self.declared(&unit, index) else {
            return ("Microsoft.Resources/deployments".into(), None);
        };
        type_reference::written(&r.ty)
    }

    /// Whether a type is not Azure's but an extension's, whose resources have neither name nor id: `core/Service@v1` of a
    /// cluster, `Microsoft.Graph/groups@beta`, `Microsoft.DSC.Debug/Echo@1.0.0`, `request@v1`. Azure's types have a provider with a
    /// dot, and a date for their version; a type that is known to be Azure's is so with any. In a file for the machine itself there is nothing of Azure's.
    pub(super) fn is_of_extension(&self, index: usize) -> bool {
        let type_ = self.full_type(index);
        let of_provider = type_.split_once('/').is_some_and(|(provider, _)| provider.contains('.'));
        let versioned =
            self.api_version(index).is_some_and(|v| is_extension_version(&v)) && !type_names::is_known(&type_);
        let local = self.is_local && !self.resources[index].is_module;
        versioned || local || !of_provider && !type_.is_empty()
    }

    /// The type of a resource of an extension, which has its version in it. A nested one takes over what it does not say.
    fn type_of_extension(&self, index: usize) -> EcoString {
        let type_ = self.joined_type(index);
        match self.api_version(index) {
            Some(version) => eco_format!("{type_}@{version}"),
            None => type_,
        }
    }

    /// The id, as the compiler builds it from the declaration.
    pub(super) fn resource_id(&mut self, referred: &Referred, span: Span) -> Expr {
        self.once(Part::Id, referred.resource, span, |this| this.id_as_declared(referred, span))
    }

    fn id_as_declared(&mut self, referred: &Referred, span: Span) -> Expr {
        let type_ = self.full_type(referred.resource);
        let mut args = vec![string(&type_, span)];
        let mut segments = self.name_segments(referred, span);
        split_first(&mut segments, &type_, span);
        args.extend(segments);
        let root = self.outermost(referred);
        match self.scope_of(&root) {
            Scope::Own => match self.scope {
                ScopeKind::ResourceGroup => call("resourceId", args, span),
                ScopeKind::Subscription => call("subscriptionResourceId", args, span),
                ScopeKind::ManagementGroup => {
                    let group = super::member(call("managementGroup", Vec::new(), span), "id", false, span);
                    args.insert(0, group);
                    call("extensionResourceId", args, span)
                }
                ScopeKind::Tenant => call("tenantResourceId", args, span),
            },
            Scope::Resource(id) => {
                args.insert(0, id);
                call("extensionResourceId", args, span)
            }
            Scope::Group { subscription, group } => {
                let subscription = subscription.unwrap_or_else(|| own_subscription(span));
                let format = string("/subscriptions/{0}/resourceGroups/{1}", span);
                args.insert(0, call("format", vec![format, subscription, group], span));
                call("extensionResourceId", args, span)
            }
            Scope::Subscription(id) => {
                args.insert(0, id.unwrap_or_else(|| own_subscription(span)));
                call("subscriptionResourceId", args, span)
            }
            Scope::ManagementGroup(group) => {
                let id = match group {
                    Some(g) => {
                        call("tenantResourceId", vec![string("Microsoft.Management/managementGroups", span), g], span)
                    }
                    None => super::member(call("managementGroup", Vec::new(), span), "id", false, span),
                };
                args.insert(0, id);
                call("extensionResourceId", args, span)
            }
            Scope::Tenant => call("tenantResourceId", args, span),
        }
    }

    /// The outermost parent: a child's scope is its parent's.
    fn outermost(&mut self, referred: &Referred) -> Referred {
        let mut at = referred.clone();
        for _ in 0..16 {
            match self.parent_of(&at) {
                Some(parent) => at = parent,
                None => break,
            }
        }
        at
    }

    /// What `scope:` of a declaration says.
    pub(super) fn scope(&mut self, index: usize, env: &Env<'_>) -> Scope {
        let unit = self.units[0].clone();
        let scope = self.declared(&unit, index).and_then(|d| d.body().object.as_ref()).and_then(|o| o.get("scope"));
        let Some(scope) = scope else { return Scope::Own };
        // A circle is a diagnostic, and the rest of the declaration is deployed to the template's own scope.
        self.unless_circular(Part::Scope, index, scope.span, |this| this.scope_as_written(index, scope, env))
            .unwrap_or(Scope::Own)
    }

    fn scope_as_written(&mut self, index: usize, scope: &ast::Expr, env: &Env<'_>) -> Scope {
        let is_module = self.resources[index].is_module;
        if let Some(target) = self.referred(scope, env) {
            let type_ = self.full_type(target.resource).to_ascii_lowercase();
            if type_ == "microsoft.resources/resourcegroups" {
                let group = self.own_name(&target, scope.span);
                let subscription = match self.scope_of(&target) {
                    Scope::Subscription(id) => id,
                    _ => None,
                };
                return Scope::Group { subscription, group };
            }
            if type_ == "microsoft.management/managementgroups" {
                // Its name is all that counts; its scope is only followed to tell a circle.
                self.scope_of(&target);
                return Scope::ManagementGroup(Some(self.own_name(&target, scope.span)));
            }
            if is_module {
                return Scope::Own;
            }
            return Scope::Resource(self.resource_id(&target, scope.span));
        }
        let (name, args) = match &scope.kind {
            ast::ExprKind::Call { name, args } => (name, args),
            ast::ExprKind::MethodCall { base, name, args } if matches!(&base.kind, ast::ExprKind::Var(n) if self.is_language(&n.text, env.unit)) => {
                (name, args)
            }
            _ => {
                self.lost_scope(scope);
                return Scope::Own;
            }
        };
        let mut lowered: Vec<Expr> = args.iter().map(|a| self.expr(a, env)).collect();
        match (name.text.as_str(), lowered.len()) {
            ("resourceGroup", 0) => Scope::Own,
            ("resourceGroup", 1) => Scope::Group { subscription: None, group: lowered.remove(0) },
            ("resourceGroup", _) => {
                let subscription = Some(lowered.remove(0));
                Scope::Group { subscription, group: lowered.remove(0) }
            }
            ("subscription", 0) => Scope::Subscription(None),
            ("subscription", _) => Scope::Subscription(Some(lowered.remove(0))),
            ("managementGroup", 0) => Scope::ManagementGroup(None),
            ("managementGroup", _) => Scope::ManagementGroup(Some(lowered.remove(0))),
            ("tenant", _) => Scope::Tenant,
            _ => Scope::Own,
        }
    }

    fn scope_of(&mut self, referred: &Referred) -> Scope {
        let env = self.inside(referred.resource, referred.index.as_ref());
        self.scope(referred.resource, &env)
    }

    /// Tells of a scope that is no call and no resource: the compiler refuses a ternary (BCP420), and drops anything else.
    fn lost_scope(&mut self, scope: &ast::Expr) {
        let mut inner = scope;
        while let ast::ExprKind::Paren(e) = &inner.kind {
            inner = e;
        }
        let message = "this scope cannot be worked out when the file is compiled; write a function such as \
                       resourceGroup(…), or the symbolic name of a resource";
        let diagnostic = match inner.kind {
            ast::ExprKind::Invalid => return,
            ast::ExprKind::Ternary { .. } => Diagnostic::error("bicep-meaning", scope.span, message),
            _ => Diagnostic::warning("bicep-meaning", scope.span, message),
        };
        // A scope is asked for more than once.
        if !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// `scope`, `subscriptionId` and `resourceGroup` as the template has them.
    pub(super) fn scope_fields(
        &mut self,
        index: usize,
        env: &Env<'_>,
        span: Span,
    ) -> (Option<Expr>, Option<Expr>, Option<Expr>) {
        let root = self.outermost(&Referred { resource: index, index: None });
        let scope = if root.resource == index { self.scope(index, env) } else { self.scope_of(&root) };
        match scope {
            Scope::Own => (None, None, None),
            Scope::Resource(id) => (Some(wrapped(id)), None, None),
            Scope::Group { subscription, group } => (None, subscription.map(wrapped), Some(wrapped(group))),
            Scope::Subscription(id) => (None, Some(wrapped(id.unwrap_or_else(|| own_subscription(span)))), None),
            Scope::ManagementGroup(Some(group)) => {
                let format = string("Microsoft.Management/managementGroups/{0}", span);
                (Some(wrapped(call("format", vec![format, group], span))), None, None)
            }
            Scope::ManagementGroup(None) => {
                let id = super::member(call("managementGroup", Vec::new(), span), "id", false, span);
                (Some(wrapped(id)), None, None)
            }
            Scope::Tenant => (Some(string("/", span)), None, None),
        }
    }
}

/// The places of the type and of the version in the string that holds both: `'Microsoft.Storage/storageAccounts@2023-01-01'`.
fn around_at(span: Span, source: &Source) -> (Span, Span) {
    let text = source.slice(span);
    match text.find('@') {
        Some(at) if text.len() > at + 2 && text.starts_with('\'') => {
            let (start, end) = (span.start as usize, span.end as usize);
            (Span::new(span.file, start + 1, start + at), Span::new(span.file, start + at + 1, end - 1))
        }
        _ => (span, span),
    }
}

/// What a resource of an extension says is all in its properties.
fn extension_body(properties: Expr, span: Span) -> Expr {
    Expr::new(ExprKind::Object(vec![Property { key: string("properties", span), value: properties }]), span)
}

fn own_subscription(span: Span) -> Expr {
    super::member(call("subscription", Vec::new(), span), "subscriptionId", false, span)
}

/// Names in one segment for each of the type: the outermost declaration may name several at once, with slashes.
fn split_first(segments: &mut Vec<Expr>, type_: &str, span: Span) {
    let wanted = type_.split('/').count().saturating_sub(segments.len());
    if wanted > 1 && !segments.is_empty() {
        let first = split_name(segments.remove(0), wanted, span);
        segments.splice(0..0, first);
    }
}

/// A name with slashes in it as its segments.
fn split_name(name: Expr, wanted: usize, span: Span) -> Vec<Expr> {
    if let Some(text) = name.as_str() {
        return text.split('/').map(|s| string(s, span)).collect();
    }
    let parts = call("split", vec![name, string("/", span)], span);
    (0..wanted)
        .map(|i| {
            let key = Box::new(Expr::new(ExprKind::Int(i as i64), span));
            Expr::new(ExprKind::Access { base: Box::new(parts.clone()), key, safe: false }, span)
        })
        .collect()
}
