import type { Context } from 'probot'
import { parseSlipwayFile, slipwayFilePath } from '../../config/policy/slipway-file.ts'
import type { ReleaseStarter } from '../../engine/roles/release-starter.ts'
import type { RolloutCommander } from '../../engine/roles/rollout-commander.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import type { Repository } from '../../ports/forge.ts'
import type { ReleaseId } from '../../versions/release.ts'
import { releasesOfTag, type TagPatterns } from '../../versions/release-tag.ts'
import { type BotParts, must, noteRefusal, repositoryOf } from '../bot-parts.ts'
import { answerMeant } from './meant-in-release.ts'

/** Releases that share a rollout start together; a single package may start before its rollout is known. */
function group(parts: BotParts<RolloutReader>, releases: readonly ReleaseId[]): ReleaseId[][] {
  const known = new Map<string, ReleaseId[]>()
  for (const release of releases) {
    const rollout = parts.engine.find(release)
    if (rollout === null && releases.length > 1) continue
    const key = rollout?.id ?? release
    known.set(key, [...(known.get(key) ?? []), release])
  }
  return [...known.values()]
}

/**
 * The commit behind the tag, asked from the forge: the delivery's own `target_commitish` is a branch, or
 * nothing at all when the tag was there before. Null when the tag is not to be found.
 */
async function commitOfTag(parts: BotParts, repository: Repository, tag: string): Promise<string | null> {
  const commit = await parts.forge.commitOfTag(repository, tag)
  return !commit.ok && commit.failure.kind === 'gone' ? null : must(commit)
}

/** How the repository says that it tags its packages; a file that is not there or not sound says nothing. */
async function tagPatterns(parts: BotParts, repository: Repository): Promise<TagPatterns> {
  const text = must(await parts.forge.file(repository, slipwayFilePath, repository.defaultBranch))
  const parsed = text === null ? null : parseSlipwayFile(text)
  const entries = parsed?.ok ? (parsed.file.releases ?? []) : []
  return (id) => entries.find((entry) => entry.package === id)?.tags ?? []
}

/**
 * A published release starts the rollouts of the packages that this repository owns and that carry the tag's
 * version, with the tag as their origin. Whether they can start is the engine's word; a refusal (no files
 * yet, started before) is logged and the upload starts it later. What the notes call meant is recorded.
 */
export async function onReleasePublished(
  parts: BotParts<RolloutReader & ReleaseStarter & RolloutCommander>,
  { payload }: Pick<Context<'release.published'>, 'payload'>,
): Promise<void> {
  const { release, repository } = payload
  if (release.draft) return
  const owned = await parts.access.packagesOwnedBy(String(repository.id))
  const packages = owned.map((owner) => owner.package)
  if (packages.length === 0) return
  const from = await repositoryOf(parts, payload)
  if (from === null) return
  const patterns = await tagPatterns(parts, from)
  const groups = group(parts, releasesOfTag(packages, release.tag_name, patterns))
  if (groups.length === 0) return
  const commit = await commitOfTag(parts, from, release.tag_name)
  for (const releases of groups) {
    const outcome = await parts.engine.start({
      releases,
      policy: null,
      restart: false,
      origin: {
        repositoryId: from.id,
        repository: from.fullName,
        commit,
        tag: release.tag_name,
        installationId: from.installationId,
      },
      who: { actor: { kind: 'system' }, reason: `release ${release.tag_name} was published on GitHub` },
    })
    const fields = { releases, repository: repository.full_name }
    if (!outcome.ok) noteRefusal(parts, outcome.refusal, 'release not started', fields)
    const rollout = outcome.ok ? outcome.state.id : parts.engine.find(releases[0] ?? '')?.id
    if (rollout !== undefined) await answerMeant(parts, payload, rollout)
  }
}
