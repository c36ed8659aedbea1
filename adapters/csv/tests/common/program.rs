//! A program of one campaign that a test states, to which files tell what happened.

use referrals::CampaignModel;
use referrals::command::{AnyCommand, DefineCampaign, Enrol, MoveReward, Person, RewardMove, Who};
use referrals::record::{Kind, Progress, Record, RecordKind as _, Reward};
use referrals::value::{Amount, CampaignSlug};

use super::{NOW, Place};

pub const ORDERS: &str = "content = 'conversions'\nsource = 'shop'";
pub const LEADS: &str = "content = 'invitees'\ncampaign = 'spring'";
pub const REFUNDS: &str = "content = 'refunds'\nsource = 'shop'";
pub const VOIDS: &str = "content = 'voids'\nsource = 'shop'";
pub const MODERATION: &str = "content = 'moderation'\ncampaign = 'spring'";
pub const MARKS: &str = "content = 'marks'\ncampaign = 'spring'";
pub const PAYOUT: &str = "content = 'rewards'\ncampaign = 'spring'\nsource = 'shop'";

/// A tenth of the order for the referrer, once the referral is qualified.
pub const TENTH: &str = "to = 'referrer', on = 'qualified', give = { percent = '10%' }";

/// A campaign of a test, and the code of Ada, who refers.
pub struct Program {
    pub place: Place,
    pub code: String,
}

impl Program {
    pub fn new(lines: &str) -> Self {
        let program = Self { place: Place::over(referrals::store::MemoryStore::new(), 1), code: String::new() };
        program.define(lines);
        let code = program.enrol("ada");
        Self { code, ..program }
    }

    /// Adds a version of the campaign.
    pub fn define(&self, lines: &str) {
        let text = format!("name = 'spring'\nlink_host = 'go.shop.example'\n{lines}");
        let model = CampaignModel::from_toml(&text).unwrap();
        self.place.referrals.execute(DefineCampaign::new(model)).unwrap();
    }

    pub fn enrol(&self, name: &str) -> String {
        let enrol = Enrol::new(&spring(), Person::by_host_id(name).unwrap());
        self.place.referrals.execute(enrol).unwrap().outcome.accepted().unwrap().code
    }

    /// Noon of a day after the first.
    pub fn day(&self, days: i64) {
        let first: referrals::value::Timestamp = NOW.parse().unwrap();
        self.place.clock.set(first.plus(chrono::TimeDelta::days(days)));
    }

    /// Uploads a file, all of whose rows are done.
    pub fn told(&self, mapping: &str, file: &str) {
        let rows = self.place.told(mapping, file);
        assert!(rows.iter().all(|row| row.contains(" applied")), "{file}{rows:?}");
    }

    pub fn leads(&self, names: &[&str]) {
        let rows: String = names.iter().map(|name| format!("{name},{}\n", self.code)).collect();
        self.told(LEADS, &format!("host_id,code\n{rows}"));
    }

    pub fn rewards(&self) -> Vec<Reward> {
        let reward = |record| match record {
            Record::Reward(reward) => reward,
            other => panic!("{other:?}"),
        };
        let mut rewards: Vec<_> = self.place.all(Kind::Reward).into_iter().map(reward).collect();
        rewards.sort_by_key(|reward| (reward.rule.clone(), reward.role, reward.base_event.clone()));
        rewards
    }

    /// Each reward as `rule role state amount`, but for cancelled ones.
    pub fn owed(&self) -> Vec<String> {
        let shown = |reward: &Reward| {
            let amount = Amount::from_unit_key(&reward.unit, reward.quantity).unwrap();
            format!("{} {} {} {amount}", reward.rule, reward.role, reward.state)
        };
        let all = self.rewards();
        let standing = all.iter().filter(|reward| reward.state.as_str() != "cancelled").map(shown).collect();
        assert!(self.place.referrals.audit().unwrap().is_clean());
        standing
    }

    pub fn progress(&self) -> Vec<Progress> {
        let progress = |record| match record {
            Record::Referral(referral) => referral.progress,
            other => panic!("{other:?}"),
        };
        self.place.all(Kind::Referral).into_iter().map(progress).collect()
    }

    pub fn debts(&self) -> Vec<i64> {
        let quantity = |record| match record {
            Record::Debt(debt) => debt.quantity,
            other => panic!("{other:?}"),
        };
        self.place.all(Kind::Debt).into_iter().map(quantity).collect()
    }

    pub fn hand(&self, rule: &str, to: RewardMove) {
        let reward = self.rewards().into_iter().find(|reward| reward.rule.as_str() == rule).unwrap();
        self.place.referrals.execute(MoveReward::new(reward.key(), to)).unwrap().outcome.accepted().unwrap();
    }

    pub fn run(&self, command: impl Into<AnyCommand>) {
        let results = self.place.referrals.execute_all([command.into()]).unwrap();
        assert!(results.iter().all(Result::is_ok), "{results:?}");
    }
}

pub fn spring() -> CampaignSlug {
    "spring".parse().unwrap()
}

pub fn host(id: &str) -> Who {
    Who::Host(id.parse().unwrap())
}

pub fn rule(fields: &str) -> String {
    format!("rewards = [{{ id = 'thanks', {fields} }}]\n")
}
