import type { Exposure } from './exposure.ts'
import { viewIdOf } from './view-id.ts'

/** How a view differs from `channel/stable`. Equal keys of one package show the same documents. */
export interface ViewDelta {
  readonly key: string
  /** The address of the same view for everybody (`viewIdOf`); null where it has none. */
  readonly viewId: string | null
  readonly shown: readonly string[]
  readonly removed: readonly string[]
  /** Pre-releases that may be `latest`: who looks has chosen them. */
  readonly offered: readonly string[]
  /** The stored document, nothing hidden and nothing left out. */
  readonly source: boolean
}

/** A difference, with a key that says it. */
export function delta(
  shown: readonly string[],
  removed: readonly string[],
  offered: readonly string[] = [],
): ViewDelta {
  const words = [
    ...shown.map((version) => `+${version}`),
    ...removed.map((version) => `-${version}`),
    ...offered.map((version) => `^${version}`),
  ]
  return { key: words.join(' '), viewId: null, shown, removed, offered, source: false }
}

/** `stable` plus these of the live ones. */
export function showing(exposures: readonly Exposure[]): ViewDelta {
  if (exposures.length === 0) return asStable
  const viewId = viewIdOf(exposures.map(({ rollout }) => rollout))
  const made = delta(versionsOf(exposures), [])
  return { ...made, key: `${viewId} ${made.key}`, viewId }
}

export const versionsOf = (exposures: readonly Exposure[]) => [
  ...new Set(exposures.map(({ version }) => version)),
]

export const asStable: ViewDelta = {
  key: '',
  viewId: 'stable',
  shown: [],
  removed: [],
  offered: [],
  source: false,
}
