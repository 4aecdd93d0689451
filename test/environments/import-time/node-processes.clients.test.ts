import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { npmTarball, writeTree } from '../../action/package-files.ts'
import { isHere, run } from '../../server/clients.ts'
import { nodesHere, two } from '../interpreters.ts'
import { type PackageWorld, packageWorld } from '../package-world.ts'

const hasNpm = await isHere('npm', ['--version'])
const nodes = await nodesHere()
two('Node', nodes)

describe.runIf(hasNpm)('Node processes', { timeout: 240_000 }, () => {
  let here: PackageWorld
  beforeAll(async () => {
    here = await packageWorld()
    for (const version of ['1.0.0', '1.1.0']) {
      const both = { exports: { import: './index.mjs', require: './index.cjs' } }
      const files = {
        'index.cjs': `module.exports = 'required ${version}'\n`,
        'index.mjs': `export default 'imported ${version}'\n`,
      }
      await here.cli('install', `npm:demo@${await npmTarball(here.folder, 'demo', version, files, both)}`)
    }
    const only = { type: 'module', exports: { import: './index.js' } }
    const modern = await npmTarball(
      here.folder,
      'modern',
      '3.0.0',
      { 'index.js': 'export const name = "modern"\n' },
      only,
    )
    const app = await npmTarball(
      here.folder,
      'app',
      '1.0.0',
      {
        'index.js': 'exports.demo = require("demo")\n',
        'node_modules/demo/package.json': '{"name":"demo","version":"0.9.0"}',
        'node_modules/demo/index.js': 'module.exports = "the one of app"\n',
      },
      { bundleDependencies: ['demo'], dependencies: { demo: '0.9.0' } },
    )
    expect(await here.cli('install', `npm:modern@${modern}`, `npm:app@${app}`)).toMatchObject({ code: 0 })
    // A project that has another version of its own.
    await writeTree(here.folder, {
      'project/node_modules/demo/package.json': '{"name":"demo","version":"0.1.0","main":"index.js"}',
      'project/node_modules/demo/index.js': 'module.exports = "the one of the project"\n',
      'project/main.mjs':
        'import demo from "demo"\nimport { name } from "modern"\nimport { demo as inner } from "app"\nimport "node:fs"\nconsole.log(demo, name, inner)\n',
      'project/main.cjs': 'console.log(require("demo"), require("app").demo, require("fs").constants.R_OK)\n',
      'project/ask.cjs': `const env = require('slipway-env')\nenv.import('demo', '1.1').then(async ({ default: demo }) => console.log(demo, (await env.import('modern')).name, env.require('demo', '1')))\n`,
      'project/parent.cjs': `const env = require('slipway-env')\nconst { execFileSync } = require('node:child_process')\nconsole.log(env.require('demo', '1.1'))\nfor (const rule of ["'1'", "'1.0'"]) process.stdout.write(execFileSync(process.execPath, ['-e', 'console.log(require("slipway-env").require("demo", ' + rule + '))']))\n`,
    })
  }, 240_000)

  it.each(nodes)(
    'on $tag: modules of both kinds get what was chosen, packages keep their own',
    async ({ program }) => {
      const inProject = (file: string) =>
        here.cli(
          'run',
          '--with',
          'npm:demo@1.1',
          '--with',
          'modern',
          '--with',
          'app',
          '--',
          program,
          join(here.folder, 'project', file),
        )
      expect(await inProject('main.mjs')).toMatchObject({
        err: '',
        out: 'imported 1.1.0 modern the one of app\n',
      })
      expect(await inProject('main.cjs')).toMatchObject({ err: '', out: 'required 1.1.0 the one of app 4\n' })
      const asked = await run(program, ['project/ask.cjs'], here.folder, { NODE_PATH: here.root })
      expect(asked.out).toBe('imported 1.1.0 modern required 1.1.0\n')
      // A child gets the same version where it is what it asks for, and another one where it is not.
      const children = await run(program, ['project/parent.cjs'], here.folder, { NODE_PATH: here.root })
      expect(children.out).toBe('required 1.1.0\nrequired 1.1.0\nrequired 1.0.0\n')
    },
  )

  it.each(nodes)(
    'on $tag: specifiers may name versions, of both kinds, later, and in threads',
    async ({ program }) => {
      await writeTree(here.folder, {
        'named/both.mjs': `import demo from 'demo@1.1'
import manifest from 'app@1/package.json' with { type: 'json' }
import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
const require = createRequire(import.meta.url)
const later = await import('demo@1')
console.log(demo, later.default, require('demo@1.1.0'), require('demo'), require('app@1').demo, manifest.version)
new Worker(new URL('worker.cjs', import.meta.url))
`,
        'named/worker.cjs': `console.log('thread', require('demo@1.1'))\nimport('demo@1.1').then((it) => console.log('thread', it.default))\n`,
        'named/plain.cjs': `console.log(require('demo@1.0'), require('demo'))\n`,
        'named/two.cjs': `require('demo@1.0')\nrequire('./other.cjs')\n`,
        'named/other.cjs': `require('demo@1.1')\n`,
        'named/none.mjs': `import 'nobody@4'\n`,
        'named/scoped.cjs': `try { require('@acme/x@2/part') } catch (error) { console.log(error.code, error.message) }\n`,
      })
      const start = (file: string) =>
        run(program, ['--require', join(here.root, 'slipway-env/register.cjs'), `named/${file}`], here.folder)
      const both = await start('both.mjs')
      const first = 'imported 1.1.0 imported 1.1.0 required 1.1.0 required 1.1.0 the one of app 1.0.0\n'
      expect(both.out).toBe(`${first}thread required 1.1.0\nthread imported 1.1.0\n`)
      expect((await start('plain.cjs')).out).toBe('required 1.0.0 required 1.0.0\n')
      const named = join(here.folder, 'named')
      expect((await start('two.cjs')).out).toContain(
        `${named}/other.cjs asks for demo 1.1, but ${named}/two.cjs asked for demo 1.0.0 before`,
      )
      expect((await start('none.mjs')).out).toContain(
        `${named}/none.mjs asks for nobody 4, which is not installed`,
      )
      expect((await start('scoped.cjs')).out).toContain('MODULE_NOT_FOUND')
      expect((await start('scoped.cjs')).out).toContain('asks for @acme/x 2, which is not installed')
      // Without the hook nothing of it holds.
      expect((await run(program, ['named/plain.cjs'], here.folder)).out).toContain(
        "Cannot find module 'demo@1.0'",
      )
    },
  )

  it('is installed for the Node it was compiled for, and for every one where nothing is compiled', async () => {
    const native = await npmTarball(here.folder, 'native', '1.0.0', {
      'index.js': '',
      'prebuilt.node': 'machine code',
    })
    expect((await here.cli('install', `npm:native@${native}`)).code).toBe(0)
    const { packages } = JSON.parse((await here.cli('list', '--json')).out)
    const made = (name: string) =>
      packages.find((one: { package: string }) => one.package === `npm:${name}`).versions[0].builds[0]
        .interpreter
    expect([made('native'), made('demo')]).toEqual([expect.stringMatching(/^node-\d+$/), 'node'])
    const other = nodes.find(({ tag }) => tag !== made('native'))
    if (other === undefined) return
    const asked = await run(
      other.program,
      ['-e', 'require("slipway-env").resolve("native", "1")'],
      here.folder,
      { NODE_PATH: here.root },
    )
    expect(asked.out).toContain(`installed is 1.0.0 for ${made('native')}`)
  })
})
