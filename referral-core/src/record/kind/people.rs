//! People: their personal data, what leads to them, and requests to check their referrals.

use crate::record::consent::Consent;
use crate::record::describe::records;
use crate::record::fact::NamedOrder;
use crate::record::hand::{Formerly, Merge, Said};
use crate::record::part::{Data, FurtherId, Private, RecentLookup};
use crate::record::state::{AliasKind, LookupStanding, ParticipantState, ShownAs};
use crate::value::{CampaignId, Country, HostId, LookupId, ParticipantId, Timestamp};

records! {
    /// A person, without personal data.
    Participant (ParticipantKey), personal {
        key {
            /// The person.
            participant: ParticipantId,
        }
        /// Whether the person may refer.
        state: ParticipantState,
        /// Who last suspended the person or let the person refer again, and why.
        said: Option<Said>,
        /// When the person was first seen.
        enrolled_at: Timestamp,
        /// When the person was first enrolled in a campaign; none, if never.
        refers_since: Option<Timestamp>,
        /// The person's country, if the host said so.
        country: Option<Country>,
        /// What the host says of the person, for conditions.
        data: Data,
        /// The campaigns in which the person was referred; at most 64.
        referred_in: Vec<CampaignId>,
        /// Other ids of this person: people who turned out to be this one; at most 16.
        merged: Vec<ParticipantId>,
        /// Whom this person turned out to be, and who said so.
        merged_into: Option<Merge>,
        /// The person's last orders, counted or not; at most 32. A lead that begins finds them here.
        orders: Vec<NamedOrder>,
    }

    /// The personal data of a participant: the one row that erasure removes.
    Person (PersonKey), personal {
        key {
            /// The person.
            participant: ParticipantId,
        }
        /// The host's own id.
        host_id: Option<HostId>,
        /// Host ids and emails of people who turned out to be this one; at most 16.
        formerly: Vec<Formerly>,
        /// Further ids; the last 16 told.
        ids: Vec<FurtherId>,
        /// The email as written.
        email: Option<Private>,
        /// Keyed hashes of the mailboxes that were told of the person; the last 16.
        mailboxes: Vec<String>,
        /// Aliases that were told of the person and lead to somebody else, as kind and keyed hash; the last 16.
        of_others: Vec<String>,
        /// A name to greet by.
        name: Option<Private>,
        /// The language to write in.
        language: Option<String>,
        /// How the person chose to be shown to friends; none, if never: by the first name.
        shown_as: Option<ShownAs>,
        /// The name that the person chose to be shown by.
        pseudonym: Option<Private>,
        /// What the person says to friends on every invitation.
        message: Option<Private>,
        /// What the person chose about mail.
        consent: Consent,
    }

    /// A keyed hash of a host id or an email that leads to a participant.
    Alias (AliasKey), personal {
        key {
            /// What it was made from.
            alias: AliasKind,
            /// The keyed hash.
            hash: [u8; 16],
        }
        /// Whose it is.
        participant: ParticipantId,
        @index BY_PARTICIPANT = "by_participant" [participant Ascending]
    }

    /// A request to check one's referrals. It stays for a day, and looks the same whether or not anybody has the email.
    Lookup (LookupKey), personal {
        key {
            /// The lookup.
            lookup: LookupId,
        }
        /// The campaign on whose page it was requested.
        campaign: CampaignId,
        /// Whether it leads to anybody.
        standing: LookupStanding,
        /// Whose referrals it shows; of a void lookup an id that nobody has.
        participant: ParticipantId,
        /// The keyed hash of the email's canonical form: the key of its [`LookupLimit`].
        asker: [u8; 16],
        /// When it was requested.
        requested_at: Timestamp,
        /// When its token stops being good.
        expires_at: Timestamp,
        /// When its token was used.
        opened_at: Option<Timestamp>,
        /// How often a wrong token was tried.
        attempts: u32,
    }

    /// How often an email asked lately.
    LookupLimit (LookupLimitKey), personal {
        key {
            /// The keyed hash of the email's canonical form.
            asker: [u8; 16],
        }
        /// Its lookups of the last day, oldest first; at most 5.
        recent: Vec<RecentLookup>,
    }
}
