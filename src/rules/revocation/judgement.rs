//! What a policy makes of what is known of one certificate of a path.

use std::cmp::Reverse;

use smallvec::SmallVec;

use super::{RevocationSettings, StapleUse, StatusSource, Tolerance};
use crate::certificate::{Certificate, Decoded, Problem, Reader, check_integer, tag};
use crate::path::Position;
use crate::report::{Fact, WarningKind};
use crate::revocation::call::{RevocationCall, Staple};
use crate::revocation::crl::{Crl, CrlStatus, NotOfIssuer, crl_status, point_uris};
use crate::revocation::fact::{
    CrlSummary, NoStatus, RefusedCrl, Revocation, RevocationSource, StaleStatus, StapleDemand,
};
use crate::revocation::freshness::Clock;
use crate::revocation::ocsp::{Answer, OcspProblem, Response, SingleStatus, claim, verify_claim};
use crate::revocation::{Link, Staleness, Standing};
use crate::rule::Findings;

/// One certificate of a path, and everything to judge it by.
pub(super) struct Judgement<'j> {
    settings: &'j RevocationSettings,
    call: &'j RevocationCall<'j>,
    clock: &'j Clock,
    link: &'j Link<'j>,
}

/// What the stapled response says, if there is one.
enum Stapled {
    NotApplicable,
    Absent,
    Bad(OcspProblem),
    Answer(Answer),
}

impl Stapled {
    fn problem(&self) -> Option<&OcspProblem> {
        match self {
            Self::Bad(problem) => Some(problem),
            Self::NotApplicable | Self::Absent | Self::Answer(_) => None,
        }
    }
}

/// An answer, and whether it was stapled.
type Answered = (Answer, bool);

impl<'j> Judgement<'j> {
    pub(super) fn new(
        settings: &'j RevocationSettings,
        call: &'j RevocationCall<'j>,
        clock: &'j Clock,
        link: &'j Link<'j>,
    ) -> Self {
        Self {
            settings,
            call,
            clock,
            link,
        }
    }

    pub(super) fn judge(&self, findings: &mut Findings) {
        let position = self.link.position;
        let crls = crl_status(
            self.call,
            self.link.certificate,
            &self.link.issuer,
            self.clock,
        );
        let stapled = self.stapled();
        let (handed, no_answer) = self.handed();
        let from_staple = match &stapled {
            Stapled::Answer(answer) => Some((*answer, true)),
            _ => None,
        };
        if let Some(revocation) = self.revocation(&crls, from_staple, handed) {
            findings.refusal(position, Fact::NotRevoked, Fact::Revoked(revocation));
            return;
        }
        // What was not looked at might revoke: that is never allowed.
        if let Some(crl) = crls.too_much_work {
            let refused = RefusedCrl::new(crl, NotOfIssuer::TooMuchWork);
            findings.refusal(position, Fact::CrlOfIssuer, Fact::RefusedCrl(refused));
            return;
        }
        if stapled.problem() == Some(&OcspProblem::TooMuchWork) {
            let presented = Fact::BadResponse(OcspProblem::TooMuchWork);
            findings.refusal(position, Fact::ValidResponse, presented);
            return;
        }
        if no_answer == Some(OcspProblem::TooMuchWork) {
            let source = self.settings.source(position);
            let presented = Fact::NoStatus(vec![NoStatus::NoAnswer(OcspProblem::TooMuchWork)]);
            findings.refusal(position, Fact::RequiredStatus(source), presented);
            return;
        }
        if !self.settings.must_be_known(position) {
            // Somebody may have put it in the place of one that lists this certificate.
            if let Some((crl, why)) = crls.refused {
                let refused = RefusedCrl::new(crl, why);
                findings.refusal(position, Fact::CrlOfIssuer, Fact::RefusedCrl(refused));
            }
            return;
        }
        let demand = self.staple_demand(findings);
        self.judge_staple(&stapled, demand, findings);
        if let Some((crl, why)) = crls.refused {
            let refused = RefusedCrl::new(crl, why);
            findings.refusal(position, Fact::CrlOfIssuer, Fact::RefusedCrl(refused));
            return;
        }
        let counts = self.settings.staple != StapleUse::Ignore || demand.is_some();
        let answers = [from_staple.filter(|_| counts), handed];
        let stale_is_said = self.judge_standing(&crls, answers, no_answer, findings);
        // Where something else makes the status known, a staple that is demanded has to hold all the same.
        if let (Stapled::Answer(answer), Some(_), false) = (&stapled, demand, stale_is_said) {
            if let (SingleStatus::Good, Err(why)) = (answer.status, answer.freshness) {
                self.stale(RevocationSource::Ocsp(answer.summary(true)), why, findings);
            }
        }
    }

    /// Only the end entity's response is stapled: TLS 1.2 has no other, and of TLS 1.3's rustls hands over no other.
    fn stapled(&self) -> Stapled {
        if self.link.position != Position::EndEntity {
            return Stapled::NotApplicable;
        }
        match self.call.staple() {
            Staple::NotApplicable => Stapled::NotApplicable,
            Staple::Absent => Stapled::Absent,
            Staple::Given(Err(problem)) => Stapled::Bad(problem.clone()),
            Staple::Given(Ok(response)) => match self.claim(response) {
                None => Stapled::Bad(OcspProblem::OtherCertificate),
                Some(answer) => match self.verify(response, &answer) {
                    Ok(()) => Stapled::Answer(answer),
                    Err(problem) => Stapled::Bad(problem),
                },
            },
        }
    }

    fn claim(&self, response: &Response<'_>) -> Option<Answer> {
        let Link {
            certificate,
            issuer,
            ..
        } = self.link;
        claim(self.call, response, certificate, issuer, self.clock)
    }

    fn verify(&self, response: &Response<'_>, answer: &Answer) -> Result<(), OcspProblem> {
        let Link {
            certificate,
            issuer,
            ..
        } = self.link;
        verify_claim(self.call, response, answer, certificate, issuer, self.clock)
    }

    /// The answer that says most among the responses handed over, and why one that says more is none. What says less is not
    /// verified.
    fn handed(&self) -> (Option<Answered>, Option<OcspProblem>) {
        let store = self.call.store;
        if !store.has_responses() {
            return (None, None);
        }
        // Another issuer's certificate may have the same serial number.
        let about = store.responses_about(self.link.certificate.serial());
        let claimed = about.filter_map(|response| {
            let response = response.view()?;
            let answer = self.claim(&response)?;
            Some((answer, response))
        });
        let mut claims: SmallVec<[(Answer, Response<'_>); 2]> = claimed.collect();
        claims.sort_by_key(|(answer, _)| Reverse(answer.weight()));
        let mut no_answer = None;
        for (answer, response) in &claims {
            match self.verify(response, answer) {
                Ok(()) => return (Some((*answer, false)), no_answer),
                // What is not looked at may say most.
                Err(OcspProblem::TooMuchWork) => return (None, Some(OcspProblem::TooMuchWork)),
                Err(problem) => {
                    no_answer.get_or_insert(problem);
                }
            }
        }
        (None, no_answer)
    }

    fn revocation(
        &self,
        crls: &CrlStatus<'_>,
        stapled: Option<Answered>,
        handed: Option<Answered>,
    ) -> Option<Revocation> {
        if let Some((crl, entry)) = crls.revoked {
            return Some(Revocation {
                source: RevocationSource::Crl(CrlSummary::of(crl)),
                date: entry.date,
                reason: entry.reason,
            });
        }
        let mut answers = stapled.into_iter().chain(handed);
        answers.find_map(|(answer, stapled)| match answer.status {
            SingleStatus::Revoked { date, reason } => Some(Revocation {
                source: RevocationSource::Ocsp(answer.summary(stapled)),
                date,
                reason,
            }),
            SingleStatus::Good | SingleStatus::Unknown => None,
        })
    }

    /// Who demands a staple, if anybody does.
    fn staple_demand(&self, findings: &mut Findings) -> Option<StapleDemand> {
        let position = self.link.position;
        if position != Position::EndEntity {
            return None;
        }
        match demands_staple(self.link.certificate) {
            Ok(true) => return Some(StapleDemand::Certificate),
            Ok(false) => {}
            Err(problem) => {
                findings.violation(position, Fact::Decodable, Fact::Undecodable(*problem))
            }
        }
        (self.settings.staple == StapleUse::Require).then_some(StapleDemand::Policy)
    }

    /// A staple that is missing or bad.
    fn judge_staple(
        &self,
        stapled: &Stapled,
        demand: Option<StapleDemand>,
        findings: &mut Findings,
    ) {
        let position = self.link.position;
        match (stapled, demand) {
            (Stapled::NotApplicable, Some(demand)) => findings.warning(
                WarningKind::Advice,
                position,
                Fact::RequiredStaple(demand),
                Fact::NoStaplesHere,
            ),
            (Stapled::Absent, Some(demand)) => {
                findings.violation(position, Fact::RequiredStaple(demand), Fact::Absent);
            }
            (Stapled::Bad(problem), demand) => {
                let presented = || Fact::BadResponse(problem.clone());
                if self.settings.staple != StapleUse::Ignore || demand.is_some() {
                    self.tolerate(
                        self.settings.unparsable,
                        Fact::ValidResponse,
                        presented(),
                        findings,
                    );
                }
                // Allowed, it is as good as none.
                if let Some(demand) =
                    demand.filter(|_| self.settings.unparsable != Tolerance::Refuse)
                {
                    findings.violation(position, Fact::RequiredStaple(demand), presented());
                }
            }
            (Stapled::Answer(answer), Some(demand)) => {
                let is_unknown = answer.status == SingleStatus::Unknown;
                if is_unknown && self.settings.unknown != Tolerance::Refuse {
                    let unknown = NoStatus::Unknown(answer.summary(true));
                    let presented = Fact::NoStatus(vec![unknown]);
                    findings.violation(position, Fact::RequiredStaple(demand), presented);
                }
            }
            _ => {}
        }
    }

    /// Whether what counts at the position makes the status known now. Returns whether it was said that the staple does not hold.
    fn judge_standing(
        &self,
        crls: &CrlStatus<'_>,
        answers: [Option<Answered>; 2],
        no_answer: Option<OcspProblem>,
        findings: &mut Findings,
    ) -> bool {
        let source = self.settings.source(self.link.position);
        // Who says that it does not know the certificate contradicts everybody who does, and is no source.
        let unknown_to = answers
            .into_iter()
            .flatten()
            .find(|(answer, _)| answer.status == SingleStatus::Unknown)
            .map(|(answer, stapled)| NoStatus::Unknown(answer.summary(stapled)));
        let by_crl = match crls.standing {
            Standing::Current => Standing::Current,
            Standing::Stale(crl, why) => Standing::Stale(Stale::Crl(crl), why),
            Standing::Missing => Standing::Missing,
        };
        let by_ocsp = answers
            .into_iter()
            .flatten()
            .filter(|(answer, _)| answer.status == SingleStatus::Good)
            .map(|(answer, stapled)| match answer.freshness {
                Ok(()) => Standing::Current,
                Err(why) => Standing::Stale(Stale::Ocsp(answer, stapled), why),
            })
            .reduce(better)
            .unwrap_or(Standing::Missing);
        // Each of these has to hold: a source that is missing does not make up for another that is stale.
        let needed = match source {
            StatusSource::Crl => [Some(by_crl), None],
            StatusSource::Ocsp => [Some(by_ocsp), None],
            StatusSource::Either => [Some(better(by_crl, by_ocsp)), None],
            StatusSource::Both => [Some(by_crl), Some(by_ocsp)],
        };
        let needed = needed.iter().flatten();
        if unknown_to.is_none() && needed.clone().all(|it| matches!(it, Standing::Current)) {
            return false;
        }
        let mut missing = Vec::new();
        if needed.clone().any(|it| matches!(it, Standing::Missing)) {
            if matches!(by_crl, Standing::Missing) && source != StatusSource::Ocsp {
                missing.push(self.no_crl(crls));
            }
            let answer_is_missing = matches!(by_ocsp, Standing::Missing);
            if answer_is_missing && source != StatusSource::Crl && unknown_to.is_none() {
                missing.push(no_answer.map_or(NoStatus::NoResponse, NoStatus::NoAnswer));
            }
        }
        missing.extend(unknown_to);
        if !missing.is_empty() {
            self.unknown(source, missing, findings);
        }
        let mut of_staple = false;
        for standing in needed {
            if let Standing::Stale(stale, why) = *standing {
                let source = match stale {
                    Stale::Crl(crl) => RevocationSource::Crl(CrlSummary::of(crl)),
                    Stale::Ocsp(answer, stapled) => RevocationSource::Ocsp(answer.summary(stapled)),
                };
                self.stale(source, why, findings);
                of_staple |= matches!(stale, Stale::Ocsp(_, true));
            }
        }
        of_staple
    }

    fn unknown(&self, source: StatusSource, missing: Vec<NoStatus>, findings: &mut Findings) {
        let (required, presented) = (Fact::RequiredStatus(source), Fact::NoStatus(missing));
        self.tolerate(self.settings.unknown, required, presented, findings);
    }

    fn stale(&self, source: RevocationSource, why: Staleness, findings: &mut Findings) {
        let required = Fact::CurrentAt(self.clock.now);
        let presented = Fact::StaleStatus(StaleStatus { source, why });
        self.tolerate(self.settings.stale, required, presented, findings);
    }

    fn no_crl(&self, crls: &CrlStatus<'_>) -> NoStatus {
        let issuer = self.link.issuer.name.to_string();
        let points = point_uris(self.link.certificate);
        match crls.count {
            0 => NoStatus::NoCrl { issuer, points },
            count => NoStatus::CrlsElsewhere {
                issuer,
                count,
                points,
            },
        }
    }

    fn tolerate(
        &self,
        tolerance: Tolerance,
        required: Fact,
        presented: Fact,
        findings: &mut Findings,
    ) {
        let position = self.link.position;
        match tolerance {
            Tolerance::Refuse => findings.violation(position, required, presented),
            Tolerance::AllowWithWarning => {
                findings.warning(WarningKind::Relaxed, position, required, presented);
            }
        }
    }
}

/// A source of another time.
#[derive(Clone, Copy)]
enum Stale<'s> {
    Crl(&'s Crl),
    Ocsp(Answer, bool),
}

fn rank<S>(standing: &Standing<S>) -> u8 {
    match standing {
        Standing::Current => 2,
        Standing::Stale(..) => 1,
        Standing::Missing => 0,
    }
}

fn better<S>(one: Standing<S>, other: Standing<S>) -> Standing<S> {
    if rank(&other) > rank(&one) {
        other
    } else {
        one
    }
}

/// The TLS extension status_request (RFC 6066 section 8).
const STATUS_REQUEST: [u8; 1] = [5];
/// Most features of one certificate; one is defined that means anything here.
const MAX_FEATURES: usize = 16;

/// Whether the certificate is to be shown with a stapled response alone: `Features ::= SEQUENCE OF INTEGER` with
/// status_request (RFC 7633 section 4.1).
fn demands_staple(certificate: &Certificate<'_>) -> Decoded<bool> {
    let Some(value) = certificate.tls_feature() else {
        return Ok(false);
    };
    let mut value = Reader::new(certificate.der(), "tlsFeature").inside(value, "tlsFeature");
    let features = value.expect(tag::SEQUENCE)?;
    value.finish()?;
    let mut list = value.inside(features.contents, "tlsFeature");
    let (mut demanded, mut count) = (false, 0usize);
    while !list.at_end() {
        count = count.saturating_add(1);
        if count > MAX_FEATURES {
            let (most, what) = (MAX_FEATURES, "TLS features");
            return Err(list.error(Problem::TooMany { most, what }));
        }
        let feature = list.expect(tag::INTEGER)?;
        check_integer(&list, feature)?;
        demanded |= feature.contents == STATUS_REQUEST;
    }
    Ok(demanded)
}
