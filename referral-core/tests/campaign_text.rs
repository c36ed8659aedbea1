//! Campaigns as text: examples, mistakes with their places, and ways there and back.

#![allow(clippy::panic, clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use referral_core::campaign::{CampaignModel, Format};

fn example(name: &str) -> String {
    let path = format!("{}/../examples/campaigns/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_examples_have_no_mistakes_and_nothing_odd_in_them() {
    for name in ["friends", "subscription"] {
        let checked =
            CampaignModel::read(&example(name), Format::Toml).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            checked.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
            Vec::<String>::new(),
            "{name}"
        );
        let model = checked.model;
        assert_eq!(CampaignModel::from_toml(&model.to_toml()).unwrap(), model, "{}", model.to_toml());
        assert_eq!(CampaignModel::from_json(&model.to_json()).unwrap(), model, "{}", model.to_json());
    }
}
