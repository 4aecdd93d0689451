import type { CanariesRule, ExposureRule, Stage, StageGates, WindowRule } from '../../gates/policy.ts'
import type { BakeEntry, GatesEntry, WindowEntry } from './file-schema.ts'
import {
  defaultBlockerLabels,
  defaultCanaries,
  defaultExposure,
  httpTimeoutMs,
  weekdays,
} from './profiles.ts'

/** Kind by kind: a named kind takes its settings over those below it, then over the defaults. */
export function mergeGates(below: StageGates, named: GatesEntry): StageGates {
  const { canaries, checks, blockers, approval, exposure, advisories, window, http } = named
  const { advisories: known, ...others } = below
  const advisoriesRule = advisories === undefined ? known : advisoriesOf(advisories)
  return {
    ...others,
    ...(canaries && { canaries: canariesRule(below, canaries) }),
    ...(checks && { checks: { required: [...new Set(checks.required)] } }),
    ...(blockers && {
      blockers: { labels: blockers.labels ?? below.blockers?.labels ?? defaultBlockerLabels },
    }),
    ...(approval && { approval: { by: approval.by ?? below.approval?.by ?? 'maintain' } }),
    ...(exposure && { exposure: exposureRule(below, exposure) }),
    ...(advisoriesRule && { advisories: advisoriesRule }),
    ...(window && { window: windowRule(window) }),
    ...(http && {
      http: { url: http.url, timeoutMs: Math.min(http.timeout ?? httpTimeoutMs, httpTimeoutMs) },
    }),
  }
}

/** The window of a release as the rule of its stages. */
export function windowRule(entry: WindowEntry): WindowRule {
  if (entry === 'weekdays') return weekdays
  return { notBetween: entry.notBetween, timezone: entry.timezone ?? 'UTC' }
}

/** `15m`, `{ time: 24h, runs: 59 }` or `{ most: 24h, least: 4h }`. */
export function bakeOf(bake: BakeEntry): Pick<Stage, 'bakeMs' | 'bakeLeastMs' | 'bakeRuns'> {
  if (typeof bake === 'number') return { bakeMs: bake }
  const { time, most, least, runs } = bake
  return {
    bakeMs: most ?? time ?? 0,
    ...(least !== undefined && { bakeLeastMs: least }),
    ...(runs !== undefined && { bakeRuns: runs }),
  }
}

/** `false` switches off what a profile or a release asks for. */
function advisoriesOf(entry: NonNullable<GatesEntry['advisories']>): StageGates['advisories'] {
  if (entry === false) return undefined
  return { block: entry === true ? false : (entry.block ?? false) }
}

function canariesRule(below: StageGates, named: NonNullable<GatesEntry['canaries']>): CanariesRule {
  const rule = below.canaries ?? defaultCanaries
  return {
    maxRegressions: named.maxRegressions ?? rule.maxRegressions,
    minCoverage: named.minCoverage ?? rule.minCoverage,
    minCanaries: named.minCanaries ?? rule.minCanaries,
    timeoutMs: named.timeout ?? rule.timeoutMs,
    tries: named.tries ?? rule.tries,
    onNewlyFlaky: named.onNewlyFlaky ?? rule.onNewlyFlaky,
  }
}

function exposureRule(below: StageGates, named: NonNullable<GatesEntry['exposure']>): ExposureRule {
  const rule = below.exposure ?? defaultExposure
  return {
    minRuns: named.minRuns ?? rule.minRuns,
    maxHarmBasisPoints: named.maxHarm ?? rule.maxHarmBasisPoints,
    confidencePercent: named.confidence ?? rule.confidencePercent,
    onInconclusive: named.onInconclusive ?? rule.onInconclusive,
  }
}
