//! Which part of a value is asked for: `gateways[0].client.secret` asks for one text of each gateway, not for the gateways.

use ecow::EcoString;

/// A longer way is not followed: the whole of what it leads through counts.
const LONGEST: usize = 8;

/// So many ways into one declaration are told apart.
const MOST: usize = 32;

/// A step into a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// To the member of this name, whatever the case.
    Key(EcoString),
    /// To an item or a member that is not written out.
    Any,
}

/// The steps to what is asked for, the first one first; none for the whole value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Way(Vec<Step>);

impl Way {
    /// To the value itself.
    pub const WHOLE: Way = Way(Vec::new());

    /// Whether all of a value is asked for.
    pub fn is_whole(&self) -> bool {
        self.0.is_empty()
    }

    /// The same, seen from what holds the value.
    #[must_use]
    pub fn below(&self, step: Step) -> Way {
        if self.0.len() >= LONGEST {
            return Way::WHOLE;
        }
        Way(std::iter::once(step).chain(self.0.iter().cloned()).collect())
    }

    /// What is asked of an item, or of a member that may have any name.
    #[must_use]
    pub fn of_item(&self) -> Way {
        match self.0.split_first() {
            Some((Step::Any, rest)) => Way(rest.to_vec()),
            _ => self.clone(),
        }
    }

    /// What is asked of the member of this name. `None` if nothing is.
    pub fn of_member(&self, name: Option<&str>) -> Option<Way> {
        match (self.0.split_first(), name) {
            (None, _) => Some(Way::WHOLE),
            (Some((Step::Key(key), _)), Some(name)) if !key.eq_ignore_ascii_case(name) => None,
            (Some((_, rest)), _) => Some(Way(rest.to_vec())),
        }
    }
}

/// The ways that lead into one declaration.
#[derive(Debug, Clone, Default)]
pub struct Ways(Vec<Way>);

impl Ways {
    /// The whole is asked for from the start, or nothing.
    pub fn new(whole: bool) -> Self {
        Ways(if whole { vec![Way::WHOLE] } else { Vec::new() })
    }

    /// Adds a way. Gives it back if it is to be followed: it is new. The whole stands for it once there are too many.
    pub fn add(&mut self, way: Way) -> Option<Way> {
        if self.0.iter().any(|known| known.is_whole() || *known == way) {
            return None;
        }
        let way = if self.0.len() >= MOST { Way::WHOLE } else { way };
        self.0.push(way.clone());
        Some(way)
    }

    /// Each of them; only the whole, if that is asked for.
    pub fn iter(&self) -> impl Iterator<Item = &Way> {
        let whole = self.0.iter().find(|w| w.is_whole());
        let each = if whole.is_some() { &[][..] } else { &self.0 };
        whole.into_iter().chain(each)
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(keys: &[&str]) -> Way {
        let step = |k: &&str| if *k == "*" { Step::Any } else { Step::Key((*k).into()) };
        keys.iter().rev().fold(Way::WHOLE, |way, k| way.below(step(k)))
    }

    #[test]
    fn a_way_is_walked_from_its_start() {
        let asked = way(&["*", "client", "secret"]);
        assert_eq!(asked.of_item(), way(&["client", "secret"]));
        assert_eq!(asked.of_item().of_member(Some("CLIENT")), Some(way(&["secret"])));
        assert_eq!(asked.of_item().of_member(Some("name")), None);
        assert_eq!(asked.of_item().of_member(None), Some(way(&["secret"])));
        assert_eq!(Way::WHOLE.of_member(Some("name")), Some(Way::WHOLE));
    }

    #[test]
    fn what_cannot_be_told_apart_is_the_whole() {
        assert!(way(&["a"; LONGEST + 1]).is_whole());
        let mut ways = Ways::default();
        for i in 0..MOST {
            assert!(ways.add(way(&[&format!("k{i}")])).is_some());
            assert!(ways.add(way(&[&format!("k{i}")])).is_none());
        }
        assert_eq!(ways.add(way(&["one-more"])), Some(Way::WHOLE));
        assert_eq!(ways.add(way(&["another"])), None);
        assert_eq!(ways.iter().collect::<Vec<_>>(), [&Way::WHOLE]);
    }
}
