//! What people ask for themselves, on both doors alike: no more mails, to be forgotten, to be told what is held on them.

use std::fmt;
use std::sync::Arc;

use referral_core::command::{Receipt, Resubscribe, Resubscribed, Unsubscribe, Unsubscribed, Who};
use referral_core::engine::{Engine, Erased};
use referral_core::error::{Result, StoreError};
use referral_core::report::{Export, FindParticipant, PersonData};
use referral_core::value::ParticipantId;

use crate::asynchronous::AsyncReferrals;
use crate::door::{Door, Occasion, Place};
use crate::referrals::Referrals;
use crate::task::block_on;

/// What a store does beside its contract, so that what was deleted is nowhere in its files.
///
/// The contract of stores has three methods, and none of them: a store in memory or behind a server keeps no such files.
#[derive(Clone)]
pub(crate) struct Scrub(Option<Arc<dyn Fn() -> Result<(), StoreError> + Send + Sync>>);

impl Scrub {
    /// For a store that leaves nothing behind.
    pub(crate) fn nothing() -> Self {
        Self(None)
    }

    /// For a store whose files are cleaned by `scrub`.
    pub(crate) fn by(scrub: impl Fn() -> Result<(), StoreError> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(scrub)))
    }
}

impl fmt::Debug for Scrub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scrub({})", if self.0.is_some() { ".." } else { "nothing" })
    }
}

impl Referrals {
    /// Unsubscribes from everything whoever was sent a mail with this token, as it stood in the URL: what the page behind
    /// `List-Unsubscribe` does when it is sent a POST, and never for a GET, which mail programs send to look. As often as one
    /// likes. For single kinds, or without a token, execute [`Unsubscribe`].
    ///
    /// # Errors
    /// As [`Referrals::execute`]; [`Error::InvalidLink`](crate::Error::InvalidLink) if it was sent to nobody.
    pub fn unsubscribe(&self, token: &str) -> Result<Receipt<Unsubscribed>> {
        self.execute(Unsubscribe::by_token(token))
    }

    /// Records that a person wants mails of every kind, again or for the first time. For single kinds, execute
    /// [`Resubscribe`].
    ///
    /// # Errors
    /// As [`Referrals::execute`].
    pub fn resubscribe(&self, person: &Who) -> Result<Receipt<Resubscribed>> {
        self.execute(Resubscribe::new(person.clone()))
    }

    /// Erases a person: the row with personal data, every hash that leads to it, what orders and links say in the host's own
    /// fields; then from the store's files, as far as the store is one that was opened by URL or
    /// [`Builder::scrub`](crate::Builder::scrub) says how. Referrals, rewards, ledger and totals stay, under an id that leads
    /// to nobody; the same email is somebody new afterwards.
    ///
    /// Letters that name the person are dropped, also where nobody is known by that name: what a kept message says of somebody
    /// goes with them.
    ///
    /// It answers nothing if nobody is known by that, as after an erasure. To be called again after an error, by the id if
    /// that is known: it goes on where it was left.
    ///
    /// # Errors
    /// Whatever the store fails with. [`StoreError::Busy`](crate::StoreError::Busy) also if a reader still needs the log in
    /// which the store keeps what was deleted.
    pub fn erase(&self, person: &Who) -> Result<Option<Erased>> {
        block_on(self.0.erase(person))
    }

    /// All that is held on a person; nothing, if nobody is known by that. It reads everything, as an audit does.
    ///
    /// # Errors
    /// Whatever the store fails with.
    pub fn export(&self, person: &Who) -> Result<Option<PersonData>> {
        block_on(self.0.export(person))
    }
}

impl AsyncReferrals {
    /// As [`Referrals::unsubscribe`].
    ///
    /// # Errors
    /// The same.
    pub async fn unsubscribe(&self, token: &str) -> Result<Receipt<Unsubscribed>> {
        self.execute(Unsubscribe::by_token(token)).await
    }

    /// As [`Referrals::resubscribe`].
    ///
    /// # Errors
    /// The same.
    pub async fn resubscribe(&self, person: &Who) -> Result<Receipt<Resubscribed>> {
        self.execute(Resubscribe::new(person.clone())).await
    }

    /// As [`Referrals::erase`].
    ///
    /// # Errors
    /// The same.
    pub async fn erase(&self, person: &Who) -> Result<Option<Erased>> {
        self.0.erase(person).await
    }

    /// As [`Referrals::export`].
    ///
    /// # Errors
    /// The same.
    pub async fn export(&self, person: &Who) -> Result<Option<PersonData>> {
        self.0.export(person).await
    }
}

impl Door {
    async fn find(&self, person: &Who) -> Result<Option<ParticipantId>> {
        let question = || FindParticipant { participant: person.clone() };
        let found = self.run(|engine, occasion| engine.ask(occasion.tenant, question(), occasion.now)).await?;
        Ok(found.participant)
    }

    async fn erase(&self, person: &Who) -> Result<Option<Erased>> {
        // Found once: a second try finds nobody by the email that the first one removed.
        let erased = match self.find(person).await? {
            None => {
                // Somebody who is not known may be named by a message that could not be used.
                let drop = |engine: &Arc<Engine>, occasion: Occasion| {
                    engine.drop_letters(occasion.tenant, person.clone(), occasion.now, occasion.entropy)
                };
                self.run(drop).await?;
                None
            }
            Some(id) => Some(
                self.run(|engine, occasion| engine.erase(occasion.tenant, id, occasion.now, occasion.entropy)).await?,
            ),
        };
        self.scrub().await?;
        Ok(erased)
    }

    async fn export(&self, person: &Who) -> Result<Option<PersonData>> {
        let Some(id) = self.find(person).await? else { return Ok(None) };
        self.run(|_, occasion| Export::new(occasion.tenant, id)).await.map(Some)
    }

    async fn scrub(&self) -> Result<()> {
        let Some(scrub) = self.shared().scrub.0.clone() else { return Ok(()) };
        match &self.shared().place {
            Place::Threads(_, threads) => threads.run(move || scrub().map_err(Into::into)).await,
            Place::Here(_) | Place::Awaited(_) => Ok(scrub()?),
        }
    }
}
