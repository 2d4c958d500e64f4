-- 0005: what the machines saw, thought and did. Money in millionths of a dollar.

SELECT ops.create_event_table('trade.ladder_frames', 'day', $$
  event_ticker text NOT NULL,
  series_ticker text NOT NULL,
  close_time timestamptz NOT NULL,
  centres double precision[] NOT NULL,
  is_partition boolean NOT NULL,
  trigger text NOT NULL,
  rows jsonb NOT NULL
$$);
COMMENT ON COLUMN trade.ladder_frames.rows IS 'One object for each bracket, lowest strike first.';
COMMENT ON COLUMN trade.ladder_frames.is_partition IS 'Exactly one of the brackets pays.';

SELECT ops.create_event_table('trade.pmfs', 'day', $$
  kind text NOT NULL CHECK (kind IN ('weather', 'fused', 'forecast')),
  event_ticker text NOT NULL,
  brackets jsonb NOT NULL,
  is_feasible boolean,
  mu double precision,
  mu_velocity double precision,
  mu_acceleration double precision,
  horizon_seconds bigint,
  model_version text,
  details jsonb NOT NULL
$$);
COMMENT ON COLUMN trade.pmfs.brackets IS
  'One object for each bracket: {marketTicker, p, ...}; for a forecast {marketTicker, meanChange, sd}.';
COMMENT ON COLUMN trade.pmfs.mu IS 'Centre of mass in strike units; velocity and acceleration a second.';
COMMENT ON COLUMN trade.pmfs.details IS 'The other fields of the event.';

SELECT ops.create_event_table('trade.opportunities', 'day', $$
  strategy text NOT NULL,
  event_ticker text NOT NULL,
  pmf_id text NOT NULL,
  decision text NOT NULL,
  reason text NOT NULL,
  leader_ticker text,
  follower_ticker text,
  ev_bps double precision,
  gates jsonb NOT NULL
$$);
COMMENT ON TABLE trade.opportunities IS 'Every evaluation of every strategy, also when it said no.';
COMMENT ON COLUMN trade.opportunities.reason IS 'The first gate that failed, or trade.';
COMMENT ON COLUMN trade.opportunities.ev_bps IS 'Expected value a contract, after fees.';

SELECT ops.create_event_table('trade.intents', 'month', $$
  strategy text NOT NULL,
  pmf_id text NOT NULL,
  event_ticker text NOT NULL,
  market_ticker text NOT NULL,
  side text NOT NULL,
  price_bps integer NOT NULL,
  count_centi bigint NOT NULL,
  is_post_only boolean NOT NULL,
  ttl_us bigint NOT NULL,
  fair_bps double precision NOT NULL,
  ev_bps double precision NOT NULL,
  reason text NOT NULL
$$);
CREATE INDEX ON trade.intents (event_id);

SELECT ops.create_event_table('trade.approvals', 'month', $$
  strategy text NOT NULL,
  intent_id text NOT NULL,
  client_order_id text NOT NULL,
  event_ticker text NOT NULL,
  market_ticker text NOT NULL,
  side text NOT NULL,
  price_bps integer NOT NULL,
  count_centi bigint NOT NULL,
  is_post_only boolean NOT NULL,
  ttl_us bigint NOT NULL,
  worst_case_micros bigint NOT NULL
$$);
CREATE INDEX ON trade.approvals (client_order_id);
COMMENT ON COLUMN trade.approvals.worst_case_micros IS
  'Worst settlement P&L of the event, this order and all open ones filled against us.';

SELECT ops.create_event_table('trade.denials', 'month', $$
  strategy text NOT NULL,
  intent_id text NOT NULL,
  event_ticker text NOT NULL,
  market_ticker text NOT NULL,
  reason text NOT NULL,
  value_micros bigint,
  limit_micros bigint
$$);
COMMENT ON TABLE trade.denials IS 'Our own refusals. The venue''s are trade.orders, step rejected.';

SELECT ops.create_event_table('trade.orders', 'month', $$
  step text NOT NULL
    CHECK (step IN ('submitted', 'accepted', 'rejected', 'cancel-requested', 'canceled')),
  client_order_id text NOT NULL,
  event_ticker text NOT NULL,
  market_ticker text NOT NULL,
  strategy text,
  approval_id text,
  mode text,
  side text,
  price_bps integer,
  count_centi bigint,
  is_post_only boolean,
  ttl_us bigint,
  expire_time timestamptz,
  venue_order_id text,
  remaining_centi bigint,
  queue_ahead_centi bigint,
  canceled_centi bigint,
  reason text
$$);
CREATE INDEX ON trade.orders (client_order_id);
COMMENT ON TABLE trade.orders IS 'One row for each step in the life of an order.';
COMMENT ON COLUMN trade.orders.queue_ahead_centi IS
  'Contracts before us at our price when accepted, where known.';

SELECT ops.create_event_table('trade.fills', 'month', $$
  client_order_id text NOT NULL,
  fill_id text NOT NULL,
  event_ticker text NOT NULL,
  market_ticker text NOT NULL,
  side text NOT NULL,
  price_bps integer NOT NULL,
  count_centi bigint NOT NULL,
  fee_micros bigint NOT NULL,
  is_taker boolean NOT NULL,
  remaining_centi bigint NOT NULL,
  cause text NOT NULL
$$);
CREATE INDEX ON trade.fills (client_order_id);
COMMENT ON COLUMN trade.fills.price_bps IS 'Of the side bought.';

SELECT ops.create_event_table('trade.positions', 'month', $$
  event_ticker text NOT NULL,
  market_ticker text NOT NULL,
  position_centi bigint NOT NULL,
  cost_micros bigint NOT NULL,
  fees_micros bigint NOT NULL,
  realized_pnl_micros bigint NOT NULL
$$);
CREATE INDEX ON trade.positions (market_ticker);
COMMENT ON COLUMN trade.positions.position_centi IS 'Signed: negative is NO.';

CREATE VIEW trade.latest_positions AS
  SELECT DISTINCT ON (shard, market_ticker) * FROM trade.positions
  ORDER BY shard, market_ticker, tape_seq DESC;

SELECT ops.create_event_table('trade.settlements', 'month', $$
  event_ticker text NOT NULL,
  market_ticker text NOT NULL,
  settlement_value_bps integer NOT NULL,
  position_centi bigint NOT NULL,
  payout_micros bigint NOT NULL,
  fees_micros bigint NOT NULL,
  pnl_micros bigint NOT NULL
$$);
CREATE INDEX ON trade.settlements (market_ticker);
COMMENT ON COLUMN trade.settlements.pnl_micros IS
  'The position''s whole life: payout, costs, fees, earlier closes.';
