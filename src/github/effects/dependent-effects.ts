import { parseSlipwayFile, slipwayFilePath } from '../../config/policy/slipway-file.ts'
import type { EffectContext, EffectOutcome } from '../../ports/effector.ts'
import type {
  Forged,
  IssueKeeper,
  PullRequestReader,
  Repository,
  RepositoryReader,
} from '../../ports/forge.ts'
import { explain } from '../../rollout/explaining/explain.ts'
import type { PullRequestRef } from '../../rollout/history/event.ts'
import { hasRun } from '../../rollout/history/had-it-on.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { findBumps } from '../calls/find-bumps.ts'
import { labelWord } from '../calls/issues.ts'
import { noticeText, noticeTitle } from '../words/dependent-words.ts'
import { marker } from '../words/escape-text.ts'
import { type EffectOf, failed, findRepository, isFinal } from './dispatch-effect.ts'

/** Repositories looked into when a rollout starts; webhooks tell of the others. */
const mostRepositories = 100
/** Pull requests looked into in one repository, the newest change first: a request each. */
const mostPullRequests = 30
/** Clocks differ; nobody bumps to a version long before it is here. */
const slackMs = 60 * 60_000

/** The dependents on the roster first: they are the ones that care. */
function inOrder(repositories: readonly Repository[], state: RolloutState): readonly Repository[] {
  const onRoster = ({ id }: Repository) => Object.hasOwn(state.canaries, id)
  const others = repositories.filter(({ id }) => id !== state.origin?.repositoryId)
  return [...others.filter(onRoster), ...others.filter((one) => !onRoster(one))].slice(0, mostRepositories)
}

async function bumpsIn(
  forge: RepositoryReader & IssueKeeper & PullRequestReader,
  repository: Repository,
  { state, now }: EffectContext,
): Promise<Forged<readonly PullRequestRef[]>> {
  const open = await forge.openPullRequests(repository, state.reservedAt - slackMs)
  if (!open.ok) return open
  const refs: PullRequestRef[] = []
  for (const number of open.value.slice(0, mostPullRequests)) {
    const files = await forge.pullRequestFiles(repository, number)
    if (!files.ok) return files
    const candidates = state.members.map(({ candidate }) => candidate)
    const [release] = findBumps(files.value, candidates)
    if (release === undefined) continue
    const bump = { release, private: repository.private }
    const { id: repositoryId, fullName } = repository
    refs.push({ repositoryId, repository: fullName, number, bump, status: 'open', observedAt: now })
  }
  return { ok: true, value: refs }
}

/**
 * Finds the open pull requests of dependents that bump to a candidate. A repository that does not let us read its
 * pull requests is left out; one that cannot be asked now has the whole look made again.
 */
export async function applyFindUpdatePullRequests(
  forge: RepositoryReader & IssueKeeper & PullRequestReader,
  context: EffectContext,
): Promise<EffectOutcome> {
  const installed = await forge.repositories()
  if (!installed.ok) return failed(installed.failure)
  const pullRequests: PullRequestRef[] = []
  for (const repository of inOrder(installed.value, context.state)) {
    const found = await bumpsIn(forge, repository, context)
    if (found.ok) pullRequests.push(...found.value)
    else if (!isFinal(found.failure)) return failed(found.failure)
  }
  return {
    ok: true,
    place: { found: pullRequests.length },
    signals: [{ kind: 'pull-requests', pullRequests }],
  }
}

/**
 * Finds the installed repositories whose own runs were given a candidate. They are counted under keyed hashes, so
 * each repository's is computed and looked for; no key leaves the server and none is stored.
 */
export async function applyFindShownTo(
  forge: RepositoryReader & IssueKeeper & PullRequestReader,
  { state, clusterOf }: EffectContext,
): Promise<EffectOutcome> {
  const installed = await forge.repositories()
  if (!installed.ok) return failed(installed.failure)
  const met = new Set(
    Object.values(state.exposures).flatMap(({ arm, runs, cluster }) =>
      arm === 'candidate' && runs > 0 ? [cluster] : [],
    ),
  )
  const dependents = installed.value
    .filter(({ id }) => met.has(clusterOf(id)))
    .map(({ id, fullName }) => ({ repositoryId: id, repository: fullName }))
  return { ok: true, place: { found: dependents.length }, signals: [{ kind: 'shown-to', dependents }] }
}

/** Whether a repository wants notices: its file says no, or is broken so that nobody knows. */
function wantsNotices(text: string | null): boolean {
  if (text === null) return true
  const parsed = parseSlipwayFile(text)
  return parsed.ok && parsed.file.notices !== false
}

/** Opens the one notice in a dependent that had on what was taken back, unless its file says no. */
export async function applyNotice(
  forge: RepositoryReader & IssueKeeper & PullRequestReader,
  publicUrl: string,
  effect: EffectOf<'notice'>,
  { state, now }: EffectContext,
): Promise<EffectOutcome> {
  const { repositoryId, repository: name } = effect.dependent
  const repository = await findRepository(forge, repositoryId, name)
  if (!repository.ok) return failed(repository.failure)
  const file = await forge.file(repository.value, slipwayFilePath, null)
  if (!file.ok) return failed(file.failure)
  if (!wantsNotices(file.value)) return { ok: true, place: { repositoryId, unwanted: 'true' }, signals: [] }
  const hidden = marker('notice', effect.key)
  const canary = ownEntry(state.canaries, repositoryId)
  const had = {
    canary: canary !== undefined && hasRun(canary),
    pullRequests: state.pullRequests.filter(
      (ref) => ref.repositoryId === repositoryId && ref.status === 'merged',
    ),
    shown: state.shownTo.some((ref) => ref.repositoryId === repositoryId),
  }
  const explanation = explain(state, now, null, repositoryId)
  const text = noticeText(explanation, had, `${publicUrl}/rollouts/${effect.rollout}`, now)
  const issue = await forge.createIssue(repository.value, {
    title: noticeTitle(explanation),
    body: `${text}\n\n${hidden}`,
    labels: [labelWord],
    marker: hidden,
  })
  if (!issue.ok) return failed(issue.failure)
  return { ok: true, place: { repositoryId, notice: issue.value.number, url: issue.value.url }, signals: [] }
}
