import { type PackageId, packageIdOf } from '../../versions/release.ts'
import type { CanaryFacts, GateFacts } from '../evidence.ts'
import { formatTime } from '../format-time.ts'
import type { CanariesRule } from '../policy.ts'
import type { Verdict } from '../verdict.ts'
import type { LabelOf } from './canary-label.ts'
import { deadlineOf, judge, type Said } from './comparison.ts'
import { type MemberSaid, packagesTogether, saidOfMembers } from './member-coverage.ts'

/** How many finished canaries without one passing baseline show that the harness is broken, not the release. */
const HARNESS_BROKEN_AT = 3

/** At most this many canaries are named in one sentence. */
const NAMED_AT_MOST = 5

/** Share of the admitted weight that is decided. */
export interface Coverage {
  readonly decided: number
  readonly admitted: number
  /** Whole percent, cut off; 100 when nothing is admitted. */
  readonly percent: number
}

interface Judged {
  readonly canary: CanaryFacts
  readonly comparison: Said
  /** In a train: what it says about each package that it is for; absent: about whichever it uses. */
  readonly members?: readonly MemberSaid[]
}

/** Coverage over admitted canaries and their comparisons. */
export function coverageOf(judged: readonly Judged[]): Coverage {
  let decided = 0
  let admitted = 0
  for (const { canary, comparison } of judged) {
    if (canary.entry.admission === 'none' || comparison.kind === 'quarantined') continue
    admitted += canary.entry.weight
    if (comparison.decided) decided += canary.entry.weight
  }
  return { decided, admitted, percent: admitted === 0 ? 100 : Math.floor((decided / admitted) * 100) }
}

/**
 * The evidence of the dependents: a confirmed regression of a required canary fails, everything that is
 * missing or broken holds once waiting for it makes no sense any more.
 */
export function canariesGate(rule: CanariesRule, facts: GateFacts, now: number, labelOf: LabelOf): Verdict {
  const admitted: Judged[] = []
  const quarantined: Judged[] = []
  const together = packagesTogether(facts.releases)
  for (const canary of Object.values(facts.canaries)) {
    if (canary.entry.admission === 'none') continue
    const judged = judgedIn(canary, facts.releases, rule, now)
    if (judged.comparison.kind === 'quarantined') quarantined.push(judged)
    else admitted.push(judged)
  }
  const say = (some: readonly Judged[]): string => name(some, labelOf)
  const answer =
    regressions(rule, facts, admitted, say) ??
    absent(facts, admitted, say) ??
    tooFew(rule, admitted, quarantined) ??
    brokenHarness(admitted) ??
    flaky(rule, admitted, say) ??
    undecided(rule, admitted, say) ??
    leastCoverage(rule, admitted, together)
  if (quarantined.length === 0) return answer
  return { ...answer, sentence: `${answer.sentence} Left out: ${say(quarantined)}.` }
}

function judgedIn(
  canary: CanaryFacts,
  releases: GateFacts['releases'],
  rule: CanariesRule,
  now: number,
): Judged {
  const comparison = judge(canary, releases, rule, now)
  if (canary.entry.packages === undefined) return { canary, comparison }
  return { canary, comparison, members: saidOfMembers(canary, comparison, releases, rule, now) }
}

function regressions(
  rule: CanariesRule,
  facts: GateFacts,
  admitted: readonly Judged[],
  say: (some: readonly Judged[]) => string,
): Verdict | null {
  const regressed = admitted.filter(isRequired).filter(({ comparison }) => comparison.kind === 'regressed')
  if (regressed.length <= rule.maxRegressions) return null
  const answer = facts.automaticRollback ? 'fail' : 'hold'
  const tolerated = rule.maxRegressions === 0 ? '' : `, ${rule.maxRegressions} tolerated`
  const sentence = `${count(regressed.length, 'required canary', 'required canaries')} regressed${tolerated}: ${say(regressed)}.`
  return verdict(answer, sentence, null, regressed)
}

/** What the policy requires and nobody offers is no evidence: it holds, and says what is missing. */
function absent(
  facts: GateFacts,
  admitted: readonly Judged[],
  say: (some: readonly Judged[]) => string,
): Verdict | null {
  const missing = admitted.filter(
    ({ canary, comparison }) => canary.entry.mode === 'absent' && comparison.kind !== 'waived',
  )
  if (missing.length === 0) return null
  const [member] = facts.releases
  const id = member === undefined ? 'the package' : packageIdOf(member.candidate)
  const sentence = `Required and not offered: ${say(missing)}. Its people have to add \`canaries: [{ for: "${id}", mode: dispatch, workflow: … }]\` to their .github/slipway.yml, and this release be restarted; or somebody waives it.`
  return verdict('hold', sentence, null, missing)
}

function tooFew(
  rule: CanariesRule,
  admitted: readonly Judged[],
  quarantined: readonly Judged[],
): Verdict | null {
  if (admitted.length < rule.minCanaries) {
    const sentence = `Needs at least ${count(rule.minCanaries, 'admitted canary', 'admitted canaries')}, and there ${
      admitted.length === 1 ? 'is' : 'are'
    } ${admitted.length}.`
    return verdict('hold', sentence, null, [])
  }
  if (admitted.length > 0) return null
  if (quarantined.length === 0)
    return verdict('pass', 'No canary is admitted, so nothing is tested.', null, [])
  // The maintainers asked for tests, and there are none: that is missing evidence, not a policy without canaries.
  const sentence = 'Every admitted canary is in quarantine, so nothing is tested; a person must advance.'
  return verdict('hold', sentence, null, quarantined)
}

/** Everybody is red, with the old version too: that says something about the tests' surroundings only. */
function brokenHarness(admitted: readonly Judged[]): Verdict | null {
  const finished = admitted.filter(
    ({ comparison }) => !['pending', 'not-exercised', 'waived'].includes(comparison.kind),
  )
  if (finished.length < HARNESS_BROKEN_AT || admitted.some(({ canary }) => baselinePassed(canary)))
    return null
  const sentence = `The test harness looks broken: no baseline passed in any of ${finished.length} canaries.`
  return verdict('hold', sentence, null, finished)
}

function baselinePassed(canary: CanaryFacts): boolean {
  return Object.values(canary.tries).some(
    (facts) =>
      facts.number >= canary.firstTry &&
      Object.values(facts.legs).some((arms) => arms.baseline?.outcome === 'pass'),
  )
}

function flaky(
  rule: CanariesRule,
  admitted: readonly Judged[],
  say: (some: readonly Judged[]) => string,
): Verdict | null {
  if (rule.onNewlyFlaky === 'pass') return null
  const found = admitted.filter(isRequired).filter(({ comparison }) => comparison.kind === 'newly-flaky')
  if (found.length === 0) return null
  const sentence = `Newly flaky with the candidate: ${say(found)}; a person must retry or waive.`
  return verdict('hold', sentence, null, found)
}

/** Required canaries must each be decided: holds for those that will not be by themselves, waits for the others. */
function undecided(
  rule: CanariesRule,
  admitted: readonly Judged[],
  say: (some: readonly Judged[]) => string,
): Verdict | null {
  const required = admitted.filter(isRequired)
  const open = required.filter(({ comparison }) => !comparison.decided)
  if (open.length === 0) return unexercisedMember(required, say)
  const stuck = open.filter(({ comparison }) => comparison.kind !== 'pending')
  if (stuck.length > 0) {
    const sentence = `Required and undecided: ${say(stuck)}; a person must retry or waive.`
    return verdict('hold', sentence, null, stuck)
  }
  const until = latestDeadline(rule, open)
  return verdict('wait', `Waiting for ${say(open)}, at most until ${formatTime(until)}.`, until, open)
}

/** It answered for one package of the train and had another one that it is required for not installed. */
function unexercisedMember(
  required: readonly Judged[],
  say: (some: readonly Judged[]) => string,
): Verdict | null {
  for (const judged of required) {
    const missing = (judged.members ?? []).filter(({ comparison }) => !comparison.decided)
    const [first] = missing
    if (first === undefined) continue
    const packages = missing.map(({ package: id }) => id).join(', ')
    const sentence = `Required and undecided for ${packages}: ${say([{ ...judged, comparison: first.comparison }])}; a person must retry or waive.`
    return verdict('hold', sentence, null, [judged])
  }
  return null
}

/** Of a train the package that is covered least decides: what was tested of one says nothing about another. */
function leastCoverage(
  rule: CanariesRule,
  admitted: readonly Judged[],
  together: readonly PackageId[],
): Verdict {
  let worst = coverage(rule, admitted)
  for (const id of together) {
    const own = admitted.flatMap((judged): readonly Judged[] => {
      const said = judged.members?.find((member) => member.package === id)
      return said === undefined ? [] : [{ canary: judged.canary, comparison: said.comparison }]
    })
    if (own.length === 0) continue
    const found = coverage(rule, own)
    if (rank[found.answer] > rank[worst.answer]) worst = { ...found, sentence: `Of ${id}: ${found.sentence}` }
  }
  return worst
}

const rank = { pass: 0, wait: 1, hold: 2, fail: 3 } as const

function coverage(rule: CanariesRule, admitted: readonly Judged[]): Verdict {
  const { decided, admitted: total, percent } = coverageOf(admitted)
  const share = `${percent} % of the canaries' weight is decided (${decided} of ${total})`
  const advisory = admitted.filter(({ comparison }) => comparison.kind === 'regressed').length
  const tolerated =
    advisory === 0 ? 'no regression counts' : `${count(advisory, 'regression', 'regressions')} tolerated`
  if (decided * 100 >= rule.minCoverage * total) return verdict('pass', `${share}, ${tolerated}.`, null, [])
  const pending = admitted.filter(({ comparison }) => comparison.kind === 'pending')
  const possible = decided + pending.reduce((sum, { canary }) => sum + canary.entry.weight, 0)
  if (possible * 100 >= rule.minCoverage * total) {
    const until = latestDeadline(rule, pending)
    const sentence = `${share}, ${rule.minCoverage} % needed; waiting at most until ${formatTime(until)}.`
    return verdict('wait', sentence, until, pending)
  }
  const missing = admitted.filter(({ comparison }) => !comparison.decided)
  return verdict(
    'hold',
    `${share}, ${rule.minCoverage} % needed; a person must retry or waive.`,
    null,
    missing,
  )
}

function isRequired({ canary }: Judged): boolean {
  return canary.entry.admission === 'required'
}

function latestDeadline(rule: CanariesRule, judged: readonly Judged[]): number {
  return judged.reduce((latest, { canary }) => Math.max(latest, deadlineOf(canary, rule)), 0)
}

function name(judged: readonly Judged[], labelOf: LabelOf): string {
  const named = judged.slice(0, NAMED_AT_MOST).map(({ canary, comparison }) => {
    return `${labelOf(canary.entry.id)} ${bracket(comparison)}`
  })
  const rest = judged.length - named.length
  return rest > 0 ? `${named.join(', ')} and ${rest} more` : named.join(', ')
}

function bracket(comparison: Said): string {
  return `(${comparison.kind === 'pending' ? 'no answer yet' : comparison.kind})`
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`
}

function verdict(
  answer: Verdict['answer'],
  sentence: string,
  until: number | null,
  judged: readonly Judged[],
): Verdict {
  const subjects = judged.map(({ canary }) => canary.entry.id)
  return { gate: 'canaries', answer, sentence, until, subjects }
}
