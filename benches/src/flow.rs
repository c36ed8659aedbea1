//! The flow that is measured, and the campaign it runs in.

use referral_core::value::{Entropy, GrantId, KeyState, Keyring, LinkHost, ParticipantId, Secret, Timestamp};
use serde_json::{Value, json};

/// Somebody enrolled, whose link is clicked.
#[derive(Clone, Debug)]
pub struct Referrer {
    /// Their number among those who were enrolled, from 0.
    pub number: u64,
    /// The participant.
    pub participant: ParticipantId,
    /// The grant of their first link.
    pub grant: GrantId,
    /// The token of that link.
    pub token: String,
}

/// One flow: a visitor clicks on a link, signs up, buys for the first time, and the referrer's reward is handed over.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Which flow it is: everything in it is of this number, so that no two flows meet.
    pub number: u64,
    /// Whose link it is.
    pub referrer: Referrer,
    /// The visitor's cookie.
    pub visitor: String,
    /// The host's id of who signs up.
    pub host_id: String,
    /// The email of who signs up.
    pub email: String,
    /// The order.
    pub order: String,
    /// What is paid, in cents.
    pub total_minor: i64,
}

/// Draws flows with referrers from the whole database, each as likely as the other.
#[derive(Debug)]
pub struct Drawer {
    referrers: Vec<Referrer>,
    entropy: Entropy,
    number: u64,
}

impl Drawer {
    /// Draws among `referrers`; `first` is the number of the first flow.
    #[must_use]
    pub fn new(referrers: Vec<Referrer>, first: u64) -> Self {
        Self { referrers, entropy: Entropy::new([5; 32]).part("flows", first), number: first }
    }

    /// The next flow.
    pub fn flow(&mut self) -> Flow {
        let at = usize::try_from(self.entropy.number() % self.referrers.len() as u64).expect("an index");
        let referrer = self.referrers[at].clone();
        self.by(referrer)
    }

    /// The next flow, by one of the first `known` referrers, of whom only the number is known.
    pub(crate) fn by_number(&mut self, known: u64) -> Flow {
        let number = self.entropy.number() % known;
        let (participant, grant) = (ParticipantId::mint(start(), &mut self.entropy), GrantId([0; 8]));
        self.by(Referrer { number, participant, grant, token: String::new() })
    }

    fn by(&mut self, referrer: Referrer) -> Flow {
        self.number += 1;
        let number = self.number;
        let cookie = self.entropy.number();
        Flow {
            number,
            referrer,
            visitor: format!("{cookie:016x}"),
            host_id: format!("customer-{number}"),
            email: format!("customer.{number}@mail.example"),
            order: format!("order-{number}"),
            total_minor: 2_000 + i64::try_from(number % 7_919).unwrap_or(0),
        }
    }

    /// Gives the referrers back.
    #[must_use]
    pub fn into_referrers(self) -> Vec<Referrer> {
        self.referrers
    }

    /// The next flows.
    pub fn flows(&mut self, count: usize) -> Vec<Flow> {
        (0..count).map(|_| self.flow()).collect()
    }
}

/// The secrets.
#[must_use]
pub fn keyring() -> Keyring {
    Keyring::builder()
        .link_key(1, Secret::new([1; 32]), KeyState::Active)
        .alias_key(Secret::new([2; 32]))
        .lookup_key(Secret::new([3; 32]))
        .build()
        .expect("a keyring of three keys")
}

/// The host of links.
#[must_use]
pub fn link_host() -> LinkHost {
    "go.shop.example".parse().expect("a host")
}

/// The time at which measuring starts. The databases hold the year before.
#[must_use]
pub fn start() -> Timestamp {
    "2026-06-15T12:00:00Z".parse().expect("a time")
}

/// The campaign: a tenth of the order to the referrer, within a monthly limit of each referrer, ten euros to the invitee,
/// both within one budget.
#[must_use]
pub fn campaign_definition() -> Value {
    json!({
        "name": "spring",
        "title": "Bring a friend",
        "zone": "Europe/Paris",
        "link_host": "go.shop.example",
        "destinations": ["https://shop.example/"],
        "qualification": {"on": "purchase", "when": "order.total >= money('20 EUR')", "window": "60 days"},
        "limits": [{"id": "budget", "per": "campaign", "value": ["900000000 EUR"]}],
        "rewards": [
            {"id": "friend-buys", "to": "referrer", "on": "qualified", "expires": "90 days",
             "give": {"percent": "10%", "of": "order.net", "at_most": "25 EUR"},
             "limits": [{"per": "referrer", "count": 1000, "each": "calendar month"}]},
            {"id": "welcome", "to": "invitee", "on": "purchase", "occurrence": "first",
             "when": "invitee.is_new && order.total >= money('20 EUR')",
             "give": {"flat": "10 EUR"}},
        ],
    })
}
