//! What only the host knows.

use std::fmt;
use std::net::IpAddr;

use referral_core::command::{AnyCommand, HostFacts, Person};
use referral_core::value::Place;

/// Answers what only the host knows. Asked before a command is executed, never while a store waits.
///
/// The answers travel beside the command: they are neither hashed nor compared when it comes a second time.
pub trait Host: fmt::Debug + Send + Sync {
    /// Whether this person was a customer before. Asked when somebody signs up or buys. By default nobody was.
    fn is_existing_customer(&self, _person: &Person) -> bool {
        false
    }

    /// Where an address is. Asked when somebody follows a link. By default it is not known. The crate `referral-maxmind` reads it
    /// from a database; a host that knows the country alone answers `country.into()`.
    fn place_of(&self, _address: IpAddr) -> Place {
        Place::default()
    }
}

/// A host that knows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHost;

impl Host for NoHost {}

/// Adds what `host` knows to `facts`, which win where they say something.
pub(crate) fn complete(host: &dyn Host, command: &AnyCommand, facts: &mut HostFacts) {
    let person = match command {
        AnyCommand::RecordLead(command) => Some(&command.person),
        AnyCommand::RecordConversion(command) => Some(&command.person),
        _ => None,
    };
    if let Some(person) = person
        && !facts.existing_customer
    {
        facts.existing_customer = host.is_existing_customer(person);
    }
    if let AnyCommand::RecordClick(command) = command
        && let (None, None, Some(address)) = (facts.country, &facts.city, command.ip)
    {
        // A city is one of its country: both come from the caller, or both from the host.
        let place = host.place_of(address);
        (facts.country, facts.city) = (place.country, place.city);
    }
}
