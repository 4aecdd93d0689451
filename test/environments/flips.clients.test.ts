/** Processes that start while links change. SLIPWAY_STARTS=10000 SLIPWAY_FLIPS=200 is the long run. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { promoteVersion } from '../../src/environments/change-live.ts'
import { isHere, run } from '../server/clients.ts'
import { packageWorld } from './package-world.ts'
import { wheelWithCommand } from './python-wheel.ts'
import { given, partsFor, request } from './sample-root.ts'

const hasPip = await isHere('python3', ['-m', 'pip', '--version'])
const STARTS = Number(process.env.SLIPWAY_STARTS ?? 200)
const FLIPS = Number(process.env.SLIPWAY_FLIPS ?? 40)

describe.runIf(hasPip)(`${STARTS} starts during ${FLIPS} flips`, { timeout: 3_000_000 }, () => {
  it('none sees half of a version', async () => {
    const { folder, root, cli } = await packageWorld()
    const versions = ['1.0.0', '2.0.0']
    for (const version of versions) {
      await wheelWithCommand(folder, 'base-lib', version, `VERSION = "${version}"\n`)
      const script = `#!python\nimport demo_lib, base_lib\nprint("${version}", demo_lib.VERSION, base_lib.VERSION, demo_lib.DATA)\n`
      await wheelWithCommand(
        folder,
        'demo-lib',
        version,
        {
          'demo_lib/__init__.py': `import os\nVERSION = "${version}"\nDATA = open(os.path.join(os.path.dirname(__file__), "data.txt")).read()\n`,
          'demo_lib/data.txt': version,
        },
        { requires: [`base-lib==${version}`], scripts: { demo: script } },
      )
    }
    expect((await cli('install', ...versions.map((version) => `demo-lib@${version}`))).code).toBe(0)

    let begun = 0
    const seen = new Map<string, number>()
    const start = async () => {
      while (begun < STARTS) {
        begun += 1
        const { out } = await run(join(root, 'pypi/demo-lib/live/bin/demo'), [], folder)
        seen.set(out, (seen.get(out) ?? 0) + 1)
      }
    }
    const took: number[] = []
    const flip = async () => {
      for (let flips = 0; flips < FLIPS; flips += 1) {
        while (begun < (flips * STARTS) / FLIPS) await sleep(1)
        const rule = { kind: 'full' as const, text: versions[(flips + 1) % 2] ?? '' }
        const before = performance.now()
        given(await promoteVersion(partsFor(root), request('pypi:demo-lib').packages, rule, null))
        took.push(performance.now() - before)
      }
    }
    await Promise.all([flip(), start(), start(), start(), start()])
    const whole = versions.map((version) => `${version} ${version} ${version} ${version}\n`)
    expect([...seen.keys()].sort()).toEqual(whole)
    expect([...seen.values()].reduce((sum, count) => sum + count, 0)).toBe(STARTS)
    const median = took.sort((a, b) => a - b)[Math.floor(took.length / 2)] ?? 0
    console.log(
      `${STARTS} starts, ${FLIPS} flips, each of them (lock, links, tidying) ${median.toFixed(1)} ms`,
    )
  })
})
