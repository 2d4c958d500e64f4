import { describe, expect, test } from 'vitest'
import { ConfigError } from '@kwm/runtime'
import { parseConfig, providersOf, stationsOf } from '../src/config.ts'
import { openSources } from '../src/providers.ts'

describe('the settings', () => {
  test('none are needed: every station, without Visual Crossing', () => {
    const config = parseConfig({})
    expect(stationsOf(config)).toHaveLength(24)
    expect(providersOf(config)).toEqual(['open-meteo', 'nws', 'iem'])
  })

  test('with a key Visual Crossing is asked, but not for Central Park', () => {
    const config = parseConfig({ VISUAL_CROSSING_KEY: 'k', WEATHER_STATIONS: 'KNYC, KMDW' })
    const asked = openSources(config).map(({ provider, stations }) => [
      provider.name,
      stations.map(({ icao }) => icao),
    ])
    expect(asked).toEqual([
      ['visual-crossing', ['KMDW']],
      ['open-meteo', ['KNYC', 'KMDW']],
      ['nws', ['KNYC', 'KMDW']],
      ['iem', ['KNYC', 'KMDW']],
    ])
  })

  test.each([
    [
      'an airport nothing settles on',
      { WEATHER_STATIONS: 'KMDW,KORD' },
      /WEATHER_STATIONS has KORD/,
    ],
    ['a provider there is none of', { WEATHER_PROVIDERS: 'nws,accuweather' }, /WEATHER_PROVIDERS/],
    [
      'the one provider that wants a key',
      { WEATHER_PROVIDERS: 'visual-crossing' },
      /VISUAL_CROSSING_KEY/,
    ],
    ['an address that is none', { IEM_URL: 'mesonet' }, /IEM_URL/],
  ])('%s is one line that says what to do', (_, env, message) => {
    expect(() => parseConfig(env)).toThrow(ConfigError)
    expect(() => parseConfig(env)).toThrow(message)
  })
})
