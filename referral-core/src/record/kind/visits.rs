//! Who came: visitors, their days, and touches.

use crate::record::describe::records;
use crate::record::name::Channel;
use crate::record::origin::Origin;
use crate::record::part::{Days, RecentLink, SeenCampaign, SeenTouch, ToldTouch};
use crate::record::state::{TouchKind, Verdict};
use crate::value::{CampaignId, CommandKey, Country, GrantId, IpPrefix, ParticipantId, Timestamp, TouchId, VisitorId};

records! {
    /// An anonymous visitor.
    Visitor (VisitorKey) {
        key {
            /// The visitor.
            visitor: VisitorId,
        }
        /// First and last counted touch of each campaign; at most 64.
        campaigns: Vec<SeenCampaign>,
        /// The last 16 counted touches.
        touches: Vec<SeenTouch>,
        /// The links clicked lately: at least those within the hour before the last counted click; at most 256.
        recent: Vec<RecentLink>,
    }

    /// The days on which a visitor had a counted click in a campaign: distinct visitors are counted by it.
    Visit (VisitKey) {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The visitor.
            visitor: VisitorId,
        }
        /// The days, in the campaign's zone.
        days: Days,
        /// The days with a counted click or view.
        reached: Days,
    }

    /// A share, view or click.
    Touch (TouchKey), immutable {
        key {
            /// The touch.
            touch: TouchId,
        }
        /// The campaign.
        campaign: CampaignId,
        /// What it was.
        touched: TouchKind,
        /// Whose link or code it was.
        referrer: ParticipantId,
        /// The link's grant.
        grant: Option<GrantId>,
        /// The link's counter.
        counter: Option<u32>,
        /// The link's channel, or where it was shared.
        channel: Option<Channel>,
        /// Who came.
        visitor: Option<VisitorId>,
        /// What stood behind it.
        verdict: Verdict,
        /// The country that the host found.
        country: Option<Country>,
        /// What the request says of where the visitor came from.
        origin: Origin,
        /// The network, cut to /24 or /48.
        network: Option<IpPrefix>,
        /// When.
        at: Timestamp,
        @index BY_CAMPAIGN = "by_campaign" [campaign Ascending, at Ascending]
    }

    /// The touches that were known when evidence was told, where these are more than the evidence itself.
    EvidenceTouches (EvidenceTouchesKey), immutable {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The command that told the evidence: a lead that it began has the same.
            command: CommandKey,
        }
        /// The visitor's counted touches within the window of attribution, in whichever campaign, the earliest first; at most 16.
        touches: Vec<ToldTouch>,
    }
}
