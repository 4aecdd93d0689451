import type { Forge } from '../../ports/forge.ts'
import { advisoryCalls } from './advisory-calls.ts'
import { checkCalls } from './checks.ts'
import { commitCalls } from './commit-calls.ts'
import { createConnection, type GithubSettings } from './connection.ts'
import { issueCalls } from './issues.ts'
import { pullRequestCalls } from './pull-requests.ts'
import { repositoryCalls } from './repositories.ts'
import { workflowCalls } from './workflows.ts'

/**
 * GitHub behind the forge port, as an App. Every answer is a value: failures say whether asking again helps
 * and when. Exceptions are bugs.
 */
export function createGithubForge(settings: GithubSettings): Forge {
  const connection = createConnection(settings)
  return {
    ...repositoryCalls(connection, settings.oneFile),
    ...workflowCalls(connection),
    ...checkCalls(connection),
    ...issueCalls(connection),
    ...pullRequestCalls(connection),
    ...commitCalls(connection),
    ...advisoryCalls(connection),
  }
}
