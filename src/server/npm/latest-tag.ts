import { exposuresOf } from '../../catalog/views/exposure.ts'
import type { PackageRecord } from '../../ports/package-store.ts'
import { basisPointsOf, isLive } from '../../rollout/history/phase.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { HttpProblem } from '../http/problem.ts'

export type LatestMove =
  /** `notice`: what npm prints; null where nothing is rolling out. */
  | { readonly kind: 'set' | 'stays'; readonly notice: string | null }
  | { readonly kind: 'refused'; readonly problem: HttpProblem }

/**
 * What setting `latest` to a hosted version means. Setting it to a release that waits for that begins its ladder; while
 * a release climbs, `latest` moves with its rollout and nothing is changed here. `latest` may go down to a full release
 * as long as nothing that is rolling out would be left above it.
 */
export function planLatest(
  record: PackageRecord,
  rollouts: readonly RolloutState[],
  version: string,
): LatestMove {
  const { compare, isPrerelease } = schemeOf('npm')
  if (isPrerelease(version)) return no(400, version, 'a full release for latest', null)
  const stored = ownEntry(record.tags, 'latest')
  const open = rollouts.filter(({ end }) => end === null)
  const own = open.find((state) => carries(state, `${record.id}@${version}`))
  const isRaise = stored === undefined || compare(version, stored) > 0
  if (own !== undefined && isRaise) return { kind: 'set', notice: where(own, version) }
  if (own !== undefined && stored === version) return { kind: 'stays', notice: where(own, version) }
  const exposure = exposuresOf(record.id, rollouts).find((one) => one.version === version)
  if (own === undefined && exposure?.full !== true) {
    const why = `${record.id}@${version} is no full release: its rollout is over (${exposure?.end ?? 'none'}).`
    return no(409, version, 'a full release, or restart first', why)
  }
  const above = open.find(({ members }) =>
    members.some(({ candidate }) => {
      const other = candidate.startsWith(`${record.id}@`) ? candidate.slice(record.id.length + 1) : null
      return other !== null && compare(other, version) > 0 && !isAbove(compare, other, stored)
    }),
  )
  if (above === undefined) return { kind: 'set', notice: null }
  const releases = above.members.map(({ candidate }) => candidate).join(', ')
  const why = `latest cannot go to ${version} while ${releases} is rolling out (${above.id}): it moves with the rollout. Use advance to raise it, stop to take it from everybody, or rollback to take it back.`
  return no(409, 'latest', 'rollback', why)
}

function isAbove(
  compare: (a: string, b: string) => number,
  version: string,
  stored: string | undefined,
): boolean {
  return stored !== undefined && compare(version, stored) > 0
}

function carries({ members }: RolloutState, release: string): boolean {
  return members.some(({ candidate }) => candidate === release)
}

function where(state: RolloutState, version: string): string {
  const percent = basisPointsOf(state) / 100
  return isLive(state)
    ? `${version} is rolling out (${state.id}), at ${percent} % now: latest moves with it.`
    : `${version} is staged (${state.id}): latest moves with its rollout, which begins soon.`
}

function no(status: number, value: string, expected: string, why: string | null): LatestMove {
  const field = value === 'latest' ? 'tag' : 'version'
  const shown = JSON.stringify(value.slice(0, 200))
  const detail = why ?? `${field}: got ${shown}, expected ${expected}`
  return { kind: 'refused', problem: { status, detail, field, value: shown, expected } }
}
