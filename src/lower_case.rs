//! Names in lower case: templates spell what they name in any case, and are asked about names at every step.

/// Asks with a name in lower case (of ASCII), which is written to the stack if it is as short as names are.
pub(crate) fn in_lower_case<T>(name: &str, ask: impl FnOnce(&str) -> T) -> T {
    let mut room = [0; 64];
    if let Some(short) = room.get_mut(..name.len()) {
        short.copy_from_slice(name.as_bytes());
        short.make_ascii_lowercase();
        if let Ok(short) = std::str::from_utf8(short) {
            return ask(short);
        }
    }
    ask(&name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_length_and_letters() {
        for name in ["", "AdminUser", "ÄÖ-Straße", &"N".repeat(64), &"N".repeat(65), &"Ä".repeat(40)] {
            assert_eq!(in_lower_case(name, str::to_owned), name.to_ascii_lowercase());
        }
    }
}
