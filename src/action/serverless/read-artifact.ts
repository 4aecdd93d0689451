import { z } from 'zod'
import { readArchive } from '../../archives/read-archive.ts'
import type { CanaryReport } from '../../engine/runs/canary-report.ts'
import type { Arm } from '../../gates/evidence.ts'
import type { World } from './open-world.ts'

/** The artifact by which a canary's run hands on what its arms did; nothing listens for a report here. */
const reportArtifact = /^slipway-report(-.{1,200})?$/
const reportFile = 'slipway-report.json'
const largestBytes = 4 * 1024 * 1024
/** GitHub runs at most 256 jobs of one matrix, and each keeps one. */
const mostArtifacts = 256

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
  run: z.object({ id: z.int(), attempt: z.int() }).optional(),
  legs: z
    .array(
      z.object({ leg: z.string(), arms: z.object({ candidate: arm.optional(), baseline: arm.optional() }) }),
    )
    .max(256),
})
const fileSchema = z.union([z.object({ reports: z.array(reportSchema).max(256) }), reportSchema])

/** What a run says of one try, with the legs of all its jobs. */
export type ArtifactReport = Pick<CanaryReport, 'rollout' | 'try' | 'nonce' | 'legs'>

interface RunPlace {
  readonly fullName: string
  readonly runId: number
  readonly runAttempt: number
}

/**
 * The reports that a run left, in the order of their tries. A report that names another run or attempt than the one
 * it lies in is left out. Throws what the API or the file gave it to throw.
 */
export async function reportsOfRun(
  { elsewhere }: Pick<World, 'elsewhere'>,
  { fullName, runId, runAttempt }: RunPlace,
): Promise<readonly ArtifactReport[]> {
  const [owner = '', repo = ''] = fullName.split('/')
  const route = 'GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts'
  const { data } = await elsewhere.request(route, { owner, repo, run_id: runId, per_page: 100 })
  const kept = data.artifacts.filter(({ name, expired }) => reportArtifact.test(name) && !expired)
  const found: ArtifactReport[] = []
  for (const { id, size_in_bytes: size } of kept.slice(0, mostArtifacts)) {
    if (size > largestBytes) continue
    const download = 'GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}'
    const zip = await elsewhere.request(download, { owner, repo, artifact_id: id, archive_format: 'zip' })
    const file = fileSchema.parse(JSON.parse(await textOf(new Uint8Array(zip.data as ArrayBuffer))))
    for (const report of 'reports' in file ? file.reports : [file]) {
      const { run, legs, ...rest } = report
      if (run !== undefined && (run.id !== runId || run.attempt !== runAttempt)) continue
      found.push({ ...rest, legs: legs.map(({ leg, arms }) => ({ leg, arms: presentArms(arms) })) })
    }
  }
  return merged(found).sort((a, b) => a.try - b.try)
}

/** Each job of a matrix keeps an artifact of its own; together they are the report of the try. */
function merged(reports: readonly ArtifactReport[]): ArtifactReport[] {
  const byTry = new Map<string, ArtifactReport>()
  for (const report of reports) {
    const key = `${report.rollout} ${report.try} ${report.nonce}`
    const before = byTry.get(key)
    byTry.set(key, before === undefined ? report : { ...before, legs: [...before.legs, ...report.legs] })
  }
  return [...byTry.values()]
}

function presentArms<T>(arms: { readonly [K in Arm]?: T | undefined }): Partial<Record<Arm, T>> {
  return {
    ...(arms.candidate !== undefined && { candidate: arms.candidate }),
    ...(arms.baseline !== undefined && { baseline: arms.baseline }),
  }
}

/** Bounded before it is unpacked: an archive says itself how large its files are. */
async function textOf(zip: Uint8Array): Promise<string> {
  const limits = { fileBytes: largestBytes, keptBytes: largestBytes }
  const read = await readArchive(zip, { formats: ['zip'], wanted: (path) => path === reportFile, limits })
  const bytes = read.ok ? read.value.files.get(reportFile) : undefined
  if (bytes === undefined) throw new Error(`no ${reportFile} of at most 4 MB in the artifact`)
  return new TextDecoder().decode(bytes)
}
