import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lockfileLeaks } from './lockfile-leaks.ts'
import { findPips } from './pip-clients.ts'
import { pipSession } from './pip-session.ts'
import { keepResult, resultOf } from './results.ts'
import { removeScratch } from './scratch-folder.ts'

const pips = await findPips()
/** The name that the tables have for a version of pip. */
function columnOf(version: string): string | null {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major >= 22) return 'pip 22 and newer'
  return major < 19 || (major === 19 && minor < 2) ? 'pip before 19.2' : null
}

const known = pips.flatMap(({ version, python }) => {
  const column = columnOf(version)
  if (column === null) console.log(`left out: pip ${version}, which the tables do not have`)
  return column === null ? [] : [{ version, python, column }]
})

afterAll(removeScratch)

it('is there', () => expect(pips).not.toEqual([]))

describe.each(known)('pip $version', ({ version, python, column }) => {
  let expected = resultOf(column, 'pypi')
  let session: Awaited<ReturnType<typeof pipSession>>
  beforeAll(async () => {
    session = await pipSession({ version, python })
    expected = keepResult(expected, session.seen)
  }, 400_000)

  it.each(Object.keys(expected.cells))('gets with a rollout and view: %s', (row) => {
    expect(session.seen.cells[row]).toEqual(expected.cells[row])
  })

  it('gets after a change', () => expect(session.seen.changes).toEqual(expected.changes))

  it('writes no view, key or percent into its report', () => {
    for (const text of Object.values(session.seen.lockfiles)) {
      expect(lockfileLeaks(text, session.secrets)).toEqual([])
    }
  })
})
