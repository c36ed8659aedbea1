//! What is warned about, and that built definitions are held against the same rules as texts.

use serde_json::json;

use super::mistakes::hold_cases_against;
use super::{file, read};
use crate::campaign::*;
use crate::error::Error;
use crate::record::{Dimension, Evidence, Metric};
use crate::rule::condition::{ConditionText, Type};
use crate::value::{CampaignId, LimitId};

const HEAD: &str = "name = \"a\"\nlink_host = \"go.shop.example\"\n";
const BUDGET: &str = "[[limits]]\nper = \"campaign\"\ncount = 100\n";

fn warnings(text: &str) -> Vec<String> {
    read(&format!("{HEAD}{text}")).warnings.iter().map(ToString::to_string).collect()
}

/// A rule whose fields are the defaults and `fields`.
fn rule(fields: &str) -> String {
    let mut text = "[[rewards]]\n".to_owned();
    for (name, value) in
        [("id", "\"r\""), ("to", "\"referrer\""), ("on", "\"qualified\""), ("give", "{ flat = \"5 EUR\" }")]
    {
        let given = fields.lines().any(|line| line.split(' ').next() == Some(name));
        let is_given_by_levels = name == "give" && fields.contains("milestones");
        if !given && !is_given_by_levels {
            text += &format!("{name} = {value}\n");
        }
    }
    text + fields + "\n"
}

#[test]
fn nothing_is_said_of_what_is_fine() {
    for text in [
        format!("{BUDGET}{}", rule("")),
        format!("{BUDGET}{}", rule("hold = \"30 days\"\nexpires = \"30 days\"")),
        rule("give = { units = 1, unit = \"points\" }"),
        rule("limits = [{ per = \"campaign\", value = \"5 EUR\" }]"),
        rule(
            "limits = [{ per = \"campaign\", value = \"500 EUR\", each = \"calendar month\", zone = \"Asia/Tokyo\" }]",
        ),
        format!("[[limits]]\nper = \"campaign\"\nvalue = \"5000 JPY\"\n{}", rule("give = { percent = \"5%\" }")),
        format!("{BUDGET}{}", rule("on = \"purchase\"\nwhen = \"order.kind == 'purchase' || order.number == 1\"")),
        format!(
            "{BUDGET}[qualification]\nwhen = \"order.total > money('5 EUR')\"\n{}",
            rule("when = \"order.total < money('6 EUR')\"")
        ),
        format!(
            "{BUDGET}{}",
            rule(
                "milestones = [{ at = 1, give = { flat = \"5 EUR\" } }]\nlimits = [{ per = \"referrer\", count = 1 }]"
            )
        ),
        format!("ends = 2030-01-01T00:00:00Z\n{BUDGET}[qualification]\nwindow = \"5 days\"\n{}", rule("")),
        format!("ends = 2030-01-01T00:00:00Z\nin_flight = \"stop\"\n{BUDGET}{}", rule("")),
        // Where nothing speaks of renewals, purchases alone may be meant.
        format!("{BUDGET}[qualification]\nwhen = \"order.kind == 'purchase'\"\n{}", rule("on = \"purchase\"")),
        format!("{BUDGET}[qualification]\nwhen = \"order.kind == 'subscription'\"\n{}", rule("")),
    ] {
        assert_eq!(warnings(&text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn what_is_just_within_its_bounds_is_accepted() {
    let list = |count: usize, entry: &str| vec![entry; count].join(", ");
    let levels: Vec<_> = (1..=64).map(|at| format!("{{ at = {at}, give = {{ flat = \"5 EUR\" }} }}")).collect();
    let rules: String = (0..64).map(|index| rule(&format!("id = \"r{index}\""))).collect();
    for text in [
        rule("every = 2"),
        rule("every = 100"),
        rule("occurrence = { nth = 1 }"),
        rule("give = { percent = \"100%\" }"),
        rule("give = { flat = \"0.01 EUR\" }"),
        rule("give = { units = 4294967295, unit = \"points\" }"),
        rule(&format!("milestones = [{}]", levels.join(", "))),
        rule(&format!("limits = [{}]", list(8, "{ per = \"referrer\", count = 1 }"))),
        rule("limits = [{ per = \"referrer\", count = 1000, each = \"30 days\" }]"),
        rule("limits = [{ per = \"campaign\", count = 4294967295 }]"),
        rule(&format!("id = \"{}\"", "x".repeat(64))),
        rules,
        format!("limits = [{}]\n{}", list(16, "{ per = \"referrer\", count = 1 }"), rule("")),
        format!("title = \"{}\"", "é".repeat(200)),
        "waiting = \"36525 days\"".to_owned(),
        "starts = 1970-01-01T00:00:00Z\nends = 1970-01-01T00:00:00.000001Z".to_owned(),
        "destinations = [\"https://shop.example:65535/\", \"https://localhost/\", \"http://localhost:1/\"]".to_owned(),
    ] {
        read(&format!("{HEAD}{text}"));
    }
}

#[test]
fn what_is_odd_is_warned_about_at_its_place() {
    let count = hold_cases_against("warnings.txt", |text, _| warnings(text));
    assert!(count >= 20, "{count}");
}

#[test]
fn a_built_campaign_is_the_same_as_the_one_that_is_written() {
    let built = CampaignModel::builder("friends", "go.shop.example")
        .title("Bring a friend")
        .zone("Europe/Paris")
        .starts("2026-05-01T00:00:00+02:00")
        .destination("https://shop.example/")
        .touch_model(TouchModel::LastTouch)
        .attribution_window("30 days")
        .qualifies_on(QualifiesOn::Purchase)
        .qualifies_when("order.total >= money('20 EUR')")
        .qualifies_within("60 days")
        .limit(LimitModel::per(LimitPer::Campaign).id("budget").value("5000 EUR").quantity(1_000_000, "points"))
        .reward(
            RuleModel::builder("friend-buys", Beneficiary::Referrer, Trigger::Qualified)
                .give(Give::percent("10%").of(PercentOf::Net).at_most("25 EUR"))
                .hold("30 days")
                .expires("90 days")
                .limit(LimitModel::per(LimitPer::Referrer).count(10).each("calendar month")),
        )
        .reward(
            RuleModel::builder("welcome", Beneficiary::Invitee, Trigger::Purchase)
                .first()
                .when("invitee.is_new && order.total >= money('20 EUR')")
                .give(Give::flat("10 EUR"))
                .hold("14 days"),
        )
        .reward(
            RuleModel::builder("milestones", Beneficiary::Referrer, Trigger::Qualified)
                .milestone(3, Give::units(500, "points"))
                .milestone(5, Give::flat("20 EUR"))
                .clawback(Clawback::TakeBack),
        )
        .reward(
            RuleModel::builder("every-three", Beneficiary::Referrer, Trigger::Qualified)
                .every(3)
                .give(Give::units(100, "points")),
        )
        .build();
    assert_eq!(built, CampaignModel::from_toml(&file("examples/campaigns/friends.toml")));
}

#[test]
fn every_part_of_the_builder_reaches_the_model() {
    let model = CampaignModel::builder("a", "go.shop.example")
        .ends("2030-01-01T00:00:00Z")
        .in_flight(InFlight::Stop)
        .precedence(&[Evidence::Code])
        .existing_customers(ExistingCustomers::Allow)
        .same_mailbox(SameMailbox::Hold)
        .waiting("1 day")
        .late("10 days")
        .zero_orders(ZeroOrders::Count)
        .debts(Debts::WriteOff)
        .field("order.data.plan", Type::String, "the plan")
        .upload(UploadModel {
            content: Content::Conversions,
            source: Some("shop".parse().unwrap()),
            currency: None,
            amounts: Amounts::None,
            decimals: Some(Decimals::Comma),
            dates: None,
            zone: None,
            columns: vec![ColumnModel { field: "id".to_owned(), header: "Nr".to_owned() }],
        })
        .dimensions(&[Dimension::Rule])
        .leaderboard(&[Metric::Qualified])
        .limit(LimitModel::per(LimitPer::Campaign).value("5 EUR").each("calendar day").zone("Asia/Tokyo"))
        .reward(
            RuleModel::builder("b", Beneficiary::Both, Trigger::Purchase)
                .occurrence(Occurrence::Nth(3))
                .give(Give::Flat(Flat { flat: "1 EUR".parse().unwrap() })),
        )
        .build()
        .unwrap();
    let expected = json!({
        "name": "a", "link_host": "go.shop.example", "zone": "UTC",
        "ends": "2030-01-01T00:00:00Z", "in_flight": "stop", "waiting": "1 day", "late": "10 days",
        "zero_orders": "count", "debts": "write_off", "dimensions": ["rule"], "leaderboard": ["qualified"],
        "attribution": { "precedence": ["code"], "model": "last_touch", "window": "30 days", "existing_customers": "allow", "same_mailbox": "hold" },
        "fields": [{ "path": "order.data.plan", "type": "string", "doc": "the plan" }],
        "uploads": [{ "content": "conversions", "source": "shop", "amounts": "none", "decimals": "comma",
            "columns": [{ "field": "id", "header": "Nr" }] }],
        "limits": [{ "per": "campaign", "value": "5.00 EUR", "each": "calendar day", "zone": "Asia/Tokyo" }],
        "rewards": [{ "id": "b", "to": "both", "on": "purchase", "occurrence": { "nth": 3 }, "give": { "flat": "1.00 EUR" } }],
    });
    assert_eq!(serde_json::to_value(model).unwrap(), expected);
}

#[test]
fn a_built_or_changed_campaign_is_held_against_the_same_rules() {
    let built = CampaignModel::builder("A", "go.shop.example")
        .reward(RuleModel::builder("a", Beneficiary::Both, Trigger::Shared).give(Give::percent("10")))
        .reward(
            RuleModel::builder("b", Beneficiary::Invitee, Trigger::Shared).give(Give::flat("5 EUR")).when("order.x"),
        )
        .build();
    let said = |result: Result<CampaignModel, Error>| -> Vec<String> {
        let Err(Error::InvalidCampaign(mistakes)) = result else { panic!("{result:?}") };
        mistakes.iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        said(built),
        [
            "name: `A` may hold only a-z, 0-9, `-`, `_`, `.` and begins with a letter or digit",
            "rewards[0].give.percent: `10` is not of the form `12.5%`",
            "rewards[1].to: a share has no invitee yet: it can only pay the referrer",
            "1:1: rewards[1].when: `order` is not known where this rule applies; there are `referrer`, `share`, `now`",
        ]
    );
    let mut model = CampaignModel::from_toml(&file("examples/campaigns/friends.toml")).unwrap();
    assert_eq!(model.check(), Ok(vec![]));
    model.rewards[0].every = Some(1);
    model.rewards[1].id = model.rewards[0].id.clone();
    model.rewards[2].milestones.reverse();
    model.rewards[3].when = Some(ConditionText::new("order.totl"));
    model.limits.resize(17, model.limits[0].clone());
    let error = Compiled::new(CampaignId(1), 1, model).unwrap_err().to_string();
    for part in [
        "rewards[0].every: `1` is not a whole number from 2 to 100",
        "limits: has 17 entries; at most 16",
        "rewards[2].milestones[1].at: `3` does not ascend",
        "1:1: rewards[3].when: no field `order.totl`",
    ] {
        assert!(error.contains(part), "{part}\n{error}");
    }
}

#[test]
fn a_stored_definition_compiles_though_a_new_one_like_it_would_be_refused() {
    let mut model = CampaignModel::from_toml(&file("examples/campaigns/friends.toml")).unwrap();
    model.rewards[0].every = Some(1);
    assert!(Compiled::new(CampaignId(1), 1, model.clone()).is_err());
    let compiled = Compiled::of_stored(CampaignId(1), 1, model.clone()).unwrap();
    assert_eq!(compiled.rules[0].limits[0].id, LimitId::new("friend-buys.1").unwrap());
    assert_eq!(compiled.limits[0].id, LimitId::new("budget").unwrap());
    assert!(compiled.qualifies_when.is_some() && compiled.rules[1].when.is_some());
    model.rewards[1].when = Some(ConditionText::new("order.totl"));
    model.qualification.when = Some(ConditionText::new("nope"));
    let error = Compiled::of_stored(CampaignId(1), 1, model).unwrap_err().to_string();
    assert!(error.contains("qualification.when: ") && error.contains("rewards[1].when: "), "{error}");
}

#[test]
fn a_difference_names_what_changed_by_its_name() {
    let old = CampaignModel::from_toml(&file("examples/campaigns/friends.toml")).unwrap();
    let mut new = old.clone();
    new.title = String::new();
    new.in_flight = InFlight::Stop;
    new.attribution = Attribution::default();
    new.attribution.precedence.truncate(1);
    new.qualification = Qualification::default();
    new.limits[0].value.truncate(1);
    new.rewards.swap(0, 1);
    new.rewards[1].hold = None;
    new.rewards[1].give = Some(Give::Flat(Flat { flat: "3 EUR".parse().unwrap() }));
    new.rewards[1].limits[0].count = Some(12);
    new.rewards[2].milestones[0].at = 2;
    let mut every = new.rewards.remove(3);
    every.id = "every-four".parse().unwrap();
    every.every = Some(4);
    new.rewards.push(every);
    let changes: Vec<_> = diff(&old, &new).iter().map(ToString::to_string).collect();
    assert_eq!(
        changes,
        [
            "title: `Bring a friend` is gone",
            "in_flight: `honour` becomes `stop`",
            "attribution.precedence: `[\"referrer\",\"code\",\"link\",\"visitor\"]` becomes `[\"referrer\"]`",
            "qualification.when: `order.total >= money('20 EUR')` is gone",
            "qualification.window: `60 days` is gone",
            "limits[budget].value: `[\"5000.00 EUR\",{\"quantity\":1000000,\"unit\":\"points\"}]` becomes `5000.00 EUR`",
            "rewards[friend-buys].give: `{\"at_most\":\"25.00 EUR\",\"percent\":\"10%\"}` becomes `{\"flat\":\"3.00 EUR\"}`",
            "rewards[friend-buys].hold: `30 days` is gone",
            "rewards[friend-buys].limits[1].count: `10` becomes `12`",
            "rewards[milestones].milestones[1].at: `3` becomes `2`",
            "rewards[every-three]: `{\"every\":3,\"give\":{\"unit\":\"points\",\"units\":100},\"id\":\"every-three\",\"on\":\"qualified\",\"to\":\"referrer\"}` is gone",
            "rewards[every-four]: `{\"every\":4,\"give\":{\"unit\":\"points\",\"units\":100},\"id\":\"every-four\",\"on\":\"qualified\",\"to\":\"referrer\"}` is new",
            "rewards (order): `[\"friend-buys\",\"welcome\",\"milestones\"]` becomes `[\"welcome\",\"friend-buys\",\"milestones\"]`",
        ]
    );
    assert_eq!(diff(&old, &old), []);
}
