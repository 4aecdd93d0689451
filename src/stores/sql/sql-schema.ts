import type { Kysely, Transaction } from 'kysely'

/** Tables as queries see them. Times are integer milliseconds, everything structured is JSON text. */
export interface Schema {
  schema_versions: { version: number }
  counters: { name: string; value: number }
  /** `hash` stands in the body as well; `leaf` is its number in the tree of the log, null until it has one. */
  events: {
    position: number
    stream: string
    version: number
    at: number
    hash: string
    body: string
    leaf: number | null
  }
  /** Each stream's length, last position, and whether its rollout is read at start (0) or from the archive (1). */
  streams: { stream: string; version: number; position: number; retired: number }
  /** Ended rollouts of a package, packed; `ids` lists them (`<id>:<end>:<reserved at>`, separated by spaces). */
  archives: { package: string; ids: string; body: string }
  /** Signed heads of the tree; `frontier` is the JSON list of its perfect subtrees' hashes. */
  checkpoints: { size: number; at: number; note: string; frontier: string }
  /** What a server keeps to itself, such as its id and the key of its checkpoints. */
  words: { name: string; value: string }
  /** Work that one of many processes does: the fence rises with every holder. */
  leases: { name: string; holder: string; fence: number; until: number }
  claims: { claim: string; stream: string }
  inbox: {
    guid: string
    sequence: number
    event: string
    payload: string
    received_at: number
    /** 0 pending, 1 done, 2 set aside. */
    state: number
    attempts: number
    error: string | null
    done_at: number | null
  }
  applied_effects: { key: string; digest: string; place: string; at: number }
  /** One row per field of a place, so that finding by place needs no JSON functions. `value` is JSON text. */
  effect_places: { key: string; field: string; value: string }
  packages: { id: string; ecosystem: string; revision: number; body: string }
  tokens: {
    id: string
    name: string
    owner: string
    secret_sha256: string
    scopes: string
    packages: string
    created_at: number
    expires_at: number | null
    last_used_at: number | null
  }
  /** Who did what; "from" is a word of SQL, which the query builder quotes. */
  audit_log: {
    number: number
    at: number
    who: string
    from: string
    action: string
    subject: string
    reason: string
  }
  owners: { package: string; repository_id: string; repository: string }
  publishers: { package: string; place: number; body: string }
  used_words: { word: string; value: string; expires_at: number }
  /** All advisories of a package in one row. */
  advisories: { package: string; body: string }
  /** By `<source>/<repository id>`. */
  canary_offers: { key: string; body: string }
  /** Which repository was met first under a name. */
  repository_names: { name: string; repository_id: string; met_at: number }
  /** What is remembered about packages of other indexes. */
  overlay_notes: { id: string; body: string }
}

export type Database = Kysely<Schema>
export type Transactional = Transaction<Schema>
