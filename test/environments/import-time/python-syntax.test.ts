/** `import demo_lib version 1.2` as every Python that is here reads it. */
import { describe, expect, it } from 'vitest'
import { placeModules } from '../../../src/environments/import-time/place-modules.ts'
import { diskFiles } from '../../../src/environments/root/environment-files.ts'
import { writeTree } from '../../action/package-files.ts'
import { run } from '../../server/clients.ts'
import { scratchFolder } from '../../server/scratch-folder.ts'
import { pythonsHere } from '../interpreters.ts'

const pythons = await pythonsHere()
if (pythons.length < 2)
  console.log(`left out: the syntax on other Pythons; here is ${pythons[0]?.tag ?? 'none'}`)

const asks = (name: string, version: string) => `__import__("slipway_env").require("${name}", "${version}"); `

/** What is written, and the plain form that it has to be the same as. */
const WITH_VERSIONS: readonly (readonly [string, string])[] = [
  ['import a version 1.2', `${asks('a', '1.2')}import a`],
  ['import a.b version 3.1.4 as c', `${asks('a.b', '3.1.4')}import a.b as c`],
  ['from a version 1 import b as c, d', `${asks('a', '1')}from a import b as c, d`],
  ['from a.b version 2.0rc1 import (\n  c,\n)', `${asks('a.b', '2.0rc1')}from a.b import (\n  c,\n)`],
  [
    'import a version 1, b, c version 1.2.3+tweak.2',
    `${asks('a', '1')}${asks('c', '1.2.3+tweak.2')}import a, b, c`,
  ],
  ['if True: import a version 1; x = 2', `if True: ${asks('a', '1')}import a; x = 2`],
  [
    'x = 1; import a version 1; import b version 2 # why',
    `x = 1; ${asks('a', '1')}import a; ${asks('b', '2')}import b`,
  ],
  [
    'class A:\n\tdef f(self):\n\t\timport a version 1',
    `class A:\n\tdef f(self):\n\t\t${asks('a', '1')}import a`,
  ],
  ['async def f():\n  import a version 1', `async def f():\n  ${asks('a', '1')}import a`],
  [
    'try:\n import a version 2\nexcept ImportError:\n import a version 1\nelse:\n import b version 1\nfinally:\n import c version 1',
    `try:\n ${asks('a', '2')}import a\nexcept ImportError:\n ${asks('a', '1')}import a\nelse:\n ${asks('b', '1')}import b\nfinally:\n ${asks('c', '1')}import c`,
  ],
  // A statement may go on in the next line.
  ['import a \\\n  version \\\n 1.2\nx = 1', `${asks('a', '1.2')}import a \\\n\\\n\nx = 1`],
  ['from a version 1 \\\n import b', `${asks('a', '1')}from a \\\n import b`],
  // A docstring stays one, and so does what only looks like a statement.
  ['"""import a version 1"""\nimport a version 1', `"""import a version 1"""\n${asks('a', '1')}import a`],
  [
    'x = """\nimport a version 1\n"""; import a version 1 # import b version 2',
    `x = """\nimport a version 1\n"""; ${asks('a', '1')}import a`,
  ],
  [
    `x = f"{'import a version 1'} from b version 2"\nimport a version 1`,
    `x = f"{'import a version 1'} from b version 2"\n${asks('a', '1')}import a`,
  ],
  [
    'from __future__ import annotations\nimport a version 1\ndef f(x: "import a version 1") -> b: ...',
    `from __future__ import annotations\n${asks('a', '1')}import a\ndef f(x: "import a version 1") -> b: ...`,
  ],
  // The word is a name like any other.
  ['from version version 1 import version', `${asks('version', '1')}from version import version`],
  ['import version version 1 as version', `${asks('version', '1')}import version as version`],
  ['version = 1\nimport a version 1\nversion', `version = 1\n${asks('a', '1')}import a\nversion`],
  [
    'import match version 1, type, _ version 2',
    `${asks('match', '1')}${asks('_', '2')}import match, type, _`,
  ],
  ['import ﬁn version 1', `${asks('fin', '1')}import fin`],
  ['é = "ü"; import a version 1; é', `é = "ü"; ${asks('a', '1')}import a; é`],
  ['\fimport a version 1\fas b', `\f${asks('a', '1')}import a as b`],
  ['import a version 1 # type: ignore', `${asks('a', '1')}import a`],
]

/** What Python itself can read is Python's alone. */
const PLAIN = [
  'x = "import a version 1"',
  '# import a version 1\n',
  'version = 1\nimport version',
  'from version import version as version',
  'x = {"a": [import_a, version]}',
  '"""\nfrom a version 1 import b\n"""',
  'def f(version, *, x=1): return version',
]

/** What neither of the two can read, and what is said about it. */
const WRONG: readonly (readonly [string, string, number])[] = [
  ['import a version >=1', 'a version: got >=1, expected a version such as 1, 1.2 or 1.2.3', 1],
  ['import a version 1.', 'a version: got 1., expected a version such as 1, 1.2 or 1.2.3', 1],
  ['from a version "1" import b', 'a version: got "1", expected a version such as 1, 1.2 or 1.2.3', 1],
  ['import a as b version 1', "a version: got 1 behind the new name, expected it before 'as'", 1],
  ['import c version 2\nx: import a version 1', 'invalid syntax', 2],
  ['import c version 2\nraise X from a version 1', 'invalid syntax', 2],
  ['import c version 2\nfrom . version 1 import a', 'invalid syntax', 2],
  ['import a version 1\n\nx = = 2\n', 'invalid syntax', 3],
  ['import a version 1 version 2', 'invalid syntax', 1],
  ['import a.version 1', 'invalid syntax', 1],
]

/** Files as bytes, in Python's notation. */
const ENCODED: readonly (readonly [string, string])[] = [
  [String.raw`b'\xef\xbb\xbfimport a version 1\r\nimport b version 2\r\n'`, 'a 1 b 2'],
  [String.raw`b'import a version 1\rimport b version 2\r'`, 'a 1 b 2'],
  [String.raw`b'# -*- coding: latin-1 -*-\nx = "\xe9"; import a version 1\nassert x == "\u00e9"'`, 'a 1'],
  [
    String.raw`b'#!/usr/bin/env python\n# vim: set fileencoding=cp1252 :\nimport a version 1 # \x80\n'`,
    'a 1',
  ],
  [String.raw`'# coding: shift_jis\nx = "ソ表"; import a version 1'.encode('shift_jis')`, 'a 1'],
  [String.raw`b'import a version 1\r\nfrom \\\r\n b version 2 import *'`, 'a 1 b 2'],
]

const PROBE = `
import json, sys, types
from slipway_env._syntax import compile_source

def said(code):
    inner = [said(one) if hasattr(one, "co_code") else repr(one) for one in code.co_consts]
    return [code.co_code.hex(), inner, code.co_names, code.co_varnames, code.co_name, code.co_firstlineno]

def error_of(text):
    try:
        compile_source(text.encode(), "f.py")
    except SyntaxError as error:
        return [error.msg, error.lineno, error.text.rstrip("\\n")]

def names_in(data):
    found = []
    import slipway_env
    slipway_env.require = lambda name, version: found.extend([name, version])
    code, had = compile_source(data, "f.py")
    for name in "ab":
        sys.modules[name] = types.ModuleType(name)
    exec(code, {})
    return " ".join(found)

given = json.loads(open("given.json", encoding="utf-8").read())
out = {"plain": [], "versions": [], "wrong": [], "encoded": []}
for written, plain in given["versions"]:
    code, had = compile_source(written.encode(), "f.py")
    expected = compile(plain, "f.py", "exec", dont_inherit=True)
    out["versions"].append([written, had and said(code) == said(expected)])
for text in given["plain"]:
    code, had = compile_source(text.encode(), "f.py")
    out["plain"].append([text, not had and code == compile(text, "f.py", "exec", dont_inherit=True)])
out["wrong"] = [error_of(text) for text in given["wrong"]]
out["encoded"] = [names_in(eval(text)) for text in given["encoded"]]
print(json.dumps(out))
`

describe.runIf(pythons.length > 0)('imports that name a version', { timeout: 300_000 }, () => {
  const root = async () => {
    const folder = await scratchFolder()
    await writeTree(folder, { '.slipway/made': '', 'probe.py': PROBE })
    await placeModules(diskFiles, folder)
    return folder
  }

  it.each(pythons)('on $tag: compile to what the plain form gives', async ({ program }) => {
    const folder = await root()
    const given = {
      versions: WITH_VERSIONS,
      plain: PLAIN,
      wrong: WRONG.map(([text]) => text),
      encoded: ENCODED.map(([data]) => data),
    }
    await writeTree(folder, { 'given.json': JSON.stringify(given) })
    const { out } = await run(program, ['-W', 'ignore', 'probe.py'], folder, { PYTHONPATH: folder })
    const answer = JSON.parse(out)
    expect(answer.versions).toEqual(WITH_VERSIONS.map(([written]) => [written, true]))
    expect(answer.plain).toEqual(PLAIN.map((text) => [text, true]))
    expect(answer.encoded).toEqual(ENCODED.map(([, names]) => names))
    for (const [index, [text, message, line]] of WRONG.entries()) {
      const [said, at, shown] = answer.wrong[index]
      expect([said, at]).toEqual([
        message === 'invalid syntax' ? expect.stringMatching(/syntax|expected|cannot/) : message,
        line,
      ])
      // Nothing of what was blanked out on the way is missing in what people see.
      if (text.includes('version 1')) expect(shown).toBe(text.split('\n')[line - 1])
    }
  })

  it.each(pythons)(
    'on $tag: leave whole files of Python as they are, whatever is done to them',
    async ({ program }) => {
      const folder = await root()
      const check = new URL('check_syntax.py', import.meta.url).pathname
      const args = [check, process.env.SLIPWAY_SYNTAX_SEED ?? '7', process.env.SLIPWAY_SYNTAX_FILES ?? '25']
      const { code, out } = await run(program, args, folder, { PYTHONPATH: folder })
      expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/'asked': [1-9]/) })
    },
  )
})
