//! The texts that decide secrets: literals that secure parameters and properties of resources take, through variables,
//! parameters, modules and parameter files.
//!
//! Looks at what is declared and never at what it comes to, so it holds where evaluation fails as well.

use std::path::PathBuf;
use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::members::{Members, resolved};
use super::names;
use super::own::Own;
use super::redact::Secrets;
use super::shape;
use super::way::{Step, Way, Ways};
use super::workflow;
use crate::check::Remembered;
use crate::check::memo::Memo;
use crate::check::named::support::called::Called;
use crate::check::named::support::declared;
use crate::check::named::support::written::Written;
use crate::expand::{TypeShape, has_secret, is_secure, resolved_type, type_members};
use crate::model::parameters::{GivenValue, ParameterFile};
use crate::model::{Builtin, Call, Deployment, Expr, ExprKind, Property, Template, TemplateRef, Type, TypeKind};
use crate::model::{Loader, NoFiles};
use crate::nesting;
use crate::read::Span;

/// Looks for what decides secrets in templates and parameter files.
pub struct Search<'l> {
    loader: &'l dyn Loader,
    remembered: Option<&'l Remembered<Own>>,
    /// The templates that were looked at, with what is asked of their parameters. Held, so that addresses stay theirs.
    templates: FxHashMap<usize, (Arc<Template>, Vec<Ways>)>,
    /// Declarations that were followed, and where into them: the template, its kind and its place.
    followed: FxHashMap<(usize, u8, usize), Ways>,
    depth: usize,
    /// What is met is a secret; else it may be one, or the name of a server beside it.
    sure: bool,
    /// What is met is only a part of what a secret is made of.
    partly: bool,
    members: Members,
    called: Called,
    found: Secrets,
}

/// Whether the name of a property says something: few do, and templates have the same again and again.
fn can_tell(key: &str) -> bool {
    thread_local! {
        static KNOWN: Memo<EcoString, bool> = Memo::of_most(1 << 12);
    }
    let can = || names::is_whole(key) || names::is_secret(key) || shape::can_tell(key);
    KNOWN.with(|all| all.answer(key, can))
}

impl<'l> Search<'l> {
    /// Finds nothing yet. `loader` reads the templates that templates name.
    pub fn new(loader: &'l dyn Loader) -> Self {
        Search {
            loader,
            remembered: None,
            templates: FxHashMap::default(),
            followed: FxHashMap::default(),
            depth: 0,
            sure: true,
            partly: false,
            members: Members::default(),
            called: Called::default(),
            found: Secrets::default(),
        }
    }

    /// The same, with what other searches of the run saw.
    #[must_use]
    pub fn remembering(self, remembered: &'l Remembered<Own>) -> Self {
        Search { remembered: Some(remembered), ..self }
    }

    /// What was found.
    pub fn finish(self) -> Secrets {
        self.found
    }

    /// Looks at a template and all that it deploys. Says what of its parameters decides a secret.
    pub fn template(&mut self, template: &Arc<Template>) -> Vec<Ways> {
        let key = Arc::as_ptr(template) as usize;
        if let Some((_, asked)) = self.templates.get(&key) {
            return asked.clone();
        }
        let look = || Search::new(&NoFiles).alone(template);
        let own = match self.remembered {
            Some(remembered) => remembered.of(template, look),
            None => Arc::new(look()),
        };
        self.found.join(own.found.clone());
        self.templates.insert(key, (template.clone(), own.asked.clone()));
        self.followed.extend(own.followed.iter().map(|((kind, i), ways)| ((key, *kind, *i), ways.clone())));
        self.deployments(template, template);
        self.templates.get(&key).map(|(_, asked)| asked.clone()).unwrap_or_default()
    }

    /// What a template says by itself.
    fn alone(mut self, template: &Arc<Template>) -> Own {
        let key = Arc::as_ptr(template) as usize;
        let asked = template.parameters.iter().map(|p| has_secret(template, &p.ty) || names::looks_secret(&p.name));
        let asked: Vec<Ways> = asked.map(Ways::new).collect();
        self.templates.insert(key, (template.clone(), asked));
        for p in &template.parameters {
            if let Some(default) = &p.default {
                self.given(template, &p.ty, &p.name, default, template);
            }
            // The only values that a secret can have.
            let secure = is_secure(template, &p.ty);
            if secure || names::looks_secret(&p.name) {
                let allowed = p.ty.allowed.iter().flatten();
                self.perhaps(secure, |s| allowed.for_each(|a| s.literals(a, template)));
            }
        }
        template.variables.iter().for_each(|v| self.named(&v.name, &v.value, template));
        for f in &template.functions {
            self.walk(&f.body, template);
        }
        for output in &template.outputs {
            self.typed(template, &[&output.ty], &output.value, template);
            self.walk(&output.value, template);
        }
        self.bodies(template, template);
        let asked = self.templates.remove(&key).map(|(_, asked)| asked).unwrap_or_default();
        let followed = self.followed.into_iter().map(|((_, kind, i), ways)| ((kind, i), ways)).collect();
        Own { found: self.found, asked, followed }
    }

    /// Looks at a parameter file and its template; without one, every value may be a secret.
    pub fn parameters(&mut self, file: &ParameterFile, template: Option<&Arc<Template>>) {
        let scope = file.definitions.clone();
        let scope = scope.unwrap_or_else(|| {
            let nowhere = Span::new(file.file, 0, 0);
            Arc::new(Template::empty(file.file, nowhere, crate::model::ScopeKind::ResourceGroup))
        });
        let asked = template.map(|t| (t, self.template(t)));
        for given in file.given() {
            let declared = asked.as_ref().and_then(|(t, asked)| {
                let (i, p) = t.parameter(&given.name)?;
                Some((*t, p, asked.get(i).cloned().unwrap_or_default()))
            });
            let hidden = declared
                .as_ref()
                .is_none_or(|(t, p, asked)| !asked.is_empty() || has_secret(t, &p.ty) || names::looks_secret(&p.name));
            // What has no meaning for Azure may have been meant to be the value.
            match (hidden, &given.value) {
                (true, GivenValue::Nothing(span)) => self.found.suspect(*span),
                (true, _) => given.beside.iter().for_each(|span| self.found.suspect(*span)),
                // What does not fit may be meant for another parameter.
                (false, GivenValue::Value(value))
                    if declared.as_ref().is_some_and(|(t, p, _)| misfits(t, &p.ty, value)) =>
                {
                    self.found.suspect(value.span)
                }
                (false, _) => self.found.clear(given.name_span),
            }
            let (GivenValue::Value(value) | GivenValue::Expression(value)) = &given.value else { continue };
            match declared {
                Some((t, p, asked)) if !asked.is_empty() && !has_secret(t, &p.ty) => {
                    // By its name alone, or because a secret is made of it.
                    let sure = names::is_secret(&p.name) || !names::looks_secret(&p.name);
                    self.perhaps(sure, |s| asked.iter().for_each(|way| s.literals_at(value, way, &scope)));
                    self.walk(value, &scope);
                }
                Some((t, p, _)) => self.given(t, &p.ty, &p.name, value, &scope),
                // Nobody knows what it is.
                None => self.found.suspect(value.span),
            }
        }
        scope.variables.iter().for_each(|v| self.named(&v.name, &v.value, &scope));
    }

    /// Looks at a value of which nothing is known but what stands in it: resources exported from Azure, broken files.
    pub fn value(&mut self, value: &Expr) {
        let nowhere = Arc::new(Template::empty(value.span.file, value.span, crate::model::ScopeKind::ResourceGroup));
        self.walk(value, &nowhere);
        self.raw(value, &nowhere);
    }

    /// What a text shows by its shape alone: a resource with its type, a secure parameter with its default.
    fn raw(&mut self, value: &Expr, scope: &Arc<Template>) {
        let text = |keys: [&str; 2]| keys.iter().find_map(|k| value.get(k)?.as_str());
        if let Some(type_) = text(["resourceType", "type"]) {
            self.by_type(value, type_, scope);
            let secure = type_.eq_ignore_ascii_case("securestring") || type_.eq_ignore_ascii_case("secureobject");
            if let Some(default) = value.get("defaultValue").filter(|_| secure) {
                self.literals(default, scope);
            }
        }
        self.each(value, |s, v| s.raw(v, scope));
    }

    fn each<'e>(&mut self, value: &'e Expr, mut f: impl FnMut(&mut Self, &'e Expr)) {
        if !nesting::SECRET.allows(self.depth) {
            return;
        }
        self.depth += 1;
        match &value.kind {
            ExprKind::Array(items) => items.iter().for_each(|i| f(self, i)),
            ExprKind::Object(members) => members.iter().for_each(|m| f(self, &m.value)),
            _ => {}
        }
        self.depth -= 1;
    }

    /// What the resources of a template say by themselves; they are evaluated in a scope that may be another template's.
    fn bodies(&mut self, template: &Arc<Template>, scope: &Arc<Template>) {
        for (resource, type_) in declared::resources(template) {
            self.walk(&resource.body, scope);
            self.by_type(&resource.body, &type_, scope);
            if let Some(parameters) = resource.deployment.as_ref().and_then(|d| d.parameters.as_ref()) {
                self.walk(parameters, scope);
            }
        }
    }

    fn deployments(&mut self, template: &Arc<Template>, scope: &Arc<Template>) {
        for (resource, _) in declared::resources(template) {
            if let Some(deployment) = &resource.deployment {
                self.deployment(deployment, scope);
            }
        }
    }

    fn deployment(&mut self, deployment: &Deployment, scope: &Arc<Template>) {
        // Of those of which a condition chooses one, each may be deployed.
        let inline = deployment.template.inline().into_iter().cloned();
        inline.chain(self.deployed(&deployment.template, scope)).for_each(|inner| {
            self.nested(deployment, &inner, scope);
        });
    }

    fn nested(&mut self, deployment: &Deployment, inner: &Arc<Template>, scope: &Arc<Template>) {
        self.members.held.push(inner.clone());
        if !nesting::SECRET.allows(self.depth) {
            return;
        }
        self.depth += 1;
        if deployment.inner {
            let asked = self.template(inner);
            if let Some(parameters) = &deployment.parameters {
                self.handed_over(inner, &asked, parameters, scope);
            }
        } else {
            self.bodies(inner, scope);
            self.deployments(inner, scope);
            if let Some(parameters) = &deployment.parameters {
                let secure: Vec<Ways> = inner.parameters.iter().map(|p| Ways::new(has_secret(inner, &p.ty))).collect();
                self.handed_over(inner, &secure, parameters, scope);
            }
        }
        self.depth -= 1;
    }

    /// A template that stands elsewhere.
    fn deployed(&self, template: &TemplateRef, scope: &Template) -> Option<Arc<Template>> {
        let (path, span) = match template {
            TemplateRef::File { path, span } => (path.clone(), *span),
            TemplateRef::Relative(expr) => {
                let text = resolved(expr, scope, 0, &self.members).as_str()?;
                let relative: PathBuf = text.split(['/', '\\']).collect();
                (self.loader.folder(expr.span)?.join(relative), expr.span)
            }
            _ => return None,
        };
        self.loader.load(&path, span).ok()
    }

    /// The values that a deployment hands to parameters which decide a secret.
    fn handed_over(&mut self, inner: &Arc<Template>, asked: &[Ways], parameters: &Expr, scope: &Arc<Template>) {
        let parameters = resolved(parameters, scope, 0, &self.members);
        let Some(members) = parameters.as_object() else {
            if asked.iter().any(|ways| !ways.is_empty()) {
                self.literals(parameters, scope);
            }
            return;
        };
        for Property { key, value: entry } in members {
            let Some((i, p)) = key.as_str().and_then(|k| inner.parameter(k)) else { continue };
            let Some(asked) = asked.get(i).filter(|ways| !ways.is_empty()) else { continue };
            let value = entry.get("value").unwrap_or(entry);
            match has_secret(inner, &p.ty) {
                true => self.typed(inner, &[&p.ty], value, scope),
                false => {
                    let sure = names::is_secret(&p.name) || !names::looks_secret(&p.name);
                    self.perhaps(sure, |s| asked.iter().for_each(|way| s.literals_at(value, way, scope)));
                }
            }
        }
    }

    /// A value that a parameter of this type and name takes.
    fn given(&mut self, template: &Arc<Template>, ty: &Type, name: &str, value: &Expr, scope: &Arc<Template>) {
        if has_secret(template, ty) {
            self.typed(template, &[ty], value, scope);
        }
        self.named(name, value, scope);
    }

    /// A value that stands under a name which may tell that it is a secret.
    fn named(&mut self, name: &str, value: &Expr, scope: &Arc<Template>) {
        let scalar = !matches!(value.kind, ExprKind::Object(_) | ExprKind::Array(_) | ExprKind::Bool(_));
        if scalar && names::looks_secret(name) {
            self.perhaps(names::is_secret(name), |s| s.literals(value, scope));
        }
        self.walk(value, scope);
    }

    /// Follows something that is surely a secret, or may be one.
    fn perhaps(&mut self, sure: bool, f: impl FnOnce(&mut Self)) {
        let before = (self.sure, self.partly);
        (self.sure, self.partly) = (sure, false);
        f(self);
        (self.sure, self.partly) = before;
    }

    /// What is secret in a value by its types, one of which keeps a secret, or that of what holds the value does.
    fn typed(&mut self, template: &Arc<Template>, types: &[&Type], value: &Expr, scope: &Arc<Template>) {
        if types.iter().any(|ty| is_secure(template, ty)) {
            return self.literals(value, scope);
        }
        let keeps = types.iter().any(|ty| has_secret(template, ty));
        let value = if keeps { resolved(value, scope, 0, &self.members) } else { value };
        // A misspelt name, a list for an object: what fits none of the types may be what was meant to be the secret.
        if !TypeShape::of_expr(value).map_or(!types.is_empty(), |shape| shape.fits(template, types)) {
            return self.perhaps(false, |s| s.literals(value, scope));
        }
        if !keeps || !nesting::SECRET.allows(self.depth) {
            return;
        }
        self.depth += 1;
        match &value.kind {
            ExprKind::Object(members) => {
                for m in members {
                    match m.key.as_str() {
                        Some(key) => {
                            let at: Vec<&Type> = types.iter().flat_map(|ty| type_members(template, ty, key)).collect();
                            self.typed(template, &at, &m.value, scope);
                        }
                        None => self.literals(&m.value, scope),
                    }
                }
            }
            ExprKind::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    let at = types.iter().filter_map(|ty| match &resolved_type(template, ty).kind {
                        TypeKind::Array { items, prefix, .. } => prefix.get(i).or(items.as_deref()),
                        _ => None,
                    });
                    let at: Vec<&Type> = at.collect();
                    self.typed(template, &at, item, scope);
                }
            }
            // What it is made of, nobody takes apart.
            ExprKind::Null | ExprKind::Bool(_) => {}
            _ => self.literals(value, scope),
        }
        self.depth -= 1;
    }

    /// What the type of a resource says is secret in it, for what stands in it and in the variables that it takes.
    fn by_type(&mut self, body: &Expr, type_: &str, scope: &Arc<Template>) {
        for path in names::paths_and_marked(type_).chain(names::paths_by_type(type_).iter().copied()) {
            for (_, value) in Written::new(scope).at(body, path) {
                self.literals(value, scope);
            }
        }
        for (_, value) in workflow::secure_values(body, type_, scope) {
            self.literals(value, scope);
        }
    }

    /// What names of properties say is secret in a value.
    fn walk(&mut self, value: &Expr, scope: &Arc<Template>) {
        self.walk_under(value, "", scope);
    }

    /// The same for what stands under a key.
    fn walk_under(&mut self, value: &Expr, under: &str, scope: &Arc<Template>) {
        if !nesting::SECRET.allows(self.depth) {
            return;
        }
        self.depth += 1;
        match &value.kind {
            ExprKind::Object(members) => members.iter().for_each(|m| self.member(m, members, under, scope)),
            ExprKind::Array(items) => items.iter().for_each(|i| self.walk_under(i, under, scope)),
            ExprKind::Expression(inner) => self.walk_under(inner, under, scope),
            ExprKind::Call(call) => call.args.iter().for_each(|a| self.walk_under(a, under, scope)),
            ExprKind::Access { base, .. } => self.walk(base, scope),
            ExprKind::Loop(l) => self.walk_under(&l.input, under, scope),
            ExprKind::Str(text) if shape::has_secret(text, shape::is_script(under)) => self.literal(value.span, text),
            _ => {}
        }
        self.depth -= 1;
    }

    fn member(&mut self, m: &Property, among: &[Property], under: &str, scope: &Arc<Template>) {
        let Some(key) = self.called.name(&m.key, scope) else { return self.walk(&m.value, scope) };
        if !can_tell(&key) && !under.eq_ignore_ascii_case("authentication") {
            return self.walk_under(&m.value, &key, scope);
        }
        let key = key.as_str();
        let beside = |name: &str| {
            among.iter().find(|p| p.key.as_str().is_some_and(|k| k.eq_ignore_ascii_case(name))).map(|p| &p.value)
        };
        // `{name: 'DB_PASSWORD', value: '…'}`
        let setting = || self.called.name(beside("name")?, scope).filter(|n| names::looks_secret(n));
        let is_value = || key.eq_ignore_ascii_case("value") && setting().is_some();
        if names::is_whole(key) || is_value() || shape::is_typed_secret(key, beside) {
            return self.literals(&m.value, scope);
        }
        if names::is_secret(key) || shape::is_secret_setting(key) || shape::is_secret_here(key, under, beside, true) {
            match &m.value.kind {
                // A parameter of a nested deployment, or a list of what is named like it.
                ExprKind::Object(inner) => {
                    let value =
                        inner.iter().filter(|p| p.key.as_str().is_some_and(|k| k.eq_ignore_ascii_case("value")));
                    value.for_each(|p| self.literals(&p.value, scope));
                }
                ExprKind::Array(items) => {
                    let texts = items.iter().filter(|i| !matches!(i.kind, ExprKind::Object(_)));
                    texts.for_each(|i| self.literals(i, scope));
                }
                _ => self.literals(&m.value, scope),
            }
        }
        self.walk_under(&m.value, key, scope);
    }

    /// Every literal that a secret value is made of.
    fn literals(&mut self, value: &Expr, scope: &Arc<Template>) {
        self.literals_at(value, &Way::WHOLE, scope);
    }

    /// Every literal that what lies at the end of a way is made of; of what nobody can take apart, all of it.
    fn literals_at(&mut self, value: &Expr, way: &Way, scope: &Arc<Template>) {
        if !nesting::SECRET.allows(self.depth) {
            return self.found.suspect(value.span);
        }
        self.depth += 1;
        match &value.kind {
            ExprKind::Str(text) if !text.is_empty() => self.literal(value.span, text),
            ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Invalid(_) => self.found.suspect(value.span),
            ExprKind::Str(_) | ExprKind::Null | ExprKind::Bool(_) => {}
            ExprKind::Array(items) => items.iter().for_each(|i| self.literals_at(i, &way.of_item(), scope)),
            ExprKind::Object(members) => {
                let sure = self.sure;
                for m in members {
                    if let Some(way) = way.of_member(m.key.as_str().map(EcoString::as_str)) {
                        self.sure = sure && !is_name_of_value(m, members);
                        self.literals_at(&m.value, &way, scope);
                    }
                }
                self.sure = sure;
            }
            ExprKind::Expression(inner) => self.literals_at(inner, way, scope),
            ExprKind::Loop(l) => self.literals_at(&l.input, &way.of_item(), scope),
            ExprKind::Access { base, key, .. } => {
                let at = resolved(value, scope, 0, &self.members);
                match std::ptr::eq(at, value) {
                    true => self.literals_at(base, &way.below(step(key)), scope),
                    false => self.literals_at(at, way, scope),
                }
            }
            ExprKind::Call(call) => self.made_by(call, value, way, scope),
        }
        self.depth -= 1;
    }

    fn literal(&mut self, span: Span, text: &EcoString) {
        match self.sure {
            true => self.found.add(span, text),
            false => self.found.add_doubtful(span, text),
        }
    }

    fn made_by(&mut self, call: &Call, value: &Expr, way: &Way, scope: &Arc<Template>) {
        let key = Arc::as_ptr(scope) as usize;
        let first = call.args.first().and_then(Expr::as_str);
        if let Some(namespace) = &call.namespace {
            if let Some((i, f)) = scope.function(namespace, &call.name)
                && let Some(way) = self.followed.entry((key, 2, i)).or_default().add(way.clone())
            {
                self.literals_at(&f.body, &way, scope);
            }
            return self.arguments(call, 0, scope);
        }
        let Some(function) = Builtin::of(call) else { return self.arguments(call, 0, scope) };
        match (function, first) {
            (Builtin::Variables, Some(name)) => {
                if let Some((i, v)) = scope.variable(name)
                    && let Some(way) = self.followed.entry((key, 0, i)).or_default().add(way.clone())
                {
                    self.perhaps(!self.partly && self.sure || names::looks_secret(name), |s| {
                        s.literals_at(&v.value, &way, scope)
                    });
                }
            }
            (Builtin::Parameters, Some(name)) => {
                if let Some((i, p)) = scope.parameter(name)
                    && let Some(way) = self.followed.entry((key, 1, i)).or_default().add(way.clone())
                {
                    // What is given to it is one as well, unless it is only a part of one.
                    if (!self.partly || names::looks_secret(name))
                        && let Some(asked) = self.templates.get_mut(&key).and_then(|(_, asked)| asked.get_mut(i))
                    {
                        asked.add(way.clone());
                    }
                    let sure = !self.partly && self.sure || names::looks_secret(name);
                    self.perhaps(sure, |s| p.default.iter().for_each(|d| s.literals_at(d, &way, scope)));
                }
            }
            (Builtin::Format, Some(text)) => {
                let span = call.args.first().map_or(value.span, |a| a.span);
                match self.sure {
                    true => self.found.add_format(span, text),
                    false => self.found.suspect(span),
                }
                // `'${x}'` is nothing but x.
                let alone = call.args.len() == 2 && text.as_str() == "{0}";
                self.parts(alone, |s| s.arguments(call, 1, scope));
            }
            (Builtin::Lambda, _) => self.literals(call.args.last().unwrap_or(value), scope),
            (Builtin::TryGet, _) => {
                let Some((base, keys)) = call.args.split_first() else { return };
                let way = keys.iter().rev().fold(way.clone(), |way, key| way.below(step(key)));
                self.literals_at(base, &way, scope);
            }
            // What is asked of one of them is asked of each of these.
            (Builtin::If | Builtin::Coalesce | Builtin::Concat | Builtin::Union, _) if !way.is_whole() => {
                let skip = usize::from(function == Builtin::If);
                call.args.iter().skip(skip).for_each(|a| self.literals_at(a, way, scope));
            }
            (Builtin::CreateArray, _) => call.args.iter().for_each(|a| self.literals_at(a, &way.of_item(), scope)),
            (Builtin::First | Builtin::Last, _) => {
                call.args.iter().for_each(|a| self.literals_at(a, &way.below(Step::Any), scope))
            }
            (Builtin::CreateObject, _) => call.args.iter().skip(1).step_by(2).for_each(|a| self.literals(a, scope)),
            (Builtin::Concat | Builtin::Join | Builtin::Uri, _) => self.parts(false, |s| s.arguments(call, 0, scope)),
            // A name is no secret.
            _ if function.is_id() => {}
            _ => {
                if let Some(first) = function.first_told() {
                    self.arguments(call, first, scope);
                }
            }
        }
    }

    /// Looks at what a secret is put together of.
    fn parts(&mut self, whole: bool, f: impl FnOnce(&mut Self)) {
        let before = self.partly;
        self.partly |= !whole;
        f(self);
        self.partly = before;
    }

    fn arguments(&mut self, call: &Call, skip: usize, scope: &Arc<Template>) {
        // A number among the arguments says how, not what.
        let tells = |a: &&Expr| !matches!(a.kind, ExprKind::Int(_) | ExprKind::Float(_));
        call.args.iter().skip(skip).filter(tells).for_each(|a| self.literals(a, scope));
    }
}

/// Whether a text is given where a number or a boolean is wanted.
fn misfits(template: &Template, ty: &Type, value: &Expr) -> bool {
    let wanted = &resolved_type(template, ty).kind;
    matches!(wanted, TypeKind::Int | TypeKind::Bool) && matches!(value.kind, ExprKind::Str(_))
}

/// The step that a key is.
fn step(key: &Expr) -> Step {
    key.as_str().map_or(Step::Any, |k| Step::Key(k.clone()))
}

/// Whether a member only says what the value beside it is called: `{ name: 'storageAccountName', value: … }`.
fn is_name_of_value(member: &Property, among: &[Property]) -> bool {
    let is = |m: &Property, names: &[&str]| {
        m.key.as_str().is_some_and(|key| names.iter().any(|name| key.eq_ignore_ascii_case(name)))
    };
    is(member, &["name"]) && among.iter().any(|other| is(other, &["value", "secureValue"]))
}
