//! Who is who, by hand: ids added and taken away, two people made one, codes and links withdrawn and restored.

use referrals::Referrals;
use referrals::command::{
    AddAlias, AnyOutcome, MergePeople, Outcome, PeopleMerged, RemoveAlias, Revocable, SetValidity,
};
use referrals::record::{FurtherId, ReferralKey, Validity};
use referrals::report::{MergeReport, ShowMerge, sentence};
use serde_json::Value;

use crate::arguments::{Aliases, Hand, Withdrawn};
use crate::failure::Failure;
use crate::hand;
use crate::people::{further_id, who};
use crate::telling::Telling;

/// Further ids as they are typed: `SOURCE:ID`.
fn ids(asked: &Aliases) -> Result<Vec<FurtherId>, Failure> {
    let parse = |text: &String| -> Result<FurtherId, Failure> {
        let (source, id) = text.split_once(':').ok_or_else(|| {
            Failure::usage(format!("`{}` is no further id", text.escape_debug())).help("say it by `--id stripe:cus_1`")
        })?;
        Ok(further_id(source, id)?)
    };
    asked.id.iter().map(parse).collect()
}

/// Adds ids or an email to a person.
pub(crate) fn add(referrals: &Referrals, asked: &Aliases) -> Result<Telling, Failure> {
    let Aliases { host_id, email, .. } = asked.clone();
    let command = AddAlias { participant: who(&asked.person)?, host_id, ids: ids(asked)?, email };
    let receipt = hand::run(referrals, command, None)?;
    hand::answered(&receipt, |outcome| match outcome {
        AnyOutcome::AliasAdded(done) => (format!("they lead to participant {}", done.participant), Value::Null),
        other => hand::other(other),
    })
}

/// Takes ids or an email away from a person.
pub(crate) fn remove(referrals: &Referrals, asked: &Aliases) -> Result<Telling, Failure> {
    let Aliases { host_id, email, .. } = asked.clone();
    let command = RemoveAlias { participant: who(&asked.person)?, host_id, ids: ids(asked)?, email };
    let receipt = hand::run(referrals, command, None)?;
    hand::answered(&receipt, |outcome| match outcome {
        AnyOutcome::AliasRemoved(done) => {
            (format!("{} taken away from participant {}", done.removed, done.participant), Value::Null)
        }
        other => hand::other(other),
    })
}

/// Makes two people one.
pub(crate) fn merge(referrals: &Referrals, one: &str, other: &str, by: &Hand) -> Result<Telling, Failure> {
    let Hand { by: actor, why: reason, at } = by.clone();
    let command = MergePeople { one: who(one)?, other: who(other)?, actor, reason };
    let receipt = hand::run(referrals, command, at)?;
    hand::answered(&receipt, |outcome| match outcome {
        AnyOutcome::PeopleMerged(done) => (told(done, "are one"), Value::Null),
        other => hand::other(other),
    })
}

/// Tells what making two people one would do.
pub(crate) fn would_merge(referrals: &Referrals, one: &str, other: &str) -> Result<Telling, Failure> {
    let shown: MergeReport = referrals.ask(ShowMerge { one: who(one)?, other: who(other)? })?;
    let mut text = match &shown.outcome {
        Outcome::Accepted(AnyOutcome::PeopleMerged(done)) => told(done, "would be one"),
        Outcome::Accepted(other) => hand::other(other).0,
        Outcome::Declined(reason) => format!("it would be declined: {reason}"),
    };
    text.push('\n');
    for finding in &shown.findings {
        text.push_str(&format!("    {}: {}\n", finding.reason, sentence(finding)));
    }
    Telling::new(text, shown)
}

fn told(done: &PeopleMerged, are_one: &str) -> String {
    if done.merged.is_empty() {
        return format!("they {are_one}: both are participant {}", done.participant);
    }
    let merged: Vec<String> = done.merged.iter().map(ToString::to_string).collect();
    let mut text = format!("they {are_one}: {} leads to participant {}", merged.join(", "), done.participant);
    let mut list = |what: &str, keys: &[ReferralKey]| {
        for key in keys {
            text.push_str(&format!("\n  {what}: lead {} of {} in campaign {}", key.lead, key.invitee, key.campaign));
        }
    };
    list("would not have begun", &done.superseded);
    list("was between the two", &done.denied);
    text
}

/// Withdraws or restores a code, a link or a grant.
pub(crate) fn set_validity(referrals: &Referrals, asked: &Withdrawn, validity: Validity) -> Result<Telling, Failure> {
    let what = match asked.what.split_once(':') {
        Some(("code", code)) => Revocable::Code(code.to_owned()),
        Some(("link", link)) => Revocable::Link(link.to_owned()),
        Some(("grant", grant)) => {
            let none =
                |_| Failure::usage("that is no grant").help("`person show` and `export` name grants by their ids");
            Revocable::Grant(serde_json::from_value(Value::String(grant.to_owned())).map_err(none)?)
        }
        _ => {
            return Err(Failure::usage(format!("`{}` names nothing to withdraw", asked.what.escape_debug()))
                .help("say it by `code:CODE`, `link:URL` or `grant:ID`"));
        }
    };
    let Hand { by: actor, why: reason, at } = asked.hand.clone();
    let command = SetValidity { campaign: asked.campaign.clone(), what, validity, actor, reason };
    let receipt = hand::run(referrals, command, at)?;
    hand::answered(&receipt, |outcome| match outcome {
        AnyOutcome::ValiditySet(done) => {
            let is = if done.validity == Validity::Revoked { "withdrawn" } else { "good again" };
            (format!("it is {is}; it is of participant {}", done.participant), Value::Null)
        }
        other => hand::other(other),
    })
}
