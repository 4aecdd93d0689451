import type { OverlaidFile } from '../../catalog/overlaid/overlaid-file.ts'
import type { OverlaidPackage } from '../../catalog/overlaid/overlaid-package.ts'
import { fileNameOf } from '../../catalog/overlaid/overlaid-packument.ts'
import { blockedSentence, blockReasons } from '../../catalog/views/block-reasons.ts'
import { exposuresOf } from '../../catalog/views/exposure.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import type { Overlay } from '../../ports/upstream.ts'
import { tagMatches } from '../http/entity-tag.ts'
import { problemResponse } from '../http/problem.ts'
import { refuseInStatus } from '../http/refuse-in-status.ts'
import type { RegistryParts } from '../registry-parts.ts'
import type { Ctx } from '../server-parts.ts'

/**
 * Answers with a file of another index: with its bytes (`files: proxy`) or with the upstream's address. Like
 * hosted files it is the same for everybody; only a blocked release is refused.
 */
export async function sendOverlaidFile(
  c: Ctx,
  { parts, noteFetch }: Pick<RegistryParts<RolloutReader>, 'parts' | 'noteFetch'>,
  overlay: Overlay,
  overlaid: OverlaidPackage,
  fileName: string,
): Promise<Response> {
  const { id } = overlaid.record
  const named = fileNamed(overlaid, fileName)
  const file = named ?? overlaid.files.get(fileName.replace(/\.metadata$/, ''))
  const part = named === undefined ? 'metadata' : 'file'
  const blocked = blockReasons(overlaid.record, exposuresOf(id, parts.engine.rolloutsOf(id)))
  if (file?.version != null && blocked.has(file.version)) {
    const detail = blockedSentence(`${id}@${file.version}`, blocked.get(file.version))
    return refuseInStatus(c, { status: 403, detail })
  }
  const found = file === undefined ? null : await overlay.file(id, file, part)
  if (file === undefined || found === null) {
    return problemResponse({ status: 404, detail: `There is no file ${fileName.slice(0, 300)} here.` })
  }
  if (file.version !== null) await noteFetch(c, `${id}@${file.version}`)
  if (found.kind === 'redirect') {
    const headers = { location: found.url, 'cache-control': 'private, max-age=0, must-revalidate' }
    return new Response(null, { status: 302, headers })
  }
  const etag = `"${found.sha256}"`
  if (tagMatches(c.req.header('if-none-match'), etag))
    return new Response(null, { status: 304, headers: { etag } })
  const headers = {
    'content-type': part === 'file' ? 'application/octet-stream' : 'text/plain; charset=utf-8',
    'content-length': String(found.bytes.length),
    // The name may come to stand for other bytes upstream; clients compare digests, we revalidate.
    'cache-control': 'private, max-age=0, must-revalidate',
    etag,
  }
  return new Response(c.req.method === 'HEAD' ? null : Uint8Array.from(found.bytes), { headers })
}

/** By the name that it has here, else by the one that its upstream gave it, where no other file has that. */
function fileNamed({ files, kind }: OverlaidPackage, name: string): OverlaidFile | undefined {
  const known = files.get(name)
  if (known !== undefined || kind === 'pypi') return known
  const alike = [...files.values()].filter(({ url }) => fileNameOf(url) === name)
  return alike.length === 1 ? alike[0] : undefined
}
