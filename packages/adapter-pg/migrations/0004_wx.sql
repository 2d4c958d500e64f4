-- 0004: weather. Temperatures in degrees Fahrenheit, climate days in local standard time.

SELECT ops.create_event_table('wx.observations', 'month', $$
  station_id text NOT NULL,
  source text NOT NULL,
  kind text NOT NULL,
  temp_f double precision,
  dew_point_f double precision,
  humidity_pct double precision,
  wind_mph double precision,
  window_start_time timestamptz,
  station_ids text[] NOT NULL,
  revision bigint NOT NULL
$$);
CREATE INDEX ON wx.observations (station_id, event_time);
COMMENT ON COLUMN wx.observations.kind IS 'How the number was rounded on its way to us.';
COMMENT ON COLUMN wx.observations.window_start_time IS
  'For a maximum over a window: when it began. NULL for a reading.';
COMMENT ON COLUMN wx.observations.station_ids IS 'Stations that contributed, as the provider says.';

SELECT ops.create_event_table('wx.forecasts', 'month', $$
  station_id text NOT NULL,
  source text NOT NULL,
  issue_time timestamptz NOT NULL,
  basis_date date,
  valid_times timestamptz[] NOT NULL,
  temps_f double precision[] NOT NULL
$$);
CREATE INDEX ON wx.forecasts (station_id, event_time);

SELECT ops.create_event_table('wx.ensembles', 'month', $$
  station_id text NOT NULL,
  source text NOT NULL,
  issue_time timestamptz NOT NULL,
  valid_times timestamptz[] NOT NULL,
  members_f jsonb NOT NULL
$$);
CREATE INDEX ON wx.ensembles (station_id, event_time);
COMMENT ON COLUMN wx.ensembles.members_f IS 'members_f[m][k]: member m at valid_times[k].';

SELECT ops.create_event_table('wx.climate_reports', 'month', $$
  station_id text NOT NULL,
  product text NOT NULL,
  climate_date date NOT NULL,
  status text NOT NULL,
  max_temp_f integer,
  min_temp_f integer,
  text_hash text NOT NULL
$$);
CREATE INDEX ON wx.climate_reports (station_id, climate_date);

SELECT ops.create_event_table('wx.settlements', 'month', $$
  event_ticker text NOT NULL,
  station_id text NOT NULL,
  climate_date date NOT NULL,
  source text NOT NULL,
  max_temp_f double precision
$$);
CREATE INDEX ON wx.settlements (event_ticker);
COMMENT ON COLUMN wx.settlements.source IS 'Who said so.';
