/**
 * Compares a pair of wheels of 40 MB in a thread, as the server does, and says what it cost: seconds, the memory that
 * came on top, and how much longer the main thread let others wait meanwhile.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { zipSync } from 'fflate'
import { compareInThread } from '../../src/contents/hosted/compare-thread.ts'

const mebibyte = 1024 * 1024

/** A wheel with 30 MB of machine code and as many modules as make up the rest, each a little different in `version`. */
function largeWheel(version: string, lost: number): Uint8Array {
  const files: Record<string, Uint8Array> = {}
  for (let part = 0; part < 30; part += 1) files[`large/_core${part}.so`] = randomBytes(mebibyte)
  const text = (seed: number) =>
    Array.from(
      { length: 120 },
      (_, at) =>
        `def f${at}_${seed}(first, second=${at}, *, option=None):\n    """${randomBytes(60).toString('base64')}"""\n    return first + second\n`,
    ).join('\n')
  for (let module = 0; module < 700; module += 1)
    files[`large/part${module}.py`] = Buffer.from(`import os\nfrom . import part0\n${text(module % lost)}`)
  files['large/__init__.py'] = Buffer.from('from .part0 import *\n')
  const metadata = `Metadata-Version: 2.1\nName: large\nVersion: ${version}\nRequires-Python: >=3.9\n\n`
  files[`large-${version}.dist-info/METADATA`] = Buffer.from(metadata)
  return zipSync(files, { level: 6 })
}

/** Prints one line; the sizes are those of the archives as they are uploaded. */
export async function measureLargePair(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-large-'))
  try {
    const side = (version: string, lost: number) => {
      const bytes = largeWheel(version, lost)
      const name = `large-${version}-py3-none-any.whl`
      writeFileSync(join(folder, name), bytes)
      const archive = { name, path: join(folder, name) }
      return { bytes: bytes.length, side: { version, files: [{ name, requiresPython: '>=3.9' }], archive } }
    }
    const [before, after] = [side('1.0.0', 700), side('1.1.0', 690)]
    const idle = await delays(async () => sleep(1500))
    const memory = process.memoryUsage().rss
    let most = memory
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss)
    }, 20)
    const begun = performance.now()
    let found = 0
    const busy = await delays(async () => {
      const job = { ecosystem: 'pypi' as const, before: before.side, after: after.side, dependents: [] }
      const answer = await compareInThread(job)
      found = answer.ok ? answer.comparison.findings.length : -1
    })
    clearInterval(watch)
    const seconds = (performance.now() - begun) / 1000
    const size = (bytes: number) => `${(bytes / mebibyte).toFixed(0)} MB`
    process.stdout.write(
      `a pair of ${size(before.bytes)}: ${seconds.toFixed(1)} s, ${size(most - memory)} more memory, ${found} findings; the main thread waits ${busy.toFixed(1)} ms at p99, ${idle.toFixed(1)} ms without\n`,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The 99th percentile of how long a timer was late, in ms. */
async function delays(during: () => Promise<unknown>): Promise<number> {
  const histogram = monitorEventLoopDelay({ resolution: 5 })
  histogram.enable()
  await during()
  histogram.disable()
  return histogram.percentile(99) / 1e6
}
