/** Words that are remembered for a time: what may be used once, and who was met when. */
export interface WordStore {
  /** Remembers a word that may be used once (jti, nonce with attempt). False when it was used before with another value. */
  useOnce(word: string, value: string, expiresAt: number): Promise<boolean>
  /** When a word was first told, integer ms: now, where it is new or its memory had expired. Telling it keeps it longer. */
  firstTold(word: string, expiresAt: number): Promise<number>
}
