import { z } from 'zod'
import type { Arm } from '../../gates/evidence.ts'
import { type Result, showValue } from '../../versions/problem.ts'
import { parseReleaseId, type Release } from '../../versions/release.ts'

const url = (end: string) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && text.endsWith(end),
      end === '' ? 'an http or https URL' : `an http or https URL that ends at ${end}`,
    )

const requestSchema = z.object({
  rollout: z.string('a rollout id').regex(/^ro-[a-z2-7]{16}$/, 'ro- and 16 of a-z, 2-7'),
  releases: z.array(z.string('a release id'), 'a list of release ids').min(1, 'at least one release id'),
  ecosystems: z
    .array(z.enum(['npm', 'pypi'], 'npm or pypi'), 'a list of npm and pypi')
    .min(1, 'npm, pypi or both'),
  arm: z.enum(['both', 'candidate', 'baseline'], 'both, candidate or baseline'),
  try: z.int('a whole number from 1').min(1, 'a whole number from 1'),
  nonce: z
    .string('a word')
    .regex(/^[A-Za-z0-9._~-]{1,128}$/, 'a word of letters, digits, ".", "_", "~", "-"'),
  index: z
    .object({ candidate: url('/'), baseline: url('/') }, 'a mapping with the URLs candidate and baseline')
    .optional(),
  report: url('').optional(),
  baselines: z.array(z.string('a release id'), 'a list of release ids').optional(),
})

/** What a canary is asked to do: the JSON of its input `slipway`, read and checked. */
export interface CanaryRequest
  extends Omit<z.infer<typeof requestSchema>, 'releases' | 'arm' | 'index' | 'report' | 'baselines'> {
  /** The candidates. */
  readonly releases: readonly Release[]
  /** The server that tells the arms apart and takes the report; null: neither, there is no server. */
  readonly server: { readonly index: Readonly<Record<Arm, string>>; readonly report: string } | null
  /** Without a server: what the baseline arm installs. */
  readonly baselines: readonly Release[]
  /** In the order in which they run, another one from try to try: what the first leaves behind must not decide. */
  readonly arms: readonly Arm[]
}

/** Reads the input `slipway`: one try, or the list that an earlier job was given. The problem names the field inside of it. */
export function parseCanaryRequests(text: string): Result<readonly CanaryRequest[]> {
  try {
    const read = [JSON.parse(text)].flat().map(readCanaryRequest)
    const bad = read.find((one) => !one.ok)
    if (bad?.ok === false) return bad
    return { ok: true, value: read.flatMap((one) => (one.ok ? [one.value] : [])) }
  } catch {
    return wrong('slipway', showValue(text), 'the JSON that Slipway gave the workflow as its input slipway')
  }
}

/** The same, already parsed, as a check-in answers it. */
export function readCanaryRequest(json: unknown): Result<CanaryRequest> {
  const parsed = requestSchema.safeParse(json)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const path = issue?.path ?? []
    const field = ['slipway', ...path.map(String)].join('.')
    return wrong(field, showValue(valueAt(json, path) ?? null), issue?.message ?? 'a mapping')
  }
  const { arm, releases, baselines = [], index, report, ...rest } = parsed.data
  const candidates = releasesIn('slipway.releases', releases)
  if (!candidates.ok) return candidates
  const older = releasesIn('slipway.baselines', baselines)
  if (!older.ok) return older
  if ((index === undefined) !== (report === undefined)) {
    const missing = index === undefined ? 'index' : 'report'
    return wrong(`slipway.${missing}`, 'null', 'both index and report of a server, or neither')
  }
  return {
    ok: true,
    value: {
      ...rest,
      releases: candidates.value,
      baselines: older.value,
      server: index === undefined || report === undefined ? null : { index, report },
      arms:
        arm !== 'both' ? [arm] : rest.try % 2 === 1 ? ['baseline', 'candidate'] : ['candidate', 'baseline'],
    },
  }
}

function releasesIn(field: string, texts: readonly string[]): Result<readonly Release[]> {
  const read = texts.map(parseReleaseId)
  const bad = read.find((result) => !result.ok)
  if (bad !== undefined && !bad.ok) return wrong(field, bad.problem.value, bad.problem.expected)
  return { ok: true, value: read.flatMap((result) => (result.ok ? [result.value] : [])) }
}

function wrong(field: string, value: string, expected: string): Result<never> {
  return { ok: false, problem: { field, value, expected } }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  )
}
