//! A real access log as clicks: each path is a link, address and agent make the visitor.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::fs;
use std::net::IpAddr;
use std::path::Path;

use chrono::{DateTime, Utc};
use indicatif::ProgressBar;
use referral_maxmind::{Places, PlacesError};
use referrals::command::{
    AnyCommand, AnyOutcome, CreateLink, DefineCampaign, Enrol, HostFacts, Outcome, Person, RecordClick, Request,
};
use referrals::record::{Dimension, Verdict};
use referrals::report::ShowFunnel;
use referrals::value::{CampaignSlug, CommandKey, Entropy, Timestamp};
use referrals::{CampaignModel, FixedEntropy, Keyring, ManualClock, Referrals};
use regex_lite::Regex;
use serde::Serialize;

use crate::events::who;

const OWNER: &str = "the-site";
const BATCH: usize = 500;
/// Address, time, method, path, referring page, agent. The path ends where its query begins.
const LINE: &str =
    r#"^(\S+) \S+ \S+ \[([^\]]+)\] "([A-Z]+) ([^ ?"]+)[^"]*" \d{3} \S+ "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)""#;
/// By what clicks are told apart.
const APART: [Dimension; 4] = [Dimension::Device, Dimension::ReferringHost, Dimension::Country, Dimension::City];
/// So many members of each are shown.
const MOST_MEMBERS: usize = 10;

/// What a log came to.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Counted {
    lines: usize,
    unread_lines: usize,
    links: usize,
    counted_clicks: i64,
    unique_visitors: i64,
    verdicts: BTreeMap<Verdict, u64>,
    /// The members with most clicks, by dimension.
    by: BTreeMap<Dimension, Vec<Member>>,
}

/// Clicks by one member of a dimension.
#[derive(Debug, Serialize)]
struct Member {
    name: String,
    clicks: i64,
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "lines: {} ({} could not be read)", self.lines, self.unread_lines)?;
        writeln!(f, "links: {}", self.links)?;
        writeln!(f, "counted clicks: {}", self.counted_clicks)?;
        writeln!(f, "unique visitors: {}", self.unique_visitors)?;
        let counts = Verdict::ALL.iter().map(|verdict| (verdict, self.verdicts.get(verdict).copied().unwrap_or(0)));
        counts.into_iter().try_for_each(|(verdict, count)| writeln!(f, "{verdict}: {count}"))?;
        for (dimension, members) in &self.by {
            writeln!(f, "\ncounted clicks by {dimension}")?;
            members.iter().try_for_each(|Member { name, clicks }| writeln!(f, "{name}: {clicks}"))?;
        }
        Ok(())
    }
}

/// One line of the log.
struct Hit {
    at: Timestamp,
    address: String,
    method: String,
    path: String,
    referer: String,
    agent: String,
}

/// The lines that can be read, by their own times, and how many there are in all.
fn read(log: &Path) -> Result<(Vec<Hit>, usize), Box<dyn Error>> {
    let line = Regex::new(LINE)?;
    let bytes = fs::read(log).map_err(|error| format!("{}: {error}", log.display()))?;
    let text = String::from_utf8_lossy(&bytes);
    let mut hits: Vec<Hit> = text.lines().filter_map(|text| hit(&line, text)).collect();
    // A server writes a line when it has answered: lines are nearly in order, and not quite.
    hits.sort_by_key(|hit| hit.at);
    Ok((hits, text.lines().count()))
}

fn hit(line: &Regex, text: &str) -> Option<Hit> {
    let parts = line.captures(text)?;
    let part = |number| parts.get(number).map(|part| part.as_str().to_owned());
    let at = DateTime::parse_from_str(&part(2)?, "%d/%b/%Y:%H:%M:%S %z").ok()?.with_timezone(&Utc);
    Some(Hit {
        at: Timestamp::try_from(at).ok()?,
        address: part(1)?,
        method: part(3)?,
        path: part(4)?,
        referer: part(5)?,
        agent: part(6)?,
    })
}

/// Takes the log as clicks, in the database at `db`. Where somebody is, a database of places tells.
pub(crate) fn run(db: &str, keyring: Keyring, log: &Path, places: Option<&Places>) -> Result<Counted, Box<dyn Error>> {
    let (hits, lines) = read(log)?;
    let (Some(first), Some(last)) = (hits.first(), hits.last()) else {
        return Err("the log has no line of this form".into());
    };
    let clock = ManualClock::at(first.at);
    let referrals = Referrals::builder(keyring).clock(clock.clone()).entropy(FixedEntropy::new([6; 32])).open(db)?;
    let mut keys = Keys { at: first.at, drawn: 0 };
    let campaign = define(&referrals, &mut keys)?;
    let links = links(&referrals, &mut keys, &campaign, &hits)?;
    let mut counted = Counted { lines, unread_lines: lines - hits.len(), links: links.len(), ..Counted::default() };
    let bar = ProgressBar::new(hits.len() as u64);
    for hits in hits.chunks(BATCH) {
        let Some(last) = hits.last() else { continue };
        clock.set(last.at);
        let request = |hit: &Hit| Ok(with_place(keys.request(click(hit, &links), Some(hit.at)), hit, places)?);
        let requests = hits.iter().map(request).collect::<Result<Vec<_>, Box<dyn Error>>>()?;
        for result in referrals.execute_requests(requests) {
            if let Outcome::Accepted(AnyOutcome::ClickRecorded(click)) = result?.outcome {
                *counted.verdicts.entry(click.verdict).or_default() += 1;
            }
        }
        bar.inc(hits.len() as u64);
    }
    bar.finish_and_clear();
    let from = first.at.to_chrono().date_naive().into();
    let until = referrals::value::Day::from(last.at.to_chrono().date_naive()).next();
    let funnel = referrals.ask(ShowFunnel { campaign, from, until, by: APART.to_vec() })?;
    counted.counted_clicks = funnel.total.clicks;
    for part in funnel.breakdowns {
        let members = counted.by.entry(part.by).or_default();
        members.push(Member { name: part.member, clicks: part.stage.clicks });
    }
    for members in counted.by.values_mut() {
        members.sort_by_key(|member| Reverse(member.clicks));
        members.truncate(MOST_MEMBERS);
    }
    counted.unique_visitors = funnel.visitors_ever;
    Ok(counted)
}

/// The request with where its address is, as far as that is known.
fn with_place(mut request: Request, hit: &Hit, places: Option<&Places>) -> Result<Request, PlacesError> {
    if let (Some(places), Ok(address)) = (places, hit.address.parse()) {
        let place = places.place(address)?;
        (request.facts.country, request.facts.city) = (place.country, place.city);
    }
    Ok(request)
}

/// Keys that follow from the log alone: the same log again finds its first answers.
struct Keys {
    at: Timestamp,
    drawn: u64,
}

impl Keys {
    fn request(&mut self, command: impl Into<AnyCommand>, at: Option<Timestamp>) -> Request {
        self.drawn += 1;
        let key = CommandKey::mint(at.unwrap_or(self.at), &mut Entropy::new([7; 32]).part("line", self.drawn));
        Request { key, command: command.into(), facts: HostFacts { at, ..HostFacts::default() } }
    }
}

fn define(referrals: &Referrals, keys: &mut Keys) -> Result<CampaignSlug, Box<dyn Error>> {
    let definition = CampaignModel::builder("weblog", "go.site.example").dimensions(&APART).build()?;
    let campaign = definition.name.clone();
    referrals.execute_request(keys.request(DefineCampaign { definition }, None))?;
    let person = Person { host_id: Some(OWNER.parse()?), ..Person::default() };
    referrals.execute_request(keys.request(Enrol { campaign: campaign.clone(), person }, None))?;
    Ok(campaign)
}

/// A link for each path.
fn links(
    referrals: &Referrals,
    keys: &mut Keys,
    campaign: &CampaignSlug,
    hits: &[Hit],
) -> Result<BTreeMap<String, String>, Box<dyn Error>> {
    let paths: std::collections::BTreeSet<&str> = hits.iter().map(|hit| hit.path.as_str()).collect();
    let participant = who(OWNER)?;
    let mut requests = Vec::new();
    for _ in &paths {
        let (campaign, participant) = (campaign.clone(), participant.clone());
        requests.push(keys.request(CreateLink { campaign, participant, channel: None, utm: BTreeMap::new() }, None));
    }
    let mut links = BTreeMap::new();
    for (path, result) in paths.into_iter().zip(referrals.execute_requests(requests)) {
        if let Outcome::Accepted(AnyOutcome::LinkCreated(created)) = result?.outcome {
            links.insert(path.to_owned(), created.link);
        }
    }
    Ok(links)
}

fn click(hit: &Hit, links: &BTreeMap<String, String>) -> RecordClick {
    RecordClick {
        visitor: Some(format!("{} {}", hit.address, hit.agent)),
        ip: hit.address.parse::<IpAddr>().ok(),
        method: Some(hit.method.clone()),
        user_agent: Some(hit.agent.clone()),
        referer: Some(hit.referer.clone()),
        ..RecordClick::new(links.get(&hit.path).cloned().unwrap_or_default())
    }
}
