import { describe, expect, it } from 'vitest'
import { withoutPackages } from '../../../src/action/canary/unlocking/unlock-npm.ts'

const index = 'https://packages.example.org'

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
    expect(withoutPackages({ lockfileVersion: 3, packages }, ['demo'], index)).toEqual({
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
    expect(withoutPackages({ lockfileVersion: 1, dependencies }, ['demo'], index)).toEqual({
      lockfileVersion: 1,
      dependencies: { cart: { version: '1.0.0', dependencies: { left: { version: '1.0.0' } } } },
    })
  })

  it.each([
    [3, 'packages', 'node_modules/left'],
    [1, 'dependencies', 'left'],
  ])('of format %i loses addresses of the index, and no others', (lockfileVersion, field, place) => {
    const locked = (resolved: string) => ({
      lockfileVersion,
      [field]: { [place]: { version: '1.0.0', integrity: 'sha512-x', resolved } },
    })
    const kept = locked('https://registry.npmjs.org/left/-/left-1.0.0.tgz')
    expect(withoutPackages(kept, ['demo'], index)).toEqual(kept)
    const near = locked(`${index}.evil.example/left/-/left-1.0.0.tgz`)
    expect(withoutPackages(near, ['demo'], index)).toEqual(near)
    expect(withoutPackages(locked(`${index}/npm/left/-/left-1.0.0.tgz`), ['demo'], index)).toEqual({
      lockfileVersion,
      [field]: { [place]: { version: '1.0.0', integrity: 'sha512-x' } },
    })
  })

  it('is left alone when it is no mapping', () =>
    expect(withoutPackages('text', ['demo'], index)).toBe('text'))
})
