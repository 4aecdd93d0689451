import { defaultPolicy } from '../../config/policy/profiles.ts'
import type { Policy } from '../../gates/policy.ts'
import { DAY_MS, HOUR_MS } from '../durations.ts'

/** A way to release one release after the other. */
export type SeriesTreatment =
  | { readonly name: string; readonly kind: 'ladder'; readonly policy: Policy }
  /** Published to all, and every client but a few hides what is younger. */
  | { readonly name: string; readonly kind: 'cool-down'; readonly ms: number }

/** How often a package releases, and how many of those are played for each time: rare releases say little. */
export const CADENCES = [
  { name: 'weekly', everyMs: 7 * DAY_MS, packages: 24 },
  { name: 'daily', everyMs: DAY_MS, packages: 6 },
  { name: 'four times a day', everyMs: 6 * HOUR_MS, packages: 2 },
] as const

/** What is compared, in the order of the table. */
export function seriesTreatments(): readonly SeriesTreatment[] {
  const ladders = (['rapid', 'standard'] as const).flatMap((profile) =>
    (['overtake', 'pipeline'] as const).map((onNewer) => {
      const policy = withoutOutsiders(defaultPolicy(profile, null))
      const paced = { ...policy, pace: { ...policy.pace, onNewer } }
      return { name: `${profile}, ${onNewer}`, kind: 'ladder', policy: paced } as const
    }),
  )
  return [
    ...ladders,
    { name: 'cool-down 1 day', kind: 'cool-down', ms: DAY_MS },
    { name: 'cool-down 7 days', kind: 'cool-down', ms: 7 * DAY_MS },
  ]
}

/** What a release's own checks and advisories would say is not made up. */
function withoutOutsiders(policy: Policy): Policy {
  const stages = policy.stages.map((stage) => {
    const { bake: _, ...gates } = { bake: null, ...stage.gates }
    const { checks: __, advisories: ___, http: ____, ...kept } = gates
    return { ...stage, gates: kept }
  })
  return { ...policy, stages }
}
