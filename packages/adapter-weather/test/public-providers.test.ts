import { describe, expect, test } from 'vitest'
import { IemProvider, NceiProvider, NwsProvider, readAnswer } from '../src/index.ts'
import type { ProviderRequest, Reading, WeatherProvider } from '../src/index.ts'
import { cf6Text, cliText } from './climate-texts.ts'
import { capture, hasCaptures } from './captures.ts'
import { DCA, MDW, NYC, timeUs } from './stations.ts'

const NOW = timeUs('2026-07-11T07:00:00Z')
const ask = { stations: [MDW, NYC], nowUs: NOW, fromUs: NOW - 7_200e6, toUs: NOW }
const nws = new NwsProvider({ userAgent: 'kwm-test' })
const iem = new IemProvider()
const ncei = new NceiProvider()

const answer = (
  provider: WeatherProvider,
  request: ProviderRequest,
  body: unknown,
  contentType = request.expects === 'json' ? 'application/json' : 'text/plain',
): Reading =>
  readAnswer(provider, request, {
    ...{ status: 200, contentType, receivedTimeUs: NOW },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

describe('the weather service', () => {
  test('says who we are, and asks for each station alone', () => {
    const requests = nws.requests('observations', ask)
    expect(requests.map(({ url }) => new URL(url).pathname)).toEqual([
      '/stations/KMDW/observations',
      '/stations/KNYC/observations',
    ])
    expect(requests[0]!.headers).toMatchObject({ 'user-agent': 'kwm-test' })
  })

  test('a list of products leads to the newest of them, oldest first, each asked for once', () => {
    const [list] = nws.requests('cli-list', ask)
    const products = ['07', '05', '06'].map((day) => ({
      ...{ id: `product-${day}`, issuanceTime: `2026-07-${day}T06:34:00+00:00` },
    }))
    const reading = answer(
      nws,
      list!,
      { '@context': {}, '@graph': products },
      'application/ld+json',
    )
    expect(reading).toMatchObject({ facts: [], faults: [] })
    const next = reading.isRead ? reading.next : []
    expect(next.map(({ url }) => url.slice(-2))).toEqual(['05', '06', '07'])
    expect(next.every(({ isImmutable, feed }) => isImmutable && feed === 'cli')).toBe(true)
    const facts = answer(nws, next[0]!, { id: 'x', productText: cliText() })
    expect(facts).toMatchObject({ facts: [{ data: { stationId: 'KMDW', maxTempF: 91 } }] })
    expect(answer(nws, next[0]!, { id: 'x', productText: 'gone' })).toMatchObject({ isRead: false })
  })

  const feature = (properties: object) => ({ type: 'Feature', properties })
  const degrees = (value: number | null, unitCode = 'wmoUnit:degC') => ({ value, unitCode })
  test('an observation with its report is read from that, one without is in whole °C', () => {
    const [request] = nws.requests('observations', ask)
    const rawMessage = 'KMDW 110553Z AUTO 24/18 A2998 RMK AO2 T02390183'
    const reading = answer(nws, request!, {
      features: [
        feature({ timestamp: '2026-07-11T05:53:00+00:00', rawMessage, temperature: degrees(23.9) }),
        feature({
          timestamp: '2026-07-11T05:55:00+00:00',
          rawMessage: '',
          temperature: degrees(24),
        }),
        feature({ timestamp: '2026-07-11T06:00:00+00:00', temperature: degrees(null) }),
        feature({
          timestamp: '2026-07-11T06:05:00+00:00',
          temperature: degrees(75, 'wmoUnit:degF'),
        }),
      ],
    })
    const facts = reading.isRead ? reading.facts : []
    expect(facts.map(({ data }) => 'kind' in data && [data.kind, data.tempF])).toEqual([
      ['whole-c', 75.2],
      ['whole-c', null],
      ['tenth-f', 75.02],
    ])
    expect(reading).toMatchObject({ faults: [/degF/] })
  })

  test('an error in JSON is an answer of another shape', () => {
    const [request] = nws.requests('observations', ask)
    expect(answer(nws, request!, { title: 'Not Found' })).toMatchObject({ reason: 'shape' })
  })
})

describe('the mesonet', () => {
  const [metar] = iem.requests('metar', ask)

  test('METARs of all stations come in one answer', () => {
    const url = new URL(metar!.url)
    expect(url.searchParams.getAll('station')).toEqual(['MDW', 'NYC'])
    expect(url.searchParams.getAll('report_type')).toEqual(['1', '3', '4'])
    expect(url.searchParams.get('sts')).toBe('2026-07-11T05:00:00Z')
  })

  test('a METAR is of the station and the minute of its row, or refused', () => {
    const reading = answer(
      iem,
      metar!,
      [
        'station,valid,metar',
        'MDW,2026-07-11 05:53,KMDW 110553Z AUTO 24/18 A2998 RMK AO2 T02390183',
        'NYC,2026-07-11 05:51,M',
        'MDW,2026-07-11 06:53,KORD 110653Z AUTO 24/18 A2998',
        'MDW,2026-07-11 06:53,KMDW 110553Z AUTO 24/18 A2998',
        'ORD,2026-07-11 06:53,KORD 110653Z AUTO 24/18 A2998',
        'MDW,2026-07-11 06:',
      ].join('\n'),
    )
    expect(reading).toMatchObject({ facts: [{ data: { stationId: 'KMDW', source: 'iem' } }] })
    expect(reading.isRead && reading.faults).toHaveLength(4)
    expect(answer(iem, metar!, 'station,valid,metar\n')).toMatchObject({ facts: [], faults: [] })
    expect(answer(iem, metar!, '')).toMatchObject({ isRead: false, reason: 'shape' })
  })

  test('of two reports for one minute the corrected one comes last, in whatever order', () => {
    const rows = ['KMDW 110553Z COR 24/18 A2998', 'KMDW 110553Z 22/18 A2998']
    for (const order of [rows, rows.toReversed()]) {
      const lines = order.map((report) => `MDW,2026-07-11 05:53,${report}\n`)
      const reading = answer(iem, metar!, `station,valid,metar\n${lines.join('')}`)
      expect(reading).toMatchObject({
        facts: [{ data: { tempF: 71.6 } }, { data: { tempF: 75.2 } }],
      })
    }
  })

  test('texts come one behind the other, and one that is garbled costs none of the others', () => {
    const [request] = iem.requests('afos-cli', ask)
    expect(new URL(request!.url).searchParams.get('pil')).toBe('CLIMDW')
    const texts = [
      cliText(),
      'garbled',
      cliText({ pil: 'CLIORD' }),
      cf6Text([' 9  89  67  78   2   0']),
    ]
    const reading = answer(iem, request!, texts.map((text) => `\x01${text}\x03`).join(''))
    const facts = reading.isRead ? reading.facts : []
    expect(facts.map(({ data }) => 'product' in data && data.product)).toEqual(['CLI', 'CF6'])
    expect(reading.isRead && reading.faults).toHaveLength(2)
  })

  test('no text is said in words', () => {
    const [request] = iem.requests('afos-dsm', ask)
    expect(answer(iem, request!, 'ERROR: Could not Find: DSMMDW')).toMatchObject({ facts: [] })
    expect(answer(iem, request!, 'ERROR: too busy')).toMatchObject({ reason: 'error-text' })
  })

  test('climate reports as JSON give the archived maxima, M is missing', () => {
    const [request] = iem.requests('cli-json', ask)
    const row = { station: 'KMDW', state: 'IL', product: '202607110634-KLOT-CDUS43-CLIMDW' }
    const results = [
      { ...row, valid: '2026-07-09', high: 91, low: 70 },
      { ...row, valid: '2026-07-10', high: 'M', low: 70 },
      { ...row, valid: '2026-07-08', high: 91.5, low: 70 },
      { ...row, valid: '2026-07-07', high: 91, low: 70, station: 'KORD' },
    ]
    const reading = answer(iem, request!, { results })
    const facts = reading.isRead ? reading.facts : []
    expect(
      facts.map(({ data }) => 'source' in data && 'maxTempF' in data && data.maxTempF),
    ).toEqual([91, null])
    expect(reading.isRead && reading.faults).toHaveLength(2)
  })
})

describe('the archive of daily summaries', () => {
  test('values are texts; one that is missing is left out', () => {
    const [request] = ncei.requests('daily', { ...ask, stations: [NYC] })
    const row = { STATION: 'USW00094728', DATE: '2026-07-09', TMAX: '91', TMIN: ' 70' }
    const late = { STATION: 'USW00094728', DATE: '2026-07-10', TMIN: '70', TMAX_ATTRIBUTES: ',,W' }
    expect(answer(ncei, request!, [row, late])).toMatchObject({
      facts: [{ data: { source: 'ncei', maxTempF: 91 } }, { data: { maxTempF: null } }],
    })
    expect(answer(ncei, request!, [{ ...row, TMAX: '32.8' }])).toMatchObject({ isRead: false })
    expect(answer(ncei, request!, [{ ...row, STATION: 'USW00014819' }])).toMatchObject({
      isRead: false,
    })
    expect(ncei.requests('daily', { ...ask, stations: [{ ...DCA, ghcnId: null }] })).toEqual([])
  })
})

describe.skipIf(!hasCaptures)('recorded lists (not without the recordings)', () => {
  test('the texts of a mesonet answer are those recorded one by one', () => {
    const files = ['final', 'intermediate'].map((kind) => capture(`cli/cli/nyc_${kind}.txt`))
    const [request] = iem.requests('afos-cli', { ...ask, stations: [NYC] })
    const reading = answer(iem, request!, files.map((text) => `${text}\x03`).join('\n'))
    expect(reading).toMatchObject({
      faults: [],
      facts: [{ data: { maxTempF: 85 } }, { data: { maxTempF: 82 } }],
    })
  })
})
