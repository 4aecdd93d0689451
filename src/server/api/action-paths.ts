import type { ActionName } from './api-actions.ts'
import { actionBody } from './api-schemas.ts'
import type { Operation } from './operation.ts'

/** What each action of a rollout does, for the description of the API. */
const actionSummaries: Readonly<Record<ActionName, string>> = {
  stop: 'Take the candidate from everybody at once, and pause; `resume` goes on from there. Needs a reason.',
  lower: 'Go down to `to` percent and pause there. Needs a reason.',
  approve: 'Approve the current stage.',
  advance: 'Go to the next stage, or to `to` percent.',
  pause: 'Stop raising; who gets the candidate keeps getting it.',
  resume: 'Go on after a pause, a stop or a lowering.',
  rollback: 'Take the candidate back to 0 percent, for good.',
  waive: 'Ignore the comparison of `canary`, with a reason.',
  hold: 'Wait for `duration`, with a reason.',
  retry: 'Try `canary` again; with `bisect`, search for the first release that it fails with.',
  urgent: 'Go on by the urgent ladder of the policy. Needs a reason and a person with maintain permission.',
  'catch-up':
    'Let stages that an older live release of the line has passed bake `catchUp` only. Needs a reason.',
  dismiss:
    'Say that what was found under `code` (`code: what` for one thing of it) does not stand in the way of this rollout. Needs a reason, and a person with maintain permission for all but questions about its files.',
  restart:
    'Start its releases again after it ended otherwise than completed; `sameUsers` after a false alarm. Needs a reason.',
  abandon: 'Give the rollout up.',
  block: 'Refuse the release everywhere, exact pins included.',
  unblock: 'Let exact pins have the release again. Needs a reason.',
}

/** Every action of a rollout is a POST with the same body. */
export function actionPaths(): Readonly<Record<string, Readonly<Record<string, Operation>>>> {
  const described = Object.entries(actionSummaries).map(([name, summary]) => [
    `/rollouts/{id}/${name}`,
    { post: { summary, body: actionBody, answers: [200], secured: true } },
  ])
  return Object.fromEntries(described)
}

/** What comparing files found. */
export const comparePaths: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  '/rollouts/{id}/compare': {
    get: {
      summary: 'What comparing its files found, with the answers to it (`release` in a train).',
      answers: [200],
    },
  },
  '/compare': {
    get: {
      summary: 'What changes between two releases that are hosted here (`from`, `to`).',
      answers: [200],
    },
  },
}
