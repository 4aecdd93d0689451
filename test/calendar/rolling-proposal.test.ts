/** PEP 605, "A rolling feature release stream for CPython": its example timeline, as it is printed there. */
import { describe, expect, it } from 'vitest'
import { formatCalendarDate, parseCalendarDate } from '../../src/calendar/calendar-date.ts'
import { planCalendar, supportedOn } from '../../src/calendar/plan-calendar.ts'
import type { SeriesPlan } from '../../src/calendar/series-plan.ts'
import { streamsPlan } from './calendar-plans.ts'

/** The lines of the proposal, "..." left out. */
const printed = [
  '2019-12: 3.9.0a1',
  '2020-02: 3.9.0b2',
  '2021-04: 3.9.0b9',
  '2021-06: 3.9.0rc1',
  '2021-07: 3.9.0rc2',
  '2021-08: 3.9.0',
  '2021-09: 3.9.1, 3.8.x',
  '2021-10: 3.10.0a1',
  '2021-11: 3.9.2',
  '2021-12: 3.10.0b2',
  '2023-04: 3.10.0b10',
  '2023-05: 3.9.11',
  '2023-06: 3.10.0rc1',
  '2023-07: 3.10.0rc2, 3.9.12',
  '2023-08: 3.10.0',
  '2023-09: 3.10.1, 3.9.13',
  '2023-10: 3.11.0a1',
  '2023-12: 3.11.0b2',
]

const beta =
  '{ match: prerelease b or a, first: a, channel: beta, profile: rapid, cadence: 2 months, pauseDuring: rc }'

/** 3.8.0 came in October 2019; everything after it follows from the rules. */
const proposal = (series = ', firstFinal: 2019-10') =>
  streamsPlan(series, { beta }, { start: '3.8.0', from: '2019-10' })

/** Each month from its first to its last line; `3.8.12` is `3.8.x` there. */
function months(plan: SeriesPlan, from = '2019-11', until = '2023-12'): readonly string[] {
  const month = (text: string) => parseCalendarDate(text)?.month ?? 0
  const { releases } = planCalendar(plan, { from: month(from), until: month(until) })
  const byMonth = Map.groupBy(releases, ({ date }) => formatCalendarDate(date))
  return [...byMonth].map(([date, all]) => `${date}: ${all.map(({ version }) => version).join(', ')}`)
}

describe('the timeline of the proposal', () => {
  it('follows from its rules, date by date, without a date that somebody moved', () => {
    const planned = months(proposal())
    const asPrinted = (line: string) => {
      const [date = '', versions = ''] = line.split(': ')
      return { date, versions: versions.split(', ').sort() }
    }
    for (const line of printed) {
      const { date, versions } = asPrinted(line)
      const found = asPrinted(planned.find((one) => one.startsWith(date)) ?? '').versions
      // Of 3.8 the proposal prints the last one only, without its number.
      const known = found
        .filter((version) => !/^3\.8\.(?!12)/.test(version))
        .map((version) => version.replace('3.8.12', '3.8.x'))
      expect({ date, versions: known.sort() }).toEqual({ date, versions })
    }
    expect(proposal().shift).toEqual({})
  })

  it('has a beta every other month and maintenance in the months between, where the proposal prints dots', () => {
    expect(months(proposal(), '2020-02', '2021-04').filter((line) => line.includes('3.9.0'))).toEqual([
      '2020-02: 3.9.0b2',
      '2020-04: 3.9.0b3',
      '2020-06: 3.9.0b4',
      '2020-08: 3.9.0b5',
      '2020-10: 3.9.0b6',
      '2020-12: 3.9.0b7',
      '2021-02: 3.9.0b8',
      '2021-04: 3.9.0b9',
    ])
    expect(months(proposal(), '2021-11', '2023-05')).toMatchInlineSnapshot(`
      [
        "2021-11: 3.9.2",
        "2021-12: 3.10.0b2",
        "2022-01: 3.9.3",
        "2022-02: 3.10.0b3",
        "2022-03: 3.9.4",
        "2022-04: 3.10.0b4",
        "2022-05: 3.9.5",
        "2022-06: 3.10.0b5",
        "2022-07: 3.9.6",
        "2022-08: 3.10.0b6",
        "2022-09: 3.9.7",
        "2022-10: 3.10.0b7",
        "2022-11: 3.9.8",
        "2022-12: 3.10.0b8",
        "2023-01: 3.9.9",
        "2023-02: 3.10.0b9",
        "2023-03: 3.9.10",
        "2023-04: 3.10.0b10",
        "2023-05: 3.9.11",
      ]
    `)
  })

  it('ends the binary releases of a series with the first of the next one', () => {
    const all = months(proposal(), '2021-08', '2023-12').join('\n')
    expect(all).toContain('2021-09: 3.8.12, 3.9.1')
    expect(all).not.toMatch(/3\.8\.1[3-9]|3\.9\.1[4-9]/)
  })

  it('is the same where the plan begins with 3.9 and names the year of its final', () => {
    const plan = streamsPlan(', firstFinal: 2021-08', { beta })
    const others = months(proposal()).flatMap((line) => {
      const [date, versions = ''] = line.split(': ')
      const left = versions.split(', ').filter((version) => !version.startsWith('3.8.'))
      return left.length === 0 ? [] : [`${date}: ${left.join(', ')}`]
    })
    expect(months(plan)).toEqual(others)
    // Without a month to begin in, it begins a cadence after where the final before it would have been.
    const bare = streamsPlan(', firstFinal: 2021-08', { beta }, { from: null })
    expect(months(bare, '2019-09')[0]).toBe('2019-10: 3.9.0a1')
  })

  it('marks later alphas as its figure does, with the number and the day of the beta they replace', () => {
    const moved = ', firstFinal: 2019-10, shift: { "3.9.0a5": 2020-08, "3.9.0a7": 2020-12-02 }'
    expect(months(proposal(moved), '2020-06', '2021-02').filter((line) => line.includes('3.9.0'))).toEqual([
      '2020-06: 3.9.0b4',
      '2020-08: 3.9.0a5',
      '2020-10: 3.9.0b6',
      '2020-12-02: 3.9.0a7',
      '2021-02: 3.9.0b8',
    ])
  })

  it('does not move the next series for a final that is late', () => {
    const late = proposal(', firstFinal: 2019-10, shift: { "3.9.0": 2021-09-06 }')
    expect(months(late, '2021-10')).toEqual(months(proposal(), '2021-10'))
  })

  it('keeps two or three series under maintenance, as NEP 29 reads it with 42 months of support', () => {
    const plan = proposal(', firstFinal: 2019-10, support: 42 months')
    const on = (date: string) =>
      supportedOn(plan, parseCalendarDate(date) ?? { month: 0, day: null }).map(({ series }) => series)
    expect([on('2021-08-31'), on('2023-03-31'), on('2023-04'), on('2023-09')]).toEqual([
      ['3.8.0', '3.9.0'],
      ['3.8.0', '3.9.0'],
      ['3.9.0'],
      ['3.9.0', '3.10.0'],
    ])
  })
})
