//! Which commands tables may make, and which fields each has.

/// What a field may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Campaign,
    Event,
    Events,
    HostId,
    /// Ids of a person in another system, whose name stands behind the last dot of the field.
    FurtherIds,
    Email,
    Participant,
    Channel,
    Conversion,
    Moderation,
    ParticipantState,
    Rule,
    Cause,
    Number,
    /// Where a reward is moved to.
    Move,
    /// A unit that is not money.
    Unit,
    /// A side of a referral.
    Role,
    /// How long something takes.
    Span,
    /// Kinds of mails.
    Mails,
    Text,
    /// What an end user typed or followed, as it came: the engine declines what is wrong with it.
    Typed,
    /// The token of a mail.
    Token,
    /// What a campaign declares: a text, a number, a truth value, or a list of texts.
    Plain,
    Money,
    /// A truth value, or a text that says one.
    YesOrNo,
    Time,
    // Those below describe: one that does not fit is left out and reported, and the command is made without it.
    Name,
    Language,
    Country,
    Coupon,
}

impl Kind {
    /// Whether the command is made without it.
    pub(crate) fn is_soft(self) -> bool {
        matches!(self, Self::Name | Self::Language | Self::Country | Self::Coupon)
    }

    /// Whether it may be a list.
    pub(crate) fn may_be_list(self) -> bool {
        matches!(self, Self::Events | Self::Mails | Self::Plain | Self::FurtherIds)
    }
}

/// Fields by name; a name that ends with a dot takes any further name.
type Fields = &'static [(&'static str, Kind)];

/// A command that tables may make.
#[derive(Debug)]
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    /// Its fields, group by group. Of several ways to name a person the surest comes first.
    pub(crate) fields: &'static [Fields],
    /// Of each of these groups, at least one field is needed.
    pub(crate) needs: &'static [&'static [&'static str]],
    /// Whether the table's source is a part of it.
    pub(crate) has_source: bool,
    /// Whether it is unique for ever by ids of its own, so that it needs no time for its key.
    pub(crate) is_unique: bool,
}

const NEEDS_PERSON: &[&str] = &["person.host_id", "person.ids", "person.email"];
const NEEDS_PARTICIPANT: &[&str] = &["participant.id", "participant.host_id", "participant.ids", "participant.email"];
const NEEDS_INVITEE: &[&str] = &["invitee.id", "invitee.host_id", "invitee.ids", "invitee.email"];
const NEEDS_ONE: &[&str] = &["one.id", "one.host_id", "one.ids", "one.email"];
const NEEDS_OTHER: &[&str] = &["other.id", "other.host_id", "other.ids", "other.email"];
const NEEDS_TO: &[&str] = &["to.id", "to.host_id", "to.ids", "to.email"];

const CAMPAIGN: Fields = &[("campaign", Kind::Campaign)];
/// A person, as far as an event tells.
const PERSON: Fields = &[
    ("person.host_id", Kind::HostId),
    ("person.ids.", Kind::FurtherIds),
    ("person.email", Kind::Email),
    ("person.name", Kind::Name),
    ("person.language", Kind::Language),
    ("person.country", Kind::Country),
    ("person.data.", Kind::Plain),
];
const PARTICIPANT: Fields = &[
    ("participant.id", Kind::Participant),
    ("participant.host_id", Kind::HostId),
    ("participant.ids.", Kind::FurtherIds),
    ("participant.email", Kind::Email),
];
const INVITEE: Fields = &[
    ("invitee.id", Kind::Participant),
    ("invitee.host_id", Kind::HostId),
    ("invitee.ids.", Kind::FurtherIds),
    ("invitee.email", Kind::Email),
];
const ONE: Fields = &[
    ("one.id", Kind::Participant),
    ("one.host_id", Kind::HostId),
    ("one.ids.", Kind::FurtherIds),
    ("one.email", Kind::Email),
];
/// Of several ids each is a person who is one with the first.
const OTHER: Fields = &[
    ("other.id", Kind::Participant),
    ("other.host_id", Kind::HostId),
    ("other.ids.", Kind::FurtherIds),
    ("other.email", Kind::Email),
];
const TO: Fields = &[
    ("to.id", Kind::Participant),
    ("to.host_id", Kind::HostId),
    ("to.ids.", Kind::FurtherIds),
    ("to.email", Kind::Email),
];
const EVIDENCE: Fields = &[
    ("evidence.referrer.id", Kind::Participant),
    ("evidence.referrer.host_id", Kind::HostId),
    ("evidence.referrer.ids.", Kind::FurtherIds),
    ("evidence.referrer.email", Kind::Email),
    ("evidence.code", Kind::Typed),
    ("evidence.link", Kind::Typed),
    ("evidence.visitor", Kind::Typed),
    ("evidence.any", Kind::Typed),
    ("evidence.at", Kind::Time),
];
/// What the host knows beside the command.
const EXISTING: Fields = &[(EXISTING_CUSTOMER, Kind::YesOrNo)];
const AMOUNTS: Fields = &[("total", Kind::Money), ("tax", Kind::Money), ("shipping", Kind::Money)];
const EVENT: Fields = &[("event", Kind::Event)];
const ALIASES: Fields = &[("host_id", Kind::HostId), ("ids.", Kind::FurtherIds), ("email", Kind::Email)];
const NEEDS_ALIAS: &[&str] = &["host_id", "ids", "email"];
const REWARD: Fields = &[
    ("reward.campaign", Kind::Number),
    ("reward.rule", Kind::Rule),
    ("reward.participant", Kind::Participant),
    ("reward.cause", Kind::Cause),
];
const NEEDS_REWARD: [&[&str]; 4] = [&["reward.campaign"], &["reward.rule"], &["reward.participant"], &["reward.cause"]];
const HAND: Fields = &[("actor", Kind::Text), ("reason", Kind::Text)];

const ABOUT_PEOPLE: Spec = Spec { name: "", fields: &[], needs: &[], has_source: false, is_unique: false };
const OF_INVITEE: Spec =
    Spec { fields: &[CAMPAIGN, INVITEE, HAND], needs: &[&["campaign"], NEEDS_INVITEE], ..ABOUT_PEOPLE };
const OF_ORDER: Spec =
    Spec { name: "", fields: &[EVENT, HAND], needs: &[&["event"]], has_source: true, is_unique: false };

/// Every command that tables may make: what a message of another system can tell. Definitions, links and codes are not among
/// them.
pub(crate) const SPECS: &[Spec] = &[
    Spec { name: "enrol", fields: &[CAMPAIGN, PERSON], needs: &[&["campaign"], NEEDS_PERSON], ..ABOUT_PEOPLE },
    Spec {
        name: "record_share",
        fields: &[CAMPAIGN, PARTICIPANT, &[("channel", Kind::Channel)]],
        needs: &[&["campaign"], NEEDS_PARTICIPANT, &["channel"]],
        ..ABOUT_PEOPLE
    },
    Spec {
        name: "record_lead",
        fields: &[CAMPAIGN, PERSON, EVIDENCE, EXISTING],
        needs: &[&["campaign"], NEEDS_PERSON],
        ..ABOUT_PEOPLE
    },
    Spec { name: "qualify", ..OF_INVITEE },
    Spec { name: "unqualify", ..OF_INVITEE },
    Spec { name: "lose", ..OF_INVITEE },
    Spec { name: "remove_mark", ..OF_INVITEE },
    Spec {
        name: "reassign",
        fields: &[CAMPAIGN, INVITEE, TO, HAND],
        needs: &[&["campaign"], NEEDS_INVITEE, NEEDS_TO],
        ..ABOUT_PEOPLE
    },
    Spec {
        name: "moderate",
        fields: &[CAMPAIGN, INVITEE, &[("moderation", Kind::Moderation), ("actor", Kind::Text), ("note", Kind::Text)]],
        needs: &[&["campaign"], NEEDS_INVITEE, &["moderation"]],
        ..ABOUT_PEOPLE
    },
    Spec {
        name: "record_conversion",
        fields: &[
            EVENT,
            &[("kind", Kind::Conversion)],
            PERSON,
            CAMPAIGN,
            AMOUNTS,
            &[
                ("no_amount", Kind::YesOrNo),
                ("country", Kind::Country),
                ("coupon", Kind::Coupon),
                ("data.", Kind::Plain),
                ("occurred_at", Kind::Time),
                ("references", Kind::Events),
            ],
            EVIDENCE,
            EXISTING,
        ],
        needs: &[&["event"], &["kind"], NEEDS_PERSON],
        has_source: true,
        is_unique: true,
    },
    Spec {
        name: "add_reference",
        fields: &[&[("conversion", Kind::Event), ("reference", Kind::Event)]],
        needs: &[&["conversion"], &["reference"]],
        ..ABOUT_PEOPLE
    },
    Spec {
        name: "record_refund",
        fields: &[
            EVENT,
            &[("refund", Kind::Event), ("amount.amount", Kind::Money), ("amount.cumulative", Kind::Money)],
            HAND,
        ],
        needs: &[&["event"], &["refund"], &["amount.amount", "amount.cumulative"]],
        has_source: true,
        is_unique: true,
    },
    Spec {
        name: "cancel_refund",
        fields: &[EVENT, &[("refund", Kind::Event)], HAND],
        needs: &[&["event"], &["refund"]],
        ..OF_ORDER
    },
    Spec {
        name: "correct_conversion",
        fields: &[EVENT, &[("correction", Kind::Event)], AMOUNTS, HAND],
        needs: &[&["event"], &["correction"], &["total"]],
        ..OF_ORDER
    },
    Spec { name: "void_conversion", ..OF_ORDER },
    Spec { name: "restore_conversion", ..OF_ORDER },
    Spec {
        name: "move_reward",
        fields: &[REWARD, &[("to", Kind::Move), ("detail", Kind::Text)], HAND],
        needs: &[NEEDS_REWARD[0], NEEDS_REWARD[1], NEEDS_REWARD[2], NEEDS_REWARD[3], &["to"]],
        ..ABOUT_PEOPLE
    },
    Spec {
        name: "give_reward",
        fields: &[
            CAMPAIGN,
            PARTICIPANT,
            &[
                ("id", Kind::Event),
                ("amount", Kind::Money),
                ("unit", Kind::Unit),
                ("quantity", Kind::Number),
                ("role", Kind::Role),
                ("hold", Kind::Span),
                ("expires", Kind::Span),
                ("beyond_limits", Kind::YesOrNo),
            ],
            HAND,
        ],
        needs: &[&["campaign"], NEEDS_PARTICIPANT, &["id"], &["amount", "unit"], &["reason"]],
        ..ABOUT_PEOPLE
    },
    Spec {
        name: "grant_reward",
        fields: &[REWARD, &[("beyond_limits", Kind::YesOrNo)], HAND],
        needs: &[NEEDS_REWARD[0], NEEDS_REWARD[1], NEEDS_REWARD[2], NEEDS_REWARD[3], &["reason"]],
        ..ABOUT_PEOPLE
    },
    Spec {
        name: "add_alias",
        fields: &[PARTICIPANT, ALIASES],
        needs: &[NEEDS_PARTICIPANT, NEEDS_ALIAS],
        ..ABOUT_PEOPLE
    },
    Spec {
        name: "remove_alias",
        fields: &[PARTICIPANT, ALIASES],
        needs: &[NEEDS_PARTICIPANT, NEEDS_ALIAS],
        ..ABOUT_PEOPLE
    },
    Spec { name: MERGE_PEOPLE, fields: &[ONE, OTHER, HAND], needs: &[NEEDS_ONE, NEEDS_OTHER], ..ABOUT_PEOPLE },
    Spec {
        name: "set_participant_state",
        fields: &[PARTICIPANT, &[("state", Kind::ParticipantState)], HAND],
        needs: &[NEEDS_PARTICIPANT, &["state"]],
        ..ABOUT_PEOPLE
    },
    Spec {
        name: "unsubscribe",
        fields: &[&[("token", Kind::Token)], PARTICIPANT, &[("kinds", Kind::Mails)]],
        needs: &[&["token", "participant.id", "participant.host_id", "participant.ids", "participant.email"]],
        ..ABOUT_PEOPLE
    },
    Spec {
        name: "resubscribe",
        fields: &[PARTICIPANT, &[("kinds", Kind::Mails)]],
        needs: &[NEEDS_PARTICIPANT],
        ..ABOUT_PEOPLE
    },
    Spec {
        name: ERASE_PERSON,
        fields: &[PARTICIPANT],
        needs: &[NEEDS_PARTICIPANT],
        has_source: false,
        is_unique: true,
    },
];

/// The command that becomes an erasure: erasing takes several steps, which the host's front door knows.
pub(crate) const ERASE_PERSON: &str = "erase_person";
/// The command that one rule may make several times: for each person who is one with the first.
pub(crate) const MERGE_PEOPLE: &str = "merge_people";
/// The field that is no part of a command: it stands beside it.
pub(crate) const EXISTING_CUSTOMER: &str = "existing_customer";
/// The fields that name a person in one of several ways.
pub(crate) const WAYS_TO_NAME: [&str; 6] = ["participant", "invitee", "evidence.referrer", "one", "other", "to"];

impl Spec {
    /// The command of a name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        SPECS.iter().find(|spec| spec.name == name)
    }

    /// All fields, in the order of the command.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, Kind)> {
        self.fields.iter().flat_map(|group| group.iter().copied())
    }

    /// What the field of a name may hold.
    pub(crate) fn kind(&self, name: &str) -> Option<Kind> {
        self.all().find(|(known, _)| fits(known, name)).map(|(_, kind)| kind)
    }

    /// The place of a field among all.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.all().position(|(known, _)| fits(known, name))
    }
}

/// The system that a field of further ids names: the last part of the name, as `stripe` in `person.ids.stripe`.
pub(crate) fn system_of(name: &str) -> Option<&str> {
    let within = |parent: &str| name.strip_prefix(parent)?.strip_prefix('.');
    let parents = WAYS_TO_NAME.into_iter().chain(["person"]);
    parents.into_iter().find_map(within).unwrap_or(name).strip_prefix("ids.")
}

fn fits(known: &str, name: &str) -> bool {
    known == name || (known.ends_with('.') && name.len() > known.len() && name.starts_with(known))
}
