import { type PackageId, packageIdOf, parsePackageId } from '../../versions/release.ts'
import { parsed, refused } from './setting.ts'

/** A package id, its name in normal form. */
export function packageName() {
  return parsed<PackageId>(
    (value) => {
      if (typeof value !== 'string')
        return refused(value, 'a package id such as pypi:demo-lib or npm:@scope/lib')
      const result = parsePackageId(value)
      return result.ok ? { ok: true, value: packageIdOf(result.value) } : result
    },
    { type: 'string', pattern: '^(pypi|npm):.+$', examples: ['pypi:demo-lib', 'npm:@scope/lib'] },
  )
}

/** The normal form of a package id, or null when it is none. */
export function normalPackageId(text: string): PackageId | null {
  const result = parsePackageId(text)
  return result.ok ? packageIdOf(result.value) : null
}
