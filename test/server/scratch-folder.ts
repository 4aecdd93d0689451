import { rm } from 'node:fs/promises'
import { afterAll } from 'vitest'
import { emptyFolder } from '../action/package-files.ts'

const folders: string[] = []

// Registered for whichever test file imports this.
afterAll(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

/** A new empty folder that is gone after the file's tests. */
export async function scratchFolder(): Promise<string> {
  const folder = await emptyFolder()
  folders.push(folder)
  return folder
}
