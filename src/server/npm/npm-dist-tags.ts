import { z } from 'zod'
import { distTags } from '../../catalog/hosted/packument.ts'
import { overlaidTags } from '../../catalog/overlaid/overlaid-npm-documents.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import type { PackageRecord } from '../../ports/package-store.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { changePackage } from '../files/store-file.ts'
import { type HttpProblem, problemResponse } from '../http/problem.ts'
import { asBadRequest, readBody } from '../http/read-body.ts'
import { visibleAscii } from '../http/refuse-in-status.ts'
import type { RegistryParts } from '../registry-parts.ts'
import type { Ctx } from '../server-parts.ts'
import { floatingProblem } from './floating-problem.ts'
import { planLatest } from './latest-tag.ts'
import { expectedTagName, isTagName } from './npm-publish.ts'
import { tagLimitProblem } from './tag-limit.ts'

/** `GET /-/package/<name>/dist-tags`: as the view's document has them. */
export async function showTags(c: Ctx, npm: RegistryParts, name: string): Promise<Response> {
  const opened = await npm.documents.open(`npm:${name}`, npm.views.findNpm(c.env.incoming, c.env.path).view)
  if (opened === null) return problemResponse({ status: 404, detail: `There is no package ${name} here.` })
  const headers = { 'cache-control': 'private, max-age=0, must-revalidate' }
  const { overlaid, pkg, visibility } = opened
  const tags = overlaid?.kind === 'npm' ? overlaidTags(overlaid, visibility) : distTags(pkg, visibility)
  return c.json(tags, 200, headers)
}

/** `PUT` or `DELETE /-/package/<name>/dist-tags/<tag>`. Where `latest` may go says `planLatest`. */
export async function setTag(
  c: Ctx,
  npm: RegistryParts<RolloutReader>,
  name: string,
  tag: string,
): Promise<Response> {
  const id = `npm:${name}`
  const allowed = await npm.authoriser.allow(c.req.header('authorization'), 'publish', [id])
  if (!allowed.ok) return problemResponse(allowed.problem)
  const body = c.req.method === 'PUT' ? await readBody(c, z.string('a version')) : null
  if (body?.ok === false) return problemResponse(asBadRequest(body.problem))
  const record = await npm.parts.packages.get(id)
  if (record === null) return problemResponse({ status: 404, detail: `There is no package ${name} here.` })
  const version = body?.value ?? null
  const problem = problemOfTag(record, tag, version)
  if (problem !== null) return problemResponse(problem)
  const move =
    tag === 'latest' && version !== null ? planLatest(record, npm.parts.engine.rolloutsOf(id), version) : null
  if (move?.kind === 'refused') return problemResponse(move.problem)
  // npm prints this header.
  if (move?.notice) c.header('npm-notice', visibleAscii(move.notice))
  if (move?.kind === 'stays') {
    return c.json({ ok: true, id: name, 'dist-tags': { latest: version }, notice: move.notice })
  }
  const wanted = version === null ? [] : [tag]
  const crowded = tagLimitProblem(record.tags, wanted, npm.parts.settings.limits.distTags)
  if (crowded !== null) return problemResponse(crowded)
  const now = npm.parts.clock.now()
  await changePackage({ ...npm.parts, packageChanged: npm.documents.changed }, id, (current) => {
    if (current === null) return null
    const { [tag]: _, ...others } = current.tags
    return { ...current, tags: version === null ? others : { ...others, [tag]: version }, modifiedAt: now }
  })
  const subject = version === null ? id : `${id}@${version}`
  c.set('did', { action: `${version === null ? 'remove' : 'set'} tag ${tag}`, subject })
  return c.json({ ok: true, id: name, 'dist-tags': { [tag]: version } }, version === null ? 200 : 201)
}

function problemOfTag(record: PackageRecord, tag: string, version: string | null): HttpProblem | null {
  const floating = floatingProblem(tag)
  if (floating !== null) return floating
  if (!isTagName(tag)) return refuse(400, 'tag', tag, expectedTagName)
  if (version !== null && ownEntry(record.versions, version) === undefined) {
    return refuse(404, 'version', version, `a published version of ${record.id}`)
  }
  if (tag !== 'latest' || version !== null) return null
  return refuse(400, 'tag', tag, 'any tag but latest, which a package always has')
}

function refuse(status: number, field: string, value: string, expected: string): HttpProblem {
  const shown = JSON.stringify(value.slice(0, 200))
  return { status, detail: `${field}: got ${shown}, expected ${expected}`, field, value: shown, expected }
}
