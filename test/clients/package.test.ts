import { spawn, spawnSync } from 'node:child_process'
import { chown, mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Installed,
  installPacked,
  listening,
  type NodeRelease,
  nodesHere,
  npx,
  ownRootScript,
  root,
  startWith,
  stopped,
} from './package-world.ts'
import { scratchFolder } from './scratch-folder.ts'

const nodes = await nodesHere()
if (nodes.length === 0) console.log('left out: no Nodes here; scripts/install-tools.sh nodes brings them')
const { engines } = JSON.parse(await readFile(`${root}package.json`, 'utf8'))
const least = Number(/\d+/.exec(engines.node)?.[0])
const able = nodes.filter(({ major }) => major >= least)
const own: NodeRelease = { program: process.execPath, major: Number.parseInt(process.versions.node, 10) }

let installed: Installed
beforeAll(async () => {
  installed = await installPacked()
  console.log(`package: ${installed.bytes} bytes, installed in ${(installed.installMs / 1000).toFixed(1)} s`)
}, 300_000)
const undo: (() => unknown)[] = []
afterAll(async () => {
  for (const step of undo) await step()
})

describe('the package', () => {
  it('holds what is needed and nothing else, under 6 MB', () => {
    const allowed =
      /^(?:dist\/(?:slipway\.js|slipway\/[\w-]+\.js|action\/index\.js|demo\/.+|fixtures\/github\/.+)|examples\/(?:maintainer|dependents)\/.+|action\.yml|app(?:\.dependents)?\.yml|package\.json|README\.md|LICENSE)$/
    expect(installed.files.filter((path) => !allowed.test(path))).toEqual([])
    expect(installed.files).toContain('dist/slipway.js')
    expect(installed.bytes).toBeLessThan(6_000_000)
  })

  it('is a command named slipway, and needs nothing that installs by a script', async () => {
    const manifest = JSON.parse(await readFile(join(installed.home, 'package.json'), 'utf8'))
    expect(manifest.name).toBe('slipway-index')
    expect(manifest.bin).toEqual({ slipway: 'dist/slipway.js' })
    expect(manifest.private).toBeUndefined()
    const lock = await readFile(join(installed.folder, 'node_modules/.package-lock.json'), 'utf8')
    expect(lock).not.toContain('hasInstallScript')
    expect(Object.keys(JSON.parse(lock).packages)).not.toContain('node_modules/vitest')
  })
})

describe('on Node', () => {
  it.each(nodes.filter(({ major }) => major < least))(
    '$major one sentence, no stack, and no zero',
    async (node) => {
      for (const args of [['--version'], ['serve', '--port', '0'], ['demo']]) {
        const ran = await npx(node, installed.folder, args)
        expect(ran.code).not.toBe(0)
        const lines = ran.err
          .trim()
          .split('\n')
          .filter((line) => !line.startsWith('npm warn'))
        expect(lines).toEqual([
          expect.stringMatching(
            new RegExp(`^slipway: needs Node ${least}\\.\\d+ or newer, this is v${node.major}\\.`),
          ),
        ])
      }
    },
  )

  it.each(able)('$major it serves pages and both indexes', async (node) => {
    expect((await npx(node, installed.folder, ['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/)
    const child = startWith(node.program, installed, join(await scratchFolder(), 'data'))
    undo.push(() => child.kill('SIGKILL'))
    const url = await listening(child)
    for (const [path, type] of [
      ['/', 'text/html'],
      ['/pypi/simple/', 'text/html'],
      ['/npm/-/ping', 'application/json'],
      ['/api/v1/openapi.json', 'application/json'],
    ] as const) {
      const response = await fetch(`${url}${path}`)
      expect(`${path} ${response.status}`).toBe(`${path} 200`)
      expect(response.headers.get('content-type')).toContain(type)
    }
    expect(await stopped(child)).toBe(0)
  })

  it.each(process.env.SLIPWAY_TEST_DEMOS ? able : [own])(
    '$major the demo takes the bad release back',
    async (node) => {
      const cwd = await scratchFolder()
      const script = join(installed.home, 'dist/slipway.js')
      const demo = spawn(node.program, [script, 'demo', '--quick', '--no-python'], {
        cwd,
        env: { PATH: process.env.PATH, HOME: cwd },
      })
      undo.push(() => demo.kill('SIGKILL'))
      let said = ''
      demo.stdout.on('data', (chunk) => {
        said += chunk
      })
      demo.stderr.on('data', (chunk) => {
        said += chunk
      })
      const code = await new Promise((resolve) => demo.on('close', resolve))
      expect(`${code} ${said}`).toContain('everything ended as it should')
      expect(code).toBe(0)
      expect(await readFile(join(cwd, 'demo-run/rollout.svg'), 'utf8')).toContain('<svg')
    },
    300_000,
  )
})

const canUnshare = process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0
if (!canUnshare) console.log('left out: a root of its own needs root and mount namespaces')

describe.skipIf(!canUnshare)('in a read-only root of its own', () => {
  it('serves a page as nobody, and writes nothing but its data', async () => {
    const scratch = await scratchFolder()
    await mkdir(join(scratch, 'data'))
    await chown(join(scratch, 'data'), 65534, 65534)
    const script = await ownRootScript(own.program, installed, scratch)
    const child = spawn('unshare', ['--mount', 'sh', script], {
      env: { PATH: process.env.PATH, SLIPWAY_ADMIN_TOKEN: 'operator of the test' },
    })
    undo.push(() => child.kill('SIGKILL'))
    const url = await listening(child)
    const page = await fetch(`${url}/`)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('Slipway')
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
    expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).toBe('65534')
    expect((await stat(join(scratch, 'data', 'slipway.sqlite'))).uid).toBe(65534)
    expect(await stopped(child)).toBe(0)
  })
})
