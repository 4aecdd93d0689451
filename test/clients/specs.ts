import type { Ecosystem } from './publish.ts'

/** Where a rollout stands. Versions are 1.0.0 and the candidate 1.0.1; a backport has 2.0.0 beside them. */
export const states = ['zero', 'half', 'done', 'back', 'blocked', 'backport', 'moving', 'doomed'] as const
export type State = (typeof states)[number]

export const baseline = '1.0.0'
export const candidate = '1.0.1'
export const newerLine = '2.0.0'

/** How a project asks for a package, by the word that its package's name ends in. */
export const specsOf = {
  npm: {
    none: '',
    latest: 'latest',
    any: '*',
    compatible: '^1.0.0',
    patch: '~1.0.0',
    wildcard: '1.x',
    'at-least': '>=1.0.0',
    exact: '1.0.1',
    only: '>=1.0.1 <2.0.0',
    transitive: 'exact by a dependency',
  },
  pypi: {
    none: '',
    compatible: '~=1.0.0',
    wildcard: '==1.0.*',
    'at-least': '>=1.0.0',
    exact: '==1.0.1',
    arbitrary: '===1.0.1',
    constraint: 'constraint file',
    hash: '==1.0.1 with --hash',
    only: '>=1.0.1,<2',
    transitive: 'exact by a dependency',
  },
} as const satisfies Record<Ecosystem, Readonly<Record<string, string>>>

/** The words of an ecosystem's ways to ask. */
export const specNames = (ecosystem: Ecosystem): readonly string[] => Object.keys(specsOf[ecosystem])

/** The package that stands for one cell of the table. */
export const packageOf = (state: State, spec: string): string => `${state}-${spec}`

/** A package that needs exactly the candidate of a state's package. */
export const dependentOf = (state: State): string => `needs-${state}`
