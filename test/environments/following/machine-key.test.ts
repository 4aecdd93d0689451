import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { keyOfMachine } from '../../../src/environments/following/machine-key.ts'
import { diskFiles } from '../../../src/environments/root/environment-files.ts'

const root = () => mkdtemp(join(tmpdir(), 'slipway-machine-'))
const numbers = Array.from({ length: 500 }, (_, number) => `m-${number}`)
const draw = () => numbers.pop() ?? 'm'
const keyIn = (folder: string, given: string | null = null) => keyOfMachine(diskFiles, folder, given, draw)

it('is made once and kept', async () => {
  const folder = join(await root(), 'new')
  const first = await keyIn(folder)
  expect(await keyIn(folder)).toEqual(first)
  expect(await readdir(folder)).toEqual(['machine-key'])
})

it('is one, however many begin at once', async () => {
  const folder = await root()
  const keys = await Promise.all(Array.from({ length: 20 }, () => keyIn(folder)))
  expect(new Set(keys.map((key) => (key.ok ? key.value : 'refused'))).size).toBe(1)
})

it('is the given one, and no other later', async () => {
  const folder = await root()
  expect(await keyIn(folder, 'asset-7')).toEqual({ ok: true, value: 'asset-7' })
  expect(await keyIn(folder)).toEqual({ ok: true, value: 'asset-7' })
  const other = await keyIn(folder, 'asset-8')
  expect(other.ok ? '' : other.refusal.message).toContain('a key that changes draws it anew')
  expect(await readFile(join(folder, 'machine-key'), 'utf8')).toBe('asset-7\n')
})

it('keeps nothing of a name that many have', async () => {
  const folder = await root()
  const refused = await keyIn(folder, 'localhost')
  expect(refused.ok ? '' : refused.refusal.message).toMatch(/"localhost".*leave --key out/)
  expect(await readdir(folder)).toEqual([])
})
