-- 0010: what strategies in shadow thought of a PMF, where the answer was no.
--
-- Why: seven records a PMF were most of the tape; those that say no in shadow share one.
-- Safe beside the previous release, which does not know the table.

SET LOCAL lock_timeout = '2s';

SELECT ops.create_event_table('trade.shadow_evaluations', 'day', $$
  event_ticker text NOT NULL,
  pmf_id text NOT NULL,
  evaluations jsonb NOT NULL
$$);
COMMENT ON TABLE trade.shadow_evaluations IS
  'Strategies without an allocation, one row a PMF: those that said no. The others are opportunities.';
COMMENT ON COLUMN trade.shadow_evaluations.evaluations IS
  'Each with strategy, reason, gates, inputs and expected value, as in trade.opportunities.';
