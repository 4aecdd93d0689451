import { isBisectTry, suspectOf, tryOf } from '../../gates/canaries/bisect.ts'
import type { ArmResult, RosterEntry } from '../../gates/evidence.ts'
import type { ToldByRun } from '../../gates/told-by-run.ts'
import type { CommandBody } from '../../rollout/deciding/command.ts'
import type { Refusal } from '../../rollout/deciding/refusal.ts'
import { refuse } from '../../rollout/deciding/refuse.ts'
import { canonicalJson } from '../../rollout/history/canonical-json.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { tellPrivate } from '../canaries/canary-conditions.ts'
import type { Nonces } from '../canaries/nonces.ts'
import { type EngineCore, refuseBroken } from '../core/engine-core.ts'
import type { EngineOutcome } from '../core/engine-outcome.ts'
import { sha256Hex } from '../core/hashes.ts'
import { runCommands } from '../core/run-command.ts'
import type { CanaryReport } from './canary-report.ts'
import { refuseSelfSigned } from './refuse-self-signed.ts'

/** How long a nonce stays used: longer than any rollout lives. */
const nonceKeptMs = 365 * 24 * 60 * 60 * 1000
/** Details hold the last lines of a log; more would only fill the history. */
const detailLength = 20_000
/** Legs of one try over all its reports: GitHub runs at most 256 jobs of one matrix. */
const mostLegs = 256

/**
 * Takes a canary's report. It counts only when the nonce belongs to the try, the run belongs to the canary's
 * repository and, where the forge named the dispatched run, is that run; each leg and attempt counts once.
 */
export async function takeReport(
  core: EngineCore,
  nonces: Nonces,
  report: CanaryReport,
): Promise<EngineOutcome> {
  const state = core.memory.get(report.rollout)
  if (state === null) {
    const why = 'There is no such rollout.'
    return no(refuse('unknown', why, 'rollout', report.rollout, 'the rollout that the run was started for'))
  }
  const refusal = refuseBroken(core, state.id) ?? notLive(state, report) ?? notBound(nonces, state, report)
  if (refusal !== null) return no(refusal)
  const entry = ownEntry(state.canaries, report.identity.repositoryId)?.entry
  if (report.identity.private === true) await tellPrivate(core, report.identity.repositoryId)
  const selfSigned = entry === undefined ? null : await refuseSelfSigned(core, entry, report)
  if (selfSigned !== null) return no(selfSigned)
  const used = await useNonce(core, report)
  if (used !== null) return no(used)
  const who = { actor: { kind: 'system' }, reason: '' } as const
  const now = core.memory.get(state.id) ?? state
  const commands = [...legCommands(report), ...resultCommands(core, now, report)]
  return runCommands(core, state.id, commands, who)
}

/** A search for the first bad release goes on after the end. */
function notLive(state: RolloutState, report: CanaryReport): Refusal | null {
  if (state.end !== null && !isBisectTry(report.try)) {
    const why = `The rollout is over (${state.end.kind}).`
    return refuse('permanent', why, 'rollout', state.id, 'a report while the rollout is live')
  }
  if (state.startedAt !== null) return null
  return refuse(
    'temporary',
    'The rollout has not started.',
    'rollout',
    state.id,
    'a report once it has started',
  )
}

/** A canary answers from the workflow that it offered; another one of the repository is not it. */
function strangeWorkflow(entry: RosterEntry, { identity: { workflow } }: CanaryReport): Refusal | null {
  if (entry.mode === 'observe' || entry.workflow === '') return null
  if (workflow === undefined || workflow === entry.workflow) return null
  const why = 'Another workflow than the one that was started reports.'
  return refuse('invalid', why, 'workflow', workflow, entry.workflow)
}

/** The order matters for the message only: everything is checked before anything is stored. */
function notBound(nonces: Nonces, state: RolloutState, report: CanaryReport): Refusal | null {
  const { repositoryId, runId } = report.identity
  const canary = ownEntry(state.canaries, repositoryId)
  if (canary === undefined) {
    const why = 'This repository is no canary of the rollout.'
    return refuse('unknown', why, 'canary', repositoryId, 'a repository on the roster of the rollout')
  }
  const behind = nonces.canaryOfNonce(state.id, report.nonce)
  if (behind === null || behind.canary !== repositoryId || behind.try !== report.try) {
    const why = 'The nonce does not belong to this canary and try.'
    return refuse('invalid', why, 'nonce', report.nonce, `the nonce given to try ${report.try}`)
  }
  const otherWorkflow = strangeWorkflow(canary.entry, report)
  if (otherWorkflow !== null) return otherWorkflow
  const dispatches = Object.values(tryOf(canary, report.try)?.dispatches ?? {})
  const named = dispatches.map((dispatch) => dispatch.runId).filter((id) => id !== null)
  if (named.length > 0 && named.length === dispatches.length && !named.includes(runId)) {
    const why = 'Another run was started for this try.'
    return refuse('invalid', why, 'run', runId, `run ${named.join(' or ')}`)
  }
  if (report.legs.length === 0 || report.legs.every(({ arms }) => Object.keys(arms).length === 0)) {
    return refuse(
      'invalid',
      'The report is empty.',
      'legs',
      report.legs.length,
      'at least one leg with an arm',
    )
  }
  const { of = 1 } = report
  if (!Number.isSafeInteger(of) || of < 1 || of > mostLegs) {
    const why = 'No run has so many legs.'
    return refuse('invalid', why, 'of', of, `a whole number from 1 to ${mostLegs}`)
  }
  const legs = new Set(Object.keys(tryOf(canary, report.try)?.legs ?? {}))
  for (const { leg } of report.legs) legs.add(leg)
  if (legs.size <= mostLegs) return null
  return refuse(
    'invalid',
    'The try has too many legs.',
    'legs',
    legs.size,
    `at most ${mostLegs} in all reports`,
  )
}

/** Remembered before the result is stored: a crash in between lets the same content through again, no other. */
async function useNonce(core: EngineCore, report: CanaryReport): Promise<Refusal | null> {
  const expiresAt = core.parts.clock.now() + nonceKeptMs
  for (const { leg, arms } of report.legs) {
    const word = `report/${report.rollout}/${report.nonce}/${report.identity.runAttempt}/${leg}`
    const content = sha256Hex(canonicalJson({ runId: report.identity.runId, arms }))
    if (await core.parts.access.useOnce(word, content, expiresAt)) continue
    return refuse(
      'conflict',
      'The nonce is already used: this try was reported before, with another content.',
      'nonce',
      report.nonce,
      'one report for each leg and attempt',
    )
  }
  return null
}

/** How many legs the run has: as it says, else as many as one report brings. One named leg alone may have others. */
function legCommands({ identity, try: number, legs, of }: CanaryReport): readonly CommandBody[] {
  const expected = of ?? (legs.length > 1 ? legs.length : null)
  if (expected === null || (expected === 1 && legs[0]?.leg === 'default')) return []
  const { repositoryId: canary } = identity
  return [{ type: 'recordSignal', signal: { kind: 'legs', canary, try: number, expected, ended: false } }]
}

function resultCommands(core: EngineCore, state: RolloutState, report: CanaryReport): readonly CommandBody[] {
  const { runId, runAttempt, url, repositoryId } = report.identity
  const observedAt = core.parts.clock.now()
  const isPrivate = ownEntry(state.canaries, repositoryId)?.entry.private === true
  const keepsDetail = !isPrivate || core.parts.settings.keepPrivateLogs
  return report.legs.flatMap(({ leg, arms }) =>
    (['candidate', 'baseline'] as const).flatMap((arm): readonly CommandBody[] => {
      const reported = arms[arm]
      if (reported === undefined) return []
      const result: ArmResult = {
        outcome: reported.outcome,
        installed: releasesOf(state, report, reported.installed),
        commit: reported.commit,
        runId,
        runAttempt,
        url,
        detail: keepsDetail ? reported.detail.slice(-detailLength) : '',
        observedAt,
        ...(reported.told !== undefined && { told: keepsDetail ? reported.told : wordless(reported.told) }),
      }
      return [{ type: 'recordResult', fact: { canary: repositoryId, try: report.try, leg, arm, result } }]
    }),
  )
}

/** What stays of a private canary's own words: none of its names. */
function wordless({ order, seconds, notExercised }: ToldByRun): ToldByRun {
  return {
    ...(order !== undefined && { order }),
    ...(seconds !== undefined && { seconds }),
    ...(notExercised !== undefined && { notExercised: { why: notExercised.why } }),
  }
}

/** Only releases of this rollout and of its search count; whatever else a report claims to have installed is dropped. */
function releasesOf(
  state: RolloutState,
  { identity, try: number }: CanaryReport,
  installed: readonly string[],
): readonly string[] {
  const known = new Set(
    state.members.flatMap(({ candidate, baseline }) => [candidate, ...(baseline === null ? [] : [baseline])]),
  )
  const canary = ownEntry(state.canaries, identity.repositoryId)
  const suspect = canary === undefined ? null : suspectOf(canary, number)
  if (suspect !== null) known.add(suspect.release)
  return [...new Set(installed)].filter((release) => known.has(release)).sort()
}

function no(refusal: Refusal): EngineOutcome {
  return { ok: false, refusal }
}
