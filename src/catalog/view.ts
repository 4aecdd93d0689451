import type { RolloutId } from '../rollout/event.ts'

/** Who is looking, as the path, credentials, user agent or address said (DESIGN.md section 8). */
export type View =
  /** By bucket of a key. Keys made from addresses hold `:` and so never equal a chosen key. */
  | { readonly kind: 'cohort'; readonly key: string }
  /** Only full releases. */
  | { readonly kind: 'stable' }
  /** Every live candidate. */
  | { readonly kind: 'canary' }
  /** `stable` plus (candidate) or minus (baseline) one rollout, nothing else live. */
  | {
      readonly kind: 'arm'
      readonly rollout: RolloutId
      readonly arm: 'candidate' | 'baseline'
      readonly nonce: string | null
    }
  /** The stored document, for `?write=true` and publishers. */
  | { readonly kind: 'source' }
