import { ownEntry } from '../../versions/own-entry.ts'
import { judge } from '../canaries/comparison.ts'
import { isTrustCode } from '../contents/finding-levels.ts'
import type { GateFacts } from '../evidence.ts'
import type { Stage } from '../policy.ts'
import { carriesAny } from './blockers.ts'

/** So many dependents without a regression shorten a bake. */
const leastDecided = 3

/** What evidence does to the bake of a stage that has a least one. */
export interface BakeEvidence {
  /** What would have to be there for the bake to end at its least, each as a phrase; empty: it is all there. */
  readonly missing: readonly string[]
  /** Findings that are only said; each doubles the bake. */
  readonly said: number
}

/**
 * How long a stage bakes, in ms: `bakeMs`, or as little as `bakeLeastMs` where the evidence is all there. What the
 * files only say against a release doubles either, up to twice `bakeMs`. An upload, a number or a tag shortens nothing.
 */
export function bakeMsOf(stage: Stage, facts: GateFacts): number {
  if (stage.bakeLeastMs === undefined) return stage.bakeMs
  const { missing, said } = bakeEvidence(stage, facts)
  return withFindings(stage, missing.length === 0 ? stage.bakeLeastMs : stage.bakeMs, said)
}

/** How long it would bake with all evidence there. */
export function shortestBakeMs(stage: Stage, facts: GateFacts): number {
  return withFindings(stage, stage.bakeLeastMs ?? stage.bakeMs, bakeEvidence(stage, facts).said)
}

function withFindings({ bakeMs, bakeLeastMs }: Stage, ms: number, said: number): number {
  return bakeLeastMs === undefined ? ms : Math.min(ms * 2 ** said, 2 * bakeMs)
}

/** What of the evidence is there. What nobody looked at is missing, never taken for good. */
export function bakeEvidence(stage: Stage, facts: GateFacts): BakeEvidence {
  const findings = facts.releases.flatMap(({ candidate }) => factOf(facts, candidate)?.findings ?? [])
  const said = findings.filter(({ code, level }) => level === 'say' && !isTrustCode(code)).length
  const missing = [filesMissing(facts), ...findingsMissing(findings), canariesMissing(stage, facts)]
  return { missing: [...missing, issuesMissing(stage, facts)].filter((one) => one !== null), said }
}

function factOf(
  { contents, releases }: GateFacts,
  release: string,
): GateFacts['contents'][string] | undefined {
  const fact = ownEntry(contents, release)
  // What was compared with another baseline says nothing.
  return releases.some((one) => one.candidate === release && one.baseline === fact?.baseline)
    ? fact
    : undefined
}

function filesMissing(facts: GateFacts): string | null {
  if (!facts.compares) return 'its files compared (nobody compares them here)'
  const known = facts.releases.map(({ candidate }) => factOf(facts, candidate))
  if (known.some((fact) => fact === undefined)) return 'its files compared'
  return known.some((fact) => (fact?.unread.length ?? 0) > 0) ? 'files that can all be read' : null
}

function findingsMissing(findings: GateFacts['contents'][string]['findings']): readonly (string | null)[] {
  const loud = findings.some(({ code, level }) => level !== 'say' && !isTrustCode(code))
  const trust = findings.some(({ code }) => isTrustCode(code))
  return [
    loud ? 'files in which nothing is found that stops or asks' : null,
    trust ? 'as much trust as its baseline has' : null,
  ]
}

function canariesMissing(stage: Stage, { canaries, releases, stageEnteredAt }: GateFacts): string | null {
  const rule = stage.gates.canaries
  const admitted = Object.values(canaries).filter(({ entry }) => entry.admission !== 'none')
  const kinds =
    rule === undefined ? [] : admitted.map((canary) => judge(canary, releases, rule, stageEnteredAt).kind)
  if (kinds.includes('regressed') || kinds.includes('newly-flaky')) return 'no dependent that fails with it'
  const decided = kinds.filter((kind) => kind === 'same-pass' || kind === 'fixed').length
  return decided >= leastDecided ? null : `${leastDecided} dependents that pass with it (${decided} so far)`
}

function issuesMissing({ gates }: Stage, { blockers }: GateFacts): string | null {
  const labels = gates.blockers?.labels ?? []
  const open = Object.values(blockers).some((fact) => fact.open && carriesAny(fact.labels, labels))
  return open ? 'no open issue that blocks it' : null
}
