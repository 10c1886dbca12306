//! Whether what a CRL or an OCSP response says holds at a time.

use std::fmt;

use crate::time::{Horizon, Span, Time};

/// Why a CRL or an OCSP response is stale: not of the time it is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Staleness {
    /// It is from the future: its thisUpdate, or an OCSP response's producedAt.
    NotYet {
        /// When it begins to hold.
        from: Time,
    },
    /// Its nextUpdate has passed.
    Ended {
        /// When there should have been a newer one.
        next_update: Time,
    },
    /// An OCSP response without nextUpdate, and no `max-age` says how old it may be.
    Endless {
        /// Since when it holds.
        this_update: Time,
    },
    /// Older than the policy's `max-age`.
    TooOld {
        /// Since when it holds.
        this_update: Time,
        /// How old it may be.
        max_age: Span,
    },
}

impl fmt::Display for Staleness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotYet { .. } => f.write_str("is from the future"),
            Self::Ended { .. } => f.write_str("has ended"),
            Self::Endless { .. } => f.write_str("does not say until when it holds"),
            Self::TooOld { max_age, .. } => write!(f, "is older than {max_age}"),
        }
    }
}

/// The time to judge at, and what the policy says of age.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    pub(crate) now: Time,
    /// By how much responders' clocks may be ahead.
    pub(crate) skew: Span,
    pub(crate) max_age: Option<Span>,
}

impl Clock {
    /// Whether a CRL holds now. There is no allowance for clocks, as there is none for certificates.
    pub(crate) fn judge_crl(&self, this_update: Time, next_update: Time) -> Result<(), Staleness> {
        if this_update > self.now {
            return Err(Staleness::NotYet { from: this_update });
        }
        self.judge_end(next_update)?;
        self.judge_age(this_update)
    }

    /// Whether a single response of an OCSP response holds now (RFC 6960 section 4.2.2.1). Responses are made when they are
    /// asked for, so that the responder's clock may be ahead by the policy's skew.
    pub(crate) fn judge_response(
        &self,
        produced_at: Time,
        this_update: Time,
        next_update: Option<Time>,
    ) -> Result<(), Staleness> {
        let from = this_update.max(produced_at);
        // Beyond the calendar there is no future.
        if self
            .skew
            .after(self.now)
            .is_some_and(|latest| from > latest)
        {
            return Err(Staleness::NotYet { from });
        }
        match next_update {
            Some(next_update) => self.judge_end(next_update)?,
            None if self.max_age.is_none() => return Err(Staleness::Endless { this_update }),
            None => {}
        }
        self.judge_age(this_update.min(produced_at))
    }

    /// When what holds by [`judge_crl`](Self::judge_crl), or by [`judge_response`](Self::judge_response) with the older of its
    /// times, holds no more.
    pub(crate) fn ends(&self, this_update: Time, next_update: Option<Time>, to: &mut Horizon) {
        if let Some(next_update) = next_update {
            to.changes_at(next_update);
        }
        if let Some(oldest) = self.max_age.and_then(|it| it.after(this_update)) {
            to.ends_after(oldest);
        }
    }

    /// nextUpdate itself is too late, as it is for webpki.
    fn judge_end(&self, next_update: Time) -> Result<(), Staleness> {
        if self.now >= next_update {
            Err(Staleness::Ended { next_update })
        } else {
            Ok(())
        }
    }

    fn judge_age(&self, this_update: Time) -> Result<(), Staleness> {
        match self.max_age {
            // An age that leads beyond the calendar is never reached.
            Some(max_age)
                if max_age
                    .after(this_update)
                    .is_some_and(|oldest| self.now > oldest) =>
            {
                Err(Staleness::TooOld {
                    this_update,
                    max_age,
                })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_780_272_000;

    fn at(offset: i64) -> Time {
        Time::from_unix_seconds(NOW.checked_add_signed(offset).unwrap())
    }

    fn clock(max_age: Option<Span>) -> Clock {
        Clock {
            now: at(0),
            skew: Span::Seconds(300),
            max_age,
        }
    }

    #[test]
    fn a_crl_holds_from_this_update_to_before_next_update() {
        for (this, next, expected) in [
            (0, 1, Ok(())),
            (-5, 1, Ok(())),
            (1, 5, Err(Staleness::NotYet { from: at(1) })),
            (-5, 0, Err(Staleness::Ended { next_update: at(0) })),
            (
                -5,
                -1,
                Err(Staleness::Ended {
                    next_update: at(-1),
                }),
            ),
        ] {
            assert_eq!(
                clock(None).judge_crl(at(this), at(next)),
                expected,
                "{this} {next}"
            );
        }
        let max_age = Span::Seconds(10);
        let this_update = at(-11);
        assert_eq!(clock(Some(max_age)).judge_crl(at(-10), at(1)), Ok(()));
        assert_eq!(
            clock(Some(max_age)).judge_crl(this_update, at(1)),
            Err(Staleness::TooOld {
                this_update,
                max_age
            })
        );
    }

    #[test]
    fn a_response_may_be_ahead_by_the_skew_and_must_end() {
        let day = Span::Days(1);
        for (produced, this, next, max_age, expected) in [
            (0, 0, Some(1), None, Ok(())),
            (300, 300, Some(900), None, Ok(())),
            (
                301,
                0,
                Some(900),
                None,
                Err(Staleness::NotYet { from: at(301) }),
            ),
            (
                0,
                301,
                Some(900),
                None,
                Err(Staleness::NotYet { from: at(301) }),
            ),
            (
                0,
                0,
                Some(0),
                None,
                Err(Staleness::Ended { next_update: at(0) }),
            ),
            (
                0,
                0,
                None,
                None,
                Err(Staleness::Endless { this_update: at(0) }),
            ),
            (0, 0, None, Some(day), Ok(())),
            (-86_400, -86_400, None, Some(day), Ok(())),
            (
                -86_401,
                0,
                Some(1),
                Some(day),
                Err(Staleness::TooOld {
                    this_update: at(-86_401),
                    max_age: day,
                }),
            ),
            (
                0,
                -86_401,
                Some(1),
                Some(day),
                Err(Staleness::TooOld {
                    this_update: at(-86_401),
                    max_age: day,
                }),
            ),
        ] {
            let judged = clock(max_age).judge_response(at(produced), at(this), next.map(at));
            assert_eq!(judged, expected, "{produced} {this} {next:?}");
        }
    }
}
