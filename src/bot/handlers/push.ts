import { slipwayFilePath } from '../../config/policy/slipway-file.ts'
import type { OfferKeeper } from '../../engine/roles/offer-keeper.ts'
import type { OfferRecord } from '../../ports/offer-store.ts'
import { type BotParts, repositoryOf } from '../bot-parts.ts'
import { readAgain } from './installation-changed.ts'

interface PushCommit {
  readonly added?: readonly string[] | undefined
  readonly modified?: readonly string[] | undefined
  readonly removed?: readonly string[] | undefined
}

/** The part of a `push` delivery that says which files changed where. */
export interface Push {
  readonly ref: string
  readonly forced: boolean
  readonly commits: readonly PushCommit[]
  readonly repository: Parameters<typeof repositoryOf>[1]['repository']
  readonly installation?: { readonly id: number } | undefined
}

/** GitHub lists at most so many commits of one push. */
const mostCommits = 2048

/**
 * A push to the repository's file, or to a workflow that an offer names, may change what it offers. A push whose
 * commits do not show all that changed is taken for one that touches the file.
 */
export async function onPush(parts: BotParts<OfferKeeper>, push: Push): Promise<void> {
  const branch = push.ref.replace(/^refs\/(heads|tags)\//, '')
  const known = await parts.engine.offersOf(String(push.repository.id))
  const watched = watchedFiles(known, branch, push.repository.default_branch)
  if (watched.size === 0) return
  const unsure = push.forced || push.commits.length >= mostCommits
  const touched = push.commits.flatMap(({ added = [], modified = [], removed = [] }) => [
    ...added,
    ...modified,
    ...removed,
  ])
  if (!unsure && !touched.some((path) => watched.has(path))) return
  const repository = await repositoryOf(parts, push)
  if (repository !== null) await readAgain(parts, repository)
}

function watchedFiles(known: OfferRecord | null, branch: string, defaultBranch: string): Set<string> {
  const files = new Set(branch === defaultBranch ? [slipwayFilePath] : [])
  for (const { workflow, ref } of known?.offers ?? []) {
    if (workflow !== null && (ref ?? defaultBranch) === branch) files.add(`.github/workflows/${workflow}`)
  }
  return files
}
