import { createGithubGitRemote } from '../../github/calls/git-remote.ts'
import { packageIdOf, type ReleaseId } from '../../versions/release.ts'
import { failFor } from '../action-input.ts'
import type { World } from './open-world.ts'

/** Fails for a release of a package that the repository's file does not name: nothing of it is rolled out from here. */
export function checkNamed({ file }: World, releases: readonly ReleaseId[]): void {
  const named = (file.releases ?? []).map((release) => release.package)
  const stranger = releases.find((release) => !named.includes(packageIdOf(release)))
  if (stranger === undefined) return
  throw failFor({
    field: 'releases',
    value: stranger,
    expected: `a release of a package that .github/slipway.yml names: ${named.join(', ') || 'none yet'}`,
  })
}

/**
 * Finds out what would keep a rollout from starting before a registry gets anything: a version that was published cannot
 * be taken back. That the job may write is tried by writing a file that no ref leads to, which GitHub throws away.
 *
 * @throws MissingPermission with the line that gives it
 */
export async function checkStart(world: World, releases: readonly ReleaseId[]): Promise<void> {
  checkNamed(world, releases)
  const remote = createGithubGitRemote(world.octokit, world.repository.fullName)
  await remote.writeFiles([{ path: 'slipway', text: 'may this job write?\n' }], null)
}
