import { parseDay } from '../../gates/kinds/calendar-day.ts'
import { parseWeekMinute } from '../../gates/kinds/week-minute.ts'
import type { DateSpan, ExposureRule, WeeklySpan } from '../../gates/policy.ts'
import { parseDuration } from '../reading/duration.ts'
import { nearestWord } from '../reading/nearest-word.ts'
import {
  duration,
  list,
  mapping,
  mappingOr,
  oneOf,
  parsed,
  percent,
  refused,
  text,
  wholeNumber,
  yesOrNo,
} from '../reading/setting.ts'

const spanExpected =
  'a span of the week such as "Fri 00:00/Mon 12:00" (days Mon to Sun, 00:00 to 23:59), or of dates such as 2026-12-20/2027-01-04'

/** `Fri 00:00/Mon 12:00`, from one minute of the week to another one, or `2026-12-20/2027-01-04`, both days included. */
const span = parsed<WeeklySpan | DateSpan>(
  (value) => {
    const dates = dateSpan(value)
    if (dates !== null) return { ok: true, value: dates }
    const [from, to, more] = typeof value === 'string' ? value.split('/').map(parseWeekMinute) : []
    const isSpan = typeof from === 'number' && typeof to === 'number' && more === undefined && from !== to
    return isSpan ? { ok: true, value: { from, to } } : refused(value, spanExpected)
  },
  {
    type: 'string',
    pattern:
      '^\\s*([A-Za-z]{3} \\d{2}:\\d{2}\\s*/\\s*[A-Za-z]{3} \\d{2}:\\d{2}|\\d{4}-\\d{2}-\\d{2}\\s*/\\s*\\d{4}-\\d{2}-\\d{2})\\s*$',
  },
)

function dateSpan(value: unknown): DateSpan | null {
  const [firstDay = '', lastDay = '', more] =
    typeof value === 'string' ? value.split('/').map((part) => part.trim()) : []
  const [first, last] = [parseDay(firstDay), parseDay(lastDay)]
  return first !== null && last !== null && more === undefined && first <= last ? { firstDay, lastDay } : null
}

/**
 * What people mean by a short name. Those that JavaScript knows stay at one offset all year (EST), or are kept for
 * old files only.
 */
const abbreviations: Readonly<Record<string, string>> = {
  EST: 'America/New_York',
  EDT: 'America/New_York',
  EST5EDT: 'America/New_York',
  CST: 'America/Chicago',
  CDT: 'America/Chicago',
  CST6CDT: 'America/Chicago',
  MST: 'America/Denver',
  MDT: 'America/Denver',
  MST7MDT: 'America/Denver',
  PST: 'America/Los_Angeles',
  PDT: 'America/Los_Angeles',
  PST8PDT: 'America/Los_Angeles',
  HST: 'Pacific/Honolulu',
  GMT: 'UTC',
  BST: 'Europe/London',
  WET: 'Europe/Lisbon',
  CET: 'Europe/Berlin',
  CEST: 'Europe/Berlin',
  MET: 'Europe/Berlin',
  EET: 'Europe/Helsinki',
  EEST: 'Europe/Helsinki',
  IST: 'Asia/Kolkata',
  JST: 'Asia/Tokyo',
  AEST: 'Australia/Sydney',
  AEDT: 'Australia/Sydney',
}

/** An IANA name as this machine knows it; offsets such as `+01:00` do not follow clocks that are changed. */
const timezone = parsed<string>(
  (value) => {
    const expected = 'an IANA timezone such as UTC or Europe/Berlin'
    if (typeof value !== 'string' || !/^[A-Za-z]/.test(value)) return refused(value, expected)
    const place = abbreviations[value.toUpperCase()]
    if (place !== undefined || (value !== 'UTC' && !/^(?!Etc\/).+\/./.test(value))) {
      const near = place ?? nearestWord(value, Intl.supportedValuesOf('timeZone'))
      return refused(value, near === null ? expected : `${expected}; did you mean ${near}`)
    }
    try {
      new Intl.DateTimeFormat('en-GB', { timeZone: value })
      return { ok: true, value }
    } catch {
      const near = nearestWord(value, Intl.supportedValuesOf('timeZone'))
      return refused(value, near === null ? expected : `${expected}; did you mean ${near}`)
    }
  },
  { type: 'string', examples: ['UTC', 'Europe/Berlin'] },
)

const windowShape = {
  notBetween: list(span, 'spans such as "Fri 00:00/Mon 12:00"').min(1, {
    error: 'at least one span such as "Fri 00:00/Mon 12:00"',
  }),
  timezone: timezone.optional().describe('The clock that the spans are read on. Default UTC.'),
}

/** When nothing is raised, as a gate of stages. */
export const windowEntry = mappingOr(windowShape, oneOf(['weekdays'])).describe(
  'Spans of the week in which nothing is raised, or weekdays: none from Friday 00:00 to Monday 12:00 UTC. Taking back is never bound to them.',
)

/** The window of a release, which may have none. */
export const releaseWindowEntry = mappingOr(windowShape, oneOf(['weekdays', 'always'])).describe(
  'When nothing is raised: spans, weekdays (none from Friday 00:00 to Monday 12:00 UTC), or always for no such time. Default of standard and cautious: weekdays, unless dependents have tested it.',
)

const inconclusiveExpected = 'hold, roll-back or "advance-after 7d"'

const onInconclusive = parsed<ExposureRule['onInconclusive']>(
  (value) => {
    if (value === 'hold' || value === 'roll-back') return { ok: true, value: { kind: value } }
    const match = typeof value === 'string' ? /^advance-after (.+)$/.exec(value) : null
    const after = parseDuration(match?.[1] ?? '')
    if (match === null || !after.ok || after.value === 0) return refused(value, inconclusiveExpected)
    return { ok: true, value: { kind: 'advance-after', afterMs: after.value } }
  },
  {
    type: 'string',
    pattern: '^(hold|roll-back|advance-after .+)$',
    examples: ['advance-after 7d', 'hold', 'roll-back'],
  },
)

const httpAddress = parsed<string>(
  (value) => {
    const expected = 'an https address without a user name, such as https://gate.example.com/may-go'
    const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null
    const fits = url?.protocol === 'https:' && url.username === '' && url.password === ''
    return fits && value === String(value).trim() && url.href.length <= 2000
      ? { ok: true, value: url.href }
      : refused(value, expected)
  },
  { type: 'string', pattern: '^https://\\S+$' },
)

const word = () => text('a short text of 1 to 100 characters', /^[^\n]{1,100}$/)
const label = () => text('an issue label of 1 to 50 characters', /^[^\n]{1,50}$/)

/** What a person must be allowed to do in the owner's repository. */
export const permission = () => oneOf(['write', 'maintain', 'admin'])

const canariesGate = mapping({
  maxRegressions: wholeNumber(0, 1000)
    .optional()
    .describe('Confirmed regressions of required canaries that are still tolerated. Default 0.'),
  minCoverage: wholeNumber(0, 100)
    .optional()
    .describe('Least share of admitted weight that must be decided, in percent. Default 80.'),
  minCanaries: wholeNumber(0, 10_000).optional().describe('Least number of admitted canaries. Default 0.'),
  timeout: duration(1000)
    .optional()
    .describe('How long after the start undecided canaries are waited for. Default 6h.'),
  tries: wholeNumber(1, 10)
    .optional()
    .describe('Tries of a canary before a failing candidate is a confirmed regression. Default 3.'),
  onNewlyFlaky: oneOf(['hold', 'pass'])
    .optional()
    .describe('What a canary that only sometimes fails with the candidate does. Default hold.'),
})

/** A present `gates` of a release replaces those of the profile; those of a stage merge kind by kind. */
export const gatesEntry = mapping({
  canaries: canariesGate.optional(),
  checks: mapping({
    required: list(word(), 'check names').min(1, { error: 'at least one check name' }),
  })
    .optional()
    .describe('Check runs and commit statuses of the release commit that must have succeeded.'),
  blockers: mapping({ labels: list(label(), 'issue labels').optional() }).optional(),
  approval: mapping({ by: permission().optional() }).optional(),
  exposure: mapping({
    minRuns: wholeNumber(1, 1_000_000)
      .optional()
      .describe('Least ordinary runs with the candidate. Default 59.'),
    maxHarm: percent()
      .optional()
      .describe('Greatest tolerated rise of the failure rate, in points. Default 5.'),
    confidence: wholeNumber(50, 99).optional().describe('In percent. Default 95.'),
    onInconclusive: onInconclusive
      .optional()
      .describe('What happens when the runs decide nothing. Default advance-after 7d.'),
  }).optional(),
  advisories: mappingOr(
    { block: yesOrNo().optional().describe('Also refuse exact pins of the candidate. Default false.') },
    yesOrNo(),
  )
    .optional()
    .describe('Take the candidate back when an advisory names it and not its baseline.'),
  window: windowEntry.optional(),
  http: mapping({
    url: httpAddress.describe(
      'Asked while the stage lasts; its host must be in httpGateHosts of the server.',
    ),
    timeout: duration(1000).optional().describe('How long it may take to answer, at most 10s. Default 10s.'),
  }).optional(),
})

/** Time in a stage; in a mapping also what evidence may shorten it to, and least runs with the candidate. */
export const bakeEntry = mappingOr(
  {
    time: duration().optional(),
    runs: wholeNumber(1, 1_000_000).optional(),
    most: duration().optional(),
    least: duration().optional(),
  },
  duration(),
).describe(
  'Time in this stage; { time: 24h, runs: 59 } also asks for runs with the candidate, { most: 24h, least: 4h } ends at least where evidence says so.',
)
