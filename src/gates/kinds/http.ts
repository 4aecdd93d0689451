import { ownEntry } from '../../versions/own-entry.ts'
import type { GateFacts, HttpFact } from '../evidence.ts'
import { formatDuration, formatTime } from '../format-time.ts'
import type { HttpRule } from '../policy.ts'
import type { Verdict } from '../verdict.ts'

/** How often the server behind the gate is asked while a stage lasts. */
export const HTTP_ASKED_EVERY_MS = 15 * 60_000

/** An older yes is no yes: the server may have slept, or the other side is no longer reached. */
export const HTTP_PASS_LASTS_MS = 60 * 60_000

/**
 * What a server of the maintainer's own says about this stage. No answer, or a yes that is too old, waits; a no
 * fails where the rollout is rolled back by itself, and holds where it is not.
 */
export function httpGate(rule: HttpRule, facts: GateFacts, now: number): Verdict {
  const host = hostOf(rule.url)
  const fact = ownEntry(facts.http, String(facts.stageIndex))
  const every = `it is asked every ${formatDuration(HTTP_ASKED_EVERY_MS)}`
  if (fact === undefined) {
    const since = formatTime(facts.stageEnteredAt)
    return verdict('wait', `Waiting for the answer of ${host} since ${since}; ${every}.`, host)
  }
  const said = `${fact.sentence === '' ? '' : ` (${fact.sentence})`}, since ${formatTime(fact.since)}`
  switch (fact.answer) {
    case 'pass':
      return isStale(fact, now)
        ? verdict('wait', `Waiting for a new answer of ${host}: its yes is of ${formatTime(fact.at)}.`, host)
        : verdict('pass', `${host} says yes${said}.`, host)
    case 'wait':
      return verdict('wait', `${host} says wait${said}; ${every}.`, host)
    case 'hold':
      return verdict('hold', `${host} says hold${said}; ${every}.`, host)
    case 'fail':
      return verdict(facts.automaticRollback ? 'fail' : 'hold', `${host} says no${said}.`, host)
  }
}

/** Host and port of the address: the rest of it may carry a secret. */
export function hostOf(url: string): string {
  return /^https:\/\/(?:[^/?#@]*@)?([^/?#]+)/i.exec(url)?.[1] ?? 'the http gate'
}

function isStale(fact: HttpFact, now: number): boolean {
  return now >= fact.at + HTTP_PASS_LASTS_MS
}

function verdict(answer: Verdict['answer'], sentence: string, host: string): Verdict {
  return { gate: 'http', answer, sentence, until: null, subjects: [host] }
}
