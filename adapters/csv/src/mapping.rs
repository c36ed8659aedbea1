//! What a file holds and which of its columns mean what: stated by the campaign, or by the caller in code, TOML or JSON.

use std::collections::BTreeMap;

use referral_core::quote::{quoted, retold};
use referrals::campaign::{Amounts, CampaignModel, Content, Dates, Decimals};
use referrals::record::ConversionKind;
use referrals::value::{CampaignSlug, Currency, SourceName, Zone};
use serde::{Deserialize, Serialize};

use crate::limits::Limits;
use crate::problem::Problem;

/// What stands between two fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Separator {
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// A tab.
    Tab,
}

impl Separator {
    pub(crate) const ALL: [Self; 3] = [Self::Comma, Self::Semicolon, Self::Tab];

    pub(crate) fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }
}

/// How a file is to be read.
///
/// | content | fields |
/// |---|---|
/// | `referrers` | `host_id`, `ids.SYSTEM` or `email`; `name`, `language`, `country`, `at` |
/// | `invitees` | the same, and what names the referrer: `referrer_host_id`, `referrer_email`, `referrer`, `code`, `link`, `visitor`, with `evidence_at`; `existing_customer` |
/// | `conversions` | `host_id`, `ids.SYSTEM` or `email`; `kind`, `total` or `no_amount`, `tax`, `shipping`, `currency`, `country`, `coupon`, `campaign`, `source`, `at`, `references`, `references.SOURCE`, and what names the referrer |
/// | `qualifications` | `host_id`, `ids.SYSTEM`, `email` or `code` of the invitee; `actor`, `reason`, `at` |
/// | `rewards` | `reward`, or `rule`, one of `participant`, `host_id`, `ids.SYSTEM`, `email`, and `event` or `cause`; `source`, `reference`, `actor`, `reason`, `at` |
/// | `refunds` | `event`, and `amount`, `cumulative` or `cancelled`; `currency`, `source`, `at`; beside `cancelled` `actor` and `reason` |
/// | `voids` | `event`; `void` (by default `yes`), `source`, `actor`, `reason`, `at` |
/// | `corrections` | `event`, `total`, `at`; `tax`, `shipping`, `currency`, `source`, `actor`, `reason` |
/// | `marks` | `mark` (`qualified`, `not_qualified`, `lost`, `none`), and `host_id`, `ids.SYSTEM`, `email` or `code` of the invitee; `actor`, `reason`, `at` |
/// | `moderation` | `moderation` (`clear`, `flagged`, `denied`), `at`, and `host_id`, `ids.SYSTEM`, `email` or `code` of the invitee; `actor`, `reason` |
///
/// All have `id`, the row's own id: for conversions the order, for refunds the refund, for corrections the correction. `event` is the
/// order that a refund, a void or a reward is about, with `source` where it is another than the file's. Those that bring people or conversions also have
/// `data.NAME` for anything that conditions ask about. `ids.SYSTEM`, such as `ids.stripe`, is an id of the person in another
/// system. `references` is a further id of the order under its own source, `references.SOURCE` one of another source. `at` says when
/// it happened, if the file comes later; the engine judges windows by `at`. A purchase, a renewal and a subscription need a `total`, or `yes` in `no_amount`; [`Mapping::amounts`] says
/// of a whole file that it has none. A `country` is of the person, in conversions of the order. `reward` is a reward's key as text, such as
/// `reward/1/thanks/0190…/event/shop/order-1`; `rule`, `participant` and `cause` are its columns in an export. A reward of `every`
/// or of a milestone rests on no single order: its `cause` is `group/1` or `level/5`.
///
/// A void and a mark without `at` are said once: what a hand said of it later stays, whenever the file comes again. A row that
/// is to follow something that was said before states `at`. Findings of moderation, corrections and restored orders (`no` in
/// `void`) always do.
///
/// ```
/// use referral_csv::{Content, Mapping};
/// let mapping = Mapping::from_toml(r#"
///     content = "conversions"
///     source = "shop"
///     currency = "EUR"
///     decimals = "comma"
///     columns = { id = "Bestellung", email = "E-Mail", total = "Summe" }
/// "#)?;
/// assert_eq!(mapping.content, Content::Conversions);
/// # Ok::<(), referral_csv::Problem>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// What the rows are.
    pub content: Content,
    /// The campaign; conversions count in every campaign if none is named, refunds, voids and corrections in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<CampaignSlug>,
    /// Where the rows come from; of conversions, refunds, voids and corrections it is the source. By default `upload`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceName>,
    /// Which column a field is read from: field → name of the column. If none is stated, every column that has the name
    /// of a field is read as that field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, String>,
    /// What stands between two fields; by default it is told from the first row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub separator: Option<Separator>,
    /// How decimals are written; by default only what can be read in one way is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimals: Option<Decimals>,
    /// How dates are written; by default only what can be read in one way is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dates: Option<Dates>,
    /// The zone of days and times that do not name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// The currency of amounts that do not name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Whether the rows have amounts; by default each states its own, or that it has none.
    #[serde(default, skip_serializing_if = "is_stated")]
    pub amounts: Amounts,
    /// Who did what the rows say, where a row names nobody, in the host's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Why, where a row gives no reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The kind of conversions that do not name one; by default purchases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ConversionKind>,
    /// How much is read.
    #[serde(default)]
    pub limits: Limits,
}

impl Mapping {
    /// A mapping that reads every column by its name.
    #[must_use]
    pub fn new(content: Content) -> Self {
        Self {
            content,
            campaign: None,
            source: None,
            columns: BTreeMap::new(),
            separator: None,
            decimals: None,
            dates: None,
            zone: None,
            currency: None,
            amounts: Amounts::Stated,
            actor: None,
            reason: None,
            kind: None,
            limits: Limits::default(),
        }
    }

    /// The mapping that a campaign states for this content; one that reads every column by its name, if it states none.
    ///
    /// Conversions, refunds, voids and corrections are of no campaign: they count in every one.
    ///
    /// ```
    /// use referral_csv::{Content, Mapping};
    /// use referrals::CampaignModel;
    /// let campaign = CampaignModel::from_toml(r#"
    ///     name = "friends"
    ///     link_host = "go.shop.example"
    ///     uploads = [{ content = "referrers", columns = [{ field = "email", header = "E-Mail" }] }]
    /// "#)?;
    /// let mapping = Mapping::of_campaign(&campaign, Content::Referrers);
    /// assert_eq!(mapping.columns["email"], "E-Mail");
    /// # Ok::<(), referrals::Error>(())
    /// ```
    #[must_use]
    pub fn of_campaign(campaign: &CampaignModel, content: Content) -> Self {
        let mut mapping = Self::new(content);
        if content.is_of_campaign() {
            mapping.campaign = Some(campaign.name.clone());
        }
        let Some(stated) = campaign.uploads.iter().find(|upload| upload.content == content) else { return mapping };
        let columns = stated.columns.iter().map(|column| (column.field.clone(), column.header.clone()));
        Self {
            source: stated.source.clone(),
            currency: stated.currency,
            amounts: stated.amounts,
            decimals: stated.decimals,
            dates: stated.dates,
            zone: stated.zone,
            columns: columns.collect(),
            ..mapping
        }
    }

    /// The same in a campaign.
    #[must_use]
    pub fn in_campaign(mut self, campaign: CampaignSlug) -> Self {
        self.campaign = Some(campaign);
        self
    }

    /// The same with a field read from a column of that name.
    #[must_use]
    pub fn column(mut self, field: impl Into<String>, header: impl Into<String>) -> Self {
        self.columns.insert(field.into(), header.into());
        self
    }

    /// Reads a mapping from TOML.
    ///
    /// # Errors
    /// [`Problem::Mapping`], with what does not fit.
    pub fn from_toml(text: &str) -> Result<Self, Problem> {
        let mapping: Self = toml::from_str(text).map_err(|error| wrong(&retold(error.message())))?;
        mapping.check().map(|()| mapping)
    }

    /// Reads a mapping from JSON.
    ///
    /// # Errors
    /// [`Problem::Mapping`], with what does not fit.
    pub fn from_json(text: &str) -> Result<Self, Problem> {
        let mapping: Self = serde_json::from_str(text).map_err(|error| wrong(&retold(&error.to_string())))?;
        mapping.check().map(|()| mapping)
    }

    /// Whether the mapping makes sense.
    ///
    /// # Errors
    /// [`Problem::Mapping`], with what does not fit.
    pub fn check(&self) -> Result<(), Problem> {
        if let Some(field) = self.columns.keys().find(|field| !self.content.has_field(field)) {
            return Err(wrong(&format!("{} is no field of {}", quoted(field), self.content.as_str())));
        }
        if self.amounts == Amounts::None {
            let fields = self.columns.keys().map(String::as_str);
            let checked = self.content.check_no_amounts(fields);
            checked.map_err(|problem| wrong(&format!("`amounts`: {problem}")))?;
        }
        if self.content.is_of_campaign() && self.campaign.is_none() {
            return Err(wrong("`campaign` is needed"));
        }
        Ok(())
    }

    /// Which field of this content a column is read as, if any: by the mapping, or by its name.
    pub(crate) fn fields_of(&self, header: &str) -> Vec<String> {
        let header = folded(header);
        if self.columns.is_empty() {
            let known = self.content.has_field(&header);
            return known.then_some(header).into_iter().collect();
        }
        let named = self.columns.iter().filter(|(_, name)| folded(name) == header);
        named.map(|(field, _)| field.clone()).collect()
    }

    /// The source of rows that do not name one.
    pub(crate) fn source_name(&self) -> Result<SourceName, Problem> {
        match &self.source {
            Some(source) => Ok(source.clone()),
            None => SourceName::new("upload").map_err(Problem::Engine),
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn is_stated(amounts: &Amounts) -> bool {
    *amounts == Amounts::Stated
}

/// The fields of which a file must have one. A name that ends with a dot takes any further name.
pub(crate) fn needs_one_of(content: Content) -> &'static [&'static str] {
    match content {
        Content::Referrers | Content::Invitees | Content::Conversions => &["host_id", "ids.", "email"],
        Content::Qualifications | Content::Marks | Content::Moderation => &["host_id", "ids.", "email", "code"],
        Content::Rewards => &["reward", "rule"],
        Content::Refunds | Content::Voids | Content::Corrections => &["event"],
    }
}

/// A column's name as it is compared: without spaces around it, and in small letters.
pub(crate) fn folded(header: &str) -> String {
    header.trim().to_lowercase()
}

fn wrong(problem: &str) -> Problem {
    Problem::Mapping { problem: problem.to_owned() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_that_names_what_is_not_there_or_lacks_its_campaign_is_refused() {
        for (toml, part) in [
            ("content = 'referrers'", "`campaign` is needed"),
            ("content = 'people'", "unknown variant"),
            ("content = 'referrers'\ncampaign = 'a b'", "may hold only"),
            ("content = 'referrers'\ncampaign = 'a'\ncolumns = { total = 'x' }", "`total` is no field of referrers"),
            ("content = 'rewards'\ncampaign = 'a'\ncolumns = { 'data.x' = 'x' }", "is no field of rewards"),
            ("content = 'conversions'\ncolumns = { 'data.' = 'x' }", "is no field"),
            ("content = 'conversions'\ncurrency = 'EURO'", "EURO"),
            ("content = 'conversions'\namounts = 'none'\ncolumns = { total = 'x' }", "`total` is read from a column"),
            ("content = 'conversions'\namounts = 'none'\ncolumns = { no_amount = 'x' }", "`no_amount` is read from"),
            ("content = 'invitees'\ncampaign = 'a'\namounts = 'none'", "not of invitees"),
            ("content = 'conversions'\nlimits = { lines = 5 }", "unknown field"),
        ] {
            let problem = Mapping::from_toml(toml).unwrap_err().to_string();
            assert!(problem.contains(part), "{toml}: {problem}");
        }
    }

    #[test]
    fn a_mapping_is_the_same_from_toml_and_from_json() {
        let toml = "content = 'conversions'\namounts = 'none'\nsource = 'shop'\ndecimals = 'comma'\ndates = 'day_month_year'\n\
                    zone = 'Europe/Paris'\nseparator = 'semicolon'\ncolumns = { id = 'Nr', 'data.plan' = 'Tarif' }";
        let mapping = Mapping::from_toml(toml).unwrap();
        assert_eq!(Mapping::from_json(&serde_json::to_string(&mapping).unwrap()), Ok(mapping.clone()));
        assert_eq!(mapping.fields_of(" TARIF "), ["data.plan"]);
        assert!(mapping.fields_of("email").is_empty());
    }
}
