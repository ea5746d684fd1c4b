-- depends: 0109.custody
-- The tree's hashes in tiles of 256, so that it grows and proves without reading its leaves; the
-- last tile of a level is not full yet. They commit together with the leaves they are made of.
CREATE TABLE log_tiles (
    level smallint NOT NULL,
    number bigint NOT NULL,
    hashes bytea NOT NULL,
    PRIMARY KEY (level, number)
);
ALTER TABLE log_tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;  -- digests cannot be compressed
