//! The four commands of the flow.

use referral_core::link::{LinkToken, SealedToken};
use referral_core::value::{ParticipantId, Timestamp, TouchId, VisitorId};
use rusqlite::{OptionalExtension, Transaction, params};

use super::rows::{Granted, alias, euros, participant, used};
use super::{BUDGET_MINOR, CAMPAIGN, DAY, Hand, LEAD_LASTS_MICROS, MONTH, MOST_A_MONTH, Sums, TENANT, WELCOME_MINOR};
use crate::flow::Flow;

/// What is kept of the user agent that every visitor of a flow has.
const ORIGIN: &str = r#"{"device":"desktop","browser":"firefox","system":"linux"}"#;

impl Hand {
    pub(super) fn click(&mut self, sql: &Transaction<'_>, flow: &Flow) -> rusqlite::Result<()> {
        let token: SealedToken = flow.referrer.token.parse().expect("a token");
        let token = token.verify(&self.keyring, &self.tenant, &self.host).expect("a token of ours");
        let referrer: [u8; 16] = sql
            .prepare_cached(
                "SELECT participant FROM referral_grant_of_links
                 WHERE tenant = ?1 AND campaign = ?2 AND \"grant\" = ?3 AND validity = 'active'",
            )?
            .query_row(params![TENANT, CAMPAIGN, token.grant.0], |row| row.get(0))?;
        let referrer = participant(referrer);
        let channel: Option<String> = sql
            .prepare_cached(
                "SELECT channel FROM referral_link
                 WHERE tenant = ?1 AND campaign = ?2 AND \"grant\" = ?3 AND counter = ?4",
            )?
            .query_row(params![TENANT, CAMPAIGN, token.grant.0, token.counter], |row| row.get(0))?;
        let visitor = self.keyring.visitor_id(&self.tenant, &flow.visitor);
        let known: Option<String> = sql
            .prepare_cached("SELECT recent FROM referral_visitor WHERE tenant = ?1 AND visitor = ?2")?
            .query_row(params![TENANT, visitor.0.as_bytes()], |row| row.get(0))
            .optional()?;
        assert!(known.is_none(), "every visitor of a flow is new");
        let (touch, at) = (TouchId::mint(self.now, &mut self.entropy), self.now.as_micros());
        sql.prepare_cached(
            "INSERT INTO referral_touch VALUES
             (?1, ?2, ?3, 'click', ?4, ?5, ?6, ?7, ?8, 'human', 'FR', ?11, '192.0.2.0/24', ?9, ?10)",
        )?
        .execute(params![
            TENANT,
            touch.0.as_bytes(),
            CAMPAIGN,
            referrer.0.as_bytes(),
            token.grant.0,
            token.counter,
            channel,
            visitor.0.as_bytes(),
            at,
            self.version(),
            ORIGIN
        ])?;
        self.visitor(sql, visitor, &token, (touch, referrer))?;
        self.count("clicks", "", 1, Some(referrer));
        self.add(Sums::Parts, "clicks//country/FR".to_owned(), 1);
        for period in [DAY, MONTH, "all"] {
            self.add(Sums::Period(period), "visitors".to_owned(), 1);
            self.add(Sums::Period(period), "reach".to_owned(), 1);
        }
        self.first_click(sql, &token, referrer)?;
        let outcome = format!(
            r#"{{"click_recorded":{{"campaign":1,"destination":"https://shop.example/","referrer":"{referrer}","touch":"{touch}","verdict":"human"}}}}"#
        );
        self.receipt(sql, "record_click", &flow.visitor, &outcome, "")
    }

    /// Notes that one of the referrer's links got a click, and counts the referrer.
    fn first_click(
        &mut self,
        sql: &Transaction<'_>,
        token: &LinkToken,
        referrer: ParticipantId,
    ) -> rusqlite::Result<()> {
        let version = self.version();
        let of_grant = "UPDATE referral_grant_of_links SET clicked = 1, row_version = ?4
             WHERE tenant = ?1 AND campaign = ?2 AND \"grant\" = ?3 AND clicked = 0";
        let changed = sql.prepare_cached(of_grant)?.execute(params![TENANT, CAMPAIGN, token.grant.0, version])?;
        if changed == 1 {
            let of_enrolment = "UPDATE referral_enrolment SET clicked = 1, row_version = ?4
                 WHERE tenant = ?1 AND campaign = ?2 AND participant = ?3 AND clicked = 0";
            sql.prepare_cached(of_enrolment)?.execute(params![TENANT, CAMPAIGN, referrer.0.as_bytes(), version])?;
            self.count("referrers_by_click", "", 1, None);
        }
        Ok(())
    }

    /// What is remembered of a new visitor.
    fn visitor(
        &mut self,
        sql: &Transaction<'_>,
        visitor: VisitorId,
        token: &LinkToken,
        (touch, referrer): (TouchId, ParticipantId),
    ) -> rusqlite::Result<()> {
        let now = self.now;
        let (grant, counter) = (token.grant, token.counter);
        let seen = format!(
            r#"{{"touch":"{touch}","campaign":1,"referrer":"{referrer}","channel":null,"link":"{grant}/{counter}","origin":{ORIGIN},"at":"{now}"}}"#
        );
        let campaigns = format!(r#"[{{"first":{seen},"last":{seen}}}]"#);
        let recent = format!(r#"[{{"grant":"{grant}","counter":{counter},"at":"{now}"}}]"#);
        sql.prepare_cached("INSERT INTO referral_visitor VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(params![
            TENANT,
            visitor.0.as_bytes(),
            campaigns,
            format!("[{seen}]"),
            recent,
            self.version()
        ])?;
        sql.prepare_cached("INSERT INTO referral_visit VALUES (?1, ?2, ?3, ?4, ?4, ?5)")?.execute(params![
            TENANT,
            CAMPAIGN,
            visitor.0.as_bytes(),
            r#"{"2026-06":16384}"#,
            self.version()
        ])?;
        Ok(())
    }

    pub(super) fn lead(&mut self, sql: &Transaction<'_>, flow: &Flow) -> rusqlite::Result<()> {
        let visitor = self.keyring.visitor_id(&self.tenant, &flow.visitor);
        let touches: String = sql
            .prepare_cached("SELECT touches FROM referral_visitor WHERE tenant = ?1 AND visitor = ?2")?
            .query_row(params![TENANT, visitor.0.as_bytes()], |row| row.get(0))?;
        let touches: serde_json::Value = serde_json::from_str(&touches).expect("JSON");
        let last = &touches.as_array().and_then(|touches| touches.last()).expect("a touch");
        let referrer: ParticipantId = last["referrer"].as_str().expect("a text").parse().expect("an id");
        let link = last["link"].as_str().expect("a text");
        let clicked_at: Timestamp = last["at"].as_str().expect("a text").parse().expect("a time");
        let aliases = self.aliases(flow);
        for (kind, hash) in &aliases {
            assert!(alias(sql, kind, hash)?.is_none(), "everybody of a flow is new");
        }
        let state: String = sql
            .prepare_cached("SELECT state FROM referral_participant WHERE tenant = ?1 AND participant = ?2")?
            .query_row(params![TENANT, referrer.0.as_bytes()], |row| row.get(0))?;
        assert_eq!(state, "active");
        // An invitee who is new has referred nobody: no circle can close.
        let (invitee, at) = (ParticipantId::mint(self.now, &mut self.entropy), self.now.as_micros());
        self.person(sql, invitee, flow, &aliases)?;
        sql.prepare_cached(
            "INSERT INTO referral_referral VALUES (?1, ?2, ?3, 1, 1, ?4, 'lead', 'clear', 1, 'visitor', NULL, ?9, ?10, 'FR', 1, ?5, NULL, ?3,
             ?6, ?7, NULL, '[]', 0, '', '[]', NULL, '[]', '[]', NULL, '[]', '{}', ?8) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            TENANT,
            CAMPAIGN,
            invitee.0.as_bytes(),
            referrer.0.as_bytes(),
            clicked_at.as_micros(),
            at,
            at + LEAD_LASTS_MICROS,
            self.version(),
            link,
            ORIGIN
        ])?;
        sql.prepare_cached("INSERT INTO referral_timer VALUES (?1, ?2, 'lead_expires', ?3, ?4, ?5)")?.execute(
            params![TENANT, at + LEAD_LASTS_MICROS, format!("referral/1/{invitee}"), CAMPAIGN, self.version()],
        )?;
        self.count("leads", "", 1, Some(referrer));
        self.count("click_to_lead", "0", 1, None);
        self.tell_apart("leads", "", 1);
        let outcome = format!(
            r#"{{"lead_recorded":{{"already":false,"evidence":"visitor","progress":"lead","referral":{{"campaign":1,"invitee":"{invitee}","lead":1}},"referrer":"{referrer}"}}}}"#
        );
        let findings = r#"{"campaign":1,"detail":"visitor","reason":"attributed"}"#;
        self.receipt(sql, "record_lead", &flow.host_id, &outcome, findings)
    }

    pub(super) fn purchase(&mut self, sql: &Transaction<'_>, flow: &Flow) -> rusqlite::Result<()> {
        let [(kind, hash), ..] = self.aliases(flow);
        let invitee = alias(sql, kind, &hash)?.expect("somebody who signed up");
        let (referrer, expires_at): ([u8; 16], i64) = sql
            .prepare_cached(
                "SELECT referrer, expires_at FROM referral_referral
                 WHERE tenant = ?1 AND campaign = ?2 AND invitee = ?3 AND progress = 'lead'",
            )?
            .query_row(params![TENANT, CAMPAIGN, invitee.0.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (referrer, at) = (participant(referrer), self.now.as_micros());
        let amount = (flow.total_minor / 10).min(2_500);
        let month = format!("friend-buys.1/count/{referrer}");
        self.take("", MONTH, month.clone(), 1, MOST_A_MONTH);
        self.take("EUR", "all", "budget/value".to_owned(), amount + WELCOME_MINOR, BUDGET_MINOR);
        let welcome_cause = format!("place/{invitee}/1/1");
        let buys_cause = format!("qualification/{invitee}/1");
        self.conversion(sql, flow, (invitee, referrer), amount)?;
        self.name_order(sql, flow, invitee)?;
        let order = format!(
            r#"[["{}","shop","{}","purchase","EUR",[{},0,0,0],[false,false,false],"1"]]"#,
            self.now, flow.order, flow.total_minor
        );
        sql.prepare_cached(
            "UPDATE referral_referral SET progress = 'qualified', qualified_at = ?4, orders = ?5, row_version = ?6
             WHERE tenant = ?1 AND campaign = ?2 AND invitee = ?3",
        )?
        .execute(params![TENANT, CAMPAIGN, invitee.0.as_bytes(), at, order, self.version()])?;
        self.drop_timer(sql, expires_at, "lead_expires", &format!("referral/1/{invitee}"))?;
        let budget = |by| used("EUR", "all", "budget/value", by, BUDGET_MINOR);
        let monthly = used("", MONTH, &month, 1, MOST_A_MONTH);
        let welcome = Granted {
            rule: "welcome",
            to: (invitee, "invitee"),
            cause: &welcome_cause,
            amount: WELCOME_MINOR,
            used: format!("[{}]", budget(WELCOME_MINOR)),
            expires: false,
        };
        let buys = Granted {
            rule: "friend-buys",
            to: (referrer, "referrer"),
            cause: &buys_cause,
            amount,
            used: format!("[{monthly},{}]", budget(amount)),
            expires: true,
        };
        self.grant(sql, flow, invitee, &buys)?;
        self.grant(sql, flow, invitee, &welcome)?;
        self.qualified(sql, flow, referrer)
    }

    /// Names an order among those of its person.
    fn name_order(&mut self, sql: &Transaction<'_>, flow: &Flow, invitee: ParticipantId) -> rusqlite::Result<()> {
        let named = format!(r#"[{{"conversion":{{"source":"shop","event":"{}"}},"at":"{}"}}]"#, flow.order, self.now);
        sql.prepare_cached(
            "UPDATE referral_participant SET orders = ?3, row_version = ?4 WHERE tenant = ?1 AND participant = ?2",
        )?
        .execute(params![TENANT, invitee.0.as_bytes(), named, self.version()])?;
        Ok(())
    }

    /// Counts what a purchase counts.
    fn qualified(&mut self, sql: &Transaction<'_>, flow: &Flow, referrer: ParticipantId) -> rusqlite::Result<()> {
        for (metric, unit, by, of) in [
            ("conversions", "", 1, Some(referrer)),
            ("revenue", "EUR", flow.total_minor, Some(referrer)),
            ("qualified", "", 1, Some(referrer)),
            ("leads_qualified", "", 1, None),
        ] {
            self.count(metric, unit, by, of);
            self.tell_apart(metric, unit, by);
        }
        self.count("qualified_of", &MONTH[1..], 1, None);
        self.count("lead_to_qualified", "0", 1, None);
        sql.prepare_cached(
            "UPDATE referral_enrolment SET qualified = qualified + 1, row_version = ?4
             WHERE tenant = ?1 AND campaign = ?2 AND participant = ?3",
        )?
        .execute(params![TENANT, CAMPAIGN, referrer.0.as_bytes(), self.version()])?;
        Ok(())
    }

    pub(super) fn issue(&mut self, sql: &Transaction<'_>, flow: &Flow) -> rusqlite::Result<()> {
        let [(kind, hash), ..] = self.aliases(flow);
        let invitee = alias(sql, kind, &hash)?.expect("somebody who signed up");
        let (rule, referrer, cause) = ("friend-buys", flow.referrer.participant, format!("qualification/{invitee}/1"));
        let (amount, expires_at): (i64, i64) = sql
            .prepare_cached(
                "SELECT quantity, expires_at FROM referral_reward
                 WHERE tenant = ?1 AND campaign = ?2 AND rule = ?3 AND participant = ?4 AND cause = ?5 AND state = 'due'",
            )?
            .query_row(params![TENANT, CAMPAIGN, rule, referrer.0.as_bytes(), cause], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        let debt: Option<i64> = sql
            .prepare_cached(
                "SELECT quantity FROM referral_debt
                 WHERE tenant = ?1 AND campaign = ?2 AND participant = ?3 AND unit = 'EUR'",
            )?
            .query_row(params![TENANT, CAMPAIGN, referrer.0.as_bytes()], |row| row.get(0))
            .optional()?;
        assert!(debt.is_none(), "nobody owes anything");
        let hand = format!(r#"[{{"did":"issue","at":"{}","command":"{}"}}]"#, self.now, self.entropy.uuid_v7(self.now));
        sql.prepare_cached(
            "UPDATE referral_reward SET state = 'issued', claim = 'none', issued = ?6, issue_reference = ?7, expires_at = NULL,
             changed_at = ?8, row_version = ?9, hands = ?10
             WHERE tenant = ?1 AND campaign = ?2 AND rule = ?3 AND participant = ?4 AND cause = ?5",
        )?
        .execute(params![
            TENANT,
            CAMPAIGN,
            rule,
            referrer.0.as_bytes(),
            cause,
            amount,
            format!("transfer-{}", flow.number),
            self.now.as_micros(),
            self.version(),
            hand
        ])?;
        self.drop_timer(sql, expires_at, "reward_expires", &format!("reward/1/{rule}/{referrer}/{cause}"))?;
        self.entry(sql, referrer, (rule, &cause), ("issue", "owed", "issued"), amount)?;
        self.balance(sql, referrer, -amount)?;
        self.count("owed", "EUR", -amount, Some(referrer));
        self.count("issued", "EUR", amount, Some(referrer));
        let reward = format!(r#"{{"campaign":1,"cause":"{cause}","participant":"{referrer}","rule":"friend-buys"}}"#);
        let money = euros(amount);
        let outcome =
            format!(r#"{{"reward_moved":{{"amount":"{money}","netted":0,"reward":{reward},"state":"issued"}}}}"#);
        let findings =
            format!(r#"{{"amount":"{money}","campaign":1,"reason":"issued","reward":{reward},"rule":"friend-buys"}}"#);
        self.receipt(sql, "move_reward", &flow.order, &outcome, &findings)
    }
}
