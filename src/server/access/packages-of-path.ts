import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { normalizeName } from '../../versions/normalize-name.ts'
import { type PackageId, packageIdOf } from '../../versions/release.ts'
import { parseRolloutAddress } from '../api/rollout-address.ts'
import { parseNpmTarget } from '../npm/npm-target.ts'

/** Paths that speak of one package, by ecosystem; the group is its name as written. */
const named: readonly (readonly ['npm' | 'pypi', RegExp])[] = [
  ['npm', /^\/npm\/-\/package\/((?:@[^/]+\/)?[^/]+)\/dist-tags/],
  ['npm', /^(?:\/npm)?\/-\/npm\/v1\/attestations\/((?:@[^/]+\/)?[^/@]+)@/],
  ['pypi', /^\/pypi\/(?:simple|pypi|files)\/([^/]+)/],
  ['pypi', /^(?:\/pypi)?\/integrity\/([^/]+)\//],
  ['npm', /^(?:\/api\/v1)?\/packages\/npm\/((?:@[^/]+\/)?[^/]+)/],
  ['pypi', /^(?:\/api\/v1)?\/packages\/pypi\/([^/]+)/],
]

/** The packages that a path tells something about; none for lists and for what is about no package. */
export function packagesOfPath(rest: string, engine: Pick<RolloutReader, 'find'>): readonly PackageId[] {
  const path = decoded(rest)
  const target = rest.startsWith('/npm/') ? parseNpmTarget(rest) : null
  if (target !== null && 'name' in target) return [`npm:${target.name}`]
  const rollout = /^(?:(?:\/api\/v1)?\/rollouts|\/badge)\/(.+?)(?:\.svg)?$/.exec(rest)?.[1]
  if (rollout !== undefined) {
    const address = parseRolloutAddress(rollout)
    const state = address.ok ? engine.find(address.id) : null
    if (state !== null) return state.members.map(({ candidate }) => packageIdOf(candidate))
    return address.ok && address.id.includes(':') ? [packageIdOf(address.id)] : []
  }
  for (const [ecosystem, pattern] of named) {
    const written = pattern.exec(path)?.[1] ?? ''
    const name = normalizeName(ecosystem, written)
    // Another spelling is answered with the right one, whether or not there is such a project.
    if (name.ok && path.startsWith('/pypi/simple/') && name.value !== written) return []
    if (name.ok) return [`${ecosystem}:${name.value}`]
  }
  return []
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
