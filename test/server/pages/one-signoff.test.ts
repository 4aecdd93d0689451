import { expect, it } from 'vitest'
import { startIndex, withCandidate } from '../running-server.ts'

it('a server on which one person suffices says so at the end of every page, and no other does', async () => {
  for (const signoffs of [1, 2] as const) {
    const index = await startIndex({ signoffs })
    await withCandidate(index, 'lib')
    for (const path of ['/', '/packages', '/packages/npm/lib', '/rollouts/npm:lib@1.1.0', '/rollouts/none']) {
      const { text, headers } = await index.ask('GET', path, undefined, null)
      expect(headers.get('content-security-policy')).toContain("default-src 'none'")
      expect([path, text.includes('One person suffices on this server')]).toEqual([path, signoffs === 1])
    }
    expect((await index.ask('GET', '/badge/npm:lib@1.1.0.svg', undefined, null)).text).not.toContain(
      'suffices',
    )
    await index.close()
  }
})
