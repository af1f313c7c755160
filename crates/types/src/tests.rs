//! The whole table, and damaged ones.

use super::*;

/// Everything that can be asked of a table, as far as it can be read; how many types there were.
fn walk(types: Types<'_>, most: usize) -> Result<usize, Damaged> {
    let mut seen = std::collections::HashSet::new();
    let mut open = Vec::new();
    types.source()?;
    for resource_type in types.resource_types() {
        let resource_type = resource_type?;
        for version in resource_type.versions() {
            open.push(version?.body);
        }
        for function in resource_type.functions() {
            let function = function?;
            open.extend([Some(function.output), function.input].into_iter().flatten());
        }
        if seen.len() > most {
            return Ok(seen.len());
        }
        while let Some(type_) = open.pop() {
            if !seen.insert(type_.number) {
                continue;
            }
            match type_.kind()? {
                Kind::Union(list) => open.extend(list),
                Kind::Array(a) => open.push(a.item),
                Kind::Object(o) => open.extend(o.properties.iter().map(|p| p.type_).chain(o.additional)),
                Kind::Discriminated(d) => {
                    open.extend(d.properties.iter().map(|p| p.type_).chain(d.elements.iter().map(|e| e.1)));
                }
                _ => {}
            }
        }
    }
    Ok(seen.len())
}

#[test]
fn every_type_can_be_read() {
    let types = azure().unwrap();
    assert!(walk(types, usize::MAX).unwrap() > 90_000);
    let source = types.source().unwrap();
    assert_eq!((source.commit.len(), source.date.len()), (40, 10));
}

#[test]
fn every_resource_type_is_found_by_its_name() {
    let types = azure().unwrap();
    let mut count = 0;
    for resource_type in types.resource_types() {
        let name = resource_type.unwrap().name;
        let found = types.resource_type(&name.to_ascii_uppercase()).unwrap().unwrap();
        assert_eq!(found.name, name);
        let versions: Vec<&str> = found.versions().map(|v| v.unwrap().api_version).collect();
        assert!(!versions.is_empty() && versions.is_sorted_by_key(|v| v.to_ascii_lowercase()), "{name}");
        count += 1;
    }
    assert!(count > 3_000);
    assert!(types.resource_type("Microsoft.Storage/storageAccount").unwrap().is_none());
    assert!(types.resource("Microsoft.Storage/storageAccounts", "2023-01-32").unwrap().is_none());
}

#[test]
fn what_a_storage_account_is() {
    let account = azure().unwrap().resource("microsoft.storage/STORAGEACCOUNTS", "2023-01-01").unwrap().unwrap();
    assert!(account.writable.has(Scopes::RESOURCE_GROUP) && !account.writable.has(Scopes::SUBSCRIPTION));
    let name = account.body.property("name").unwrap().unwrap();
    assert!(name.flags.required() && name.flags.deploy_time_constant());
    let Kind::Text(text) = name.type_.kind().unwrap() else { panic!("a name is a text") };
    assert_eq!((text.min, text.max), (Some(3), Some(24)));
    let kind = account.body.property("kind").unwrap().unwrap();
    let Kind::Union(kinds) = kind.type_.kind().unwrap() else { panic!("kinds are known") };
    let literal = |t: &Type<'_>| matches!(t.kind(), Ok(Kind::Literal("StorageV2")));
    assert!(kinds.iter().any(literal));
    let properties = account.body.property("properties").unwrap().unwrap().type_;
    assert!(properties.property("primaryEndpoints").unwrap().unwrap().flags.read_only());
}

#[test]
fn functions_belong_to_versions() {
    let types = azure().unwrap();
    let account = types.resource_type("Microsoft.Storage/storageAccounts").unwrap().unwrap();
    let keys = account.functions().map(Result::unwrap).filter(|f| f.name == "listKeys");
    assert!(keys.into_iter().any(|f| f.api_version == "2023-01-01"));
    assert_eq!(account.newest().unwrap().map(|v| is_stable(v.api_version)), Some(true));
}

#[test]
fn a_damaged_table_is_an_error() {
    assert!(Types::read(b"").is_err());
    assert!(Types::read(b"AZTYPES1").is_err());
    assert!(Types::read(&AZURE[..AZURE.len() - 1]).is_err());
    // What is damaged further in is told when somebody comes to it; nothing panics, nothing runs on.
    let (mut wrong, mut state) = (0, 88_172_645_463_325_252_u64);
    for _ in 0..40 {
        let mut bytes = AZURE.to_vec();
        for _ in 0..2_000 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let at = 8 + state as usize % (bytes.len() - 8);
            bytes[at] = (state >> 40) as u8;
        }
        wrong += usize::from(Types::read(&bytes).and_then(|types| walk(types, 3_000)).is_err());
    }
    assert!(wrong > 30, "{wrong}");
}
