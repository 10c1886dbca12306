//! Mutations of text, by its tokens: words, quoted texts, lines.

use crate::mutate::{Random, octets};

/// Changes text that was cut into `tokens`, sometimes by words of `dictionary`, sometimes as octets.
pub(crate) fn change(tokens: &[&[u8]], dictionary: &[&[u8]], random: &mut Random) -> Vec<u8> {
    let mut tokens = tokens.to_vec();
    for _ in 0..=random.below(3) {
        let (at, other) = (random.below(tokens.len()), random.below(tokens.len()));
        let word = dictionary[random.below(dictionary.len())];
        match random.below(8) {
            _ if tokens.is_empty() => tokens.push(word),
            0 => drop(tokens.remove(at)),
            1 => tokens.insert(at, tokens[other]),
            2 => tokens.swap(at, other),
            3 => tokens[at] = tokens[other],
            4 => tokens.insert(at, word),
            5 | 6 => tokens[at] = word,
            _ => return octets(&tokens.concat(), random),
        }
    }
    tokens.concat()
}

/// Lines, each with its end.
pub(crate) fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|octet| *octet == b'\n').collect()
}

/// Words, texts in double quotes, and everything between them octet by octet.
pub(crate) fn words(mut text: &[u8]) -> Vec<&[u8]> {
    let in_word = |octet: &u8| octet.is_ascii_alphanumeric() || b"-_.".contains(octet);
    let mut words = Vec::new();
    while let [first, rest @ ..] = text {
        let length = match first {
            b'"' => rest
                .iter()
                .position(|octet| *octet == b'"')
                .map_or(1, |at| at + 2),
            _ => text
                .iter()
                .take_while(|octet| in_word(octet))
                .count()
                .max(1),
        };
        let (word, after) = text.split_at(length);
        words.push(word);
        text = after;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_the_text() {
        let text = b"only = [\"a b\", c-d] # \"\n\r\nx";
        assert_eq!(words(text).concat(), text);
        assert_eq!(lines(text).concat(), text);
        assert_eq!(
            words(text)[..6],
            [&b"only"[..], b" ", b"=", b" ", b"[", b"\"a b\""]
        );
        assert_eq!(lines(text).len(), 3);
    }
}
