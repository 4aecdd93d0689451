import type { ContentsFact, ContentsFinding } from '../../../src/gates/contents/contents-facts.ts'
import type { Signal } from '../../../src/rollout/history/event.ts'
import type { LiveRollout } from '../../../src/rollout/history/phase.ts'
import { counts } from '../builders.ts'
import type { World } from '../world.ts'
import { candidates, pick } from './history-moves.ts'

/** What a publisher says of a candidate: mostly nothing, or what a person may dismiss; now and then that it is gone. */
export function say(world: World, state: LiveRollout, b: number): void {
  const standings = ['deprecated', 'offered', 'deprecated', 'offered'] as const
  const standing = b % 37 === 0 ? 'yanked' : b % 11 === 0 ? 'doubted' : (pick(standings, b) ?? 'offered')
  const release = candidates(state)[0] ?? ''
  const said = { release, standing, because: 'broken', withAll: b % 7 === 0 } as const
  const latestBelow = b % 13 === 0 ? '1.0.0' : null
  const publication = { ...said, latestBelow, observedAt: world.now }
  world.command(state.id, { type: 'recordSignal', signal: { kind: 'publication', publication } })
}

export function signal(world: World, state: LiveRollout, kind: 'signal' | 'exposure', b: number): void {
  if (kind === 'exposure') {
    const basisPoints = state.policy.stages[state.stageIndex]?.basisPoints ?? 0
    const fact = counts({ cluster: `c${b % 3}`, basisPoints, runs: b % 6, failures: b % 5 })
    return void world.command(state.id, { type: 'recordExposure', fact })
  }
  const at = world.now
  const dispatch = {
    arm: 'both',
    at,
    runId: b,
    url: null,
    failure: b % 13 === 0 ? 'no workflow' : null,
  } as const
  const blocker = { title: 'it broke', labels: ['regression'], open: b % 4 === 0, observedAt: at }
  const signals: readonly Signal[] = [
    { kind: 'dispatched', canary: '101', try: 1, dispatch },
    { kind: 'blocker', blocker: { issue: `acme/lib#${b % 2}`, ...blocker } },
    { kind: 'blockers-searched', labels: ['regression'], at: 0 },
    { kind: 'blocker-search-failed', at, message: `${500 + (b % 3)}` },
    { kind: 'fetched', canary: '101', try: 1, arm: 'candidate', release: candidates(state)[0] ?? '', at },
    { kind: 'pull-requests', pullRequests: [{ repositoryId: '1', repository: 'acme/lib', number: b % 9 }] },
    ...outside(state, at, b),
  ]
  const chosen = pick(signals, b)
  if (chosen !== undefined) world.command(state.id, { type: 'recordSignal', signal: chosen })
}

/** What is asked or heard outside: mostly good news, so that most histories go on. */
function outside(state: LiveRollout, at: number, b: number): readonly Signal[] {
  const bad = b % 5 === 0
  const release = candidates(state)[0] ?? ''
  const advisory = { id: `GHSA-${b % 2}`, release, summary: 'leaks', severity: null, url: null }
  const answer = { stageIndex: state.stageIndex, sentence: '', at, since: at }
  return [
    { kind: 'check', check: { name: 'ci', state: bad ? 'failure' : 'success', url: null, observedAt: at } },
    { kind: 'checks-read-failed', at, message: `${500 + (b % 3)}` },
    { kind: 'release-read', at, isThere: bad ? null : b % 2 === 0 },
    { kind: 'http-answer', answer: { ...answer, answer: bad ? 'hold' : 'pass' } },
    { kind: 'advisory', advisory: { ...advisory, open: b % 7 === 0, observedAt: at } },
    { kind: 'contents', contents: contentsOf(state, at, []) },
    { kind: 'contents', contents: contentsOf(state, at, b % 35 === 0 ? [findings[b % 3] ?? lost] : []) },
    { kind: 'canary-state', canary: '101', state: bad ? 'archived' : 'ok', at, message: '' },
  ]
}

const said = { what: ['a'], more: 0, sentence: 'It is gone: a.', usedBy: [] }
const lost: ContentsFinding = { ...said, code: 'name-removed', level: 'ask' }
const findings: readonly ContentsFinding[] = [
  lost,
  { ...said, code: 'entry-missing', level: 'stop' },
  { ...said, code: 'provenance-lost', level: 'ask' },
]

/** What comparing the files showed. */
function contentsOf({ members }: LiveRollout, at: number, found: readonly ContentsFinding[]): ContentsFact {
  const release = members[0]?.candidate ?? ''
  const baseline = members[0]?.baseline ?? release
  return { release, baseline, change: 'minor', files: [], findings: found, unread: [], at }
}
