import { info, notice } from '@actions/core'
import { type ApiClient, apiClient, type ServerAccess } from '../registries/slipway-index/api-client.ts'
import { isDryRun } from './action-input.ts'

/**
 * The client that steps ask. With `dry-run` it reads like any other and says every change instead of sending it,
 * so that a dry run walks the same path as a real one.
 */
export function stepClient(access: ServerAccess): ApiClient {
  const client = apiClient(access)
  if (!isDryRun()) return client
  const would = (what: string, body: unknown): void => {
    notice(`dry run: would ${what}`)
    info(`dry run: with ${JSON.stringify(body)}`)
  }
  return {
    ...client,
    async start(body) {
      would(`start the rollout of ${body.releases.join(', ')}`, body)
      return client.rollout(body.releases[0] ?? '')
    },
    async act(id, action, body) {
      would(`${sayAction(action)} ${id}${body.to === undefined ? '' : ` to ${body.to} %`}`, body)
      return client.rollout(id)
    },
  }
}

function sayAction(action: string): string {
  return action === 'rollback' ? 'roll back' : action
}
