import type { VersionRecord } from '../../catalog/package-record.ts'
import type { Finding } from '../compare-releases.ts'
import { sayFinding } from '../say-findings.ts'

/** What a release no longer proves about who built it, by what came with its files. */
export function trustFindings(before: VersionRecord, after: VersionRecord): readonly Finding[] {
  const proves = ({ files }: VersionRecord) => files.some((file) => file.provenanceSha256 !== undefined)
  if (!proves(before) || proves(after)) return []
  const said = { code: 'provenance-lost' as const, what: after.files.map(({ name }) => name).sort(), more: 0 }
  return [{ ...said, level: 'ask', sentence: sayFinding(said), usedBy: [] }]
}
