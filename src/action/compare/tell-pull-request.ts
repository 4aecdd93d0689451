import { getInput, notice, setSecret } from '@actions/core'
import { createTokenForge } from '../../github/calls/token-forge.ts'
import { tokenOctokit } from '../../github/calls/token-octokit.ts'
import { marker } from '../../github/words/escape-text.ts'
import { sayMissingPermission } from '../missing-permission.ts'
import type { SaidComparisons } from './said-comparisons.ts'

/**
 * One comment on the pull request, edited with each push. Where nothing is found none is posted, and one of an earlier
 * push says so. A job that may not comment says what it lacks; its summary has the same text.
 */
export async function tellPullRequest(number: number, { text, quiet }: SaidComparisons): Promise<void> {
  const token = getInput('github-token')
  const id = process.env.GITHUB_REPOSITORY_ID ?? ''
  const fullName = process.env.GITHUB_REPOSITORY ?? ''
  if (token === '' || id === '' || fullName === '') return
  setSecret(token)
  const apiUrl = process.env.GITHUB_API_URL || 'https://api.github.com'
  const octokit = tokenOctokit({ token, apiUrl })
  const forge = createTokenForge({
    own: { id, fullName, octokit },
    elsewhere: octokit,
    others: [],
    clock: { now: () => Date.now() },
    throttle: false,
  })
  const repository = await forge.repository(id)
  const hidden = marker('comment', `compare ${process.env.GITHUB_WORKFLOW ?? ''}`)
  const told = repository.ok
    ? await forge.upsertComment(repository.value, number, {
        body: `${text}\n\n${hidden}`,
        marker: hidden,
        editOnly: quiet,
      })
    : repository
  if (told.ok) return
  const why = told.failure.kind === 'forbidden' ? sayMissingPermission('pull-requests') : told.failure.message
  notice(`No comment on the pull request: ${why} The summary of the job has the comparison.`)
}
