import { isDeepStrictEqual } from 'node:util'
import { issueLabels, issueState } from '../../src/github/words/messages.ts'
import { deploymentState } from '../../src/rollout/effects/deployment-state.ts'
import { phaseOf } from '../../src/rollout/history/phase.ts'
import type { RolloutState } from '../../src/rollout/history/state.ts'
import { owner } from './scene.ts'
import type { SimWorld } from './sim-world.ts'

/** One issue for a rollout, one comment for a transition, one run for a try, one check, one deployment. */
export function doneTwice({ github }: SimWorld): string | null {
  const seen = new Set<string>()
  const markers = [...github.repositories.values()].flatMap(({ issues }) =>
    [...issues.values()].flatMap(({ body, byBot, comments }) => [
      ...(byBot ? markersOf(body) : []),
      ...[...comments.values()].flatMap((comment) => (comment.byBot ? markersOf(comment.body) : [])),
    ]),
  )
  const runs = [...github.runs.values()].map(({ title }) => `run ${title}`)
  const keys = [...github.checkRuns, ...github.deployments].map(({ key }) => key)
  for (const one of [...markers, ...runs, ...keys]) {
    if (seen.has(one)) return `twice on GitHub: ${one}`
    seen.add(one)
  }
  return null
}

/** What GitHub shows is what is so. */
export function untold(world: SimWorld, states: Iterable<RolloutState>): string | null {
  const { server, github } = world
  const issues = [...(github.repositories.get(owner)?.issues.values() ?? [])]
  for (const state of states) {
    if (state.startedAt === null || state.origin === null || state.end?.direct === true) continue
    const issue = issues.find(({ body }) => body.includes(`slipway:begin ${state.id}`))
    if (issue === undefined || server === null) return `${state.id} (${phaseOf(state)}) has no issue`
    const explanation = server.engine.explain(state)
    const shown = { labels: issue.labels, state: issue.state }
    const wanted = { labels: issueLabels(explanation), state: issueState(explanation) }
    if (!isDeepStrictEqual(shown, wanted))
      return `${state.id}: the issue shows ${JSON.stringify(shown)}, it is ${JSON.stringify(wanted)}`
    const said = [...issue.comments.values()].filter(({ body }) => body.includes('/transition-comment/'))
    const told = state.transitions.filter(({ type }) => type !== 'started').length
    if (said.length !== told) return `${state.id}: ${said.length} of ${told} transitions were told`
    const wrong = wrongDeployment(world, state)
    if (wrong !== null) return wrong
  }
  return null
}

function wrongDeployment(world: SimWorld, state: RolloutState): string | null {
  for (const stage of state.policy?.stages.keys() ?? []) {
    const wanted = state.origin?.commit === null ? null : deploymentState(state, stage)
    const key = `${state.id}/deployment/${stage}/0`
    const shown = world.github.deployments.find((one) => one.key === key)?.state ?? null
    if (shown !== wanted) return `${key} shows ${shown}, it is ${wanted}`
  }
  return null
}

/** The hidden words by which Slipway finds again what it wrote. */
function markersOf(body: string): readonly string[] {
  return body.match(/<!-- slipway:(?:begin|comment|notice|answer) [^>]*-->/g) ?? []
}
