//! Who signed what, found out beside the crate; and signing anew what a mutation changed. All keys here are Ed25519.

use der::asn1::{Any, BitString, ObjectIdentifier, OctetString};
use der::{Decode, Encode, Sequence};
use ring::signature::{ED25519, UnparsedPublicKey};

use crate::rfc6960::{BasicResponse, OcspResponse, ResponseBytes};
use crate::support::{TestKey, oids};

/// What certificates and CRLs have in common: something signed, how, and the signature.
#[derive(Clone, Debug, Sequence)]
pub(crate) struct Signed {
    pub(crate) data: Any,
    pub(crate) algorithm: Any,
    pub(crate) signature: BitString,
}

impl Signed {
    pub(crate) fn is_by(&self, key: &TestKey) -> bool {
        is_by(&self.data, &self.algorithm, &self.signature, key)
    }
}

impl BasicResponse {
    pub(crate) fn is_by(&self, key: &TestKey) -> bool {
        is_by(&self.data, &self.algorithm, &self.signature, key)
    }
}

fn is_by(data: &Any, algorithm: &Any, signature: &BitString, key: &TestKey) -> bool {
    let spki = key.spki();
    let (_, octets) = spki.split_at(spki.len() - 32);
    let (Ok(data), Ok(algorithm), Some(signature)) =
        (data.to_der(), algorithm.to_der(), signature.as_bytes())
    else {
        return false;
    };
    let signer = UnparsedPublicKey::new(&ED25519, octets);
    algorithm == key.signature_algorithm() && signer.verify(&data, signature).is_ok()
}

/// A CRL, signed by `key` if its structure holds that far, with everything else left as it is.
pub(crate) fn sign_crl(crl: &[u8], key: &TestKey) -> Option<Vec<u8>> {
    let mut signed = Signed::from_der(crl).ok()?;
    signed.signature = sign(&signed.data, key)?;
    signed.to_der().ok()
}

/// An OCSP response, signed by `key` if its structure holds that far, with everything else left as it is.
pub(crate) fn sign_ocsp(response: &[u8], key: &TestKey) -> Option<Vec<u8>> {
    let mut response = OcspResponse::from_der(response).ok()?;
    let bytes = response.bytes?;
    let mut basic = BasicResponse::from_der(bytes.response.as_bytes()).ok()?;
    basic.signature = sign(&basic.data, key)?;
    response.bytes = Some(ResponseBytes {
        kind: bytes.kind,
        response: OctetString::new(basic.to_der().ok()?).ok()?,
    });
    response.to_der().ok()
}

fn sign(data: &Any, key: &TestKey) -> Option<BitString> {
    BitString::from_bytes(&key.sign(&data.to_der().ok()?)).ok()
}

/// The basic response in a successful response.
pub(crate) fn basic_response(der: &[u8]) -> Option<BasicResponse> {
    let basic: ObjectIdentifier = oids::OCSP_BASIC.parse().ok()?;
    let bytes = OcspResponse::from_der(der).ok()?.bytes?;
    if bytes.kind != basic {
        return None;
    }
    BasicResponse::from_der(bytes.response.as_bytes()).ok()
}
