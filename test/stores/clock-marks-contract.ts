import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ClockMarks } from '../../src/ports/clock-marks.ts'
import type { Adapter, Storage } from './adapters.ts'

/** What every store promises that leaves marks of the time; others leave none. */
export function clockMarksContract(adapter: Adapter): void {
  describe(`marks of the time in ${adapter.name}`, () => {
    let storage: Storage
    let marks: ClockMarks | null
    beforeEach(async () => {
      storage = await adapter.create()
      marks = (await storage.open()).marks
    })
    afterEach(() => storage.dispose())

    it('outlive the process that left them; the newest counts', async () => {
      if (marks === null) return expect(adapter.name).toBe('memory')
      expect(await marks.read()).toBeNull()
      await marks.write({ at: 1, lasting: null })
      const mark = { at: 2, lasting: { clock: 'a', ms: 7 } }
      await marks.write(mark)
      expect(await (await storage.open()).marks?.read()).toEqual(mark)
    })

    it('have a second clock that goes on from one process to the next', async () => {
      if (marks === null) return expect(adapter.name).toBe('memory')
      const first = await marks.lasting()
      const again = await (await storage.open()).marks?.lasting()
      if (first === null) return expect(process.platform).not.toBe('linux')
      expect(again?.clock).toBe(first.clock)
      expect(again?.ms).toBeGreaterThanOrEqual(first.ms)
    })
  })
}
