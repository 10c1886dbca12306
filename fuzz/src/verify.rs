//! Verifications of a fixed chain by policies, CRLs and responses that the input chooses. What the input says is signed by
//! issuers here, so that it is believed; then what is accepted must be so for webpki too, and by a reading of the CRLs and
//! responses that shares no code with the crate.
//!
//! The input: four octets of choices ([`Choices`]), then items, each of an octet of what it is ([`Kind`]) and who signs it,
//! two of its length, and its octets.

use der::{Decode, Encode};
use ring::digest;
use rustls_policy_verifier::pki_types::{CertificateDer, UnixTime};
use rustls_policy_verifier::{
    AnchorCheck, Crl, Date, Evidence, OcspResponse, OcspStaple, Peer, Policy, PresentedChain,
    RevocationCheck, RevocationSettings, Span, StapleUse, StatusSource, Time, Tolerance, Verifier,
};
use webpki::{
    BorrowedCertRevocationList, CertRevocationList, EndEntityCert, KeyUsage, RevocationCheckDepth,
    RevocationOptionsBuilder, UnknownStatusPolicy,
};
use x509_cert::certificate::Raw;
use x509_cert::crl::TbsCertList;

use crate::fixture::{CHAINS, Chain, Link, NOW, SERVER};
use crate::mutate::Random;
use crate::rfc6960::{CertStatus, ResponderId, ResponseData, SingleResponse};
use crate::signed::{Signed, basic_response, sign_crl, sign_ocsp};
use crate::support::{Authority, TestKey, oids, serial_of};
use crate::{Target, crl, mutate, ocsp};

pub const TARGET: Target = Target {
    name: "verify",
    check,
    mutate: mutate_input,
    seeds,
};

/// Most items: each may cost a signature.
const MOST_ITEMS: usize = 8;

/// What is accepted webpki accepts, with every CRL that it can read; nothing that is believed revokes a certificate of the
/// chain; and where the policy demands it, something that is believed makes each status known.
pub fn check(data: &[u8]) {
    let Some(input) = Input::read(data) else {
        return;
    };
    let Some(case) = Case::new(&input) else {
        return;
    };
    if case.is_accepted() {
        case.check_against_webpki();
        case.check_against_model();
    }
}

/// What an input chooses.
#[derive(Clone, Copy)]
struct Choices([u8; 4]);

impl Choices {
    fn bit(self, octet: usize, bit: u8) -> bool {
        self.0[octet] & (1 << bit) != 0
    }

    /// Two bits.
    fn quarter(self, octet: usize, bit: u8) -> usize {
        usize::from((self.0[octet] >> bit) & 3)
    }

    fn chain(self) -> &'static Chain {
        &CHAINS[self.quarter(0, 0)]
    }

    fn now(self) -> Time {
        const DAY: i64 = 86_400;
        // Now; shortly before responses were made, within the skew; when they end; when CRLs end; and in between.
        const AWAY: [i64; 8] = [
            0,
            -DAY - 200,
            6 * DAY,
            54 * DAY,
            5 * DAY,
            -DAY,
            -8 * DAY,
            DAY,
        ];
        let away = AWAY[usize::from(self.0[3] & 7)];
        Time::from_unix_seconds(NOW.unix_seconds().saturating_add_signed(away))
    }

    fn audits(self) -> bool {
        self.bit(0, 3)
    }

    fn policy(self) -> Policy {
        let tolerance = |bit| match self.bit(0, bit) {
            true => Tolerance::AllowWithWarning,
            false => Tolerance::Refuse,
        };
        let source = |bit| {
            [
                StatusSource::Either,
                StatusSource::Crl,
                StatusSource::Ocsp,
                StatusSource::Both,
            ][self.quarter(1, bit)]
        };
        let mut policy = Policy::server();
        let settings: &mut RevocationSettings = policy.revocation.enforce();
        settings.check = match self.bit(0, 2) {
            true => RevocationCheck::EndEntity,
            false => RevocationCheck::Path,
        };
        settings.unknown = tolerance(4);
        settings.stale = tolerance(5);
        settings.unparsable = tolerance(6);
        settings.sources.end_entity = source(0);
        settings.sources.intermediate = source(2);
        settings.staple = [
            StapleUse::Use,
            StapleUse::Require,
            StapleUse::Ignore,
            StapleUse::Use,
        ][self.quarter(1, 4)];
        settings.max_age = self.bit(1, 6).then_some(Span::Days(3));
        settings.trust_anchor = match self.bit(1, 7) {
            true => AnchorCheck::Ignore,
            false => AnchorCheck::Check,
        };
        if self.bit(2, 0) {
            settings.clock_skew = Span::Seconds(0);
        }
        if self.audits() {
            policy
                .revocation
                .audit(Date::new(2027, 12, 31).expect("a date"));
        }
        policy
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Crl,
    Staple,
    Response,
}

struct Item<'a> {
    head: u8,
    octets: &'a [u8],
}

impl Item<'_> {
    fn kind(&self) -> Kind {
        match self.head & 3 {
            1 => Kind::Staple,
            2 => Kind::Response,
            _ => Kind::Crl,
        }
    }

    /// Signed by whom the input names, if anybody.
    fn signed(&self, chain: &Chain) -> Vec<u8> {
        let key = match (self.head >> 2) & 7 {
            1 => &chain.issuer().key,
            2 => &chain.root.key,
            3 => &chain.responder.key,
            4 => &TestKey::ed25519(99),
            _ => return self.octets.to_vec(),
        };
        let signed = match self.kind() {
            Kind::Crl => sign_crl(self.octets, key),
            Kind::Staple | Kind::Response => sign_ocsp(self.octets, key),
        };
        signed.unwrap_or_else(|| self.octets.to_vec())
    }
}

struct Input<'a> {
    choices: Choices,
    items: Vec<Item<'a>>,
}

impl<'a> Input<'a> {
    fn read(data: &'a [u8]) -> Option<Self> {
        let (choices, mut rest) = data.split_first_chunk()?;
        let mut items = Vec::new();
        while let ([head, a, b, after @ ..], true) = (rest, items.len() < MOST_ITEMS) {
            let length = usize::from(u16::from_be_bytes([*a, *b])).min(after.len());
            let (octets, after) = after.split_at(length);
            items.push(Item {
                head: *head,
                octets,
            });
            rest = after;
        }
        Some(Self {
            choices: Choices(*choices),
            items,
        })
    }
}

fn write(choices: [u8; 4], items: &[(u8, &[u8])]) -> Vec<u8> {
    let mut input = choices.to_vec();
    for (head, octets) in items {
        let length = u16::try_from(octets.len()).unwrap_or(u16::MAX);
        input.push(*head);
        input.extend(length.to_be_bytes());
        input.extend(&octets[..usize::from(length)]);
    }
    input
}

/// What is verified, and with what.
struct Case {
    choices: Choices,
    chain: &'static Chain,
    /// Those that load.
    crls: Vec<(Vec<u8>, Crl)>,
    staple: Option<Vec<u8>>,
    responses: Vec<(Vec<u8>, OcspResponse)>,
}

impl Case {
    fn new(input: &Input<'_>) -> Option<Self> {
        let chain = input.choices.chain();
        let mut case = Self {
            choices: input.choices,
            chain,
            crls: Vec::new(),
            staple: None,
            responses: Vec::new(),
        };
        for item in &input.items {
            let der = item.signed(chain);
            match item.kind() {
                Kind::Crl => {
                    if let Ok(crl) = Crl::from_der(der.clone()) {
                        case.crls.push((der, crl));
                    }
                }
                Kind::Response => {
                    if let Ok(response) = OcspResponse::from_der(der.clone()) {
                        case.responses.push((der, response));
                    }
                }
                Kind::Staple => case.staple = Some(der),
            }
        }
        Some(case)
    }

    /// `false` also for what cannot work.
    fn is_accepted(&self) -> bool {
        let verifier = Verifier::builder(self.chain.anchors.clone(), self.choices.policy())
            .crls(self.crls.iter().map(|(_, crl)| crl.clone()))
            .ocsp_responses(self.responses.iter().map(|(_, response)| response.clone()))
            .build();
        let Ok(verifier) = verifier else {
            return false;
        };
        let presented = PresentedChain::new(&self.chain.end_entity, &self.chain.intermediates);
        let mut evidence = Evidence::default();
        evidence.ocsp = match &self.staple {
            Some(staple) => OcspStaple::Given(staple),
            None => OcspStaple::Absent,
        };
        let peer = Peer::Server(&SERVER);
        let first = verifier.verify(&presented, peer, evidence, self.choices.now());
        let first = first
            .map(|path| path.report())
            .map_err(|error| error.report().clone());
        // Now with everything that the first call has remembered.
        let second = verifier.verify(&presented, peer, evidence, self.choices.now());
        let second = second
            .map(|path| path.report())
            .map_err(|error| error.report().clone());
        assert_eq!(first, second, "a verdict changes from call to call");
        first.is_ok()
    }

    fn check_against_webpki(&self) {
        assert_eq!(self.webpki(None, RevocationCheckDepth::Chain), Ok(()));
        let depth = match self.choices.policy().revocation.settings.check {
            RevocationCheck::EndEntity => RevocationCheckDepth::EndEntity,
            _ => RevocationCheckDepth::Chain,
        };
        for (der, crl) in &self.crls {
            let Ok(webpki) = BorrowedCertRevocationList::from_der(der) else {
                continue;
            };
            let webpki = CertRevocationList::from(webpki);
            let whole = self.webpki(Some(&webpki), RevocationCheckDepth::Chain);
            assert_ne!(whole, Err(webpki::Error::CertRevoked));
            // Of a CRL that is about no certificate whose status must be known nothing else counts.
            if let Err(error) = self.webpki(Some(&webpki), depth) {
                // A CRL that is not the issuer's is passed over where another of that name is.
                let another = self.crls.iter().any(|(other, loaded)| {
                    loaded.issuer() == crl.issuer()
                        && self
                            .chain
                            .links()
                            .iter()
                            .any(|link| is_crl_of(other, link.issuer))
                });
                assert!(another, "webpki says {error:?}");
            }
        }
    }

    fn webpki(
        &self,
        crl: Option<&CertRevocationList<'_>>,
        depth: RevocationCheckDepth,
    ) -> Result<(), webpki::Error> {
        let chain = self.chain;
        let root = CertificateDer::from(chain.root.der.as_slice());
        let anchors = [webpki::anchor_from_trusted_cert(&root)?];
        let end_entity = EndEntityCert::try_from(&chain.end_entity)?;
        let crls: Vec<_> = crl.into_iter().collect();
        // What they say is ignored after they have ended, as `RevocationOptionsBuilder` starts out.
        let revocation = RevocationOptionsBuilder::new(&crls).ok().map(|builder| {
            builder
                .with_depth(depth)
                .with_status_policy(UnknownStatusPolicy::Allow)
                .build()
        });
        end_entity.verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &anchors,
            &chain.intermediates,
            UnixTime::from(self.choices.now()),
            KeyUsage::server_auth(),
            revocation,
            None,
        )?;
        end_entity.verify_is_valid_for_subject_name(&SERVER)
    }

    fn check_against_model(&self) {
        let settings = self.choices.policy().revocation.settings;
        let must_be_known = settings.unknown == Tolerance::Refuse
            && settings.stale == Tolerance::Refuse
            && !self.choices.audits();
        for link in self.chain.links() {
            let crls: Vec<_> = self.crls.iter().map(|(der, _)| der.as_slice()).collect();
            let crls: Vec<_> = crls
                .iter()
                .filter_map(|crl| Listed::read(crl, &link))
                .collect();
            assert!(!crls.iter().any(|crl| crl.lists), "a CRL lists it");

            let staple = self.staple.iter().filter(|_| !link.is_ca);
            let answers: Vec<_> = staple
                .flat_map(|staple| self.answers(staple, &link))
                .collect();
            let handed: Vec<_> = self
                .responses
                .iter()
                .flat_map(|(response, _)| self.answers(response, &link))
                .collect();
            let revoked = |(_, single): &(u64, SingleResponse)| {
                matches!(single.status, CertStatus::Revoked(_))
            };
            assert!(!answers.iter().any(revoked), "the staple revokes it");
            assert!(!handed.iter().any(revoked), "a response revokes it");

            if !must_be_known || (link.is_ca && settings.check == RevocationCheck::EndEntity) {
                continue;
            }
            let by_crl = crls.iter().any(|crl| self.is_current(&settings, crl));
            let mut answers = answers.iter().chain(&handed);
            let by_ocsp = answers.any(|answer| self.is_good(&settings, answer));
            let source = match link.is_ca {
                true => settings.sources.intermediate,
                false => settings.sources.end_entity,
            };
            let is_known = match source {
                StatusSource::Crl => by_crl,
                StatusSource::Ocsp => by_ocsp,
                StatusSource::Either => by_crl || by_ocsp,
                StatusSource::Both => by_crl && by_ocsp,
                _ => unreachable!("there are four"),
            };
            assert!(is_known, "nothing makes the status known");
        }
    }

    fn is_young(&self, settings: &RevocationSettings, this_update: u64) -> bool {
        let now = self.choices.now().unix_seconds();
        settings.max_age.is_none() || now.saturating_sub(this_update) <= 3 * 86_400
    }

    fn is_current(&self, settings: &RevocationSettings, crl: &Listed) -> bool {
        let now = self.choices.now().unix_seconds();
        crl.in_scope
            && crl.this_update <= now
            && now < crl.next_update
            && self.is_young(settings, crl.this_update)
    }

    fn is_good(
        &self,
        settings: &RevocationSettings,
        (produced_at, single): &(u64, SingleResponse),
    ) -> bool {
        let now = self.choices.now();
        let seconds = |time: &der::asn1::GeneralizedTime| time.to_unix_duration().as_secs();
        let latest = settings
            .clock_skew
            .after(now)
            .expect("within the calendar")
            .unix_seconds();
        let this_update = seconds(&single.this_update);
        matches!(single.status, CertStatus::Good(_))
            && this_update <= latest
            && *produced_at <= latest
            && match &single.next_update {
                Some(next_update) => now.unix_seconds() < seconds(next_update),
                None => settings.max_age.is_some(),
            }
            && self.is_young(settings, this_update)
            && self.is_young(settings, *produced_at)
    }

    /// What a response says of a certificate, with the time it was made at, if who signed it may answer.
    fn answers(&self, response: &[u8], link: &Link<'_>) -> Vec<(u64, SingleResponse)> {
        self.believed(response, link)
            .map(|data| {
                let produced_at = data.produced_at.to_unix_duration().as_secs();
                let about = data
                    .singles
                    .into_iter()
                    .filter(|single| is_about(single, link));
                about.map(|single| (produced_at, single)).collect()
            })
            .unwrap_or_default()
    }

    fn believed(&self, response: &[u8], link: &Link<'_>) -> Option<ResponseData> {
        // Unknown critical extensions and limits are for the crate's own tests.
        OcspResponse::from_der(response).ok()?;
        let basic = basic_response(response)?;
        let data = ResponseData::from_der(&basic.data.to_der().ok()?).ok()?;
        let responder = &self.chain.responder;
        let certificates = basic.certificates.iter().flatten();
        let comes_along = certificates
            .filter_map(|der| der.to_der().ok())
            .any(|der| der == responder.der);
        let by_responder = !link.is_ca
            && comes_along
            && is_named(&data.responder, responder)
            && basic.is_by(&responder.key)
            && !self.is_responder_revoked(link)
            && self.is_responder_valid();
        let by_issuer = is_named(&data.responder, link.issuer) && basic.is_by(&link.issuer.key);
        (by_issuer || by_responder).then_some(data)
    }

    fn is_responder_revoked(&self, link: &Link<'_>) -> bool {
        let serial = serial_of(&self.chain.responder.der);
        let mut of_issuer = self
            .crls
            .iter()
            .filter(|(der, _)| is_crl_of(der, link.issuer));
        of_issuer.any(|(_, crl)| crl.entry(&serial).is_some())
    }

    /// Through 2026.
    fn is_responder_valid(&self) -> bool {
        (1_767_225_600..=1_798_761_599).contains(&self.choices.now().unix_seconds())
    }
}

/// What a CRL of a certificate's issuer says of it.
struct Listed {
    lists: bool,
    /// As far as its kind goes.
    in_scope: bool,
    this_update: u64,
    next_update: u64,
}

impl Listed {
    fn read(crl: &[u8], link: &Link<'_>) -> Option<Self> {
        use x509_cert::ext::pkix::crl::dp::IssuingDistributionPoint as Scope;

        if !is_crl_of(crl, link.issuer) {
            return None;
        }
        let signed = Signed::from_der(crl).ok()?;
        let tbs = TbsCertList::<Raw>::from_der(&signed.data.to_der().ok()?).ok()?;
        let serial = link.serial();
        let mut entries = tbs.revoked_certificates.iter().flatten();
        let scope = oids::ISSUING_DISTRIBUTION_POINT.parse().ok()?;
        let mut extensions = tbs.crl_extensions.iter().flatten();
        let scope = extensions.find(|extension| extension.extn_id == scope);
        let scope = scope.map(|scope| Scope::from_der(scope.extn_value.as_bytes()));
        let in_scope = match scope {
            Some(Ok(scope)) => match link.is_ca {
                true => !scope.only_contains_user_certs,
                false => !scope.only_contains_ca_certs,
            },
            // What `x509-cert` cannot read says nothing against it.
            Some(Err(_)) | None => true,
        };
        Some(Self {
            lists: entries.any(|entry| entry.serial_number.as_bytes() == serial),
            in_scope,
            this_update: tbs.this_update.to_unix_duration().as_secs(),
            next_update: tbs.next_update?.to_unix_duration().as_secs(),
        })
    }
}

/// Whether a CRL has the name and a signature of `issuer`.
fn is_crl_of(crl: &[u8], issuer: &Authority) -> bool {
    let is_named = Crl::from_der(crl).is_ok_and(|crl| {
        let name = issuer.name.der();
        name.ends_with(crl.issuer().contents()) && name.len() == crl.issuer().contents().len() + 2
    });
    is_named && Signed::from_der(crl).is_ok_and(|signed| signed.is_by(&issuer.key))
}

fn is_about(single: &SingleResponse, link: &Link<'_>) -> bool {
    let id = &single.id;
    let uses = |oid| {
        id.hash
            .oid
            .to_der()
            .is_ok_and(|own| own == crate::support::der::oid(oid))
    };
    let algorithm = if uses(oids::SHA1) {
        &digest::SHA1_FOR_LEGACY_USE_ONLY
    } else if uses(oids::SHA256) {
        &digest::SHA256
    } else {
        return false;
    };
    let hash = |octets: &[u8]| digest::digest(algorithm, octets).as_ref().to_vec();
    id.issuer_name.as_bytes() == hash(&link.issuer.name.der())
        && id.issuer_key.as_bytes() == hash(&key_octets(&link.issuer.key))
        && id.serial.as_bytes() == link.serial()
}

fn is_named(id: &ResponderId, who: &Authority) -> bool {
    match id {
        ResponderId::ByName(name) => name.to_der().is_ok_and(|name| name == who.name.der()),
        ResponderId::ByKey(hash) => {
            let key = key_octets(&who.key);
            hash.as_bytes() == digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &key).as_ref()
        }
    }
}

/// An Ed25519 key: the last 32 octets.
fn key_octets(key: &TestKey) -> Vec<u8> {
    let spki = key.spki();
    spki[spki.len() - 32..].to_vec()
}

/// Changes choices, who signs, the order of items, or an item as DER.
fn mutate_input(data: &[u8], random: &mut Random) -> Vec<u8> {
    let Some(input) = Input::read(data) else {
        return mutate::octets(data, random);
    };
    let mut choices = input.choices.0;
    let mut items: Vec<_> = input
        .items
        .iter()
        .map(|item| (item.head, item.octets.to_vec()))
        .collect();
    for _ in 0..=random.below(3) {
        let at = random.below(items.len());
        let other = random.below(items.len());
        match random.below(8) {
            0 | 1 => choices[random.below(4)] ^= 1 << random.below(8),
            _ if items.is_empty() => choices[0] ^= 1,
            2 => items[at].0 ^= 1 << random.below(5),
            3 if random.below(4) == 0 => drop(items.remove(at)),
            4 if random.below(4) == 0 => items.push(items[other].clone()),
            5 => items.swap(at, other),
            _ => items[at].1 = mutate::der(&items[at].1, random),
        }
    }
    let items: Vec<_> = items
        .iter()
        .map(|(head, it)| (*head, it.as_slice()))
        .collect();
    write(choices, &items)
}

fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    // An item's octet: what it is, and who signs it.
    const CRL_OF_ISSUER: u8 = 1 << 2;
    const CRL_OF_ROOT: u8 = 2 << 2;
    const CRL_OF_NOBODY: u8 = 4 << 2;
    const STAPLE_OF_ISSUER: u8 = 1 | 1 << 2;
    const STAPLE_OF_RESPONDER: u8 = 1 | 3 << 2;
    const RESPONSE_OF_ISSUER: u8 = 2 | 1 << 2;
    const RESPONSE_OF_ROOT: u8 = 2 | 2 << 2;

    let chain = &CHAINS[1];
    let short = &CHAINS[3];
    let (issuer, root) = (chain.issuer(), &chain.root);
    let ee_crls: Vec<_> = crl::sample(issuer).map(|(_, crl)| issuer.crl(crl)).to_vec();
    let ca_crls: Vec<_> = crl::sample(root).map(|(_, crl)| root.crl(crl)).to_vec();
    let [
        empty,
        _,
        _,
        only_user,
        only_ca,
        reasons,
        _,
        directory,
        stale,
    ] = ee_crls.as_slice()
    else {
        unreachable!("there are nine");
    };
    let revoked = crate::support::CrlBuilder::new().revoke(&serial_of(&chain.end_entity));
    let revoked = issuer.crl(revoked);
    let [(_, by_name), (_, by_key), (_, by_responder)] = ocsp::good(chain);
    let [(_, short_staple), ..] = ocsp::good(short);
    let ca_status = crate::support::SingleBuilder::good(root, &serial_of(&chain.intermediates[0]));
    let ca_status = root.ocsp(crate::support::OcspBuilder::new().single(ca_status));
    vec![
        (
            "crls",
            write(
                [1, 0, 0, 0],
                &[(CRL_OF_ISSUER, empty), (CRL_OF_ROOT, &ca_crls[0])],
            ),
        ),
        (
            "crls-off-chain-0",
            write(
                [0, 0, 0, 0],
                &[(CRL_OF_ISSUER, empty), (CRL_OF_ROOT, &ca_crls[0])],
            ),
        ),
        (
            "revoked",
            write(
                [1, 0, 0, 0],
                &[(CRL_OF_ISSUER, &revoked), (CRL_OF_ROOT, &ca_crls[0])],
            ),
        ),
        (
            "scopes",
            write(
                [0x35, 0, 0, 0],
                &[
                    (CRL_OF_ISSUER, only_user),
                    (CRL_OF_ISSUER, only_ca),
                    (CRL_OF_ISSUER, reasons),
                    (CRL_OF_ROOT, &ca_crls[4]),
                ],
            ),
        ),
        (
            "directory",
            write(
                [0x31, 0, 0, 0],
                &[(CRL_OF_ISSUER, directory), (CRL_OF_ROOT, &ca_crls[7])],
            ),
        ),
        (
            "stale",
            write(
                [0x21, 0, 0, 4],
                &[(CRL_OF_ISSUER, stale), (CRL_OF_ROOT, &ca_crls[0])],
            ),
        ),
        (
            "forged",
            write(
                [0x15, 0, 0, 0],
                &[(CRL_OF_NOBODY, empty), (CRL_OF_ISSUER, only_user)],
            ),
        ),
        (
            "no-crl-sign",
            write(
                [0x12, 0, 0, 0],
                &[(CRL_OF_ISSUER, empty), (CRL_OF_ROOT, &ca_crls[0])],
            ),
        ),
        (
            "staple",
            write([5, 0, 0, 0], &[(STAPLE_OF_ISSUER, &by_name)]),
        ),
        (
            "staple-by-key",
            write([5, 2, 0, 1], &[(STAPLE_OF_ISSUER, &by_key)]),
        ),
        (
            "staple-by-responder",
            write([5, 0x12, 0, 0], &[(STAPLE_OF_RESPONDER, &by_responder)]),
        ),
        (
            "must-staple",
            write([3, 0, 0, 0], &[(STAPLE_OF_ISSUER, &short_staple)]),
        ),
        (
            "both",
            write(
                [1, 0x0f, 0, 0],
                &[
                    (STAPLE_OF_ISSUER, &by_name),
                    (CRL_OF_ISSUER, empty),
                    (CRL_OF_ROOT, &ca_crls[0]),
                    (RESPONSE_OF_ROOT, &ca_status),
                ],
            ),
        ),
        (
            "responses",
            write(
                [1, 0x2a, 0, 0],
                &[
                    (RESPONSE_OF_ISSUER, &by_name),
                    (RESPONSE_OF_ROOT, &ca_status),
                ],
            ),
        ),
        ("audited", write([9, 0, 0, 0], &[(CRL_OF_ISSUER, only_ca)])),
    ]
}

/// The seeds that must be accepted, so that the properties above say something.
pub fn accepted(data: &[u8]) -> bool {
    Input::read(data)
        .and_then(|input| Case::new(&input))
        .is_some_and(|case| case.is_accepted())
}
