//! Why a connection failed, certificates or not, and what to do: from rustls's errors and the peer's alerts.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use rustls::{AlertDescription, CertificateError, InvalidMessage, OtherError, PeerIncompatible};

use super::refusal::{errors_in, refusal_in};
use crate::error::VerifyError;
use crate::reason::worded_reasons;
use crate::report::Violation;
use crate::text;

/// Why a TLS connection failed, and what to do about it. `Display` is one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionFailure {
    cause: FailureCause,
    detail: Option<String>,
    hint: String,
}

worded_reasons! {
    /// What made a TLS connection fail.
    FailureCause:
    /// This side refused the peer's certificate.
    PeerCertificateRefused, "peer-certificate-refused", "the peer's certificate was refused here",
        "compare the peer's certificate with the policy; an observer hears the whole report";
    /// No trust anchor of this side issued the peer's certificate.
    PeerCertificateUnknownCa, "peer-certificate-unknown-ca", "no trust anchor here issued the peer's certificate",
        "the peer must send its intermediates with its certificate; add its CA to the trust anchors, if it is to be trusted";
    /// The peer presented no certificate, and this side demands one.
    PeerCertificateMissing, "peer-certificate-missing", "the peer presented no certificate",
        "the client must be configured with a certificate and its key; one that has a certificate may have kept it back, for its CA is not among those the server names (`RootHints`)";
    /// A signature of the peer does not hold: that of its handshake, or one in its chain.
    PeerSignatureInvalid, "peer-signature-invalid", "a signature of the peer does not hold",
        "if its certificate was accepted, the peer signed the handshake with another key: its certificate and private key must belong together; if not, a certificate of its chain is not signed by its issuer";
    /// The peer demands a certificate, and this side presented none.
    OurCertificateMissing, "our-certificate-missing", "the peer demands a certificate and none was presented",
        "configure this side with the certificate agreed with the peer, and its key";
    /// The peer does not know the CA of this side's certificate.
    OurCertificateUnknownCa, "our-certificate-unknown-ca", "the peer refused our certificate: it does not know the CA that issued it",
        "send the intermediates with the certificate; else the peer must add the CA to what it trusts";
    /// To the peer this side's certificate is expired, or not yet valid.
    OurCertificateExpired, "our-certificate-expired", "the peer refused our certificate: it is expired or not yet valid there",
        "renew the certificate, and restart what still presents the old one; check the clocks of both sides";
    /// To the peer this side's certificate is revoked.
    OurCertificateRevoked, "our-certificate-revoked", "the peer refused our certificate: it is revoked",
        "have a new certificate issued, with a new key if the old one was lost";
    /// The peer knows the certificate but does not let it in.
    OurCertificateDenied, "our-certificate-denied", "the peer refused our certificate: whoever it names is not let in",
        "compare the certificate's subject and alternative names with the identifier agreed with the peer";
    /// The peer refused this side's certificate for its purpose or kind.
    OurCertificateUnsuitable, "our-certificate-unsuitable", "the peer refused our certificate: its purpose or kind does not suit the peer",
        "servers need the key purpose serverAuth, clients clientAuth, and some peers permit no other: have the certificate issued again as agreed";
    /// The peer refused this side's certificate, without saying why.
    OurCertificateRefused, "our-certificate-refused", "the peer refused our certificate",
        "the peer did not say why: ask for its log at this time; to find out here, verify the chain by a policy of what the peer demands, and a server's with the name connected to";
    /// The peer could not verify a signature of this side.
    OurSignatureRefused, "our-signature-refused", "the peer could not verify a signature of ours",
        "the certificate and the private key of this side must belong together, and the chain must be the one of this certificate";
    /// No TLS version in common.
    ProtocolVersion, "protocol-version", "there is no TLS version that both sides speak",
        "enable TLS 1.3 on both sides, or TLS 1.2, which rustls has with its feature `tls12`";
    /// No cipher suite in common.
    CipherSuites, "cipher-suites", "there is no cipher suite that both sides have",
        "compare the cipher suites of both sides; those of this side are its crypto provider's; in TLS 1.2 the kind of the server's key must suit the client's suites, too";
    /// No key exchange group in common.
    KeyExchangeGroups, "key-exchange-groups", "there is no key exchange group that both sides have",
        "enable X25519 or P-256 on both sides";
    /// No signature scheme in common: the kind of a certificate's key does not suit the other side.
    SignatureSchemes, "signature-schemes", "there is no signature scheme that suits both sides",
        "the certificate's key is of a kind the other side does not verify: use RSA or P-256";
    /// The peer found nothing in common, or demands a certificate in TLS 1.2.
    NothingInCommon, "nothing-in-common", "the peer ended the handshake: it found nothing in common, or it demands a certificate",
        "compare versions, cipher suites, groups and kinds of keys of both sides; in TLS 1.2 a server that misses a client's certificate says the same";
    /// The server does not know the name this client connects to.
    ServerNameUnknown, "server-name-unknown", "the server does not know the name connected to",
        "connect by a name the server is configured for";
    /// No application protocol (ALPN) in common.
    ApplicationProtocol, "application-protocol", "there is no application protocol (ALPN) that both sides speak",
        "compare `alpn_protocols` of both sides";
    /// The peer ended the connection without a word.
    ConnectionClosed, "connection-closed", "the peer closed the connection without an alert",
        "look into the peer's log; a port scan, a health check or a load balancer does this too";
    /// What came was no TLS.
    NotTls, "not-tls", "the other end does not speak TLS",
        "check the port: it may be plain HTTP, or want STARTTLS first";
    /// This side's own certificate and key do not belong together.
    OurKey, "our-key", "the private key here does not belong to the certificate",
        "configure the key that the certificate was issued for";
    /// This machine's clock gives no time.
    Clock, "clock", "this machine's clock gives no time",
        "set the clock";
    /// Anything else.
    Other, "other", "the connection failed",
        "the words are rustls's; compare with `openssl s_client -connect` or `openssl s_server`";
}

impl ConnectionFailure {
    /// Of an error of rustls.
    #[must_use]
    pub fn of(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::AlertReceived(alert) => Self::of_alert(*alert),
            rustls::Error::InvalidCertificate(error) => Self::of_certificate(error),
            rustls::Error::NoCertificatesPresented => FailureCause::PeerCertificateMissing.into(),
            rustls::Error::PeerIncompatible(why) => of_incompatible(why)
                .map_or_else(|| Self::with_words(FailureCause::Other, error), Self::from),
            rustls::Error::NoApplicationProtocol => FailureCause::ApplicationProtocol.into(),
            rustls::Error::InvalidMessage(
                InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion,
            ) => FailureCause::NotTls.into(),
            rustls::Error::InconsistentKeys(_) => FailureCause::OurKey.into(),
            rustls::Error::FailedToGetCurrentTime => FailureCause::Clock.into(),
            error => Self::with_words(FailureCause::Other, error),
        }
    }

    /// Of an alert that the peer sent (RFC 8446 section 6.2). In QUIC the alert is the error code less 0x100 (RFC 9001
    /// section 4.8).
    #[must_use]
    pub fn of_alert(alert: AlertDescription) -> Self {
        let cause = match alert {
            AlertDescription::UnknownCA => FailureCause::OurCertificateUnknownCa,
            AlertDescription::CertificateExpired => FailureCause::OurCertificateExpired,
            AlertDescription::CertificateRevoked => FailureCause::OurCertificateRevoked,
            AlertDescription::AccessDenied => FailureCause::OurCertificateDenied,
            AlertDescription::UnsupportedCertificate => FailureCause::OurCertificateUnsuitable,
            AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::BadCertificateStatusResponse => FailureCause::OurCertificateRefused,
            AlertDescription::CertificateRequired | AlertDescription::NoCertificate => {
                FailureCause::OurCertificateMissing
            }
            AlertDescription::DecryptError => FailureCause::OurSignatureRefused,
            AlertDescription::ProtocolVersion => FailureCause::ProtocolVersion,
            AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => {
                FailureCause::NothingInCommon
            }
            AlertDescription::UnrecognisedName => FailureCause::ServerNameUnknown,
            AlertDescription::NoApplicationProtocol => FailureCause::ApplicationProtocol,
            _ => FailureCause::Other,
        };
        Self::with_words(cause, &rustls::Error::AlertReceived(alert))
    }

    fn of_certificate(error: &CertificateError) -> Self {
        match error {
            CertificateError::Other(OtherError(inner)) => match refusal_in(inner.as_ref()) {
                Some(refusal) => Self::of_refusal(refusal),
                None => Self::with_words(FailureCause::PeerCertificateRefused, error),
            },
            CertificateError::UnknownIssuer => FailureCause::PeerCertificateUnknownCa.into(),
            CertificateError::BadSignature => FailureCause::PeerSignatureInvalid.into(),
            error => Self {
                hint: match error {
                    CertificateError::Expired | CertificateError::NotValidYet => {
                        "the peer must renew its certificate, if the clocks of both sides are right"
                    }
                    CertificateError::InvalidPurpose => {
                        "the peer needs a certificate with the key purpose of its side, and those alone that the policy permits"
                    }
                    CertificateError::NotValidForName => {
                        "connect by a name the certificate has, or have it issued for this name"
                    }
                    CertificateError::ApplicationVerificationFailure => {
                        "compare the certificate's subject, alternative names and key with the identifiers and pins agreed"
                    }
                    _ => FailureCause::PeerCertificateRefused.hint(),
                }
                .to_owned(),
                ..Self::with_words(FailureCause::PeerCertificateRefused, error)
            },
        }
    }

    fn of_refusal(refusal: &VerifyError) -> Self {
        let cause = FailureCause::PeerCertificateRefused;
        Self {
            cause,
            detail: Some(refusal.to_string()),
            hint: refusal
                .telling()
                .map_or_else(|| cause.hint().to_owned(), Violation::hint),
        }
    }

    /// With the words of rustls, or of whoever wrote the error: escaped and bounded.
    fn with_words(cause: FailureCause, error: &impl fmt::Display) -> Self {
        Self {
            detail: Some(text::printable(error.to_string().as_bytes())),
            ..Self::from(cause)
        }
    }

    /// The cause.
    #[must_use]
    pub fn cause(&self) -> FailureCause {
        self.cause
    }

    /// What to do.
    #[must_use]
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

impl From<FailureCause> for ConnectionFailure {
    fn from(cause: FailureCause) -> Self {
        Self {
            cause,
            detail: None,
            hint: cause.hint().to_owned(),
        }
    }
}

/// `the peer presented no certificate`.
impl fmt::Display for ConnectionFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.cause.sentence())?;
        match &self.detail {
            None => Ok(()),
            Some(detail) => write!(f, " ({detail})"),
        }
    }
}

fn of_incompatible(why: &PeerIncompatible) -> Option<FailureCause> {
    match why {
        PeerIncompatible::ServerDoesNotSupportTls12Or13
        | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
        | PeerIncompatible::SupportedVersionsExtensionRequired
        | PeerIncompatible::Tls12NotOffered
        | PeerIncompatible::Tls12NotOfferedOrEnabled
        // Who sends none knows TLS 1.1 at most (RFC 5246 section 7.4.1.4.1).
        | PeerIncompatible::SignatureAlgorithmsExtensionRequired
        | PeerIncompatible::Tls13RequiredForQuic => Some(FailureCause::ProtocolVersion),
        PeerIncompatible::NoCipherSuitesInCommon => Some(FailureCause::CipherSuites),
        PeerIncompatible::NoKxGroupsInCommon
        | PeerIncompatible::NamedGroupsExtensionRequired
        | PeerIncompatible::KeyShareExtensionRequired => Some(FailureCause::KeyExchangeGroups),
        PeerIncompatible::NoSignatureSchemesInCommon
        | PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon => {
            Some(FailureCause::SignatureSchemes)
        }
        _ => None,
    }
}

/// Finds rustls's error, or our refusal, in the error of a connection, however a stack has wrapped it, and says what it means;
/// of a connection that only ended, that it did.
///
/// Returns `None` if nothing of this failed, or if the stack keeps only words of it.
#[must_use]
pub fn failure_in(error: &(dyn StdError + 'static)) -> Option<ConnectionFailure> {
    let known = |error: &(dyn StdError + 'static)| {
        let rustls = error.downcast_ref().map(ConnectionFailure::of);
        rustls.or_else(|| error.downcast_ref().map(ConnectionFailure::of_refusal))
    };
    let closed = |error: &(dyn StdError + 'static)| {
        let kind = error.downcast_ref::<io::Error>()?.kind();
        let closed = matches!(
            kind,
            io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
        );
        closed.then(|| FailureCause::ConnectionClosed.into())
    };
    errors_in(error)
        .find_map(known)
        .or_else(|| errors_in(error).find_map(closed))
}
