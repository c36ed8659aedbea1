//! What callers were told: it must stay true, and be told again.

use std::collections::BTreeMap;
use std::sync::Arc;

use referral_core::command::{AnyCommand, Outcome, Receipt, Request};
use referral_core::engine::{Engine, drive};
use referral_core::error::Error;
use referral_core::store::Store;
use referral_core::value::{Entropy, TenantId, Timestamp};

/// So many requests are asked again in one operation.
const TOGETHER: usize = 100;
/// Receipts are kept so many days at least: what a tenant has that said nothing else.
const KEPT_DAYS: i64 = 7;

/// Every acknowledged answer.
#[derive(Debug, Default)]
pub(super) struct Promises {
    given: BTreeMap<(TenantId, String), Promise>,
}

#[derive(Debug)]
struct Promise {
    request: Request,
    receipt: Receipt,
    /// How often it was told as something new: at most once.
    fresh: u32,
}

/// Under what an answer is kept for good; none if it is not kept: a timer fires once by its own record, a keyring is
/// compared each time, and a declined conversion or refund is not recorded.
fn identity(request: &Request, receipt: &Receipt) -> Option<String> {
    let accepted = matches!(receipt.outcome, Outcome::Accepted(_));
    match &request.command {
        AnyCommand::FireTimer(_) | AnyCommand::CheckKeyring(_) => None,
        AnyCommand::RecordConversion(command) => accepted.then(|| format!("{} {}", command.source, command.event)),
        AnyCommand::RecordRefund(command) => {
            accepted.then(|| format!("{} {} {}", command.source, command.event, command.refund))
        }
        _ => Some(request.key.to_string()),
    }
}

impl Promises {
    /// Notes an answer. The same request twice must come to the first answer.
    pub(super) fn acknowledge(
        &mut self,
        tenant: &TenantId,
        request: &Request,
        receipt: &Receipt,
    ) -> Result<(), String> {
        let Some(identity) = identity(request, receipt) else { return Ok(()) };
        let name = request.command.name();
        let fresh = u32::from(!receipt.repeated);
        let Some(known) = self.given.get_mut(&(tenant.clone(), identity.clone())) else {
            let promise = Promise { request: request.clone(), receipt: receipt.clone(), fresh };
            self.given.insert((tenant.clone(), identity), promise);
            return Ok(());
        };
        known.fresh += fresh;
        if known.fresh > 1 {
            return Err(format!("{name} `{identity}` was done twice"));
        }
        if known.receipt.outcome != receipt.outcome || known.receipt.decision != receipt.decision {
            let answers = format!("{:?}\n and {receipt:?}", known.receipt);
            return Err(format!("{name} `{identity}` was answered twice, and differently: {answers}"));
        }
        Ok(())
    }

    /// Asks for every answer again: what does not come as it came, each as one line.
    pub(super) fn ask_again(
        &self,
        store: &dyn Store,
        engine: &Arc<Engine>,
        now: Timestamp,
        entropy: &Entropy,
    ) -> Vec<String> {
        let mut problems = Vec::new();
        let mut by_tenant: BTreeMap<&TenantId, Vec<&Promise>> = BTreeMap::new();
        for ((tenant, _), promise) in &self.given {
            by_tenant.entry(tenant).or_default().push(promise);
        }
        for (tenant, promises) in by_tenant {
            for (number, together) in (0..).zip(promises.chunks(TOGETHER)) {
                let requests = together.iter().map(|promise| promise.request.clone()).collect();
                let mut operation = engine.execute(tenant.clone(), requests, now, entropy.part("again", number));
                match drive(store, &mut operation) {
                    Err(error) => problems.push(format!("asking again failed: {error}")),
                    Ok(results) => {
                        for (promise, result) in together.iter().zip(results) {
                            problems.extend(promise.compare(&result, now));
                        }
                    }
                }
            }
        }
        problems
    }
}

impl Promise {
    /// Whether receipts of that time need not be kept any more.
    fn is_old(&self, now: Timestamp) -> bool {
        self.request.key.minted_at().is_ok_and(|minted| now.since(minted).num_days() >= KEPT_DAYS)
    }

    fn compare(&self, again: &Result<Receipt, Error>, now: Timestamp) -> Option<String> {
        let name = self.request.command.name();
        match again {
            // Its receipt may be swept; and a key of that age is refused, so that nothing is done again.
            Err(Error::KeyTooOld { .. }) if self.is_old(now) => None,
            Err(error) => Some(format!("an acknowledged {name} is gone: {error}")),
            Ok(again) if !again.repeated => Some(format!("an acknowledged {name} was done again")),
            Ok(again) if again.outcome != self.receipt.outcome || again.decision != self.receipt.decision => {
                Some(format!("an acknowledged {name} is answered differently: {:?}\n and {again:?}", self.receipt))
            }
            Ok(_) => None,
        }
    }
}
