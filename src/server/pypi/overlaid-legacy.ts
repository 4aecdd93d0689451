import { createHash } from 'node:crypto'
import { isMapping } from '../../catalog/mapping.ts'
import { overlaidLegacyProject } from '../../catalog/overlaid/overlaid-legacy-json.ts'
import { latestVersion } from '../../catalog/views/latest-version.ts'
import type { Overlay } from '../../ports/upstream.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import { tagMatches } from '../http/entity-tag.ts'
import { problemResponse } from '../http/problem.ts'
import type { Ctx, ServerParts } from '../server-parts.ts'
import type { OpenedPackage } from '../views/documents.ts'
import { overlaidLinks } from '../views/render-overlaid.ts'

/**
 * `/pypi/<name>/json` of a project of another index. Few tools ask for it, so it is fetched each time; what it
 * says about versions is brought in line with the view.
 */
export async function sendOverlaidLegacy(
  c: Ctx,
  { settings }: ServerParts,
  overlay: Overlay,
  { overlaid, pkg, visibility }: OpenedPackage,
): Promise<Response> {
  const missing = () => problemResponse({ status: 404, detail: 'The upstream has no JSON of this project.' })
  const name = pkg.id.slice('pypi:'.length)
  const project = await read(overlay, name)
  if (project === null || overlaid === null) return missing()
  const { normalize } = schemeOf('pypi')
  const latest = latestVersion(pkg, visibility)
  const told = isMapping(project.info) ? normalize(String(project.info.version)) : null
  const other =
    latest === null || latest.version === told ? null : await read(overlay, `${name}/${latest.version}`)
  // Better nothing than the details of a version that this view hides.
  if (latest !== null && latest.version !== told && other === null) return missing()
  const links = overlaidLinks(overlaid, overlay.files, settings.publicUrl, c.env.path)
  const body = JSON.stringify(
    overlaidLegacyProject({ project, latest: other, visibility, staged: overlaid.staged, links, normalize }),
  )
  const etag = `"${createHash('sha256').update(body).digest('base64url')}"`
  const headers = { 'cache-control': 'private, max-age=0, must-revalidate', etag }
  if (tagMatches(c.req.header('if-none-match'), etag)) return new Response(null, { status: 304, headers })
  return new Response(body, { headers: { ...headers, 'content-type': 'application/json' } })
}

/** `/pypi/<name>/<version>/json` of a project of another index: as it is, but yanked where the view hides it. */
export async function sendOverlaidLegacyVersion(
  c: Ctx,
  { settings }: ServerParts,
  overlay: Overlay,
  { overlaid, pkg, visibility }: OpenedPackage,
  version: string,
): Promise<Response> {
  const listed = ownEntry(pkg.versions, version) !== undefined && !visibility.blocked.has(version)
  const project = listed ? await read(overlay, `${pkg.id.slice('pypi:'.length)}/${version}`) : null
  if (project === null || overlaid === null) {
    return problemResponse({ status: 404, detail: 'There is no such version here.' })
  }
  const { normalize } = schemeOf('pypi')
  const links = overlaidLinks(overlaid, overlay.files, settings.publicUrl, c.env.path)
  const document = overlaidLegacyProject({
    project,
    latest: null,
    visibility,
    staged: overlaid.staged,
    links,
    normalize,
  })
  return c.json(document, 200, { 'cache-control': 'private, max-age=0, must-revalidate' })
}

/** Beside the simple API, as on PyPI and as most indexes copy it. */
function read(overlay: Overlay, of: string): Promise<Readonly<Record<string, unknown>> | null> {
  return overlay.pass('pypi', `/../pypi/${of}/json`)
}
