/**
 * `npm run bench:hook [-- python3.9 python3.13]`: what the import hook adds to the start of a Python program. The
 * starts take turns, and the shortest of each counts: what else the machine does only makes them longer.
 */
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { placeModules } from '../src/environments/import-time/place-modules.ts'
import { diskFiles } from '../src/environments/root/environment-files.ts'

const ROUNDS = 41
const LIMIT_MS = 10
const given = process.argv.slice(2)
const programs = given.length > 0 ? given : ['python3']

const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-hook-'))
try {
  await mkdir(join(folder, '.slipway'))
  await placeModules(diskFiles, folder)
  await writeFile(join(folder, 'empty.py'), 'pass\n')
  const starts = {
    line: ['-c', 'pass'],
    enabled: ['-c', 'import slipway_env; slipway_env.enable_syntax()'],
    module: ['-m', 'empty'],
    script: ['-m', 'slipway_env', 'empty.py'],
  }
  let isMet = true
  for (const program of programs) {
    const times = Object.entries(starts).map(([name, args]) => ({ name, args, ms: [] as number[] }))
    for (let round = 0; round < ROUNDS; round += 1)
      for (const { args, ms } of times) {
        const begin = performance.now()
        const { status, stderr } = spawnSync(program, args, {
          cwd: folder,
          env: { ...process.env, PYTHONPATH: folder },
        })
        if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`)
        ms.push(performance.now() - begin)
      }
    const [line, enabled, module, script] = times.map(({ ms }) => Math.min(...ms)) as [
      number,
      number,
      number,
      number,
    ]
    isMet &&= enabled - line < LIMIT_MS && script - module < LIMIT_MS
    const added = (more: number, less: number) => `${(more - less).toFixed(1)} ms`
    console.log(
      `${program}: enable_syntax() adds ${added(enabled, line)} to ${line.toFixed(1)} ms; a script adds ${added(script, module)} to the ${module.toFixed(1)} ms of any python -m`,
    )
  }
  console.log(`bar: under ${LIMIT_MS} ms; met: ${isMet ? 'yes' : 'no'}`)
} finally {
  await rm(folder, { recursive: true })
}
