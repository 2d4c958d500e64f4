import { expect, test } from 'vitest'
import { scan } from '../scan.ts'

const specifiers = (source: string): string[] => scan(source).imports.map((i) => i.specifier)

test('every form of import is found, with its line', () => {
  const source = [
    "import a from 'one'",
    "import { b, type C } from 'two'",
    "import type { D } from 'three'",
    "import { type E, type F } from 'four'",
    "export { g } from 'five'",
    "export * from 'six'",
    "import 'seven'",
    "const h = await import('eight')",
    "import {\n  i,\n  j,\n} from 'nine'",
    "import * as k from 'ten'",
  ].join('\n')
  const { imports } = scan(source)
  expect(imports.map((i) => i.specifier).join(' ')).toBe(
    'one two three four five six seven eight nine ten',
  )
  expect(imports.filter((i) => i.typeOnly).map((i) => i.specifier)).toEqual(['three', 'four'])
  expect(imports.at(-1)?.line).toBe(13)
})

test('what only looks like an import is not one', () => {
  expect(specifiers("// import a from 'one'\n/* export * from 'two' */")).toEqual([])
  expect(specifiers('const text = "import a from \'one\'"')).toEqual([])
  expect(specifiers("const text = `import a from 'one'`")).toEqual([])
  expect(specifiers("export const from = 1\nexport function f() { return '' }")).toEqual([])
  expect(specifiers("const url = import.meta.url + 'one'")).toEqual([])
})

test('comments, strings, templates and regular expressions are blank; positions stay', () => {
  const source =
    "const a = 'x // y' // any\nconst b = /['\"`]/.test(`any ${a /* any */} any`) / 2 / 1\n"
  const { code, comments } = scan(source)
  expect(code).toHaveLength(source.length)
  expect(code).not.toContain('any')
  expect(code).toContain('${a ')
  expect(code.indexOf('.test')).toBe(source.indexOf('.test'))
  expect(code).toContain('/ 2 / 1')
  expect(comments.trim().split(/\s+/)).toEqual(['//', 'any', '/*', 'any', '*/'])
})

test('braces inside a template expression do not end it', () => {
  const { code } = scan('const a = `x ${f({ b: { c: `y ${d} any` } })} any`; const any = 1')
  expect(code).toContain('f({ b: { c: `')
  expect(code.match(/any/g)).toHaveLength(1)
})
