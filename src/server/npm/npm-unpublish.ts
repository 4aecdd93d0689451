import { z } from 'zod'
import { exposuresOf } from '../../catalog/views/exposure.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import type { PackageRecord } from '../../ports/package-store.ts'
import { phaseOf } from '../../rollout/history/phase.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { showValue } from '../../versions/problem.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import { changePackage } from '../files/store-file.ts'
import { type HttpProblem, problemResponse } from '../http/problem.ts'
import { readBody } from '../http/read-body.ts'
import { visibleAscii } from '../http/refuse-in-status.ts'
import type { RegistryParts } from '../registry-parts.ts'
import type { Ctx, ServerParts } from '../server-parts.ts'
import type { NpmTarget } from './npm-target.ts'

/** As on npm's own registry: who installed it in three days can still be told. */
const unpublishMs = 72 * 3_600_000

/** `npm owner` puts only `maintainers`: what is not named is not taken out. */
const leftDocument = z.looseObject({ versions: z.record(z.string(), z.unknown()).optional() })

/**
 * `PUT` and `DELETE` of `/-rev/<revision>`: npm reads the document, takes versions out and puts it back, then
 * deletes the tarball. Versions may go within 72 hours, unless a rollout is compared with them or they are all that is
 * released. Their numbers are not given again. What was rolling out is taken back before the answer, which says so.
 */
export async function unpublish(
  c: Ctx,
  npm: RegistryParts<RolloutReader>,
  { name, revision, file }: NpmTarget & { kind: 'revision' },
): Promise<Response> {
  const id = `npm:${name}`
  const allowed = await npm.authoriser.allow(c.req.header('authorization'), 'publish', [id])
  if (!allowed.ok) return problemResponse(allowed.problem)
  const record = await npm.parts.packages.get(id)
  if (record === null) return problemResponse(await notOurs(npm.parts, name))
  if (file !== null) {
    // npm's last step; the tarball went with its version.
    const isThere = Object.values(record.versions).some(({ files }) => files.some((it) => it.name === file))
    return isThere ? problemResponse(tarballStays(file)) : c.json({ ok: true, id: name })
  }
  const outdated = revisionProblem(name, revision, record)
  if (outdated !== null) return problemResponse(outdated)
  const body = c.req.method === 'PUT' ? await readBody(c, leftDocument) : null
  if (body?.ok === false) return problemResponse({ ...body.problem, status: 400 })
  if (body !== null && body.value.versions === undefined) return problemResponse(nothingGone)
  const left = body?.value.versions ?? {}
  const gone = Object.keys(record.versions).filter((version) => !Object.hasOwn(left, version))
  if (gone.length === 0) return problemResponse(nothingGone)
  const now = npm.parts.clock.now()
  const under = npm.parts.engine.rolloutsOf(id).filter((state) => isUnderWay(state, id, gone))
  const refusal = refusesUnpublish(record, npm.parts.engine.rolloutsOf(id), gone, now)
  if (refusal !== null) return problemResponse(refusal)
  await changePackage({ ...npm.parts, packageChanged: npm.documents.changed }, id, (current) =>
    current === null ? null : without(current, gone, now),
  )
  c.set('did', { action: 'unpublish', subject: gone.map((version) => `${id}@${version}`).join(' ') })
  const ended = under.flatMap((state) => npm.parts.engine.find(state.id) ?? [])
  // npm prints it.
  if (ended.length > 0) c.header('npm-notice', visibleAscii(ended.map(whatBecame).join(' ')))
  return c.json({ ok: true, id: name })
}

function isUnderWay({ end, members }: RolloutState, id: string, gone: readonly string[]): boolean {
  return (
    end === null && members.some(({ candidate }) => gone.some((version) => candidate === `${id}@${version}`))
  )
}

function whatBecame(state: RolloutState): string {
  const releases = state.members.map(({ candidate }) => candidate).join(', ')
  const instead = state.members.flatMap(({ baseline }) => baseline ?? []).join(', ')
  const back = instead === '' ? '' : ` Everybody gets ${instead} again.`
  return `The rollout of ${releases} (${state.id}) is ${phaseOf(state)}: it was unpublished.${back}`
}

/** Why a document that was read, changed and put back does not count: somebody was faster. A client may send none. */
export function revisionProblem(
  name: string,
  given: unknown,
  { revision }: PackageRecord,
): HttpProblem | null {
  const expected = `${revision}-0`
  if (given === undefined || given === expected) return null
  const detail = `_rev: got ${showValue(String(given))}, expected ${expected}: somebody changed ${name} meanwhile; try again`
  return { status: 409, detail, field: '_rev', expected }
}

/** A package that is not published here. npm takes a 404 for "gone already", so one of an upstream is no 404. */
export async function notOurs({ overlay }: Pick<ServerParts, 'overlay'>, name: string): Promise<HttpProblem> {
  if ((await overlay?.open(`npm:${name}`)) == null)
    return { status: 404, detail: `There is no package ${name} here.` }
  const detail = `${name} comes from another registry, so it is changed there; to refuse a version here, an operator blocks it (slipway package block).`
  return { status: 403, detail, field: 'package', value: `npm:${name}` }
}

const nothingGone: HttpProblem = {
  status: 405,
  detail:
    'Owners are not changed through npm here: an operator sets the owner of a package (slipway package owner).',
}

function tarballStays(file: string): HttpProblem {
  const detail = `${file.slice(0, 200)} goes with its version only: exact pins must keep working.`
  return { status: 405, detail }
}

/** Why these versions may not go, or null. */
function refusesUnpublish(
  record: PackageRecord,
  rollouts: readonly RolloutState[],
  gone: readonly string[],
  now: number,
): HttpProblem | null {
  const exposures = exposuresOf(record.id, rollouts)
  const isReleased = (version: string) =>
    exposures.find((exposure) => exposure.version === version)?.full === true
  for (const version of gone) {
    const release = `${record.id}@${version}`
    const known = ownEntry(record.versions, version)
    if (known !== undefined && now - known.createdAt > unpublishMs) {
      return no(version, `${release} is older than 72 hours, and somebody may depend on it`)
    }
    const live = rollouts.filter((state) => state.end === null)
    const under = live.find(({ members }) => members.some(({ baseline }) => baseline === release))
    if (under !== undefined) {
      return no(version, `${release} is what others get while ${under.id} is rolling out`)
    }
  }
  const released = Object.keys(record.versions).filter(isReleased)
  if (released.length === 0 || released.some((version) => !gone.includes(version))) return null
  const only = released[0] ?? ''
  return no(only, `${record.id}@${only} is the only full release, and every install without a pin needs one`)
}

function no(version: string, why: string): HttpProblem {
  const expected = 'deprecate it, or have an operator block it'
  const detail = `It is not unpublished: ${why}. Instead ${expected}.`
  return { status: 403, detail, field: 'versions', value: version, expected }
}

function without(record: PackageRecord, gone: readonly string[], now: number): PackageRecord {
  const keeps = ([version]: readonly [string, unknown]) => !gone.includes(version)
  const versions = Object.fromEntries(Object.entries(record.versions).filter(keeps))
  const tags = Object.entries(record.tags).filter(([, version]) => !gone.includes(version))
  const { compare, isPrerelease } = schemeOf('npm')
  const finals = Object.keys(versions).filter((version) => !isPrerelease(version))
  const greatest = finals.sort(compare).at(-1)
  const latest = tags.some(([tag]) => tag === 'latest') || greatest === undefined ? {} : { latest: greatest }
  const unpublished = { ...record.unpublished, ...Object.fromEntries(gone.map((version) => [version, now])) }
  return {
    ...record,
    versions,
    tags: { ...Object.fromEntries(tags), ...latest },
    unpublished,
    modifiedAt: now,
  }
}
