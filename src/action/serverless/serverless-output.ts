import { setOutput } from '@actions/core'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { inertText, writeSummary } from '../rollout-output.ts'
import type { World } from './open-world.ts'
import type { Promoted } from './promoted.ts'

/** Outputs of the one rollout that a step was about; empty without one, so that `if:` can tell. */
export async function setServerlessOutputs(
  world: World<RolloutReader>,
  state: RolloutState | null,
): Promise<void> {
  const issue = state === null ? null : await issueOf(world, state)
  const explanation = state === null ? null : world.engine.explain(state)
  setOutput('rollout', state?.id ?? '')
  setOutput('phase', explanation?.phase ?? '')
  setOutput('percent', explanation === null ? '' : String(explanation.percent))
  setOutput('tracking-issue', issue ?? '')
  setOutput('url', issue ?? '')
}

export async function issueOf({ effects }: World, state: RolloutState): Promise<string | null> {
  const [issue] = await effects.list(`${state.id}/tracking-issue/`)
  return typeof issue?.place.url === 'string' ? issue.place.url : null
}

/** `pypi:demo-lib@1.3.0: rolling, 5 %` */
export function sayRollout({ engine }: World<RolloutReader>, state: RolloutState): string {
  const { phase, percent, percents } = engine.explain(state)
  return `${state.members.map(({ candidate }) => candidate).join(', ')}: ${phase}${percents ? `, ${percent} %` : ''}`
}

/** The job summary: each rollout with why it is there, and what its registries say. */
export async function summarize(
  world: World<RolloutReader>,
  states: readonly RolloutState[],
  promoted: ReadonlyMap<string, readonly Promoted[]>,
): Promise<void> {
  const parts: string[] = []
  for (const state of states) {
    const explanation = world.engine.explain(state)
    const issue = await issueOf(world, state)
    const stages = explanation.stages.map(
      ({ percent, name, state: place }) =>
        `| ${explanation.percents ? `${percent} %` : ''} | ${inertText(name)} | ${place} |`,
    )
    const registries = (promoted.get(state.id) ?? []).map(
      ({ package: id, promotion }) =>
        `- ${inertText(id)}: ${promotion.kind}. ${inertText(promotion.sentence)}`,
    )
    parts.push(
      `### ${inertText(sayRollout(world, state))}`,
      inertText(explanation.sentence),
      ['| stage | name | state |', '|---|---|---|', ...stages].join('\n'),
      ...(registries.length === 0 ? [] : [registries.join('\n')]),
      ...(issue === null ? [] : [`[tracking issue](${issue})`]),
    )
  }
  const text = parts.length === 0 ? 'No rollout is live.' : parts.join('\n\n')
  await writeSummary(`${text}\n`)
}
