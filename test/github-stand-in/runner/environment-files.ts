import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const kinds = ['output', 'env', 'path', 'state', 'step_summary'] as const

/** What one step wrote into the files that GitHub gives it. */
export interface Written {
  readonly outputs: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  readonly state: Readonly<Record<string, string>>
  readonly paths: readonly string[]
  readonly summary: string
}

/** Reads `name=value` lines and `name<<DELIMITER` blocks; a block that never ends is an error, as on GitHub. */
export function parseAssignments(text: string): Record<string, string> {
  const lines = text.split(/\r?\n/)
  const found: Record<string, string> = {}
  while (lines.length > 0) {
    const line = lines.shift() ?? ''
    if (line === '') continue
    const block = /^(?<name>[^=]+?)<<(?<end>.+)$/.exec(line)?.groups
    if (block?.name === undefined || block.end === undefined) {
      const at = line.indexOf('=')
      if (at < 0) throw new Error(`Invalid format '${line}'`)
      found[line.slice(0, at)] = line.slice(at + 1)
      continue
    }
    const last = lines.indexOf(block.end)
    if (last < 0) throw new Error(`Invalid value. Matching delimiter not found '${block.end}'`)
    found[block.name] = lines.splice(0, last).join('\n')
    lines.shift()
  }
  return found
}

/** Makes a step's empty files and returns the variables that name them. */
export async function makeFiles(directory: string): Promise<Record<string, string>> {
  await mkdir(directory, { recursive: true })
  const named: Record<string, string> = {}
  for (const kind of kinds) {
    const path = join(directory, kind)
    await writeFile(path, '')
    named[`GITHUB_${kind.toUpperCase()}`] = path
  }
  return named
}

/** Reads a step's files back. */
export async function readFiles(directory: string): Promise<Written> {
  const [outputs, env, paths, state, summary] = await Promise.all(
    kinds.map((kind) => readFile(join(directory, kind), 'utf8')),
  )
  return {
    outputs: parseAssignments(outputs ?? ''),
    env: parseAssignments(env ?? ''),
    state: parseAssignments(state ?? ''),
    paths: (paths ?? '').split(/\r?\n/).filter((line) => line !== ''),
    summary: summary ?? '',
  }
}
