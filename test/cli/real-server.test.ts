import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { npmTarball, wheel } from '../action/package-files.ts'
import { type RealServer, realServer } from './real-server.ts'
import { spawnCli } from './spawn-cli.ts'

let server: RealServer
let folder = ''
let token = ''

beforeAll(async () => {
  server = await realServer()
  folder = server.folder
}, 60_000)
afterAll(async () => {
  expect(await server.stop()).toBe(0)
})

const cli = (...args: string[]) => server.cli(token, ...args)

describe('with a real server', { timeout: 120_000 }, () => {
  it('a token is made with the operator’s own', async () => {
    const args = [
      'token',
      'create',
      '--scopes',
      'publish,operate',
      '--packages',
      'npm:demo,pypi:demo-lib',
      '--json',
    ]
    const made = await spawnCli(args, {
      SLIPWAY_SERVER: server.url,
      SLIPWAY_ADMIN_TOKEN: server.admin,
    })
    expect(made.code).toBe(0)
    token = JSON.parse(made.out).token
    const refused = await spawnCli(args, { SLIPWAY_SERVER: server.url })
    expect([refused.code, refused.out]).toEqual([1, ''])
  })

  it('a first release is visible at once, the next one is staged and comes back', async () => {
    await npmTarball(folder, 'demo', '1.0.0')
    await npmTarball(folder, 'demo', '1.1.0')
    expect((await cli('publish', 'demo-1.0.0.tgz')).out).toMatch(/^npm:demo@1\.0\.0 {2}completed {2}100 %\n/)
    expect((await cli('publish', 'demo-1.1.0.tgz')).out).toMatch(/^npm:demo@1\.1\.0 {2}staged {2}0 %\n/)
    expect((await cli('advance', 'npm:demo@1.1.0', '--as', 'ada', '--reason', 'try it')).out).toContain(
      'npm:demo@1.1.0  rolling  5 %',
    )
    const back = await cli('rollback', 'npm:demo@1.1.0', '--as', 'ada', '--reason', 'broken')
    expect([back.code, back.err]).toEqual([0, ''])
    const status = await cli('status', 'npm:demo@1.1.0')
    expect(status.code).toBe(1)
    expect(status.out).toContain('npm:demo@1.1.0  rolled-back  0 %')
    expect(status.out).toContain('broken')
    const document: unknown = await (await fetch(`${server.url}/npm/demo`)).json()
    expect(document).toMatchObject({ 'dist-tags': { latest: '1.0.0' } })
  })

  it('packages that are published together roll out together', async () => {
    await npmTarball(folder, 'demo', '1.2.0')
    await wheel(folder, 'demo-lib', '1.2.0')
    const run = await cli('publish', 'demo-1.2.0.tgz', 'demo_lib-1.2.0-py3-none-any.whl', '--json')
    expect(run.err).toBe(
      [
        'reserving npm:demo@1.2.0, pypi:demo-lib@1.2.0',
        'uploaded 1/2 demo-1.2.0.tgz',
        'uploaded 2/2 demo_lib-1.2.0-py3-none-any.whl',
        'starting npm:demo@1.2.0, pypi:demo-lib@1.2.0',
        '',
      ].join('\n'),
    )
    expect(JSON.parse(run.out).rollout.releases).toHaveLength(2)
  })

  it('publishing the same files again changes nothing, other bytes are refused', async () => {
    const again = await cli('publish', 'demo-1.2.0.tgz', 'demo_lib-1.2.0-py3-none-any.whl')
    expect(again.code).toBe(0)
    await wheel(folder, 'demo-lib', '1.2.0', 'OTHER = 1\n')
    const other = await cli('publish', 'demo_lib-1.2.0-py3-none-any.whl')
    expect(other.code).toBe(1)
    expect(other.err).toContain('File already exists')
  })

  it('a package of somebody else is refused before it is stored', async () => {
    await npmTarball(folder, 'stranger', '1.0.0')
    const run = await cli('publish', 'stranger-1.0.0.tgz')
    expect(run.code).toBe(1)
    expect(run.err).toContain('Nothing was uploaded.')
    expect((await fetch(`${server.url}/npm/stranger`)).status).toBe(404)
  })
})
