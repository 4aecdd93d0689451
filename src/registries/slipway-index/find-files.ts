import { glob } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Result } from '../../versions/problem.ts'
import { showValue } from '../../versions/problem.ts'
import { ATTESTATION_END } from './package-file.ts'

/**
 * Files behind patterns (`dist/*.whl`), each once, sorted, as absolute paths. A pattern that matches nothing
 * is a problem: a release must not go out with half of its files. Attestations go with the file they lie beside.
 */
export async function findFiles(
  patterns: readonly string[],
  cwd: string,
): Promise<Result<readonly string[]>> {
  const found = new Set<string>()
  for (const pattern of patterns) {
    const before = found.size
    let matches = 0
    for await (const path of glob(pattern, { cwd })) {
      if (path.endsWith(ATTESTATION_END)) continue
      matches++
      found.add(resolve(cwd, path))
    }
    if (matches === 0 && found.size === before)
      return noFile('files', showValue(pattern), `a file or pattern that matches something in ${cwd}`)
  }
  if (found.size === 0) return noFile('files', 'nothing', 'at least one file or pattern')
  return { ok: true, value: [...found].sort() }
}

function noFile(field: string, value: string, expected: string): Result<never> {
  return { ok: false, problem: { field, value, expected } }
}
