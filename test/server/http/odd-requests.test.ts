import { request } from 'node:http'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publishWheel } from '../pypi-form.ts'
import { startIndex, type TestIndex, withCandidate } from '../running-server.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
  await withCandidate(index, 'demo')
  await publishWheel(index, 'demo', '1.0.0')
})
afterAll(async () => {
  await index.close()
})

const pieces = [
  ...['npm', 'pypi', 'simple', 'files', 'legacy', 'as', 'arm', 'channel', 'stable', 'candidate', 'baseline'],
  ...['api', 'v1', 'rollouts', 'packages', 'badge', 'why', 'owner', 'json', 'metrics', '-', '-rev'],
  ...['demo', '@s', '@s%2fdemo', 'demo-1.1.0.tgz', '1.1.0', 'latest', 'npm:demo@1.1.0', 'npm:demo@1.1.0.svg'],
  ...[
    'ro-abcdefghij234567',
    '..',
    '%2e%2e',
    '%2f',
    '%00',
    '%ff',
    '%',
    '__proto__',
    'constructor',
    'toString',
  ],
  ...['dist-tags', 'package', 'alice', '', '?write=true', '?key=', '%25', '@', ':', 'x'.repeat(300)],
]

/** Sends a request target as it is; fetch would tidy it up. */
function statusOf(method: string, target: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(index.url)
    const sent = request({ hostname, port, method, path: target }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('requests that nobody should send', () => {
  it('are answered, never with a failure of ours', async () => {
    const target = fc
      .array(fc.constantFrom(...pieces), { maxLength: 8 })
      .map((parts) => `/${parts.join('/')}`)
    const method = fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'OPTIONS')
    await fc.assert(
      fc.asyncProperty(method, target, async (verb, path) => {
        expect(await statusOf(verb, path)).toBeLessThan(500)
      }),
      { numRuns: 1500 },
    )
    expect(index.errors).toEqual([])
  })

  it.each([
    ['/npm/__proto__', 404],
    ['/npm/demo/__proto__', 404],
    ['/npm/demo/-/__proto__', 404],
    ['/npm/demo/-/..%2f..%2fsecret', 404],
    ['/pypi/files/demo/..%2f..%2fsecret', 404],
    ['/pypi/files/demo/demo-1.0.0-py3-none-any.whl%00', 404],
    ['/pypi/simple/..%2f/', 404],
    ['/pypi/pypi/__proto__/json', 404],
    ['/api/v1/packages/npm/__proto__', 400],
  ])('%s is %i', async (path, status) => {
    expect(await statusOf('GET', path)).toBe(status)
  })
})
