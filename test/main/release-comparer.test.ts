import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { createHostedComparer } from '../../src/contents/hosted/compare-hosted.ts'
import { compareInThread } from '../../src/contents/hosted/compare-thread.ts'
import { createReleaseComparer } from '../../src/main/release-comparer.ts'
import { openMemory } from '../../src/stores/memory/open-memory.ts'
import { fileRecord, hostFile } from '../engine/world.ts'
import { packNpm } from '../server/running-server.ts'

const stores = openMemory({ now: () => 0 })
const comparer = createReleaseComparer(
  createHostedComparer({
    ...stores,
    overlay: null,
    verify: async () => ({ ok: false, why: 'not asked' }),
    run: compareInThread,
  }),
)

/** A real tarball with this manifest, stored as a version. */
async function host(version: string, manifest: object = {}, change: object = {}): Promise<void> {
  const bytes = await packNpm('lib', version, manifest)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  await stores.blobs.put(sha256, bytes)
  await hostFile(stores, `npm:lib@${version}`, {
    ...fileRecord(`lib-${version}.tgz`, 0),
    sha256,
    size: bytes.length,
    ...change,
  })
}

beforeAll(async () => {
  await host('1.0.0')
  await host('1.0.1')
  await host('1.0.2', { main: 'gone.js' })
  await host('1.0.3', {}, { size: 1e9 })
  await host('1.0.4', {}, { sha256: '0'.repeat(64) })
})

describe('releases read side by side in a thread', () => {
  it.each([
    ['alike', '1.0.1', 'nothing'],
    ['with an entry that is not there', '1.0.2', 'stop'],
    ['too large to be read', '1.0.3', null],
    ['whose bytes are gone', '1.0.4', null],
    ['that are not here', '9.9.9', null],
  ])('%s', async (_, version, loudest) => {
    expect(await comparer.loudest('npm:lib@1.0.0', `npm:lib@${version}`)).toBe(loudest)
  })

  it('answers those who ask at the same time each their own', async () => {
    const answers = await Promise.all(
      ['1.0.1', '1.0.2', '1.0.1', '9.9.9'].map((version) =>
        comparer.loudest('npm:lib@1.0.0', `npm:lib@${version}`),
      ),
    )
    expect(answers).toEqual(['nothing', 'stop', 'nothing', null])
  })
})
