//! People: how they are named, enrolled, referred; what they share and click.

#![allow(clippy::indexing_slicing, reason = "fields are set on JSON objects that were just made")]

use serde_json::{Value, json};

use super::{Handle, Maker};
use referral_core::record::{Kind, PersonKey, Record};
use referral_core::store::Listing;
use referral_core::value::{CampaignId, ParticipantId};

const CHANNELS: [&str; 6] = ["whatsapp", "email", "x", "qr", "copy", "other:flyer"];
const AGENTS: [&str; 5] = [
    "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "WhatsApp/2.23.20.0",
    "curl/8.5.0",
];
const VANITIES: [&str; 7] = ["FUCK-IT-ALL", "SUMMER-ADA", "SPRING-BOB", "ADA-2026", "BEST-FRIEND", "no", "HELLO-W0RLD"];

/// A fifth of all people cheat.
pub(super) fn cheats(person: usize) -> bool {
    person.is_multiple_of(5)
}

/// Host ids of people; some contain what hosts put into them.
pub(super) fn host_id(person: usize) -> String {
    format!("p{person}")
}

/// The email of a person; who cheats spells it in many ways.
pub(super) fn email(person: usize, spelling: usize) -> String {
    if !cheats(person) {
        return format!("person{person}@example.com");
    }
    match spelling {
        0 => format!("person{person}@gmail.com"),
        1 => format!("per.son{person}@gmail.com"),
        2 => format!("Person{person}+promo@gmail.com"),
        _ => format!("p.erson{person}+{spelling}@googlemail.com"),
    }
}

/// What a payment system calls a person.
fn further_id(person: usize) -> Value {
    json!({"source": "stripe", "id": format!("cus_{person}")})
}

impl Maker<'_> {
    pub(super) fn someone(&mut self) -> usize {
        self.draw.below(self.tenant.people)
    }

    /// A person as a host describes one.
    pub(super) fn described(&mut self, person: usize) -> Value {
        let spelling = self.draw.below(4);
        let mut described = match self.draw.below(10) {
            0..=4 => json!({"host_id": host_id(person)}),
            5..=6 => json!({"email": email(person, spelling)}),
            7 => json!({"ids": [further_id(person)], "email": email(person, spelling)}),
            8 => json!({"host_id": host_id(person), "ids": [further_id(person)]}),
            _ => json!({"host_id": host_id(person), "email": email(person, spelling)}),
        };
        if self.chance(15) {
            described["country"] = json!(self.one(&["DE", "FR", "US"]));
            described["name"] = json!("Somebody");
            described["language"] = json!("de");
        }
        if self.chance(10) {
            described["data"] = json!({"plan": self.one(&["free", "gold"])});
        }
        described
    }

    /// A person as a command names one.
    pub(super) fn named(&mut self, person: usize) -> Value {
        let spelling = self.draw.below(4);
        if self.chance(70) { json!({"host": host_id(person)}) } else { json!({"email": email(person, spelling)}) }
    }

    /// Somebody who was referred, if there is anybody: what commands on referrals are about.
    pub(super) fn referred(&mut self) -> Option<(String, Value)> {
        let Some(Record::Referral(referral)) = self.any(Kind::Referral).filter(|_| !self.draw.clone().once_in(10))
        else {
            let person = self.someone();
            return Some((self.campaign(), self.named(person)));
        };
        let known = self.tenant.campaigns.iter().find(|known| known.id == Some(referral.campaign))?;
        Some((known.slug.clone(), json!({"id": referral.invitee})))
    }

    pub(super) fn enrol(&mut self) -> Option<Value> {
        let person = self.someone();
        Some(json!({"enrol": {"campaign": self.campaign(), "person": self.described(person)}}))
    }

    pub(super) fn create_link(&mut self) -> Option<Value> {
        let person = self.someone();
        let mut command = json!({"campaign": self.campaign(), "participant": self.named(person)});
        if self.chance(60) {
            command["channel"] = json!(self.one(&CHANNELS));
            command["utm"] = json!({"utm_source": "app"});
        }
        Some(json!({"create_link": command}))
    }

    pub(super) fn create_code(&mut self) -> Option<Value> {
        let person = self.someone();
        let mut command = json!({"campaign": self.campaign(), "participant": self.named(person)});
        if self.chance(40) {
            command["vanity"] = json!(self.one(&VANITIES));
        }
        if self.chance(40) {
            let hours = i64::try_from(self.draw.below(200)).unwrap_or(0);
            command["expires_at"] = json!(self.now.plus(chrono::TimeDelta::hours(hours)));
        }
        if self.chance(50) {
            command["max_uses"] = json!(1 + self.draw.below(2));
        }
        Some(json!({"create_code": command}))
    }

    pub(super) fn add_alias(&mut self) -> Option<Value> {
        let (person, spelling) = (self.someone(), self.draw.below(4));
        // Now and then it is somebody else's.
        let owner = if self.chance(80) { person } else { self.someone() };
        let mut command = json!({"participant": self.named(person)});
        if self.chance(70) {
            command["email"] = json!(email(owner, spelling));
        } else if self.chance(50) {
            command["host_id"] = json!(host_id(owner));
        } else {
            command["ids"] = json!([further_id(owner)]);
        }
        Some(json!({"add_alias": command}))
    }

    pub(super) fn remove_alias(&mut self) -> Option<Value> {
        let (person, spelling) = (self.someone(), self.draw.below(4));
        let mut command = json!({"participant": self.named(person)});
        match self.draw.below(3) {
            0 => command["host_id"] = json!(host_id(person)),
            1 => command["ids"] = json!([further_id(person)]),
            _ => command["email"] = json!(email(person, spelling)),
        }
        Some(json!({"remove_alias": command}))
    }

    pub(super) fn set_participant_state(&mut self) -> Option<Value> {
        let person = self.someone();
        let state = self.one(&["suspended", "active", "active", "active"]);
        Some(json!({"set_participant_state": {"participant": self.named(person), "state": state}}))
    }

    pub(super) fn set_eligible(&mut self) -> Option<Value> {
        let customers = self.draw.below(1_000);
        let mut command = json!({"campaign": self.campaign(), "customers": customers, "actor": "desk"});
        if self.chance(50) {
            command["day"] = json!(format!("2026-05-{:02}", 1 + self.draw.below(28)));
        }
        Some(json!({"set_eligible": command}))
    }

    pub(super) fn set_profile(&mut self) -> Option<Value> {
        let person = self.someone();
        let mut command = json!({"participant": self.named(person)});
        match self.draw.below(5) {
            0 => command["shown_as"] = json!(self.one(&["first_name", "initial", "pseudonym"])),
            1 => (command["shown_as"], command["pseudonym"]) = (json!("pseudonym"), json!(format!("Ace {person}"))),
            2 => command["message"] = json!("I love \n it."),
            3 => command["message"] = json!(self.one(&["win at evil.example", "", "what the fuck"])),
            _ => command["pseudonym"] = json!(self.one(&["Queen Bee", "", "b1tch"])),
        }
        Some(json!({"set_profile": command}))
    }

    pub(super) fn set_retention(&mut self) -> Option<Value> {
        let touch_days = 400 * (1 + self.draw.below(2));
        let uncounted_days = 10 * (1 + 2 * self.draw.below(2));
        let (letter_days, most_letters) = (1 + self.draw.below(3), 4 + self.draw.below(20));
        Some(json!({"set_retention": {
            "touch_days": touch_days, "uncounted_days": uncounted_days, "letter_days": letter_days,
            "most_letters": most_letters,
        }}))
    }

    pub(super) fn share(&mut self) -> Option<Value> {
        let person = self.someone();
        let channel = self.one(&CHANNELS);
        Some(json!({"record_share": {
            "campaign": self.campaign(), "participant": self.named(person), "channel": channel,
        }}))
    }

    pub(super) fn visitor(&mut self) -> String {
        format!("v{}", self.draw.below(self.tenant.people.max(1)))
    }

    /// A link or code that somebody got; forged or spoilt now and then.
    fn handle(&mut self, is_code: bool) -> Option<Handle> {
        let known = if is_code { &self.tenant.codes } else { &self.tenant.links };
        let mut handle = self.draw.pick(known)?.clone();
        if self.draw.once_in(12) {
            handle.text = super::cheat::forged(&handle.text, self.draw);
        }
        Some(handle)
    }

    pub(super) fn set_validity(&mut self) -> Option<Value> {
        if self.draw.once_in(10) {
            return self.set_validity_of_grant();
        }
        let is_code = self.chance(40);
        let handle = self.handle(is_code)?;
        let validity = self.one(&["revoked", "active", "active"]);
        let mut what = json!({});
        what[if is_code { "code" } else { "link" }] = json!(handle.text);
        Some(json!({"set_validity": {
            "campaign": handle.campaign, "what": what, "validity": validity, "actor": "desk",
        }}))
    }

    /// All links of one grant are withdrawn, or good again.
    fn set_validity_of_grant(&mut self) -> Option<Value> {
        let Record::Grant(grant) = self.any(Kind::Grant)? else { return None };
        let known = self.tenant.campaigns.iter().find(|known| known.id == Some(grant.campaign));
        let campaign = known?.slug.clone();
        let validity = self.one(&["revoked", "active", "active"]);
        Some(json!({"set_validity": {
            "campaign": campaign, "what": {"grant": grant.grant}, "validity": validity, "actor": "desk",
        }}))
    }

    pub(super) fn click(&mut self) -> Option<Value> {
        let is_code = self.chance(30);
        let handle = self.handle(is_code)?;
        let mut command = json!({"link": handle.text});
        if is_code && !self.draw.once_in(30) {
            command["campaign"] = json!(handle.campaign);
        }
        if self.chance(85) {
            command["visitor"] = json!(self.visitor());
        }
        if self.chance(50) {
            let net = self.draw.below(4);
            command["ip"] = json!(format!("203.0.{net}.{}", self.draw.below(250)));
            command["user_agent"] = json!(self.one(&AGENTS));
        }
        match self.draw.below(20) {
            0 => command["method"] = json!("HEAD"),
            1 => command["purpose"] = json!("prefetch"),
            2 => command["view"] = json!(true),
            3 => command["destination"] = json!("https://shop.example.com/sale"),
            4 => command["destination"] = json!("https://evil.example.net/"),
            5 => command["referer"] = json!("https://news.example.org/a?b=c"),
            6 => command["fetch"] = json!({"site": "cross-site", "mode": "no-cors", "dest": "image"}),
            7 | 8 => command["query"] = json!("?utm_source=news&utm_campaign=may+sale&utm_content=ada%40mail.example"),
            _ => {}
        }
        Some(json!({"record_click": command}))
    }

    /// What names a referrer: one thing or several, right or wrong; and the campaign that it fits.
    pub(super) fn evidence(&mut self) -> (String, Value) {
        let (mut campaign, mut evidence) = (self.campaign(), json!({}));
        let drawn = self.draw.below(20);
        if drawn < 9
            && let Some(handle) = self.handle(true)
        {
            evidence["code"] = json!(handle.text);
            campaign = handle.campaign;
        }
        if (7..12).contains(&drawn)
            && let Some(handle) = self.handle(false)
        {
            evidence["link"] = json!(handle.text);
            campaign = handle.campaign;
        }
        if (11..15).contains(&drawn) {
            evidence["visitor"] = json!(self.visitor());
        }
        if (15..19).contains(&drawn) {
            let person = self.someone();
            evidence["referrer"] = self.named(person);
        }
        if self.draw.once_in(15) {
            campaign = self.campaign();
        }
        (campaign, evidence)
    }

    pub(super) fn lead(&mut self) -> Option<Value> {
        let person = self.someone();
        let (campaign, mut evidence) = self.evidence();
        // Who cheats tries to be the own referrer, under another spelling.
        if cheats(person) && self.chance(30) {
            evidence = json!({"referrer": self.named(person)});
        }
        Some(json!({"record_lead": {
            "campaign": campaign, "person": self.described(person), "evidence": evidence,
        }}))
    }

    /// Two who take part and were not referred sign up at the same moment, each naming the other.
    pub(super) fn circle(&mut self) -> Vec<Value> {
        let referred: Vec<_> = self.list(Listing::All(Kind::Referral)).iter().filter_map(invitee_of).collect();
        let free = |record: Record| match record {
            Record::Enrolment(enrolment) => Some((enrolment.campaign, enrolment.participant)),
            _ => None,
        };
        let free = self.list(Listing::All(Kind::Enrolment)).into_iter().filter_map(free);
        let free: Vec<_> = free.filter(|place| !referred.contains(place)).collect();
        let Some((campaign, first)) = self.draw.pick(&free).copied() else { return Vec::new() };
        let others: Vec<_> = free.into_iter().filter(|(at, who)| *at == campaign && *who != first).collect();
        let (Some((_, second)), Some(slug)) = (self.draw.pick(&others).copied(), self.slug(campaign)) else {
            return Vec::new();
        };
        [(first, second), (second, first)]
            .into_iter()
            .filter_map(|(invitee, referrer)| {
                let person = json!({"host_id": self.host_id_of(invitee)?});
                let evidence = json!({"referrer": {"id": referrer}});
                Some(json!({"record_lead": {"campaign": slug, "person": person, "evidence": evidence}}))
            })
            .collect()
    }

    /// How the host calls a participant, if it does.
    fn host_id_of(&self, participant: ParticipantId) -> Option<String> {
        let key = PersonKey { participant }.into();
        let found = self.store.load(&self.tenant.id, &[key]).ok()?.pop()?;
        let Record::Person(person) = found.record else { return None };
        person.host_id.map(|id| id.to_string())
    }

    fn slug(&self, campaign: CampaignId) -> Option<String> {
        self.tenant.campaigns.iter().find(|known| known.id == Some(campaign)).map(|known| known.slug.clone())
    }
}

fn invitee_of(record: &Record) -> Option<(CampaignId, ParticipantId)> {
    let Record::Referral(referral) = record else { return None };
    Some((referral.campaign, referral.invitee))
}
