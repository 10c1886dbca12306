//! What CRLs say, when, and by whom they are signed.

use super::*;
use crate::support::extensions::usage;
use crate::support::keys::algorithm;
use crate::support::{der, oids};

pub fn cases() -> Vec<Case> {
    let mut cases = listings();
    cases.extend(several());
    cases.extend(times());
    cases.extend(signatures());
    cases
}

fn listings() -> Vec<Case> {
    let revoke = |reason| CrlBuilder::new().revoke_with(&client_serial(), REVOKED_AT, reason);
    let issuing_revoked =
        root_crl(CrlBuilder::new().revoke_with(&issuing_serial(), REVOKED_AT, Some(CA_COMPROMISE)));
    vec![
        listed(
            "crl-empty-accepted",
            "The CRLs of the issuing CA and of the root list nobody.",
            empty_crls(),
        )
        .accepted(),
        listed(
            "crl-others-listed-accepted",
            "The CRLs list others.",
            [
                issuing_crl(CrlBuilder::new().revoke(&server_serial()).revoke(&[0x17])),
                root_crl(CrlBuilder::new().revoke(&client_serial())),
            ],
        )
        .accepted(),
        listed(
            "crl-end-entity-listed-refused",
            "The end entity is revoked, with a reason.",
            with_root_crl(revoke(Some(KEY_COMPROMISE))),
        )
        .refused(END_ENTITY),
        listed(
            "crl-listed-without-reason-refused",
            "The end entity is revoked, and the CRL does not say why.",
            with_root_crl(revoke(None)),
        )
        .refused(END_ENTITY),
        listed(
            "crl-on-hold-refused",
            "The end entity is on hold, which may end.",
            with_root_crl(revoke(Some(CERTIFICATE_HOLD))),
        )
        .refused(END_ENTITY),
        listed(
            "crl-remove-from-crl-refused",
            "removeFromCRL belongs into delta CRLs: in a complete one it is an entry like others.",
            with_root_crl(revoke(Some(8))),
        )
        .refused(END_ENTITY),
        listed(
            "crl-intermediate-listed-refused",
            "The issuing CA is revoked.",
            [issuing_crl(CrlBuilder::new()), issuing_revoked.clone()],
        )
        .refused(INTERMEDIATE),
        listed(
            "crl-both-listed-refused",
            "The end entity and the issuing CA are revoked: both are said.",
            [client_revoked(), issuing_revoked.clone()],
        )
        .refused(&["revocation @ end-entity", "revocation @ intermediate-1"]),
        listed(
            "crl-none-of-issuing-ca-refused",
            "The root's CRL says nothing of the end entity.",
            [root_crl(CrlBuilder::new())],
        )
        .refused(END_ENTITY),
        listed(
            "crl-none-of-root-refused",
            "The issuing CA's CRL says nothing of the issuing CA itself.",
            [issuing_crl(CrlBuilder::new())],
        )
        .refused(INTERMEDIATE),
        listed(
            "crl-other-issuer-accepted",
            "The CRL of another CA lists the same serial number.",
            empty_crls()
                .into_iter()
                .chain([cast::globex_issuing().crl(CrlBuilder::new().revoke(&client_serial()))]),
        )
        .accepted(),
        listed(
            "crl-other-path-accepted",
            "The issuing CA's certificate under the root is revoked; that under another trust anchor is not.",
            [
                issuing_crl(CrlBuilder::new()),
                issuing_revoked,
                cast::globex_root().crl(CrlBuilder::new()),
            ],
        )
        .followed_by([
            cast::issuing().der,
            cast::globex_root().cross_sign(&cast::issuing()),
        ])
        .anchors("acme", [cast::root().der])
        .anchors("globex", [cast::globex_root().der])
        .accepted(),
    ]
}

/// Several CRLs of one issuer: all of them count, in whatever order.
fn several() -> Vec<Case> {
    let (empty, lists) = (issuing_crl(CrlBuilder::new().number(2)), client_revoked());
    vec![
        listed(
            "crl-second-lists-refused",
            "Of two CRLs the second lists the end entity.",
            [empty.clone(), lists.clone(), root_crl(CrlBuilder::new())],
        )
        .refused(END_ENTITY),
        listed(
            "crl-first-lists-refused",
            "Of two CRLs the first lists the end entity.",
            [lists, empty, root_crl(CrlBuilder::new())],
        )
        .refused(END_ENTITY),
        listed(
            "crl-expired-beside-current-accepted",
            "Last month's CRL is there still, beside the current one.",
            [
                issuing_crl(
                    CrlBuilder::new()
                        .this_update(cast::day(2026, 4, 25))
                        .next_update(cast::day(2026, 5, 25)),
                ),
                issuing_crl(CrlBuilder::new().number(2)),
                root_crl(CrlBuilder::new()),
            ],
        )
        .accepted(),
    ]
}

/// From thisUpdate on, and before nextUpdate.
fn times() -> Vec<Case> {
    const BOTH: &[&str] = &["revocation @ end-entity", "revocation @ intermediate-1"];
    let at = |name, description, time| listed(name, description, empty_crls()).at(time);
    let aged =
        |name, description, time| at(name, description, time).set(RULE, "max-age = \"7 days\"");
    vec![
        at(
            "crl-this-update-accepted",
            "The second of thisUpdate.",
            "2026-05-25T00:00:00Z",
        )
        .accepted(),
        at(
            "crl-from-the-future-refused",
            "A second before thisUpdate: the skew of responders' clocks is none of a CRL's.",
            "2026-05-24T23:59:59Z",
        )
        .refused(BOTH),
        at(
            "crl-before-next-update-accepted",
            "The last second before nextUpdate.",
            "2026-07-24T23:59:59Z",
        )
        .accepted(),
        at(
            "crl-next-update-refused",
            "The second of nextUpdate.",
            "2026-07-25T00:00:00Z",
        )
        .refused(BOTH),
        at(
            "crl-expired-refused",
            "A month after nextUpdate.",
            "2026-08-25T00:00:00Z",
        )
        .refused(BOTH),
        listed(
            "crl-expired-lists-refused",
            "What an expired CRL lists stays revoked.",
            with_root_crl(
                CrlBuilder::new()
                    .next_update(cast::day(2026, 5, 31))
                    .revoke(&client_serial()),
            ),
        )
        .refused(END_ENTITY),
        listed(
            "crl-from-the-future-lists-refused",
            "What a CRL from the future lists is revoked now.",
            with_root_crl(
                CrlBuilder::new()
                    .this_update(cast::day(2026, 7, 1))
                    .revoke(&client_serial()),
            ),
        )
        .refused(END_ENTITY),
        aged(
            "crl-max-age-accepted",
            "The CRLs are just seven days old.",
            "2026-06-01T00:00:00Z",
        )
        .accepted(),
        aged(
            "crl-max-age-refused",
            "The CRLs are seven days and a second old.",
            "2026-06-01T00:00:01Z",
        )
        .refused(BOTH),
    ]
}

/// An issuing CA that may sign certificates and no CRLs.
fn without_crl_sign() -> Authority {
    cast::issuing_with(|ca| ca.key_usage_bits(&[usage::KEY_CERT_SIGN]))
}

/// A root that may sign certificates and no CRLs.
fn root_without_crl_sign() -> Authority {
    cast::root_with(|ca| ca.key_usage_bits(&[usage::KEY_CERT_SIGN]))
}

fn signatures() -> Vec<Case> {
    let sha1_with_rsa = algorithm(oids::SHA1_WITH_RSA, Some(&der::null()));
    let of_old_key = Authority::root("Acme Issuing CA", cast::key(5)).crl(CrlBuilder::new());
    let anchor =
        |name, description| listed(name, description, empty_crls()).root(root_without_crl_sign());
    vec![
        listed(
            "crl-bad-signature-refused",
            "The CRL's signature does not hold.",
            with_root_crl(CrlBuilder::new().tamper_signature()),
        )
        .refused(END_ENTITY),
        listed(
            "crl-bad-signature-lists-refused",
            "A CRL whose signature does not hold revokes nothing, and is refused for what it is.",
            with_root_crl(
                CrlBuilder::new()
                    .revoke(&client_serial())
                    .tamper_signature(),
            ),
        )
        .refused(END_ENTITY),
        listed(
            "crl-weak-signature-refused",
            "The CRL is signed with SHA-1.",
            with_root_crl(CrlBuilder::new().signature_algorithm(sha1_with_rsa)),
        )
        .refused(END_ENTITY),
        listed(
            "crl-old-key-refused",
            "The only CRL of the issuing CA is signed with the key that it had before.",
            [of_old_key.clone(), root_crl(CrlBuilder::new())],
        )
        .refused(END_ENTITY),
        listed(
            "crl-old-key-accepted",
            "The CRL signed with the issuing CA's old key stands beside that of the new.",
            [of_old_key].into_iter().chain(empty_crls()),
        )
        .accepted(),
        listed(
            "crl-sign-missing-refused",
            "The issuing CA's key usage has no cRLSign.",
            empty_crls(),
        )
        .issuing(without_crl_sign())
        .refused(END_ENTITY),
        listed(
            "crl-sign-no-key-usage-accepted",
            "The issuing CA has no key usage, which restricts nothing.",
            empty_crls(),
        )
        .issuing(cast::issuing_with(|ca| ca.no_key_usage()))
        .accepted(),
        anchor(
            "crl-sign-trust-anchor-refused",
            "The trust anchor's key usage has no cRLSign.",
        )
        .refused(INTERMEDIATE),
        anchor(
            "crl-sign-trust-anchor-ignore-accepted",
            "The trust anchor's key usage is not looked at.",
        )
        .set(RULE, "trust-anchor = \"ignore\"")
        .accepted(),
        listed(
            "crl-sign-trust-anchor-ignore-refused",
            "The issuing CA's key usage is looked at all the same.",
            empty_crls(),
        )
        .issuing(without_crl_sign())
        .set(RULE, "trust-anchor = \"ignore\"")
        .refused(END_ENTITY),
        anchor(
            "crl-sign-trust-anchor-when-known-refused",
            "The trust anchor's certificate is known here.",
        )
        .set(RULE, "trust-anchor = \"when-known\"")
        .refused(INTERMEDIATE),
        anchor(
            "crl-sign-trust-anchor-when-known-accepted",
            "The trust anchor is known by name and key only.",
        )
        .anchors_by_name_and_key()
        .set(RULE, "trust-anchor = \"when-known\"")
        .set("validity-period", "trust-anchor = \"when-known\"")
        .set("key-usage", "trust-anchor = \"when-known\"")
        .set("path-length", "trust-anchor = \"when-known\"")
        .accepted(),
    ]
}
