//! Resource types, their API versions and the functions that can be called on them.

use crate::Damaged;
use crate::bytes::record;
use crate::kind::Type;
use crate::table::{Section, Types};

/// The type of resources in all its API versions.
#[derive(Debug, Clone, Copy)]
pub struct ResourceType<'t> {
    pub(crate) types: Types<'t>,
    /// Its name as Microsoft spells it.
    pub name: &'t str,
    /// The first version, and how many there are.
    pub(crate) versions: (u32, u32),
    /// The same of functions.
    pub(crate) functions: (u32, u32),
}

/// A resource type in one API version.
#[derive(Debug, Clone, Copy)]
pub struct Resource<'t> {
    /// The API version.
    pub api_version: &'t str,
    /// What a declaration says: an object, `name`, `type` and `apiVersion` included.
    pub body: Type<'t>,
    /// Where there are such resources.
    pub readable: Scopes,
    /// Where such resources can be deployed; nowhere for those that can only be referred to.
    pub writable: Scopes,
}

/// A function on a resource, such as `listKeys`.
#[derive(Debug, Clone, Copy)]
pub struct Function<'t> {
    /// Its name.
    pub name: &'t str,
    /// The API version that has it.
    pub api_version: &'t str,
    /// What it returns.
    pub output: Type<'t>,
    /// What it takes, if it takes something.
    pub input: Option<Type<'t>>,
}

/// Scopes of deployments, and that of extension resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scopes(pub u8);

impl Scopes {
    /// A tenant.
    pub const TENANT: Scopes = Scopes(1);
    /// A management group.
    pub const MANAGEMENT_GROUP: Scopes = Scopes(2);
    /// A subscription.
    pub const SUBSCRIPTION: Scopes = Scopes(4);
    /// A resource group.
    pub const RESOURCE_GROUP: Scopes = Scopes(8);
    /// Another resource, which the resource extends.
    pub const EXTENSION: Scopes = Scopes(16);

    /// All of them.
    pub const ALL: Scopes = Scopes(31);

    /// Whether one of these scopes is among them.
    pub fn has(self, scope: Scopes) -> bool {
        self.0 & scope.0 != 0
    }

    /// Whether it is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// No number: as a function's input, there is none.
const NONE: u32 = 0xff_ffff;

impl<'t> ResourceType<'t> {
    /// The bytes of its record.
    pub(crate) const SIZE: usize = 15;

    /// Its API versions, the oldest first; a preview stands before what it announces on the same day.
    pub fn versions(&self) -> impl DoubleEndedIterator<Item = Result<Resource<'t>, Damaged>> {
        let (types, (first, count)) = (self.types, self.versions);
        (first..first.saturating_add(count)).map(move |at| version(types, at))
    }

    /// The names of its API versions, in the same order.
    ///
    /// # Errors
    ///
    /// The table is damaged.
    pub fn api_versions(&self) -> Result<Vec<&'t str>, Damaged> {
        self.versions().map(|v| v.map(|v| v.api_version)).collect()
    }

    /// One API version, whatever the case.
    ///
    /// # Errors
    ///
    /// The table is damaged.
    pub fn version(&self, api_version: &str) -> Result<Option<Resource<'t>>, Damaged> {
        for version in self.versions() {
            let version = version?;
            if version.api_version.eq_ignore_ascii_case(api_version) {
                return Ok(Some(version));
            }
        }
        Ok(None)
    }

    /// The newest API version that is no preview, else the newest preview.
    ///
    /// # Errors
    ///
    /// The table is damaged.
    pub fn newest(&self) -> Result<Option<Resource<'t>>, Damaged> {
        let mut newest = None;
        for version in self.versions().rev() {
            let version = version?;
            if is_stable(version.api_version) {
                return Ok(Some(version));
            }
            newest = newest.or(Some(version));
        }
        Ok(newest)
    }

    /// The functions of all API versions.
    pub fn functions(&self) -> impl Iterator<Item = Result<Function<'t>, Damaged>> {
        let (types, (first, count)) = (self.types, self.functions);
        (first..first.saturating_add(count)).map(move |at| function(types, at))
    }
}

/// Whether an API version is a date and nothing else: no preview.
pub fn is_stable(api_version: &str) -> bool {
    api_version.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

/// Whether a text has the form of an API version of Azure: the digits of a date, perhaps with a suffix for previews.
pub fn is_api_version(text: &str) -> bool {
    const SUFFIXES: [&str; 6] = ["", "-preview", "-alpha", "-beta", "-rc", "-privatepreview"];
    let Some((date, suffix)) = text.split_at_checked(10) else { return false };
    let form = date.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    form && SUFFIXES.iter().any(|known| known.eq_ignore_ascii_case(suffix))
}

fn version(types: Types<'_>, at: u32) -> Result<Resource<'_>, Damaged> {
    let mut r = record(types.section(Section::Versions), 8, at)?;
    let (name, body) = (r.u24()?, r.u24()?);
    Ok(Resource {
        api_version: types.text(name)?,
        body: types.type_(body),
        readable: Scopes(r.u8()?),
        writable: Scopes(r.u8()?),
    })
}

fn function(types: Types<'_>, at: u32) -> Result<Function<'_>, Damaged> {
    let mut r = record(types.section(Section::Functions), 12, at)?;
    let (name, version, output, input) = (r.u24()?, r.u24()?, r.u24()?, r.u24()?);
    Ok(Function {
        name: types.text(name)?,
        api_version: types.text(version)?,
        output: types.type_(output),
        input: (input != NONE).then(|| types.type_(input)),
    })
}
