import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Provider = 'visual-crossing' | 'open-meteo' | 'nws' | 'iem'
/** How a provider answers everything from now on; undefined: as it should. */
export type Behaviour = 'html' | 'limited' | 'half' | 'hang' | 'down' | 'forbidden' | 'silent'

const CLI = [
  ...['000 ', 'CDUS43 KLOT 110634', 'CLIMDW', '', 'CLIMATE REPORT', 'NATIONAL WEATHER SERVICE'],
  ...[
    '134 AM CDT SAT JUL 11 2026',
    '',
    '...THE CHICAGO-MIDWAY CLIMATE SUMMARY FOR JULY 10 2026...',
  ],
  ...['', 'TEMPERATURE (F)', ' YESTERDAY', '  MAXIMUM         91   2:56 PM 106    1936  85'],
  ...['  MINIMUM         70   4:31 AM  49    1934  67', '', 'PRECIPITATION (IN)', '$$', ''],
].join('\n')

export const START_US = Date.parse('2026-07-11T07:00:00Z') * 1_000
const epoch = (iso: string): number => Date.parse(iso) / 1_000

/** Four providers of one station, Midway, on the loopback: each behaves well or badly by itself. */
export class WeatherServer {
  readonly behaviour = new Map<Provider, Behaviour>()
  /** Answers sent in full, with a body, by provider. */
  readonly answered = new Map<Provider, number>()
  metarTempC = 24
  minutesTempF = 75.2
  #root = ''
  readonly #server = createServer((request, response) => this.#answer(request, response))

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.#root = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get environment(): Record<string, string> {
    return {
      ...{ WEATHER_STATIONS: 'KMDW', VISUAL_CROSSING_KEY: 'hush', OPEN_METEO_MODELS: 'gefs' },
      ...{ VISUAL_CROSSING_URL: this.#root, OPEN_METEO_URL: this.#root },
      ...{ NWS_URL: this.#root, IEM_URL: this.#root },
    }
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.#root)
    const provider = providerOf(url.pathname)
    const behaviour = this.behaviour.get(provider)
    const send = (status: number, type: string, body: string, headers = {}): void => {
      response.writeHead(status, { 'content-type': type, ...headers }).end(body)
      this.answered.set(provider, (this.answered.get(provider) ?? 0) + 1)
    }
    const { type, body } = this.#body(url, behaviour === 'silent')
    switch (behaviour) {
      case 'html':
        return send(200, 'text/html', '<!DOCTYPE html><html>Maintenance</html>')
      case 'limited':
        return send(429, 'text/plain', 'too many requests', { 'retry-after': '30' })
      case 'half':
        return send(200, type, body.slice(0, body.length / 2))
      case 'forbidden':
        return send(401, 'text/plain', 'No session or key found.')
      case 'down':
        request.socket.destroy()
        return undefined
      case 'hang':
        response.writeHead(200, { 'content-type': type }).write(body.slice(0, 20))
        return undefined
      default:
        return send(200, type, body)
    }
  }

  #body(url: URL, isSilent: boolean): { readonly type: string; readonly body: string } {
    const json = (value: unknown) => ({ type: 'application/json', body: JSON.stringify(value) })
    const text = (body: string) => ({ type: 'text/plain', body })
    const { pathname } = url
    if (pathname.endsWith('asos.py')) {
      const group = `${this.metarTempC}/18 A2998 RMK AO2`
      const row = `MDW,2026-07-11 05:53,KMDW 110553Z AUTO ${group} 10300 20239 403220206\n`
      return text(`station,valid,metar\n${isSilent ? '' : row}`)
    }
    if (pathname.endsWith('retrieve.py')) {
      const isCli = url.searchParams.get('pil') === 'CLIMDW' && !isSilent
      return text(isCli ? `${CLI}\x03` : 'ERROR: Could not Find: anything')
    }
    if (pathname.endsWith('/observations')) {
      const temperature = { value: 24, unitCode: 'wmoUnit:degC' }
      const properties = { timestamp: '2026-07-11T06:50:00+00:00', rawMessage: '', temperature }
      return json({ features: isSilent ? [] : [{ properties }] })
    }
    if (pathname.includes('/products/types/')) {
      const product = { id: 'c376feda-ac0c', issuanceTime: '2026-07-11T06:34:00+00:00' }
      return json({ '@graph': isSilent ? [] : [product] })
    }
    if (pathname.includes('/products/')) return json({ productText: CLI })
    if (pathname === '/v1/ensemble') return json(ENSEMBLE)
    return json(this.#timeline(url.searchParams.get('include') ?? '', isSilent))
  }

  #timeline(include: string, isSilent: boolean): object {
    const row = (iso: string, temp: number, source: string) => ({
      ...{ datetimeEpoch: epoch(iso), temp, dew: 60, humidity: 50, windspeed: 9, source },
      stations: source === 'obs' ? ['KMDW'] : null,
    })
    const observed = {
      ...row('2026-07-11T06:00:00Z', 75, 'obs'),
      minutes: [
        row('2026-07-11T06:00:00Z', 75.4, 'obs'),
        row('2026-07-11T06:05:00Z', this.minutesTempF, 'obs'),
      ],
    }
    const hours =
      include === 'minutes'
        ? [observed]
        : [row('2026-07-11T08:00:00Z', 74, 'fcst'), row('2026-07-11T09:00:00Z', 73.5, 'fcst')]
    return {
      ...{ queryCost: 2, latitude: 41.786, longitude: -87.752 },
      days: [{ hours: isSilent ? [] : hours }],
    }
  }
}

const ENSEMBLE = {
  ...{ latitude: 41.75, longitude: -87.75 },
  hourly_units: { time: 'unixtime', temperature_2m: '°F', temperature_2m_member01: '°F' },
  hourly: {
    time: [epoch('2026-07-11T08:00:00Z'), epoch('2026-07-11T09:00:00Z')],
    ...{ temperature_2m: [75.1, 74.2], temperature_2m_member01: [76, 75.5] },
  },
}

function providerOf(path: string): Provider {
  if (path.startsWith('/VisualCrossing')) return 'visual-crossing'
  if (path.startsWith('/v1/')) return 'open-meteo'
  return path.startsWith('/cgi-bin/') ? 'iem' : 'nws'
}
