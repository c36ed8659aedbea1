//! Referrals, and the conversions and refunds that are told of them.

use crate::record::describe::records;
use crate::record::fact::{Correction, Met, OrderFact, RefundFact, Sealed, SealedOrder, Voiding};
use crate::record::hand::{Mark, Moderating, Reassignment, Suspicion};
use crate::record::member::Places;
use crate::record::name::Channel;
use crate::record::origin::{Origin, UsedLink};
use crate::record::part::{Data, Document};
use crate::record::state::{ConversionKind, ConversionState, Evidence, Moderation, Progress};
use crate::value::{CampaignId, CommandKey, Country, Currency, EventId, ParticipantId, SourceName, Timestamp};

records! {
    /// One invitee's relation to one referrer in one campaign.
    Referral (ReferralKey), personal {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// Who was referred.
            invitee: ParticipantId,
            /// Which of the invitee's leads here it is, from 1.
            lead: u32,
        }
        /// How many leads the invitee has had here. The first of them counts.
        leads: u32,
        /// Who referred.
        referrer: ParticipantId,
        /// How far it is.
        progress: Progress,
        /// What moderation says.
        moderation: Moderation,
        /// The campaign version whose conditions, amounts and holds it follows.
        version: u32,
        /// What named the referrer.
        evidence: Evidence,
        /// The channel of the link.
        channel: Option<Channel>,
        /// The link by which the invitee came.
        link: Option<UsedLink>,
        /// What the invitee's click says of where the invitee came from.
        origin: Origin,
        /// The invitee's country at the time.
        country: Option<Country>,
        /// Whether the host knew the invitee as a new customer.
        is_new: bool,
        /// When the invitee came by the link.
        clicked_at: Option<Timestamp>,
        /// How long after the click it became a lead, once the time of the click is erased: the number of a class of delays.
        click_class: Option<u32>,
        /// The command that made it a lead: its receipt says why, as long as it is kept.
        command: CommandKey,
        /// When it became a lead.
        lead_at: Timestamp,
        /// When the lead expires.
        expires_at: Option<Timestamp>,
        /// When it qualified, if it is qualified.
        qualified_at: Option<Timestamp>,
        /// Later evidence for the same referrer that was told, by time; at most 16.
        further: Vec<Met>,
        /// Whether another lead of the invitee holds what was told of it: it is no lead of its own any more.
        superseded: bool,
        /// What was read of people when it became a lead.
        reading: String,
        /// Its orders by time, source and id; at most 256.
        orders: Vec<OrderFact>,
        /// What it keeps of the orders before its 256 last.
        sealed: Option<Sealed>,
        /// The marks that hands set, by time; at most 16.
        marks: Vec<Mark>,
        /// What hands said by moderation, by time; at most 16. The last one counts.
        moderating: Vec<Moderating>,
        /// What first told that the invitee seems to be the referrer.
        suspected: Option<Suspicion>,
        /// Whose it was when a hand gave it to another referrer, latest last; at most 16.
        reassigned: Vec<Reassignment>,
        /// Its groups of `every`.
        places: Places,
        @index BY_REFERRER = "by_referrer" [campaign Ascending, referrer Ascending, lead_at Ascending]
        @index BY_MODERATION = "by_moderation" [campaign Ascending, moderation Ascending, lead_at Ascending]
        @index BY_TIME = "by_time" [campaign Ascending, lead_at Ascending]
    }

    /// A conversion, or the refunds of one that is still awaited.
    Conversion (ConversionKey), personal {
        key {
            /// Where it comes from.
            source: SourceName,
            /// Its id there.
            event: EventId,
        }
        /// Where it stands.
        state: ConversionState,
        /// Whose it is.
        participant: Option<ParticipantId>,
        /// What it is.
        converted: ConversionKind,
        /// The one campaign that it names, if it names one.
        only_in: Option<CampaignId>,
        /// The currency.
        currency: Option<Currency>,
        /// The total, in minor units.
        total_minor: i64,
        /// Tax within the total, in minor units.
        tax_minor: i64,
        /// Shipping within the total, in minor units.
        shipping_minor: i64,
        /// The country.
        country: Option<Country>,
        /// The coupon that was used.
        coupon: Option<String>,
        /// What else the host says about it.
        data: Data,
        /// When it happened, as the source says.
        occurred_at: Timestamp,
        /// When it was received.
        received_at: Timestamp,
        /// Its refunds; at most 32.
        refunds: Vec<RefundFact>,
        /// Its last correction: new amounts.
        correction: Option<Correction>,
        /// Whether it never was.
        voiding: Option<Voiding>,
        /// The campaigns whose referral of this person knows it; at most 64.
        counted_in: Vec<CampaignId>,
        /// Those of them whose referral has sealed it.
        sealed_in: Vec<SealedOrder>,
        /// The hash of its content.
        content: Option<[u8; 32]>,
        /// What the command answered.
        answer: Document,
        @index BY_PARTICIPANT = "by_participant" [participant Ascending, received_at Ascending]
    }

    /// A further id of a conversion.
    Reference (ReferenceKey), immutable {
        key {
            /// Where the id comes from.
            source: SourceName,
            /// The id.
            id: EventId,
        }
        /// The conversion's source.
        conversion_source: SourceName,
        /// The conversion's event id.
        conversion_event: EventId,
    }

    /// One refund of a conversion.
    Refund (RefundKey) {
        key {
            /// The conversion's source.
            source: SourceName,
            /// The conversion's event id.
            event: EventId,
            /// The refund's own id.
            refund: EventId,
        }
        /// The currency.
        currency: Currency,
        /// The amount, in minor units.
        amount_minor: i64,
        /// Whether the amount is the total refunded so far.
        cumulative: bool,
        /// When it was received.
        received_at: Timestamp,
        /// The hash of its content.
        content: [u8; 32],
        /// What the command answered.
        answer: Document,
    }
}
