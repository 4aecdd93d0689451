/** `compare` of two releases of npm says who made them, as far as the registry does. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { trustFindings } from '../../../src/cli/evidence/compare-trust.ts'
import { loadPair } from '../../../src/cli/evidence/load-subjects.ts'
import { compareReleases } from '../../../src/contents/compare-releases.ts'
import { tarball } from '../../archives/odd-archives.ts'

const day = 86_400_000
const dependencies = (version: string) => (version === '1.0.0' ? {} : { fresh: '^1.0.0' })
let address = ''

const registry = createServer((request, response) => {
  const version = /^\/demo(?:\/|-)(1\.\d\.0)/.exec(request.url ?? '')?.[1]
  if (request.url === '/fresh')
    return void response.end(
      JSON.stringify({ name: 'fresh', time: { created: new Date(Date.now() - 2.5 * day).toISOString() } }),
    )
  if (version === undefined) return void response.writeHead(404).end()
  const manifest = { name: 'demo', version, dependencies: dependencies(version) }
  if (request.url?.endsWith('.tgz'))
    return void response.end(tarball([{ path: 'package/package.json', text: JSON.stringify(manifest) }]))
  const user = { name: version === '1.0.0' ? 'ada' : 'eve' }
  const dist = { tarball: `${address}/demo-${version}.tgz` }
  response.end(JSON.stringify({ ...manifest, _npmUser: user, maintainers: [{ name: 'ada' }], dist }))
})
beforeAll(async () => {
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`
})
afterAll(() => new Promise((resolve) => registry.close(resolve)))

it('a stranger, and a requirement of the day before yesterday', async () => {
  const addresses = { npm: address, pypi: address }
  const pair = await loadPair('npm:demo@1.0.0', 'npm:demo@1.1.0', { addresses, cwd: '/' })
  const files = compareReleases('npm', pair.before, pair.after)
  const found = await trustFindings(pair, files, addresses)
  expect(found.map(({ code, level, what }) => [code, level, ...what])).toEqual([
    ['publisher-new', 'ask', 'eve'],
    ['dependency-young', 'ask', 'fresh, first published 2 days before it'],
  ])
})

it('says nothing of one release beside itself', async () => {
  const addresses = { npm: address, pypi: address }
  const pair = await loadPair('npm:demo@1.1.0', 'npm:demo@1.1.0', { addresses, cwd: '/' })
  const files = compareReleases('npm', pair.before, pair.after)
  expect(await trustFindings(pair, files, addresses)).toEqual([])
})
