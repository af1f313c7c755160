//! The sections of a template.

use std::collections::hash_map::Entry;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::values::{is_copy_array, string};
use super::{Reader, text};
use crate::diagnostic::Diagnostic;
use crate::model::endless::endless_types;
use crate::model::{Expr, ExprKind, Function, Loop, Output, Parameter, ScopeKind, Template, TypeDefinition, Variable};
use crate::read::Span;
use crate::read::json::{Kind, Member, Node};

impl<'a> Reader<'a> {
    /// A template object; `pointer` is where it stands in its file. `None` if it is no object.
    pub(super) fn template(&mut self, node: Node<'a>, pointer: &str) -> Option<Template> {
        if !matches!(node.kind(), Kind::Object) {
            return None;
        }
        let around = std::mem::replace(&mut self.variables, node.get("variables"));
        let resources = node.get("resources");
        let symbolic = matches!(resources.map(Node::kind), Some(Kind::Object));
        // The second version of the language, which a template with symbolic names is written in.
        let says_second = text(node.get("languageVersion")).is_some_and(|version| version.starts_with("2."));
        let around_second = std::mem::replace(&mut self.second, symbolic || says_second);
        let template = Template {
            file: self.file,
            span: node.span(),
            pointer: pointer.into(),
            scope: scope_kind(&text(node.get("$schema")).unwrap_or_default()),
            content_version: text(node.get("contentVersion")).map(EcoString::from),
            profile: node.get("apiProfile").is_some(),
            symbolic,
            parameters: self.section(node, "parameters", |r, m| Some(r.parameter(m))),
            variables: self.variables(node),
            functions: self.functions(node),
            types: self.section(node, "definitions", |r, m| Some(r.definition(m))),
            resources: resources.map(|r| self.resources(r, &eco_format!("{pointer}/resources"))).unwrap_or_default(),
            outputs: self.section(node, "outputs", |r, m| r.output(m)),
            metadata: node.get("metadata").map(super::values::literal),
            untyped: Vec::new(),
            places: Default::default(),
        };
        self.variables = around;
        self.second = around_second;
        self.diagnostics.extend(endless_types(&template));
        Some(template)
    }

    /// The members of a section; a name declared twice (in any case) counts once, the last.
    fn section<T>(&mut self, node: Node<'_>, name: &str, read: impl Fn(&mut Self, Member<'_>) -> Option<T>) -> Vec<T> {
        let Some(section) = self.object_section(node, name) else { return Vec::new() };
        let mut out = Vec::with_capacity(section.len());
        let lower = |m: &Member<'_>| m.key().to_ascii_lowercase();
        let last: FxHashMap<String, Span> = section.members().map(|m| (lower(&m), m.key_span())).collect();
        for m in section.members() {
            if last.get(&lower(&m)) != Some(&m.key_span()) {
                continue;
            }
            if !matches!(m.value().kind(), Kind::Object) {
                self.misshapen(m.value(), &format!("a member of `{name}`"), "an object");
                continue;
            }
            out.extend(read(self, m));
        }
        out
    }

    /// A section that is an object; Azure takes null for a section that is not there, and refuses everything else.
    fn object_section<'n>(&mut self, node: Node<'n>, name: &str) -> Option<Node<'n>> {
        let section = node.get(name).filter(|n| !matches!(n.kind(), Kind::Null))?;
        if !matches!(section.kind(), Kind::Object) {
            self.misshapen(section, &format!("`{name}`"), "an object");
            return None;
        }
        Some(section)
    }

    /// An error at something that is not what Azure reads there.
    pub(super) fn misshapen(&mut self, node: Node<'_>, what: &str, wanted: &str) {
        // What is put in for it nobody knows here, as has been said.
        if node.is_token() {
            return;
        }
        let found = match node.kind() {
            Kind::Null => "null",
            Kind::Bool(_) => "a boolean",
            Kind::Int(_) | Kind::Float(_) => "a number",
            Kind::String => "a string",
            Kind::Array => "an array",
            Kind::Object => "an object",
        };
        let message =
            format!("{what} must be {wanted}, not {found}: Azure refuses the template, and this is not judged");
        self.diagnostics.push(Diagnostic::error("template-shape", node.span(), message));
    }

    fn parameter(&mut self, m: Member<'_>) -> Parameter {
        let node = m.value();
        let ty = self.type_of(node);
        // Null is a value of nullable types alone. For the others Azure takes it for no default, and asks for a value
        // (Azure/azure-cli#3771).
        let default = node.get("defaultValue").filter(|n| ty.nullable || !matches!(n.kind(), Kind::Null));
        Parameter {
            name: m.key().as_ref().into(),
            name_span: m.key_span(),
            default: default.map(|n| self.value(n)),
            ty,
            metadata: node.get("metadata").map(super::values::literal),
            span: m.key_span().to(node.span()),
        }
    }

    fn definition(&mut self, m: Member<'_>) -> TypeDefinition {
        TypeDefinition { name: m.key().as_ref().into(), name_span: m.key_span(), ty: self.type_of(m.value()) }
    }

    fn variables(&mut self, node: Node<'_>) -> Vec<Variable> {
        let Some(section) = self.object_section(node, "variables") else { return Vec::new() };
        let mut out: Vec<Variable> = Vec::with_capacity(section.len());
        let mut places: FxHashMap<EcoString, usize> = FxHashMap::default();
        for m in section.members() {
            if m.key().eq_ignore_ascii_case("copy") && is_copy_array(m.value()) {
                for item in m.value().items() {
                    if let Some(p) = self.copy_element(item)
                        && let ExprKind::Str(name) = p.key.kind
                    {
                        places.insert(name.to_ascii_lowercase(), out.len());
                        out.push(Variable { name, name_span: p.key.span, ty: None, value: p.value });
                    }
                }
                continue;
            }
            let value = self.value(m.value());
            let variable = Variable { name: m.key().as_ref().into(), name_span: m.key_span(), ty: None, value };
            match places.entry(variable.name.to_ascii_lowercase()) {
                Entry::Occupied(same) => out[*same.get()] = variable,
                Entry::Vacant(place) => {
                    place.insert(out.len());
                    out.push(variable);
                }
            }
        }
        out
    }

    fn functions(&mut self, node: Node<'_>) -> Vec<Function> {
        let mut out = Vec::new();
        for namespace in node.get("functions").into_iter().flat_map(Node::items) {
            let space: EcoString = namespace.get("namespace").map(string).unwrap_or_default();
            for m in namespace.get("members").into_iter().flat_map(Node::members) {
                let f = m.value();
                let parameters = f
                    .get("parameters")
                    .into_iter()
                    .flat_map(Node::items)
                    .map(|p| (p.get("name").map(string).unwrap_or_default(), self.type_of(p)))
                    .collect();
                let output = f.get("output");
                out.push(Function {
                    namespace: space.clone(),
                    name: m.key().as_ref().into(),
                    parameters,
                    returns: output.map(|o| self.type_of(o)),
                    body: output
                        .map_or_else(|| Expr::new(ExprKind::Null, m.key_span()), |o| self.member_or_null(o, "value")),
                });
            }
        }
        out
    }

    fn output(&mut self, m: Member<'_>) -> Option<Output> {
        let node = m.value();
        let value = match (node.get("value"), node.get("copy")) {
            (Some(v), _) => self.value(v),
            (None, Some(copy)) => {
                let looped = Loop {
                    name: m.key().as_ref().into(),
                    count: self.member_or_null(copy, "count"),
                    input: self.member_or_null(copy, "input"),
                    span: copy.span(),
                };
                Expr::new(ExprKind::Loop(Box::new(looped)), copy.span())
            }
            (None, None) => {
                let message = format!(
                    "the output '{}' has neither `value` nor `copy`: Azure refuses the template, and this output is not judged",
                    m.key()
                );
                self.diagnostics.push(Diagnostic::error("template-shape", m.key_span(), message));
                return None;
            }
        };
        Some(Output {
            name: m.key().as_ref().into(),
            name_span: m.key_span(),
            ty: self.type_of(node),
            value,
            condition: node.get("condition").map(|c| self.value(c)),
            span: m.key_span().to(node.span()),
        })
    }
}

/// The scope that a `$schema` is for; a resource group unless it says otherwise.
pub(crate) fn scope_kind(schema: &str) -> ScopeKind {
    let schema = schema.to_ascii_lowercase();
    if schema.contains("/subscriptiondeploymenttemplate") {
        ScopeKind::Subscription
    } else if schema.contains("/managementgroupdeploymenttemplate") {
        ScopeKind::ManagementGroup
    } else if schema.contains("/tenantdeploymenttemplate") {
        ScopeKind::Tenant
    } else {
        ScopeKind::ResourceGroup
    }
}
