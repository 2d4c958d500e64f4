import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { copyRows, isStorableText, openPool, TimestampText } from '../src/index.ts'
import type { CopyValue, Pool } from '../src/index.ts'
import { postgresOrSkip } from '../src/testing/index.ts'

const postgres = await postgresOrSkip()
afterAll(() => postgres?.stop())

const awkward = fc.constantFrom(
  '\\',
  '\t',
  '\n',
  '\r',
  '\\N',
  '\\.',
  '\\n',
  '"',
  "'",
  '',
  '\v',
  '\b',
)
const anyText = fc
  .array(fc.oneof(awkward, fc.string({ unit: 'binary', maxLength: 20 })), { maxLength: 8 })
  .map((parts) => parts.join(''))
const storable = anyText.filter(isStorableText)

describe.skipIf(!postgres)('COPY', () => {
  let pool: Pool
  beforeAll(async () => {
    pool = await openPool({ url: postgres!.url, connectionsMax: 2 })
    return () => pool.end()
  })

  async function roundTrip(
    types: readonly string[],
    rows: readonly (readonly CopyValue[])[],
  ): Promise<unknown[][]> {
    const client = await pool.connect()
    try {
      const names = types.map((_, i) => `c${i}`)
      const columns = types.map((type, i) => `c${i} ${type}`).join(', ')
      await client.query(`CREATE TEMP TABLE t (n serial, ${columns})`)
      expect(await copyRows(client, 't', names, rows)).toBe(rows.length)
      const { rows: stored } = await client.query({
        text: `SELECT ${names.join(', ')} FROM t ORDER BY n`,
        rowMode: 'array',
      })
      await client.query('DROP TABLE t')
      return stored
    } finally {
      client.release()
    }
  }

  test('any text that PostgreSQL can hold comes back as it was, and NULL as NULL', async () => {
    const row = fc.tuple(fc.option(storable), storable, fc.option(storable))
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 30 }), async (rows) => {
        expect(await roundTrip(['text', 'text', 'text'], rows)).toEqual(rows)
      }),
      { numRuns: 150 },
    )
  })

  test('numbers and truth values come back exactly', async () => {
    const row = fc.tuple(
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => (x === 0 ? 0 : x)),
      fc.boolean(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (rows) => {
        const stored = await roundTrip(['bigint', 'float8', 'boolean', 'bigint'], rows)
        const back = stored.map(([a, b, c, d]) => [Number(a), b, c, BigInt(d as string)])
        expect(back).toEqual(rows)
      }),
      { numRuns: 50 },
    )
  })

  test('microseconds of any year up to 2255 are exact', async () => {
    const times = fc.array(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), { maxLength: 50 })
    await fc.assert(
      fc.asyncProperty(times, async (timesUs) => {
        const text = new TimestampText()
        const client = await pool.connect()
        try {
          const { rows } = await client.query<{ us: string; iso: string }>(
            `SELECT (extract(epoch FROM t::timestamptz) * 1000000)::bigint AS us
             FROM unnest($1::text[]) WITH ORDINALITY AS x (t, n) ORDER BY n`,
            [timesUs.map((us) => text.render(us))],
          )
          expect(rows.map((row) => Number(row.us))).toEqual(timesUs)
        } finally {
          client.release()
        }
      }),
      { numRuns: 100 },
    )
  })

  test('a refused row refuses them all, and the connection goes on', async () => {
    const client = await pool.connect()
    try {
      await client.query('CREATE TEMP TABLE small (n int CHECK (n < 10))')
      const rows = Array.from({ length: 50_000 }, (_, n) => [n % 11])
      await expect(copyRows(client, 'small', ['n'], rows)).rejects.toMatchObject({ code: '23514' })
      await expect(copyRows(client, 'public.nowhere', ['n'], rows)).rejects.toMatchObject({
        code: '42P01',
      })
      expect((await client.query('SELECT count(*)::int AS n FROM small')).rows).toEqual([{ n: 0 }])
    } finally {
      client.release(true)
    }
  })

  test('a broken connection rejects instead of hanging', async () => {
    const client = await pool.connect()
    client.on('error', () => undefined)
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    await client.query('CREATE TEMP TABLE gone (n int)')
    const copying = copyRows(
      client,
      'gone',
      ['n'],
      Array.from({ length: 500_000 }, (_, n) => [n]),
    )
    const outcome = copying.then(
      () => 'copied',
      () => 'broken',
    )
    await pool.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid])
    expect(await outcome).toBe('broken')
    client.release(true)
  })
})

test('text with U+0000 or a lone surrogate is known to be unstorable', () => {
  expect(['a\u0000', '\ud800', 'x\udc00y'].map(isStorableText)).toEqual([false, false, false])
  expect(['', '😀', 'a\tb'].map(isStorableText)).toEqual([true, true, true])
})
