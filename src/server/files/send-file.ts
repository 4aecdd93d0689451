import { blockedSentence, blockReasons } from '../../catalog/views/block-reasons.ts'
import { exposuresOf } from '../../catalog/views/exposure.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import type { PackageRecord } from '../../ports/package-store.ts'
import type { ReleaseId } from '../../versions/release.ts'
import { problemResponse } from '../http/problem.ts'
import { refuseInStatus } from '../http/refuse-in-status.ts'
import type { RegistryParts } from '../registry-parts.ts'
import type { Ctx } from '../server-parts.ts'
import { sendBlob } from './send-blob.ts'

/**
 * Answers with a stored file. Files are the same for everybody and never gated by cohort; only a release
 * that was blocked on purpose is refused. A fetch under a nonce is told to the engine: it proves that the
 * run got this file.
 */
export async function sendFile(
  c: Ctx,
  { parts, noteFetch }: Pick<RegistryParts<RolloutReader>, 'parts' | 'noteFetch'>,
  record: PackageRecord | null,
  fileName: string,
): Promise<Response> {
  const found = record === null ? null : locate(record, fileName)
  if (found === null || record === null) {
    return problemResponse({ status: 404, detail: `There is no file ${fileName.slice(0, 300)} here.` })
  }
  const version = found.release.slice(record.id.length + 1)
  const blocked = blockReasons(record, exposuresOf(record.id, parts.engine.rolloutsOf(record.id)))
  if (blocked.has(version)) {
    return refuseInStatus(c, { status: 403, detail: blockedSentence(found.release, blocked.get(version)) })
  }
  await noteFetch(c, found.release)
  return sendBlob(c, parts.blobs, {
    sha256: found.sha256,
    contentType: found.contentType,
    name: fileName.slice(0, 300),
    isPrivate: parts.settings.private,
  })
}

interface Located {
  readonly release: ReleaseId
  readonly sha256: string
  readonly contentType: string
}

function locate(record: PackageRecord, fileName: string): Located | null {
  const ofMetadata = fileName.endsWith('.metadata')
  const wanted = ofMetadata ? fileName.slice(0, -'.metadata'.length) : fileName
  for (const { version, files } of Object.values(record.versions)) {
    const file = files.find(({ name }) => name === wanted)
    if (file === undefined) continue
    const release = `${record.id}@${version}`
    if (!ofMetadata) return { release, sha256: file.sha256, contentType: 'application/octet-stream' }
    if (file.metadataSha256 === null) return null
    return { release, sha256: file.metadataSha256, contentType: 'text/plain; charset=utf-8' }
  }
  return null
}
