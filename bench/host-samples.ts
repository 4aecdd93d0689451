import { randomBytes } from 'node:crypto'
import { policyFromRequest } from '../src/config/policy/resolve-policy.ts'
import type { Engine } from '../src/engine/core/engine.ts'
import { defaultEngineSettings, type EngineParts } from '../src/engine/core/engine-parts.ts'
import type { Who } from '../src/engine/core/who.ts'
import type { Policy } from '../src/gates/policy.ts'
import type { PackageRecord } from '../src/ports/package-store.ts'
import type { Stores } from '../src/stores/stores.ts'
import { systemClock } from '../src/stores/system-clock.ts'
import { type SamplePackage, samplePackage, sampleVersion } from './sample-packages.ts'

export const operator: Who = {
  actor: {
    kind: 'token',
    id: 'bench',
    name: 'bench',
    owner: 'ops',
    as: 'bench',
    scopes: ['publish', 'operate'],
  },
  reason: 'measuring',
}

/** Stages that nothing leaves by itself while something is measured. */
export const measuredPolicy = policyOf({
  gates: {},
  stages: [
    { percent: 0, bake: '1h' },
    { percent: 50, bake: '14d' },
    { percent: 100, bake: '14d' },
  ],
})

/** The same with a stage at each of these percents. */
export function steppedPolicy(percents: readonly number[]): Policy {
  const stages = [0, ...percents, 100].map((percent) => ({ percent, bake: '14d' }))
  return policyOf({ gates: {}, stages })
}

function policyOf(json: unknown): Policy {
  const read = policyFromRequest(json)
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return read.policy
}

/** The parts of an engine without GitHub over these stores, with the policy that stands still. */
export function engineParts(stores: Stores, policy = measuredPolicy): EngineParts {
  const refuse = (message: string, fields?: object) => {
    throw new Error(`${message} ${JSON.stringify(fields ?? {})}`)
  }
  return {
    ...stores,
    clock: systemClock,
    forge: null,
    effector: null,
    secret: 'secret of the bench',
    random: (count) => randomBytes(count),
    settings: { ...defaultEngineSettings, serverPolicy: policy },
    log: { info: () => {}, warn: refuse, error: refuse },
  }
}

/**
 * Hosts a package as publishing would, without the files' bytes: its baseline fully released, its candidate
 * visible to half of all users.
 */
export async function hostSample(stores: Stores, engine: Engine, sample: SamplePackage): Promise<void> {
  const at = systemClock.now()
  await stores.packages.put(samplePackage(sample, at), 0)
  await release(stores, engine, sample, sample.baseline)
  await release(stores, engine, sample, sample.candidate)
  await raise(engine, `${sample.id}@${sample.candidate}`)
}

/** One more version of a hosted package, through the engine's own door. */
export async function release(
  stores: Stores,
  engine: Engine,
  sample: SamplePackage,
  version: string,
): Promise<void> {
  const id = `${sample.id}@${version}`
  const made = sampleVersion(sample, version, systemClock.now())
  for (const { name, sha256 } of made.files) {
    const admitted = await engine.admitUpload({ release: id, file: { name, sha256 }, who: operator })
    if (!admitted.ok) throw new Error(`${id}: ${admitted.refusal.message}`)
  }
  const record = await stores.packages.get(sample.id)
  if (record === null) throw new Error(`${sample.id} is not hosted`)
  const next: PackageRecord = {
    ...record,
    versions: { ...record.versions, [version]: made },
    tags: { ...record.tags, latest: version },
    modifiedAt: made.createdAt,
    revision: record.revision + 1,
  }
  if (!(await stores.packages.put(next, record.revision))) throw new Error(`${sample.id} changed meanwhile`)
  for (const { name, sha256 } of made.files) {
    await engine.uploaded(id, { release: id, name, sha256 }, operator)
  }
  // PyPI begins when its uploads have settled; here they have.
  const begun = await engine.start({
    releases: [id],
    policy: null,
    restart: false,
    origin: null,
    who: operator,
  })
  if (!begun.ok) throw new Error(`${id}: ${begun.refusal.message}`)
}

/** From stage 0 to half of all users, or to another stage, in basis points. */
export async function raise(engine: Engine, release: string, to = 5000): Promise<void> {
  const state = engine.find(release)
  if (state === null) throw new Error(`${release} has no rollout`)
  const outcome = await engine.run(state.id, { type: 'advance', to, files: [] }, operator)
  if (!outcome.ok) throw new Error(`${release}: ${outcome.refusal.message}`)
}
