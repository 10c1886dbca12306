//! Until when a verdict holds: an accepted path, judged again at every moment at which it may be judged otherwise.
//!
//! The rules say when that may be ([`Rule::holds_until`](crate::Rule::holds_until)), and are then asked themselves, so that
//! what they tolerate ends nothing. What webpki judges by the time is known: the certificates' validity, and the purpose.

use pki_types::CertificateDer;

use crate::judge::Judge;
use crate::path::{CandidatePath, VerifiedPath};
use crate::path_builder::WebpkiEndEntity;
use crate::peer::Question;
use crate::rule::Context;
use crate::rules::extended_key_usage::rests_on_exception;
use crate::time::{Date, Horizon, Time};
use crate::verify::{Call, Verifier};

/// Most moments at which a path is judged again. A verdict rests on a handful of things that end; a staple may hold many.
const MOST_MOMENTS: usize = 64;

/// The last second, from that of the question on, at which it is known that `path` is accepted.
pub(crate) fn holds_until(
    path: &VerifiedPath<'_>,
    verifier: &Verifier,
    question: Question<'_>,
) -> Time {
    let for_webpki = verifier.webpki_accepts_until(&path.as_candidate());
    let der = CertificateDer::from(path.end_entity().der());
    let valid_for_name = WebpkiEndEntity::read(&der).is_valid_for(question.peer);
    let (mut last, mut moment) = (question.time, question.time);
    for _ in 0..MOST_MOMENTS {
        let mut call = verifier.call(Question {
            time: moment,
            ..question
        });
        call.context.valid_for_name = valid_for_name;
        let next = match judged(call, path) {
            Judged::Refused => return last,
            Judged::AcceptedUntil(next) => next.filter(|next| *next < for_webpki),
        };
        let Some(next) = next else {
            return for_webpki;
        };
        last = next;
        let Some(after) = next.plus_seconds(1) else {
            return last;
        };
        moment = after;
    }
    last
}

impl Verifier {
    /// webpki looks at no trust anchor's validity.
    fn webpki_accepts_until(&self, path: &CandidatePath<'_>) -> Time {
        let intermediates = path.intermediates().iter();
        let ends = intermediates.map(|it| it.certificate().validity().not_after);
        let exception = self
            .policy
            .extended_key_usage
            .allow_server_auth_in_place_of_client_auth_until
            .filter(|_| rests_on_exception(path, self.policy.role))
            .map(Date::end);
        ends.chain(exception)
            .fold(path.end_entity().validity().not_after, Time::min)
    }
}

/// What the rules make of a path at a moment.
enum Judged {
    Refused,
    /// And the last second before one of them may judge otherwise.
    AcceptedUntil(Option<Time>),
}

fn judged(call: Call<'_, '_>, path: &VerifiedPath<'_>) -> Judged {
    let revocation = call.revocation();
    let path = &path.as_candidate();
    let call = Call {
        context: Context {
            revocation: revocation.as_ref(),
            ..call.context
        },
        ..call
    };
    if !Judge::new(&call).findings(path).violations.is_empty() {
        return Judged::Refused;
    }
    let context = Context {
        anchor: Some(path.anchor()),
        ..call.context
    };
    let mut horizon = Horizon::from(context.time);
    call.for_each_rule(|rule, audited_until| {
        // After its last day an audited rule refuses.
        if let Some(until) = audited_until {
            horizon.ends_after(until.end());
        }
        if let Some(until) = rule.holds_until(path, &context) {
            horizon.ends_after(until);
        }
    });
    Judged::AcceptedUntil(horizon.nearest())
}
