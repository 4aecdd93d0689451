import type { DeploymentState } from '../../rollout/effects/deployment-state.ts'
import type { Explanation, StageExplanation } from '../../rollout/explaining/explanation.ts'
import type { Phase } from '../../rollout/history/state.ts'
import { canaryNotes } from './canary-sections.ts'
import { oneLine, prose } from './escape-text.ts'
import { gateList, ladder, otherList, whatNext } from './issue-sections.ts'
import { sayTime } from './say-time.ts'
import {
  isLive,
  type Links,
  phaseWords,
  sayPercent,
  sayPhase,
  sayReleases,
  sayShare,
  titleReleases,
} from './words.ts'

/** How a check run ends; null while it is in progress. */
export type CheckConclusion = 'success' | 'failure' | 'neutral' | 'cancelled'

/** GitHub takes at most 65,535 characters. */
const longestSummary = 60_000
/** GitHub takes at most 140. */
const longestDescription = 140

const conclusions: Readonly<Record<Phase, CheckConclusion | null>> = {
  staged: null,
  rolling: null,
  held: null,
  paused: null,
  completed: 'success',
  'rolled-back': 'failure',
  superseded: 'neutral',
  abandoned: 'cancelled',
}

/** The check run on the release commit: what it is called, what it says, and how it ended. */
export function checkRunText(explanation: Explanation, links: Links, now: number) {
  const { phase, percent, percents } = explanation
  const notes = canaryNotes(explanation)
  const { decided, admitted, percent: share } = explanation.coverage
  const parts = [
    `${sayReleases(explanation)}: ${sayPhase(explanation)}, visible to ${sayShare(explanation)}. ${prose(explanation.sentence, 600)}`,
    ladder(explanation),
    ...(otherList(explanation) === '' ? [] : [otherList(explanation)]),
    ...(isLive(phase) ? [`Next: ${whatNext(explanation, now)}`, gateList(explanation, now)] : []),
    `Canaries: ${decided} of ${admitted} admitted by weight are decided (${sayPercent(share)}).`,
    ...(notes === '' ? [] : [notes]),
    `All of it is on the [rollout's page](${links.page}). Written ${sayTime(now)}.`,
  ]
  return {
    name: `Slipway: ${titleReleases(explanation)}`.slice(0, 200),
    title: `${sayPhase(explanation).replace(/^./, (first) => first.toUpperCase())}${percents ? ` at ${sayPercent(percent)}` : ''}`,
    summary: parts.join('\n\n').slice(0, longestSummary),
    conclusion: conclusions[phase],
  }
}

/**
 * The environment of a stage: `slipway/npm/demo/25`; `slipway/train/<name>/25` for a train. The next release's
 * deployment of the same stage takes the place of this one.
 */
export function environmentOf(explanation: Pick<Explanation, 'train' | 'releases'>, percent: number): string {
  const first = explanation.releases[0]?.candidate ?? ''
  const name =
    explanation.train === null
      ? first.slice(0, first.lastIndexOf('@')).replace(':', '/')
      : `train/${explanation.train}`
  return `slipway/${oneLine(name, 200)}/${percent}`
}

function stageLine(
  { percent }: StageExplanation,
  state: DeploymentState,
  { phase, percents }: Explanation,
): string {
  const at = `${percents ? 'at' : 'with'} ${sayShare({ percent, percents })}`
  switch (state) {
    case 'in_progress':
      return phase === 'held' || phase === 'paused' ? `Is ${phaseWords[phase]} ${at}` : `Bakes ${at}`
    case 'success':
      return `Every gate passed ${at}`
    case 'failure':
      return `Was taken back ${at}`
    case 'inactive':
      return `No longer ${at}: ${phaseWords[phase]}`
  }
}

/** The deployment of one stage: where it appears and what it says. */
export function deploymentText(explanation: Explanation, stage: StageExplanation, state: DeploymentState) {
  const line = `${titleReleases(explanation)}. ${stageLine(stage, state, explanation)}.`
  return {
    environment: environmentOf(explanation, stage.percent),
    description: oneLine(line, longestDescription),
  }
}
