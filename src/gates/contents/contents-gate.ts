import { ownEntry } from '../../versions/own-entry.ts'
import type { GateFacts } from '../evidence.ts'
import type { Verdict } from '../verdict.ts'
import type { ContentsFact, ContentsFinding, FindingAnswer } from './contents-facts.ts'
import { isTrustCode } from './finding-levels.ts'

/** A finding with what was answered to it. */
export interface AnsweredFinding extends ContentsFinding {
  readonly release: string
  readonly dismissed: FindingAnswer | null
}

/** All findings of a rollout's candidates, in the order of its releases. */
export function answeredFindings(
  facts: Pick<GateFacts, 'releases' | 'contents' | 'findingAnswers'>,
): readonly AnsweredFinding[] {
  return facts.releases.flatMap(({ candidate, baseline }) => {
    const fact = ownEntry(facts.contents, candidate)
    // What was compared with another baseline says nothing.
    if (fact === undefined || fact.baseline !== baseline) return []
    return fact.findings.map((finding) => ({
      ...finding,
      release: candidate,
      dismissed: answerTo(finding, facts.findingAnswers),
    }))
  })
}

/**
 * The answer that settles a finding: one to its code, or one to each thing that it names. Who publishes may answer what
 * is asked; what stops takes `maintain`, and so does everything about trust.
 */
function answerTo(
  { code, level, what, more }: ContentsFinding,
  findingAnswers: readonly FindingAnswer[],
): FindingAnswer | null {
  const counting = findingAnswers.filter((answer) => answer.code === code && suffices(answer, code, level))
  const whole = counting.find((answer) => answer.what === null)
  if (whole !== undefined) return whole
  const each = what.map((one) => counting.find((answer) => answer.what === one))
  return more === 0 && each.every((answer) => answer !== undefined) ? (each[0] ?? null) : null
}

function suffices({ permission }: FindingAnswer, code: string, level: ContentsFinding['level']): boolean {
  if (level === 'stop' || isTrustCode(code)) return permission === 'maintain' || permission === 'admin'
  return true
}

/**
 * Holds while something is found that nobody answered, with a sentence that names the cause; waits until the files
 * were compared. Null where there is nothing to say: a good release passes without a word.
 *
 * @param gate findings about trust are a gate of their own, because other people answer them
 */
export function contentsGate(gate: 'contents' | 'trust', facts: GateFacts): Verdict | null {
  const missing = gate === 'contents' && facts.compares ? uncompared(facts) : []
  const open = answeredFindings(facts).filter(
    ({ code, level, dismissed }) =>
      isTrustCode(code) === (gate === 'trust') && level !== 'say' && dismissed === null,
  )
  if (open.length > 0) {
    const sentences = open.map(({ sentence }) => sentence).join(' ')
    const codes = [...new Set(open.map(({ code }) => code))]
    const stops = open.some(({ level }) => level === 'stop') || gate === 'trust'
    const who = stops ? 'somebody with maintain permission' : 'somebody with write permission'
    const sentence = `${sentences} Waiting for another release, or for ${who} to say why it is meant: /slipway dismiss ${codes[0]} <reason>.`
    return { gate, answer: 'hold', sentence, until: null, subjects: codes }
  }
  if (missing.length === 0) return null
  const sentence = `Its files are being compared with those of ${missing.join(', ')}.`
  return { gate, answer: 'wait', sentence, until: null, subjects: missing }
}

/** Baselines whose comparison is still to come. */
function uncompared({ releases, contents }: GateFacts): readonly string[] {
  return releases.flatMap(({ candidate, baseline }) =>
    baseline === null || ownEntry<ContentsFact>(contents, candidate)?.baseline === baseline ? [] : [baseline],
  )
}
