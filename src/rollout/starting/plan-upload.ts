import { parseReleaseId, type ReleaseId } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { Refusal } from '../deciding/refusal.ts'
import { refuse } from '../deciding/refuse.ts'
import type { RolloutId } from '../history/event.ts'
import type { RolloutState } from '../history/state.ts'
import type { KnownVersions } from './known-versions.ts'
import { baselineOf, newerInLine, newestRolloutOf } from './line-history.ts'

export interface UploadPlanRequest {
  readonly release: ReleaseId
  readonly file: { readonly name: string; readonly sha256: string }
  /** All rollouts that have a release of the package. */
  readonly world: readonly RolloutState[]
  readonly versions: KnownVersions
  readonly now: number
}

/** What must be so before the first byte of a file is stored. */
export type UploadPlan =
  /** A pre-release: published without a rollout. */
  | { readonly kind: 'direct' }
  /** Nothing installable to compare with: reserve and start at once, which completes it. */
  | { readonly kind: 'first' }
  /** A new final with a baseline: reserve a rollout, which hides it. */
  | { readonly kind: 'reserve' }
  /** It has a rollout that takes files. */
  | { readonly kind: 'existing'; readonly rollout: RolloutId }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** Decides what an upload needs. */
export function planUpload(request: UploadPlanRequest): UploadPlan {
  const { release: id, world, versions, now } = request
  const parsed = parseReleaseId(id)
  if (!parsed.ok) return no(refuse('invalid', 'It is no release.', 'release', id, parsed.problem.expected))
  const release = parsed.value
  if (schemeOf(release.ecosystem).isPrerelease(release.version)) return { kind: 'direct' }
  const current = newestRolloutOf(world, id)
  if (current !== null) return intoRollout(request, current)
  const newer = newerInLine(release, world, versions)
  if (newer !== null) {
    const why = `${release.version} is older than ${newer}, the newest of its line.`
    return no(refuse('conflict', why, 'release', release.version, `a version above ${newer}`))
  }
  return { kind: baselineOf(release, world, versions, now) === null ? 'first' : 'reserve' }
}

function intoRollout({ release, file }: UploadPlanRequest, state: RolloutState): UploadPlan {
  const sealed = state.sealedFiles
  const known = sealed?.some(
    (other) => other.release === release && other.name === file.name && other.sha256 === file.sha256,
  )
  if (known) return { kind: 'existing', rollout: state.id }
  if (state.end !== null && !(state.end.kind === 'completed' && state.end.direct)) {
    const why = `The rollout is over (${state.end.kind}), so the release takes no more files.`
    return no(refuse('permanent', why, 'file', file.name, 'a new version'))
  }
  if (sealed !== null || state.stageIndex > 0) {
    const names = (sealed ?? []).filter((other) => other.release === release).map(({ name }) => name)
    const expected = names.length === 0 ? 'a new version' : `one of ${names.join(', ')}, or a new version`
    return no(refuse('permanent', 'The file list is closed.', 'file', file.name, expected))
  }
  return { kind: 'existing', rollout: state.id }
}

function no(refusal: Refusal): UploadPlan {
  return { kind: 'refused', refusal }
}
