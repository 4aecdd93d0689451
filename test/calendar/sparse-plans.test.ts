import { describe, expect, it } from 'vitest'
import { parseCalendarDate } from '../../src/calendar/calendar-date.ts'
import { calendarIcs } from '../../src/calendar/calendar-ics.ts'
import { planCalendar } from '../../src/calendar/plan-calendar.ts'
import { streamsPlan } from './calendar-plans.ts'

const month = (text: string) => parseCalendarDate(text)?.month ?? Number.NaN

/** The releases of a plan until the end of 2020, each as `version stream date`. */
function planned(streams: Readonly<Record<string, string>>, series = ''): readonly string[] {
  const { releases } = planCalendar(streamsPlan(series, streams), {
    from: month('2019-01'),
    until: month('2020-12'),
  })
  return releases.map(
    ({ version, stream, planned: at }) => `${version} ${stream} ${Math.floor(at / 12)}-${(at % 12) + 1}`,
  )
}

const stable = '{ match: final, channel: stable, profile: standard, cadence: 6 months }'

describe('a plan that leaves something out', () => {
  it('has finals alone, where there is nothing else', () => {
    expect(planned({ beta: '', rc: '', maintenance: '', stable })).toMatchInlineSnapshot(`
      [
        "3.9.0 stable 2020-6",
        "3.10.0 stable 2020-12",
      ]
    `)
  })

  it('has betas up to the final, where no rc stops them', () => {
    const beta = '{ match: prerelease b, channel: beta, profile: rapid, cadence: 2 months }'
    expect(planned({ beta, rc: '', maintenance: '', stable })).toMatchInlineSnapshot(`
      [
        "3.9.0b1 beta 2019-12",
        "3.9.0b2 beta 2020-2",
        "3.9.0b3 beta 2020-4",
        "3.9.0 stable 2020-6",
        "3.10.0b1 beta 2020-8",
        "3.10.0b2 beta 2020-10",
        "3.10.0 stable 2020-12",
      ]
    `)
  })

  it('has rcs without betas before them', () => {
    const rc = '{ match: prerelease rc, channel: rc, length: 2 months, count: 2, every: 1 month }'
    expect(planned({ beta: '', rc, maintenance: '', stable })).toMatchInlineSnapshot(`
      [
        "3.9.0rc1 rc 2020-4",
        "3.9.0rc2 rc 2020-5",
        "3.9.0 stable 2020-6",
        "3.10.0rc1 rc 2020-10",
        "3.10.0rc2 rc 2020-11",
        "3.10.0 stable 2020-12",
      ]
    `)
  })
})

it('a release on a day in the middle of a month lasts that day, and is described only where there is something to say', () => {
  const plan = streamsPlan(', shift: { "3.9.0": 2020-09-15 }')
  const { releases } = planCalendar(plan, { from: month('2020-07'), until: month('2020-09') })
  const ics = calendarIcs('pypi:a', releases, [])
  expect(ics).toContain('DTSTART;VALUE=DATE:20200915\r\nDTEND;VALUE=DATE:20200916\r\n')
  expect(ics).toContain('SUMMARY:pypi:a 3.9.0rc2 (rc)\r\nTRANSP:TRANSPARENT\r\n')
})
