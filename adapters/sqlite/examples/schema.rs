//! Prints the schema that the description of the records asks for:
//! `cargo run -p referral-sqlite --example schema > adapters/sqlite/migrations/0001_initial.sql`.

fn main() {
    print!("{}", referral_sqlite::initial_schema());
}
