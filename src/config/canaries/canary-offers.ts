import type { PackageId } from '../../versions/release.ts'
import type { OfferEntry, SlipwayFile } from '../policy/file-schema.ts'

/** What a repository offers: to test one package's candidates. Its maintainer still has to admit it. */
export interface CanaryOffer {
  readonly package: PackageId
  readonly mode: 'dispatch' | 'pull' | 'observe'
  /** File name of the workflow; null where the mode needs none. */
  readonly workflow: string | null
  /** Branch or tag to run on; null for the default branch. */
  readonly ref: string | null
  readonly timeoutMs: number
  /** The most runs in a calendar month; null for no limit. */
  readonly runsPerMonth: number | null
}

/** Half an hour, as other ecosystem test runs allow each dependent (vite, igraph). */
const defaultTimeoutMs = 30 * 60_000

/** The `canaries:` half of a dependent's file, defaults filled in. */
export function canaryOffers(file: SlipwayFile): readonly CanaryOffer[] {
  return (file.canaries ?? []).map(offerOf)
}

function offerOf(entry: OfferEntry): CanaryOffer {
  return {
    package: entry.for,
    mode: entry.mode ?? 'dispatch',
    workflow: entry.workflow ?? null,
    ref: entry.ref ?? null,
    timeoutMs: entry.timeout ?? defaultTimeoutMs,
    runsPerMonth: entry.runsPerMonth ?? null,
  }
}
