/** Releases of one package that come in any order, close together, or to be taken back: by npm and pip themselves. */
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LiveServer, operator, startLiveServer } from './live-server.ts'
import { npmClients } from './npm-clients.ts'
import { npmProject } from './npm-project.ts'
import { isHere } from './pip-clients.ts'
import { publish, publishFirst, wheelOf } from './publish.ts'
import { runProgram } from './run-program.ts'
import { removeScratch, scratchFolder } from './scratch-folder.ts'

const npm = npmClients['npm 11']

const hasTwine = await isHere('twine')
if (!hasTwine) console.log('left out: twine is not installed (scripts/install-tools.sh twine)')

let server: LiveServer
beforeAll(async () => {
  const settings = join(await scratchFolder(), 'slipway.server.yml')
  const stages = '[{ percent: 0, bake: 30d }, { percent: 50, bake: 30d }, { percent: 100, bake: 30d }]'
  await writeFile(settings, `policy: { stages: ${stages}, gates: {}, urgent: { by: maintain } }\n`)
  server = await startLiveServer({ SLIPWAY_CONFIG: settings })
})
afterAll(async () => {
  await server.stop()
  await removeScratch()
})

/** `npm` in a folder that knows the server and its token; its exit code must be 0. */
async function runNpm(args: readonly string[], manifest: object = {}): Promise<string> {
  const folder = await scratchFolder()
  const registry = `${server.url}/npm/`
  const token = `${registry.replace('http:', '')}:_authToken=${operator}`
  await writeFile(join(folder, '.npmrc'), `registry=${registry}\n${token}\n`)
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  const [program = '', ...first] = npm.command
  const ran = await runProgram(program, [...first, ...args], folder, { HOME: folder, ...npm.env(folder) })
  expect(ran.code, `npm ${args.join(' ')}\n${ran.out}`).toBe(0)
  return ran.out
}

const npmPublish = (name: string, version: string, ...args: readonly string[]) =>
  runNpm(['publish', ...args], { name, version })

/** The rollout of a release, as the API tells it. */
function rollout(release: string): Promise<Record<string, unknown>> {
  return server.ask('GET', `/api/v1/rollouts/${encodeURIComponent(release)}`)
}

async function stands(release: string): Promise<readonly unknown[]> {
  const { phase, percent } = await rollout(release)
  return [phase, percent]
}

const act = (release: string, action: string, body: object = {}) =>
  server.ask('POST', `/api/v1/rollouts/${encodeURIComponent(release)}/${action}`, {
    as: 'mona',
    reason: 'for the story',
    ...body,
  })

async function complete(release: string): Promise<void> {
  await act(release, 'advance', { to: 100 })
  await act(release, 'advance')
}

/** A key that is among the first half of users of a release, and one that is not. */
async function twoKeys(release: string): Promise<{ readonly inside: string; readonly outside: string }> {
  const found: { inside?: string; outside?: string } = {}
  for (let number = 0; number < 100; number += 1) {
    const key = `team-key-${number}`
    const { bucket } = await server.ask(
      'GET',
      `/api/v1/why?rollout=${encodeURIComponent(release)}&key=${key}`,
    )
    found[Number(bucket) < 5000 ? 'inside' : 'outside'] ??= key
  }
  const { inside, outside } = found
  if (inside === undefined || outside === undefined) throw new Error('100 keys all fell on one side')
  return { inside, outside }
}

/** What npm installs for a range under a key. */
async function installed(name: string, key: string, range = '*'): Promise<string | null> {
  const project = await npmProject(npm, `${server.url}/as/${key}/npm/`, { [name]: range })
  const ran = await project.run(npm.install)
  expect(ran.code, ran.out).toBe(0)
  return project.installed(name)
}

/** What pip takes for a requirement under a key. */
async function downloaded(requirement: string, key: string): Promise<readonly string[]> {
  const folder = await scratchFolder()
  const index = `${server.url}/as/${key}/pypi/simple/`
  const args = ['-m', 'pip', 'download', '--no-cache-dir', '--no-deps', '--index-url', index, '--dest', 'w']
  const env = { HOME: folder, PIP_CONFIG_FILE: '/dev/null', PIP_DISABLE_PIP_VERSION_CHECK: '1' }
  const ran = await runProgram('python3', [...args, requirement], folder, env)
  expect(ran.code, ran.out).toBe(0)
  return readdir(join(folder, 'w'))
}

async function uploaded(name: string, version: string): Promise<string> {
  await publish(server, 'pypi', { name, version })
  const release = `pypi:${name}@${version}`
  await server.ask('POST', '/api/v1/rollouts', { releases: [release] })
  return release
}

describe('npm', () => {
  it('a fix of an older line climbs beside the newer line, and never moves latest down', async () => {
    await npmPublish('lines', '1.0.0')
    await npmPublish('lines', '1.1.0')
    await complete('npm:lines@1.1.0')
    await npmPublish('lines', '1.0.1', '--tag', 'maintenance')
    expect(await stands('npm:lines@1.0.1')).toEqual(['staged', 0])
    await act('npm:lines@1.0.1', 'advance', { to: 50 })
    const { inside, outside } = await twoKeys('npm:lines@1.0.1')
    expect(await installed('lines', inside, '~1.0.0')).toBe('1.0.1')
    expect(await installed('lines', outside, '~1.0.0')).toBe('1.0.0')
    expect(await installed('lines', inside)).toBe('1.1.0')
    await complete('npm:lines@1.0.1')
    expect(await installed('lines', outside, '~1.0.0')).toBe('1.0.1')
    expect((await runNpm(['view', 'lines', 'dist-tags.latest'])).trim()).toBe('1.1.0')
  })

  it('three publishes within seconds are three live releases; the last one is taken back alone', async () => {
    await npmPublish('quick', '1.0.0')
    const versions = ['1.0.1', '1.0.2', '1.0.3']
    for (const version of versions) await npmPublish('quick', version)
    for (const version of versions) expect(await stands(`npm:quick@${version}`)).toEqual(['staged', 0])
    await act('npm:quick@1.0.2', 'advance', { to: 50 })
    await act('npm:quick@1.0.3', 'advance', { to: 50 })
    const { inside, outside } = await twoKeys('npm:quick@1.0.3')
    expect([await installed('quick', inside), await installed('quick', outside)]).toEqual(['1.0.3', '1.0.0'])
    await act('npm:quick@1.0.3', 'rollback')
    expect(await installed('quick', inside)).toBe('1.0.2')
    await complete('npm:quick@1.0.2')
    expect(await installed('quick', outside)).toBe('1.0.2')
    expect((await rollout('npm:quick@1.0.1')).phase).toBe('superseded')
  })

  it('a hotfix sends nobody back to what was before the release that it mends', async () => {
    await npmPublish('mended', '1.1.0')
    await npmPublish('mended', '1.2.0')
    await act('npm:mended@1.2.0', 'advance', { to: 50 })
    const { inside, outside } = await twoKeys('npm:mended@1.2.0')
    await npmPublish('mended', '1.2.1')
    expect(await installed('mended', inside)).toBe('1.2.0')
    await act('npm:mended@1.2.1', 'advance', { to: 50 })
    expect([await installed('mended', inside), await installed('mended', outside)]).toEqual([
      '1.2.1',
      '1.1.0',
    ])
  })

  it('stop takes a release from everybody at once and ends nothing; pause leaves it where it is', async () => {
    await npmPublish('stopped', '1.0.0')
    await npmPublish('stopped', '1.1.0')
    await act('npm:stopped@1.1.0', 'advance', { to: 50 })
    const { inside } = await twoKeys('npm:stopped@1.1.0')
    await act('npm:stopped@1.1.0', 'pause')
    expect(await installed('stopped', inside)).toBe('1.1.0')
    await act('npm:stopped@1.1.0', 'stop')
    expect(await installed('stopped', inside)).toBe('1.0.0')
    expect(await installed('stopped', inside, '1.1.0')).toBe('1.1.0')
    await act('npm:stopped@1.1.0', 'advance', { to: 50 })
    expect(await installed('stopped', inside)).toBe('1.1.0')
  })

  it('what was published as next and becomes latest begins at the bottom of its ladder', async () => {
    await npmPublish('tagged', '1.0.0')
    await npmPublish('tagged', '2.0.0', '--tag', 'next')
    expect(await installed('tagged', 'team-key-1')).toBe('1.0.0')
    expect(await installed('tagged', 'team-key-1', 'next')).toBe('2.0.0')
    await runNpm(['dist-tag', 'add', 'tagged@2.0.0', 'latest'])
    expect((await rollout('npm:tagged@2.0.0')).percent).toBe(0)
    expect(await installed('tagged', 'team-key-1')).toBe('1.0.0')
  })

  it('a release that comes when all older ones are deprecated is no first release', async () => {
    await npmPublish('left', '1.0.0')
    await npmPublish('left', '1.1.0')
    await complete('npm:left@1.1.0')
    await runNpm(['deprecate', 'left@<=1.1.0', 'broken'])
    await npmPublish('left', '1.2.0')
    expect((await rollout('npm:left@1.2.0')).percent).toBe(0)
    expect(await installed('left', 'team-key-1')).toBe('1.1.0')
  })
})

describe('pip', () => {
  it('builds of one public version go beside each other', async () => {
    await publishFirst(server, 'pypi', { name: 'builds', version: '2.0' })
    await publish(server, 'pypi', { name: 'builds', version: '2.1+cpu' })
    await publish(server, 'pypi', { name: 'builds', version: '2.1+cu118' })
    for (const version of ['2.1+cpu', '2.1+cu118']) {
      expect((await rollout(`pypi:builds@${version}`)).phase).toBe('staged')
      expect(await downloaded(`builds==${version}`, 'team-key-1')).toEqual([
        `builds-${version}-py3-none-any.whl`,
      ])
    }
    expect(await downloaded('builds', 'team-key-1')).toEqual(['builds-2.0-py3-none-any.whl'])
  })

  it('a fix of an older minor comes after a newer one', async () => {
    await publishFirst(server, 'pypi', { name: 'backport', version: '4.1.0' })
    await complete(await uploaded('backport', '4.2.0'))
    const fix = await uploaded('backport', '4.1.1')
    await complete(fix)
    expect(await downloaded('backport~=4.1.0', 'team-key-1')).toEqual(['backport-4.1.1-py3-none-any.whl'])
    expect(await downloaded('backport', 'team-key-1')).toEqual(['backport-4.2.0-py3-none-any.whl'])
  })

  it('a release that comes when all older ones are yanked is no first release', async () => {
    await publishFirst(server, 'pypi', { name: 'yanked', version: '1.0' })
    await complete(await uploaded('yanked', '1.1'))
    for (const version of ['1.0', '1.1'])
      await server.ask('POST', '/api/v1/packages/pypi/yanked/yank', { version, reason: 'broken' })
    const next = await uploaded('yanked', '1.2')
    expect((await rollout(next)).percent).toBe(0)
    expect(await downloaded('yanked==1.2', 'team-key-1')).toEqual(['yanked-1.2-py3-none-any.whl'])
  })

  it('a candidate that its publisher yanks climbs no further, and is taken back', async () => {
    await publishFirst(server, 'pypi', { name: 'regretted', version: '1.0' })
    const candidate = await uploaded('regretted', '1.1')
    await act(candidate, 'advance', { to: 50 })
    const { inside } = await twoKeys(candidate)
    expect(await downloaded('regretted', inside)).toEqual(['regretted-1.1-py3-none-any.whl'])
    await server.ask('POST', '/api/v1/packages/pypi/regretted/yank', { version: '1.1', reason: 'broken' })
    expect(await downloaded('regretted', inside)).toEqual(['regretted-1.0-py3-none-any.whl'])
    await expect.poll(() => stands(candidate), { timeout: 60_000 }).toEqual(['rolled-back', 0])
  })
})

describe.runIf(hasTwine)('twine', () => {
  /** `twine upload` of wheels of these versions, all at once. */
  async function upload(name: string, ...versions: readonly string[]): Promise<void> {
    const folder = await scratchFolder()
    const files: string[] = []
    for (const version of versions) files.push(await wheelOf(folder, { name, version }))
    const to = ['--repository-url', `${server.url}/pypi/legacy/`, '-u', '__token__', '-p', operator]
    const args = ['upload', '--non-interactive', '--disable-progress-bar', ...to, ...files]
    const env = { HOME: folder, PYTHON_KEYRING_BACKEND: 'keyring.backends.null.Keyring' }
    const ran = await runProgram('twine', args, folder, env)
    expect(ran.code, ran.out).toBe(0)
  }
  const start = (...releases: readonly string[]) => server.ask('POST', '/api/v1/rollouts', { releases })

  it('uploads builds of one public version together: one rollout, pins of both, nobody else', async () => {
    await upload('torchlike', '2.0')
    await start('pypi:torchlike@2.0')
    await upload('torchlike', '2.1+cpu', '2.1+cu118')
    const [cpu, cuda] = [await rollout('pypi:torchlike@2.1+cpu'), await rollout('pypi:torchlike@2.1+cu118')]
    expect([cpu.id, cpu.phase]).toEqual([cuda.id, 'staged'])
    for (const build of ['2.1+cpu', '2.1+cu118'])
      expect(await downloaded(`torchlike==${build}`, 'team-key-1')).toEqual([
        `torchlike-${build}-py3-none-any.whl`,
      ])
    expect(await downloaded('torchlike', 'team-key-1')).toEqual(['torchlike-2.0-py3-none-any.whl'])
  })

  it('uploads 4.1.1 after 4.2.0, and both in one go: each climbs, none takes the other back', async () => {
    await upload('weblike', '4.1.0')
    await start('pypi:weblike@4.1.0')
    await upload('weblike', '4.2.0')
    await start('pypi:weblike@4.2.0')
    await act('pypi:weblike@4.2.0', 'advance', { to: 50 })
    const { inside, outside } = await twoKeys('pypi:weblike@4.2.0')
    await upload('weblike', '4.1.1', '4.2.1')
    for (const version of ['4.1.1', '4.2.1']) await start(`pypi:weblike@${version}`)
    expect(await stands('pypi:weblike@4.2.0')).toEqual(['rolling', 50])
    expect(await downloaded('weblike', inside)).toEqual(['weblike-4.2.0-py3-none-any.whl'])
    await act('pypi:weblike@4.1.1', 'advance', { to: 50 })
    await act('pypi:weblike@4.2.1', 'advance', { to: 50 })
    expect(await downloaded('weblike', inside)).toEqual(['weblike-4.2.1-py3-none-any.whl'])
    expect(await downloaded('weblike~=4.1.0', inside)).toEqual(['weblike-4.1.1-py3-none-any.whl'])
    expect(await downloaded('weblike', outside)).toEqual(['weblike-4.1.0-py3-none-any.whl'])
    await act('pypi:weblike@4.2.1', 'rollback')
    expect(await downloaded('weblike', inside)).toEqual(['weblike-4.2.0-py3-none-any.whl'])
  })
})
