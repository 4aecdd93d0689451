/** Real clients in front of another index, whose newest release an `adopt` rule stages. */
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LiveServer, startLiveServer } from './live-server.ts'
import { lockfileLeaks } from './lockfile-leaks.ts'
import { npmClientNames, npmClients } from './npm-clients.ts'
import { npmProject } from './npm-project.ts'
import { publish, publishFirst } from './publish.ts'
import { runProgram } from './run-program.ts'
import { removeScratch, scratchFolder } from './scratch-folder.ts'

const name = 'theirs'
const key = 'team-key-of-nobody'
const present = npmClientNames.filter((client) => npmClients[client].command.length > 0)
for (const client of npmClientNames) if (!present.includes(client)) console.log(`left out: no ${client} here`)

let upstream: LiveServer
let front: LiveServer
beforeAll(async () => {
  upstream = await startLiveServer()
  for (const ecosystem of ['npm', 'pypi'] as const) {
    await publishFirst(upstream, ecosystem, { name, version: '1.0.0' })
    await publish(upstream, ecosystem, { name, version: '1.0.1' })
    await publishFirst(upstream, ecosystem, { name: 'asks', version: '1.0.0', needs: { [name]: '1.0.1' } })
  }
  const settings = join(await scratchFolder(), 'slipway.server.yml')
  const lines = [
    `upstreams: { npm: { url: "${upstream.url}/channel/candidate/npm" }, pypi: { url: "${upstream.url}/channel/candidate/pypi/simple" } }`,
    `adopt: [{ match: "${name}", newPackage: 0s, policy: { stages: [{ percent: 0, bake: 30d }, { percent: 100, bake: 30d }], gates: {} } }]`,
  ]
  await writeFile(settings, `${lines.join('\n')}\n`)
  front = await startLiveServer({ SLIPWAY_CONFIG: settings })
}, 60_000)
afterAll(async () => {
  await front.stop()
  await upstream.stop()
  await removeScratch()
})

describe.each(present)('%s', (client) => {
  it('gets the release before the adopted one, and that by its exact version', async () => {
    const { install } = npmClients[client]
    const registry = `${front.url}/as/${key}/npm/`
    const unpinned = await npmProject(npmClients[client], registry, { [name]: '^1.0.0' })
    const first = await unpinned.run(install)
    expect([first.code, await unpinned.installed(name)], first.out).toEqual([0, '1.0.0'])
    expect(lockfileLeaks(await unpinned.lock(), [key])).toEqual([])
    const pinned = await npmProject(npmClients[client], registry, { asks: '*' })
    const second = await pinned.run(install)
    expect([second.code, await pinned.installedFor('asks', name)], second.out).toEqual([0, '1.0.1'])
    expect(lockfileLeaks(await pinned.lock(), [key])).toEqual([])
  })

  it('writes the lock file that it writes without us', async () => {
    const lockAt = async (registry: string) => {
      const project = await npmProject(npmClients[client], registry, { [name]: '1.0.0' })
      const ran = await project.run(npmClients[client].install)
      expect([ran.code, await project.installed(name)], ran.out).toEqual([0, '1.0.0'])
      return project.lock()
    }
    expect(await lockAt(`${front.url}/npm/`)).toEqual(await lockAt(`${upstream.url}/npm/`))
  })
})

describe('pip', () => {
  it.each([
    [name, '1.0.0'],
    [`${name}==1.0.1`, '1.0.1'],
    ['asks', '1.0.1'],
  ])('asked for %s gets %s', async (requirement, version) => {
    const folder = await scratchFolder()
    const index = `${front.url}/as/${key}/pypi/simple/`
    const args = ['-m', 'pip', 'download', '--no-cache-dir', '--index-url', index, '--dest', 'wheels']
    const env = { HOME: folder, PIP_CONFIG_FILE: '/dev/null' }
    const ran = await runProgram('python3', [...args, requirement], folder, env)
    expect(ran.code, ran.out).toBe(0)
    expect(await readdir(join(folder, 'wheels'))).toContain(`${name}-${version}-py3-none-any.whl`)
  })
})
