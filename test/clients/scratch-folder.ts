import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const scratch: string[] = []

/** A new empty folder, gone after `removeScratch`. */
export async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-clients-'))
  scratch.push(folder)
  return folder
}

/** Removes all that was made here. */
export async function removeScratch(): Promise<void> {
  for (const folder of scratch.splice(0)) await rm(folder, { recursive: true, force: true })
}
