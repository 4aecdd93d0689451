import { readFile, rm, stat } from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'
import { warning } from '@actions/core'
import { jsonTests } from './json-tests.ts'
import { junitTests } from './junit-tests.ts'
import { tapTests } from './tap-tests.ts'
import { type ReadTest, type ToldTests, toldTests } from './told-tests.ts'

const largestBytes = 32 * 1024 * 1024

/** What a file says of tests, whatever common form it has; null where it says nothing that is understood. */
export function testsIn(text: string): readonly ReadTest[] | null {
  const trimmed = text.replace(/^\uFEFF/, '').trimStart()
  if (trimmed.startsWith('<')) return junitTests(trimmed)
  if (trimmed.startsWith('{')) return jsonTests(trimmed)
  return tapTests(trimmed)
}

/** Takes away what an earlier run left in these files: only what this arm writes is its own. */
export async function clearTests(project: string, files: readonly string[]): Promise<void> {
  await Promise.all(files.map((file) => rm(join(project, file), { force: true, recursive: true })))
}

/** The tests that an arm's run wrote down; null where no file was named, or none can be read: then its exit code speaks alone. */
export async function readTests(project: string, files: readonly string[]): Promise<ToldTests | null> {
  const all: ReadTest[] = []
  for (const file of files) {
    const found = await testsOf(join(project, file))
    if (found === null) {
      const accepted = 'JUnit XML, TAP, or JSON of Jest, Vitest, Mocha or pytest-json-report'
      warning(`tests: ${file} was not written by run, or is none of ${accepted}; the exit code speaks alone`)
      return null
    }
    all.push(...found)
  }
  return files.length === 0 ? null : toldTests(all)
}

async function testsOf(path: string): Promise<readonly ReadTest[] | null> {
  try {
    if ((await stat(path)).size > largestBytes) return null
    return testsIn(await readFile(path, 'utf8'))
  } catch {
    return null
  }
}

/** Files of the project only. */
export function isInside(file: string): boolean {
  const way = relative('/project', join('/project', file))
  return way !== '' && !way.startsWith('..') && !isAbsolute(file)
}
