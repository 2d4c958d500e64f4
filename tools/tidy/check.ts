import { hygieneViolations } from './hygiene.ts'
import { layerViolations } from './layers.ts'
import { manifestViolations } from './manifests.ts'
import { purityViolations } from './purity.ts'
import { shapeViolations } from './shape.ts'
import { vendorViolations } from './vendors.ts'
import type { Rule, Violation } from './project.ts'

/** The architecture, rule by rule. */
export const RULES: Readonly<Record<string, Rule>> = {
  'layers: who may import whom': layerViolations,
  'purity: no time, chance, place or waiting': purityViolations,
  'vendors: one owner each': vendorViolations,
  'shape: rooms, doors, names, lengths': shapeViolations,
  'manifests: declared is imported': manifestViolations,
  'hygiene: types, tests, environment, machines': hygieneViolations,
}

/** All of them at once, one a line, in the order of the files. */
export const report = (violations: readonly Violation[]): string =>
  violations
    .map(({ path, line, message }) => `${path}${line === undefined ? '' : `:${line}`}  ${message}`)
    .toSorted()
    .join('\n')
