import { getInput, notice, warning } from '@actions/core'
import { context } from '@actions/github'
import type { EngineOutcome } from '../../engine/core/engine-outcome.ts'
import type { EvidenceGatherer } from '../../engine/roles/evidence-gatherer.ts'
import type { ReleaseStarter } from '../../engine/roles/release-starter.ts'
import type { RolloutCommander } from '../../engine/roles/rollout-commander.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import type { TimeKeeper } from '../../engine/roles/time-keeper.ts'
import type { StartRequest } from '../../engine/starting/start-request.ts'
import type { Actor } from '../../rollout/history/actor.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import type { ReleaseId } from '../../versions/release.ts'
import { isDryRun, StepFailure, switchInput } from '../action-input.ts'
import { personBehindRun } from '../person-behind-run.ts'
import { reasonOfRun, tagOfRun } from '../run-origin.ts'
import { tickOnce } from '../tick-step.ts'
import { builtFiles, keepBuilt, sayBuilt } from './built-files.ts'
import { checkNamed } from './check-start.ts'
import type { World } from './open-world.ts'
import { sayRollout } from './serverless-output.ts'

/** Begins a rollout in this repository's refs, and ticks once, so that its issue and first canaries are there. */
export async function startInRefs(
  world: World<RolloutReader & ReleaseStarter & RolloutCommander & EvidenceGatherer & TimeKeeper>,
  releases: readonly ReleaseId[],
): Promise<void> {
  const { repository } = world
  checkNamed(world, releases)
  if (isDryRun()) return notice(`dry run: would start the rollout of ${releases.join(', ')}`)
  const built = await builtFiles(releases)
  const reason = [getInput('reason') || reasonOfRun('started'), sayBuilt(built)].filter((text) => text !== '')
  const outcome = await startWhenThere(world, {
    releases,
    policy: null,
    restart: switchInput('restart', false),
    origin: {
      repositoryId: repository.id,
      repository: repository.fullName,
      commit: context.sha ?? null,
      tag: tagOfRun(),
      installationId: 0,
    },
    who: { actor: await actorOfRun(world), reason: reason.join('; ') },
  })
  if (!outcome.ok) {
    const { message, field, value, expected } = outcome.refusal
    throw new StepFailure(`${message} ${field}: got ${JSON.stringify(value)}, expected ${expected}`)
  }
  await keepBuilt(world, outcome.state, built)
  warnOfPercents(outcome.state)
  notice(sayRollout(world, outcome.state))
  await tickOnce(world)
}

/** A ladder with percents is accepted, and does here what its author may not expect. */
function warnOfPercents({ policy }: RolloutState): void {
  const between = (policy?.stages ?? []).filter(({ basisPoints }) => basisPoints > 0 && basisPoints < 10_000)
  if (between.length === 0) return
  const percents = between.map(({ basisPoints }) => `${basisPoints / 100} %`).join(', ')
  warning(
    `the stages at ${percents} are time and evidence here, nobody is in a percent: no index stands between the release and its users, except for those of the static pages. profile: gate says that without percents.`,
  )
}

/** A registry shows a file a little after it took it. */
const startAttempts = 6
const startPauseMs = 10_000

async function startWhenThere(
  { engine }: World<ReleaseStarter>,
  request: StartRequest,
): Promise<EngineOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await engine.start(request)
    if (outcome.ok || outcome.refusal.reason !== 'temporary' || attempt === startAttempts) return outcome
    await new Promise((resolve) => setTimeout(resolve, startPauseMs))
  }
}

/** Who started the run by hand, with the permission GitHub reports now; an event's run acts as the system. */
export async function actorOfRun({ forge, repository }: World): Promise<Actor> {
  const login = personBehindRun()
  if (login === null) return { kind: 'system' }
  const own = await forge.repository(repository.fullName)
  const permission = own.ok ? await forge.permission(own.value, login) : own
  // Somebody whom GitHub does not know as a person here, such as an App, decides nothing that needs one.
  return permission.ok && permission.value !== 'none'
    ? { kind: 'person', login, permission: permission.value }
    : { kind: 'system' }
}
