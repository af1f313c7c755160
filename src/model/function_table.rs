//! The functions of the template language: one table of what is known of each.
//!
//! Everything that asks by the name of a function asks here: which function it is, how many arguments it takes, what it
//! returns, whether that can be empty, which characters and how many it has, and whether it tells a secret of its arguments.
//! What a function does is in [`crate::expand`].
//!
//! Sources: <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions> and, for those of Bicep,
//! <https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions>.

use std::sync::LazyLock;

use super::Call;

/// Where Bicep finds a function. (ARM has one namespace of its own; functions that a template declares are never in this table.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Namespace {
    /// `sys`: the language.
    Sys,
    /// `az`: Azure.
    Az,
    /// `this`: the resource that is being declared.
    This,
    /// What both languages are translated to, and Bicep has no word for.
    Template,
}

/// What a function returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returns {
    /// Values of several types.
    Anything,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A string.
    Text,
    /// An array.
    Array,
    /// An object.
    Object,
    /// Its arguments one after the other, as a string, or as an array if they are arrays.
    Joined,
    /// Something of the type of its first argument.
    LikeFirst,
    /// One of its arguments, from this one on.
    OneOf(usize),
}

/// Whether there is something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Never null, and never empty.
    Full,
    /// Never null.
    There,
    /// It may be null.
    Nullable,
}

/// The characters of a text, and how many: UTF-16 units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Letters {
    /// Each from the first to the second character.
    pub ranges: &'static [(char, char)],
    /// The fewest.
    pub least: usize,
    /// The most, if there is a bound.
    pub most: Option<usize>,
}

/// What the value of a function tells of secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tells {
    /// What it returns is a secret.
    Secret,
    /// What is in its arguments, from this one on; those before only say which or how.
    Arguments(usize),
    /// The names in it, which it holds as they are; but what it is no literal of the template decides alone.
    Id,
    /// Nothing worth knowing: an answer, a number of something, a hash.
    Nothing,
    /// What Azure or the machine knows; the arguments only say what of it.
    Elsewhere,
}

/// What is known of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// The name in Azure's own spelling.
    pub name: &'static str,
    /// Where Bicep finds it.
    pub namespace: Namespace,
    /// The fewest and the most arguments; `usize::MAX` for any number.
    pub arity: (usize, usize),
    /// What it returns.
    pub returns: Returns,
    /// Whether there is something in that.
    pub presence: Presence,
    /// What it tells of secrets.
    pub tells: Tells,
}

/// Makes the enum and the table of the same rows, which are in the order of the names without regard to case.
macro_rules! functions {
    ($($variant:ident $name:literal $namespace:ident $min:literal $max:tt $returns:expr, $presence:ident, $tells:expr;)*) => {
        /// A function of the template language.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs)] // The names are the languages' own.
        pub enum Builtin { $($variant,)* }

        impl Builtin {
            /// All functions, in the order of their names without regard to case.
            pub const ALL: &[Builtin] = &[$(Builtin::$variant,)*];
        }

        const FACTS: &[Facts] = &[$(Facts {
            name: $name,
            namespace: Namespace::$namespace,
            arity: ($min, most!($max)),
            returns: $returns,
            presence: Presence::$presence,
            tells: $tells,
        },)*];
    };
}

macro_rules! most {
    (many) => {
        usize::MAX
    };
    ($n:literal) => {
        $n
    };
}

use Returns::{Anything, Array, Boolean, Integer, Joined, LikeFirst, Object, OneOf, Text};
use Tells::{Elsewhere, Id, Nothing, Secret};

/// What is in all of its arguments.
const ALL: Tells = Tells::Arguments(0);

/// What is in its arguments but the first.
const REST: Tells = Tells::Arguments(1);

functions! {
    // variant, name, namespace, fewest and most arguments, returns, presence, tells
    Add "add" Sys 2 2 Integer, There, ALL;
    And "and" Sys 2 many Boolean, There, Nothing;
    Any "any" Sys 1 1 OneOf(0), Nullable, ALL;
    ArrayOf "array" Sys 1 1 Array, There, ALL;
    Base64 "base64" Sys 1 1 Text, There, ALL;
    Base64ToJson "base64ToJson" Sys 1 1 Anything, Nullable, ALL;
    Base64ToString "base64ToString" Sys 1 1 Text, There, ALL;
    Bool "bool" Sys 1 1 Boolean, There, ALL;
    BuildUri "buildUri" Sys 1 1 Text, There, ALL;
    CidrHost "cidrHost" Sys 2 2 Text, There, ALL;
    CidrSubnet "cidrSubnet" Sys 3 3 Text, There, ALL;
    Coalesce "coalesce" Sys 0 many OneOf(0), Nullable, ALL;
    Concat "concat" Sys 1 many Joined, There, ALL;
    Contains "contains" Sys 2 2 Boolean, There, Nothing;
    CopyIndex "copyIndex" Template 0 2 Integer, There, Elsewhere;
    CreateArray "createArray" Template 0 many Array, There, ALL;
    CreateObject "createObject" Template 0 many Object, There, ALL;
    DataUri "dataUri" Sys 1 1 Text, There, ALL;
    DataUriToString "dataUriToString" Sys 1 1 Text, There, ALL;
    DateTimeAdd "dateTimeAdd" Sys 2 3 Text, There, ALL;
    DateTimeFromEpoch "dateTimeFromEpoch" Sys 1 1 Text, There, ALL;
    DateTimeToEpoch "dateTimeToEpoch" Sys 1 1 Integer, There, ALL;
    Deployer "deployer" Az 0 0 Object, Full, Elsewhere;
    Deployment "deployment" Az 0 0 Object, Full, Elsewhere;
    Distinct "distinct" Sys 1 1 Array, There, ALL;
    Div "div" Sys 2 2 Integer, There, ALL;
    Empty "empty" Sys 1 1 Boolean, There, Nothing;
    EndsWith "endsWith" Sys 2 2 Boolean, There, Nothing;
    Environment "environment" Az 0 0 Object, Full, Elsewhere;
    Equals "equals" Sys 2 2 Boolean, There, Nothing;
    ExistingResource "existingResource" This 0 0 Object, Nullable, Elsewhere;
    Exists "exists" This 0 0 Boolean, There, Elsewhere;
    ExtensionResourceId "extensionResourceId" Az 3 many Text, Full, Id;
    Extensions "extensions" Template 1 1 Object, Full, Elsewhere;
    ExternalInput "externalInput" Sys 1 2 Anything, Nullable, Elsewhere;
    ExternalInputs "externalInputs" Template 1 1 Anything, Nullable, Elsewhere;
    Fail "fail" Sys 1 1 Anything, There, ALL;
    False "false" Template 0 0 Boolean, There, Nothing;
    Filter "filter" Sys 2 2 Array, There, ALL;
    First "first" Sys 1 1 Anything, Nullable, ALL;
    Flatten "flatten" Sys 1 1 Array, There, ALL;
    Float "float" Template 1 1 Anything, There, ALL;
    Format "format" Sys 1 many Text, There, ALL;
    GetSecret "getSecret" Az 1 many Text, Full, Secret;
    Greater "greater" Sys 2 2 Boolean, There, Nothing;
    GreaterOrEquals "greaterOrEquals" Sys 2 2 Boolean, There, Nothing;
    GroupBy "groupBy" Sys 2 3 Object, There, ALL;
    Guid "guid" Sys 1 many Text, Full, Nothing;
    If "if" Template 3 3 OneOf(1), Nullable, REST;
    IndexFromEnd "indexFromEnd" Template 2 2 Anything, Nullable, ALL;
    IndexOf "indexOf" Sys 2 2 Integer, There, Nothing;
    Int "int" Sys 1 1 Integer, There, ALL;
    Intersection "intersection" Sys 2 many Anything, There, ALL;
    Items "items" Sys 1 1 Array, There, ALL;
    Join "join" Sys 2 2 Text, There, ALL;
    Json "json" Sys 1 1 Anything, Nullable, ALL;
    Lambda "lambda" Template 1 many Anything, There, ALL;
    LambdaVariables "lambdaVariables" Template 1 1 Anything, Nullable, Elsewhere;
    Last "last" Sys 1 1 Anything, Nullable, ALL;
    LastIndexOf "lastIndexOf" Sys 2 2 Integer, There, Nothing;
    Length "length" Sys 1 1 Integer, There, Nothing;
    Less "less" Sys 2 2 Boolean, There, Nothing;
    LessOrEquals "lessOrEquals" Sys 2 2 Boolean, There, Nothing;
    Like "like" Template 2 2 Boolean, There, Nothing;
    // All functions whose names begin like this and are not in the table: `listKeys`, `listAccountSas`, …
    List "list" Az 1 many Anything, There, Secret;
    LoadDirectoryFileInfo "loadDirectoryFileInfo" Sys 1 2 Array, There, Elsewhere;
    LoadFileAsBase64 "loadFileAsBase64" Sys 1 1 Text, There, Elsewhere;
    LoadJsonContent "loadJsonContent" Sys 1 3 Anything, Nullable, Elsewhere;
    LoadTextContent "loadTextContent" Sys 1 2 Text, There, Elsewhere;
    LoadYamlContent "loadYamlContent" Sys 1 3 Anything, Nullable, Elsewhere;
    ManagementGroup "managementGroup" Az 0 0 Object, Full, Elsewhere;
    ManagementGroupResourceId "managementGroupResourceId" Az 2 many Text, Full, Id;
    Map "map" Sys 2 2 Array, There, ALL;
    MapValues "mapValues" Sys 2 2 Object, There, ALL;
    Max "max" Sys 1 many Anything, There, ALL;
    Min "min" Sys 1 many Anything, There, ALL;
    Mod "mod" Sys 2 2 Integer, There, ALL;
    Mul "mul" Sys 2 2 Integer, There, ALL;
    NameOf "nameof" Sys 1 1 Text, Full, Nothing;
    NewGuid "newGuid" Sys 0 0 Text, Full, Elsewhere;
    Not "not" Sys 1 1 Boolean, There, Nothing;
    Null "null" Template 0 0 Anything, Nullable, Nothing;
    ObjectKeys "objectKeys" Sys 1 1 Array, There, ALL;
    Or "or" Sys 2 many Boolean, There, Nothing;
    PadLeft "padLeft" Sys 2 3 Text, There, ALL;
    Parameters "parameters" Template 1 1 Anything, Nullable, ALL;
    ParseCidr "parseCidr" Sys 1 1 Object, Full, ALL;
    ParseUri "parseUri" Sys 1 1 Object, Full, ALL;
    PickZones "pickZones" Az 3 5 Array, There, Elsewhere;
    Providers "providers" Az 1 2 Object, There, Elsewhere;
    Range "range" Sys 2 2 Array, There, ALL;
    ReadCliArg "readCliArg" Sys 1 1 Text, There, Elsewhere;
    ReadEnvironmentVariable "readEnvironmentVariable" Sys 1 2 Text, There, REST;
    ReadEnvVar "readEnvVar" Sys 1 1 Text, There, Elsewhere;
    Reduce "reduce" Sys 3 3 Anything, Nullable, ALL;
    Reference "reference" Az 1 3 Anything, There, Elsewhere;
    References "references" Az 1 2 Array, There, Elsewhere;
    Replace "replace" Sys 3 3 Text, There, ALL;
    ResourceGroup "resourceGroup" Az 0 0 Object, Full, Elsewhere;
    ResourceId "resourceId" Az 2 many Text, Full, Id;
    ResourceInfo "resourceInfo" Template 1 1 Object, Full, Elsewhere;
    RoleDefinitions "roleDefinitions" Az 1 1 Object, Full, Elsewhere;
    ShallowMerge "shallowMerge" Sys 1 1 Object, There, ALL;
    Skip "skip" Sys 2 2 LikeFirst, There, ALL;
    Sort "sort" Sys 2 2 Array, There, ALL;
    Split "split" Sys 2 2 Array, There, ALL;
    StartsWith "startsWith" Sys 2 2 Boolean, There, Nothing;
    StringOf "string" Sys 1 1 Text, There, ALL;
    Sub "sub" Sys 2 2 Integer, There, ALL;
    Subscription "subscription" Az 0 0 Object, Full, Elsewhere;
    SubscriptionResourceId "subscriptionResourceId" Az 2 many Text, Full, Id;
    Substring "substring" Sys 2 3 Text, There, ALL;
    Take "take" Sys 2 2 LikeFirst, There, ALL;
    Target "target" Template 0 1 Object, Nullable, Elsewhere;
    Tenant "tenant" Az 0 0 Object, Full, Elsewhere;
    TenantResourceId "tenantResourceId" Az 2 many Text, Full, Id;
    ToLogicalZone "toLogicalZone" Az 3 3 Text, There, Elsewhere;
    ToLogicalZones "toLogicalZones" Az 3 3 Array, There, Elsewhere;
    ToLower "toLower" Sys 1 1 Text, There, ALL;
    ToObject "toObject" Sys 2 3 Object, There, ALL;
    ToPhysicalZone "toPhysicalZone" Az 3 3 Text, There, Elsewhere;
    ToPhysicalZones "toPhysicalZones" Az 3 3 Array, There, Elsewhere;
    ToUpper "toUpper" Sys 1 1 Text, There, ALL;
    Trim "trim" Sys 1 1 Text, There, ALL;
    True "true" Template 0 0 Boolean, There, Nothing;
    TryGet "tryGet" Template 2 many Anything, Nullable, ALL;
    TryIndexFromEnd "tryIndexFromEnd" Template 2 2 Anything, Nullable, ALL;
    Union "union" Sys 2 many Anything, There, ALL;
    UniqueString "uniqueString" Sys 1 many Text, Full, Nothing;
    Uri "uri" Sys 2 2 Text, There, ALL;
    UriComponent "uriComponent" Sys 1 1 Text, There, ALL;
    UriComponentToString "uriComponentToString" Sys 1 1 Text, There, ALL;
    UtcNow "utcNow" Sys 0 1 Text, Full, Elsewhere;
    Variables "variables" Template 1 1 Anything, Nullable, ALL;
}

/// How many places there are for names.
const PLACES: usize = 512;

/// The functions by the place of their names, a few at each: the name of every call of a template is looked up many times.
static BY_PLACE: LazyLock<Vec<Vec<Builtin>>> = LazyLock::new(|| {
    let mut all = vec![Vec::new(); PLACES];
    for f in Builtin::ALL {
        if let Some(there) = all.get_mut(place(f.name())) {
            there.push(*f);
        }
    }
    all
});

/// The place of a name, whatever the case of its letters.
fn place(name: &str) -> usize {
    let name = name.as_bytes();
    let letter = |at: usize| usize::from(name.get(at).map_or(0, |b| b | 0x20));
    let n = name.len();
    let sum = n + letter(0) * 5 + letter(n / 2) * 27 + letter(n.wrapping_sub(1)) * 91;
    sum % PLACES
}

impl Builtin {
    /// The function of this name, without regard to case; `None` for a name that neither language has, `ns.name` among them.
    pub fn named(name: &str) -> Option<Builtin> {
        let there = BY_PLACE.get(place(name)).map_or(&[][..], Vec::as_slice);
        // Nearly all are written as Azure writes them.
        let known = there.iter().find(|f| f.name() == name);
        let known = known.or_else(|| there.iter().find(|f| f.name().eq_ignore_ascii_case(name)));
        known.copied().or_else(|| {
            let asks = name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("list")) && !name.contains('.');
            asks.then_some(Builtin::List)
        })
    }

    /// The function that a call means; `None` for a function that the template declares itself.
    pub fn of(call: &Call) -> Option<Builtin> {
        call.builtin()
    }

    /// What is known of it.
    pub fn facts(self) -> &'static Facts {
        // Both are made of the same rows.
        #[allow(clippy::indexing_slicing)]
        &FACTS[self as usize]
    }

    /// The name in Azure's own spelling.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// Whether it gives a resource id, whose last argument is the last segment.
    pub fn is_id(self) -> bool {
        self.facts().tells == Id
    }

    /// Whether what it returns is a secret, whatever it is given: `listKeys` and the like.
    pub fn asks_for_secret(self) -> bool {
        self.facts().tells == Secret
    }

    /// The first of the arguments that are in what it returns. `None` if none is: it answers a question, counts, makes a hash,
    /// or asks somebody else.
    pub fn first_told(self) -> Option<usize> {
        match self.facts().tells {
            Tells::Arguments(from) => Some(from),
            Id => Some(0),
            Secret | Nothing | Elsewhere => None,
        }
    }

    /// Which characters a text from it has, whatever its arguments are.
    pub fn letters(self) -> Option<Letters> {
        const HEX: &[(char, char)] = &[('0', '9'), ('a', 'f'), ('-', '-')];
        let exactly = |ranges, n| Some(Letters { ranges, least: n, most: Some(n) });
        match self {
            // The first characters of a hash in base 32.
            Builtin::UniqueString => exactly(&[('a', 'z'), ('2', '7')], 13),
            Builtin::Guid | Builtin::NewGuid => exactly(HEX, 36),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        let lower = |f: &Facts| f.name.to_ascii_lowercase();
        assert!(FACTS.windows(2).all(|w| lower(&w[0]) < lower(&w[1])));
        for f in Builtin::ALL {
            assert_eq!(Builtin::named(&f.name().to_uppercase()), Some(*f));
            assert!(f.facts().arity.0 <= f.facts().arity.1, "{}", f.name());
        }
    }

    #[test]
    fn no_place_has_many_names() {
        assert!(BY_PLACE.iter().all(|there| there.len() <= 4), "{:?}", BY_PLACE.iter().map(Vec::len).max());
    }

    #[test]
    fn names_that_are_no_functions() {
        assert_eq!(Builtin::named("noSuchFunction"), None);
        assert_eq!(Builtin::named(""), None);
        assert_eq!(Builtin::named("listAccountSas"), Some(Builtin::List));
        // A function that a template declares in a namespace of this name.
        assert_eq!(Builtin::named("lists.first"), None);
    }

    #[test]
    fn what_is_told_of_arguments() {
        assert_eq!(Builtin::If.first_told(), Some(1));
        assert_eq!(Builtin::ReadEnvironmentVariable.first_told(), Some(1));
        assert_eq!(Builtin::ResourceId.first_told(), Some(0));
        for f in [Builtin::Guid, Builtin::Contains, Builtin::Reference, Builtin::List] {
            assert_eq!(f.first_told(), None, "{}", f.name());
        }
    }
}
