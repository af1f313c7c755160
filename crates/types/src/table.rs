//! The table: its sections, and what its records refer to.

use crate::Damaged;
use crate::bytes::{Cursor, between, number, record};
use crate::kind::Type;
use crate::resource::{Resource, ResourceType};

const MAGIC: &[u8] = b"AZTYPES1";
const SECTIONS: usize = 9;

/// A table of resource types, in memory. Copies are cheap and share it.
#[derive(Debug, Clone, Copy)]
pub struct Types<'t> {
    sections: [&'t [u8]; SECTIONS],
}

/// The sections, in their order.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Section {
    Source,
    TextAt,
    Texts,
    Members,
    TypeAt,
    Types,
    Resources,
    Versions,
    Functions,
}

/// What a table was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source<'t> {
    /// The commit of `Azure/bicep-types-az`.
    pub commit: &'t str,
    /// Its date, `2026-08-20`.
    pub date: &'t str,
}

impl<'t> Types<'t> {
    /// A table from the bytes that `scripts/type-table` wrote. Only the places of its sections are looked at; damage further
    /// in shows when somebody comes to it.
    ///
    /// # Errors
    ///
    /// The bytes are no such table.
    pub fn read(bytes: &'t [u8]) -> Result<Self, Damaged> {
        let mut head = Cursor(bytes.strip_prefix(MAGIC).ok_or(Damaged("it does not begin as one"))?);
        let mut sections: [&[u8]; SECTIONS] = [&[]; SECTIONS];
        for section in &mut sections {
            let (at, length) = (number(head.take(4)?) as usize, number(head.take(4)?) as usize);
            let rest = bytes.get(at..).and_then(|rest| rest.get(..length));
            *section = rest.ok_or(Damaged("a section is not there"))?;
        }
        Ok(Types { sections })
    }

    /// What the table was made from.
    ///
    /// # Errors
    ///
    /// The table is damaged.
    pub fn source(&self) -> Result<Source<'t>, Damaged> {
        let text = std::str::from_utf8(self.section(Section::Source)).map_err(|_| Damaged("a text is no text"))?;
        let (commit, date) = text.split_once('\n').ok_or(Damaged("it does not say where it is from"))?;
        Ok(Source { commit, date })
    }

    /// The type of a resource, whatever the case: `Microsoft.Storage/storageAccounts`.
    ///
    /// # Errors
    ///
    /// The table is damaged.
    pub fn resource_type(&self, name: &str) -> Result<Option<ResourceType<'t>>, Damaged> {
        let (mut low, mut high) = (0, self.count());
        while low < high {
            let middle = low + (high - low) / 2;
            let found = self.resource_at(middle)?;
            match lower(found.name).cmp(lower(name)) {
                std::cmp::Ordering::Equal => return Ok(Some(found)),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(None)
    }

    /// A resource of a type in an API version, whatever the case.
    ///
    /// # Errors
    ///
    /// The table is damaged.
    pub fn resource(&self, name: &str, api_version: &str) -> Result<Option<Resource<'t>>, Damaged> {
        match self.resource_type(name)? {
            Some(type_) => type_.version(api_version),
            None => Ok(None),
        }
    }

    /// All resource types, by their names in lower case.
    pub fn resource_types(&self) -> impl Iterator<Item = Result<ResourceType<'t>, Damaged>> {
        let types = *self;
        (0..self.count()).map(move |i| types.resource_at(i))
    }

    fn resource_at(&self, at: u32) -> Result<ResourceType<'t>, Damaged> {
        let mut r = record(self.section(Section::Resources), ResourceType::SIZE, at)?;
        let name = self.text(r.u24()?)?;
        Ok(ResourceType { types: *self, name, versions: (r.u24()?, r.u24()?), functions: (r.u24()?, r.u24()?) })
    }

    /// How many resource types there are.
    fn count(&self) -> u32 {
        u32::try_from(self.section(Section::Resources).len() / ResourceType::SIZE).unwrap_or(u32::MAX)
    }

    pub(crate) fn section(&self, section: Section) -> &'t [u8] {
        self.sections.get(section as usize).copied().unwrap_or_default()
    }

    pub(crate) fn text(&self, at: u32) -> Result<&'t str, Damaged> {
        std::str::from_utf8(self.bytes(at)?).map_err(|_| Damaged("a text is no text"))
    }

    /// The bytes of a text, for comparing: most of those that are looked at are not the one.
    pub(crate) fn bytes(&self, at: u32) -> Result<&'t [u8], Damaged> {
        between(self.section(Section::TextAt), self.section(Section::Texts), at)
    }

    pub(crate) fn type_(&self, number: u32) -> Type<'t> {
        Type { types: *self, number }
    }

    pub(crate) fn type_record(&self, number: u32) -> Result<Cursor<'t>, Damaged> {
        between(self.section(Section::TypeAt), self.section(Section::Types), number).map(Cursor)
    }
}

fn lower(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().map(|b| b.to_ascii_lowercase())
}
