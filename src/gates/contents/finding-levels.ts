import type { ChangeKind } from '../../versions/change-kind.ts'

/** How loudly a finding is said. `stop` and `ask` hold at 0 %, `say` is only shown. */
export type FindingLevel = 'stop' | 'ask' | 'say'

/** Every code with the level it has on minor and patch releases. One spelling for both ecosystems. */
export const findingLevels = {
  // Loads, or does not.
  'own-import-missing': 'stop',
  'undeclared-import': 'stop',
  'fallback-undeclared': 'stop',
  'module-now-needs-extra': 'stop',
  'dropped-dependency-still-imported': 'stop',
  'syntax-of-lowest-python': 'stop',
  'broken-relative-import': 'stop',
  'format-mismatch': 'stop',
  'free-name': 'stop',
  'entry-missing': 'stop',
  'exports-target-invalid': 'stop',
  'declarations-invalid': 'stop',
  'types-gone': 'stop',
  'kind-changed': 'stop',
  // Installs, or does not.
  'sdist-lost': 'stop',
  'requires-python-dropped': 'stop',
  'wheels-lost': 'ask',
  'manylinux-level-lost': 'ask',
  'engines-narrowed': 'ask',
  'dependency-cap-lowered': 'ask',
  'peer-added': 'ask',
  'peer-narrowed': 'ask',
  // What dependents may use.
  'exports-map-added': 'stop',
  'exports-subpath-removed': 'stop',
  'toplevel-removed': 'ask',
  'module-removed': 'ask',
  'private-module-removed': 'ask',
  'root-name-removed': 'ask',
  'name-removed': 'ask',
  'member-removed': 'ask',
  'param-removed': 'ask',
  'param-now-required': 'ask',
  'entry-point-removed': 'ask',
  'file-removed': 'ask',
  'require-lost': 'ask',
  'type-removed': 'ask',
  'used-name-removed': 'stop',
  'override-ignored': 'stop',
  // Who made it, and what it runs.
  'install-script-added': 'ask',
  'start-code-added': 'ask',
  'provenance-lost': 'ask',
  'trusted-publisher-lost': 'ask',
  'trusted-publisher-changed': 'ask',
  'publisher-new': 'ask',
  'dependency-young': 'ask',
  // True, and rarely a reason to wait.
  'inner-module-removed': 'say',
  'inner-name-removed': 'say',
  'python-narrowed': 'say',
  'dependency-added': 'say',
  'dependency-removed': 'say',
  'dependency-capped': 'say',
  'dependency-floor-raised': 'say',
} as const satisfies Record<string, FindingLevel>

export type FindingCode = keyof typeof findingLevels

export const isFindingCode = (text: string): text is FindingCode => Object.hasOwn(findingLevels, text)

/** Removals that a major version announces by its number: told, and held only where somebody is known to use them. */
const announcedByMajor: ReadonlySet<FindingCode> = new Set<FindingCode>([
  'exports-map-added',
  'exports-subpath-removed',
  'kind-changed',
])

/** What makes a release a major one whatever its number says: somebody may have to change something for it. */
const majorCodes: ReadonlySet<string> = new Set<FindingCode>([
  'install-script-added',
  'exports-map-added',
  'exports-subpath-removed',
  'toplevel-removed',
  'module-removed',
  'root-name-removed',
  'name-removed',
  'member-removed',
  'param-removed',
  'param-now-required',
  'entry-point-removed',
  'require-lost',
  'type-removed',
  'used-name-removed',
])

export const isMajorCode = (code: string): boolean => majorCodes.has(code)

const trustCodes: ReadonlySet<string> = new Set<FindingCode>([
  'install-script-added',
  'start-code-added',
  'provenance-lost',
  'trusted-publisher-lost',
  'trusted-publisher-changed',
  'publisher-new',
  'dependency-young',
])

/** Whether a code is about who made a release rather than about what it does; a major changes nothing about that. */
export const isTrustCode = (code: string): boolean => trustCodes.has(code)

/** The level of a code for a kind of change; a person's own settings come after this. */
export function levelOf(code: FindingCode, change: ChangeKind): FindingLevel {
  const level = findingLevels[code]
  if (isTrustCode(code)) return level
  return change === 'major' && (level === 'ask' || announcedByMajor.has(code)) ? 'say' : level
}

/** What somebody answers: a code, and one thing of it or (null) all. */
export interface MeantFinding {
  readonly code: string
  readonly what: string | null
}

/** `name-removed`, or `name-removed: demo:old` for one thing that it names. */
export function parseMeant(text: string): MeantFinding {
  const [, code = '', what = ''] = /^\s*([\w-]*)\s*(?::\s*(.*?))?\s*$/s.exec(text) ?? []
  return { code, what: what === '' ? null : what }
}
