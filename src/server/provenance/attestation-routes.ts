import { Hono } from 'hono'
import { blockedSentence, blockReasons } from '../../catalog/views/block-reasons.ts'
import { exposuresOf } from '../../catalog/views/exposure.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import type { FileRecord, PackageRecord } from '../../ports/package-store.ts'
import { normalizeName } from '../../versions/normalize-name.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { type PackageId, parseReleaseId } from '../../versions/release.ts'
import { problemResponse } from '../http/problem.ts'
import type { Ctx, Env, ServerParts } from '../server-parts.ts'
import { predicateTypeOf } from './npm-attestations.ts'

/**
 * What proves where files were built: PEP 740 provenance and npm's attestations. Both are asked for at the root
 * of the host as well as below the index, because clients make the address themselves.
 */
export function createAttestations(parts: ServerParts<RolloutReader>): Hono<Env> {
  const app = new Hono<Env>()
  for (const root of ['', '/pypi']) {
    app.get(`${root}/integrity/:name/:version/:file/provenance`, (c) => provenance(c, parts))
  }
  for (const root of ['', '/npm']) {
    app.get(
      `${root}/-/npm/v1/attestations/:release{.+}`,
      async (c, next) => (await attestations(c, parts)) ?? next(),
    )
  }
  return app
}

async function provenance(c: Ctx, parts: ServerParts<RolloutReader>): Promise<Response> {
  const name = normalizeName('pypi', c.req.param('name') ?? '')
  const record = name.ok ? await parts.packages.get(`pypi:${name.value}`) : null
  const version = ownEntry(record?.versions ?? {}, c.req.param('version') ?? '')
  const file = version?.files.find((known) => known.name === c.req.param('file'))
  if (record === null || version === undefined || file?.provenanceSha256 === undefined) {
    return problemResponse({ status: 404, detail: 'There is no provenance of such a file here.' })
  }
  return (
    refusal(parts, record, version.version) ??
    send(await stored(parts, file), 'application/vnd.pypi.integrity.v1+json')
  )
}

/** npm's document of a version's attestations; null when the package is not hosted here. */
async function attestations(c: Ctx, parts: ServerParts<RolloutReader>): Promise<Response | null> {
  const parsed = parseReleaseId(`npm:${c.req.param('release') ?? ''}`)
  const id: PackageId = parsed.ok ? `npm:${parsed.value.name}` : ''
  const record = parsed.ok ? await parts.packages.get(id) : null
  if (!parsed.ok || record === null) {
    if (parts.overlay !== null) return null
    return problemResponse({ status: 404, detail: 'There is no such package here.' })
  }
  const { version } = parsed.value
  const file = ownEntry(record.versions, version)?.files.find((known) => known.provenanceSha256 !== undefined)
  if (file === undefined) {
    return problemResponse({ status: 404, detail: `There are no attestations of ${id}@${version} here.` })
  }
  const refused = refusal(parts, record, version)
  if (refused !== null) return refused
  const bundle: unknown = JSON.parse(Buffer.from(await stored(parts, file)).toString('utf8'))
  return c.json({ attestations: [{ predicateType: predicateTypeOf(bundle), bundle }] })
}

function refusal(
  { engine }: ServerParts<RolloutReader>,
  record: PackageRecord,
  version: string,
): Response | null {
  const blocked = blockReasons(record, exposuresOf(record.id, engine.rolloutsOf(record.id)))
  if (!blocked.has(version)) return null
  const detail = blockedSentence(`${record.id}@${version}`, blocked.get(version))
  return problemResponse({ status: 403, detail })
}

async function stored({ blobs }: ServerParts, file: FileRecord): Promise<Uint8Array> {
  const bytes = await blobs.get(file.provenanceSha256 ?? '')
  if (bytes === null) throw new Error(`The provenance of ${file.name} is damaged or gone`)
  return bytes
}

function send(bytes: Uint8Array, contentType: string): Response {
  return new Response(Uint8Array.from(bytes), {
    headers: { 'content-type': contentType, 'cache-control': 'private, max-age=0, must-revalidate' },
  })
}
