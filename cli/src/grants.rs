//! What was refused, granted by hand, and rewards of the host's own making.

use referrals::Referrals;
use referrals::command::{AnyOutcome, GiveReward, GrantReward};
use referrals::engine::RefusedList;
use referrals::record::Role;
use referrals::report::{ListRefused, PageOf, RewardReport};
use referrals::value::Amount;
use serde_json::json;

use crate::arguments::{Gift, RefusedOf, RewardJob};
use crate::failure::Failure;
use crate::hand;
use crate::people::who;
use crate::reward_keys::keys;
use crate::rewards::{each, text_of, with_key};
use crate::store::spinner;
use crate::telling::{Telling, table};

/// Lists what was refused for a reason.
pub(crate) fn refused(referrals: &Referrals, asked: &RefusedOf) -> Result<Telling, Failure> {
    let mut found: Vec<RewardReport> = Vec::new();
    let mut page = PageOf { after: None, limit: 1_000 };
    while found.len() < asked.limit {
        let answer = referrals.ask(ListRefused {
            campaign: asked.campaign.clone(),
            because: asked.because,
            from: asked.from,
            until: asked.until,
            page: page.clone(),
        })?;
        found.extend(answer.rewards);
        match answer.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    found.truncate(asked.limit);
    let row = |one: &RewardReport| {
        let amounts = [&one.refused, &one.amount].map(ToString::to_string);
        let [refused, granted] = amounts;
        [refused, granted, one.granted_at.to_string(), text_of(&one.reward)]
    };
    let text = table(["refused", "granted", "since", "reward"], found.iter().map(row));
    Telling::new(text, found.iter().map(with_key).collect::<Result<Vec<_>, _>>()?)
}

/// Grants what was refused: of some rewards, or of a list.
pub(crate) fn grant(open: &dyn Fn() -> Result<Referrals, Failure>, job: &RewardJob) -> Result<Telling, Failure> {
    let RewardJob::Grant { rewards, all_refused, because, from, until, beyond_limits, by, why } = job else {
        return Err(Failure::usage("it is not said what is granted"));
    };
    let (Some(campaign), Some(because)) = (all_refused, because) else {
        let command = |key: &referrals::record::RewardKey| {
            let (actor, reason) = (by.clone(), why.clone());
            GrantReward { reward: key.clone(), beyond_limits: *beyond_limits, actor, reason }.into()
        };
        let (referrals, keys) = keys(open, rewards)?;
        return each(&referrals, &keys, command, None);
    };
    let referrals = open()?;
    let list = RefusedList {
        campaign: referrals.campaign(campaign)?.campaign,
        because: *because,
        from: *from,
        until: *until,
        beyond_limits: *beyond_limits,
        actor: by.clone(),
        reason: why.clone(),
    };
    let spinner = spinner("granting");
    let granted = referrals.grant_refused(&list);
    spinner.finish_and_clear();
    let granted = granted?;
    let mut text = format!("{} granted, {} declined, {} failed\n", granted.granted, granted.declined, granted.failed);
    if let Some(failure) = &granted.first_failure {
        text.push_str(&format!("the first failure: {failure}\n"));
    }
    let is_well = granted.declined == 0 && granted.failed == 0;
    Ok(Telling::new(text, granted)?.unless(is_well))
}

/// Gives a reward that no rule brought about.
pub(crate) fn give(referrals: &Referrals, gift: &Gift) -> Result<Telling, Failure> {
    let command = GiveReward {
        campaign: gift.campaign.clone(),
        participant: who(&gift.person)?,
        id: gift.id.clone(),
        amount: amount(&gift.amount)?,
        role: Role::Referrer,
        hold: gift.hold,
        expires: gift.expires,
        beyond_limits: gift.beyond_limits,
        actor: gift.by.clone(),
        reason: gift.why.clone(),
    };
    let receipt = hand::run(referrals, command, None)?;
    hand::answered(&receipt, |outcome| match outcome {
        AnyOutcome::RewardMoved(done) => {
            let key = text_of(&done.reward);
            (
                format!("{} is {}: {key}", done.amount, done.state),
                json!({ "key": key, "amount": done.amount.to_string() }),
            )
        }
        other => hand::other(other),
    })
}

/// Money, or a number of units.
fn amount(text: &str) -> Result<Amount, Failure> {
    let units = text.split_once(' ').and_then(|(number, unit)| Amount::from_unit_key(unit, number.parse().ok()?).ok());
    let units = units.filter(|amount| matches!(amount, Amount::Units { .. }));
    let help = "an amount is money, such as `5.00 EUR`, or units, such as `100 points`";
    units
        .map_or_else(|| text.parse().map(Amount::Money).map_err(|error| Failure::from(error).mistyped().help(help)), Ok)
}
