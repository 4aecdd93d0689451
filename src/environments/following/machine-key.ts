import { join } from 'node:path'
import { machineKeyFault } from '../../cohort/machine-key.ts'
import { type Outcome, refuse } from '../outcome.ts'
import type { EnvironmentFiles } from '../root/environment-files.ts'

/** Where a root keeps what its machine is called in rollouts. */
export const machineKeyFile = 'machine-key'

/**
 * The key of a machine: given, or made once. Whichever it is, the root keeps it, because a key that changes draws the
 * machine anew and sends it up and down. `given` null: the kept one, or a new one of `draw`.
 */
export async function keyOfMachine(
  files: EnvironmentFiles,
  root: string,
  given: string | null,
  draw: () => string,
): Promise<Outcome<string>> {
  const path = join(root, machineKeyFile)
  const kept = (await files.read(path))?.trim() || null
  const fault = given === null ? null : machineKeyFault(given)
  if (fault !== null)
    return refuse(
      `key: got ${JSON.stringify(given)}, which ${fault}; leave --key out, and this machine makes one and keeps it in ${path}`,
    )
  if (given !== null && kept !== null && given !== kept)
    return refuse(
      `key: got ${JSON.stringify(given)}, expected the one that this machine keeps in ${path}; a key that changes draws it anew. Remove that file to begin with another`,
    )
  if (kept !== null) return { ok: true, value: kept }
  const key = given ?? draw()
  await files.makeFolder(root)
  const draft = `${path}.${draw()}`
  await files.write(draft, `${key}\n`)
  // Of two that begin at once the first stays.
  const isFirst = await files.link(draft, path)
  await files.remove(draft)
  if (isFirst) return { ok: true, value: key }
  return keyOfMachine(files, root, given, draw)
}
