//! The tables and fields of a campaign, its rules and limits aside.

use super::form;
use super::reward::{LIMIT, RULE};
use super::share::{LANDINGS, LANGUAGE, PAGES, PARAMETER, SHARE_TEXTS};
use super::upload::UPLOAD;
use super::{Field, Kind, Presence, Table};
use Presence::{Default, Required, Without};

pub(super) const fn field(
    name: &'static str,
    kind: Kind,
    presence: Presence,
    example: &'static str,
    doc: &'static str,
) -> Field {
    Field { name, kind, presence, doc, example }
}

pub(in crate::campaign) static CAMPAIGN: Table = Table {
    name: "campaign",
    doc: "The top of the file.",
    fields: &[
        field(
            "name",
            Kind::Text(&form::CAMPAIGN_NAME),
            Required,
            "\"spring-2026\"",
            "Its name, unique in the tenant. It never changes and is part of no link.",
        ),
        field("title", Kind::Text(&form::TITLE), Without("no title"), "\"Bring a friend\"", "What people call it."),
        field(
            "language",
            Kind::Text(&LANGUAGE),
            Default("\"en\""),
            "\"de\"",
            "The language of its title and of the share texts that name none.",
        ),
        field(
            "zone",
            Kind::Text(&form::ZONE),
            Default("\"UTC\""),
            "\"Europe/Paris\"",
            "The zone of its calendar days. Fixed by the first version.",
        ),
        field(
            "starts",
            Kind::Text(&form::TIME),
            Without("it always did"),
            "2026-05-01T00:00:00Z",
            "The first instant at which it takes leads.",
        ),
        field(
            "ends",
            Kind::Text(&form::TIME),
            Without("it never ends"),
            "2026-12-01T00:00:00Z",
            "The first instant at which it no longer takes leads.",
        ),
        field(
            "in_flight",
            Kind::Choice(IN_FLIGHT),
            Default("\"honour\""),
            "\"stop\"",
            "What happens to leads in flight when it ends.",
        ),
        field(
            "link_host",
            Kind::Text(&form::HOST),
            Required,
            "\"go.shop.example\"",
            "The host of its links: part of every link's signature.",
        ),
        field(
            "destinations",
            Kind::List(&Kind::Text(&form::DESTINATION), 0, 32),
            Without("links lead nowhere but where the host sends them"),
            "[\"https://shop.example/\"]",
            "Where links may lead: whatever begins like one of these. The first is the default.",
        ),
        field(
            "link_parameter",
            Kind::Text(&PARAMETER),
            Without("they carry neither"),
            "\"ref\"",
            "Under which parameter destinations carry on the link's token or the code, for the page that signs people up.",
        ),
        field(
            "pages",
            Kind::Table(&PAGES),
            Without("messages lead to none"),
            "{ tracking = \"https://shop.example/friends\" }",
            "The host's pages that messages lead to.",
        ),
        field(
            "waiting",
            Kind::Text(&form::SPAN),
            Default("\"3 days\""),
            "\"72 hours\"",
            "How long before its lead an order may have happened and still count: `[lead - waiting, lead + window)`.",
        ),
        field(
            "late",
            Kind::Text(&form::SPAN),
            Default("\"45 days\""),
            "\"10 days\"",
            "How long after it happened an order may be told. Later it is recorded and has no place.",
        ),
        field(
            "zero_orders",
            Kind::Choice(ZERO_ORDERS),
            Default("\"ignore\""),
            "\"count\"",
            "What an order of zero is.",
        ),
        field(
            "debts",
            Kind::Choice(DEBTS),
            Default("\"net\""),
            "\"write_off\"",
            "What happens to a debt that a reversal left.",
        ),
        field(
            "dimensions",
            Kind::List(&Kind::Choice(DIMENSION), 0, 16),
            Default("[\"channel\", \"country\", \"version\"]"),
            "[\"channel\", \"rule\"]",
            "By what its numbers are told apart, beside the day. Each costs space in a row that every command writes. Fixed by the first version.",
        ),
        field(
            "leaderboard",
            Kind::List(&Kind::Choice(RANKED_BY), 0, 10),
            Without("people are not ranked"),
            "[\"qualified\"]",
            "By which metrics it ranks people, by day, month and ever. Each costs three rows where it changes. Fixed by the first version.",
        ),
        field(
            "attribution",
            Kind::Table(&ATTRIBUTION),
            Without("the defaults of its fields"),
            "{ model = \"first_touch\" }",
            "How the referrer is found.",
        ),
        field(
            "qualification",
            Kind::Table(&QUALIFICATION),
            Without("any purchase qualifies"),
            "{ on = \"purchase\", window = \"60 days\" }",
            "What makes a lead qualified.",
        ),
        field(
            "fields",
            Kind::List(&Kind::Table(&FIELD), 0, 256),
            Without("none"),
            "[{ path = \"order.data.status\", type = \"string\" }]",
            "Fields that the host states about orders, invitees and referrers, for conditions.",
        ),
        field(
            "limits",
            Kind::List(&Kind::Table(&LIMIT), 0, 16),
            Without("none"),
            "[{ per = \"campaign\", value = \"5000 EUR\" }]",
            "Limits over all rules.",
        ),
        field(
            "share_texts",
            Kind::List(&Kind::Table(&SHARE_TEXTS), 0, 256),
            Without("the title and the link"),
            "[{ text = \"{name|A friend} gives you 10 euros: {link}\" }]",
            "The words for sharing, for each channel and language.",
        ),
        field(
            "landings",
            Kind::List(&Kind::Table(&LANDINGS), 0, 64),
            Without("the title alone"),
            "[{ title = \"{name|A friend} gives you 10 euros\" }]",
            "What friends are shown where they land, for each language.",
        ),
        field(
            "uploads",
            Kind::List(&Kind::Table(&UPLOAD), 0, 5),
            Without("whoever uploads a file says it"),
            "[{ content = \"conversions\", source = \"shop\", currency = \"EUR\" }]",
            "How its files are laid out, for each content.",
        ),
        field(
            "rewards",
            Kind::List(&Kind::Table(&RULE), 0, 64),
            Without("it gives nothing"),
            "[{ id = \"welcome\", to = \"invitee\", on = \"joined\", give = { flat = \"10 EUR\" } }]",
            "The reward rules, each judged by itself, in this order.",
        ),
    ],
};

const IN_FLIGHT: &[(&str, &str)] =
    &[("honour", "they may qualify until their window closes"), ("stop", "they do not qualify any more")];

const ZERO_ORDERS: &[(&str, &str)] =
    &[("ignore", "it has no place, qualifies nothing and earns nothing"), ("count", "it is an order like any other")];

const DIMENSION: &[(&str, &str)] = &[
    ("channel", "where the link was shared"),
    ("country", "the country that the host found for the visitor"),
    ("version", "the version of the campaign that a referral or a reward follows"),
    ("rule", "the rule of a reward: of rewards alone"),
    ("link", "the link, by its grant and counter: for a campaign with few links"),
    ("device", "the kind of device"),
    ("browser", "the family of the browser"),
    ("system", "the operating system"),
    ("referring_host", "the host of the page before"),
    ("city", "the city that the host found for the visitor"),
    ("utm_source", "`utm_source` of the link or the URL"),
    ("utm_medium", "`utm_medium` of the link or the URL"),
    ("utm_campaign", "`utm_campaign` of the link or the URL"),
];

const RANKED_BY: &[(&str, &str)] = &[
    ("shares", "shares"),
    ("views", "counted views"),
    ("clicks", "counted clicks"),
    ("leads", "referrals that became a lead"),
    ("qualified", "referrals that are qualified now"),
    ("conversions", "orders that count"),
    ("revenue", "net revenue, by currency"),
    ("rewards", "rewards granted, less those cancelled or reversed"),
    ("granted", "what is granted and neither cancelled, expired nor reversed, by unit"),
    ("issued", "what was handed over and not used, by unit"),
];

const DEBTS: &[(&str, &str)] = &[("net", "it is netted against the next reward"), ("write_off", "it is given up")];

static ATTRIBUTION: Table = Table {
    name: "attribution",
    doc: "How the referrer is found.",
    fields: &[
        field(
            "precedence",
            Kind::List(&Kind::Choice(EVIDENCE), 1, 4),
            Default("[\"referrer\", \"code\", \"link\", \"visitor\"]"),
            "[\"code\", \"link\"]",
            "Which evidence decides when several name somebody: the first that is there. What is not listed does not count.",
        ),
        field(
            "model",
            Kind::Choice(MODEL),
            Default("\"last_touch\""),
            "\"first_touch\"",
            "Which of a visitor's touches counts.",
        ),
        field(
            "window",
            Kind::Text(&form::SPAN),
            Default("\"30 days\""),
            "\"14 days\"",
            "How long after a touch a sign-up counts: `[touch, touch + window)`.",
        ),
        field(
            "existing_customers",
            Kind::Choice(EXISTING),
            Default("\"refuse\""),
            "\"allow\"",
            "What happens to invitees whom the host knows as customers.",
        ),
        field(
            "same_mailbox",
            Kind::Choice(SAME_MAILBOX),
            Default("\"decline\""),
            "\"hold\"",
            "What happens to invitees who share a mailbox with their referrer: the addresses differ only in tags, dots or domains of one provider.",
        ),
    ],
};

const SAME_MAILBOX: &[(&str, &str)] = &[
    ("decline", "they are declined with `self_referral`; found at an order, the referral is flagged"),
    ("hold", "the referral is flagged, and its rewards are held"),
    ("allow", "they are welcome"),
];

const EVIDENCE: &[(&str, &str)] = &[
    ("referrer", "the host named the referrer"),
    ("code", "a code"),
    ("link", "a link"),
    ("visitor", "an earlier click of the visitor"),
];

const MODEL: &[(&str, &str)] = &[("first_touch", "the first"), ("last_touch", "the last")];

const EXISTING: &[(&str, &str)] =
    &[("refuse", "they are declined"), ("allow", "they are welcome; `invitee.is_new` tells rules")];

static QUALIFICATION: Table = Table {
    name: "qualification",
    doc: "What makes a lead qualified.",
    fields: &[
        field(
            "on",
            Kind::Choice(QUALIFIES_ON),
            Default("\"purchase\""),
            "\"conversion\"",
            "The event that may qualify.",
        ),
        field(
            "when",
            Kind::Condition,
            Without("nothing more"),
            "\"order.total >= money('20 EUR')\"",
            "What must hold of that event.",
        ),
        field(
            "window",
            Kind::Text(&form::SPAN),
            Without("for ever"),
            "\"60 days\"",
            "How long after it became a lead a referral may qualify: `[lead, lead + window)`.",
        ),
    ],
};

const QUALIFIES_ON: &[(&str, &str)] = &[
    ("joined", "signing up is enough"),
    ("purchase", "a purchase, or a subscription that begins"),
    ("conversion", "any conversion"),
    ("manual", "only the host, by the command `qualify`"),
];

static FIELD: Table = Table {
    name: "field",
    doc: "A field that the host states about an order, an invitee or a referrer. It may be missing, which `has(…)` asks for.",
    fields: &[
        field("path", Kind::Text(&form::FIELD_PATH), Required, "\"order.data.status\"", "How conditions call it."),
        field("type", Kind::Choice(TYPE), Required, "\"string\"", "What it holds."),
        field(
            "doc",
            Kind::Text(&form::DOC),
            Without("nothing"),
            "\"whether the order was delivered\"",
            "What it means.",
        ),
    ],
};

const TYPE: &[(&str, &str)] = &[
    ("bool", "true or false"),
    ("int", "a whole number"),
    ("string", "text"),
    ("strings", "a list of texts"),
    ("money", "an amount of money"),
    ("time", "an instant"),
];
