//! Any command: the closed list of all, in the order in which they are described.

use serde::{Deserialize, Serialize};

use super::declare::same;
use super::earning::{
    AddReference, CancelRefund, CorrectConversion, GiveReward, GrantReward, Lose, Moderate, MoveReward, Qualify,
    Reassign, RecordConversion, RecordRefund, RemoveMark, RestoreConversion, Unqualify, VoidConversion,
};
use super::letter::{KeepLetter, SetLetterState};
use super::outcome::AnyOutcome;
use super::request::{
    AddAlias, CheckKeyring, CreateCode, CreateLink, DefineCampaign, Enrol, ErasePerson, FireTimer, MergePeople,
    OpenLookup, RecordClick, RecordLead, RecordShare, Redeliver, RemoveAlias, RequestLookup, Resubscribe,
    SetCampaignState, SetEligible, SetParticipantState, SetProfile, SetRetention, SetValidity, Subscribe, Unsubscribe,
};

/// What a typed command is: it knows its name and what it answers.
pub trait Command: Into<AnyCommand> {
    /// The name, the same in every language.
    const NAME: &'static str;
    /// What it answers when it is accepted.
    type Outcome: Into<AnyOutcome> + TryFrom<AnyOutcome>;
}

any_command! {
    CheckKeyring = "check_keyring",
    DefineCampaign = "define_campaign",
    SetCampaignState = "set_campaign_state",
    SetEligible = "set_eligible",
    Subscribe = "subscribe",
    Redeliver = "redeliver",
    Enrol = "enrol",
    CreateLink = "create_link",
    CreateCode = "create_code",
    SetValidity = "set_validity",
    AddAlias = "add_alias",
    RemoveAlias = "remove_alias",
    MergePeople = "merge_people",
    SetParticipantState = "set_participant_state",
    SetProfile = "set_profile",
    SetRetention = "set_retention",
    RecordShare = "record_share",
    RecordClick = "record_click",
    RecordLead = "record_lead",
    Qualify = "qualify",
    Unqualify = "unqualify",
    Lose = "lose",
    RemoveMark = "remove_mark",
    RecordConversion = "record_conversion",
    AddReference = "add_reference",
    RecordRefund = "record_refund",
    CancelRefund = "cancel_refund",
    CorrectConversion = "correct_conversion",
    VoidConversion = "void_conversion",
    RestoreConversion = "restore_conversion",
    Moderate = "moderate",
    Reassign = "reassign",
    MoveReward = "move_reward",
    GiveReward = "give_reward",
    GrantReward = "grant_reward",
    RequestLookup = "request_lookup",
    OpenLookup = "open_lookup",
    Unsubscribe = "unsubscribe",
    Resubscribe = "resubscribe",
    ErasePerson = "erase_person",
    KeepLetter = "keep_letter",
    SetLetterState = "set_letter_state",
    FireTimer = "fire_timer",
}
