import { z } from 'zod'
import { calendarDateExpected, parseCalendarDate } from '../../calendar/calendar-date.ts'
import {
  cadenceExpected,
  daysExpected,
  monthsExpected,
  readCadence,
  readDays,
  readMonths,
} from '../../calendar/read-cadence.ts'
import { list, mapping, oneOf, parsed, refused, text, wholeNumber } from '../reading/setting.ts'

const personPattern = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?(?:\/[A-Za-z0-9][A-Za-z0-9._-]{0,99})?$/
const seriesNumbers = /^(?:0|[1-9]\d{0,5})(?:\.(?:0|[1-9]\d{0,5})){0,2}$/

/** A setting that one of the calendar's readers understands; null from the reader means refused. */
function written<T>(read: (text: string) => T | null, expected: string, examples: readonly string[]) {
  return parsed<T>(
    (value) => {
      const result = typeof value === 'string' ? read(value) : null
      return result === null ? refused(value, expected) : { ok: true, value: result }
    },
    { type: 'string', examples: [...examples] },
  )
}

export type StreamMatch =
  | { readonly kind: 'final' }
  /** `otherLabel`: a word that a release may carry in the place of the usual one, with its number. */
  | { readonly kind: 'prerelease'; readonly label: string; readonly otherLabel: string | null }

const matchExpected =
  '"final", or "prerelease" and its word such as "prerelease b" or "prerelease rc", or two that share their numbers such as "prerelease b or a"'

function readMatch(given: string): StreamMatch | null {
  if (given === 'final') return { kind: 'final' }
  const word = '[A-Za-z](?:[A-Za-z0-9-]{0,30}[A-Za-z-])?'
  const [, label, otherLabel = null] =
    new RegExp(`^prerelease (${word})(?: or (${word}))?$`).exec(given) ?? []
  return label === undefined || label === otherLabel ? null : { kind: 'prerelease', label, otherLabel }
}

const months = () => written(readMonths, monthsExpected, ['2 months', '1 year'])
const days = () => written(readDays, daysExpected, ['1 week', '3 days'])
const date = () => written(parseCalendarDate, calendarDateExpected, ['2020-08', '2020-08-17'])
const streamName = () => text('the name of a stream', /^[a-z][a-z0-9-]{0,31}$/)
const checkName = () => text('a check name of 1 to 100 characters', /^[^\n]{1,100}$/)
const names = (what: string) => z.array(checkName(), { error: `a list of ${what}` })

/** What one audience gets: which versions, how fast they roll out, when they come. */
export const streamEntry = mapping({
  match: written(readMatch, matchExpected, ['prerelease b', 'final'])
    .optional()
    .describe('The versions of this stream. A stream with "of" needs none.'),
  first: text('one of the two words of match', /^[A-Za-z][A-Za-z0-9-]{0,31}$/)
    .optional()
    .describe('The word of the first release of each series, where match has two. Default its first one.'),
  of: streamName().optional().describe('The stream whose releases this one maintains.'),
  lines: z
    .array(text('the numbers that a series begins with, such as "3.9" or "4"', seriesNumbers), {
      error: 'a list of series such as ["3.9"]',
    })
    .min(1, { error: 'a list of series such as ["3.9"]' })
    .optional()
    .describe('The series that it maintains; without them all that no other stream names.'),
  channel: streamName().optional().describe('The view /channel/<name> that shows it and later streams.'),
  profile: oneOf(['rapid', 'standard', 'cautious'])
    .optional()
    .describe(
      "The ladder of its releases instead of the policy's. Pre-releases without one are published directly.",
    ),
  required: z
    .array(text('a repository as owner/name', /^[A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9._-]+$/), {
      error: 'a list of repositories as owner/name',
    })
    .optional()
    .describe('Canaries that are required in this stream only; all others are advisory in it.'),
  people: list(
    text('a person or team of GitHub such as "ada" or "acme/beta-team"', personPattern),
    'people and teams of GitHub',
  )
    .max(20, { error: 'at most 20 people and teams' })
    .optional()
    .describe('People and teams who are told of each release that enters this stream.'),
  cadence: written(readCadence, cadenceExpected, ['2 months', '2 years in August']).optional(),
  length: months().optional().describe('How long before the final the first of a counted stream comes.'),
  count: wholeNumber(1, 24).optional().describe('How many releases a counted stream has.'),
  every: months().optional().describe('From one release of a counted stream to the next. Default 1 month.'),
  lasts: months()
    .optional()
    .describe('How long after its final a series is maintained. Default until the next series is.'),
  offset: months().optional().describe('From the final to its first maintenance release.'),
  pauseDuring: streamName().optional().describe('No release of this stream while that stream is open.'),
  freeze: names('checks')
    .optional()
    .describe('Checks that must stay green from the first release of this stream until the final.'),
  promises: names('checks')
    .optional()
    .describe('Checks that must stay green from the first release of this stream on.'),
  after: mapping({ stream: streamName(), min: days().optional(), max: days().optional() })
    .optional()
    .describe('Least and most time after the last release of another stream.'),
})

const threeNumbers = /^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$/

/** Where the timeline begins. */
export const seriesEntry = mapping({
  start: text('the first final as three numbers, such as "3.9.0"', threeNumbers),
  from: date()
    .optional()
    .describe(
      'Month of the first pre-release of that series. Without it what firstFinal and the cadences say.',
    ),
  firstFinal: date()
    .optional()
    .describe('Month or day of that final. Without it the first month of its cadence that leaves room.'),
  bump: oneOf(['minor', 'major']).optional().describe('What the next series raises. Default minor.'),
  shift: z
    .record(text('a version', /^[0-9A-Za-z.+!-]{1,60}$/), date(), { error: 'a mapping of versions to dates' })
    .optional()
    .describe('Releases that were moved, by at most a month.'),
  support: months().optional().describe('How long a feature release is supported.'),
})

export const streamsEntry = z
  .record(streamName(), streamEntry, { error: 'a mapping of stream names to streams' })
  .describe('Release streams for different audiences, from the earliest to the most mature.')

export type StreamEntry = z.output<typeof streamEntry>
