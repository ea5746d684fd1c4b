-- depends: 0103.registry
-- Cameras in depth: more kinds of zones, why footage is missing, what befell a camera.
ALTER TABLE zones DROP CONSTRAINT zones_kind_check,
    ADD CHECK (kind IN ('closed', 'post', 'crowd', 'waste', 'clinical', 'bins'));
ALTER TABLE recording_gaps ADD COLUMN cause text NOT NULL DEFAULT 'fault' CHECK (cause IN
    ('fault', 'network', 'power', 'storage', 'moved', 'clock', 'privacy', 'stopped'));
CREATE TABLE camera_events (
    camera_id text NOT NULL,
    at_ms bigint NOT NULL,
    what text NOT NULL,
    inputs jsonb NOT NULL,
    detail text NOT NULL,
    PRIMARY KEY (camera_id, at_ms, what)
);
