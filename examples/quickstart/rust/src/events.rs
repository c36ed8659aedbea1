//! The rows of the CSV, and what each of them is as commands.

use std::error::Error;

use referrals::command::{
    AnyCommand, EvidenceGiven, HostFacts, Person, RecordClick, RecordConversion, RecordLead, RecordRefund, RecordShare,
    RefundAmount, Request, Who,
};
use referrals::record::{ConversionKind, Data};
use referrals::value::{CampaignSlug, CommandKey, Entropy, HostId, Money, SourceName, Timestamp};
use serde::Deserialize;

/// One row: what happened, when, to whom.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Row {
    /// When.
    pub(crate) at: Timestamp,
    /// What: enrol, share, click, lead, buy, refund, issue.
    pub(crate) event: String,
    /// Who did it, by the shop's own id.
    pub(crate) person: String,
    /// Whose link or code it was.
    pub(crate) by: String,
    /// Where the link was shared; of a lead, what it came by.
    pub(crate) channel: String,
    /// The order; of a refund, the order that is refunded.
    pub(crate) order: String,
    /// How much; `all` of a refund.
    pub(crate) amount: String,
}

/// The rows of a CSV.
pub(crate) fn read(text: &str) -> Result<Vec<Row>, csv::Error> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().collect()
}

impl Row {
    /// A command of this row. Its key is made of the row alone, so a second run sends the same key and finds the first
    /// answer.
    pub(crate) fn request(&self, number: usize, command: impl Into<AnyCommand>) -> Request {
        let name = format!("{}/{}/{}/{}/{}", self.at, self.event, self.person, self.by, self.order);
        let mut entropy = Entropy::new([0; 32]).part(&name, number as u64);
        Request { key: CommandKey::mint(self.at, &mut entropy), command: command.into(), facts: HostFacts::default() }
    }

    /// The person of this row.
    pub(crate) fn given(&self) -> Result<Person, Box<dyn Error>> {
        Ok(Person { host_id: Some(self.person.parse()?), ..Person::default() })
    }

    pub(crate) fn share(&self, campaign: &CampaignSlug) -> Result<RecordShare, Box<dyn Error>> {
        let (participant, channel) = (who(&self.person)?, self.channel.parse()?);
        Ok(RecordShare { campaign: campaign.clone(), participant, channel })
    }

    pub(crate) fn click(&self, link: String) -> RecordClick {
        RecordClick {
            visitor: Some(format!("cookie-of-{}", self.person)),
            method: Some("GET".to_owned()),
            user_agent: Some("Mozilla/5.0 Firefox/140.0".to_owned()),
            ..RecordClick::new(link)
        }
    }

    /// A sign-up: by a code that was typed in, or by the click that came before.
    pub(crate) fn lead(&self, campaign: &CampaignSlug, code: &str) -> Result<RecordLead, Box<dyn Error>> {
        let evidence = match self.channel.as_str() {
            "by-code" => EvidenceGiven { code: Some(code.to_owned()), ..EvidenceGiven::default() },
            _ => EvidenceGiven { visitor: Some(format!("cookie-of-{}", self.person)), ..EvidenceGiven::default() },
        };
        Ok(RecordLead { campaign: campaign.clone(), person: self.given()?, evidence })
    }

    pub(crate) fn purchase(&self, source: &SourceName) -> Result<RecordConversion, Box<dyn Error>> {
        Ok(RecordConversion {
            source: source.clone(),
            event: self.order.parse()?,
            kind: ConversionKind::Purchase,
            person: self.given()?,
            campaign: None,
            total: Some(self.amount.parse()?),
            no_amount: false,
            tax: None,
            shipping: None,
            country: None,
            coupon: None,
            data: Data::default(),
            evidence: EvidenceGiven::default(),
            occurred_at: Some(self.at),
            references: Vec::new(),
        })
    }

    /// A refund of an order that cost `total`: of a part, or of all of it.
    pub(crate) fn refund(&self, source: &SourceName, total: Money) -> Result<RecordRefund, Box<dyn Error>> {
        let amount = match self.amount.as_str() {
            "all" => RefundAmount::Cumulative(total),
            amount => RefundAmount::Amount(amount.parse()?),
        };
        let refund = format!("refund of {}", self.order).parse()?;
        Ok(RecordRefund {
            source: source.clone(),
            event: self.order.parse()?,
            refund,
            amount,
            actor: None,
            reason: None,
        })
    }
}

/// A person by the shop's own id.
pub(crate) fn who(host_id: &str) -> Result<Who, Box<dyn Error>> {
    Ok(Who::Host(HostId::new(host_id)?))
}
