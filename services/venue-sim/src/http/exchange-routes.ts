import type { JsonObject } from '@kwm/sim'
import { formatIso } from '@kwm/sim'
import type { FastifyInstance } from 'fastify'
import type { VenueSim } from '../service.ts'

const API = '/trade-api/v2'

/** The exchange about itself. */
export function addExchangeRoutes(app: FastifyInstance, sim: VenueSim): void {
  app.get(`${API}/exchange/status`, () => exchangeStatus(sim))
  app.get(`${API}/exchange/schedule`, () => schedule())
  app.get(`${API}/exchange/user_data_timestamp`, () => ({
    as_of_time: formatIso(Math.floor(sim.player.simTimeUs)),
  }))
  app.get(`${API}/series/fee_changes`, () => ({ series_fee_change_arr: [] }))
  app.get(`${API}/events/fee_changes`, () => ({ event_fee_changes: [], cursor: '' }))
}

function exchangeStatus(sim: VenueSim): JsonObject {
  const isUp = !sim.maintenance.isOn
  const active = {
    exchange_active: isUp,
    trading_active: isUp && !sim.player.isFinished,
    intra_exchange_transfers_active: isUp,
  }
  const description = sim.source.isSynthetic ? 'venue simulator, SYNTHETIC' : 'venue simulator'
  const shards = [...new Set(sim.source.markets.map(({ exchangeIndex }) => exchangeIndex))]
  return {
    ...active,
    exchange_index_statuses: shards.map((exchange_index) => ({
      exchange_index,
      description,
      ...active,
    })),
  }
}

function schedule(): JsonObject {
  const allDay = [{ open_time: '00:00', close_time: '00:00' }]
  const days = 'monday tuesday wednesday thursday friday saturday sunday'.split(' ')
  return {
    schedule: {
      standard_hours: [
        {
          start_time: '2020-01-01T00:00:00Z',
          end_time: '2100-01-01T00:00:00Z',
          ...Object.fromEntries(days.map((day) => [day, allDay])),
        },
      ],
      maintenance_windows: [],
    },
  }
}
