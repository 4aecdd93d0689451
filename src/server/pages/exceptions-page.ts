import { html } from 'hono/html'
import type { ExceptionRule } from '../../config/server/overlay-settings.ts'
import { dataTable, type Markup, pageLayout, showTime } from './page-layout.ts'

/** `/exceptions`: what operators show to everybody although a rule would not, and until when. */
export function exceptionsPage(exceptions: readonly ExceptionRule[], now: number): Markup {
  const rows = exceptions.map(({ package: name, versions, until, reason }) => [
    html`<code>${name}</code>`,
    versions ?? 'all versions',
    until <= now ? html`<span class="hold">ended ${showTime(until)}</span>` : showTime(until),
    reason,
  ])
  const none = html`<p class="dim">There are none.</p>`
  return pageLayout(
    'Exceptions',
    html`<h1>Exceptions</h1>
<p>Shown to everybody although a rule would hide it, until the time named.</p>
${rows.length === 0 ? none : dataTable(['package', 'versions', 'until', 'reason'], rows)}`,
  )
}
