import type { CommandBody } from '../../rollout/deciding/command.ts'
import { type Freeze, freezeOf } from '../../rollout/deciding/freeze.ts'
import { staleLooks } from '../../rollout/deciding/stale-looks.ts'
import type { Actor } from '../../rollout/history/actor.ts'
import type { SealedFile } from '../../rollout/history/event.ts'
import { isLive } from '../../rollout/history/phase.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { floorOf } from '../../rollout/siblings/floors.ts'
import { reachedByAlike, reachedByOlder, standingOf } from '../../rollout/siblings/standing.ts'
import type { Surroundings } from '../../rollout/siblings/surroundings.ts'
import { laneOf } from '../../rollout/starting/stream-of.ts'
import { packageIdOf, parseReleaseId, type ReleaseId } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import { hasOtherMaintainers } from '../past/other-maintainers.ts'
import { hostedFiles, hostedVersion, packagesOf, worldOf } from '../starting/known-packages.ts'
import type { EngineCore } from './engine-core.ts'

type Core = Pick<EngineCore, 'memory' | 'parts' | 'unwatched'>

/**
 * The command with what the engine knows better than the caller: freeze, present files, and whether a
 * rollback has something to go back to. Callers leave those fields empty. A tick gets its files apart, see
 * `filesToSeal`.
 */
export async function fillCommand(
  core: Core,
  command: CommandBody,
  state: RolloutState,
  now: number,
  by: Actor,
): Promise<CommandBody> {
  switch (command.type) {
    case 'tick':
      return {
        ...command,
        freeze: currentFreeze(core.memory, state, now),
        unseen: isLive(state) ? staleLooks(state, now) : [],
        unwatched: core.unwatched.span,
        surroundings: surroundingsOf(core.memory, state),
      }
    case 'advance':
      return {
        ...command,
        files: await filesToSeal(core, state),
        freeze: currentFreeze(core.memory, state, now),
        surroundings: surroundingsOf(core.memory, state),
      }
    case 'dismiss':
      return {
        ...command,
        signoffs: core.parts.settings.signoffs,
        shared: await hasOtherMaintainers(
          core.parts.forge,
          command.code,
          state,
          packagesOf(state).flatMap((id) => core.memory.rolloutsOf(id)),
          by,
        ),
      }
    case 'catchUp':
      return { ...command, surroundings: surroundingsOf(core.memory, state) }
    case 'seal':
      return command.files.length > 0 ? command : { ...command, files: await filesToSeal(core, state) }
    case 'rollBack':
      return {
        ...command,
        installable: await baselinesInstallable(core, state),
        newerCompleted: newerCompleted(core, state),
      }
    case 'bisectCanary':
      return { ...command, between: await releasesBetween(core, state) }
    default:
      return command
  }
}

/** How the others of its packages stand at the moment. */
export function surroundingsOf(memory: Core['memory'], state: RolloutState): Surroundings {
  const world = worldOf(memory, packagesOf(state))
  const reachedAlike = reachedByAlike(state, world)
  const floor = floorOf(state, memory.rolloutsOf)
  return { standing: standingOf(state, world), reached: reachedByOlder(state, world), reachedAlike, floor }
}

/** The freeze of whichever of its packages is frozen longest, or null. */
export function currentFreeze(memory: Core['memory'], state: RolloutState, now: number): Freeze | null {
  const { policy } = state
  if (policy === null || policy.rollback.freezeAfter === null) return null
  let longest: Freeze | null = null
  for (const id of packagesOf(state)) {
    const freeze = freezeOf(worldOf(memory, [id]), id, policy, now)
    if (freeze !== null && (longest === null || freeze.until > longest.until)) longest = freeze
  }
  return longest
}

/** What would be sealed now; nothing where it is sealed already. */
export async function filesToSeal(
  core: Pick<EngineCore, 'parts'>,
  state: RolloutState,
): Promise<readonly SealedFile[]> {
  const whole = state.members.map((member) => member.candidate)
  const candidates = state.sealedFiles === null ? whole : Object.keys(state.boarding)
  if (candidates.length === 0) return []
  const files = await hostedFiles(core.parts.packages, candidates)
  return files.map(({ release, name, sha256 }) => ({ release, name, sha256 }))
}

/** Whether every baseline there is can be had: hosted with a file, not withdrawn, not blocked. */
async function baselinesInstallable(core: Core, state: RolloutState): Promise<boolean> {
  for (const { baseline } of state.members) {
    if (baseline !== null && !(await isInstallable(core, baseline))) return false
  }
  return true
}

async function isInstallable(core: Core, release: ReleaseId): Promise<boolean> {
  const hosted = await hostedVersion(core.parts.packages, release)
  if (hosted === undefined || hosted.withdrawn !== null || hosted.files.length === 0) return false
  return core.memory.find(release)?.blocked.includes(release) !== true
}

/** A completed release above one of the candidates in the same lane, if there is one. */
function newerCompleted(core: Core, state: RolloutState): ReleaseId | null {
  for (const { candidate } of state.members) {
    const own = parseReleaseId(candidate)
    if (!own.ok) continue
    const scheme = schemeOf(own.value.ecosystem)
    for (const other of core.memory.rolloutsOf(packageIdOf(candidate))) {
      if (other.end?.kind !== 'completed') continue
      for (const member of other.members) {
        const parsed = parseReleaseId(member.candidate)
        if (!parsed.ok || packageIdOf(parsed.value) !== packageIdOf(candidate)) continue
        const sameLane = laneOf(parsed.value, other.policy) === laneOf(own.value, state.policy)
        if (sameLane && scheme.compare(parsed.value.version, own.value.version) > 0) return member.candidate
      }
    }
  }
  return null
}

/**
 * The releases of the candidate's lane between it and its baseline that can be installed now, ascending. Empty where
 * several packages roll out together: those are told apart first.
 */
async function releasesBetween(core: Core, state: RolloutState): Promise<readonly ReleaseId[]> {
  const paired = state.members.filter(({ baseline }) => baseline !== null)
  const [member] = paired
  const own = parseReleaseId(member?.candidate ?? '')
  const base = parseReleaseId(member?.baseline ?? '')
  if (paired.length !== 1 || !own.ok || !base.ok) return []
  const scheme = schemeOf(own.value.ecosystem)
  const id = packageIdOf(own.value)
  const lane = laneOf(own.value, state.policy)
  const found = new Map<ReleaseId, string>()
  for (const other of core.memory.rolloutsOf(id)) {
    for (const { candidate } of other.members) {
      const parsed = packageIdOf(candidate) === id ? parseReleaseId(candidate) : null
      if (parsed === null || !parsed.ok || laneOf(parsed.value, other.policy) !== lane) continue
      const { version } = parsed.value
      const between =
        scheme.compare(version, base.value.version) > 0 && scheme.compare(version, own.value.version) < 0
      if (between && (await isInstallable(core, candidate))) found.set(candidate, version)
    }
  }
  const ascending = [...found].sort(([, left], [, right]) => scheme.compare(left, right))
  return ascending.map(([release]) => release)
}
