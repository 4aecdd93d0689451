/** One number that a synthetic world is made from. Every one is a flag of `slipway simulate`. */
export interface Assumption {
  /** The flag without its dashes; also the key in `Assumptions`. */
  readonly flag: string
  /** `%` are given as 0..100. */
  readonly unit: '%' | 'h' | 'd' | 'min' | ''
  readonly standard: number
  readonly least: number
  readonly most: number
  readonly whole?: boolean
  /** The two values that the sensitivity table tries. */
  readonly tried: readonly [number, number]
  readonly meaning: string
}

const percent = { unit: '%', least: 0, most: 100 } as const

/** Everything that is assumed about the world, in the order in which it is shown. */
export const ASSUMPTIONS = [
  {
    flag: 'bad',
    ...percent,
    standard: 10,
    tried: [2, 30],
    meaning: 'releases that break somebody',
  },
  {
    flag: 'severity',
    ...percent,
    standard: 20,
    tried: [5, 50],
    meaning:
      'users whom a bad release breaks, on average over bad releases (Beta(1, b): many hit few, few hit many)',
  },
  {
    flag: 'intermittent',
    ...percent,
    standard: 10,
    tried: [0, 50],
    meaning: 'bad releases whose bug shows in half of the runs only',
  },
  {
    flag: 'users',
    unit: '',
    least: 1,
    most: 100_000,
    whole: true,
    standard: 1000,
    tried: [100, 10_000],
    meaning: 'users without an exact pin',
  },
  {
    flag: 'installs',
    unit: '',
    least: 0.001,
    most: 1000,
    standard: 0.5,
    tried: [0.1, 5],
    meaning: 'installs a day of the median user (log-normal, spread 1.2)',
  },
  {
    flag: 'daytime',
    ...percent,
    standard: 50,
    tried: [0, 100],
    meaning: "users who install between 9 and 18 o'clock of their zone; the others are machines",
  },
  {
    flag: 'locked',
    ...percent,
    standard: 30,
    tried: [0, 80],
    meaning: 'users with a lockfile, who meet a new version only when they renew it',
  },
  {
    flag: 'relock',
    unit: 'd',
    least: 0.01,
    most: 365,
    standard: 14,
    tried: [3, 60],
    meaning: 'days between two renewals of a lockfile',
  },
  {
    flag: 'cooldown-share',
    ...percent,
    standard: 20,
    tried: [0, 80],
    meaning: 'users whose client hides young versions, as pnpm 11 does',
  },
  {
    flag: 'cooldown',
    unit: 'h',
    least: 0,
    most: 720,
    standard: 24,
    tried: [6, 168],
    meaning: 'hours for which such a client hides a version',
  },
  {
    flag: 'early',
    ...percent,
    standard: 5,
    tried: [1, 20],
    meaning: 'users without a cool-down where the alternative is a fixed cool-down',
  },
  {
    flag: 'canaries',
    unit: '',
    least: 0,
    most: 1000,
    whole: true,
    standard: 10,
    tried: [3, 30],
    meaning: 'canaries that the policy admits',
  },
  {
    flag: 'required',
    ...percent,
    standard: 50,
    tried: [20, 100],
    meaning: 'canaries that are required; the others are advisory',
  },
  {
    flag: 'coverage',
    ...percent,
    standard: 60,
    tried: [20, 90],
    meaning: 'canaries that a bug hits whose tests notice it',
  },
  {
    flag: 'flake',
    ...percent,
    standard: 2,
    tried: [0, 15],
    meaning: 'test runs that fail for no reason, each arm for itself',
  },
  {
    flag: 'history',
    unit: '',
    least: 0,
    most: 1000,
    whole: true,
    standard: 20,
    tried: [0, 100],
    meaning: 'pairs of runs of one version that are known of every canary when it starts: how flaky it is',
  },
  {
    flag: 'red',
    ...percent,
    standard: 3,
    tried: [0, 20],
    meaning: 'canaries that fail whatever is installed',
  },
  {
    flag: 'capped',
    ...percent,
    standard: 3,
    tried: [0, 20],
    meaning: 'canaries whose lockfile or cap keeps the candidate out',
  },
  {
    flag: 'infra',
    ...percent,
    standard: 2,
    tried: [0, 15],
    meaning: 'runs that break before they say anything',
  },
  {
    flag: 'run-minutes',
    unit: 'min',
    least: 0.1,
    most: 600,
    standard: 15,
    tried: [3, 90],
    meaning: 'minutes that both arms of the median run take (log-normal, spread 0.6)',
  },
  {
    flag: 'outages',
    unit: '',
    least: 0,
    most: 100,
    standard: 2,
    tried: [0, 15],
    meaning: 'outages in 30 days in which no run gives a usable answer',
  },
  {
    flag: 'outage-hours',
    unit: 'h',
    least: 0,
    most: 240,
    standard: 2,
    tried: [0.5, 12],
    meaning: 'hours that an outage lasts on average (exponential)',
  },
  {
    flag: 'repositories',
    unit: '',
    least: 0,
    most: 10_000,
    whole: true,
    standard: 100,
    tried: [20, 500],
    meaning:
      'repositories with a key whose ordinary runs count, where the policy asks for them (exposure, runs)',
  },
  {
    flag: 'repository-runs',
    unit: '',
    least: 0.01,
    most: 500,
    standard: 2,
    tried: [0.5, 10],
    meaning: 'runs a day of the median of these repositories (log-normal, spread 1)',
  },
  {
    flag: 'run-failures',
    ...percent,
    standard: 8,
    tried: [1, 30],
    meaning: 'ordinary runs that fail for other reasons, on average over repositories (Beta(1, b))',
  },
  {
    flag: 'reports',
    ...percent,
    standard: 2,
    tried: [0.2, 10],
    meaning: 'broken users who report it, so that a person can take the release back',
  },
  {
    flag: 'report-hours',
    unit: 'h',
    least: 0,
    most: 720,
    standard: 6,
    tried: [1, 48],
    meaning: 'hours from breaking to the report on average (exponential)',
  },
  {
    flag: 'response',
    unit: 'h',
    least: 0,
    most: 168,
    standard: 3,
    tried: [0.5, 24],
    meaning:
      "hours between 8 and 22 o'clock of their zone until a maintainer looks (median, log-normal, spread 1)",
  },
  {
    flag: 'attention',
    ...percent,
    standard: 80,
    tried: [30, 100],
    meaning: 'failing canaries and reports in which a maintainer who looks recognises the bug',
  },
  {
    flag: 'false-alarms',
    ...percent,
    standard: 3,
    tried: [0, 20],
    meaning: 'good releases that somebody labels as a regression until a maintainer looks',
  },
] as const satisfies readonly Assumption[]

/** A number for each of them. */
export type Assumptions = Readonly<Record<(typeof ASSUMPTIONS)[number]['flag'], number>>

/** What is assumed where nobody says otherwise. */
export function standardAssumptions(): Assumptions {
  return Object.fromEntries(ASSUMPTIONS.map(({ flag, standard }) => [flag, standard])) as Assumptions
}
