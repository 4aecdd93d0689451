import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type RealServer, realServer } from '../cli/real-server.ts'
import { type Asked, type Loopback, loopback, type Reply } from './loopback.ts'
import { emptyFolder, npmTarball, writeTree } from './package-files.ts'
import { rolloutAnswer } from './rollout-answer.ts'
import { spawnAction } from './spawn-action.ts'

let server: Loopback | undefined
afterEach(() => server?.close())

async function on(answer: (asked: Asked) => Reply | undefined): Promise<Loopback> {
  server = await loopback(answer)
  return server
}

const ended = (phase: string) => rolloutAnswer({ phase, percent: phase === 'completed' ? 100 : 0 })

describe('a whole rollout by the Action against the real server', { timeout: 60_000 }, () => {
  let index: RealServer
  let token = ''
  beforeAll(async () => {
    index = await realServer()
    token = await index.token('npm:*')
  })
  afterAll(() => index.stop())

  const step = async (command: string, inputs: Readonly<Record<string, string>> = {}, env = {}) =>
    spawnAction({ command, server: index.url, token, ...inputs }, index.folder, env)

  it('publishes, approves nothing twice, advances, pauses, resumes, waits and rolls back', async () => {
    await npmTarball(index.folder, 'lib', '1.0.0')
    expect((await step('publish', { files: '*.tgz' })).outputs.phase).toBe('completed')
    await npmTarball(index.folder, 'lib', '1.1.0')
    const published = await step('publish', { files: 'lib-1.1.0.tgz', packages: 'npm:lib' })
    expect(published.outputs).toMatchObject({ phase: 'staged', percent: '0' })
    const again = await step('publish', { files: 'lib-1.1.0.tgz' })
    expect(again.log).toContain('already there 1/1 lib-1.1.0.tgz')
    expect(again.outputs.rollout).toBe(published.outputs.rollout)

    const rollout = 'npm:lib@1.1.0'
    const by = { rollout, as: 'mona', reason: 'all is well' }
    const dry = await step('advance', { ...by, 'dry-run': 'true' })
    expect([dry.code, dry.outputs.percent]).toEqual([0, '0'])
    expect(dry.log).toContain('::notice::dry run: would advance npm:lib@1.1.0')
    expect((await step('status', { rollout })).outputs.percent).toBe('0')

    const nobody = await step('advance', { rollout, reason: 'x' })
    expect([nobody.code, nobody.outputs.percent]).toEqual([1, undefined])
    const manual = { GITHUB_EVENT_NAME: 'workflow_dispatch', GITHUB_ACTOR: 'mona' }
    const advanced = await step('advance', { rollout, reason: 'all is well' }, manual)
    expect(advanced.errors).toEqual([])
    expect(advanced.outputs).toMatchObject({ phase: 'rolling', percent: '5' })
    expect(advanced.log).toContain('::notice::npm:lib@1.1.0: staged, 0 %25 → rolling, 5 %25')
    const further = await step('advance', { ...by, to: '25' })
    expect(further.outputs.percent).toBe('25')
    expect((await step('pause', by)).outputs.phase).toBe('paused')
    expect((await step('resume', by)).outputs.phase).toBe('rolling')
    const lowered = await step('lower', { ...by, to: '5' })
    expect(lowered.outputs).toMatchObject({ phase: 'paused', percent: '5' })
    const stopped = await step('stop', by)
    expect(stopped.outputs).toMatchObject({ phase: 'paused', percent: '0' })
    expect(stopped.log).toContain('paused, 5 %25 → paused, 0 %25')
    expect((await step('advance', { ...by, to: '25' })).outputs).toMatchObject({
      phase: 'rolling',
      percent: '25',
    })
    const reached = await step('wait', { rollout, until: '25' })
    expect([reached.code, reached.outputs.percent]).toEqual([0, '25'])
    expect(reached.summary).toContain('| stage | name | state |')
    expect((await step('rollback', by)).outputs).toMatchObject({ phase: 'rolled-back', percent: '0' })
    const over = await step('wait', { rollout, until: '50%' })
    expect(over.code).toBe(1)
    expect(over.errors[0]).toContain('rolled-back, 0 %, so it will not be 50 %')
    expect((await step('approve', by)).code).toBe(1)
    const restarted = await step('start', { releases: rollout, restart: 'true', reason: 'fixed', as: 'mona' })
    expect(restarted.errors).toEqual([])
    expect(restarted.outputs.phase).toBe('staged')
    expect(restarted.outputs.rollout).not.toBe(published.outputs.rollout)
  })

  it('publishes a file with the attestation beside it, which the index verifies and then serves', async () => {
    const name = 'pypi_attestations-0.0.19.tar.gz'
    for (const file of [name, `${name}.publish.attestation`])
      await copyFile(new URL(`../fixtures/attestations/${file}`, import.meta.url), join(index.folder, file))
    const own = { token: await index.token('pypi:*'), files: 'pypi_attestations-*' }
    const run = await step('publish', own)
    expect([run.code, run.errors]).toEqual([0, []])
    const accept = 'application/vnd.pypi.simple.v1+json'
    const page = await fetch(`${index.url}/pypi/simple/pypi-attestations/`, { headers: { accept } })
    const { files } = (await page.json()) as { files: { provenance: string }[] }
    const provenance = await (await fetch(files[0]?.provenance ?? '')).json()
    const attestation = JSON.parse(await readFile(join(index.folder, `${name}.publish.attestation`), 'utf8'))
    expect(provenance).toMatchObject({ attestation_bundles: [{ attestations: [attestation] }] })
  })

  it('two runs that publish the same at once both succeed and share one rollout', async () => {
    await npmTarball(index.folder, 'twice', '1.0.0')
    await npmTarball(index.folder, 'twice', '1.1.0')
    await step('publish', { files: 'twice-1.0.0.tgz' })
    const both = await Promise.all([1, 2].map(() => step('publish', { files: 'twice-1.1.0.tgz' })))
    for (const run of both) expect(run.outputs.rollout, run.log).toBe(both[0]?.outputs.rollout)
  })
})

describe('wait', () => {
  it('asks until the rollout is where it should be, and names every move', async () => {
    const places = [rolloutAnswer(), rolloutAnswer(), rolloutAnswer({ phase: 'held' }), ended('completed')]
    const { url, asked } = await on(() => ({ body: places.length > 1 ? places.shift() : places[0] }))
    const run = await spawnAction(
      { command: 'wait', server: url, rollout: 'npm:demo@1.1.0', interval: '1s' },
      await emptyFolder(),
    )
    expect([run.code, run.outputs.phase, asked.length]).toEqual([0, 'completed', 4])
    const notices = run.log.split('\n').filter((line) => line.startsWith('::notice::'))
    expect(notices[0]).toContain('rolling, 5 %25 → held, 5 %25')
    expect(notices[1]).toContain('held, 5 %25 → completed, 100 %25')
  })

  it.each<[string, Record<string, string>, Reply, number, string]>([
    ['the deadline is over', { deadline: '1s' }, { body: rolloutAnswer() }, 1, 'before the deadline of 1s'],
    [
      'it was rolled back',
      {},
      { body: ended('rolled-back') },
      1,
      'rolled-back, 0 %, so it will not be completed',
    ],
    [
      'there is no such rollout',
      {},
      { status: 404, body: { detail: 'There is no rollout x.' } },
      1,
      'no rollout x',
    ],
    ['the target is none', { until: 'soon' }, {}, 1, 'until: got "soon", expected a percent from 0 to 100'],
    ['a percent is none', { until: '101' }, {}, 1, 'until: got "101", expected a percent'],
  ])('is red when %s', async (_, inputs, reply, code, message) => {
    const { url } = await on(() => reply)
    const given = { command: 'wait', server: url, rollout: 'x', interval: '1s', ...inputs }
    const run = await spawnAction(given, await emptyFolder())
    expect(run.code).toBe(code)
    expect(run.errors.join()).toContain(message)
  })

  it('exits 3 when nobody answers, with where the rollout was last', async () => {
    let answers = 1
    const { url } = await on(() => (answers-- > 0 ? { body: rolloutAnswer() } : { status: 502, body: 'bad' }))
    const given = { command: 'wait', server: url, rollout: 'x', interval: '1s' }
    const run = await spawnAction(given, await emptyFolder())
    expect(run.code).toBe(3)
    expect(run.errors[0]).toContain('When last heard of it was rolling, 5 %')
  }, 60_000)
})

describe('a step', () => {
  it('says after a lost answer that it is not known what happened, and does not ask twice', async () => {
    const { url, asked } = await on(({ method }) =>
      method === 'GET' ? { body: rolloutAnswer() } : { status: 502, body: 'bad gateway' },
    )
    const given = { command: 'rollback', server: url, token: 't', rollout: 'x' }
    const run = await spawnAction(given, await emptyFolder())
    expect(run.code).toBe(3)
    expect(run.errors[0]).toContain(
      'Whether the server did it is not known; before, the rollout was rolling, 5 %',
    )
    expect(asked.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })

  it('cuts a summary that GitHub would drop, at the end of a line', async () => {
    const gate = { gate: 'bake', answer: 'wait', sentence: 'ü'.repeat(1000) }
    const explanation = rolloutAnswer().explanation as object
    const many = rolloutAnswer({
      explanation: { ...explanation, gates: Array.from({ length: 900 }, () => gate) },
    })
    const { url } = await on(() => ({ body: many }))
    const run = await spawnAction({ command: 'status', server: url, rollout: 'x' }, await emptyFolder())
    expect(Buffer.byteLength(run.summary)).toBeLessThan(1024 * 1024)
    expect(run.summary).toMatch(/ü \|\n\n\(shortened: the whole would be \d+ bytes\)\n/)
  })

  it.each<[string, Record<string, string>, string]>([
    ['advance', { to: 'all' }, 'to: got "all", expected the percent of a stage'],
    ['status', { rollout: '' }, 'rollout: got nothing, expected a rollout id'],
    ['start', { releases: 'demo' }, 'releases: got "demo", expected a release id'],
    ['start', {}, 'releases: got nothing, expected releases such as'],
    [
      'start',
      { releases: 'npm:a@1.0.0', policy: 'none.yml' },
      'policy: got "none.yml", expected a YAML or JSON file',
    ],
    ['pause', { 'dry-run': 'yes' }, 'dry-run: got "yes", expected true or false'],
  ])('%s with %j sends nothing', async (command, inputs, message) => {
    const { url, asked } = await on(() => ({ body: rolloutAnswer() }))
    const rollout = command === 'start' ? {} : { rollout: 'x' }
    const run = await spawnAction(
      { command, server: url, token: 't', ...rollout, ...inputs },
      await emptyFolder(),
    )
    expect([run.code, run.errors.length]).toEqual([1, 1])
    expect(run.errors[0]).toContain(message)
    expect(asked.filter(({ method }) => method !== 'GET')).toEqual([])
  })

  it('annotates problems of the own file at their lines and sends nothing', async () => {
    const { url, asked } = await on(() => ({ body: rolloutAnswer() }))
    const folder = await emptyFolder()
    const text = 'releases:\n  - package: npm:demo\n    stagez: []\n    profile: swift\n'
    await writeTree(folder, { '.github/slipway.yml': text })
    const run = await spawnAction(
      { command: 'start', server: url, token: 't', releases: 'npm:demo@1.1.0' },
      folder,
    )
    expect(run.log).toContain('::error title=Slipway,file=.github/slipway.yml,line=3,col=5::')
    expect(run.log).toContain('::error title=Slipway,file=.github/slipway.yml,line=4,col=14::')
    expect(run.errors.at(-1)).toContain('.github/slipway.yml:3:5 ')
    expect([run.code, asked.length]).toEqual([1, 0])
  })
})
