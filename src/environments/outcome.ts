/** Why something was not done; the kinds are the exit codes of the command line. */
export interface Refusal {
  readonly kind: 'refused' | 'usage' | 'unreachable'
  readonly message: string
}

/** A value, or the refusal with nothing changed. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal }

export function refuse<T>(message: string, kind: Refusal['kind'] = 'refused'): Outcome<T> {
  return { ok: false, refusal: { kind, message } }
}

export function done<T>(value: T): Outcome<T> {
  return { ok: true, value }
}
