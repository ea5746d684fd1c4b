-- name: scoring_lock_party
-- Two stages move credit; whoever comes second waits until the first committed.
SELECT pg_advisory_xact_lock(hashtextextended('credit:' || %(party_id)s::text, 0));

-- name: scoring_add_movement
INSERT INTO credit_movements (movement_id, party_id, at_ms, kind, alert_id, points, model_version)
VALUES (%(movement_id)s, %(party_id)s, %(at_ms)s, %(kind)s, %(alert_id)s::text, %(points)s,
    %(model_version)s)
ON CONFLICT (movement_id) DO NOTHING;

-- name: scoring_restore
-- Only what was deducted can be given back.
INSERT INTO credit_movements (movement_id, party_id, at_ms, kind, alert_id, points, model_version)
SELECT %(movement_id)s, %(party_id)s, %(at_ms)s, 'restored', %(alert_id)s::text, 0,
    %(model_version)s
WHERE EXISTS (SELECT 1 FROM credit_movements
    WHERE alert_id = %(alert_id)s::text AND kind IN ('finding', 'filed'))
ON CONFLICT (movement_id) DO NOTHING;

-- name: scoring_project
-- Draws the party's credit anew from `from_ms` on, so that the order of arrival leaves no trace.
WITH stale AS (
    DELETE FROM credit_scores
    WHERE party_id = %(party_id)s AND time >= to_timestamp(%(from_ms)s::bigint / 1000.0)
), moments AS (
    SELECT movement_id, at_ms, CASE kind WHEN 'opening' THEN 'opening'
        ELSE kind || ':' || alert_id END AS cause
    FROM credit_movements WHERE party_id = %(party_id)s AND at_ms >= %(from_ms)s::bigint
), parts AS (
    SELECT m.movement_id, d.kind || ':' || d.alert_id AS part,
        -round((d.points * power(0.5, (m.at_ms - d.at_ms) / %(half_life_ms)s::double precision)
            )::numeric, 4) AS points
    FROM moments m JOIN credit_movements d ON d.party_id = %(party_id)s
        AND d.kind IN ('finding', 'filed') AND d.at_ms <= m.at_ms
        AND m.at_ms - d.at_ms < %(expiry_ms)s::bigint
    WHERE NOT EXISTS (SELECT 1 FROM credit_movements r WHERE r.alert_id = d.alert_id
        AND r.kind = 'restored' AND r.at_ms >= d.at_ms AND r.at_ms <= m.at_ms)
), scored AS (
    SELECT m.at_ms, m.cause,
        greatest(0, %(start)s::numeric + coalesce(sum(p.points), 0)) AS score,
        jsonb_build_object('start', %(start)s::numeric)
            || coalesce(jsonb_object_agg(p.part, p.points) FILTER (WHERE p.part IS NOT NULL), '{}')
            AS contributions
    FROM moments m LEFT JOIN parts p USING (movement_id)
    GROUP BY m.movement_id, m.at_ms, m.cause
)
INSERT INTO credit_scores (time, party_id, cause, score, grade, model_version, contributions)
SELECT to_timestamp(at_ms / 1000.0), %(party_id)s, cause, score,
    CASE WHEN score >= %(grade_a)s THEN 'A' WHEN score >= %(grade_b)s THEN 'B'
        WHEN score >= %(grade_c)s THEN 'C' ELSE 'D' END,
    %(model_version)s, contributions
FROM scored ORDER BY at_ms, cause;

-- name: scoring_open
-- A party's first movement and first row, once.
WITH first AS (
    INSERT INTO credit_movements (movement_id, party_id, at_ms, kind, alert_id, points,
        model_version)
    VALUES (%(movement_id)s, %(party_id)s, %(at_ms)s, 'opening', NULL, 0, %(model_version)s)
    ON CONFLICT (movement_id) DO NOTHING RETURNING party_id
)
INSERT INTO credit_scores (time, party_id, cause, score, grade, model_version, contributions)
SELECT to_timestamp(%(at_ms)s::bigint / 1000.0), party_id, 'opening', %(score)s, %(grade)s,
    %(model_version)s, %(contributions)s
FROM first;

-- name: scoring_risk_of_alert
-- The last risk of an alert before a moment: its contributions are what a verdict moves.
SELECT score, contributions FROM risk_scores
WHERE alert_id = %(alert_id)s AND time < to_timestamp(%(before_ms)s::bigint / 1000.0)
ORDER BY time DESC LIMIT 1;

-- name: scoring_add_risk
INSERT INTO risk_scores (time, party_id, site_id, alert_id, score, model_version, contributions)
SELECT to_timestamp(%(at_ms)s::bigint / 1000.0), %(party_id)s, %(site_id)s, %(alert_id)s,
    %(score)s, %(model_version)s, %(contributions)s::jsonb
WHERE NOT EXISTS (SELECT 1 FROM risk_scores WHERE alert_id = %(alert_id)s
    AND time = to_timestamp(%(at_ms)s::bigint / 1000.0));
