import { z } from 'zod'
import { isoTimeUs, listOf, maybe, maybeTimeUs, unixMsUs } from './fixed-point-fields.ts'

const clockTime = z.string().regex(/^\d{2}:\d{2}(:\d{2})?$/, 'not a time of the day')
const sessions = listOf(
  z
    .looseObject({ open_time: clockTime, close_time: clockTime })
    .transform((day) => ({ openTimeEt: day.open_time, closeTimeEt: day.close_time })),
)
const week = z
  .looseObject({
    ...{ start_time: maybeTimeUs, end_time: maybeTimeUs },
    ...{ monday: sessions, tuesday: sessions, wednesday: sessions, thursday: sessions },
    ...{ friday: sessions, saturday: sessions, sunday: sessions },
  })
  .transform(({ start_time, end_time, ...given }) => ({
    ...{ startTimeUs: start_time, endTimeUs: end_time },
    ...{ monday: given.monday, tuesday: given.tuesday, wednesday: given.wednesday },
    ...{ thursday: given.thursday, friday: given.friday },
    ...{ saturday: given.saturday, sunday: given.sunday },
  }))
const maintenance = z
  .looseObject({ start_datetime: isoTimeUs, end_datetime: isoTimeUs })
  .transform((given) => ({ startTimeUs: given.start_datetime, endTimeUs: given.end_datetime }))

/** Times of the day are Eastern wall clock, as the venue writes them. */
export const scheduleAnswer = z.looseObject({
  schedule: z
    .looseObject({ standard_hours: listOf(week), maintenance_windows: listOf(maintenance) })
    .transform((given) => ({
      standardHours: given.standard_hours,
      maintenanceWindows: given.maintenance_windows,
    })),
})
export type ExchangeSchedule = z.infer<typeof scheduleAnswer>['schedule']

export const userDataAnswer = z.looseObject({ as_of_time: isoTimeUs })

const weatherPoint = z
  .looseObject({ t: unixMsUs, v: maybe(z.number()), status: z.string() })
  .transform((point) => ({ eventTimeUs: point.t, tempF: point.v, status: point.status }))
/** `tempF` is null while a minute is incomplete. */
export const weatherIndexAnswer = z
  .looseObject({
    city: z.string(),
    config_version: maybe(z.string()),
    units: z.literal('fahrenheit'),
    timeseries: listOf(weatherPoint),
  })
  .transform((given) => ({
    city: given.city,
    configVersion: given.config_version ?? '',
    points: given.timeseries,
  }))
export type WeatherIndex = z.infer<typeof weatherIndexAnswer>

export const eventLiveDataAnswer = z.looseObject({
  live_data: z
    .looseObject({ type: z.string(), details: z.record(z.string(), z.unknown()) })
    .transform(({ type, details }) => ({ type, details })),
})
export type EventLiveData = z.infer<typeof eventLiveDataAnswer>['live_data']
