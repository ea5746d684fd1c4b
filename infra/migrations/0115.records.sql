-- depends: 0109.custody
-- The audio-visual record of law enforcement: what officers recorded, with what, of which acts, what was
-- found in it, and the half-yearly checks. Times are epoch ms UTC.
CREATE TABLE records (
    record_id text PRIMARY KEY,              -- a digest of the file's digest: the same file is one record
    unit_id text NOT NULL REFERENCES units,
    start_ms bigint NOT NULL,
    end_ms bigint NOT NULL,
    imported_ms bigint NOT NULL,
    party_id text REFERENCES parties,
    matter text NOT NULL,
    act text NOT NULL,                       -- a code of pipelines/records/acts.toml
    place text NOT NULL,
    device_id text NOT NULL REFERENCES devices,
    case_id text,
    session_id text NOT NULL,
    secrecy text NOT NULL CHECK (secrecy IN ('public', 'internal', 'secret')),
    retention_class text NOT NULL DEFAULT 'record',
    imported_by text NOT NULL,
    due_ms bigint NOT NULL,                  -- last moment at which an import needs no approval
    delay_approved_by text REFERENCES officers,
    delay_reason text NOT NULL DEFAULT '',
    examination jsonb NOT NULL,              -- what was measured, and how deep was looked
    checklist jsonb NOT NULL,                -- answers by question
    CHECK (end_ms >= start_ms),
    CHECK ((delay_approved_by IS NULL) = (delay_reason = ''))
);
CREATE INDEX records_time ON records (start_ms);
CREATE INDEX records_session ON records (session_id);
CREATE INDEX records_unit ON records (unit_id, start_ms);
CREATE INDEX records_case ON records (case_id) WHERE case_id IS NOT NULL;
CREATE TABLE record_officers (
    record_id text NOT NULL REFERENCES records,
    officer_id text NOT NULL REFERENCES officers,
    PRIMARY KEY (record_id, officer_id)
);
CREATE INDEX record_officers_officer ON record_officers (officer_id);
CREATE TABLE record_objects (
    record_id text NOT NULL REFERENCES records,
    role text NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    sm3 text NOT NULL,
    size_bytes bigint NOT NULL,
    media_type text NOT NULL,
    PRIMARY KEY (record_id, role, name)
);
CREATE INDEX record_objects_sha256 ON record_objects (sha256);
-- Leads of the examination, never a verdict.
CREATE TABLE record_findings (
    record_id text NOT NULL REFERENCES records,
    number integer NOT NULL,
    code text NOT NULL,
    severity text NOT NULL CHECK (severity IN ('high', 'medium', 'low')),
    at_s double precision,                   -- seconds from the file's start; null: the whole file
    measured jsonb NOT NULL,
    text_zh text NOT NULL,
    text_en text NOT NULL,
    PRIMARY KEY (record_id, number)
);
-- Why a session was interrupted, as stated afterwards; a gap without a statement is listed.
CREATE TABLE record_interruptions (
    session_id text NOT NULL,
    start_ms bigint NOT NULL,
    end_ms bigint NOT NULL,
    reason text NOT NULL CHECK (reason IN ('fault', 'damage', 'weather', 'battery', 'storage',
        'site_change', 'segmented', 'secrecy', 'force_majeure')),
    explained_aloud boolean NOT NULL,        -- at the restart, on the record
    note text NOT NULL,
    stated_by text NOT NULL REFERENCES officers,
    stated_ms bigint NOT NULL,
    PRIMARY KEY (session_id, start_ms)
);
-- What officers did, recorded or not: what coverage is counted over.
CREATE TABLE acts (
    act_id text PRIMARY KEY,
    unit_id text NOT NULL REFERENCES units,
    kind text NOT NULL,                      -- a code of pipelines/records/acts.toml
    party_id text REFERENCES parties,
    start_ms bigint NOT NULL,                -- as the document of the act says
    end_ms bigint NOT NULL,
    matter text NOT NULL,
    place text NOT NULL,
    case_id text,
    unrecorded_reason text NOT NULL DEFAULT '' CHECK (unrecorded_reason IN
        ('', 'secrecy', 'force_majeure', 'weather', 'fault')),
    added_by text NOT NULL,
    added_ms bigint NOT NULL,
    CHECK (end_ms > start_ms)
);
CREATE INDEX acts_time ON acts (unit_id, start_ms);
CREATE TABLE act_officers (
    act_id text NOT NULL REFERENCES acts,
    officer_id text NOT NULL REFERENCES officers,
    PRIMARY KEY (act_id, officer_id)
);
-- What the records were needed for afterwards.
CREATE TABLE act_uses (
    act_id text NOT NULL REFERENCES acts,
    use text NOT NULL CHECK (use IN ('dispute', 'file_review', 'supervision', 'appraisal', 'opinion',
        'decision', 'credit')),
    at_ms bigint NOT NULL,
    note text NOT NULL,
    noted_by text NOT NULL,
    PRIMARY KEY (act_id, use, at_ms)
);
-- Rooms for inquiries and hearings, each with a device of its own.
CREATE TABLE hearing_rooms (
    room_id text PRIMARY KEY,
    unit_id text NOT NULL REFERENCES units,
    kind text NOT NULL CHECK (kind IN ('inquiry', 'hearing')),
    name_zh text NOT NULL,
    name_en text NOT NULL
);
-- Which unit a recorder of the register belongs to, and which room, if it stands in one.
CREATE TABLE recorders (
    device_id text PRIMARY KEY REFERENCES devices,
    unit_id text NOT NULL REFERENCES units,
    taxon text NOT NULL,                     -- camera, camcorder, body_camera, voice_recorder, ...
    purpose text NOT NULL,
    room_id text REFERENCES hearing_rooms
);
CREATE TABLE recorder_events (
    event_id text PRIMARY KEY,
    device_id text NOT NULL REFERENCES recorders,
    kind text NOT NULL CHECK (kind IN ('issue', 'return', 'check')),
    officer_id text NOT NULL REFERENCES officers,    -- who took it, brought it or checked it
    by_officer text NOT NULL REFERENCES officers,    -- who gave or received it
    at_ms bigint NOT NULL,
    clock_offset_ms bigint,                  -- the device's clock less the true time
    works boolean NOT NULL,
    note text NOT NULL
);
CREATE INDEX recorder_events_device ON recorder_events (device_id, at_ms);
-- An archivist keeps records on a signed letter of responsibility.
CREATE TABLE responsibility_letters (
    officer_id text NOT NULL REFERENCES officers,
    signed_ms bigint NOT NULL,
    valid_to_ms bigint,
    number text NOT NULL,
    PRIMARY KEY (officer_id, signed_ms)
);
-- One draw a half-year and unit: it cannot be drawn again until it suits.
CREATE TABLE spot_draws (
    draw_id text PRIMARY KEY,                -- 2026H2/unit
    half text NOT NULL,
    unit_id text NOT NULL REFERENCES units,
    seed text NOT NULL,
    checkpoint text NOT NULL,                -- newest root of the log at the draw, hex; empty: none yet
    population_sha256 text NOT NULL,
    population jsonb NOT NULL,
    due_ms bigint NOT NULL,
    drawn_by text NOT NULL REFERENCES officers,
    drawn_ms bigint NOT NULL
);
CREATE TABLE spot_checks (
    draw_id text NOT NULL REFERENCES spot_draws,
    number integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('act', 'record', 'device')),
    subject text NOT NULL,
    answers jsonb,
    answered_by text REFERENCES officers,
    answered_ms bigint,
    PRIMARY KEY (draw_id, number),
    UNIQUE (draw_id, kind, subject)
);
-- Breaches of the record's own rules that people report: leaks, losses, wrong storage.
CREATE TABLE record_violations (
    violation_id text PRIMARY KEY,
    record_id text REFERENCES records,
    act_id text REFERENCES acts,
    kind text NOT NULL CHECK (kind IN ('unrecorded', 'edited', 'lost', 'leaked', 'mis_stored')),
    note text NOT NULL,
    reported_by text NOT NULL REFERENCES officers,
    at_ms bigint NOT NULL
);
