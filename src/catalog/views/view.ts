import type { Turns } from '../../calendar/turns.ts'
import type { Suspect } from '../../gates/evidence.ts'
import type { RolloutId } from '../../rollout/history/event.ts'

/** Who is looking, as the path, credentials, user agent or address said (DESIGN.md section 8). */
export type View =
  /** By bucket of a key. Keys made from addresses hold `:` and so never equal a chosen key. */
  | { readonly kind: 'cohort'; readonly key: string }
  /** Only full releases. `finals`: of packages with streams only finals, also for those who ask for pre-releases. */
  | { readonly kind: 'stable'; readonly finals?: true }
  /** Finals by bucket of a key (null: only full releases), and the pre-releases of the streams that a channel shows. */
  | {
      readonly kind: 'channel'
      readonly channel: string
      readonly key: string | null
      /** How often it takes pre-releases; absent: as they come. */
      readonly every?: Turns
      /** The last turn of `every`, integer ms: pre-releases that were not there for all by then are left out. */
      readonly turnedAt?: number
    }
  /** `stable`, and what of these rollouts is live: what a view id names. It needs no memory of who asked. */
  | { readonly kind: 'rollouts'; readonly ids: ReadonlySet<RolloutId> }
  /** Every live candidate. */
  | { readonly kind: 'candidate' }
  /** `stable` plus (candidate) or minus (baseline) one rollout, nothing else live. */
  | {
      readonly kind: 'arm'
      readonly rollout: RolloutId
      readonly arm: 'candidate' | 'baseline'
      readonly nonce: string | null
      /** Under the nonce of a search: the one release that this run tests, and what against. */
      readonly suspect?: Suspect
    }
  /** The stored document, for `?write=true` and publishers. */
  | { readonly kind: 'source' }
