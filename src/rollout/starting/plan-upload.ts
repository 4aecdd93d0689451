import { formatTime } from '../../gates/format-time.ts'
import { parseReleaseId, type ReleaseId } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { Refusal } from '../deciding/refusal.ts'
import { refuse } from '../deciding/refuse.ts'
import type { RolloutId } from '../history/event.ts'
import type { RolloutState } from '../history/state.ts'
import { rolloutOf, rolloutOfPublic } from './line-history.ts'

export interface UploadPlanRequest {
  readonly release: ReleaseId
  readonly file: { readonly name: string; readonly sha256: string }
  /** All rollouts that have a release of the package. */
  readonly world: readonly RolloutState[]
  /** Of a pre-release: whether a stream has it. */
  readonly staged: boolean
}

/** What must be so before the first byte of a file is stored. */
export type UploadPlan =
  /** A pre-release of no stream: published without a rollout. */
  | { readonly kind: 'direct' }
  /** A new release: reserve a rollout, which hides it. */
  | { readonly kind: 'reserve' }
  /** Another build of a public version whose rollout still takes files. */
  | { readonly kind: 'join'; readonly rollout: RolloutId }
  /** It has a rollout that takes files. */
  | { readonly kind: 'existing'; readonly rollout: RolloutId }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** Decides what an upload needs. Any version may come after any other. */
export function planUpload(request: UploadPlanRequest): UploadPlan {
  const { release: id, world, staged } = request
  const parsed = parseReleaseId(id)
  if (!parsed.ok) return no(refuse('invalid', 'It is no release.', 'release', id, parsed.problem.expected))
  const current = rolloutOf(world, id)
  if (current !== null) return intoRollout(request, current)
  const { isPrerelease } = schemeOf(parsed.value.ecosystem)
  if (isPrerelease(parsed.value.version) && !staged) return { kind: 'direct' }
  const open = rolloutOfPublic(world, parsed.value)
  return open === null ? { kind: 'reserve' } : { kind: 'join', rollout: open.id }
}

function intoRollout({ release, file, world }: UploadPlanRequest, state: RolloutState): UploadPlan {
  const sealed = state.sealedFiles ?? sealedElsewhere(world, release)
  const known = sealed?.some(
    (other) => other.release === release && other.name === file.name && other.sha256 === file.sha256,
  )
  if (known) return { kind: 'existing', rollout: state.id }
  const expected = `${postRelease(release)}a new version`
  if (state.unread !== null) {
    const why = `The history of its rollout cannot be read (${state.unread}), so the release is held and takes no more files.`
    return no(refuse('permanent', why, 'file', file.name, expected))
  }
  if (state.end !== null && state.startedAt === null) {
    const why = `${release} was called off at ${formatTime(state.end.at)} before it began.`
    return no(
      refuse('permanent', why, 'file', file.name, 'a restart with maintain permission and a reason first'),
    )
  }
  if (state.end !== null && state.end.kind !== 'completed') {
    const why = `The rollout is over (${state.end.kind}), so the release takes no more files.`
    return no(refuse('permanent', why, 'file', file.name, `${begunAgain(release, '')}${expected}`))
  }
  if (sealed !== null || state.stageIndex > 0) {
    const names = (sealed ?? []).filter((other) => other.release === release).map(({ name }) => name)
    const listed =
      names.length === 0 ? '' : `one of ${names.join(', ')}, ${release.startsWith('pypi:') ? '' : 'or '}`
    const again = begunAgain(release, 'taken back (slipway rollback) and ')
    return no(
      refuse('permanent', 'The file list is closed.', 'file', file.name, `${listed}${again}${expected}`),
    )
  }
  return { kind: 'existing', rollout: state.id }
}

/** The files of a release that another rollout has shown to somebody, or has completed with: its list is closed for all. */
function sealedElsewhere(world: readonly RolloutState[], release: ReleaseId): RolloutState['sealedFiles'] {
  const carrier = world.find(
    ({ members, sealedFiles, end }) =>
      sealedFiles !== null &&
      (end === null || end.kind === 'completed') &&
      members.some(({ candidate }) => candidate === release),
  )
  return carrier?.sealedFiles ?? null
}

/** A release that begins again is at stage 0, and takes files until it leaves that: all of them are tested then. */
function begunAgain(release: ReleaseId, first: string): string {
  return release.startsWith('pypi:')
    ? `the file once the release is ${first}begun again (slipway start --restart --files), before its first raise, `
    : ''
}

/** A file that comes late goes into a release of its own, where an ecosystem has such. */
function postRelease(release: ReleaseId): string {
  const version = release.slice(release.lastIndexOf('@') + 1)
  return release.startsWith('pypi:')
    ? `a post release such as ${version.replace(/\+.*$/, '')}.post1, or `
    : ''
}

function no(refusal: Refusal): UploadPlan {
  return { kind: 'refused', refusal }
}
