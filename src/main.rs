//! scratch
use armlint::expand::{Context, Limits, Value};
use armlint::model::{Library, ScopeKind};
use std::path::PathBuf;
use std::sync::Arc;
fn main() {
    std::thread::Builder::new().stack_size(256 << 20).spawn(real).unwrap().join().unwrap();
}
fn real() {
    let args: Vec<String> = std::env::args().collect();
    let get = |n: &str| args.iter().position(|a| a == n).map(|i| args[i + 1].clone());
    let file = PathBuf::from(&args[2]);
    let sources = Arc::new(armlint::read::Sources::new());
    let root = get("--root").map(PathBuf::from).unwrap_or_else(|| file.parent().unwrap().into());
    let lib = Library::new(sources.clone(), &root, get("--cache-dir").map(PathBuf::from));
    let mut diags = Vec::new();
    let mut params = None;
    let mut tfile = file.clone();
    if file.extension().is_some_and(|e| e == "bicepparam") {
        let f = lib.bicep(&file).unwrap();
        let s = lib.source(&file).unwrap();
        let p = armlint::model::bicep::params::load(&lib, &s, &f, &mut diags);
        tfile = p.template.clone().unwrap();
        params = Some(p.values);
    } else if let Some(p) = get("--parameters") {
        let d = lib.document(&PathBuf::from(p)).unwrap();
        params = Some(armlint::model::arm::parameters::load(&d));
    }
    let t = match lib.open(&tfile) {
        Ok(t) => t,
        Err(d) => {
            eprintln!("{d:?}");
            std::process::exit(3)
        }
    };
    let mut c = Context::unknown(t.scope);
    c.subscription_id = get("--subscription-id").map(Value::str);
    c.tenant_id = get("--tenant-id").map(Value::str);
    c.resource_group = get("--resource-group").map(Value::str);
    c.location = get("--location").map(Value::str);
    c.management_group = get("--management-group").map(Value::str);
    c.deployment_name = get("--deployment-name").map(Value::str);
    let _ = ScopeKind::Tenant;
    let d = armlint::expand::expand(&lib, t, params.as_ref(), c, Limits::default());
    diags.extend(lib.take_diagnostics());
    diags.extend(d.diagnostics.iter().cloned());
    let p = armlint::cli::predicted::Printer { sources: &sources, root: lib.root() };
    println!("{}", serde_json::to_string_pretty(&p.document(&d, &diags, false)).unwrap());
}
