-- depends: 0118.alert_life
-- Notices by several ways with proof of each try; the supervised party's own page and answers.
ALTER TABLE notices
    ALTER COLUMN alert_id DROP NOT NULL,  -- a message to an officer may be about none
    ALTER COLUMN party_id DROP NOT NULL,
    ADD COLUMN kind text NOT NULL DEFAULT 'finding' CHECK (kind IN
        ('finding', 'remind', 'clock', 'decision', 'link', 'reply', 'officer')),
    ADD COLUMN officer_id text NOT NULL DEFAULT '',      -- whom a message is for, where no party
    ADD COLUMN short text NOT NULL DEFAULT '',           -- the words for a phone
    ADD COLUMN forgiven integer NOT NULL DEFAULT 0,      -- refusals up to this try do not count: asked for by hand
    ADD COLUMN claimed_until_ms bigint NOT NULL DEFAULT 0,  -- somebody is sending it until then
    ADD COLUMN service boolean NOT NULL DEFAULT false,   -- went to an address the party confirmed
    ADD COLUMN delivered_ms bigint,                      -- a receipt says so
    ADD COLUMN read_ms bigint,                           -- its link was opened, its message seen
    ADD CONSTRAINT notices_addressee CHECK ((party_id IS NULL) = (officer_id <> ''));
DROP INDEX notices_queued;
CREATE INDEX notices_due ON notices (next_try_ms) WHERE state <> 'failed' AND next_try_ms > 0;
CREATE INDEX notices_alert ON notices (alert_id);
CREATE INDEX notices_officer ON notices (officer_id, queued_ms) WHERE officer_id <> '';
-- Every try, written before it is made: one that was cut off stays `sending`.
CREATE TABLE notice_attempts (
    attempt_id text PRIMARY KEY,
    notice_id text NOT NULL REFERENCES notices,
    number integer NOT NULL,
    channel text NOT NULL,
    address text NOT NULL,
    confirmed boolean NOT NULL,              -- the party had confirmed this address
    began_ms bigint NOT NULL,
    ended_ms bigint,
    message_id text NOT NULL,                -- what the other side knows it by, the same in every try
    outcome text NOT NULL CHECK (outcome IN ('sending', 'taken', 'refused', 'delivered', 'failed')),
    detail text NOT NULL DEFAULT '',
    provider_id text NOT NULL DEFAULT '',
    answer bytea NOT NULL DEFAULT '',        -- what the other side answered, its beginning
    content bytea NOT NULL DEFAULT '',       -- as sent, the link's secret left out
    content_sha256 text NOT NULL DEFAULT '', -- of the very bytes, with the secret
    UNIQUE (notice_id, number)
);
CREATE INDEX notice_attempts_message ON notice_attempts (message_id);
CREATE TABLE notice_receipts (
    receipt_id text PRIMARY KEY,
    attempt_id text NOT NULL REFERENCES notice_attempts,
    outcome text NOT NULL CHECK (outcome IN ('delivered', 'failed')),
    at_ms bigint NOT NULL,
    came_ms bigint NOT NULL,
    detail text NOT NULL,
    body bytea NOT NULL
);
CREATE INDEX notice_receipts_attempt ON notice_receipts (attempt_id);
-- Where an officer is told; without one the message waits on the site.
CREATE TABLE officer_addresses (
    officer_id text PRIMARY KEY REFERENCES officers,
    address text NOT NULL,
    at_ms bigint NOT NULL
);
-- Service on paper: handed over, posted, left, published; an officer's record (送达回证).
CREATE TABLE notice_services (
    service_id text PRIMARY KEY,
    notice_id text NOT NULL REFERENCES notices,
    how text NOT NULL CHECK (how IN ('direct', 'post', 'left', 'published')),
    at_ms bigint NOT NULL,
    officer_id text NOT NULL REFERENCES officers,
    received_by text NOT NULL DEFAULT '',
    witness text NOT NULL DEFAULT '',
    words text NOT NULL DEFAULT '',
    proof_sha256 text NOT NULL DEFAULT '',
    recorded_ms bigint NOT NULL,
    CHECK (how <> 'left' OR (witness <> '' AND proof_sha256 <> ''))
);
CREATE INDEX notice_services_notice ON notice_services (notice_id);
-- Private links; the secret itself is stored nowhere.
CREATE TABLE party_links (
    token_sha256 text PRIMARY KEY,
    notice_id text NOT NULL REFERENCES notices,
    alert_id text NOT NULL REFERENCES alerts,
    party_id text NOT NULL REFERENCES parties,
    made_ms bigint NOT NULL,
    expires_ms bigint NOT NULL,
    revoked_ms bigint,
    revoked_by text NOT NULL DEFAULT '',
    wrong integer NOT NULL DEFAULT 0,        -- wrong answers to "who are you" in a row
    locked_until_ms bigint NOT NULL DEFAULT 0,
    opened_ms bigint,
    opens integer NOT NULL DEFAULT 0
);
CREATE INDEX party_links_alert ON party_links (alert_id);
-- What the party said; appended, never changed.
CREATE TABLE party_answers (
    answer_id text PRIMARY KEY,
    alert_id text NOT NULL REFERENCES alerts,
    party_id text NOT NULL REFERENCES parties,
    token_sha256 text NOT NULL REFERENCES party_links,
    kind text NOT NULL CHECK (kind IN ('confirmed', 'disputed', 'rectified', 'more_time')),
    words text NOT NULL,
    by_name text NOT NULL,
    at_ms bigint NOT NULL,
    due_ms bigint,                           -- the clock as the party saw it
    late boolean NOT NULL,
    digest text NOT NULL                     -- SHA-256 of the canonical answer with its files
);
CREATE INDEX party_answers_alert ON party_answers (alert_id, at_ms);
CREATE TABLE party_files (
    answer_id text NOT NULL REFERENCES party_answers,
    number integer NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    size_bytes bigint NOT NULL,
    media_type text NOT NULL,
    picture_sha256 text NOT NULL DEFAULT '', -- the re-encoded picture that may be shown
    PRIMARY KEY (answer_id, number)
);
CREATE TABLE party_replies (
    answer_id text PRIMARY KEY REFERENCES party_answers,
    officer_id text NOT NULL REFERENCES officers,
    outcome text NOT NULL CHECK (outcome IN ('accepted', 'partly', 'refused', 'noted')),
    words text NOT NULL,
    at_ms bigint NOT NULL
);
-- Where the party agreed to be served, with the words it agreed to.
CREATE TABLE address_consents (
    consent_id text PRIMARY KEY,
    party_id text NOT NULL REFERENCES parties,
    method text NOT NULL CHECK (method IN ('email', 'mobile')),
    address text NOT NULL,
    signed_by text NOT NULL,
    shown text NOT NULL,
    shown_sha256 text NOT NULL,
    at_ms bigint NOT NULL,
    token_sha256 text NOT NULL DEFAULT '',   -- the link it came by; none: on paper
    recorded_by text NOT NULL,               -- 'party', or the officer who recorded the paper
    withdrawn_ms bigint
);
CREATE INDEX address_consents_party ON address_consents (party_id);
ALTER TABLE alerts ADD COLUMN party_status text NOT NULL DEFAULT 'no_reply' CHECK (party_status IN
    ('no_reply', 'confirmed', 'disputed', 'rectified'));  -- the newest that the party said (OFF-15)
-- What parties handed in and proofs of service are kept like other objects that something names.
CREATE OR REPLACE VIEW keeping_named AS
SELECT o.sha256, 'evidence' AS kind, o.evidence_id AS item_id FROM evidence_objects o
WHERE NOT EXISTS (SELECT FROM keeping_certificates c
    WHERE c.kind = 'evidence' AND c.item_id = o.evidence_id)
UNION ALL
SELECT o.sha256, 'record', o.record_id FROM record_objects o
WHERE NOT EXISTS (SELECT FROM keeping_certificates c
    WHERE c.kind = 'record' AND c.item_id = o.record_id)
UNION ALL
SELECT sha256, 'answer', answer_id FROM party_files
UNION ALL
SELECT picture_sha256, 'answer', answer_id FROM party_files WHERE picture_sha256 <> ''
UNION ALL
SELECT proof_sha256, 'service', service_id FROM notice_services WHERE proof_sha256 <> '';
