import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const demo = fileURLToPath(new URL('../../examples/demo/demo.ts', import.meta.url))

it('the demo says which options it takes instead of breaking on others', () => {
  const run = spawnSync(process.execPath, [demo, '--goood'], { encoding: 'utf8' })
  expect(run.status).toBe(2)
  expect(run.stderr).toContain("Unknown option '--goood'")
  expect(run.stderr).toContain('slipway demo [--good | --blind-test] [--keep]')
  expect(run.stderr).not.toContain('    at ')
})
