import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, open, readdir, rm, truncate, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { BlobStore } from '../../../src/ports/blob-store.ts'
import { createDamageLedger } from '../../../src/stores/damage-ledger.ts'
import { createDiskBlobStore } from '../../../src/stores/disk/disk-blob-store.ts'

let folder: string
let store: BlobStore
const ledger = createDamageLedger()
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-blobs-'))
  store = await createDiskBlobStore(folder, {
    damaged: (damage) => ledger.note(damage),
    mended: (name) => ledger.mend('blob', name),
  })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const bytes = randomBytes(700_000)
const name = createHash('sha256').update(bytes).digest('hex')
const path = () => join(folder, name.slice(0, 2), name)

async function flip(at: number): Promise<void> {
  const file = await open(path(), 'r+')
  await file.write(Buffer.from([(bytes[at] ?? 0) ^ 1]), 0, 1, at)
  await file.close()
}

const damages: readonly (readonly [string, () => Promise<void>])[] = [
  ['flipped at its end', () => flip(bytes.length - 1)],
  ['flipped at its start', () => flip(0)],
  ['cut', () => truncate(path(), bytes.length - 1)],
  ['emptied', () => truncate(path(), 0)],
]

it.each(damages)(
  'a blob that was %s is never given, is set aside and named, and the right bytes mend it',
  async (_, damage) => {
    await store.put(name, bytes)
    expect((await store.open(name))?.size).toBe(bytes.length)
    await damage()
    expect(await store.open(name)).toBeNull()
    expect(await store.get(name)).toBeNull()
    expect(ledger.all()).toEqual([expect.objectContaining({ kind: 'blob', stream: name })])
    expect(await readdir(join(folder, 'quarantine'))).toHaveLength(1)
    await store.put(name, bytes)
    expect(Buffer.from((await store.get(name)) ?? [])).toEqual(bytes)
    expect(ledger.all()).toEqual([])
  },
)

it('a blob that turns bad while it is sent is not sent to its end', async () => {
  await store.put(name, bytes)
  const opened = await store.open(name)
  await flip(5)
  await utimes(path(), 1, 1)
  let sent = 0
  const sending = async () => {
    for await (const piece of opened?.stream() ?? []) sent += piece.length
  }
  await expect(sending()).rejects.toThrow('its bytes are not what was stored')
  expect(sent).toBeLessThan(bytes.length)
  expect(await store.has(name)).toBe(false)
})
