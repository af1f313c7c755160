//! `Microsoft.Resources/deployments` written as a resource, with its template as a value.

use std::path::PathBuf;
use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::expr::wrapped;
use super::{Lowering, member};
use crate::diagnostic::Diagnostic;
use crate::model::arm::{expression, scope_kind};
use crate::model::behind::{Behind, Found};
use crate::model::{
    Builtin, Deployment, Expr, ExprKind, Loop, Output, Parameter, Property, Resource, Template, TemplateRef, Type,
    TypeKind, Variable,
};
use crate::nesting;
use crate::read::bicep::{ast, relative_path};

impl Lowering<'_> {
    /// What a deployment deploys, from its declaration and its lowered body.
    pub(super) fn deployment(&mut self, r: &ast::Resource, body: &Expr, pointer: &str) -> Option<Deployment> {
        let written = r.body.object.as_ref().and_then(|o| settled(o, "properties")).and_then(|p| match &p.kind {
            ast::ExprKind::Object(o) => settled(o, "template"),
            _ => None,
        });
        if let Some((path, span)) = written.and_then(|t| self.loaded_file(t, 0)) {
            let properties = match self.behind().member(body, "properties") {
                Found::Value(properties) => Some(properties),
                _ => None,
            };
            return Some(Deployment {
                template: TemplateRef::File { path, span },
                parameters: properties.as_ref().and_then(|p| self.parameters_in(p)),
                plain: false,
                parameters_link: properties.as_ref().and_then(|p| self.parameters_link_in(p)),
                // The compiler escapes what it loads, so its expressions are always the nested template's own.
                inner: true,
                location: body.get("location").cloned(),
            });
        }
        self.written_deployment(body, pointer, 0)
    }

    /// The file that `loadJsonContent('x.json')` or `json(loadTextContent('x.json'))` names, perhaps through variables.
    fn loaded_file(&self, e: &ast::Expr, depth: usize) -> Option<(PathBuf, crate::read::Span)> {
        match &e.kind {
            ast::ExprKind::Paren(inner) => self.loaded_file(inner, depth + 1),
            ast::ExprKind::Var(name) if nesting::ALIAS.allows(depth) => {
                self.loaded_file(&self.units[0].clone().variable(&name.text)?.value, depth + 1)
            }
            ast::ExprKind::Call { name, args } => match (Builtin::named(&name.text), &**args) {
                // A second argument is a path into the file, and what stands there is a value like any other.
                (Some(Builtin::LoadJsonContent), [path]) => {
                    let relative = relative_path(&self.constant(path, 0, 0)?).ok()?;
                    Some((self.units[0].source.path.parent()?.join(relative), e.span))
                }
                (Some(Builtin::Json), [ast::Expr { kind: ast::ExprKind::Call { name, args }, .. }])
                    if Builtin::named(&name.text) == Some(Builtin::LoadTextContent) =>
                {
                    let relative = relative_path(&self.constant(args.first()?, 0, 0)?).ok()?;
                    Some((self.units[0].source.path.parent()?.join(relative), e.span))
                }
                (Some(Builtin::Any), [one]) => self.loaded_file(one, depth + 1),
                _ => None,
            },
            _ => None,
        }
    }

    /// A deployment as a value. Its template is an object, what an expression is known to stand for, or something that is not known
    /// here.
    fn written_deployment(&mut self, body: &Expr, pointer: &str, depth: usize) -> Option<Deployment> {
        let location = body.get("location").cloned();
        let computed = |e: &Expr| Deployment {
            template: TemplateRef::Computed(e.clone()),
            parameters: None,
            plain: false,
            parameters_link: None,
            inner: true,
            location: location.clone(),
        };
        let behind = self.behind();
        let properties = match behind.member(body, "properties") {
            Found::Value(properties) => properties,
            Found::Nothing => return None,
            Found::Unknown => return Some(computed(body)),
        };
        let parameters = self.parameters_in(&properties);
        let parameters_link = self.parameters_link_in(&properties);
        // Azure takes one of the two.
        let template = match (behind.member(&properties, "template"), behind.member(&properties, "templateLink")) {
            (Found::Value(template), _) => template,
            (Found::Nothing, Found::Value(link)) => {
                let Some(link) = behind.literal(&link) else { return Some(computed(&link)) };
                let path = link.get("relativePath").cloned().map(TemplateRef::Relative);
                let template =
                    path.or_else(|| link.get("uri").or_else(|| link.get("id")).cloned().map(TemplateRef::Linked))?;
                return Some(Deployment { template, parameters, plain: false, parameters_link, inner: true, location });
            }
            (Found::Nothing, Found::Nothing) => return None,
            _ => return Some(computed(&properties)),
        };
        let scope = match behind.member(&properties, "expressionEvaluationOptions") {
            Found::Value(options) => behind.member(&options, "scope"),
            other => other,
        };
        let inner = match scope {
            Found::Value(scope) => {
                behind.literal(&scope).is_some_and(|s| s.as_str().is_some_and(|s| s.eq_ignore_ascii_case("inner")))
            }
            _ => false,
        };
        let written = behind.literal(&template).filter(|t| t.as_object().is_some());
        let (Some(written), true) = (written, nesting::TEMPLATE_IN_VALUE.allows(depth)) else {
            return Some(Deployment { parameters, ..computed(&template) });
        };
        let written = match self.sections_of(written) {
            Ok(written) => written,
            Err(resources) => return Some(Deployment { parameters, ..computed(&resources) }),
        };
        // The compiler escapes texts that look like expressions: they are the nested template's own.
        let texts = holds(&written, &|e| e.as_str().is_some_and(|s| expression::is_expression(s)));
        let outer = holds(&written, &|e| matches!(e.kind, ExprKind::Expression(_)));
        let inner = inner || texts && !outer;
        let written = self.nested(written, inner);
        let template = TemplateRef::Inline(Arc::new(self.template_of(&written, pointer, depth)));
        Some(Deployment { template, parameters, plain: false, parameters_link, inner, location })
    }

    /// The parameters among the properties of a deployment.
    fn parameters_in(&self, properties: &Expr) -> Option<Expr> {
        match self.behind().member(properties, "parameters") {
            Found::Value(parameters) => Some(parameters),
            Found::Nothing => None,
            Found::Unknown => {
                let plain = match &properties.kind {
                    ExprKind::Expression(inner) => (**inner).clone(),
                    _ => properties.clone(),
                };
                Some(wrapped(member(plain, "parameters", true, properties.span)))
            }
        }
    }

    /// Where a deployment with these properties says that there is a file that gives its parameters.
    fn parameters_link_in(&self, properties: &Expr) -> Option<Expr> {
        match self.behind().member(properties, "parametersLink") {
            Found::Value(link) => Some(link),
            _ => None,
        }
    }

    /// A template whose sections, and the resources among them, are what they stand for; else the resources that cannot be read.
    fn sections_of(&self, mut template: Expr) -> Result<Expr, Expr> {
        let behind = self.behind();
        let ExprKind::Object(sections) = &mut template.kind else { return Err(template) };
        for section in sections.iter_mut() {
            let is_resources = section.key.as_str().is_some_and(|k| k.eq_ignore_ascii_case("resources"));
            behind.put(&mut section.value);
            let put = |e: &mut Expr| behind.put(e);
            match &mut section.value.kind {
                _ if !is_resources => {}
                ExprKind::Array(items) => items.iter_mut().for_each(put),
                ExprKind::Object(members) => members.iter_mut().for_each(|m| put(&mut m.value)),
                ExprKind::Loop(looped) => put(&mut looped.input),
                _ => return Err(section.value.clone()),
            }
        }
        Ok(template)
    }

    /// The body of a deployment with what can be told of it without evaluating told: its properties as an object.
    pub(super) fn told(&self, mut body: Expr) -> Expr {
        let behind = self.behind();
        behind.put(&mut body);
        if let ExprKind::Object(members) = &mut body.kind {
            for m in members.iter_mut().filter(|m| m.key.as_str().is_some_and(|k| k == "properties")) {
                behind.put(&mut m.value);
            }
        }
        body
    }

    fn behind(&self) -> Behind<'_> {
        Behind { variables: &self.variables, functions: &self.functions, left: &self.looked_behind }
    }

    /// A template with the expressions in its texts read. In outer scope, what they name is not there: they are not known.
    fn nested(&mut self, mut e: Expr, inner: bool) -> Expr {
        match &mut e.kind {
            ExprKind::Str(text) if expression::is_expression(text) => {
                let span = e.span;
                e.kind = match expression::parse(text, span.file, &|offset| {
                    (span.start + 1 + offset as u32).min(span.end)
                }) {
                    Ok(parsed) if inner => ExprKind::Expression(Box::new(parsed)),
                    Ok(_) => ExprKind::Invalid(text.trim_start_matches('[').trim_end_matches(']').into()),
                    Err(error) => {
                        self.diagnostics.push(Diagnostic::error("expression-syntax", span, error.message));
                        ExprKind::Invalid(text.trim_start_matches('[').trim_end_matches(']').into())
                    }
                };
            }
            ExprKind::Array(items) => {
                for item in items {
                    *item = self.nested(std::mem::replace(item, null(item)), inner);
                }
            }
            ExprKind::Object(members) => {
                for m in members {
                    m.value = self.nested(std::mem::replace(&mut m.value, null(&m.key)), inner);
                }
            }
            ExprKind::Loop(looped) => {
                looped.input = self.nested(std::mem::replace(&mut looped.input, null(&looped.count)), inner);
            }
            _ => {}
        }
        e
    }

    fn template_of(&mut self, e: &Expr, pointer: &str, depth: usize) -> Template {
        let schema = e.get("$schema").and_then(Expr::as_str).cloned().unwrap_or_default();
        let at = eco_format!("{pointer}/properties/template");
        let parameters = section(e, "parameters", |p| Parameter {
            name: name_of(p),
            name_span: p.key.span,
            ty: type_of(&p.value),
            default: p.value.get("defaultValue").cloned(),
            metadata: p.value.get("metadata").cloned(),
            span: p.value.span,
        });
        let variables = section(e, "variables", |p| Variable {
            name: name_of(p),
            name_span: p.key.span,
            ty: None,
            value: p.value.clone(),
        });
        let outputs = section(e, "outputs", |p| Output {
            name: name_of(p),
            name_span: p.key.span,
            ty: type_of(&p.value),
            value: p.value.get("value").cloned().unwrap_or_else(|| null(&p.key)),
            condition: p.value.get("condition").cloned(),
            span: p.value.span,
        });
        let resources = e.get("resources");
        let symbolic = resources.is_some_and(|r| r.as_object().is_some());
        let resources =
            resources.map(|r| self.resources_of(r, &eco_format!("{at}/resources"), depth)).unwrap_or_default();
        Template {
            pointer: at,
            symbolic,
            parameters,
            variables,
            outputs,
            resources,
            metadata: e.get("metadata").cloned(),
            ..Template::empty(self.units[0].source.id, e.span, scope_kind(&schema))
        }
    }

    fn resources_of(&mut self, e: &Expr, at: &str, depth: usize) -> Vec<Arc<Resource>> {
        match &e.kind {
            ExprKind::Array(items) => items
                .iter()
                .enumerate()
                .filter_map(|(i, r)| self.resource_of(r, None, eco_format!("{at}/{i}"), depth))
                .collect(),
            ExprKind::Object(members) => members
                .iter()
                .filter_map(|m| self.resource_of(&m.value, Some(m), eco_format!("{at}/{}", name_of(m)), depth))
                .collect(),
            // Resources made by a loop are a resource that is made by it.
            ExprKind::Loop(looped) => {
                let resource = self.resource_of(&looped.input, None, eco_format!("{at}/0"), depth);
                let copy = Loop { input: null(&looped.count), ..(**looped).clone() };
                let with = |r: Arc<Resource>| Arc::new(Resource { copy: Some(copy), ..(*r).clone() });
                resource.map(with).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn resource_of(
        &mut self,
        e: &Expr,
        symbol: Option<&Property>,
        at: EcoString,
        depth: usize,
    ) -> Option<Arc<Resource>> {
        let known = if e.as_object().is_none() { self.behind().literal(e) } else { None };
        let e = known.as_ref().unwrap_or(e);
        let Some(members) = e.as_object().filter(|_| nesting::TEMPLATE_IN_VALUE.allows(depth)) else {
            let message = "this resource of the nested template cannot be read here, and is not judged";
            self.diagnostics.push(Diagnostic::warning("template-linked", e.span, message));
            return None;
        };
        let type_ = e.get("type").cloned().unwrap_or_else(|| null(e));
        let is_deployment = type_.as_str().is_some_and(|t| t.eq_ignore_ascii_case("Microsoft.Resources/deployments"));
        let deployment = is_deployment.then(|| self.written_deployment(e, &at, depth + 1)).flatten();
        const TAKEN: [&str; 11] = [
            "type",
            "apiVersion",
            "name",
            "condition",
            "scope",
            "dependsOn",
            "comments",
            "existing",
            "copy",
            "resources",
            "import",
        ];
        let kept = |m: &&Property| !m.key.as_str().is_some_and(|k| TAKEN.iter().any(|t| k.eq_ignore_ascii_case(t)));
        let body = Expr::new(ExprKind::Object(members.iter().filter(kept).cloned().collect()), e.span);
        let place = e.member("name").or_else(|| e.member("type")).map_or(e.span, |m| m.key.span);
        Some(Arc::new(Resource {
            symbol: symbol.map(|m| (name_of(m), m.key.span)),
            existing: e.get("existing").is_some_and(|x| x.kind == ExprKind::Bool(true)),
            extension: e.get("import").or_else(|| e.get("extension")).is_some(),
            type_,
            api_version: e.get("apiVersion").cloned(),
            name: e.get("name").cloned().unwrap_or_else(|| null(e)),
            condition: e.get("condition").cloned(),
            copy: e.get("copy").and_then(|c| {
                let count = c.get("count")?.clone();
                let name = c.get("name").and_then(Expr::as_str).cloned().unwrap_or_default();
                Some(Loop { name, count, input: null(c), span: c.span })
            }),
            scope: e.get("scope").cloned(),
            subscription_id: e.get("subscriptionId").cloned(),
            resource_group: e.get("resourceGroup").cloned(),
            depends_on: e.get("dependsOn").cloned(),
            body: if deployment.is_some() { without_template(body) } else { body },
            children: e
                .get("resources")
                .map(|r| self.resources_of(r, &eco_format!("{at}/resources"), depth + 1))
                .unwrap_or_default(),
            deployment: deployment.map(Box::new),
            pointer: at,
            place,
            span: e.span,
        }))
    }
}

/// The value of a property that no spread after it can replace.
fn settled<'o>(o: &'o ast::Object, name: &str) -> Option<&'o ast::Expr> {
    let mut found = None;
    for item in &o.items {
        match item {
            ast::ObjectItem::Property(p) if matches!(&p.key, ast::Key::Name(key) if key.text == name) => {
                found = Some(&p.value);
            }
            ast::ObjectItem::Spread(_) => found = None,
            _ => {}
        }
    }
    found
}

/// The body of a deployment without its template and its parameters, which are told of by themselves.
pub(super) fn without_template(mut body: Expr) -> Expr {
    if let ExprKind::Object(members) = &mut body.kind {
        for m in members.iter_mut().filter(|m| m.key.as_str().is_some_and(|k| k == "properties")) {
            if let ExprKind::Object(properties) = &mut m.value.kind {
                properties.retain(|p| !p.key.as_str().is_some_and(|k| k == "template" || k == "parameters"));
            }
        }
    }
    body
}

fn null(near: &Expr) -> Expr {
    Expr::new(ExprKind::Null, near.span)
}

fn name_of(p: &Property) -> EcoString {
    p.key.as_str().cloned().unwrap_or_default()
}

fn section<T>(e: &Expr, name: &str, read: impl Fn(&Property) -> T) -> Vec<T> {
    e.get(name).and_then(Expr::as_object).unwrap_or_default().iter().map(read).collect()
}

/// Whether something in a value is so.
fn holds(e: &Expr, is: &dyn Fn(&Expr) -> bool) -> bool {
    is(e)
        || match &e.kind {
            ExprKind::Array(items) => items.iter().any(|i| holds(i, is)),
            ExprKind::Object(members) => members.iter().any(|m| holds(&m.value, is)),
            ExprKind::Loop(looped) => holds(&looped.input, is),
            _ => false,
        }
}

fn type_of(e: &Expr) -> Type {
    let text = e.get("type").and_then(Expr::as_str).map(|t| t.to_ascii_lowercase()).unwrap_or_default();
    let kind = match text.as_str() {
        "string" => TypeKind::String,
        "securestring" => TypeKind::SecureString,
        "int" => TypeKind::Int,
        "bool" => TypeKind::Bool,
        "array" => TypeKind::Array { items: None, prefix: Vec::new(), sealed: false },
        "object" => TypeKind::Object(Box::default()),
        "secureobject" => TypeKind::SecureObject(Box::default()),
        _ => TypeKind::Any,
    };
    let allowed = match e.get("allowedValues").map(|a| &a.kind) {
        Some(ExprKind::Array(items)) if !items.is_empty() => Some(items.clone()),
        _ => None,
    };
    Type { kind, allowed, span: e.get("type").map(|t| t.span), ..Type::default() }
}
