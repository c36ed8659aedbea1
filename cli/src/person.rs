//! One person in a campaign: shown, enrolled, given links and codes, suspended, and told no mails.

use std::collections::BTreeMap;

use referrals::Referrals;
use referrals::command::{
    AnyOutcome, CreateCode, CreateLink, Enrol, Person, Recipient, Resubscribe, SetParticipantState, SetProfile,
    Unsubscribe, Who,
};
use referrals::record::{Choice, Merge, ParticipantState, Private, Said};
use referrals::report::{CodeReport, EnrolmentReport, ParticipantReport, PersonBalances, RewardReport};
use referrals::value::{Language, ParticipantId, Timestamp};
use serde_json::{Value, json};

use crate::arguments::{Hand, MailKinds, NewCode, NewLink, NewPerson, OfPerson, Profile};
use crate::failure::Failure;
use crate::find::person;
use crate::hand;
use crate::metrics::amount;
use crate::people::who;
use crate::rewards::listed;
use crate::telling::{Telling, facts, table};

/// Shows what a person has in a campaign, under all ids of that person.
pub(crate) fn show(referrals: &Referrals, of: &OfPerson) -> Result<Telling, Failure> {
    let mut shown = referrals.participant(&of.campaign, &person(referrals, &of.person, &of.campaign)?)?;
    let under_id = |id: &ParticipantId| referrals.participant(&of.campaign, &Who::Id(*id));
    let others = shown.merged.iter().map(under_id).collect::<Result<Vec<_>, _>>()?;
    if !others.is_empty() {
        shown = under_id(&shown.participant)?;
    }
    let mut document = serde_json::to_value(&shown).map_err(|error| Failure::new("output", error.to_string()))?;
    if let Some(balances) = document.get_mut("balances") {
        *balances = shown.balances.iter().map(|(unit, balances)| (unit.clone(), money(unit, balances))).collect();
    }
    if let Some(fields) = document.as_object_mut().filter(|_| !others.is_empty()) {
        fields.insert("under_other_ids".to_owned(), others.iter().map(under).collect());
    }
    Telling::new(told(&shown, &others), document)
}

/// What a person has under another id. Balances are those of the person, so they stand beside them once.
fn under(other: &ParticipantReport) -> Value {
    let ParticipantReport { participant, enrolment, referrals, rewards, .. } = other;
    json!({ "participant": participant, "enrolment": enrolment, "referrals": referrals, "rewards": rewards })
}

fn told(shown: &ParticipantReport, others: &[ParticipantReport]) -> String {
    let all: Vec<&ParticipantReport> = std::iter::once(shown).chain(others).collect();
    let mut enrolments: Vec<&EnrolmentReport> = Vec::new();
    for enrolled in all.iter().filter_map(|one| one.enrolment.as_ref()) {
        // An id that is not enrolled has the enrolment of another one.
        if !enrolments.contains(&enrolled) {
            enrolments.push(enrolled);
        }
    }
    let mut text = about(shown, others, &enrolments);
    let said = said(shown, &enrolments);
    if !said.is_empty() {
        text.push('\n');
        text.push_str(&said);
    }
    let mut part = |title: [&str; 4], rows: Vec<[String; 4]>| {
        if !rows.is_empty() {
            text.push('\n');
            text.push_str(&table(title, rows));
        }
    };
    part(
        ["code", "is", "uses", "until"],
        enrolments.iter().flat_map(|enrolled| &enrolled.codes).map(code_row).collect(),
    );
    let links = enrolments.iter().flat_map(|enrolled| &enrolled.links).map(|link| {
        let channel = link.channel.as_ref().map(ToString::to_string).unwrap_or_default();
        [link.link.clone(), channel, link.made_at.to_string(), String::new()]
    });
    part(["link", "channel", "made", ""], links.collect());
    let made = all.iter().flat_map(|one| &one.referrals.referrals).map(|one| {
        [one.invitee.to_string(), one.progress.to_string(), one.moderation.to_string(), one.lead_at.to_string()]
    });
    part(["invitee", "progress", "moderation", "lead since"], made.collect());
    let balances = shown.balances.iter().map(|(unit, of)| {
        let of_unit = |quantity| amount(unit, quantity);
        [of_unit(of.balances.owed.max(0)), of_unit(of.balances.held), of_unit(of.balances.issued), of_unit(of.debt)]
    });
    part(["owed", "held", "handed over", "owes you"], balances.collect());
    let progress = all.iter().flat_map(|one| &one.progress).map(|rule| {
        let missing = rule.missing.map(|missing| missing.to_string()).unwrap_or_default();
        [rule.rule.to_string(), rule.have.to_string(), missing, String::new()]
    });
    part(["rule", "has", "lacks", ""], progress.collect());
    let rewards: Vec<RewardReport> = all.iter().flat_map(|one| one.rewards.rewards.clone()).collect();
    if !rewards.is_empty() {
        text.push('\n');
        text.push_str(&listed(&rewards));
    }
    if all.iter().any(|one| one.referrals.next.is_some() || one.rewards.next.is_some()) {
        text.push_str("there is more; `referral list` and `rewards due` list all\n");
    }
    text
}

fn about(shown: &ParticipantReport, others: &[ParticipantReport], enrolments: &[&EnrolmentReport]) -> String {
    let enrolled = shown.enrolment.as_ref();
    let referred =
        shown.referred.as_ref().map(|own| format!("{}, by {}, since {}", own.progress, own.referrer, own.lead_at));
    let ids: Vec<String> = others.iter().map(|other| other.participant.to_string()).collect();
    let qualified: i64 = enrolments.iter().map(|enrolled| enrolled.qualified).sum();
    facts([
        ("participant", Some(shown.participant.to_string())),
        ("also known as", (!ids.is_empty()).then(|| ids.join(", "))),
        ("turned out to be", shown.merged_into.as_ref().map(|merge| merge.into.to_string())),
        ("state", Some(shown.state.to_string())),
        ("seen since", Some(shown.seen_at.to_string())),
        ("enrolled since", enrolled.map(|enrolled| enrolled.enrolled_at.to_string())),
        ("shares", enrolled.map(|enrolled| enrolled.shares.to_string())),
        ("qualified referrals", (!enrolments.is_empty()).then(|| qualified.to_string())),
        ("was referred", referred),
    ])
}

fn code_row(code: &CodeReport) -> [String; 4] {
    let uses = code.max_uses.map_or(code.uses.to_string(), |most| format!("{} of {most}", code.uses));
    let until = code.expires_at.map(|time| time.to_string()).unwrap_or_default();
    [code.code.clone(), code.validity.to_string(), uses, until]
}

/// What hands last said of the person, of codes and links, and about mail.
fn said(shown: &ParticipantReport, enrolments: &[&EnrolmentReport]) -> String {
    let line = |did: String, at: Timestamp, actor: Option<&String>, reason: Option<&String>| {
        let actor = actor.map_or("a hand", String::as_str);
        let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
        format!("{at}  by {actor}: {did}{reason}\n")
    };
    let of = |did: String, said: &Said| (said.at, line(did, said.at, said.actor.as_ref(), said.reason.as_ref()));
    let mut lines = Vec::new();
    lines.extend(shown.said.as_ref().map(|said| of(format!("made the person {}", shown.state), said)));
    for enrolled in enrolments {
        let codes = enrolled.codes.iter().map(|code| (format!("code {}", code.code), code.validity, &code.said));
        let links = enrolled.links.iter().map(|link| (format!("link {}", link.link), link.validity, &link.said));
        for (what, validity, said) in codes.chain(links) {
            lines.extend(said.as_ref().map(|said| of(format!("made {what} {validity}"), said)));
        }
    }
    if let Some(Merge { into, at, actor, reason, .. }) = &shown.merged_into {
        lines.push((*at, line(format!("said that this is {into}"), *at, actor.as_ref(), reason.as_ref())));
    }
    let kinds = shown.consent.kinds.iter().map(|(kind, chosen)| (format!(" of `{kind}`"), chosen));
    let all = shown.consent.all.iter().map(|chosen| (String::new(), chosen));
    for (what, Choice { choice, at, by, actor, reason }) in all.chain(kinds) {
        let actor = actor.clone().unwrap_or_else(|| format!("the {by}"));
        lines.push((*at, line(format!("mails{what} {choice}"), *at, Some(&actor), reason.as_ref())));
    }
    lines.sort();
    lines.into_iter().map(|(_, line)| line).collect()
}

/// Balances as amounts.
fn money(unit: &str, of: &PersonBalances) -> Value {
    let balances = &of.balances;
    let of_unit = |quantity| amount(unit, quantity);
    json!({
        "granted": of_unit(balances.granted), "held": of_unit(balances.held), "owed": of_unit(balances.owed),
        "receivable": of_unit(balances.receivable), "liability": of_unit(balances.liability),
        "issued": of_unit(balances.issued), "redeemed": of_unit(balances.redeemed), "debt": of_unit(of.debt),
    })
}

/// Enrols a person.
pub(crate) fn enrol(referrals: &Referrals, asked: &NewPerson) -> Result<Telling, Failure> {
    let mut new = Person {
        email: asked.email.clone(),
        name: asked.name.clone().map(Private),
        language: asked.language.clone(),
        country: asked.country,
        ..Person::default()
    };
    match who(&asked.of.person)? {
        Who::Host(host_id) => new.host_id = Some(host_id),
        Who::Further(id) => new.ids.push(id),
        Who::Email(email) if new.email.is_none() => new.email = Some(email),
        Who::Email(_) => return Err(Failure::usage("two emails are given").help("name the person by the host's id")),
        Who::Id(_) => {
            return Err(Failure::usage("`id:` names nobody who could be new")
                .help("a person is enrolled by the host's id or by `email:ADDRESS`"));
        }
    }
    let receipt = hand::run(referrals, Enrol::new(&asked.of.campaign, new), None)?;
    hand::answered(&receipt, |outcome| match outcome {
        AnyOutcome::Enrolled(done) => {
            let how = if done.already { "was enrolled already" } else { "is enrolled" };
            (format!("{} {how}: code {}, link {}", done.participant, done.code, done.link), Value::Null)
        }
        other => hand::other(other),
    })
}

/// Makes a further link.
pub(crate) fn link(referrals: &Referrals, asked: &NewLink) -> Result<Telling, Failure> {
    let mut utm = BTreeMap::new();
    for text in &asked.utm {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Failure::usage(format!("`{}` is no UTM parameter", text.escape_debug()))
                .help("say it by `--utm campaign=may`")
        })?;
        utm.insert(name.to_owned(), value.to_owned());
    }
    let (campaign, participant) = (asked.of.campaign.clone(), person(referrals, &asked.of.person, &asked.of.campaign)?);
    let command = CreateLink { campaign, participant, channel: asked.channel.clone(), utm };
    let receipt = hand::run(referrals, command, None)?;
    hand::answered(&receipt, |outcome| match outcome {
        AnyOutcome::LinkCreated(done) => (format!("link {}", done.link), Value::Null),
        other => hand::other(other),
    })
}

/// Makes a further code.
pub(crate) fn code(referrals: &Referrals, asked: &NewCode) -> Result<Telling, Failure> {
    let command = CreateCode {
        campaign: asked.of.campaign.clone(),
        participant: person(referrals, &asked.of.person, &asked.of.campaign)?,
        vanity: asked.vanity.clone(),
        expires_at: asked.expires,
        max_uses: asked.max_uses,
    };
    let receipt = hand::run(referrals, command, None)?;
    hand::answered(&receipt, |outcome| match outcome {
        AnyOutcome::CodeCreated(done) => (format!("code {}", done.code), Value::Null),
        other => hand::other(other),
    })
}

/// Shows what a person shares.
pub(crate) fn share_kit(referrals: &Referrals, of: &OfPerson, language: Option<&Language>) -> Result<Telling, Failure> {
    let kit = referrals.share_kit(&of.campaign, &person(referrals, &of.person, &of.campaign)?, language)?;
    let rows = kit.channels.iter().map(|item| {
        let words = item.text.replace('\n', " ");
        [item.channel.to_string(), item.link.clone(), words]
    });
    let text = format!("code {}, link {}\n{}", kit.code, kit.link, table(["channel", "link", "words"], rows));
    Telling::new(text, kit)
}

/// Suspends a person, or lets them refer again.
pub(crate) fn set(referrals: &Referrals, named: &str, state: ParticipantState, by: &Hand) -> Result<Telling, Failure> {
    let receipt = hand::run(
        referrals,
        SetParticipantState { participant: who(named)?, state, actor: by.by.clone(), reason: by.why.clone() },
        by.at,
    )?;
    hand::answered(&receipt, |outcome| match outcome {
        AnyOutcome::ParticipantStateSet(done) => (format!("{} is {} now", done.participant, done.state), Value::Null),
        other => hand::other(other),
    })
}

/// Sets how a person is shown.
pub(crate) fn profile(referrals: &Referrals, asked: &Profile) -> Result<Telling, Failure> {
    let text = |text: &Option<String>| text.clone().map(Private);
    let (pseudonym, message) = (text(&asked.pseudonym), text(&asked.message));
    let command = SetProfile { participant: who(&asked.person)?, shown_as: asked.shown_as, pseudonym, message };
    let receipt = hand::run(referrals, command, None)?;
    hand::answered(&receipt, |outcome| match outcome {
        AnyOutcome::ProfileSet(done) => {
            let already = if done.already { "; it was so already" } else { "" };
            (format!("it is set how {} is shown{already}", done.participant), Value::Null)
        }
        other => hand::other(other),
    })
}

/// Records that a person wants no mails.
pub(crate) fn unsubscribe(referrals: &Referrals, asked: &MailKinds) -> Result<Telling, Failure> {
    let recipient = Recipient::Participant(who(&asked.person)?);
    let (kinds, actor, reason) = (asked.kind.clone(), asked.by.clone(), asked.why.clone());
    let receipt = hand::run(referrals, Unsubscribe { recipient, kinds, actor, reason }, None)?;
    hand::answered(&receipt, |outcome| match outcome {
        AnyOutcome::Unsubscribed(done) => {
            let already = if done.already { "; that was known already" } else { "" };
            (format!("{} wants no mails{}{already}", done.participant, of_kinds(asked)), Value::Null)
        }
        other => hand::other(other),
    })
}

/// Records that a person wants mails.
pub(crate) fn resubscribe(referrals: &Referrals, asked: &MailKinds) -> Result<Telling, Failure> {
    let (kinds, actor, reason) = (asked.kind.clone(), asked.by.clone(), asked.why.clone());
    let command = Resubscribe { participant: who(&asked.person)?, kinds, actor, reason };
    let receipt = hand::run(referrals, command, None)?;
    hand::answered(&receipt, |outcome| match outcome {
        AnyOutcome::Resubscribed(done) => {
            let already = if done.already { "; that was known already" } else { "" };
            (format!("{} wants mails{}{already}", done.participant, of_kinds(asked)), Value::Null)
        }
        other => hand::other(other),
    })
}

fn of_kinds(asked: &MailKinds) -> String {
    let kinds: Vec<String> = asked.kind.iter().map(|kind| format!("`{kind}`")).collect();
    if kinds.is_empty() { String::new() } else { format!(" of {}", kinds.join(", ")) }
}
