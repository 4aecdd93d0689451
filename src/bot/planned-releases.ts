import { hash } from 'node:crypto'
import { dateOfTime } from '../calendar/calendar-date.ts'
import { hasPassed, nextRelease } from '../calendar/next-release.ts'
import type { PlannedRelease } from '../calendar/series-plan.ts'
import { publishedReleases } from '../catalog/published-releases.ts'
import type { ReleaseEntry } from '../config/policy/file-schema.ts'
import { seriesPlanOf } from '../config/policy/series-plan.ts'
import { parseSlipwayFile, slipwayFilePath } from '../config/policy/slipway-file.ts'
import { streamPolicy } from '../config/policy/stream-policy.ts'
import { type Log, messageOf } from '../engine/core/log.ts'
import type { RolloutReader } from '../engine/roles/rollout-reader.ts'
import {
  type PlannedIssue,
  passedText,
  plannedMarker,
  plannedOverText,
  plannedText,
  plannedTitle,
} from '../github/words/planned-words.ts'
import type { AccessStore } from '../ports/access-store.ts'
import type { Clock } from '../ports/clock.ts'
import type { AppliedEffect, EffectLog } from '../ports/effect-log.ts'
import type { IssueKeeper, PullRequestReader, Repository, RepositoryReader } from '../ports/forge.ts'
import type { PackageStore } from '../ports/package-store.ts'
import type { PackageId } from '../versions/release.ts'
import { must } from './bot-parts.ts'

export interface PlannedParts {
  readonly forge: RepositoryReader & IssueKeeper & PullRequestReader
  readonly effects: EffectLog
  readonly access: Pick<AccessStore, 'packagesOwnedBy'>
  readonly packages: Pick<PackageStore, 'get'>
  readonly engine: Pick<RolloutReader, 'rolloutsOf'>
  readonly clock: Clock
  readonly log: Log
}

/** A release this long overdue is not asked for any more. */
const overdueMonths = 12
const over = 'over'

/**
 * One look at every repository that owns packages: for each package with `series` one issue about the next planned
 * release, kept true, and closed when it is published. Looking twice changes nothing.
 */
export async function tellPlannedReleases(parts: PlannedParts): Promise<void> {
  for (const repository of must(await parts.forge.repositories())) {
    try {
      const owned = await parts.access.packagesOwnedBy(repository.id)
      if (owned.length > 0) await lookAt(parts, repository, new Set(owned.map((owner) => owner.package)))
    } catch (error) {
      const fields = { repository: repository.id, why: messageOf(error) }
      parts.log.warn('planned releases not told; tried again tomorrow', fields)
    }
  }
}

async function lookAt(
  parts: PlannedParts,
  repository: Repository,
  owned: ReadonlySet<PackageId>,
): Promise<void> {
  const text = must(await parts.forge.file(repository, slipwayFilePath, null))
  const parsed = text === null ? null : parseSlipwayFile(text)
  if (parsed?.ok === false) return
  for (const id of owned) {
    const entry = parsed?.file.releases?.find((release) => release.package === id) ?? null
    await tellOf(parts, repository, id, entry)
  }
}

async function tellOf(
  parts: PlannedParts,
  repository: Repository,
  id: PackageId,
  entry: ReleaseEntry | null,
): Promise<void> {
  const today = dateOfTime(parts.clock.now())
  const record = await parts.packages.get(id)
  const published = record === null ? [] : publishedReleases(record, parts.engine.rolloutsOf(id), () => null)
  const plan = entry === null ? null : seriesPlanOf(entry)
  // What was planned before the package was here came out elsewhere; what was told of is waited for.
  const told = (await openIssues(parts.effects, id)).map(({ month }) => month)
  const here = record === null ? today.month : dateOfTime(record.createdAt).month
  const since = Math.max(today.month - overdueMonths, Math.min(here, ...told))
  const next = plan === null ? null : nextRelease(plan, { today, since, published })
  const versions = published.map(({ version }) => version)
  await closeOthers(parts, repository, id, next, versions)
  if (entry === null || next === null) return
  const labels = blockerLabels(entry, next)
  const blockers = await openBlockers(parts.forge, repository, labels)
  const issue = { package: id, planned: next, labels, blockers, late: hasPassed(next.date, today) }
  await putIssue(parts, repository, issue)
}

/** The issues that are open as far as the log knows. */
async function openIssues(effects: EffectLog, id: PackageId) {
  const all = await effects.list(`planned/${id}/issue/`)
  return all.flatMap((applied) => {
    const { issue, version, month } = applied.place
    if (applied.digest === over || typeof issue !== 'number') return []
    if (typeof version !== 'string' || typeof month !== 'number') return []
    return [{ applied, issue, version, month }]
  })
}

/** Issues about other releases have nothing to ask for any more. */
async function closeOthers(
  { forge, effects, clock }: PlannedParts,
  repository: Repository,
  id: PackageId,
  next: PlannedRelease | null,
  published: readonly string[],
): Promise<void> {
  for (const { applied, issue, version } of await openIssues(effects, id)) {
    if (version === next?.version) continue
    const body = plannedOverText(id, version, published.includes(version))
    const edited = await forge.updateIssue(repository, issue, { body, state: 'closed' })
    if (!edited.ok && edited.failure.kind !== 'gone') must(edited)
    await effects.put({ ...applied, digest: over, at: clock.now() })
  }
}

async function putIssue(parts: PlannedParts, repository: Repository, issue: PlannedIssue): Promise<void> {
  const { effects, forge, clock } = parts
  const { version } = issue.planned
  const key = `planned/${issue.package}/issue/${version}`
  const [title, body] = [plannedTitle(issue), plannedText(issue)]
  const digest = hash('sha256', `${title}\n${body}`)
  const applied = await effects.get(key)
  const number =
    applied?.digest === digest ? placeOf(applied) : await writeIssue(forge, repository, issue, applied)
  if (number === null) return
  if (applied?.digest !== digest) {
    const { month } = issue.planned.date
    const place = { repositoryId: repository.id, issue: number, version, month }
    await effects.put({ key, digest, place, at: clock.now() })
  }
  if (issue.late) await sayPassed(parts, repository, issue, number)
}

const placeOf = ({ place }: AppliedEffect) => (typeof place.issue === 'number' ? place.issue : null)

async function writeIssue(
  forge: RepositoryReader & IssueKeeper & PullRequestReader,
  repository: Repository,
  issue: PlannedIssue,
  applied: AppliedEffect | null,
): Promise<number> {
  const content = { title: plannedTitle(issue), body: plannedText(issue) }
  const known = applied === null ? null : placeOf(applied)
  if (known !== null) {
    const edited = await forge.updateIssue(repository, known, { ...content, state: 'open' })
    if (edited.ok) return known
    if (edited.failure.kind !== 'gone') must(edited)
  }
  const marker = plannedMarker(issue.package, issue.planned.version)
  const made = must(await forge.createIssue(repository, { ...content, labels: ['slipway'], marker }))
  // One of before that was found again may say something else.
  if (made.found === true) {
    must(await forge.updateIssue(repository, made.number, { ...content, state: 'open' }))
  }
  return made.number
}

async function sayPassed(
  { effects, forge, clock }: PlannedParts,
  repository: Repository,
  issue: PlannedIssue,
  number: number,
): Promise<void> {
  const key = `planned/${issue.package}/passed/${issue.planned.version}`
  if ((await effects.get(key)) !== null) return
  const marker = `<!-- slipway:comment ${key} -->`
  const body = `${passedText(issue)}\n\n${marker}`
  const { id } = must(await forge.upsertComment(repository, number, { body, marker }))
  const place = { repositoryId: repository.id, comment: id, on: number }
  await effects.put({ key, digest: 'done', place, at: clock.now() })
}

/** The labels of the issues that hold a release, as its stream's policy says. */
function blockerLabels(entry: ReleaseEntry, { version }: PlannedRelease): readonly string[] {
  const { stages } = streamPolicy(entry, version).policy
  return [...new Set(stages.flatMap(({ gates }) => gates.blockers?.labels ?? []))]
}

async function openBlockers(
  forge: RepositoryReader & IssueKeeper & PullRequestReader,
  repository: Repository,
  labels: readonly string[],
) {
  const found = new Map<number, string>()
  for (const label of labels) {
    for (const { number, title } of must(await forge.openIssues(repository, label))) found.set(number, title)
  }
  return [...found].map(([number, title]) => ({ number, title })).sort((a, b) => a.number - b.number)
}

/** Looks at once and then every day; the returned function stops that. */
export function startPlannedReleases(parts: PlannedParts): () => Promise<void> {
  let running: Promise<void> | null = null
  const run = () => {
    running ??= tellPlannedReleases(parts)
      .catch((error) => parts.log.warn('planned releases not told', { why: messageOf(error) }))
      .finally(() => {
        running = null
      })
  }
  run()
  const timer = setInterval(run, dayMs)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await running
  }
}

const dayMs = 24 * 3_600_000
