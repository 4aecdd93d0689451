import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type ProgramEnd, runProgram } from '../../src/registries/slipway-index/run-program.ts'
import { emptyFolder } from '../action/package-files.ts'

async function bash(command: string, timeoutMs = 20_000): Promise<ProgramEnd & { readonly tookMs: number }> {
  const began = Date.now()
  const run = {
    program: 'bash',
    args: ['-c', command],
    cwd: await emptyFolder(),
    env: process.env,
    timeoutMs,
  }
  return { ...(await runProgram(run)), tookMs: Date.now() - began }
}

/** Whether a process still runs; a dead one that nobody asked about yet does not. */
async function isAlive(pid: string): Promise<boolean> {
  await sleep(100)
  const { stdout } = await runProgram({
    ...{ program: 'ps', args: ['-o', 'stat=', '-p', pid], cwd: '/', env: process.env },
    timeoutMs: 5000,
  })
  return /^[^Z\s]/.test(stdout.trim())
}

describe('a program that ends', () => {
  it('gives its exit code and all of its output, however much it is', async () => {
    const end = await bash('head -c 300000 /dev/zero | tr "\\0" x; exit 3')
    expect([end.code, end.stdout.length]).toEqual([3, 300_000])
  })

  it('takes along what it left behind in the background, and keeps its own exit code', async () => {
    const end = await bash('sleep 60 & echo $!; exit 0')
    expect([end.code, end.timedOut]).toEqual([0, false])
    expect(end.tookMs).toBeLessThan(10_000)
    expect(await isAlive(end.stdout.trim())).toBe(false)
  })

  it('takes along what went on quietly', async () => {
    const end = await bash('sleep 60 >/dev/null 2>&1 & echo $!')
    expect(end.code).toBe(0)
    expect(await isAlive(end.stdout.trim())).toBe(false)
  })

  it('is not waited for by way of a process that left its group and holds the output', async () => {
    const end = await bash('setsid sleep 60 & echo $!; exit 0')
    expect([end.code, end.timedOut]).toEqual([0, false])
    expect(end.tookMs).toBeLessThan(10_000)
    process.kill(Number(end.stdout.trim()))
  })
})

describe('a program that runs out of time', () => {
  it('is ended with its whole group', async () => {
    const end = await bash('sleep 60 & echo $!; wait', 500)
    expect([end.code, end.timedOut]).toEqual([null, true])
    expect(await isAlive(end.stdout.trim())).toBe(false)
  })
})
