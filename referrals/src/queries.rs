//! Questions, on both doors alike. They only read.

use referral_core::command::Who;
use referral_core::engine::Question;
use referral_core::error::Result;
use referral_core::record::{Metric, RewardState};
use referral_core::report::audit::{Audit, Audited};
use referral_core::report::{
    Begin, CampaignPage, CampaignReport, Explain, Explanation, Funnel, Leaderboard, ListCampaigns, ListReferrals,
    ListRewards, PageOf, ParticipantReport, Period, ReferralPage, ReferralReport, RewardPage, ShowCampaign, ShowFunnel,
    ShowLeaderboard, ShowParticipant, ShowReferral, Unexplained,
};
use referral_core::value::{CampaignSlug, Day};

use crate::asynchronous::AsyncReferrals;
use crate::referrals::Referrals;
use crate::task::block_on;

impl Referrals {
    /// Asks any question of [`report`](crate::report): the typed struct of a question knows its answer. The methods below
    /// ask the usual ones.
    ///
    /// # Errors
    /// If something that the question names does not exist, or the store fails.
    pub fn ask<Q>(&self, question: Q) -> Result<Q::Answer>
    where
        Q: Question + Clone + Send + 'static,
        Q::Answer: Send + 'static,
    {
        self.run(|engine, occasion| engine.ask(occasion.tenant, question.clone(), occasion.now))
    }

    /// Recomputes balances, totals, limits and relations from the facts, and names every difference.
    ///
    /// To be run on a store at rest: on one that is written to meanwhile it names differences that are none. A snapshot,
    /// which the SQL stores offer, is at rest by nature: open it with [`Builder::over`](crate::Builder::over).
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn audit(&self) -> Result<Audited> {
        self.run(|_, occasion| Audit::new(occasion.tenant))
    }
}

impl AsyncReferrals {
    /// As [`Referrals::ask`].
    ///
    /// # Errors
    /// The same.
    pub async fn ask<Q>(&self, question: Q) -> Result<Q::Answer>
    where
        Q: Question + Clone + Send + Sync + 'static,
        Q::Answer: Send + 'static,
    {
        self.run(|engine, occasion| engine.ask(occasion.tenant, question.clone(), occasion.now)).await
    }

    /// As [`Referrals::audit`].
    ///
    /// # Errors
    /// The same.
    pub async fn audit(&self) -> Result<Audited> {
        self.run(|_, occasion| Audit::new(occasion.tenant)).await
    }
}

macro_rules! queries {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) -> $answer:ty = $question:expr;)*) => {
        impl Referrals {$(
            $(#[$doc])*
            ///
            /// # Errors
            /// As [`Referrals::ask`].
            pub fn $name(&self, $($argument: $type),*) -> Result<$answer> {
                block_on(self.0.run(|engine, occasion| engine.ask(occasion.tenant, $question, occasion.now)))
            }
        )*}

        impl AsyncReferrals {$(
            $(#[$doc])*
            ///
            /// # Errors
            /// As [`Referrals::ask`].
            pub async fn $name(&self, $($argument: $type),*) -> Result<$answer> {
                self.0.run(|engine, occasion| engine.ask(occasion.tenant, $question, occasion.now)).await
            }
        )*}
    };
}

queries! {
    /// The campaigns, by number.
    campaigns(page: PageOf) -> CampaignPage = ListCampaigns { page: page.clone() };

    /// A campaign with its current definition.
    campaign(campaign: &CampaignSlug) -> CampaignReport = ShowCampaign { campaign: campaign.clone(), version: None };

    /// What happened in a campaign in `[from, until)`, days of the campaign's zone.
    funnel(campaign: &CampaignSlug, from: Day, until: Day) -> Funnel =
        ShowFunnel { campaign: campaign.clone(), from, until, by: Vec::new() };

    /// The first `limit` places by a metric that counts things: `qualified`, `leads`, `shares`, `clicks`, …
    leaderboard(campaign: &CampaignSlug, metric: Metric, limit: u32) -> Leaderboard =
        ShowLeaderboard {
            campaign: campaign.clone(),
            metric,
            unit: String::new(),
            period: Period::default(),
            begin: Begin::default(),
            limit,
        };

    /// What a participant has in a campaign: links, code, referrals, rewards, balances, progress.
    participant(campaign: &CampaignSlug, participant: &Who) -> ParticipantReport =
        ShowParticipant {
            campaign: campaign.clone(),
            participant: participant.clone(),
            referrals: PageOf::default(),
            rewards: PageOf::default(),
        };

    /// One referral with its conversions and rewards.
    referral(campaign: &CampaignSlug, invitee: &Who) -> ReferralReport =
        ShowReferral { campaign: campaign.clone(), invitee: invitee.clone() };

    /// The referrals of a campaign, oldest first.
    referrals(campaign: &CampaignSlug, page: PageOf) -> ReferralPage =
        ListReferrals { campaign: campaign.clone(), moderation: None, page: page.clone() };

    /// The rewards of a campaign in a state, oldest first: what is `due`, what is `pending`.
    rewards(campaign: &CampaignSlug, state: RewardState, page: PageOf) -> RewardPage =
        ListRewards { campaign: campaign.clone(), state, page: page.clone() };

    /// Why something is as it is, in sentences.
    explain(what: Unexplained) -> Explanation = Explain { what: what.clone() };
}
