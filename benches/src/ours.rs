//! A flow through the engine, on any store.

use std::sync::Arc;

use referral_core::command::{
    AnyCommand, DefineCampaign, Enrol, EvidenceGiven, HostFacts, MoveReward, Outcome, Person, Reason, Receipt,
    RecordClick, RecordConversion, RecordLead, Request, RewardMove,
};
use referral_core::engine::{Engine, drive};
use referral_core::record::{ConversionKind, RewardKey};
use referral_core::store::Store;
use referral_core::value::{CampaignSlug, CommandKey, Entropy, Money, SourceName, TenantId, Timestamp};

use crate::Contender;
use crate::flow::{Flow, campaign_definition, keyring, start};

const USER_AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// The engine over a store.
#[derive(Debug)]
pub struct Ours<S> {
    store: S,
    engine: Arc<Engine>,
    tenant: TenantId,
    campaign: CampaignSlug,
    shop: SourceName,
    now: Timestamp,
    entropy: Entropy,
    drawn: u64,
}

impl<S: Store> Ours<S> {
    /// The engine over `store`, at the time at which measuring starts. `run` tells two runs on one store apart.
    #[must_use]
    pub fn new(store: S, run: u64) -> Self {
        Self {
            store,
            engine: Engine::new(keyring()),
            tenant: TenantId::default(),
            campaign: "spring".parse().expect("a slug"),
            shop: "shop".parse().expect("a source"),
            now: start(),
            entropy: Entropy::new([9; 32]).part("run", run),
            drawn: 0,
        }
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The engine.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Sets the time.
    pub fn set_now(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// Defines the campaign.
    pub fn define(&mut self) {
        let definition = serde_json::from_value(campaign_definition()).expect("a campaign");
        self.execute(vec![DefineCampaign { definition }.into()]);
    }

    /// Enrols people by the numbers of their host ids, as one operation.
    pub fn enrol(&mut self, numbers: impl Iterator<Item = u64>) -> Vec<Receipt> {
        let person = |number| person(&format!("member-{number}"), Some(&format!("member.{number}@mail.example")));
        let commands = numbers.map(|number| Enrol { campaign: self.campaign.clone(), person: person(number) }.into());
        let commands = commands.collect();
        self.execute(commands)
    }

    /// Executes commands as one operation. All must be accepted.
    pub fn execute(&mut self, commands: Vec<AnyCommand>) -> Vec<Receipt> {
        self.now = Timestamp::from_micros(self.now.as_micros() + 1_000).expect("a time");
        let requests = commands.into_iter().map(|command| self.request(command)).collect();
        self.drawn += 1;
        let entropy = self.entropy.part("operation", self.drawn);
        let mut operation = self.engine.execute(self.tenant.clone(), requests, self.now, entropy);
        let results = drive(&self.store, &mut operation).expect("an operation that ends");
        results.into_iter().map(accepted).collect()
    }

    /// A command with a key of its own, and what the host knows beside it.
    pub fn request(&mut self, command: AnyCommand) -> Request {
        self.drawn += 1;
        let key = CommandKey::mint(self.now, &mut self.entropy.part("key", self.drawn));
        Request { key, command, facts: HostFacts { country: "FR".parse().ok(), ..HostFacts::default() } }
    }

    /// The click of a flow.
    #[must_use]
    pub fn click(&self, flow: &Flow) -> AnyCommand {
        RecordClick {
            visitor: Some(flow.visitor.clone()),
            ip: "192.0.2.77".parse().ok(),
            method: Some("GET".to_owned()),
            user_agent: Some(USER_AGENT.to_owned()),
            ..RecordClick::new(&flow.referrer.token)
        }
        .into()
    }

    /// The sign-up of a flow: the visitor who clicked names the referrer.
    #[must_use]
    pub fn lead(&self, flow: &Flow) -> AnyCommand {
        RecordLead {
            campaign: self.campaign.clone(),
            person: person(&flow.host_id, Some(&flow.email)),
            evidence: EvidenceGiven { visitor: Some(flow.visitor.clone()), ..EvidenceGiven::default() },
        }
        .into()
    }

    /// The purchase of a flow.
    #[must_use]
    pub fn purchase(&self, flow: &Flow) -> AnyCommand {
        RecordConversion {
            source: self.shop.clone(),
            event: flow.order.parse().expect("an event id"),
            kind: ConversionKind::Purchase,
            person: person(&flow.host_id, None),
            campaign: None,
            total: Some(Money::new(flow.total_minor, "EUR".parse().expect("a currency"))),
            no_amount: false,
            tax: None,
            shipping: None,
            country: "FR".parse().ok(),
            coupon: None,
            data: Default::default(),
            evidence: EvidenceGiven::default(),
            occurred_at: None,
            references: Vec::new(),
        }
        .into()
    }

    /// The handing over of the referrer's reward that a purchase brought.
    #[must_use]
    pub fn issue(&self, purchase: &Receipt, flow: &Flow) -> AnyCommand {
        let to = RewardMove::Issue(format!("transfer-{}", flow.number));
        MoveReward::new(granted(purchase, flow), to).into()
    }
}

impl<S: Store> Contender for Ours<S> {
    fn single(&mut self, flow: &Flow) {
        self.execute(vec![self.click(flow)]);
        self.execute(vec![self.lead(flow)]);
        let receipts = self.execute(vec![self.purchase(flow)]);
        self.execute(vec![self.issue(&receipts[0], flow)]);
    }

    fn batch(&mut self, flows: &[Flow]) {
        self.execute(flows.iter().map(|flow| self.click(flow)).collect());
        self.execute(flows.iter().map(|flow| self.lead(flow)).collect());
        let receipts = self.execute(flows.iter().map(|flow| self.purchase(flow)).collect());
        self.execute(receipts.iter().zip(flows).map(|(receipt, flow)| self.issue(receipt, flow)).collect());
    }
}

/// The referrer's reward among those that a purchase granted.
fn granted(purchase: &Receipt, flow: &Flow) -> RewardKey {
    let granted = purchase.decision.findings.iter().filter(|finding| finding.reason == Reason::Granted);
    let mut rewards = granted.filter_map(|finding| finding.reward.clone());
    rewards.find(|reward| reward.participant == flow.referrer.participant).expect("a reward of the referrer")
}

fn accepted(result: referral_core::error::Result<Receipt>) -> Receipt {
    let receipt = result.expect("a command that succeeds");
    if let Outcome::Declined(reason) = receipt.outcome {
        panic!("declined: {reason}");
    }
    receipt
}

fn person(host_id: &str, email: Option<&str>) -> Person {
    let email = email.map(|email| email.parse().expect("an email"));
    Person { host_id: Some(host_id.parse().expect("a host id")), email, ..Person::default() }
}
