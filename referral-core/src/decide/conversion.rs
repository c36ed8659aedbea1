//! Records conversions: in which campaigns they count, what they qualify, what they earn, or for whom they wait.

use super::counted::{campaign_of, count_everywhere, give_evidence};
use super::evidence;
use super::foresee;
use super::foresee_rewards::{self, Converts, referral};
use super::halt::Decide;
use super::handled::{Decided, document};
use super::leads;
use super::orders;
use super::people::{self, check_data};
use super::reference::{self, Known};
use super::told_again;
use super::view::View;
use crate::campaign::Trigger;
use crate::command::{ConversionRecorded, Finding, Outcome, Reason, RecordConversion};
use crate::error::{Error, Result};
use crate::record::{Cause, Conversion, ConversionKey, ConversionState, Document, RecordKind};
use crate::value::Money;

const MOST_REFERENCES: usize = 8;
/// Before it is known where a person was referred, the referral is looked for in at most this many campaigns.
const FEW_CAMPAIGNS: usize = 4;

/// Records a conversion.
pub(super) fn record(view: &mut View<'_>, command: &RecordConversion, content: [u8; 32]) -> Decide<Decided> {
    let money = Amounts::check(command)?;
    let key = ConversionKey { source: command.source.clone(), event: command.event.clone() };
    let (main, told_before) = match reference::known_as(view, command, &key, content)? {
        Known::Before(known) => {
            let answer = known.answer.clone();
            let main = known.key();
            if !reference::is_told_again(view, &main, &key, content)? {
                let known = view.expect::<Conversion>(main)?;
                told_again::add(view, command, known)?;
            }
            return Ok(Decided::Repeated(answer));
        }
        Known::NotYet { main, told_before } => (main, told_before),
    };
    let mut person = people::register(view, &command.person)?;
    let only_in = campaign_of(view, command)?;
    let own_content = (main == key).then_some(content);
    let mut conversion = money.conversion(view, command, main.clone(), own_content);
    conversion.participant = Some(person.participant);
    conversion.only_in = only_in;
    told_before.hand_over(view, &mut conversion);
    if main != key {
        reference::is_told_again(view, &main, &key, content)?;
    }
    orders::name(view, &mut person, &conversion);
    // A lead that begins at the same time puts the same record.
    view.put(person.clone());
    view.put(conversion.clone());
    if let Some(campaign) = only_in {
        give_evidence(view, command, campaign, &main, person)?;
    }
    let has_referral = count_everywhere(view, &main, &command.person)?;
    let conversion = view.expect::<Conversion>(main)?;
    finish(view, conversion, has_referral).map(Decided::New)
}

fn finish(view: &mut View<'_>, mut conversion: Conversion, has_referral: bool) -> Decide<crate::command::AnyOutcome> {
    let waiting = !has_referral;
    if waiting {
        view.find(Finding::new(Reason::WaitsForLead));
    }
    let outcome = ConversionRecorded {
        conversion: conversion.key(),
        participant: conversion.participant.ok_or_else(|| Error::command("person", "is missing"))?,
        counted_in: conversion.counted_in.clone(),
        waiting,
    };
    conversion.answer = document(&Outcome::Accepted(outcome.clone().into()), view.decision());
    view.put(conversion);
    Ok(outcome.into())
}

/// The amounts of a command, checked against one another.
struct Amounts {
    total: Option<Money>,
    tax: i64,
    shipping: i64,
}

impl Amounts {
    fn check(command: &RecordConversion) -> Result<Self> {
        if command.references.len() > MOST_REFERENCES {
            return Err(Error::command("references", "are at most 8"));
        }
        if !command.evidence.is_empty() && command.campaign.is_none() {
            return Err(Error::command("evidence", "needs the campaign that it is for"));
        }
        if command.coupon.as_ref().is_some_and(|coupon| coupon.len() > 255 || coupon.contains(char::is_control)) {
            return Err(Error::command("coupon", "has at most 255 bytes, none of them a control character"));
        }
        check_data("data", &command.data)?;
        command.check_amount()?;
        let part = |field, money: Option<Money>| match (money, command.total) {
            (None, _) => Ok(0),
            (Some(money), Some(total)) if money.currency == total.currency && money.minor >= 0 => Ok(money.minor),
            _ => Err(Error::command(field, "needs a total in the same currency and is not negative")),
        };
        let (tax, shipping) = (part("tax", command.tax)?, part("shipping", command.shipping)?);
        let total = command.total.map_or(0, |total| total.minor);
        if total < 0 || tax.checked_add(shipping).is_none_or(|both| both > total) {
            return Err(Error::command("total", "is not negative, and not less than tax and shipping together"));
        }
        Ok(Self { total: command.total, tax, shipping })
    }

    fn conversion(
        &self,
        view: &View<'_>,
        command: &RecordConversion,
        main: ConversionKey,
        content: Option<[u8; 32]>,
    ) -> Conversion {
        Conversion {
            source: main.source,
            event: main.event,
            state: ConversionState::Recorded,
            participant: None,
            converted: command.kind,
            only_in: None,
            currency: self.total.map(|total| total.currency),
            total_minor: self.total.map_or(0, |total| total.minor),
            tax_minor: self.tax,
            shipping_minor: self.shipping,
            country: command.country,
            coupon: command.coupon.clone(),
            data: command.data.clone(),
            // Claimed by the source: never later than it was received.
            occurred_at: command.occurred_at.unwrap_or(view.now()).min(view.received_at()),
            received_at: view.received_at(),
            refunds: Vec::new(),
            correction: None,
            voiding: None,
            counted_in: Vec::new(),
            sealed_in: Vec::new(),
            content,
            answer: Document::default(),
        }
    }
}

/// Foresees what a conversion reads.
pub(super) fn foresee(view: &mut View<'_>, command: &RecordConversion) {
    foresee::event(view, &command.source, &command.event);
    for reference in &command.references {
        foresee::event(view, &reference.source, &reference.id);
    }
    let participant = foresee::person(view, &command.person);
    let only_in = command.campaign.as_ref().and_then(|slug| foresee::campaign(view, slug));
    let referrers = only_in.map(|campaign| evidence::foresee(view, campaign, &command.evidence)).unwrap_or_default();
    let Some(invitee) = participant else { return };
    if let Some(campaign) = only_in {
        for referrer in referrers {
            foresee_rewards::new_referral(view, campaign, referrer, invitee);
        }
    }
    let campaigns = only_in.map_or_else(|| view.campaigns().few(view.tenant(), FEW_CAMPAIGNS), |only| vec![only]);
    let cause = Cause::Event(command.source.clone(), command.event.clone());
    for campaign in campaigns {
        let (on, currency) = (Trigger::of(command.kind), command.total.map(|total| total.currency));
        referral(view, leads::first_key(campaign, invitee), Some(Converts { on, cause: &cause, currency }));
    }
}
