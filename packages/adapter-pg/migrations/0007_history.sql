-- 0007: what was downloaded of the past, as it was known when it was downloaded. Not partitioned: a
-- download is an upsert by key, and a year of one series is a few million rows.

CREATE TABLE kalshi.history_markets (
  market_ticker text PRIMARY KEY,
  event_ticker text NOT NULL,
  series_ticker text NOT NULL,
  title text,
  subtitle text,
  strike_type text,
  floor_strike double precision,
  cap_strike double precision,
  open_time timestamptz NOT NULL,
  close_time timestamptz NOT NULL,
  status text NOT NULL,
  result text,
  settlement_value_bps bigint,
  expiration_value text,
  rules_primary text,
  price_level_structure text,
  exchange_index bigint,
  known_time timestamptz NOT NULL
);
CREATE INDEX ON kalshi.history_markets (series_ticker, close_time);
COMMENT ON COLUMN kalshi.history_markets.known_time IS 'When the venue told us.';

CREATE TABLE kalshi.history_candles (
  market_ticker text NOT NULL,
  interval_minutes bigint NOT NULL,
  end_time timestamptz NOT NULL,
  yes_bid_open_bps bigint, yes_bid_high_bps bigint, yes_bid_low_bps bigint, yes_bid_close_bps bigint,
  yes_ask_open_bps bigint, yes_ask_high_bps bigint, yes_ask_low_bps bigint, yes_ask_close_bps bigint,
  price_open_bps bigint, price_high_bps bigint, price_low_bps bigint, price_close_bps bigint,
  volume_centi bigint NOT NULL,
  open_interest_centi bigint NOT NULL,
  known_time timestamptz NOT NULL,
  PRIMARY KEY (market_ticker, interval_minutes, end_time)
);
COMMENT ON COLUMN kalshi.history_candles.end_time IS
  'The END of the period: nothing in the row was known before. Periods without a change are missing.';

CREATE TABLE kalshi.history_trades (
  trade_id text PRIMARY KEY,
  market_ticker text NOT NULL,
  created_time timestamptz NOT NULL,
  yes_price_bps bigint NOT NULL,
  count_centi bigint NOT NULL,
  taker_side text NOT NULL,
  is_block boolean NOT NULL,
  known_time timestamptz NOT NULL
);
CREATE INDEX ON kalshi.history_trades (market_ticker, created_time);
