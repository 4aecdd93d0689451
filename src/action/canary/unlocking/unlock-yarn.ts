import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReleaseId } from '../../../versions/release.ts'
import { idOf } from '../installers/node-proof.ts'

/** Takes the named packages out of the `yarn.lock` of a scratch copy, so that Yarn chooses their versions anew. */
export async function unlockYarn(project: string, names: readonly string[]): Promise<void> {
  const path = join(project, 'yarn.lock')
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text !== null) await writeFile(path, withoutYarnPackages(text, names))
}

/** The text of a lockfile of any Yarn without the named packages. */
export function withoutYarnPackages(text: string, names: readonly string[]): string {
  return text
    .split(/\n{2,}/)
    .filter((block) => !names.includes(nameOf(block) ?? ''))
    .join('\n\n')
    .replace(/\n*$/, '\n')
}

/** The versions of the named packages that a `yarn.lock` chose from an index. */
export async function lockedYarn(project: string, names: readonly string[]): Promise<readonly ReleaseId[]> {
  const text = await readFile(join(project, 'yarn.lock'), 'utf8').catch(() => '')
  const ids = text.split(/\n{2,}/).flatMap((block) => {
    const name = nameOf(block)
    const version = /^\s+version:? "?([^"\s]+)"?$/m.exec(block)?.[1]
    const isLocal = /^\s+resolution: ".*@(?:workspace|link|portal|file|patch):/m.test(block)
    return name === null || !names.includes(name) || isLocal ? [] : idOf(name, version)
  })
  return [...new Set(ids)].sort()
}

/** `"@acme/lib@npm:^1.0.0, @acme/lib@npm:~1.0.0":` and `lib@^1.0.0:` name one package, in front of its range. */
function nameOf(block: string): string | null {
  const line = block.split('\n').find((one) => /^[^\s#]/.test(one))
  return /^(?:\? )?"?(@?[^@"\s]+)@/.exec(line ?? '')?.[1] ?? null
}
