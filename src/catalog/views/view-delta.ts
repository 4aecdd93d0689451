import type { Exposure } from './exposure.ts'

/** How a view differs from `channel/stable`. Equal keys of one package show the same documents. */
export interface ViewDelta {
  readonly key: string
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
  return { key: words.join(' '), shown, removed, offered, source: false }
}

export const versionsOf = (exposures: readonly Exposure[]) => [
  ...new Set(exposures.map(({ version }) => version)),
]

export const asStable: ViewDelta = { key: '', shown: [], removed: [], offered: [], source: false }
