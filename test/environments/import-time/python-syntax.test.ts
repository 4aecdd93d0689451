/** `import demo_lib version 1.2` on every Python that is here. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { writeTree } from '../../action/package-files.ts'
import { isHere, run } from '../../server/clients.ts'
import { pythonsHere } from '../interpreters.ts'
import { type PackageWorld, packageWorld } from '../package-world.ts'
import { wheelWithCommand } from '../python-wheel.ts'

const hasPip = await isHere('python3', ['-m', 'pip', '--version'])
const pythons = hasPip ? await pythonsHere() : []
if (pythons.length < 2)
  console.log(`left out: the syntax on other Pythons; here is ${pythons[0]?.tag ?? 'none'}`)

const asks = (name: string, version: string) => `__import__("slipway_env").require("${name}", "${version}"); `

/** What is written, and what Python gets. */
const TABLE: readonly (readonly [string, string])[] = [
  ['import a version 1.2', `${asks('a', '1.2')}import a            `],
  ['import a.b version 3.1.4 as c', `${asks('a', '3.1.4')}import a.b               as c`],
  ['from a version 1 import b as c, d', `${asks('a', '1')}from a           import b as c, d`],
  [
    'from a.b version 2.0rc1 import (\n  c,\n)',
    `${asks('a', '2.0rc1')}from a.b                import (\n  c,\n)`,
  ],
  [
    'import a version 1, b, c version 1.2.3+tweak.2',
    `${asks('a', '1')}${asks('c', '1.2.3+tweak.2')}import a          , b, c                      `,
  ],
  ['if True: import a version 1', `if True: ${asks('a', '1')}import a          `],
  ['x = 1; import a version 1 # why', `x = 1; ${asks('a', '1')}import a           # why`],
  [
    'def f():\n    import a version 1\n    return a',
    `def f():\n    ${asks('a', '1')}import a          \n    return a`,
  ],
  // Nothing of it is a statement.
  ['x = "import a version 1"', 'x = "import a version 1"'],
  ['"""\nimport a version 1\n"""', '"""\nimport a version 1\n"""'],
  ['# import a version 1', '# import a version 1'],
  ['version = 1\nimport version', 'version = 1\nimport version'],
  ['x = {"a": [import_a, version]}', 'x = {"a": [import_a, version]}'],
]

/** Random files of statements with and without versions; what Python reads itself has to come out as it is. */
const FUZZ = `
import ast, random, sys
from slipway_env._syntax import compile_source, translate
draw = random.Random(int(sys.argv[1]))
plain = ["import os", "from os import path as p, sep", "x = 'import a version 1'", "def f(version=1):\\n    import os\\n    return version", "# import a version 1", "if x: pass", "y = [1,\\n  2]", "class version:\\n    pass", 'z = """\\nfrom a version 1 import b\\n"""', "import os; version = 3"]
asked = ["import {m} version {v}", "from {m} version {v} import n", "if x: import {m} version {v}", "import os, {m} version {v} as k", "try:\\n    from {m} version {v} import (n,\\n  o)\\nfinally:\\n    pass"]
changed = 0
for _ in range(int(sys.argv[2])):
    parts, by_hand = [], []
    for _ in range(draw.randint(1, 8)):
        if draw.random() < 0.6:
            text = draw.choice(plain)
            parts.append(text); by_hand.append(text)
        else:
            text, m, v = draw.choice(asked), draw.choice(["a", "b.c", "_d1"]), draw.choice(["1", "1.2", "3.1.4", "2.0rc1", "1!2.0", "1.0+x.3"])
            call = '__import__("slipway_env").require("%s", "%s"); ' % (m.split(".")[0], v)
            parts.append(text.format(m=m, v=v))
            for word in ("import {m}", "from {m}", "import os, {m}"):
                if word in text:
                    by_hand.append(text.replace(word, call + word, 1).replace(" version {v}", "", 1).format(m=m))
                    break
    source, plain_form = "\\n".join(parts) + "\\n", "\\n".join(by_hand) + "\\n"
    code, had = compile_source(source.encode(), "f.py")
    changed += had
    assert had == (source != plain_form), source
    assert ast.dump(ast.parse(translate(source) if had else source)) == ast.dump(ast.parse(plain_form)), source
    if not had:
        expected = compile(source, "f.py", "exec", dont_inherit=True)
        assert code == expected and code.co_code == expected.co_code, source
assert changed
print("as it should be")
`

describe.runIf(pythons.length > 0)('imports that name a version', { timeout: 300_000 }, () => {
  let here: PackageWorld
  beforeAll(async () => {
    here = await packageWorld()
    for (const version of ['1.0.0', '1.2.0'])
      await wheelWithCommand(here.folder, 'demo-lib', version, `VERSION = "${version}"\n`)
    expect((await here.cli('install', 'demo-lib@1.0.0', 'demo-lib@1.2.0')).code).toBe(0)
  }, 300_000)

  it.each(pythons)('on $tag: become the plain form on the same lines', async ({ program }) => {
    const code =
      'import json, sys; from slipway_env._syntax import translate; print(json.dumps([translate(t) for t in json.loads(sys.argv[1])]))'
    const args = ['-c', code, JSON.stringify(TABLE.map(([written]) => written))]
    const { out } = await run(program, args, here.folder, { PYTHONPATH: here.root })
    expect(JSON.parse(out)).toEqual(TABLE.map(([, plain]) => plain))
    const files = process.env.SLIPWAY_SYNTAX_FILES ?? '300'
    const fuzzed = await run(program, ['-c', FUZZ, '7', files], here.folder, { PYTHONPATH: here.root })
    expect(fuzzed.out).toBe('as it should be\n')
  })

  it('run in scripts and in modules that they import, with the right lines in what goes wrong', async () => {
    await writeTree(here.folder, {
      'work/script.py': `"""A script."""\nimport sys\nfrom demo_lib version 1.0 import VERSION\nimport helper\nimport plain\nprint(VERSION, helper.VERSION, plain.__name__, sys.argv[1:], __name__, __file__)\nif sys.argv[1:] == ["again"]:\n    import demo_lib version 1.2\n`,
      'work/helper.py': 'import demo_lib version 1.0 as demo\nVERSION = demo.VERSION\n',
      'work/plain.py': 'version = 1\n',
      'work/wrong.py': 'x = 1\nimport demo_lib version 1.0 because\n',
    })
    const start = (...args: string[]) =>
      run('python3', ['-m', 'slipway_env', ...args], here.folder, { PYTHONPATH: here.root })
    expect(await start('work/script.py', 'one', '--two')).toEqual({
      code: 0,
      out: "1.0.0 1.0.0 plain ['one', '--two'] __main__ work/script.py\n",
    })
    const again = await start('work/script.py', 'again')
    expect(again.out).toContain(
      'File "work/script.py", line 8, in <module>\n    import demo_lib version 1.2\n',
    )
    expect(again.out).toContain(
      'ImportError: work/script.py:8 asks for demo-lib 1.2, but work/script.py:3 asked for demo-lib 1.0.0 before',
    )
    const wrong = await start('work/wrong.py')
    expect(wrong.out).toMatch(/File "work\/wrong.py", line 2\n/)
    expect((await start('nowhere.py')).out).toContain('slipway_env: cannot read nowhere.py')
    expect((await start()).code).toBe(1)
    // Python itself must not find what was made of a module for its own.
    await writeFile(join(here.folder, 'work/alone.py'), 'import helper\n')
    expect((await run('python3', ['work/alone.py'], here.folder, { PYTHONPATH: here.root })).out).toContain(
      'SyntaxError',
    )
  })
})
