import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { npmTarball, writeTree } from '../action/package-files.ts'
import { type CliRun, spawnCli } from '../cli/spawn-cli.ts'
import { wheelWithCommand } from '../environments/python-wheel.ts'
import { rests, view } from '../environments/sample-root.ts'
import { isHere, run } from '../server/clients.ts'
import { scratchFolder } from '../server/scratch-folder.ts'

const hasPip = await isHere('python3', ['-m', 'pip', '--version'])
const hasNpm = await isHere('npm', ['--version'])

const entry = fileURLToPath(new URL('../../src/main/cli.ts', import.meta.url))

/** A folder of packages, a root that is yet to be made, and the command line with both. */
async function world() {
  const folder = await scratchFolder()
  const root = join(folder, 'root')
  // pip's own settings hold: here they name a folder instead of an index.
  const env = { HOME: folder, PIP_FIND_LINKS: folder, PIP_NO_INDEX: '1', PIP_NO_CACHE_DIR: '1' }
  const cli = (command: string, ...args: string[]): Promise<CliRun> =>
    spawnCli(['env', command, '--root', root, ...args], env, folder)
  return { folder, root, env, cli }
}

const MODULE = (version: string) =>
  `import base_lib\nVERSION = "${version}"\ndef main():\n    print("demo", VERSION, "on base", base_lib.VERSION)\n`

async function demoWheels(folder: string, versions: readonly string[]): Promise<void> {
  for (const version of versions) {
    const extra = { requires: [version.startsWith('1.') ? 'base-lib<2' : 'base-lib>=2'], command: 'demo' }
    await wheelWithCommand(folder, 'demo-lib', version, MODULE(version), extra)
  }
  for (const version of ['1.0.0', '2.0.0'])
    await wheelWithCommand(folder, 'base-lib', version, `VERSION = "${version}"\n`)
  await wheelWithCommand(folder, 'other', '1.0.0', '', { requires: ['base-lib>=2'] })
}

describe.runIf(hasPip)('with pip itself', { timeout: 180_000 }, () => {
  let here: Awaited<ReturnType<typeof world>>
  beforeAll(async () => {
    here = await world()
    await demoWheels(here.folder, ['1.0.0', '1.2.0', '1.2.3+tweak.2', '2.0.0'])
    const all = ['demo-lib@1.0.0', 'demo-lib@1.2.0', 'demo-lib@1.2.3+tweak.2', 'demo-lib@2.0.0', 'other@1']
    expect(await here.cli('install', ...all)).toMatchObject({ code: 0 })
  }, 180_000)

  const python = (code: string, env: Record<string, string> = {}) =>
    run('python3', ['-c', code], here.folder, { PYTHONPATH: here.root, ...env })

  it('installs each version with its own dependencies, and runs the right one', async () => {
    const got = async (...withs: string[]) =>
      (await here.cli('run', ...withs.flatMap((text) => ['--with', text]), '--', 'demo')).out
    expect(await got('demo-lib')).toBe('demo 1.0.0 on base 1.0.0\n')
    // Of 1.* only what is live was tested or promoted yet; of 1.2.* nothing, so it is the highest.
    expect(await got('demo-lib@1')).toBe('demo 1.0.0 on base 1.0.0\n')
    expect(await got('demo-lib@1.2')).toBe('demo 1.2.3+tweak.2 on base 1.0.0\n')
    expect(await got('demo-lib@2')).toBe('demo 2.0.0 on base 2.0.0\n')
    // A command finds its modules from any link, without an environment.
    const direct = await run(join(here.root, 'pypi/demo-lib/1.2.0/bin/demo'), [], here.folder)
    expect(direct).toEqual({ code: 0, out: 'demo 1.2.0 on base 1.0.0\n' })
    const ended = await here.cli('run', '--with', 'demo-lib@1.0', '--', 'sh', '-c', 'exit 7')
    expect(ended.code).toBe(7)
  })

  it('refuses two versions of a package that comes along with both', async () => {
    const { code, err } = await here.cli('run', '--with', 'demo-lib@1.2', '--with', 'other', '--', 'true')
    expect(code).toBe(1)
    expect(err).toBe(
      'slipway: two versions of pypi:base-lib in one process: --with demo-lib@1.2, which brings it, asks for 1.0.0, --with other, which brings it, asks for 2.0.0\n',
    )
  })

  it('finds and imports by the same rules, and remembers who asked', async () => {
    const asked = 'import slipway_env\nd = slipway_env.require("demo_lib", "1.2")\nd.main()\n'
    expect(
      await python(
        `${asked}assert slipway_env.require("Demo.Lib") is d\nassert slipway_env.require("demo-lib", "1") is d`,
      ),
    ).toEqual({
      code: 0,
      out: 'demo 1.2.3+tweak.2 on base 1.0.0\n',
    })
    const both = await python(`${asked}slipway_env.require("demo_lib", "1.0")`)
    expect(both.out).toContain(
      'ImportError: <string>:4 asks for demo-lib 1.0, but <string>:2 asked for demo-lib 1.2.3+tweak.2 before',
    )
    const below = await python(`${asked}slipway_env.require("other")`)
    expect(below.out).toContain(
      'ImportError: two versions of base-lib in one process: <string>:4 asks for other',
    )
    expect(
      (await python(`${asked}assert slipway_env.require("base_lib", "1").VERSION == "1.0.0"`)).code,
    ).toBe(0)
    expect((await python(`${asked}slipway_env.require("base_lib", "2")`)).out).toContain(
      'but <string>:2 (by way of demo-lib) asked for base-lib 1.0.0',
    )
    expect((await python('import slipway_env\nslipway_env.require("demo_lib", "1.1")')).out).toContain(
      `which is not installed; installed is 1.0.0, 1.2.0, 1.2.3+tweak.2, 2.0.0 in ${here.root}; to get it: slipway env install pypi:demo-lib@1.1 --root ${here.root}`,
    )
    await writeTree(here.folder, { 'mine/demo_lib.py': 'MINE = True\n' })
    expect(
      (
        await python(
          'import sys; sys.path.insert(0, "mine"); import demo_lib, slipway_env\nslipway_env.require("demo_lib", "1")',
        )
      ).out,
    ).toContain('demo_lib was imported from')
  })

  it('tells the import-time module what the surrounding run chose', async () => {
    const code =
      'import slipway_env\nslipway_env.require("demo_lib").main()\nslipway_env.require("demo_lib", "2")'
    const { out, err } = await here.cli('run', '--with', 'demo-lib@1.0', '--', 'python3', '-c', code)
    expect(out).toBe('demo 1.0.0 on base 1.0.0\n')
    expect(err).toContain(
      '<string>:3 asks for demo-lib 2, but --with demo-lib@1.0 asked for demo-lib 1.0.0 before',
    )
  })

  it('promotes after a test in place only', async () => {
    const test = 'python3 -c "import demo_lib; assert demo_lib.VERSION == \'1.2.0\'"'
    const failed = await here.cli('promote', 'demo-lib', '2.0.0', '--test', test)
    expect([failed.code, failed.out]).toEqual([1, ''])
    expect(failed.err).toContain(
      'the test of pypi:demo-lib@2.0.0 ended with 1; pypi:demo-lib@1.0.0 stays live',
    )
    const passed = await here.cli('promote', 'demo-lib', '1.2.0', '--test', test, '--json')
    expect(JSON.parse(passed.out)).toEqual({ package: 'pypi:demo-lib', from: '1.0.0', live: '1.2.0' })
    expect((await here.cli('rollback', 'demo-lib')).out).toBe('pypi:demo-lib@1.0.0 is live, was 1.2.0\n')
    expect((await here.cli('list', 'demo-lib')).out.replace(here.root, 'ROOT')).toMatchInlineSnapshot(`
      "pypi:demo-lib  ROOT
        2.0.0                        untested
        1.2.3+tweak.2                untested
        1.2.0                        taken back
        1.0.0          1, live, 1.0
      "
    `)
  })

  it('leaves nothing behind where pip finds nothing, and says when an index cannot be reached', async () => {
    const before = await view(here.root)
    const missing = await here.cli('install', 'demo-lib@9.9.9')
    expect([missing.code, missing.err]).toEqual([
      1,
      expect.stringContaining('No matching distribution found for demo-lib==9.9.9'),
    ])
    const env = {
      ...here.env,
      PIP_NO_INDEX: '0',
      PIP_RETRIES: '1',
      PIP_FIND_LINKS: '',
      PIP_CONFIG_FILE: '/dev/null',
    }
    const args = [
      'env',
      'install',
      'demo-lib@9.9.9',
      '--root',
      here.root,
      '--index',
      'http://127.0.0.1:9/simple/',
    ]
    expect((await spawnCli(args, env, here.folder)).code).toBe(3)
    expect(await view(here.root)).toEqual(before)
    expect(await rests(here.root)).toEqual([])
  })
})

describe.runIf(hasPip)('several processes', { timeout: 180_000 }, () => {
  it('wait for each other, and one that is killed leaves the old state', async () => {
    const { folder, root, env, cli } = await world()
    await demoWheels(folder, ['1.0.0', '1.1.0', '1.2.0'])
    const both = await Promise.all([cli('install', 'demo-lib@1.0.0'), cli('install', 'demo-lib@1.1.0')])
    expect(both.map(({ code }) => code)).toEqual([0, 0])
    expect(both.map(({ err }) => err).join('')).toMatch(/waiting for process \d+, which is changing /)
    const before = await view(root)
    expect(before['state.versions']).toBe('1.0.0 1.1.0')
    for (const afterMs of [250, 700, 1200]) {
      const args = [entry, 'env', 'install', '--root', root, 'demo-lib@1.2.0']
      const child = spawn(process.execPath, args, {
        env: { ...process.env, ...env },
        cwd: folder,
        stdio: 'ignore',
      })
      await sleep(afterMs)
      child.kill('SIGKILL')
      await new Promise((resolve) => child.on('close', resolve))
      expect(await view(root)).toEqual(before)
    }
    expect(await cli('install', 'demo-lib@1.2.0')).toMatchObject({ code: 0 })
    expect(await view(root)).toMatchObject({
      '1': before.live,
      live: before.live,
      'state.versions': '1.0.0 1.1.0 1.2.0',
    })
    // The pip of a killed process may write for a while; what it leaves is removed by whoever comes next.
    await expect
      .poll(async () => (await cli('prune', '--dry-run')).code === 0 && (await rests(root)), {
        timeout: 30_000,
        interval: 500,
      })
      .toEqual([])
  })
})

describe.runIf(hasNpm)('with npm itself', { timeout: 180_000 }, () => {
  it('installs from paths, runs commands, and requires by version', async () => {
    const { folder, root, cli } = await world()
    const script = (version: string) =>
      `#!/usr/bin/env node\nmodule.exports = ${JSON.stringify(version)}\nif (require.main === module) console.log('demo', module.exports)\n`
    for (const version of ['1.0.0', '1.2.0', '1.2.0+tweak.1']) {
      const file = await npmTarball(
        folder,
        '@acme/demo',
        version,
        { 'index.js': script(version) },
        { bin: { demo: 'index.js' } },
      )
      expect(await cli('install', `@acme/demo@${file}`)).toMatchObject({ code: 0 })
    }
    const node = (code: string) => cli('run', '--with', '@acme/demo@1.2', '--', 'node', '-e', code)
    expect((await cli('run', '--with', '@acme/demo@1.0', '--', 'demo')).out).toBe('demo 1.0.0\n')
    expect((await run(join(root, 'npm/@acme/demo/1.2.0+tweak.1/bin/demo'), [], folder)).out).toBe(
      'demo 1.2.0+tweak.1\n',
    )
    expect((await node('console.log(require("@acme/demo"))')).out).toBe('1.2.0+tweak.1\n')
    expect((await node('require("slipway-env").require("@acme/demo", "1.0")')).err).toContain(
      'asks for @acme/demo 1.0, but --with @acme/demo@1.2 asked for @acme/demo 1.2.0+tweak.1 before',
    )
    const alone = await writeFile(
      join(folder, 'ask.cjs'),
      [
        `const env = require(${JSON.stringify(join(root, 'slipway-env'))})`,
        'console.log(env.require("@acme/demo", "1.2.0"), env.require("@acme/demo") === env.require("@acme/demo/index.js", "1"))',
        'env.import("@acme/demo", "1.2").then((module) => console.log(module.default))',
        'try { env.require("@acme/demo", "1.0") } catch (error) { console.log(error.code, error.message) }',
        'try { env.resolve("nobody", "1") } catch (error) { console.log(error.code, error.message) }',
      ].join('\n'),
    ).then(() => run('node', ['ask.cjs'], folder))
    expect(alone.out.replaceAll(folder, '<folder>')).toMatchInlineSnapshot(`
      "1.2.0 true
      ERR_SLIPWAY_ENV_CONFLICT <folder>/ask.cjs:4 asks for @acme/demo 1.0, but <folder>/ask.cjs:2 asked for @acme/demo 1.2.0 before and one process holds one version
      MODULE_NOT_FOUND <folder>/ask.cjs:5 asks for nobody 1, which is not installed; installed is nothing of it; to get it: slipway env install npm:nobody@1 --root <folder>/root
      1.2.0
      "
    `)
  })
})
