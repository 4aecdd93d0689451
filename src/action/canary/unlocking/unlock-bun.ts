import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { fieldOf } from '../../../registries/project/read-json.ts'

/**
 * Takes the named packages out of the `bun.lock` of a scratch copy, so that Bun chooses their versions anew and
 * keeps every other one. The file is JSON with commas before closing brackets, which YAML reads.
 */
export async function unlockBun(project: string, names: readonly string[]): Promise<void> {
  const path = join(project, 'bun.lock')
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text !== null)
    await writeFile(path, `${JSON.stringify(withoutBunPackages(parse(text), names), null, 2)}\n`)
}

/** A read `bun.lock` without the named packages and what lies under them. */
export function withoutBunPackages(lock: unknown, names: readonly string[]): unknown {
  const packages = fieldOf(lock, 'packages')
  if (typeof lock !== 'object' || lock === null || typeof packages !== 'object' || packages === null)
    return lock
  const kept = Object.entries(packages).filter(([place, entry]) => {
    const resolution = Array.isArray(entry) ? String(entry[0] ?? '') : ''
    const isUnder = names.some((name) => place.startsWith(`${name}/`))
    return !isUnder && !names.some((name) => resolution.startsWith(`${name}@`))
  })
  return { ...lock, packages: Object.fromEntries(kept) }
}
