import path from 'node:path'
import { expect, test } from 'vitest'
import { report, RULES } from '../check.ts'
import { projectOf, readRepository } from '../project.ts'

const project = projectOf(readRepository(path.resolve(import.meta.dirname, '../../..')))

test('the whole tree is seen', () => {
  expect(project.rooms.length).toBeGreaterThan(25)
  expect(project.code.flatMap((file) => file.imports).length).toBeGreaterThan(300)
})

test.each(Object.entries(RULES))('%s', (_, rule) => {
  expect(report(rule(project))).toBe('')
})
