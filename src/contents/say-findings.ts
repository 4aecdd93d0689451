import type { FindingCode } from '../gates/contents/finding-levels.ts'

/** What each code says of a release, in one sentence that names the cause. `{}` is what it is about. */
const sentences: Readonly<Record<FindingCode, string>> = {
  'own-import-missing': 'It imports parts of itself that its files lack: {}.',
  'undeclared-import': 'It imports what no dependency declares: {}.',
  'fallback-undeclared': 'Where an import fails it falls back to what no dependency declares: {}.',
  'module-now-needs-extra': 'Modules that worked now need something that is not installed with it: {}.',
  'dropped-dependency-still-imported': 'A dependency was dropped and is still imported: {}.',
  'syntax-of-lowest-python': 'It is offered to Pythons that cannot read it: {}.',
  'broken-relative-import': 'Files ask for others that the tarball lacks: {}.',
  'format-mismatch': 'Its module format and its package.json disagree: {}.',
  'free-name': 'Functions are called that nothing declares or imports: {}.',
  'entry-missing': 'package.json names files that the tarball lacks: {}.',
  'exports-target-invalid': 'Targets of "exports" must begin with "./": {}.',
  'declarations-invalid': 'TypeScript refuses its declarations: {}.',
  'types-gone': 'It had type declarations and has none any more: {}.',
  'kind-changed': 'What the package itself is has changed: {}.',
  'sdist-lost': 'It has no source archive any more: {}.',
  'requires-python-dropped':
    'It no longer says which Pythons it runs on, so that all of them get it; before: {}.',
  'wheels-lost': 'Platforms that had a wheel have none: {}.',
  'manylinux-level-lost': 'Older systems that had a wheel no longer have one: {}.',
  'engines-narrowed': 'It refuses runtimes that it ran on: {}.',
  'dependency-cap-lowered': 'It no longer admits versions of a dependency that it admitted: {}.',
  'peer-added': 'It now asks its users to install: {}.',
  'peer-narrowed': 'It no longer admits versions of a peer that it admitted: {}.',
  'exports-map-added': 'A new "exports" closes files that could be loaded: {}.',
  'exports-subpath-removed': '"exports" no longer has: {}.',
  'toplevel-removed': 'Can no longer be imported at all: {}.',
  'module-removed': 'Modules are gone: {}.',
  'private-module-removed': 'Modules with an underscore are gone, which others use all the same: {}.',
  'root-name-removed': 'Names are gone from the front page of the package: {}.',
  'name-removed': 'Names are gone: {}.',
  'member-removed': 'Methods are gone: {}.',
  'param-removed': 'Functions no longer take: {}.',
  'param-now-required': 'Functions now insist on: {}.',
  'entry-point-removed': 'Commands or plug-in entries are gone: {}.',
  'file-removed': 'Files are gone that could be loaded by their path: {}.',
  'require-lost': 'It can no longer be loaded by require on every Node: {}.',
  'type-removed': 'Types are gone: {}.',
  'used-name-removed': 'Dependents use what is gone: {}.',
  'override-ignored': 'Dependents override what nothing calls any more: {}.',
  'provenance-lost': 'The release before said how and where it was built, this one does not: {}.',
  'trusted-publisher-lost': 'The release before was published by the workflow of {}, this one by a person.',
  'trusted-publisher-changed': 'It was published from somewhere else: {}.',
  'publisher-new': 'Somebody published it who neither did so before nor owned the package then: {}.',
  'dependency-young': 'It now needs packages that hardly anybody has known for long: {}.',
  'start-code-added': 'It now runs code whenever Python starts, imported or not: {}.',
  'inner-module-removed': 'Modules deep inside are gone: {}.',
  'inner-name-removed': 'Names deep inside are gone: {}.',
  'install-script-added': 'It now runs a script when it is installed: {}.',
  'python-narrowed': 'It no longer runs on Python {}.',
  'dependency-added': 'New dependencies: {}.',
  'dependency-removed': 'Dependencies dropped: {}.',
  'dependency-capped': 'Dependencies got an upper bound: {}.',
  'dependency-floor-raised': 'Dependencies must be newer: {}.',
}

const mostNamed = 5

/** What a sentence is made of. */
interface SaidFinding {
  readonly code: FindingCode
  readonly what: readonly string[]
  readonly more: number
}

/** A finding as one sentence for people. */
export function sayFinding({ code, what, more }: SaidFinding): string {
  const named = what.slice(0, mostNamed).join(', ')
  const left = what.length + more - Math.min(what.length, mostNamed)
  return sentences[code].replace('{}', () => (left === 0 ? named : `${named} and ${left} more`))
}
