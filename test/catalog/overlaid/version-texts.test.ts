import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  abbreviatedPackument,
  fullPackument,
  type PackumentLinks,
  type VersionTexts,
} from '../../../src/catalog/hosted/packument.ts'
import type { PackageRecord, VersionRecord } from '../../../src/catalog/package-record.ts'
import type { Visibility } from '../../../src/catalog/views/package-views.ts'
import { aPackage, aVersion, noon } from '../sample.ts'

const links: PackumentLinks = {
  tarballUrl: (file) => `https://slipway.example/npm/demo/-/${file.name}`,
  statusUrl: (version) => `https://slipway.example/rollouts/npm:demo@${version}`,
}
const names = ['1.0.0', '1.1.0', '1.10.0', '2.0.0-rc.1', '2.0.0']
const pkg = aPackage('npm:demo', names)
const some = fc.subarray(names)
const views = fc
  .record({ hidden: some, blocked: some, at: fc.nat(1e9) })
  .map(({ hidden, blocked, at }): Visibility => {
    return { hidden: new Set(hidden), blocked: new Set(blocked), changedAt: noon + at }
  })

it('views that share texts are the same, byte for byte, as each written anew', () => {
  fc.assert(
    fc.property(fc.array(views, { maxLength: 8 }), (seen) => {
      const full: VersionTexts = new Map()
      const short: VersionTexts = new Map()
      for (const view of seen) {
        expect(fullPackument(pkg, view, links, '7-0', full).body).toBe(
          fullPackument(pkg, view, links, '7-0').body,
        )
        const kept = abbreviatedPackument(pkg, view, links, short)
        expect(kept.body).toBe(abbreviatedPackument(pkg, view, links).body)
        expect(kept.pieces?.join('')).toBe(kept.body)
        expect(Object.keys(JSON.parse(kept.body).versions)).toEqual(
          names.filter((name) => !view.blocked.has(name)),
        )
      }
    }),
  )
})

it('a version is not written twice for two views, and a changed record never from its old text', () => {
  let written = 0
  const counted = (version: string, withdrawn: string | null): VersionRecord => ({
    ...aVersion(version, { withdrawn }),
    manifest: {
      get scripts() {
        written += 1
        return {}
      },
    },
  })
  const record: PackageRecord = aPackage('npm:demo', [counted('1.0.0', null), counted('1.1.0', null)])
  const texts: VersionTexts = new Map()
  const visibility = (...hidden: string[]): Visibility => ({
    hidden: new Set(hidden),
    blocked: new Set(),
    changedAt: noon,
  })
  fullPackument(record, visibility(), links, '1-0', texts)
  expect(written).toBe(2)
  fullPackument(record, visibility('1.1.0'), links, '1-0', texts)
  expect(written).toBe(3)
  const changed = { ...record, versions: { ...record.versions, '1.0.0': counted('1.0.0', 'use 2') } }
  const body = fullPackument(changed, visibility('1.1.0'), links, '2-0', texts).body
  // What its maintainer says stands there again once nothing greater is hidden.
  expect(JSON.parse(body).versions['1.0.0'].deprecated).toBeUndefined()
  const whole = fullPackument(changed, visibility(), links, '2-0', texts).body
  expect(JSON.parse(whole).versions['1.0.0'].deprecated).toBe('use 2')
  const renamed = { ...changed, versions: { ...changed.versions, '1.0.0': counted('1.0.0', 'use 2') } }
  written = 0
  fullPackument(renamed, visibility(), links, '3-0', texts)
  expect(written).toBe(1)
})
