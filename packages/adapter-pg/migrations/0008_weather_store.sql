-- 0008: the weather tables of 0004 hold what was downloaded, too, and say from when it may be used.
--
-- A row of the tape has its place there and is known when it was ingested. A downloaded row has no
-- place (tape_seq IS NULL), shard 'history', ingest_time of the download, and known_time. A value that
-- changes is a new row; nothing is updated. A row is downloaded once: its event_id names its contents.
-- Safe beside the previous release, which writes all columns it knows by name.

SET LOCAL lock_timeout = '2s';

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY[
    'observations', 'forecasts', 'ensembles', 'climate_reports', 'settlements'
  ] LOOP
    EXECUTE format('ALTER TABLE wx.%I ALTER COLUMN tape_seq DROP NOT NULL', name);
    EXECUTE format('ALTER TABLE wx.%I ADD COLUMN known_time timestamptz', name);
    EXECUTE format('ALTER TABLE wx.%I ADD CHECK (known_time <= ingest_time)', name);
    EXECUTE format('CREATE UNIQUE INDEX %I ON wx.%I (event_id, event_time) WHERE tape_seq IS NULL',
      name || '_downloaded', name);
    EXECUTE format('COMMENT ON COLUMN wx.%I.known_time IS %L', name,
      'From when on it may be used, where that is before ingest_time. NULL: ingest_time.');
    EXECUTE format('COMMENT ON COLUMN wx.%I.tape_seq IS %L', name,
      'Place in the one order of the shard''s tape. NULL: downloaded, never on a tape.');
  END LOOP;
END $$;

ALTER TABLE wx.forecasts ADD COLUMN value_kind text NOT NULL DEFAULT 'hourly'
  CHECK (value_kind IN ('hourly', 'daily-high'));
COMMENT ON COLUMN wx.forecasts.value_kind IS
  'daily-high: a valid time is the start of a day, its value the highest of that day.';

CREATE INDEX ON wx.forecasts (station_id, issue_time);
CREATE INDEX ON wx.ensembles (station_id, issue_time);
CREATE INDEX ON wx.settlements (station_id, climate_date);

CREATE TABLE wx.downloads (
  download_key text PRIMARY KEY,
  facts bigint NOT NULL,
  faults bigint NOT NULL,
  is_final boolean NOT NULL,
  done_time timestamptz NOT NULL
);
COMMENT ON TABLE wx.downloads IS 'What a backfill has done, in one transaction with its rows.';
COMMENT ON COLUMN wx.downloads.faults IS 'Parts of the answer that could not be read.';
COMMENT ON COLUMN wx.downloads.is_final IS 'Nothing more can come: it need not be asked for again.';
