-- depends: 0104.cameras 0105.models 0106.reference_views 0107.footage 0108.privacy
-- The transparency log in place of the chain, SM3 beside SHA-256, and who belongs to which unit.
DO $$ BEGIN
    IF EXISTS (SELECT FROM evidence_log) THEN
        RAISE EXCEPTION 'evidence sealed by an older Vigil: export it with that version first';
    END IF;
END $$;
DROP TABLE evidence_log;
-- What is to become leaves, in the transaction of what it tells of: a MessagePack list a row.
CREATE TABLE log_pending (
    pending_id bigserial PRIMARY KEY,
    leaves bytea NOT NULL
);
-- What the leaves are, in the tree's order. Only the commitment is in the tree: body and salt may be
-- erased when what they tell of must be forgotten, and every proof still holds.
CREATE TABLE log_leaves (
    leaf_index bigint PRIMARY KEY,
    kind text NOT NULL,
    subject text NOT NULL,
    at_ms bigint NOT NULL,
    commitment bytea NOT NULL,               -- SHA-256 of salt and canonical body
    salt bytea,
    body bytea                               -- canonical JSON
);
CREATE INDEX log_leaves_subject ON log_leaves (subject, kind);
CREATE TABLE log_checkpoints (
    tree_size bigint PRIMARY KEY,
    root bytea NOT NULL,
    note bytea NOT NULL,                     -- the signed note as it was published
    at_ms bigint NOT NULL
);
-- Answers of RFC 3161 authorities over a checkpoint's note.
CREATE TABLE log_stamps (
    tree_size bigint NOT NULL REFERENCES log_checkpoints,
    authority text NOT NULL,
    token bytea NOT NULL,                    -- DER, TimeStampResp
    stamped_ms bigint NOT NULL,
    PRIMARY KEY (tree_size, authority)
);
ALTER TABLE evidence_objects ADD COLUMN sm3 text NOT NULL;
-- Units of the authority: officers belong to one, a site is supervised by one.
CREATE TABLE units (
    unit_id text PRIMARY KEY,
    name_zh text NOT NULL,
    name_en text NOT NULL
);
INSERT INTO units VALUES ('authority', '本机关', 'The authority');
ALTER TABLE officers ADD COLUMN unit_id text NOT NULL DEFAULT 'authority' REFERENCES units;
ALTER TABLE sites ADD COLUMN unit_id text NOT NULL DEFAULT 'authority' REFERENCES units;
