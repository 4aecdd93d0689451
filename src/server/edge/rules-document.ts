import type { OverlaidPackage } from '../../catalog/overlaid/overlaid-package.ts'
import type { Exposure } from '../../catalog/views/exposure.ts'
import type { PackageViews } from '../../catalog/views/package-views.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import type { HttpSettings } from '../http/http-settings.ts'

/** What an edge needs to know of a release that is rolling out. */
export interface LiveRule {
  readonly id: RolloutId
  readonly salt: string
  /** Basis points: who has a bucket below sees it. */
  readonly bp: number
  /** Who sees it whatever the bucket: the first 32 hex digits of `sha256("k2:" + salt + ":" + key)`. */
  readonly always: readonly string[]
}

/** A package of which something is live, or of which something that people see changed lately. */
export interface PackageRules {
  /** Another one after every change that some view shows: a part of the edge's cache key. */
  readonly doc: string
  readonly live: readonly LiveRule[]
  /** It comes from another index, whose anonymous readers may have a rule of their own. */
  readonly overlaid?: true
}

/** What all packages have in common. */
export interface EdgeHead {
  readonly v: 1
  /** Of one storage; another one after a restore or migration. */
  readonly epoch: string
  /** Of the log. It never falls within an epoch. */
  readonly position: number
  /** When this was written, integer ms. */
  readonly at: number
  /** What who has no key sees: of what is hosted, of other indexes, and in CI jobs. */
  readonly anonymous: Readonly<Record<'hosted' | 'overlaid' | 'ci', 'address' | 'stable'>>
  readonly trustedProxies: readonly string[]
  readonly mirrors: readonly {
    readonly userAgent?: string
    readonly address?: string
    readonly view: 'stable' | 'candidate'
  }[]
}

/** `GET /edge/v1/rules` (DESIGN.md section 16). What is not listed is `stable`. */
export interface RulesDocument extends EdgeHead {
  readonly packages: Readonly<Record<string, PackageRules>>
}

/** The part of the document that the operator's settings decide. */
export function headOf(settings: HttpSettings, place: Pick<EdgeHead, 'epoch' | 'position' | 'at'>): EdgeHead {
  return {
    v: 1,
    ...place,
    anonymous: {
      hosted: settings.anonymous,
      overlaid: settings.anonymousOverlaid,
      ci: settings.anonymousCi,
    },
    trustedProxies: settings.trustedProxies,
    mirrors: settings.mirrors.map(({ userAgent, address, channel }) => ({
      ...(userAgent !== null && { userAgent }),
      ...(address !== null && { address }),
      view: channel,
    })),
  }
}

/** The rules of one package. `sha256` gives hex digits of a text. */
export function packageRules(
  views: PackageViews,
  overlaid: OverlaidPackage | null,
  sha256: (text: string) => string,
): PackageRules {
  const content = overlaid === null ? `${views.stored.revision}` : contentOf(overlaid, sha256)
  const seen = views.exposures.map((exposure) => ({ ...exposure, groupKeys: [...exposure.groupKeys] }))
  return {
    doc: sha256(JSON.stringify([content, views.changedAt, seen])).slice(0, 16),
    live: liveRules(views.liveFinals, sha256),
    ...(overlaid !== null && { overlaid: true }),
  }
}

/** One for each rollout; where it carries several versions, what is true of all of them. */
function liveRules(finals: readonly Exposure[], sha256: (text: string) => string): readonly LiveRule[] {
  const rules = new Map<RolloutId, LiveRule>()
  for (const { rollout, salt, basisPoints, groupKeys } of finals) {
    const bp = Math.min(basisPoints, rules.get(rollout)?.bp ?? basisPoints)
    const always = [...groupKeys].map((key) => sha256(`k2:${salt}:${key}`).slice(0, 32)).sort()
    rules.set(rollout, { id: rollout, salt, bp, always })
  }
  return [...rules.values()]
}

/** Stands for everything that a document of it is made from, the upstream's own text included. */
function contentOf(overlaid: OverlaidPackage, sha256: (text: string) => string): string {
  const known = contents.get(overlaid)
  if (known !== undefined) return known
  const content = sha256(JSON.stringify(overlaid))
  contents.set(overlaid, content)
  return content
}

const contents = new WeakMap<OverlaidPackage, string>()
