import { Octokit } from '@octokit/core'
import { carefulFetch } from './careful-fetch.ts'

/** How GitHub is reached with a token that somebody gave: a workflow's own, or a person's. */
export interface TokenAccess {
  readonly token: string
  /** `https://api.github.com`, an Enterprise server's `/api/v3`, or a stand-in. */
  readonly apiUrl: string
  readonly timeoutMs?: number
}

const defaultTimeoutMs = 20_000

/** A client without retries of its own: who asks again decides with what it knows. */
export function tokenOctokit({ token, apiUrl, timeoutMs = defaultTimeoutMs }: TokenAccess): Octokit {
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  return new Octokit({
    auth: token,
    baseUrl: apiUrl.replace(/\/+$/, ''),
    userAgent: 'slipway-action',
    request: { fetch: carefulFetch(timeoutMs) },
    log: silent,
  })
}
