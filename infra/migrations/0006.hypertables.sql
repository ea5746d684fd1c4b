-- Apache edition only: hypertables where TimescaleDB is at hand, plain tables where it is not.
DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb') THEN
        CREATE EXTENSION IF NOT EXISTS timescaledb;
        PERFORM create_hypertable('readings', by_range('time', INTERVAL '1 day'),
            create_default_indexes => false);
        PERFORM create_hypertable('observations', by_range('time', INTERVAL '1 day'),
            create_default_indexes => false);
        PERFORM create_hypertable('risk_scores', by_range('time', INTERVAL '30 days'),
            create_default_indexes => false);
        PERFORM create_hypertable('credit_scores', by_range('time', INTERVAL '30 days'),
            create_default_indexes => false);
    END IF;
END
$$;
