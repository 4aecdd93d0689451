import { chmod } from 'node:fs/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { Asked, Reply } from '../loopback.ts'
import { emptyFolder, writeTree } from '../package-files.ts'
import { type ActionRun, spawnAction } from '../spawn-action.ts'
import { type ArmIndex, armIndex } from './loopback-arms.ts'

let index: ArmIndex | undefined
afterEach(() => index?.close())

interface Setup {
  readonly run?: string
  readonly request?: Readonly<Record<string, unknown>>
  readonly inputs?: Readonly<Record<string, string>>
  readonly env?: NodeJS.ProcessEnv
  readonly files?: Readonly<Record<string, string>>
  readonly onReport?: (asked: Asked) => Reply | undefined
  /** Name of the released package. */
  readonly name?: string
}

/** One canary run for 1.2.0 of a package that works, on a project that takes it. */
async function canary(setup: Setup = {}): Promise<ActionRun & { readonly on: ArmIndex }> {
  const on = await armIndex(setup.onReport)
  index = on
  const { name = 'demo' } = setup
  await on.npm(name, '1.1.0', 'exports.price = () => 1\n')
  await on.npm(name, '1.2.0', 'exports.price = () => 1\n')
  const checkout = await emptyFolder()
  const manifest = { name: 'shop', version: '0.0.0', dependencies: { [name]: '^1.0.0' } }
  await writeTree(checkout, { 'package.json': JSON.stringify(manifest), ...setup.files })
  const slipway = on.request([`npm:${name}@1.2.0`], setup.request)
  const inputs = { command: 'canary', run: setup.run ?? 'true', slipway, ...setup.inputs }
  return { ...(await spawnAction(inputs, checkout, { ...on.oidc, ...setup.env })), on }
}

interface Leg {
  readonly arms: Readonly<
    Record<string, { outcome: string; installed: string[]; commit: string; detail: string }>
  >
}
const legOf = (on: ArmIndex): Leg => (on.reports[0] as { legs: Leg[] } | undefined)?.legs[0] ?? { arms: {} }

describe('the report', { timeout: 120_000 }, () => {
  it('is signed by a token of its own for every attempt', async () => {
    const seen: (string | undefined)[] = []
    const { code, on } = await canary({
      onReport: (asked) => {
        seen.push(asked.headers.authorization)
        return seen.length < 3 ? { status: 503, body: 'busy' } : undefined
      },
    })
    expect(code).toBe(0)
    expect(seen).toEqual(['Bearer oidc-1', 'Bearer oidc-2', 'Bearer oidc-3'])
    expect(on.reports).toHaveLength(1)
    expect(on.asked.find(({ path }) => path.startsWith('/oidc'))?.path).toContain(
      `audience=${encodeURIComponent(on.url)}`,
    )
  })

  it('that is refused makes the step red, with the reason', async () => {
    const detail = 'nonce: got "nonce-7Yq", expected the nonce of an open try'
    const run = await canary({ onReport: () => ({ status: 409, body: { detail } }) })
    expect(run.errors).toEqual([`the report was not delivered: ${detail}`])
    expect(run.code).toBe(1)
    expect(run.on.asked.filter(({ path }) => path.endsWith('/results'))).toHaveLength(1)
  })

  it('of a failing candidate leaves the step green: the report counts', async () => {
    const run = await canary({ run: 'test "$(node -p "require(\'demo/package.json\').version")" = 1.1.0' })
    expect(run.code).toBe(0)
    expect(run.errors).toEqual([])
    expect(legOf(run.on).arms).toMatchObject({
      candidate: { outcome: 'fail' },
      baseline: { outcome: 'pass' },
    })
    expect(run.log).toContain('::warning::The candidate arm failed; the report says so.')
    expect(run.summary).toContain('| candidate | fail | npm:demo\\@1.2.0 |')
  })

  it.each([
    ['its home', '"$HOME/.seen"'],
    ['the home that Node knows', '"$(node -p "os.homedir()")/.seen"'],
    ['its temporary folder', '"$TMPDIR/seen"'],
    ['the temporary folder that Node knows', '"$(node -p "os.tmpdir()")/seen"'],
    ['its cache', '"$XDG_CACHE_HOME/seen"'],
    ['its configuration', '"$XDG_CONFIG_HOME/seen"'],
    ['the cache of npm', '"$npm_config_cache/seen"'],
    ['the checkout', '"./seen"'],
  ])(
    'of a test that leaves something in %s is the same for both arms, whichever goes first',
    async (_, place) => {
      const leaves = `mkdir -p "$(dirname ${place})" && test ! -e ${place} && touch ${place}`
      for (const number of [1, 2]) {
        const { on } = await canary({ run: leaves, request: { try: number } })
        expect(legOf(on).arms).toMatchObject({
          candidate: { outcome: 'pass' },
          baseline: { outcome: 'pass' },
        })
        expect((on.reports[0] as { legs: { order: string }[] }).legs[0]?.order).toBe(
          number % 2 === 1 ? 'baseline-first' : 'candidate-first',
        )
        await on.close()
      }
    },
  )

  it('names the commit that is checked out, not the one that started the run', async () => {
    const bin = await emptyFolder()
    await writeTree(bin, { git: `#!/bin/sh\necho ${'d'.repeat(40)}\n` })
    await chmod(`${bin}/git`, 0o755)
    const { on } = await canary({ env: { PATH: `${bin}:${process.env.PATH}` } })
    expect(legOf(on).arms.candidate?.commit).toBe('d'.repeat(40))
    expect(legOf(on).arms.baseline?.commit).toBe('d'.repeat(40))
  })

  it('has only the arm that was asked for', async () => {
    const { on } = await canary({ request: { arm: 'candidate' } })
    expect(Object.keys(legOf(on).arms)).toEqual(['candidate'])
    expect(on.asked.filter(({ path }) => path.startsWith('/arm/ro-abcdefghijklmnop/baseline'))).toEqual([])
  })

  it('has the last 50 lines of the failing arm, without colours and without the nonce', async () => {
    const noise = 'for i in $(seq 1 80); do printf "\\033[31mline %s\\033[0m\\n" $i; done'
    const run = await canary({ run: `${noise}; echo $npm_config_registry; exit 3` })
    const lines = legOf(run.on).arms.candidate?.detail.split('\n') ?? []
    expect(lines).toHaveLength(50)
    expect(lines[0]).toBe('line 32')
    expect(lines.at(-1)).toBe(`${run.on.url}/arm/ro-abcdefghijklmnop/candidate/.../npm/`)
    expect(JSON.stringify(run.on.reports[0]).match(/nonce-7Yq/g)).toHaveLength(1)
  })
})

describe('a detail', { timeout: 120_000 }, () => {
  it('names files as the project knows them', async () => {
    const run = await canary({
      run: 'node lib/check.mjs',
      files: { 'lib/check.mjs': "console.log(import.meta.filename)\nthrow new Error('wrong')\n" },
    })
    const detail = legOf(run.on).arms.candidate?.detail ?? ''
    expect(detail.split('\n').slice(0, 2)).toEqual(['lib/check.mjs', 'lib/check.mjs:2'])
    expect(detail).not.toContain('slipway-')
  })
})

describe('what the tested code gets', { timeout: 120_000 }, () => {
  it('is neither the token request, nor other secrets, nor the files of the step', async () => {
    const run = await canary({
      run: 'env; exit 1',
      env: { GITHUB_TOKEN: 'ghs_x', NPM_TOKEN: 'npm_x', PIP_EXTRA_INDEX_URL: 'http://x', MY_FLAG: 'kept' },
    })
    const names = (legOf(run.on).arms.candidate?.detail ?? '').split('\n').map((line) => line.split('=')[0])
    expect(names).toContain('MY_FLAG')
    expect(names).toContain('GITHUB_SHA')
    const forbidden =
      /^(ACTIONS_|INPUT_|GITHUB_(TOKEN|OUTPUT|ENV|PATH|STATE|STEP_SUMMARY)|NPM_TOKEN|PIP_EXTRA)/
    expect(names.filter((name) => forbidden.test(name ?? ''))).toEqual([])
  })

  it('cannot speak to the runner as this step', async () => {
    const run = await canary({ run: 'echo "::set-output name=phase::completed"; echo "::error::forged"' })
    const lines = run.log.split('\n')
    const at = lines.indexOf('::error::forged')
    const before = lines.slice(0, at)
    const stop = before.findLast((line) => line.startsWith('::stop-commands::')) ?? ''
    const word = stop.slice('::stop-commands::'.length)
    expect(word).toMatch(/^[0-9a-f-]{36}$/)
    expect(before).not.toContain(`::${word}::`)
    expect(lines.slice(at)).toContain(`::${word}::`)
  })

  it('comes from the arm even when the project sends its scope elsewhere', async () => {
    const run = await canary({
      name: '@acme/demo',
      files: { '.npmrc': '@acme:registry=http://127.0.0.1:9/\n' },
    })
    expect(legOf(run.on).arms).toMatchObject({
      candidate: { outcome: 'pass', installed: ['npm:@acme/demo@1.2.0'] },
      baseline: { outcome: 'pass', installed: ['npm:@acme/demo@1.1.0'] },
    })
  })

  it('is installed by the given command in a folder of the checkout', async () => {
    const manifest = JSON.stringify({ name: 'app', version: '0.0.0', dependencies: { demo: '^1.0.0' } })
    const run = await canary({
      files: { 'packages/app/package.json': manifest, 'packages/app/yarn.lock': '' },
      inputs: { install: 'npm install --no-audit', 'working-directory': 'packages/app' },
      run: 'test "$(basename "$PWD")" = app',
    })
    expect(run.errors).toEqual([])
    expect(legOf(run.on).arms).toMatchObject({
      candidate: { outcome: 'pass', installed: ['npm:demo@1.2.0'] },
      baseline: { outcome: 'pass', installed: ['npm:demo@1.1.0'] },
    })
  })
})

describe('input that cannot be used', { timeout: 120_000 }, () => {
  it.each<[string, Setup, string]>([
    [
      'no slipway',
      { inputs: { slipway: '' } },
      'slipway: got nothing, expected the JSON that Slipway gave the workflow as its input slipway',
    ],
    [
      'no JSON',
      { inputs: { slipway: '{' } },
      'slipway: got "{", expected the JSON that Slipway gave the workflow as its input slipway',
    ],
    [
      'a rollout that is none',
      { request: { rollout: 'main' } },
      'slipway.rollout: got "main", expected ro- and 16 of a-z, 2-7',
    ],
    [
      'a release that is none',
      { request: { releases: ['demo'] } },
      'slipway.releases: got "demo", expected a release id such as',
    ],
    [
      'an unknown ecosystem',
      { request: { ecosystems: ['cargo'] } },
      'slipway.ecosystems.0: got "cargo", expected npm or pypi',
    ],
    [
      'a view without slash',
      { request: { index: { candidate: 'http://x', baseline: 'http://x/' } } },
      'slipway.index.candidate: got "http://x", expected an http or https URL that ends at /',
    ],
    [
      'a report that is no URL',
      { request: { report: 'file:///etc' } },
      'slipway.report: got "file:///etc", expected an http or https URL',
    ],
    ['a try below 1', { request: { try: 0 } }, 'slipway.try: got 0, expected a whole number from 1'],
    [
      'no run',
      { inputs: { run: '' } },
      'run: got nothing, expected the command that tests this project, such as npm test',
    ],
    [
      'a timeout longer than a timer can be',
      { inputs: { timeout: '30d' } },
      'timeout: got "30d", expected a duration from 1s to 5d',
    ],
    ['no time at all', { inputs: { timeout: '0s' } }, 'timeout: got "0s", expected a duration from 1s to 5d'],
    [
      'a timeout in words',
      { inputs: { timeout: 'soon' } },
      'timeout: got "soon", expected a duration such as',
    ],
    [
      'a folder outside',
      { inputs: { 'working-directory': '..' } },
      'working-directory: got "..", expected a folder in the checkout',
    ],
    [
      'a client that is not here',
      { files: { 'pnpm-lock.yaml': '' }, env: { PATH: '/nowhere' } },
      'install: this project uses pnpm, which is not on this machine; add a step before this one: pnpm/action-setup',
    ],
    [
      'a project of another kind',
      { request: { ecosystems: ['pypi'] } },
      'install: no requirements.txt or pyproject.toml in ',
    ],
  ])('%s: says so and runs nothing', async (_, setup, message) => {
    const run = await canary(setup)
    expect(run.errors.join('\n')).toContain(message)
    expect(run.code).toBe(1)
    expect(run.on.asked).toEqual([])
  })
})
