import { getInput, info, notice } from '@actions/core'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { restartRequest } from '../../engine/starting/restart-request.ts'
import type { StepAction } from '../../registries/slipway-index/api-client.ts'
import type { ApiAnswer } from '../../registries/slipway-index/api-request.ts'
import type { CommandBody } from '../../rollout/deciding/command.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { failFor, isDryRun, rolloutInput, StepFailure, switchInput } from '../action-input.ts'
import { reasonOfRun } from '../run-origin.ts'
import { inWorld, tickOnce } from '../tick-step.ts'
import { type Watched, waitUntil } from '../wait-until.ts'
import type { World } from './open-world.ts'
import { sayRollout, setServerlessOutputs, summarize } from './serverless-output.ts'
import { actorOfRun } from './start-rollout.ts'

/** `status` of a rollout in this repository's refs. */
export function statusInRefs(): Promise<void> {
  return inWorld(async (world) => {
    const state = stateInput(world)
    info(`${sayRollout(world, state)}. ${world.engine.explain(state).sentence}`)
    await show(world, state)
  })
}

/** `wait` for it. Every question reads the refs anew; what lets time pass is the scheduled `tick`. */
export async function waitInRefs(): Promise<void> {
  const id = rolloutInput()
  const ask = async (): Promise<ApiAnswer<Watched>> => {
    try {
      return { ok: true, value: await watched() }
    } catch (error) {
      if (error instanceof StepFailure) throw error
      const message = error instanceof Error ? error.message : String(error)
      return { ok: false, failure: { kind: 'unreachable', status: null, message } }
    }
  }
  await waitUntil(id, ask, () => inWorld((world) => show(world, stateInput(world))))
}

async function watched(): Promise<Watched> {
  let seen: Watched | null = null
  await inWorld(async (world) => {
    const state = stateInput(world)
    const { phase, percent, percents, sentence } = world.engine.explain(state)
    seen = { phase, percent, startedAt: state.startedAt, explanation: { sentence, percents } }
  })
  if (seen === null) throw new Error('a world was opened and not looked at')
  return seen
}

/**
 * `stop`, `lower`, `approve`, `advance`, `pause`, `resume`, `rollback`, `restart`, `catch-up` of a rollout in this repository's refs, by the person who
 * started the run, with the permission that GitHub reports for them now. A run that nobody started by hand may only
 * pause and roll back.
 */
export function actInRefs(action: StepAction, to: number | null): Promise<void> {
  return inWorld(async (world) => {
    const state = stateInput(world)
    const actor = await actorOfRun(world)
    if (actor.kind !== 'person' && action !== 'pause' && action !== 'rollback')
      throw new StepFailure(
        `${action}: got a run that nobody started by hand, expected one of workflow_dispatch: a person has to decide this`,
      )
    const before = sayRollout(world, state)
    if (isDryRun()) return notice(`dry run: would ${action} ${before}`)
    const reason =
      getInput('reason') || (action === 'pause' || action === 'rollback' ? reasonOfRun('asked') : '')
    const who = { actor, reason }
    const outcome =
      action === 'restart'
        ? await world.engine.start(restartRequest(state, switchInput('same-users', false), who))
        : await world.engine.run(state.id, commandOf(action, to), who)
    if (!outcome.ok) {
      const { message, field, value, expected } = outcome.refusal
      throw new StepFailure(`${message} ${field}: got ${JSON.stringify(value)}, expected ${expected}`)
    }
    const after = sayRollout(world, outcome.state)
    if (before === after) info(after)
    else notice(`${before} → ${after}`)
    // Registries and the tracking issue follow at once, not at the next schedule.
    await tickOnce(world)
    await show(world, world.engine.find(outcome.state.id) ?? outcome.state)
  })
}

function commandOf(action: Exclude<StepAction, 'restart'>, to: number | null): CommandBody {
  switch (action) {
    case 'stop':
      return { type: 'lower', to: 0 }
    case 'lower':
      if (to === null)
        throw failFor({ field: 'to', value: 'nothing', expected: 'the percent of a lower stage' })
      return { type: 'lower', to: Math.round(to * 100) }
    case 'catch-up':
      return { type: 'catchUp' }
    case 'rollback':
      return { type: 'rollBack', installable: true, newerCompleted: null }
    case 'advance':
      return { type: 'advance', to: to === null ? null : Math.round(to * 100), files: [] }
    default:
      return { type: action }
  }
}

function stateInput({ engine }: World<RolloutReader>): RolloutState {
  const id = rolloutInput()
  const state = engine.find(id)
  if (state !== null) return state
  const known = engine.all().flatMap(({ members }) => members.map(({ candidate }) => candidate))
  const expected =
    known.length === 0 ? 'a rollout; there is none yet' : `one of ${known.slice(-10).join(', ')}`
  throw new StepFailure(
    `rollout: got ${JSON.stringify(id)}, expected ${expected} in refs/slipway of this repository`,
  )
}

async function show(world: World<RolloutReader>, state: RolloutState): Promise<void> {
  await setServerlessOutputs(world, state)
  await summarize(world, [state], new Map())
}
