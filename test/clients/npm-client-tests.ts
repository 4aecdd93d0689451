import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lockfileLeaks } from './lockfile-leaks.ts'
import { type NpmClientName, npmClients } from './npm-clients.ts'
import { npmSession } from './npm-session.ts'
import { keepResult, resultOf } from './results.ts'
import { removeScratch } from './scratch-folder.ts'

/** The tests of one client of the npm side: everything it gets, held against docs/clients.md. */
export function npmClientTests(name: NpmClientName): void {
  const isHere = npmClients[name].command.length > 0
  if (!isHere) console.log(`left out: there is no ${name} for ${process.platform} ${process.arch}`)
  describe.runIf(isHere)(name, () => {
    let expected = resultOf(name, 'npm')
    let session: Awaited<ReturnType<typeof npmSession>>
    beforeAll(async () => {
      session = await npmSession(name)
      expected = keepResult(expected, session.seen)
    }, 400_000)
    afterAll(removeScratch)

    it.each(Object.keys(expected.cells))('gets with a rollout and view: %s', (row) => {
      expect(session.seen.cells[row]).toEqual(expected.cells[row])
    })

    it('gets after a change', () => expect(session.seen.changes).toEqual(expected.changes))

    it('writes no view, key or percent into a lockfile', () => {
      const leaks = Object.entries(session.seen.lockfiles).map(([where, text]) => [
        where,
        lockfileLeaks(text, session.secrets),
      ])
      expect(leaks.length).toBeGreaterThan(5)
      expect(leaks).toEqual(leaks.map(([where]) => [where, []]))
    })
  })
}
