/** A cohort key, or what would have been accepted. Same shape as `Result<string>` of `versions/`. */
export type CohortKeyResult =
  | { readonly ok: true; readonly value: string }
  | {
      readonly ok: false
      readonly problem: { readonly field: string; readonly value: string; readonly expected: string }
    }

const KEY = /^[A-Za-z0-9._~-]{1,200}$/

/** Checks a key that a client chose, already percent-decoded once. Keys are case-sensitive. */
export function parseCohortKey(text: string): CohortKeyResult {
  if (KEY.test(text)) return { ok: true, value: text }
  const value = JSON.stringify(text.length > 200 ? `${text.slice(0, 197)}...` : text)
  const expected = 'a cohort key: 1 to 200 of the characters A-Z a-z 0-9 . _ ~ -'
  return { ok: false, problem: { field: 'key', value, expected } }
}
