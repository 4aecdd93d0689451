import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { MadeApp } from '../server/setup/made-app.ts'

/** The App that the setup pages made, under the data folder; for its owner's eyes only. */
const fileName = 'github-app.json'

const kept = z.object({
  appId: z.int(),
  privateKey: z.string().startsWith('-----BEGIN'),
  webhookSecret: z.string().min(8),
})
export type KeptApp = z.infer<typeof kept>

/** Writes it whole or not at all; resolves to where. */
export async function keepApp(folder: string, app: MadeApp): Promise<string> {
  const path = join(folder, fileName)
  const { id: appId, privateKey, webhookSecret, slug, owner } = app
  const text = `${JSON.stringify({ appId, slug, owner, webhookSecret, privateKey }, null, 2)}\n`
  await writeFile(`${path}.new`, text, { mode: 0o600 })
  await rename(`${path}.new`, path)
  return path
}

/**
 * The App that is kept there; null where none is.
 *
 * @throws Error when the file is there and cannot be read: a server without its App would tell nobody anything.
 */
export async function keptApp(folder: string): Promise<KeptApp | null> {
  const path = join(folder, fileName)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  const read = kept.safeParse(JSON.parse(text))
  if (!read.success) throw new Error(`${path} is no App; delete it and open /setup again`)
  return read.data
}
