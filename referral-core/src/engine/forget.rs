//! Removes what is older than its tenant keeps it: receipts, touches, the visitors behind them, and letters.
//!
//! Totals stay as they are. How far it will remove is written before anything is removed, so that an audit does not miss what is
//! gone, and so that a command whose receipt is gone is refused as too old, whatever the tenant sets later.

use std::collections::VecDeque;
use std::sync::Arc;

use chrono::TimeDelta;

use super::Engine;
use super::query::Rows;
use super::step::{Operation as _, Reply, Step};
use super::task::{Desk, Run, Task};
use crate::decide::{self, Decide};
use crate::error::Result;
use crate::record::{
    Key, Letter, LetterState, Receipt, RecordKind, Retention, Settings, SettingsKey, Swept, Touch, TouchKind, Verdict,
    Visit, VisitKey, Visitor, VisitorKey,
};
use crate::store::{Cursor, Listing, PageRequest};
use crate::value::{CampaignId, Entropy, TenantId, Timestamp, VisitorId};

/// One commit removes so many records at most, and the visitors behind them.
const PAGE: u32 = 500;
/// One commit removes so many letters at most, each with its body and the people whom it names.
const LETTERS: u32 = 50;
/// A sweep begins when it has so much to do: it writes the settings, which every command reads.
const EVERY: TimeDelta = TimeDelta::days(1);
/// A touch may be told so long after it happened, behind a sweep that was there before.
const TOLD_LATE: TimeDelta = TimeDelta::days(30);

/// What is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Receipts,
    Touches,
    Uncounted,
}

impl What {
    fn swept(self, retention: &mut Retention) -> &mut Swept {
        match self {
            Self::Receipts => &mut retention.receipts,
            Self::Touches => &mut retention.touches,
            Self::Uncounted => &mut retention.uncounted,
        }
    }

    fn days(self, settings: &Settings) -> u32 {
        match self {
            Self::Receipts => settings.receipt_days,
            Self::Touches => settings.retention.touch_days,
            Self::Uncounted => settings.retention.uncounted_days,
        }
    }
}

/// One part of the sweep: at most one commit.
#[derive(Clone, Debug)]
enum Job {
    /// Finds what is old, and writes how far it will be removed.
    Plan(What),
    /// Removes receipts whose keys are older.
    Receipts { until: Timestamp },
    /// Removes one page of a campaign's touches.
    Touches { what: What, campaign: CampaignId, from: Timestamp, until: Timestamp, after: Option<Cursor> },
    /// Writes that all of it is removed.
    Done(What),
    /// Removes one page of the letters in a state.
    Letters(LetterState),
}

/// What a part came to.
#[derive(Debug, Default)]
struct Part {
    forgotten: u64,
    next: Vec<Job>,
}

impl Task for Job {
    type Output = Part;

    fn run(&self, desk: &mut Desk<'_>) -> Decide<Part> {
        match self {
            Self::Plan(what) => plan(desk, *what),
            Self::Receipts { until } => receipts(desk, *until),
            Self::Touches { what, campaign, from, until, after } => {
                let listing = Listing::TouchesIn { campaign: *campaign, from: *from, until: *until };
                let page = PageRequest { after: after.clone(), ..listing.first(PAGE) };
                touches(desk, *what, *until, &page).map(|(forgotten, next)| {
                    let next = next.map(|after| self.behind(after));
                    Part { forgotten, next: next.into_iter().collect() }
                })
            }
            Self::Done(what) => {
                if let Some(mut settings) = settings(desk)? {
                    let swept = what.swept(&mut settings.retention);
                    swept.done = swept.until;
                    desk.put(settings);
                }
                Ok(Part::default())
            }
            Self::Letters(state) => letters(desk, *state),
        }
    }
}

impl Job {
    /// The same for the page behind `cursor`.
    fn behind(&self, cursor: Cursor) -> Self {
        let mut next = self.clone();
        if let Self::Touches { after, .. } = &mut next {
            *after = Some(cursor);
        }
        next
    }
}

fn settings(desk: &mut Desk<'_>) -> Decide<Option<Settings>> {
    desk.reader().need([SettingsKey {}.into()])?;
    desk.get::<Settings>(SettingsKey {})
}

fn plan(desk: &mut Desk<'_>, what: What) -> Decide<Part> {
    let Some(mut settings) = settings(desk)? else { return Ok(Part::default()) };
    let cut = desk.now().plus(-TimeDelta::days(i64::from(what.days(&settings))));
    let swept = what.swept(&mut settings.retention);
    let is_unfinished = swept.done < swept.until;
    if !is_unfinished && (swept.done.plus(EVERY) > cut || !has_older(desk, what, cut)?) {
        return Ok(Part::default());
    }
    let from = swept.done.plus(-TOLD_LATE);
    swept.until = swept.until.max(cut);
    let until = swept.until;
    let mut next = match what {
        What::Receipts => vec![Job::Receipts { until }],
        What::Touches | What::Uncounted => (1..settings.next_campaign)
            .map(|number| Job::Touches { what, campaign: CampaignId(number), from, until, after: None })
            .collect(),
    };
    next.push(Job::Done(what));
    desk.put(settings);
    Ok(Part { forgotten: 0, next })
}

/// Whether the first record by its key, which begins with a time, is older.
fn has_older(desk: &mut Desk<'_>, what: What, cut: Timestamp) -> Decide<bool> {
    let is_older = match what {
        What::Receipts => {
            let first = desk.reader().rows::<Receipt>(&Listing::All(crate::record::Kind::Receipt).first(1))?;
            first.rows.first().is_some_and(|receipt| is_minted_before(receipt, cut))
        }
        What::Touches | What::Uncounted => {
            let first = desk.reader().rows::<Touch>(&Listing::All(crate::record::Kind::Touch).first(1))?;
            first.rows.first().is_some_and(|touch| touch.at < cut)
        }
    };
    Ok(is_older)
}

fn is_minted_before(receipt: &Receipt, cut: Timestamp) -> bool {
    receipt.command.minted_at().is_ok_and(|minted| minted < cut)
}

/// Keys begin with the time at which they were minted: the oldest are the first.
fn receipts(desk: &mut Desk<'_>, until: Timestamp) -> Decide<Part> {
    let page = desk.reader().rows::<Receipt>(&Listing::All(crate::record::Kind::Receipt).first(PAGE))?;
    let old: Vec<_> =
        page.rows.iter().filter(|receipt| is_minted_before(receipt, until)).map(RecordKind::key).collect();
    desk.reader().need(old.iter().cloned().map(Key::from))?;
    let mut forgotten = 0;
    for key in old {
        if desk.get::<Receipt>(key.clone())?.is_some() {
            desk.delete(key);
            forgotten += 1;
        }
    }
    let is_last = forgotten == 0 || page.next.is_none();
    Ok(Part { forgotten, next: if is_last { Vec::new() } else { vec![Job::Receipts { until }] } })
}

/// Letters that are older than their tenant keeps them, whatever became of them.
fn letters(desk: &mut Desk<'_>, state: LetterState) -> Decide<Part> {
    desk.reader().need([SettingsKey {}.into()])?;
    let Some(settings) = desk.reader().peek::<Settings>(SettingsKey {})? else { return Ok(Part::default()) };
    let days = settings.retention.letter_days;
    let until = Some(desk.now().plus(-TimeDelta::days(i64::from(days))));
    let page = desk.reader().rows::<Letter>(&Listing::LettersIn { state, until }.first(LETTERS))?;
    desk.reader().need(page.rows.iter().map(|letter| Key::from(letter.key())))?;
    let mut forgotten = 0;
    for letter in &page.rows {
        let Some(found) = desk.get::<Letter>(letter.key())? else { continue };
        // Since it was listed it may have been closed, or told again.
        if found.state == state && until.is_some_and(|until| found.received_at < until) {
            decide::clear_letter(&mut desk.reader().view, &found)?;
            desk.delete(letter.key());
            forgotten += 1;
        }
    }
    let is_last = forgotten == 0 || page.next.is_none();
    Ok(Part { forgotten, next: if is_last { Vec::new() } else { vec![Job::Letters(state)] } })
}

/// Shares stay: enrolments count them, and rewards for shares rest on them.
fn touches(desk: &mut Desk<'_>, what: What, until: Timestamp, page: &PageRequest) -> Decide<(u64, Option<Cursor>)> {
    let Rows { rows, next, .. } = desk.reader().rows::<Touch>(page)?;
    let is_meant = |touch: &Touch| what == What::Touches || touch.verdict != Verdict::Human;
    let old: Vec<Touch> =
        rows.into_iter().filter(|touch| touch.touched != TouchKind::Share && is_meant(touch)).collect();
    let behind = |touch: &Touch| touch.visitor.filter(|_| what == What::Touches);
    let keys = old.iter().flat_map(|touch| {
        let visitor = behind(touch)
            .map(|visitor| [Key::from(VisitorKey { visitor }), VisitKey { campaign: touch.campaign, visitor }.into()]);
        visitor.into_iter().flatten().chain([touch.key().into()])
    });
    let keys: Vec<Key> = keys.collect();
    desk.reader().need(keys)?;
    let mut forgotten = 0;
    for touch in &old {
        if desk.get::<Touch>(touch.key())?.is_some() {
            desk.delete(touch.key());
            forgotten += 1;
        }
        if let Some(visitor) = behind(touch) {
            forgotten += forget_visitor(desk, touch.campaign, visitor, until)?;
        }
    }
    Ok((forgotten, next))
}

/// Forgets a visitor who did not come again, and the days on which the visitor was seen in a campaign.
fn forget_visitor(desk: &mut Desk<'_>, campaign: CampaignId, visitor: VisitorId, until: Timestamp) -> Decide<u64> {
    let known = desk.get::<Visitor>(VisitorKey { visitor })?;
    let mut forgotten = 0;
    // A visitor who is forgotten was seen nowhere since. One who is remembered without this campaign was seen in too many.
    let is_over_here = known.as_ref().is_none_or(|known| {
        let here = known.campaigns.iter().find(|seen| seen.first.campaign == campaign);
        here.is_some_and(|seen| seen.last.at < until)
    });
    let visit = VisitKey { campaign, visitor };
    if is_over_here && desk.get::<Visit>(visit.clone())?.is_some() {
        desk.delete(visit);
        forgotten += 1;
    }
    let is_over = |known: &Visitor| {
        known.campaigns.iter().all(|seen| seen.last.at < until) && known.touches.iter().all(|touch| touch.at < until)
    };
    if known.as_ref().is_some_and(is_over) {
        desk.delete(VisitorKey { visitor });
        forgotten += 1;
    }
    Ok(forgotten)
}

/// The sweep: one part after the other.
#[derive(Debug)]
pub(super) struct Forget {
    engine: Arc<Engine>,
    tenant: TenantId,
    now: Timestamp,
    entropy: Entropy,
    jobs: VecDeque<Job>,
    parts: u64,
    forgotten: u64,
    doing: Option<Box<Run<Job>>>,
}

impl Forget {
    pub(super) fn new(engine: Arc<Engine>, tenant: TenantId, now: Timestamp, entropy: Entropy) -> Self {
        let swept = [What::Receipts, What::Uncounted, What::Touches].map(Job::Plan);
        let jobs = swept.into_iter().chain(LetterState::ALL.iter().copied().map(Job::Letters)).collect();
        Self { engine, tenant, now, entropy, jobs, parts: 0, forgotten: 0, doing: None }
    }

    /// The next step; at the end, how many records were removed.
    pub(super) fn next(&mut self, mut reply: Option<Reply>) -> Result<Step<u64>> {
        loop {
            let Some(doing) = self.doing.as_mut() else {
                let Some(job) = self.jobs.pop_front() else { return Ok(Step::Done(self.forgotten)) };
                self.parts = self.parts.saturating_add(1);
                let entropy = self.entropy.part("forget", self.parts);
                self.doing = Some(Box::new(self.engine.run(self.tenant.clone(), job, self.now, entropy)));
                continue;
            };
            match doing.next(reply.take())? {
                Step::Load(keys) => return Ok(Step::Load(keys)),
                Step::List(request) => return Ok(Step::List(request)),
                Step::Commit(batch) => return Ok(Step::Commit(batch)),
                Step::Done(Part { forgotten, next }) => {
                    self.doing = None;
                    self.forgotten = self.forgotten.saturating_add(forgotten);
                    next.into_iter().rev().for_each(|job| self.jobs.push_front(job));
                }
            }
        }
    }
}
