import { Hono } from 'hono'
import { npmVersion } from '../../catalog/hosted/packument.ts'
import { overlaidNpmVersion } from '../../catalog/overlaid/overlaid-npm-documents.ts'
import { namesForeignTarballs } from '../../cohort/client-kind.ts'
import type { ReleaseStarter } from '../../engine/roles/release-starter.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import type { BlobDraft } from '../../ports/blob-store.ts'
import { newNpmNameProblem, normalizeName } from '../../versions/normalize-name.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { sayProblem } from '../../versions/problem.ts'
import { actorOf, type Holder } from '../access/authorise.ts'
import { sendFile } from '../files/send-file.ts'
import { sendOverlaidFile } from '../files/send-overlaid-file.ts'
import { changePackage, storeFile } from '../files/store-file.ts'
import { drainBody } from '../http/drain-body.ts'
import { type HttpProblem, problemResponse } from '../http/problem.ts'
import { asBadRequest } from '../http/read-body.ts'
import { visibleAscii } from '../http/refuse-in-status.ts'
import { publicGoodVerifier } from '../provenance/attestation-verifier.ts'
import { originsOf } from '../provenance/signer-words.ts'
import type { RegistryParts } from '../registry-parts.ts'
import type { Ctx, Env } from '../server-parts.ts'
import type { OpenedPackage } from '../views/documents.ts'
import { linksOf } from '../views/render-document.ts'
import { overlaidLinks } from '../views/render-overlaid.ts'
import { addAccountRoutes } from './npm-accounts.ts'
import { setTag, showTags } from './npm-dist-tags.ts'
import { checkPublish, deprecationsIn } from './npm-publish.ts'
import type { NpmPutDocument } from './npm-put-document.ts'
import { search } from './npm-search.ts'
import { parseNpmTarget } from './npm-target.ts'
import { notOurs, revisionProblem, unpublish } from './npm-unpublish.ts'
import { readNpmPut } from './read-npm-put.ts'
import { tagLimitProblem } from './tag-limit.ts'
import { unsupportedCommand } from './unsupported-commands.ts'

/** Everything below `/npm` except the package document, which the hot handler answers. */
export function createNpm(npm: RegistryParts<RolloutReader & ReleaseStarter>): Hono<Env> {
  const app = new Hono<Env>()
  addAccountRoutes(app, npm.parts, npm.authoriser)
  app.get('/-/v1/search', (c) => search(c, npm))
  app.get('/*', (c) => read(c, npm))
  app.put('/*', (c) => write(c, npm))
  app.delete('/*', (c) => write(c, npm))
  app.all('/*', (c) => {
    const detail = unsupportedCommand(c.env.path.rest) ?? 'This address takes GET and PUT.'
    return problemResponse({ status: 405, detail })
  })
  return app
}

async function read(c: Ctx, npm: RegistryParts<RolloutReader>): Promise<Response> {
  const target = parseNpmTarget(c.env.path.rest)
  switch (target.kind) {
    case 'ping':
      return c.json({})
    case 'tarball':
      return sendTarball(c, npm, target.name, target.file)
    case 'version':
      return showVersion(c, npm, target.name, target.spec)
    case 'dist-tags':
      return showTags(c, npm, target.name)
    default:
      return nothingHere(c.env.path.rest)
  }
}

async function write(c: Ctx, npm: RegistryParts<RolloutReader & ReleaseStarter>): Promise<Response> {
  const target = parseNpmTarget(c.env.path.rest)
  if (target.kind === 'document' && c.req.method === 'PUT') return putDocument(c, npm, target.name)
  if (target.kind === 'dist-tags' && target.tag !== null) return setTag(c, npm, target.name, target.tag)
  if (target.kind === 'revision') return unpublish(c, npm, target)
  const name = normalizeName('npm', c.env.path.rest.slice('/npm/'.length))
  if (c.req.method === 'PUT' && !name.ok && unsupportedCommand(c.env.path.rest) === null) {
    return problemResponse({ status: 400, detail: sayProblem(name.problem), ...name.problem })
  }
  return nothingHere(c.env.path.rest)
}

/** Words that a person can act on, where npm has a command for what is asked. */
function nothingHere(rest: string): Response {
  const sentence = unsupportedCommand(rest)
  return sentence === null
    ? problemResponse({ status: 404, detail: 'There is nothing under this address.' })
    : problemResponse({ status: 405, detail: sentence })
}

async function sendTarball(
  c: Ctx,
  npm: RegistryParts<RolloutReader>,
  name: string,
  file: string,
): Promise<Response> {
  const opened = await npm.documents.open(`npm:${name}`, { kind: 'source' })
  const { overlay } = npm.parts
  if (opened?.overlaid && overlay) return sendOverlaidFile(c, npm, overlay, opened.overlaid, file)
  return sendFile(c, npm, opened?.pkg ?? null, file)
}

async function showVersion(c: Ctx, npm: RegistryParts, name: string, spec: string): Promise<Response> {
  const opened = await npm.documents.open(`npm:${name}`, npm.views.findNpm(c.env.incoming, c.env.path).view)
  const rendered = opened && renderVersion(c, npm.parts, opened, spec)
  if (rendered === null) {
    return problemResponse({ status: 404, detail: `There is no ${name}@${spec.slice(0, 200)} here.` })
  }
  return new Response(rendered.body, {
    headers: { 'content-type': rendered.contentType, 'cache-control': 'private, max-age=0, must-revalidate' },
  })
}

function renderVersion(c: Ctx, parts: RegistryParts['parts'], opened: OpenedPackage, spec: string) {
  const { overlaid, pkg, visibility } = opened
  const { publicUrl } = parts.settings
  if (overlaid?.kind === 'npm' && parts.overlay !== null) {
    const below = namesForeignTarballs(c.req.header('user-agent') ?? '')
    const links = overlaidLinks(overlaid, parts.overlay.files, publicUrl, { ...c.env.path, below })
    return overlaidNpmVersion(overlaid, spec, visibility, links)
  }
  return npmVersion(pkg, spec, visibility, linksOf(pkg, publicUrl, c.env.path.filePrefix))
}

async function putDocument(
  c: Ctx,
  npm: RegistryParts<RolloutReader & ReleaseStarter>,
  name: string,
): Promise<Response> {
  const id = `npm:${name}`
  const allowed = await npm.authoriser.allow(c.req.header('authorization'), 'publish', [id])
  if (!allowed.ok) {
    await drainBody(c, c.env.maxBodyBytes)
    return problemResponse(allowed.problem)
  }
  const draft = await npm.parts.blobs.draft()
  try {
    return await putInto(c, npm, name, { draft, holder: allowed.holder })
  } finally {
    await draft.discard()
  }
}

async function putInto(
  c: Ctx,
  npm: RegistryParts<RolloutReader & ReleaseStarter>,
  name: string,
  { draft, holder }: { readonly draft: BlobDraft; readonly holder: Holder },
): Promise<Response> {
  const body = await readNpmPut(c, draft)
  if (!body.ok) return problemResponse(asBadRequest(body.problem))
  if (body.value.name !== name) {
    const detail = `name: got ${JSON.stringify(body.value.name.slice(0, 214))}, expected ${name}, as in the address`
    return problemResponse({ status: 400, detail, field: 'name', expected: name })
  }
  if (body.value._attachments === undefined) return deprecate(c, npm, name, body.value)
  return publish(c, npm, name, { document: body.value, draft, holder })
}

interface Published {
  readonly document: NpmPutDocument
  readonly draft: BlobDraft
  readonly holder: Holder
}

async function publish(
  c: Ctx,
  npm: RegistryParts<RolloutReader & ReleaseStarter>,
  name: string,
  { document, draft, holder }: Published,
): Promise<Response> {
  const { parts, documents } = npm
  const who = { actor: actorOf(holder, null), reason: '' }
  const record = await parts.packages.get(`npm:${name}`)
  const unusual = record === null ? newNpmNameProblem(name) : null
  if (unusual !== null) return problemResponse({ status: 400, detail: sayProblem(unusual), ...unusual })
  const { access, attestations: verifier = publicGoodVerifier, clock, signer } = parts
  const origins = await originsOf(access, `npm:${name}`)
  const context = { who, now: clock.now(), signer, verifier, origins }
  const checked = await checkPublish(name, document, draft, context)
  if (!checked.ok) return problemResponse(checked.problem)
  const { version } = checked.upload
  const known = record?.tags ?? {}
  const wanted = Object.keys(document['dist-tags'] ?? {})
  const crowded = tagLimitProblem(known, wanted, parts.settings.limits.distTags)
  if (crowded !== null) return problemResponse(crowded)
  const stored = await storeFile({ ...parts, packageChanged: documents.changed }, checked.upload)
  if (stored.ok && !stored.repeated) {
    c.set('did', { action: 'publish', subject: checked.upload.release })
    const state = parts.engine.find(checked.upload.release)
    const warnings = state === null ? [] : await npm.dependents.warnings(state)
    // npm prints this header.
    if (warnings.length > 0) c.header('npm-notice', visibleAscii(warnings.join(' ')))
    return c.json({ ok: true, id: name, ...(warnings.length > 0 && { warnings }) }, 201)
  }
  if (!stored.ok && !stored.exists) return problemResponse(stored.problem)
  // The answer to a publish may have been lost on its way; tags that were asked for then are set.
  const isSame = stored.ok && wanted.every((tag) => tag === 'latest' || ownEntry(known, tag) === version)
  if (isSame) return c.json({ ok: true, id: name })
  const expected = `a new version, as ${name}@${version} is here`
  // npm and its wrappers look for these first words.
  const detail = `You cannot publish over the previously published version: ${version}. versions: got ${version}, expected ${expected}`
  return problemResponse({ status: 403, detail, field: 'versions', value: version, expected })
}

async function deprecate(
  c: Ctx,
  npm: RegistryParts,
  name: string,
  document: NpmPutDocument,
): Promise<Response> {
  const { parts, documents } = npm
  const id = `npm:${name}`
  const now = parts.clock.now()
  if ((await parts.packages.get(id)) === null) return problemResponse(await notOurs(parts, name))
  let outdated: HttpProblem | null = null
  await changePackage({ ...parts, packageChanged: documents.changed }, id, (record) => {
    outdated = record === null ? null : revisionProblem(name, document._rev, record)
    if (outdated !== null) return null
    const messages = record === null ? null : deprecationsIn(document, record)
    if (record === null || messages === null || messages.size === 0) return null
    const versions = Object.entries(record.versions).map(([version, known]) => {
      const withdrawn = messages.has(version) ? (messages.get(version) ?? null) : known.withdrawn
      return [version, { ...known, withdrawn }] as const
    })
    c.set('did', {
      action: 'deprecate',
      subject: [...messages.keys()].map((version) => `${id}@${version}`).join(' '),
    })
    return { ...record, versions: Object.fromEntries(versions), modifiedAt: now }
  })
  return outdated === null ? c.json({ ok: true, id: name }) : problemResponse(outdated)
}
