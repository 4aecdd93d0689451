import type { Actor } from './actor.ts'

/**
 * Who signs where two people are asked for, in one word: a person whom the forge knows, or whoever answers for a token.
 * Whom a token says it speaks for (`as`) proves nobody, so it does not count here. Null: nobody signs.
 */
export function signerOf(actor: Actor): string | null {
  if (actor.kind === 'person') return `person ${actor.login.toLowerCase()}`
  return actor.kind === 'token' ? `owner ${actor.owner}` : null
}
