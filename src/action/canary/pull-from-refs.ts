import { getInput, info, setOutput } from '@actions/core'
import { readableEvents } from '../../engine/past/readable-events.ts'
import { judge } from '../../gates/canaries/comparison.ts'
import { createGithubGitRemote } from '../../github/calls/git-remote.ts'
import { tokenOctokit } from '../../github/calls/token-octokit.ts'
import { canariesRuleOf } from '../../rollout/deciding/evaluate.ts'
import { nonceFor } from '../../rollout/history/nonce.ts'
import { isLive } from '../../rollout/history/phase.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { registryTask } from '../../rollout/starting/canary-request.ts'
import { createGitEventStore } from '../../stores/git/git-event-store.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { showValue } from '../../versions/problem.ts'
import { type PackageId, packageIdOf } from '../../versions/release.ts'
import { failFor, neededInput, StepFailure } from '../action-input.ts'
import { publicHmac, stateOf } from '../serverless/rollouts-in-refs.ts'
import { type CanaryPlan, runTry } from './arms/canary-try.ts'
import { type CanaryRequest, readCanaryRequest } from './canary-request.ts'
import { packagesInput, sayNothing } from './pull-tries.ts'

const mostEvents = 1_000_000

/** What one rollout wants of this repository. */
interface Wish {
  readonly state: RolloutState
  readonly try: number
  /** A failing candidate is tried again in the same run, up to this try. */
  readonly lastTry: number
}

/**
 * A pull canary without a server: reads which rollouts are live in the refs of the repository that releases, which
 * anybody may, and leaves what both arms did as a report for the run to keep. Nothing is written anywhere else.
 */
export async function pullFromRefs(plan: CanaryPlan): Promise<void> {
  const repository = repositoryInput()
  const packages = await packagesInput()
  const own = process.env.GITHUB_REPOSITORY_ID ?? ''
  const { id, states } = await statesOf(repository)
  const wishes = states.flatMap((state) => wishOf(state, own, packages, Date.now()))
  if (wishes.length === 0) return sayNothing(whyNothing(repository, states, own, packages), 0)
  for (const wish of wishes) {
    setOutput('rollout', wish.state.id)
    for (let number = wish.try; number <= wish.lastTry; number += 1) {
      const end = await runTry(requestOf(wish.state, id, own, number), plan)
      if (end === 'passed') break
    }
  }
}

function repositoryInput(): string {
  const text = neededInput('repository', 'the repository that releases the packages, such as acme/demo-lib')
  if (/^[\w.-]+\/[\w.-]+$/.test(text)) return text
  throw failFor({ field: 'repository', value: showValue(text), expected: 'owner/name' })
}

async function statesOf(fullName: string) {
  const apiUrl = process.env.GITHUB_API_URL || 'https://api.github.com'
  const octokit = tokenOctokit({ token: getInput('github-token'), apiUrl })
  const [owner = '', repo = ''] = fullName.split('/')
  const found = await octokit
    .request('GET /repos/{owner}/{repo}', { owner, repo })
    .catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error)
      throw new StepFailure(
        `repository: got ${fullName}, expected a repository that the token of this job can read (${why})`,
      )
    })
  const events = createGitEventStore({
    remote: createGithubGitRemote(octokit, found.data.full_name),
    nonce: () => '',
    stateOf: () => null,
  })
  const streams = Map.groupBy(await events.readAll(0, mostEvents), ({ stream }) => stream)
  const states = [...streams].flatMap(([stream, stored]) => stateOf(stream, readableEvents(stored)) ?? [])
  return { id: String(found.data.id), states }
}

function wishOf(
  state: RolloutState,
  own: string,
  packages: readonly PackageId[],
  now: number,
): readonly Wish[] {
  const canary = ownEntry(state.canaries, own)
  if (canary === undefined || !isLive(state) || !concerns(state, packages)) return []
  if (canary.entry.mode !== 'pull' || canary.entry.admission === 'none') return []
  const rule = canariesRuleOf(state.policy, state.stageIndex)
  const wanted = rule === null ? null : judge(canary, state.members, rule, now).wantsTry
  return rule === null || wanted === null
    ? []
    : [{ state, try: wanted, lastTry: Math.max(wanted, canary.firstTry + rule.tries - 1) }]
}

const concerns = ({ members }: RolloutState, packages: readonly PackageId[]) =>
  members.some(({ candidate }) => packages.includes(packageIdOf(candidate)))

function requestOf(state: RolloutState, owner: string, own: string, number: number): CanaryRequest {
  const nonce = nonceFor(publicHmac(owner), state.id, own, number)
  const request = readCanaryRequest(registryTask(state, { canary: own, try: number, arm: 'both', nonce }))
  if (!request.ok) throw failFor(request.problem)
  return request.value
}

function whyNothing(
  repository: string,
  states: readonly RolloutState[],
  own: string,
  packages: readonly PackageId[],
): string {
  const live = states.filter((state) => isLive(state) && concerns(state, packages))
  for (const { id } of live) info(`${id} is live`)
  if (live.length === 0) return `No rollout of ${packages.join(', ')} is live in ${repository}.`
  const known = live.some((state) => ownEntry(state.canaries, own)?.entry.mode === 'pull')
  return known
    ? `No rollout in ${repository} waits for a test of this repository now.`
    : `The live rollout in ${repository} began without this repository: it counts from the next one, where .github/slipway.yml here offers it (canaries, mode: pull) and the policy there names it.`
}
