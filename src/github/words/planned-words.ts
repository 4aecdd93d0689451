import { formatCalendarDate } from '../../calendar/calendar-date.ts'
import type { PlannedRelease } from '../../calendar/series-plan.ts'
import type { PackageId } from '../../versions/release.ts'
import { code, prose } from './escape-text.ts'

/** A planned release with what stands in its way. */
export interface PlannedIssue {
  readonly package: PackageId
  readonly planned: PlannedRelease
  /** Labels of the issues that hold releases of its stream. */
  readonly labels: readonly string[]
  readonly blockers: readonly { readonly number: number; readonly title: string }[]
  /** Its date is over and it is not published. */
  readonly late: boolean
}

/** Blockers named at most; the forge lists the others by their label. */
const mostBlockers = 50

/** The word by which the issue of a planned release is found again. */
export function plannedMarker(id: PackageId, version: string): string {
  return `<!-- slipway:planned ${id}@${version} -->`
}

export function plannedTitle({ package: id, planned }: PlannedIssue): string {
  return `Planned: ${id}@${planned.version} (${formatCalendarDate(planned.date)})`
}

/** The whole issue; nobody else's words but the titles of blockers come in. */
export function plannedText(issue: PlannedIssue): string {
  const { planned, late } = issue
  const release = code(`${issue.package}@${planned.version}`)
  const when = formatCalendarDate(planned.date)
  const notes = planned.notes.map((note) => `The plan breaks a rule: ${prose(note)}.`)
  return [
    `${release} is the next planned release, in the stream ${code(planned.stream)}: ${when}.${late ? ' That date has passed.' : ''}`,
    ...notes,
    blockersText(issue),
    'This issue is kept true once a day and closed when the release is published. `npx slipway calendar` shows the whole plan.',
    plannedMarker(issue.package, planned.version),
  ].join('\n\n')
}

function blockersText({ labels, blockers }: PlannedIssue): string {
  if (labels.length === 0) return 'No issue holds releases of this stream.'
  const named = labels.map((label) => code(label)).join(', ')
  if (blockers.length === 0) return `No release blocker is open (label ${named}).`
  const lines = blockers.slice(0, mostBlockers).map(({ number, title }) => `- #${number} ${prose(title)}`)
  const rest = blockers.length - lines.length
  if (rest > 0) lines.push(`- and ${rest} more`)
  return [`Open release blockers (label ${named}):`, '', ...lines].join('\n')
}

/** What is said once, when the date has passed. */
export function passedText({ package: id, planned }: PlannedIssue): string {
  const release = code(`${id}@${planned.version}`)
  return `${release} was planned for ${formatCalendarDate(planned.date)} and is not published. What is late moves nothing else; \`shift\` in \`.github/slipway.yml\` moves this release by up to a month.`
}

/** The issue when it has nothing to ask for any more. */
export function plannedOverText(id: PackageId, version: string, published: boolean): string {
  const release = code(`${id}@${version}`)
  const text = published ? `${release} is published.` : `${release} is not the next planned release any more.`
  return `${text}\n\n${plannedMarker(id, version)}`
}
