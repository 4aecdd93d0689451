import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { emptyFolder, writeTree } from '../package-files.ts'
import { armIndex } from './loopback-arms.ts'

const bundle = fileURLToPath(new URL('../../../dist/action/index.js', import.meta.url))

async function until(what: () => boolean): Promise<void> {
  for (let tries = 0; tries < 600 && !what(); tries++) await sleep(100)
  expect(what()).toBe(true)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

it('a cancelled job takes the tested code with it and reports nothing', { timeout: 120_000 }, async () => {
  const index = await armIndex()
  await index.npm('demo', '1.1.0', '')
  await index.npm('demo', '1.2.0', '')
  const checkout = await emptyFolder()
  const dependencies = { demo: '^1.0.0' }
  await writeTree(checkout, { 'package.json': JSON.stringify({ name: 'shop', dependencies }) })
  const note = join(await emptyFolder(), 'pid')
  const step = spawn(process.execPath, [bundle], {
    cwd: checkout,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      GITHUB_WORKSPACE: checkout,
      INPUT_COMMAND: 'canary',
      INPUT_SLIPWAY: index.request(['npm:demo@1.2.0']),
      INPUT_RUN: `echo $$ > ${note}; sleep 600; true`,
      ...index.oidc,
    },
  })
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    step.on('exit', (_, signal) => resolve(signal)),
  )
  await until(() => existsSync(note))
  await sleep(100)
  const pid = Number(await readFile(note, 'utf8'))
  expect(isAlive(pid)).toBe(true)
  step.kill('SIGTERM')
  expect(await ended).toBe('SIGTERM')
  await until(() => !isAlive(pid))
  expect(index.reports).toEqual([])
  await index.close()
})
