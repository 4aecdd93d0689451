import { isoTime } from '../iso-time.ts'
import type { PackageRecord } from '../package-record.ts'
import type { Exposure } from './exposure.ts'

/** Why a version is hidden. */
export type HiddenBecause =
  /** Its rollout has not brought it to whoever looks, or nothing is known of it. */
  | { readonly kind: 'staged' }
  | {
      readonly kind: 'taken-back'
      /** Integer ms. */
      readonly at: number
      readonly cause: string
      readonly use: string | null
    }
  | { readonly kind: 'given-up'; readonly at: number; readonly use: string | null }
  | { readonly kind: 'superseded'; readonly at: number; readonly by: string | null }
  /** Its bytes are not those that were let out. */
  | { readonly kind: 'untested' }
  /** In its index's own words. */
  | { readonly kind: 'gone'; readonly sentence: string }

/**
 * Why a version is hidden, as clients print it and lock files keep it. One sentence that stays true forever: no
 * percent, and nothing that a person wrote.
 */
export function hiddenSentence(because: HiddenBecause | undefined, statusUrl: string): string {
  const use = (version: string | null) => (version === null ? '' : `; use ${version}`)
  switch (because?.kind) {
    case 'taken-back':
      return `Taken back on ${dayOf(because.at)} (${because.cause})${use(because.use)}: ${statusUrl}`
    case 'given-up':
      return `Given up on ${dayOf(because.at)}${use(because.use)}: ${statusUrl}`
    case 'superseded':
      return `Superseded on ${dayOf(because.at)}${because.by === null ? '' : ` by ${because.by}`}: ${statusUrl}`
    case 'untested':
      return `Hidden by Slipway: its file is another than the one that was let out: ${statusUrl}`
    case 'gone':
      return because.sentence
    default:
      return stagedReason(statusUrl)
  }
}

/** Whether a text is one of those sentences, which publishers' clients read and may send back. */
export function isHiddenSentence(text: string): boolean {
  return /^(?:Staged rollout by Slipway|Hidden by Slipway|(?:Taken back|Given up|Superseded) on \d{4}-\d\d-\d\d\b.*: )/.test(
    text,
  )
}

function stagedReason(statusUrl: string): string {
  return `Staged rollout by Slipway, not a defect; status and how to choose: ${statusUrl}`
}

const dayOf = (at: number) => isoTime(at).slice(0, 10)

/** Why each version is hidden that has ended, changed, or gone; of all others there is nothing more to say. */
export function hiddenReasons(
  { versions }: PackageRecord,
  exposures: readonly Exposure[],
  inForce: ReadonlyMap<string, Exposure>,
  untested: ReadonlySet<string>,
): ReadonlyMap<string, HiddenBecause> {
  const reasons = new Map<string, HiddenBecause>()
  for (const exposure of inForce.values()) {
    const because = endOf(exposure, exposures)
    if (because !== null) reasons.set(exposure.version, because)
  }
  for (const version of untested) reasons.set(version, { kind: 'untested' })
  for (const { version, gone, withdrawn } of Object.values(versions)) {
    if (gone === true) reasons.set(version, { kind: 'gone', sentence: withdrawn ?? '' })
  }
  return reasons
}

function endOf(exposure: Exposure, exposures: readonly Exposure[]): HiddenBecause | null {
  const { end, endedAt: at, baseline: use } = exposure
  if (end === 'rolled-back') return { kind: 'taken-back', at, cause: causeOf(exposure), use }
  if (end === 'abandoned') return { kind: 'given-up', at, use }
  if (end !== 'superseded') return null
  const by = exposures.find(({ rollout }) => rollout === exposure.supersededBy)?.version ?? null
  return { kind: 'superseded', at, by }
}

function causeOf({ blocked, takenBackBy }: Exposure): string {
  if (blocked) return 'blocked'
  return takenBackBy === 'person' ? 'by a person' : takenBackBy
}

/** Stands where a file or version is hidden because its name cannot be read as a version. */
export const unreadReason =
  'Hidden by Slipway: its name cannot be read as a version, so nobody could stage it'

/** Stands where a file is hidden that came when its version was already given to people. */
export const lateReason =
  'Hidden by Slipway: this file came later than the others of its version, and nobody tested it'
