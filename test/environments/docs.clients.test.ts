/** docs/environments.md: the commands of its example and its pieces of code, as they are printed. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { npmTarball } from '../action/package-files.ts'
import { spawnCli } from '../cli/spawn-cli.ts'
import { isHere, run } from '../server/clients.ts'
import { postForm, uploadForm } from '../server/pypi-form.ts'
import { startIndex } from '../server/running-server.ts'
import { packageWorld } from './package-world.ts'
import { wheelWithCommand } from './python-wheel.ts'

const hasPip = await isHere('python3', ['-m', 'pip', '--version'])
const hasNpm = await isHere('npm', ['--version'])
const page = await readFile(new URL('../../docs/environments.md', import.meta.url), 'utf8')

const block = (language: string): string => {
  const found = new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'm').exec(page)?.[1]
  if (found === undefined) throw new Error(`the page has no block of ${language}`)
  return found
}

/** A command line as a shell reads it, so far as the page goes: quotes and spaces. */
const words = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')

describe.runIf(hasPip && hasNpm)('the page about environments', { timeout: 240_000 }, () => {
  it('shows what its commands print, and code that runs', async () => {
    const { folder, root, cli, python } = await packageWorld()
    for (const version of ['1.0.0', '1.2.0'])
      await wheelWithCommand(
        folder,
        'demo-lib',
        version,
        `VERSION = "${version}"\ndef main():\n    import sys\n    print("demo", VERSION) if sys.argv[1:] == [] else None\n`,
        { command: 'demo' },
      )
    const shown = [...block('').matchAll(/^\$ slipway env (\S+) (.*)\n((?:(?!\$|\n).*\n)*)/gm)]
    expect(shown.length).toBeGreaterThan(8)
    for (const [, command = '', line = '', output = ''] of shown) {
      const args = words(line.replace('--root /srv/env', ''))
      const { code, out } = await cli(command, ...args)
      expect({ line, code, out: out.replaceAll(root, '/srv/env') }).toEqual({ line, code: 0, out: output })
    }

    expect((await cli('install', 'demo-lib@1.2.0')).code).toBe(0)
    expect(await python(`${block('python')}print(demo_lib.VERSION)`)).toEqual({ code: 0, out: '1.2.0\n' })
    await writeFile(
      join(folder, 'script.py'),
      `${block('python-with-versions')}print(demo_lib.VERSION, VERSION)\n`,
    )
    const named = await run('python3', ['-m', 'slipway_env', 'script.py'], folder, { PYTHONPATH: root })
    expect(named).toEqual({ code: 0, out: '1.2.0 1.2.0\n' })
    for (const [name, version] of [
      ['demo-lib', '1.2.7'],
      ['other', '2.1.0'],
    ] as const) {
      const files = { 'index.js': `module.exports = '${name} ${version}'\n` }
      const packed = await npmTarball(folder, name, version, files)
      expect((await cli('install', `npm:${name}@${packed}`)).code).toBe(0)
    }
    const script = block('js').replaceAll('/srv/env', root).replace('await slipwayEnv', 'slipwayEnv')
    await writeFile(join(folder, 'page.cjs'), `${script}other.then((it) => console.log(demo, it.default))\n`)
    const ran = await run('node', ['page.cjs'], folder, { NODE_PATH: root })
    expect(ran).toEqual({ code: 0, out: 'demo-lib 1.2.7 other 2.1.0\n' })

    const [, started = ''] = /^(node --require .*)$/m.exec(page) ?? []
    await writeFile(join(folder, 'app.mjs'), `${block('mjs')}console.log(demo, other)\n`)
    const [program = '', ...args] = words(started.replaceAll('/srv/env', root))
    expect(await run(program, args, folder)).toEqual({ code: 0, out: 'demo-lib 1.2.7 other 2.1.0\n' })
  })

  it('brings a machine to the version of its rollout, as it says', async () => {
    const index = await startIndex()
    const { folder, root } = await packageWorld()
    const module = 'def main():\n    import sys\n    print(sys.argv[1:])\n'
    const path = await wheelWithCommand(folder, 'demo-lib', '1.0.0', module, { command: 'demo' })
    const bytes = await readFile(path)
    expect(
      await postForm(
        index,
        await uploadForm('demo-lib', '1.0.0', { bytes, fields: { requires_python: null } }),
      ),
    ).toMatchObject({ status: 200 })
    // A release on PyPI begins a quarter of an hour after its last file.
    await index.wait(16 * 60_000)
    const told: Readonly<Record<string, string>> = { '/srv/env': root, 'https://slipway.example': index.url }
    const line = Object.entries(told).reduce((text, [from, to]) => text.replaceAll(from, to), block('sh'))
    const [, ...args] = words(line.replaceAll('\\\n', ' '))
    const { code, out, err } = await spawnCli(args, { HOME: folder, PIP_NO_CACHE_DIR: '1' }, folder)
    expect([code, out, code === 0 ? '' : err]).toEqual([
      0,
      'pypi:demo-lib@1.0.0 stays: it is live already\n',
      '',
    ])
    const key = await readFile(join(root, 'machine-key'), 'utf8')
    expect(key).toMatch(/^m-[a-z2-7]+\n$/)
    await index.close()
  })
})
