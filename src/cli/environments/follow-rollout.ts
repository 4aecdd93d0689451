import { type InPlaceTest, promoteVersion, takeBackVersions } from '../../environments/change-live.ts'
import type { PackageRef } from '../../environments/choosing/version-rule.ts'
import {
  type FollowStep,
  followStep,
  liveRollouts,
  type OfferedVersion,
  takenBackVersions,
  versionForKey,
} from '../../environments/following/follow-target.ts'
import { installVersions } from '../../environments/installing/install-versions.ts'
import { realInstaller } from '../../environments/installing/real-installer.ts'
import type { RootParts } from '../../environments/root/change-root.ts'
import { diskFiles } from '../../environments/root/environment-files.ts'
import { readState } from '../../environments/root/state-store.ts'
import type { ServerAccess } from '../../registries/slipway-index/api-client.ts'
import { type MachineAnswer, reportMachine } from '../../registries/slipway-index/machine-client.ts'
import { showValue } from '../../versions/problem.ts'
import { packageIdOf } from '../../versions/release.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { plain } from '../paint.ts'
import { accessOf, type ServerOptions } from '../server-options.ts'
import { shellTest } from './env-live-commands.ts'
import { type EnvInstallOptions, installTools, packagesFrom, rootParts, unwrap } from './env-options.ts'
import { type Machine, offeredVersions, rolloutToTell, seenByMachine } from './follow-offers.ts'
import { identityOf } from './machine-identity.ts'

export interface FollowOptions extends EnvInstallOptions, ServerOptions {
  readonly key?: string
  readonly ring?: string
  readonly test?: string
  readonly allowFailures: string
}

/** What `env follow` did, as `--json` prints it. */
export interface Followed {
  readonly package: string
  readonly key: string
  readonly ring: string | null
  readonly from: string | null
  readonly live: string | null
  readonly action: 'stay' | 'promote' | 'step-down' | 'wait' | 'test-failed' | 'taken-back'
  readonly rollout: string | null
  readonly sentence: string
  /** Null: no test, no rollout to tell, or nothing that could be held against the candidate. */
  readonly reported: 'success' | 'failure' | null
}

type Did = Pick<Followed, 'live' | 'action' | 'sentence' | 'reported'>

/** One machine on its way through one rollout. */
interface Follower {
  readonly access: ServerAccess
  readonly parts: RootParts
  readonly ref: PackageRef
  readonly machine: Machine
  readonly offered: readonly OfferedVersion[]
  readonly target: OfferedVersion
  readonly live: string | null
  readonly rollout: string | null
  readonly test: InPlaceTest | null
  readonly options: FollowOptions
  readonly context: CliContext
}

/** Brings this machine to the version that its key and ring get, however long it was away. */
export async function followRollout(
  name: string,
  options: FollowOptions,
  context: CliContext,
): Promise<Followed> {
  const access = accessOf(options, context)
  const parts = rootParts(options, context)
  const failures = failuresFrom(options.allowFailures)
  const named = packagesFrom(name)
  const states = await Promise.all(named.map((ref) => readState(diskFiles, parts.root, ref)))
  const state = states.find((one) => one !== null) ?? null
  const ref = state ?? named[0]
  if (ref === undefined) throw new Error('a name stands for at least one package')
  const key = await identityOf(options.key ?? null, parts, context)
  const machine = { key, ring: options.ring ?? null, failures }
  const offered = await offeredVersions(access, ref)
  const seen = await seenByMachine(access, liveRollouts(offered), machine)
  const target = versionForKey(ref.ecosystem, offered, seen)
  const id = packageIdOf(ref)
  if (target === null) throw new CommandStop(EXIT.refused, `${id}: the server shows no version to ${key}`)
  const live = state?.live ?? (await startWithWhatAllGet(ref, offered, options, context))
  const rollout = rolloutToTell(offered, target.version, live)
  const test = options.test === undefined ? null : shellTest(options.test, options, context)
  const follower = { access, parts, ref, machine, offered, target, live, rollout, test, options, context }
  const did = await takeStep(follower, followStep(ref.ecosystem, live, offered, target.version))
  const { ring } = machine
  return { package: id, key, ring, from: state?.live ?? null, rollout, ...did }
}

async function takeStep(follower: Follower, step: FollowStep): Promise<Did> {
  const { parts, ref, offered, target, live, options, context, test } = follower
  const id = packageIdOf(ref)
  const gone = takenBackVersions(offered)
  if (step.kind === 'step-down') {
    await makeSureItIsThere(ref, target.version, options, context)
    unwrap(await takeBackVersions(parts, ref, [...gone, ...(live === null ? [] : [live])], step.to))
    const sentence = `${id}@${step.to} is live, down from ${live}, which this machine gets no longer`
    return { live: step.to, action: 'step-down', sentence, reported: null }
  }
  // What the server knows nothing of is no evidence for or against its rollouts.
  if (step.kind === 'stay' && live !== target.version)
    return { live, action: 'stay', sentence: `${id}@${live} stays: ${step.why}`, reported: null }
  const waits = step.kind === 'promote' ? await whyItWaits(follower) : null
  if (waits !== null) {
    if (gone.length > 0 && live !== null) unwrap(await takeBackVersions(parts, ref, gone, null))
    return { live, action: 'wait', sentence: `${id}@${live} stays: ${waits}`, reported: null }
  }
  if (step.kind === 'promote') await makeSureItIsThere(ref, target.version, options, context)
  let failed: string | null = null
  const noting: InPlaceTest | null =
    test === null
      ? null
      : async (version) => {
          const outcome = await test(version)
          if (!outcome.ok) failed = outcome.refusal.message
          return outcome
        }
  const rule = { kind: 'full', text: target.version } as const
  const outcome = await promoteVersion(parts, [ref], rule, noting)
  // What is live is not taken away without another to take its place; links of every other one go back.
  if (gone.length > 0) unwrap(await takeBackVersions(parts, ref, gone, null))
  if (failed !== null) return afterFailure(follower, failed)
  unwrap(outcome)
  const reported = test === null ? null : await report(follower, 'success')
  const was = live === null ? '' : `, was ${live}`
  const sentence =
    step.kind === 'stay' ? `${id}@${live} stays: ${step.why}` : `${id}@${target.version} is live${was}`
  return { live: target.version, action: step.kind, sentence, reported }
}

/**
 * A candidate whose test fails goes at once, whatever the gates of its rollout say. It is held against the
 * candidate only where the version before it passes the same test on the same machine.
 */
async function afterFailure(follower: Follower, failed: string): Promise<Did> {
  const { parts, ref, offered, target, live, options, context, test } = follower
  const id = packageIdOf(ref)
  const isCandidate = liveRollouts([target]).length > 0
  const before = live === target.version ? versionForKey(ref.ecosystem, offered, {})?.version : live
  if (!isCandidate || before == null || before === target.version) {
    const reported = await report(follower, 'failure')
    const sentence = `${failed}; ${id}@${live ?? target.version} stays live`
    return { live: live ?? target.version, action: 'test-failed', sentence, reported }
  }
  const wasLive = live === target.version
  if (wasLive) {
    await makeSureItIsThere(ref, before, options, context)
    unwrap(await takeBackVersions(parts, ref, [target.version], before))
  }
  const same = test === null || (await test({ ref, version: before })).ok
  const reported = same ? await report(follower, 'failure') : null
  const now = wasLive ? `${id}@${before} is live again` : `${id}@${before} stays live`
  const also = same ? '' : `; the test fails with ${before} too, so it says nothing about ${target.version}`
  const sentence = `${failed}; ${now}${also}`
  return { live: before, action: wasLive ? 'taken-back' : 'test-failed', sentence, reported }
}

/** Why another machine goes first; null where this one may go, or nobody can say. */
async function whyItWaits(follower: Follower): Promise<string | null> {
  const { access, machine, target, test } = follower
  const [rollout] = liveRollouts([target])
  if (rollout === undefined || test === null || access.token === null) return null
  const asked = await reportMachine(access, rollout, { ...machine, outcome: 'trying' })
  // Whoever may not report follows all the same; the report behind the test says why it is none.
  if (!asked.ok) return null
  return whatTheFleetSays(asked.value, target.version)
}

function whatTheFleetSays({ takeUp, fleet }: MachineAnswer, version: string): string | null {
  if (takeUp === 'yes') return null
  if (takeUp === 'wait') return `another machine tests ${version} first`
  const where = fleet.failed === 1 ? 'another machine' : `${fleet.failed} machines`
  return `the test of ${version} failed on ${where} (to take it up all the same: --allow-failures ${fleet.failed})`
}

/**
 * A new machine begins with what everybody gets, so that there is something to keep when the candidate fails its
 * test there. Null where nothing is for everybody.
 */
async function startWithWhatAllGet(
  ref: PackageRef,
  offered: readonly OfferedVersion[],
  options: FollowOptions,
  context: CliContext,
): Promise<string | null> {
  const first = versionForKey(ref.ecosystem, offered, {})
  if (first === null) return null
  await makeSureItIsThere(ref, first.version, options, context)
  return first.version
}

async function makeSureItIsThere(
  ref: PackageRef,
  version: string,
  options: FollowOptions,
  context: CliContext,
): Promise<void> {
  const rule = { kind: 'full' as const, text: version }
  const request = { text: version, packages: [ref], rule, extras: [] }
  const install = realInstaller(installTools(options, context))
  unwrap(await installVersions(rootParts(options, context), [request], install))
}

/** Evidence needs a token; without one the machine follows all the same, and says so. */
async function report(
  { access, rollout, machine, context }: Follower,
  outcome: 'success' | 'failure',
): Promise<'success' | 'failure' | null> {
  if (rollout === null) return null
  if (access.token === null) {
    context.err('the result was not reported: that needs --token with report scope, or --oidc-token\n')
    return null
  }
  const answer = await reportMachine(access, rollout, { ...machine, outcome })
  if (answer.ok) return outcome
  context.err(`the result was not reported: ${plain(answer.failure.message)}\n`)
  return null
}

function failuresFrom(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  const expected = 'a number of machines such as 0 or 2'
  throw new CommandStop(EXIT.usage, `allow-failures: got ${showValue(text)}, expected ${expected}`)
}
