//! Everything that is offered to a column: what it accepts becomes its samples.

use referral_core::record::{
    Account, AliasKind, CampaignState, Cell, Claim, CodeKind, ColumnType, ConversionKind, ConversionState,
    DeliveryState, Dimension, EntryKind, Evidence, GrantKind, HoldKind, KnownChannel, LetterState, LookupStanding,
    MarkKind, Metric, Moderation, NotificationKind, ParticipantState, Progress, RewardState, Role, ShownAs, TimerKind,
    TouchKind, Validity, Verdict,
};

/// Every value of the pool that a column of this type may hold, and null.
pub(super) fn cells(holds: ColumnType) -> Vec<Cell> {
    let mut cells: Vec<Cell> = match holds {
        ColumnType::Uuid => uuids().into_iter().map(Cell::Bytes).collect(),
        ColumnType::Integer => INTEGERS.iter().copied().map(Cell::Integer).collect(),
        ColumnType::Boolean => vec![Cell::Integer(0), Cell::Integer(1)],
        ColumnType::Time => TIMES.iter().copied().map(Cell::Integer).collect(),
        ColumnType::Text => texts().into_iter().map(Cell::Text).collect(),
        ColumnType::Bytes => [0, 1, 8, 16, 32, 255].into_iter().flat_map(bytes).map(Cell::Bytes).collect(),
        ColumnType::Json => DOCUMENTS.iter().map(|text| Cell::Text((*text).to_owned())).collect(),
    };
    cells.push(Cell::Null);
    cells
}

const INTEGERS: &[i64] =
    &[1, 2, 3, 0, 500, 999_999, u32::MAX as i64 - 1, u32::MAX as i64, i64::MAX, i64::MAX - 1, -1, -500, i64::MIN];

const TIMES: &[i64] =
    &[1_777_624_200_000_000, 1_777_624_200_000_001, 1_777_624_199_999_999, 0, 1, 253_402_214_400_000_000];

fn uuids() -> Vec<Vec<u8>> {
    let small = (1..=6).map(|last| [&[1, 0x9a, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0][..], &[last]].concat());
    small.chain([vec![0; 16], vec![0xff; 16]]).collect()
}

/// Bytes of one length: small, large, and those that break what treats bytes as text.
fn bytes(length: usize) -> Vec<Vec<u8>> {
    [0, 0x27, 0x7f, 0x80, 0xff].into_iter().map(|byte| vec![byte; length]).collect()
}

fn texts() -> Vec<String> {
    let mut texts: Vec<String> = PLAIN.iter().chain(HOSTILE).map(|text| (*text).to_owned()).collect();
    texts.push("x".repeat(64));
    texts.push("é".repeat(127));
    texts.push("long ".repeat(2_000));
    texts.extend(names().into_iter().map(str::to_owned));
    texts
}

fn names() -> Vec<&'static str> {
    macro_rules! names {
        ($($name:ident)*) => { [$($name::ALL.iter().map(|value| value.as_str()).collect::<Vec<_>>()),*].concat() };
    }
    names! {
        CampaignState ParticipantState AliasKind GrantKind Validity CodeKind TouchKind Verdict Progress Moderation
        Evidence ConversionKind ConversionState Role RewardState HoldKind EntryKind Account DeliveryState TimerKind
        NotificationKind Metric Dimension KnownChannel LookupStanding MarkKind Claim LetterState ShownAs
    }
}

const PLAIN: &[&str] = &[
    "spring",
    "autumn-2026",
    "0.9_x",
    "a",
    // Countries, currencies, languages, networks.
    "DE",
    "FR",
    "US",
    "EUR",
    "USD",
    "JPY",
    "BHD",
    "de",
    "pt-BR",
    "192.0.2.0/24",
    "203.0.113.0/24",
    "2001:db8:7::/48",
    // Channels, links, causes, subjects.
    "00000000000000ff/7",
    "ffffffffffffffff/4294967295",
    "other:flyer",
    "event/shop/order-1",
    "event/stripe/in_1/with/slashes",
    "referral/019a0000-0000-7000-8000-000000000001",
    "share/1",
    "share/4294967295",
    "qualification/019a0000-0000-7000-8000-000000000002/3",
    "place/019a0000-0000-7000-8000-000000000002/1/2",
    "late/019a0000-0000-7000-8000-000000000002/1/EUR",
    "group/2",
    "hand/gift-1",
    "level/3",
    "reward/1/friend-buys/019a0000-0000-7000-8000-000000000001/event/shop/order-1",
    "reward/4294967295/welcome/019a0000-0000-7000-8000-000000000002/share/7",
    "referral/1/019a0000-0000-7000-8000-000000000003/1",
    "conversion/shop/order-1",
    "lookup/019a0000-0000-7000-8000-000000000004",
    // Periods.
    "d2026-05-01",
    "d2026-05-02",
    "m2026-05",
    "all",
    // Spans.
    "30 days",
    "90 minutes",
];

/// What breaks stores: empty, quotes, wildcards, control characters, several scripts, composed and decomposed, astral.
const HOSTILE: &[&str] = &[
    "",
    " ",
    " padded ",
    "'; DROP TABLE referral_reward; --",
    "\"quoted\" `ticks` \\back\\slash",
    "100%_[a-z]*?",
    "? $1 :name @p #{x} ${y}",
    "line\nbreak\ttab\r\n",
    "\u{1}\u{7f}\u{85}",
    "ÄÖÜ ß",
    "e\u{301}",
    "é",
    "İstanbul ı",
    "שלום עולם",
    "你好，世界",
    "\u{fffd}\u{ffff}",
    "🦀👩‍👩‍👧",
    "NULL",
    "null",
    "true",
    "0",
    "-1",
    "1e5",
];

const DOCUMENTS: &[&str] = &[
    "[]",
    "{}",
    "null",
    r#"{"clicks":3,"revenue/EUR":-250}"#,
    r#"{"clicks//channel/other:flyer":9223372036854775807,"leads":-9223372036854775808}"#,
    r#"{"utm_source":"mail","utm_medium":"ünï"}"#,
    r#"{"a":{"b":[1,-2,9223372036854775807,true,null,"\"\\\n🦀"]},"z":[]}"#,
    r#"{"groups":{"friend-buys":1,"welcome":4294967295},"numbers":{"friend-buys":7}}"#,
    "[1,2,4294967295]",
    "[0]",
    r#"["","w1/2026","'quoted'"]"#,
    r#"[{"subscriber":"crm","kinds":{"referral.lead":"2026-05-01T09:30:00Z","reward.due":"2026-05-02T09:30:00Z"}},{"subscriber":"mail","kinds":{}}]"#,
    r#"[{"conversion":{"source":"shop","event":"order-1"},"at":"2026-05-01T09:30:00Z","only_in":4294967295}]"#,
    r#"[["2026-05-01T09:30:00Z","shop","order-1","purchase","EUR",[8000,100,0,9000],[false,true,false],"10m"],
        ["2026-05-01T09:30:00.000001Z","shop","日本/2","custom",null,[0,0,0,0],[true,false,true],""]]"#,
    r#"[{"campaign":1,"lead":1,"fact":["2026-05-01T09:30:00Z","shop","order-1","purchase","EUR",[8000,100,0,9000],[false,true,false],"10m"],
        "number":1,"of_kind":1,"counts":true,"earns":true}]"#,
    r#"[{"campaign":4294967295,"lead":2,"fact":["1970-01-01T00:00:00Z","shop","日本/2","custom",null,[0,0,0,0],[true,false,true],""],
        "number":0,"of_kind":0,"counts":false,"earns":false}]"#,
    r#"{"places":3,"of_kind":{"purchase":2,"custom":1},"last_at":"2026-05-01T09:30:00Z","last":{"source":"shop","event":"order-1"}}"#,
    r#"{"places":0,"of_kind":{},"last_at":"1970-01-01T00:00:00Z","last":{"source":"shop","event":"日本/2"},
        "late":[{"rule":"each","role":"referrer","unit":"EUR","quantity":9223372036854775807}]}"#,
    r#"[{"at":"2026-05-01T09:30:00Z","command":"019a0000-0000-7000-8000-000000000001","says":"qualified","actor":"desk",
        "reason":"seen","reading":"01"},
        {"at":"2026-05-01T09:30:00Z","command":"019a0000-0000-7000-8000-000000000002","says":"lost"}]"#,
    r#"[{"says":"denied","at":"2026-05-01T09:30:00Z","command":"019a0000-0000-7000-8000-000000000001","actor":"desk","reason":"ünï"}]"#,
    r#"[{"says":"clear","at":"1970-01-01T00:00:00Z","command":"019a0000-0000-7000-8000-000000000002","reason":"looked at"}]"#,
    r#"[{"at":"2026-05-01T09:30:00Z","command":"019a0000-0000-7000-8000-000000000001","evidence":"code","is_new":true}]"#,
    r#"[{"at":"1970-01-01T00:00:00Z","command":"019a0000-0000-7000-8000-000000000002","evidence":"visitor","channel":"other:flyer","clicked_at":"1970-01-01T00:00:00Z","is_new":false}]"#,
    r#"{"at":"2026-05-01T09:30:00Z","order":{"source":"shop","event":"日本/2"},"mailbox":true}"#,
    r#"{"at":"1970-01-01T00:00:00Z","mailbox":false}"#,
    r#"{"into":"019a0000-0000-7000-8000-000000000001","at":"2026-05-01T09:30:00Z","command":"019a0000-0000-7000-8000-000000000001","actor":"desk"}"#,
    r#"{"into":"019a0000-0000-7000-8000-000000000002","at":"1970-01-01T00:00:00Z","command":"019a0000-0000-7000-8000-000000000002","reason":"ünï"}"#,
    r#"[{"from":"019a0000-0000-7000-8000-000000000001","at":"2026-05-01T09:30:00Z","command":"019a0000-0000-7000-8000-000000000001"}]"#,
    r#"[{"from":"019a0000-0000-7000-8000-000000000002","at":"1970-01-01T00:00:00Z","command":"019a0000-0000-7000-8000-000000000002",
         "actor":"desk","reason":"ünï"}]"#,
    r#"[{"host_id":"u-1","email":"ada@example.com"}]"#,
    r#"[{"host_id":"日本/2"},{"email":"Ünï+tag@example.com"}]"#,
    r#"["019a0000-0000-7000-8000-000000000001","019a0000-0000-7000-8000-000000000002"]"#,
    r#"["019a0000-0000-7000-8000-000000000003"]"#,
    r#"[{"day":"2026-05-01","customers":200,"said":{"at":"2026-05-01T09:30:00Z","command":"019a0000-0000-7000-8000-000000000001","actor":"ünï"}}]"#,
    r#"{"at":"2026-05-01T09:30:00Z","command":"019a0000-0000-7000-8000-000000000001","actor":"desk"}"#,
    r#"{"at":"1970-01-01T00:00:00Z","command":"019a0000-0000-7000-8000-000000000002","reason":"leaked"}"#,
    r#"[{"source":"stripe","id":"cus_1"},{"source":"crm","id":"日本/2"}]"#,
    r#"["00112233445566778899aabbccddeeff"]"#,
    r#"[{"did":"approve","at":"2026-05-01T09:30:00Z","command":"019a0000-0000-7000-8000-000000000001","actor":"desk"},
        {"did":"cancel","at":"2026-05-01T09:30:00.000001Z","command":"019a0000-0000-7000-8000-000000000002","reason":"ünï"}]"#,
    r#"[{"refund":"re_1","amount_minor":3000},
        {"refund":"日本/2","amount_minor":9223372036854775807,"cumulative":true,"taken_back":{"at":"2026-05-01T09:30:00Z","command":"0196a3e0-0000-7000-8000-00000000c0de"}}]"#,
    r#"{"at":"2026-05-01T09:30:00Z","correction":"edit-1","currency":"EUR","total_minor":12000,"tax_minor":1,"shipping_minor":0,"command":"0196a3e0-0000-7000-8000-00000000c0de","actor":"desk","reason":"a line was left out"}"#,
    r#"{"at":"2026-05-01T09:30:00Z","command":"019a0000-0000-7000-8000-000000000001","is_void":true,"actor":"desk"}"#,
    r#"{"at":"2026-05-02T09:30:00.000001Z","correction":"日本/2","currency":"JPY","total_minor":0,"tax_minor":0,"shipping_minor":0,"command":"0196a3e0-0000-7000-8000-00000000c0de"}"#,
    r#"{"at":"2026-05-02T09:30:00.000001Z","command":"019a0000-0000-7000-8000-000000000002","is_void":false,"reason":"ünï"}"#,
    r#"{"quantity":9223372036854775807,"at":"1970-01-01T00:00:00Z"}"#,
    r#"[{"group":2,"version":1},{"group":3}]"#,
    r#"{"payable":800,"netted":0,"since":"2026-05-01T09:00:00Z"}"#,
    r#"{"payable":1,"netted":9223372036854775807,"since":"2026-05-01T09:00:00Z","debts":[{"reward":{"campaign":1,"rule":"r","participant":"019a0000-0000-7000-8000-000000000001","cause":"level/1"},"quantity":5}]}"#,
    r#"[{"reward":{"campaign":1,"rule":"second","participant":"019a0000-0000-7000-8000-000000000001","cause":"level/1"},"quantity":-1}]"#,
    r#"{"quantity":800,"carrier":{"source":"shop","event":"order-1"},"at":"2026-05-01T09:30:00Z"}"#,
    r#"[{"source":"shop","event":"order-1"},{"source":"shop","event":"日本/2"}]"#,
    r#"[{"first":{"touch":"019a0000-0000-7000-8000-000000000001","campaign":1,
        "referrer":"019a0000-0000-7000-8000-000000000002","channel":"whatsapp","at":"2026-05-01T09:30:00Z"},
        "last":{"touch":"019a0000-0000-7000-8000-000000000003","campaign":1,
        "referrer":"019a0000-0000-7000-8000-000000000002","channel":null,"at":"2026-05-02T09:30:00.000001Z"}}]"#,
    r#"[{"touch":"019a0000-0000-7000-8000-000000000001","campaign":1,"referrer":"019a0000-0000-7000-8000-000000000002",
        "channel":"other:flyer","at":"1970-01-01T00:00:00Z"}]"#,
    r#"[{"touch":"019a0000-0000-7000-8000-000000000001","campaign":1,"referrer":"019a0000-0000-7000-8000-000000000002","channel":null,
        "link":"00000000000000ff/7","origin":{"device":"mobile","city":"Zürich"},"at":"1970-01-01T00:00:00Z"}]"#,
    r#"[{"campaign":1,"referrer":"019a0000-0000-7000-8000-000000000001","hours":0}]"#,
    r#"[{"campaign":4294967295,"referrer":"019a0000-0000-7000-8000-000000000002","channel":"other:flyer","link":"00000000000000ff/7",
        "utm":{"source":"ünï","campaign":"may sale"},"hours":4294967295}]"#,
    r#"{"device":"mobile","browser":"instagram","system":"android","referring_host":"bücher.example","city":"東京",
        "utm":{"source":"news","medium":"mail","campaign":"may sale","term":"x","content":"ünï"}}"#,
    r#"[{"grant":"00000000000000ff","counter":7,"at":"2026-05-01T09:30:00Z"},
        {"grant":"ffffffffffffffff","counter":null,"at":"2026-05-01T09:30:00Z"}]"#,
    r#"[{"invitee":"019a0000-0000-7000-8000-000000000001","lead":1,"version":1,"base":"-0.05 EUR","qualified_at":"2026-05-01T09:30:00Z","at":"2026-05-01T09:30:00Z"},
        {"invitee":"019a0000-0000-7000-8000-000000000002","lead":1,"version":4294967295,"qualified_at":"1970-01-01T00:00:00Z","at":"1970-01-01T00:00:00Z","flagged":true}]"#,
    r#"[{"at":"2026-05-01T09:30:00Z","reward":{"campaign":1,"rule":"friend-buys",
        "participant":"019a0000-0000-7000-8000-000000000001","cause":"share/1"},"by":500,"at_most":1000,"by_value":true,"span":"7 days"}]"#,
    r#"[{"total":{"campaign":1,"metric":"limit","unit":"EUR","dimension":"limit","period":"m2026-05","member":"x"},
        "by":500,"at_most":1000,"by_value":true}]"#,
    r#"[{"campaign":1,"rule":"friend-buys","participant":"019a0000-0000-7000-8000-000000000001",
        "cause":"event/shop/order-1"}]"#,
    r#"[{"campaign":1,"limit":"friend-buys.1/count","participant":"019a0000-0000-7000-8000-000000000001"}]"#,
    r#"[{"lookup":"019a0000-0000-7000-8000-000000000001","at":"2026-05-01T09:30:00Z"},
        {"lookup":"019a0000-0000-7000-8000-000000000002","at":"2026-05-01T09:30:00.000001Z"}]"#,
    r#"{"purchase":1,"renewal":4294967295}"#,
    r#"{"2026-02":1,"2026-05":2147483649}"#,
    r#"{"custom":2}"#,
    r#"{"all":{"choice":"unsubscribed","at":"2026-05-01T09:30:00Z","by":"token"}}"#,
    r#"{"all":{"choice":"unsubscribed","at":"2026-05-01T09:30:00Z","by":"host"},
        "kinds":{"reward.due":{"choice":"subscribed","at":"2026-05-01T09:30:00.000001Z","by":"host"}}}"#,
];
