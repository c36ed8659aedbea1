//! Columns of data that a campaign declares: every cell is a text, and is read as what is declared.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::Place;
use referrals::CampaignModel;
use referrals::command::{DefineCampaign, EvidenceGiven, Person, RecordLead};
use referrals::record::{Kind, Record};

const FIELDS: &str = r#"
    fields = [
        { path = "order.data.items", type = "int" },
        { path = "order.data.express", type = "bool" },
        { path = "order.data.tags", type = "strings" },
    ]
    [[rewards]]
    id = "many"
    to = "referrer"
    on = "purchase"
    when = "order.data.items >= 2 && order.data.express && 'new' in order.data.tags"
    give = { flat = "1 EUR" }
"#;

const FILE: &str = "id,host_id,total,data.items,data.express,data.tags\n\
    o-1,bob,20.00,3,true,\"new, sale\"\n\
    o-2,bob,20.00,3.0,Yes,new\n\
    o-3,bob,20.00,1,yes,new\n\
    o-4,bob,20.00,three,yes,new\n";

fn paid(place: &Place) -> i64 {
    let rewards = place.all(Kind::Reward).into_iter();
    rewards
        .filter_map(|record| match record {
            Record::Reward(reward) if reward.rule.as_str() == "many" => Some(reward.quantity),
            _ => None,
        })
        .sum()
}

fn place() -> Place {
    let (place, code) = Place::new();
    let (head, rewards) = common::CAMPAIGN.split_once("[qualification]").unwrap();
    let (fields, rule) = FIELDS.split_once("[[rewards]]").unwrap();
    let text = format!("{head}{fields}[qualification]{rewards}[[rewards]]{rule}");
    place.referrals.execute(DefineCampaign::new(CampaignModel::from_toml(&text).unwrap())).unwrap();
    let bob = Person::by_host_id("bob").unwrap();
    place.referrals.execute(RecordLead::new(&"spring".parse().unwrap(), bob, EvidenceGiven::by_code(code))).unwrap();
    place
}

#[test]
fn cells_are_read_as_the_number_the_yes_or_no_and_the_list_that_are_declared() {
    let place = place();
    let mapping = "content = 'conversions'\nsource = 'shop'\ncurrency = 'EUR'";
    let told = place.told(mapping, FILE);
    assert!(told.iter().all(|row| row.contains(" applied")), "{told:?}");
    assert_eq!(paid(&place), 200);
}

#[test]
fn a_cell_that_is_not_what_is_declared_is_refused_where_the_file_names_the_campaign() {
    let place = place();
    let mapping = "content = 'conversions'\nsource = 'shop'\ncurrency = 'EUR'\ncampaign = 'spring'";
    let told = place.told(mapping, FILE);
    assert_eq!(told.last().map(String::as_str), Some("5 invalid invalid_command"), "{told:?}");
    assert_eq!(paid(&place), 200);
}
