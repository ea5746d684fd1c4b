-- depends: 0117.keeping
-- The life of an alert: kept back for a named reason, reminded, reopened, part of an incident.
ALTER TABLE alerts DROP CONSTRAINT alerts_state_check;
ALTER TABLE alerts ADD CONSTRAINT alerts_state_check CHECK (state IN
    ('sealing', 'held', 'open', 'acknowledged', 'reminded', 'confirmed', 'dismissed'));
ALTER TABLE alerts
    ADD COLUMN held_by text NOT NULL DEFAULT '',      -- a code of states.HELD_BY
    ADD COLUMN held_ref text NOT NULL DEFAULT '',     -- the alert or the silence that explains it
    ADD COLUMN incident_id text NOT NULL DEFAULT '',  -- findings of one site that belong together
    ADD COLUMN assignee text NOT NULL DEFAULT '',     -- the officer who took it on
    ADD COLUMN round integer NOT NULL DEFAULT 0,      -- how often it went back into the queue
    ADD COLUMN due_ms bigint;                         -- the nearest running clock; kept by clocks
CREATE INDEX alerts_incident ON alerts (incident_id) WHERE incident_id <> '';
