//! The world that a seed makes: tenants, people, campaigns, and what they do next.
//!
//! A fifth of the people cheat. Nobody here knows how the core decides; callers learn from answers, and the back office
//! from listings, as a host would.

mod campaign;
mod cheat;
mod letters;
mod lookup;
mod money;
mod office;
mod people;

use conformance::draw::Draw;
use referral_core::command::{AnyCommand, AnyOutcome, HostFacts, Outcome, Receipt, Request};
use referral_core::record::{Kind, Record, TimerKey};
use referral_core::store::{Listing, Store};
use referral_core::value::{CampaignId, CommandKey, Entropy, TenantId, Timestamp};
use serde_json::{Value, json};

/// How many of its last requests a tenant's callers remember, to send them again with another body.
const REMEMBERED: usize = 32;

/// A world.
#[derive(Debug)]
pub struct World {
    draw: Draw,
    entropy: Entropy,
    drawn: u64,
    tenants: Vec<Tenant>,
}

/// What the callers of one tenant know.
#[derive(Debug)]
struct Tenant {
    id: TenantId,
    people: usize,
    campaigns: Vec<Known>,
    codes: Vec<Handle>,
    links: Vec<Handle>,
    orders: Vec<Order>,
    next_order: usize,
    next_refund: usize,
    timers: Vec<TimerKey>,
    sent: Vec<Request>,
}

/// A campaign, as its owner knows it.
#[derive(Clone, Debug)]
struct Known {
    slug: String,
    id: Option<CampaignId>,
    definition: Value,
}

/// A link or a code, as people pass it on.
#[derive(Clone, Debug)]
struct Handle {
    campaign: String,
    text: String,
}

/// An order, as its shop knows it.
#[derive(Clone, Debug)]
struct Order {
    source: &'static str,
    event: String,
    person: usize,
    minor: i64,
    currency: &'static str,
}

/// What somebody wants: one request in one tenant.
#[derive(Clone, Debug)]
pub struct Wish {
    /// In which tenant.
    pub tenant: TenantId,
    /// What.
    pub request: Request,
}

/// A command that the world made and the core's types refuse: at the door, before any store call.
#[derive(Clone, Debug)]
pub struct Malformed {
    /// What was sent.
    pub command: Value,
    /// What is wrong with it.
    pub problem: String,
}

/// Who makes the next command, and what with.
struct Maker<'a> {
    draw: &'a mut Draw,
    tenant: &'a mut Tenant,
    store: &'a dyn Store,
    now: Timestamp,
}

impl World {
    /// The world of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut draw = Draw::new(seed, "world");
        let count = 1 + draw.below(3);
        let tenants = (0..count).filter_map(|number| Tenant::new(number, &mut draw)).collect();
        let mut bytes = [0; 32];
        for (byte, drawn) in bytes.iter_mut().zip(draw.bytes(32)) {
            *byte = drawn;
        }
        Self { draw, entropy: Entropy::new(bytes), drawn: 0, tenants }
    }

    /// The tenants.
    #[must_use]
    pub fn tenants(&self) -> Vec<TenantId> {
        self.tenants.iter().map(|tenant| tenant.id.clone()).collect()
    }

    /// The commands that come before all others: the keyring's check, campaigns, and a subscriber that is told everything.
    ///
    /// # Errors
    /// What the core's types do not read.
    pub fn begin(&mut self, now: Timestamp) -> Result<Vec<Wish>, Malformed> {
        let mut wishes = Vec::new();
        for number in 0..self.tenants.len() {
            let Some(tenant) = self.tenants.get(number) else { continue };
            let id = tenant.id.clone();
            let definitions =
                tenant.campaigns.iter().map(|known| json!({"define_campaign": {"definition": known.definition}}));
            let opening = [json!({"check_keyring": {}}), office::everything()];
            let commands: Vec<Value> = opening.into_iter().chain(definitions).collect();
            for command in commands {
                let request = self.request(command, now)?;
                wishes.push(Wish { tenant: id.clone(), request });
            }
        }
        Ok(wishes)
    }

    /// What somebody wants next. `store` is what the back office looks at.
    ///
    /// # Errors
    /// What the core's types do not read: malformed on purpose, or a mistake of this world.
    pub fn next(&mut self, store: &dyn Store, now: Timestamp) -> Result<Wish, Malformed> {
        let number = self.draw.below(self.tenants.len());
        if self.draw.once_in(60)
            && let Some(wish) = self.replayed(number)
        {
            return Ok(wish);
        }
        let stranger = self.stranger(number);
        let mut command = None;
        while command.is_none() {
            let Some(tenant) = self.tenants.get_mut(number) else { break };
            let mut maker = Maker { draw: &mut self.draw, tenant, store, now };
            command = maker.command(stranger.as_ref());
        }
        let mut command = command.unwrap_or_default();
        if self.draw.once_in(50) {
            cheat::spoil(&mut command, &mut self.draw);
        }
        let request = self.request(command, now)?;
        let tenant = self.tenants.get_mut(number);
        let id = tenant.map(|tenant| {
            tenant.remember(&request);
            tenant.id.clone()
        });
        Ok(Wish { tenant: id.unwrap_or_default(), request })
    }

    /// What many people want at the same moment: they sign up, buy, or sign up as each other's friends.
    ///
    /// # Errors
    /// What the core's types do not read.
    pub fn rush(&mut self, store: &dyn Store, now: Timestamp) -> Result<Vec<Wish>, Malformed> {
        let number = self.draw.below(self.tenants.len());
        let kinds: [Rush; 3] = [
            |maker| (0..8).filter_map(|_| maker.lead()).collect(),
            |maker| (0..8).filter_map(|_| maker.conversion()).collect(),
            |maker| maker.circle(),
        ];
        let kind = self.draw.pick(&kinds).copied();
        let Some((tenant, kind)) = self.tenants.get_mut(number).zip(kind) else { return Ok(Vec::new()) };
        let commands = kind(&mut Maker { draw: &mut self.draw, tenant, store, now });
        let tenant = self.tenants.get(number).map(|tenant| tenant.id.clone()).unwrap_or_default();
        let wish = |command| Ok(Wish { tenant: tenant.clone(), request: self.request(command, now)? });
        commands.into_iter().map(wish).collect()
    }

    /// What is wanted seldom, and yet must be disturbed in each sweep: two people turn out to be one.
    ///
    /// # Errors
    /// What the core's types do not read.
    pub fn merge(&mut self, store: &dyn Store, now: Timestamp) -> Result<Wish, Malformed> {
        let number = self.draw.below(self.tenants.len());
        let Some(tenant) = self.tenants.get_mut(number) else { return self.next(store, now) };
        let id = tenant.id.clone();
        let command = Maker { draw: &mut self.draw, tenant, store, now }.merge_people();
        Ok(Wish { tenant: id, request: self.request(command.unwrap_or_default(), now)? })
    }

    /// A link of another tenant, which is worth nothing here.
    fn stranger(&mut self, number: usize) -> Option<Handle> {
        let other = self.draw.below(self.tenants.len());
        let tenant = self.tenants.get(other).filter(|_| other != number)?;
        self.draw.pick(&tenant.links).cloned()
    }

    /// An old key with another body.
    fn replayed(&mut self, number: usize) -> Option<Wish> {
        let tenant = self.tenants.get(number)?;
        let (old, other) = (self.draw.pick(&tenant.sent)?.clone(), self.draw.pick(&tenant.sent)?.clone());
        Some(Wish { tenant: tenant.id.clone(), request: Request { key: old.key, ..other } })
    }

    fn request(&mut self, command: Value, now: Timestamp) -> Result<Request, Malformed> {
        let parsed: Result<AnyCommand, _> = serde_json::from_value(command.clone());
        let command = parsed.map_err(|problem| Malformed { command, problem: problem.to_string() })?;
        self.drawn += 1;
        let minted = match self.draw.below(400) {
            0 => now.plus(-chrono::TimeDelta::days(8)),
            1 => now.plus(chrono::TimeDelta::days(2)),
            _ => now,
        };
        let key = CommandKey::mint(minted, &mut self.entropy.part("key", self.drawn));
        let country = self.draw.pick(&["DE", "FR", "US"]).filter(|_| !self.draw.clone().once_in(3));
        let country = country.and_then(|country| country.parse().ok());
        // Now and then it is told later than it happened.
        let hours = i64::try_from(self.draw.below(48)).unwrap_or(0);
        let at = self.draw.once_in(30).then(|| now.plus(-chrono::TimeDelta::hours(hours)));
        // Or at a time that other commands tell too: the beginning of the day.
        let midnight = now.as_micros() - now.as_micros().rem_euclid(86_400_000_000);
        let at = if self.draw.once_in(12) { Timestamp::from_micros(midnight).ok().or(at) } else { at };
        let city = self.draw.pick(&["Paris", "Berlin", "Springfield"]).filter(|_| country.is_some());
        let city = city.and_then(|city| city.parse().ok());
        let facts = HostFacts { existing_customer: self.draw.once_in(15), country, city, at };
        Ok(Request { key, command, facts })
    }

    /// Tells the callers what a request came to.
    pub fn learn(&mut self, tenant: &TenantId, request: &Request, receipt: &Receipt) {
        let Some(tenant) = self.tenants.iter_mut().find(|known| known.id == *tenant) else { return };
        let Outcome::Accepted(outcome) = &receipt.outcome else { return };
        let of = |campaign: &dyn ToString, text: &str| Handle { campaign: campaign.to_string(), text: text.to_owned() };
        match (&request.command, outcome) {
            (AnyCommand::DefineCampaign(command), AnyOutcome::CampaignDefined(defined)) => {
                let slug = command.definition.name.to_string();
                if let Some(known) = tenant.campaigns.iter_mut().find(|known| known.slug == slug) {
                    known.id = Some(defined.campaign);
                }
            }
            (AnyCommand::Enrol(command), AnyOutcome::Enrolled(enrolled)) => {
                keep(&mut tenant.codes, of(&command.campaign, &enrolled.code));
                keep(&mut tenant.links, of(&command.campaign, &enrolled.link));
            }
            (AnyCommand::CreateLink(command), AnyOutcome::LinkCreated(created)) => {
                keep(&mut tenant.links, of(&command.campaign, &created.link));
            }
            (AnyCommand::CreateCode(command), AnyOutcome::CodeCreated(created)) => {
                keep(&mut tenant.codes, of(&command.campaign, &created.code));
            }
            _ => {}
        }
    }
}

fn keep<T>(list: &mut Vec<T>, new: T) {
    if list.len() >= 60 {
        list.remove(0);
    }
    list.push(new);
}

impl Tenant {
    fn new(number: usize, draw: &mut Draw) -> Option<Self> {
        let id = TenantId::new(format!("tenant-{number}")).ok()?;
        let known = |slug: String, draw: &mut Draw| {
            let definition = campaign::draw(&slug, draw);
            Known { slug, id: None, definition }
        };
        let campaigns = (0..=draw.below(3)).map(|number| known(format!("c{number}"), draw)).collect();
        Some(Self {
            id,
            people: 6 + draw.below(30),
            campaigns,
            codes: Vec::new(),
            links: Vec::new(),
            orders: Vec::new(),
            next_order: 0,
            next_refund: 0,
            timers: Vec::new(),
            sent: Vec::new(),
        })
    }

    fn remember(&mut self, request: &Request) {
        if self.sent.len() >= REMEMBERED {
            self.sent.remove(0);
        }
        self.sent.push(request.clone());
    }
}

type Make = fn(&mut Maker<'_>) -> Option<Value>;
type Rush = fn(&mut Maker<'_>) -> Vec<Value>;

/// How often each kind of thing happens, of all in a thousand or so.
const HABITS: &[(usize, Make)] = &[
    (110, |maker| maker.enrol()),
    (25, |maker| maker.create_link()),
    (30, |maker| maker.create_code()),
    (12, |maker| maker.set_validity()),
    (25, |maker| maker.add_alias()),
    (8, |maker| maker.remove_alias()),
    (10, |maker| maker.set_participant_state()),
    (6, |maker| maker.set_eligible()),
    (12, |maker| maker.set_profile()),
    (50, |maker| maker.share()),
    (90, |maker| maker.click()),
    (150, |maker| maker.lead()),
    (30, |maker| maker.qualify()),
    (25, |maker| maker.unqualify()),
    (10, |maker| maker.lose()),
    (10, |maker| maker.remove_mark()),
    (190, |maker| maker.conversion()),
    (25, |maker| maker.reference()),
    (80, |maker| maker.refund()),
    (20, |maker| maker.cancel_refund()),
    (15, |maker| maker.void()),
    (10, |maker| maker.restore()),
    (20, |maker| maker.correct()),
    (30, |maker| maker.moderate()),
    (12, |maker| maker.reassign()),
    (4, |maker| maker.merge_people()),
    (110, |maker| maker.move_reward()),
    (20, |maker| maker.grant_reward()),
    (12, |maker| maker.give_reward()),
    (25, |maker| maker.timer()),
    (14, |maker| maker.request_lookup()),
    (14, |maker| maker.open_lookup()),
    (12, |maker| maker.unsubscribe()),
    (10, |maker| maker.resubscribe()),
    (6, |maker| maker.erase_person()),
    (12, |maker| maker.edit_campaign()),
    (8, |maker| maker.campaign_state()),
    (5, |maker| maker.subscribe()),
    (5, |_| Some(json!({"check_keyring": {}}))),
    (4, |maker| maker.set_retention()),
    (10, |maker| maker.redeliver()),
    (16, |maker| maker.keep_letter()),
    (10, |maker| maker.set_letter_state()),
];

impl Maker<'_> {
    fn command(&mut self, stranger: Option<&Handle>) -> Option<Value> {
        if let Some(handle) = stranger.filter(|_| self.draw.once_in(40)) {
            return Some(json!({"record_click": {"link": handle.text, "visitor": "v1"}}));
        }
        let all: usize = HABITS.iter().map(|(weight, _)| weight).sum();
        let mut drawn = self.draw.below(all);
        for (weight, make) in HABITS {
            if drawn < *weight {
                return make(self);
            }
            drawn -= weight;
        }
        None
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.draw.below(100) < percent
    }

    fn one<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        self.draw.pick(texts).copied().unwrap_or_default()
    }

    /// The slug of one of the tenant's campaigns, now and then of none.
    fn campaign(&mut self) -> String {
        if self.draw.once_in(100) {
            return "nowhere".to_owned();
        }
        let known = self.draw.pick(&self.tenant.campaigns);
        known.map(|known| known.slug.clone()).unwrap_or_default()
    }

    fn list(&self, listing: Listing) -> Vec<Record> {
        let page = self.store.list(&self.tenant.id, &listing.first(30));
        page.map(|page| page.rows.into_iter().map(|stored| stored.record).collect()).unwrap_or_default()
    }

    fn any(&mut self, kind: Kind) -> Option<Record> {
        let all = self.list(Listing::All(kind));
        self.draw.pick(&all).cloned()
    }
}
