import type { Hono } from 'hono'
import type { z } from 'zod'
import type { RolloutCommander } from '../../engine/roles/rollout-commander.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import type { PackageId } from '../../versions/release.ts'
import { actorOf } from '../access/authorise.ts'
import { type HttpProblem, problemOfRefusal, problemResponse } from '../http/problem.ts'
import { changeVersion, differs } from '../packages/change-package.ts'
import { packagePattern } from '../packages/named-package.ts'
import type { RegistryParts } from '../registry-parts.ts'
import type { Ctx, Env } from '../server-parts.ts'
import { blockBody, unblockBody } from './api-schemas.ts'
import { askAnywhere, noPackage, normalVersion, noVersion } from './ask-package.ts'

/** `…/block` and `…/unblock`: any version of any package, with a rollout or without. */
export function addBlockRoutes(api: Hono<Env>, index: RegistryParts<RolloutReader & RolloutCommander>): void {
  api.post(`/packages/${packagePattern}/block`, (c) => block(c, index))
  api.post(`/packages/${packagePattern}/unblock`, (c) => unblock(c, index))
}

/**
 * Refuses a release everywhere, exact pins included. A release that came through a rollout is blocked there, also
 * one of another index, which ends it and keeps who did it and why; a pre-release has none and is blocked in its
 * record.
 */
async function block(c: Ctx, index: RegistryParts<RolloutReader & RolloutCommander>): Promise<Response> {
  const asked = await askAnywhere(c, index, blockBody, 'operate')
  if (!asked.ok) return problemResponse(asked.problem)
  const { id, body, holder } = asked
  const { engine, packages } = index.parts
  const version = normalVersion(id, body.version)
  const release = `${id}@${version}`
  const state = engine.find(release)
  if (state !== null) {
    if (body.until !== null) return problemResponse(noEnd(release, body.until))
    const who = { actor: actorOf(holder, body.as), reason: body.reason }
    const outcome = await engine.run(state.id, { type: 'block' }, who)
    if (!outcome.ok) return problemResponse(problemOfRefusal(outcome.refusal))
    const { changed } = outcome
    return c.json({
      ...{ release, blocked: body.reason, releases: outcome.state.blocked },
      ...{ rollout: state.id, changed },
    })
  }
  const record = await packages.get(id)
  if (record === null) return blockElsewhere(c, index, asked, version)
  if (ownEntry(record.versions, version) === undefined) return problemResponse(noVersion(id, body.version))
  if (body.until !== null) return problemResponse(noEnd(release, body.until))
  const after = await changeVersion(index, id, version, (known) => ({ ...known, blocked: body.reason }))
  const changed = differs(record, after, version)
  return c.json({ release, blocked: body.reason, releases: [release], rollout: null, changed })
}

/** Lifts a block, wherever it was put. */
async function unblock(c: Ctx, index: RegistryParts<RolloutReader & RolloutCommander>): Promise<Response> {
  const asked = await askAnywhere(c, index, unblockBody, 'operate')
  if (!asked.ok) return problemResponse(asked.problem)
  const { id, body, holder } = asked
  const { engine, packages } = index.parts
  const version = normalVersion(id, body.version)
  const release = `${id}@${version}`
  const state = engine.find(release)
  if (state?.blocked.includes(release)) {
    const who = { actor: actorOf(holder, body.as), reason: body.reason }
    const outcome = await engine.run(state.id, { type: 'unblock' }, who)
    if (!outcome.ok) return problemResponse(problemOfRefusal(outcome.refusal))
    return c.json({ release, blocked: null, releases: state.blocked, rollout: state.id })
  }
  const record = await packages.get(id)
  if (record === null) return unblockElsewhere(c, index, id, version)
  if (ownEntry(record.versions, version) === undefined) return problemResponse(noVersion(id, body.version))
  const after = await changeVersion(index, id, version, ({ blocked: _, ...known }) => known)
  const changed = differs(record, after, version)
  return c.json({ release, blocked: null, releases: [release], rollout: null, changed })
}

/** A version of another index that came by no rollout: what is noted of its package reaches documents and files. */
async function blockElsewhere(
  c: Ctx,
  { parts }: RegistryParts,
  { id, body }: { readonly id: PackageId; readonly body: z.output<typeof blockBody> },
  version: string,
): Promise<Response> {
  const { overlay, clock } = parts
  const known = (await overlay?.open(id)) ?? null
  if (overlay === null || known === null) return problemResponse(noPackage(id))
  if (ownEntry(known.package.record.versions, version) === undefined)
    return problemResponse(noVersion(id, body.version))
  const { reason, until } = body
  await overlay.remember(id, (note) => ({
    ...note,
    blocks: { ...note.blocks, [version]: { reason, at: clock.now(), until } },
  }))
  const release = `${id}@${version}`
  return c.json({ release, blocked: reason, releases: [release], rollout: null, until })
}

async function unblockElsewhere(
  c: Ctx,
  { parts: { overlay } }: RegistryParts,
  id: PackageId,
  version: string,
): Promise<Response> {
  const note = (await overlay?.note(id)) ?? null
  const release = `${id}@${version}`
  const own = ownEntry(note?.blocks ?? {}, version)
  const withdrawn = ownEntry(note?.withdrawals ?? {}, version)
  if (overlay === null || note === null || (own === undefined && withdrawn?.state !== 'blocked'))
    return problemResponse({ status: 404, detail: `${release} is not blocked here.` })
  await overlay.remember(id, (before) => {
    const { [version]: _, ...blocks } = before.blocks ?? {}
    const gone = ownEntry(before.withdrawals ?? {}, version)
    const withdrawals =
      gone?.state === 'blocked'
        ? { ...before.withdrawals, [version]: { ...gone, state: 'kept' as const } }
        : null
    return { ...before, blocks, ...(withdrawals !== null && { withdrawals }) }
  })
  return c.json({ release, blocked: null, releases: [release], rollout: null })
}

function noEnd(release: string, until: number): HttpProblem {
  const expected = `no end: a block of ${release} stands until somebody lifts it (unblock)`
  const value = new Date(until).toISOString()
  return { status: 422, detail: `until: got ${value}, expected ${expected}`, field: 'until', value, expected }
}
