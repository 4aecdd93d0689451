import { ownEntry } from '../../versions/own-entry.ts'
import type { CheckFact, GateFacts } from '../evidence.ts'
import { formatTime } from '../format-time.ts'
import type { ChecksRule } from '../policy.ts'
import type { Verdict } from '../verdict.ts'

/**
 * The release commit's own checks: passes when each required one has succeeded, holds while one has failed, and
 * waits for those that run or were not seen yet. Without a commit there is nothing to read, which holds too.
 */
export function checksGate(rule: ChecksRule, facts: GateFacts): Verdict {
  const names = rule.required
  if (facts.commit === null) {
    const sentence = `The commit of the release is not known, so ${listed(names)} cannot be read; a person must advance past it.`
    return verdict('hold', sentence, names)
  }
  const commit = facts.commit.slice(0, 7)
  const failed = known(names, facts).filter(({ state }) => state === 'failure')
  if (failed.length > 0) {
    const since = formatTime(Math.max(...failed.map(({ observedAt }) => observedAt)))
    const which = failed.map(({ name }) => name)
    const sentence = `Waiting until ${listed(which)} of commit ${commit} succeeds; seen failed ${since}.`
    return verdict('hold', sentence, which)
  }
  const open = names.filter((name) => ownEntry(facts.checks, name)?.state !== 'success')
  if (open.length > 0) return verdict('wait', waitSentence(open, commit, facts), open)
  const last = formatTime(Math.max(...known(names, facts).map(({ observedAt }) => observedAt)))
  return verdict('pass', `${capital(listed(names))} of commit ${commit} succeeded, seen ${last}.`, [])
}

/** Whether another look could change the answer: not all that is required has succeeded. */
export function awaitsChecks(rule: ChecksRule, facts: Pick<GateFacts, 'checks'>): boolean {
  return rule.required.some((name) => ownEntry(facts.checks, name)?.state !== 'success')
}

function waitSentence(open: readonly string[], commit: string, facts: GateFacts): string {
  const running = known(open, facts)
  const unseen = open.filter((name) => ownEntry(facts.checks, name) === undefined)
  const parts = [
    ...(running.length === 0
      ? []
      : [
          `${listed(running.map(({ name }) => name))} of commit ${commit} to succeed, seen running ${formatTime(
            Math.max(...running.map(({ observedAt }) => observedAt)),
          )}`,
        ]),
    ...(unseen.length === 0
      ? []
      : [
          `${listed(unseen)} of commit ${commit} to be reported, since ${formatTime(Math.max(facts.startedAt, facts.stageEnteredAt))}`,
        ]),
  ]
  const { failure } = facts.checkSearch
  const tried =
    failure === null || known(open, facts).some(({ observedAt }) => observedAt >= failure.at)
      ? ''
      : ` The look at ${formatTime(failure.at)} failed (${failure.message}); it is tried again.`
  return `Waiting for ${parts.join(', and for ')}.${tried}`
}

function known(names: readonly string[], facts: GateFacts): readonly CheckFact[] {
  return names.flatMap((name) => ownEntry(facts.checks, name) ?? [])
}

function listed(names: readonly string[]): string {
  return `${names.length === 1 ? 'the check' : 'the checks'} ${names.join(', ')}`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function verdict(answer: Verdict['answer'], sentence: string, subjects: readonly string[]): Verdict {
  return { gate: 'checks', answer, sentence, until: null, subjects }
}
