import { info, notice } from '@actions/core'
import type { Engine } from '../engine/core/engine.ts'
import type { EvidenceGatherer } from '../engine/roles/evidence-gatherer.ts'
import type { ReleaseStarter } from '../engine/roles/release-starter.ts'
import type { RolloutCommander } from '../engine/roles/rollout-commander.ts'
import type { RolloutReader } from '../engine/roles/rollout-reader.ts'
import type { TimeKeeper } from '../engine/roles/time-keeper.ts'
import { MissingPermission } from '../github/calls/git-remote.ts'
import { failFor, StepFailure } from './action-input.ts'
import { sayMissingPermission } from './missing-permission.ts'
import { gatherRuns } from './serverless/gather-runs.ts'
import type { World } from './serverless/open-world.ts'
import { promoteReleases } from './serverless/promote-releases.ts'
import { readCommands } from './serverless/read-commands.ts'
import { sayRollout, setServerlessOutputs, summarize } from './serverless/serverless-output.ts'
import { isServerless, worldOfRun } from './serverless/world-of-run.ts'
import { writePages } from './serverless/write-pages.ts'

/**
 * `tick`: lets time pass for the rollouts in this repository's refs. Reads commands and runs, decides, keeps issue,
 * comments and registries true to what was decided. Two at once do no harm: each append is a compare-and-swap.
 */
export async function tickStep(): Promise<void> {
  if (!isServerless())
    throw failFor({ field: 'server', value: 'a server', expected: 'nothing: a server ticks by itself' })
  await inWorld(tickOnce)
}

/** Opens the world of this run for a step; what the job may not do is said with the line that gives it. */
export async function inWorld(work: (world: World<Engine>) => Promise<void>): Promise<void> {
  let world: World<Engine> | null = null
  try {
    world = await worldOfRun()
    await work(world)
  } catch (error) {
    if (error instanceof MissingPermission) throw new StepFailure(error.message)
    throw error
  } finally {
    if (world !== null) await world.tellWarnings?.(world.effects, world.clock.now())
    await world?.close()
  }
}

/** One pass: facts first, then decisions, then what the world shows of them. */
export async function tickOnce(
  world: World<RolloutReader & RolloutCommander & ReleaseStarter & EvidenceGatherer & TimeKeeper>,
): Promise<void> {
  const { engine } = world
  const before = new Map(engine.all().map((state) => [state.id, sayRollout(world, state)]))
  await readCommands(world)
  await gatherRuns(world)
  await engine.tick()
  await engine.reconcile()
  const promoted = await promoteReleases(world)
  await writePages(world)
  const states = engine.all().filter(({ id, end }) => end === null || promoted.has(id))
  for (const state of states) {
    const line = sayRollout(world, state)
    if (before.get(state.id) === line) info(line)
    else notice(`${before.get(state.id) ?? 'new'} → ${line}`)
  }
  await setServerlessOutputs(world, states.find(({ end }) => end === null) ?? states.at(-1) ?? null)
  await summarize(world, states, promoted)
  // Decided and written it is already; but a rollout that nobody can follow or stop in its issue is none.
  if (world.denied?.has('issues')) throw new StepFailure(sayMissingPermission('issues'))
}
