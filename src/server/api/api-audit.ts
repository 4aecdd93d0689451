import type { Hono } from 'hono'
import { z } from 'zod'
import { nameOf } from '../../catalog/hosted/project-page.ts'
import type { FileRecord, PackageRecord } from '../../ports/package-store.ts'
import type { ReleaseId } from '../../versions/release.ts'
import { changePackage } from '../files/store-file.ts'
import { problemResponse } from '../http/problem.ts'
import { readBody } from '../http/read-body.ts'
import { type AuditedFile, auditFile, type FindingKind } from '../packages/audit-file.ts'
import type { RegistryParts } from '../registry-parts.ts'
import type { Ctx, Env } from '../server-parts.ts'

/** One thing that is wrong with a package that is here. */
export interface Finding {
  readonly release: ReleaseId
  readonly file: string
  readonly kind: FindingKind
  readonly detail: string
  /** Put right by this audit. */
  readonly repaired: boolean
}

/** `POST /api/v1/audit`. */
export const auditBody = z.strictObject({
  repair: z.boolean('true or false').default(true),
})

const maxFindings = 10_000

/** Walks every hosted package: what the index says against what the files say. Needs `operate` for all packages. */
export function addAuditRoute(api: Hono<Env>, index: RegistryParts): void {
  api.post('/audit', (c) => audit(c, index))
}

async function audit(c: Ctx, index: RegistryParts): Promise<Response> {
  const { parts, authoriser } = index
  const ids = [...(await parts.packages.list('npm')), ...(await parts.packages.list('pypi'))]
  const allowed = await authoriser.allow(c.req.header('authorization'), 'operate', ids)
  if (!allowed.ok) return problemResponse(allowed.problem)
  const body = await readBody(c, auditBody)
  if (!body.ok) return problemResponse(body.problem)
  const findings: Finding[] = []
  let files = 0
  for (const id of ids) {
    const record = await parts.packages.get(id)
    if (record === null) continue
    const walked = await auditPackage(index, record, body.value.repair)
    files += walked.files
    findings.push(...walked.findings.slice(0, maxFindings - findings.length))
  }
  return c.json({ packages: ids.length, files, findings, whole: findings.length < maxFindings })
}

async function auditPackage(
  index: RegistryParts,
  record: PackageRecord,
  repair: boolean,
): Promise<{ readonly files: number; readonly findings: readonly Finding[] }> {
  const ecosystem = record.id.startsWith('npm:') ? 'npm' : 'pypi'
  const findings: Finding[] = []
  let files = 0
  for (const version of Object.values(record.versions)) {
    for (const file of version.files) {
      files += 1
      const bytes = await index.parts.blobs.get(file.sha256)
      const audited = await auditFile(ecosystem, nameOf(record), version, file, bytes)
      const repaired =
        repair && audited.missing !== null && (await keep(index, record, file, audited.missing))
      const release = `${record.id}@${version.version}`
      for (const { kind, detail } of audited.findings) {
        findings.push({
          release,
          file: file.name,
          kind,
          detail,
          repaired: repaired && kind === 'metadata-missing',
        })
      }
    }
  }
  return { files, findings }
}

/** Stores metadata that was missing and lists it with its file. */
async function keep(
  { parts, documents }: RegistryParts,
  { id }: PackageRecord,
  { name }: FileRecord,
  missing: NonNullable<AuditedFile['missing']>,
): Promise<boolean> {
  await parts.blobs.put(missing.sha256, missing.bytes)
  const changed = await changePackage({ ...parts, packageChanged: documents.changed }, id, (record) =>
    record === null ? null : withMetadata(record, name, missing),
  )
  return changed !== null
}

function withMetadata(
  record: PackageRecord,
  fileName: string,
  { sha256, requiresPython }: NonNullable<AuditedFile['missing']>,
): PackageRecord {
  const versions = Object.entries(record.versions).map(([version, known]) => {
    const files = known.files.map((file) =>
      file.name === fileName
        ? { ...file, metadataSha256: sha256, requiresPython: file.requiresPython ?? requiresPython }
        : file,
    )
    return [version, { ...known, files }] as const
  })
  return { ...record, versions: Object.fromEntries(versions) }
}
