import type { Hono } from 'hono'
import type { z } from 'zod'
import type { RolloutCommander } from '../../engine/roles/rollout-commander.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import type { Scope } from '../../ports/access-store.ts'
import type { PackageRecord, VersionRecord } from '../../ports/package-store.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { type PackageId, packageIdOf } from '../../versions/release.ts'
import { tagMatches } from '../http/entity-tag.ts'
import { type HttpProblem, problemResponse } from '../http/problem.ts'
import { changeRecord, changeVersion, differs, withVersion } from '../packages/change-package.ts'
import { findPackage } from '../packages/find-package.ts'
import { packageOf, packagePattern } from '../packages/named-package.ts'
import { packageFeed } from '../packages/package-feed.ts'
import { yankRefusal } from '../pypi/yank-refusal.ts'
import type { RegistryParts } from '../registry-parts.ts'
import type { Ctx, Env } from '../server-parts.ts'
import { addBlockRoutes } from './api-blocks.ts'
import { labelBody, statusBody, versionBody, yankBody } from './api-schemas.ts'
import { askAnywhere, noPackage, normalVersion, noVersion } from './ask-package.ts'

/** What maintainers and operators say about packages: status, yanks, labels, blocks. */
export function addPackageRoutes(
  api: Hono<Env>,
  index: RegistryParts<RolloutReader & RolloutCommander>,
): void {
  const at = (part: string) => `/packages/${packagePattern}/${part}`
  api.get(at('dependents'), (c) => showDependents(c, index))
  api.get(at('feed.atom'), (c) => showFeed(c, index))
  api.get(at('status'), (c) => showStatus(c, index))
  api.put(at('status'), (c) => putStatus(c, index))
  api.post(at('yank'), (c) => yank(c, index))
  api.delete(at('yank'), (c) => unyank(c, index))
  api.put(at('label'), (c) => label(c, index))
  api.delete(at('label'), (c) => unlabel(c, index))
  addBlockRoutes(api, index)
}

/** The status of a package as answers have it; a package that nobody marked is active. */
export function statusAnswer({ status }: Pick<PackageRecord, 'status'>) {
  return { status: status?.kind ?? 'active', reason: status?.reason ?? null }
}

/** Rollouts of a package whose steps a feed may hold: more than its entries. */
const fedRollouts = 50

/** What happened to the package's releases, as Atom; a package that nobody knows has no feed. */
async function showFeed(c: Ctx, { parts }: RegistryParts<RolloutReader>): Promise<Response> {
  const named = packageOf(c)
  if (!named.ok) return problemResponse(named.problem)
  const all = parts.engine.rolloutsOf(named.id)
  const stream = c.req.query('stream')
  const isOf = (state: RolloutState) => stream === undefined || state.policy?.stream?.name === stream
  const rollouts = all.filter(isOf).slice(0, fedRollouts)
  if (all.length === 0 && (await findPackage(parts, named.id)) === null) {
    return problemResponse({ status: 404, detail: `There is no package ${named.id} here.` })
  }
  const explanations = rollouts.map((state) => parts.engine.explain(state))
  const { text, etag } = packageFeed(named.id, explanations, parts.settings.publicUrl)
  const headers = { etag, 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' }
  if (tagMatches(c.req.header('if-none-match'), etag)) return new Response(null, { status: 304, headers })
  return new Response(text, {
    headers: { ...headers, 'content-type': 'application/atom+xml; charset=utf-8' },
  })
}

/** Who here needs the package, by the metadata that is served; also for packages that are not hosted here. */
async function showDependents(c: Ctx, { dependents }: RegistryParts): Promise<Response> {
  const named = packageOf(c)
  if (!named.ok) return problemResponse(named.problem)
  const found = await dependents.of(named.id)
  const shown = found.filter(({ release }) => c.env.mayRead(packageIdOf(release)))
  return c.json({ package: named.id, dependents: shown })
}

async function showStatus(c: Ctx, { parts }: RegistryParts): Promise<Response> {
  const named = packageOf(c)
  const record = named.ok ? await parts.packages.get(named.id) : null
  if (!named.ok) return problemResponse(named.problem)
  if (record === null) return problemResponse(noPackage(named.id))
  return c.json({ package: named.id, ...statusAnswer(record) })
}

/** Whoever may publish says that a project is archived or deprecated; quarantine is the operator's. */
async function putStatus(c: Ctx, index: RegistryParts): Promise<Response> {
  const asked = await ask(c, index, statusBody, 'publish')
  if (!asked.ok) return problemResponse(asked.problem)
  const { id, record, body } = asked
  if (body.status === 'quarantined' || record.status?.kind === 'quarantined') {
    const operator = await index.authoriser.allow(c.req.header('authorization'), 'operate', [id])
    if (!operator.ok) return problemResponse(operator.problem)
  }
  const status = { kind: body.status, reason: body.reason }
  const changed = await changeRecord(index, id, (before) => ({ ...before, status }))
  return c.json({ package: id, ...statusAnswer(changed ?? record) })
}

async function yank(c: Ctx, index: RegistryParts<RolloutReader>): Promise<Response> {
  const asked = await ask(c, index, yankBody, 'publish')
  if (!asked.ok) return problemResponse(asked.problem)
  const { id, record, version, body } = asked
  const withReason = (known: VersionRecord) => ({ ...known, withdrawn: body.reason })
  const rollouts = index.parts.engine.rolloutsOf(id)
  const refusal = yankRefusal(record, withVersion(record, version, withReason), rollouts, version)
  if (refusal !== null) return problemResponse(refusal)
  const changed = differs(record, await changeVersion(index, id, version, withReason), version)
  return c.json({ release: `${id}@${version}`, yanked: body.reason, changed })
}

async function unyank(c: Ctx, index: RegistryParts): Promise<Response> {
  const asked = await ask(c, index, versionBody, 'publish')
  if (!asked.ok) return problemResponse(asked.problem)
  const { id, record, version } = asked
  const after = await changeVersion(index, id, version, (known) => ({ ...known, withdrawn: null }))
  return c.json({ release: `${id}@${version}`, yanked: null, changed: differs(record, after, version) })
}

async function label(c: Ctx, index: RegistryParts): Promise<Response> {
  const asked = await ask(c, index, labelBody, 'publish')
  if (!asked.ok) return problemResponse(asked.problem)
  const { id, record, version, body } = asked
  const given = { kind: body.label, reason: body.reason }
  const after = await changeVersion(index, id, version, (known) => ({ ...known, label: given }))
  return c.json({ release: `${id}@${version}`, label: given, changed: differs(record, after, version) })
}

async function unlabel(c: Ctx, index: RegistryParts): Promise<Response> {
  const asked = await ask(c, index, versionBody, 'publish')
  if (!asked.ok) return problemResponse(asked.problem)
  const { id, record, version } = asked
  const after = await changeVersion(index, id, version, ({ label: _, ...known }) => known)
  return c.json({ release: `${id}@${version}`, label: null, changed: differs(record, after, version) })
}

type Asked<Schema extends z.ZodType> =
  | {
      readonly ok: true
      readonly id: PackageId
      readonly record: PackageRecord
      /** The version of the body in normal form; empty for a body without one. */
      readonly version: string
      readonly body: z.output<Schema>
    }
  | { readonly ok: false; readonly problem: HttpProblem }

/** The same for a package that is hosted here, and that the version of the body is there. */
async function ask<Schema extends z.ZodType>(
  c: Ctx,
  index: RegistryParts,
  schema: Schema,
  scope: Scope,
): Promise<Asked<Schema>> {
  const asked = await askAnywhere(c, index, schema, scope)
  if (!asked.ok) return asked
  const { id, body } = asked
  const record = await index.parts.packages.get(id)
  if (record === null) return { ok: false, problem: noPackage(id) }
  const given = versionIn(body)
  const version = given === null ? '' : normalVersion(id, given)
  if (given !== null && ownEntry(record.versions, version) === undefined) {
    return { ok: false, problem: noVersion(id, given) }
  }
  return { ok: true, id, record, body, version }
}

function versionIn(body: unknown): string | null {
  const version = typeof body === 'object' && body !== null && 'version' in body ? body.version : null
  return typeof version === 'string' ? version : null
}
