//! Campaigns made by a program.
//!
//! What is built goes the way that text goes: it is checked at the end, all at once, and every mistake names its path.
//! Amounts, spans and times are taken as text or as the types of `value`, whichever is at hand.

mod limit;

use std::fmt::Display;

use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use super::model::{
    Beneficiary, CampaignModel, Clawback, Debts, ExistingCustomers, Give, InFlight, LandingModel, Occurrence,
    PercentOf, QualifiesOn, RuleModel, SameMailbox, ShareTextModel, TouchModel, Trigger, UploadModel, ZeroOrders,
};
use super::text::Checked;
use crate::error::Result;
use crate::record::{Dimension, Evidence, Metric};
use crate::rule::condition::Type;

/// A campaign that is being put together. See [`CampaignModel::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing before `build`"]
pub struct CampaignBuilder(Map<String, Json>);

/// A reward rule that is being put together. See [`RuleModel::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing before it is added to a campaign"]
pub struct RuleBuilder(Map<String, Json>);

/// How much a reward is, being put together. See [`Give::flat`], [`Give::percent`] and [`Give::units`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing before it is added to a rule"]
pub struct GiveBuilder(Map<String, Json>);

/// A limit that is being put together. See [`LimitModel::per`](crate::campaign::LimitModel::per).
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing before it is added to a rule or a campaign"]
pub struct LimitBuilder(Map<String, Json>);

fn text(value: impl Display) -> Json {
    Json::String(value.to_string())
}

/// What a type of the model is in JSON.
fn typed(value: impl Serialize) -> Json {
    // INVARIANT: every type in the model serialises.
    serde_json::to_value(value).unwrap_or_default()
}

fn with(mut map: Map<String, Json>, name: &str, value: Json) -> Map<String, Json> {
    map.insert(name.to_owned(), value);
    map
}

/// `map` with one more entry in the list `name`.
fn with_entry(mut map: Map<String, Json>, name: &str, value: Json) -> Map<String, Json> {
    if let Json::Array(items) = map.entry(name.to_owned()).or_insert_with(|| json!([])) {
        items.push(value);
    }
    map
}

/// `map` with a field of the table `table`.
fn with_inner(mut map: Map<String, Json>, table: &str, name: &str, value: Json) -> Map<String, Json> {
    if let Json::Object(inner) = map.entry(table.to_owned()).or_insert_with(|| json!({})) {
        inner.insert(name.to_owned(), value);
    }
    map
}

impl CampaignModel {
    /// Begins a campaign with the name `name` whose links lead to `link_host`.
    ///
    /// ```
    /// use referral_core::campaign::{Beneficiary, CampaignModel, Give, LimitModel, LimitPer, QualifiesOn, RuleModel, Trigger};
    ///
    /// let model = CampaignModel::builder("friends", "go.shop.example")
    ///     .destination("https://shop.example/")
    ///     .qualifies_on(QualifiesOn::Purchase)
    ///     .qualifies_when("order.total >= money('20 EUR')")
    ///     .limit(LimitModel::per(LimitPer::Campaign).id("budget").value("5000 EUR"))
    ///     .reward(
    ///         RuleModel::builder("friend-buys", Beneficiary::Referrer, Trigger::Qualified)
    ///             .give(Give::percent("10%").at_most("25 EUR"))
    ///             .hold("30 days")
    ///             .expires("90 days")
    ///             .limit(LimitModel::per(LimitPer::Referrer).count(10).each("calendar month")),
    ///     )
    ///     .reward(
    ///         RuleModel::builder("welcome", Beneficiary::Invitee, Trigger::Purchase).first().give(Give::flat("10 EUR")),
    ///     )
    ///     .build()?;
    /// assert_eq!(CampaignModel::from_toml(&model.to_toml())?, model);
    /// # Ok::<(), referral_core::error::Error>(())
    /// ```
    pub fn builder(name: impl Display, link_host: impl Display) -> CampaignBuilder {
        CampaignBuilder(with(with(Map::new(), "name", text(name)), "link_host", text(link_host)))
    }
}

impl CampaignBuilder {
    /// What people call it.
    pub fn title(self, title: impl Display) -> Self {
        Self(with(self.0, "title", text(title)))
    }

    /// The language of its title and of the share texts that name none: `de`. By default `en`.
    pub fn language(self, language: impl Display) -> Self {
        Self(with(self.0, "language", text(language)))
    }

    /// The page where participants see what they have: `https://shop.example/friends/{code}`.
    pub fn tracking_page(self, url: impl Display) -> Self {
        Self(with_inner(self.0, "pages", "tracking", text(url)))
    }

    /// The page where people unsubscribe: `https://shop.example/unsubscribe/{token}`.
    pub fn unsubscribe_page(self, url: impl Display) -> Self {
        Self(with_inner(self.0, "pages", "unsubscribe", text(url)))
    }

    /// One more text for sharing.
    pub fn share_text(self, text: ShareTextModel) -> Self {
        Self(with_entry(self.0, "share_texts", typed(text)))
    }

    /// Under which parameter destinations carry on the token or the code: `ref`.
    pub fn link_parameter(self, name: impl Display) -> Self {
        Self(with(self.0, "link_parameter", text(name)))
    }

    /// What friends are shown where they land, in one more language.
    pub fn landing(self, landing: LandingModel) -> Self {
        Self(with_entry(self.0, "landings", typed(landing)))
    }

    /// How files of one more content are laid out.
    pub fn upload(self, upload: UploadModel) -> Self {
        Self(with_entry(self.0, "uploads", typed(upload)))
    }

    /// The zone of its calendar days: `Europe/Paris`. By default UTC.
    pub fn zone(self, zone: impl Display) -> Self {
        Self(with(self.0, "zone", text(zone)))
    }

    /// The first instant at which it takes leads: `2026-05-01T00:00:00Z`.
    pub fn starts(self, starts: impl Display) -> Self {
        Self(with(self.0, "starts", text(starts)))
    }

    /// The first instant at which it no longer takes leads.
    pub fn ends(self, ends: impl Display) -> Self {
        Self(with(self.0, "ends", text(ends)))
    }

    /// What happens to leads in flight when it ends.
    pub fn in_flight(self, in_flight: InFlight) -> Self {
        Self(with(self.0, "in_flight", typed(in_flight)))
    }

    /// One more place where links may lead. The first is the default.
    pub fn destination(self, url: impl Display) -> Self {
        Self(with_entry(self.0, "destinations", text(url)))
    }

    /// Which evidence decides when several name somebody.
    pub fn precedence(self, evidence: &[Evidence]) -> Self {
        Self(with_inner(self.0, "attribution", "precedence", typed(evidence)))
    }

    /// Which of a visitor's touches counts.
    pub fn touch_model(self, model: TouchModel) -> Self {
        Self(with_inner(self.0, "attribution", "model", typed(model)))
    }

    /// How long after a touch a sign-up counts: `30 days`.
    pub fn attribution_window(self, window: impl Display) -> Self {
        Self(with_inner(self.0, "attribution", "window", text(window)))
    }

    /// What happens to people who were customers before.
    pub fn existing_customers(self, existing: ExistingCustomers) -> Self {
        Self(with_inner(self.0, "attribution", "existing_customers", typed(existing)))
    }

    /// What happens to people who share a mailbox with their referrer.
    pub fn same_mailbox(self, same: SameMailbox) -> Self {
        Self(with_inner(self.0, "attribution", "same_mailbox", typed(same)))
    }

    /// The event that may qualify a lead.
    pub fn qualifies_on(self, on: QualifiesOn) -> Self {
        Self(with_inner(self.0, "qualification", "on", typed(on)))
    }

    /// What must hold of that event, as a condition.
    pub fn qualifies_when(self, when: impl Display) -> Self {
        Self(with_inner(self.0, "qualification", "when", text(when)))
    }

    /// How long after it became a lead a referral may qualify: `60 days`.
    pub fn qualifies_within(self, window: impl Display) -> Self {
        Self(with_inner(self.0, "qualification", "window", text(window)))
    }

    /// How long before its lead an order may have happened and still count: `72 hours`.
    pub fn waiting(self, waiting: impl Display) -> Self {
        Self(with(self.0, "waiting", text(waiting)))
    }

    /// How long after it happened an order may be told: `10 days`.
    pub fn late(self, late: impl Display) -> Self {
        Self(with(self.0, "late", text(late)))
    }

    /// What an order of zero is.
    pub fn zero_orders(self, zero_orders: ZeroOrders) -> Self {
        Self(with(self.0, "zero_orders", typed(zero_orders)))
    }

    /// By what its numbers are told apart, beside the day.
    pub fn dimensions(self, dimensions: &[Dimension]) -> Self {
        Self(with(self.0, "dimensions", typed(dimensions)))
    }

    /// By which metrics it ranks people.
    pub fn leaderboard(self, metrics: &[Metric]) -> Self {
        Self(with(self.0, "leaderboard", typed(metrics)))
    }

    /// What happens to a debt that a reversal left.
    pub fn debts(self, debts: Debts) -> Self {
        Self(with(self.0, "debts", typed(debts)))
    }

    /// One more field that the host states about orders, invitees or referrers: `order.data.plan`.
    pub fn field(self, path: impl Display, kind: Type, doc: impl Display) -> Self {
        Self(with_entry(self.0, "fields", json!({ "path": text(path), "type": typed(kind), "doc": text(doc) })))
    }

    /// One more limit over all rules.
    pub fn limit(self, limit: LimitBuilder) -> Self {
        Self(with_entry(self.0, "limits", Json::Object(limit.0)))
    }

    /// One more reward rule.
    pub fn reward(self, rule: RuleBuilder) -> Self {
        Self(with_entry(self.0, "rewards", Json::Object(rule.0)))
    }

    /// The campaign.
    ///
    /// # Errors
    /// [`Error::InvalidCampaign`](crate::error::Error::InvalidCampaign) with every mistake, each with its path.
    pub fn build(self) -> Result<CampaignModel> {
        self.check().map(|checked| checked.model)
    }

    /// The campaign, and what is odd in it.
    ///
    /// # Errors
    /// As [`CampaignBuilder::build`].
    pub fn check(self) -> Result<Checked> {
        CampaignModel::from_value(Json::Object(self.0))
    }
}

impl RuleModel {
    /// Begins the rule `id`: who gets the reward, and what brings it about.
    pub fn builder(id: impl Display, to: Beneficiary, on: Trigger) -> RuleBuilder {
        RuleBuilder(with(with(with(Map::new(), "id", text(id)), "to", typed(to)), "on", typed(on)))
    }
}

impl RuleBuilder {
    /// Only the first occurrence pays.
    pub fn first(self) -> Self {
        self.occurrence(Occurrence::First)
    }

    /// Which occurrence pays.
    pub fn occurrence(self, occurrence: Occurrence) -> Self {
        Self(with(self.0, "occurrence", typed(occurrence)))
    }

    /// What must hold, as a condition.
    pub fn when(self, when: impl Display) -> Self {
        Self(with(self.0, "when", text(when)))
    }

    /// How much.
    pub fn give(self, give: impl Into<GiveBuilder>) -> Self {
        Self(with(self.0, "give", Json::Object(give.into().0)))
    }

    /// One reward for so many qualified referrals; 2 to 100.
    pub fn every(self, every: u32) -> Self {
        Self(with(self.0, "every", json!(every)))
    }

    /// One more milestone: how much the `at`-th qualified referral brings.
    pub fn milestone(self, at: u32, give: impl Into<GiveBuilder>) -> Self {
        Self(with_entry(self.0, "milestones", json!({ "at": at, "give": give.into().0 })))
    }

    /// Whether a milestone is taken back when the number falls below it.
    pub fn clawback(self, clawback: Clawback) -> Self {
        Self(with(self.0, "clawback", typed(clawback)))
    }

    /// Why and how long it is held: `30 days`, or `approval`.
    pub fn hold(self, hold: impl Display) -> Self {
        Self(with(self.0, "hold", text(hold)))
    }

    /// How long after it is due it expires: `90 days`.
    pub fn expires(self, expires: impl Display) -> Self {
        Self(with(self.0, "expires", text(expires)))
    }

    /// How long after it was handed over it may be used: `365 days`.
    pub fn redeem_within(self, redeem_within: impl Display) -> Self {
        Self(with(self.0, "redeem_within", text(redeem_within)))
    }

    /// One more limit of this rule.
    pub fn limit(self, limit: LimitBuilder) -> Self {
        Self(with_entry(self.0, "limits", Json::Object(limit.0)))
    }
}

impl Give {
    /// A fixed amount: `10 EUR`.
    pub fn flat(amount: impl Display) -> GiveBuilder {
        GiveBuilder(with(Map::new(), "flat", text(amount)))
    }

    /// A part of the order's net amount: `10%`.
    pub fn percent(rate: impl Display) -> GiveBuilder {
        GiveBuilder(with(Map::new(), "percent", text(rate)))
    }

    /// So many of a unit: 100 `points`.
    pub fn units(units: u32, unit: impl Display) -> GiveBuilder {
        GiveBuilder(with(with(Map::new(), "units", json!(units)), "unit", text(unit)))
    }
}

impl GiveBuilder {
    /// What a percentage is taken of.
    pub fn of(self, of: PercentOf) -> Self {
        Self(with(self.0, "of", typed(of)))
    }

    /// The most that a percentage gives: `25 EUR`.
    pub fn at_most(self, most: impl Display) -> Self {
        Self(with(self.0, "at_most", text(most)))
    }
}

impl From<Give> for GiveBuilder {
    fn from(give: Give) -> Self {
        if let Json::Object(map) = typed(give) { Self(map) } else { Self(Map::new()) }
    }
}
