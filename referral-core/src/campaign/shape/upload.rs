//! The tables and forms of how a campaign's files are laid out.

use super::form::{self, Form};
use super::table::field;
use super::{Kind, Presence, Table};
use crate::error::Error;
use crate::value::{Currency, SourceName};
use Presence::{Default, Required, Without};

static SOURCE: Form = Form {
    name: "source",
    doc: form::SLUG_DOC,
    pattern: form::SLUG,
    examples: &["shop"],
    check: |text| SourceName::new(text).map(drop),
};
static CURRENCY: Form = Form {
    name: "currency",
    doc: "a currency by ISO 4217",
    pattern: "^[A-Z]{3}$",
    examples: &["EUR"],
    check: |text| text.parse::<Currency>().map(drop),
};
static UPLOAD_FIELD: Form = Form {
    name: "field of a row",
    doc: "a field that rows of the content have, such as `id`, `email` or `total`; `data.` and a name for what conditions ask about",
    pattern: "^.{1,100}$",
    examples: &["email", "data.plan"],
    check: |text| not_empty(text, 100),
};
static HEADER: Form = Form {
    name: "header",
    doc: "text of at most 200 characters in one line; neither case nor space around it matters",
    pattern: "^.{1,200}$",
    examples: &["E-Mail"],
    check: |text| not_empty(text, 200),
};

pub(super) static UPLOAD: Table = Table {
    name: "upload",
    doc: "How files of one content are laid out.",
    fields: &[
        field("content", Kind::Choice(CONTENT), Required, "\"conversions\"", "What the rows are."),
        field(
            "source",
            Kind::Text(&SOURCE),
            Without("`upload`"),
            "\"shop\"",
            "Where the rows come from; of orders, refunds and voids it is the source.",
        ),
        field(
            "currency",
            Kind::Text(&CURRENCY),
            Without("each amount names its own"),
            "\"EUR\"",
            "The currency of amounts that name none.",
        ),
        field("amounts", Kind::Choice(AMOUNTS), Default("\"stated\""), "\"none\"", "Whether the rows have amounts."),
        field(
            "decimals",
            Kind::Choice(DECIMALS),
            Without("only what can be read in one way is"),
            "\"comma\"",
            "How decimals are written.",
        ),
        field(
            "dates",
            Kind::Choice(DATES),
            Without("only what can be read in one way is"),
            "\"day_month_year\"",
            "How dates are written. RFC 3339 is understood beside it, except where numbers are stated.",
        ),
        field(
            "zone",
            Kind::Text(&form::ZONE),
            Without("such days and times are refused"),
            "\"Europe/Paris\"",
            "The zone of days and times that name none.",
        ),
        field(
            "columns",
            Kind::List(&Kind::Table(&COLUMN), 0, 64),
            Without("every column that has the name of a field is read as that field"),
            "[{ field = \"email\", header = \"E-Mail\" }]",
            "Which field is read from which column; then no other column is read.",
        ),
    ],
};

static COLUMN: Table = Table {
    name: "column",
    doc: "A column of a file.",
    fields: &[
        field("field", Kind::Text(&UPLOAD_FIELD), Required, "\"email\"", "The field that is read from it."),
        field("header", Kind::Text(&HEADER), Required, "\"E-Mail\"", "Its name in the file's first row."),
    ],
};

const CONTENT: &[(&str, &str)] = &[
    ("referrers", "people to enrol"),
    ("invitees", "people who signed up, each with what names the referrer"),
    ("conversions", "purchases and other conversions"),
    ("qualifications", "invitees to qualify by hand"),
    ("rewards", "rewards that were handed over"),
    ("refunds", "refunds of orders, and refunds that did not leave"),
    ("voids", "orders that never were, or that were after all"),
    ("corrections", "new amounts of orders"),
    ("marks", "marks that hands set on referrals"),
    ("moderation", "what moderation found of referrals"),
];

const AMOUNTS: &[(&str, &str)] = &[
    ("stated", "each states its `total`, or says `yes` in the field `no_amount`; another is refused"),
    ("none", "none has an amount"),
];

const DECIMALS: &[(&str, &str)] = &[("point", "`1,234.50`"), ("comma", "`1.234,50`")];

const DATES: &[(&str, &str)] = &[
    ("year_month_day", "`2026-05-01`"),
    ("day_month_year", "`01.05.2026`, `01/05/2026`"),
    ("month_day_year", "`05/01/2026`"),
    ("unix_seconds", "seconds since 1970"),
    ("unix_milliseconds", "milliseconds since 1970"),
];

fn not_empty(text: &str, most: usize) -> crate::error::Result<()> {
    if text.trim().is_empty() {
        return Err(Error::invalid("text", "is empty"));
    }
    form::prose(text, most)
}
