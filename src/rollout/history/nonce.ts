import { base32 } from '../../cohort/base32.ts'
import type { RolloutId } from './event.ts'

/** A synchronous HMAC-SHA-256 of the UTF-8 bytes of a text, under the server's secret. */
export type Hmac = (text: string) => Uint8Array

/** 160 bits: 32 characters without padding. */
const NONCE_BYTES = 20

/** The word that only the server and one try of one canary know: 32 of `[a-z2-7]`. */
export function nonceFor(hmac: Hmac, rollout: RolloutId, canary: string, tryNumber: number): string {
  return base32(hmac(`nonce v1\0${rollout}\0${canary}\0${tryNumber}`).subarray(0, NONCE_BYTES))
}
