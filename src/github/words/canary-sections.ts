import type { ComparisonKind } from '../../gates/evidence.ts'
import type { CanaryExplanation, Explanation } from '../../rollout/explaining/explanation.ts'
import { code, fenced, link, prose } from './escape-text.ts'
import { sayTime } from './say-time.ts'
import { admissionWords, comparisonWords, sayPercent, suspectWords } from './words.ts'

/** How each arm ended, as far as the comparison says: with the release before it, then with this one. */
const armWords: Readonly<Record<ComparisonKind, string>> = {
  pending: '',
  'same-pass': 'pass, pass',
  'same-fail': 'fail, fail',
  regressed: 'pass, **fail**',
  fixed: 'fail, pass',
  'newly-flaky': 'pass, pass and fail',
  'not-exercised': 'not installed',
  infra: '',
  'no-baseline': 'no result',
  'timed-out': '',
  waived: '',
  quarantined: '',
}

type Group = 'loud' | 'waiting' | 'fine' | 'outside'

/** Regressions and what is stuck need eyes; who is not admitted decides nothing. */
function groupOf({ admission, comparison }: CanaryExplanation): Group {
  if (admission === 'none') return 'outside'
  if (comparison.kind === 'regressed' || comparison.kind === 'newly-flaky') return 'loud'
  if (comparison.decided || comparison.kind === 'waived') return 'fine'
  return comparison.kind === 'pending' ? 'waiting' : 'loud'
}

/** What needs eyes comes first: regressions, flaky ones, what is stuck, what is under way; required before advisory. */
function urgency({ admission, comparison: { kind, decided } }: CanaryExplanation): number {
  const known = { regressed: 0, 'newly-flaky': 10, pending: 30, waived: 40 }[kind as string]
  return (known ?? (decided ? 40 : 20)) + { required: 0, advisory: 1, none: 2 }[admission]
}

const byUrgency = (canaries: readonly CanaryExplanation[]) =>
  [...canaries].sort((a, b) => urgency(a) - urgency(b))

function legsOf({ legs }: CanaryExplanation): string {
  if (legs.length < 2) return ''
  const bad = legs.filter(({ kind }) => kind === 'regressed' || kind === 'newly-flaky').length
  return bad === 0 ? `, ${legs.length} legs` : `, ${bad} of ${legs.length} legs`
}

function row(canary: CanaryExplanation): string {
  const { admission, comparison, tries, url, since } = canary
  const weight = canary.weight === 1 || admission === 'none' ? '' : `, weight ${canary.weight}`
  const state = `${comparisonWords[comparison.kind]}${legsOf(canary)} (${admissionWords[admission]}${weight})`
  const run = tries === 0 ? '' : link(`${tries} ${tries === 1 ? 'try' : 'tries'}`, url)
  const when = since === null ? '' : sayTime(since)
  return `| ${code(canary.label)} | ${state} | ${armWords[comparison.kind]} | ${run} | ${when} |`
}

const head = ['| Canary | State | Before, now | Run | Since |', '| --- | --- | --- | --- | --- |']

/** Counts of states, the loud ones first: `2 regressed, 1 pending, 197 passes with both`. */
function counted(canaries: readonly CanaryExplanation[]): string {
  const counts = new Map<string, number>()
  for (const { comparison } of byUrgency(canaries)) {
    const word = comparisonWords[comparison.kind]
    counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  return [...counts].map(([word, count]) => `${count} ${word}`).join(', ')
}

/** Rows of at most `most` characters, the rest counted with a link to where they are. */
function table(canaries: readonly CanaryExplanation[], most: number, page: string): string {
  const rows: string[] = []
  let length = 0
  for (const canary of canaries) {
    const text = row(canary)
    length += text.length + 1
    if (length > most) break
    rows.push(text)
  }
  const rest = canaries.slice(rows.length)
  const more = rest.length === 0 ? '' : `\n\nNot shown: ${counted(rest)}. ${link('All of them', page)}`
  return `${rows.length === 0 ? '' : [...head, ...rows].join('\n')}${more}`.trim()
}

const shares: Readonly<Record<Group, number>> = { loud: 0.5, waiting: 0.2, fine: 0.2, outside: 0.1 }
/** Longer lists of what is fine or under way are folded. */
const shortList = 8

function titleOf(group: Group, canaries: readonly CanaryExplanation[]): string {
  const count = canaries.length
  switch (group) {
    case 'loud':
      return counted(canaries)
    case 'waiting':
      return `${count} under way`
    case 'fine':
      return counted(canaries)
    case 'outside':
      return `${count} not admitted; ${count === 1 ? 'it counts' : 'they count'} for nothing`
  }
}

/**
 * The canaries in at most about `most` characters: a summary, what needs eyes open, the rest folded when it is long.
 */
export function canarySection(explanation: Explanation, page: string, most: number): string {
  const { canaries, coverage } = explanation
  if (canaries.length === 0) return 'No dependent repository is on the roster of this release.'
  const share = `${coverage.decided} of ${coverage.admitted} admitted by weight are decided (${sayPercent(coverage.percent)}).`
  const inGroups = (groups: readonly Group[]) =>
    byUrgency(canaries.filter((canary) => groups.includes(groupOf(canary))))
  const short = canaries.length <= shortList
  const open = inGroups(short ? ['loud', 'waiting', 'fine'] : ['loud'])
  const folded = (short ? ['outside'] : ['waiting', 'fine', 'outside']) as readonly Group[]
  const groups = folded.flatMap((group) => {
    const some = inGroups([group])
    if (some.length === 0) return []
    const rows = table(some, Math.floor(most * shares[group]), page)
    return [`<details><summary>${titleOf(group, some)}</summary>\n\n${rows}\n\n</details>`]
  })
  const first = open.length === 0 ? [] : [table(open, Math.floor(most * shares.loud), page)]
  return [`${counted(canaries)}. ${share}`, ...first, ...groups].join('\n\n')
}

const mostLogs = 5

/** The matrix of one canary: what each leg says. */
function matrix({ legs }: CanaryExplanation): string {
  if (legs.length < 2) return ''
  const rows = legs.slice(0, 50).map(({ leg, kind, baseline, candidate, url }) => {
    const run = url === null ? '' : link('run', url)
    return `| ${code(leg, 80)} | ${comparisonWords[kind]} | ${baseline ?? ''} | ${candidate ?? ''} | ${run} |`
  })
  const rest = legs.length - rows.length
  const more = rest > 0 ? `\n\n${rest} more legs are on the rollout's page.` : ''
  return [
    '<details><summary>Matrix</summary>\n',
    '| Leg | State | Before | Now | Run |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    `${more}\n</details>`,
  ].join('\n')
}

/** What canaries that need eyes say, each with its matrix and, folded, the last lines of its log. */
export function canaryNotes(explanation: Explanation): string {
  const loud = byUrgency(explanation.canaries).filter(
    (canary) =>
      ['regressed', 'newly-flaky'].includes(canary.comparison.kind) ||
      (canary.detail !== '' && !canary.comparison.decided),
  )
  return loud
    .slice(0, mostLogs)
    .map((canary) => {
      const sentence = prose(canary.comparison.sentence, 400).replace(/([^.])$/, '$1.')
      const log =
        canary.detail.trim() === ''
          ? ''
          : `<details><summary>Last lines of the failing run</summary>\n\n${fenced(canary.detail, { lines: 40, characters: 3000 })}\n\n</details>`
      return [`${code(canary.label)}: ${sentence}`, matrix(canary), log]
        .filter((part) => part !== '')
        .join('\n\n')
    })
    .join('\n\n')
}

const mostSuspects = 50

/** Searches for the first bad release: what came of each, and what was tested. */
export function searchNotes(explanation: Explanation): string {
  return explanation.canaries
    .flatMap(({ label, bisect }) => {
      if (bisect === undefined) return []
      const rows = bisect.suspects
        .slice(0, mostSuspects)
        .map(({ release, verdict }) => `| ${code(release, 200)} | ${suspectWords[verdict]} |`)
      const rest = bisect.suspects.length - rows.length
      const more = rest > 0 ? `\n\n${rest} more are on the rollout's page.` : ''
      const table = ['| Release | Search |', '| --- | --- |', ...rows].join('\n')
      return [`Search on ${code(label)}: ${prose(bisect.sentence, 600)}\n\n${table}${more}`]
    })
    .slice(0, mostLogs)
    .join('\n\n')
}
