import { packageIdOf } from '../../versions/release.ts'
import type { ServerAccess } from './api-client.ts'
import type { ApiAnswer, ApiFailure } from './api-request.ts'
import { isPresent } from './find-present.ts'
import type { PackageFile } from './package-file.ts'
import { uploadNpm } from './upload-npm.ts'
import { uploadPython } from './upload-python.ts'

/** What happened to one file: `present` lay there already with the same bytes; `would-upload` in a dry run. */
export type FileStep = 'uploading' | 'uploaded' | 'present' | 'would-upload'

export interface UploadOrder {
  /** The environment npm runs in. */
  readonly env: NodeJS.ProcessEnv
  /** Gives a new token when the server says that the one in use has ended; absent where there is no other. */
  readonly renewToken?: () => Promise<string | null>
  /** Has npm sign where the tarballs were built. */
  readonly provenance?: boolean
  /** Looks at everything and sends nothing. */
  readonly dryRun?: boolean
  readonly onFile: (step: FileStep, file: PackageFile) => void
}

/** At the same time; more would only share one line. */
const PARALLEL = 4

/**
 * Uploads files, several at a time, the first of every package before its others: the first byte makes the
 * package and its rollout. Nothing new is begun after a failure; what is on its way is waited for.
 *
 * @returns names of the files that are there, and the failure that stopped it, or null
 */
export async function uploadFiles(
  access: ServerAccess,
  files: readonly PackageFile[],
  order: UploadOrder,
): Promise<{
  readonly access: ServerAccess
  readonly there: readonly string[]
  readonly failure: ApiFailure | null
}> {
  const session: Session = { access, order, renewal: null, there: [], failure: null }
  const seen = new Set<string>()
  const isFirst = (file: PackageFile): boolean => {
    const id = packageIdOf(file.release)
    return !seen.has(id) && seen.add(id) !== undefined
  }
  const first = files.filter(isFirst)
  for (const group of [first, files.filter((file) => !first.includes(file))]) await runGroup(session, group)
  const there = files.map(({ name }) => name).filter((name) => session.there.includes(name))
  return { access: session.access, there, failure: session.failure }
}

interface Session {
  access: ServerAccess
  readonly order: UploadOrder
  /** One renewal serves every upload that needs it. */
  renewal: Promise<string | null> | null
  readonly there: string[]
  failure: ApiFailure | null
}

async function runGroup(session: Session, files: readonly PackageFile[]): Promise<void> {
  const left = [...files]
  const work = async (): Promise<void> => {
    for (let file = left.shift(); file !== undefined && session.failure === null; file = left.shift()) {
      const answer = await bring(session, file)
      if (!answer.ok) {
        session.failure ??= answer.failure
        return
      }
      if (answer.value !== 'would-upload') session.there.push(file.name)
      session.order.onFile(answer.value, file)
    }
  }
  await Promise.all(Array.from({ length: Math.min(PARALLEL, left.length) }, work))
}

async function bring(session: Session, file: PackageFile): Promise<ApiAnswer<FileStep>> {
  const { order } = session
  const present = await isPresent(session.access, file)
  if (!present.ok) return present
  if (present.value) return { ok: true, value: 'present' }
  if (order.dryRun) return { ok: true, value: 'would-upload' }
  order.onFile('uploading', file)
  const used = session.access
  let answer = await send(used, file, order)
  if (!answer.ok && answer.failure.status === 401 && (await renew(session, used)))
    answer = await send(session.access, file, order)
  if (answer.ok) return { ok: true, value: 'uploaded' }
  // Another run may have brought the same file in the meantime.
  const meanwhile = answer.failure.kind === 'refused' ? await isPresent(session.access, file) : null
  return meanwhile?.ok && meanwhile.value ? { ok: true, value: 'present' } : answer
}

/** A token that ended in the middle is made anew, once: a new one that is refused too is no matter of time. */
async function renew(session: Session, used: ServerAccess): Promise<boolean> {
  if (session.access !== used) return true
  const { renewToken } = session.order
  if (renewToken === undefined) return false
  const isMine = session.renewal === null
  session.renewal ??= renewToken()
  const token = await session.renewal
  if (isMine && token !== null) session.access = { ...session.access, token }
  return session.access !== used
}

function send(access: ServerAccess, file: PackageFile, order: UploadOrder): Promise<ApiAnswer<unknown>> {
  return file.kind === 'npm'
    ? uploadNpm(access, file, order.env, order.provenance === true)
    : uploadPython(access, file)
}
