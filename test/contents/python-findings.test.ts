import { describe, expect, it } from 'vitest'
import { compareReleases } from '../../src/contents/compare-releases.ts'
import type { ReleaseContents } from '../../src/contents/contents.ts'
import { wheelOf } from './made-archives.ts'

type Files = Readonly<Record<string, string>>

const findingsOf = (before: ReleaseContents, after: ReleaseContents) =>
  compareReleases('pypi', before, after).findings.map(
    ({ level, code, what }) => `${level} ${code}: ${what.join(' | ')}`,
  )

/** What a minor release from the one set of files to the other is told. */
const between = (before: Files, after: Files) => findingsOf(wheelOf('1.0.0', before), wheelOf('1.1.0', after))

const withMetadata = (before: readonly string[], after: readonly string[]) =>
  findingsOf(wheelOf('1.0.0', { 'demo.py': '' }, before), wheelOf('1.1.0', { 'demo.py': '' }, after))

describe('what a wheel lacks to be loaded', () => {
  it.each<[string, Files, Files, string[]]>([
    [
      'a module of its own was not packed',
      { 'demo/__init__.py': 'from . import core', 'demo/core.py': '' },
      { 'demo/__init__.py': 'from . import core\nfrom .aio import run', 'demo/core.py': '' },
      ['stop own-import-missing: demo imports demo.aio'],
    ],
    [
      'a module that its own package imports is gone',
      { 'demo/__init__.py': 'from . import core', 'demo/core.py': '' },
      { 'demo/__init__.py': 'from . import core' },
      [
        'stop own-import-missing: demo imports core from demo',
        'ask module-removed: demo.core',
        'ask root-name-removed: demo:core',
      ],
    ],
    [
      'a name moved and an unchanged module still imports it',
      { 'demo/__init__.py': '', 'demo/a.py': 'def _f(): pass', 'demo/b.py': 'from demo.a import _f' },
      { 'demo/__init__.py': '', 'demo/a.py': 'def _g(): pass', 'demo/b.py': 'from demo.a import _f' },
      ['stop own-import-missing: demo.b imports _f from demo.a'],
    ],
    [
      'an import that may fail is no finding',
      { 'demo.py': '' },
      {
        'demo.py':
          'try:\n    from . import fast\nexcept ImportError:\n    fast = None\ntry:\n    import ujson\nexcept ImportError:\n    ujson = None',
      },
      [],
    ],
    [
      'a handler that raises guards nothing',
      { 'demo/__init__.py': '', 'demo/clean.py': 'def clean(): pass' },
      {
        'demo/__init__.py': '',
        'demo/clean.py':
          'try:\n    from demo_clean import clean\nexcept ImportError:\n    raise ImportError("install demo_clean")',
      },
      ['stop module-now-needs-extra: demo.clean imports demo_clean'],
    ],
    [
      'a module that no dependency brings',
      { 'demo.py': '' },
      { 'demo.py': 'import wrapt' },
      ['stop undeclared-import: demo imports wrapt'],
    ],
    [
      'the standard library, also of other Pythons, needs no dependency',
      { 'demo.py': '' },
      { 'demo.py': 'import tomllib, distutils\nfrom xml.etree import ElementTree' },
      [],
    ],
    [
      'what only tests and type checkers need',
      { 'demo/__init__.py': '' },
      {
        'demo/__init__.py': 'from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import numpy',
        'demo/tests/test_a.py': 'import pytest',
      },
      [],
    ],
  ])('%s', (_name, before, after, expected) => expect(between(before, after)).toEqual(expected))

  it('an import of a dependency that was dropped', () => {
    const files = { 'demo.py': 'import six' }
    const before = wheelOf('1.0.0', files, ['Requires-Python: >=3.9', 'Requires-Dist: six (>=1.10)'])
    expect(findingsOf(before, wheelOf('1.1.0', files))).toEqual([
      'stop dropped-dependency-still-imported: demo imports six',
      'say dependency-removed: six',
    ])
  })

  it('syntax that the lowest Python it is offered to cannot read, once', () => {
    const offered = ['Requires-Python: >=3.7']
    const after = { 'demo.py': '(_n := 3)' }
    expect(
      findingsOf(wheelOf('1.0.0', { 'demo.py': '_n = 3' }, offered), wheelOf('1.1.0', after, offered)),
    ).toEqual(['stop syntax-of-lowest-python: demo:1 an assignment expression, Python 3.8; offered to 3.7'])
    expect(
      findingsOf(wheelOf('1.1.0', after, offered), wheelOf('1.2.0', { 'demo.py': '(_m := 4)' }, offered)),
    ).toEqual([])
  })
})

describe('what dependents may use', () => {
  it.each<[string, Files, Files, string[]]>([
    [
      'a function',
      { 'demo/__init__.py': '', 'demo/a.py': 'def f(): pass' },
      { 'demo/__init__.py': '', 'demo/a.py': '' },
      ['ask name-removed: demo.a:f'],
    ],
    [
      'a name of the front page',
      { 'demo/__init__.py': 'from .a import f', 'demo/a.py': 'def f(): pass' },
      { 'demo/__init__.py': '', 'demo/a.py': 'def f(): pass' },
      ['ask root-name-removed: demo:f'],
    ],
    [
      'a module',
      { 'demo/__init__.py': '', 'demo/a.py': '', 'demo/_b.py': '' },
      { 'demo/__init__.py': '' },
      ['ask module-removed: demo.a', 'ask private-module-removed: demo._b'],
    ],
    [
      'all that can be imported',
      { 'demo.py': '', 'other.py': '' },
      { 'demo.py': '' },
      ['ask toplevel-removed: other'],
    ],
    [
      'a method',
      { 'demo.py': 'class A:\n    def run(self): pass' },
      { 'demo.py': 'class A:\n    pass' },
      ['ask member-removed: demo:A.run'],
    ],
    [
      'a method that a base now has',
      { 'demo.py': 'class A:\n    def run(self): pass' },
      { 'demo.py': 'class B:\n    def run(self): pass\nclass A(B):\n    pass' },
      [],
    ],
    [
      'a parameter',
      { 'demo.py': 'def f(a, proxies=None): pass' },
      { 'demo.py': 'def f(a): pass' },
      ['ask param-removed: demo:f(proxies)'],
    ],
    [
      'a parameter behind the front page',
      { 'demo/__init__.py': 'from ._api import f', 'demo/_api.py': 'def f(a, b=1): pass' },
      { 'demo/__init__.py': 'from ._api import *', 'demo/_api.py': '__all__ = ["f"]\ndef f(a): pass' },
      ['ask param-removed: demo:f(b)'],
    ],
    [
      'a parameter that is now needed',
      { 'demo.py': 'class A:\n    def m(self, a): pass' },
      { 'demo.py': 'class A:\n    def m(self, a, ctx): pass' },
      ['ask param-now-required: demo:A.m(ctx)'],
    ],
    [
      'a parameter that any keyword may be',
      { 'demo.py': 'def f(a, b=1): pass' },
      { 'demo.py': 'def f(a, **others): pass' },
      [],
    ],
    [
      'a positional parameter under another name',
      { 'demo.py': 'def f(a, b): pass' },
      { 'demo.py': 'def f(a, c): pass' },
      [],
    ],
    [
      'a name that moved and is passed on',
      { 'demo/__init__.py': '', 'demo/a.py': 'def f(): pass' },
      { 'demo/__init__.py': '', 'demo/a.py': 'from .b import f', 'demo/b.py': 'def f(): pass' },
      [],
    ],
    [
      'a name that a star brings',
      { 'demo/__init__.py': '', 'demo/a.py': 'def f(): pass' },
      { 'demo/__init__.py': '', 'demo/a.py': 'from .b import *', 'demo/b.py': 'def f(): pass' },
      [],
    ],
    [
      'a name that __getattr__ answers',
      { 'demo.py': 'def old(): pass' },
      { 'demo.py': 'def __getattr__(name):\n    if name == "old":\n        return 1' },
      [],
    ],
    [
      'a name that __getattr__ only refuses',
      { 'demo.py': 'def old(): pass' },
      {
        'demo.py':
          'def __getattr__(name):\n    if name == "old":\n        raise AttributeError(name)\n    return 1',
      },
      ['ask root-name-removed: demo:old'],
    ],
    [
      'private names and names merely imported',
      { 'demo/__init__.py': '', 'demo/a.py': 'import os\ndef _f(): pass' },
      { 'demo/__init__.py': '', 'demo/a.py': '' },
      [],
    ],
    [
      'names in tests',
      { 'demo/__init__.py': '', 'demo/tests/a.py': 'def f(): pass' },
      { 'demo/__init__.py': '' },
      [],
    ],
    [
      'a namespace that is written to at run time',
      { 'demo.py': 'def f(): pass' },
      { 'demo.py': 'globals().update(make())' },
      [],
    ],
  ])('%s', (_name, before, after, expected) => expect(between(before, after)).toEqual(expected))

  it('is only told where the number is that of a major release', () => {
    const before = wheelOf('1.9.0', { 'demo.py': 'def f(): pass' })
    expect(findingsOf(before, wheelOf('2.0.0', { 'demo.py': '' }))).toEqual(['say root-name-removed: demo:f'])
  })
})

describe('what installers read', () => {
  it.each<[string, string[], string[], string[]]>([
    ['no Requires-Python any more', ['Requires-Python: >=3.8'], [], ['stop requires-python-dropped: >=3.8']],
    ['fewer Pythons', ['Requires-Python: >=3.8'], ['Requires-Python: >=3.9'], ['say python-narrowed: 3.8']],
    [
      'a lower cap',
      ['Requires-Python: >=3.9', 'Requires-Dist: multidict (<7.0,>=4.5)'],
      ['Requires-Python: >=3.9', 'Requires-Dist: multidict (<6.0,>=4.5)'],
      ['ask dependency-cap-lowered: multidict <7.0,>=4.5 -> <6.0,>=4.5'],
    ],
    [
      'a first cap',
      ['Requires-Python: >=3.9', 'Requires-Dist: attrs'],
      ['Requires-Python: >=3.9', 'Requires-Dist: attrs<30'],
      ['say dependency-capped: attrs any -> <30'],
    ],
    [
      'an extra',
      ['Requires-Python: >=3.9'],
      ['Requires-Python: >=3.9', 'Requires-Dist: attrs ; extra == "all"'],
      [],
    ],
  ])('%s', (_name, before, after, expected) => expect(withMetadata(before, after)).toEqual(expected))

  it('entry points', () => {
    const entries = (text: string) => ({ 'demo.py': '', 'demo-1.dist-info/entry_points.txt': text })
    const before = wheelOf('1.0.0', entries('[console_scripts]\ndemo = demo:main\nother = demo:other\n'))
    expect(findingsOf(before, wheelOf('1.1.0', entries('[console_scripts]\ndemo = demo:main\n')))).toEqual([
      'ask entry-point-removed: [console_scripts] other',
    ])
  })

  it.each([
    [
      'one of several platforms',
      ['d-1-cp312-cp312-win_amd64.whl', 'd-1-cp312-cp312-manylinux_2_17_x86_64.whl'],
      ['d-2-cp312-cp312-manylinux_2_17_x86_64.whl'],
      ['ask wheels-lost: cp312 win amd64'],
    ],
    [
      'the source archive',
      ['d-1-py3-none-any.whl', 'd-1.tar.gz'],
      ['d-2-py3-none-any.whl'],
      ['stop sdist-lost: d-1.tar.gz'],
    ],
    [
      'an older glibc',
      ['d-1-cp312-cp312-manylinux_2_5_x86_64.manylinux1_x86_64.whl'],
      ['d-2-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl'],
      ['ask manylinux-level-lost: cp312 linux x86_64 glibc 2.5'],
    ],
    ['a pure wheel for all', ['d-1-cp312-cp312-win_amd64.whl'], ['d-2-py3-none-any.whl'], []],
    [
      'one for every later Python',
      ['d-1-cp312-cp312-win_amd64.whl', 'd-1-cp311-cp311-win_amd64.whl'],
      ['d-2-cp39-abi3-win_amd64.whl'],
      [],
    ],
    [
      'a universal wheel in two halves',
      ['d-1-cp312-cp312-macosx_10_9_universal2.whl'],
      ['d-2-cp312-cp312-macosx_10_9_x86_64.whl', 'd-2-cp312-cp312-macosx_11_0_arm64.whl'],
      [],
    ],
    [
      'a Python that is no longer supported',
      ['d-1-cp38-cp38-win_amd64.whl', 'd-1-cp312-cp312-win_amd64.whl'],
      ['d-2-cp312-cp312-win_amd64.whl'],
      [],
    ],
  ])('%s', (_name, before, after, expected) => {
    const release = (version: string, names: readonly string[]): ReleaseContents => ({
      version,
      files: names.map((name) => ({ name, requiresPython: '>=3.9' })),
      archive: null,
    })
    expect(findingsOf(release('1.0', before), release('1.1', after))).toEqual(expected)
  })
})
