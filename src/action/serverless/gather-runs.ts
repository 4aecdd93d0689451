import type { EvidenceGatherer } from '../../engine/roles/evidence-gatherer.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { isLive } from '../../rollout/history/phase.ts'
import { packageIdOf } from '../../versions/release.ts'
import type { World } from './open-world.ts'
import { type ArtifactReport, reportsOfRun } from './read-artifact.ts'

interface Started {
  readonly rollout: string
  readonly canary: string
  readonly fullName: string
  readonly runId: number
}

/**
 * Asks what became of the runs of canaries. A dispatched run that is completed is believed by its artifact, else by
 * how it ended; of canaries that test by themselves the newest runs are looked at. An artifact is bound to its run,
 * the run to the repository whose canary it is.
 */
export async function gatherRuns(world: World<RolloutReader & EvidenceGatherer>): Promise<void> {
  for (const started of startedRuns(world)) {
    await readDispatched(world, started)
    await world.engine.gather(started.canary, started.runId)
  }
  for (const puller of pullers(world)) await readPulled(world, puller)
}

function startedRuns({ engine }: World<RolloutReader>): readonly Started[] {
  return engine.all().flatMap((state) => {
    if (!isLive(state)) return []
    return Object.entries(state.canaries).flatMap(([canary, { entry, tries }]) =>
      Object.values(tries).flatMap(({ dispatches, legs }) =>
        Object.values(dispatches).flatMap(({ runId }) =>
          runId === null || entry.mode !== 'dispatch' || Object.keys(legs).length > 0
            ? []
            : [{ rollout: state.id, canary, fullName: entry.repo, runId }],
        ),
      ),
    )
  })
}

async function readDispatched(world: World<EvidenceGatherer>, started: Started): Promise<void> {
  const { forge } = world
  const repository = await forge.repository(started.canary)
  const run = repository.ok ? await forge.run(repository.value, started.runId) : repository
  if (!run.ok || run.value.status !== 'completed' || run.value.repositoryId !== started.canary) return
  const { id, attempt, url } = run.value
  const place = { fullName: started.fullName, runId: id, runAttempt: attempt }
  const reports = await reportsOrNone(world, place)
  const own = reports.filter(({ rollout }) => rollout === started.rollout)
  for (const report of own) await take(world, report, own, started, url)
}

/** A canary that tests by its own schedule, in the rollouts that wait for it. */
interface Puller {
  readonly canary: string
  readonly fullName: string
  readonly workflow: string
  /** Runs that ended before have nothing to say. */
  readonly since: number
}

function pullers({ engine }: World<RolloutReader>): readonly Puller[] {
  const found = new Map<string, Puller>()
  for (const state of engine.all()) {
    if (!isLive(state)) continue
    for (const [canary, { entry }] of Object.entries(state.canaries)) {
      if (entry.mode !== 'pull' || entry.admission === 'none') continue
      const since = Math.min(state.startedAt, found.get(canary)?.since ?? state.startedAt)
      found.set(canary, { canary, fullName: entry.repo, workflow: entry.workflow, since })
    }
  }
  return [...found.values()]
}

/** Events whose runs have the code of the repository's own branches; a fork's pull request is nobody's report. */
const ownEvents = ['schedule', 'workflow_dispatch', 'push']
const newestRuns = 30

async function readPulled(world: World<RolloutReader & EvidenceGatherer>, puller: Puller): Promise<void> {
  for (const run of await newestRunsOf(world, puller)) {
    const place = { fullName: puller.fullName, runId: run.id, runAttempt: run.attempt }
    const reports = await reportsOrNone(world, place)
    for (const report of reports) {
      const isOther = (one: ArtifactReport) => one.rollout !== report.rollout || one.try !== report.try
      const before = reports.slice(0, reports.indexOf(report)).every(isOther)
      // Of several attempts the first asks whether it is wanted; the others belong to it.
      if (before && !(await isWanted(world, puller, run.id, report))) continue
      await take(world, report, reports, { canary: puller.canary, runId: run.id }, run.url)
    }
  }
}

/** Oldest first, so that tries come in their order. */
async function newestRunsOf({ elsewhere, log }: World, { canary, fullName, workflow, since }: Puller) {
  const [owner = '', repo = ''] = fullName.split('/')
  try {
    const { data } = await elsewhere.request('GET /repos/{owner}/{repo}/actions/runs', {
      owner,
      repo,
      status: 'completed',
      per_page: newestRuns,
    })
    return data.workflow_runs
      .filter(({ repository, head_repository: head, event, path, updated_at: updatedAt }) => {
        const isOwn = String(repository.id) === canary && String(head?.id) === canary
        const fits = workflow === '' || path?.split('@')[0]?.endsWith(`/${workflow}`)
        return isOwn && fits && ownEvents.includes(event) && Date.parse(updatedAt) >= since - 60_000
      })
      .map(({ id, run_attempt: attempt, html_url: url }) => ({ id: Number(id), attempt: attempt ?? 1, url }))
      .reverse()
  } catch (error) {
    log.warn('runs of a canary could not be read', { canary: fullName, why: wordsOf(error) })
    return []
  }
}

/** Whether the rollout waits for just this try; then it is noted as this run's. */
async function isWanted(
  world: World<RolloutReader & EvidenceGatherer>,
  puller: Puller,
  runId: number,
  report: ArtifactReport,
) {
  const { engine } = world
  const state = engine.find(report.rollout)
  if (state === null || !isLive(state)) return false
  const reported = Object.keys(state.canaries[puller.canary]?.tries[report.try]?.legs ?? {}).length > 0
  if (reported || engine.nonceOf(state.id, puller.canary, report.try) !== report.nonce) return false
  const assigned = await engine.checkIn({
    repository: { id: puller.canary, fullName: puller.fullName, private: false },
    runId,
    workflow: puller.workflow,
    packages: state.members.map(({ candidate }) => packageIdOf(candidate)),
  })
  return assigned.some((one) => one.state.id === state.id && one.try === report.try)
}

async function reportsOrNone(world: World, place: Parameters<typeof reportsOfRun>[1]) {
  try {
    return await reportsOfRun(world, place)
  } catch (error) {
    world.log.warn('a report could not be read', { canary: place.fullName, why: wordsOf(error) })
    return []
  }
}

async function take(
  { engine, log }: World<EvidenceGatherer>,
  report: ArtifactReport,
  all: readonly ArtifactReport[],
  { canary, runId }: Pick<Started, 'canary' | 'runId'>,
  url: string,
): Promise<void> {
  const { attempt, ...rest } = report
  const identity = { repositoryId: canary, runId, runAttempt: attempt, url }
  // The run is over, so there is no leg to come but those that it says it has and that left nothing.
  const ofTry = all.filter((one) => one.rollout === report.rollout && one.try === report.try)
  const present = new Set(ofTry.flatMap(({ legs }) => legs.map(({ leg }) => leg))).size
  const of = Math.max(present, ...ofTry.map((one) => one.of))
  const taken = await engine.report({ ...rest, of, identity })
  if (!taken.ok) log.warn('a report was refused', { canary, why: taken.refusal.message })
}

function wordsOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 300)
}
