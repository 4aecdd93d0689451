import type { AdvisoryFact, GateFacts } from '../evidence.ts'
import { formatTime } from '../format-time.ts'
import type { Verdict } from '../verdict.ts'

/**
 * Fails, or holds where nothing is rolled back by itself, while an open advisory names a candidate and not its
 * baseline: going back to a release that has the same weakness would help nobody.
 */
export function advisoriesGate(facts: GateFacts): Verdict {
  const harmful = harmfulAdvisories(facts)
  if (harmful.length === 0) return pass(facts)
  const said = harmful.map(describe).join('; ')
  const subjects = [...new Set(harmful.map(({ release }) => release))]
  if (facts.automaticRollback) {
    return { gate: 'advisories', answer: 'fail', sentence: `${said}.`, until: null, subjects }
  }
  const which = harmful.length === 1 ? 'it is' : 'they are'
  const sentence = `${said}. Waiting until ${which} withdrawn, or somebody rolls back.`
  return { gate: 'advisories', answer: 'hold', sentence, until: null, subjects }
}

/** Open advisories that name a candidate whose baseline is free of them, in the order of their ids. */
export function harmfulAdvisories(
  facts: Pick<GateFacts, 'advisories' | 'releases'>,
): readonly AdvisoryFact[] {
  const open = openOnes(facts)
  const names = (id: string, release: string | null) =>
    open.some((fact) => fact.id === id && fact.release === release)
  return open.filter((fact) => {
    const member = facts.releases.find(({ candidate }) => candidate === fact.release)
    return member !== undefined && !names(fact.id, member.baseline)
  })
}

function openOnes({ advisories }: Pick<GateFacts, 'advisories'>): readonly AdvisoryFact[] {
  const open = Object.values(advisories).filter((fact) => fact.open)
  return open.sort((left, right) => {
    if (left.id !== right.id) return left.id < right.id ? -1 : 1
    return left.release < right.release ? -1 : 1
  })
}

function pass(facts: GateFacts): Verdict {
  const candidates = new Set<string>(facts.releases.map(({ candidate }) => candidate))
  const shared = openOnes(facts).filter(({ release }) => candidates.has(release))
  const ids = [...new Set(shared.map(({ id }) => id))]
  const sentence =
    ids.length === 0
      ? 'No advisory names the candidate.'
      : `${ids.join(', ')} ${ids.length === 1 ? 'names' : 'name'} the baseline too, so going back would not help.`
  return {
    gate: 'advisories',
    answer: 'pass',
    sentence: `${sentence}${tried(facts)}`,
    until: null,
    subjects: [],
  }
}

/** A look that failed at its own time was refused; one that failed later is made again, and raises wait for it. */
function tried({ advisorySearch: { at, failure } }: GateFacts): string {
  if (failure === null || (at !== null && failure.at < at)) return ''
  if (failure.at === at)
    return ` What the repository has published is not shown to Slipway (${failure.message}).`
  return ` The look at ${formatTime(failure.at)} at what the repository has published failed (${failure.message}); it is tried again.`
}

function describe({ id, release, severity, observedAt }: AdvisoryFact): string {
  const how = severity === null ? '' : ` (${severity})`
  return `${id}${how} names ${release}, known since ${formatTime(observedAt)}`
}
