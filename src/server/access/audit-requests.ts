import type { MiddlewareHandler } from 'hono'
import { messageOf } from '../../engine/core/log.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { parseRolloutAddress } from '../api/rollout-address.ts'
import type { Ctx, Did, Env, ServerParts } from '../server-parts.ts'
import { createAddressReader } from '../views/client-address.ts'
import type { Authoriser, Holder } from './authorise.ts'

/**
 * Writes down who changed what, after it was done. Everything below `/api/v1` that changes something is
 * written without further ado, so that a route that comes later is too; what is published says so by `did`.
 */
export function auditRequests(
  parts: ServerParts<RolloutReader>,
  authoriser: Authoriser,
): MiddlewareHandler<Env> {
  const { audit, clock, log, settings } = parts
  const addressOf = createAddressReader(settings.trustedProxies)
  return async (c, next) => {
    if (!/^(?:POST|PUT|DELETE|PATCH)$/.test(c.req.method)) return next()
    // Asked before: a token may be revoked by the request that it makes.
    const known = await authoriser.holder(c.req.header('authorization'))
    await next()
    if (c.res.status >= 400) return
    const did = c.get('did') ?? whatApiDid(c, parts)
    const who = did?.who ?? (known?.ok ? sayHolder(known.holder, said(c, 'as')) : null)
    if (did === null || who === null) return
    const { incoming } = c.env
    const entry = {
      at: clock.now(),
      who,
      from: addressOf(incoming.headers, incoming.socket.remoteAddress ?? '') ?? 'unknown',
      action: did.action,
      subject: did.subject,
      reason: said(c, 'reason') ?? '',
    }
    try {
      await audit.append(entry)
    } catch (error) {
      // It was done all the same, so it must stand somewhere.
      log.error('the audit log could not be written', { ...entry, error: messageOf(error) })
    }
  }
}

/** A token as the audit log names it, with the person that it claims to speak for. */
export function sayHolder({ id, name }: Pick<Holder, 'id' | 'name'>, as: string | null): string {
  const token = name === id ? `token ${id}` : `token ${name} (${id})`
  return as === null ? token : `${token} says: ${as}`
}

/** Posts that ask or bring evidence: the history of the rollout has what they brought. */
const noCommand = /^\/api\/v1\/(?:why|canaries|keys|runs|rollouts\/.+\/(?:results|machines))$/

/** What the address of an API request says that it did. */
function whatApiDid(c: Ctx, { engine }: ServerParts<RolloutReader>): Did | null {
  const { rest } = c.env.path
  if (!rest.startsWith('/api/v1/') || noCommand.test(rest)) return null
  const below = rest.slice('/api/v1/'.length)
  const { method } = c.req
  if (below === 'rollouts') {
    const body = c.get('body')
    const releases = isFields(body) && Array.isArray(body.releases) ? body.releases : []
    return { action: 'start', subject: releases.join(' ') }
  }
  if (below.startsWith('rollouts/')) {
    const address = parseRolloutAddress(below.slice('rollouts/'.length))
    if (address.ok) {
      const { id, action } = address
      return { action, subject: engine.find(id)?.id ?? id }
    }
  }
  const [, ecosystem, name, word] = /^packages\/([^/]+)\/(.+)\/([^/]+)$/.exec(below) ?? []
  if (ecosystem !== undefined && name !== undefined && word !== undefined) {
    const version = said(c, 'version')
    const subject = `${ecosystem}:${decodeURIComponent(name)}${version === null ? '' : `@${version}`}`
    return { action: method === 'DELETE' ? `un${word}` : word, subject }
  }
  // `audit`, `canaries`: what a route is called is what it does.
  return { action: method === 'POST' ? below : `${method.toLowerCase()} ${below}`, subject: below }
}

/** A text of the request's body. */
function said(c: Ctx, field: string): string | null {
  const body = c.get('body')
  const value = isFields(body) ? body[field] : null
  return typeof value === 'string' && value !== '' ? value : null
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
