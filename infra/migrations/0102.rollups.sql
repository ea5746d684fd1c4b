-- depends: 0006.hypertables
-- Roll-ups, written in the transaction of the readings they sum up; times are the bucket's start,
-- days are Wucheng's. in_limits: share of readings inside the limit in force, NaN where none is.
CREATE TABLE readings_1m (
    time timestamptz NOT NULL,
    series_id integer NOT NULL,
    n integer NOT NULL,
    lowest double precision NOT NULL,
    highest double precision NOT NULL,
    mean double precision NOT NULL,
    p95 double precision NOT NULL,
    in_limits double precision NOT NULL
);
CREATE UNIQUE INDEX readings_1m_series ON readings_1m (series_id, time DESC);
CREATE TABLE readings_1h (LIKE readings_1m);
CREATE UNIQUE INDEX readings_1h_series ON readings_1h (series_id, time DESC);
CREATE TABLE readings_1d (LIKE readings_1m);
CREATE UNIQUE INDEX readings_1d_series ON readings_1d (series_id, time DESC);
-- Readings that came after their time had been judged: stored as all others, and named here.
CREATE TABLE late_readings (
    time timestamptz NOT NULL,
    series_id integer NOT NULL,
    value double precision NOT NULL,
    flag smallint NOT NULL
);
CREATE INDEX late_readings_series ON late_readings (series_id, time);
-- Spans of a series that late readings fell into, until they have been judged again.
CREATE TABLE late_spans (
    late_span_id bigserial PRIMARY KEY,
    series_id integer NOT NULL,
    from_ms bigint NOT NULL,
    to_ms bigint NOT NULL,
    partition integer NOT NULL,
    created_ms bigint NOT NULL
);
-- How the original bytes of a message are to be read: json, msgpack, +gzip, hj212.
ALTER TABLE raw_batches ADD COLUMN wire text NOT NULL DEFAULT 'json';
-- Originals and state are packed at every commit; lz4 costs a tenth of PostgreSQL's own method.
DO $$
BEGIN
    ALTER TABLE raw_batches ALTER COLUMN original SET COMPRESSION lz4;
    ALTER TABLE stage_state ALTER COLUMN value SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    NULL;
END
$$;
DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb') THEN
        PERFORM create_hypertable('readings_1m', by_range('time', INTERVAL '7 days'),
            create_default_indexes => false);
        PERFORM create_hypertable('readings_1h', by_range('time', INTERVAL '90 days'),
            create_default_indexes => false);
        PERFORM create_hypertable('readings_1d', by_range('time', INTERVAL '1 year'),
            create_default_indexes => false);
    END IF;
END
$$;
