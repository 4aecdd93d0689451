import type { Octokit } from '@octokit/core'
import type { Repository } from '../../ports/forge.ts'
import { pathOf } from './repository-path.ts'

/** 404 or 410. */
export const isGone = (error: unknown): error is Error & { readonly status: 404 | 410 } =>
  error instanceof Error && 'status' in error && (error.status === 404 || error.status === 410)

/**
 * What a look finds, or null where nothing is. A single "not found" can come from anything in between, from a right
 * that was just taken or from a copy that lags behind, so it is believed of one thing only while its repository answers
 * and a second look says the same.
 *
 * @throws what the looks throw; where the repository itself is out of reach, that.
 */
export async function orAbsent<T>(
  octokit: Octokit,
  repository: Repository,
  look: () => Promise<T>,
): Promise<T | null> {
  try {
    return await look()
  } catch (error) {
    if (!isGone(error)) throw error
  }
  await octokit.request('GET /repos/{owner}/{repo}', pathOf(repository))
  try {
    return await look()
  } catch (error) {
    if (!isGone(error)) throw error
    return null
  }
}
