//! Deliveries over real sockets on loopback, and addresses that no socket may see.

mod delivering;
mod reaching;
mod secure;
mod support;
