/** What was applied under an effect key: the digest it showed and where (issue number, comment id, run id). */
export interface AppliedEffect {
  readonly key: string
  readonly digest: string
  /** JSON-safe place of the result, e.g. `{"repository":"acme/lib","issue":4}`. */
  readonly place: Readonly<Record<string, string | number | null>>
  readonly at: number
}

export interface EffectLog {
  get(key: string): Promise<AppliedEffect | null>
  put(applied: AppliedEffect): Promise<void>
  /** All applied under a prefix, e.g. `ro-.../`. */
  list(prefix: string): Promise<readonly AppliedEffect[]>
  /** Find by place, e.g. the rollout behind an issue: keys whose place holds all given fields. */
  findByPlace(place: Readonly<Record<string, string | number>>): Promise<readonly AppliedEffect[]>
}
