//! What a friend sees who followed a link or typed a code.

use referrals::Referrals;
use referrals::campaign::Give;
use referrals::report::{FriendOffer, Landing, ShowLanding};
use serde::Serialize;

use crate::arguments::Landing as Asked;
use crate::failure::Failure;
use crate::telling::{Telling, facts, table};

pub(crate) fn show(asked: &Asked, referrals: &Referrals) -> Result<Telling, Failure> {
    let Asked { link, campaign, language, total } = asked;
    let (link, campaign, language, total) = (link.clone(), campaign.clone(), language.clone(), *total);
    let landing = referrals.ask(ShowLanding { link, campaign, language, total })?;
    Telling::new(text(&landing), &landing)
}

fn text(landing: &Landing) -> String {
    let good = match (landing.why_not, &landing.detail) {
        (None, _) => "yes".to_owned(),
        (Some(reason), None) => format!("no: {reason}"),
        (Some(reason), Some(detail)) => format!("no: {reason}: {detail}"),
    };
    let Some(invitation) = &landing.invitation else { return facts([("good", Some(good))]) };
    let mut text = facts([
        ("good", Some(good)),
        ("campaign", Some(invitation.campaign.to_string())),
        ("from", invitation.from.as_ref().map(|name| name.0.clone())),
        ("title", Some(invitation.title.clone())),
        ("text", invitation.text.as_ref().map(|text| text.replace('\n', " "))),
        ("picture", invitation.picture.clone()),
        ("message", invitation.message.as_ref().map(|message| message.0.clone())),
        ("leads to", invitation.destination.clone()),
        ("ends", invitation.ends.map(|ends| ends.to_string())),
    ]);
    if !invitation.offers.is_empty() {
        text.push('\n');
        text.push_str(&table(["rule", "on", "gives", "worth", "condition"], invitation.offers.iter().map(row)));
    }
    text
}

fn row(offer: &FriendOffer) -> [String; 5] {
    let worth = offer.worth.as_ref().map(ToString::to_string).unwrap_or_default();
    let when = offer.when.clone().unwrap_or_default();
    [offer.rule.to_string(), name_of(offer.on), gives(&offer.give), worth, when]
}

fn gives(give: &Give) -> String {
    match give {
        Give::Flat(flat) => flat.flat.to_string(),
        Give::Units(units) => format!("{} {}", units.units, units.unit),
        Give::Percent(percent) => {
            let most = percent.at_most.map(|most| format!(", at most {most}")).unwrap_or_default();
            format!("{} of {}{most}", percent.percent, name_of(percent.of))
        }
    }
}

/// The name that something has in JSON.
fn name_of(value: impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|name| name.as_str().map(ToOwned::to_owned)).unwrap_or_default()
}
