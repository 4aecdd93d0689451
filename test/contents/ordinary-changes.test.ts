/** Changes that were met in ordinary releases, which nobody noticed: no rule may hold them. */
import { describe, expect, it } from 'vitest'
import { compareReleases } from '../../src/contents/compare-releases.ts'
import { wheelOf } from './made-archives.ts'

type Files = Readonly<Record<string, string>>

const heldBy = (before: Files, after: Files) =>
  compareReleases('pypi', wheelOf('1.0.0', before), wheelOf('1.0.1', after))
    .findings.filter(({ level }) => level !== 'say')
    .map(({ code, what }) => `${code}: ${what.join(' | ')}`)

const core = { 'demo/core.py': 'class Lock:\n    def close(self): pass\n' }
const eager = { ...core, 'demo/__init__.py': 'from .core import Lock as Lock\n' }

describe('a name that a lazy importer answers', () => {
  it.each([
    ['told in a call', 'from ._lazy import install\ninstall({"Lock": "demo.core.Lock"})\n'],
    ['told in the body of an if', 'from ._lazy import install\nif not install():\n    install(["Lock"])\n'],
    [
      'attached',
      'from . import _lazy as lazy\n__getattr__, __dir__, _ = lazy.attach(__name__, submod_attrs={"core": ["Lock"]})\n',
    ],
  ])('%s', (_, text) => {
    const after = {
      ...core,
      'demo/_lazy.py': 'def install(names=()): return True\n',
      'demo/__init__.py': text,
    }
    expect(heldBy(eager, after)).toEqual([])
  })

  it('is gone where nobody is told of it', () => {
    const after = { ...core, 'demo/__init__.py': 'print("hello")\n' }
    expect(heldBy(eager, after)).toEqual(['root-name-removed: demo:Lock'])
  })
})

describe('a member that moved to a base', () => {
  const base =
    'from typing import Generic, TypeVar\nT = TypeVar("T")\nclass Base(Generic[T]):\n    def close(self): pass\n'

  it.each([
    ['that is generic', `${base}class Lock(Base[int]):\n    pass\n`],
    ['that another package has', 'from queue import Queue as Base\nclass Lock(Base[int]):\n    pass\n'],
    ['that is called for', 'from collections import namedtuple as base\nclass Lock(base("x")):\n    pass\n'],
  ])('%s', (_, text) => {
    expect(heldBy(core, { 'demo/core.py': text })).toEqual([])
  })

  it('is gone where the base does not have it either', () => {
    const without = base.replace('close', 'open')
    expect(heldBy(core, { 'demo/core.py': `${without}class Lock(Base[int]):\n    pass\n` })).toEqual([
      'member-removed: demo.core:Lock.close',
    ])
  })
})

it.each<[string, Files]>([
  ['a module that a build tool writes', { 'demo/_version.py': '__version__ = "1"' }],
  ['tools that were packed by mistake', { 'tools/__init__.py': '', 'tools/release.py': '' }],
  [
    'a protocol that only types speak of',
    { 'demo/types.py': 'import typing as t\nclass Wrapper(t.Protocol):\n    def __call__(self): ...\n' },
  ],
])('%s holds nobody when it goes', (_, before) => {
  const after = Object.fromEntries(
    Object.keys(before)
      .filter((path) => path === 'demo/types.py')
      .map((path) => [path, '']),
  )
  expect(heldBy({ 'demo/__init__.py': '', ...before }, { 'demo/__init__.py': '', ...after })).toEqual([])
})

it('a new module that needs what an extra brings, by a name that only begins like it', () => {
  const extra = ['Provides-Extra: diagrams', "Requires-Dist: railroad-diagrams; extra == 'diagrams'"]
  const { findings } = compareReleases(
    'pypi',
    wheelOf('1.0.0', { 'demo/__init__.py': '' }, extra),
    wheelOf('1.1.0', { 'demo/__init__.py': '', 'demo/diagram.py': 'import railroad' }, extra),
  )
  expect(findings).toEqual([])
})
