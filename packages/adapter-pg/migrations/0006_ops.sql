-- 0006: time, feeds, service starts and what operators and the risk machine did to trading.

SELECT ops.create_event_table('ops.ticks', 'day', $$
  second bigint NOT NULL,
  source text NOT NULL
$$);
COMMENT ON COLUMN ops.ticks.second IS 'Seconds since 1970-01-01T00:00:00Z.';

SELECT ops.create_event_table('ops.feed_status', 'month', $$
  feed text NOT NULL,
  status text NOT NULL,
  reason text NOT NULL,
  connection_id text NOT NULL,
  frames_in bigint NOT NULL,
  applied bigint NOT NULL,
  duplicate bigint NOT NULL,
  quarantined bigint NOT NULL,
  rejected bigint NOT NULL
$$);
COMMENT ON COLUMN ops.feed_status.frames_in IS
  'Always applied + duplicate + quarantined + rejected, since the service started.';

SELECT ops.create_event_table('ops.service_starts', 'month', $$
  service text NOT NULL,
  machines text[] NOT NULL,
  config jsonb NOT NULL,
  version text NOT NULL,
  resumed_from_seq bigint NOT NULL
$$);

SELECT ops.create_event_table('ops.control', 'month', $$
  action text NOT NULL CHECK (action IN
    ('halt-requested', 'resume-requested', 'halted', 'resumed', 'mode-changed', 'reconciled')),
  mode text,
  reason text,
  requested_by text,
  details jsonb NOT NULL
$$);
COMMENT ON COLUMN ops.control.details IS 'For reconciled: {openOrders, positions, differences}.';
