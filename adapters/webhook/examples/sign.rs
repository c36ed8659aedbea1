//! Prints signed messages, one JSON object a line: what the official packages for Python and JavaScript verify.
//!
//! ```sh
//! cargo run -p referral-webhook --example sign
//! ```

use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};

use referral_core::value::Timestamp;
use referral_webhook::{SigningSecret, sign};
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    // The packages refuse what is older than five minutes.
    let millis = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let now = Timestamp::from_millis(i64::try_from(millis)?)?;
    let (old, new) = (
        SigningSecret::new(&[7; 24])?,
        SigningSecret::new(b"another secret, as long as the longest: 64 bytes of it, exactly!")?,
    );
    let long = format!(r#"{{"text":"{}"}}"#, "x".repeat(200_000));
    let bodies = [r#"{"kind":"referral.qualified","attempt":1}"#, r#"{ "name": "Zoë 🦀",  "spaces": "kept" }"#, &long];
    for (number, body) in bodies.into_iter().enumerate() {
        for secrets in [vec![old.clone()], vec![new.clone()], vec![old.clone(), new.clone()]] {
            let signed = sign(&secrets, &format!("0190a6e8-7c3b-7e2a-9a3f-5d6c7b8a9f0{number}"), now, body.as_bytes())?;
            let headers = json!({
                "webhook-id": signed.id, "webhook-timestamp": signed.timestamp, "webhook-signature": signed.signature,
            });
            let secrets: Vec<String> = secrets.iter().map(SigningSecret::expose).collect();
            println!("{}", json!({"headers": headers, "body": body, "secrets": secrets}));
        }
    }
    Ok(())
}
