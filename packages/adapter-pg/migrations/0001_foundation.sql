-- 0001: schemas, and how a table that grows with time is made.
--
-- A time table is a TimescaleDB hypertable where that extension is on when the table is made, and a
-- natively partitioned table elsewhere. Native partitions are made ahead of need and on demand by
-- ops.ensure_partitions. There is no default partition: attaching beside one scans it. Instead the
-- two ends of time, before 2000 and from 2100 on, each have one, so a nonsense time can be stored
-- and can never ask for a partition of its own.

CREATE SCHEMA IF NOT EXISTS ops;
CREATE SCHEMA kalshi;
CREATE SCHEMA wx;
CREATE SCHEMA trade;
CREATE SCHEMA sim;

CREATE TABLE ops.time_tables (
  table_name text PRIMARY KEY,
  time_column text NOT NULL,
  grain text NOT NULL CHECK (grain IN ('day', 'month')),
  is_hypertable boolean NOT NULL
);
COMMENT ON TABLE ops.time_tables IS 'Every table partitioned by time, and by which of its columns.';

CREATE FUNCTION ops.has_timescaledb() RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')
$$;

CREATE FUNCTION ops.create_time_table(
  table_name text, time_column text, grain text, columns text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  is_hypertable constant boolean := ops.has_timescaledb();
BEGIN
  IF is_hypertable THEN
    EXECUTE format('CREATE TABLE %s (%s)', table_name, columns);
    EXECUTE 'SELECT create_hypertable($1::regclass, $2::name,
               chunk_time_interval => $3::interval, create_default_indexes => false)'
      USING table_name, time_column, '1 ' || grain;
  ELSE
    EXECUTE format('CREATE TABLE %s (%s) PARTITION BY RANGE (%I)', table_name, columns, time_column);
    EXECUTE format($f$CREATE TABLE %1$s_before PARTITION OF %1$s
                        FOR VALUES FROM (MINVALUE) TO ('2000-01-01 00:00:00+00')$f$, table_name);
    EXECUTE format($f$CREATE TABLE %1$s_after PARTITION OF %1$s
                        FOR VALUES FROM ('2100-01-01 00:00:00+00') TO (MAXVALUE)$f$, table_name);
  END IF;
  INSERT INTO ops.time_tables VALUES (table_name, time_column, grain, is_hypertable);
END $$;

-- The columns every recorded event has, and two indexes that cost next to nothing to keep.
CREATE FUNCTION ops.create_event_table(table_name text, grain text, columns text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  flat_name constant text := replace(table_name, '.', '_');
BEGIN
  PERFORM ops.create_time_table(table_name, 'event_time', grain, $c$
    shard text NOT NULL,
    tape_seq bigint NOT NULL,
    event_id text NOT NULL,
    event_time timestamptz NOT NULL,
    ingest_time timestamptz NOT NULL,
    is_synthetic boolean, $c$ || columns);
  EXECUTE format('CREATE INDEX %I ON %s USING brin (event_time)', flat_name || '_time', table_name);
  EXECUTE format('CREATE INDEX %I ON %s (shard) WHERE is_synthetic IS NULL',
    flat_name || '_undeclared', table_name);
  EXECUTE format('COMMENT ON COLUMN %s.tape_seq IS %L', table_name,
    'Place in the one order of the shard''s tape. With shard: the row''s identity.');
  EXECUTE format('COMMENT ON COLUMN %s.event_time IS %L', table_name, 'When it was true.');
  EXECUTE format('COMMENT ON COLUMN %s.ingest_time IS %L', table_name,
    'When we knew it. Research and models may use only what was known.');
  EXECUTE format('COMMENT ON COLUMN %s.is_synthetic IS %L', table_name,
    'Made by a generator, not by the world. NULL: the shard has listed no market yet.');
END $$;

-- Make the partitions that hold these moments. Attaching takes a lock that lets writers go on.
CREATE FUNCTION ops.ensure_partitions(wanted_table text, moments timestamptz[]) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  spec ops.time_tables;
  start_time timestamptz;
  end_time timestamptz;
  partition_name text;
  made integer := 0;
BEGIN
  SELECT * INTO STRICT spec FROM ops.time_tables WHERE table_name = wanted_table;
  IF spec.is_hypertable THEN RETURN 0; END IF;
  FOR start_time IN
    SELECT DISTINCT date_trunc(spec.grain, moment, 'UTC') FROM unnest(moments) AS moment
    WHERE moment >= '2000-01-01 00:00:00+00' AND moment < '2100-01-01 00:00:00+00'
    ORDER BY 1
  LOOP
    partition_name := wanted_table || to_char(start_time AT TIME ZONE 'UTC',
      CASE spec.grain WHEN 'day' THEN '_YYYY_MM_DD' ELSE '_YYYY_MM' END);
    CONTINUE WHEN to_regclass(partition_name) IS NOT NULL;
    PERFORM pg_advisory_xact_lock(hashtextextended('kwm partitions', 0));
    -- Waiting for this lock does not refresh what to_regclass remembers; a query does see it.
    CONTINUE WHEN EXISTS (
      SELECT FROM pg_tables WHERE schemaname || '.' || tablename = partition_name);
    end_time := ((start_time AT TIME ZONE 'UTC') + ('1 ' || spec.grain)::interval)
                  AT TIME ZONE 'UTC';
    EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL)', partition_name, wanted_table);
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)',
      wanted_table, partition_name, start_time, end_time);
    made := made + 1;
  END LOOP;
  RETURN made;
END $$;
COMMENT ON FUNCTION ops.ensure_partitions IS
  'Returns how many partitions were made; 0 for a hypertable, which makes its own chunks.';
