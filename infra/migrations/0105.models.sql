-- depends: 0104.cameras
-- What faces wear, which model judged each frame, and what a model in shadow saw beside it.
ALTER TABLE observations ADD COLUMN masks smallint NOT NULL DEFAULT 0,
    ADD COLUMN no_masks smallint NOT NULL DEFAULT 0,
    ADD COLUMN badly_worn smallint NOT NULL DEFAULT 0,
    ADD COLUMN model text NOT NULL DEFAULT '';
CREATE TABLE shadow_looks (
    camera_id text NOT NULL,
    at_ms bigint NOT NULL,
    model text NOT NULL,                     -- the one that judged
    shadow text NOT NULL,                    -- the one that looked beside it
    found jsonb NOT NULL,                    -- class name to boxes of the judging model
    shadow_found jsonb NOT NULL,             -- the same of the one in shadow
    matched jsonb NOT NULL,                  -- class name to boxes of both, IoU 0.5 or more
    PRIMARY KEY (camera_id, at_ms, shadow)
);
CREATE VIEW shadow_agreement AS
SELECT model, shadow, class, count(*) AS looks, sum(found) AS found,
       sum(shadow_found) AS shadow_found, sum(matched) AS matched,
       -- 1 where both found the same boxes: twice those matched by all that were found (Dice)
       2.0 * sum(matched) / nullif(sum(found) + sum(shadow_found), 0) AS agreement
FROM (
    SELECT s.model, s.shadow, c.class,
           coalesce((s.found ->> c.class)::int, 0) AS found,
           coalesce((s.shadow_found ->> c.class)::int, 0) AS shadow_found,
           coalesce((s.matched ->> c.class)::int, 0) AS matched
    FROM shadow_looks s
        CROSS JOIN LATERAL (SELECT jsonb_object_keys(s.found || s.shadow_found) AS class) c
) per_look
GROUP BY model, shadow, class;
