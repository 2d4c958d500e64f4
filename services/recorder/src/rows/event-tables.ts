import type { EventType } from '@kwm/contracts'
import type { EventTable, EventTables } from './event-table.ts'
import { marketTables } from './market-rows.ts'
import { modelTables } from './model-rows.ts'
import { opsTables } from './ops-rows.ts'
import { orderTables } from './order-rows.ts'
import { weatherTables } from './weather-rows.ts'

/** In the complete record only: no table until something reads them. */
type Untabled = 'exec.settlement-disputed.v1' | 'spot.index.v1' | 'spot.quote.v1' | 'spot.trade.v1'

/** The table of every type of event. A new type does not compile until it has one. */
const eventTables: EventTables<Exclude<EventType, Untabled>> = {
  ...marketTables,
  ...weatherTables,
  ...modelTables,
  ...orderTables,
  ...opsTables,
}

export function tableOf(type: EventType): EventTable<EventType> | undefined {
  return (eventTables as Partial<Record<EventType, EventTable<EventType>>>)[type]
}
