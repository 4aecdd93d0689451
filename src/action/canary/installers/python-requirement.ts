import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { satisfies } from '@renovatebot/pep440'
import { quotePattern } from '../../../versions/quote-pattern.ts'
import type { Release } from '../../../versions/release.ts'
import type { ArmWorkspace } from '../arms/arm-workspace.ts'
import type { Ask } from './installer.ts'

/** What a Python project's own files ask for; null when they do not name the package. */
export async function pythonAsks(workspace: ArmWorkspace, { name, version }: Release): Promise<Ask | null> {
  for (const file of ['requirements.in', 'requirements.txt', 'pyproject.toml']) {
    const text = await readFile(join(workspace.project, file), 'utf8').catch(() => '')
    const asked = requirementFor(text, name)
    if (asked !== null)
      return { phrase: `${file} asks for ${asked}`, takes: takes(asked, version), isOwn: true }
  }
  return null
}

/** The requirement that names a package, spelled in any of the ways that mean the same name. */
export function requirementFor(text: string, name: string): string | null {
  const spelled = name.split('-').map(quotePattern).join('[-_.]+')
  const match = new RegExp(
    `(?:^|["'\\s])(${spelled}(?:\\[[^\\]]*\\])?\\s*(?:[<>=!~][^"'#;\\n\\\\]*)?)(?=["'#;\\s\\\\]|$)`,
    'im',
  ).exec(text)
  return match?.[1]?.trim() ?? null
}

/** Without a specifier every version is taken; one that cannot be read takes none. */
function takes(requirement: string, version: string): boolean {
  const specifier = requirement.replace(/^[A-Za-z0-9._-]+(\[[^\]]*\])?/, '').trim()
  return specifier === '' || satisfies(version, specifier)
}
