//! What comes in: one struct for each command, named as an imperative.
//!
//! A command says what the caller wants. What the host knows beside it (is this an existing customer, where is this
//! address) travels in [`HostFacts`] and is neither hashed nor compared.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::any::{AnyCommand, Command};
use super::hidden::shown_or_hidden;
use super::outcome::{
    AliasAdded, AliasRemoved, CampaignDefined, CampaignStateSet, ClickRecorded, CodeCreated, EligibleSet, Enrolled,
    KeyringChecked, LeadRecorded, LinkCreated, LookupOpened, LookupRequested, ParticipantStateSet, PeopleMerged,
    PersonErased, ProfileSet, Redelivered, Resubscribed, RetentionSet, ShareRecorded, Subscribed, TimerFired,
    Unsubscribed, ValiditySet,
};
use super::part::{EvidenceGiven, FetchHeaders, Person, Recipient, Revocable, Who};
use crate::campaign::CampaignModel;
use crate::record::{
    CampaignState, Channel, FurtherId, Key, NotificationKind, ParticipantState, Private, Purpose, ShownAs, TimerKey,
    Validity,
};
use crate::value::{CampaignSlug, Day, Email, HostId, NotificationId, SubscriberName, Timestamp};

commands! {
    /// Compares the keyring with the check values that the tenant's store keeps, and keeps those of added link keys. The
    /// front door executes it when it opens a tenant, before anything is hashed.
    CheckKeyring => KeyringChecked = "check_keyring" {}

    /// Defines a campaign, or adds a version to it. The same definition again changes nothing.
    DefineCampaign => CampaignDefined = "define_campaign" {
        /// The definition.
        definition: CampaignModel,
    }

    /// States how many customers could refer in a campaign from a day on: those to whom it is offered, referrers among them. The
    /// participation rate is of them. A number for the same day replaces the one that was stated before; the last 400 days are kept.
    SetEligible => EligibleSet = "set_eligible" {
        /// The campaign.
        campaign: CampaignSlug,
        /// How many.
        customers: u64,
        /// From which day on, in the campaign's zone; by default the day of the command.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        day: Option<Day>,
        /// Who states it, in the host's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Why, in a few words without personal data.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }

    /// Pauses, resumes or ends a campaign.
    SetCampaignState => CampaignStateSet = "set_campaign_state" {
        /// The campaign.
        campaign: CampaignSlug,
        /// The new state.
        state: CampaignState,
        /// Who does it, in the host's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Why, in a few words without personal data.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }

    /// Says who is told what, from now on. No kinds: nothing.
    Subscribe => Subscribed = "subscribe" {
        /// Who is told.
        subscriber: SubscriberName,
        /// Of what.
        kinds: Vec<NotificationKind>,
        /// What the subscriber does with it: keeps events, or writes mails. By default it keeps events.
        #[serde(default, skip_serializing_if = "Purpose::is_events")]
        purpose: Purpose,
    }

    /// Delivers a notification to a subscriber again: what was delivered or is dead gets all its attempts anew, and what still
    /// waits is due at once.
    Redeliver => Redelivered = "redeliver" {
        /// The notification.
        notification: NotificationId,
        /// Who is told.
        subscriber: SubscriberName,
    }

    /// Enrols a person in a campaign as a possible referrer, with a first link and a code.
    Enrol => Enrolled = "enrol" {
        /// The campaign.
        campaign: CampaignSlug,
        /// The person.
        person: Person,
    }

    /// Makes a further link of an enrolled participant.
    CreateLink => LinkCreated = "create_link" {
        /// The campaign.
        campaign: CampaignSlug,
        /// Whose link it is.
        participant: Who,
        /// Where it will be shared.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        channel: Option<Channel>,
        /// UTM parameters; at most 8 of at most 100 characters each.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        utm: BTreeMap<String, String>,
    }

    /// Makes a further code of an enrolled participant.
    CreateCode => CodeCreated = "create_code" {
        /// The campaign.
        campaign: CampaignSlug,
        /// Whose code it is.
        participant: Who,
        /// The code to have; by default one is drawn.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        vanity: Option<String>,
        /// Until when it is good.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
        /// How many referrals it may bring.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_uses: Option<u32>,
    }

    /// Withdraws a link, a code, or all links of a grant, or lets it be good again. Who came by it before stays referred.
    SetValidity => ValiditySet = "set_validity" {
        /// The campaign.
        campaign: CampaignSlug,
        /// What.
        what: Revocable,
        /// Whether it is good from now on.
        validity: Validity,
        /// Who does it, in the host's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Why, in a few words without personal data.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }

    /// Adds a host id, further ids or an email to a known person. What belongs to another person is declined with
    /// `belongs_to_another`.
    AddAlias => AliasAdded = "add_alias" {
        /// The person.
        participant: Who,
        /// The host's own id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host_id: Option<HostId>,
        /// Further ids; at most 8.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        ids: Vec<FurtherId>,
        /// The email.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        email: Option<Email>,
    }

    /// Takes a host id, further ids or an email away from a person: an email that somebody else has now. Whoever tells it next
    /// is another person.
    RemoveAlias => AliasRemoved = "remove_alias" {
        /// The person.
        participant: Who,
        /// The host's own id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host_id: Option<HostId>,
        /// Further ids; at most 8.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        ids: Vec<FurtherId>,
        /// The email.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        email: Option<Email>,
    }

    /// Makes two people one, who turned out to be the same: the one who was enrolled first stays. Ids, emails, remembered orders and
    /// debts go to that person, and in each campaign their leads are those of one person. There is no way back:
    /// `show_merge` shows what it would do.
    MergePeople => PeopleMerged = "merge_people" {
        /// The one.
        one: Who,
        /// The other.
        other: Who,
        /// Who does it, in the host's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Why, in a few words without personal data.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }

    /// Suspends a participant, or lets them refer again.
    SetParticipantState => ParticipantStateSet = "set_participant_state" {
        /// The participant.
        participant: Who,
        /// The new state: active or suspended.
        state: ParticipantState,
        /// Who does it, in the host's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Why, in a few words without personal data.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }

    /// Sets how a person is shown to friends and on leaderboards, and what the person says to friends on invitations. What is not
    /// stated stays as it was; an empty text takes away what was there.
    ///
    /// Texts are cleaned: in one line, without what shows nothing. One that is too long, names an address or has an offensive word
    /// is declined with `words_refused`.
    SetProfile => ProfileSet = "set_profile" {
        /// The person.
        participant: Who,
        /// How the person is shown: `first_name`, `initial`, `pseudonym`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shown_as: Option<ShownAs>,
        /// The name to be shown by; at most 40 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pseudonym: Option<Private>,
        /// What the person says on invitations; at most 280 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<Private>,
    }

    /// Sets how long receipts, clicks, views and letters are kept; `settle` removes what is older. Totals stay as they are. What is not stated
    /// stays as it was.
    ///
    /// A visitor is forgotten with the last click: who comes again after that counts as a new visitor, and leads to no referrer.
    SetRetention => RetentionSet = "set_retention" {
        /// How long receipts are kept, and how old the key of a command may be: 1 to 3,650 days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        receipt_days: Option<u32>,
        /// How long counted clicks and views are kept, and the visitors behind them: 1 to 3,650 days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        touch_days: Option<u32>,
        /// How long clicks and views of robots, previews and duplicates are kept: at most `touch_days`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        uncounted_days: Option<u32>,
        /// How long letters are kept, messages of other systems that could not be used: 1 to 3,650 days. What they say of people
        /// is encrypted, and yet it is there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        letter_days: Option<u32>,
        /// How many letters may be kept at once: 1 to 1,000,000. A further one is declined, so that its sender keeps it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        most_letters: Option<u32>,
    }

    /// Records that a participant passed a link on.
    RecordShare => ShareRecorded = "record_share" {
        /// The campaign.
        campaign: CampaignSlug,
        /// Who shared.
        participant: Who,
        /// Where.
        channel: Channel,
    }

    /// Records that somebody followed a link or used a code, or saw the page behind it: what an HTTP handler has.
    RecordClick => ClickRecorded = "record_click" {
        /// The token or code, as it stood in the URL.
        link: String,
        /// The campaign, which a code needs and a token does not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        campaign: Option<CampaignSlug>,
        /// Whether the page was only seen, not reached by the link.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        view: bool,
        /// The visitor: the host's cookie or device id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        visitor: Option<String>,
        /// The address. It is cut to its network before it is stored.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ip: Option<IpAddr>,
        /// The HTTP method; `HEAD` does not count.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        method: Option<String>,
        /// The `User-Agent` header.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user_agent: Option<String>,
        /// The `Sec-Purpose` or `Purpose` header.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        purpose: Option<String>,
        /// The `Sec-Fetch` headers of the request for the link itself, not of a script's call. A browser that loads the link
        /// as a part of a page does not count.
        #[serde(default, skip_serializing_if = "FetchHeaders::is_empty")]
        fetch: FetchHeaders,
        /// The `Referer` header; only its host is looked at.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        referer: Option<String>,
        /// The URL that was asked for, or its query; only its UTM parameters are looked at.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        query: Option<String>,
        /// Where to go; must be on the campaign's allow-list.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        destination: Option<String>,
    }

    /// Records that a person signed up, and attributes the person to whoever the evidence names first by the campaign's
    /// precedence.
    ///
    /// The first referrer stays: a later, different one is declined with `already_referred`.
    RecordLead => LeadRecorded = "record_lead" {
        /// The campaign.
        campaign: CampaignSlug,
        /// Who signed up.
        person: Person,
        /// What names the referrer.
        #[serde(default)]
        evidence: EvidenceGiven,
    }

    /// Asks to check one's referrals. It answers the same, with the same store calls, whether or not anybody has the email;
    /// whoever has it is sent a token that is good once, for 15 minutes, through the notification `lookup.requested`.
    ///
    /// An email asks at most five times within a day; then it is declined with `lookup_limit`, known or not.
    RequestLookup => LookupRequested = "request_lookup" {
        /// The campaign on whose page it is asked.
        campaign: CampaignSlug,
        /// The email, as it was typed.
        email: Email,
    }

    /// Uses the token of a lookup: what a form on the page that it leads to sends by POST. The question `show_lookup` only
    /// looks, for a GET. After five wrong tokens a lookup has no right one any more.
    OpenLookup => LookupOpened = "open_lookup" {
        /// The token, as it stood in the URL.
        token: String,
    }

    /// Records that a person wants no mails: what the page behind `unsubscribe_url` sends by POST, also when a mail program
    /// does with one click (RFC 8058); or what the host was told otherwise. It may be told as often as one likes.
    ///
    /// From then on no mail is handed over to a subscriber that sends mail, not even one that was notified before. What a
    /// person asks for, `lookup.requested`, is sent all the same.
    Unsubscribe => Unsubscribed = "unsubscribe" {
        /// Whose mails, by the token of one or by name.
        recipient: Recipient,
        /// From mails of which kinds; by default from all. `lookup.requested` cannot be among them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kinds: Vec<NotificationKind>,
        /// Who does it for the person, in the host's own words. Not beside a token, which the person has.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Why, in a few words without personal data. Not beside a token.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }

    /// Records that a person wants mails, again or for the first time: the consent that the host was given. No token can do
    /// that.
    Resubscribe => Resubscribed = "resubscribe" {
        /// The person.
        participant: Who,
        /// To mails of which kinds; by default to all. `lookup.requested` cannot be among them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kinds: Vec<NotificationKind>,
        /// Who does it, in the host's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Why, in a few words without personal data.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }

    /// Erases a person: the row with personal data, every hash that is known to lead to it, what was asked by email, and of
    /// the proposed records what is the person's. What is counted stays, under an id that leads to nobody.
    ///
    /// The operation [`Erase`](crate::engine::Erase) lists what is held and executes this until nothing is left; alone it
    /// leaves what nobody proposed.
    ErasePerson => PersonErased = "erase_person" {
        /// The person.
        participant: Who,
        /// Records that may hold more, as a listing proposed them; at most 1,000. What is not the person's is left alone.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        records: Vec<Key>,
    }

    /// Does what a due timer brings. The sweep `settle` executes one for each timer that it finds.
    FireTimer => TimerFired = "fire_timer" {
        /// The timer.
        timer: TimerKey,
    }
}
