import { randomBytes } from 'node:crypto'
import { policyFromRequest } from '../../src/config/policy/resolve-policy.ts'
import { createEngine } from '../../src/engine/core/create-engine.ts'
import type { Engine } from '../../src/engine/core/engine.ts'
import {
  defaultEngineSettings,
  type EngineParts,
  type EngineSettings,
} from '../../src/engine/core/engine-parts.ts'
import type { Log } from '../../src/engine/core/log.ts'
import type { Who } from '../../src/engine/core/who.ts'
import type { CanaryReport } from '../../src/engine/runs/canary-report.ts'
import type { Arm, Outcome } from '../../src/gates/evidence.ts'
import type { Policy } from '../../src/gates/policy.ts'
import { mostTries } from '../../src/gates/statistics/flake-model.ts'
import type { FileRecord } from '../../src/ports/package-store.ts'
import type { RolloutState } from '../../src/rollout/history/state.ts'
import { openMemory } from '../../src/stores/memory/open-memory.ts'
import type { Stores } from '../../src/stores/stores.ts'
import { packageIdOf, type ReleaseId } from '../../src/versions/release.ts'
import { createFakeEffector, type FakeEffector } from './fake-effector.ts'
import { createFakeForge, type FakeForge } from './fake-forge.ts'

export const publisher: Who = {
  actor: { kind: 'token', id: 't1', name: 't1', owner: 'ops', as: null, scopes: ['publish'] },
  reason: '',
}
export const maintainer: Who = {
  actor: { kind: 'person', login: 'ada', permission: 'maintain' },
  reason: 'looks good',
}
export const system: Who = { actor: { kind: 'system' }, reason: '' }

export const ownerId = '1'
export const canaryId = '2'

/** Stages with bakes of a second; the owner admits `acme/app` as required. */
export const ownersFile = `
releases:
  - package: npm:demo
    stages:
      - { name: canaries, percent: 0, bake: 1s }
      - { name: half, percent: 50, bake: 1s }
      - { percent: 100, bake: 1s }
    gates:
      canaries: { tries: 2, timeout: 1h }
    canaries:
      - { repo: acme/app, required: true }
`
export const dependentsFile = `
canaries:
  - { for: "npm:demo", workflow: ci.yml, timeout: 10m }
`
export const actionWorkflow = `
jobs:
  test:
    steps:
      - uses: acme/slipway@v1
        with: { command: canary, run: npm test }
`

export interface World {
  readonly stores: Stores
  readonly forge: FakeForge
  readonly effector: FakeEffector
  readonly log: { readonly level: string; readonly message: string }[]
  readonly clock: { now: () => number; pass: (ms: number) => void }
  engine: Engine
  /** Another engine over the same stores, as after a crash or on another machine. */
  reopen(overrides?: Partial<EngineParts>): Promise<Engine>
  /** Admits, stores and announces a file, as the server does. */
  upload(release: ReleaseId, options?: UploadOptions): Promise<RolloutState | null>
  /** Lets effects settle. */
  settle(): Promise<void>
}

export interface UploadOptions {
  readonly who?: Who
  readonly name?: string
  readonly announce?: boolean
  /** Where it arrives; the world's own engine when absent. */
  readonly engine?: Engine
}

export interface WorldOptions {
  readonly stores?: Stores
  readonly settings?: Partial<EngineSettings>
  readonly forge?: boolean
  readonly owned?: boolean
}

/** An engine over memory stores with an owner's repository and one dependent. */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
  let now = 1_700_000_000_000
  const clock = {
    now: () => now,
    pass: (ms: number) => {
      now += ms
    },
  }
  const stores = options.stores ?? openMemory(clock)
  const forge = createFakeForge()
  const effector = createFakeEffector()
  const log: { level: string; message: string }[] = []
  forge.add(ownerId, 'acme/lib', { '.github/slipway.yml': ownersFile })
  forge.add(canaryId, 'acme/app', {
    '.github/slipway.yml': dependentsFile,
    '.github/workflows/ci.yml': actionWorkflow,
  })
  if (options.owned !== false) {
    for (const id of ['npm:demo', 'pypi:demo']) {
      await stores.access.setOwner({ package: id, repositoryId: ownerId, repository: 'acme/lib' })
    }
  }
  const parts: EngineParts = {
    events: stores.events,
    archive: stores.archive,
    damage: stores.damage,
    effects: stores.effects,
    packages: stores.packages,
    access: stores.access,
    advisories: stores.advisories,
    offers: stores.offers,
    clock,
    forge: options.forge === false ? null : forge.forge,
    effector: effector.effector,
    secret: 'a secret of this server',
    random: (count) => randomBytes(count),
    settings: { ...defaultEngineSettings, ...options.settings },
    log: logInto(log),
  }
  const reopen = (overrides: Partial<EngineParts> = {}) => createEngine({ ...parts, ...overrides })
  const world: World = {
    stores,
    forge,
    effector,
    log,
    clock,
    engine: await reopen(),
    reopen,
    upload: (release, uploadOptions) => upload(world, release, uploadOptions),
    settle: () => world.engine.reconcile(),
  }
  return world
}

function logInto(lines: { level: string; message: string }[]): Log {
  const line = (level: string) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
    lines.push({ level, message: `${message} ${JSON.stringify(fields ?? {})}` })
  }
  return { info: line('info'), warn: line('warn'), error: line('error') }
}

async function upload(
  world: World,
  release: ReleaseId,
  {
    who = publisher,
    name = `${release.replace(/\W/g, '-')}.tgz`,
    announce = true,
    engine = world.engine,
  }: UploadOptions = {},
): Promise<RolloutState | null> {
  const file = { name, sha256: sha256Of(name) }
  const admitted = await engine.admitUpload({ release, file, who })
  if (!admitted.ok) throw new Error(admitted.refusal.message)
  await hostFile(world.stores, release, fileRecord(name, world.clock.now()))
  if (announce) await engine.uploaded(release, { release, ...file }, who)
  await world.settle()
  return engine.find(release)
}

export const sha256Of = (name: string) => Buffer.from(name.padEnd(32, '.')).toString('hex').slice(0, 64)

/** Puts a file of a version into the package store, as the server does after storing the bytes. */
export async function hostFile(stores: Stores, release: ReleaseId, file: FileRecord): Promise<void> {
  const id = packageIdOf(release)
  const version = release.slice(id.length + 1)
  const at = file.uploadedAt
  const record = await stores.packages.get(id)
  const before = record ?? {
    id,
    versions: {},
    tags: {},
    extra: {},
    createdAt: at,
    modifiedAt: at,
    revision: 0,
  }
  const known = before.versions[version]
  const next = {
    version,
    files: [...(known?.files ?? []), file],
    manifest: {},
    withdrawn: null,
    createdAt: at,
  }
  const versions = { ...before.versions, [version]: next }
  await stores.packages.put({ ...before, versions, revision: before.revision + 1 }, before.revision)
}

export function fileRecord(name: string, uploadedAt: number): FileRecord {
  return {
    name,
    sha256: sha256Of(name),
    sha1: '',
    sha512: '',
    md5: '',
    blake2b256: '',
    size: 1,
    uploadedAt,
    kind: 'tarball',
    requiresPython: null,
    metadataSha256: null,
  }
}

/** A policy as somebody would post it. */
export function policyOf(json: unknown): Policy {
  const read = policyFromRequest(json)
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return read.policy
}

/** The report of the canary's run for the newest try: an outcome for each arm, each with its version installed. */
export function reportOf(
  world: World,
  state: RolloutState,
  outcomes: Readonly<Record<Arm, Outcome>>,
  overrides: Partial<CanaryReport> & { readonly runId?: number } = {},
): CanaryReport {
  const numbers = Object.keys(state.canaries[canaryId]?.tries ?? {}).map(Number)
  const number = overrides.try ?? Math.max(1, ...numbers)
  const dispatch = state.canaries[canaryId]?.tries[number]?.dispatches.both
  const installed = (arm: Arm) => state.members.map((member) => member[arm] ?? '')
  const arm = (name: Arm) => ({
    outcome: outcomes[name],
    installed: installed(name),
    commit: 'c0ffee',
    detail: outcomes[name] === 'fail' ? 'expected 1, got 2' : '',
  })
  return {
    rollout: state.id,
    try: number,
    nonce: world.engine.nonceOf(state.id, canaryId, number),
    identity: {
      repositoryId: canaryId,
      runId: overrides.runId ?? dispatch?.runId ?? 0,
      runAttempt: 1,
      url: null,
    },
    legs: [{ leg: 'default', arms: { candidate: arm('candidate'), baseline: arm('baseline') } }],
    ...overrides,
  }
}

/** 1.0.0 is out and 1.1.0 is at stage 0 with its canary dispatched. */
export async function worldAtStageZero(options: WorldOptions = {}): Promise<{
  readonly world: World
  readonly state: () => RolloutState
}> {
  const world = await createWorld(options)
  await world.upload('npm:demo@1.0.0')
  world.clock.pass(1000)
  await world.upload('npm:demo@1.1.0')
  return { world, state: () => stateOf(world, 'npm:demo@1.1.0') }
}

export function stateOf(world: World, id: string): RolloutState {
  const state = world.engine.find(id)
  if (state === null) throw new Error(`there is no rollout ${id}`)
  return state
}

/** Passes time and ticks until the rollout has ended or nothing moves any more. */
export async function climb(world: World, id: string, stepMs = 1000, steps = 10): Promise<void> {
  for (let step = 0; step < steps && stateOf(world, id).end === null; step += 1) {
    world.clock.pass(stepMs)
    await world.engine.tick()
    await world.settle()
  }
}

export const events = async (world: World, id: string) =>
  (await world.engine.history(stateOf(world, id).id)).map((event) => event.type)

/** Uploads a release whose candidate arm fails until it is taken back. */
export async function breakDown(world: World, version: string): Promise<void> {
  const id = `npm:demo@${version}`
  await world.upload(id)
  // The canary's own history asks for more tries than the policy where it says little so far.
  for (let tries = 0; tries < mostTries && stateOf(world, id).end === null; tries += 1) {
    await world.settle()
    await world.engine.report(reportOf(world, stateOf(world, id), { candidate: 'fail', baseline: 'pass' }))
  }
}
