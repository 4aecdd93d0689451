import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { create } from 'tar'
import type { Safekeeping } from '../server/server-parts.ts'
import { backupFolder } from '../stores/safekeeping/backup-folder.ts'
import { verifyStores } from '../stores/safekeeping/verify-stores.ts'
import type { Stores } from '../stores/stores.ts'

/** What the server does for `slipway verify` and `slipway backup` while it runs on its folder. */
export function openSafekeeping(stores: Stores, data: string, keyPem: string | null): Safekeeping {
  return {
    async verify(witnesses) {
      const problems = [...stores.damage.all()]
      for await (const problem of verifyStores(stores, { witnesses, keyPem, files: true })) {
        const known = problems.some(({ kind, stream }) => kind === problem.kind && stream === problem.stream)
        if (!known) problems.push(problem)
      }
      return problems
    },
    async backup() {
      const folder = join(data, `backup-${randomUUID()}`)
      await backupFolder(data, folder, Date.now(), { link: true })
      const stream = Readable.from(create({ cwd: folder, portable: true }, ['.']))
      stream.once('close', () => void rm(folder, { recursive: true, force: true }))
      return Readable.toWeb(stream) as ReadableStream
    },
  }
}
