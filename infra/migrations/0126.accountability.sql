-- depends: 0118.alert_life
-- Responsibility: posts and who is above whom, objections, meetings, proof of diligence, fault files,
-- reviews of case files. Everything but the end of a post is appended and stays. Times are epoch ms UTC.
CREATE TABLE officer_posts (
    post_id text PRIMARY KEY,
    officer_id text NOT NULL REFERENCES officers,
    unit_id text NOT NULL REFERENCES units,
    post text NOT NULL CHECK (post IN ('handler', 'auxiliary', 'section_head', 'unit_head', 'in_charge')),
    superior text REFERENCES officers,       -- who may order them about
    from_ms bigint NOT NULL,
    to_ms bigint,
    entered_by text NOT NULL,
    entered_ms bigint NOT NULL,
    CHECK (to_ms IS NULL OR to_ms > from_ms),
    CHECK (superior <> officer_id)
);
CREATE INDEX officer_posts_officer ON officer_posts (officer_id, from_ms);
-- A unit's faults are its superior unit's to look into (art. 18).
CREATE TABLE unit_superiors (
    unit_id text NOT NULL REFERENCES units,
    superior_id text NOT NULL REFERENCES units,
    from_ms bigint NOT NULL,
    to_ms bigint,
    PRIMARY KEY (unit_id, from_ms),
    CHECK (superior_id <> unit_id),
    CHECK (to_ms IS NULL OR to_ms > from_ms)
);
-- An officer's written objection to an order, and what the superior answered (art. 11 (5), (7)).
CREATE TABLE duty_objections (
    objection_id text PRIMARY KEY,
    subject_kind text NOT NULL CHECK (subject_kind IN ('alert', 'case', 'clue')),
    subject_id text NOT NULL,
    unit_id text NOT NULL REFERENCES units,
    officer_id text NOT NULL REFERENCES officers,    -- who objects
    superior text NOT NULL REFERENCES officers,      -- whose order or decision it is
    ordered text NOT NULL,
    objection text NOT NULL,
    at_ms bigint NOT NULL,
    CHECK (superior <> officer_id)
);
CREATE INDEX duty_objections_subject ON duty_objections (subject_kind, subject_id);
CREATE TABLE duty_objection_answers (
    objection_id text PRIMARY KEY REFERENCES duty_objections,
    outcome text NOT NULL CHECK (outcome IN ('adopted', 'overruled')),
    words text NOT NULL,
    by_officer text NOT NULL REFERENCES officers,
    at_ms bigint NOT NULL
);
-- Decisions taken together: the unit that called the meeting answers for them (art. 10).
CREATE TABLE duty_meetings (
    meeting_id text PRIMARY KEY,
    subject_kind text NOT NULL CHECK (subject_kind IN ('alert', 'case', 'clue')),
    subject_id text NOT NULL,
    unit_id text NOT NULL REFERENCES units,
    members jsonb NOT NULL,                  -- officer ids
    decided text NOT NULL,
    minutes_sha256 text NOT NULL DEFAULT '',
    entered_by text NOT NULL REFERENCES officers,
    at_ms bigint NOT NULL
);
CREATE INDEX duty_meetings_subject ON duty_meetings (subject_kind, subject_id);
-- What shows that an officer was diligent (art. 7); a file lies in the vault under its digest.
CREATE TABLE duty_entries (
    entry_id text PRIMARY KEY,
    officer_id text NOT NULL REFERENCES officers,
    kind text NOT NULL CHECK (kind IN ('plan', 'training', 'approval', 'double_random', 'flying',
        'conduct', 'other')),
    title text NOT NULL,
    words text NOT NULL,
    at_ms bigint NOT NULL,                   -- when it was, as stated
    file_name text NOT NULL DEFAULT '',
    file_sha256 text NOT NULL DEFAULT '',
    size_bytes bigint NOT NULL DEFAULT 0,
    by_officer text NOT NULL REFERENCES officers,
    entered_ms bigint NOT NULL
);
CREATE INDEX duty_entries_officer ON duty_entries (officer_id, at_ms);
-- A fault file is its entries, in order; nothing else says how it stands.
CREATE TABLE fault_files (
    fault_id text PRIMARY KEY,
    subject_kind text NOT NULL CHECK (subject_kind IN ('alert', 'case', 'clue')),
    subject_id text NOT NULL,
    unit_id text NOT NULL REFERENCES units,          -- whose officers or which unit it is about
    deciding_unit text NOT NULL REFERENCES units,    -- who looks into it and decides (art. 18)
    about text NOT NULL CHECK (about IN ('officer', 'unit')),
    opened_by text NOT NULL REFERENCES officers,
    opened_ms bigint NOT NULL
);
CREATE INDEX fault_files_unit ON fault_files (deciding_unit, opened_ms);
CREATE TABLE fault_entries (
    entry_id text PRIMARY KEY,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    fault_id text NOT NULL REFERENCES fault_files,
    number integer NOT NULL,                 -- from 1, without gaps within a file
    act text NOT NULL,                       -- a key of pipelines/accountability/states.py ACTS
    by_officer text NOT NULL REFERENCES officers,
    at_ms bigint NOT NULL,
    body bytea NOT NULL,                     -- canonical JSON
    former_sha256 text NOT NULL,             -- of the entry before: they are a chain
    UNIQUE (fault_id, number)
);
-- Who is named in a file: they may see it and speak, and decide nothing in it (art. 19, 22).
CREATE TABLE fault_people (
    fault_id text NOT NULL REFERENCES fault_files,
    officer_id text NOT NULL REFERENCES officers,
    PRIMARY KEY (fault_id, officer_id)
);
CREATE INDEX fault_people_officer ON fault_people (officer_id);
-- Case files drawn for review, and what a person found (art. 3, 4).
CREATE TABLE duty_case_draws (
    draw_id text PRIMARY KEY,
    unit_id text NOT NULL REFERENCES units,
    seed text NOT NULL,
    checkpoint text NOT NULL,
    population jsonb NOT NULL,
    drawn_by text NOT NULL REFERENCES officers,
    drawn_ms bigint NOT NULL
);
CREATE TABLE duty_case_reviews (
    draw_id text NOT NULL REFERENCES duty_case_draws,
    case_id text NOT NULL REFERENCES cases,
    answers jsonb,
    answered_by text REFERENCES officers,
    answered_ms bigint,
    PRIMARY KEY (draw_id, case_id)
);
-- A package of diligence that was made: for whom, at whose wish.
CREATE TABLE duty_packages (
    package_id text PRIMARY KEY,
    officer_id text NOT NULL REFERENCES officers,
    by_officer text NOT NULL REFERENCES officers,
    reason text NOT NULL,
    from_ms bigint NOT NULL,
    to_ms bigint NOT NULL,
    sums_sha256 text NOT NULL,
    at_ms bigint NOT NULL
);
CREATE FUNCTION duty_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was entered about responsibility is never changed: append';
END $$;
CREATE TRIGGER duty_objections_stand BEFORE UPDATE OR DELETE ON duty_objections
    FOR EACH ROW EXECUTE FUNCTION duty_stands();
CREATE TRIGGER duty_objection_answers_stand BEFORE UPDATE OR DELETE ON duty_objection_answers
    FOR EACH ROW EXECUTE FUNCTION duty_stands();
CREATE TRIGGER duty_meetings_stand BEFORE UPDATE OR DELETE ON duty_meetings
    FOR EACH ROW EXECUTE FUNCTION duty_stands();
CREATE TRIGGER duty_entries_stand BEFORE UPDATE OR DELETE ON duty_entries
    FOR EACH ROW EXECUTE FUNCTION duty_stands();
CREATE TRIGGER fault_files_stand BEFORE UPDATE OR DELETE ON fault_files
    FOR EACH ROW EXECUTE FUNCTION duty_stands();
CREATE TRIGGER fault_entries_stand BEFORE UPDATE OR DELETE ON fault_entries
    FOR EACH ROW EXECUTE FUNCTION duty_stands();
CREATE TRIGGER fault_people_stand BEFORE UPDATE OR DELETE ON fault_people
    FOR EACH ROW EXECUTE FUNCTION duty_stands();
CREATE TRIGGER duty_packages_stand BEFORE UPDATE OR DELETE ON duty_packages
    FOR EACH ROW EXECUTE FUNCTION duty_stands();
