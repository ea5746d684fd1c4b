-- depends: 0006.hypertables
-- The register in depth: points, placements, papers by date, keys, changes. Times are epoch ms UTC.
-- What a party agreed to: devices on its premises, or to supervise itself.
CREATE TABLE participations (
    participation_id text PRIMARY KEY,
    party_id text NOT NULL REFERENCES parties,
    kind text NOT NULL CHECK (kind IN ('device', 'self_supervision')),
    number text NOT NULL,
    valid_from_ms bigint NOT NULL,
    valid_to_ms bigint,
    CHECK (valid_to_ms IS NULL OR valid_to_ms > valid_from_ms)
);
CREATE INDEX participations_party ON participations (party_id);
-- Where and how a party is served, as it signed.
CREATE TABLE delivery_addresses (
    delivery_id text PRIMARY KEY,
    party_id text NOT NULL REFERENCES parties,
    method text NOT NULL CHECK (method IN
        ('email', 'mobile', 'fax', 'wechat', 'post', 'in_person', 'other')),
    address text NOT NULL,
    signed_by text NOT NULL,
    signed_ms bigint NOT NULL,
    valid_from_ms bigint NOT NULL,
    valid_to_ms bigint,
    CHECK (valid_to_ms IS NULL OR valid_to_ms > valid_from_ms)
);
CREATE INDEX delivery_addresses_party ON delivery_addresses (party_id);
CREATE TABLE site_keys (
    key_sha256 text PRIMARY KEY,
    site_id text NOT NULL REFERENCES sites,
    valid_from_ms bigint NOT NULL,
    valid_to_ms bigint,
    CHECK (valid_to_ms IS NULL OR valid_to_ms > valid_from_ms)
);
INSERT INTO site_keys SELECT gateway_key_sha256, site_id, 0, NULL FROM sites;
ALTER TABLE sites DROP COLUMN gateway_key_sha256;
-- Whole days on which a site is shut, first to last, in the site's time zone.
CREATE TABLE closed_days (
    closure_id text PRIMARY KEY,
    site_id text NOT NULL REFERENCES sites,
    first_day date NOT NULL,
    last_day date NOT NULL,
    reason text NOT NULL,
    CHECK (last_day >= first_day)
);
CREATE TABLE points (
    point_id text PRIMARY KEY,
    site_id text NOT NULL REFERENCES sites,
    place text NOT NULL,
    kind text NOT NULL,
    name_zh text NOT NULL,
    name_en text NOT NULL,
    mounting text NOT NULL CHECK (mounting IN ('fixed', 'mobile')),
    siting_reason text NOT NULL,
    published_location text NOT NULL,
    UNIQUE (site_id, place)
);
INSERT INTO points
SELECT DISTINCT ON (site_id, place) site_id || '/' || place, site_id, place, '', place_zh, place_en,
    'fixed', siting_reason, ''
FROM devices ORDER BY site_id, place, device_id;
CREATE TABLE contracts (
    contract_id text PRIMARY KEY,
    vendor text NOT NULL,
    number text NOT NULL,
    confidentiality_agreement text NOT NULL,
    data_security_duty text NOT NULL,
    intellectual_property text NOT NULL,
    maintenance_duty text NOT NULL,
    valid_from_ms bigint NOT NULL,
    valid_to_ms bigint,
    CHECK (valid_to_ms IS NULL OR valid_to_ms > valid_from_ms)
);
CREATE TABLE placements (
    placement_id text PRIMARY KEY,
    device_id text NOT NULL REFERENCES devices,
    point_id text NOT NULL REFERENCES points,
    from_ms bigint NOT NULL,
    to_ms bigint,
    CHECK (to_ms IS NULL OR to_ms > from_ms)
);
CREATE UNIQUE INDEX placements_open ON placements (device_id) WHERE to_ms IS NULL;
CREATE INDEX placements_device ON placements (device_id, from_ms);
CREATE INDEX placements_point ON placements (point_id);
INSERT INTO placements SELECT device_id, device_id, site_id || '/' || place, 0, NULL FROM devices;
ALTER TABLE devices
    DROP COLUMN site_id, DROP COLUMN place, DROP COLUMN place_zh, DROP COLUMN place_en,
    DROP COLUMN siting_reason,
    DROP CONSTRAINT devices_kind_check,
    ADD CHECK (kind IN ('sensor', 'camera', 'recorder')),
    ADD COLUMN standard text NOT NULL DEFAULT '',
    ADD COLUMN contract_id text REFERENCES contracts,
    ADD COLUMN custodian text NOT NULL DEFAULT '',
    ADD COLUMN capabilities jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN installed_ms bigint NOT NULL DEFAULT 0,
    ADD COLUMN removed_ms bigint,
    ADD CHECK (removed_ms IS NULL OR removed_ms >= installed_ms);
-- A quantity belongs to where its device stands: a move begins a new series.
ALTER TABLE series ADD COLUMN placement_id text REFERENCES placements;
UPDATE series SET placement_id = device_id;
ALTER TABLE series ALTER COLUMN placement_id SET NOT NULL, DROP COLUMN device_id,
    ADD UNIQUE (placement_id, quantity);
-- So does what is drawn into a camera's picture.
ALTER TABLE zones ADD COLUMN placement_id text REFERENCES placements;
UPDATE zones SET placement_id = device_id;
ALTER TABLE zones ALTER COLUMN placement_id SET NOT NULL, DROP COLUMN device_id;
CREATE INDEX zones_placement ON zones (placement_id);
CREATE TABLE maintenance (
    maintenance_id text PRIMARY KEY,
    device_id text NOT NULL REFERENCES devices,
    from_ms bigint NOT NULL,
    to_ms bigint,
    why text NOT NULL,
    CHECK (to_ms IS NULL OR to_ms > from_ms)
);
CREATE INDEX maintenance_device ON maintenance (device_id);
-- Damage, moving or removal without leave, until put right, and what came of it.
CREATE TABLE damages (
    damage_id text PRIMARY KEY,
    device_id text NOT NULL REFERENCES devices,
    at_ms bigint NOT NULL,
    restored_ms bigint,
    what text NOT NULL,
    by_whom text NOT NULL,
    compensation text NOT NULL,
    CHECK (restored_ms IS NULL OR restored_ms > at_ms)
);
CREATE INDEX damages_device ON damages (device_id);
ALTER TABLE documents DROP CONSTRAINT documents_kind_check;
UPDATE documents SET kind = 'published_location' WHERE kind = 'public_notice';
ALTER TABLE documents ADD COLUMN signed_by text NOT NULL DEFAULT '',
    ADD CHECK (kind IN ('verification_certificate', 'installation_consent', 'evidentiary_notice',
        'public_sign', 'published_location', 'legal_review', 'technical_review', 'clock_check'));
-- A gateway key of one device; only the digest of a key is kept.
CREATE TABLE device_keys (
    key_sha256 text PRIMARY KEY,
    device_id text NOT NULL REFERENCES devices,
    valid_from_ms bigint NOT NULL,
    valid_to_ms bigint,
    CHECK (valid_to_ms IS NULL OR valid_to_ms > valid_from_ms)
);
CREATE TABLE hj212_stations (
    mn text NOT NULL,
    password_sha256 text NOT NULL,
    device_id text NOT NULL REFERENCES devices,
    valid_from_ms bigint NOT NULL,
    valid_to_ms bigint,
    PRIMARY KEY (mn, valid_from_ms),
    CHECK (valid_to_ms IS NULL OR valid_to_ms > valid_from_ms)
);
-- Who changed what was on record, and what it said before.
CREATE TABLE registry_changes (
    change_id bigserial PRIMARY KEY,
    version bigint NOT NULL,
    at_ms bigint NOT NULL,
    who text NOT NULL,
    table_name text NOT NULL,
    row_key text NOT NULL,
    corrects boolean NOT NULL,
    before jsonb NOT NULL,
    after jsonb NOT NULL
);
CREATE INDEX registry_changes_row ON registry_changes (table_name, row_key);
-- Grows with every change: a running worker sees it and reads the register again.
CREATE TABLE registry_version (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    version bigint NOT NULL
);
INSERT INTO registry_version (version) VALUES (1);
