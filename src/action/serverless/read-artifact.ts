import { z } from 'zod'
import { readArchive } from '../../archives/read-archive.ts'
import type { CanaryReport } from '../../engine/runs/canary-report.ts'
import { toldArms } from '../../engine/runs/told-arms.ts'
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
  seconds: z.number().min(0).optional(),
  tests: z
    .object({
      total: z.int().min(0),
      failed: z
        .array(z.object({ name: z.string().max(300), error: z.string().max(2000).optional() }))
        .max(1000),
      truncated: z.boolean(),
    })
    .optional(),
})
const notExercised = z.object({
  why: z.enum(['locked', 'capped', 'no-dependency', 'resolver', 'cool-down']),
  by: z.string().max(500).optional(),
  says: z.string().max(2000).optional(),
})
const reportSchema = z.object({
  rollout: z.string(),
  try: z.int().min(1),
  nonce: z.string(),
  run: z.object({ id: z.int(), attempt: z.int() }).optional(),
  legs: z
    .array(
      z.object({
        leg: z.string(),
        of: z.int().optional(),
        subject: z.string().max(500).optional(),
        order: z.enum(['baseline-first', 'candidate-first']).optional(),
        notExercised: notExercised.optional(),
        arms: z.object({ candidate: arm.optional(), baseline: arm.optional() }),
      }),
    )
    .max(256),
})
const fileSchema = z.union([z.object({ reports: z.array(reportSchema).max(256) }), reportSchema])

/** What a run says of one try, with the legs of all its jobs. */
export type ArtifactReport = Pick<CanaryReport, 'rollout' | 'try' | 'nonce' | 'legs'> & {
  /** The attempt of the run that these legs are of: after "re-run failed jobs" the others are of the one before. */
  readonly attempt: number
  /** How many legs the run has, as they say. */
  readonly of: number
}

interface RunPlace {
  readonly fullName: string
  readonly runId: number
  readonly runAttempt: number
}

/**
 * The reports that a run left, in the order of their tries, of each leg the newest. A report that names another run, or
 * an attempt that was not yet, is left out. Throws what the API or the file gave it to throw.
 */
export async function reportsOfRun(
  { elsewhere }: Pick<World, 'elsewhere'>,
  { fullName, runId, runAttempt }: RunPlace,
): Promise<readonly ArtifactReport[]> {
  const [owner = '', repo = ''] = fullName.split('/')
  const all = await artifactsOf(elsewhere, { owner, repo, run_id: runId })
  const kept = all.filter(({ name, expired }) => reportArtifact.test(name) && !expired)
  const found: ArtifactReport[] = []
  for (const { id, size_in_bytes: size } of kept.slice(0, mostArtifacts)) {
    if (size > largestBytes) continue
    const download = 'GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}'
    const zip = await elsewhere.request(download, { owner, repo, artifact_id: id, archive_format: 'zip' })
    const file = fileSchema.parse(JSON.parse(await textOf(new Uint8Array(zip.data as ArrayBuffer))))
    for (const report of 'reports' in file ? file.reports : [file]) {
      const { run, legs, ...rest } = report
      if (run !== undefined && (run.id !== runId || run.attempt > runAttempt)) continue
      const present = legs.map((leg) => ({ leg: leg.leg, arms: toldArms(leg) }))
      const of = Math.max(0, ...legs.map((leg) => leg.of ?? 0))
      found.push({ ...rest, attempt: run?.attempt ?? runAttempt, of, legs: present })
    }
  }
  return merged(found).sort((a, b) => a.try - b.try || a.attempt - b.attempt)
}

const pageSize = 100

/** Every artifact of a run, as many as GitHub says there are. */
async function artifactsOf(
  octokit: World['elsewhere'],
  run: { readonly owner: string; readonly repo: string; readonly run_id: number },
) {
  const route = 'GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts'
  const found = []
  for (let page = 1; ; page += 1) {
    const { data } = await octokit.request(route, { ...run, per_page: pageSize, page })
    found.push(...data.artifacts)
    if (found.length >= data.total_count || data.artifacts.length === 0) return found
  }
}

/**
 * Each job of a matrix keeps an artifact of its own; together they are the report of the try, and of a leg that ran
 * again the newest attempt counts.
 */
function merged(reports: readonly ArtifactReport[]): ArtifactReport[] {
  const newest = new Map<string, number>()
  const keyOf = ({ rollout, try: number, nonce }: ArtifactReport) => `${rollout} ${number} ${nonce}`
  for (const report of reports) {
    for (const { leg } of report.legs) {
      const key = `${keyOf(report)} ${leg}`
      newest.set(key, Math.max(newest.get(key) ?? 0, report.attempt))
    }
  }
  const byAttempt = new Map<string, ArtifactReport>()
  for (const report of reports) {
    const legs = report.legs.filter(({ leg }) => newest.get(`${keyOf(report)} ${leg}`) === report.attempt)
    const key = `${keyOf(report)} ${report.attempt}`
    const before = byAttempt.get(key)
    const of = Math.max(report.of, before?.of ?? 0)
    if (legs.length > 0) byAttempt.set(key, { ...report, of, legs: [...(before?.legs ?? []), ...legs] })
  }
  return [...byAttempt.values()]
}

/** Bounded before it is unpacked: an archive says itself how large its files are. */
async function textOf(zip: Uint8Array): Promise<string> {
  const limits = { fileBytes: largestBytes, keptBytes: largestBytes }
  const read = await readArchive(zip, { formats: ['zip'], wanted: (path) => path === reportFile, limits })
  const bytes = read.ok ? read.value.files.get(reportFile) : undefined
  if (bytes === undefined) throw new Error(`no ${reportFile} of at most 4 MB in the artifact`)
  return new TextDecoder().decode(bytes)
}
