-- name: exports_parties
SELECT p.party_id, p.uscc, p.name_zh, p.name_en, p.district_id, d.name_zh AS district_zh
FROM parties p JOIN districts d USING (district_id) ORDER BY p.party_id

-- name: exports_movements
SELECT party_id, kind, alert_id, points, at_ms FROM credit_movements
WHERE at_ms <= %(as_of_ms)s::bigint ORDER BY party_id, at_ms, movement_id

-- name: exports_verdicts
-- what officers said, for those who train and weigh detectors: one row a verdict, the last of each
-- alert marked; digests of the evidence, never what it shows
SELECT e.event_id, e.at_ms, e.action AS verdict, e.reason_code, a.alert_id, a.rule_id,
       a.rule_version, a.severity, a.grade, a.site_id, a.place, a.device_id, a.start_ms,
       a.end_ms, a.value, a.unit, a.staged AS trial,
       a.inputs ->> 'model' AS model,
       NOT EXISTS (SELECT FROM alert_events later WHERE later.alert_id = a.alert_id
           AND later.action IN ('confirmed', 'dismissed', 'reopened')
           AND (later.at_ms, later.event_id) > (e.at_ms, e.event_id)) AS standing,
       (SELECT coalesce(array_agg(o.role || ' ' || o.sha256 ORDER BY o.role, o.name), '{}')
        FROM evidence v JOIN evidence_objects o USING (evidence_id)
        WHERE v.alert_id = a.alert_id) AS evidence
FROM alert_events e JOIN alerts a USING (alert_id)
WHERE e.action IN ('confirmed', 'dismissed', 'unsure')
  AND e.at_ms >= %(since_ms)s AND (%(rule)s = '' OR a.rule_id = %(rule)s)
ORDER BY e.at_ms, e.event_id
