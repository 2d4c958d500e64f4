import type { ReportFact } from '../fact.ts'
import type { WeatherStation } from '../station.ts'
import { parseBulletin } from './bulletin.ts'
import { cf6Facts } from './cf6.ts'
import { cliFacts } from './cli.ts'
import { dsmFacts } from './dsm.ts'

export type TextFacts = { readonly facts: ReportFact[]; readonly faults: string[] }

/** CLI, CF6 or DSM, by the line under the heading or by what the text looks like. */
export function textProductFacts(
  product: string,
  stations: readonly WeatherStation[],
  nearUs: number,
): TextFacts {
  const bulletin = parseBulletin(product, nearUs)
  if (typeof bulletin === 'string') return { facts: [], faults: [bulletin] }
  if (bulletin.pil.startsWith('CLI')) return cliFacts(bulletin, stations)
  if (bulletin.pil.startsWith('CF6')) return cf6Facts(bulletin, stations)
  if (/^[A-Z][A-Z0-9]{3} DS /m.test(bulletin.text)) return dsmFacts(bulletin, stations)
  return { facts: [], faults: [`${bulletin.pil || bulletin.heading}: no report of the climate`] }
}
