import { describe, expect, it } from 'vitest'
import { parseCalendarDate } from '../../src/calendar/calendar-date.ts'
import { hasPassed, nextRelease } from '../../src/calendar/next-release.ts'
import { streamsPlan } from './calendar-plans.ts'

const date = (text: string) => {
  const parsed = parseCalendarDate(text)
  if (parsed === null) throw new Error(text)
  return parsed
}

const out = (...versions: readonly string[]) =>
  versions.map((version) => ({ version, date: date('2020-01-01'), stream: null, takenBack: false }))

const next = (today: string, since: string, ...published: string[]) =>
  nextRelease(streamsPlan(), { today: date(today), since: date(since).month, published: out(...published) })
    ?.version ?? null

describe('the next planned release', () => {
  it.each([
    ['the first there is', '2019-11-30', '2019-11', [], '3.9.0b1'],
    ['the one after what is out', '2019-12-20', '2019-12', ['3.9.0b1'], '3.9.0b2'],
    ['one whose time has passed', '2020-04-20', '2019-12', ['3.9.0b1'], '3.9.0b2'],
    ['none that was overtaken in its stream', '2020-04-20', '2019-12', ['3.9.0b1', '3.9.0b3'], '3.9.0rc1'],
    ['also a late one of another stream', '2020-06-20', '2019-12', ['3.9.0b1', '3.9.0rc1'], '3.9.0b2'],
    ['nothing from before', '2020-08-20', '2020-08', [], '3.9.0'],
    ['no pre-release of a final that is out', '2020-08-20', '2019-12', ['3.9.0b1', '3.9.0'], '3.9.1'],
    [
      'the beta of the next series beside maintenance',
      '2020-09-20',
      '2020-08',
      ['3.9.0', '3.9.1'],
      '3.10.0b1',
    ],
  ])('is %s', (_, today, since, published, version) => {
    expect(next(today, since, ...published)).toBe(version)
  })

  it('is null where everything that is planned in the span is out', () => {
    const single = { ...streamsPlan(), shift: {} }
    const published = out(...Array.from({ length: 40 }, (_, patch) => `3.9.${patch}`))
    const found = nextRelease(single, { today: date('2020-08-01'), since: 0, published })
    expect(found?.version).toBe('3.10.0b1')
    expect(nextRelease(single, { today: date('1990-01-01'), since: 0, published })).toBeNull()
  })
})

describe('a date', () => {
  it.each([
    ['2020-08', '2020-08-31', false],
    ['2020-08', '2020-09-01', true],
    ['2020-12', '2021-01-01', true],
    ['2020-02-28', '2020-02-28', false],
    ['2020-02-28', '2020-02-29', true],
  ])('of %s on %s has passed: %s', (planned, today, passed) => {
    expect(hasPassed(date(planned), date(today))).toBe(passed)
  })
})
