//! A changed text as bytes in the encoding of the file that it came from.

/// What the bytes of a file were, to be kept.
#[derive(Clone, Copy)]
struct Form {
    mark: &'static [u8],
    units: Units,
}

#[derive(Clone, Copy)]
enum Units {
    Utf8,
    Utf16(fn(u16) -> [u8; 2]),
}

/// The bytes of a text in the form of the file that held `old_text` as `old_bytes`: byte order mark and encoding stay. `None`
/// where those bytes are not that text, so that what cannot be kept would be lost: the file has changed meanwhile, or holds
/// bytes that are no characters.
pub fn encoded(text: &str, old_bytes: &[u8], old_text: &str) -> Option<Vec<u8>> {
    let forms = [
        Form { mark: b"\xef\xbb\xbf", units: Units::Utf8 },
        Form { mark: b"\xff\xfe", units: Units::Utf16(u16::to_le_bytes) },
        Form { mark: b"\xfe\xff", units: Units::Utf16(u16::to_be_bytes) },
        Form { mark: b"", units: Units::Utf8 },
        Form { mark: b"", units: Units::Utf16(u16::to_le_bytes) },
        Form { mark: b"", units: Units::Utf16(u16::to_be_bytes) },
    ];
    let form = forms.into_iter().find(|form| old_bytes.starts_with(form.mark) && form.bytes(old_text) == old_bytes)?;
    Some(form.bytes(text))
}

impl Form {
    fn bytes(self, text: &str) -> Vec<u8> {
        let mut out = self.mark.to_vec();
        match self.units {
            Units::Utf8 => out.extend_from_slice(text.as_bytes()),
            Units::Utf16(bytes) => out.extend(text.encode_utf16().flat_map(bytes)),
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_stays() {
        let utf16 = |text: &str, bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        let cases: [(Vec<u8>, Vec<u8>); 5] = [
            (b"a".to_vec(), "aé".as_bytes().to_vec()),
            (b"\xef\xbb\xbfa".to_vec(), "\u{feff}aé".as_bytes().to_vec()),
            (utf16("\u{feff}a", u16::to_le_bytes), utf16("\u{feff}aé", u16::to_le_bytes)),
            (utf16("\u{feff}a", u16::to_be_bytes), utf16("\u{feff}aé", u16::to_be_bytes)),
            (utf16("a", u16::to_le_bytes), utf16("aé", u16::to_le_bytes)),
        ];
        for (old, new) in cases {
            assert_eq!(encoded("aé", &old, "a"), Some(new));
        }
    }

    #[test]
    fn what_would_lose_something_is_not_written() {
        assert_eq!(encoded("b", b"\xff", "\u{fffd}"), None);
        assert_eq!(encoded("b", b"changed", "a"), None);
    }
}
