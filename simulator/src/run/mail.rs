//! Requests on their way to a process: doubled, delayed, overtaken, all at once.

use chrono::TimeDelta;
use referral_core::store::Store;

use super::{Errand, Parcel, Run};
use crate::fault::Fault;
use crate::world::Wish;

impl<S: Store> Run<S> {
    /// Time passes and somebody wants something.
    pub(super) fn invent(&mut self) {
        let minutes = match self.draw.below(100) {
            0 => 24 * 60,
            drawn if drawn < 60 => 0,
            _ => i64::try_from(self.draw.below(90)).unwrap_or(0),
        };
        self.now = self.now.plus(TimeDelta::minutes(minutes) + TimeDelta::milliseconds(137));
        if self.draw.once_in(30) {
            let tenants = self.world.tenants();
            if let Some(tenant) = self.draw.pick(&tenants) {
                self.queue.push_back(Errand::Settle(tenant.clone()));
            }
        }
        if self.draw.once_in(12) {
            let wishes = self.world.rush(self.store.inner(), self.now).unwrap_or_default();
            let errand = |wish: Wish| Errand::Commands(wish.tenant.clone(), vec![Parcel { wish, tries: 0 }]);
            self.queue.extend(wishes.into_iter().map(errand));
        }
        for _ in 0..=self.draw.below(4) {
            match self.world.next(self.store.inner(), self.now) {
                Ok(wish) => self.send(wish),
                // Refused at the door: it never reaches the engine.
                Err(malformed) => self.log_text(&malformed.problem),
            }
        }
    }

    /// Sends a request; on the way it may be doubled, delayed or overtaken.
    fn send(&mut self, wish: Wish) {
        let name = wish.request.command.name();
        let parcel = Parcel { wish, tries: 0 };
        match self.draw.below(20) {
            0 => {
                self.done.coverage.befell(name, Fault::Duplicate);
                let soon = if self.draw.once_in(2) { 0 } else { self.draw.below(5_000) };
                self.postpone(parcel.clone(), soon);
                self.enqueue(parcel);
            }
            1 => {
                self.done.coverage.befell(name, Fault::Delay);
                let minutes = self.draw.below(5 * 24 * 60);
                self.postpone(parcel, minutes);
            }
            2 => {
                self.done.coverage.befell(name, Fault::Reorder);
                let minutes = self.draw.below(3);
                let before = self.queue.pop_back();
                self.enqueue(parcel);
                self.queue.extend(before);
                self.now = self.now.plus(TimeDelta::minutes(i64::try_from(minutes).unwrap_or(0)));
            }
            _ => self.enqueue(parcel),
        }
    }

    /// Puts a parcel behind the others; now and then into the same operation as the one before it.
    pub(super) fn enqueue(&mut self, parcel: Parcel) {
        let together = self.draw.once_in(3);
        if let Some(Errand::Commands(tenant, parcels)) = self.queue.back_mut()
            && together
            && *tenant == parcel.wish.tenant
            && parcels.len() < 8
        {
            parcels.push(parcel);
            return;
        }
        self.queue.push_back(Errand::Commands(parcel.wish.tenant.clone(), vec![parcel]));
    }

    pub(super) fn postpone(&mut self, parcel: Parcel, minutes: usize) {
        self.numbered += 1;
        let at = self.now.plus(TimeDelta::minutes(i64::try_from(minutes).unwrap_or(0)));
        self.late.insert((at, self.numbered), parcel);
    }
}
