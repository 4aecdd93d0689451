import { createHash, timingSafeEqual } from 'node:crypto'
import { type Log, messageOf } from '../../engine/core/log.ts'
import type { AccessStore, Scope, TokenRecord } from '../../ports/access-store.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Actor } from '../../rollout/history/actor.ts'
import type { PackageId } from '../../versions/release.ts'
import { fitsPattern } from '../../versions/star-pattern.ts'
import type { HttpProblem } from '../http/problem.ts'

/** Whoever holds a valid token. */
export interface Holder {
  /** Id of the token; `operator` for the one from the settings. */
  readonly id: string
  readonly name: string
  /** Who answers for the token. */
  readonly owner: string
  readonly scopes: readonly Scope[]
  readonly packages: readonly string[]
  /** When the token ends, integer ms; null when it does not. */
  readonly expiresAt: number | null
}

export type Allowed =
  | { readonly ok: true; readonly holder: Holder }
  | { readonly ok: false; readonly problem: HttpProblem }

/** Checks tokens, as twine, npm and the API send them. */
export interface Authoriser {
  /** The holder of the token in an `Authorization` header; null without a token. */
  holder(authorization: string | undefined): Promise<Allowed | null>
  /** Whether the header's token has the scope and reaches all the packages. Says what is missing. */
  allow(authorization: string | undefined, scope: Scope, packages: readonly PackageId[]): Promise<Allowed>
}

/** Tokens by their hash from the store, and the operator's token from the settings. */
export function createAuthoriser(parts: {
  readonly access: AccessStore
  readonly clock: Clock
  readonly adminTokenSha256: string | null
  readonly log: Log
}): Authoriser {
  const noteUse = createUseNotes(parts)
  const holder = async (authorization: string | undefined): Promise<Allowed | null> => {
    const secret = secretIn(authorization)
    if (secret === null) return null
    const hash = createHash('sha256').update(secret).digest()
    if (isAdmin(hash, parts.adminTokenSha256)) return { ok: true, holder: operator }
    const token = await parts.access.findToken(hash.toString('hex'))
    if (token === null)
      return refuse(401, 'This token is not known here: it was revoked, or it belongs to another server.')
    if (token.expiresAt !== null && token.expiresAt <= parts.clock.now()) {
      return refuse(
        401,
        `The token ${token.name} expired on ${new Date(token.expiresAt).toISOString().slice(0, 10)}; ask for a new one (slipway token create).`,
      )
    }
    noteUse(token)
    return { ok: true, holder: holderOf(token) }
  }
  const allow = async (
    authorization: string | undefined,
    scope: Scope,
    packages: readonly PackageId[],
  ): Promise<Allowed> => {
    const known = await holder(authorization)
    if (known === null) return refuse(401, `This needs a token with the scope ${scope}.`)
    if (!known.ok) return known
    return reaches(known.holder, scope, packages)
  }
  return { holder, allow }
}

const useNotedMs = 60_000

/** Writes a token's use down, at most once a minute and beside the request: nobody waits for it. */
function createUseNotes({
  access,
  clock,
  log,
}: {
  readonly access: AccessStore
  readonly clock: Clock
  readonly log: Log
}): (token: TokenRecord) => void {
  const noted = new Map<string, number>()
  return ({ id, lastUsedAt }) => {
    const now = clock.now()
    if (now - Math.max(lastUsedAt ?? 0, noted.get(id) ?? 0) < useNotedMs) return
    if (noted.size >= 10_000) noted.clear()
    noted.set(id, now)
    access.touchToken(id, now).catch((error: unknown) => {
      log.warn('the use of a token could not be noted', { token: id, error: messageOf(error) })
    })
  }
}

/** The actor that a token's holder acts as; `as` names the person behind it. */
export function actorOf(holder: Holder, as: string | null): Actor {
  const { id, name, owner, scopes } = holder
  return { kind: 'token', id, name, owner, as, scopes }
}

const operator: Holder = {
  id: 'operator',
  name: 'operator',
  owner: 'operator',
  scopes: ['publish', 'operate', 'read', 'report'],
  packages: ['*'],
  expiresAt: null,
}

function holderOf({ id, name, owner, scopes, packages, expiresAt }: TokenRecord): Holder {
  return { id, name, owner, scopes, packages, expiresAt }
}

function reaches(holder: Holder, scope: Scope, packages: readonly PackageId[]): Allowed {
  if (!mayDo(holder, scope)) {
    const has = holder.scopes.join(', ') || 'none'
    return refuse(403, `This needs a token with the scope ${scope}; the token ${holder.name} has: ${has}.`, {
      field: 'scope',
      value: has,
      expected: scope,
    })
  }
  const outside = packages.find((id) => !holder.packages.some((pattern) => fitsPattern(pattern, id)))
  if (outside !== undefined) {
    const patterns = holder.packages.join(', ') || 'no package'
    return refuse(403, `The token ${holder.name} is not for ${outside}; it is for: ${patterns}.`, {
      field: 'package',
      value: outside,
      expected: patterns,
    })
  }
  return { ok: true, holder }
}

/** Who may command a rollout may also report on it. */
function mayDo({ scopes }: Holder, scope: Scope): boolean {
  return scopes.includes(scope) || (scope === 'report' && scopes.includes('operate'))
}

/** `Bearer <secret>` or Basic with the user name `__token__`. */
function secretIn(authorization: string | undefined): string | null {
  const bearer = /^bearer +(\S+) *$/i.exec(authorization ?? '')
  if (bearer?.[1]) return bearer[1]
  const basic = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization ?? '')
  if (!basic?.[1]) return null
  const text = Buffer.from(basic[1], 'base64').toString('utf8')
  return text.startsWith('__token__:') ? text.slice('__token__:'.length).trim() : null
}

function isAdmin(hash: Buffer, admin: string | null): boolean {
  if (admin === null) return false
  const wanted = Buffer.from(admin, 'hex')
  return wanted.length === hash.length && timingSafeEqual(wanted, hash)
}

function refuse(
  status: number,
  detail: string,
  more: Pick<HttpProblem, 'field' | 'value' | 'expected'> = {},
): Allowed & { ok: false } {
  return { ok: false, problem: { status, detail, ...more } }
}
