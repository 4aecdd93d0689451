import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Rig, startRig } from './rig.ts'

let rig: Rig
let directory: string
beforeAll(async () => {
  rig = await startRig()
  directory = await mkdtemp(join(tmpdir(), 'contents-'))
})
afterAll(async () => {
  expect(rig.github.violations()).toEqual([])
  await rig.close()
  await rm(directory, { recursive: true })
})

async function checkout(name: string, sha: string): Promise<string> {
  const into = join(directory, name)
  await mkdir(into)
  await rig.github.checkOut('acme/lib', sha, into)
  return into
}

it('keeps every commit as it was, whatever comes later', async () => {
  const source = join(directory, 'source')
  await mkdir(join(source, 'node_modules/dep'), { recursive: true })
  await mkdir(join(source, 'bin'))
  await writeFile(join(source, 'node_modules/dep/index.js'), 'left out')
  await writeFile(join(source, 'bin/run'), '#!/bin/sh\n')
  await writeFile(join(source, 'picture'), Buffer.from([0, 255, 10, 13]))
  const { sha } = await rig.github.createRepository({ fullName: 'acme/lib', files: source })
  const later = await rig.github.commitFiles('acme/lib', { picture: null, 'notes/a.txt': 'new' })
  const first = await checkout('first', sha ?? '')
  const second = await checkout('second', later)
  expect((await readdir(first)).sort()).toEqual(['bin', 'picture'])
  expect(await readFile(join(first, 'picture'))).toEqual(Buffer.from([0, 255, 10, 13]))
  expect((await stat(join(first, 'bin/run'))).mode & 0o111).toBe(0o111)
  expect((await readdir(second)).sort()).toEqual(['bin', 'notes'])
})

it('tells a commit by a push webhook with what it changed', () => {
  const pushes = rig.received.filter((hook) => hook.event === 'push').map((hook) => hook.payload)
  expect(pushes.at(-1)).toMatchObject({
    ref: 'refs/heads/main',
    before: pushes.at(-2)?.after,
    head_commit: { removed: ['picture'], added: ['notes/a.txt'], modified: [] },
    installation: { id: rig.github.installation('acme') },
  })
})
