//! The facts of one referral, as evaluation reads them.

use crate::record::{Channel, Mark, MarkKind, Moderation, OrderFact, Referral, Sealed};
use crate::value::{ParticipantId, Timestamp};

/// The facts of one referral. All of them stand in its record.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Who was referred.
    pub invitee: ParticipantId,
    /// Which of the invitee's leads it is.
    pub lead: u32,
    /// Whether another lead holds what was told of it: nothing follows from it.
    pub superseded: bool,
    /// When the person became a lead: the earliest evidence.
    pub lead_at: Timestamp,
    /// The channel of the evidence.
    pub channel: Option<&'a Channel>,
    /// What was read of people when the person became a lead.
    pub reading: &'a str,
    /// The open orders, by time, source and id.
    pub orders: &'a [OrderFact],
    /// What is kept of the orders before them.
    pub sealed: Option<&'a Sealed>,
    /// The marks that hands set.
    pub marks: &'a [Mark],
    /// What moderation says.
    pub moderation: Moderation,
}

impl<'a> Facts<'a> {
    /// The facts that a referral's record holds.
    #[must_use]
    pub fn of(referral: &'a Referral) -> Self {
        Self {
            invitee: referral.invitee,
            lead: referral.lead,
            superseded: referral.superseded,
            lead_at: referral.lead_at,
            channel: referral.channel.as_ref(),
            reading: &referral.reading,
            orders: &referral.orders,
            sealed: referral.sealed.as_ref(),
            marks: &referral.marks,
            moderation: referral.moderation,
        }
    }

    /// The mark that counts: the one with the greatest time and command.
    pub(super) fn mark(&self) -> Option<&'a Mark> {
        self.own_marks().max_by_key(|mark| (mark.at, mark.command))
    }

    /// The last mark that says `qualified`, whatever was said after it.
    pub(super) fn last_qualified_mark(&self) -> Option<&'a Mark> {
        let marks = self.own_marks().filter(|mark| mark.says == MarkKind::Qualified);
        marks.max_by_key(|mark| (mark.at, mark.command))
    }

    /// The marks that are not before the lead: what was said of an earlier time belongs to no lead.
    fn own_marks(&self) -> impl Iterator<Item = &'a Mark> {
        let lead_at = self.lead_at;
        self.marks.iter().filter(move |mark| mark.at >= lead_at)
    }
}
