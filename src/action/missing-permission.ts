import { context } from '@actions/github'

/** Permissions of the job's own token that commands need. */
export type JobPermission = 'id-token' | 'contents' | 'issues' | 'actions' | 'pull-requests'

const FOR_WHAT: Readonly<Record<JobPermission, string>> = {
  'id-token': 'ask for the identity of this run',
  contents: 'write the refs in which the rollout is kept',
  issues: 'write the tracking issue',
  actions: 'start the workflows of canaries',
  'pull-requests': 'comment on the pull request',
}

/** What is missing, for what, and the line of the workflow that gives it; for a fork's pull request why none does. */
export function sayMissingPermission(permission: JobPermission): string {
  const missing = `The job may not ${FOR_WHAT[permission]}`
  return isForkPullRequest()
    ? `${missing}: it runs for a pull request from a fork, and GitHub gives such runs neither secrets nor more than reading, whatever permissions says. Run this on push, release or schedule instead.`
    : `${missing}. Add to the job in ${workflowFile()}: permissions: { ${LINES[permission]} }`
}

/** Whoever names one permission loses all others, so the line has what else the command needs. */
const LINES: Readonly<Record<JobPermission, string>> = {
  'id-token': 'contents: read, id-token: write',
  contents: 'contents: write',
  issues: 'contents: write, issues: write',
  actions: 'contents: read, actions: write',
  'pull-requests': 'contents: read, pull-requests: write',
}

/** Whether the job may ask for identity tokens (`id-token: write`). */
export function mayIdentify(): boolean {
  return (process.env.ACTIONS_ID_TOKEN_REQUEST_URL ?? '') !== ''
}

function isForkPullRequest(): boolean {
  const head: unknown = context.payload.pull_request?.head?.repo?.full_name
  return typeof head === 'string' && head !== process.env.GITHUB_REPOSITORY
}

/** `.github/workflows/release.yml`, from `acme/lib/.github/workflows/release.yml@refs/heads/main`. */
function workflowFile(): string {
  const reference = process.env.GITHUB_WORKFLOW_REF ?? ''
  return /^[^/]+\/[^/]+\/(.+)@/.exec(reference)?.[1] ?? 'the workflow'
}
