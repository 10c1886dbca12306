//! The search for paths, by webpki: the only file that names it (beside the list of *ring*'s algorithms).
//!
//! webpki checks what RFC 5280 asks of a path: signatures, validity, basic constraints, name constraints, the role's
//! key purpose. For each path that holds up to an anchor it asks a callback, ours: rules judge the path there, and a
//! path that is refused makes the search go on. What webpki is given is bounded before ([`crate::chain::pool`]), and
//! the steps of its search are counted here, for its own budgets allow more time than a peer should have.

use std::cell::{Cell, RefCell};

use pki_types::{CertificateDer, Der, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use smallvec::SmallVec;
use webpki::{EndEntityCert, Error, ExtendedKeyUsageValidator, KeyPurposeId, KeyPurposeIdIter};

use crate::certificate::Certificate;
use crate::chain::{DEFAULT_MAX_POOL, PoolEntry};
use crate::diagnosis::ChainReason;
use crate::path::{CandidatePath, Intermediate, PathAnchor};
use crate::peer::{Peer, Role};
use crate::rules::extended_key_usage;
use crate::signature_cache::SignatureCache;
use crate::signature_memory::{Remembering, SignatureMemory};
use crate::trust::Anchor;

/// The end entity as webpki reads it; at most once in a call.
pub(crate) struct WebpkiEndEntity<'a>(Result<EndEntityCert<'a>, ChainReason>);

impl<'a> WebpkiEndEntity<'a> {
    pub(crate) fn read(der: &'a CertificateDer<'a>) -> Self {
        Self(EndEntityCert::try_from(der).map_err(|error| reason_of(&error)))
    }

    /// Whether the subject alternative name has the expected server's name (RFC 9525 section 6); `None` if webpki cannot read
    /// the certificate, or there is no name to judge.
    pub(crate) fn is_valid_for(&self, peer: Peer<'_>) -> Option<bool> {
        let Peer::Server(name) = peer else {
            return None;
        };
        let end_entity = self.0.as_ref().ok()?;
        Some(end_entity.verify_is_valid_for_subject_name(name).is_ok())
    }
}

/// What a search works on.
pub(crate) struct Search<'w, 'a> {
    pub(crate) end_entity: &'a Certificate<'a>,
    pub(crate) for_webpki: &'w WebpkiEndEntity<'w>,
    pub(crate) pool: &'w [PoolEntry<'a>],
    pub(crate) anchors: &'w [&'a Anchor],
    pub(crate) algorithms: &'w [&'static dyn SignatureVerificationAlgorithm],
    pub(crate) memory: &'w SignatureMemory<'a>,
    pub(crate) cache: Option<&'w SignatureCache>,
    pub(crate) time: UnixTime,
    pub(crate) role: Role,
    /// Whether serverAuth may stand in for clientAuth.
    pub(crate) server_auth_for_clients: bool,
}

impl<'a> Search<'_, 'a> {
    /// Offers every path that is valid for webpki to `judge`, until it takes one.
    ///
    /// # Errors
    ///
    /// Why the search ended without a path taken; of no meaning if `judge` saw one.
    pub(crate) fn run(
        &self,
        judge: &mut dyn FnMut(CandidatePath<'a>) -> bool,
    ) -> Result<(), ChainReason> {
        let end_entity = self.for_webpki.0.as_ref().map_err(|reason| *reason)?;
        let intermediates: SmallVec<[CertificateDer<'_>; DEFAULT_MAX_POOL]> = self
            .pool
            .iter()
            .map(|entry| CertificateDer::from(entry.certificate.der()))
            .collect();
        let anchors: SmallVec<[TrustAnchor<'_>; 4]> = self
            .anchors
            .iter()
            .map(|anchor| borrowed(anchor.trust_anchor()))
            .collect();
        // The algorithms, each with the call's memory before it: as many, in the same order. In place, for it is large.
        let mut remembering: SmallVec<[Remembering<'_, 'a>; 32]> = SmallVec::new();
        remembering.extend(
            (0..)
                .zip(self.algorithms)
                .map(|(index, algorithm)| Remembering::new(index, *algorithm, self)),
        );
        let algorithms: SmallVec<[&dyn SignatureVerificationAlgorithm; 32]> = remembering
            .iter()
            .map(|algorithm| -> &dyn SignatureVerificationAlgorithm { algorithm })
            .collect();
        let purpose = PurposeValidator::new(self);

        let judge = RefCell::new(judge);
        let callback = |path: &webpki::VerifiedPath<'_>| -> Result<(), Error> {
            let taken = self
                .candidate(path, &anchors)
                .is_some_and(|candidate| (judge.borrow_mut())(candidate));
            // Of all errors this ranks lowest, so that it hides none.
            if taken {
                Ok(())
            } else {
                Err(Error::UnknownIssuer)
            }
        };
        end_entity
            .verify_for_usage(
                &algorithms,
                &anchors,
                &intermediates,
                self.time,
                purpose,
                None,
                Some(&callback),
            )
            .map(|_| ())
            .map_err(|error| match self.memory.is_exhausted() {
                true => ChainReason::TooMuchWork,
                false => reason_of(&error),
            })
    }

    /// webpki's path in our terms; `None` if the two decoders do not agree on a certificate of it.
    fn candidate(
        &self,
        path: &webpki::VerifiedPath<'_>,
        anchors: &[TrustAnchor<'_>],
    ) -> Option<CandidatePath<'a>> {
        if !agree(path.end_entity(), self.end_entity) {
            return None;
        }
        let mut intermediates = SmallVec::new();
        for cert in path.intermediate_certificates() {
            let der = cert.der();
            let entry = self
                .pool
                .iter()
                .find(|entry| std::ptr::eq(entry.certificate.der(), der.as_ref()))?;
            if !agree(cert, entry.certificate) {
                return None;
            }
            intermediates.push(Intermediate {
                certificate: entry.certificate,
                origin: entry.origin,
            });
        }
        let index = anchors
            .iter()
            .position(|anchor| std::ptr::eq(anchor, path.anchor()))?;
        let anchor = self.anchors.get(index)?;
        Some(CandidatePath {
            end_entity: self.end_entity,
            intermediates,
            anchor: PathAnchor::of(anchor),
        })
    }
}

/// Whether webpki reads the same serial number, issuer and subject from a certificate as we do.
fn agree(theirs: &webpki::Cert<'_>, ours: &Certificate<'_>) -> bool {
    theirs.serial() == ours.serial()
        && theirs.issuer() == ours.issuer().contents()
        && theirs.subject() == ours.subject().contents()
}

fn borrowed<'a>(anchor: &'a TrustAnchor<'static>) -> TrustAnchor<'a> {
    TrustAnchor {
        subject: Der::from_slice(&anchor.subject),
        subject_public_key_info: Der::from_slice(&anchor.subject_public_key_info),
        name_constraints: anchor.name_constraints.as_deref().map(Der::from_slice),
    }
}

/// The role's purpose, or no extended key usage: webpki's own rule, without its allocations. webpki asks once at every
/// step of its search, which is where the steps are counted.
struct PurposeValidator {
    needed: KeyPurposeId<'static>,
    /// The dated exception holds: an end entity may have serverAuth and nothing else, intermediates may have it.
    or_server_auth: bool,
    at_end_entity: Cell<bool>,
    steps_left: Cell<usize>,
}

const SERVER_AUTH: KeyPurposeId<'static> = KeyPurposeId::new(extended_key_usage::SERVER_AUTH);
const CLIENT_AUTH: KeyPurposeId<'static> = KeyPurposeId::new(extended_key_usage::CLIENT_AUTH);

/// At every step webpki decodes the whole pool again. So many octets decoded bound a search to a few milliseconds.
const MOST_OCTETS_DECODED: usize = 2 * 1024 * 1024;
/// Steps that a search has however large the pool is: more than enough for every chain in use.
const LEAST_STEPS: usize = 64;
/// Steps that a search has however small the pool is.
pub(crate) const MOST_STEPS: usize = 1024;

#[cfg(test)]
thread_local! {
    /// Steps of all searches of this thread, for tests of the bounds.
    pub(crate) static STEPS: Cell<usize> = const { Cell::new(0) };
}

impl PurposeValidator {
    fn new(search: &Search<'_, '_>) -> Self {
        let octets = search.pool.iter().fold(1usize, |sum, entry| {
            sum.saturating_add(entry.certificate.der().len())
        });
        let steps = MOST_OCTETS_DECODED
            .checked_div(octets)
            .unwrap_or(MOST_STEPS);
        Self {
            needed: match search.role {
                Role::Server => SERVER_AUTH,
                Role::Client => CLIENT_AUTH,
            },
            or_server_auth: search.server_auth_for_clients,
            at_end_entity: Cell::new(true),
            steps_left: Cell::new(steps.clamp(LEAST_STEPS, MOST_STEPS)),
        }
    }
}

impl ExtendedKeyUsageValidator for PurposeValidator {
    fn validate(&self, purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        #[cfg(test)]
        STEPS.set(STEPS.get().saturating_add(1));
        match self.steps_left.get().checked_sub(1) {
            Some(left) => self.steps_left.set(left),
            None => return Err(Error::MaximumPathBuildCallsExceeded),
        }
        // webpki asks for the end entity first, and once.
        let is_end_entity = self.at_end_entity.replace(false);
        let (mut absent, mut some_server_auth, mut only_server_auth) = (true, false, true);
        for purpose in purposes {
            let purpose = purpose?;
            absent = false;
            if purpose == self.needed {
                return Ok(());
            }
            if purpose == SERVER_AUTH {
                some_server_auth = true;
            } else {
                only_server_auth = false;
            }
        }
        let excepted =
            self.or_server_auth && some_server_auth && (only_server_auth || !is_end_entity);
        if absent || excepted {
            Ok(())
        } else {
            Err(wrong_purpose())
        }
    }
}

fn wrong_purpose() -> Error {
    // The context is for webpki's own text, which is not used; ours comes from the certificate.
    Error::RequiredEkuNotFoundContext(webpki::RequiredEkuNotFoundContext {
        required: webpki::KeyUsage::client_auth(),
        present: Vec::new(),
    })
}

/// What webpki takes from a trusted certificate: subject, key, name constraints.
pub(crate) fn trust_anchor(der: &CertificateDer<'_>) -> Result<TrustAnchor<'static>, String> {
    match webpki::anchor_from_trusted_cert(der) {
        Ok(anchor) => Ok(anchor.to_owned()),
        Err(error) => Err(reason_of(&error).sentence().to_owned()),
    }
}

/// Maps every error of webpki to a reason of ours, and lists those it knows, so that a test can hold the list against
/// webpki's source. Its enum is non-exhaustive: at run time an unknown one becomes [`ChainReason::Other`].
macro_rules! reasons {
    ($($(#[$attribute:meta])* $variant:ident $({ $($rest:tt)* })? $(( $($inner:tt)* ))? => $reason:ident,)+) => {
        #[allow(deprecated)]
        fn reason_of(error: &Error) -> ChainReason {
            match error {
                $($(#[$attribute])* Error::$variant $({ $($rest)* })? $(( $($inner)* ))? => ChainReason::$reason,)+
                _ => ChainReason::Other,
            }
        }

        #[cfg(test)]
        const MAPPED: &[&str] = &[$(stringify!($variant),)+];
    };
}

reasons! {
    BadDer => BadEncoding,
    BadDerTime => BadTime,
    CaUsedAsEndEntity => CaAsEndEntity,
    CertDistrusted => Distrusted,
    CertExpired { .. } => Expired,
    CertNotValidForName(_) => NotValidForName,
    CertNotValidYet { .. } => NotYetValid,
    CertRevoked => Revoked,
    CrlExpired { .. } => CrlExpired,
    EmptyEkuExtension => EmptyExtendedKeyUsage,
    EndEntityUsedAsCa => EndEntityAsCa,
    ExtensionValueInvalid => BadExtension,
    InvalidCertValidity => BadValidity,
    InvalidCrlNumber => BadCrlNumber,
    InvalidNetworkMaskConstraint => BadNameConstraint,
    InvalidSerialNumber => BadSerialNumber,
    InvalidCrlSignatureForPublicKey => BadCrlSignature,
    InvalidSignatureForPublicKey => BadSignature,
    IssuerNotCrlSigner => IssuerNotCrlSigner,
    MalformedDnsIdentifier => BadDnsName,
    MalformedExtensions => BadExtension,
    MalformedNameConstraint => BadNameConstraint,
    MaximumNameConstraintComparisonsExceeded => TooMuchWork,
    MaximumPathBuildCallsExceeded => TooMuchWork,
    MaximumPathDepthExceeded => PathTooLong,
    MaximumSignatureChecksExceeded => TooMuchWork,
    NameConstraintViolation => NameConstraintViolation,
    PathLenConstraintViolated => PathLengthConstraintViolation,
    RequiredEkuNotFound => WrongPurpose,
    RequiredEkuNotFoundContext(_) => WrongPurpose,
    SignatureAlgorithmMismatch => SignatureAlgorithmMismatch,
    TrailingData(_) => BadEncoding,
    UnknownIssuer => UnknownIssuer,
    UnknownRevocationStatus => UnknownRevocationStatus,
    UnsupportedCertVersion => UnsupportedVersion,
    UnsupportedCriticalExtension => UnsupportedCriticalExtension,
    UnsupportedCrlIssuingDistributionPoint => UnsupportedCrl,
    UnsupportedCrlVersion => UnsupportedCrl,
    UnsupportedDeltaCrl => UnsupportedCrl,
    UnsupportedIndirectCrl => UnsupportedCrl,
    UnsupportedNameType => UnsupportedNameType,
    UnsupportedRevocationReason => UnsupportedCrl,
    UnsupportedRevocationReasonsPartitioning => UnsupportedCrl,
    UnsupportedCrlSignatureAlgorithm => UnsupportedCrl,
    UnsupportedCrlSignatureAlgorithmContext(_) => UnsupportedCrl,
    UnsupportedSignatureAlgorithm => UnsupportedSignatureAlgorithm,
    UnsupportedSignatureAlgorithmContext(_) => UnsupportedSignatureAlgorithm,
    UnsupportedCrlSignatureAlgorithmForPublicKey => UnsupportedCrl,
    UnsupportedCrlSignatureAlgorithmForPublicKeyContext(_) => UnsupportedCrl,
    UnsupportedSignatureAlgorithmForPublicKey => SignatureAlgorithmNotOfKey,
    UnsupportedSignatureAlgorithmForPublicKeyContext(_) => SignatureAlgorithmNotOfKey,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of the variants of webpki's error, from the source of the release in use.
    fn variants_of_webpki() -> Vec<String> {
        // Only this platform's packages are sure to be here without a network.
        let rustc = std::process::Command::new("rustc")
            .arg("-vV")
            .output()
            .expect("rustc");
        let version = String::from_utf8(rustc.stdout).expect("rustc -vV");
        let host = version
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .expect("the host platform");
        let metadata = cargo_metadata::MetadataCommand::new()
            .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
            .other_options(
                ["--offline", "--filter-platform", host]
                    .map(str::to_owned)
                    .to_vec(),
            )
            .exec()
            .expect("cargo metadata");
        let manifest = metadata
            .packages
            .iter()
            .find(|package| package.name.as_str() == "rustls-webpki")
            .map(|package| package.manifest_path.clone())
            .expect("rustls-webpki among the dependencies");
        let source = std::fs::read_to_string(manifest.with_file_name("src").join("error.rs"))
            .expect("the source of webpki's errors");
        let body = source
            .split_once("pub enum Error {")
            .and_then(|(_, rest)| rest.split_once("\n}"))
            .map(|(body, _)| body)
            .expect("the enum Error");
        body.lines()
            .filter_map(|line| line.strip_prefix("    "))
            .filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
            .map(|line| {
                line.split(|c: char| !c.is_ascii_alphanumeric())
                    .next()
                    .unwrap()
                    .to_owned()
            })
            .collect()
    }

    #[test]
    fn every_error_of_webpki_has_a_sentence() {
        let mut variants = variants_of_webpki();
        assert!(variants.len() > 40, "{variants:?}");
        let mut mapped: Vec<_> = MAPPED.iter().map(|name| (*name).to_owned()).collect();
        variants.sort();
        mapped.sort();
        assert_eq!(mapped, variants);
    }

    #[cfg(feature = "ring")]
    #[test]
    fn decoders_that_read_one_field_differently_do_not_agree() {
        use crate::support::{Authority, CertificateBuilder, Name, TestKey};

        let [first, second] =
            [1, 2].map(|n| Authority::root(&format!("Root {n}"), TestKey::ed25519(n)));
        let issue = |issuer: &Authority, subject: &str, serial: &[u8]| {
            let key = TestKey::ed25519(3);
            let builder = CertificateBuilder::end_entity(Name::cn(subject), key.spki());
            issuer.issue(builder.serial_bytes(serial))
        };
        let read = CertificateDer::from(issue(&first, "peer", &[1]));
        let theirs = EndEntityCert::try_from(&read).unwrap();
        let agree_with = |der: Vec<u8>| agree(&theirs, &Certificate::decode(&der).unwrap());
        assert!(agree_with(issue(&first, "peer", &[1])));
        assert!(!agree_with(issue(&first, "peer", &[2])));
        assert!(!agree_with(issue(&first, "other", &[1])));
        assert!(!agree_with(issue(&second, "peer", &[1])));
        assert!(!agree_with(issue(&second, "peer", &[2])));
        assert!(!agree_with(issue(&second, "other", &[1])));
    }

    #[test]
    fn reasons_are_mapped_one_by_one() {
        let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(0));
        let expired = Error::CertExpired {
            time,
            not_after: time,
        };
        assert_eq!(reason_of(&expired), ChainReason::Expired);
        assert_eq!(reason_of(&Error::UnknownIssuer), ChainReason::UnknownIssuer);
        assert_eq!(reason_of(&wrong_purpose()), ChainReason::WrongPurpose);
        assert_eq!(
            reason_of(&Error::CaUsedAsEndEntity),
            ChainReason::CaAsEndEntity
        );
    }
}
