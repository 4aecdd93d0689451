import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDay } from '../../../src/gates/kinds/calendar-day.ts'
import {
  formatWeekMinute,
  parseWeekMinute,
  WEEK_MINUTES,
  weekMinuteOf,
} from '../../../src/gates/kinds/week-minute.ts'
import { opensAt } from '../../../src/gates/kinds/window.ts'
import type { WindowRule } from '../../../src/gates/policy.ts'
import { ask } from '../gate-builders.ts'

const MINUTE = 60_000
const at = (iso: string) => Date.parse(iso)
const iso = (ms: number | null) => (ms === null ? null : `${new Date(ms).toISOString().slice(0, 16)}Z`)

function rule(timezone: string, ...spans: readonly string[]): WindowRule {
  const notBetween = spans.map((span) => {
    const [from = '', to = ''] = span.split('/')
    return { from: parseWeekMinute(from) ?? -1, to: parseWeekMinute(to) ?? -1 }
  })
  return { notBetween, timezone }
}

const weekend = rule('UTC', 'Fri 00:00/Mon 12:00')
const asked = (window: WindowRule, now: string, percent = 5) =>
  ask({ window }, {}, at(now), { bakeMs: 0, basisPoints: percent * 100 })

describe('the window gate', () => {
  it('waits in its span, names it and the time, and passes outside', () => {
    expect([
      asked(weekend, '2026-11-20T14:00:00Z'),
      asked(weekend, '2026-11-23T11:59:59Z'),
      asked(weekend, '2026-11-23T12:00:00Z'),
      asked(weekend, '2026-11-26T23:59:59Z'),
    ]).toMatchInlineSnapshot(`
      [
        {
          "answer": "wait",
          "sentence": "No raise between Fri 00:00 and Mon 12:00 (UTC): waiting until 2026-11-23 12:00 UTC.",
          "until": 1795435200000,
        },
        {
          "answer": "wait",
          "sentence": "No raise between Fri 00:00 and Mon 12:00 (UTC): waiting until 2026-11-23 12:00 UTC.",
          "until": 1795435200000,
        },
        {
          "answer": "pass",
          "sentence": "Raises are free at this time; none between Fri 00:00 and Mon 12:00 (UTC).",
          "until": null,
        },
        {
          "answer": "pass",
          "sentence": "Raises are free at this time; none between Fri 00:00 and Mon 12:00 (UTC).",
          "until": null,
        },
      ]
    `)
  })

  it('has no say where no raise is ahead: at 100 percent a rollout completes at any hour', () => {
    expect(asked(weekend, '2026-11-21T00:00:00Z', 100)).toMatchInlineSnapshot(`
      {
        "answer": "pass",
        "sentence": "Everybody sees it, so no raise is ahead that had to wait for a window.",
        "until": null,
      }
    `)
  })

  it('holds where no time is left, and in a timezone that this machine does not know', () => {
    const never = rule('UTC', 'Mon 00:00/Thu 00:00', 'Wed 12:00/Mon 06:00')
    expect([
      asked(never, '2026-11-20T14:00:00Z'),
      asked(rule('Mars/Olympus', 'Fri 00:00/Mon 12:00'), '2026-11-20T14:00:00Z'),
    ]).toMatchInlineSnapshot(`
      [
        {
          "answer": "hold",
          "sentence": "No raise between Mon 00:00 and Thu 00:00, or Wed 12:00 and Mon 06:00 (UTC), and there is no time left for a raise; a person must advance past it.",
          "until": null,
        },
        {
          "answer": "hold",
          "sentence": "No raise between Fri 00:00 and Mon 12:00 (Mars/Olympus), and the timezone is not known here; a person must advance past it.",
          "until": null,
        },
      ]
    `)
  })
})

describe('when the window opens', () => {
  it.each([
    [
      'over the end of the week',
      rule('UTC', 'Sun 22:00/Mon 06:00'),
      '2026-11-22T23:30:00Z',
      '2026-11-23T06:00Z',
    ],
    [
      'two spans that meet',
      rule('UTC', 'Fri 18:00/Sun 00:00', 'Sun 00:00/Mon 08:00'),
      '2026-11-21T09:00:00Z',
      '2026-11-23T08:00Z',
    ],
    [
      'two spans that overlap',
      rule('UTC', 'Fri 18:00/Sun 12:00', 'Sun 00:00/Mon 08:00'),
      '2026-11-21T09:00:00Z',
      '2026-11-23T08:00Z',
    ],
    [
      'in New York, five hours behind',
      rule('America/New_York', 'Fri 00:00/Mon 12:00'),
      '2026-11-20T05:00:00Z',
      '2026-11-23T17:00Z',
    ],
    [
      'not yet Friday in New York',
      rule('America/New_York', 'Fri 00:00/Mon 12:00'),
      '2026-11-20T04:59:00Z',
      '2026-11-20T04:59Z',
    ],
    [
      'a zone with a quarter of an hour',
      rule('Asia/Kathmandu', 'Fri 00:00/Mon 12:00'),
      '2026-11-20T12:00:00Z',
      '2026-11-23T06:15Z',
    ],
    ['over a leap day', rule('UTC', 'Mon 00:00/Thu 00:00'), '2028-02-28T10:00:00Z', '2028-03-02T00:00Z'],
    ['a year without one', rule('UTC', 'Mon 00:00/Thu 00:00'), '2100-02-22T10:00:00Z', '2100-02-25T00:00Z'],
    // Clocks in Berlin: 2026-03-29 02:00 becomes 03:00, 2026-10-25 03:00 becomes 02:00.
    [
      'an hour shorter in spring',
      rule('Europe/Berlin', 'Fri 00:00/Mon 12:00'),
      '2026-03-28T12:00:00Z',
      '2026-03-30T10:00Z',
    ],
    [
      'an hour longer in autumn',
      rule('Europe/Berlin', 'Fri 00:00/Mon 12:00'),
      '2026-10-24T12:00:00Z',
      '2026-10-26T11:00Z',
    ],
    [
      'an end that the clock jumps over',
      rule('Europe/Berlin', 'Sun 00:00/Sun 02:30'),
      '2026-03-29T00:30:00Z',
      '2026-03-29T01:00Z',
    ],
    [
      'an end that comes twice: its first time',
      rule('Europe/Berlin', 'Sun 00:00/Sun 02:30'),
      '2026-10-25T00:10:00Z',
      '2026-10-25T00:30Z',
    ],
    [
      'and again until its second',
      rule('Europe/Berlin', 'Sun 00:00/Sun 02:30'),
      '2026-10-25T01:10:00Z',
      '2026-10-25T01:30Z',
    ],
    [
      'half an hour of summer on Lord Howe',
      rule('Australia/Lord_Howe', 'Sat 00:00/Mon 00:00'),
      '2026-04-04T12:00:00Z',
      '2026-04-05T13:30Z',
    ],
  ])('%s', (_, window, now, opens) => {
    expect(iso(opensAt(window, at(now)))).toBe(opens)
  })

  it('agrees with looking at every minute of a week, also where clocks are changed', () => {
    const minute = fc.integer({ min: 0, max: WEEK_MINUTES - 1 })
    const cases = fc.record({
      spans: fc.array(fc.record({ from: minute, to: minute }), { minLength: 1, maxLength: 2 }),
      timezone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns'),
      now: fc.constantFrom('2026-03-27T09:10:00Z', '2026-10-24T22:00:00Z', '2026-11-01T03:00:00Z'),
      later: fc.integer({ min: 0, max: 3 * 1440 }),
    })
    fc.assert(
      fc.property(cases, ({ spans, timezone, now, later }) => {
        const window = { notBetween: spans, timezone }
        const start = at(now) + later * MINUTE
        expect(iso(opensAt(window, start))).toBe(iso(firstFree(window, start)))
      }),
      { numRuns: 60 },
    )
  })
})

/** The slow and obvious way. */
function firstFree({ notBetween, timezone }: WindowRule, start: number): number | null {
  const covered = (minute: number) =>
    notBetween.some((span) => {
      if ('lastDay' in span) throw new Error('spans of the week only')
      const { from, to } = span
      return from <= to ? minute >= from && minute < to : minute >= from || minute < to
    })
  for (let now = start; now <= start + 9 * 1440 * MINUTE; now += MINUTE) {
    if (!covered(weekMinuteOf(now, timezone) ?? 0)) return now
  }
  return null
}

const dates = (timezone: string, firstDay: string, lastDay: string): WindowRule => ({
  notBetween: [{ firstDay, lastDay }],
  timezone,
})

describe('a window of dates', () => {
  it.each([
    ['before', 'UTC', '2026-12-19T23:59:00Z', '2026-12-19T23:59Z'],
    ['its first minute', 'UTC', '2026-12-20T00:00:00Z', '2027-01-05T00:00Z'],
    ['the end of its last day', 'UTC', '2027-01-04T23:59:00Z', '2027-01-05T00:00Z'],
    ['after', 'UTC', '2027-01-05T00:00:00Z', '2027-01-05T00:00Z'],
    ['its first day there, not here', 'Asia/Tokyo', '2026-12-19T15:00:00Z', '2027-01-04T15:00Z'],
  ])('%s', (_, timezone, now, opens) => {
    expect(iso(opensAt(dates(timezone, '2026-12-20', '2027-01-04'), at(now)))).toBe(opens)
  })

  it('is followed by a span of the week that touches it', () => {
    const { notBetween } = weekend
    const both = {
      notBetween: [...notBetween, { firstDay: '2026-12-20', lastDay: '2027-01-01' }],
      timezone: 'UTC',
    }
    // 2027-01-01 is a Friday.
    expect(iso(opensAt(both, at('2026-12-24T10:00:00Z')))).toBe('2027-01-04T12:00Z')
  })

  it('ends by the clock that people there read, over a change of clocks too', () => {
    const months = dates('Europe/Berlin', '2026-03-01', '2026-10-31')
    expect(iso(opensAt(months, at('2026-03-01T00:00:00Z')))).toBe('2026-10-31T23:00Z')
    const march = dates('Europe/Berlin', '2026-03-20', '2026-03-31')
    expect(iso(opensAt(march, at('2026-03-20T12:00:00Z')))).toBe('2026-03-31T22:00Z')
  })

  it('says its days, and never stops anything but raises', () => {
    const window = dates('UTC', '2026-12-20', '2027-01-04')
    expect(asked(window, '2026-12-24T00:00:00Z')).toMatchObject({
      answer: 'wait',
      sentence:
        'No raise between 2026-12-20 and the end of 2027-01-04 (UTC): waiting until 2027-01-05 00:00 UTC.',
    })
    expect(asked(window, '2026-12-24T00:00:00Z', 100)).toMatchObject({ answer: 'pass' })
  })
})

describe('days of the calendar', () => {
  it('are those that JavaScript counts', () => {
    const anyDay = fc.date({ min: new Date('1600-01-01'), max: new Date('2400-12-31'), noInvalidDate: true })
    fc.assert(
      fc.property(anyDay, (date) => {
        const text = date.toISOString().slice(0, 10)
        expect(parseDay(text)).toBe(Date.parse(text) / 86_400_000)
      }),
    )
  })

  it.each(['2026-02-29', '2026-13-01', '2026-00-10', '2026-04-31', '2026-1-1', '20261220', ''])(
    '"%s" is none',
    (text) => expect(parseDay(text)).toBeNull(),
  )
})

describe('minutes of the week', () => {
  it.each(['Mon 00:00', 'Fri 09:05', 'Sun 23:59'])('%s is read and said the same', (text) => {
    expect(formatWeekMinute(parseWeekMinute(text) ?? -1)).toBe(text)
  })

  it.each(['', 'Fri', 'Fri 24:00', 'Fri 9:00', 'Friday 09:00', 'Fri 09:60', '2026 09:00'])(
    '"%s" is none',
    (text) => expect(parseWeekMinute(text)).toBeNull(),
  )
})
