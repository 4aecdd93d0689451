import { Hono } from 'hono'
import { legacyVersion } from '../../catalog/hosted/legacy-json.ts'
import { projectList } from '../../catalog/hosted/project-list.ts'
import type { ReleaseStarter } from '../../engine/roles/release-starter.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import type { PackageRecord, PackageStore } from '../../ports/package-store.ts'
import { normalizeName } from '../../versions/normalize-name.ts'
import { sayProblem } from '../../versions/problem.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import { actorOf } from '../access/authorise.ts'
import { sendFile } from '../files/send-file.ts'
import { sendOverlaidFile } from '../files/send-overlaid-file.ts'
import { storeFile } from '../files/store-file.ts'
import { acceptsGzip } from '../http/accept.ts'
import { drainBody } from '../http/drain-body.ts'
import { tagMatches } from '../http/entity-tag.ts'
import { type HttpProblem, problemResponse } from '../http/problem.ts'
import { type Form, readMultipart } from '../http/read-multipart.ts'
import { refuseInStatus } from '../http/refuse-in-status.ts'
import { publicGoodVerifier } from '../provenance/attestation-verifier.ts'
import { originsOf } from '../provenance/signer-words.ts'
import type { RegistryParts } from '../registry-parts.ts'
import type { Ctx, Env } from '../server-parts.ts'
import { linksOf } from '../views/render-document.ts'
import { sendOverlaidLegacy, sendOverlaidLegacyVersion } from './overlaid-legacy.ts'
import { checkUploadContent, checkUploadHeader, type UploadHeader } from './pypi-upload.ts'
import { chooseSimpleType, notAcceptable } from './simple-type.ts'

/** Everything below `/pypi` except the project page, which the hot handler answers. */
export function createPypi(index: RegistryParts<RolloutReader & ReleaseStarter>): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/simple/', (c) => listProjects(c, index))
  app.get('/simple', (c) => c.redirect('simple/', 302))
  app.get('/simple/:name', (c) => redirectToProject(c))
  app.get('/simple/:name/', (c) => redirectToProject(c))
  for (const slash of ['', '/']) {
    app.get(`/pypi/:name/json${slash}`, (c) => showProject(c, index))
    app.get(`/pypi/:name/:version/json${slash}`, (c) => showVersion(c, index))
  }
  app.get('/files/:name/:file', (c) => projectFile(c, index))
  app.post('/legacy', (c) => upload(c, index))
  app.post('/legacy/', (c) => upload(c, index))
  app.notFound(() => problemResponse({ status: 404, detail: 'There is nothing under this address.' }))
  return app
}

async function listProjects(c: Ctx, { parts }: RegistryParts): Promise<Response> {
  const type = chooseSimpleType(c.req.header('accept'))
  if (type === null) return problemResponse(notAcceptable)
  const ids = (await parts.packages.list('pypi')).filter(c.env.mayRead)
  const { body, contentType } = projectList(
    ids.map((id) => id.slice('pypi:'.length)),
    type,
  )
  return new Response(body, { headers: { ...documentHeaders, 'content-type': contentType, vary: 'accept' } })
}

const documentHeaders = { 'cache-control': 'private, max-age=0, must-revalidate' }

/** What is left here is a name in another spelling or without its slash: never a permanent redirect. */
function redirectToProject(c: Ctx): Response {
  const name = normalizeName('pypi', c.req.param('name') ?? '')
  if (!name.ok) return problemResponse({ status: 404, detail: sayProblem(name.problem), ...name.problem })
  const up = c.env.path.rest.endsWith('/') ? '../' : ''
  return new Response(null, {
    status: 302,
    headers: { location: `${up}${name.value}/`, 'cache-control': 'no-store' },
  })
}

async function showProject(c: Ctx, { parts, documents, views }: RegistryParts): Promise<Response> {
  const name = normalizeName('pypi', c.req.param('name') ?? '')
  const { view } = views.find(c.env.incoming, c.env.path)
  const opened = name.ok ? await documents.open(`pypi:${name.value}`, view) : null
  if (opened?.overlaid && parts.overlay) return sendOverlaidLegacy(c, parts, parts.overlay, opened)
  const rendered = name.ok
    ? await documents.read({
        id: `pypi:${name.value}`,
        form: 'pypi-project',
        view,
        filePrefix: c.env.path.filePrefix,
      })
    : null
  if (rendered === null) return problemResponse({ status: 404, detail: 'There is no such project here.' })
  const headers = {
    ...documentHeaders,
    etag: rendered.etag,
    vary: 'accept-encoding, authorization, user-agent',
  }
  if (tagMatches(c.req.header('if-none-match'), rendered.etag))
    return new Response(null, { status: 304, headers })
  const packs = acceptsGzip(c.req.header('accept-encoding') ?? '')
  const body = packs ? await rendered.gzip() : rendered.body
  const coding = packs ? { 'content-encoding': 'gzip', etag: `W/${rendered.etag}` } : {}
  return new Response(Uint8Array.from(body), {
    headers: { ...headers, 'content-type': rendered.contentType, ...coding },
  })
}

/** `/pypi/<name>/<version>/json`: one hosted version, hidden or not. */
async function showVersion(c: Ctx, { parts, documents, views }: RegistryParts): Promise<Response> {
  const name = normalizeName('pypi', c.req.param('name') ?? '')
  const id = name.ok ? `pypi:${name.value}` : ''
  const opened = name.ok ? await documents.open(id, views.find(c.env.incoming, c.env.path).view) : null
  const given = c.req.param('version') ?? ''
  const version = spelledHere(opened?.pkg ?? null, given)
  if (opened?.overlaid && parts.overlay) {
    return sendOverlaidLegacyVersion(c, parts, parts.overlay, opened, version)
  }
  const rendered =
    opened === null
      ? null
      : legacyVersion(
          opened.pkg,
          version,
          opened.visibility,
          linksOf(opened.pkg, parts.settings.publicUrl, c.env.path.filePrefix),
        )
  if (rendered === null) return problemResponse({ status: 404, detail: 'There is no such version here.' })
  return new Response(rendered.body, {
    headers: { ...documentHeaders, 'content-type': rendered.contentType },
  })
}

/** A version as it is spelled here: `1.0` and `1.0.0` are one. */
function spelledHere(pkg: PackageRecord | null, given: string): string {
  const { compare, normalize } = schemeOf('pypi')
  const version = normalize(given)
  if (version === null || pkg === null || Object.hasOwn(pkg.versions, version)) return version ?? given
  return Object.keys(pkg.versions).find((known) => compare(known, version) === 0) ?? version
}

async function projectFile(c: Ctx, index: RegistryParts<RolloutReader>): Promise<Response> {
  const { parts, documents } = index
  const name = normalizeName('pypi', c.req.param('name') ?? '')
  const opened = name.ok ? await documents.open(`pypi:${name.value}`, { kind: 'source' }) : null
  const file = c.req.param('file') ?? ''
  if (opened?.overlaid && parts.overlay) {
    return sendOverlaidFile(c, index, parts.overlay, opened.overlaid, file)
  }
  return sendFile(c, index, opened?.pkg ?? null, file)
}

/** The legacy upload API, as twine speaks it. twine prints the status line, so it carries the reason. */
async function upload(c: Ctx, index: RegistryParts<RolloutReader & ReleaseStarter>): Promise<Response> {
  const { parts, authoriser } = index
  const authorization = c.req.header('authorization')
  const known = await authoriser.allow(authorization, 'publish', [])
  if (!known.ok) {
    await drainBody(c, c.env.maxBodyBytes)
    return refuseInStatus(c, known.problem)
  }
  const most = {
    file: parts.settings.limits.uploadBytes,
    body: c.env.maxBodyBytes,
  }
  const form = await readMultipart(c.env.incoming, most, parts.blobs)
  if (!form.ok) return refuseInStatus(c, form.problem)
  try {
    return await takeUpload(c, index, form.form)
  } finally {
    await form.form.file?.draft.discard()
  }
}

async function takeUpload(
  c: Ctx,
  { parts, documents, dependents, authoriser }: RegistryParts<RolloutReader & ReleaseStarter>,
  form: Form,
): Promise<Response> {
  const authorization = c.req.header('authorization')
  const header = checkUploadHeader(form)
  if (!header.ok) return refuseInStatus(c, header.problem)
  const allowed = await authoriser.allow(authorization, 'publish', [`pypi:${header.header.name}`])
  if (!allowed.ok) return refuseInStatus(c, allowed.problem)
  const spelled = await otherSpelling(header.header, parts.packages)
  if (spelled !== null) return refuseInStatus(c, spelled)
  const who = { actor: actorOf(allowed.holder, null), reason: '' }
  const { access, attestations: verifier = publicGoodVerifier, clock } = parts
  const origins = await originsOf(access, `pypi:${header.header.name}`)
  const context = { who, now: clock.now(), verifier, origins }
  const checked = await checkUploadContent(form, header.header, context)
  if (!checked.ok) return refuseInStatus(c, checked.problem)
  const stored = await storeFile({ ...parts, packageChanged: documents.changed }, checked.upload)
  if (!stored.ok) return refuseInStatus(c, stored.problem)
  const { release, file } = checked.upload
  c.set('did', { action: 'publish', subject: `${release} ${file.name}` })
  const state = parts.engine.find(release)
  const warnings = state === null ? [] : await dependents.warnings(state)
  return c.json({ ok: true, release, file: file.name, ...(warnings.length > 0 && { warnings }) })
}

/** `1.0` and `1.0.0` are one version to every client, so the spelling that came first stays. */
async function otherSpelling(
  { name, version }: UploadHeader,
  packages: PackageStore,
): Promise<HttpProblem | null> {
  const known = Object.keys((await packages.get(`pypi:${name}`))?.versions ?? {})
  const { compare } = schemeOf('pypi')
  const same = known.find((other) => other !== version && compare(other, version) === 0)
  if (same === undefined) return null
  const detail = `version: got ${version}, expected ${same}, as this version of ${name} is already spelled here`
  return { status: 400, detail, field: 'version', value: version, expected: same }
}
