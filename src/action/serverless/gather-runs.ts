import { unzipSync } from 'fflate'
import { z } from 'zod'
import type { Arm } from '../../gates/evidence.ts'
import { isLive } from '../../rollout/phase.ts'
import type { World } from './open-world.ts'

/** The artifact by which a canary's run hands on what its arms did; nothing listens for a report here. */
export const reportArtifact = 'slipway-report'
const reportFile = 'slipway-report.json'
const largestBytes = 4 * 1024 * 1024

const arm = z.object({
  outcome: z.enum(['pass', 'fail', 'infra', 'timed-out', 'cancelled']),
  installed: z.array(z.string()).max(1000),
  commit: z.string().nullable(),
  detail: z.string(),
})
const reportSchema = z.object({
  rollout: z.string(),
  try: z.int().min(1),
  nonce: z.string(),
  legs: z
    .array(
      z.object({ leg: z.string(), arms: z.object({ candidate: arm.optional(), baseline: arm.optional() }) }),
    )
    .max(256),
})

interface Started {
  readonly rollout: string
  readonly canary: string
  readonly fullName: string
  readonly runId: number
}

/**
 * Asks what became of the runs of canaries: a completed one is believed by its artifact, else by how it ended. The
 * artifact is bound to its run, the run to the repository whose canary it is.
 */
export async function gatherRuns(world: World): Promise<void> {
  for (const started of startedRuns(world)) {
    await readReport(world, started)
    await world.engine.gather(started.canary, started.runId)
  }
}

function startedRuns({ engine }: World): readonly Started[] {
  return engine.all().flatMap((state) => {
    if (!isLive(state)) return []
    return Object.entries(state.canaries).flatMap(([canary, { entry, tries }]) =>
      Object.values(tries).flatMap(({ dispatches, legs }) =>
        Object.values(dispatches).flatMap(({ runId }) =>
          runId === null || Object.keys(legs).length > 0
            ? []
            : [{ rollout: state.id, canary, fullName: entry.repo, runId }],
        ),
      ),
    )
  })
}

async function readReport(world: World, started: Started): Promise<void> {
  const { elsewhere, forge, engine, log } = world
  const repository = await forge.repository(started.canary)
  const run = repository.ok ? await forge.run(repository.value, started.runId) : repository
  if (!run.ok || run.value.status !== 'completed' || run.value.repositoryId !== started.canary) return
  const [owner = '', repo = ''] = started.fullName.split('/')
  try {
    const route = 'GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts'
    const { data } = await elsewhere.request(route, { owner, repo, run_id: started.runId })
    const artifact = data.artifacts.find(({ name, expired }) => name === reportArtifact && !expired)
    if (artifact === undefined || artifact.size_in_bytes > largestBytes) return
    const download = 'GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}'
    const zip = await elsewhere.request(download, {
      owner,
      repo,
      artifact_id: artifact.id,
      archive_format: 'zip',
    })
    const report = reportSchema.parse(JSON.parse(textOf(new Uint8Array(zip.data as ArrayBuffer))))
    if (report.rollout !== started.rollout) return
    const { id: runId, attempt: runAttempt, url } = run.value
    const identity = { repositoryId: started.canary, runId, runAttempt, url }
    const legs = report.legs.map(({ leg, arms }) => ({ leg, arms: presentArms(arms) }))
    const taken = await engine.report({ ...report, legs, identity })
    if (!taken.ok) log.warn('a report was refused', { canary: started.fullName, why: taken.refusal.message })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    log.warn('a report could not be read', { canary: started.fullName, why: why.slice(0, 300) })
  }
}

function presentArms<T>(arms: { readonly [K in Arm]?: T | undefined }): Partial<Record<Arm, T>> {
  return {
    ...(arms.candidate !== undefined && { candidate: arms.candidate }),
    ...(arms.baseline !== undefined && { baseline: arms.baseline }),
  }
}

/** Bounded before it is unpacked: an archive says itself how large its files are. */
function textOf(zip: Uint8Array): string {
  const files = unzipSync(zip, {
    filter: ({ name, originalSize }) => name === reportFile && originalSize <= largestBytes,
  })
  const bytes = files[reportFile]
  if (bytes === undefined) throw new Error(`no ${reportFile} of at most 4 MB in the artifact`)
  return new TextDecoder().decode(bytes)
}
