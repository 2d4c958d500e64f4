-- 0009: what holds for the whole event beside its ladder rows, and what an evaluation was made of.
--
-- Why: frames carry the centre of mass, hazards and clocks of their event; an opportunity carries the
-- inputs of its strategy, the orders it wanted, and whether they were sent or it ran in shadow.
-- Safe beside the previous release, which writes all columns it knows by name.

SET LOCAL lock_timeout = '2s';

ALTER TABLE trade.ladder_frames ADD COLUMN event jsonb;
COMMENT ON COLUMN trade.ladder_frames.event IS
  'Centre of mass, hazards and clocks of the event. NULL: written before 0009.';

ALTER TABLE trade.opportunities ADD COLUMN is_allocated boolean;
ALTER TABLE trade.opportunities ADD COLUMN inputs jsonb;
ALTER TABLE trade.opportunities ADD COLUMN wanted jsonb;
COMMENT ON COLUMN trade.opportunities.is_allocated IS
  'False: in shadow, evaluated without an order. NULL: written before 0009.';
COMMENT ON COLUMN trade.opportunities.inputs IS 'What the strategy read, by frame, leader and follower.';
COMMENT ON COLUMN trade.opportunities.wanted IS 'The orders it wanted, also in shadow.';
