import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lockFolder } from '../../../src/stores/disk/lock-folder.ts'
import { openSqlite } from '../../../src/stores/sql/open-sqlite.ts'

const source = fileURLToPath(new URL('../../../src/stores/disk/lock-folder.ts', import.meta.url))

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-lock-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Another process that holds the folder until it is killed. */
async function holder() {
  const program = `const { lockFolder } = await import(${JSON.stringify(source)})
    await lockFolder(${JSON.stringify(folder)}); console.log('held'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

it('is refused to a second process, which is told who has it', async () => {
  const child = await holder()
  await expect(lockFolder(folder)).rejects.toThrow(
    `data: ${folder} is used by another Slipway (process ${child.pid}); stop that one first`,
  )
  child.kill('SIGKILL')
  await once(child, 'exit')
})

it('is there again the moment its holder was killed', async () => {
  const child = await holder()
  child.kill('SIGKILL')
  await once(child, 'exit')
  const lock = await lockFolder(folder)
  await expect(lockFolder(folder)).rejects.toThrow('is used by another Slipway')
  lock.release()
  ;(await lockFolder(folder)).release()
})

it.each([
  ['a place below /proc', () => '/proc/slipway-none/data', /cannot be written \(ENOENT\)/],
  ['a file', () => join(folder, 'file'), /which is a file, expected a folder/],
])('says so at once for %s', async (_, place, message) => {
  await writeFile(join(folder, 'file'), '')
  await expect(lockFolder(place())).rejects.toThrow(message)
})

it('refuses stored files without their database instead of starting empty', async () => {
  const stores = await openSqlite(folder)
  await stores.close()
  await rm(join(folder, 'slipway.sqlite'))
  await mkdir(join(folder, 'blobs', 'aa'), { recursive: true })
  await writeFile(join(folder, 'blobs', 'aa', 'a'.repeat(64)), 'bytes')
  await expect(openSqlite(folder)).rejects.toThrow(
    `data: ${folder} has 1 stored files, but slipway.sqlite is missing or empty`,
  )
})
