-- The tables of the referral engine.
--
-- Made from the description of the records in `referral-core/src/record/kind/` by
--     cargo run -p referral-sqlite --example schema > adapters/sqlite/migrations/0001_initial.sql
-- As long as nothing is released, a changed description is followed by making this file anew. After that it is never
-- changed again, and a change is a further file.
--
-- Every table leads with its tenant and is clustered by its key. A UUID is a BLOB of 16 bytes, a time an INTEGER of
-- microseconds since 1970 in UTC, a yes or no 1 or 0, and JSON a TEXT. Beside each table stands a view `…_readable`
-- that shows the same rows to people.

CREATE TABLE referral_schema (
  version INTEGER NOT NULL PRIMARY KEY
) STRICT;

CREATE TABLE "referral_settings" (
  "tenant" TEXT NOT NULL,
  "next_campaign" INTEGER NOT NULL,
  "subscriptions" TEXT NOT NULL,
  "receipt_days" INTEGER NOT NULL,
  "retention" TEXT NOT NULL,
  "key_checks" TEXT NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_settings_readable" AS SELECT
  "tenant",
  "next_campaign",
  "subscriptions",
  "receipt_days",
  "retention",
  "key_checks"
FROM "referral_settings";

CREATE TABLE "referral_campaign_name" (
  "tenant" TEXT NOT NULL,
  "slug" TEXT NOT NULL,
  "campaign" INTEGER NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "slug")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_campaign_name_readable" AS SELECT
  "tenant",
  "slug",
  "campaign"
FROM "referral_campaign_name";

CREATE TABLE "referral_campaign" (
  "tenant" TEXT NOT NULL,
  "campaign" INTEGER NOT NULL,
  "slug" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "state" TEXT NOT NULL,
  "said" TEXT,
  "changed_at" INTEGER NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "campaign")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_campaign_readable" AS SELECT
  "tenant",
  "campaign",
  "slug",
  "version",
  "state",
  "said",
  strftime('%Y-%m-%dT%H:%M:%S', "changed_at" / 1000000, 'unixepoch') || printf('.%06dZ', "changed_at" % 1000000) AS "changed_at"
FROM "referral_campaign";

CREATE TABLE "referral_campaign_version" (
  "tenant" TEXT NOT NULL,
  "campaign" INTEGER NOT NULL,
  "version" INTEGER NOT NULL,
  "definition" TEXT NOT NULL,
  "defined_at" INTEGER NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "campaign", "version")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_campaign_version_readable" AS SELECT
  "tenant",
  "campaign",
  "version",
  "definition",
  strftime('%Y-%m-%dT%H:%M:%S', "defined_at" / 1000000, 'unixepoch') || printf('.%06dZ', "defined_at" % 1000000) AS "defined_at"
FROM "referral_campaign_version";

CREATE TABLE "referral_participant" (
  "tenant" TEXT NOT NULL,
  "participant" BLOB NOT NULL,
  "state" TEXT NOT NULL,
  "said" TEXT,
  "enrolled_at" INTEGER NOT NULL,
  "refers_since" INTEGER,
  "country" TEXT,
  "data" TEXT NOT NULL,
  "referred_in" TEXT NOT NULL,
  "merged" TEXT NOT NULL,
  "merged_into" TEXT,
  "orders" TEXT NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "participant")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_participant_readable" AS SELECT
  "tenant",
  lower(substr(hex("participant"), 1, 8) || '-' || substr(hex("participant"), 9, 4) || '-' || substr(hex("participant"), 13, 4) || '-' || substr(hex("participant"), 17, 4) || '-' || substr(hex("participant"), 21, 12)) AS "participant",
  "state",
  "said",
  strftime('%Y-%m-%dT%H:%M:%S', "enrolled_at" / 1000000, 'unixepoch') || printf('.%06dZ', "enrolled_at" % 1000000) AS "enrolled_at",
  iif("refers_since" IS NULL, NULL, strftime('%Y-%m-%dT%H:%M:%S', "refers_since" / 1000000, 'unixepoch') || printf('.%06dZ', "refers_since" % 1000000)) AS "refers_since",
  "country",
  "data",
  "referred_in",
  "merged",
  "merged_into",
  "orders"
FROM "referral_participant";

CREATE TABLE "referral_person" (
  "tenant" TEXT NOT NULL,
  "participant" BLOB NOT NULL,
  "host_id" TEXT,
  "formerly" TEXT NOT NULL,
  "ids" TEXT NOT NULL,
  "email" TEXT,
  "mailboxes" TEXT NOT NULL,
  "of_others" TEXT NOT NULL,
  "name" TEXT,
  "language" TEXT,
  "shown_as" TEXT,
  "pseudonym" TEXT,
  "message" TEXT,
  "consent" TEXT NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "participant")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_person_readable" AS SELECT
  "tenant",
  lower(substr(hex("participant"), 1, 8) || '-' || substr(hex("participant"), 9, 4) || '-' || substr(hex("participant"), 13, 4) || '-' || substr(hex("participant"), 17, 4) || '-' || substr(hex("participant"), 21, 12)) AS "participant",
  "host_id",
  "formerly",
  "ids",
  "email",
  "mailboxes",
  "of_others",
  "name",
  "language",
  "shown_as",
  "pseudonym",
  "message",
  "consent"
FROM "referral_person";

CREATE TABLE "referral_alias" (
  "tenant" TEXT NOT NULL,
  "alias" TEXT NOT NULL,
  "hash" BLOB NOT NULL,
  "participant" BLOB NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "alias", "hash")
) STRICT, WITHOUT ROWID;

CREATE INDEX "referral_alias_by_participant"
  ON "referral_alias" ("tenant", "participant", "alias", "hash");

CREATE VIEW "referral_alias_readable" AS SELECT
  "tenant",
  "alias",
  lower(hex("hash")) AS "hash",
  lower(substr(hex("participant"), 1, 8) || '-' || substr(hex("participant"), 9, 4) || '-' || substr(hex("participant"), 13, 4) || '-' || substr(hex("participant"), 17, 4) || '-' || substr(hex("participant"), 21, 12)) AS "participant"
FROM "referral_alias";

CREATE TABLE "referral_enrolment" (
  "tenant" TEXT NOT NULL,
  "campaign" INTEGER NOT NULL,
  "participant" BLOB NOT NULL,
  "enrolled_at" INTEGER NOT NULL,
  "grant" BLOB NOT NULL,
  "code" TEXT NOT NULL,
  "shares" INTEGER NOT NULL,
  "clicked" INTEGER NOT NULL,
  "qualified" INTEGER NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "campaign", "participant")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_enrolment_readable" AS SELECT
  "tenant",
  "campaign",
  lower(substr(hex("participant"), 1, 8) || '-' || substr(hex("participant"), 9, 4) || '-' || substr(hex("participant"), 13, 4) || '-' || substr(hex("participant"), 17, 4) || '-' || substr(hex("participant"), 21, 12)) AS "participant",
  strftime('%Y-%m-%dT%H:%M:%S', "enrolled_at" / 1000000, 'unixepoch') || printf('.%06dZ', "enrolled_at" % 1000000) AS "enrolled_at",
  lower(hex("grant")) AS "grant",
  "code",
  "shares",
  iif("clicked", 'true', 'false') AS "clicked",
  "qualified"
FROM "referral_enrolment";

CREATE TABLE "referral_grant_of_links" (
  "tenant" TEXT NOT NULL,
  "campaign" INTEGER NOT NULL,
  "grant" BLOB NOT NULL,
  "participant" BLOB NOT NULL,
  "minted_by" TEXT NOT NULL,
  "validity" TEXT NOT NULL,
  "said" TEXT,
  "clicked" INTEGER NOT NULL,
  "next_counter" INTEGER NOT NULL,
  "granted_at" INTEGER NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "campaign", "grant")
) STRICT, WITHOUT ROWID;

CREATE INDEX "referral_grant_of_links_by_participant"
  ON "referral_grant_of_links" ("tenant", "campaign", "participant", "grant");

CREATE VIEW "referral_grant_of_links_readable" AS SELECT
  "tenant",
  "campaign",
  lower(hex("grant")) AS "grant",
  lower(substr(hex("participant"), 1, 8) || '-' || substr(hex("participant"), 9, 4) || '-' || substr(hex("participant"), 13, 4) || '-' || substr(hex("participant"), 17, 4) || '-' || substr(hex("participant"), 21, 12)) AS "participant",
  "minted_by",
  "validity",
  "said",
  iif("clicked", 'true', 'false') AS "clicked",
  "next_counter",
  strftime('%Y-%m-%dT%H:%M:%S', "granted_at" / 1000000, 'unixepoch') || printf('.%06dZ', "granted_at" % 1000000) AS "granted_at"
FROM "referral_grant_of_links";

CREATE TABLE "referral_link" (
  "tenant" TEXT NOT NULL,
  "campaign" INTEGER NOT NULL,
  "grant" BLOB NOT NULL,
  "counter" INTEGER NOT NULL,
  "participant" BLOB NOT NULL,
  "channel" TEXT,
  "utm" TEXT NOT NULL,
  "validity" TEXT NOT NULL,
  "said" TEXT,
  "made_at" INTEGER NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "campaign", "grant", "counter")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_link_readable" AS SELECT
  "tenant",
  "campaign",
  lower(hex("grant")) AS "grant",
  "counter",
  lower(substr(hex("participant"), 1, 8) || '-' || substr(hex("participant"), 9, 4) || '-' || substr(hex("participant"), 13, 4) || '-' || substr(hex("participant"), 17, 4) || '-' || substr(hex("participant"), 21, 12)) AS "participant",
  "channel",
  "utm",
  "validity",
  "said",
  strftime('%Y-%m-%dT%H:%M:%S', "made_at" / 1000000, 'unixepoch') || printf('.%06dZ', "made_at" % 1000000) AS "made_at"
FROM "referral_link";

CREATE TABLE "referral_code" (
  "tenant" TEXT NOT NULL,
  "campaign" INTEGER NOT NULL,
  "code" TEXT NOT NULL,
  "participant" BLOB NOT NULL,
  "made" TEXT NOT NULL,
  "shown" TEXT NOT NULL,
  "validity" TEXT NOT NULL,
  "said" TEXT,
  "expires_at" INTEGER,
  "max_uses" INTEGER,
  "uses" INTEGER NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "campaign", "code")
) STRICT, WITHOUT ROWID;

CREATE INDEX "referral_code_by_participant"
  ON "referral_code" ("tenant", "campaign", "participant", "code");

CREATE VIEW "referral_code_readable" AS SELECT
  "tenant",
  "campaign",
  "code",
  lower(substr(hex("participant"), 1, 8) || '-' || substr(hex("participant"), 9, 4) || '-' || substr(hex("participant"), 13, 4) || '-' || substr(hex("participant"), 17, 4) || '-' || substr(hex("participant"), 21, 12)) AS "participant",
  "made",
  "shown",
  "validity",
  "said",
  iif("expires_at" IS NULL, NULL, strftime('%Y-%m-%dT%H:%M:%S', "expires_at" / 1000000, 'unixepoch') || printf('.%06dZ', "expires_at" % 1000000)) AS "expires_at",
  "max_uses",
  "uses"
FROM "referral_code";

CREATE TABLE "referral_taken_code" (
  "tenant" TEXT NOT NULL,
  "campaign" INTEGER NOT NULL,
  "hash" BLOB NOT NULL,
  "taken_at" INTEGER NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "campaign", "hash")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_taken_code_readable" AS SELECT
  "tenant",
  "campaign",
  lower(hex("hash")) AS "hash",
  strftime('%Y-%m-%dT%H:%M:%S', "taken_at" / 1000000, 'unixepoch') || printf('.%06dZ', "taken_at" % 1000000) AS "taken_at"
FROM "referral_taken_code";

CREATE TABLE "referral_visitor" (
  "tenant" TEXT NOT NULL,
  "visitor" BLOB NOT NULL,
  "campaigns" TEXT NOT NULL,
  "touches" TEXT NOT NULL,
  "recent" TEXT NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "visitor")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_visitor_readable" AS SELECT
  "tenant",
  lower(substr(hex("visitor"), 1, 8) || '-' || substr(hex("visitor"), 9, 4) || '-' || substr(hex("visitor"), 13, 4) || '-' || substr(hex("visitor"), 17, 4) || '-' || substr(hex("visitor"), 21, 12)) AS "visitor",
  "campaigns",
  "touches",
  "recent"
FROM "referral_visitor";

CREATE TABLE "referral_visit" (
  "tenant" TEXT NOT NULL,
  "campaign" INTEGER NOT NULL,
  "visitor" BLOB NOT NULL,
  "days" TEXT NOT NULL,
  "reached" TEXT NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "campaign", "visitor")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_visit_readable" AS SELECT
  "tenant",
  "campaign",
  lower(substr(hex("visitor"), 1, 8) || '-' || substr(hex("visitor"), 9, 4) || '-' || substr(hex("visitor"), 13, 4) || '-' || substr(hex("visitor"), 17, 4) || '-' || substr(hex("visitor"), 21, 12)) AS "visitor",
  "days",
  "reached"
FROM "referral_visit";

CREATE TABLE "referral_touch" (
  "tenant" TEXT NOT NULL,
  "touch" BLOB NOT NULL,
  "campaign" INTEGER NOT NULL,
  "touched" TEXT NOT NULL,
  "referrer" BLOB NOT NULL,
  "grant" BLOB,
  "counter" INTEGER,
  "channel" TEXT,
  "visitor" BLOB,
  "verdict" TEXT NOT NULL,
  "country" TEXT,
  "origin" TEXT NOT NULL,
  "network" TEXT,
  "at" INTEGER NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "touch")
) STRICT, WITHOUT ROWID;

CREATE INDEX "referral_touch_by_campaign"
  ON "referral_touch" ("tenant", "campaign", "at", "touch");

CREATE VIEW "referral_touch_readable" AS SELECT
  "tenant",
  lower(substr(hex("touch"), 1, 8) || '-' || substr(hex("touch"), 9, 4) || '-' || substr(hex("touch"), 13, 4) || '-' || substr(hex("touch"), 17, 4) || '-' || substr(hex("touch"), 21, 12)) AS "touch",
  "campaign",
  "touched",
  lower(substr(hex("referrer"), 1, 8) || '-' || substr(hex("referrer"), 9, 4) || '-' || substr(hex("referrer"), 13, 4) || '-' || substr(hex("referrer"), 17, 4) || '-' || substr(hex("referrer"), 21, 12)) AS "referrer",
  iif("grant" IS NULL, NULL, lower(hex("grant"))) AS "grant",
  "counter",
  "channel",
  iif("visitor" IS NULL, NULL, lower(substr(hex("visitor"), 1, 8) || '-' || substr(hex("visitor"), 9, 4) || '-' || substr(hex("visitor"), 13, 4) || '-' || substr(hex("visitor"), 17, 4) || '-' || substr(hex("visitor"), 21, 12))) AS "visitor",
  "verdict",
  "country",
  "origin",
  "network",
  strftime('%Y-%m-%dT%H:%M:%S', "at" / 1000000, 'unixepoch') || printf('.%06dZ', "at" % 1000000) AS "at"
FROM "referral_touch";

CREATE TABLE "referral_referral" (
  "tenant" TEXT NOT NULL,
  "campaign" INTEGER NOT NULL,
  "invitee" BLOB NOT NULL,
  "lead" INTEGER NOT NULL,
  "leads" INTEGER NOT NULL,
  "referrer" BLOB NOT NULL,
  "progress" TEXT NOT NULL,
  "moderation" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "evidence" TEXT NOT NULL,
  "channel" TEXT,
  "link" TEXT,
  "origin" TEXT NOT NULL,
  "country" TEXT,
  "is_new" INTEGER NOT NULL,
  "clicked_at" INTEGER,
  "click_class" INTEGER,
  "command" BLOB NOT NULL,
  "lead_at" INTEGER NOT NULL,
  "expires_at" INTEGER,
  "qualified_at" INTEGER,
  "further" TEXT NOT NULL,
  "superseded" INTEGER NOT NULL,
  "reading" TEXT NOT NULL,
  "orders" TEXT NOT NULL,
  "sealed" TEXT,
  "marks" TEXT NOT NULL,
  "moderating" TEXT NOT NULL,
  "suspected" TEXT,
  "reassigned" TEXT NOT NULL,
  "places" TEXT NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "campaign", "invitee", "lead")
) STRICT, WITHOUT ROWID;

CREATE INDEX "referral_referral_by_referrer"
  ON "referral_referral" ("tenant", "campaign", "referrer", "lead_at", "invitee", "lead");

CREATE INDEX "referral_referral_by_moderation"
  ON "referral_referral" ("tenant", "campaign", "moderation", "lead_at", "invitee", "lead");

CREATE INDEX "referral_referral_by_time"
  ON "referral_referral" ("tenant", "campaign", "lead_at", "invitee", "lead");

CREATE VIEW "referral_referral_readable" AS SELECT
  "tenant",
  "campaign",
  lower(substr(hex("invitee"), 1, 8) || '-' || substr(hex("invitee"), 9, 4) || '-' || substr(hex("invitee"), 13, 4) || '-' || substr(hex("invitee"), 17, 4) || '-' || substr(hex("invitee"), 21, 12)) AS "invitee",
  "lead",
  "leads",
  lower(substr(hex("referrer"), 1, 8) || '-' || substr(hex("referrer"), 9, 4) || '-' || substr(hex("referrer"), 13, 4) || '-' || substr(hex("referrer"), 17, 4) || '-' || substr(hex("referrer"), 21, 12)) AS "referrer",
  "progress",
  "moderation",
  "version",
  "evidence",
  "channel",
  "link",
  "origin",
  "country",
  iif("is_new", 'true', 'false') AS "is_new",
  iif("clicked_at" IS NULL, NULL, strftime('%Y-%m-%dT%H:%M:%S', "clicked_at" / 1000000, 'unixepoch') || printf('.%06dZ', "clicked_at" % 1000000)) AS "clicked_at",
  "click_class",
  lower(substr(hex("command"), 1, 8) || '-' || substr(hex("command"), 9, 4) || '-' || substr(hex("command"), 13, 4) || '-' || substr(hex("command"), 17, 4) || '-' || substr(hex("command"), 21, 12)) AS "command",
  strftime('%Y-%m-%dT%H:%M:%S', "lead_at" / 1000000, 'unixepoch') || printf('.%06dZ', "lead_at" % 1000000) AS "lead_at",
  iif("expires_at" IS NULL, NULL, strftime('%Y-%m-%dT%H:%M:%S', "expires_at" / 1000000, 'unixepoch') || printf('.%06dZ', "expires_at" % 1000000)) AS "expires_at",
  iif("qualified_at" IS NULL, NULL, strftime('%Y-%m-%dT%H:%M:%S', "qualified_at" / 1000000, 'unixepoch') || printf('.%06dZ', "qualified_at" % 1000000)) AS "qualified_at",
  "further",
  iif("superseded", 'true', 'false') AS "superseded",
  "reading",
  "orders",
  "sealed",
  "marks",
  "moderating",
  "suspected",
  "reassigned",
  "places"
FROM "referral_referral";

CREATE TABLE "referral_evidence_touches" (
  "tenant" TEXT NOT NULL,
  "campaign" INTEGER NOT NULL,
  "command" BLOB NOT NULL,
  "touches" TEXT NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "campaign", "command")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_evidence_touches_readable" AS SELECT
  "tenant",
  "campaign",
  lower(substr(hex("command"), 1, 8) || '-' || substr(hex("command"), 9, 4) || '-' || substr(hex("command"), 13, 4) || '-' || substr(hex("command"), 17, 4) || '-' || substr(hex("command"), 21, 12)) AS "command",
  "touches"
FROM "referral_evidence_touches";

CREATE TABLE "referral_conversion" (
  "tenant" TEXT NOT NULL,
  "source" TEXT NOT NULL,
  "event" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "participant" BLOB,
  "converted" TEXT NOT NULL,
  "only_in" INTEGER,
  "currency" TEXT,
  "total_minor" INTEGER NOT NULL,
  "tax_minor" INTEGER NOT NULL,
  "shipping_minor" INTEGER NOT NULL,
  "country" TEXT,
  "coupon" TEXT,
  "data" TEXT NOT NULL,
  "occurred_at" INTEGER NOT NULL,
  "received_at" INTEGER NOT NULL,
  "refunds" TEXT NOT NULL,
  "correction" TEXT,
  "voiding" TEXT,
  "counted_in" TEXT NOT NULL,
  "sealed_in" TEXT NOT NULL,
  "content" BLOB,
  "answer" TEXT NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "source", "event")
) STRICT, WITHOUT ROWID;

CREATE INDEX "referral_conversion_by_participant"
  ON "referral_conversion" ("tenant", "participant", "received_at", "source", "event");

CREATE VIEW "referral_conversion_readable" AS SELECT
  "tenant",
  "source",
  "event",
  "state",
  iif("participant" IS NULL, NULL, lower(substr(hex("participant"), 1, 8) || '-' || substr(hex("participant"), 9, 4) || '-' || substr(hex("participant"), 13, 4) || '-' || substr(hex("participant"), 17, 4) || '-' || substr(hex("participant"), 21, 12))) AS "participant",
  "converted",
  "only_in",
  "currency",
  "total_minor",
  "tax_minor",
  "shipping_minor",
  "country",
  "coupon",
  "data",
  strftime('%Y-%m-%dT%H:%M:%S', "occurred_at" / 1000000, 'unixepoch') || printf('.%06dZ', "occurred_at" % 1000000) AS "occurred_at",
  strftime('%Y-%m-%dT%H:%M:%S', "received_at" / 1000000, 'unixepoch') || printf('.%06dZ', "received_at" % 1000000) AS "received_at",
  "refunds",
  "correction",
  "voiding",
  "counted_in",
  "sealed_in",
  iif("content" IS NULL, NULL, lower(hex("content"))) AS "content",
  "answer"
FROM "referral_conversion";

CREATE TABLE "referral_reference" (
  "tenant" TEXT NOT NULL,
  "source" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "conversion_source" TEXT NOT NULL,
  "conversion_event" TEXT NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "source", "id")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_reference_readable" AS SELECT
  "tenant",
  "source",
  "id",
  "conversion_source",
  "conversion_event"
FROM "referral_reference";

CREATE TABLE "referral_refund" (
  "tenant" TEXT NOT NULL,
  "source" TEXT NOT NULL,
  "event" TEXT NOT NULL,
  "refund" TEXT NOT NULL,
  "currency" TEXT NOT NULL,
  "amount_minor" INTEGER NOT NULL,
  "cumulative" INTEGER NOT NULL,
  "received_at" INTEGER NOT NULL,
  "content" BLOB NOT NULL,
  "answer" TEXT NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "source", "event", "refund")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_refund_readable" AS SELECT
  "tenant",
  "source",
  "event",
  "refund",
  "currency",
  "amount_minor",
  iif("cumulative", 'true', 'false') AS "cumulative",
  strftime('%Y-%m-%dT%H:%M:%S', "received_at" / 1000000, 'unixepoch') || printf('.%06dZ', "received_at" % 1000000) AS "received_at",
  lower(hex("content")) AS "content",
  "answer"
FROM "referral_refund";

CREATE TABLE "referral_reward" (
  "tenant" TEXT NOT NULL,
  "campaign" INTEGER NOT NULL,
  "rule" TEXT NOT NULL,
  "participant" BLOB NOT NULL,
  "cause" TEXT NOT NULL,
  "role" TEXT NOT NULL,
  "invitee" BLOB,
  "lead" INTEGER,
  "version" INTEGER NOT NULL,
  "state" TEXT NOT NULL,
  "unit" TEXT NOT NULL,
  "granted" INTEGER NOT NULL,
  "quantity" INTEGER NOT NULL,
  "refused" INTEGER NOT NULL,
  "expired" INTEGER NOT NULL,
  "approval" TEXT,
  "closed" INTEGER NOT NULL,
  "refused_because" TEXT,
  "issued" INTEGER NOT NULL,
  "netted" INTEGER NOT NULL,
  "fixed" TEXT,
  "reclaimed" INTEGER NOT NULL,
  "owes" INTEGER NOT NULL,
  "paid_back" INTEGER NOT NULL,
  "paid_by" TEXT NOT NULL,
  "claim" TEXT NOT NULL,
  "written_off" INTEGER NOT NULL,
  "redeemed" INTEGER NOT NULL,
  "lapsed" INTEGER NOT NULL,
  "redeem_by" INTEGER,
  "hold" TEXT,
  "held_until" INTEGER,
  "expires_after" TEXT,
  "expires_at" INTEGER,
  "expires_from" INTEGER,
  "base_source" TEXT,
  "base_event" TEXT,
  "used" TEXT NOT NULL,
  "windows" TEXT NOT NULL,
  "reason" TEXT,
  "issue_reference" TEXT,
  "attempts" INTEGER NOT NULL,
  "hands" TEXT NOT NULL,
  "granted_at" INTEGER NOT NULL,
  "changed_at" INTEGER NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "campaign", "rule", "participant", "cause")
) STRICT, WITHOUT ROWID;

CREATE INDEX "referral_reward_by_state"
  ON "referral_reward" ("tenant", "state", "campaign", "granted_at", "rule", "participant", "cause");

CREATE INDEX "referral_reward_by_participant"
  ON "referral_reward" ("tenant", "participant", "granted_at", "campaign", "rule", "cause");

CREATE INDEX "referral_reward_by_refusal"
  ON "referral_reward" ("tenant", "campaign", "refused_because", "granted_at", "rule", "participant", "cause");

CREATE INDEX "referral_reward_by_claim"
  ON "referral_reward" ("tenant", "participant", "campaign", "claim", "granted_at", "rule", "cause");

CREATE VIEW "referral_reward_readable" AS SELECT
  "tenant",
  "campaign",
  "rule",
  lower(substr(hex("participant"), 1, 8) || '-' || substr(hex("participant"), 9, 4) || '-' || substr(hex("participant"), 13, 4) || '-' || substr(hex("participant"), 17, 4) || '-' || substr(hex("participant"), 21, 12)) AS "participant",
  "cause",
  "role",
  iif("invitee" IS NULL, NULL, lower(substr(hex("invitee"), 1, 8) || '-' || substr(hex("invitee"), 9, 4) || '-' || substr(hex("invitee"), 13, 4) || '-' || substr(hex("invitee"), 17, 4) || '-' || substr(hex("invitee"), 21, 12))) AS "invitee",
  "lead",
  "version",
  "state",
  "unit",
  "granted",
  "quantity",
  "refused",
  "expired",
  "approval",
  iif("closed", 'true', 'false') AS "closed",
  "refused_because",
  "issued",
  "netted",
  "fixed",
  "reclaimed",
  "owes",
  "paid_back",
  "paid_by",
  "claim",
  "written_off",
  "redeemed",
  "lapsed",
  iif("redeem_by" IS NULL, NULL, strftime('%Y-%m-%dT%H:%M:%S', "redeem_by" / 1000000, 'unixepoch') || printf('.%06dZ', "redeem_by" % 1000000)) AS "redeem_by",
  "hold",
  iif("held_until" IS NULL, NULL, strftime('%Y-%m-%dT%H:%M:%S', "held_until" / 1000000, 'unixepoch') || printf('.%06dZ', "held_until" % 1000000)) AS "held_until",
  "expires_after",
  iif("expires_at" IS NULL, NULL, strftime('%Y-%m-%dT%H:%M:%S', "expires_at" / 1000000, 'unixepoch') || printf('.%06dZ', "expires_at" % 1000000)) AS "expires_at",
  iif("expires_from" IS NULL, NULL, strftime('%Y-%m-%dT%H:%M:%S', "expires_from" / 1000000, 'unixepoch') || printf('.%06dZ', "expires_from" % 1000000)) AS "expires_from",
  "base_source",
  "base_event",
  "used",
  "windows",
  "reason",
  "issue_reference",
  "attempts",
  "hands",
  strftime('%Y-%m-%dT%H:%M:%S', "granted_at" / 1000000, 'unixepoch') || printf('.%06dZ', "granted_at" % 1000000) AS "granted_at",
  strftime('%Y-%m-%dT%H:%M:%S', "changed_at" / 1000000, 'unixepoch') || printf('.%06dZ', "changed_at" % 1000000) AS "changed_at"
FROM "referral_reward";

CREATE TABLE "referral_ledger_entry" (
  "tenant" TEXT NOT NULL,
  "entry" BLOB NOT NULL,
  "campaign" INTEGER NOT NULL,
  "participant" BLOB NOT NULL,
  "rule" TEXT NOT NULL,
  "cause" TEXT NOT NULL,
  "did" TEXT NOT NULL,
  "debit" TEXT NOT NULL,
  "credit" TEXT NOT NULL,
  "unit" TEXT NOT NULL,
  "quantity" INTEGER NOT NULL,
  "command" BLOB NOT NULL,
  "at" INTEGER NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "entry")
) STRICT, WITHOUT ROWID;

CREATE INDEX "referral_ledger_entry_by_participant"
  ON "referral_ledger_entry" ("tenant", "participant", "at", "entry");

CREATE VIEW "referral_ledger_entry_readable" AS SELECT
  "tenant",
  lower(substr(hex("entry"), 1, 8) || '-' || substr(hex("entry"), 9, 4) || '-' || substr(hex("entry"), 13, 4) || '-' || substr(hex("entry"), 17, 4) || '-' || substr(hex("entry"), 21, 12)) AS "entry",
  "campaign",
  lower(substr(hex("participant"), 1, 8) || '-' || substr(hex("participant"), 9, 4) || '-' || substr(hex("participant"), 13, 4) || '-' || substr(hex("participant"), 17, 4) || '-' || substr(hex("participant"), 21, 12)) AS "participant",
  "rule",
  "cause",
  "did",
  "debit",
  "credit",
  "unit",
  "quantity",
  lower(substr(hex("command"), 1, 8) || '-' || substr(hex("command"), 9, 4) || '-' || substr(hex("command"), 13, 4) || '-' || substr(hex("command"), 17, 4) || '-' || substr(hex("command"), 21, 12)) AS "command",
  strftime('%Y-%m-%dT%H:%M:%S', "at" / 1000000, 'unixepoch') || printf('.%06dZ', "at" % 1000000) AS "at"
FROM "referral_ledger_entry";

CREATE TABLE "referral_tally" (
  "tenant" TEXT NOT NULL,
  "campaign" INTEGER NOT NULL,
  "rule" TEXT NOT NULL,
  "participant" BLOB NOT NULL,
  "qualified" INTEGER NOT NULL,
  "flagged" INTEGER NOT NULL,
  "open_group" INTEGER NOT NULL,
  "open_size" INTEGER NOT NULL,
  "open_version" INTEGER,
  "groups" INTEGER NOT NULL,
  "open" TEXT NOT NULL,
  "empty" TEXT NOT NULL,
  "counted" INTEGER NOT NULL,
  "first" TEXT NOT NULL,
  "kept" TEXT NOT NULL,
  "fallen" TEXT NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "campaign", "rule", "participant")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_tally_readable" AS SELECT
  "tenant",
  "campaign",
  "rule",
  lower(substr(hex("participant"), 1, 8) || '-' || substr(hex("participant"), 9, 4) || '-' || substr(hex("participant"), 13, 4) || '-' || substr(hex("participant"), 17, 4) || '-' || substr(hex("participant"), 21, 12)) AS "participant",
  "qualified",
  "flagged",
  "open_group",
  "open_size",
  "open_version",
  "groups",
  "open",
  "empty",
  "counted",
  "first",
  "kept",
  "fallen"
FROM "referral_tally";

CREATE TABLE "referral_group_of_every" (
  "tenant" TEXT NOT NULL,
  "campaign" INTEGER NOT NULL,
  "rule" TEXT NOT NULL,
  "participant" BLOB NOT NULL,
  "group" INTEGER NOT NULL,
  "version" INTEGER NOT NULL,
  "members" TEXT NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "campaign", "rule", "participant", "group")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_group_of_every_readable" AS SELECT
  "tenant",
  "campaign",
  "rule",
  lower(substr(hex("participant"), 1, 8) || '-' || substr(hex("participant"), 9, 4) || '-' || substr(hex("participant"), 13, 4) || '-' || substr(hex("participant"), 17, 4) || '-' || substr(hex("participant"), 21, 12)) AS "participant",
  "group",
  "version",
  "members"
FROM "referral_group_of_every";

CREATE TABLE "referral_kept_level" (
  "tenant" TEXT NOT NULL,
  "campaign" INTEGER NOT NULL,
  "rule" TEXT NOT NULL,
  "participant" BLOB NOT NULL,
  "level" INTEGER NOT NULL,
  "members" TEXT NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "campaign", "rule", "participant", "level")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_kept_level_readable" AS SELECT
  "tenant",
  "campaign",
  "rule",
  lower(substr(hex("participant"), 1, 8) || '-' || substr(hex("participant"), 9, 4) || '-' || substr(hex("participant"), 13, 4) || '-' || substr(hex("participant"), 17, 4) || '-' || substr(hex("participant"), 21, 12)) AS "participant",
  "level",
  "members"
FROM "referral_kept_level";

CREATE TABLE "referral_rolling_window" (
  "tenant" TEXT NOT NULL,
  "campaign" INTEGER NOT NULL,
  "limit" TEXT NOT NULL,
  "participant" BLOB NOT NULL,
  "grants" TEXT NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "campaign", "limit", "participant")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_rolling_window_readable" AS SELECT
  "tenant",
  "campaign",
  "limit",
  lower(substr(hex("participant"), 1, 8) || '-' || substr(hex("participant"), 9, 4) || '-' || substr(hex("participant"), 13, 4) || '-' || substr(hex("participant"), 17, 4) || '-' || substr(hex("participant"), 21, 12)) AS "participant",
  "grants"
FROM "referral_rolling_window";

CREATE TABLE "referral_balance" (
  "tenant" TEXT NOT NULL,
  "campaign" INTEGER NOT NULL,
  "participant" BLOB NOT NULL,
  "unit" TEXT NOT NULL,
  "net" INTEGER NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "campaign", "participant", "unit")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_balance_readable" AS SELECT
  "tenant",
  "campaign",
  lower(substr(hex("participant"), 1, 8) || '-' || substr(hex("participant"), 9, 4) || '-' || substr(hex("participant"), 13, 4) || '-' || substr(hex("participant"), 17, 4) || '-' || substr(hex("participant"), 21, 12)) AS "participant",
  "unit",
  "net"
FROM "referral_balance";

CREATE TABLE "referral_debt" (
  "tenant" TEXT NOT NULL,
  "campaign" INTEGER NOT NULL,
  "participant" BLOB NOT NULL,
  "unit" TEXT NOT NULL,
  "quantity" INTEGER NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "campaign", "participant", "unit")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_debt_readable" AS SELECT
  "tenant",
  "campaign",
  lower(substr(hex("participant"), 1, 8) || '-' || substr(hex("participant"), 9, 4) || '-' || substr(hex("participant"), 13, 4) || '-' || substr(hex("participant"), 17, 4) || '-' || substr(hex("participant"), 21, 12)) AS "participant",
  "unit",
  "quantity"
FROM "referral_debt";

CREATE TABLE "referral_period_sums" (
  "tenant" TEXT NOT NULL,
  "campaign" INTEGER NOT NULL,
  "period" TEXT NOT NULL,
  "sums" TEXT NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "campaign", "period")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_period_sums_readable" AS SELECT
  "tenant",
  "campaign",
  "period",
  "sums"
FROM "referral_period_sums";

CREATE TABLE "referral_part_sums" (
  "tenant" TEXT NOT NULL,
  "campaign" INTEGER NOT NULL,
  "period" TEXT NOT NULL,
  "sums" TEXT NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "campaign", "period")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_part_sums_readable" AS SELECT
  "tenant",
  "campaign",
  "period",
  "sums"
FROM "referral_part_sums";

CREATE TABLE "referral_person_sums" (
  "tenant" TEXT NOT NULL,
  "campaign" INTEGER NOT NULL,
  "participant" BLOB NOT NULL,
  "sums" TEXT NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "campaign", "participant")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_person_sums_readable" AS SELECT
  "tenant",
  "campaign",
  lower(substr(hex("participant"), 1, 8) || '-' || substr(hex("participant"), 9, 4) || '-' || substr(hex("participant"), 13, 4) || '-' || substr(hex("participant"), 17, 4) || '-' || substr(hex("participant"), 21, 12)) AS "participant",
  "sums"
FROM "referral_person_sums";

CREATE TABLE "referral_eligible" (
  "tenant" TEXT NOT NULL,
  "campaign" INTEGER NOT NULL,
  "stated" TEXT NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "campaign")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_eligible_readable" AS SELECT
  "tenant",
  "campaign",
  "stated"
FROM "referral_eligible";

CREATE TABLE "referral_total" (
  "tenant" TEXT NOT NULL,
  "campaign" INTEGER NOT NULL,
  "metric" TEXT NOT NULL,
  "unit" TEXT NOT NULL,
  "dimension" TEXT NOT NULL,
  "period" TEXT NOT NULL,
  "member" TEXT NOT NULL,
  "value" INTEGER NOT NULL,
  "reached_at" INTEGER NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "campaign", "metric", "unit", "dimension", "period", "member")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_total_readable" AS SELECT
  "tenant",
  "campaign",
  "metric",
  "unit",
  "dimension",
  "period",
  "member",
  "value",
  strftime('%Y-%m-%dT%H:%M:%S', "reached_at" / 1000000, 'unixepoch') || printf('.%06dZ', "reached_at" % 1000000) AS "reached_at"
FROM "referral_total";

CREATE TABLE "referral_standing" (
  "tenant" TEXT NOT NULL,
  "campaign" INTEGER NOT NULL,
  "metric" TEXT NOT NULL,
  "unit" TEXT NOT NULL,
  "period" TEXT NOT NULL,
  "participant" BLOB NOT NULL,
  "value" INTEGER NOT NULL,
  "reached_at" INTEGER NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "campaign", "metric", "unit", "period", "participant")
) STRICT, WITHOUT ROWID;

CREATE INDEX "referral_standing_by_value"
  ON "referral_standing" ("tenant", "campaign", "metric", "unit", "period", "value" DESC, "reached_at", "participant");

CREATE VIEW "referral_standing_readable" AS SELECT
  "tenant",
  "campaign",
  "metric",
  "unit",
  "period",
  lower(substr(hex("participant"), 1, 8) || '-' || substr(hex("participant"), 9, 4) || '-' || substr(hex("participant"), 13, 4) || '-' || substr(hex("participant"), 17, 4) || '-' || substr(hex("participant"), 21, 12)) AS "participant",
  "value",
  strftime('%Y-%m-%dT%H:%M:%S', "reached_at" / 1000000, 'unixepoch') || printf('.%06dZ', "reached_at" % 1000000) AS "reached_at"
FROM "referral_standing";

CREATE TABLE "referral_receipt" (
  "tenant" TEXT NOT NULL,
  "command" BLOB NOT NULL,
  "name" TEXT NOT NULL,
  "content" BLOB NOT NULL,
  "answer" TEXT NOT NULL,
  "at" INTEGER NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "command")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_receipt_readable" AS SELECT
  "tenant",
  lower(substr(hex("command"), 1, 8) || '-' || substr(hex("command"), 9, 4) || '-' || substr(hex("command"), 13, 4) || '-' || substr(hex("command"), 17, 4) || '-' || substr(hex("command"), 21, 12)) AS "command",
  "name",
  lower(hex("content")) AS "content",
  "answer",
  strftime('%Y-%m-%dT%H:%M:%S', "at" / 1000000, 'unixepoch') || printf('.%06dZ', "at" % 1000000) AS "at"
FROM "referral_receipt";

CREATE TABLE "referral_notification" (
  "tenant" TEXT NOT NULL,
  "notification" BLOB NOT NULL,
  "happened" TEXT NOT NULL,
  "campaign" INTEGER,
  "participant" BLOB NOT NULL,
  "former" BLOB,
  "invitee" BLOB,
  "lead" INTEGER,
  "rule" TEXT,
  "cause" TEXT,
  "at" INTEGER NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "notification")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_notification_readable" AS SELECT
  "tenant",
  lower(substr(hex("notification"), 1, 8) || '-' || substr(hex("notification"), 9, 4) || '-' || substr(hex("notification"), 13, 4) || '-' || substr(hex("notification"), 17, 4) || '-' || substr(hex("notification"), 21, 12)) AS "notification",
  "happened",
  "campaign",
  lower(substr(hex("participant"), 1, 8) || '-' || substr(hex("participant"), 9, 4) || '-' || substr(hex("participant"), 13, 4) || '-' || substr(hex("participant"), 17, 4) || '-' || substr(hex("participant"), 21, 12)) AS "participant",
  iif("former" IS NULL, NULL, lower(substr(hex("former"), 1, 8) || '-' || substr(hex("former"), 9, 4) || '-' || substr(hex("former"), 13, 4) || '-' || substr(hex("former"), 17, 4) || '-' || substr(hex("former"), 21, 12))) AS "former",
  iif("invitee" IS NULL, NULL, lower(substr(hex("invitee"), 1, 8) || '-' || substr(hex("invitee"), 9, 4) || '-' || substr(hex("invitee"), 13, 4) || '-' || substr(hex("invitee"), 17, 4) || '-' || substr(hex("invitee"), 21, 12))) AS "invitee",
  "lead",
  "rule",
  "cause",
  strftime('%Y-%m-%dT%H:%M:%S', "at" / 1000000, 'unixepoch') || printf('.%06dZ', "at" % 1000000) AS "at"
FROM "referral_notification";

CREATE TABLE "referral_delivery" (
  "tenant" TEXT NOT NULL,
  "notification" BLOB NOT NULL,
  "subscriber" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "attempts" INTEGER NOT NULL,
  "due_at" INTEGER NOT NULL,
  "lease" BLOB,
  "last_error" TEXT,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "notification", "subscriber")
) STRICT, WITHOUT ROWID;

CREATE INDEX "referral_delivery_by_due"
  ON "referral_delivery" ("tenant", "subscriber", "state", "due_at", "notification");

CREATE VIEW "referral_delivery_readable" AS SELECT
  "tenant",
  lower(substr(hex("notification"), 1, 8) || '-' || substr(hex("notification"), 9, 4) || '-' || substr(hex("notification"), 13, 4) || '-' || substr(hex("notification"), 17, 4) || '-' || substr(hex("notification"), 21, 12)) AS "notification",
  "subscriber",
  "state",
  "attempts",
  strftime('%Y-%m-%dT%H:%M:%S', "due_at" / 1000000, 'unixepoch') || printf('.%06dZ', "due_at" % 1000000) AS "due_at",
  iif("lease" IS NULL, NULL, lower(substr(hex("lease"), 1, 8) || '-' || substr(hex("lease"), 9, 4) || '-' || substr(hex("lease"), 13, 4) || '-' || substr(hex("lease"), 17, 4) || '-' || substr(hex("lease"), 21, 12))) AS "lease",
  "last_error"
FROM "referral_delivery";

CREATE TABLE "referral_timer" (
  "tenant" TEXT NOT NULL,
  "due_at" INTEGER NOT NULL,
  "brings" TEXT NOT NULL,
  "subject" TEXT NOT NULL,
  "campaign" INTEGER,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "due_at", "brings", "subject")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_timer_readable" AS SELECT
  "tenant",
  strftime('%Y-%m-%dT%H:%M:%S', "due_at" / 1000000, 'unixepoch') || printf('.%06dZ', "due_at" % 1000000) AS "due_at",
  "brings",
  "subject",
  "campaign"
FROM "referral_timer";

CREATE TABLE "referral_lookup" (
  "tenant" TEXT NOT NULL,
  "lookup" BLOB NOT NULL,
  "campaign" INTEGER NOT NULL,
  "standing" TEXT NOT NULL,
  "participant" BLOB NOT NULL,
  "asker" BLOB NOT NULL,
  "requested_at" INTEGER NOT NULL,
  "expires_at" INTEGER NOT NULL,
  "opened_at" INTEGER,
  "attempts" INTEGER NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "lookup")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_lookup_readable" AS SELECT
  "tenant",
  lower(substr(hex("lookup"), 1, 8) || '-' || substr(hex("lookup"), 9, 4) || '-' || substr(hex("lookup"), 13, 4) || '-' || substr(hex("lookup"), 17, 4) || '-' || substr(hex("lookup"), 21, 12)) AS "lookup",
  "campaign",
  "standing",
  lower(substr(hex("participant"), 1, 8) || '-' || substr(hex("participant"), 9, 4) || '-' || substr(hex("participant"), 13, 4) || '-' || substr(hex("participant"), 17, 4) || '-' || substr(hex("participant"), 21, 12)) AS "participant",
  lower(hex("asker")) AS "asker",
  strftime('%Y-%m-%dT%H:%M:%S', "requested_at" / 1000000, 'unixepoch') || printf('.%06dZ', "requested_at" % 1000000) AS "requested_at",
  strftime('%Y-%m-%dT%H:%M:%S', "expires_at" / 1000000, 'unixepoch') || printf('.%06dZ', "expires_at" % 1000000) AS "expires_at",
  iif("opened_at" IS NULL, NULL, strftime('%Y-%m-%dT%H:%M:%S', "opened_at" / 1000000, 'unixepoch') || printf('.%06dZ', "opened_at" % 1000000)) AS "opened_at",
  "attempts"
FROM "referral_lookup";

CREATE TABLE "referral_lookup_limit" (
  "tenant" TEXT NOT NULL,
  "asker" BLOB NOT NULL,
  "recent" TEXT NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "asker")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_lookup_limit_readable" AS SELECT
  "tenant",
  lower(hex("asker")) AS "asker",
  "recent"
FROM "referral_lookup_limit";

CREATE TABLE "referral_letter" (
  "tenant" TEXT NOT NULL,
  "source" TEXT NOT NULL,
  "letter" BLOB NOT NULL,
  "state" TEXT NOT NULL,
  "received_at" INTEGER NOT NULL,
  "tried_at" INTEGER NOT NULL,
  "tries" INTEGER NOT NULL,
  "code" TEXT NOT NULL,
  "problem" TEXT NOT NULL,
  "bytes" INTEGER NOT NULL,
  "sealed" INTEGER NOT NULL,
  "people" TEXT NOT NULL,
  "said" TEXT,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "source", "letter")
) STRICT, WITHOUT ROWID;

CREATE INDEX "referral_letter_by_state"
  ON "referral_letter" ("tenant", "state", "received_at", "source", "letter");

CREATE VIEW "referral_letter_readable" AS SELECT
  "tenant",
  "source",
  lower(hex("letter")) AS "letter",
  "state",
  strftime('%Y-%m-%dT%H:%M:%S', "received_at" / 1000000, 'unixepoch') || printf('.%06dZ', "received_at" % 1000000) AS "received_at",
  strftime('%Y-%m-%dT%H:%M:%S', "tried_at" / 1000000, 'unixepoch') || printf('.%06dZ', "tried_at" % 1000000) AS "tried_at",
  "tries",
  "code",
  "problem",
  "bytes",
  iif("sealed", 'true', 'false') AS "sealed",
  "people",
  "said"
FROM "referral_letter";

CREATE TABLE "referral_letter_body" (
  "tenant" TEXT NOT NULL,
  "source" TEXT NOT NULL,
  "letter" BLOB NOT NULL,
  "sealed" BLOB NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "source", "letter")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_letter_body_readable" AS SELECT
  "tenant",
  "source",
  lower(hex("letter")) AS "letter",
  lower(hex("sealed")) AS "sealed"
FROM "referral_letter_body";

CREATE TABLE "referral_letter_person" (
  "tenant" TEXT NOT NULL,
  "hash" BLOB NOT NULL,
  "source" TEXT NOT NULL,
  "letter" BLOB NOT NULL,
  "received_at" INTEGER NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "hash", "source", "letter")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_letter_person_readable" AS SELECT
  "tenant",
  lower(hex("hash")) AS "hash",
  "source",
  lower(hex("letter")) AS "letter",
  strftime('%Y-%m-%dT%H:%M:%S', "received_at" / 1000000, 'unixepoch') || printf('.%06dZ', "received_at" % 1000000) AS "received_at"
FROM "referral_letter_person";

CREATE TABLE "referral_letter_count" (
  "tenant" TEXT NOT NULL,
  "counted" TEXT NOT NULL,
  "value" INTEGER NOT NULL,
  "reached_at" INTEGER NOT NULL,
  "row_version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant", "counted")
) STRICT, WITHOUT ROWID;

CREATE VIEW "referral_letter_count_readable" AS SELECT
  "tenant",
  "counted",
  "value",
  strftime('%Y-%m-%dT%H:%M:%S', "reached_at" / 1000000, 'unixepoch') || printf('.%06dZ', "reached_at" % 1000000) AS "reached_at"
FROM "referral_letter_count";
