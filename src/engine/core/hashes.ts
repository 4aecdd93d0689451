import { createHash, createHmac } from 'node:crypto'
import { base32 } from '../../cohort/base32.ts'
import type { Sha256Hex } from '../../rollout/history/chain.ts'
import type { Hmac } from '../../rollout/history/nonce.ts'

/** SHA-256 of a text's UTF-8 bytes as hex, for the chain and for digests. */
export const sha256Hex: Sha256Hex = (text) => createHash('sha256').update(text, 'utf8').digest('hex')

/** HMAC-SHA-256 under the server's secret. */
export function hmacOf(secret: string): Hmac {
  return (text) => createHmac('sha256', secret).update(text, 'utf8').digest()
}

/**
 * The opaque cohort key of a repository: `r-` and the base32 of the HMAC of its id. The Action's `setup`
 * hands it out and groups are stored as it, so that nobody can claim another repository's key.
 */
export function repositoryKey(hmac: Hmac, repositoryId: string): string {
  return `r-${base32(hmac(`repository v1\0${repositoryId}`))}`
}
