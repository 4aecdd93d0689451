import { createHash, randomBytes } from 'node:crypto'
import type { AccessStore, PublisherRecord, TokenRecord } from '../../ports/access-store.ts'
import type { Clock } from '../../ports/clock.ts'
import type { PackageId } from '../../versions/release.ts'
import type { HttpProblem } from '../http/problem.ts'
import type { WorkflowIdentity } from './oidc.ts'

/** How long a token from a workflow lives. */
export const publishTokenMs = 15 * 60_000

export type Minted =
  | { readonly ok: true; readonly secret: string; readonly token: TokenRecord }
  | { readonly ok: false; readonly problem: HttpProblem }

/**
 * A token for what the workflow behind an identity may publish (docs/operating.md): repository id, owner id,
 * path of the workflow and, where one is named, the environment have to match; the subject never counts.
 * `only` keeps it to one package. An identity's `jti` gives one token.
 */
export async function mintPublishToken(
  { access, clock }: { readonly access: AccessStore; readonly clock: Clock },
  identity: WorkflowIdentity,
  only: PackageId | null,
): Promise<Minted> {
  const known = await access.publishersFrom(identity.repositoryId)
  const asked = only === null ? known : known.filter((publisher) => publisher.package === only)
  const mismatches = asked.map((publisher) => ({ publisher, differs: mismatch(publisher, identity) }))
  const packages: PackageId[] = []
  for (const { publisher, differs } of mismatches) {
    if (differs !== null || packages.includes(publisher.package)) continue
    const owner = await access.ownerOf(publisher.package)
    if (owner === null || owner.repositoryId === identity.repositoryId) packages.push(publisher.package)
  }
  if (packages.length === 0)
    return { ok: false, problem: noPublisher(identity, only, mismatches[0]?.differs) }
  const fresh = await access.useOnce(
    `jti:${identity.jti}`,
    randomBytes(16).toString('hex'),
    // Kept past the token's own end by the clock tolerance of the verifier.
    identity.expiresAt + 60_000,
  )
  if (!fresh) {
    const detail = 'This workflow token was used before; ask for a new one.'
    return { ok: false, problem: { status: 422, detail, field: 'jti', value: identity.jti.slice(0, 200) } }
  }
  const secret = `slw_${randomBytes(30).toString('base64url')}`
  const now = clock.now()
  const id = `run-${identity.runId}.${identity.runAttempt}-${randomBytes(4).toString('hex')}`
  const token: TokenRecord = {
    id,
    name: id,
    owner: identity.repository,
    secretSha256: createHash('sha256').update(secret).digest('hex'),
    scopes: ['publish'],
    packages,
    createdAt: now,
    expiresAt: now + publishTokenMs,
    lastUsedAt: null,
  }
  await access.addToken(token)
  return { ok: true, secret, token }
}

/** What of a publisher an identity does not match, as a phrase; null when all of it does. */
function mismatch(publisher: PublisherRecord, identity: WorkflowIdentity): string | null {
  if (publisher.repositoryOwnerId !== identity.repositoryOwnerId) {
    return `repository_owner_id: got ${identity.repositoryOwnerId}, expected ${publisher.repositoryOwnerId}`
  }
  // `owner/name/.github/workflows/release.yml@refs/heads/main`: the caller's file, also under a reusable workflow.
  if (!identity.workflowRef.startsWith(`${identity.repository}/${publisher.workflow}@refs/`)) {
    return `workflow_ref: got ${identity.workflowRef.slice(0, 300)}, expected ${publisher.workflow}`
  }
  const { environment } = publisher
  // GitHub's names of environments differ by more than their case.
  if (environment === null || environment.toLowerCase() === identity.environment?.toLowerCase()) return null
  return `environment: got ${identity.environment ?? 'none'}, expected ${environment}`
}

function noPublisher(
  { repository, repositoryId }: WorkflowIdentity,
  only: PackageId | null,
  differs: string | null | undefined,
): HttpProblem {
  const what = only === null ? 'anything' : only
  const why =
    differs === null
      ? 'the package belongs to another repository'
      : (differs ?? 'an operator registers publishers with slipway package publishers')
  const detail = `No trusted publisher lets ${repository} (${repositoryId}) publish ${what}: ${why}.`
  return { status: 422, detail, field: 'publisher' }
}
