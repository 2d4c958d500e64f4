import type { WeatherFact } from '@kwm/contracts'
import type { Prng } from '@kwm/std'

/** Far outside the weather there is, so that it cannot pass unnoticed under a maximum or a mean. */
const wrongF = (prng: Prng): number => (prng.nextInt(2) === 0 ? 400 : -400) + prng.nextInt(100)

/** The fact with other values; its times, its station and what it is about stay. */
export function corruptWeather(fact: WeatherFact, prng: Prng): WeatherFact {
  switch (fact.type) {
    case 'wx.observation.v1':
      return { ...fact, data: { ...fact.data, tempF: wrongF(prng) } }
    case 'wx.forecast.v1':
      return { ...fact, data: { ...fact.data, tempsF: fact.data.tempsF.map(() => wrongF(prng)) } }
    case 'wx.ensemble.v1': {
      const membersF = fact.data.membersF.map((member) => member.map(() => wrongF(prng)))
      return { ...fact, data: { ...fact.data, membersF } }
    }
    case 'wx.climate-report.v1':
    case 'wx.settlement.v1':
      return { ...fact, data: { ...fact.data, maxTempF: wrongF(prng) } } as WeatherFact
  }
}
