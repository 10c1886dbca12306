//! Text that a peer chose, made safe to print: escaped and bounded.

use std::fmt::{self, Write};

/// Most characters printed of one text from a certificate.
pub(crate) const MAX_PRINTED: usize = 256;

/// Collects printable text up to a bound; what does not fit becomes one `…`.
#[derive(Debug)]
pub(crate) struct BoundedText {
    text: String,
    left: usize,
}

impl BoundedText {
    pub(crate) fn new() -> Self {
        Self {
            text: String::new(),
            left: MAX_PRINTED,
        }
    }

    /// Without a bound: for what is compared, not printed.
    pub(crate) fn unbounded() -> Self {
        Self {
            text: String::new(),
            left: usize::MAX,
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.left == 0
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }
}

impl Write for BoundedText {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            match self.left {
                0 => return Ok(()),
                1 => self.text.push('…'),
                _ => self.text.push(character),
            }
            self.left = self.left.saturating_sub(1);
        }
        Ok(())
    }
}

/// Whether a character would do something to a terminal or hide in a log line instead of showing itself.
pub(crate) fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{a0}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{1680}' | '\u{17b4}' | '\u{17b5}'
            | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{2800}' | '\u{3000}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0100}'..='\u{e0fff}')
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Octets that should be text, escaped and bounded: what is not visible UTF-8 appears as `\xNN` or `\u{…}`.
pub(crate) fn printable(octets: &[u8]) -> String {
    let mut out = BoundedText::new();
    for chunk in octets.utf8_chunks() {
        for character in chunk.valid().chars() {
            if out.is_full() {
                return out.finish();
            }
            let _ = if is_invisible(character) || matches!(character, '\\' | '"') {
                write!(out, "{}", character.escape_default())
            } else {
                out.write_char(character)
            };
        }
        for octet in chunk.invalid() {
            let _ = write!(out, "\\x{octet:02x}");
        }
    }
    out.finish()
}

/// As [`printable`], for lists: in quotes where the octets themselves could pass for several items.
pub(crate) fn item(octets: &[u8]) -> String {
    let plain = |octet: &u8| octet.is_ascii_alphanumeric() || b".-_:/@*%~+=".contains(octet);
    let text = printable(octets);
    if octets.iter().all(plain) {
        text
    } else {
        format!("\"{text}\"")
    }
}

/// A text of the caller's own, without a bound: only what would not show is escaped.
pub(crate) fn visible(text: &str) -> String {
    let mut out = BoundedText::unbounded();
    for character in text.chars() {
        // Writing to text does not fail.
        let _ = if is_invisible(character) && character != '\n' {
            write!(out, "{}", character.escape_default())
        } else {
            out.write_char(character)
        };
    }
    out.finish()
}

/// Octets in hexadecimal, bounded.
pub(crate) fn hex(octets: &[u8]) -> String {
    let mut out = BoundedText::new();
    for octet in octets.iter().take(MAX_PRINTED) {
        let _ = write!(out, "{octet:02x}");
    }
    out.finish()
}

/// Joins printed values with commas: at most eight, and how many more there are.
pub(crate) fn list<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    values: &[T],
    separator: &str,
) -> fmt::Result {
    const MOST: usize = 8;
    for (n, value) in values.iter().take(MOST).enumerate() {
        if n > 0 {
            f.write_str(separator)?;
        }
        write!(f, "{value}")?;
    }
    match values.len().saturating_sub(MOST) {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_escaped() {
        assert_eq!(printable(b"a\nb\x1b[31m\0\\"), "a\\nb\\u{1b}[31m\\u{0}\\\\");
        assert_eq!(printable("日本\u{202e}".as_bytes()), "日本\\u{202e}");
        assert_eq!(printable(b"\xff\xfe"), "\\xff\\xfe");
        assert_eq!(printable(b"a\"b"), "a\\\"b");
        assert_eq!(
            printable("acme\u{3164}\u{a0}".as_bytes()),
            "acme\\u{3164}\\u{a0}"
        );
        assert_eq!(
            item(b"a.example, dns:b.example"),
            "\"a.example, dns:b.example\""
        );
    }

    #[test]
    fn long_text_is_cut() {
        let printed = printable(&vec![b'a'; 100_000]);
        assert_eq!(printed.chars().count(), MAX_PRINTED);
        assert!(printed.ends_with("a…"));
        assert_eq!(hex(&vec![0; 100_000]).chars().count(), MAX_PRINTED);
    }
}
