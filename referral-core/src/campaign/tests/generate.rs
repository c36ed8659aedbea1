//! Valid definitions at random: every field, every choice, every combination that is allowed.

use crate::campaign::*;
use crate::record::{Dimension, Evidence, Metric};
use crate::rule::condition::{ConditionText, CustomField, Type};
use crate::value::{Amount, LimitId, Money, RuleId, Span, Timestamp, UnitName, Zone};

/// A source of choices: the same seed makes the same ones.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `sides`.
    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (x ^ (x >> 31)) % sides
    }

    fn number(&mut self, from: u32, to: u32) -> u32 {
        from + u32::try_from(self.roll(u64::from(to - from) + 1)).unwrap()
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.roll(of.len() as u64)).unwrap()].clone()
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.roll(2) == 0).then(|| make(self))
    }

    fn list<T>(&mut self, most: u64, mut make: impl FnMut(&mut Self, usize) -> T) -> Vec<T> {
        let length = if self.roll(2) == 0 { 0 } else { self.roll(most + 1) };
        (0..usize::try_from(length).unwrap()).map(|index| make(self, index)).collect()
    }
}

const CURRENCIES: [&str; 4] = ["EUR", "USD", "JPY", "KWD"];

pub(super) fn model(dice: &mut Dice) -> CampaignModel {
    let starts = dice.maybe(|dice| time(dice, 0));
    let qualification = qualification(dice);
    let on = qualification.on;
    CampaignModel {
        name: dice.pick(&["spring", "a", "x-1.y_2"]).parse().unwrap(),
        title: dice.pick(&["", "Bring a friend", "\"'\\ é 😀 ''' \"\"\" #", "tab-less \u{a0}"]).to_owned(),
        language: dice.pick(&["en", "de", "pt-BR"]).parse().unwrap(),
        zone: zone(dice),
        starts,
        ends: dice.maybe(|dice| time(dice, 4_000_000_000_000_000)),
        in_flight: dice.pick(&[InFlight::Honour, InFlight::Stop]),
        link_host: dice.pick(&["go.shop.example", "x.example"]).parse().unwrap(),
        destinations: dice
            .list(3, |dice, _| dice.pick(&["https://shop.example/", "http://localhost:80/a?b=c#d"]).to_owned()),
        link_parameter: dice.maybe(|_| "ref".to_owned()),
        pages: pages(dice),
        attribution: attribution(dice),
        qualification,
        waiting: span(dice),
        late: span(dice),
        zero_orders: dice.pick(&[ZeroOrders::Ignore, ZeroOrders::Count]),
        debts: dice.pick(&[Debts::Net, Debts::WriteOff]),
        dimensions: dice.list(2, |_, index| [Dimension::Rule, Dimension::Channel][index]),
        leaderboard: dice.list(2, |_, index| [Metric::Qualified, Metric::Revenue][index]),
        fields: fields(dice),
        limits: dice.list(16, |dice, index| limit(dice, &format!("l{index}"), None)),
        share_texts: dice.list(4, share_text),
        landings: dice.list(2, landing),
        uploads: dice.list(4, upload),
        rewards: dice.list(6, |dice, index| rule(dice, index, on)),
    }
}

fn pages(dice: &mut Dice) -> Pages {
    Pages {
        tracking: dice.maybe(|dice| {
            dice.pick(&["https://shop.example/", "https://shop.example/{campaign}?c={code}&p={participant}"]).to_owned()
        }),
        unsubscribe: dice.maybe(|_| "https://shop.example/unsubscribe/{token}#x".to_owned()),
    }
}

fn share_text(dice: &mut Dice, index: usize) -> ShareTextModel {
    let texts =
        ["{link}", "{name|A \"friend\"} 😀:\n\n{{{title}}} {link}", "سلام {name|دوست}\n{code}", "it's \\ {code}"];
    let channel = ["email", "sms", "whatsapp", "other:flyer"][index].parse().unwrap();
    let subject = if index == 0 { dice.maybe(|dice| dice.pick(&["{title}", "é"]).parse().unwrap()) } else { None };
    let language = dice.maybe(|dice| dice.pick(&["en", "de-AT", "zh-Hant"]).parse().unwrap());
    ShareTextModel { channel: Some(channel), language, subject, text: dice.pick(&texts).parse().unwrap() }
}

fn landing(dice: &mut Dice, index: usize) -> LandingModel {
    let language = (index > 0).then(|| "zh-Hant".parse().unwrap());
    let title = dice.pick(&["{name|A \"friend\"} 😀 {{{title}}}", "é"]).parse().unwrap();
    let text = dice.maybe(|dice| dice.pick(&["سلام {name|دوست}\n", "it's \\"]).parse().unwrap());
    LandingModel { language, title, text, picture: dice.maybe(|_| "https://shop.example/a.png".to_owned()) }
}

fn upload(dice: &mut Dice, index: usize) -> UploadModel {
    let content = [Content::Referrers, Content::Refunds, Content::Conversions, Content::Rewards][index];
    let headers = ["E-Mail", "Nr. \"1\"", " é 😀"];
    let fields = match content {
        Content::Rewards => ["id", "rule", "cause"],
        Content::Refunds => ["id", "event", "amount"],
        _ => ["id", "email", "data.plan é"],
    };
    let column = |dice: &mut Dice, index: usize| ColumnModel {
        field: fields[index].to_owned(),
        header: dice.pick(&headers).to_owned(),
    };
    UploadModel {
        content,
        source: dice.maybe(|_| "shop".parse().unwrap()),
        currency: dice.maybe(|dice| dice.pick(&CURRENCIES).parse().unwrap()),
        amounts: if content == Content::Conversions {
            dice.pick(&[Amounts::Stated, Amounts::None])
        } else {
            Amounts::Stated
        },
        decimals: dice.maybe(|dice| dice.pick(&[Decimals::Point, Decimals::Comma])),
        dates: dice.maybe(|dice| dice.pick(&[Dates::DayMonthYear, Dates::UnixSeconds, Dates::YearMonthDay])),
        zone: dice.maybe(zone),
        columns: dice.list(3, column),
    }
}

fn time(dice: &mut Dice, from: i64) -> Timestamp {
    let unit = dice.pick(&[1, 1_000, 1_000_000, 60_000_000]);
    let micros = i64::try_from(dice.roll(3_000_000_000_000_000)).unwrap();
    Timestamp::from_micros(from + micros / unit * unit).unwrap()
}

fn zone(dice: &mut Dice) -> Zone {
    dice.pick(&["UTC", "Europe/Paris", "America/Argentina/Buenos_Aires", "Etc/GMT+5"]).parse().unwrap()
}

fn span(dice: &mut Dice) -> Span {
    let text = format!("{} {}", dice.number(1, 500), dice.pick(&["minutes", "hours", "days", "weeks"]));
    text.parse().unwrap()
}

fn attribution(dice: &mut Dice) -> Attribution {
    let mut precedence = Attribution::default().precedence;
    precedence.rotate_left(usize::try_from(dice.roll(4)).unwrap());
    precedence.truncate(usize::try_from(dice.number(1, 4)).unwrap());
    assert!(precedence.contains(&Evidence::Code) || !precedence.is_empty());
    Attribution {
        precedence,
        model: dice.pick(&[TouchModel::FirstTouch, TouchModel::LastTouch]),
        window: span(dice),
        existing_customers: dice.pick(&[ExistingCustomers::Refuse, ExistingCustomers::Allow]),
        same_mailbox: dice.pick(&[SameMailbox::Decline, SameMailbox::Hold, SameMailbox::Allow]),
    }
}

const ON_PEOPLE: [&str; 4] = [
    "invitee.is_new",
    "invitee.country in ['DE', 'FR'] || !(has(invitee.country))",
    "// é 'quoted'\ninvitee.is_new\t&& // \"more\"\nreferrer.qualified >= 2",
    "referral.channel == \"\\\\x\" && now > timestamp('2026-01-01T00:00:00Z')\r\n",
];
const ON_ORDERS: [&str; 3] =
    ["order.total >= money('50 EUR')", "order.number > 2 && invitee.is_new", "order.coupon == 'a\\'b'"];

fn condition(dice: &mut Dice, with_orders: bool) -> ConditionText {
    let of = if with_orders { &ON_ORDERS[..] } else { &ON_PEOPLE[..] };
    ConditionText::new(dice.pick(of))
}

fn qualification(dice: &mut Dice) -> Qualification {
    let on = dice.pick(&[QualifiesOn::Joined, QualifiesOn::Purchase, QualifiesOn::Conversion, QualifiesOn::Manual]);
    let with_orders = matches!(on, QualifiesOn::Purchase | QualifiesOn::Conversion);
    let when = if on == QualifiesOn::Manual { None } else { dice.maybe(|dice| condition(dice, with_orders)) };
    Qualification { on, when, window: dice.maybe(span) }
}

fn fields(dice: &mut Dice) -> Vec<CustomField> {
    let types = [Type::Bool, Type::Int, Type::String, Type::Strings, Type::Money, Type::Time];
    dice.list(4, |dice, index| CustomField {
        path: format!("{}.data.f{index}", dice.pick(&["order", "invitee"])),
        kind: dice.pick(&types),
        doc: dice.pick(&["", "what it is"]).to_owned(),
    })
}

fn give(dice: &mut Dice, with_percent: bool) -> Give {
    let money = |dice: &mut Dice| -> Money {
        Money::new(i64::from(dice.number(1, u32::MAX)), dice.pick(&CURRENCIES).parse().unwrap())
    };
    match dice.roll(if with_percent { 3 } else { 2 }) {
        0 => Give::Flat(Flat { flat: money(dice) }),
        1 => Give::Units(Units { units: dice.number(1, u32::MAX), unit: unit(dice) }),
        _ => Give::Percent(Percent {
            percent: dice.pick(&["10%", "0.0001%", "100%", "12.5%"]).parse().unwrap(),
            of: dice.pick(&[PercentOf::Net, PercentOf::Total]),
            at_most: dice.maybe(money),
        }),
    }
}

fn unit(dice: &mut Dice) -> UnitName {
    UnitName::new(dice.pick(&["points", "free-months"])).unwrap()
}

fn limit(dice: &mut Dice, id: &str, to: Option<Beneficiary>) -> LimitModel {
    let per: &[_] = match to {
        None | Some(Beneficiary::Both) => &[LimitPer::Referrer, LimitPer::Invitee, LimitPer::Campaign],
        Some(Beneficiary::Referrer) => &[LimitPer::Referrer, LimitPer::Campaign],
        Some(Beneficiary::Invitee) => &[LimitPer::Invitee, LimitPer::Campaign],
    };
    let per = dice.pick(per);
    let count = dice.maybe(|dice| dice.number(1, 1_000));
    let first = usize::from(count.is_none());
    let values = dice.number(u32::try_from(first).unwrap(), 4);
    let value = CURRENCIES.iter().take(usize::try_from(values).unwrap()).map(|currency| {
        let quantity = i64::try_from(dice.roll(i64::MAX as u64) + 1).unwrap();
        let money = Amount::Money(Money::new(quantity, currency.parse().unwrap()));
        let units =
            Amount::Units { unit: UnitName::new(format!("unit-{}", currency.to_lowercase())).unwrap(), quantity };
        dice.pick(&[money, units])
    });
    let value = value.collect();
    let mut each = vec![
        LimitEach::Ever,
        LimitEach::CalendarDay,
        LimitEach::CalendarWeek,
        LimitEach::CalendarMonth,
        LimitEach::CalendarYear,
    ];
    if per != LimitPer::Campaign {
        each.push(LimitEach::Rolling(span(dice)));
    }
    let id = dice.maybe(|_| LimitId::new(id).unwrap());
    LimitModel { id, per, count, value, each: dice.pick(&each), zone: dice.maybe(zone) }
}

fn rule(dice: &mut Dice, index: usize, qualifies: QualifiesOn) -> RuleModel {
    let on = dice.pick(&[
        Trigger::Joined,
        Trigger::Shared,
        Trigger::Qualified,
        Trigger::Qualified,
        Trigger::Purchase,
        Trigger::Renewal,
        Trigger::Subscription,
        Trigger::Custom,
    ]);
    let with_orders = on.is_conversion()
        || (on == Trigger::Qualified && matches!(qualifies, QualifiesOn::Purchase | QualifiesOn::Conversion));
    let counts = if on == Trigger::Qualified { dice.roll(3) } else { 0 };
    let to = if on == Trigger::Shared || counts > 0 {
        Beneficiary::Referrer
    } else {
        dice.pick(&[Beneficiary::Referrer, Beneficiary::Invitee, Beneficiary::Both])
    };
    let milestones: Vec<_> = if counts == 2 {
        let count = dice.number(1, 64);
        (1..=count).map(|at| Milestone { at: at * 3, give: give(dice, false) }).collect()
    } else {
        vec![]
    };
    let occurrence = dice.pick(&[Occurrence::Each, Occurrence::First, Occurrence::Nth(1), Occurrence::Nth(u32::MAX)]);
    let nth = dice.number(1, 5);
    let on_people = if on == Trigger::Shared { None } else { dice.maybe(|dice| condition(dice, with_orders)) };
    RuleModel {
        id: RuleId::new(format!("rule-{index}")).unwrap(),
        to,
        on,
        occurrence: match on {
            _ if counts > 0 => Occurrence::Each,
            Trigger::Qualified => dice.pick(&[Occurrence::Each, Occurrence::First, Occurrence::Nth(1)]),
            _ => dice.pick(&[occurrence, Occurrence::Nth(nth)]),
        },
        when: on_people,
        give: (counts < 2).then(|| give(dice, with_orders)),
        every: (counts == 1).then(|| dice.number(2, 100)),
        clawback: if milestones.is_empty() { Clawback::Keep } else { dice.pick(&[Clawback::Keep, Clawback::TakeBack]) },
        milestones,
        hold: dice.maybe(|dice| if dice.roll(3) == 0 { Hold::Approval } else { Hold::For(span(dice)) }),
        expires: dice.maybe(span),
        redeem_within: dice.maybe(span),
        limits: dice.list(8, |dice, limit_index| limit(dice, &format!("r{index}.l{limit_index}"), Some(to))),
    }
}
