//! Referrals: shown, listed, marked and moderated.

use referrals::Referrals;
use referrals::command::{AnyCommand, AnyOutcome, Lose, Moderate, Qualify, Reassign, RemoveMark, Unqualify};
use referrals::record::{MarkKind, Moderation, Origin, Utm};
use referrals::report::{ListReferrals, PageOf, ReferralReport, Unexplained};
use referrals::value::CampaignSlug;
use serde_json::{Value, json};

use crate::arguments::{Hand, OfReferral, ReferralJob};
use crate::failure::Failure;
use crate::find::person;
use crate::hand;
use crate::rewards;
use crate::show::by_hand;
use crate::telling::{Telling, facts, table};

pub(crate) fn run(job: &ReferralJob, open: &dyn Fn() -> Result<Referrals, Failure>) -> Result<Telling, Failure> {
    match job {
        ReferralJob::Show(of) => show(&open()?, of),
        ReferralJob::List(asked) => list(&open()?, &asked.campaign, asked.moderation, asked.limit),
        ReferralJob::Review { campaign, limit } => list(&open()?, campaign, Some(Moderation::Flagged), *limit),
        ReferralJob::Moderate { of, finding, hand } => moderate(&open()?, of, *finding, hand),
        ReferralJob::Reassign { of, to, hand } => reassign(&open()?, of, to, hand),
        ReferralJob::Mark { of, says, hand } => mark(&open()?, of, *says, hand),
        ReferralJob::RemoveMark { of, hand } => mark(&open()?, of, MarkKind::None, hand),
    }
}

fn reassign(referrals: &Referrals, of: &OfReferral, to: &str, hand: &Hand) -> Result<Telling, Failure> {
    let (campaign, invitee) = (of.campaign.clone(), person(referrals, &of.invitee, &of.campaign)?);
    let to = person(referrals, to, &of.campaign)?;
    let (actor, reason) = (hand.by.clone(), hand.why.clone());
    let receipt = hand::run(referrals, Reassign { campaign, invitee, to, actor, reason }, hand.at)?;
    hand::answered(&receipt, |outcome| match outcome {
        AnyOutcome::Reassigned(done) => (format!("the referral is given to participant {}", done.to), Value::Null),
        other => hand::other(other),
    })
}

fn moderate(referrals: &Referrals, of: &OfReferral, moderation: Moderation, hand: &Hand) -> Result<Telling, Failure> {
    let (campaign, invitee) = (of.campaign.clone(), person(referrals, &of.invitee, &of.campaign)?);
    let (actor, note) = (hand.by.clone(), hand.why.clone());
    let receipt = hand::run(referrals, Moderate { campaign, invitee, moderation, actor, note }, hand.at)?;
    hand::answered(&receipt, |outcome| match outcome {
        AnyOutcome::Moderated(done) => (format!("the referral is {} by moderation", done.moderation), Value::Null),
        other => hand::other(other),
    })
}

fn mark(referrals: &Referrals, of: &OfReferral, says: MarkKind, hand: &Hand) -> Result<Telling, Failure> {
    let (campaign, invitee) = (of.campaign.clone(), person(referrals, &of.invitee, &of.campaign)?);
    let (actor, reason) = (hand.by.clone(), hand.why.clone());
    let command: AnyCommand = match says {
        MarkKind::Qualified => Qualify { campaign, invitee, actor, reason }.into(),
        MarkKind::NotQualified => Unqualify { campaign, invitee, actor, reason }.into(),
        MarkKind::Lost => Lose { campaign, invitee, actor, reason }.into(),
        MarkKind::None => RemoveMark { campaign, invitee, actor, reason }.into(),
    };
    let receipt = hand::run(referrals, command, hand.at)?;
    hand::answered(&receipt, |outcome| match outcome {
        AnyOutcome::ReferralMoved(done) => (format!("the referral is {}", done.progress), Value::Null),
        other => hand::other(other),
    })
}

fn show(referrals: &Referrals, of: &OfReferral) -> Result<Telling, Failure> {
    let invitee = person(referrals, &of.invitee, &of.campaign)?;
    let shown = referrals.referral(&of.campaign, &invitee)?;
    let explained = referrals.explain(Unexplained::Referral { campaign: of.campaign.clone(), invitee, lead: None })?;
    let time = |time: Option<referrals::value::Timestamp>| time.map(|time| time.to_string());
    let by = shown.qualified_by.as_ref().map(|order| format!("order {}/{}", order.source, order.event));
    let mut text = format!("{}\n", explained.summary);
    text.push_str(&facts([
        ("invitee", Some(shown.invitee.to_string())),
        ("referrer", Some(shown.referrer.to_string())),
        ("version", Some(shown.version.to_string())),
        ("channel", shown.channel.as_ref().map(ToString::to_string)),
        ("link", shown.link.map(|link| link.to_string())),
        ("device", device(&shown.origin)),
        ("from the page", shown.origin.referring_host.as_ref().map(ToString::to_string)),
        ("city", shown.origin.city.as_ref().map(ToString::to_string)),
        ("utm", utm(&shown.origin.utm)),
        ("lead since", Some(shown.lead_at.to_string())),
        ("may qualify until", time(shown.expires_at)),
        ("qualified since", time(shown.qualified_at)),
        ("qualified by", by),
    ]));
    if !shown.conversions.is_empty() {
        let rows = shown.conversions.iter().map(|one| {
            let money =
                |money: Option<referrals::value::Money>| money.map(|money| money.to_string()).unwrap_or_default();
            let void = if one.is_void { "void" } else { "" };
            let order = format!("{}/{}", one.conversion.source, one.conversion.event);
            [
                order,
                one.kind.to_string(),
                money(one.total),
                money(one.refunded),
                void.to_owned(),
                one.occurred_at.to_string(),
            ]
        });
        text.push('\n');
        text.push_str(&table(["order", "kind", "total", "refunded", "", "at"], rows));
    }
    if !shown.rewards.is_empty() {
        text.push('\n');
        text.push_str(&rewards::listed(&shown.rewards));
    }
    if !explained.hands.is_empty() {
        text.push('\n');
        explained.hands.iter().for_each(|hand| text.push_str(&by_hand(hand)));
    }
    let keys = shown.rewards.iter().map(rewards::with_key).collect::<Result<Vec<_>, _>>()?;
    Telling::new(text, json!({ "referral": shown, "rewards": keys, "hands": explained.hands }))
}

/// Device, browser and system, as far as they are known.
fn device(origin: &Origin) -> Option<String> {
    let parts = [
        origin.device.map(|device| device.to_string()),
        origin.browser.map(|browser| browser.to_string()),
        origin.system.map(|system| system.to_string()),
    ];
    let known: Vec<String> = parts.into_iter().flatten().collect();
    Some(known.join(", ")).filter(|known| !known.is_empty())
}

/// The UTM values, each with its name.
fn utm(utm: &Utm) -> Option<String> {
    let values = [
        ("source", &utm.source),
        ("medium", &utm.medium),
        ("campaign", &utm.campaign),
        ("term", &utm.term),
        ("content", &utm.content),
    ];
    let known = values.iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?)));
    let known: Vec<String> = known.collect();
    Some(known.join(", ")).filter(|known| !known.is_empty())
}

fn list(
    referrals: &Referrals,
    campaign: &CampaignSlug,
    moderation: Option<Moderation>,
    most: usize,
) -> Result<Telling, Failure> {
    let mut found: Vec<ReferralReport> = Vec::new();
    let mut page = PageOf { after: None, limit: 1_000 };
    while found.len() < most {
        let asked = ListReferrals { campaign: campaign.clone(), moderation, page: page.clone() };
        let answer = referrals.ask(asked)?;
        found.extend(answer.referrals);
        match answer.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    found.truncate(most);
    let rows = found.iter().map(|one| {
        let said = one.moderating.as_ref();
        let text = |text: Option<&String>| text.cloned().unwrap_or_default();
        let by = text(said.and_then(|said| said.actor.as_ref()));
        let why = text(said.and_then(|said| said.reason.as_ref()));
        let states = [one.progress.to_string(), one.moderation.to_string(), one.lead_at.to_string()];
        let [progress, moderation, lead_at] = states;
        [one.invitee.to_string(), progress, moderation, lead_at, by, why, one.rewards_count.to_string()]
    });
    let head = ["invitee", "progress", "moderation", "lead since", "by", "why", "rewards"];
    Telling::new(table(head, rows), &found)
}
