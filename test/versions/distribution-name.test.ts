import { describe, expect, it } from 'vitest'
import { parseDistributionName } from '../../src/versions/distribution-name.ts'

describe('names of distribution files', () => {
  it.each([
    ['demo_lib-1.0.0-py3-none-any.whl', { name: 'demo-lib', version: '1.0.0', kind: 'bdist_wheel' }],
    [
      'demo-1.0-1-cp312-cp312-manylinux_2_17_x86_64.whl',
      { name: 'demo', version: '1.0', kind: 'bdist_wheel' },
    ],
    ['demo-1.0.0+local_1-py3-none-any.whl', { name: 'demo', version: '1.0.0+local.1', kind: 'bdist_wheel' }],
    ['demo_lib-1.0.0.tar.gz', { name: 'demo-lib', version: '1.0.0', kind: 'sdist' }],
    ['demo-lib-1.0.0.zip', { name: 'demo-lib', version: '1.0.0', kind: 'sdist' }],
  ])('%s', (fileName, expected) => {
    expect(parseDistributionName(fileName)).toContainEqual(expected)
  })

  it.each([
    '../demo-1.0.0-py3-none-any.whl',
    'a/demo-1.0.0-py3-none-any.whl',
    'a\\demo-1.0.0.tar.gz',
    '..demo-1.0.0.tar.gz',
    'demo-1.0.0.exe',
    'demo.whl',
    'demo-one-py3-none-any.whl',
    '',
    `${'d'.repeat(300)}-1.0.0.tar.gz`,
    'demo-1.0.0-py3-none-any.whl\n',
  ])('%j says nothing', (fileName) => {
    expect(parseDistributionName(fileName)).toEqual([])
  })
})
