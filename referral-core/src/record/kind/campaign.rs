//! Campaigns and their versions.

use crate::record::describe::records;
use crate::record::hand::Said;
use crate::record::part::Document;
use crate::record::state::CampaignState;
use crate::value::{CampaignId, CampaignSlug, Timestamp};

records! {
    /// Which campaign has a name.
    CampaignName (CampaignNameKey), immutable {
        key {
            /// The name.
            slug: CampaignSlug,
        }
        /// The campaign.
        campaign: CampaignId,
    }

    /// A campaign: which version is current, and whether it runs.
    Campaign (CampaignKey) {
        key {
            /// The campaign.
            campaign: CampaignId,
        }
        /// Its name.
        slug: CampaignSlug,
        /// The current version.
        version: u32,
        /// Whether it was stopped by hand.
        state: CampaignState,
        /// Who last stopped it or let it go on, and why.
        said: Option<Said>,
        /// When it was last changed.
        changed_at: Timestamp,
    }

    /// One version of a campaign.
    CampaignVersion (CampaignVersionKey), immutable {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The version, from 1.
            version: u32,
        }
        /// The definition, as JSON.
        definition: Document,
        /// When it was defined.
        defined_at: Timestamp,
    }
}
