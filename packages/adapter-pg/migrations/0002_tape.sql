-- 0002: the tape itself, where the recorder is on it, and runs.

SELECT ops.create_time_table('ops.tape_events', 'stored_time', 'day', $$
  shard text NOT NULL,
  tape_seq bigint NOT NULL,
  event_id text NOT NULL,
  causation_id text,
  type text NOT NULL,
  subject text NOT NULL,
  event_time timestamptz,
  ingest_time timestamptz,
  stored_time timestamptz NOT NULL,
  input_seq bigint NOT NULL,
  is_synthetic boolean,
  body text NOT NULL,
  body_form text NOT NULL CHECK (body_form IN ('exact', 'json-string')),
  failure text
$$);
CREATE INDEX tape_events_event_id ON ops.tape_events (event_id);
CREATE INDEX tape_events_seq ON ops.tape_events USING brin (tape_seq);
CREATE INDEX tape_events_undeclared ON ops.tape_events (shard) WHERE is_synthetic IS NULL;

COMMENT ON TABLE ops.tape_events IS
  'Every record of every tape, once, also what could not be parsed. Partitioned by stored_time: a '
  'recorded day of last year played back today is stored today.';
COMMENT ON COLUMN ops.tape_events.causation_id IS
  'The event or raw frame that caused this one. NULL: the body could not be parsed.';
COMMENT ON COLUMN ops.tape_events.stored_time IS 'When the broker stored it, by its clock.';
COMMENT ON COLUMN ops.tape_events.input_seq IS
  'For an output of a machine: the tape sequence of the input that caused it, else 0.';
COMMENT ON COLUMN ops.tape_events.body IS 'The envelope as it was sent, character for character.';
COMMENT ON COLUMN ops.tape_events.body_form IS
  'json-string: the body holds U+0000 or lone surrogates, which text cannot; parse as JSON once.';
COMMENT ON COLUMN ops.tape_events.failure IS
  'Why there is no row in a typed table. NULL: there is one, or its type has no table.';
COMMENT ON COLUMN ops.tape_events.is_synthetic IS
  'Made by a generator, not by the world. NULL: the shard has listed no market yet.';

CREATE TABLE ops.recorder_position (
  shard text PRIMARY KEY,
  tape_seq bigint NOT NULL CHECK (tape_seq >= 0),
  updated_time timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN ops.recorder_position.tape_seq IS
  'All up to here is in the tables: it is committed together with the rows.';

CREATE TABLE sim.runs (
  shard text NOT NULL,
  first_tape_seq bigint NOT NULL CHECK (first_tape_seq > 0),
  started_time timestamptz NOT NULL,
  seed text,
  source text,
  is_synthetic boolean NOT NULL,
  PRIMARY KEY (shard, first_tape_seq)
);
COMMENT ON TABLE sim.runs IS
  'A stretch of a shard''s tape of one origin, until the shard''s next run: declared by who starts '
  'it, else by its first listed market.';
COMMENT ON COLUMN sim.runs.seed IS 'Of the generator; NULL for recorded and live data.';
