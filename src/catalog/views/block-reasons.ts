import { ownEntry } from '../../versions/own-entry.ts'
import type { PackageRecord } from '../package-record.ts'
import type { Exposure } from './exposure.ts'

const noReason = 'no reason was given'

/**
 * The versions that nobody gets, exact pins included, and why: by the rollout that brought them, by their own
 * record, or because the whole project is quarantined (PEP 792).
 */
export function blockReasons(
  pkg: PackageRecord,
  exposures: readonly Exposure[],
): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>()
  if (pkg.status?.kind === 'quarantined') {
    const because = `the project is quarantined: ${pkg.status.reason?.trim() || noReason}`
    for (const version of Object.keys(pkg.versions)) reasons.set(version, because)
    return reasons
  }
  for (const { version, blocked, blockedBecause } of exposures) {
    if (blocked && !reasons.has(version)) reasons.set(version, blockedBecause.trim() || noReason)
  }
  for (const { version, blocked } of Object.values(pkg.versions)) {
    if (blocked !== undefined && !reasons.has(version)) reasons.set(version, blocked.trim() || noReason)
  }
  for (const { version, held } of exposures) {
    if (held && !reasons.has(version) && holdsPins(pkg, version)) reasons.set(version, heldPins)
  }
  return reasons
}

/** `pins: hold` of an adopt rule; what an operator opened is for everybody. */
function holdsPins({ versions }: PackageRecord, version: string): boolean {
  const record = ownEntry(versions, version)
  return record?.holdsPins === true && record.opened !== true
}

const heldPins =
  'its rollout is held, and the rule it came by gives a held release to nobody; the status page says why, and an operator can open it (exceptions)'

/** The sentence that a client prints for a version that is refused. */
export function blockedSentence(release: string, because: string | undefined): string {
  return `${release} is blocked here: ${because ?? noReason}`
}
