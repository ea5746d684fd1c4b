-- name: queue_saved
SELECT f.filter_id, f.name, f.query, f.shared, f.is_default, f.officer_id = %(officer_id)s AS mine,
       o.name_zh AS officer_zh, o.name_en AS officer_en
FROM queue_filters f JOIN officers o USING (officer_id)
WHERE f.officer_id = %(officer_id)s OR (f.shared AND f.unit_id = %(unit_id)s)
ORDER BY f.officer_id <> %(officer_id)s, f.name, f.filter_id;

-- name: queue_saved_default
SELECT query FROM queue_filters WHERE officer_id = %(officer_id)s AND is_default AND query <> '';

-- name: queue_saved_add
INSERT INTO queue_filters (filter_id, officer_id, unit_id, name, query, shared, saved_ms)
SELECT %(filter_id)s, %(officer_id)s, %(unit_id)s, %(name)s, %(query)s, %(shared)s, %(saved_ms)s
WHERE (SELECT count(*) FROM queue_filters
       WHERE officer_id = %(officer_id)s AND name <> %(name)s) < %(most)s
ON CONFLICT (officer_id, name) DO UPDATE
SET query = excluded.query, shared = excluded.shared, unit_id = excluded.unit_id,
    saved_ms = excluded.saved_ms;

-- name: queue_saved_mine
SELECT filter_id FROM queue_filters
WHERE filter_id = %(filter_id)s AND officer_id = %(officer_id)s FOR UPDATE;

-- name: queue_saved_named
SELECT filter_id FROM queue_filters
WHERE officer_id = %(officer_id)s AND name = %(name)s AND filter_id <> %(filter_id)s;

-- name: queue_saved_no_default
UPDATE queue_filters SET is_default = false WHERE officer_id = %(officer_id)s AND is_default;

-- name: queue_saved_change
WITH gone AS (DELETE FROM queue_filters WHERE filter_id = %(filter_id)s AND %(act)s = 'delete')
UPDATE queue_filters SET
    name = CASE WHEN %(act)s = 'rename' THEN %(name)s ELSE name END,
    shared = CASE %(act)s WHEN 'share' THEN true WHEN 'unshare' THEN false ELSE shared END,
    is_default = CASE %(act)s WHEN 'default' THEN true WHEN 'undefault' THEN false
        ELSE is_default END
WHERE filter_id = %(filter_id)s AND %(act)s <> 'delete';

-- name: queue_precision
-- the last verdict of each alert decided since then, by rule and version; duplicates say nothing
-- of the rule
WITH last AS (
    SELECT DISTINCT ON (e.alert_id) e.alert_id, e.action, e.reason_code
    FROM alert_events e
    WHERE e.action IN ('confirmed', 'dismissed', 'unsure', 'reopened') AND e.action <> 'unsure'
      AND e.at_ms >= %(since_ms)s
    ORDER BY e.alert_id, e.at_ms DESC, e.event_id DESC)
SELECT a.rule_id, a.rule_version,
       count(*) FILTER (WHERE l.action = 'confirmed') AS confirmed,
       count(*) FILTER (WHERE l.action = 'confirmed' OR l.reason_code IN ('corrected_on_the_spot',
           'corrected_when_reminded', 'minor_first_time')) AS "right",
       count(*) AS n,
       count(*) FILTER (WHERE l.reason_code = 'false_detection') AS false_detection,
       count(*) FILTER (WHERE l.reason_code = 'sensor_fault') AS sensor_fault
FROM last l JOIN alerts a USING (alert_id)
WHERE l.action IN ('confirmed', 'dismissed') AND l.reason_code <> 'duplicate'
  AND (%(unit_id)s = '' OR a.unit_id = %(unit_id)s)
GROUP BY a.rule_id, a.rule_version ORDER BY n DESC, a.rule_id, a.rule_version;
