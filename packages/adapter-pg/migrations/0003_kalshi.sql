-- 0003: market data. Prices in basis points of the $1 payout, counts in hundredths of a contract.

SELECT ops.create_event_table('kalshi.markets', 'month', $$
  market_ticker text NOT NULL,
  event_ticker text NOT NULL,
  series_ticker text NOT NULL,
  title text NOT NULL,
  strike_type text NOT NULL,
  floor_strike double precision,
  cap_strike double precision,
  open_time timestamptz NOT NULL,
  close_time timestamptz NOT NULL,
  status text NOT NULL,
  price_ranges jsonb NOT NULL,
  exchange_index bigint NOT NULL,
  fee_type text NOT NULL,
  fee_multiplier_milli bigint NOT NULL,
  rules_primary text NOT NULL,
  is_tradable boolean NOT NULL,
  untradable_reason text
$$);
CREATE INDEX ON kalshi.markets (market_ticker);
CREATE INDEX ON kalshi.markets (event_ticker);
COMMENT ON TABLE kalshi.markets IS 'Every listing; a market is listed again when something changes.';
COMMENT ON COLUMN kalshi.markets.price_ranges IS
  'The price grid: [{startBps, endBps, stepBps}] in basis points of the payout.';
COMMENT ON COLUMN kalshi.markets.fee_multiplier_milli IS 'Thousandths: 1000 is a multiplier of 1.';

CREATE VIEW kalshi.latest_markets AS
  SELECT DISTINCT ON (shard, market_ticker) * FROM kalshi.markets
  ORDER BY shard, market_ticker, tape_seq DESC;

SELECT ops.create_event_table('kalshi.market_status', 'month', $$
  market_ticker text NOT NULL,
  status text NOT NULL,
  result text,
  settlement_value_bps integer
$$);
CREATE INDEX ON kalshi.market_status (market_ticker);

SELECT ops.create_event_table('kalshi.book_snapshots', 'day', $$
  market_ticker text NOT NULL,
  venue_seq bigint NOT NULL,
  yes_levels jsonb NOT NULL,
  no_levels jsonb NOT NULL
$$);
COMMENT ON COLUMN kalshi.book_snapshots.yes_levels IS 'Resting bids for YES: [[priceBps, countCenti]].';
COMMENT ON COLUMN kalshi.book_snapshots.no_levels IS 'Resting bids for NO: [[priceBps, countCenti]].';

SELECT ops.create_event_table('kalshi.book_deltas', 'day', $$
  market_ticker text NOT NULL,
  side text NOT NULL,
  price_bps integer NOT NULL,
  count_delta_centi bigint NOT NULL,
  venue_seq bigint NOT NULL
$$);
COMMENT ON COLUMN kalshi.book_deltas.count_delta_centi IS 'New count = old count + this.';
COMMENT ON COLUMN kalshi.book_deltas.venue_seq IS 'Contiguous within one subscription.';

SELECT ops.create_event_table('kalshi.trades', 'day', $$
  market_ticker text NOT NULL,
  trade_id text NOT NULL,
  yes_price_bps integer NOT NULL,
  count_centi bigint NOT NULL,
  taker_side text NOT NULL,
  is_block boolean NOT NULL
$$);
COMMENT ON COLUMN kalshi.trades.taker_side IS 'The outcome the taker bought.';

SELECT ops.create_event_table('kalshi.tickers', 'day', $$
  market_ticker text NOT NULL,
  last_price_bps integer,
  yes_bid_bps integer NOT NULL,
  yes_ask_bps integer NOT NULL,
  yes_bid_centi bigint,
  yes_ask_centi bigint,
  volume_centi bigint NOT NULL,
  open_interest_centi bigint NOT NULL
$$);
COMMENT ON COLUMN kalshi.tickers.yes_bid_bps IS '0: no bid.';
COMMENT ON COLUMN kalshi.tickers.yes_ask_bps IS '10000: no offer.';

SELECT ops.create_event_table('kalshi.book_stale', 'month', $$
  market_ticker text NOT NULL,
  reason text NOT NULL
$$);
COMMENT ON TABLE kalshi.book_stale IS
  'From here until its next snapshot the book of this market is not to be believed.';
