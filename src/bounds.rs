//! What ends a verification before any search: bounds on what was presented.

use crate::certificate::Certificate;
use crate::chain::{self, PresentedList, PresentedView};
use crate::error::{VerifyError, VerifyErrorKind};
use crate::path::Position;
use crate::report::Fact;
use crate::rule::Findings;
use crate::verify::Call;

impl Call<'_, '_> {
    /// What ends a verification before anything else is only what bounds its cost, and a call for the wrong role.
    pub(crate) fn bound_input(&self, chain: PresentedView<'_>) -> Result<(), VerifyError> {
        let peer = self.context.peer;
        let mut findings = Findings::new();
        let mut refuse = |required, presented| {
            findings.violation(Position::Path, required, presented);
        };
        let (octets, certificates) = (chain.octets(), chain.count());
        if octets > chain::MAX_OCTETS {
            let what = "octets of presented certificates";
            refuse(
                Fact::AtMost {
                    most: chain::MAX_OCTETS,
                    what,
                },
                Fact::Count {
                    count: octets,
                    what,
                },
            );
        }
        if certificates > chain::MAX_CERTIFICATES {
            let what = "presented certificates";
            refuse(
                Fact::AtMost {
                    most: chain::MAX_CERTIFICATES,
                    what,
                },
                Fact::Count {
                    count: certificates,
                    what,
                },
            );
        }
        if peer.role() != self.context.role {
            refuse(
                Fact::PolicyFor(peer.role()),
                Fact::PolicyFor(self.context.role),
            );
        }
        if findings.is_clean() {
            Ok(())
        } else {
            Err(self.refusal(VerifyErrorKind::Input, Vec::new(), findings))
        }
    }

    pub(crate) fn bound_pool(
        &self,
        end_entity: &Certificate<'_>,
        presented: &PresentedList<'_>,
        count: usize,
    ) -> Result<(), VerifyError> {
        let most = self.verifier.max_presented;
        if count <= most {
            return Ok(());
        }
        let what = "presented certificates that names connect to the end entity and a trust anchor";
        let mut findings = Findings::new();
        findings.violation(
            Position::Path,
            Fact::AtMost { most, what },
            Fact::Count { count, what },
        );
        let path = self.presented_entries(Some(end_entity), presented);
        Err(self.refusal(VerifyErrorKind::Input, path, findings))
    }
}
