import { context } from '@actions/github'
import type { StartBody } from '../registries/slipway-index/api-client.ts'

/** Which workflow run did it, for the history; empty outside of GitHub. */
export function reasonOfRun(verb: string): string {
  const { repository } = context.payload
  return repository?.full_name === undefined
    ? ''
    : `${verb} by ${repository.full_name}, run ${context.runId} of ${context.workflow}`
}

/** The repository and commit of this run; the server takes it when that repository owns the packages. */
export function originOfRun(): Pick<StartBody, 'origin'> {
  const repositoryId = process.env.GITHUB_REPOSITORY_ID ?? String(context.payload.repository?.id ?? '')
  const repository = process.env.GITHUB_REPOSITORY ?? ''
  if (repositoryId === '' || repository === '') return {}
  return { origin: { repositoryId, repository, commit: context.sha ?? null, tag: tagOfRun() } }
}

/** The tag that the run is for; null for a branch or pull request. */
export function tagOfRun(): string | null {
  return context.ref?.startsWith('refs/tags/') ? context.ref.slice('refs/tags/'.length) : null
}
