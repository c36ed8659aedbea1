//! The summary as tables for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use referrals::report::{RewardPage, RewardReport};
use referrals::value::ParticipantId;

use crate::demo::Summary;

/// The summary as text.
pub(crate) fn tables(summary: &Summary) -> String {
    let mut text = String::new();
    let name = |id: &ParticipantId| summary.names.get(id).cloned().unwrap_or_else(|| id.to_string());
    section(&mut text, "Links and codes");
    table(&mut text, &["referrer", "code", "channel", "link"], &links(summary, &name));
    section(&mut text, "Who referred whom");
    let referrals = summary.referrals.referrals.iter().map(|referral| {
        let (referrer, invitee) = (name(&referral.referrer), name(&referral.invitee));
        vec![referrer, invitee, referral.evidence.to_string(), referral.progress.to_string()]
    });
    table(&mut text, &["referrer", "invitee", "by", "progress"], &referrals.collect::<Vec<_>>());
    section(&mut text, "Declined");
    let declined = summary.declined.iter().map(|(at, what, why)| vec![at.to_string(), what.clone(), why.clone()]);
    table(&mut text, &["at", "what", "why"], &declined.collect::<Vec<_>>());
    section(&mut text, "Funnel");
    table(&mut text, &["stage", "count"], &funnel(summary));
    section(&mut text, "Clicks and leads by channel");
    let channels = summary.funnel.breakdowns.iter().map(|breakdown| {
        let stage = &breakdown.stage;
        vec![breakdown.member.clone(), stage.clicks.to_string(), stage.leads.to_string(), stage.qualified.to_string()]
    });
    table(&mut text, &["channel", "clicks", "leads", "qualified"], &channels.collect::<Vec<_>>());
    section(&mut text, "Rewards due");
    rewards(&mut text, &summary.due, &name);
    section(&mut text, "Rewards held");
    rewards(&mut text, &summary.held, &name);
    section(&mut text, "Leaderboard");
    let places = summary.leaderboard.places.iter();
    let places = places.map(|place| vec![place.rank.to_string(), name(&place.participant), place.value.to_string()]);
    table(&mut text, &["rank", "referrer", "qualified"], &places.collect::<Vec<_>>());
    section(&mut text, "Explained: a purchase, a part of which was refunded");
    explained(&mut text, summary, &name);
    closing(&mut text, summary);
    text
}

fn section(text: &mut String, title: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}{title}\n{}", if text.is_empty() { "" } else { "\n" }, "-".repeat(title.len()));
}

fn table(text: &mut String, head: &[&str], rows: &[Vec<String>]) {
    if rows.is_empty() {
        text.push_str("none\n");
        return;
    }
    let head = head.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    let all: Vec<&Vec<String>> = [&head].into_iter().chain(rows).collect();
    let widths: Vec<usize> = (0..head.len())
        .map(|column| all.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0))
        .collect();
    for row in all {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

fn links(summary: &Summary, name: &dyn Fn(&ParticipantId) -> String) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for referrer in &summary.referrers {
        let Some(enrolment) = &referrer.enrolment else { continue };
        for link in &enrolment.links {
            let channel = link.channel.as_ref().map_or("any".to_owned(), ToString::to_string);
            rows.push(vec![name(&referrer.participant), enrolment.code.clone(), channel, link.link.clone()]);
        }
    }
    rows.sort();
    rows
}

fn money(minor: &BTreeMap<String, i64>) -> String {
    let amounts = minor.iter().map(|(unit, minor)| format!("{}.{:02} {unit}", minor / 100, minor % 100));
    amounts.collect::<Vec<_>>().join(", ")
}

fn funnel(summary: &Summary) -> Vec<Vec<String>> {
    let total = &summary.funnel.total;
    let rate = summary.funnel.rates.conversion.as_ref();
    let rows = [
        ("enrolled", total.enrolled.to_string()),
        ("referrers who shared", total.referrers.to_string()),
        ("shares", total.shares.to_string()),
        ("counted clicks", total.clicks.to_string()),
        ("clicks that do not count", total.uncounted_clicks.to_string()),
        ("unique visitors", summary.funnel.visitors_ever.to_string()),
        ("leads", total.leads.to_string()),
        ("qualified", total.qualified.to_string()),
        (
            "qualified of these leads",
            rate.map_or("none".to_owned(), |rate| format!("{} of {}", rate.numerator, rate.denominator)),
        ),
        ("purchases", total.conversions.to_string()),
        ("net revenue", money(&total.revenue)),
        ("rewards that stand", total.rewards.to_string()),
    ];
    rows.into_iter().map(|(stage, count)| vec![stage.to_owned(), count]).collect()
}

fn why(reward: &RewardReport) -> String {
    let until = reward.held_until.map(|until| format!(" until {until}")).unwrap_or_default();
    match reward.hold {
        Some(hold) => format!("{hold}{until}"),
        None => reward.expires_at.map(|at| format!("expires {at}")).unwrap_or_default(),
    }
}

fn rewards(text: &mut String, page: &RewardPage, name: &dyn Fn(&ParticipantId) -> String) {
    let mut rows: Vec<Vec<String>> = page
        .rewards
        .iter()
        .map(|reward| {
            let key = &reward.reward;
            vec![name(&key.participant), reward.outstanding.to_string(), key.rule.to_string(), why(reward)]
        })
        .collect();
    rows.sort();
    table(text, &["who", "amount", "rule", "why"], &rows);
}

fn explained(text: &mut String, summary: &Summary, name: &dyn Fn(&ParticipantId) -> String) {
    let _ = writeln!(text, "{}", summary.explained.summary);
    for decision in &summary.explained.decisions {
        let _ = writeln!(text, "{}", decision.at);
        for finding in &decision.findings {
            let _ = writeln!(text, "  {}: {}", finding.finding.reason, finding.text);
        }
    }
    for entry in &summary.explained.entries {
        let who = name(&entry.reward.participant);
        let _ = writeln!(
            text,
            "{}  {}  {} {} -> {}  {}",
            entry.at, entry.amount, entry.did, entry.debit, entry.credit, who
        );
    }
}

fn closing(text: &mut String, summary: &Summary) {
    let audit = if summary.audit_is_clean { "clean" } else { "NOT CLEAN" };
    let changed = match summary.changed {
        0 => format!("nothing changed: all {} rows were known already", summary.rows),
        changed => format!("{} rows told, {changed} changes", summary.rows),
    };
    let _ = writeln!(text, "\naudit: {audit}\n{changed}");
}
