import { describe, expect, it } from 'vitest'
import { isStillOffered, missingWheels, runsWhere, tagsOf } from '../../src/versions/wheel-tags.ts'

const wheel = (tags: string) => `demo-1.0-${tags}.whl`
const tag = (tags: string) => {
  const [first] = tagsOf(wheel(tags))
  if (first === undefined) throw new Error('no tag')
  return first
}

describe('the tags of a wheel', () => {
  it.each([
    ['cp312-cp312-manylinux_2_17_x86_64', ['cp312 linux x86_64 2017']],
    ['cp312-cp312-manylinux1_i686', ['cp312 linux i686 2005']],
    ['cp312-cp312-manylinux2014_aarch64', ['cp312 linux aarch64 2017']],
    ['cp312-cp312-musllinux_1_2_x86_64', ['cp312 musl x86_64 1002']],
    ['cp312-cp312-macosx_11_0_arm64', ['cp312 macos arm64 0']],
    ['cp312-cp312-win_amd64', ['cp312 win amd64 0']],
    ['py2.py3-none-any', ['py2 any 0', 'py3 any 0']],
  ])('%s', (tags, expected) => {
    const said = tagsOf(wheel(tags)).map(({ python, place, level }) => `${python} ${place} ${level}`)
    expect(said).toEqual(expected)
  })

  it('are none of other files', () => expect(tagsOf('demo-1.0.tar.gz')).toEqual([]))
})

describe('where a wheel runs', () => {
  it.each([
    ['the same', 'cp312-cp312-win_amd64', 'cp312-cp312-win_amd64', true],
    ['everywhere', 'py3-none-any', 'cp312-cp312-win_amd64', true],
    ['another platform', 'cp312-cp312-win_amd64', 'cp312-cp312-win_arm64', false],
    [
      'both halves of a universal one',
      'cp312-cp312-macosx_11_0_universal2',
      'cp312-cp312-macosx_11_0_arm64',
      true,
    ],
    ['a newer Python by the stable ABI', 'cp39-abi3-win_amd64', 'cp312-cp312-win_amd64', true],
    ['an older Python, whatever the ABI', 'cp312-abi3-win_amd64', 'cp39-cp39-win_amd64', false],
    ['another Python without the stable ABI', 'cp39-cp39-win_amd64', 'cp312-cp312-win_amd64', false],
    ['any Python 3 at all, for the stable ABI of one', 'cp39-abi3-win_amd64', 'py3-none-win_amd64', false],
    ['PyPy by the ABI of CPython', 'cp39-abi3-win_amd64', 'pp39-pypy39_pp73-win_amd64', false],
  ])('%s', (_, own, wanted, runs) => expect(runsWhere(tag(own), tag(wanted))).toBe(runs))

  it.each([
    ['cp312-cp312-win_amd64', '>=3.9', true],
    ['cp38-cp38-win_amd64', '>=3.9', false],
    ['cp313-cp313t-win_amd64', '>=3.9', false],
    ['pp39-pypy39_pp73-win_amd64', null, false],
    ['py3-none-any', null, true],
  ])('%s is offered to %s: %s', (tags, python, offered) =>
    expect(isStillOffered(tag(tags), python)).toBe(offered),
  )
})

it('names what had a wheel and has none', () => {
  const before = ['cp312-cp312-win_amd64', 'cp312-cp312-macosx_11_0_universal2', 'cp38-cp38-win_amd64'].map(
    wheel,
  )
  const after = ['cp312-cp312-macosx_11_0_arm64', 'cp312-cp312-macosx_11_0_x86_64'].map(wheel)
  expect(missingWheels(before, after, '>=3.9')).toEqual(['cp312 win amd64'])
  expect(missingWheels([], after, null)).toEqual([])
  expect(missingWheels(before, [], null)).toEqual([])
})
