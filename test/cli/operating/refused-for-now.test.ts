import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { apiRequest } from '../../../src/registries/slipway-index/api-request.ts'

/** Asks a server that always answers 503 with this body, twice at most. */
async function ask(body: unknown) {
  let asked = 0
  const server = createServer((_request, response) => {
    asked += 1
    response.writeHead(503, { 'content-type': 'application/problem+json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const url = `http://127.0.0.1:${port}/`
  const timing = { attempts: 2, timeoutMs: 5000, backoffMs: 1 }
  const answer = await apiRequest(
    { method: 'GET', url, authorization: async () => null, ...timing },
    z.unknown(),
  )
  await new Promise((resolve) => server.close(resolve))
  return { asked, failure: answer.ok ? null : answer.failure }
}

describe('a server that says no for now', () => {
  it('has refused, and is asked again all the same', async () => {
    const { asked, failure } = await ask({ detail: 'The package is frozen.', reason: 'temporary' })
    expect(failure).toMatchObject({ kind: 'refused', message: 'The package is frozen.' })
    expect(asked).toBe(2)
  })

  it('is unreachable when only something on the way to it answers', async () => {
    const { asked, failure } = await ask({ message: 'no healthy upstream' })
    expect(failure).toMatchObject({ kind: 'unreachable', message: 'no healthy upstream' })
    expect(asked).toBe(2)
  })
})
