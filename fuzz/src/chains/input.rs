//! What an input says: six octets of choices, then changes of four octets each.

use rustls_policy_verifier::{Role, Time};

use crate::fixture::NOW;
use crate::mutate::Random;

/// Most changes: more would leave nothing of what was correct.
const MOST_CHANGES: usize = 12;

/// The shape of a chain, who is expected, when, and by what policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Choices(pub(super) [u8; 6]);

/// One field of one certificate, changed: counted around if there are fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) who: u8,
    pub(super) what: u8,
    pub(super) how: u8,
    pub(super) detail: u8,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Input {
    pub(super) choices: Choices,
    pub(super) changes: Vec<Change>,
}

/// Which server is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Dns(&'static str),
    Ip(&'static str),
    Nobody,
}

impl Choices {
    pub(super) fn bit(self, octet: usize, bit: u8) -> bool {
        self.0[octet] & (1 << bit) != 0
    }

    /// The number in `bits` bits from `bit` on.
    pub(super) fn number(self, octet: usize, bit: u8, bits: u8) -> u8 {
        (self.0[octet] >> bit) & ((1 << bits) - 1)
    }

    pub(super) fn intermediates(self) -> u8 {
        self.number(0, 0, 2)
    }

    /// Else everything is signed with Ed25519, which is the same in every run, and which other verifiers do not take.
    pub(super) fn is_p256(self) -> bool {
        self.bit(0, 2)
    }

    pub(super) fn role(self) -> Role {
        match self.bit(0, 3) {
            true => Role::Client,
            false => Role::Server,
        }
    }

    pub(super) fn asked(self) -> Asked {
        match self.number(0, 4, 3) {
            4 => Asked::Ip("192.0.2.1"),
            5 => Asked::Ip("2001:db8::1"),
            6 => Asked::Dns("elsewhere.example"),
            7 => Asked::Nobody,
            _ => Asked::Dns("pay.acme.example"),
        }
    }

    pub(super) fn has_cross_certificate(self) -> bool {
        self.bit(1, 0)
    }

    pub(super) fn has_namesake(self) -> bool {
        self.bit(1, 1)
    }

    pub(super) fn has_twin(self) -> bool {
        self.bit(1, 2)
    }

    pub(super) fn has_loop(self) -> bool {
        self.bit(1, 3)
    }

    pub(super) fn rolls_root_over(self) -> bool {
        self.bit(1, 4)
    }

    pub(super) fn trusts_other_root(self) -> bool {
        self.bit(1, 5)
    }

    pub(super) fn trusts_namesake_of_root(self) -> bool {
        self.bit(1, 6)
    }

    pub(super) fn sends_root(self) -> bool {
        self.bit(1, 7)
    }

    pub(super) fn time(self) -> Time {
        const DAY: i64 = 86_400;
        // Now; the first and the last second of 2026, in which end entities are valid, and those beside them; after all CAs.
        const AWAY: [i64; 8] = [
            0,
            -151 * DAY,
            -151 * DAY - 1,
            214 * DAY - 1,
            214 * DAY,
            7 * DAY,
            -40 * DAY,
            6000 * DAY,
        ];
        let away = AWAY[usize::from(self.number(2, 0, 3))];
        Time::from_unix_seconds(NOW.unix_seconds().saturating_add_signed(away))
    }

    pub(super) fn sends_all_twice(self) -> bool {
        self.bit(2, 3)
    }

    pub(super) fn decoys(self) -> u8 {
        [0, 3, 8, 20][usize::from(self.number(2, 4, 2))]
    }

    /// Whether the intermediates are the verifier's, and not sent.
    pub(super) fn knows_intermediates(self) -> bool {
        self.bit(2, 6)
    }

    /// Whether the anchors' certificates are not known, only names and keys.
    pub(super) fn has_bare_anchors(self) -> bool {
        self.bit(2, 7)
    }

    pub(super) fn order(self) -> Random {
        Random::new(self.0[3].into())
    }
}

impl Input {
    pub(super) fn read(data: &[u8]) -> Option<Self> {
        let (choices, rest) = data.split_first_chunk()?;
        let changes = rest
            .chunks_exact(4)
            .take(MOST_CHANGES)
            .map(|it| Change {
                who: it[0],
                what: it[1],
                how: it[2],
                detail: it[3],
            })
            .collect();
        Some(Self {
            choices: Choices(*choices),
            changes,
        })
    }

    pub(super) fn write(&self) -> Vec<u8> {
        let changes = self.changes.iter();
        let changes = changes.flat_map(|it| [it.who, it.what, it.how, it.detail]);
        self.choices.0.into_iter().chain(changes).collect()
    }
}

impl Change {
    pub(super) fn random(random: &mut Random) -> Self {
        let mut octet = || random.below(256).to_le_bytes()[0];
        Self {
            who: octet(),
            what: octet(),
            how: octet(),
            detail: octet(),
        }
    }
}

/// Changes a choice, a part of a change, or which changes there are.
pub(super) fn mutate(data: &[u8], random: &mut Random) -> Vec<u8> {
    let Some(mut input) = Input::read(data) else {
        return Choices([0; 6]).0.to_vec();
    };
    for _ in 0..=random.below(3) {
        let at = random.below(input.changes.len());
        match random.below(8) {
            0 | 1 => input.choices.0[random.below(6)] ^= 1 << random.below(8),
            2 | 3 if input.changes.len() < MOST_CHANGES => {
                let at = random.below(input.changes.len() + 1);
                input.changes.insert(at, Change::random(random));
            }
            _ if input.changes.is_empty() => input.changes.push(Change::random(random)),
            4 => drop(input.changes.remove(at)),
            5 => input.changes[at].who = Change::random(random).who,
            6 => input.changes[at].how = Change::random(random).how,
            _ => input.changes[at].detail = Change::random(random).detail,
        }
    }
    input.write()
}
