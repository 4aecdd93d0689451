import { html } from 'hono/html'
import { formatCalendarDate } from '../../calendar/calendar-date.ts'
import type { FollowedCalendar, FollowedRelease } from '../../calendar/follow-calendar.ts'
import { dataTable, type Markup } from './page-layout.ts'

const styles: Readonly<Record<FollowedRelease['state'], string>> = {
  released: 'completed',
  'taken-back': 'rolled-back',
  late: 'fail',
  due: 'wait',
  coming: 'dim',
}

/** When releases came and come, how long each series lives, and where a calendar can subscribe to it. */
export function calendarSection(packageId: string, { releases, lives }: FollowedCalendar): Markup {
  const feed = `/api/v1/packages/${packageId.replace(':', '/')}/calendar.ics`
  const rows = releases.map(({ date, planned, version, stream, state, notes }) => {
    const said = formatCalendarDate(date)
    const other = planned === null ? null : formatCalendarDate(planned)
    const moved = other === null || said.startsWith(other) ? [] : [`planned for ${other}`]
    const remarks = [...(other === null ? ['not planned'] : moved), ...notes]
    return [
      html`<time datetime="${said}">${said}</time>`,
      version,
      stream ?? html`<span class="dim">none</span>`,
      html`<span class="${styles[state]}">${state.replace('-', ' ')}</span>`,
      remarks.join('; '),
    ]
  })
  const series = lives.map(({ series: name, firstRelease, final, ends, supportEnds }) => [
    name,
    ...[firstRelease, final, ends].map(formatCalendarDate),
    supportEnds === null ? html`<span class="dim">–</span>` : formatCalendarDate(supportEnds),
  ])
  return html`<h2>Calendar</h2>
<p class="dim">Days are those of UTC; a month without a day is a plan. <a href="${feed}">calendar.ics</a> is the feed that calendars subscribe to.</p>
${dataTable(['date', 'version', 'stream', 'state', 'remarks'], rows)}
<h3>Series</h3>${dataTable(['series', 'first release', 'final', 'maintained until', 'support ends'], series)}`
}
