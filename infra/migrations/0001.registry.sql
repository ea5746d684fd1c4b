-- Who is supervised, where, by which devices, and on what papers.
CREATE TABLE districts (
    district_id text PRIMARY KEY,
    name_zh text NOT NULL,
    name_en text NOT NULL
);
CREATE TABLE parties (
    party_id text PRIMARY KEY,
    district_id text NOT NULL REFERENCES districts,
    uscc text NOT NULL UNIQUE,
    name_zh text NOT NULL,
    name_en text NOT NULL,
    service_email text NOT NULL
);
CREATE TABLE sites (
    site_id text PRIMARY KEY,
    party_id text NOT NULL REFERENCES parties,
    kind text NOT NULL,
    name_zh text NOT NULL,
    name_en text NOT NULL,
    hours jsonb NOT NULL,
    gateway_key_sha256 text NOT NULL UNIQUE
);
CREATE TABLE devices (
    device_id text PRIMARY KEY,
    site_id text NOT NULL REFERENCES sites,
    kind text NOT NULL CHECK (kind IN ('sensor', 'camera')),
    place text NOT NULL,
    place_zh text NOT NULL,
    place_en text NOT NULL,
    model text NOT NULL,
    siting_reason text NOT NULL
);
CREATE TABLE series (
    series_id integer PRIMARY KEY,
    device_id text NOT NULL REFERENCES devices,
    quantity text NOT NULL,
    unit text NOT NULL,
    interval_s double precision NOT NULL CHECK (interval_s > 0),
    resolution double precision NOT NULL CHECK (resolution >= 0),
    UNIQUE (device_id, quantity)
);
CREATE TABLE zones (
    zone_id text PRIMARY KEY,
    device_id text NOT NULL REFERENCES devices,
    kind text NOT NULL CHECK (kind IN ('closed', 'post', 'crowd')),
    polygon jsonb NOT NULL,
    crowd_limit integer NOT NULL DEFAULT 0,
    active text NOT NULL CHECK (active IN ('always', 'open', 'shut'))
);
-- Papers of a device: each valid for a span, so that "at that moment" can be answered.
CREATE TABLE documents (
    document_id text PRIMARY KEY,
    device_id text NOT NULL REFERENCES devices,
    kind text NOT NULL CHECK (kind IN ('verification_certificate', 'installation_consent',
        'public_notice', 'legal_review', 'technical_review', 'clock_check')),
    number text NOT NULL,
    issued_by text NOT NULL,
    valid_from_ms bigint NOT NULL,
    valid_to_ms bigint,
    clock_offset_ms integer,
    CHECK (valid_to_ms IS NULL OR valid_to_ms > valid_from_ms)
);
CREATE INDEX documents_device ON documents (device_id, kind);
CREATE TABLE officers (
    officer_id text PRIMARY KEY,
    name_zh text NOT NULL,
    name_en text NOT NULL,
    role text NOT NULL CHECK (role IN ('officer', 'reviewer', 'leader', 'archivist', 'analyst', 'admin')),
    password_hash text NOT NULL
);
