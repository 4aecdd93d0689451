import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { base32 } from '../../cohort/base32.ts'
import { type InPlaceTest, promoteVersion, takeBackVersions } from '../../environments/change-live.ts'
import type { PackageRef } from '../../environments/choosing/version-rule.ts'
import {
  followStep,
  liveRollouts,
  type OfferedVersion,
  takenBackVersions,
  versionForKey,
} from '../../environments/following/follow-target.ts'
import { keyOfMachine } from '../../environments/following/machine-key.ts'
import { installVersions } from '../../environments/installing/install-versions.ts'
import { realInstaller } from '../../environments/installing/real-installer.ts'
import { diskFiles } from '../../environments/root/environment-files.ts'
import { readState } from '../../environments/root/state-store.ts'
import { apiClient, type ServerAccess } from '../../registries/slipway-index/api-client.ts'
import { reportMachineRun } from '../../registries/slipway-index/machine-client.ts'
import { packageClient } from '../../registries/slipway-index/package-client.ts'
import { formatReleaseId, packageIdOf } from '../../versions/release.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { plain } from '../paint.ts'
import { accessOf, printJson, type ServerOptions, stopFor } from '../server-options.ts'
import { shellTest } from './env-live-commands.ts'
import {
  type EnvInstallOptions,
  installTools,
  packagesFrom,
  rootParts,
  unwrap,
  withInstaller,
} from './env-options.ts'

interface FollowOptions extends EnvInstallOptions, ServerOptions {
  readonly key?: string
  readonly test?: string
}

/** What `env follow` did, as `--json` prints it. */
interface Followed {
  readonly package: string
  readonly from: string | null
  readonly live: string | null
  readonly action: 'stay' | 'promote' | 'step-down' | 'test-failed'
  readonly rollout: string | null
  readonly sentence: string
  /** Null: no test, or no rollout to tell. */
  readonly reported: 'success' | 'failure' | null
}

/** `env follow`: brings a machine to the version that its key gets, and tells the rollout how its test went. */
export function addEnvFollow(group: Command, context: CliContext, finish: (code: number) => void): void {
  withInstaller(
    group
      .command('follow')
      .description('promote or roll back this machine by the percent of the rollout')
      .argument('<package>', 'such as demo-lib')
      .option(
        '--key <key>',
        'what this machine is in rollouts, for good; without it one is made and kept in the root',
      )
      .option('--test <command>', 'a shell command that has to end with 0 before a version is live')
      .option('--server <url>', 'the Slipway server (or SLIPWAY_SERVER)')
      .option(
        '--token <secret>',
        'with operate scope (or SLIPWAY_TOKEN): test results are reported as evidence',
      ),
  ).action(async (name: string, options: FollowOptions) => {
    const followed = await follow(name, options, context)
    if (options.json) printJson(context, followed)
    else context.out(`${plain(followed.sentence)}\n`)
    finish(followed.action === 'test-failed' ? EXIT.refused : EXIT.done)
  })
}

async function follow(name: string, options: FollowOptions, context: CliContext): Promise<Followed> {
  const access = accessOf(options, context)
  const parts = rootParts(options, context)
  const named = packagesFrom(name)
  const key = unwrap(await keyOfMachine(diskFiles, parts.root, options.key ?? null, drawKey))
  const states = await Promise.all(named.map((ref) => readState(diskFiles, parts.root, ref)))
  const state = states.find((one) => one !== null) ?? null
  const ref = state ?? named[0]
  if (ref === undefined) throw new Error('a name stands for at least one package')
  const offered = await offeredVersions(access, ref)
  const seen = await seenByKey(access, liveRollouts(offered), key)
  const target = versionForKey(ref.ecosystem, offered, seen)
  const id = packageIdOf(ref)
  if (target === null) throw new CommandStop(EXIT.refused, `${id}: the server shows no version to ${key}`)
  const live = state?.live ?? (await startWithWhatAllGet(ref, offered, options, context))
  const step = followStep(ref.ecosystem, live, offered, target.version)
  const rollout = rolloutToTell(offered, target.version, live)
  if (step.kind !== 'stay') await makeSureItIsThere(ref, target.version, options, context)
  const base = { package: id, from: state?.live ?? null, rollout }
  const gone = takenBackVersions(offered)
  if (step.kind === 'step-down') {
    unwrap(await takeBackVersions(parts, ref, [...gone, ...(live === null ? [] : [live])], step.to))
    const sentence = `${id}@${step.to} is live, down from ${live}, which this machine gets no longer`
    return { ...base, live: step.to, action: 'step-down', sentence, reported: null }
  }
  // What the server knows nothing of is no evidence for or against its rollouts.
  if (step.kind === 'stay' && live !== target.version)
    return { ...base, live, action: 'stay', sentence: `${id}@${live} stays: ${step.why}`, reported: null }
  const results: ('success' | 'failure')[] = []
  const rule = { kind: 'full', text: target.version } as const
  const outcome = await promoteVersion(parts, [ref], rule, testNoting(results, options, context))
  // What is live is not taken away without another to take its place; links of every other one go back.
  if (gone.length > 0) unwrap(await takeBackVersions(parts, ref, gone, null))
  const [result] = results
  const reported = result === undefined ? null : await report(access, rollout, key, result, context)
  if (!outcome.ok && result !== 'failure') unwrap(outcome)
  if (!outcome.ok) {
    const sentence = outcome.refusal.message
    return { ...base, live: live ?? target.version, action: 'test-failed', sentence, reported }
  }
  const was = live === null ? '' : `, was ${live}`
  const sentence =
    step.kind === 'stay' ? `${id}@${live} stays: ${step.why}` : `${id}@${step.to} is live${was}`
  return { ...base, live: target.version, action: step.kind, sentence, reported }
}

/** 100 random bits, in letters that are a key everywhere. */
const drawKey = () => `m-${base32(randomBytes(13)).slice(0, 20)}`

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

/** The test of the options, which notes how it went; null when there is none. */
function testNoting(
  results: ('success' | 'failure')[],
  options: FollowOptions,
  context: CliContext,
): InPlaceTest | null {
  if (options.test === undefined) return null
  const test = shellTest(options.test, options, context)
  return async (version) => {
    const outcome = await test(version)
    results.push(outcome.ok ? 'success' : 'failure')
    return outcome
  }
}

/** Every version the server has, with the newest rollout of each. */
async function offeredVersions(access: ServerAccess, ref: PackageRef): Promise<readonly OfferedVersion[]> {
  const answer = await packageClient(access).show(packageIdOf(ref))
  if (!answer.ok) throw stopFor(answer.failure)
  const { versions, rollouts } = answer.value
  return versions.map(({ version, withdrawn, blocked }) => {
    const release = formatReleaseId({ ...ref, version })
    const rollout = rollouts.find(({ releases }) => releases.some(({ id }) => id === release))
    const newest = rollout === undefined ? null : { id: rollout.id, phase: rollout.phase }
    return { version, withdrawn: withdrawn !== null || blocked !== null, rollout: newest }
  })
}

async function seenByKey(
  access: ServerAccess,
  rollouts: readonly string[],
  key: string,
): Promise<Readonly<Record<string, boolean>>> {
  const seen: Record<string, boolean> = {}
  for (const id of rollouts) {
    const why = await apiClient(access).why(id, key)
    if (!why.ok) throw stopFor(why.failure)
    seen[id] = why.value.inside
  }
  return seen
}

/** The live rollout that this machine's test says something about: of the candidate it has, or of the next one. */
function rolloutToTell(
  offered: readonly OfferedVersion[],
  target: string,
  live: string | null,
): string | null {
  const ids = liveRollouts(offered.filter(({ version }) => version === target || version === live))
  return ids[0] ?? liveRollouts(offered).at(-1) ?? null
}

async function makeSureItIsThere(
  ref: PackageRef,
  version: string,
  options: FollowOptions,
  context: CliContext,
): Promise<void> {
  const request = {
    text: version,
    packages: [ref],
    rule: { kind: 'full' as const, text: version },
    extras: [],
  }
  const install = realInstaller(installTools(options, context))
  unwrap(await installVersions(rootParts(options, context), [request], install))
}

/** Evidence needs a token; without one the machine follows all the same, and says so. */
async function report(
  access: ServerAccess,
  rollout: string | null,
  key: string,
  outcome: 'success' | 'failure',
  context: CliContext,
): Promise<'success' | 'failure' | null> {
  if (rollout === null) return null
  if (access.token === null) {
    context.err('the result was not reported: that needs --token with operate scope\n')
    return null
  }
  const answer = await reportMachineRun(access, rollout, key, outcome)
  if (answer.ok) return outcome
  context.err(`the result was not reported: ${plain(answer.failure.message)}\n`)
  return null
}
