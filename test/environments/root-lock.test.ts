import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { done } from '../../src/environments/outcome.ts'
import type { EnvironmentFiles } from '../../src/environments/root/environment-files.ts'
import { type ProcessTable, thisMachine, withRootLock } from '../../src/environments/root/root-lock.ts'
import { scratchFolder } from '../server/scratch-folder.ts'
import { hastyFiles, processTable, refusalOf } from './sample-root.ts'

/** Tries for the lock of a root as a process; `work` runs while it is held. */
function hold(
  root: string,
  processes: ProcessTable,
  work: () => Promise<void>,
  atMostMs = 60_000,
  files: EnvironmentFiles = hastyFiles,
) {
  const said: string[] = []
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms / 50))
  const wait = { processes, atMostMs, sleep, onWait: (sentence: string) => void said.push(sentence) }
  const ended = withRootLock(files, root, wait, async () => {
    await work()
    return done(null)
  })
  return ended.then((outcome) => ({
    outcome: refusalOf(outcome),
    said: said.map((text) => text.replace(root, 'R')),
  }))
}

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 3))

describe('the lock of a root', () => {
  it('is held by one of many at a time', async () => {
    const root = await scratchFolder()
    let inside = 0
    let most = 0
    const work = async () => {
      inside += 1
      most = Math.max(most, inside)
      await pause()
      inside -= 1
    }
    const all = await Promise.all(
      Array.from({ length: 25 }, (_, pid) => hold(root, processTable(pid, new Set()), work)),
    )
    expect(all.map(({ outcome }) => outcome)).toEqual(all.map(() => 'done'))
    expect(most).toBe(1)
    expect(all.some(({ said }) => /^waiting for process \d+, which is changing R$/.test(said[0] ?? ''))).toBe(
      true,
    )
    expect(await hastyFiles.list(join(root, '.slipway'))).toEqual([expect.stringMatching(/^lock\.\d+$/)])
  })

  it('is taken by one of many when its owner is dead', async () => {
    for (let round = 0; round < 10; round += 1) {
      const root = await scratchFolder()
      // Never ends, like a process that was killed while it held the lock.
      void hold(root, processTable(99, new Set()), () => new Promise(() => {}))
      await pause()
      let inside = 0
      const work = async () => {
        inside += 1
        expect(inside).toBe(1)
        await pause()
        inside -= 1
      }
      const dead = new Set([99])
      const all = await Promise.all([1, 2, 3, 4, 5].map((pid) => hold(root, processTable(pid, dead), work)))
      expect(all.map(({ outcome }) => outcome)).toEqual(all.map(() => 'done'))
    }
  })

  it('is not taken by one that looked long ago and found a number free that others have passed', async () => {
    const root = await scratchFolder()
    const processes = (pid: number) => processTable(pid, new Set())
    await hold(root, processes(1), pause)
    let looks = 0
    const order: string[] = []
    let release = () => {}
    let holding: Promise<unknown> = Promise.resolve()
    const slow: EnvironmentFiles = {
      ...hastyFiles,
      list: async (path) => {
        const names = await hastyFiles.list(path)
        looks += 1
        if (looks > 1) return names
        // Between looking and taking, one takes and releases the next number, and another one the one after.
        await hold(root, processes(2), pause)
        const began = new Promise<void>((resolve) => {
          holding = hold(root, processes(3), () => {
            order.push('third begins')
            resolve()
            return new Promise((end) => (release = end))
          }).then(() => order.push('third ended'))
        })
        await began
        return names
      },
    }
    const late = hold(root, processes(4), async () => void order.push('slow begins'), 60_000, slow)
    await vi.waitFor(() => expect(order).toEqual(['third begins']), { timeout: 20_000 })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(order).toEqual(['third begins'])
    release()
    await Promise.all([late, holding])
    expect(order[order.length - 1]).toMatch(/slow begins|third ended/)
    expect(order).toContain('slow begins')
  })

  it('is not waited for without end, and says by whom it is held', async () => {
    const root = await scratchFolder()
    let release = () => {}
    const held = hold(root, processTable(7, new Set()), () => new Promise((resolve) => (release = resolve)))
    await pause()
    const { outcome } = await hold(root, processTable(8, new Set()), pause, 200)
    expect(outcome).toBe(`process 7 is still changing ${root}; nothing was done`)
    release()
    expect((await held).outcome).toBe('done')
  })

  it('of another machine is left alone, and the way out is named', async () => {
    const root = await scratchFolder()
    const elsewhere: ProcessTable = { ...thisMachine, self: async () => ({ pid: 1, host: 'far', born: '' }) }
    void hold(root, elsewhere, () => new Promise(() => {}))
    await pause()
    const { outcome } = await hold(root, thisMachine, pause, 100)
    expect(outcome).toBe(
      `process 1 on far is still changing ${root}; nothing was done; if it is gone, remove ${root}/.slipway/lock.1`,
    )
  })

  it('is given back when a change fails', async () => {
    const root = await scratchFolder()
    const broken = hold(root, processTable(1, new Set()), async () => {
      throw new Error('a bug')
    })
    await expect(broken).rejects.toThrow('a bug')
    expect((await hold(root, processTable(2, new Set()), pause, 0)).outcome).toBe('done')
  })
})

describe('the processes of this machine', () => {
  it('knows itself, and tells it from an earlier one with the same number', async () => {
    const self = await thisMachine.self()
    expect(await thisMachine.isAlive(self)).toBe(true)
    if (self.born === '') console.log('left out: this system does not say when a process began')
    else expect(await thisMachine.isAlive({ ...self, born: 'another boot:1' })).toBe(false)
    expect(await thisMachine.isAlive({ ...self, pid: 2 ** 22 + 5 })).toBe(false)
  })
})
