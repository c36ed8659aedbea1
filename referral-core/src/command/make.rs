//! Short ways to make the usual commands. All other fields keep what they are by default.

use std::collections::BTreeMap;

use super::earning::{Lose, Moderate, MoveReward, Qualify, RecordConversion, Unqualify};
use super::part::{EvidenceGiven, FetchHeaders, Person, Recipient, RewardMove, Who};
use super::request::{
    CreateLink, DefineCampaign, Enrol, OpenLookup, RecordClick, RecordLead, RecordShare, RequestLookup, Resubscribe,
    Unsubscribe,
};
use crate::campaign::CampaignModel;
use crate::error::{Error, Result};
use crate::link::LinkText;
use crate::record::{Channel, ConversionKind, Data, Moderation, Private, RewardKey};
use crate::value::CampaignSlug;

impl Person {
    /// A person by the host's own id.
    ///
    /// # Errors
    /// If it is empty, longer than 255 bytes, or holds a control character or one that shows nothing.
    pub fn by_host_id(host_id: &str) -> Result<Self> {
        Ok(Self { host_id: Some(host_id.parse()?), ..Self::default() })
    }

    /// A person by email.
    ///
    /// # Errors
    /// If it is none.
    pub fn by_email(email: &str) -> Result<Self> {
        Ok(Self { email: Some(email.parse()?), ..Self::default() })
    }
}

impl EvidenceGiven {
    /// A code, as it was typed.
    #[must_use]
    pub fn by_code(code: impl Into<String>) -> Self {
        Self { code: Some(code.into()), ..Self::default() }
    }

    /// A link or a code, told apart by what it looks like: what a landing page got under the campaign's `link_parameter`.
    ///
    /// ```
    /// use referral_core::command::EvidenceGiven;
    /// assert_eq!(EvidenceGiven::by_text("ada-ten").code.as_deref(), Some("ada-ten"));
    /// let token = "A".repeat(44);
    /// assert_eq!(EvidenceGiven::by_text(&token).link, Some(token));
    /// ```
    #[must_use]
    pub fn by_text(text: impl Into<String>) -> Self {
        let text = text.into();
        match text.parse::<LinkText>() {
            Ok(LinkText::Code(_)) | Err(Error::InvalidLink { what: "code", .. }) => Self::by_code(text),
            _ => Self::by_link(text),
        }
    }

    /// A link token, as it stood in the URL.
    #[must_use]
    pub fn by_link(link: impl Into<String>) -> Self {
        Self { link: Some(link.into()), ..Self::default() }
    }

    /// The visitor who clicked before.
    #[must_use]
    pub fn by_visitor(visitor: impl Into<String>) -> Self {
        Self { visitor: Some(visitor.into()), ..Self::default() }
    }
}

impl DefineCampaign {
    /// Defines a campaign.
    #[must_use]
    pub fn new(definition: CampaignModel) -> Self {
        Self { definition }
    }
}

impl Enrol {
    /// Enrols a person.
    #[must_use]
    pub fn new(campaign: &CampaignSlug, person: Person) -> Self {
        Self { campaign: campaign.clone(), person }
    }
}

impl CreateLink {
    /// Makes a link for a channel.
    #[must_use]
    pub fn new(campaign: &CampaignSlug, participant: Who, channel: Channel) -> Self {
        Self { campaign: campaign.clone(), participant, channel: Some(channel), utm: BTreeMap::new() }
    }
}

impl RecordShare {
    /// Records a share.
    #[must_use]
    pub fn new(campaign: &CampaignSlug, participant: Who, channel: Channel) -> Self {
        Self { campaign: campaign.clone(), participant, channel }
    }
}

impl RecordClick {
    /// Records that a link was followed, by nobody known yet.
    #[must_use]
    pub fn new(link: impl Into<String>) -> Self {
        Self {
            link: link.into(),
            campaign: None,
            view: false,
            visitor: None,
            ip: None,
            method: None,
            user_agent: None,
            purpose: None,
            fetch: FetchHeaders::default(),
            referer: None,
            query: None,
            destination: None,
        }
    }

    /// The click with one header of its request, if the header is one that is looked at. Names in any case.
    ///
    /// ```
    /// use referral_core::command::RecordClick;
    /// let headers = [("User-Agent", "curl/8.5.0"), ("sec-fetch-mode", "navigate"), ("Cookie", "is not looked at")];
    /// let click = headers.iter().fold(RecordClick::new("K7F3M-2QX9A"), |click, (name, value)| click.header(name, value));
    /// assert_eq!(click.user_agent.as_deref(), Some("curl/8.5.0"));
    /// assert_eq!(click.fetch.mode.as_deref(), Some("navigate"));
    /// ```
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let place = match name.to_ascii_lowercase().as_str() {
            "user-agent" => &mut self.user_agent,
            // Browsers of several ages say it in three ways; one that says it is enough.
            "sec-purpose" | "purpose" | "x-purpose" | "x-moz" => &mut self.purpose,
            "sec-fetch-site" => &mut self.fetch.site,
            "sec-fetch-mode" => &mut self.fetch.mode,
            "sec-fetch-dest" => &mut self.fetch.dest,
            "sec-fetch-user" => &mut self.fetch.user,
            "referer" => &mut self.referer,
            _ => return self,
        };
        *place = Some(value.to_owned());
        self
    }
}

impl RecordLead {
    /// Records a sign-up.
    #[must_use]
    pub fn new(campaign: &CampaignSlug, person: Person, evidence: EvidenceGiven) -> Self {
        Self { campaign: campaign.clone(), person, evidence }
    }
}

impl Qualify {
    /// Marks a referral as qualified.
    #[must_use]
    pub fn new(campaign: &CampaignSlug, invitee: Who) -> Self {
        Self { campaign: campaign.clone(), invitee, actor: None, reason: None }
    }
}

impl Unqualify {
    /// Marks a referral as not qualified.
    #[must_use]
    pub fn new(campaign: &CampaignSlug, invitee: Who) -> Self {
        Self { campaign: campaign.clone(), invitee, actor: None, reason: None }
    }
}

impl Lose {
    /// Gives a referral up.
    #[must_use]
    pub fn new(campaign: &CampaignSlug, invitee: Who) -> Self {
        Self { campaign: campaign.clone(), invitee, actor: None, reason: None }
    }
}

impl Moderate {
    /// Says what moderation found of a referral.
    #[must_use]
    pub fn new(campaign: &CampaignSlug, invitee: Who, moderation: Moderation) -> Self {
        Self { campaign: campaign.clone(), invitee, moderation, actor: None, note: None }
    }
}

impl MoveReward {
    /// Moves a reward on.
    #[must_use]
    pub fn new(reward: RewardKey, to: RewardMove) -> Self {
        Self { reward, to, actor: None, reason: None }
    }
}

impl RequestLookup {
    /// Asks to check one's referrals on a campaign's page.
    ///
    /// # Errors
    /// If it is no email.
    pub fn new(campaign: &CampaignSlug, email: &str) -> Result<Self> {
        Ok(Self { campaign: campaign.clone(), email: email.parse()? })
    }
}

impl OpenLookup {
    /// Uses a token, as it stood in the URL.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Self {
        Self { token: token.into() }
    }
}

impl Unsubscribe {
    /// Unsubscribes from everything whoever has the token of a mail, as it stood in the URL.
    #[must_use]
    pub fn by_token(token: impl Into<String>) -> Self {
        Self { recipient: Recipient::Token(Private(token.into())), kinds: Vec::new(), actor: None, reason: None }
    }

    /// Unsubscribes a person from everything: the host was told otherwise than by a token.
    #[must_use]
    pub fn by_host(participant: Who) -> Self {
        Self { recipient: Recipient::Participant(participant), kinds: Vec::new(), actor: None, reason: None }
    }
}

impl Resubscribe {
    /// Subscribes a person to everything.
    #[must_use]
    pub fn new(participant: Who) -> Self {
        Self { participant, kinds: Vec::new(), actor: None, reason: None }
    }
}

impl RecordConversion {
    /// Records a purchase of `total`, such as `80 EUR`, under the order's own id.
    ///
    /// ```
    /// use referral_core::command::{Person, RecordConversion};
    /// let bought = RecordConversion::purchase("shop", "order-1", Person::by_host_id("bob")?, "80 EUR")?;
    /// assert_eq!(bought.total, Some("80 EUR".parse()?));
    /// # Ok::<(), referral_core::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// If one of them does not parse.
    pub fn purchase(source: &str, order: &str, person: Person, total: &str) -> Result<Self> {
        Ok(Self {
            source: source.parse()?,
            event: order.parse()?,
            kind: ConversionKind::Purchase,
            person,
            campaign: None,
            total: Some(total.parse()?),
            no_amount: false,
            tax: None,
            shipping: None,
            country: None,
            coupon: None,
            data: Data::default(),
            evidence: EvidenceGiven::default(),
            occurred_at: None,
            references: Vec::new(),
        })
    }

    /// Checks that the amount is stated: purchases, renewals and subscriptions have a `total`, or say `no_amount`.
    ///
    /// A forgotten or misnamed amount would otherwise qualify a referral and pay no percentage, without a word.
    ///
    /// ```
    /// use referral_core::command::{Person, RecordConversion};
    /// let mut bought = RecordConversion::purchase("shop", "order-1", Person::by_host_id("bob")?, "80 EUR")?;
    /// bought.total = None;
    /// assert!(bought.check_amount().is_err());
    /// bought.no_amount = true;
    /// assert!(bought.check_amount().is_ok());
    /// # Ok::<(), referral_core::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidCommand`] for `total` if neither is stated, for `no_amount` if
    /// both are.
    pub fn check_amount(&self) -> Result<()> {
        match (self.total, self.no_amount, self.kind) {
            (Some(_), true, _) => Err(Error::command("no_amount", "is said beside `total`; say one of them")),
            (None, false, ConversionKind::Custom) | (Some(_), false, _) | (None, true, _) => Ok(()),
            (None, false, kind) => {
                Err(Error::command("total", format!("is missing; a {kind} that has no amount says `no_amount`")))
            }
        }
    }
}
