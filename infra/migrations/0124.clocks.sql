-- depends: 0118.alert_life
-- Time limits while they run, and clues of the provincial platform. Times are epoch ms UTC.
-- What a kind of clock said when a clock of it began: files change, the clock's terms do not.
CREATE TABLE clock_terms (
    terms_id text PRIMARY KEY,               -- digest of the terms
    terms jsonb NOT NULL
);
CREATE TABLE clocks (
    clock_id text PRIMARY KEY,
    kind text NOT NULL,
    version text NOT NULL,
    terms_id text NOT NULL REFERENCES clock_terms,
    subject_kind text NOT NULL,
    subject_id text NOT NULL,
    round integer NOT NULL,                  -- how often it had run for this subject before
    party_id text NOT NULL,
    site_id text NOT NULL,
    unit_id text NOT NULL,
    alert_id text NOT NULL,
    holder text NOT NULL,                    -- an officer; empty: the alert's or clue's assignee
    started_ms bigint NOT NULL,
    due_ms bigint NOT NULL,
    given boolean NOT NULL,                  -- somebody else set the end: no pause moves it
    -- breached: the time is over and the step still missing
    state text NOT NULL CHECK (state IN ('running', 'paused', 'met', 'met_late', 'breached', 'ended')),
    paused_ms bigint,
    met_ms bigint,                           -- when it was met or ended
    by_whom text NOT NULL DEFAULT '',
    ground text NOT NULL DEFAULT '',
    heard_ms bigint,                         -- a leader has taken note: nobody is called any more
    heard_by text NOT NULL DEFAULT '',
    recount boolean NOT NULL DEFAULT false,  -- resumed: due_ms is provisional
    next_ms bigint,                          -- when there is next something to tell or mark
    UNIQUE (kind, subject_id, round)
);
CREATE UNIQUE INDEX clocks_active ON clocks (kind, subject_id)
    WHERE state IN ('running', 'paused', 'breached');
CREATE INDEX clocks_next ON clocks (next_ms) WHERE state IN ('running', 'breached');
CREATE INDEX clocks_due ON clocks (unit_id, due_ms) WHERE state IN ('running', 'paused', 'breached');
CREATE INDEX clocks_subject ON clocks (subject_id);
CREATE INDEX clocks_alert ON clocks (alert_id) WHERE alert_id <> '';
CREATE INDEX clocks_started ON clocks (unit_id, started_ms);
-- Appended, never changed. Without a clock: a step that was reported before its clock began.
CREATE TABLE clock_events (
    event_id text PRIMARY KEY,
    clock_id text NOT NULL,
    kind text NOT NULL,
    subject_id text NOT NULL,
    at_ms bigint NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    reason_code text NOT NULL DEFAULT '',
    ground text NOT NULL DEFAULT '',
    told text NOT NULL DEFAULT ''            -- the officers told, with spaces between
);
CREATE INDEX clock_events_clock ON clock_events (clock_id, at_ms);
CREATE INDEX clock_events_subject ON clock_events (subject_id, kind);
-- Clues handed down by a platform, as they came.
CREATE TABLE clues (
    clue_id text PRIMARY KEY,                -- digest of platform and its own id
    platform text NOT NULL,
    platform_id text NOT NULL,
    way text NOT NULL CHECK (way IN ('http', 'file')),
    body bytea NOT NULL,                     -- canonical JSON
    body_sha256 text NOT NULL,
    received_ms bigint NOT NULL,
    deadline_ms bigint,                      -- as the platform set it
    title text NOT NULL,
    claim text NOT NULL,
    uscc text NOT NULL,
    party_name text NOT NULL,
    address text NOT NULL,
    party_id text NOT NULL DEFAULT '',       -- empty: not matched with the register
    site_id text NOT NULL DEFAULT '',
    unit_id text NOT NULL REFERENCES units,
    state text NOT NULL CHECK (state IN
        ('received', 'accepted', 'assigned', 'acted_on', 'answered', 'returned', 'closed')),
    assignee text NOT NULL DEFAULT '',
    alert_id text NOT NULL DEFAULT '',
    changed_ms bigint NOT NULL,
    UNIQUE (platform, platform_id)
);
CREATE INDEX clues_state ON clues (unit_id, state);
CREATE TABLE clue_attachments (
    clue_id text NOT NULL REFERENCES clues,
    name text NOT NULL,
    sha256 text NOT NULL,
    media_type text NOT NULL,
    size_bytes bigint NOT NULL,
    PRIMARY KEY (clue_id, name)
);
CREATE TABLE clue_events (
    event_id text PRIMARY KEY,
    clue_id text NOT NULL REFERENCES clues,
    at_ms bigint NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    ground text NOT NULL DEFAULT '',
    detail text NOT NULL DEFAULT ''
);
CREATE INDEX clue_events_clue ON clue_events (clue_id, at_ms);
-- Receipts and results on their way to the platform.
CREATE TABLE clue_outbox (
    message_id text PRIMARY KEY,             -- the webhook's id: the receiver knows it again
    clue_id text NOT NULL REFERENCES clues,
    platform text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('receipt', 'result', 'returned')),
    body bytea NOT NULL,                     -- the exact JSON that is signed and sent
    state text NOT NULL CHECK (state IN ('waiting', 'sent', 'dead', 'exported')),
    attempts integer NOT NULL DEFAULT 0,
    next_ms bigint NOT NULL,
    error text NOT NULL DEFAULT '',
    answer text NOT NULL DEFAULT '',
    created_ms bigint NOT NULL,
    sent_ms bigint
);
CREATE INDEX clue_outbox_waiting ON clue_outbox (next_ms) WHERE state = 'waiting';
CREATE INDEX clue_outbox_clue ON clue_outbox (clue_id);
-- What a known platform sent and could not be taken, as it came, with the reason: nothing is lost.
CREATE TABLE clue_refusals (
    refusal_id text PRIMARY KEY,             -- digest of platform, bytes and reason: once
    platform text NOT NULL,
    unit_id text NOT NULL,                   -- the platform's
    way text NOT NULL CHECK (way IN ('http', 'file')),
    place text NOT NULL,                     -- of a file: its name and line
    body bytea NOT NULL,
    reason text NOT NULL,
    at_ms bigint NOT NULL
);
CREATE INDEX clue_refusals_unit ON clue_refusals (unit_id, at_ms);
