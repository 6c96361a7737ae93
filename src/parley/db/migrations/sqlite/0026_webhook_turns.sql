-- Of a lane only the first event that waits has a time; those behind it have the end of time, and are
-- looked at by nobody until it is their turn. A receiver that is down for a day costs no more then.

UPDATE webhook_events SET run_at = '9999-12-31T23:59:59.999Z'
    WHERE state = 'waiting' AND EXISTS (SELECT 1 FROM webhook_events o
        WHERE o.lane = webhook_events.lane AND o.state = 'waiting' AND o.seq < webhook_events.seq);
