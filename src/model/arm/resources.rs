//! Declared resources and nested deployments.

use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::values::{key, string};
use super::{Reader, text};
use crate::diagnostic::Diagnostic;
use crate::model::{Deployment, Expr, ExprKind, Loop, Property, Resource, TemplateRef};
use crate::nesting;
use crate::read::Span;
use crate::read::json::{Kind, Member, Node, pointer};

impl<'a> Reader<'a> {
    /// The `resources` of a template or of a resource: an array, or an object by symbolic name. What is neither, and items
    /// that are no objects, are errors: Azure refuses the template, and nobody could judge what they mean.
    pub(super) fn resources(&mut self, node: Node<'a>, at: &str) -> Vec<Arc<Resource>> {
        match node.kind() {
            Kind::Array => {
                node.items().enumerate().filter_map(|(i, n)| self.resource(n, None, eco_format!("{at}/{i}"))).collect()
            }
            Kind::Object => node
                .members()
                .filter_map(|m| {
                    let here = eco_format!("{at}/{}", pointer::escape_token(&m.key()));
                    self.resource(m.value(), Some(&m), here)
                })
                .collect(),
            _ => {
                self.misshapen(node, "`resources`", "an array, or an object by symbolic name");
                Vec::new()
            }
        }
    }

    fn resource(&mut self, node: Node<'a>, member: Option<&Member<'_>>, at: EcoString) -> Option<Arc<Resource>> {
        if !matches!(node.kind(), Kind::Object) {
            self.misshapen(node, "a resource", "an object");
            return None;
        }
        self.deeper("resource", node, |this| this.resource_as_written(node, member, at))
    }

    fn resource_as_written(&mut self, node: Node<'a>, member: Option<&Member<'_>>, at: EcoString) -> Arc<Resource> {
        let type_ = self.member_or_null(node, "type");
        let is_deployment = type_.as_str().is_some_and(|t| t.eq_ignore_ascii_case("Microsoft.Resources/deployments"));
        let deployment = is_deployment.then(|| self.deployment(node, &at)).flatten().map(Box::new);
        let named = node.member("name").or_else(|| node.member("type"));
        let place = named.map_or_else(|| start_of(node), Member::key_span);
        Arc::new(Resource {
            symbol: member.map(|m| (m.key().as_ref().into(), m.key_span())),
            existing: matches!(node.get("existing").map(Node::kind), Some(Kind::Bool(true))),
            extension: node.get("import").or_else(|| node.get("extension")).is_some(),
            type_,
            api_version: node.get("apiVersion").map(|n| self.value(n)),
            name: self.member_or_null(node, "name"),
            condition: node.get("condition").map(|n| self.value(n)),
            copy: node.get("copy").filter(|n| matches!(n.kind(), Kind::Object)).map(|n| self.resource_copy(n)),
            scope: node.get("scope").map(|n| self.value(n)),
            subscription_id: node.get("subscriptionId").map(|n| self.value(n)),
            resource_group: node.get("resourceGroup").map(|n| self.value(n)),
            depends_on: node.get("dependsOn").map(|n| self.value(n)),
            body: self.body(node, deployment.is_some()),
            children: node
                .get("resources")
                .filter(|r| !matches!(r.kind(), Kind::Null))
                .map(|r| self.resources(r, &eco_format!("{at}/resources")))
                .unwrap_or_default(),
            deployment,
            pointer: at,
            place,
            span: node.span(),
        })
    }

    fn resource_copy(&mut self, node: Node<'_>) -> Loop {
        Loop {
            name: node.get("name").map(string).unwrap_or_default(),
            count: self.member_or_null(node, "count"),
            input: Expr::new(ExprKind::Null, node.span()),
            span: node.span(),
        }
    }

    /// Everything that is not taken out into a field of [`Resource`].
    fn body(&mut self, node: Node<'_>, is_deployment: bool) -> Expr {
        let mut out = Vec::with_capacity(node.len());
        for m in node.members() {
            let name = m.key();
            let lower = EcoString::from(&*name).to_ascii_lowercase();
            match lower.as_str() {
                "type" | "apiversion" | "name" | "condition" | "scope" | "dependson" | "comments" | "existing"
                | "import" | "extension" => {}
                // Notes of the author (or of Bicep's compiler), which Azure's engine leaves out.
                "metadata" => {}
                "resources" if matches!(m.value().kind(), Kind::Array | Kind::Object | Kind::Null) => {}
                "copy" if matches!(m.value().kind(), Kind::Object) => {}
                "properties" if is_deployment => {
                    let value = self.deployment_properties(m.value());
                    out.push(Property { key: key(&m), value });
                }
                _ => out.push(Property { key: key(&m), value: self.value(m.value()) }),
            }
        }
        Expr::new(ExprKind::Object(out), node.span())
    }

    /// The properties of a deployment without its template, which is a template of its own, and without its parameters.
    fn deployment_properties(&mut self, node: Node<'_>) -> Expr {
        let mut out = Vec::new();
        for m in node.members() {
            let name = m.key();
            if !name.eq_ignore_ascii_case("template") && !name.eq_ignore_ascii_case("parameters") {
                out.push(Property { key: key(&m), value: self.value(m.value()) });
            }
        }
        Expr::new(ExprKind::Object(out), node.span())
    }

    fn deployment(&mut self, node: Node<'a>, at: &str) -> Option<Deployment> {
        let properties = node.get("properties")?;
        let scope = text(properties.get("expressionEvaluationOptions").and_then(|o| o.get("scope")));
        let inner = match scope.map(|s| s.to_ascii_lowercase()).as_deref() {
            Some("inner") => true,
            Some("outer") => false,
            _ => self.inner,
        };
        // A template whose every expression is escaped (`[[…]`) reaches the nested deployment with its expressions whole.
        let template = properties.get("template").map(|t| self.template_variable(t).unwrap_or(t));
        let escaped = !inner && template.is_some_and(all_escaped);
        let outside = self.escaped;
        self.escaped |= escaped;
        let template = self.template_ref(properties, at);
        self.escaped = outside;
        let template = template?;
        let linked = !matches!(template, TemplateRef::Inline(_));
        Some(Deployment {
            template,
            parameters: properties.get("parameters").map(|n| self.value(n)),
            // A linked template has its own parameters and variables by nature.
            inner: inner || linked || escaped,
            location: node.get("location").map(|n| self.value(n)),
        })
    }

    /// The variable that `"[variables('x')]"` names: how the Bicep compiler writes a template it loaded from a file.
    fn template_variable(&self, node: Node<'a>) -> Option<Node<'a>> {
        let text = node.raw_str()?;
        let name = text.strip_prefix("[variables('")?.strip_suffix("')]")?;
        self.variables?.get(name).filter(|v| matches!(v.kind(), Kind::Object))
    }

    fn template_ref(&mut self, properties: Node<'a>, at: &str) -> Option<TemplateRef> {
        if let Some(node) = properties.get("template").filter(|n| !matches!(n.kind(), Kind::Null)) {
            let node = self.template_variable(node).unwrap_or(node);
            match node.kind() {
                Kind::Object => {}
                Kind::String => return Some(TemplateRef::Linked(self.value(node))),
                _ => {
                    self.misshapen(node, "`template`", "an object");
                    return Some(TemplateRef::Missing(node.span()));
                }
            }
            let here = format!("{at}/properties/template");
            if !nesting::TEMPLATE.allows(at.matches("/properties/template").count()) {
                let message = format!(
                    "this template is nested more than {} levels deep and is not read",
                    nesting::TEMPLATE.levels()
                );
                self.diagnostics.push(Diagnostic::error("nesting-limit", node.span(), message));
                return Some(TemplateRef::Missing(node.span()));
            }
            return self.template(node, &here).map(|t| TemplateRef::Inline(Arc::new(t)));
        }
        let link = properties.get("templateLink")?;
        if let Some(path) = link.get("relativePath") {
            return Some(TemplateRef::Relative(self.value(path)));
        }
        link.get("uri").or_else(|| link.get("id")).map(|n| TemplateRef::Linked(self.value(n)))
    }
}

/// Whether a template's expressions are all escaped, and there are some.
fn all_escaped(node: Node<'_>) -> bool {
    let mut escaped = false;
    let mut open = vec![node];
    while let Some(n) = open.pop() {
        match n.kind() {
            Kind::String => {
                let text = n.raw_str().unwrap_or_default();
                if text.starts_with("[[") {
                    escaped = true;
                } else if text.starts_with('[') && text.ends_with(']') {
                    return false;
                }
            }
            Kind::Array => open.extend(n.items()),
            Kind::Object => open.extend(n.members().map(|m| m.value())),
            _ => {}
        }
    }
    escaped
}

/// The first character of a node, where there is nothing better to point at.
fn start_of(node: Node<'_>) -> Span {
    let span = node.span();
    Span { end: (span.start + 1).min(span.end), ..span }
}
