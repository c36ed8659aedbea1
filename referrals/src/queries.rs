//! Questions, on both doors alike. They only read.

use referral_core::command::Who;
use referral_core::error::Result;
use referral_core::record::{DeliveryState, LetterKey, LetterState, Metric, RewardState};
use referral_core::report::{
    AncestorReport, Begin, CampaignPage, CampaignReport, DeliveryPage, DescendantPage, Digest, DigestMark,
    DigestMarkPage, Explain, Explanation, Funnel, Landing, Leaderboard, LetterPage, ListCampaigns, ListDeliveries,
    ListDigestMarks, ListLetters, ListReferrals, ListRewards, LookupReport, MyReferrals, OpenedLetter, PageOf,
    ParticipantReport, Period, ReferralPage, ReferralReport, RetentionReport, RewardPage, ShareKit, ShowAncestors,
    ShowCampaign, ShowDescendants, ShowDigest, ShowFunnel, ShowLanding, ShowLeaderboard, ShowLetter, ShowLookup,
    ShowMyReferrals, ShowParticipant, ShowReferral, ShowRetention, ShowShareKit, ShowTree, TreeReport, Unexplained,
};
use referral_core::value::{CampaignSlug, Day, Language, SubscriberName};

use crate::asynchronous::AsyncReferrals;
use crate::referrals::Referrals;
use crate::task::block_on;

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
            names: false,
        };

    /// What a participant has in a campaign: links, code, referrals, rewards, balances, progress.
    participant(campaign: &CampaignSlug, participant: &Who) -> ParticipantReport =
        ShowParticipant {
            campaign: campaign.clone(),
            participant: participant.clone(),
            referrals: PageOf::default(),
            rewards: PageOf::default(),
        };

    /// What the token of a lookup is good for: what a page answers to a GET. To use the token, execute `OpenLookup`.
    lookup(token: &str) -> LookupReport = ShowLookup { token: token.to_owned() };

    /// What a person is shown of their own referrals: the page behind an opened lookup.
    my_referrals(campaign: &CampaignSlug, participant: &Who) -> MyReferrals =
        ShowMyReferrals {
            campaign: campaign.clone(),
            participant: participant.clone(),
            referrals: PageOf::default(),
            rewards: PageOf::default(),
        };

    /// What a participant shares: for each channel the link, the words and the URL that opens the app, in `language` or
    /// else the participant's own.
    share_kit(campaign: &CampaignSlug, participant: &Who, language: Option<&Language>) -> ShareKit =
        ShowShareKit { campaign: campaign.clone(), participant: participant.clone(), language: language.cloned() };

    /// What a friend sees before signing up by a link or code: whose invitation it is, what it gives, and why it is not good. A
    /// code needs its campaign.
    landing(link: &str, campaign: Option<&CampaignSlug>, language: Option<&Language>) -> Landing =
        ShowLanding {
            link: link.to_owned(),
            campaign: campaign.cloned(),
            language: language.cloned(),
            total: None,
        };

    /// What happened for a participant since the digest that handed back `since`, or ever.
    digest(campaign: &CampaignSlug, participant: &Who, since: Option<&DigestMark>) -> Digest =
        ShowDigest { campaign: campaign.clone(), participant: participant.clone(), since: since.cloned() };

    /// Where those stand who are enrolled and may be sent a digest, page by page: whoever has another mark than the one that
    /// was kept has news ([`DigestMark::has_news_since`]).
    digest_marks(campaign: &CampaignSlug, page: PageOf) -> DigestMarkPage =
        ListDigestMarks { campaign: campaign.clone(), page: page.clone() };

    /// One referral with its conversions and rewards.
    referral(campaign: &CampaignSlug, invitee: &Who) -> ReferralReport =
        ShowReferral { campaign: campaign.clone(), invitee: invitee.clone(), lead: None };

    /// The referrals of a campaign, oldest first.
    referrals(campaign: &CampaignSlug, page: PageOf) -> ReferralPage =
        ListReferrals { campaign: campaign.clone(), moderation: None, page: page.clone() };

    /// Who referred a person in a campaign, who referred that one, and so on.
    ancestors(campaign: &CampaignSlug, participant: &Who) -> AncestorReport =
        ShowAncestors { campaign: campaign.clone(), participant: participant.clone() };

    /// The people below a person in a campaign, each before those whom they referred.
    descendants(campaign: &CampaignSlug, participant: &Who, page: PageOf) -> DescendantPage =
        ShowDescendants {
            campaign: campaign.clone(),
            participant: participant.clone(),
            level: None,
            page: page.clone(),
        };

    /// How many people are below a person in a campaign, by level, and what they are worth.
    tree(campaign: &CampaignSlug, participant: &Who) -> TreeReport =
        ShowTree { campaign: campaign.clone(), participant: participant.clone() };

    /// The rewards of a campaign in a state, oldest first: what is `due`, what is `pending`.
    rewards(campaign: &CampaignSlug, state: RewardState, page: PageOf) -> RewardPage =
        ListRewards { campaign: campaign.clone(), state, page: page.clone() };

    /// The deliveries to a subscriber in a state, the earliest first: the delivery log, with the last error of each.
    deliveries(subscriber: &SubscriberName, state: DeliveryState, page: PageOf) -> DeliveryPage =
        ListDeliveries { subscriber: subscriber.clone(), state, page: page.clone() };

    /// The letters in a state, the oldest first: messages of other systems that could not be used, without what they say.
    letters(state: LetterState, page: PageOf) -> LetterPage = ListLetters { state, page: page.clone() };

    /// Opens one letter: what is wrong with the message, and what it says.
    letter(letter: &LetterKey) -> OpenedLetter = ShowLetter { letter: letter.clone() };

    /// How long receipts, clicks, views and letters are kept, and how far `settle` removed what is older.
    retention() -> RetentionReport = ShowRetention {};

    /// Why something is as it is, in sentences.
    explain(what: Unexplained) -> Explanation = Explain { what: what.clone() };
}
