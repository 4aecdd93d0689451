import { satisfiesRange } from './version-range.ts'

/** Pythons that packages still say things about. */
export const pythonVersions: readonly string[] = [
  '2.7',
  ...Array.from({ length: 12 }, (_, at) => `3.${at + 4}`),
]

/** Whether a `Requires-Python` admits some patch release of a minor version. */
export const admits = (requiresPython: string | null, version: string): boolean =>
  requiresPython === null ||
  [0, 5, 18].some((patch) => satisfiesRange('pypi', `${version}.${patch}`, requiresPython))

/** The Pythons that a release is offered to. */
export const admittedPythons = (requiresPython: string | null): readonly string[] =>
  pythonVersions.filter((version) => admits(requiresPython, version))

/** Numbers instead of text, so that 3.10 is above 3.9. */
export const pythonNumber = (version: string): number => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major * 100 + minor
}
