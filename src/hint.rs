//! What to do about each thing that can be found.

use crate::certificate::{DecodeError, Problem};
use crate::diagnosis::{ChainFailure, ChainReason};
use crate::path::Position;
use crate::report::Fact;
use crate::revocation::fact::{CrlRefusal, NoStatus, Revocation, RevocationSource, StaleStatus};
use crate::revocation::ocsp::OcspProblem;
use crate::revocation::{RevocationReason, Staleness};
use crate::rule::RuleId;
use crate::rules::subject_identifier::{IdentifierRequirement, PresentedIdentifier, Values};
use crate::time::in_words;

/// What to do about a violation or warning.
pub(crate) fn hint(rule: RuleId, position: Position, required: &Fact, presented: &Fact) -> String {
    match (required, presented) {
        (_, Fact::ChainFailure(failure)) => chain_hint(failure),
        (Fact::ValidAt(now), Fact::Validity(validity)) => {
            if *now < validity.not_before {
                format!(
                    "not valid for another {}: check this machine's clock, which says {now}",
                    in_words(validity.not_before.seconds_since(*now))
                )
            } else {
                format!(
                    "expired {} ago: {}",
                    in_words(now.seconds_since(validity.not_after)),
                    match position {
                        Position::TrustAnchor => "replace the trust anchor by the CA's current certificate",
                        Position::EndEntity => "the peer must renew it",
                        _ => "the peer must send the CA's current certificate",
                    }
                )
            }
        }
        (_, Fact::PinsExpire(_)) => "renew the policy's pins and their date".to_owned(),
        (Fact::PinCount(_), _) => {
            "add a backup pin, so that a lost key does not refuse everybody".to_owned()
        }
        (Fact::ValidUntil(_), Fact::Validity(validity)) => {
            format!("renew it before {}", validity.not_after)
        }
        (Fact::RequiredPurposes(_), _) => format!(
            "have the certificate issued again with {required}"
        ),
        (Fact::RequiredKey(_), _) => match position {
            Position::TrustAnchor => format!("use a trust anchor whose key is {required}"),
            _ => format!("have the certificate issued again for {required}"),
        },
        (Fact::RequiredSignature(_), _) => {
            format!("have the certificate issued again with {required}")
        }
        (Fact::ValidityLimit(_) | Fact::KeyUsageWith(_) | Fact::KeyUsageWithout(_), _) => {
            match position {
                Position::TrustAnchor => format!("use a trust anchor with {required}"),
                _ => format!("have the certificate issued again with {required}"),
            }
        }
        (Fact::Profile(required), _) => match position {
            Position::TrustAnchor => format!(
                "trust a certificate of this CA that was issued {}, or set `certificate-profile.trust-anchor` to \"ignore\"",
                required.cure
            ),
            _ => format!("have the certificate issued again {}", required.cure),
        },
        (Fact::MostIntermediates(_), _) => {
            "have the certificate issued by a CA nearer to the trust anchor".to_owned()
        }
        (Fact::CaCertificate, _) => {
            "use as trust anchor the certificate of the CA that issues to the peers".to_owned()
        }
        (Fact::SeparateAnchor, _) => {
            "a self-issued certificate vouches for itself: have it issued by a CA, or pin it and set `path-length.allow-self-issued-end-entity`".to_owned()
        }
        (Fact::RequiredPins(_), _) => {
            "if the partner has announced a new key or CA, add its pin to the policy; if not, refuse the connection".to_owned()
        }
        (Fact::RequiredIdentifiers(required), _) => identifier_hint(required, presented),
        (Fact::ServerName(name), Fact::OnlyCommonNames(_)) => format!(
            "a common name does not count: have the certificate issued again with the subject alternative name {name}"
        ),
        (Fact::ServerName(_), _) => {
            "connect by a name the certificate has, or have it issued for this name".to_owned()
        }
        (Fact::Text(_), Fact::Absent) if rule == RuleId::INPUT => {
            "the peer must present its certificate".to_owned()
        }
        (Fact::Decodable, Fact::Undecodable(error)) => undecodable_hint(position, error),
        (Fact::Decodable, _) => {
            "remove it from the file, or replace it by the CA's current certificate".to_owned()
        }
        (Fact::AtMost { .. }, _) => {
            "send only the certificates of one chain: the end entity and its intermediates".to_owned()
        }
        (Fact::NotRevoked, Fact::Revoked(revocation)) => revoked_hint(position, revocation),
        (Fact::RequiredStatus(_), Fact::NoStatus(missing)) => no_status_hint(position, missing),
        (Fact::CurrentAt(_), Fact::StaleStatus(stale)) => stale_hint(stale),
        (Fact::CrlOfIssuer, Fact::RefusedCrl(refused)) => match refused.why {
            CrlRefusal::KeyUsage => "the CA must have a certificate issued with cRLSign before its CRLs count; leave its CRL out, or, if it is a trust anchor, set `revocation.trust-anchor` to \"ignore\"".to_owned(),
            CrlRefusal::Algorithm(_) => "have the CA sign its CRLs with SHA-256 or stronger, by an algorithm that the crypto provider has".to_owned(),
            CrlRefusal::TooMuchWork => {
                "the peer must send only the certificates of one chain".to_owned()
            }
            _ => "load the CRL again from its CA; if the CA has several keys of this name, load the CRL of each".to_owned(),
        },
        (Fact::ValidResponse, Fact::BadResponse(problem)) => bad_response_hint(problem).to_owned(),
        (Fact::RequiredStaple(_), Fact::NoStaplesHere) => {
            "nothing to do for clients, which cannot staple; else give the response that came with the chain".to_owned()
        }
        (Fact::RequiredStaple(_), _) => {
            "the peer must staple its CA's OCSP response to the handshake".to_owned()
        }
        (Fact::PolicyFor(_), _) => "verify with a policy made for this role".to_owned(),
        _ => format!("`{rule}` asks for {required}"),
    }
}

fn revoked_hint(position: Position, revocation: &Revocation) -> String {
    let lifted = matches!(
        revocation.reason,
        Some(RevocationReason::CertificateHold | RevocationReason::RemoveFromCrl)
    );
    match position {
        _ if lifted => "its CA has put it on hold: ask the partner why; if a newer CRL or response no longer says so, load it in place of this one".to_owned(),
        Position::EndEntity => {
            "its CA has taken it back: the peer must have a new certificate issued, with a new key".to_owned()
        }
        _ => "the CA above has taken this CA's certificate back: the peer must have its own issued by another".to_owned(),
    }
}

/// What to load, for each source that says nothing.
fn no_status_hint(position: Position, missing: &[NoStatus]) -> String {
    let hints = missing.iter().map(|missing| match missing {
        NoStatus::NoCrl { issuer, points } => {
            format!("load the current CRL of {issuer}{}", at_points(points))
        }
        NoStatus::CrlsElsewhere { issuer, points, .. } => format!(
            "load the CRLs of {issuer} that cover it: of its kind and distribution point, and for all reasons{}",
            at_points(points)
        ),
        NoStatus::NoResponse if position == Position::EndEntity => {
            "load an OCSP response about it, which a server may staple too".to_owned()
        }
        NoStatus::NoResponse => "load an OCSP response about it".to_owned(),
        NoStatus::NoAnswer(_) => "load a new OCSP response from the CA's responder".to_owned(),
        NoStatus::Unknown(_) => {
            "ask the CA whether it has issued this certificate, for its responder does not know it"
                .to_owned()
        }
    });
    hints.collect::<Vec<_>>().join("; or ")
}

/// Where a certificate says that its CRLs are.
fn at_points(points: &[String]) -> String {
    match points {
        [] => String::new(),
        points => format!(" (the certificate names {})", points.join(" and ")),
    }
}

fn bad_response_hint(problem: &OcspProblem) -> &'static str {
    match problem {
        OcspProblem::OtherCertificate => {
            "the server must staple the response about this very certificate"
        }
        OcspProblem::UnknownResponder | OcspProblem::Responder(_) | OcspProblem::Algorithm(_) => {
            "ask the CA to have its responder answer with the issuer's own key, or with a certificate that the issuer issued it for OCSPSigning, by SHA-256 or stronger"
        }
        OcspProblem::TooMuchWork => {
            "the peer must send only the certificates of one chain, and staple only its responder's"
        }
        OcspProblem::CriticalExtension(_)
        | OcspProblem::IdHash(_)
        | OcspProblem::ResponseType(_) => "ask the CA for responses without it",
        _ => "get a new response from the CA's responder; a server must staple that itself",
    }
}

fn stale_hint(stale: &StaleStatus) -> String {
    let what = match &stale.source {
        RevocationSource::Crl(_) => "load the CA's current CRL",
        RevocationSource::Ocsp(response) if response.stapled => {
            "get a new response from the CA's responder; a server must staple that itself"
        }
        RevocationSource::Ocsp(_) => "load a new OCSP response from the CA's responder",
    };
    match stale.why {
        Staleness::NotYet { .. } => format!("check this machine's clock; if it is right, {what}"),
        Staleness::Endless { .. } => {
            "have the responder say until when its answers hold, or set `revocation.max-age`"
                .to_owned()
        }
        Staleness::Ended { .. } | Staleness::TooOld { .. } => what.to_owned(),
    }
}

fn identifier_hint(required: &IdentifierRequirement, presented: &Fact) -> String {
    let values: &[PresentedIdentifier] = match presented {
        Fact::Identifiers(values) => values,
        _ => &[],
    };
    let other_label = values.iter().find_map(|value| value.under.as_ref());
    match (required, other_label) {
        (IdentifierRequirement::Comparable(entry), _) => match entry.values {
            Values::One if values.len() > 1 => {
                "have the certificate issued again with one value, or permit several with `values = \"any\"` or \"all\"".to_owned()
            }
            _ => "have the certificate issued again with the value as UTF8String or PrintableString, without control characters".to_owned(),
        },
        (IdentifierRequirement::HasNot(_), _) => {
            "the policy forbids this identifier: the peer needs a certificate without it".to_owned()
        }
        (_, Some(label)) => format!(
            "a CA with the label {label} issued the certificate, and the policy does not trust it with this identifier"
        ),
        _ => "compare with the identifier agreed with the partner: the certificate is somebody else's, or was issued with another subject".to_owned(),
    }
}

fn undecodable_hint(position: Position, error: &DecodeError) -> String {
    match (&error.problem, position) {
        (Problem::UnsupportedVersion(_), _) => {
            "have the certificate issued again as X.509 version 3".to_owned()
        }
        (Problem::UnexpectedTag { .. }, _) if error.offset < 8 => {
            "this is not an X.509 certificate: of a PKCS#7 file take the certificates out with `openssl pkcs7 -print_certs`, of a PKCS#12 file with `openssl pkcs12 -nokeys`, of a key find the certificate".to_owned()
        }
        (Problem::Truncated, _) => "send the certificate whole".to_owned(),
        (_, Position::EndEntity) => {
            "have the certificate issued again by a CA that encodes correctly".to_owned()
        }
        _ => "leave it out of the chain if it is not needed, or have it issued again by a CA that encodes correctly"
            .to_owned(),
    }
}

fn chain_hint(failure: &ChainFailure) -> String {
    if failure.end_entity_is_anchor && failure.reason == ChainReason::UnknownIssuer {
        return "the peer's own certificate is among the trust anchors; a trust anchor must be the certificate of the CA that issued it".to_owned();
    }
    let stop = failure.stops_at.as_ref().map(|stop| {
        if stop.self_issued && stop.position == Position::EndEntity {
            "the peer's certificate is self-issued: have it issued by a CA that is a trust anchor, or make it a trust anchor, pin it and set `path-length.allow-self-issued-end-entity`".to_owned()
        } else if stop.self_issued {
            format!("{} is no trust anchor here: ask the partner whether it is theirs before adding it", stop.issuer)
        } else {
            format!(
                "the chain stops at issuer {}: the peer must send the intermediate certificate of that name, or it must be among the known intermediates; if it is a root, ask the partner whether it is theirs before adding it to the trust anchors",
                stop.issuer
            )
        }
    });
    match (failure.reason, stop) {
        (ChainReason::UnknownIssuer, Some(stop)) => stop,
        (reason, Some(stop)) => format!("{}; then {stop}", reason.hint()),
        (reason, None) => reason.hint().to_owned(),
    }
}
