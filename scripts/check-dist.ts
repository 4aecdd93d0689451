/** Rebuilds the Action beside the committed one (or the file given) and compares bytes. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { bundleAction, root } from './bundle.ts'

const LIMIT_BYTES = 3_000_000
const COMMITTED = process.argv[2] ?? 'dist/action/index.js'

const folder = await mkdtemp(join(tmpdir(), 'slipway-dist-'))
try {
  await bundleAction(join(folder, 'index.js'))
  const built = await readFile(join(folder, 'index.js'))
  const committed = await readFile(resolve(root, COMMITTED)).catch(() => null)
  const problem = problemOf(built, committed)
  const figures = `${built.length} bytes, starts in ${startMs(join(folder, 'index.js'))} ms`
  console.log(problem ?? `${COMMITTED} is what the sources give, ${figures}`)
  if (problem !== null) process.exitCode = 1
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** From nothing to the refusal of a command that there is none; the best of three, because machines are busy. */
function startMs(file: string): number {
  const times = [1, 2, 3].map(() => {
    const begin = performance.now()
    spawnSync(process.execPath, [file], { env: { PATH: process.env.PATH } })
    return performance.now() - begin
  })
  return Math.round(Math.min(...times))
}

function problemOf(built: Buffer, committed: Buffer | null): string | null {
  const fix = 'run npm run build and commit the file'
  if (committed === null) return `${COMMITTED} is missing; ${fix}`
  if (!built.equals(committed)) return `${COMMITTED} is not what the sources give; ${fix}`
  return built.length < LIMIT_BYTES
    ? null
    : `${COMMITTED} has ${built.length} bytes, at most ${LIMIT_BYTES}; leave a dependency out`
}
