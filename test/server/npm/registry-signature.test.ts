import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../clients.ts'
import { publishNpm, startIndex, type TestIndex } from '../running-server.ts'
import { scratchFolder } from '../scratch-folder.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

interface Pacote {
  manifest(spec: string, options: object): Promise<{ readonly _signatures?: readonly object[] }>
}

/** What `npm audit signatures` verifies with, of the npm on this machine; npm itself asks the internet first. */
async function verify(spec: string) {
  const folder = await scratchFolder()
  const { out } = await run('sh', ['-c', 'readlink -f "$(command -v npm)"'], folder)
  const pacote = createRequire(out.trim())('pacote') as Pacote
  const registry = `${index.url}/npm/`
  const { keys } = (await index.ask('GET', '/npm/-/npm/v1/keys', undefined, null)).json as {
    keys: { key: string }[]
  }
  const known = keys.map((one) => ({
    ...one,
    pemkey: `-----BEGIN PUBLIC KEY-----\n${one.key}\n-----END PUBLIC KEY-----`,
  }))
  return pacote.manifest(spec, {
    registry,
    cache: join(folder, 'cache'),
    verifySignatures: true,
    [`${registry.replace('http:', '')}:_keys`]: known,
  })
}

describe('a package that is published here', () => {
  it('is signed by this registry, and npm verifies it', async () => {
    await publishNpm(index, '@acme/signed', '1.0.0')
    expect((await verify('@acme/signed@1.0.0'))._signatures).toHaveLength(1)
  })

  it('under the signature of another is refused', async () => {
    await publishNpm(index, 'other', '1.0.0')
    await publishNpm(index, 'forged', '1.0.0')
    const forged = await index.stores.packages.get('npm:forged')
    const version = forged?.versions['1.0.0']
    const [file] = version?.files ?? []
    const [mine] = (await index.stores.packages.get('npm:other'))?.versions['1.0.0']?.files ?? []
    if (!forged || !version || !file || !mine?.signature) throw new Error('both were published')
    const files = [{ ...file, signature: mine.signature }]
    await index.stores.packages.put(
      { ...forged, revision: forged.revision + 1, versions: { '1.0.0': { ...version, files } } },
      forged.revision,
    )
    await expect(verify('forged@1.0.0')).rejects.toMatchObject({ code: 'EINTEGRITYSIGNATURE' })
  })
})
