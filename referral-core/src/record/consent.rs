//! What a person chose about mail: of all kinds, and of some.
//!
//! It stands in the person's row, so that erasing the row removes it. Whoever never chose is written to: that the host may
//! write at all is between the host and the person.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::field::{json_fields, text_enum};
use super::name::NotificationKind;
use crate::value::Timestamp;

text_enum! {
    /// What a person chose.
    MailChoice {
        /// The person wants these mails.
        Subscribed = "subscribed",
        /// The person does not.
        Unsubscribed = "unsubscribed",
    }
    /// How a choice was told.
    ChosenBy {
        /// By the token of a mail that was sent to the person.
        Token = "token",
        /// By the host, who says that the person chose so.
        Host = "host",
    }
}

/// One choice: what, since when, and how it was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What the person chose.
    pub choice: MailChoice,
    /// When it was told first: telling the same again changes nothing.
    pub at: Timestamp,
    /// How it was told.
    pub by: ChosenBy,
    /// Who told it for the person, in the host's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What a person chose about mail; the default is that nothing was chosen yet.
///
/// The last choice counts. One about everything ends all that were made about single kinds before.
///
/// ```
/// use referral_core::record::{Choice, ChosenBy, Consent, MailChoice, NotificationKind};
/// let mut consent = Consent::default();
/// assert!(consent.wants(NotificationKind::RewardDue));
/// let at = "2026-05-01T09:00:00Z".parse()?;
/// let (choice, by) = (MailChoice::Unsubscribed, ChosenBy::Token);
/// let choice = Choice { choice, at, by, actor: None, reason: None };
/// assert!(consent.choose(&[NotificationKind::ReferralLead], choice), "something new");
/// assert!(!consent.wants(NotificationKind::ReferralLead) && consent.wants(NotificationKind::RewardDue));
/// # Ok::<(), referral_core::error::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Consent {
    /// About mails of every kind, those that do not exist yet too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<Choice>,
    /// About single kinds, each later than `all`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub kinds: BTreeMap<NotificationKind, Choice>,
}

impl Consent {
    /// Whether a mail of this kind may be sent.
    #[must_use]
    pub fn wants(&self, kind: NotificationKind) -> bool {
        is_wanted(self.kinds.get(&kind).or(self.all.as_ref()))
    }

    /// Whether a mail may be sent that is of no kind: a digest.
    #[must_use]
    pub fn wants_digests(&self) -> bool {
        is_wanted(self.all.as_ref())
    }

    /// Notes a choice about `kinds`, or about everything if there are none. Whether it is another one than before.
    pub fn choose(&mut self, kinds: &[NotificationKind], choice: Choice) -> bool {
        let is_same = |known: &Choice| known.choice == choice.choice;
        if kinds.is_empty() {
            let is_known = self.all.as_ref().is_some_and(is_same) && self.kinds.values().all(is_same);
            if !is_known {
                *self = Self { all: Some(choice), kinds: BTreeMap::new() };
            }
            return !is_known;
        }
        let mut is_new = false;
        for kind in kinds {
            if !self.kinds.get(kind).or(self.all.as_ref()).is_some_and(is_same) {
                self.kinds.insert(*kind, choice.clone());
                is_new = true;
            }
        }
        is_new
    }
}

fn is_wanted(choice: Option<&Choice>) -> bool {
    choice.is_none_or(|choice| choice.choice == MailChoice::Subscribed)
}

json_fields! { Consent }

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(text: &str, hour: u32) -> Choice {
        let at = format!("2026-05-01T{hour:02}:00:00Z").parse().unwrap();
        Choice { choice: text.parse().unwrap(), at, by: ChosenBy::Host, actor: None, reason: None }
    }

    /// Each line: what is told hour by hour, whether it was new, and which of lead, due and the rest are wanted then.
    #[test]
    fn the_last_choice_counts_and_one_about_everything_ends_the_others() {
        use NotificationKind::{ReferralLead, RewardDue, ShareRecorded};
        type Told<'a> = (&'a str, &'a [NotificationKind], bool);
        let cases: [(&[Told<'_>], [bool; 3]); 8] = [
            (&[], [true; 3]),
            (&[("unsubscribed", &[], true), ("unsubscribed", &[], false)], [false; 3]),
            (&[("unsubscribed", &[ReferralLead], true), ("unsubscribed", &[ReferralLead], false)], [false, true, true]),
            (&[("unsubscribed", &[], true), ("unsubscribed", &[RewardDue], false)], [false; 3]),
            (&[("unsubscribed", &[], true), ("subscribed", &[RewardDue], true)], [false, true, false]),
            (
                &[
                    ("unsubscribed", &[], true),
                    ("subscribed", &[RewardDue], true),
                    ("unsubscribed", &[RewardDue, ReferralLead], true),
                    ("unsubscribed", &[], false),
                ],
                [false; 3],
            ),
            (&[("unsubscribed", &[ReferralLead, RewardDue], true), ("subscribed", &[], true)], [true; 3]),
            (&[("subscribed", &[], true), ("subscribed", &[ReferralLead], false)], [true; 3]),
        ];
        for (told, wanted) in cases {
            let mut consent = Consent::default();
            for (hour, (text, kinds, is_new)) in (1..).zip(told) {
                assert_eq!(consent.choose(kinds, choice(text, hour)), *is_new, "{told:?}");
            }
            assert_eq!([ReferralLead, RewardDue, ShareRecorded].map(|kind| consent.wants(kind)), wanted, "{told:?}");
            assert_eq!(consent.wants_digests(), wanted[2], "{told:?}");
            let text = serde_json::to_string(&consent).unwrap();
            assert_eq!(serde_json::from_str::<Consent>(&text).unwrap(), consent, "{text}");
        }
    }

    #[test]
    fn the_time_is_that_at_which_it_was_told_first() {
        let mut consent = Consent::default();
        consent.choose(&[NotificationKind::RewardDue], choice("unsubscribed", 1));
        consent.choose(&[NotificationKind::RewardDue, NotificationKind::ReferralLead], choice("unsubscribed", 2));
        assert_eq!(consent.kinds[&NotificationKind::RewardDue], choice("unsubscribed", 1));
        assert_eq!(consent.kinds[&NotificationKind::ReferralLead], choice("unsubscribed", 2));
        consent.choose(&[], choice("unsubscribed", 3));
        consent.choose(&[], choice("unsubscribed", 4));
        assert_eq!(consent, Consent { all: Some(choice("unsubscribed", 3)), kinds: BTreeMap::new() });
        assert_eq!(serde_json::to_string(&Consent::default()).unwrap(), "{}");
    }
}
