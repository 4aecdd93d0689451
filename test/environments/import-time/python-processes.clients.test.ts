import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { writeTree } from '../../action/package-files.ts'
import { isHere, run } from '../../server/clients.ts'
import { pythonsHere, two } from '../interpreters.ts'
import { type PackageWorld, packageWorld } from '../package-world.ts'
import { wheelWithCommand } from '../python-wheel.ts'

const hasPip = await isHere('python3', ['-m', 'pip', '--version'])
const pythons = hasPip ? two('Python', await pythonsHere()) : null

const NAMESPACE = '__path__ = __import__("pkgutil").extend_path(__path__, __name__)\n'

/** Everything that these tests install, made once. */
async function wheels(folder: string): Promise<void> {
  const wheel = (
    ...args: Parameters<typeof wheelWithCommand> extends [string, ...infer Rest] ? Rest : never
  ) => wheelWithCommand(folder, ...args)
  for (const version of ['1.0.0', '2.0.0']) await wheel('base-lib', version, `VERSION = "${version}"\n`)
  for (const version of ['1.0.0', '1.1.0'])
    await wheel(
      'demo-lib',
      version,
      `import base_lib\nVERSION = "${version}"\ndef main():\n    import subprocess, sys\n    print("demo", VERSION, "on base", base_lib.VERSION, flush=True)\n    subprocess.run([sys.executable, "-c", "import demo_lib; print('child', demo_lib.VERSION)"])\n`,
      {
        requires: ['base-lib<2', 'speedy; extra == "fast"'],
        metadata: ['Provides-Extra: fast'],
        command: 'demo',
        scripts: {
          'demo-old':
            '#!python\nfrom __future__ import annotations\nimport demo_lib\nprint("old", demo_lib.VERSION)\n',
        },
      },
    )
  await wheel('speedy', '3.0', 'FAST = True\n')
  await wheel('acme-one', '1.0', { 'acme/one.py': 'NAME = "one"\n' })
  await wheel('acme-two', '1.0', { 'acme/two/__init__.py': 'NAME = "two"\n' })
  for (const name of ['old-one', 'old-two'])
    await wheel(name, '1.0', {
      'old/__init__.py': NAMESPACE,
      [`old/${name.slice(4)}.py`]: `NAME = "${name}"\n`,
    })
  await wheel(
    'pathy',
    '1.0',
    {
      'pathy_vendored/hidden_lib.py': 'NAME = "found by a .pth file"\n',
      'pathy.pth': 'pathy_vendored\n',
      'pathy.py': 'import hidden_lib\ndef main():\n    print(hidden_lib.NAME)\n',
    },
    { command: 'pathy' },
  )
}

describe.runIf(hasPip)('Python processes', { timeout: 300_000 }, () => {
  let here: PackageWorld
  beforeAll(async () => {
    here = await packageWorld()
    await wheels(here.folder)
    const all = ['demo-lib@1.0.0', 'demo-lib@1.1.0', 'acme-one', 'acme-two', 'old-one', 'old-two', 'pathy']
    expect(await here.cli('install', ...all)).toMatchObject({ code: 0 })
  }, 300_000)

  it('never run with a dependency that was imported before in another version', async () => {
    // As in a virtual environment: metadata beside the module.
    await mkdir(join(here.folder, 'site'))
    await run(
      'python3',
      [
        '-m',
        'pip',
        'install',
        '-q',
        '--no-index',
        '--find-links',
        '.',
        '--target',
        'site',
        'base-lib==2.0.0',
      ],
      here.folder,
    )
    await run(
      'python3',
      [
        '-m',
        'pip',
        'install',
        '-q',
        '--no-index',
        '--find-links',
        '.',
        '--target',
        'same',
        'base-lib==1.0.0',
      ],
      here.folder,
    )
    const code = (site: string) =>
      `import sys; sys.path.insert(0, "${site}"); import base_lib, slipway_env\nprint(slipway_env.require("demo_lib", "1.0").VERSION)`
    const other = await here.python(code('site'))
    expect(other.out).toContain(
      'ImportError: <string>:2 asks for demo-lib, which brings base-lib 1.0.0, but base_lib 2.0.0 was imported from',
    )
    expect(await here.python(code('same'))).toEqual({ code: 0, out: '1.0.0\n' })
  })

  it('give their children the modules they have, and let them ask for others', async () => {
    await writeFile(
      join(here.folder, 'parent.py'),
      `import multiprocessing, subprocess, sys
import slipway_env

demo = slipway_env.require("demo_lib", "1.0")

def work(number):
    import base_lib, demo_lib
    return "%s %s %s" % (number, demo_lib.VERSION, base_lib.VERSION)

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        print(pool.map(work, [1, 2]))
    with multiprocessing.get_context("fork").Pool(1) as pool:
        print(pool.map(work, [3]))
    for rule in ("None", "'1'", "'1.1'"):
        code = "import slipway_env as s; print(s.require('demo_lib', %s).VERSION)" % rule
        print(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip())
`,
    )
    const { out } = await run('python3', ['parent.py'], here.folder, { PYTHONPATH: here.root })
    // Live is 1.0.0; so is what the parent has, whatever 1.* is the highest by now.
    expect(out).toBe("['1 1.0.0 1.0.0', '2 1.0.0 1.0.0']\n['3 1.0.0 1.0.0']\n1.0.0\n1.0.0\n1.1.0\n")
  })

  it('start from commands with their modules, children too, and old scripts as well', async () => {
    const start = (command: string) =>
      run(join(here.root, `pypi/demo-lib/live/bin/${command}`), [], here.folder)
    expect(await start('demo')).toEqual({ code: 0, out: 'demo 1.0.0 on base 1.0.0\nchild 1.0.0\n' })
    expect(await start('demo-old')).toEqual({ code: 0, out: 'old 1.0.0\n' })
    // A run inside of a run is a process of its own.
    const nested = ['run', '--root', here.root, '--with', 'demo-lib@1.1', '--', 'demo']
    const entry = new URL('../../../src/main/cli.ts', import.meta.url).pathname
    const inner = await here.cli(
      'run',
      '--with',
      'demo-lib@1.0',
      '--',
      process.execPath,
      entry,
      'env',
      ...nested,
    )
    expect(inner.out).toBe('demo 1.1.0 on base 1.0.0\nchild 1.1.0\n')
  })

  it('share namespaces, of the newer and the older kind', async () => {
    const code = [
      'import slipway_env',
      'print(slipway_env.require("acme-one", module="acme.one").NAME)',
      'print(slipway_env.require("acme-two", module="acme.two").NAME)',
      'print(slipway_env.require("old-one", module="old.one").NAME)',
      'print(slipway_env.require("old-two", module="old.two").NAME)',
    ]
    expect(await here.python(code.join('\n'))).toEqual({ code: 0, out: 'one\ntwo\nold-one\nold-two\n' })
  })

  it('read .pth files, under a run, at import time, from commands, and in folders that stay where they are', async () => {
    const hidden = { code: 0, out: 'found by a .pth file\n' }
    expect(await here.python('import slipway_env; slipway_env.require("pathy").main()')).toEqual(hidden)
    expect(await run(join(here.root, 'pypi/pathy/live/bin/pathy'), [], here.folder)).toEqual(hidden)
    const under = await here.cli(
      'run',
      '--with',
      'pathy',
      '--',
      'python3',
      '-c',
      'import pathy; pathy.main()',
    )
    expect(under).toMatchObject(hidden)

    await writeTree(here.folder, {
      'sources/pyproject.toml':
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n[project]\nname = "edited"\nversion = "1.5"\n',
      'sources/backend.py': BACKEND,
      'sources/src/edited.py': 'def main():\n    print("before")\n',
    })
    const sources = join(here.folder, 'sources')
    const installed = await here.cli('install', '--editable', `edited@${sources}`)
    expect(installed).toMatchObject({ code: 0, out: expect.stringContaining('installed pypi:edited@1.5') })
    const edited = () =>
      here.cli('run', '--with', 'edited', '--', 'python3', '-c', 'import edited; edited.main()')
    expect((await edited()).out).toBe('before\n')
    await writeFile(join(sources, 'src/edited.py'), 'def main():\n    print("afterwards")\n')
    expect((await edited()).out).toBe('afterwards\n')
    const wrong = await here.cli('install', '--editable', 'edited@1.5')
    expect([wrong.code, wrong.err]).toEqual([
      2,
      expect.stringContaining('expected the folder of its sources'),
    ])
  })

  it('get extras that were asked for, beside the version without them', async () => {
    const missing = await here.cli('run', '--with', 'demo-lib[fast]@1.1', '--', 'true')
    expect([missing.code, missing.err]).toEqual([
      1,
      expect.stringContaining('to get it: slipway env install demo-lib[fast]@1.1 --root'),
    ])
    const added = await here.cli('install', 'demo-lib[fast]@1.1.0')
    expect(added.out).toBe(
      'installed pypi:demo-lib[fast]@1.1.0, found as 1.1.0; no other link names it before a test or promotion\n',
    )
    expect((await here.cli('install', 'demo-lib@1.1.0')).out).toContain(
      'already there: pypi:demo-lib[fast]@1.1.0',
    )
    const code =
      'import slipway_env as s; s.require("demo_lib[fast]", "1.1"); print(s.require("speedy").FAST)'
    expect(await here.python(code)).toEqual({ code: 0, out: 'True\n' })
    expect((await here.python('import slipway_env as s; s.require("demo_lib[fast]", "1.0")')).out).toContain(
      'asks for demo-lib[fast] 1.0 on cpython-',
    )
  })
})

/** Builds what stays where it is, as build backends do: one wheel with one .pth file. */
const BACKEND = `import os, zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    files = {
        "edited.pth": os.path.join(os.getcwd(), "src") + "\\n",
        "edited-1.5.dist-info/METADATA": "Metadata-Version: 2.1\\nName: edited\\nVersion: 1.5\\n",
        "edited-1.5.dist-info/WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        "edited-1.5.dist-info/top_level.txt": "edited\\n",
    }
    files["edited-1.5.dist-info/RECORD"] = "".join(name + ",,\\n" for name in [*files, "edited-1.5.dist-info/RECORD"])
    name = "edited-1.5-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
    return name

def build_wheel(folder, config_settings=None, metadata_directory=None):
    raise SystemExit("only editable")
`

describe.runIf(pythons !== null)('two Pythons in one root', { timeout: 300_000 }, () => {
  it('have versions of their own, and never those of the other', async () => {
    const [first, second] = pythons ?? []
    if (first === undefined || second === undefined) throw new Error('two were found above')
    const here = await packageWorld()
    await wheels(here.folder)
    const install = (python: string, text: string) => here.cli('install', '--python', python, text)
    expect((await install(first.program, 'demo-lib@1.0.0')).code).toBe(0)
    expect((await install(first.program, 'demo-lib@1.1.0')).code).toBe(0)
    expect((await install(second.program, 'demo-lib@1.0.0')).out).toContain('installed pypi:demo-lib@1.0.0')
    expect((await install(second.program, 'demo-lib@1.0.0')).out).toContain('already there')
    const code = (rule: string) =>
      `import slipway_env, sys; d = slipway_env.require("demo_lib"${rule}); print(d.VERSION, d.__file__)`
    for (const { tag, program } of [first, second]) {
      const { out } = await here.python(code(''), {}, program)
      const { path } = JSON.parse(
        (await here.cli('list', 'demo-lib', '--json')).out,
      ).packages[0].versions[0].builds.find(({ interpreter }: { interpreter: string }) => interpreter === tag)
      expect(out).toBe(`1.0.0 ${join(path, 'lib/demo_lib.py')}\n`)
      const command = await run(join(here.root, `pypi/demo-lib/live@${tag}/bin/demo`), [], here.folder)
      expect(command.out).toContain('demo 1.0.0')
    }
    // 1.1.0 is there for the first one only: for the second 1.0.0 is the highest 1.*
    expect((await here.python(code(', "1"'), {}, second.program)).out).toContain('1.0.0 ')
    expect((await here.python(code(', "1.1"'), {}, second.program)).out).toContain(
      `asks for demo-lib 1.1 on ${second.tag}, which is not installed; installed is 1.0.0, 1.1.0 for ${first.tag}`,
    )
    const wrong = await here.cli('run', '--python', second.program, '--with', 'demo-lib@1.1', '--', 'true')
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining(`1.1.0 for ${first.tag}`)])
    const right = await here.cli('run', '--python', second.program, '--with', 'demo-lib@1', '--', 'demo')
    expect(right.out).toContain('demo 1.0.0 on base 1.0.0')
    expect((await here.cli('list', 'demo-lib')).out).toContain(`${first.tag}, ${second.tag}`)
  })
})
