import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compareDates,
  daysBetween,
  daysIn,
  formatCalendarDate,
  parseCalendarDate,
} from '../../src/calendar/calendar-date.ts'
import { calendarIcs } from '../../src/calendar/calendar-ics.ts'
import { planCalendar, supportedOn } from '../../src/calendar/plan-calendar.ts'
import { readCadence, readDays, readMonths } from '../../src/calendar/read-cadence.ts'
import type { SeriesPlan } from '../../src/calendar/series-plan.ts'
import { streamsPlan } from './calendar-plans.ts'

const date = (text: string) => {
  const parsed = parseCalendarDate(text)
  if (parsed === null) throw new Error(text)
  return parsed
}
const month = (text: string) => date(text).month

function timeline(plan: SeriesPlan, from: string, until: string): string {
  return planCalendar(plan, { from: month(from), until: month(until) })
    .releases.map((release) =>
      [formatCalendarDate(release.date), release.version, release.stream, ...release.notes].join(' | '),
    )
    .join('\n')
}

describe('days', () => {
  it('month lengths and leap days are those of the Gregorian calendar, over 800 years', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1600 * 12, max: 2400 * 12 }), (number) => {
        const [year, index] = [Math.floor(number / 12), number % 12]
        expect(daysIn(number)).toBe(new Date(Date.UTC(year, index + 1, 0)).getUTCDate())
      }),
    )
  })

  it.each([
    ['2020-02-28', '2020-03-01', 2],
    ['2021-02-28', '2021-03-01', 1],
    ['1900-02-28', '1900-03-01', 1],
    ['2000-02-28', '2000-03-01', 2],
    ['2020-12-31', '2021-01-01', 1],
    ['2020-08-31', '2020-08-01', -30],
  ])('from %s to %s: %i', (from, to, days) => {
    expect(daysBetween(date(from), date(to))).toEqual({ least: days, most: days })
  })

  it('between months only the span is known', () => {
    expect(daysBetween(date('2020-01'), date('2020-02'))).toEqual({ least: 1, most: 59 })
    expect(daysBetween(date('2021-01'), date('2021-02-28'))).toEqual({ least: 28, most: 58 })
  })

  it.each(['2020', '2020-13', '2020-00', '2021-02-29', '2020-04-31', '20-04', '2020-4', ' 2020-04'])(
    '%j is no date',
    (text) => expect(parseCalendarDate(text)).toBeNull(),
  )

  it('are written as they were read', () => {
    for (const text of ['2020-02-29', '0999-12', '2019-01']) expect(formatCalendarDate(date(text))).toBe(text)
    expect(compareDates(date('2020-08'), date('2020-08-01'))).toBeLessThan(0)
  })
})

describe('cadences', () => {
  it.each([
    ['2 months', { months: 2, monthOfYear: null }],
    ['1 year', { months: 12, monthOfYear: null }],
    ['2 years in August', { months: 24, monthOfYear: 7 }],
    ['1 year in  january', { months: 12, monthOfYear: 0 }],
    ['2 months in May', null],
    ['0 months', null],
    ['101 years', null],
    ['2 years in Augst', null],
    ['2 years in May in June', null],
    ['two months', null],
  ])('%j', (text, cadence) => expect(readCadence(text)).toEqual(cadence))

  it('spans', () => {
    expect([readMonths('18 months'), readMonths('18')]).toEqual([18, null])
    expect([readDays('1 week'), readDays('10 days'), readDays('1 month')]).toEqual([7, 10, null])
  })
})

describe('the timeline', () => {
  it('of a first series and the start of the second', () => {
    expect(timeline(streamsPlan(), '2019-12', '2021-01')).toMatchInlineSnapshot(`
      "2019-12 | 3.9.0b1 | beta
      2020-02 | 3.9.0b2 | beta
      2020-04 | 3.9.0b3 | beta
      2020-06 | 3.9.0rc1 | rc
      2020-07 | 3.9.0rc2 | rc
      2020-08 | 3.9.0 | stable
      2020-09 | 3.9.1 | maintenance
      2020-10 | 3.10.0b1 | beta
      2020-11 | 3.9.2 | maintenance
      2020-12 | 3.10.0b2 | beta
      2021-01 | 3.9.3 | maintenance"
    `)
  })

  it('of the change from one series to the next: betas pause for the rcs, the old series ends with the new 3.10.1', () => {
    expect(timeline(streamsPlan(), '2022-03', '2022-12')).toMatchInlineSnapshot(`
      "2022-03 | 3.9.10 | maintenance
      2022-04 | 3.10.0b10 | beta
      2022-05 | 3.9.11 | maintenance
      2022-06 | 3.10.0rc1 | rc
      2022-07 | 3.9.12 | maintenance
      2022-07 | 3.10.0rc2 | rc
      2022-08 | 3.10.0 | stable
      2022-09 | 3.9.13 | maintenance
      2022-09 | 3.10.1 | maintenance
      2022-10 | 3.11.0b1 | beta
      2022-11 | 3.10.2 | maintenance
      2022-12 | 3.11.0b2 | beta"
    `)
  })

  it('begins with the first final that leaves room for a beta before the rcs', () => {
    const from = (text: string) => timeline({ ...streamsPlan(), from: month(text) }, '2019-01', '2021-08')
    expect(from('2020-05')).toContain('2020-06 | 3.9.0rc1')
    expect(from('2020-06')).toContain('2021-06 | 3.9.0rc1')
    expect(from('2020-06')).not.toContain('2020-08 | 3.9.0 |')
  })

  it('of a package on npm that raises the major version', () => {
    const plan: SeriesPlan = {
      ...streamsPlan(', support: 1 year', { beta: '', maintenance: '' }),
      package: 'npm:demo-lib',
      ecosystem: 'npm',
      bump: 'major',
    }
    const yearly = { ...plan, final: { ...plan.final, cadence: { months: 12, monthOfYear: null } } }
    expect(timeline(yearly, '2019-12', '2022-01')).toMatchInlineSnapshot(`
      "2020-10 | 3.9.0-rc.1 | rc
      2020-11 | 3.9.0-rc.2 | rc
      2020-12 | 3.9.0 | stable
      2021-10 | 4.0.0-rc.1 | rc
      2021-11 | 4.0.0-rc.2 | rc
      2021-12 | 4.0.0 | stable"
    `)
    expect(planCalendar(yearly, { from: plan.from, until: month('2021-10') }).lives).toEqual([
      {
        ...{ series: '3.9.0', firstRelease: date('2020-10'), final: date('2020-12') },
        ...{ ends: date('2021-12'), supportEnds: date('2021-12') },
      },
      {
        ...{ series: '4.0.0', firstRelease: date('2021-10'), final: date('2021-12') },
        ...{ ends: date('2022-12'), supportEnds: date('2022-12') },
      },
    ])
  })

  it('of ten years: finals every second August, no beta while an rc is open, 13 maintenance releases a series', () => {
    const { releases } = planCalendar(streamsPlan(), { from: month('2019-12'), until: month('2029-11') })
    const finals = releases.filter(({ kind }) => kind === 'final')
    expect(finals.map((final) => `${formatCalendarDate(final.date)} ${final.version}`)).toEqual([
      '2020-08 3.9.0',
      '2022-08 3.10.0',
      '2024-08 3.11.0',
      '2026-08 3.12.0',
      '2028-08 3.13.0',
    ])
    for (const { date: day, kind } of releases) {
      const inYear = `${formatCalendarDate(day).slice(5)}`
      const finalYear = Math.floor(day.month / 12) % 2 === 0
      expect(kind === 'rolling' && finalYear && ['06', '07', '08'].includes(inYear)).toBe(false)
    }
    for (const { version } of finals.slice(0, 4))
      expect(
        releases.filter(({ series, kind }) => series === version && kind === 'maintenance'),
      ).toHaveLength(13)
    expect(releases.flatMap(({ notes }) => notes)).toEqual([])
  })
})

describe('moved dates', () => {
  const moved = (shift: string, from = '2020-06', until = '2020-11') =>
    timeline(streamsPlan(`, shift: { ${shift} }`), from, until)

  it('a late final does not move the next series', () => {
    const plan = streamsPlan(', shift: { "3.9.0": 2020-09-01 }')
    expect(timeline(plan, '2020-10', '2022-12')).toBe(timeline(streamsPlan(), '2020-10', '2022-12'))
  })

  it.each([
    ['within a month and the rules', '"3.9.0rc2": 2020-07-20, "3.9.0": 2020-08-03', []],
    [
      'too far',
      '"3.9.1": 2020-11',
      ['2 months from the planned 2020-09; a release may be moved by at most one month'],
    ],
    [
      'too soon after the last rc',
      '"3.9.0rc2": 2020-07-30, "3.9.0": 2020-08-03',
      ['at most 4 days after 3.9.0rc2 (2020-07-30); at least 7 are asked'],
    ],
    [
      'too long after the last rc',
      '"3.9.0": 2020-09',
      ['at least 32 days after 3.9.0rc2 (2020-07); at most 28 are allowed'],
    ],
    [
      'before what it follows',
      '"3.9.0rc1": 2020-07-20, "3.9.0rc2": 2020-07-10',
      ['before 3.9.0rc1 (2020-07-20), which it should follow'],
    ],
  ])('%s', (_, shift, notes) => {
    expect(
      moved(shift)
        .split('\n')
        .flatMap((line) => line.split(' | ').slice(3)),
    ).toEqual(notes)
  })

  it('a beta is not moved into the time of an open rc', () => {
    const plan = streamsPlan(', shift: { "3.10.0b10": 2022-06 }')
    expect(timeline(plan, '2022-06', '2022-06')).toBe(
      '2022-06 | 3.10.0b10 | beta | 2 months from the planned 2022-04; a release may be moved by at most one month | no beta comes once 3.10.0rc1 (2022-06) is open\n2022-06 | 3.10.0rc1 | rc',
    )
  })

  it('of releases that are not planned are named', () => {
    const plan = streamsPlan(', shift: { "3.9.0b4": 2020-06, "3.9.1": 2020-09-09 }')
    expect(planCalendar(plan, { from: plan.from, until: plan.from + 12 }).unknownShifts).toEqual(['3.9.0b4'])
  })
})

describe('a far date', () => {
  it('takes longer by as much as it is farther away, and no more', () => {
    const plan = streamsPlan()
    const busyMs = (years: number) => {
      const before = process.cpuUsage()
      planCalendar(plan, { from: plan.from + years * 12, until: plan.from + years * 12 })
      return process.cpuUsage(before).user / 1000
    }
    busyMs(200)
    expect(busyMs(1200) / busyMs(100)).toBeLessThan(30)
  })
})

describe('support', () => {
  const on = (text: string, series = ', support: 42 months') =>
    supportedOn(streamsPlan(series), date(text)).map(({ series: final, newest }) => `${final} ${newest}`)

  it.each([
    ['2020-07-31', []],
    ['2020-08', ['3.9.0 3.9.0']],
    ['2022-08-31', ['3.9.0 3.9.12', '3.10.0 3.10.0']],
    ['2024-01-31', ['3.9.0 3.9.13', '3.10.0 3.10.9']],
    ['2024-02-01', ['3.10.0 3.10.9']],
  ])('on %s', (day, expected) => expect(on(day)).toEqual(expected))

  it('without a window everything that is out counts', () => {
    expect(on('2030-01', '')).toHaveLength(5)
  })
})

describe('the iCalendar file', () => {
  it('has one all-day event a release, in folded lines of at most 75 octets', () => {
    const plan = streamsPlan(', support: 6 months, shift: { "3.9.0": 2020-08-31, "3.9.1": 2020-12 }')
    const { releases, lives } = planCalendar(plan, { from: month('2020-08'), until: month('2020-12') })
    const some = releases.filter(({ series }) => series === '3.9.0')
    const ics = calendarIcs('pypi:a,b', some, lives)
    expect(ics.split('\r\n').every((line) => line.length <= 75)).toBe(true)
    expect(ics.replaceAll('\r\n', '\n')).toMatchInlineSnapshot(`
      "BEGIN:VCALENDAR
      VERSION:2.0
      PRODID:-//Slipway//Release calendar//EN
      X-WR-CALNAME:pypi:a\\,b releases
      BEGIN:VEVENT
      UID:pypi:a\\,b@3.9.0@slipway
      DTSTAMP:20200831T000000Z
      DTSTART;VALUE=DATE:20200831
      DTEND;VALUE=DATE:20200901
      SUMMARY:pypi:a\\,b 3.9.0 (stable)
      DESCRIPTION:at least 31 days after 3.9.0rc2 (2020-07)\\; at most 28 are allo
       wed
      TRANSP:TRANSPARENT
      END:VEVENT
      BEGIN:VEVENT
      UID:pypi:a\\,b@3.9.2@slipway
      DTSTAMP:20201101T000000Z
      DTSTART;VALUE=DATE:20201101
      DTEND;VALUE=DATE:20201201
      SUMMARY:pypi:a\\,b 3.9.2 (maintenance)
      DESCRIPTION:before 3.9.1 (2020-12)\\, which it should follow
      TRANSP:TRANSPARENT
      END:VEVENT
      BEGIN:VEVENT
      UID:pypi:a\\,b@3.9.1@slipway
      DTSTAMP:20201201T000000Z
      DTSTART;VALUE=DATE:20201201
      DTEND;VALUE=DATE:20210101
      SUMMARY:pypi:a\\,b 3.9.1 (maintenance)
      DESCRIPTION:3 months from the planned 2020-09\\; a release may be moved by a
       t most one month
      TRANSP:TRANSPARENT
      END:VEVENT
      BEGIN:VEVENT
      UID:pypi:a\\,b@3.9.0/support@slipway
      DTSTAMP:20210301T000000Z
      DTSTART;VALUE=DATE:20210301
      DTEND;VALUE=DATE:20210302
      SUMMARY:pypi:a\\,b 3.9.0: support ends
      TRANSP:TRANSPARENT
      END:VEVENT
      BEGIN:VEVENT
      UID:pypi:a\\,b@3.10.0/support@slipway
      DTSTAMP:20230201T000000Z
      DTSTART;VALUE=DATE:20230201
      DTEND;VALUE=DATE:20230301
      SUMMARY:pypi:a\\,b 3.10.0: support ends
      TRANSP:TRANSPARENT
      END:VEVENT
      END:VCALENDAR
      "
    `)
  })
})
