//! One row for each command: whether its receipt is kept, what it foresees, and what decides it.

use super::foresee::{invitee, known, member};
use super::foresee_rewards::reward;
use super::halt::Decide;
use super::handled::Decided;
use super::view::View;
use super::{
    aliases, campaign, consent, conversion, correct, eligible, enrol, erase, fire, give, grant, issue, keyring, lead,
    letter, lookup, merge, moderate, notify, people, profile, qualify, reassign, reference, refund, retention, revoke,
    track,
};
use crate::command::{
    AddAlias, AddReference, AnyCommand, AnyOutcome, CancelRefund, CheckKeyring, CorrectConversion, CreateCode,
    CreateLink, DefineCampaign, Enrol, ErasePerson, FireTimer, GiveReward, GrantReward, KeepLetter, Lose, MergePeople,
    Moderate, MoveReward, OpenLookup, Qualify, Reassign, RecordClick, RecordConversion, RecordLead, RecordRefund,
    RecordShare, Redeliver, RemoveAlias, RemoveMark, RequestLookup, RestoreConversion, Resubscribe, SetCampaignState,
    SetEligible, SetLetterState, SetParticipantState, SetProfile, SetRetention, SetValidity, Subscribe, Unqualify,
    Unsubscribe, VoidConversion,
};

/// Whether a command's receipt is kept under its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keeping {
    /// It is: the same command is answered the same.
    Kept,
    /// It is not. Conversions and refunds are unique for ever by their own ids; a timer fires once by its own record; a
    /// keyring is compared each time.
    None,
}
use Keeping::{Kept, None};

macro_rules! table {
    ($($name:ident: $receipt:expr, $foresee:expr, $decide:expr;)*) => {
        /// Whether the receipt of a command is kept.
        pub(super) fn has_receipt(command: &AnyCommand) -> bool {
            match command { $(AnyCommand::$name(_) => $receipt == Kept,)* }
        }

        /// Names what a command will probably read.
        pub(super) fn foresee(view: &mut View<'_>, command: &AnyCommand) {
            match command {
                $(AnyCommand::$name(command) => {
                    let foresee: fn(&mut View<'_>, &$name) = $foresee;
                    foresee(view, command);
                })*
            }
        }

        /// Decides a command, whose content has this hash.
        pub(super) fn decide(view: &mut View<'_>, command: &AnyCommand, content: [u8; 32]) -> Decide<Decided> {
            match command {
                $(AnyCommand::$name(command) => {
                    let decide: fn(&mut View<'_>, &$name, [u8; 32]) -> Decide<Decided> = $decide;
                    decide(view, command, content)
                })*
            }
        }
    };
}

fn new<O: Into<AnyOutcome>>(outcome: Decide<O>) -> Decide<Decided> {
    Ok(Decided::New(outcome?.into()))
}

fn nothing<C>(_: &mut View<'_>, _: &C) {}

table! {
    CheckKeyring: None, nothing, |view, _, _| new(keyring::check(view));
    DefineCampaign: Kept, nothing, |view, command, _| new(campaign::define(view, command));
    SetEligible: Kept, eligible::foresee, |view, command, _| new(eligible::set(view, command));
    SetCampaignState: Kept, nothing, |view, command, _| new(campaign::set_state(view, command));
    Subscribe: Kept, nothing, |view, command, _| new(people::subscribe(view, command));
    Redeliver: Kept, |view, command| view.want([notify::delivery(command)]),
        |view, command, _| new(notify::redeliver(view, command));
    Enrol: Kept, enrol::foresee, |view, command, _| new(enrol::enrol(view, command));
    CreateLink: Kept, |view, command| member(view, &command.campaign, &command.participant),
        |view, command, _| new(enrol::create_link(view, command));
    CreateCode: Kept, |view, command| member(view, &command.campaign, &command.participant),
        |view, command, _| new(enrol::create_code(view, command));
    SetValidity: Kept, revoke::foresee, |view, command, _| new(revoke::set_validity(view, command));
    AddAlias: Kept, nothing, |view, command, _| new(aliases::add_alias(view, command));
    RemoveAlias: Kept, nothing, |view, command, _| new(aliases::remove_alias(view, command));
    MergePeople: Kept, merge::foresee, |view, command, _| new(merge::merge(view, command));
    SetParticipantState: Kept, nothing, |view, command, _| new(people::set_state(view, command));
    SetProfile: Kept, |view, command| consent::foresee_person(view, &command.participant),
        |view, command, _| new(profile::set(view, command));
    SetRetention: Kept, nothing, |view, command, _| new(retention::set(view, command));
    RecordShare: Kept, |view, command| member(view, &command.campaign, &command.participant),
        |view, command, _| new(track::share(view, command));
    RecordClick: Kept, track::foresee_click, |view, command, _| new(track::click(view, command));
    RecordLead: Kept, lead::foresee, |view, command, _| new(lead::record(view, command));
    Qualify: Kept, |view, command| invitee(view, &command.campaign, &command.invitee),
        |view, command, _| new(qualify::qualify(view, command));
    Unqualify: Kept, |view, command| invitee(view, &command.campaign, &command.invitee),
        |view, command, _| new(qualify::unqualify(view, command));
    Lose: Kept, |view, command| invitee(view, &command.campaign, &command.invitee),
        |view, command, _| new(qualify::lose(view, command));
    RemoveMark: Kept, |view, command| invitee(view, &command.campaign, &command.invitee),
        |view, command, _| new(qualify::remove_mark(view, command));
    RecordConversion: None, conversion::foresee, conversion::record;
    AddReference: Kept, nothing, |view, command, _| new(reference::add(view, command));
    RecordRefund: None, refund::foresee, refund::record;
    CancelRefund: Kept, |view, command| known(view, &command.source, &command.event),
        |view, command, _| new(refund::cancel(view, command));
    CorrectConversion: Kept, |view, command| known(view, &command.source, &command.event),
        |view, command, _| new(correct::correct(view, command));
    VoidConversion: Kept, |view, command| known(view, &command.source, &command.event),
        |view, command, _| new(correct::void(view, command));
    RestoreConversion: Kept, |view, command| known(view, &command.source, &command.event),
        |view, command, _| new(correct::restore(view, command));
    Moderate: Kept, |view, command| invitee(view, &command.campaign, &command.invitee),
        |view, command, _| new(moderate::moderate(view, command));
    Reassign: Kept, reassign::foresee, |view, command, _| new(reassign::reassign(view, command));
    MoveReward: Kept, |view, command| reward(view, &command.reward),
        |view, command, _| new(issue::move_reward(view, command));
    GiveReward: Kept, give::foresee, |view, command, _| new(give::give(view, command));
    GrantReward: Kept, |view, command| reward(view, &command.reward),
        |view, command, _| new(grant::grant(view, command));
    RequestLookup: Kept, lookup::foresee_request, |view, command, _| new(lookup::request(view, command));
    OpenLookup: Kept, lookup::foresee_opening, |view, command, _| lookup::open(view, command);
    Unsubscribe: Kept, consent::foresee, |view, command, _| new(consent::unsubscribe(view, command));
    Resubscribe: Kept, |view, command| consent::foresee_person(view, &command.participant),
        |view, command, _| new(consent::resubscribe(view, command));
    ErasePerson: Kept, erase::foresee, |view, command, _| new(erase::erase(view, command));
    KeepLetter: Kept, letter::foresee, |view, command, _| new(letter::keep(view, command));
    SetLetterState: Kept, |view, command| view.want([command.letter.clone()]),
        |view, command, _| new(letter::set_state(view, command));
    FireTimer: None, |view, command| fire::foresee(view, &command.timer),
        |view, command, _| new(fire::fire(view, command));
}
