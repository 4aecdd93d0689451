import { describe, expect, it } from 'vitest'
import { compareReleases } from '../../src/contents/compare-releases.ts'
import { archiveOf, tarballOf, wheelOf } from './made-archives.ts'

const before = {
  'demo/__init__.py':
    'from .a import f\ndef __getattr__(name):\n    if name in ("bool8", "float_"):\n        return f\n    raise AttributeError(name)',
  'demo/a.py': 'def f(): pass\ndef _g(): pass',
  'demo/old.py': '',
}
const after = { 'demo/__init__.py': '', 'demo/a.py': '' }

const usesOf = (text: string) =>
  compareReleases('pypi', wheelOf('1.0.0', before), wheelOf('2.0.0', after), [
    { release: 'pypi:user@1.0', archive: archiveOf('user-1.0-py3-none-any.whl', { 'user.py': text }) },
  ]).findings.flatMap(({ code, level, usedBy, what }) =>
    code === 'used-name-removed'
      ? [level, ...what, ...usedBy.map(({ release, where }) => `${release} ${where}`)]
      : [],
  )

describe('what a dependent uses and a major release took away', () => {
  it.each([
    ['an imported name', 'from demo.a import f', 'demo.a:f', 1],
    ['a name that only __getattr__ knew', 'import demo as d\nx = d.bool8(1)', 'demo:bool8', 2],
    ['a private one', 'from demo import a\nprint(a._g)', 'demo.a:_g', 2],
    ['a module', 'def late():\n    import demo.old', 'demo.old', 2],
    [
      'a name behind the wrong guard',
      'try:\n    from demo.a import f\nexcept ModuleNotFoundError:\n    f = None',
      'demo.a:f',
      2,
    ],
    [
      'an attribute behind a guard of imports',
      'try:\n    import demo\n    demo.f()\nexcept ImportError:\n    pass',
      'demo:f',
      3,
    ],
  ])('%s is a stop that says where', (_name, text, what, line) => {
    expect(usesOf(text)).toEqual(['stop', what, `pypi:user@1.0 user.py:${line}`])
  })

  it.each([
    ['a guarded import', 'try:\n    from demo.a import f\nexcept ImportError:\n    f = None'],
    ['a guarded attribute', 'import demo\ntry:\n    demo.f()\nexcept AttributeError:\n    pass'],
    ['a check before', 'import demo\nif hasattr(demo, "f"):\n    demo.f()'],
    ['another package of that name', 'from other.demo import f\nimport demolition\ndemolition.f()'],
    ['what was never there', 'import demo\ndemo.never'],
  ])('%s is none', (_name, text) => expect(usesOf(text)).toEqual([]))
})

describe('a dependent that inherits', () => {
  const old = {
    'demo/__init__.py': '',
    'demo/base.py':
      'class Base:\n    def connect(self): pass\n    def helper(self): pass\n    def go(self):\n        return self.connect()\n',
  }
  const now = {
    'demo/__init__.py': '',
    'demo/base.py':
      'class Base:\n    def connect(self): pass\n    def _connect(self): pass\n    def go(self):\n        return self._connect()\n',
  }
  const found = (files: Readonly<Record<string, string>>) =>
    compareReleases('pypi', wheelOf('1.0.0', old), wheelOf('1.1.0', now), [
      { release: 'pypi:user@1.0', archive: archiveOf('user-1.0-py3-none-any.whl', files) },
    ])
      .findings.filter(({ usedBy }) => usedBy.length > 0)
      .map(({ code, level, what, usedBy }) => [code, level, ...what, ...usedBy.map(({ where }) => where)])

  it('overrides a hook that nothing calls any more', () => {
    const text = 'from demo.base import Base\n\nclass Mine(Base):\n    def connect(self): return 1\n'
    expect(found({ 'user.py': text })).toEqual([
      ['override-ignored', 'stop', 'demo.base:Base.connect', 'user.py:4'],
    ])
  })

  it('uses a member that is gone, through a class of its own in between', () => {
    expect(
      found({
        'user/__init__.py': '',
        'user/middle.py': 'import demo.base\nclass Middle(demo.base.Base):\n    def own(self): pass\n',
        'user/mine.py':
          'import demo\nfrom .middle import Middle\nclass Mine(Middle):\n    def run(self):\n        self.own()\n        return self.helper()\n',
      }),
    ).toEqual([['used-name-removed', 'stop', 'demo.base:Base.helper', 'user/mine.py:6']])
  })

  it.each([
    [
      'has the member itself',
      'class Mine(Base):\n    def helper(self): pass\n    def run(self): self.helper()\n',
    ],
    ['has another base that may bring it', 'class Mine(Base, Other):\n    def run(self): self.helper()\n'],
    ['overrides what is still called', 'class Mine(Base):\n    def go(self): pass\n'],
    [
      'inherits from a class of its own',
      'class Base: pass\nclass Mine(Base):\n    def connect(self): pass\n',
    ],
  ])('says nothing of one that %s', (_, text) =>
    expect(found({ 'user.py': `from demo.base import Base\n${text}` })).toEqual([]),
  )
})

it('a closed path that an npm dependent loads', () => {
  const files = { 'index.js': '', 'lib/a.js': '' }
  const user = archiveOf('user-1.0.0.tgz', {
    'index.js': 'const a = require("demo/lib/a.js")\nrequire("demo")',
  })
  const { findings } = compareReleases(
    'npm',
    tarballOf('1.0.0', files, { main: 'index.js' }),
    tarballOf('2.0.0', files, { exports: './index.js' }),
    [{ release: 'npm:user@1.0.0', archive: user }],
  )
  expect(findings[0]).toMatchObject({
    code: 'used-name-removed',
    level: 'stop',
    what: ['demo/lib/a.js'],
    usedBy: [{ release: 'npm:user@1.0.0', where: 'index.js:1' }],
  })
})
