-- depends: 0118.alert_life
-- What keeps a finding from the queue, and what findings of one site belong together.
ALTER TABLE alerts
    ADD COLUMN held_why text NOT NULL DEFAULT '',     -- the row of life.toml, as it was held first
    ADD COLUMN thing text NOT NULL DEFAULT '',        -- digest of rule, place, device and zone
    ADD COLUMN occurrences integer NOT NULL DEFAULT 1, -- itself and what was folded into it
    ADD COLUMN last_ms bigint,                        -- when the newest of those was detected
    ADD COLUMN recurs text NOT NULL DEFAULT '',       -- the decided alert that this one repeats
    ADD COLUMN incident_by text NOT NULL DEFAULT '';  -- the officer who set incident_id: it stays
CREATE INDEX alerts_thing ON alerts (thing, detected_ms DESC) WHERE thing <> '';
CREATE INDEX alerts_held ON alerts (held_by, held_ref) WHERE held_by <> '';
-- A party hears of a finding that is held only when it is let go.
ALTER TABLE notices DROP CONSTRAINT notices_state_check;
ALTER TABLE notices ADD CONSTRAINT notices_state_check
    CHECK (state IN ('held', 'queued', 'sent', 'failed'));
-- Never changed but for its end, and never deleted: a replay years later reads the same.
CREATE TABLE silences (
    silence_id text PRIMARY KEY,
    unit_id text NOT NULL REFERENCES units,
    site_id text NOT NULL DEFAULT '',                 -- empty: every site of the unit
    device_id text NOT NULL DEFAULT '',               -- empty: every device
    rule_id text NOT NULL DEFAULT '',                 -- empty: every rule
    critical boolean NOT NULL,                        -- holds critical findings too
    reason text NOT NULL,
    created_by text NOT NULL REFERENCES officers,
    created_ms bigint NOT NULL,
    from_ms bigint NOT NULL,
    to_ms bigint NOT NULL,
    ended_by text NOT NULL DEFAULT '',
    ended_ms bigint,                                  -- ended early
    ended_why text NOT NULL DEFAULT '',
    CHECK (from_ms >= created_ms AND to_ms > from_ms),
    CHECK (site_id <> '' OR device_id <> '' OR rule_id <> '')
);
CREATE INDEX silences_unit ON silences (unit_id, to_ms);
-- Which findings belong to one stands in alerts.incident_id; an incident without members is past.
CREATE TABLE incidents (
    incident_id text PRIMARY KEY,
    site_id text NOT NULL REFERENCES sites,
    opened_ms bigint NOT NULL,                        -- its first finding was detected
    merged_into text NOT NULL DEFAULT '',             -- so that an old address still leads there
    merged_by text NOT NULL DEFAULT ''                -- the officer who put them together: it stays so
);
CREATE INDEX incidents_site ON incidents (site_id, opened_ms DESC);
-- Why two findings belong together: appended.
CREATE TABLE incident_links (
    incident_id text NOT NULL REFERENCES incidents,
    alert_id text NOT NULL REFERENCES alerts,
    with_id text NOT NULL REFERENCES alerts,
    reason text NOT NULL,                             -- a pair of life.toml, or same_site
    PRIMARY KEY (incident_id, alert_id, with_id)
);
