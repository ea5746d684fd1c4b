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
ON CONFLICT (incident_id) DO UPDATE SET merged_into = '' WHERE incidents.merged_by = ''

-- name: alerts_incident_past
UPDATE incidents SET merged_into = %(into)s WHERE incident_id = %(incident_id)s AND merged_by = ''

-- name: incident_merged
-- by an officer; what was merged into it before leads on at once
UPDATE incidents SET merged_into = %(into)s, merged_by = %(by)s
WHERE incident_id = %(incident_id)s OR merged_into = %(incident_id)s AND merged_by <> ''

-- name: alerts_link
INSERT INTO incident_links (incident_id, alert_id, with_id, reason)
VALUES (%(incident_id)s, %(alert_id)s, %(with_id)s, %(reason)s)
ON CONFLICT DO NOTHING

-- name: alerts_join
-- what an officer has said of a finding's incident, or of two incidents, stays
UPDATE alerts SET incident_id = coalesce((SELECT merged_into FROM incidents
    WHERE incident_id = %(incident_id)s AND merged_by <> ''), %(incident_id)s)
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
RETURNING state, staged, held_by, held_ref, held_why

-- name: alerts_seal_event
INSERT INTO alert_events (event_id, alert_id, at_ms, actor, action, reason_code, ground)
VALUES (%(event_id)s, %(alert_id)s, %(at_ms)s, 'vigil', %(action)s, %(reason_code)s, %(ground)s)
ON CONFLICT DO NOTHING

-- name: alerts_act
INSERT INTO alert_events (event_id, alert_id, at_ms, actor, action, reason_code, ground)
VALUES (%(event_id)s, %(alert_id)s, %(at_ms)s, %(actor)s, %(action)s, %(reason_code)s, %(ground)s)

-- name: alerts_hold_notice
UPDATE notices n SET state = 'held', next_try_ms = 0 FROM alerts a
WHERE a.alert_id = %(alert_id)s AND a.state = 'held' AND n.alert_id = a.alert_id
    AND n.state = 'queued' AND n.kind = 'finding' AND n.attempts = 0

-- name: alerts_release_notice
UPDATE notices SET state = 'queued', next_try_ms = %(at_ms)s, queued_ms = %(at_ms)s
WHERE alert_id = %(alert_id)s AND state = 'held'

-- name: alerts_let_go
-- one that is being sealed still is not held any more when it is
UPDATE alerts a SET held_by = '', state = CASE WHEN a.state = 'held' THEN 'open' ELSE a.state END
FROM (SELECT alert_id, held_by, held_ref FROM alerts WHERE alert_id = %(alert_id)s FOR UPDATE) was
WHERE a.alert_id = was.alert_id AND a.state IN ('sealing', 'held') AND was.held_by <> ''
RETURNING a.state, was.held_by, was.held_ref

-- name: alerts_to_let_go
-- what is held, still lasts, and is explained no more; `why` names what ended
SELECT a.alert_id, CASE a.held_by WHEN 'inhibited' THEN 'inhibitor_ended'
    WHEN 'silenced' THEN 'silence_ended' WHEN 'flapping' THEN 'steady' ELSE 'decided' END AS why
FROM alerts a
LEFT JOIN alerts by_alert ON by_alert.alert_id = a.held_ref
LEFT JOIN silences s ON s.silence_id = a.held_ref
WHERE a.held_by <> '' AND a.state IN ('sealing', 'held') AND NOT a.staged AND a.end_ms IS NULL
    AND CASE a.held_by
        WHEN 'inhibited' THEN by_alert.state = 'dismissed'
            OR by_alert.end_ms + %(settle_ms)s::bigint <= %(now_ms)s::bigint
        WHEN 'silenced' THEN least(s.to_ms, s.ended_ms) <= %(now_ms)s::bigint
        WHEN 'flapping' THEN a.detected_ms + %(steady_ms)s::bigint <= %(now_ms)s::bigint
        ELSE by_alert.state IN ('confirmed', 'dismissed') AND (
            SELECT max(e.at_ms) + (a.severity <> 'critical')::int * max(coalesce(
                (%(quiet_ms)s::jsonb ->> coalesce(nullif(e.reason_code, ''), e.action))::bigint, 0))
            FROM alert_events e
            WHERE e.alert_id = by_alert.alert_id AND e.action = by_alert.state
            ) <= %(now_ms)s::bigint END
ORDER BY a.detected_ms, a.alert_id LIMIT 100
FOR UPDATE OF a SKIP LOCKED

-- name: alerts_notices_freed
-- an officer took it up out of what is held: the party is told after all
SELECT DISTINCT n.alert_id FROM notices n JOIN alerts a USING (alert_id)
WHERE n.state = 'held' AND a.state NOT IN ('held', 'sealing', 'dismissed') LIMIT 100

-- name: silences_known
SELECT %(site_id)s = '' OR EXISTS (SELECT FROM sites
        WHERE site_id = %(site_id)s AND unit_id = %(unit_id)s) AS site,
    %(device_id)s = '' OR EXISTS (
        SELECT FROM placements p JOIN points o USING (point_id)
            JOIN sites t ON t.site_id = o.site_id
        WHERE p.device_id = %(device_id)s AND t.unit_id = %(unit_id)s
            AND %(site_id)s IN ('', t.site_id)) AS device

-- name: silences_add
INSERT INTO silences (silence_id, unit_id, site_id, device_id, rule_id, critical, reason,
    created_by, created_ms, from_ms, to_ms)
VALUES (%(silence_id)s, %(unit_id)s, %(site_id)s, %(device_id)s, %(rule_id)s, %(critical)s,
    %(reason)s, %(by)s, %(now_ms)s, %(from_ms)s, %(to_ms)s)
ON CONFLICT DO NOTHING

-- name: silences_ended
SELECT ended_ms FROM silences WHERE silence_id = %(silence_id)s AND ended_ms IS NOT NULL

-- name: silences_end
UPDATE silences SET ended_ms = %(now_ms)s, ended_by = %(by)s, ended_why = %(why)s
WHERE silence_id = %(silence_id)s AND unit_id = %(unit_id)s AND ended_ms IS NULL
    AND to_ms > %(now_ms)s

-- name: silences_page
-- those in force and to come, then the newest that are over; how much each held, and holds
SELECT s.*, t.name_zh AS site_zh, t.name_en AS site_en, o.name_zh AS by_zh, o.name_en AS by_en,
    e.name_zh AS ended_zh, e.name_en AS ended_en, h.held, h.holds,
    CASE WHEN least(s.to_ms, s.ended_ms) <= %(now_ms)s::bigint THEN 'over'
        WHEN s.from_ms > %(now_ms)s::bigint THEN 'to_come' ELSE 'in_force' END AS standing
FROM silences s
LEFT JOIN sites t ON t.site_id = s.site_id
JOIN officers o ON o.officer_id = s.created_by
LEFT JOIN officers e ON e.officer_id = s.ended_by
CROSS JOIN LATERAL (
    SELECT count(*) AS held, count(*) FILTER (WHERE a.state = 'held') AS holds
    FROM alerts a WHERE a.held_ref = s.silence_id AND NOT a.staged) h
WHERE s.unit_id = %(unit_id)s
ORDER BY least(s.to_ms, s.ended_ms) <= %(now_ms)s::bigint, s.created_ms DESC, s.silence_id
LIMIT %(most)s

-- name: silences_held
SELECT a.alert_id, a.held_ref, a.rule_id, a.rule_version, a.severity, a.state, a.detected_ms,
    a.end_ms, t.name_zh AS site_zh, t.name_en AS site_en
FROM alerts a JOIN sites t USING (site_id)
WHERE a.held_ref IN (SELECT jsonb_array_elements_text(%(silences)s)) AND t.unit_id = %(unit_id)s
    AND NOT a.staged
ORDER BY a.detected_ms DESC, a.alert_id LIMIT %(most)s

-- name: silences_devices
SELECT DISTINCT p.device_id, d.kind, t.site_id, t.name_zh AS site_zh, t.name_en AS site_en
FROM placements p JOIN devices d USING (device_id) JOIN points o USING (point_id)
    JOIN sites t ON t.site_id = o.site_id
WHERE t.unit_id = %(unit_id)s AND (p.to_ms IS NULL OR p.to_ms > %(now_ms)s)
ORDER BY t.site_id, p.device_id LIMIT 500

-- name: incident_lock
SELECT a.alert_id, a.site_id, a.incident_id, (
        SELECT contributions FROM risk_scores r WHERE r.alert_id = a.alert_id
        ORDER BY time DESC LIMIT 1) AS contributions
FROM alerts a JOIN sites t USING (site_id)
WHERE a.incident_id = %(incident_id)s AND a.incident_id <> '' AND t.unit_id = %(unit_id)s
ORDER BY a.alert_id FOR UPDATE OF a

-- name: incident_lock_any
SELECT a.alert_id, a.site_id, a.incident_id
FROM alerts a JOIN sites t USING (site_id)
WHERE %(wanted)s <> '' AND (a.incident_id = %(wanted)s OR a.alert_id = %(wanted)s)
    AND t.unit_id = %(unit_id)s AND a.state <> 'sealing' AND NOT a.staged
ORDER BY a.alert_id FOR UPDATE OF a

-- name: incident_set
UPDATE alerts SET incident_id = %(incident_id)s, incident_by = %(by)s
WHERE alert_id = %(alert_id)s

-- name: incidents_page
-- what is not decided throughout first, then the newest
SELECT i.incident_id, i.site_id, i.opened_ms, t.name_zh AS site_zh, t.name_en AS site_en, m.*
FROM incidents i JOIN sites t USING (site_id)
CROSS JOIN LATERAL (
    SELECT count(*) AS members, max(a.risk) AS risk, max(a.detected_ms) AS newest_ms,
        count(*) FILTER (WHERE a.state IN ('sealing', 'held', 'open', 'acknowledged', 'reminded'))
            AS waiting,
        count(*) FILTER (WHERE a.state = 'confirmed') AS confirmed,
        array_agg(DISTINCT d.kind) AS kinds,
        max(array_position(ARRAY['low', 'medium', 'high', 'critical'], a.severity)) AS gravity,
        (array_agg(a.rule_id || '@' || a.rule_version ORDER BY
            array_position(ARRAY['low', 'medium', 'high', 'critical'], a.severity) DESC,
            a.risk DESC, a.alert_id))[1] AS gravest
    FROM alerts a JOIN devices d USING (device_id)
    WHERE a.incident_id = i.incident_id AND NOT a.staged) m
WHERE t.unit_id = %(unit_id)s AND i.merged_into = '' AND m.members > 0
    AND (%(site_id)s = '' OR i.site_id = %(site_id)s)
ORDER BY m.waiting = 0, m.gravity DESC, m.newest_ms DESC, i.incident_id LIMIT %(most)s

-- name: incident_row
SELECT i.*, t.unit_id, t.name_zh AS site_zh, t.name_en AS site_en, p.name_zh AS party_zh,
    p.name_en AS party_en, p.party_id
FROM incidents i JOIN sites t USING (site_id) JOIN parties p USING (party_id)
WHERE i.incident_id = %(incident_id)s

-- name: incident_members
SELECT a.alert_id, a.rule_id, a.rule_version, a.severity, a.state, a.risk, a.place, a.device_id,
    a.start_ms, a.detected_ms, a.end_ms, a.value, a.unit, a.low, a.high, a.series_id,
    a.occurrences, a.incident_by, d.kind AS device_kind, coalesce(pt.name_zh, a.place) AS place_zh,
    coalesce(pt.name_en, a.place) AS place_en
FROM alerts a JOIN devices d USING (device_id)
    LEFT JOIN points pt ON pt.site_id = a.site_id AND pt.place = a.place
WHERE a.incident_id = %(incident_id)s AND NOT a.staged ORDER BY a.start_ms, a.alert_id

-- name: incident_links
SELECT l.alert_id, l.with_id, l.reason FROM incident_links l
WHERE l.incident_id = %(incident_id)s ORDER BY l.reason = 'same_site', l.reason, l.alert_id

-- name: incident_acts
SELECT e.event_id, e.alert_id, e.at_ms, e.actor, e.action, e.reason_code, e.ground,
    o.name_zh AS actor_zh, o.name_en AS actor_en
FROM alert_events e LEFT JOIN officers o ON o.officer_id = e.actor
WHERE e.action IN ('joined', 'detached', 'merged') AND e.alert_id IN (
    SELECT alert_id FROM incident_links WHERE incident_id = %(incident_id)s
    UNION SELECT with_id FROM incident_links WHERE incident_id = %(incident_id)s
    UNION SELECT alert_id FROM alerts WHERE incident_id = %(incident_id)s)
ORDER BY e.at_ms, e.event_id
