//! How long each text of a command may be: one table, which documentation, checks and a test read.
//!
//! What a public handler passes on comes from anybody. A text that is longer is refused by the name of its field before anything
//! is hashed, parsed or read.

use std::fmt::Write as _;

use super::any::AnyCommand;
use super::letter::KeepLetter;
use super::part::{Person, Recipient, Revocable, RewardMove};
use crate::error::{Error, Result};
use crate::record::{Cell, Data, Key};
use crate::value::MessageBody;

/// The bound of one text field of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The name of the command.
    pub command: &'static str,
    /// The path of the field in the command's JSON. `*` is each name and each text of a table or a list.
    pub field: String,
    /// The greatest length, in bytes of UTF-8.
    pub bytes: usize,
    /// What it holds.
    pub holds: Holds,
}

/// What a text field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A name of `a-z`, `0-9`, `-`, `_`, `.`.
    Name,
    /// An id of the host or of another system.
    Id,
    /// An email.
    Email,
    /// A channel, also one of the host's own.
    Channel,
    /// A tag of a language.
    Language,
    /// The cause of a reward, with the id of an event in it.
    Cause,
    /// A text that is kept as it is told.
    Kept,
    /// A text that is compared, hashed or parsed, and not kept.
    Used,
    /// A whole campaign, as JSON.
    Campaign,
    /// The raw body of a message, in Base64.
    Body,
}

impl Holds {
    const fn words(self) -> &'static str {
        match self {
            Self::Name => "a name of `a-z`, `0-9`, `-`, `_`, `.`",
            Self::Id => "an id",
            Self::Email => "an email",
            Self::Channel => "a channel",
            Self::Language => "a tag of a language",
            Self::Cause => "the cause of a reward",
            Self::Kept => "text that is kept",
            Self::Used => "text that is compared, hashed or parsed, and not kept",
            Self::Campaign => "a campaign, as JSON",
            Self::Body => "the raw body of a message, in Base64",
        }
    }
}

/// Fields that stand together in several commands, or the fields of one command: their paths, bounds and content.
type Fields = &'static [(&'static str, usize, Holds)];

const CAMPAIGN: Fields = &[("campaign", 64, Holds::Name)];
const SOURCE: Fields = &[("source", 64, Holds::Name), ("event", 255, Holds::Id)];
const KEY_OF_CONVERSION: Fields = &[("conversion.source", 64, Holds::Name), ("conversion.event", 255, Holds::Id)];
const REFERENCE: Fields = &[("reference.source", 64, Holds::Name), ("reference.id", 255, Holds::Id)];
const REFERENCES: Fields = &[("references.*.source", 64, Holds::Name), ("references.*.id", 255, Holds::Id)];
const REFUND: Fields = &[("refund", 255, Holds::Id)];
const CORRECTION: Fields = &[("correction", 255, Holds::Id)];
const KEY_OF_REWARD: Fields = &[("reward.rule", 64, Holds::Name), ("reward.cause", 326, Holds::Cause)];
const PARTICIPANT: Fields = &[("participant.host", 255, Holds::Id), ("participant.email", 254, Holds::Email)];
const INVITEE: Fields = &[("invitee.host", 255, Holds::Id), ("invitee.email", 254, Holds::Email)];
const TO: Fields = &[("to.host", 255, Holds::Id), ("to.email", 254, Holds::Email)];
const ONE: Fields = &[("one.host", 255, Holds::Id), ("one.email", 254, Holds::Email)];
const OTHER: Fields = &[("other.host", 255, Holds::Id), ("other.email", 254, Holds::Email)];
const ALIASES: Fields = &[
    ("host_id", 255, Holds::Id),
    ("ids.*.source", 64, Holds::Name),
    ("ids.*.id", 255, Holds::Id),
    ("email", 254, Holds::Email),
];
const HAND: Fields = &[("actor", 255, Holds::Kept), ("reason", 255, Holds::Kept)];
const DATA: Fields = &[("data.*", 255, Holds::Kept)];
const PERSON: Fields = &[
    ("person.host_id", 255, Holds::Id),
    ("person.ids.*.source", 64, Holds::Name),
    ("person.ids.*.id", 255, Holds::Id),
    ("person.email", 254, Holds::Email),
    // 200 characters.
    ("person.name", 800, Holds::Kept),
    ("person.language", 35, Holds::Language),
    ("person.data.*", 255, Holds::Kept),
];
const EVIDENCE: Fields = &[
    ("evidence.referrer.host", 255, Holds::Id),
    ("evidence.referrer.email", 254, Holds::Email),
    ("evidence.code", 2_048, Holds::Used),
    ("evidence.link", 2_048, Holds::Used),
    ("evidence.visitor", 4_096, Holds::Used),
];
const CLICK: Fields = &[
    ("link", 2_048, Holds::Used),
    ("visitor", 4_096, Holds::Used),
    ("method", 64, Holds::Used),
    ("user_agent", 8_192, Holds::Used),
    ("purpose", 1_024, Holds::Used),
    ("fetch.site", 64, Holds::Used),
    ("fetch.mode", 64, Holds::Used),
    ("fetch.dest", 64, Holds::Used),
    ("fetch.user", 64, Holds::Used),
    ("query", 8_192, Holds::Used),
    ("referer", 8_192, Holds::Used),
    ("destination", 2_048, Holds::Used),
];
const MOVE: Fields = &[
    ("to.issue", 255, Holds::Kept),
    ("to.fail", 255, Holds::Kept),
    ("to.return_issue", 255, Holds::Kept),
    ("to.cancel", 255, Holds::Kept),
    ("to.reverse", 255, Holds::Kept),
];
const LETTER: Fields = &[
    ("source", 64, Holds::Name),
    ("body", MessageBody::MOST_TEXT, Holds::Body),
    ("delivery", 255, Holds::Kept),
    ("code", 64, Holds::Kept),
    ("problem", KeepLetter::MOST_PROBLEM, Holds::Kept),
    ("people.*.host", 255, Holds::Id),
    ("people.*.email", 254, Holds::Email),
    ("ids.*.source", 64, Holds::Name),
    ("ids.*.id", 255, Holds::Id),
];
const SUBSCRIBER: Fields = &[("subscriber", 64, Holds::Name)];
const CHANNEL: Fields = &[("channel", 38, Holds::Channel)];

/// The table: every command, with the fields that it shares with others and those of its own.
const TABLE: &[(&str, &[Fields])] = &[
    ("check_keyring", &[]),
    ("define_campaign", &[&[("definition", 1_048_576, Holds::Campaign)]]),
    ("set_eligible", &[CAMPAIGN, HAND]),
    ("set_campaign_state", &[CAMPAIGN, HAND]),
    ("subscribe", &[SUBSCRIBER]),
    ("redeliver", &[SUBSCRIBER]),
    ("enrol", &[CAMPAIGN, PERSON]),
    // 100 characters.
    ("create_link", &[CAMPAIGN, PARTICIPANT, CHANNEL, &[("utm.*", 400, Holds::Kept)]]),
    ("create_code", &[CAMPAIGN, PARTICIPANT, &[("vanity", 80, Holds::Kept)]]),
    ("add_alias", &[PARTICIPANT, ALIASES]),
    ("remove_alias", &[PARTICIPANT, ALIASES]),
    ("set_participant_state", &[PARTICIPANT, HAND]),
    ("set_profile", &[PARTICIPANT, &[("pseudonym", 1_024, Holds::Kept), ("message", 4_096, Holds::Kept)]]),
    ("set_retention", &[]),
    ("record_share", &[CAMPAIGN, PARTICIPANT, CHANNEL]),
    ("record_click", &[CAMPAIGN, CLICK]),
    ("record_lead", &[CAMPAIGN, PERSON, EVIDENCE]),
    ("qualify", &[CAMPAIGN, INVITEE, HAND]),
    ("unqualify", &[CAMPAIGN, INVITEE, HAND]),
    ("lose", &[CAMPAIGN, INVITEE, HAND]),
    ("remove_mark", &[CAMPAIGN, INVITEE, HAND]),
    ("record_conversion", &[SOURCE, PERSON, CAMPAIGN, &[("coupon", 255, Holds::Kept)], DATA, EVIDENCE, REFERENCES]),
    ("add_reference", &[KEY_OF_CONVERSION, REFERENCE]),
    ("record_refund", &[SOURCE, REFUND, HAND]),
    ("cancel_refund", &[SOURCE, REFUND, HAND]),
    ("correct_conversion", &[SOURCE, CORRECTION, HAND]),
    ("void_conversion", &[SOURCE, HAND]),
    ("restore_conversion", &[SOURCE, HAND]),
    ("set_validity", &[CAMPAIGN, &[("what.code", 255, Holds::Used), ("what.link", 2_048, Holds::Used)], HAND]),
    ("reassign", &[CAMPAIGN, INVITEE, TO, HAND]),
    ("merge_people", &[ONE, OTHER, HAND]),
    ("moderate", &[CAMPAIGN, INVITEE, &[("actor", 255, Holds::Kept), ("note", 255, Holds::Kept)]]),
    ("move_reward", &[KEY_OF_REWARD, MOVE, HAND]),
    ("give_reward", &[CAMPAIGN, PARTICIPANT, &[("id", 255, Holds::Id), ("amount.unit", 64, Holds::Name)], HAND]),
    ("grant_reward", &[KEY_OF_REWARD, HAND]),
    ("request_lookup", &[CAMPAIGN, &[("email", 254, Holds::Email)]]),
    ("open_lookup", &[&[("token", 512, Holds::Used)]]),
    ("unsubscribe", &[&[("recipient.token", 512, Holds::Used)], RECIPIENT, HAND]),
    ("resubscribe", &[PARTICIPANT, HAND]),
    ("erase_person", &[PARTICIPANT, &[("records.*", 512, Holds::Used)]]),
    ("keep_letter", &[LETTER]),
    ("set_letter_state", &[&[("letter.source", 64, Holds::Name)], HAND]),
    ("fire_timer", &[&[("timer.subject", 446, Holds::Used)]]),
];
const RECIPIENT: Fields =
    &[("recipient.participant.host", 255, Holds::Id), ("recipient.participant.email", 254, Holds::Email)];

/// The bounds of all text fields of all commands.
///
/// ```
/// use referral_core::command::bounds;
/// let bounds = bounds();
/// let found = bounds.iter().find(|bound| bound.command == "record_click" && bound.field == "destination");
/// assert_eq!(found.map(|bound| bound.bytes), Some(2_048));
/// ```
#[must_use]
pub fn bounds() -> Vec<Bound> {
    let of = |(command, groups): &(&'static str, &[Fields])| {
        let (command, groups) = (*command, groups.to_vec());
        groups.into_iter().flatten().map(move |(field, bytes, holds)| Bound {
            command,
            field: (*field).to_owned(),
            bytes: *bytes,
            holds: *holds,
        })
    };
    TABLE.iter().flat_map(of).collect()
}

/// The table of [`bounds`] in Markdown.
#[must_use]
pub fn bounds_reference() -> String {
    let mut text = "| command | field | bytes at most | what it holds |\n|---|---|---|---|\n".to_owned();
    for Bound { command, field, bytes, holds } in bounds() {
        let _ = writeln!(text, "| `{command}` | `{field}` | {bytes} | {} |", holds.words());
    }
    text
}

/// Checks the texts of a command whose types have no bounds of their own. Evidence, the link of a click and what a person wrote for
/// others are left out: one that is too long is declined or passed over, as one that is mistyped ([`excess`]).
pub(crate) fn check(command: &AnyCommand) -> Result<()> {
    let name = command.name();
    texts(command, &mut |field, text| length(name, field, text.len()))?;
    match command {
        AnyCommand::DefineCampaign(command) => {
            length(name, "definition", serde_json::to_vec(&command.definition).unwrap_or_default().len())
        }
        _ => Ok(()),
    }
}

/// What is said of a text beyond its bound that somebody followed or typed: it is a bad link or code, and no mistake of the host.
pub(crate) fn excess(command: &str, field: &'static str, text: &str) -> Option<String> {
    length(command, field, text.len()).err().map(|error| error.to_string())
}

fn length(command: &str, field: &'static str, bytes: usize) -> Result<()> {
    let groups = TABLE.iter().find(|(name, _)| *name == command).map(|(_, groups)| *groups).unwrap_or_default();
    let bound = groups.iter().copied().flatten().find(|(name, ..)| *name == field);
    let field = field.trim_end_matches(".*");
    match bound {
        Some((_, most, _)) if bytes <= *most => Ok(()),
        // A token is what stood in a mail's URL: one that is too long is a bad link, alike for everybody.
        Some((_, most, _)) if field.ends_with("token") => {
            Err(Error::InvalidLink { what: "token", problem: format!("has at most {most} bytes") })
        }
        Some((_, most, _)) => Err(Error::command(field, format!("has at most {most} bytes"))),
        None => Err(Error::command(field, "is a text without a bound")),
    }
}

type Check<'c> = &'c mut dyn FnMut(&'static str, &str) -> Result<()>;

fn texts(command: &AnyCommand, check: Check<'_>) -> Result<()> {
    use AnyCommand as Any;
    match command {
        Any::Enrol(command) => person(&command.person, check),
        Any::RecordLead(command) => person(&command.person, check),
        Any::CreateLink(command) => command.utm.iter().try_for_each(|(name, value)| {
            check("utm.*", name)?;
            check("utm.*", value)
        }),
        Any::CreateCode(command) => some("vanity", command.vanity.as_ref(), check),
        Any::RecordClick(command) => {
            some("visitor", command.visitor.as_ref(), check)?;
            some("method", command.method.as_ref(), check)?;
            some("user_agent", command.user_agent.as_ref(), check)?;
            some("purpose", command.purpose.as_ref(), check)?;
            some("fetch.site", command.fetch.site.as_ref(), check)?;
            some("fetch.mode", command.fetch.mode.as_ref(), check)?;
            some("fetch.dest", command.fetch.dest.as_ref(), check)?;
            some("fetch.user", command.fetch.user.as_ref(), check)?;
            some("query", command.query.as_ref(), check)?;
            some("referer", command.referer.as_ref(), check)?;
            some("destination", command.destination.as_ref(), check)
        }
        Any::RecordConversion(command) => {
            person(&command.person, check)?;
            some("coupon", command.coupon.as_ref(), check)?;
            data("data.*", &command.data, check)
        }
        Any::OpenLookup(command) => check("token", &command.token),
        Any::Unsubscribe(command) => match &command.recipient {
            Recipient::Token(token) => check("recipient.token", &token.0),
            Recipient::Participant(_) => Ok(()),
        },
        Any::ErasePerson(command) => command.records.iter().flat_map(Key::cells).try_for_each(|cell| match cell {
            Cell::Text(text) => check("records.*", &text),
            _ => Ok(()),
        }),
        Any::KeepLetter(command) => {
            some("delivery", command.delivery.as_ref().map(|delivery| &delivery.0), check)?;
            check("code", &command.code)?;
            check("problem", &command.problem)
        }
        by_hand => hand(by_hand, check),
    }
}

/// The texts of the commands that people give by hand; none of the others.
fn hand(command: &AnyCommand, check: Check<'_>) -> Result<()> {
    use AnyCommand as Any;
    let (actor, reason) = match command {
        Any::Qualify(command) => (&command.actor, &command.reason),
        Any::Unqualify(command) => (&command.actor, &command.reason),
        Any::Lose(command) => (&command.actor, &command.reason),
        Any::RemoveMark(command) => (&command.actor, &command.reason),
        Any::Reassign(command) => (&command.actor, &command.reason),
        Any::SetParticipantState(command) => (&command.actor, &command.reason),
        Any::SetEligible(command) => (&command.actor, &command.reason),
        Any::SetCampaignState(command) => (&command.actor, &command.reason),
        Any::MergePeople(command) => (&command.actor, &command.reason),
        Any::SetValidity(command) => {
            match &command.what {
                Revocable::Code(text) => check("what.code", text)?,
                Revocable::Link(text) => check("what.link", text)?,
                Revocable::Grant(_) => {}
            }
            (&command.actor, &command.reason)
        }
        Any::CancelRefund(command) => (&command.actor, &command.reason),
        Any::CorrectConversion(command) => (&command.actor, &command.reason),
        Any::VoidConversion(command) => (&command.actor, &command.reason),
        Any::RestoreConversion(command) => (&command.actor, &command.reason),
        Any::MoveReward(command) => {
            moved(&command.to, check)?;
            (&command.actor, &command.reason)
        }
        Any::GiveReward(command) => {
            check("reason", &command.reason)?;
            (&command.actor, &None)
        }
        Any::GrantReward(command) => {
            check("reason", &command.reason)?;
            (&command.actor, &None)
        }
        Any::SetLetterState(command) => (&command.actor, &command.reason),
        Any::Moderate(command) => {
            some("note", command.note.as_ref(), check)?;
            (&command.actor, &None)
        }
        _ => (&None, &None),
    };
    some("actor", actor.as_ref(), check)?;
    some("reason", reason.as_ref(), check)
}

fn moved(to: &RewardMove, check: Check<'_>) -> Result<()> {
    match to {
        RewardMove::Approve | RewardMove::BeginIssue | RewardMove::Redeem(_) => Ok(()),
        RewardMove::Issue(reference) => check("to.issue", reference),
        RewardMove::Fail(why) => check("to.fail", why),
        RewardMove::ReturnIssue(why) => check("to.return_issue", why),
        RewardMove::Cancel(why) => check("to.cancel", why),
        RewardMove::Reverse(why) => check("to.reverse", why),
    }
}

fn person(person: &Person, check: Check<'_>) -> Result<()> {
    some("person.name", person.name.as_ref().map(|name| &name.0), check)?;
    data("person.data.*", &person.data, check)
}

fn data(field: &'static str, data: &Data, check: Check<'_>) -> Result<()> {
    data.0.iter().try_for_each(|(name, value)| {
        check(field, name)?;
        let listed = value.as_array().into_iter().flatten();
        let mut texts = value.as_str().into_iter().chain(listed.filter_map(|entry| entry.as_str()));
        texts.try_for_each(|text| check(field, text))
    })
}

fn some(field: &'static str, text: Option<&String>, check: Check<'_>) -> Result<()> {
    text.map_or(Ok(()), |text| check(field, text))
}
