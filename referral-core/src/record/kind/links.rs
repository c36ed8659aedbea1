//! What a person refers with: enrolment, grants, links and codes.

use crate::record::describe::records;
use crate::record::hand::Said;
use crate::record::name::Channel;
use crate::record::part::Data;
use crate::record::state::{CodeKind, GrantKind, Validity};
use crate::value::{CampaignId, GrantId, ParticipantId, Timestamp};

records! {
    /// A participant's part in a campaign as a possible referrer.
    Enrolment (EnrolmentKey) {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The participant.
            participant: ParticipantId,
        }
        /// When the person was enrolled.
        enrolled_at: Timestamp,
        /// The grant from which the server mints this person's links.
        grant: GrantId,
        /// The person's code, as a key of [`Code`].
        code: String,
        /// How many shares were recorded.
        shares: u32,
        /// Whether one of the person's links or codes got a counted click.
        clicked: bool,
        /// How many of the person's referrals are qualified now.
        qualified: i64,
    }

    /// A permission to mint link tokens.
    Grant (GrantKey) {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The grant.
            grant: GrantId,
        }
        /// Whose links they are.
        participant: ParticipantId,
        /// Who mints.
        minted_by: GrantKind,
        /// Whether its links are good.
        validity: Validity,
        /// Who last said so.
        said: Option<Said>,
        /// Whether one of its links got a counted click.
        clicked: bool,
        /// The counter of the next link.
        next_counter: u32,
        /// When it was given.
        granted_at: Timestamp,
        @index BY_PARTICIPANT = "by_participant" [campaign Ascending, participant Ascending]
    }

    /// A link, as far as anything must be remembered of it. An offline link has no record until it is first used.
    Link (LinkKey), personal {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The grant that minted it.
            grant: GrantId,
            /// Its counter under that grant.
            counter: u32,
        }
        /// Whose link it is.
        participant: ParticipantId,
        /// Where it is shared.
        channel: Option<Channel>,
        /// UTM parameters.
        utm: Data,
        /// Whether it is good.
        validity: Validity,
        /// Who last said so.
        said: Option<Said>,
        /// When it was made.
        made_at: Timestamp,
    }

    /// That a vanity code was that of a person who was erased: nobody gets it again.
    TakenCode (TakenCodeKey), immutable {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The keyed hash of its look-alike skeleton.
            hash: [u8; 16],
        }
        /// When it was erased.
        taken_at: Timestamp,
    }

    /// A code. Random and vanity codes share one key space.
    Code (CodeKey), personal {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The normalised code, or the look-alike skeleton of a vanity code.
            code: String,
        }
        /// Whose code it is.
        participant: ParticipantId,
        /// Where it came from.
        made: CodeKind,
        /// How it is shown.
        shown: String,
        /// Whether it is good.
        validity: Validity,
        /// Who last said so.
        said: Option<Said>,
        /// Until when it is good.
        expires_at: Option<Timestamp>,
        /// How many referrals it may bring.
        max_uses: Option<u32>,
        /// How many it brought.
        uses: u32,
        @index BY_PARTICIPANT = "by_participant" [campaign Ascending, participant Ascending]
    }
}
