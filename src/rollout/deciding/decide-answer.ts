import type { FindingAnswer } from '../../gates/contents/contents-facts.ts'
import { type AnsweredFinding, answeredFindings } from '../../gates/contents/contents-gate.ts'
import { isTrustCode } from '../../gates/contents/finding-levels.ts'
import { permits } from '../../gates/permission.ts'
import { signerOf } from '../history/signer.ts'
import type { RolloutState } from '../history/state.ts'
import { describe, lacksPerson, lacksReason, mayPublish, permissionOf, personOf } from './authority.ts'
import type { Command } from './command.ts'
import { isOver } from './decide-lifecycle.ts'
import { accept, type Decision, deny, reject } from './decision.ts'

type Dismiss = Extract<Command, { type: 'dismiss' }>

/**
 * Answers what comparing the files found, also before it was found. Whoever publishes answers questions; what stops a
 * release, and everything about trust, takes `maintain`; about trust never the token that publishes; neither by its own
 * publisher where others could.
 */
export function decideAnswer(command: Dismiss, state: RolloutState): Decision {
  const { code, what = null, actor } = command
  if (state.end !== null) return isOver(state, 'dismiss')
  const permission = answerOf(command)
  const findings = findingsOf(state).filter((finding) => finding.code === code)
  const isGrave = isTrustCode(code) || findings.some(({ level }) => level === 'stop')
  const needed = isGrave ? 'maintain' : 'write'
  const mayAnswer = permission !== null && (permission === 'publish' ? !isGrave : permits(permission, needed))
  if (!mayAnswer) {
    const expected = `${needed} permission in the repository that owns the package, or a token with operate scope`
    return deny('needs-approval', 'dismiss is not yours to do.', 'actor', describe(actor), expected)
  }
  if (isTrustCode(code) && actor.kind === 'token' && actor.scopes.includes('publish')) {
    const expected = 'a person, or a token without publish scope'
    return deny(
      'needs-approval',
      'A token that publishes does not vouch for itself.',
      'actor',
      describe(actor),
      expected,
    )
  }
  const isStop = findings.some(({ level }) => level === 'stop')
  const takesTwo = isTrustCode(code) || (isStop && command.shared === true)
  const alone = takesTwo ? signsAlone(command, state) : null
  if (alone !== null) return alone
  // Beforehand the release's own publisher speaks, and its token says who that is.
  const refusal = (permission === 'publish' ? null : lacksPerson(command)) ?? lacksReason(command)
  if (refusal !== null) return reject(refusal)
  const by = personOf(actor) ?? (actor.kind === 'token' ? actor.name : '')
  const repeated = state.findingAnswers.some(
    (known) =>
      known.code === code && known.what === what && known.by === by && known.permission === permission,
  )
  return repeated
    ? accept(command)
    : accept(command, { type: 'finding-answered', code, what, by, permission })
}

/**
 * What is about trust is answered by another one than published it, and so is what stops a release where there is another: by a person whom the forge knows, or by a token that
 * somebody else answers for. Null where two stand behind it, or one suffices on this server.
 */
function signsAlone({ actor, signoffs = 2 }: Dismiss, { publishedBy }: RolloutState): Decision | null {
  const signer = signerOf(actor)
  if (signoffs === 1 || signer === null || !publishedBy.includes(signer)) return null
  const expected =
    'somebody else: another person with maintain permission, or a token of another owner; on a server with one operator, signoffs: 1 in slipway.server.yml'
  const why =
    'Who published it does not vouch for it too; whom a token says it speaks for does not count here.'
  return deny('needs-approval', why, 'actor', describe(actor), expected)
}

/** What comparing the files of a rollout found, with what was answered. */
export function findingsOf({ members, contents, findingAnswers }: RolloutState): readonly AnsweredFinding[] {
  return answeredFindings({ releases: members, contents, findingAnswers })
}

/** As whom an answer counts; null for whom it does not. */
function answerOf({ actor }: Dismiss): FindingAnswer['permission'] | null {
  const permission = permissionOf(actor)
  if (permission === 'admin' || permission === 'maintain' || permission === 'write') return permission
  return mayPublish(actor) ? 'publish' : null
}
