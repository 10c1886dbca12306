//! A stored session: our envelope, and rustls's octets inside, out of which the client's chain is read.
//!
//! rustls's encoding is its own affair and may change: what is not exactly as expected does not resume. Tests with both
//! versions of TLS, tickets and the stateful cache notice if good clients no longer do.

use pki_types::CertificateDer;
use rustls::ProtocolVersion;
use zeroize::Zeroizing;

use crate::time::Time;

/// Whose sessions they are: a verifier's, or those of several that share one.
pub(super) type SessionId = [u8; 16];

/// The envelope's first octet.
const FORMAT: u8 = 1;

/// `session` as the verifier of `id` stores it at `issued`.
pub(super) fn seal(session: &[u8], id: &SessionId, issued: Time) -> Zeroizing<Vec<u8>> {
    // Of this size from the start: what grows leaves copies behind.
    let octets = session.len().saturating_add(HEADER);
    let mut sealed = Zeroizing::new(Vec::with_capacity(octets));
    sealed.push(FORMAT);
    sealed.extend_from_slice(id);
    sealed.extend_from_slice(&issued.unix_seconds().to_be_bytes());
    sealed.extend_from_slice(session);
    sealed
}

/// The envelope's octets: format, id, time.
const HEADER: usize = 1 + 16 + 8;

/// When the session was stored, and the session; `None` if the verifier of `id` did not store it.
pub(super) fn open<'s>(sealed: &'s [u8], id: &SessionId) -> Option<(Time, &'s [u8])> {
    let mut sealed = Octets(sealed);
    let is_ours = sealed.byte()? == FORMAT && sealed.take(id.len())? == id;
    let issued = sealed.take(8)?.try_into().ok()?;
    is_ours.then_some((
        Time::from_unix_seconds(u64::from_be_bytes(issued)),
        sealed.0,
    ))
}

/// The client of a stored session.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Client<'s> {
    /// It presented no certificate.
    Unauthenticated,
    /// Its certificates, each behind its length.
    Presented(Certificates<'s>),
}

/// What is looked at of a stored session.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Session<'s> {
    pub(super) version: ProtocolVersion,
    /// TLS 1.2's master secret, or TLS 1.3's resumption secret.
    pub(super) secret: &'s [u8],
    pub(super) client: Client<'s>,
}

/// A list of certificates, as TLS 1.2 encodes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Certificates<'s>(&'s [u8]);

/// rustls's `ServerSessionValue`: flag and server name, version, suite, secret, flag of extended master secret, flag
/// and certificates, flag and protocol, application data, time, offset of ages. Flags are 0 or 1.
pub(super) fn read(session: &[u8]) -> Option<Session<'_>> {
    let mut octets = Octets(session);
    if octets.flag()? {
        octets.behind_length(1)?;
    }
    let version = octets.take(2)?.try_into().ok()?;
    octets.take(2)?;
    let secret = octets.behind_length(1)?;
    octets.flag()?;
    let client = if octets.flag()? {
        Client::Presented(Certificates(octets.behind_length(3)?))
    } else {
        Client::Unauthenticated
    };
    if octets.flag()? {
        octets.behind_length(1)?;
    }
    octets.behind_length(2)?;
    octets.take(8)?;
    octets.take(4)?;
    octets.0.is_empty().then_some(Session {
        version: u16::from_be_bytes(version).into(),
        secret,
        client,
    })
}

impl<'s> Certificates<'s> {
    /// As they are stored.
    pub(super) fn octets(self) -> &'s [u8] {
        self.0
    }

    /// The end entity's, and the others; `None` if there is none, or the list is not well-formed.
    pub(super) fn decode(self) -> Option<(CertificateDer<'s>, Vec<CertificateDer<'s>>)> {
        let mut list = Octets(self.0);
        let end_entity = CertificateDer::from(list.behind_length(3)?);
        let mut others = Vec::new();
        while !list.0.is_empty() {
            others.push(CertificateDer::from(list.behind_length(3)?));
        }
        Some((end_entity, others))
    }
}

/// What is still to be read.
struct Octets<'s>(&'s [u8]);

impl<'s> Octets<'s> {
    fn take(&mut self, count: usize) -> Option<&'s [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn flag(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    /// As many octets as a number of `width` octets before them says.
    fn behind_length(&mut self, width: usize) -> Option<&'s [u8]> {
        let length = self.take(width)?.iter().try_fold(0usize, |length, octet| {
            length.checked_mul(256)?.checked_add(usize::from(*octet))
        })?;
        self.take(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: SessionId = [7; 16];

    /// A session as rustls encodes it, field by field.
    fn session() -> Vec<Vec<u8>> {
        vec![
            vec![1, 4, b'h', b'o', b's', b't'],
            vec![3, 4, 0x13, 1],
            [&[48][..], &[0x5a; 48]].concat(),
            vec![1],
            vec![1, 0, 0, 9, 0, 0, 2, 1, 2, 0, 0, 1, 3],
            vec![1, 2, b'h', b'2'],
            vec![0, 1, 9],
            vec![0; 8],
            vec![0; 4],
        ]
    }

    #[test]
    fn the_clients_chain_is_read() {
        let session = session().concat();
        let read = read(&session).unwrap();
        assert_eq!(read.version, ProtocolVersion::TLSv1_3);
        assert_eq!(read.secret, [0x5a; 48]);
        let Client::Presented(certificates) = read.client else {
            panic!("no client");
        };
        let (end_entity, others) = certificates.decode().unwrap();
        assert_eq!(end_entity.as_ref(), [1, 2]);
        assert_eq!(others, [CertificateDer::from(&[3][..])]);

        // Without what may be left out.
        let mut fields = self::session();
        for field in [0, 4, 5] {
            fields[field] = vec![0];
        }
        let fields = fields.concat();
        assert_eq!(
            super::read(&fields).unwrap().client,
            Client::Unauthenticated
        );
    }

    #[test]
    fn what_is_not_as_expected_is_no_session() {
        let whole = session().concat();
        for end in 0..whole.len() {
            assert_eq!(read(&whole[..end]), None, "{end} octets");
        }
        assert_eq!(read(&[&whole[..], &[0]].concat()), None);
        for field in [0, 3, 4, 5] {
            let mut fields = session();
            fields[field][0] = 2;
            assert_eq!(read(&fields.concat()), None, "field {field}");
        }
    }

    #[test]
    fn a_list_without_certificates_or_with_half_of_one_is_none() {
        for list in [
            &[][..],
            &[0, 0],
            &[0, 0, 1],
            &[0, 0, 1, 1, 0, 0],
            &[0, 0, 1, 1, 0],
        ] {
            assert_eq!(Certificates(list).decode(), None, "{list:?}");
        }
    }

    #[test]
    fn only_ones_own_envelope_is_opened() {
        let time = Time::from_unix_seconds(1_780_272_000);
        let sealed = seal(b"a session", &ID, time);
        assert_eq!(sealed.len(), sealed.capacity());
        assert_eq!(open(&sealed, &ID), Some((time, &b"a session"[..])));
        assert_eq!(open(&sealed, &[8; 16]), None);
        for end in 0..HEADER {
            assert_eq!(open(&sealed[..end], &ID), None, "{end} octets");
        }
        let mut other_format = sealed.clone();
        other_format[0] = 2;
        assert_eq!(open(&other_format, &ID), None);
        // rustls's octets without an envelope.
        assert_eq!(open(&session().concat(), &ID), None);
    }
}
