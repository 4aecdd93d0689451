import { normalizeName } from '../../versions/normalize-name.ts'
import { type Result, showValue } from '../../versions/problem.ts'
import type { Release } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { Ecosystem } from '../../versions/version-scheme.ts'

/** A release from the name and version that a package file states, both in normal form. */
export function namedRelease(ecosystem: Ecosystem, name: string, version: string): Result<Release> {
  const normalName = normalizeName(ecosystem, name)
  if (!normalName.ok) return normalName
  const scheme = schemeOf(ecosystem)
  const normalVersion = scheme.normalize(version)
  if (normalVersion === null)
    return {
      ok: false,
      problem: { field: 'version', value: showValue(version), expected: scheme.expected },
    }
  return { ok: true, value: { ecosystem, name: normalName.value, version: normalVersion } }
}
