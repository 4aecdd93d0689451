import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { publishInRefs } from '../../../src/action/publish-step.ts'
import { openWorld, type World, type WorldOptions } from '../../../src/action/serverless/open-world.ts'
import { startInRefs } from '../../../src/action/serverless/start-rollout.ts'
import { stepLog } from '../../../src/action/serverless/step-log.ts'
import { tickOnce } from '../../../src/action/tick-step.ts'
import { parseSlipwayFile } from '../../../src/config/policy/slipway-file.ts'
import type { Engine } from '../../../src/engine/core/engine.ts'
import { createNpmRegistry } from '../../../src/registries/npm/npm-registry.ts'
import { type Rig, startRig } from '../../github-stand-in/rig.ts'
import { hasVerdaccio, startVerdaccio, type Verdaccio } from '../../registries/verdaccio.ts'
import { emptyFolder, npmTarball, writeTree } from '../package-files.ts'

const hour = 60 * 60_000
const ownFile = (name: string) => `releases:
  - package: npm:${name}
    stages:
      - { percent: 0, bake: 1h }
      - { percent: 50, bake: 1h }
      - { percent: 100, bake: 1h }
    gates: {}
`

const isThere = hasVerdaccio()
if (!isThere) console.log('left out: Verdaccio is not installed (npm ci --prefix bench)')

describe.runIf(isThere)('a rollout without a server', () => {
  let rig: Rig
  let verdaccio: Verdaccio
  beforeAll(async () => {
    vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    vi.stubEnv('GITHUB_EVENT_NAME', 'release')
    ;[rig, verdaccio] = await Promise.all([startRig(), startVerdaccio()])
  })
  afterAll(async () => {
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
    await Promise.all([rig.close(), verdaccio.close()])
  })

  /** Each call of the returned function is a run of its own: nothing is left in memory from the one before. */
  async function repository(name: string, npmToken: string | null, text = ownFile(name)) {
    const fullName = `acme/${name}`
    const { id } = await rig.github.createRepository({
      fullName,
      files: { '.github/slipway.yml': text, 'package.json': '{}' },
    })
    await verdaccio.publish(name, '1.0.0', 'latest')
    await verdaccio.publish(name, '1.1.0', 'next')
    const file = parseSlipwayFile(text)
    if (!file.ok) throw new Error('the file is wrong')
    // Comments have the time of the real clock; none must come before what it is about.
    let now = Date.now() - 30 * 24 * hour
    const warnings: string[] = []
    const inRun = async <T>(
      work: (world: World<Engine>) => Promise<T>,
      changes: Partial<WorldOptions> = {},
    ): Promise<T> => {
      const world = await openWorld({
        repository: { id: String(id), fullName },
        token: rig.github.token('github-root'),
        canaryToken: null,
        apiUrl: rig.github.url,
        webUrl: 'https://github.example',
        file: file.file,
        registries: [createNpmRegistry({ url: verdaccio.url, token: npmToken })],
        clock: { now: () => now },
        log: {
          info: () => {},
          warn: (message, fields) => {
            // The clock here is the test's own.
            if (!message.startsWith('the clock')) warnings.push(`${message} ${JSON.stringify(fields)}`)
          },
          error: (message, fields) => warnings.push(`${message} ${JSON.stringify(fields)}`),
        },
        throttle: false,
        ...changes,
      })
      try {
        return await work(world)
      } finally {
        await world.close()
      }
    }
    return {
      fullName,
      warnings,
      inRun,
      pass: (ms: number) => {
        now += ms
      },
      tick: () => inRun(tickOnce),
      place: () =>
        inRun(async ({ engine }) => {
          const state = engine.find(`npm:${name}@1.1.0`)
          if (state === null) return 'none'
          const { phase, percent } = engine.explain(state)
          return `${phase} ${percent}`
        }),
    }
  }

  it('says no percent where the file names no ladder, and warns of one with percents', async () => {
    const written = vi.mocked(process.stdout.write)
    const plain = await repository(
      'gate',
      verdaccio.token,
      'releases:\n  - { package: "npm:gate", gates: {} }\n',
    )
    written.mockClear()
    await plain.inRun((world) => startInRefs(world, ['npm:gate@1.1.0']))
    const told = () => written.mock.calls.map(([text]) => String(text)).join('')
    expect(told()).not.toMatch(/::warning::the stages|\d+ %/)
    const [issue] = await rig.github.issues(plain.fullName)
    expect(issue?.body).toContain('**evidence** → everybody')
    expect(issue?.body?.replace(/weight are decided \(\d+ %\)/, '')).not.toMatch(/\d %/)
    plain.pass(hour + 1)
    await plain.tick()
    expect((await verdaccio.tags('gate')).latest).toBe('1.1.0')

    const ladder = await repository('percents', verdaccio.token)
    await ladder.inRun((world) => startInRefs(world, ['npm:percents@1.1.0']))
    expect(told()).toContain(
      '::warning::the stages at 50 %25 are time and evidence here, nobody is in a percent',
    )
  })

  it('runs from next to latest over many runs, tells its issue, and goes back when asked', async () => {
    const lib = await repository('climb', verdaccio.token)
    await lib.inRun((world) => startInRefs(world, ['npm:climb@1.1.0']))
    expect(await lib.place()).toBe('staged 0')
    const places: string[] = []
    for (let tick = 0; tick < 3; tick += 1) {
      lib.pass(hour + 1)
      await lib.tick()
      places.push(`${await lib.place()}, latest ${(await verdaccio.tags('climb')).latest}`)
    }
    expect(places).toEqual([
      'rolling 50, latest 1.0.0',
      'rolling 100, latest 1.1.0',
      'completed 100, latest 1.1.0',
    ])
    const [issue] = await rig.github.issues(lib.fullName)
    expect(issue?.title).toContain('climb')
    const registry = async () =>
      (await rig.github.comments(lib.fullName, issue?.number ?? 0)).find(({ body }) =>
        body.startsWith('### At the registries'),
      )?.body
    expect(await registry()).toContain('npm confirms: ')

    await rig.github.setPermission(lib.fullName, 'maintainer', 'maintain')
    await rig.github.setPermission(lib.fullName, 'stranger', 'read')
    const number = issue?.number ?? 0
    const refused = await rig.github.comment(lib.fullName, number, 'stranger', '/slipway rollback it is mine')
    const words = await rig.github.comment(lib.fullName, number, 'maintainer', 'Nothing seems to be wrong')
    await lib.tick()
    await rig.github.edits.editComment(lib.fullName, words, '/slipway rollback said by somebody else')
    await lib.tick()
    expect(rig.github.reactions(lib.fullName, words)).toEqual(['confused'])
    expect(await lib.place()).toBe('completed 100')
    const asked = await rig.github.comment(lib.fullName, number, 'maintainer', '/slipway rollback it breaks')
    await lib.tick()
    await lib.tick()
    expect(rig.github.reactions(lib.fullName, refused)).toEqual(['-1'])
    expect(rig.github.reactions(lib.fullName, asked)).toEqual(['+1'])
    expect(await lib.place()).toBe('rolled-back 0')
    expect((await verdaccio.tags('climb')).latest).toBe('1.0.0')
    expect(await registry()).toContain('is 1.0.0')
    expect(lib.warnings).toEqual([])
  })

  it('is stopped, resumed, lowered, restarted for the same users and lets a fix catch up', {
    timeout: 240_000,
  }, async () => {
    const bakes = ownFile('steered').replaceAll('1h }', '3h }')
    const lib = await repository('steered', verdaccio.token, bakes)
    await rig.github.setPermission(lib.fullName, 'maintainer', 'maintain')
    await lib.inRun((world) => startInRefs(world, ['npm:steered@1.1.0']))
    const latest = async () => (await verdaccio.tags('steered')).latest
    const after = async (hours: number) => {
      lib.pass(hours * hour + 1)
      await lib.tick()
      return lib.place()
    }
    /** Written on the newest issue, and heard by the next run. */
    const say = async (words: string) => {
      const numbers = (await rig.github.issues(lib.fullName)).map(({ number }) => number)
      const newest = Math.max(...numbers)
      const comment = await rig.github.comment(lib.fullName, newest, 'maintainer', `/slipway ${words}`)
      await lib.tick()
      expect(rig.github.reactions(lib.fullName, comment), words).toEqual(['+1'])
      return lib.place()
    }
    expect(await after(3)).toBe('rolling 50')
    expect(await say('stop it breaks somebody')).toBe('paused 0')
    expect(await after(15 * 24)).toBe('paused 0')
    // What it had before comes back by the hour that `catchUp` says for each stage, not by its own bake.
    expect(await say('resume')).toBe('staged 0')
    expect(await after(1)).toBe('rolling 50')
    expect(await after(1)).toBe('rolling 100')
    expect(await latest()).toBe('1.1.0')
    expect(await say('lower 50 somebody complains')).toBe('paused 50')
    expect(await latest()).toBe('1.0.0')
    expect(await say('rollback it is theirs to look at')).toBe('rolled-back 0')
    const salts = () =>
      lib.inRun(async ({ engine }) => engine.rolloutsOf('npm:steered').map(({ salt }) => salt))
    expect(await say('restart --same-users it was a false alarm')).toBe('staged 0')
    expect(new Set(await salts()).size).toBe(1)
    expect(await salts()).toHaveLength(2)
    expect(await after(3)).toBe('rolling 50')
    await verdaccio.publish('steered', '1.1.1', 'next')
    await lib.inRun((world) => startInRefs(world, ['npm:steered@1.1.1']))
    await lib.tick()
    await say('catch-up one line was mended')
    const fix = () =>
      lib.inRun(async ({ engine }) => {
        const state = engine.find('npm:steered@1.1.1')
        return state === null ? null : engine.explain(state).percent
      })
    expect(await fix()).toBe(0)
    await after(1)
    expect(await fix()).toBe(50)
    expect(lib.warnings).toEqual([])
  })

  it('without a token it says what a person has to do, and calls nothing done before npm does', async () => {
    const lib = await repository('asks', null)
    await lib.inRun((world) => startInRefs(world, ['npm:asks@1.1.0']))
    for (let tick = 0; tick < 2; tick += 1) {
      lib.pass(hour + 1)
      await lib.tick()
    }
    const [issue] = await rig.github.issues(lib.fullName)
    const comments = () => rig.github.comments(lib.fullName, issue?.number ?? 0)
    const comment = async () =>
      (await comments()).find(({ body }) => body.includes('At the registries'))?.body
    expect(await comment()).toContain('not done yet.')
    expect(await comment()).toContain('npm dist-tag add asks@1.1.0 latest')
    expect((await verdaccio.tags('asks')).latest).toBe('1.0.0')
    await createNpmRegistry({ url: verdaccio.url, token: verdaccio.token }).promote({
      package: 'npm:asks',
      candidate: '1.1.0',
      baseline: '1.0.0',
      shows: 'candidate',
    })
    await lib.tick()
    expect(await comment()).toContain('npm confirms: ')
  })

  it('two runs at once do every step once', async () => {
    const lib = await repository('twice', verdaccio.token)
    const starts = [1, 2].map(() => lib.inRun((world) => startInRefs(world, ['npm:twice@1.1.0'])))
    await Promise.all(starts)
    lib.pass(hour + 1)
    await Promise.all([lib.tick(), lib.tick()])
    expect(await lib.place()).toBe('rolling 50')
    const all = await lib.inRun(async ({ engine }) => engine.all().length)
    expect(all).toBe(1)
  })

  it('without permission for issues it fails and names the line; a clock that is off is said', async () => {
    const lib = await repository('mute', null)
    const { log, denied } = stepLog()
    const said: string[] = []
    const warn = (message: string, fields?: Readonly<Record<string, unknown>>) => {
      said.push(message)
      log.warn(message, fields)
    }
    const token = await rig.installationToken('acme', {
      permissions: { metadata: 'read', contents: 'write' },
    })
    const start = lib.inRun((world) => startInRefs(world, ['npm:mute@1.1.0']), {
      token,
      denied,
      log: { ...log, warn },
    })
    await expect(start).rejects.toThrow(/permissions: \{ contents: write, issues: write \}$/)
    expect(await lib.place()).toBe('staged 0')
    expect(said.filter((message) => /^the clock of this runner is \d+ min/.test(message))).toHaveLength(1)
  })

  it('publishes nothing where the rollout could not be written down', async () => {
    const lib = await repository('early', null)
    const folder = await emptyFolder()
    await npmTarball(folder, 'early', '1.2.0')
    await writeTree(folder, { '.github/slipway.yml': ownFile('early') })
    vi.stubEnv('GITHUB_WORKSPACE', folder)
    const inputs = {
      files: join(folder, '*.tgz'),
      'npm-registry': verdaccio.url,
      'npm-token': verdaccio.token,
    }
    for (const [name, value] of Object.entries(inputs)) vi.stubEnv(`INPUT_${name.toUpperCase()}`, value)
    vi.stubEnv('INPUT_CHECK-TAG', 'false')
    const permissions = { metadata: 'read', contents: 'read', issues: 'write' }
    const token = await rig.installationToken('acme', { permissions })
    await expect(lib.inRun(publishInRefs, { token })).rejects.toThrow('permissions: { contents: write }')
    const npm = createNpmRegistry({ url: verdaccio.url, token: null })
    const versions = async () => {
      const read = await npm.read('npm:early')
      return read.ok ? Object.keys(read.record?.versions ?? {}) : []
    }
    expect(await versions()).toEqual(['1.0.0', '1.1.0'])
    await lib.inRun(publishInRefs)
    expect(await versions()).toEqual(['1.0.0', '1.1.0', '1.2.0'])
    vi.stubEnv('INPUT_FILES', '')
  })

  it('a package that the file does not name is not rolled out from here', async () => {
    const lib = await repository('mine', null)
    const start = lib.inRun((world) => startInRefs(world, ['npm:nobody@1.0.0']))
    await expect(start).rejects.toThrow(
      'releases: got npm:nobody@1.0.0, expected a release of a package that .github/slipway.yml names: npm:mine',
    )
    expect(await lib.inRun(async ({ engine }) => engine.all().length)).toBe(0)
  })
})
