//! Single rows, as the engine writes them.

use referral_core::value::{EntryId, ParticipantId};
use rusqlite::{OptionalExtension, Transaction, params};

use super::{CAMPAIGN, Hand, REWARD_LASTS_MICROS, TENANT};
use crate::flow::Flow;

/// A reward to be written.
pub(super) struct Granted<'a> {
    pub(super) rule: &'static str,
    pub(super) to: (ParticipantId, &'static str),
    pub(super) cause: &'a str,
    pub(super) amount: i64,
    pub(super) used: String,
    pub(super) expires: bool,
}

impl Hand {
    pub(super) fn aliases(&self, flow: &Flow) -> [(&'static str, [u8; 16]); 2] {
        let hash = |kind, value: &str| (kind, self.keyring.alias_hash(&self.tenant, kind, value.as_bytes()));
        [hash("host", &flow.host_id), hash("email", &flow.email)]
    }

    /// The mailbox as it is kept: in a flow no address varies what one person can vary at will.
    fn mailboxes(&self, flow: &Flow) -> String {
        let hash = self.keyring.alias_hash(&self.tenant, "canonical_email", flow.email.as_bytes());
        let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        format!(r#"["{hex}"]"#)
    }

    pub(super) fn person(
        &mut self,
        sql: &Transaction<'_>,
        invitee: ParticipantId,
        flow: &Flow,
        aliases: &[(&str, [u8; 16])],
    ) -> rusqlite::Result<()> {
        sql.prepare_cached(
            "INSERT INTO referral_participant VALUES (?1, ?2, 'active', NULL, ?3, NULL, 'FR', '{}', '[1]', '[]', NULL, '[]', ?4)",
        )?
        .execute(params![TENANT, invitee.0.as_bytes(), self.now.as_micros(), self.version()])?;
        sql.prepare_cached(
            "INSERT INTO referral_person VALUES (?1, ?2, ?3, '[]', '[]', ?4, ?6, '[]', NULL, NULL, NULL, NULL, NULL, '{}', ?5)",
        )?
        .execute(params![
            TENANT,
            invitee.0.as_bytes(),
            flow.host_id,
            flow.email,
            self.version(),
            self.mailboxes(flow)
        ])?;
        for (kind, hash) in aliases {
            sql.prepare_cached("INSERT INTO referral_alias VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(params![
                TENANT,
                kind,
                hash,
                invitee.0.as_bytes(),
                self.version()
            ])?;
        }
        Ok(())
    }

    pub(super) fn conversion(
        &mut self,
        sql: &Transaction<'_>,
        flow: &Flow,
        (invitee, referrer): (ParticipantId, ParticipantId),
        amount: i64,
    ) -> rusqlite::Result<()> {
        let (order, at) = (&flow.order, self.now.as_micros());
        let answer = format!(
            r#"[{{"accepted":{{"conversion_recorded":{{"conversion":{{"event":"{order}","source":"shop"}},"counted_in":[1],"participant":"{invitee}","waiting":false}}}}}},[{{"campaign":1,"reason":"qualified"}},{{"amount":"{}","campaign":1,"reason":"granted","reward":{{"campaign":1,"cause":"qualification/{invitee}/1","participant":"{referrer}","rule":"friend-buys"}},"rule":"friend-buys"}},{{"amount":"10.00 EUR","campaign":1,"reason":"granted","reward":{{"campaign":1,"cause":"place/{invitee}/1/1","participant":"{invitee}","rule":"welcome"}},"rule":"welcome"}}]]"#,
            euros(amount)
        );
        sql.prepare_cached(
            "INSERT INTO referral_conversion VALUES (?1, 'shop', ?2, 'recorded', ?3, 'purchase', NULL, 'EUR', ?4, 0, 0,
             'FR', NULL, '{}', ?5, ?5, '[]', NULL, NULL, '[1]', '[]', ?6, ?7, ?8)",
        )?
        .execute(params![
            TENANT,
            order,
            invitee.0.as_bytes(),
            flow.total_minor,
            at,
            blake3::hash(order.as_bytes()).as_bytes(),
            answer,
            self.version()
        ])?;
        Ok(())
    }

    pub(super) fn grant(
        &mut self,
        sql: &Transaction<'_>,
        flow: &Flow,
        invitee: ParticipantId,
        granted: &Granted<'_>,
    ) -> rusqlite::Result<()> {
        let at = self.now.as_micros();
        let Granted { rule, to: (beneficiary, role), cause, amount, used, expires } = granted;
        let expires_at = expires.then_some(at + REWARD_LASTS_MICROS);
        sql.prepare_cached(
            "INSERT INTO referral_reward VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, 1, 'due', 'EUR', ?8, ?8, 0, 0, NULL, 0, NULL, 0, 0,
             NULL, 0, 0, 0, '[]', 'open', 0, 0, 0, NULL, NULL, NULL, ?9, ?10, NULL, 'shop', ?11, ?12, '[]', NULL, NULL, 0, '[]', ?13, ?13,
             ?14)",
        )?
        .execute(params![
            TENANT,
            CAMPAIGN,
            rule,
            beneficiary.0.as_bytes(),
            cause,
            role,
            invitee.0.as_bytes(),
            amount,
            expires.then_some("90 days"),
            expires_at,
            flow.order,
            used,
            at,
            self.version()
        ])?;
        if let Some(due_at) = expires_at {
            let subject = format!("reward/1/{rule}/{beneficiary}/{cause}");
            sql.prepare_cached("INSERT INTO referral_timer VALUES (?1, ?2, 'reward_expires', ?3, ?4, ?5)")?
                .execute(params![TENANT, due_at, subject, CAMPAIGN, self.version()])?;
        }
        self.entry(sql, *beneficiary, (rule, cause), ("grant", "expense", "owed"), *amount)?;
        self.balance(sql, *beneficiary, *amount)?;
        self.count("granted", "EUR", *amount, Some(*beneficiary));
        self.count("owed", "EUR", *amount, Some(*beneficiary));
        self.add(super::Sums::Parts, "rewards//version/1".to_owned(), 1);
        self.count("rewards", "", 1, Some(*beneficiary));
        Ok(())
    }

    /// Moves what a participant is owed.
    pub(super) fn balance(
        &mut self,
        sql: &Transaction<'_>,
        participant: ParticipantId,
        by: i64,
    ) -> rusqlite::Result<()> {
        sql.prepare_cached(
            "INSERT INTO referral_balance VALUES (?1, ?2, ?3, 'EUR', ?4, ?5)
             ON CONFLICT DO UPDATE SET net = net + excluded.net, row_version = excluded.row_version",
        )?
        .execute(params![TENANT, CAMPAIGN, participant.0.as_bytes(), by, self.version()])?;
        Ok(())
    }

    pub(super) fn entry(
        &mut self,
        sql: &Transaction<'_>,
        beneficiary: ParticipantId,
        (rule, cause): (&str, &str),
        (did, debit, credit): (&str, &str, &str),
        amount: i64,
    ) -> rusqlite::Result<()> {
        let entry = EntryId::mint(self.now, &mut self.entropy);
        sql.prepare_cached(
            "INSERT INTO referral_ledger_entry VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'EUR', ?10, ?2, ?11, ?12)",
        )?
        .execute(params![
            TENANT,
            entry.0.as_bytes(),
            CAMPAIGN,
            beneficiary.0.as_bytes(),
            rule,
            cause,
            did,
            debit,
            credit,
            amount,
            self.now.as_micros(),
            self.version()
        ])?;
        Ok(())
    }

    pub(super) fn drop_timer(
        &self,
        sql: &Transaction<'_>,
        due_at: i64,
        brings: &str,
        subject: &str,
    ) -> rusqlite::Result<()> {
        sql.prepare_cached(
            "DELETE FROM referral_timer WHERE tenant = ?1 AND due_at = ?2 AND brings = ?3 AND subject = ?4",
        )?
        .execute(params![TENANT, due_at, brings, subject])?;
        Ok(())
    }

    pub(super) fn receipt(
        &mut self,
        sql: &Transaction<'_>,
        command: &str,
        content: &str,
        outcome: &str,
        findings: &str,
    ) -> rusqlite::Result<()> {
        let key = self.entropy.uuid_v7(self.now);
        sql.prepare_cached("INSERT INTO referral_receipt VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?.execute(params![
            TENANT,
            key.as_bytes(),
            command,
            blake3::hash(content.as_bytes()).as_bytes(),
            format!(r#"[{{"accepted":{outcome}}},[{findings}]]"#),
            self.now.as_micros(),
            self.version()
        ])?;
        Ok(())
    }
}

/// Whose alias it is.
pub(super) fn alias(sql: &Transaction<'_>, kind: &str, hash: &[u8; 16]) -> rusqlite::Result<Option<ParticipantId>> {
    let found = sql
        .prepare_cached("SELECT participant FROM referral_alias WHERE tenant = ?1 AND alias = ?2 AND hash = ?3")?
        .query_row(params![TENANT, kind, hash], |row| row.get(0))
        .optional()?;
    Ok(found.map(participant))
}

/// A participant as it is stored.
pub(super) fn participant(bytes: [u8; 16]) -> ParticipantId {
    ParticipantId(uuid::Uuid::from_bytes(bytes))
}

/// Cents as the engine writes them.
pub(super) fn euros(minor: i64) -> String {
    format!("{}.{:02} EUR", minor / 100, minor % 100)
}

/// What a reward took from a limit.
pub(super) fn used(unit: &str, period: &str, member: &str, by: i64, at_most: i64) -> String {
    let by_value = !unit.is_empty();
    format!(
        r#"{{"total":{{"campaign":1,"metric":"limit","unit":"{unit}","dimension":"limit","period":"{period}","member":"{member}"}},"by":{by},"at_most":{at_most},"by_value":{by_value}}}"#
    )
}
