/** What a comparison costs is bounded by what is looked at, and what was not looked at is said. */
import { zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { compareReleases, openComparison } from '../../src/contents/compare-releases.ts'
import { readContents } from '../../src/contents/read-contents.ts'
import { archiveOf, tarballOf, wheelOf } from './made-archives.ts'

const mebibyte = 1024 * 1024

describe('what is more than is read of one release', () => {
  it('is counted where an archive has thousands of such files', async () => {
    const large = Object.fromEntries(
      Array.from({ length: 40 }, (_, at) => [`demo/large${at}.py`, Buffer.alloc(2 * mebibyte + 1, '#')]),
    )
    const { unread, bytes } = await readContents(zipSync(large, { level: 0 }), 'demo-1.0-py3-none-any.whl')
    expect(bytes.size).toBe(0)
    expect(unread).toHaveLength(21)
    expect(unread.at(-1)).toMatchObject({ file: '20 more', why: expect.stringContaining('2097153 bytes') })
  })

  it('does not hold tests, which no rule looks at', async () => {
    const files = { 'demo/a.py': Buffer.from('A = 1'), 'demo/tests/test_a.py': Buffer.from('B = 1') }
    const { bytes, sizes } = await readContents(zipSync(files), 'demo-1.0-py3-none-any.whl')
    expect([...bytes.keys()]).toEqual(['demo/a.py'])
    expect([...sizes.keys()]).toEqual(Object.keys(files))
  })

  it('is named, and not taken for gone', () => {
    const long = (name: string) => `def ${name}(): pass\n# ${'w'.repeat(3_200_000)}\n`
    const release = (version: string, names: readonly string[]) =>
      wheelOf(
        version,
        Object.fromEntries(
          names.map((name) => [`demo/${name}.py`, long(`${name}${version.replaceAll('.', '_')}`)]),
        ),
      )
    const { findings, unread } = compareReleases(
      'pypi',
      release('1.0.0', ['a', 'b', 'c']),
      release('1.1.0', ['a', 'b', 'c']),
    )
    expect(findings.flatMap(({ what }) => what)).toEqual(['demo.a:a1_0_0'])
    expect(unread.map(({ file }) => file)).toEqual([
      'demo/b.py and 1 more modules',
      'demo/b.py and 1 more modules',
    ])
  })

  it('of npm is named, and a name that the baseline may have called is no new one', () => {
    const long = (name: string) => `${name}()\n${'// words '.padEnd(300, 'w').concat('\n').repeat(11_000)}`
    const { findings, unread } = compareReleases(
      'npm',
      tarballOf('1.0.0', {
        'a.js': long('one'),
        'b.js': long('two'),
        'c.js': long('two'),
        'd.js': long('two'),
      }),
      tarballOf('1.0.1', { 'e.js': 'two()\n' }),
    )
    expect(findings.map(({ code }) => code)).not.toContain('free-name')
    expect(unread).toEqual([{ file: 'd.js', why: 'more code than is read of one release' }])
  })
})

it('reads dependents one by one, as many as come', () => {
  const comparison = openComparison(
    'pypi',
    wheelOf('1.0.0', { 'demo/__init__.py': 'def old(): pass\n' }),
    wheelOf('1.1.0', { 'demo/__init__.py': '' }),
  )
  expect(comparison.result().findings.map(({ level }) => level)).toEqual(['ask'])
  for (const name of ['one', 'two'])
    comparison.read({
      release: `pypi:${name}@1.0`,
      archive: archiveOf(`${name}.whl`, { [`${name}.py`]: 'import demo\ndemo.old()\n' }),
    })
  const [stop] = comparison.result().findings
  expect(stop).toMatchObject({
    code: 'used-name-removed',
    level: 'stop',
    usedBy: [
      { release: 'pypi:one@1.0', where: 'one.py:2' },
      { release: 'pypi:two@1.0', where: 'two.py:2' },
    ],
  })
})
