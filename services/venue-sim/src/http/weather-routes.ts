import { asosCsv, climateReportText, openMeteoBody, visualCrossingBody } from '@kwm/sim'
import type { FastifyInstance } from 'fastify'
import type { VenueSim } from '../service.ts'

const JSON_TYPE = 'application/json; charset=utf-8'
const TEXT_TYPE = 'text/plain; charset=utf-8'
const END_OF_TEXT = '\u0003'

/**
 * The weather of the day that is played, as its providers would tell it at this simulated moment:
 * Visual Crossing, the Iowa mesonet (METAR, climate reports) and Open-Meteo, each below a root of its
 * own. Only a synthetic day has weather; with a recording these answer 404.
 */
export function addWeatherRoutes(app: FastifyInstance, sim: VenueSim): void {
  const { station } = sim.source
  if (!station) return
  const now = (): number => sim.player.simTimeUs
  const { icao, report } = station
  app.get<{ Params: { place: string; '*': string } }>(
    '/weather/visual-crossing/VisualCrossingWebServices/rest/services/timeline/:place/*',
    (request, reply) => {
      if (request.params.place !== `stn:${icao}`) return reply.code(400).send('Bad API Request')
      // Unix seconds, or dates: those are the whole day.
      const from = /^\d{9,}/.exec(request.params['*'])?.[0]
      const fromUs = from === undefined ? -Infinity : Number(from) * 1e6
      return reply.type(JSON_TYPE).send(visualCrossingBody(station, now(), fromUs))
    },
  )
  app.get('/weather/open-meteo/v1/ensemble', (_, reply) =>
    reply.type(JSON_TYPE).send(openMeteoBody(station)),
  )
  app.get('/weather/iem/cgi-bin/request/asos.py', (_, reply) =>
    reply.type(TEXT_TYPE).send(asosCsv(station, now())),
  )
  app.get<{ Querystring: { pil?: string } }>(
    '/weather/iem/cgi-bin/afos/retrieve.py',
    (request, reply) => {
      const text = request.query.pil === report ? climateReportText(station, now()) : undefined
      return reply.type(TEXT_TYPE).send(text === undefined ? '' : text + END_OF_TEXT)
    },
  )
}
