//! What single steps cost: a decision over loaded records, a condition, a token, a code.

#![allow(missing_docs, reason = "criterion's macros make public functions without a word on them")]
#![allow(clippy::expect_used, clippy::panic, reason = "a benchmark that cannot do its work ends by panicking")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use benches::{Drawer, Ours, fill, keyring, link_host};
use criterion::{Criterion, criterion_group, criterion_main};
use referral_core::command::Request;
use referral_core::decide::{Answered, Setting, Snapshot, View, Writes, answer};
use referral_core::engine::{Operation, Reply, Step};
use referral_core::link::{Code, CodeKind, SealedToken};
use referral_core::rule::condition::{Condition, Facts, Root, Schema, Slot, Value};
use referral_core::store::{MemoryStore, Store};
use referral_core::value::{Entropy, Money, TenantId};

/// The records that a request reads, as an operation would have loaded them.
fn loaded(ours: &Ours<Arc<MemoryStore>>, request: &Request) -> Snapshot {
    let tenant = TenantId::default();
    let mut operation = ours.engine().execute(tenant.clone(), vec![request.clone()], ours.now(), Entropy::new([4; 32]));
    let mut snapshot = Snapshot::new();
    let mut reply = None;
    loop {
        match operation.next(reply.take()).expect("a step") {
            Step::Load(keys) => {
                let rows = ours.store().load(&tenant, &keys).expect("rows");
                snapshot.extend(keys.into_iter().map(|key| (key, None)));
                snapshot.extend(rows.iter().map(|stored| (stored.record.key(), Some(stored.clone()))));
                reply = Some(Reply::Loaded(rows));
            }
            Step::Commit(_) => return snapshot,
            step => panic!("not to be expected: {}", step.name()),
        }
    }
}

fn decisions(criterion: &mut Criterion) {
    let store = Arc::new(MemoryStore::new());
    let referrers = fill(&store, 1_000);
    let mut ours = Ours::new(store, 1);
    let flow = Drawer::new(referrers, 0).flow();
    let mut group = criterion.benchmark_group("decide one command over loaded records");
    group.measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_millis(500));
    let mut purchase = None;
    for name in ["click", "sign-up", "purchase", "hand-over"] {
        let command = match name {
            "click" => ours.click(&flow),
            "sign-up" => ours.lead(&flow),
            "purchase" => ours.purchase(&flow),
            _ => ours.issue(purchase.as_ref().expect("a purchase"), &flow),
        };
        let request = ours.request(command.clone());
        let snapshot = loaded(&ours, &request);
        let engine = ours.engine().clone();
        let (tenant, earlier) = (TenantId::default(), Writes::default());
        // As the operation drew it, so that what is minted has the ids that were loaded.
        let entropy = Entropy::new([4; 32]).part("command", 0);
        let setting = Setting {
            tenant: &tenant,
            keyring: engine.keyring(),
            campaigns: engine.campaigns(),
            now: ours.now(),
            received_at: ours.now(),
            command: request.key,
        };
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut view = View::new(setting, &request.facts, &snapshot, &earlier, entropy.clone());
                let answered = answer(&mut view, black_box(&request));
                assert!(matches!(answered, Answered::Receipt(_)));
                view.finish()
            });
        });
        let mut receipts = ours.execute(vec![command]);
        purchase = receipts.pop();
    }
    group.finish();
}

struct Order {
    total: Money,
}

impl Facts for Order {
    fn get(&self, slot: Slot) -> Option<Value<'_>> {
        match slot {
            Slot::OrderTotal => Some(Value::Money(self.total)),
            Slot::OrderCountry => Some(Value::Str("ES")),
            Slot::InviteeIsNew => Some(Value::Bool(true)),
            _ => None,
        }
    }
}

fn parts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parts");
    group.measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_millis(500));
    let schema = Schema::new(Root::CONVERTED, &[]).expect("a schema");
    let text = "order.total >= money('50 EUR') && invitee.is_new && order.country in ['DE', 'FR', 'IT', 'ES']";
    let condition = Condition::parse(text, &schema).expect("a condition");
    let order = Order { total: "80 EUR".parse().expect("money") };
    group.bench_function("evaluate a condition of three parts", |bencher| {
        bencher.iter(|| condition.evaluate(black_box(&order)));
    });
    let store = MemoryStore::new();
    let token = Drawer::new(fill(&store, 1_000), 0).flow().referrer.token;
    let (keyring, tenant, host) = (keyring(), TenantId::default(), link_host());
    group.bench_function("parse and verify a token", |bencher| {
        bencher.iter(|| {
            let sealed: SealedToken = black_box(&token).parse().expect("a token");
            sealed.verify(&keyring, &tenant, &host).expect("a token of ours")
        });
    });
    let code = Code::generate(CodeKind::Plain, &mut Entropy::new([6; 32])).to_string();
    group.bench_function("parse a code", |bencher| {
        bencher.iter(|| black_box(&code).parse::<Code>().expect("a code"));
    });
    group.finish();
}

criterion_group!(steps, decisions, parts);
criterion_main!(steps);
