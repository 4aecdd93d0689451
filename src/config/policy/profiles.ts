import type {
  CanariesRule,
  ExposureRule,
  PaceRule,
  Policy,
  ProfileName,
  Stage,
  StageGates,
  WindowRule,
} from '../../gates/policy.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

export const defaultCanaries: CanariesRule = {
  maxRegressions: 0,
  minCoverage: 80,
  minCanaries: 0,
  timeoutMs: 6 * hour,
  tries: 3,
  onNewlyFlaky: 'hold',
}

export const defaultBlockerLabels: readonly string[] = ['release-blocker', 'regression']

/** 59 clean runs rule out 5 points of harm at 95 %. */
export const defaultExposure: ExposureRule = {
  minRuns: 59,
  maxHarmBasisPoints: 500,
  confidencePercent: 95,
  onInconclusive: { kind: 'advance-after', afterMs: 7 * day },
}

/** The longest that an `http` gate may take to answer. */
export const httpTimeoutMs = 10_000

/** Friday 00:00 to Monday 12:00: what goes wrong then meets nobody. */
export const weekdays: WindowRule = { notBetween: [{ from: 4 * 1440, to: 12 * 60 }], timezone: 'UTC' }

/** The window that a profile has where nothing is said: those that take days wait for people, unless dependents tried it. */
export function profileWindow(profile: ProfileName): WindowRule | null {
  return profile === 'standard' || profile === 'cautious' ? { ...weekdays, unlessTested: true } : null
}

/** The stages under a window; a stage's own goes before it, and the last one has no raise ahead. */
export function underWindow(stages: readonly Stage[], window: WindowRule | null): readonly Stage[] {
  if (window === null) return stages
  return stages.map((stage, index) =>
    index === stages.length - 1 ? stage : { ...stage, gates: { window, ...stage.gates } },
  )
}

/** The gates of a profile: canaries, blockers and advisories beside the bake. */
export const defaultGates: StageGates = {
  canaries: defaultCanaries,
  blockers: { labels: defaultBlockerLabels },
  advisories: { block: false },
}

export const defaultRollback: Policy['rollback'] = {
  automatic: true,
  freezeAfter: { count: 3, windowMs: 7 * day },
}

/** How releases of one package stand to each other where nothing is said. */
export const defaultPace: PaceRule = {
  line: 'minor',
  onNewer: 'overtake',
  catchUpMs: hour,
  waitForFilesMs: day,
  trainSettleMs: 10 * minute,
  floors: 'hold',
}

/**
 * The same under `adopt`: each release has its own clock, as with a cool-down, and nobody's later release makes an
 * earlier one wait or hurries another.
 */
export const adoptedPace: PaceRule = { ...defaultPace, onNewer: 'pipeline', catchUpMs: null }

/** Bake of stage 0: long enough for the last files of a release to arrive and the canaries to start. */
const stagedBakeMs = 15 * minute

/**
 * Percent and bake of each profile. The bakes after stage 0 add up to 24 h (rapid), 72 h (standard: 24 h
 * at 5 %, then 12 h each) and 7 days (cautious); the last stage bakes like any other.
 */
const ladders: Readonly<Record<ProfileName, readonly (readonly [percent: number, bakeMs: number])[]>> = {
  rapid: [
    [10, 8 * hour],
    [50, 8 * hour],
    [100, 8 * hour],
  ],
  standard: [
    [5, 24 * hour],
    [10, 12 * hour],
    [25, 12 * hour],
    [50, 12 * hour],
    [100, 12 * hour],
  ],
  cautious: [
    [1, day],
    [2, day],
    [5, day],
    [10, day],
    [20, day],
    [50, day],
    [100, day],
  ],
  gate: [[100, day]],
}

/** How long a release is for those alone who ask for it, where there is no index between it and its users. */
const gateBakeMs = hour

/**
 * The stages of a profile with the given gates on each. Stage 0 is named `staged`, the rest `5 %`. `gate` knows no
 * percents: evidence and at least an hour, then everybody.
 */
export function profileStages(profile: ProfileName, gates: StageGates = defaultGates): readonly Stage[] {
  const isGate = profile === 'gate'
  const ladder = [[0, isGate ? gateBakeMs : stagedBakeMs] as const, ...ladders[profile]]
  return ladder.map(([percent, bakeMs]) => ({
    name: isGate ? gateStageNames[percent === 0 ? 0 : 1] : stageName(percent * 100),
    basisPoints: percent * 100,
    bakeMs,
    groups: [],
    gates,
  }))
}

const gateStageNames = ['evidence', 'everybody'] as const

/** The name of a stage that was given none. */
export function stageName(basisPoints: number): string {
  return basisPoints === 0 ? 'staged' : `${basisPoints / 100} %`
}

/** The policy of a package whose owner says nothing: `standard` with all defaults. */
export function defaultPolicy(
  profile: ProfileName = 'standard',
  window: WindowRule | null = profileWindow(profile),
): Policy {
  return {
    profile,
    stages: underWindow(profileStages(profile), window),
    pace: defaultPace,
    canaries: [],
    rollback: defaultRollback,
    groups: {},
    tags: [],
    abandonAfterMs: null,
    notify: { pullRequests: true, trackingIssue: true, dependents: true },
  }
}
