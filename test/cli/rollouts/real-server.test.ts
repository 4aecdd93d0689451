import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { npmTarball, wheel } from '../../action/package-files.ts'
import { type RealServer, realServer } from '../real-server.ts'
import { spawnCli } from '../spawn-cli.ts'

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
    const [first, ...rest] = run.err.trimEnd().split('\n')
    expect([first, rest.pop()]).toEqual([
      'reserving npm:demo@1.2.0, pypi:demo-lib@1.2.0',
      'starting npm:demo@1.2.0, pypi:demo-lib@1.2.0',
    ])
    // Both go up at the same time; whichever is done first is told first.
    expect(rest.map((line) => line.slice(0, 'uploaded 1/2'.length))).toEqual(['uploaded 1/2', 'uploaded 2/2'])
    expect(rest.map((line) => line.split(' ')[2]).sort()).toEqual([
      'demo-1.2.0.tgz',
      'demo_lib-1.2.0-py3-none-any.whl',
    ])
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

  it('a forgotten wheel comes in with a restart; what cannot be is refused before anything is done', async () => {
    const id = 'pypi:demo-lib@1.4.0'
    const wheelFile = 'demo_lib-1.4.0-py3-none-any.whl'
    await wheel(folder, 'demo-lib', '1.3.0')
    await cli('publish', 'demo_lib-1.3.0-py3-none-any.whl')
    await wheel(folder, 'demo-lib', '1.4.0')
    await cp(join(folder, wheelFile), join(folder, 'demo_lib-1.4.0-py2-none-any.whl'))
    await cli('publish', wheelFile)
    const why = ['--as', 'ada', '--reason', 'a wheel was forgotten']
    await cli('advance', id, ...why)
    const late = await cli('publish', 'demo_lib-1.4.0-py2-none-any.whl')
    expect(late.code).toBe(1)
    expect(late.err).toContain(
      'taken back (slipway rollback) and begun again (slipway start --restart --files)',
    )
    await cli('rollback', id, ...why)
    const begin = (...args: string[]) => cli('start', id, ...why, ...args)
    const plain = await begin('--files', 'demo_lib-1.4.0-py2-none-any.whl')
    expect(plain).toMatchObject({ code: 2, err: expect.stringContaining('expected --restart beside them') })
    const other = await begin('--restart', '--files', 'demo_lib-1.2.0-py3-none-any.whl')
    expect(other.code).toBe(2)
    expect(other.err).toContain(`got pypi:demo-lib@1.2.0, expected a file of ${id}`)
    expect((await cli('status', id)).out).toContain('rolled-back')
    const begun = await begin('--restart', '--files', 'demo_lib-1.4.0-py2-none-any.whl')
    expect([begun.code, begun.err]).toEqual([0, ''])
    expect(begun.out).toContain(`${id}  staged  0 %`)
    const page = await (await fetch(`${server.url}/channel/candidate/pypi/simple/demo-lib/`)).text()
    expect(page).toContain('demo_lib-1.4.0-py2-none-any.whl')
  })

  it('a package of somebody else is refused before it is stored', async () => {
    await npmTarball(folder, 'stranger', '1.0.0')
    const run = await cli('publish', 'stranger-1.0.0.tgz')
    expect(run.code).toBe(1)
    expect(run.err).toContain('Nothing was uploaded.')
    expect((await fetch(`${server.url}/npm/stranger`)).status).toBe(404)
  })

  it('packages are described, yanked, labelled and blocked by their names', async () => {
    await npmTarball(folder, 'demo', '3.0.0')
    await cli('publish', 'demo-3.0.0.tgz')
    const operator = (...args: string[]) => server.cli(server.admin, 'package', ...args)
    expect((await operator('status', 'npm:demo')).out).toBe('npm:demo is active\n')
    expect((await operator('status', 'npm:demo', 'deprecated', '--reason', 'use other')).out).toBe(
      'npm:demo is deprecated: use other\n',
    )
    expect((await operator('label', 'npm:demo@1.0.0', 'unsupported', '--reason', 'too old')).code).toBe(0)
    expect((await operator('yank', 'npm:demo@1.0.0', '--reason', 'leaks')).out).toBe(
      'npm:demo@1.0.0: yank done: leaks\n',
    )
    const blocked = await operator('block', 'npm:demo@1.1.0', '--reason', 'evil', '--json')
    expect(JSON.parse(blocked.out)).toMatchObject({ releases: ['npm:demo@1.1.0'] })
    const shown = await operator('show', 'npm:demo')
    expect(shown.out).toMatch(/^npm:demo {2}deprecated: use other$/m)
    expect(shown.out).toMatch(/^ {2}1\.0\.0 .*withdrawn: leaks; unsupported: too old$/m)
    expect(shown.out).toMatch(/^ {2}1\.1\.0 .*blocked: evil$/m)
    await operator('unyank', 'npm:demo@1.0.0')
    await operator('unlabel', 'npm:demo@1.0.0')
    expect((await operator('show', 'npm:demo')).out).not.toContain('leaks')
  })

  it('an owner and the workflows that may publish are set and shown', async () => {
    const operator = (...args: string[]) => server.cli(server.admin, 'package', ...args)
    expect((await operator('owner', 'npm:@acme/lib')).err).toContain('npm:@acme/lib has no owner')
    const asked = await operator('owner', 'npm:@acme/lib', 'acme/lib')
    expect(asked.err).toContain('This server has no GitHub App that could look it up.')
    expect(asked.code).toBe(1)
    expect((await operator('owner', 'npm:@acme/lib', 'acme/lib', '--id', '42')).out).toBe(
      'npm:@acme/lib belongs to acme/lib (42)\n',
    )
    const publisher = [
      '--repository-id',
      '42',
      '--owner-id',
      '9',
      '--workflow',
      '.github/workflows/release.yml',
    ]
    await operator('publishers', 'npm:@acme/lib', ...publisher)
    expect((await operator('publishers', 'npm:@acme/lib', ...publisher, '--environment', 'prod')).out).toBe(
      '.github/workflows/release.yml of the repository 42\n' +
        '.github/workflows/release.yml of the repository 42 in the environment prod\n',
    )
    expect((await operator('publishers', 'npm:@acme/lib', '--remove')).out).toBe(
      'no workflow may publish npm:@acme/lib\n',
    )
    expect((await operator('publishers', 'npm:@acme/lib', '--workflow', 'x.yml')).code).toBe(2)
  })

  it('an audit prints what it walked, as text and as JSON', async () => {
    const text = await server.cli(server.admin, 'audit', '--dry-run')
    expect([text.code, text.err]).toEqual([0, ''])
    expect(text.out).toMatch(/^\d+ packages?, \d+ files?: 0 findings, 0 repaired\n$/)
    expect(JSON.parse((await server.cli(server.admin, 'audit', '--json')).out)).toMatchObject({
      findings: [],
    })
  })
})
