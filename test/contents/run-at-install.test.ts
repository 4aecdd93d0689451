import { describe, expect, it } from 'vitest'
import { compareReleases } from '../../src/contents/compare-releases.ts'
import { tarballOf, wheelOf } from './made-archives.ts'

type Files = Readonly<Record<string, string>>
const said = ({ findings }: ReturnType<typeof compareReleases>) =>
  findings.map(({ code, what }) => `${code}: ${what.join(', ')}`)

describe('what npm runs when a package is installed', () => {
  const native = { 'binding.gyp': '{}' }
  it.each<[string, object, Files, object, Files, readonly string[]]>([
    ['a first script', {}, {}, { postinstall: 'node x.js' }, {}, ['postinstall: node x.js']],
    ['another one', { install: 'make' }, {}, { install: 'make', preinstall: 'x' }, {}, ['preinstall: x']],
    ['the same at another moment', { install: 'make' }, {}, { postinstall: 'make' }, {}, []],
    ['the same script, changed', { install: 'make' }, {}, { install: 'make all' }, {}, []],
    ['one for those who work on it', {}, {}, { prepare: 'build', prepublishOnly: 'x' }, {}, []],
    ['a build that npm adds by itself', {}, {}, {}, native, ['install: node-gyp rebuild']],
    ['the same, written out', {}, native, { install: 'node-gyp rebuild' }, native, []],
  ])('%s', (_, before, filesBefore, after, filesAfter, expected) => {
    const findings = said(
      compareReleases(
        'npm',
        tarballOf('1.0.0', filesBefore, { scripts: before }),
        tarballOf('1.0.1', filesAfter, { scripts: after }),
      ),
    )
    expect(findings.filter((line) => line.startsWith('install-script-added'))).toEqual(
      expected.map((what) => `install-script-added: ${what}`),
    )
  })
})

describe('what Python runs whenever it starts', () => {
  const line = 'import os; exec("")'
  it.each<[string, Files, Files, readonly string[]]>([
    ['a line of a .pth file', {}, { 'demo.pth': line }, [`start-code-added: demo.pth: ${line}`]],
    [
      'one in the data of a wheel',
      {},
      { 'demo-1.data/purelib/a.pth': line },
      [`start-code-added: a.pth: ${line}`],
    ],
    ['only a path', {}, { 'demo.pth': './src\n# import x\n' }, []],
    ['as before', { 'demo.pth': line }, { 'demo.pth': line }, []],
    [
      'another one than before',
      { 'demo.pth': line },
      { 'demo.pth': 'import evil' },
      ['start-code-added: demo.pth: import evil'],
    ],
    ['one that lies where nobody looks', {}, { 'demo/inner/demo.pth': line }, []],
  ])('%s', (_, before, after, expected) => {
    expect(said(compareReleases('pypi', wheelOf('1.0.0', before), wheelOf('1.0.1', after)))).toEqual(expected)
  })
})
