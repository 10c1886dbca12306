//! Mutations, the same in every run: of octets, and of DER as a tree, after which all lengths are right again.

/// Octets that decoders are likely to treat apart: small numbers, tags, the ends of ranges.
const TELLING: [u8; 24] = [
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x17, 0x18, 0x1f, 0x30, 0x31, 0x7f, 0x80, 0x81,
    0x82, 0x83, 0x84, 0xa0, 0xa1, 0xa2, 0xfe, 0xff,
];

/// How deep a tree is read. The deepest place in a response, a name in a responder's certificate, is 14 deep.
const MOST_DEPTH: usize = 24;

/// Numbers by xorshift, for no purpose but this.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let end = u64::try_from(end.max(1)).expect("at most 64 bits");
        usize::try_from((self.0 >> 11) % end).expect("below a usize")
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn octet(&mut self) -> u8 {
        if self.below(2) == 0 {
            self.pick(&TELLING)
        } else {
            self.below(256).to_le_bytes()[0]
        }
    }
}

/// Changes DER: mostly as a tree, sometimes as octets.
pub fn der(data: &[u8], random: &mut Random) -> Vec<u8> {
    let mut elements = match Element::parse_all(data, 0) {
        Some(elements) if random.below(4) != 0 => elements,
        _ => return octets(data, random),
    };
    for _ in 0..=random.below(3) {
        let count = elements.iter().map(Element::count).sum();
        let nth = random.below(count);
        change_nth(&mut elements, nth, random);
    }
    elements.iter().flat_map(Element::encode).collect()
}

/// Changes octets, knowing nothing of what they mean.
pub fn octets(data: &[u8], random: &mut Random) -> Vec<u8> {
    let mut changed = data.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(changed.len());
        match random.below(5) {
            _ if changed.is_empty() => changed.push(random.octet()),
            0 => changed.insert(at, random.octet()),
            1 => drop(changed.remove(at)),
            2 => changed[at] ^= 1 << random.below(8),
            3 if random.below(8) == 0 => changed.truncate(at),
            _ => changed[at] = random.octet(),
        }
    }
    changed
}

#[derive(Clone, Debug)]
struct Element {
    tag: u8,
    contents: Contents,
}

#[derive(Clone, Debug)]
enum Contents {
    Octets(Vec<u8>),
    Elements(Vec<Element>),
}

impl Element {
    /// Elements that fill `data`. What OCTET STRINGs hold is read too, if it is DER.
    fn parse_all(mut data: &[u8], depth: usize) -> Option<Vec<Self>> {
        let mut elements = Vec::new();
        while let [tag, after @ ..] = data {
            let (length, after) = length(after)?;
            let (contents, rest) = after.split_at_checked(length)?;
            let may_nest = tag & 0x20 != 0 || *tag == 0x04;
            let inner =
                Some(contents).filter(|it| may_nest && !it.is_empty() && depth < MOST_DEPTH);
            let contents = match inner.and_then(|inner| Self::parse_all(inner, depth + 1)) {
                Some(elements) => Contents::Elements(elements),
                None => Contents::Octets(contents.to_vec()),
            };
            elements.push(Self {
                tag: *tag,
                contents,
            });
            data = rest;
        }
        Some(elements)
    }

    fn count(&self) -> usize {
        match &self.contents {
            Contents::Octets(_) => 1,
            Contents::Elements(elements) => 1 + elements.iter().map(Self::count).sum::<usize>(),
        }
    }

    fn encode(&self) -> Vec<u8> {
        let contents = match &self.contents {
            Contents::Octets(octets) => octets.clone(),
            Contents::Elements(elements) => elements.iter().flat_map(Self::encode).collect(),
        };
        crate::support::der::tlv(self.tag, &contents)
    }
}

/// A definite length of at most three octets, and what follows it.
fn length(octets: &[u8]) -> Option<(usize, &[u8])> {
    match octets {
        [short @ 0..=0x7f, rest @ ..] => Some((usize::from(*short), rest)),
        [0x81, a, rest @ ..] => Some((usize::from(*a), rest)),
        [0x82, a, b, rest @ ..] => Some((usize::from(u16::from_be_bytes([*a, *b])), rest)),
        _ => None,
    }
}

/// Changes the element that stands at `nth`, counted through the tree.
fn change_nth(elements: &mut Vec<Element>, mut nth: usize, random: &mut Random) {
    for at in 0..elements.len() {
        if nth == 0 {
            return change(elements, at, random);
        }
        let count = elements[at].count();
        if nth < count {
            if let Contents::Elements(inner) = &mut elements[at].contents {
                change_nth(inner, nth - 1, random);
            }
            return;
        }
        nth -= count;
    }
}

fn change(elements: &mut Vec<Element>, at: usize, random: &mut Random) {
    let other = random.below(elements.len());
    match random.below(7) {
        0 => drop(elements.remove(at)),
        1 => elements.insert(at, elements[other].clone()),
        2 => elements.swap(at, other),
        3 => elements[at].tag = random.octet(),
        4 => {
            let wrapped = Element {
                tag: random.octet(),
                contents: Contents::Elements(vec![elements[at].clone()]),
            };
            elements[at] = wrapped;
        }
        _ => match &mut elements[at].contents {
            Contents::Octets(contents) => *contents = octets(contents, random),
            Contents::Elements(inner) => {
                let tag = random.octet();
                let contents = Contents::Octets(vec![random.octet()]);
                inner.push(Element { tag, contents });
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::der::{octet_string, sequence, utf8};

    #[test]
    fn a_tree_is_encoded_as_it_was() {
        let long = "x".repeat(200);
        let der = sequence(&[
            octet_string(&utf8(&long)),
            octet_string(&[0xff]),
            sequence(&[]),
        ]);
        let tree = Element::parse_all(&der, 0).unwrap();
        assert_eq!(tree[0].count(), 5);
        assert_eq!(tree[0].encode(), der);
    }

    #[test]
    fn mutations_are_the_same_in_every_run_and_differ_from_each_other() {
        let input = sequence(&[octet_string(&utf8("abc")), utf8("def")]);
        let run = || {
            let mut random = Random::new(1);
            (0..100)
                .map(|_| der(&input, &mut random))
                .collect::<Vec<_>>()
        };
        let mut mutations = run();
        assert_eq!(mutations, run());
        mutations.sort();
        mutations.dedup();
        assert!(mutations.len() > 80, "{}", mutations.len());
    }
}
