/**
 * Reads the reference vectors and compares by the rules of ACCEPTANCE.md. A loop dispatches on the
 * shape of `input` and `expected`, never on a list of names, so that a new case is picked up by
 * itself; a shape nobody knows ends in `unknownKind`, which fails.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'

// oxlint-disable-next-line typescript/no-explicit-any -- foreign JSON; a wrong read fails the case
export type Json = any

/** A number is `|got - expected| <= tol * max(1, |expected|)`; `relTol` drops the max with 1. */
export type Tolerance = number | { readonly relTol: number }

export type VectorCase = {
  readonly name: string
  readonly input: Json
  readonly expected: Json
  /** What a naive implementation returns, by the name of the mistake. */
  readonly wrong: Readonly<Record<string, Json>> | undefined
  /** The case's own tolerance, or the file's. */
  readonly tol: Tolerance
  /** For the parts of a case that are Monte Carlo estimates. */
  readonly mcTol: number | undefined
}

export type Vector = {
  readonly vector: string
  readonly description: string
  readonly notes: readonly string[]
  readonly cases: readonly VectorCase[]
}

/** `loadVector('fees')` reads `fees.json` from `KWM_VECTORS_DIR`, else from beside this file. */
export function loadVector(name: string): Vector {
  const directory = process.env['KWM_VECTORS_DIR'] ?? import.meta.dirname
  const raw: Json = JSON.parse(readFileSync(path.join(directory, `${name}.json`), 'utf8'))
  if (raw.vector !== name) throw new Error(`${name}.json says it is ${raw.vector}`)
  if (!Array.isArray(raw.cases) || raw.cases.length === 0) throw new Error(`${name}: no cases`)
  return {
    vector: raw.vector,
    description: raw.description,
    notes: raw.notes,
    cases: raw.cases.map((c: Json) => toCase(c, raw)),
  }
}

export const vectorCases = (name: string): readonly VectorCase[] => loadVector(name).cases

function toCase(c: Json, file: Json): VectorCase {
  return {
    name: c.name,
    input: withReference(c.input, file),
    expected: c.expected,
    wrong: c.wrong,
    tol: toleranceOf(c, file.default_abs_tol),
    mcTol: c.mcTol,
  }
}

function toleranceOf(c: Json, fallback: number): Tolerance {
  if (c.relTol !== undefined) return { relTol: c.relTol }
  const tol = c.absTol ?? c.tol ?? fallback
  if (typeof tol === 'number') return tol
  const percent = /^relative ([\d.]+) ?%$/.exec(tol)?.[1]
  if (percent === undefined) throw new Error(`tolerance of ${c.name}: ${tol}`)
  return { relTol: Number(percent) / 100 }
}

/** `ref` names another case of the file: in full, by its beginning, or as `case N` from 1. */
function withReference(input: Json, file: Json): Json {
  if (typeof input?.ref !== 'string') return input
  const { ref, ...own } = input
  const index = /^case (\d+)$/.exec(ref)?.[1]
  const found =
    file.cases.find((c: Json) => c.name === ref) ??
    (index === undefined ? undefined : file.cases[Number(index) - 1]) ??
    file.cases.find((c: Json) => c.name.startsWith(ref))
  if (!found) throw new Error(`${file.vector}: no case called ${ref}`)
  return { ...found.input, ...own }
}

/** Keys of `expected` that hold a naive answer (assert ours differs) or a remark. */
export const isWrongKey = (key: string): boolean =>
  key.startsWith('wrong') || key.endsWith('IfNeverReset')
const isRemark = (key: string): boolean => key === 'note' || key === 'absTol' || key === 'relTol'

/**
 * Throws, with the path of the first difference. Objects may have more keys in `got`; arrays must
 * have equal lengths; `null` is `null`; strings and integer answers are exact; `"Infinity"` and
 * `"-Infinity"` are numbers. `absTol` or `relTol` inside an expected object holds for that object.
 */
export function expectClose(got: unknown, expected: Json, tol: Tolerance = 0, at = '$'): void {
  if (Array.isArray(expected)) {
    const list = got instanceof Float64Array ? Array.from(got) : got
    if (!Array.isArray(list)) fail(at, got, expected)
    if (list.length !== expected.length) fail(`${at}.length`, list.length, expected.length)
    for (const [i, e] of expected.entries()) expectClose(list[i], e, tol, `${at}[${i}]`)
    return
  }
  if (expected !== null && typeof expected === 'object') {
    if (got === null || typeof got !== 'object') fail(at, got, expected)
    const own = ownTolerance(expected) ?? tol
    for (const key of Object.keys(expected)) {
      if (isWrongKey(key) || isRemark(key)) continue
      if (!(key in got)) fail(`${at}.${key}`, 'nothing', expected[key])
      expectClose(Reflect.get(got, key), expected[key], own, `${at}.${key}`)
    }
    return
  }
  if (!isCloseScalar(got, expected, tol)) fail(at, got, expected)
}

/** Every key of the case's `expected` against `got`. The usual last line of a loop. */
export function expectCase(got: Readonly<Record<string, unknown>>, vectorCase: VectorCase): void {
  expectClose(got, vectorCase.expected, vectorCase.tol)
}

/** Ours must not be the naive answer, at the case's own tolerance. */
export function expectDiffers(got: unknown, wrong: Json, tol: Tolerance = 0): void {
  try {
    expectClose(got, wrong, tol)
  } catch (error) {
    if (error instanceof VectorMismatch) return
    throw error
  }
  throw new VectorMismatch(`equals the naive answer ${JSON.stringify(wrong)}`)
}

/** The last branch of every dispatch. */
export function unknownKind(vectorCase: VectorCase): never {
  const keys = (o: Json) => Object.keys(o ?? {}).join(', ')
  const { name, input, expected } = vectorCase
  throw new Error(
    `no loop knows this kind of case: ${name} {${keys(input)}} -> {${keys(expected)}}`,
  )
}

/** True when every key is there: what dispatch is written with. */
export const has = (object: Json, ...keys: readonly string[]): boolean =>
  object !== null && typeof object === 'object' && keys.every((key) => key in object)

export class VectorMismatch extends Error {
  override readonly name = 'VectorMismatch'
}

function isCloseScalar(got: unknown, expected: Json, tol: Tolerance): boolean {
  if (typeof expected === 'string' && /^[-+]?Infinity$/.test(expected)) {
    return got === Number(expected) || got === expected
  }
  if (typeof expected !== 'number') return got === expected
  if (typeof got === 'bigint') return Number.isSafeInteger(expected) && got === BigInt(expected)
  if (typeof got !== 'number' || Number.isNaN(got)) return false
  if (got === expected) return true
  if (typeof tol === 'object') {
    return Math.abs(got - expected) <= tol.relTol * (expected === 0 ? 1 : Math.abs(expected))
  }
  // Two integers that differ are different answers, however large; unless whole units are allowed.
  if (tol < 0.5 && Number.isInteger(got) && Number.isInteger(expected)) return false
  return Math.abs(got - expected) <= tol * Math.max(1, Math.abs(expected))
}

function ownTolerance(expected: Json): Tolerance | undefined {
  if (typeof expected.relTol === 'number') return { relTol: expected.relTol }
  return typeof expected.absTol === 'number' ? expected.absTol : undefined
}

function fail(at: string, got: unknown, expected: Json): never {
  const show = (value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? String(value))
  throw new VectorMismatch(`${at}: got ${show(got)}, expected ${show(expected)}`)
}
