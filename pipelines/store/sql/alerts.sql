-- name: alerts_signal
INSERT INTO signals (signal_id, alert_id, phase, rule_id, at_ms, body)
VALUES (%(signal_id)s, %(alert_id)s, %(phase)s, %(rule_id)s, %(at_ms)s, %(body)s)
ON CONFLICT DO NOTHING

-- name: alerts_insert
INSERT INTO alerts (alert_id, rule_id, rule_version, severity, party_id, site_id, device_id, place,
    series_id, start_ms, detected_ms, unit, value, low, high, inputs, staged, state, grade,
    grade_reasons, risk, input_at_ms, stored_at_ms)
VALUES (%(alert_id)s, %(rule_id)s, %(rule_version)s, %(severity)s, %(party_id)s, %(site_id)s,
    %(device_id)s, %(place)s, %(series_id)s, %(start_ms)s, %(detected_ms)s, %(unit)s, %(value)s,
    %(low)s, %(high)s, %(inputs)s, %(staged)s, 'sealing', %(grade)s, %(grade_reasons)s, %(risk)s,
    %(input_at_ms)s, %(stored_at_ms)s)

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
