/** Programs whose imports name versions, started by `python -m slipway_env` in every way that Python starts one. */
import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import { beforeAll, describe, expect, it } from 'vitest'
import { writeTree } from '../../action/package-files.ts'
import { isHere, run } from '../../server/clients.ts'
import { type PackageWorld, packageWorld } from '../package-world.ts'
import { wheelWithCommand } from '../python-wheel.ts'

const hasPip = await isHere('python3', ['-m', 'pip', '--version'])
const hasColumns = await isHere('python3', ['-c', 'import sys; assert sys.version_info >= (3, 11)'])
const hasPytest = await isHere('python3', ['-m', 'pytest', '--version'])
if (!hasPytest) console.log('left out: pytest with modules that name versions; pytest is not here')

describe.runIf(hasPip)('a program whose imports name versions', { timeout: 300_000 }, () => {
  let here: PackageWorld
  beforeAll(async () => {
    here = await packageWorld()
    for (const version of ['1.0.0', '1.2.0'])
      await wheelWithCommand(here.folder, 'demo-lib', version, {
        'demo_lib/__init__.py': `VERSION = "${version}"\n`,
        'demo_lib/part.py': 'from . import VERSION\n',
      })
    await wheelWithCommand(here.folder, 'acme-one', '1.0', { 'acme/one.py': 'NAME = "one"\n' })
    await wheelWithCommand(here.folder, 'acme-two', '2.0', { 'acme/two/__init__.py': 'NAME = "two"\n' })
    await wheelWithCommand(here.folder, 'PyOther', '3.1', { 'othr/__init__.py': 'NAME = "other"\n' })
    const all = ['demo-lib@1.0.0', 'demo-lib@1.2.0', 'acme-one', 'acme-two', 'pyother']
    expect(await here.cli('install', ...all)).toMatchObject({ code: 0 })
  }, 300_000)

  const start = (...args: string[]) =>
    run('python3', ['-m', 'slipway_env', ...args], here.folder, { PYTHONPATH: here.root })

  it('is started like any other script, with its modules, its arguments and its own lines', async () => {
    await writeTree(here.folder, {
      'work/script.py': `"""A script."""\nimport sys\nfrom demo_lib version 1.0 import VERSION\nimport helper\nimport plain\nprint(VERSION, helper.VERSION, plain.__name__, sys.argv, __name__, __doc__, __package__)\nif sys.argv[1:] == ["again"]:\n    x = 1; import demo_lib version 1.2\nprint(1 / len(sys.argv[2:]))\n`,
      'work/helper.py': 'import demo_lib.part version 1.0 as demo\nVERSION = demo.VERSION\n',
      'work/plain.py': 'version = 1\n',
      'work/wrong.py': 'x = 1\nimport demo_lib version 1.0 because\n',
    })
    await symlink(join(here.folder, 'work/script.py'), join(here.folder, 'link.py'))
    for (const script of ['work/script.py', 'link.py'])
      expect(await start(script, 'one', '--two')).toEqual({
        code: 0,
        out: `1.0.0 1.0.0 plain ['${script}', 'one', '--two'] __main__ A script. None\n1.0\n`,
      })
    const path = join(here.folder, 'work/script.py')
    const again = await start('work/script.py', 'again')
    const shown = `File "${path}", line 8, in <module>\n    x = 1; import demo_lib version 1.2\n`
    expect(again.out).toContain(shown + (hasColumns ? `                  ^^^^^^^^^^^^^^^^^^^^\n` : ''))
    expect(again.out).toContain(
      `ImportError: ${path}:8 asks for demo-lib 1.2, but ${path}:3 asked for demo-lib 1.0.0 before`,
    )
    const divided = await start('work/script.py', 'x')
    expect(divided.out).toContain(`line 9, in <module>\n    print(1 / len(sys.argv[2:]))\n`)
    const wrong = await start('work/wrong.py')
    expect(wrong.out).toMatch(/File ".*work\/wrong.py", line 2\n\s+import demo_lib version 1.0 because\n/)
    // Python itself must not find what was made of a module for its own.
    await writeFile(join(here.folder, 'work/alone.py'), 'import helper\n')
    const alone = await run('python3', ['work/alone.py'], here.folder, { PYTHONPATH: here.root })
    expect(alone.out).toContain('SyntaxError')
  })

  it('may be a module, an application in a folder or a zip file, or a line', async () => {
    const main =
      'from demo_lib version 1.2 import VERSION\nimport beside\nprint(VERSION, beside.NAME, __name__)\n'
    const beside = 'import acme.one version 1\nNAME = acme.one.NAME\n'
    await writeTree(here.folder, {
      'app/__main__.py': main,
      'app/beside.py': beside,
      'tools/pack/__init__.py': '',
      'tools/pack/__main__.py': main.replace('import beside', 'from . import beside'),
      'tools/pack/beside.py': beside,
    })
    const files = {
      '__main__.py': Buffer.from(
        main.replace('beside', 'pack.beside').replace('beside.NAME', 'pack.beside.NAME'),
      ),
      'pack/__init__.py': Buffer.from('import demo_lib version 1\n'),
      'pack/beside.py': Buffer.from(beside),
    }
    await writeFile(
      join(here.folder, 'app.pyz'),
      Buffer.concat([Buffer.from('#!/usr/bin/env python3\n'), zipSync(files)]),
    )
    const said = { code: 0, out: '1.2.0 one __main__\n' }
    expect(await start('app')).toEqual(said)
    expect(await start('app.pyz')).toEqual(said)
    const env = { PYTHONPATH: `${here.root}:tools` }
    expect(await run('python3', ['-m', 'slipway_env', '-m', 'pack'], here.folder, env)).toEqual(said)
    const line = 'import demo_lib version 1.2, sys; print(demo_lib.VERSION, sys.argv)'
    expect(await start('-c', line, 'x')).toEqual({ code: 0, out: "1.2.0 ['-c', 'x']\n" })
  })

  it('says what it needs when it is started wrongly', async () => {
    expect(await start()).toMatchObject({ code: 2, out: expect.stringContaining('usage: python -m') })
    expect(await start('--help')).toMatchObject({ code: 0 })
    for (const [args, says] of [
      [['nowhere.py'], 'slipway_env: cannot read nowhere.py: it is not there'],
      [['-m', 'nowhere'], 'slipway_env: no module named nowhere that can be run'],
      [['-m'], 'slipway_env: nothing behind -m'],
      [['--fast'], 'slipway_env: got --fast, expected a script, -m or -c'],
      [['pypi'], 'slipway_env: cannot read pypi'],
    ] as const)
      expect(await start(...args)).toEqual({ code: 1, out: expect.stringContaining(says) })
  })

  it('is imported once more by processes that multiprocessing starts, whatever it was started as', async () => {
    const text = `import demo_lib version 1.0
import multiprocessing
def work(number):
    import demo_lib
    return "%s %s" % (number, demo_lib.VERSION)
if __name__ == "__main__":
    for method in ("spawn", "forkserver", "fork"):
        with multiprocessing.get_context(method).Pool(1) as pool:
            print(pool.map(work, [1]))
`
    await writeTree(here.folder, {
      'parallel.py': text,
      'many/__init__.py': '',
      'many/__main__.py': text.replace('import multi', 'from . import other\nimport multi'),
      'many/other.py': 'import demo_lib version 1.0\n',
    })
    const out = "['1 1.0.0']\n['1 1.0.0']\n['1 1.0.0']\n"
    expect(await start('parallel.py')).toEqual({ code: 0, out })
    expect(await start('-m', 'many')).toEqual({ code: 0, out })
  })

  it('names modules as it imports them: in namespaces, and of packages that are called otherwise', async () => {
    await writeFile(
      join(here.folder, 'named.py'),
      'import acme.one version 1.0, acme.two version 2\nfrom othr version 3 import NAME\nprint(acme.one.NAME, acme.two.NAME, NAME)\n',
    )
    expect(await start('named.py')).toEqual({ code: 0, out: 'one two other\n' })
    const twice = 'import acme.one version 1.0\nimport acme.one version 2.0\n'
    await writeFile(join(here.folder, 'twice.py'), twice)
    const script = join(here.folder, 'twice.py')
    expect((await start('twice.py')).out).toContain(
      `ImportError: ${script}:2 asks for acme-one 2.0, but ${script}:1 asked for acme-one 1.0 before`,
    )
    await writeFile(join(here.folder, 'missing.py'), 'import nobody.has version 4\n')
    expect((await start('missing.py')).out).toContain('to get it: slipway env install pypi:nobody@4 --root')
  })

  it('is searched for in PYTHONPATH, and in the folders of the interpreter, the user and the system', async () => {
    const code = 'from slipway_env._finding import roots; print("\\n".join(roots()))'
    await writeTree(here.folder, { 'second/.slipway/made': '', 'none/file': '' })
    const second = join(here.folder, 'second')
    const env = { PYTHONPATH: `${here.root}:${second}:none`, XDG_DATA_HOME: join(here.folder, 'data') }
    const { out } = await run('python3', ['-c', code], here.folder, env)
    const prefix = (await run('python3', ['-c', 'import sys; print(sys.prefix)'], here.folder)).out.trim()
    expect(out.trim().split('\n')).toEqual([
      here.root,
      second,
      `${prefix}/share/slipway-env`,
      join(here.folder, 'data/slipway-env'),
      '/usr/local/share/slipway-env',
    ])
  })

  it('keeps its modules readable for doctest, inspect and what else looks at sources', async () => {
    await writeTree(here.folder, {
      'looked.py': `"""A module.\n\n>>> twice(2)\n4\n>>> VERSION\n'1.2.0'\n"""\nfrom demo_lib version 1.2 import VERSION\ndef twice(x):\n    import demo_lib version 1\n    return 2 * x\n`,
      'look.py':
        'import doctest, inspect, looked\nprint(doctest.testmod(looked), inspect.getsource(looked.twice))\nprint(type(looked.__loader__).__name__, looked.__cached__ is None or __import__("os").path.exists(looked.__cached__))\n',
    })
    const { code, out } = await start('look.py')
    expect(out).toContain('TestResults(failed=0, attempted=2) def twice(x):\n    import demo_lib version 1\n')
    expect([code, out]).toEqual([0, expect.stringContaining('VersionLoader False')])
  })

  it('lets others change how plain modules load', async () => {
    await writeTree(here.folder, {
      'plainly.py': 'X = 1 # version 3 of it\n',
      'kept.py': 'import plainly\nprint(type(plainly.__loader__).__name__)\n',
    })
    expect(await start('kept.py')).toEqual({ code: 0, out: 'SourceFileLoader\n' })
    // Off the hook nothing is changed.
    const off = await here.python(
      'import sys; before = sys.path_hooks[:]; import slipway_env; print(before == sys.path_hooks)',
    )
    expect(off.out).toBe('True\n')
  })

  it.runIf(hasPytest)('runs under pytest, which rewrites what is plain', async () => {
    await writeTree(here.folder, {
      'checks/test_versions.py':
        'import demo_lib version 1.2\ndef test_it():\n    assert demo_lib.VERSION == "1.2.0"\n',
      'checks/test_plain.py': 'def test_rewritten():\n    x = 1\n    assert x == 2\n',
    })
    const { code, out } = await start('-m', 'pytest', '-q', '-p', 'no:cacheprovider', 'checks')
    expect([code, out]).toEqual([1, expect.stringContaining('assert 1 == 2')])
    expect(out).toContain('1 failed, 1 passed')
  })
})
