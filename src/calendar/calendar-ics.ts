import { type CalendarDate, daysIn, formatCalendarDate } from './calendar-date.ts'
import type { FollowedRelease } from './follow-calendar.ts'
import type { SeriesLife } from './series-plan.ts'

/** A release with the day or month that it has in a calendar; `state` where the calendar follows what happened. */
type DatedRelease = Pick<FollowedRelease, 'version' | 'stream' | 'date' | 'notes'> &
  Partial<Pick<FollowedRelease, 'state'>>

/** Most octets of a line, without its end (RFC 5545 section 3.1). */
const lineOctets = 75

/**
 * The releases as an iCalendar file (RFC 5545), and the days on which support of their series ends: one all-day event
 * each; what has no day spans its month. The same plan gives the same bytes, so the time stamp is the planned date and
 * not the time of writing.
 */
export function calendarIcs(
  packageId: string,
  releases: readonly DatedRelease[],
  lives: readonly SeriesLife[],
): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Slipway//Release calendar//EN',
    `X-WR-CALNAME:${escapeText(`${packageId} releases`)}`,
    ...releases.flatMap(({ version, stream, date, notes, state }) =>
      eventOf(`${packageId}@${version}`, `${packageId} ${version}${remarks(stream, state)}`, date, notes),
    ),
    ...lives.flatMap(({ series, supportEnds }) => {
      if (supportEnds === null) return []
      const name = `${packageId}@${series}/support`
      return eventOf(name, `${packageId} ${series}: support ends`, supportEnds, [])
    }),
    'END:VCALENDAR',
  ]
  return lines.map((line) => `${fold(line)}\r\n`).join('')
}

/** ` (stable)`, ` (stable, late)`. */
function remarks(stream: string | null, state: FollowedRelease['state'] | undefined): string {
  const said = state === 'late' || state === 'taken-back' ? state.replace('-', ' ') : null
  const words = [stream, said].filter((word) => word !== null)
  return words.length === 0 ? '' : ` (${words.join(', ')})`
}

function eventOf(
  name: string,
  summary: string,
  date: CalendarDate,
  notes: readonly string[],
): readonly string[] {
  const start = dayText({ ...date, day: date.day ?? 1 })
  return [
    'BEGIN:VEVENT',
    `UID:${escapeText(name)}@slipway`,
    `DTSTAMP:${start}T000000Z`,
    `DTSTART;VALUE=DATE:${start}`,
    `DTEND;VALUE=DATE:${dayText(dayAfter(date))}`,
    `SUMMARY:${escapeText(summary)}`,
    ...(notes.length === 0 ? [] : [`DESCRIPTION:${escapeText(notes.join('\n'))}`]),
    'TRANSP:TRANSPARENT',
    'END:VEVENT',
  ]
}

/** The end of an all-day event is the first day that is not part of it. */
function dayAfter({ month, day }: CalendarDate): CalendarDate {
  if (day === null || day === daysIn(month)) return { month: month + 1, day: 1 }
  return { month, day: day + 1 }
}

function dayText(date: CalendarDate): string {
  return formatCalendarDate(date).replaceAll('-', '')
}

function escapeText(text: string): string {
  return text.replace(/[\\;,]/g, (character) => `\\${character}`).replaceAll('\n', '\\n')
}

/** Long lines continue after a line break and one space. All that is written here is ASCII. */
function fold(line: string): string {
  const parts = [line.slice(0, lineOctets)]
  for (let start = lineOctets; start < line.length; start += lineOctets - 1) {
    parts.push(` ${line.slice(start, start + lineOctets - 1)}`)
  }
  return parts.join('\r\n')
}
