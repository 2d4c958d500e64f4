import { expect, test } from 'vitest'
import { openVectors, vectorNamesIn } from '../names.mjs'

test('the vectors a test loops over are those it loads by name', () => {
  const source = `test.each(vectorCases('fees'))\nloadVector(\n  "climate_day",\n)\nvectorCases('fees')`
  expect(vectorNamesIn(source)).toEqual(['fees', 'climate_day'])
  expect(vectorNamesIn("import { vectorCases } from './fees.ts'")).toEqual([])
})

test('the others are open', () => {
  expect(openVectors(['btc', 'fees'], ['fees'])).toEqual(['btc'])
})
