-- name: clocks_start
-- Nothing when it runs, or ran over that moment. A step heard of before its clock is met at once.
WITH terms AS (
    INSERT INTO clock_terms (terms_id, terms) VALUES (%(terms_id)s, %(terms)s)
    ON CONFLICT DO NOTHING
), alert AS (
    SELECT party_id, site_id FROM alerts WHERE alert_id = %(alert_id)s
), place AS (
    SELECT coalesce(nullif(%(party_id)s, ''), (SELECT party_id FROM alert), '') AS party_id,
        coalesce(nullif(%(site_id)s, ''), (SELECT site_id FROM alert), '') AS site_id
), early AS (
    SELECT action, at_ms, actor, ground FROM clock_events
    WHERE kind = %(kind)s AND subject_id = %(subject_id)s AND clock_id = ''
        AND at_ms >= %(at_ms)s
    ORDER BY at_ms LIMIT 1
), born AS (
    INSERT INTO clocks (clock_id, kind, version, terms_id, subject_kind, subject_id, round,
        party_id, site_id, unit_id, alert_id, holder, started_ms, due_ms, given, next_ms, state,
        met_ms, by_whom, ground)
    SELECT %(clock_id)s, %(kind)s, %(version)s, %(terms_id)s, %(subject_kind)s, %(subject_id)s,
        (SELECT count(*) FROM clocks k
            WHERE k.kind = %(kind)s AND k.subject_id = %(subject_id)s),
        p.party_id, p.site_id,
        coalesce(nullif(%(unit_id)s, ''), (SELECT unit_id FROM sites s WHERE s.site_id = p.site_id),
            (SELECT min(unit_id) FROM sites s WHERE s.party_id = p.party_id), 'authority'),
        %(alert_id)s, %(holder)s, %(at_ms)s, %(due_ms)s, %(given)s, %(next_ms)s,
        CASE WHEN e.action IS NULL THEN 'running' WHEN e.action = 'ended' THEN 'ended'
            WHEN e.at_ms <= %(due_ms)s THEN 'met' ELSE 'met_late' END,
        e.at_ms, coalesce(e.actor, ''), coalesce(e.ground, '')
    FROM place p LEFT JOIN early e ON true
    WHERE NOT EXISTS (SELECT FROM clocks k
        WHERE k.kind = %(kind)s AND k.subject_id = %(subject_id)s
            AND (k.state IN ('running', 'paused', 'breached') OR k.started_ms >= %(at_ms)s
                OR k.met_ms > %(at_ms)s))
    ON CONFLICT DO NOTHING
    RETURNING clock_id, alert_id, due_ms, state, unit_id
), told AS (
    INSERT INTO clock_events (event_id, clock_id, kind, subject_id, at_ms, actor, action)
    SELECT %(event_id)s, clock_id, %(kind)s, %(subject_id)s, %(at_ms)s, %(actor)s, %(action)s
    FROM born ON CONFLICT DO NOTHING
), shown AS (
    UPDATE alerts a SET due_ms = least(a.due_ms, b.due_ms) FROM born b
    WHERE a.alert_id = b.alert_id AND b.state = 'running' RETURNING 1
)
SELECT count(*) AS changed FROM born

-- name: clocks_finish
WITH target AS (
    SELECT clock_id FROM clocks
    WHERE kind = %(kind)s AND subject_id = %(subject_id)s AND started_ms <= %(at_ms)s
        AND state IN ('running', 'paused', 'breached')
    FOR UPDATE
), done AS (
    UPDATE clocks k SET met_ms = %(at_ms)s, by_whom = %(actor)s, ground = %(ground)s,
        paused_ms = NULL, next_ms = NULL, recount = false,
        state = CASE WHEN %(action)s = 'ended' THEN 'ended'
            WHEN least(%(at_ms)s, k.paused_ms) <= k.due_ms THEN 'met' ELSE 'met_late' END
    FROM target t WHERE k.clock_id = t.clock_id
    RETURNING k.clock_id, k.alert_id
), told AS (
    INSERT INTO clock_events (event_id, clock_id, kind, subject_id, at_ms, actor, action, ground)
    SELECT %(event_id)s, coalesce((SELECT clock_id FROM done), ''), %(kind)s, %(subject_id)s,
        %(at_ms)s, %(actor)s, %(action)s, %(ground)s
    WHERE EXISTS (SELECT FROM done) OR NOT EXISTS (SELECT FROM clocks k
        WHERE k.kind = %(kind)s AND k.subject_id = %(subject_id)s AND k.met_ms >= %(at_ms)s)
    ON CONFLICT DO NOTHING
), shown AS (
    UPDATE alerts a SET due_ms = (SELECT min(k.due_ms) FROM clocks k
        WHERE k.alert_id = a.alert_id AND k.state IN ('running', 'breached')
            AND k.clock_id <> d.clock_id)
    FROM done d WHERE a.alert_id = d.alert_id AND d.alert_id <> '' RETURNING 1
)
SELECT count(*) AS changed FROM done

-- name: clocks_pause
WITH done AS (
    UPDATE clocks k SET state = 'paused', paused_ms = %(at_ms)s
    FROM clock_terms t
    WHERE t.terms_id = k.terms_id AND k.kind = %(kind)s AND k.subject_id = %(subject_id)s
        AND k.state = 'running' AND NOT k.given AND k.started_ms <= %(at_ms)s
        AND k.due_ms >= %(at_ms)s AND jsonb_exists(t.terms -> 'pause', %(reason_code)s)
    RETURNING k.clock_id, k.alert_id
), told AS (
    INSERT INTO clock_events (event_id, clock_id, kind, subject_id, at_ms, actor, action,
        reason_code, ground)
    SELECT %(event_id)s, clock_id, %(kind)s, %(subject_id)s, %(at_ms)s, %(actor)s, %(action)s,
        %(reason_code)s, %(ground)s FROM done
), shown AS (
    UPDATE alerts a SET due_ms = (SELECT min(k.due_ms) FROM clocks k
        WHERE k.alert_id = a.alert_id AND k.state IN ('running', 'breached')
            AND k.clock_id <> d.clock_id)
    FROM done d WHERE a.alert_id = d.alert_id AND d.alert_id <> '' RETURNING 1
)
SELECT count(*) AS changed FROM done

-- name: clocks_resume
-- The end is provisional, by the length of the pause, until it is counted anew.
WITH done AS (
    UPDATE clocks k SET state = 'running', due_ms = k.due_ms + (%(at_ms)s - k.paused_ms),
        next_ms = NULL, paused_ms = NULL, recount = true
    WHERE k.kind = %(kind)s AND k.subject_id = %(subject_id)s AND k.state = 'paused'
        AND k.paused_ms <= %(at_ms)s
    RETURNING k.clock_id, k.alert_id, k.due_ms
), told AS (
    INSERT INTO clock_events (event_id, clock_id, kind, subject_id, at_ms, actor, action, ground)
    SELECT %(event_id)s, clock_id, %(kind)s, %(subject_id)s, %(at_ms)s, %(actor)s, %(action)s,
        %(ground)s FROM done
), shown AS (
    UPDATE alerts a SET due_ms = least(a.due_ms, d.due_ms) FROM done d
    WHERE a.alert_id = d.alert_id AND d.alert_id <> '' RETURNING 1
)
SELECT count(*) AS changed FROM done

-- name: clocks_to_recount
SELECT k.clock_id, k.started_ms, t.terms,
    (SELECT jsonb_agg(jsonb_build_object('action', e.action, 'at_ms', e.at_ms)
        ORDER BY e.at_ms, e.action)
     FROM clock_events e
     WHERE e.clock_id = k.clock_id AND e.action IN ('paused', 'resumed')) AS pauses
FROM clocks k JOIN clock_terms t USING (terms_id)
WHERE k.recount AND k.state = 'running'
    AND (%(kind)s::text = '' OR (k.kind = %(kind)s AND k.subject_id = %(subject_id)s))
ORDER BY k.clock_id FOR UPDATE OF k SKIP LOCKED

-- name: clocks_recounted
WITH done AS (
    UPDATE clocks SET due_ms = %(due_ms)s, next_ms = %(next_ms)s, recount = false
    WHERE clock_id = %(clock_id)s RETURNING clock_id, alert_id, due_ms
)
UPDATE alerts a SET due_ms = least(d.due_ms, (SELECT min(k.due_ms) FROM clocks k
    WHERE k.alert_id = a.alert_id AND k.state IN ('running', 'breached')
        AND k.clock_id <> d.clock_id))
FROM done d WHERE a.alert_id = d.alert_id AND d.alert_id <> ''
