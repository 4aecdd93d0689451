import { harmfulAdvisories } from '../../gates/kinds/advisories.ts'
import { bakeUntil } from '../../gates/kinds/bake.ts'
import { awaitsChecks } from '../../gates/kinds/checks.ts'
import { HTTP_ASKED_EVERY_MS } from '../../gates/kinds/http.ts'
import { packageIdOf } from '../../versions/release.ts'
import { currentStage, gateFactsOf } from '../deciding/evaluate.ts'
import { type Look, staleLooks } from '../deciding/stale-looks.ts'
import type { LiveRollout } from '../history/phase.ts'
import type { Effect } from './effect.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** How long after the entry of a stage checks that have not all succeeded are read again; later every 6 hours. */
const CHECKS_AGAIN_MS = [10 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS]
const CHECKS_LATER_MS = 6 * HOUR_MS
/** How often files that may still come are looked for. */
const FILES_AGAIN_MS = 15 * MINUTE_MS
/** How often advisories that hold are looked at again, for the same reason as issues. */
const ADVISORIES_AGAIN_MS = 3 * HOUR_MS
/** How often issues that hold are looked at again: a webhook that told of their end may be lost. */
const BLOCKERS_AGAIN_MS = 3 * HOUR_MS

/** So long before a bake ends the release on the forge is looked for, and so often after that. */
const RELEASE_BEFORE_MS = 10 * MINUTE_MS
const RELEASE_AGAIN_MS = 6 * HOUR_MS

/**
 * What is asked outside while a stage lasts, again from time to time: the digest names the span of time that an
 * answer is for. Webhooks tell of checks sooner; these looks heal the ones that were lost.
 */
export function askedEffects(state: LiveRollout, now: number): readonly Effect[] {
  const stale = staleLooks(state, now)
  return [
    ...findOrigin(state, now),
    ...findBlockers(state, now, stale),
    ...readChecks(state, now, stale),
    ...readAdvisories(state, now, stale),
    ...readRelease(state, now),
    ...askHttp(state, now),
    ...compareContents(state, now),
  ]
}

function readChecks(state: LiveRollout, now: number, stale: readonly Look[]): readonly Effect[] {
  const rule = currentStage(state).gates.checks
  const commit = state.origin?.commit ?? null
  if (rule === undefined || commit === null) return []
  const { at } = state.checkSearch
  const awaited = awaitsChecks(rule, state) && (at === null || at < lookDueAt(state, now))
  if (!awaited && !stale.includes('checks')) return []
  const { id: rollout, stageIndex } = state
  const key = `${rollout}/read-checks/${commit}/0`
  const digest = `${stageIndex}:after ${at}`
  return [{ kind: 'read-checks', mode: 'standing', key, rollout, commit, names: rule.required, digest }]
}

/**
 * At the start, so that it is known whether there was a release; shortly before the stage may end, and then from time to
 * time: the webhook of its end may be lost. No raise waits for it.
 */
function readRelease(state: LiveRollout, now: number): readonly Effect[] {
  const { origin, releaseLook, id: rollout } = state
  if (origin === null || origin.tag === null) return []
  const { at } = releaseLook
  const first = bakeUntil(currentStage(state), gateFactsOf(state)) - RELEASE_BEFORE_MS
  const due = first + Math.max(0, Math.floor((now - first) / RELEASE_AGAIN_MS)) * RELEASE_AGAIN_MS
  if (at !== null && (now < first || at >= due)) return []
  const { tag } = origin
  const key = `${rollout}/read-release/${tag}/0`
  return [{ kind: 'read-release', mode: 'standing', key, rollout, tag, digest: `after ${at}` }]
}

/** When the newest look that is due by now became due: at the entry of the stage, and less and less often after it. */
function lookDueAt({ stageEnteredAt }: LiveRollout, now: number): number {
  const elapsedMs = now - stageEnteredAt
  const last = CHECKS_AGAIN_MS.at(-1) ?? 0
  const soon = CHECKS_AGAIN_MS.filter((after) => after <= elapsedMs).at(-1) ?? 0
  const later = Math.max(0, Math.floor((elapsedMs - last) / CHECKS_LATER_MS)) * CHECKS_LATER_MS
  return stageEnteredAt + soon + later
}

/** The issues that block: before anything is known, before each raise, and from time to time while one holds. */
function findBlockers(state: LiveRollout, now: number, stale: readonly Look[]): readonly Effect[] {
  const { origin, policy, blockerSearch, id: rollout } = state
  const named = policy.stages.flatMap((stage) => stage.gates.blockers?.labels ?? [])
  const labels = [...new Set(named)].sort()
  if (origin === null || labels.length === 0) return []
  const { at } = blockerSearch
  const unseen = labels.filter((label) => !blockerSearch.labels.includes(label))
  const holding = Object.values(state.blockers).some(({ open }) => open)
  const again = at !== null && holding && at + BLOCKERS_AGAIN_MS <= now
  if (unseen.length === 0 && !again && !stale.includes('blockers')) return []
  const key = `${rollout}/find-blockers/${origin.repositoryId}/0`
  const digest = `after ${at} ${unseen.join(' ')}`.trim()
  return [{ kind: 'find-blockers', mode: 'standing', key, rollout, labels, digest }]
}

/** What the owner has published: before each raise, and from time to time while something of it holds. */
function readAdvisories(state: LiveRollout, now: number, stale: readonly Look[]): readonly Effect[] {
  const { origin, id: rollout } = state
  if (origin === null || currentStage(state).gates.advisories === undefined) return []
  const { at } = state.advisorySearch
  const again = harmfulAdvisories(gateFactsOf(state)).length > 0 && (at ?? 0) + ADVISORIES_AGAIN_MS <= now
  if (!again && !stale.includes('advisories')) return []
  const packages = [...new Set(state.members.map(({ candidate }) => packageIdOf(candidate)))]
  const key = `${rollout}/read-advisories/${origin.repositoryId}/0`
  return [{ kind: 'read-advisories', mode: 'standing', key, rollout, packages, digest: `after ${at}` }]
}

/** The commit of the release, while none is known: a tag or a release may come later. */
function findOrigin(state: LiveRollout, now: number): readonly Effect[] {
  const { origin, id: rollout } = state
  if (origin === null || origin.commit !== null) return []
  const key = `${rollout}/find-origin/${origin.repositoryId}/0`
  const digest = String(lookDueAt(state, now))
  return [{ kind: 'find-origin', mode: 'standing', key, rollout, digest }]
}

/** While files may still come they are looked at again; what is the same is not compared again. */
function compareContents(state: LiveRollout, now: number): readonly Effect[] {
  if (!state.compares) return []
  const { id: rollout, members, sealedFiles, stageEnteredAt } = state
  const span = sealedFiles === null ? Math.floor((now - stageEnteredAt) / FILES_AGAIN_MS) : 'sealed'
  return members.flatMap(({ candidate: release, baseline }): Effect[] => {
    if (baseline === null) return []
    const key = `${rollout}/compare-contents/${release}/0`
    return [
      {
        kind: 'compare-contents',
        mode: 'standing',
        key,
        rollout,
        release,
        baseline,
        digest: `${baseline} ${span}`,
      },
    ]
  })
}

function askHttp(state: LiveRollout, now: number): readonly Effect[] {
  const rule = currentStage(state).gates.http
  if (rule === undefined) return []
  const { id: rollout, stageIndex: stage } = state
  const key = `${rollout}/ask-http/${stage}/0`
  const digest = String(Math.floor((now - state.stageEnteredAt) / HTTP_ASKED_EVERY_MS))
  return [{ kind: 'ask-http', mode: 'standing', key, rollout, stage, rule, digest }]
}
