//! What other systems send that cannot be used, and what hands do with it.

use serde_json::{Value, json};

use super::Maker;
use super::people::host_id;
use referral_core::record::{Kind, LetterState, Record, RecordKind};

impl Maker<'_> {
    /// A message that cannot be used. Some come again, some name people.
    pub(super) fn keep_letter(&mut self) -> Option<Value> {
        let (message, person) = (self.draw.below(40), self.someone());
        // Four characters of Base64 are three bytes.
        let mut letter = json!({
            "source": self.one(&["shop", "stripe"]), "body": format!("AA{message:02}"),
            "code": self.one(&["field_missing", "body_not_json", "not_found"]), "problem": "the event has nothing for `total`",
        });
        if self.chance(30) {
            let names = json!([self.named(person), {"host": host_id(person)}]);
            letter.as_object_mut()?.insert("people".to_owned(), names);
        }
        if self.chance(20) {
            let ids = json!([{"source": "stripe", "id": format!("cus_{person}")}]);
            letter.as_object_mut()?.insert("ids".to_owned(), ids);
        }
        if self.chance(10) {
            letter.as_object_mut()?.insert("delivery".to_owned(), json!(format!("msg_{message}")));
        }
        Some(json!({ "keep_letter": letter }))
    }

    /// A letter is replayed or dropped, mostly one that is kept.
    pub(super) fn set_letter_state(&mut self) -> Option<Value> {
        let letters = self.list(referral_core::store::Listing::All(Kind::Letter)).into_iter();
        let letters = letters.filter_map(|record| match record {
            Record::Letter(letter) => Some(letter),
            _ => None,
        });
        let is_any = self.chance(30);
        let letters: Vec<_> = letters.filter(|letter| is_any || letter.state == LetterState::Kept).collect();
        let mut letter = self.draw.pick(&letters)?.key();
        if self.draw.once_in(20) {
            letter.letter.0 = [0; 16];
        }
        let state = self.one(&["replayed", "replayed", "dropped", "dropped", "dropped", "kept"]);
        Some(json!({"set_letter_state": {
            "letter": letter, "state": state, "actor": "desk", "reason": "the table is mended",
        }}))
    }
}
