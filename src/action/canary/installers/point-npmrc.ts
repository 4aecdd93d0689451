import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The scopes of scoped names, each once: `@acme`. */
export function scopesOf(names: readonly string[]): readonly string[] {
  const scoped = names.filter((name) => name.startsWith('@')).map((name) => name.slice(0, name.indexOf('/')))
  return [...new Set(scoped)]
}

/**
 * Leads the `.npmrc` of a scratch copy to an arm's index: the registry, and the scopes of the candidates, which a
 * project may have at another one. The last line of a setting wins, so what the project says stays readable.
 */
export async function pointNpmrc(project: string, index: string, names: readonly string[]): Promise<void> {
  const path = join(project, '.npmrc')
  const own = await readFile(path, 'utf8').catch(() => '')
  const registry = `${index}npm/`
  const lines = [`registry=${registry}`, ...scopesOf(names).map((scope) => `${scope}:registry=${registry}`)]
  await writeFile(path, `${own.replace(/\n?$/, '\n')}${lines.join('\n')}\n`)
}
