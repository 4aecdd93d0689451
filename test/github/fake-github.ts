import { generateKeyPairSync } from 'node:crypto'
import nock from 'nock'
import { expect } from 'vitest'
import { createGithubForge } from '../../src/github/calls/forge.ts'
import type { Forge, Repository } from '../../src/ports/forge.ts'
import { GithubSchema } from '../github-stand-in/schema.ts'

export const apiUrl = 'http://github.test'
export const start = Date.UTC(2026, 10, 20, 12)

const schema = new GithubSchema()
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})

/** A request that left the adapter. */
export interface Sent {
  readonly operation: string
  readonly path: string
  readonly body: Record<string, unknown> | undefined
  readonly authorization: string
}

export interface Reply {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

/** What the adapter gets for an operation: one reply always, or several in turn (the last one repeats). */
export type Script = Readonly<Record<string, Reply | readonly Reply[]>>

const mint = 'POST /app/installations/{installation_id}/access_tokens'

/**
 * Answers by script and checks every request against GitHub's published description. What is not in the
 * script is a 404. `sent` lists the requests in order.
 */
export function fakeGithub(script: Script): { readonly sent: Sent[]; readonly problems: string[] } {
  const sent: Sent[] = []
  const problems: string[] = []
  const turns = new Map<string, number>()

  function answer(operation: string): Reply {
    const found = script[operation]
    if (found === undefined) {
      if (operation === mint) {
        return {
          status: 201,
          body: { token: 'ghs_test', expires_at: new Date(start + 3_600_000).toISOString() },
        }
      }
      return { status: 404, body: { message: 'Not Found' } }
    }
    if (!Array.isArray(found)) return found as Reply
    const turn = turns.get(operation) ?? 0
    turns.set(operation, turn + 1)
    return (found[Math.min(turn, found.length - 1)] ?? { status: 500 }) as Reply
  }

  for (const method of ['GET', 'POST', 'PATCH', 'PUT']) {
    nock(apiUrl)
      .persist()
      .intercept(/.*/, method)
      .reply(async (request: Request) => {
        const url = new URL(request.url)
        const operation = schema.operation(method, url.pathname)
        if (operation === null) {
          problems.push(`${method} ${url.pathname}: unknown operation`)
          return [404, { message: 'Not Found' }]
        }
        const text = await request.text()
        const body: Record<string, unknown> | undefined = text === '' ? undefined : JSON.parse(text)
        problems.push(...schema.checkRequest(operation, url.searchParams, body))
        sent.push({
          operation: operation.name,
          path: decodeURIComponent(url.pathname + url.search),
          body,
          authorization: request.headers.get('authorization') ?? '',
        })
        const reply = answer(operation.name)
        return [reply.status, reply.body ?? '', reply.headers ?? {}]
      })
  }
  return { sent, problems }
}

/** A forge without pacing, whose clock stands at `start`. */
export function testForge(
  change: {
    readonly apiUrl?: string
    readonly timeoutMs?: number
    readonly now?: () => number
    readonly oneFile?: boolean
  } = {},
): Forge {
  return createGithubForge({
    appId: 1,
    privateKey,
    apiUrl: change.apiUrl ?? apiUrl,
    clock: { now: change.now ?? (() => start) },
    throttle: false,
    ...(change.timeoutMs === undefined ? {} : { timeoutMs: change.timeoutMs }),
    ...(change.oneFile === undefined ? {} : { oneFile: change.oneFile }),
  })
}

export const lib: Repository = {
  id: '11',
  fullName: 'acme/lib',
  private: false,
  defaultBranch: 'main',
  installationId: 7,
}

/** Nothing that GitHub's description does not know left the adapter. */
export function expectValid(github: { readonly problems: string[] }): void {
  expect(github.problems).toEqual([])
}
