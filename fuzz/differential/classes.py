"""Why verdicts differ: docs/differential.md says of each class who is right, and why.

A class has a name, who accepts, by which of the others it is, what the reason of who refuses must look like, and what must
hold of the chain, lest a reason be explained that has another cause.
"""

import re

from cryptography import x509

OPENSSL = {"openssl", "openssl-strict"}
STRICT = {"openssl-strict"}
CRYPTOGRAPHY = {"cryptography"}
ALL = OPENSSL | CRYPTOGRAPHY

ANCHOR = r"^(Root|OtherRoot|NamesakeOfRoot)"
CA = r"^(?!EndEntity)\w+(\(\d\))?"


# What may be asked of a chain.

def anything(_chain):
    return True


def touched(pattern):
    """A change fits; octets that were changed at random may have done it too."""
    return lambda chain: any(re.search(f"{pattern}|: octets", change) for change in chain["changes"])


def path(chain):
    return [chain["end_entity"], *chain["verdict"]["path"]]


def certificates(ders):
    for der in ders:
        try:
            yield x509.load_der_x509_certificate(bytes.fromhex(der))
        except (ValueError, KeyError):
            continue


def reads(certificate, field):
    try:
        getattr(certificate, field)
        return True
    # Strings of types that no name may have are a KeyError there.
    except (ValueError, KeyError):
        return False


def has_odd_name(chain):
    """A name of the path is not what its strings' types say; some such certificates cannot be read at all."""
    read = list(certificates(path(chain)))
    return len(read) < len(path(chain)) or not all(reads(it, "subject") and reads(it, "issuer") for it in read)


def has_malformed_extension(chain):
    return not all(reads(it, "extensions") for it in certificates(path(chain)))


def has_extension(oid):
    def holds(chain):
        read = (it for it in certificates(path(chain)) if reads(it, "extensions"))
        return any(extension.oid.dotted_string == oid for it in read for extension in it.extensions)

    return holds


def has_other_key_identifier(chain):
    """An authority key identifier of the path is not of who issued, as far as both can be read."""
    links = list(certificates(path(chain)))
    for certificate, issuer in zip(links, [*links[1:], links[-1]]):
        if not (reads(certificate, "extensions") and reads(issuer, "extensions")):
            continue
        try:
            named = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
        except x509.ExtensionNotFound:
            continue
        try:
            own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        except x509.ExtensionNotFound:
            own = None
        if named.key_identifier is not None and own is not None and named.key_identifier != own:
            return True
        if named.authority_cert_serial_number not in (None, issuer.serial_number):
            return True
        if named.authority_cert_issuer:
            names = [it.value for it in named.authority_cert_issuer if isinstance(it, x509.DirectoryName)]
            if names and issuer.issuer not in names:
                return True
    return False


def ends_now(chain):
    return any(int(it.not_valid_after_utc.timestamp()) == chain["time"] for it in certificates(path(chain)))


def has_self_issued_intermediate(chain):
    return any(it.subject == it.issuer for it in certificates(path(chain)[1:-1]))


def has_namesakes(chain):
    """Several CAs have one name."""
    names = [it.subject.public_bytes() for it in certificates(set(chain["others"] + chain["anchors"])) if reads(it, "subject")]
    return len(set(names)) < len(names)


CLASSES = [
    # We accept, they refuse.
    ("unreadable-name", "we accept", ALL, r"cannot be read|can be read|no interior errors|unable to get|location: .*(subject|issuer)", has_odd_name),
    ("key-identifiers", "we accept", OPENSSL, r"unable to get (local )?issuer certificate", has_other_key_identifier),
    ("anchor-not-self-signed", "we accept", OPENSSL, r"unable to get issuer certificate, at the trust anchor", touched(ANCHOR + ": (issuer|subject|signature algorithm)")),
    ("malformed-extension", "we accept", OPENSSL, r"unable to get (local )?issuer certificate|certificate signature failure", has_malformed_extension),
    ("malformed-extension", "we accept", CRYPTOGRAPHY, r"ASN.1 parsing error|^ValueError", has_malformed_extension),
    ("proxy-certificate", "we accept", OPENSSL, r"unable to get local issuer certificate", has_extension("1.3.6.1.5.5.7.1.14")),
    ("last-second", "we accept", OPENSSL, r"certificate has expired", ends_now),
    ("next-root-key", "we accept", OPENSSL, r"self-signed certificate in certificate chain, at an intermediate", has_self_issued_intermediate),
    ("first-of-namesakes", "we accept", OPENSSL, r"certificate signature failure", has_namesakes),
    ("first-of-namesakes", "we accept", CRYPTOGRAPHY, r"^signature does not match", has_namesakes),
    ("anchor-extension", "we accept", OPENSSL, r"unhandled critical extension, at the trust anchor", touched(ANCHOR)),
    ("anchor-extension", "we accept", CRYPTOGRAPHY, r"unaccounted-for critical extensions", touched(ANCHOR + ": (policies|extension)")),
    ("critical-distribution-points", "we accept", CRYPTOGRAPHY, r"2\.5\.29\.31: .*unaccounted-for critical", touched(": extension")),
    ("anchor-purpose", "we accept", OPENSSL, r"unsuitable certificate purpose, at the trust anchor", touched(ANCHOR + ": extended key usage")),
    ("anchor-purpose", "we accept", CRYPTOGRAPHY, r"^Neither EKU nor anyEKU", touched(ANCHOR + ": extended key usage")),
    ("anchor-version", "we accept", STRICT, r"invalid CA certificate, at the trust anchor|requires at least X509v3", touched(ANCHOR + ": version")),
    ("anchor-version", "we accept", CRYPTOGRAPHY, r"must be an X509v3 certificate", touched(ANCHOR + ": version")),
    ("netscape-type", "we accept", OPENSSL, r"unsuitable certificate purpose|unable to get local issuer", has_extension("2.16.840.1.113730.1.1")),
    ("peer-key", "we accept", OPENSSL, r"unspecified certificate verification error, at the end entity", touched("^EndEntity: public key")),
    ("their-algorithms", "we accept", CRYPTOGRAPHY, r"^Forbidden (public key|signature) algorithm", touched(": (key|public key|signature algorithm)")),
    ("profile-key-identifier", "we accept", STRICT, r"^Missing (Authority|Subject) Key Identifier", touched("key identifier|left out|version")),
    ("profile-key-identifier", "we accept", CRYPTOGRAPHY, r"^authorityKeyIdentifier must contain keyIdentifier|2\.5\.29\.(14|35): Certificate is missing", touched("key identifier|left out")),
    ("profile-criticality", "we accept", STRICT, r"not marked critical|Subject Alt Name extension not critical", anything),
    ("profile-criticality", "we accept", CRYPTOGRAPHY, r"incorrect criticality|^EE subjectAltName MUST", anything),
    ("profile-empty-issuer", "we accept", STRICT, r"^Issuer name empty", touched("subject")),
    ("profile-empty-issuer", "we accept", CRYPTOGRAPHY, r"non-empty Issuer", touched("subject|issuer")),
    ("profile-key-usage", "we accept", STRICT, r"CA cert does not include key usage", touched(CA + ": extension left out")),
    ("profile-key-usage", "we accept", CRYPTOGRAPHY, r"2\.5\.29\.15: Certificate is missing", touched(CA + ": extension left out")),
    ("profile-serial-number", "we accept", CRYPTOGRAPHY, r"serial", touched("serial number")),
    ("profile-path-length", "we accept", STRICT, r"^Path length invalid for non-CA", touched("basic constraints")),
    ("profile-time", "we accept", CRYPTOGRAPHY, r"must be UtcTime|must be GeneralizedTime", touched("validity")),
    ("profile-alternative-name", "we accept", CRYPTOGRAPHY, r"2\.5\.29\.17: Certificate is missing", lambda chain: chain["role"] == "client"),
    ("profile-name-constraints", "we accept", CRYPTOGRAPHY, r"2\.5\.29\.30: Certificate contains prohibited|^nameConstraints must have non-empty|^(malformed|unsatisfiable) (DNS|IP) name constraint", touched("name constraints")),

    # We refuse, they accept.
    ("unique-identifiers", "we refuse", ALL, r"tbsCertificate: octets follow the end", touched("unique identifiers")),
    ("trailing-octets", "we refuse", ALL, r"octets follow the end", touched("trailing octets")),
    ("version", "we refuse", ALL, r"tbsCertificate.version|that is not version 3", touched("version")),
    ("malformed-time", "we refuse", ALL, r"validity: not a time", touched("validity")),
    ("not-der", "we refuse", ALL, r"unused bits|BOOLEAN|INTEGER in more octets|spelled out", anything),
    ("extension-twice", "we refuse", ALL, r"extensions: the extension .* stands there twice", touched("extension twice")),
    ("malformed-field", "we refuse", ALL, r"(certificate|tbsCertificate): expected tag|extensions: a list of extensions without any", touched("extension left out")),
    ("malformed-field", "we refuse", ALL, r"(left aside|no such anchor|input: .*): (name|subjectAltName|extKeyUsage|keyUsage|basicConstraints|subjectPublicKeyInfo)", anything),
    ("two-algorithms", "we refuse", ALL, r"signature algorithms inside and outside", touched("signature algorithm")),
    ("names-by-octets", "we refuse", ALL, r"no path: unknown-issuer", touched(": (issuer|subject)")),
    ("critical-extension", "we refuse", ALL, r"no path: unsupported-critical-extension", touched("policies|extension|key identifier")),
    ("ca-as-end-entity", "we refuse", ALL, r"no path: ca-as-end-entity", touched("^EndEntity: (basic constraints|extension twice)")),
    ("malformed-field", "we refuse", ALL, r"no path: bad-(encoding|extension)", touched("basic constraints|name constraints|extended key usage|public key")),
    ("name-constraint-form", "we refuse", ALL, r"no path: (bad-name-constraint|name-constraint-violation)", touched("name constraints")),
    ("any-purpose", "we refuse", ALL, r"no path: wrong-purpose", touched("extended key usage")),
    ("algorithm-parameters", "we refuse", ALL, r"no path: unsupported-signature-algorithm", touched("signature algorithm")),
    ("hidden-by-namesake", "we refuse", ALL, r"no path: bad-signature", has_namesakes),
    ("rule-extended-key-usage", "we refuse", ALL, r"^extended-key-usage: end-entity", anything),
    ("rule-key-usage", "we refuse", ALL, r"^key-usage: ", anything),
    ("rule-minimum-key-size", "we refuse", ALL, r"^minimum-key-size: ", anything),
    ("rule-path-length", "we refuse", ALL, r"^path-length: trust-anchor: ", anything),
    ("rule-validity-period", "we refuse", ALL, r"^validity-period: trust-anchor: ", anything),
    ("rule-signature-algorithm", "we refuse", ALL, r"^signature-algorithm: ", anything),
    ("partial-wildcard", "we refuse", OPENSSL, r"^server-name: .*\*", touched("^EndEntity: subject alternative name")),
]
