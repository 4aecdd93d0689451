import { describe, expect, it } from 'vitest'
import { formatCalendarDate, parseCalendarDate } from '../../src/calendar/calendar-date.ts'
import { calendarIcs } from '../../src/calendar/calendar-ics.ts'
import { followCalendar } from '../../src/calendar/follow-calendar.ts'
import { streamsPlan } from './calendar-plans.ts'

const date = (text: string) => {
  const parsed = parseCalendarDate(text)
  if (parsed === null) throw new Error(text)
  return parsed
}

interface Out {
  readonly stream?: string
  readonly takenBack?: boolean
}

const out = (version: string, day: string, { stream = 'beta', takenBack = false }: Out = {}) => ({
  ...{ version, date: date(day), stream, takenBack },
})

const beta =
  '{ match: prerelease b or a, first: a, channel: beta, profile: rapid, cadence: 2 months, pauseDuring: rc }'
const plan = streamsPlan(', support: 18 months, shift: { "3.9.0rc2": 2020-07-20 }', { beta })

function follow(today: string, published: readonly ReturnType<typeof out>[], until = '2020-10') {
  const span = { from: date('2019-12').month, until: date(until).month, today: date(today) }
  return followCalendar(plan, published, span)
}

const lines = (...given: Parameters<typeof follow>) =>
  follow(...given).releases.map(({ date: day, version, stream, state, planned, notes }) =>
    [formatCalendarDate(day), version, stream, state, planned && formatCalendarDate(planned), ...notes].join(
      ' ',
    ),
  )

describe('a calendar that follows what happened', () => {
  it('has what came on its day, what is late, what is due and what comes', () => {
    const published = [
      out('3.9.0a1', '2019-12-12'),
      out('3.9.0b2', '2020-03-02'),
      out('3.9.0rc1', '2020-06-15', { stream: 'rc' }),
    ]
    expect(lines('2020-07-21', published)).toMatchInlineSnapshot(`
      [
        "2019-12-12 3.9.0a1 beta released 2019-12",
        "2020-03-02 3.9.0b2 beta released 2020-02",
        "2020-04 3.9.0b3 beta late 2020-04",
        "2020-06-15 3.9.0rc1 rc released 2020-06",
        "2020-07-20 3.9.0rc2 rc late 2020-07-20",
        "2020-08 3.9.0 stable coming 2020-08",
        "2020-09 3.9.1 maintenance coming 2020-09",
        "2020-10 3.10.0a1 beta coming 2020-10",
      ]
    `)
  })

  it('takes an alpha for the beta in whose place it came, and names what nobody planned', () => {
    const published = [
      out('3.9.0a1', '2019-12-12'),
      out('3.9.0a2', '2020-02-10', { takenBack: true }),
      out('3.9.0b9', '2020-02-11'),
      out('3.8.7', '2020-02-29', { stream: 'maintenance' }),
    ]
    expect(lines('2020-03-01', published, '2020-05')).toMatchInlineSnapshot(`
      [
        "2019-12-12 3.9.0a1 beta released 2019-12",
        "2020-02-10 3.9.0a2 beta taken-back 2020-02",
        "2020-02-11 3.9.0b9 beta released ",
        "2020-02-29 3.8.7 maintenance released ",
        "2020-04 3.9.0b3 beta coming 2020-04",
      ]
    `)
  })

  it('has support end by the day on which the final came, and a leap day end where there is none', () => {
    const late = [out('3.9.0', '2020-08-31', { stream: 'stable' })]
    const [life] = follow('2020-09-01', late).lives
    expect(life?.supportEnds).toEqual(date('2022-03-01'))
    expect(life?.final).toEqual(date('2020-08-31'))
  })

  it('asks for nothing that was planned before its first release here', () => {
    expect(lines('2020-08-15', [out('3.9.0', '2020-08-03', { stream: 'stable' })])).toEqual([
      '2020-08-03 3.9.0 stable released 2020-08',
      '2020-09 3.9.1 maintenance coming 2020-09',
      '2020-10 3.10.0a1 beta coming 2020-10',
    ])
    expect(lines('2020-08-15', [])[0]).toBe('2020-08 3.9.0 stable due 2020-08')
  })

  it('goes by the real day also where somebody had moved the release', () => {
    const rc2 = (published: readonly ReturnType<typeof out>[]) =>
      lines('2020-07-21', published).find((line) => line.includes('rc2'))
    expect(rc2([out('3.9.0rc1', '2020-06-15')])).toBe('2020-07-20 3.9.0rc2 rc late 2020-07-20')
    expect(rc2([out('3.9.0rc2', '2020-07-21', { stream: 'rc' })])).toBe(
      '2020-07-21 3.9.0rc2 rc released 2020-07-20',
    )
  })

  it('says in the feed what is late and what was taken back', () => {
    const { releases, lives } = follow('2020-03-01', [out('3.9.0a1', '2019-12-12', { takenBack: true })])
    const ics = calendarIcs('pypi:demo-lib', releases, lives)
    expect(ics).toContain('SUMMARY:pypi:demo-lib 3.9.0a1 (beta\\, taken back)')
    expect(ics).toContain('SUMMARY:pypi:demo-lib 3.9.0b2 (beta\\, late)')
    expect(ics).toContain('SUMMARY:pypi:demo-lib 3.9.0: support ends')
  })
})
