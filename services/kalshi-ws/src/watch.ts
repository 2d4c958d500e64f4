/** Series found by what they are: all conditions of one query hold together. */
export type SeriesQuery = {
  readonly category?: string
  readonly tag?: string
  /** What the series ticker begins with. */
  readonly prefix?: string
}

/** What to follow. Series ending in `*` stand for all that begin so. */
export type Watch = {
  readonly series: readonly string[]
  readonly events: readonly string[]
  readonly markets: readonly string[]
  readonly queries: readonly SeriesQuery[]
}

const CONDITIONS = ['category', 'tag', 'prefix'] as const

/** `category=Climate and Weather,prefix=KXHIGH; tag=BTC`, or undefined for what is no such list. */
export function parseQueries(text: string): SeriesQuery[] | undefined {
  const queries: SeriesQuery[] = []
  for (const group of text.split(';').filter((part) => part.trim() !== '')) {
    const query: Record<string, string> = {}
    for (const condition of group.split(',')) {
      const [name = '', value = '', ...rest] = condition.split('=').map((part) => part.trim())
      const isKnown = CONDITIONS.some((known) => known === name)
      if (!isKnown || value === '' || rest.length > 0) return undefined
      query[name] = value
    }
    queries.push(query)
  }
  return queries
}

/** Series named outright, and the queries that `KXHIGH*` stands for. */
export function seriesOf({ series, queries }: Watch): {
  readonly named: readonly string[]
  readonly queries: readonly SeriesQuery[]
} {
  const patterns = series.filter((name) => name.endsWith('*'))
  return {
    named: series.filter((name) => !name.endsWith('*')),
    queries: [...queries, ...patterns.map((name) => ({ prefix: name.slice(0, -1) }))],
  }
}
