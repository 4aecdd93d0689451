/**
 * Packages of the public indexes, with native parts and more than forty dependencies. Takes minutes and hundreds of
 * megabytes, so it runs where SLIPWAY_REAL_PACKAGES is set.
 */
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { spawnCli } from '../cli/spawn-cli.ts'
import { isHere } from '../server/clients.ts'
import { scratchFolder } from '../server/scratch-folder.ts'
import { nodesHere, pythonsHere } from './interpreters.ts'
import { wheelWithCommand } from './python-wheel.ts'

const isWanted = Boolean(process.env.SLIPWAY_REAL_PACKAGES)
if (!isWanted) console.log('left out: packages of the public indexes; SLIPWAY_REAL_PACKAGES is not set')
const hasNpm = isWanted && (await isHere('npm', ['--version']))

const REQUIRES = [
  ...['numpy', 'pandas', 'cffi', 'lxml', 'markupsafe', 'pyyaml', 'regex', 'wrapt', 'msgpack', 'psutil'],
  ...[
    'flask',
    'jinja2',
    'requests',
    'httpx',
    'rich',
    'click',
    'attrs',
    'sqlalchemy',
    'pydantic',
    'jsonschema',
  ],
  ...['beautifulsoup4', 'tqdm', 'tabulate', 'toml', 'docutils', 'networkx', 'sympy', 'cachetools'],
]

/** What a folder takes on the disk, each file once however many names it has. */
async function takes(folder: string, seen = new Set<number>()): Promise<number> {
  let bytes = 0
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const found = await lstat(path)
    if (!seen.has(found.ino)) bytes += found.blocks * 512
    seen.add(found.ino)
    if (found.isDirectory()) bytes += await takes(path, seen)
  }
  return bytes
}

describe.runIf(isWanted)('packages of the public indexes', { timeout: 1_800_000 }, () => {
  it('share what two versions have in common, on two Pythons', async () => {
    const folder = await scratchFolder()
    for (const version of ['1.0.0', '1.1.0'])
      await wheelWithCommand(
        folder,
        'app',
        version,
        `import numpy\ndef main():\n    print("${version}", int(numpy.arange(4).sum()))\n`,
        {
          requires: REQUIRES,
          command: 'app',
        },
      )
    const env = { ...process.env, PIP_FIND_LINKS: folder }
    const modern = (await pythonsHere()).filter(({ tag }) => Number(tag.slice(8)) >= 310).slice(0, 2)
    for (const { tag, program } of modern) {
      // A root for each: what is not compiled the second Python would share with the first.
      const root = join(folder, tag)
      const cli = (...args: string[]) => spawnCli(['env', ...args, '--root', root], env, folder)
      const before = await takes(folder)
      const first = await cli('install', 'app@1.0.0', '--python', program)
      expect(first.code, first.err).toBe(0)
      const one = (await takes(folder)) - before
      const second = await cli('install', 'app@1.1.0', '--python', program)
      expect(second.code, second.err).toBe(0)
      const two = (await takes(folder)) - before - one
      const ran = await spawnCli(
        ['env', 'run', '--root', root, '--python', program, '--with', 'app@1.1', '--', 'app'],
        env,
        folder,
      )
      expect(ran.out).toBe('1.1.0 6\n')
      const listed = JSON.parse((await cli('list', 'app', '--json')).out)
      expect(listed.packages[0].versions).toHaveLength(2)
      console.log(
        `${tag}: the first version takes ${one} bytes, the second ${two} more (${((100 * two) / one).toFixed(2)} %)`,
      )
      expect(two / one).toBeLessThan(0.05)
    }
    expect(modern.length).toBeGreaterThan(1)
  })

  it.runIf(hasNpm)('run compiled modules under the Node they are for, and say so under another', async () => {
    const folder = await scratchFolder()
    const root = join(folder, 'root')
    const nodes = await nodesHere()
    const code =
      'import("bcrypt").then(({ default: b }) => console.log(b.compareSync("x", b.hashSync("x", 4))))'
    const cli = (...args: string[]) =>
      spawnCli(['env', args[0] ?? '', '--root', root, ...args.slice(1)], { ...process.env }, folder)
    const installed = await cli('install', 'npm:bcrypt@5.1.1')
    expect(installed.code, installed.err).toBe(0)
    const { packages } = JSON.parse((await cli('list', '--json')).out)
    const made = packages[0].versions[0].builds[0].interpreter
    const own = nodes.find(({ tag }) => tag === made)
    expect(own).toBeDefined()
    const ran = await cli('run', '--with', 'npm:bcrypt', '--', own?.program ?? '', '-e', code)
    expect(ran.out).toBe('true\n')
  })
})
