import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Report } from '../../examples/demo/report.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const minutes = 60_000

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-demo-test-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs the demo as `npm run demo -- --quick …` does and reads what it measured. */
async function demo(
  ...flags: string[]
): Promise<{ code: number; printed: string; report: Report; picture: string }> {
  const report = join(folder, 'report.json')
  const picture = join(folder, 'picture.svg')
  const args = ['examples/demo/demo.ts', '--quick', '--json', report, '--picture', picture, ...flags]
  const { code, printed } = await new Promise<{ code: number; printed: string }>((resolve) => {
    execFile(process.execPath, args, { cwd: root, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve({ code: error ? 1 : 0, printed: stdout + stderr }),
    )
  })
  if (code !== 0) throw new Error(printed.slice(-6000))
  return {
    code,
    printed,
    report: JSON.parse(await readFile(report, 'utf8')),
    picture: await readFile(picture, 'utf8'),
  }
}

describe('the demo', () => {
  it('takes the bad release back, and nothing is wrong at the end', { timeout: 5 * minutes }, async () => {
    const { report, printed, picture } = await demo()
    expect(report.complaints).toEqual([])
    expect(report.phases).toMatchObject({
      'npm:tidy-slug@1.1.0': 'completed',
      'npm:tidy-slug@1.2.0': 'rolled-back',
    })
    expect(report.rollbackMilliseconds).toBeGreaterThanOrEqual(0)
    expect(printed).toContain('corner/shop regressed (3 tries)')
    expect(printed).toContain('What to do: fix it and publish a new version')
    expect(picture).toContain('npm tidy-slug 1.2.0')
  })

  it('lets 1.2.0 through when its buggy line is repaired', { timeout: 5 * minutes }, async () => {
    const { report } = await demo('--good', '--no-python')
    expect(report.complaints).toEqual([])
    expect(report.phases).toEqual({ 'npm:tidy-slug@1.1.0': 'completed', 'npm:tidy-slug@1.2.0': 'completed' })
    expect(report.rollbackMilliseconds).toBeNull()
  })

  it('lets the bug through when no dependent tests for it', { timeout: 5 * minutes }, async () => {
    const { report } = await demo('--blind-test', '--no-python')
    expect(report.complaints).toEqual([])
    expect(report.phases).toEqual({ 'npm:tidy-slug@1.1.0': 'completed', 'npm:tidy-slug@1.2.0': 'completed' })
  })
})
