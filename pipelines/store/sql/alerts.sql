-- name: alerts_signal
INSERT INTO signals (signal_id, alert_id, phase, rule_id, at_ms, body)
VALUES (%(signal_id)s, %(alert_id)s, %(phase)s, %(rule_id)s, %(at_ms)s, %(body)s)
ON CONFLICT DO NOTHING

-- name: alerts_insert
INSERT INTO alerts (alert_id, rule_id, rule_version, severity, party_id, site_id, device_id, place,
    series_id, start_ms, detected_ms, unit, value, low, high, inputs, staged, state, grade,
    grade_reasons, risk, input_at_ms, stored_at_ms, thing, held_by, held_ref, held_why, recurs)
VALUES (%(alert_id)s, %(rule_id)s, %(rule_version)s, %(severity)s, %(party_id)s, %(site_id)s,
    %(device_id)s, %(place)s, %(series_id)s, %(start_ms)s, %(detected_ms)s, %(unit)s, %(value)s,
    %(low)s, %(high)s, %(inputs)s, %(staged)s, 'sealing', %(grade)s, %(grade_reasons)s, %(risk)s,
    %(input_at_ms)s, %(stored_at_ms)s, %(thing)s, %(held_by)s, %(held_ref)s, %(held_why)s,
    %(recurs)s)

-- name: alerts_event
INSERT INTO alert_events (event_id, alert_id, at_ms, actor, action)
VALUES (%(event_id)s, %(alert_id)s, %(at_ms)s, %(actor)s, %(action)s)
ON CONFLICT DO NOTHING

-- name: alerts_risk
INSERT INTO risk_scores (time, party_id, site_id, alert_id, score, model_version, contributions)
VALUES (%(time)s, %(party_id)s, %(site_id)s, %(alert_id)s, %(score)s, %(model_version)s,
    %(contributions)s)

-- name: alerts_end
UPDATE alerts SET end_ms = %(end_ms)s, value = coalesce(%(value)s, value)
WHERE alert_id = %(alert_id)s

-- name: alerts_trail
INSERT INTO alert_events (event_id, alert_id, at_ms, actor, action, reason_code, ground)
VALUES (%(event_id)s, %(alert_id)s, %(at_ms)s, %(actor)s, %(action)s, %(reason_code)s, %(ground)s)
ON CONFLICT DO NOTHING

-- name: alerts_again
UPDATE alerts SET occurrences = occurrences + 1, last_ms = greatest(last_ms, %(at_ms)s)
WHERE alert_id = %(alert_id)s

-- name: alerts_silences
-- of_site: one row for each of the sites asked for that it may concern
SELECT t.site_id AS of_site, s.silence_id, s.site_id, s.device_id, s.rule_id, s.critical,
    s.created_ms, s.from_ms, s.to_ms, s.ended_ms
FROM silences s JOIN sites t ON t.unit_id = s.unit_id AND s.site_id IN ('', t.site_id)
WHERE t.site_id IN (SELECT jsonb_array_elements_text(%(sites)s)) AND s.to_ms > %(since_ms)s
ORDER BY s.silence_id

-- name: alerts_formers
-- the newest of each thing that went before the officers, and when it was last decided
SELECT f.*, e.at_ms AS decided_ms, e.reason_code
FROM jsonb_array_elements_text(%(things)s) AS asked (thing)
CROSS JOIN LATERAL (
    SELECT a.alert_id, a.thing, a.severity, a.detected_ms, a.state FROM alerts a
    WHERE a.thing = asked.thing AND a.held_by = '' AND NOT a.staged
    ORDER BY a.detected_ms DESC, a.alert_id DESC LIMIT 1) f
LEFT JOIN LATERAL (
    SELECT at_ms, reason_code FROM alert_events
    WHERE alert_id = f.alert_id AND action = f.state
        AND action IN ('confirmed', 'dismissed', 'reminded')
    ORDER BY at_ms DESC LIMIT 1) e ON true

-- name: alerts_fates
SELECT a.alert_id, a.severity, a.detected_ms, a.state, e.at_ms AS decided_ms, e.reason_code
FROM alerts a
LEFT JOIN LATERAL (
    SELECT at_ms, reason_code FROM alert_events
    WHERE alert_id = a.alert_id AND action = a.state
        AND action IN ('confirmed', 'dismissed', 'reminded')
    ORDER BY at_ms DESC LIMIT 1) e ON true
WHERE a.alert_id IN (SELECT jsonb_array_elements_text(%(alerts)s))

-- name: alerts_incident
INSERT INTO incidents (incident_id, site_id, opened_ms)
VALUES (%(incident_id)s, %(site_id)s, %(opened_ms)s)
ON CONFLICT (incident_id) DO UPDATE SET merged_into = ''

-- name: alerts_incident_past
UPDATE incidents SET merged_into = %(into)s WHERE incident_id = %(incident_id)s

-- name: alerts_link
INSERT INTO incident_links (incident_id, alert_id, with_id, reason)
VALUES (%(incident_id)s, %(alert_id)s, %(with_id)s, %(reason)s)
ON CONFLICT DO NOTHING

-- name: alerts_join
-- what an officer has said of a finding's incident stays
UPDATE alerts SET incident_id = %(incident_id)s
WHERE alert_id = %(alert_id)s AND incident_by = ''

-- name: alerts_corroborated
-- a verdict has the last word on an alert's risk
WITH raised AS (
    UPDATE alerts SET risk = %(score)s
    WHERE alert_id = %(alert_id)s AND state NOT IN ('confirmed', 'dismissed')
    RETURNING party_id, site_id, alert_id)
INSERT INTO risk_scores (time, party_id, site_id, alert_id, score, model_version, contributions)
SELECT to_timestamp(%(at_ms)s / 1000.0), party_id, site_id, alert_id, %(score)s, %(model_version)s,
    %(contributions)s FROM raised

-- name: alerts_seal_state
-- open, or held for the reason that the alert was stored with
UPDATE alerts SET state = CASE WHEN held_by = '' OR staged THEN 'open' ELSE 'held' END
WHERE alert_id = %(alert_id)s AND state = 'sealing'
RETURNING state, held_by, held_why
