import type { Kysely, Transaction } from 'kysely'

/** Tables as queries see them. Times are integer milliseconds, everything structured is JSON text. */
export interface Schema {
  schema_versions: { version: number }
  counters: { name: string; value: number }
  events: { position: number; stream: string; version: number; at: number; body: string }
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
  /** What is remembered about packages of other indexes. */
  overlay_notes: { id: string; body: string }
}

export type Database = Kysely<Schema>
export type Transactional = Transaction<Schema>
