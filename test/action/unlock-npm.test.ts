import { describe, expect, it } from 'vitest'
import { withoutPackages } from '../../src/action/canary/unlock-npm.ts'

describe('a lockfile without the packages to be chosen anew', () => {
  it('loses every copy and what lies under it, and nothing else', () => {
    const packages = {
      '': { name: 'demo', version: '0.0.0' },
      'node_modules/demo': { version: '1.0.0' },
      'node_modules/demo/node_modules/inner': { version: '1.0.0' },
      'node_modules/demo-tools': { version: '1.0.0' },
      'node_modules/cart/node_modules/demo': { version: '0.9.0' },
      'node_modules/alias': { name: 'demo', version: '1.0.0' },
      'node_modules/@acme/demo': { version: '1.0.0' },
      'packages/demo': { name: 'workspace-demo', version: '1.0.0' },
    }
    expect(withoutPackages({ lockfileVersion: 3, packages }, ['demo'])).toEqual({
      lockfileVersion: 3,
      packages: {
        '': { name: 'demo', version: '0.0.0' },
        'node_modules/demo-tools': { version: '1.0.0' },
        'node_modules/@acme/demo': { version: '1.0.0' },
        'packages/demo': { name: 'workspace-demo', version: '1.0.0' },
      },
    })
  })

  it('of the first format loses them at every depth', () => {
    const dependencies = {
      demo: { version: '1.0.0' },
      cart: { version: '1.0.0', dependencies: { demo: { version: '0.9.0' }, left: { version: '1.0.0' } } },
    }
    expect(withoutPackages({ lockfileVersion: 1, dependencies }, ['demo'])).toEqual({
      lockfileVersion: 1,
      dependencies: { cart: { version: '1.0.0', dependencies: { left: { version: '1.0.0' } } } },
    })
  })

  it('is left alone when it is no mapping', () => expect(withoutPackages('text', ['demo'])).toBe('text'))
})
