//! The tables and fields of a reward rule and of a limit.

use super::form;
use super::table::field;
use super::{Kind, Presence, Table};
use Presence::{Default, Required, Without};

/// The largest number of 32 bits.
const U32: i64 = 0xFFFF_FFFF;

pub(super) static RULE: Table = Table {
    name: "reward",
    doc: "One reward rule.",
    fields: &[
        field(
            "id",
            Kind::Text(&form::RULE_ID),
            Required,
            "\"friend-buys\"",
            "Its name, unique in the campaign and stable over versions: part of every reward's key.",
        ),
        field("to", Kind::Choice(TO), Required, "\"referrer\"", "Who gets it."),
        field("on", Kind::Choice(ON), Required, "\"qualified\"", "What brings it about."),
        field(
            "occurrence",
            Kind::Either(&[Kind::Choice(OCCURRENCE), Kind::Table(&NTH)]),
            Default("\"each\""),
            "{ nth = 2 }",
            "Which occurrence of that pays, counted for each referral (for `shared`, each participant), in the order in which they were recorded.",
        ),
        field("when", Kind::Condition, Without("always"), "\"order.total >= money('50 EUR')\"", "What must hold."),
        field(
            "give",
            Kind::Tagged(&[&FLAT, &PERCENT, &UNITS]),
            Without("its milestones say it"),
            "{ flat = \"10 EUR\" }",
            "How much. Needed unless there are `milestones`.",
        ),
        field(
            "every",
            Kind::Whole(2, 100),
            Without("one reward for each"),
            "3",
            "One reward for so many qualified referrals. Only for the referrer, on `qualified`.",
        ),
        field(
            "milestones",
            Kind::List(&Kind::Table(&MILESTONE), 0, 64),
            Without("none"),
            "[{ at = 3, give = { units = 100, unit = \"points\" } }]",
            "One reward at each of these numbers of qualified referrals. Only for the referrer, on `qualified`.",
        ),
        field(
            "clawback",
            Kind::Choice(CLAWBACK),
            Default("\"keep\""),
            "\"take_back\"",
            "Whether a milestone is taken back when the number falls below it.",
        ),
        field(
            "hold",
            Kind::Text(&form::HOLD),
            Without("it is due at once"),
            "\"30 days\"",
            "Why and how long it is held before it is due.",
        ),
        field(
            "expires",
            Kind::Text(&form::SPAN),
            Without("it never expires"),
            "\"90 days\"",
            "How long after it is due it expires.",
        ),
        field(
            "redeem_within",
            Kind::Text(&form::SPAN),
            Without("it may be used without end"),
            "\"365 days\"",
            "How long after it was handed over it may be used: what is not redeemed by then lapses.",
        ),
        field(
            "limits",
            Kind::List(&Kind::Table(&LIMIT), 0, 8),
            Without("none"),
            "[{ per = \"referrer\", count = 10, each = \"calendar month\" }]",
            "Limits of this rule.",
        ),
    ],
};

const TO: &[(&str, &str)] = &[
    ("referrer", "who referred"),
    ("invitee", "who was referred"),
    ("both", "both: two rewards, the referrer's first"),
];

const ON: &[(&str, &str)] = &[
    ("joined", "the referral became a lead"),
    ("shared", "a participant shared"),
    ("qualified", "the referral qualified"),
    ("purchase", "a purchase"),
    ("renewal", "a renewal"),
    ("subscription", "a subscription began"),
    ("custom", "a conversion of the host's own kind"),
];

const OCCURRENCE: &[(&str, &str)] = &[("each", "each"), ("first", "the first")];

static NTH: Table = Table {
    name: "nth",
    doc: "One occurrence by its number.",
    fields: &[field("nth", Kind::Whole(1, U32), Required, "2", "The so-many-th, from 1.")],
};

const CLAWBACK: &[(&str, &str)] =
    &[("keep", "it stays"), ("take_back", "it is taken back, and given again when the number is reached again")];

static FLAT: Table = Table {
    name: "flat",
    doc: "A fixed amount of money.",
    fields: &[field("flat", Kind::Text(&form::MONEY), Required, "\"10 EUR\"", "The amount.")],
};

static PERCENT: Table = Table {
    name: "percent",
    doc: "A part of what was paid, rounded down to a minor unit.",
    fields: &[
        field("percent", Kind::Text(&form::RATE), Required, "\"10%\"", "The rate."),
        field("of", Kind::Choice(OF), Default("\"order.net\""), "\"order.total\"", "Of what."),
        field(
            "at_most",
            Kind::Text(&form::MONEY),
            Without("limits alone bound it"),
            "\"25 EUR\"",
            "The most that it gives. An order in another currency is not eligible.",
        ),
    ],
};

const OF: &[(&str, &str)] = &[("order.net", "the total without tax and shipping"), ("order.total", "the total")];

static UNITS: Table = Table {
    name: "units",
    doc: "So many of a unit that is not money.",
    fields: &[
        field("units", Kind::Whole(1, U32), Required, "100", "How many."),
        field("unit", Kind::Text(&form::UNIT), Required, "\"points\"", "Of what."),
    ],
};

static MILESTONE: Table = Table {
    name: "milestone",
    doc: "One level. Levels stand in ascending order.",
    fields: &[
        field("at", Kind::Whole(1, U32), Required, "3", "The number of qualified referrals."),
        field(
            "give",
            Kind::Tagged(&[&FLAT, &PERCENT, &UNITS]),
            Required,
            "{ units = 100, unit = \"points\" }",
            "How much: `flat` or `units`.",
        ),
    ],
};

pub(super) static LIMIT: Table = Table {
    name: "limit",
    doc: "It counts rewards that are neither cancelled, expired nor reversed. A reward that does not fit is refused whole, the \
          referral is not.",
    fields: &[
        field(
            "id",
            Kind::Text(&form::LIMIT_ID),
            Without("the rule's id, or `campaign`, and its place: `friend-buys.1`"),
            "\"budget\"",
            "Its name, unique in the campaign and stable over versions: its total belongs to it.",
        ),
        field("per", Kind::Choice(PER), Required, "\"referrer\"", "For whom it counts."),
        field("count", Kind::Whole(1, U32), Without("any number"), "10", "At most so many rewards."),
        field(
            "value",
            Kind::Either(&[Kind::Text(&form::MONEY), Kind::Table(&UNIT_AMOUNT), Kind::List(&AMOUNT, 1, 32)]),
            Without("any value"),
            "\"5000 EUR\"",
            "At most so much. A list is a table by currency or unit: a reward in one that is not listed is refused.",
        ),
        field("each", Kind::Text(&form::EACH), Default("\"ever\""), "\"calendar month\"", "In which window."),
        field(
            "zone",
            Kind::Text(&form::ZONE),
            Without("the campaign's"),
            "\"Europe/Paris\"",
            "The zone of a calendar window.",
        ),
    ],
};

const PER: &[(&str, &str)] = &[
    ("referrer", "for each referrer, over the rewards that go to referrers"),
    ("invitee", "for each invitee, over the rewards that go to invitees"),
    ("campaign", "over all rewards: a budget"),
];

static AMOUNT: Kind = Kind::Either(&[Kind::Text(&form::MONEY), Kind::Table(&UNIT_AMOUNT)]);

static UNIT_AMOUNT: Table = Table {
    name: "quantity",
    doc: "So many of a unit that is not money.",
    fields: &[
        field("unit", Kind::Text(&form::UNIT), Required, "\"points\"", "The unit."),
        field("quantity", Kind::Whole(1, i64::MAX), Required, "1000", "How many."),
    ],
};
