import type { RolloutState } from '../../rollout/history/state.ts'
import { showValue } from '../../versions/problem.ts'
import { packageIdOf } from '../../versions/release.ts'
import { releaseOfTag } from '../../versions/release-tag.ts'
import type { CommandTarget } from './command-target.ts'

/** What a target may mean where it was written. */
export interface TargetPlace {
  /** The rollout behind the issue or pull request; null where it is behind none. */
  readonly here: RolloutState | null
  /** Every rollout that this repository has a say in. */
  readonly all: readonly RolloutState[]
  /** The rollout of an id, as the engine resolves it. */
  readonly find: (id: string) => RolloutState | null
}

const candidatesOf = ({ members }: RolloutState): readonly string[] =>
  members.map(({ candidate }) => candidate)

const carries = (state: RolloutState, version: string): boolean =>
  candidatesOf(state).some((candidate) => {
    const id = packageIdOf(candidate)
    return [[], state.policy?.tags ?? []].some((tags) => releaseOfTag(id, version, tags) === candidate)
  })

/** The sentence about a target that means nothing here, or nothing that this repository may know of. */
export function targetNotFound(
  target: CommandTarget | null,
  expected = 'the id of a rollout or release of this repository',
): string {
  const text = target?.kind === 'id' ? target.id : (target?.text ?? '')
  return `target: got ${showValue(text)}, expected ${expected}`
}

/**
 * The rollout that a command names, or the sentence that says why there is none. On the issue of a rollout a bare
 * version means that rollout's release or nothing: of another one the whole id has to be written.
 */
export function namedRollout(target: CommandTarget, { here, all, find }: TargetPlace): RolloutState | string {
  if (target.kind === 'id') return find(target.id) ?? targetNotFound(target)
  if (here !== null) {
    if (carries(here, target.text)) return here
    return targetNotFound(
      target,
      `${candidatesOf(here).join(' or ')}, which this is about, or another release by its whole id, such as npm:demo@1.1.0`,
    )
  }
  const found = all.filter((state) => carries(state, target.text))
  const live = found.filter(({ end }) => end === null)
  const meant = live.length > 0 ? live : found
  const [only] = meant
  if (only !== undefined && meant.length === 1) return only
  if (only === undefined) return targetNotFound(target)
  const names = meant.slice(0, 10).flatMap(candidatesOf)
  return targetNotFound(target, `one of ${names.join(', ')}`)
}
