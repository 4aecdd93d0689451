import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { modifiedAtMsOf, shareFiles, sweepStore } from '../../../src/environments/root/shared-store.ts'
import { scratchFolder } from '../../server/scratch-folder.ts'
import { hastyFiles, orphans, partsFor } from '../sample-root.ts'

async function tree(root: string, name: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, name, path, '..'), { recursive: true })
    await writeFile(join(root, name, path), text)
  }
  return join(root, name)
}

const inode = async (...path: string[]) => (await stat(join(...path))).ino

describe('the store of shared files', () => {
  it('keeps one copy of what is equal, tells programs from data, and lets nobody write to it', async () => {
    const root = await scratchFolder()
    const parts = partsFor(root)
    const files = { 'a/same.py': 'x = 1\n', 'a/other.py': 'x = 2\n', 'empty.py': '', run: 'x = 1\n' }
    const one = await tree(root, 'one', files)
    const two = await tree(root, 'two', { ...files, 'a/other.py': 'x = 3\n', 'b/copy.py': 'x = 1\n' })
    await chmod(join(one, 'run'), 0o755)
    await chmod(join(two, 'run'), 0o755)
    await shareFiles(parts, one)
    await shareFiles(parts, two)
    expect(await inode(one, 'a/same.py')).toBe(await inode(two, 'a/same.py'))
    expect(await inode(two, 'b/copy.py')).toBe(await inode(two, 'a/same.py'))
    expect(await inode(one, 'run')).toBe(await inode(two, 'run'))
    expect(await inode(one, 'run')).not.toBe(await inode(one, 'a/same.py'))
    expect(await inode(one, 'a/other.py')).not.toBe(await inode(two, 'a/other.py'))
    const { mode, mtimeMs } = await stat(join(one, 'a/same.py'))
    expect(mode & 0o777).toBe(0o444)
    expect((await stat(join(one, 'run'))).mode & 0o777).toBe(0o555)
    const { createHash } = await import('node:crypto')
    expect(mtimeMs).toBe(modifiedAtMsOf(createHash('sha256').update('x = 1\n').digest('hex')))
    // Twice is as once.
    await shareFiles(parts, one)
    expect(await inode(one, 'a/same.py')).toBe(await inode(two, 'a/same.py'))
  })

  it('forgets what no version has, and replaces what was changed in place', async () => {
    const root = await scratchFolder()
    const parts = partsFor(root)
    const one = await tree(root, 'one', { 'a.py': 'first\n', 'b.py': 'second\n' })
    await shareFiles(parts, one)
    await chmod(join(one, 'a.py'), 0o644)
    await writeFile(join(one, 'a.py'), 'tampered with\n')
    const two = await tree(root, 'two', { 'a.py': 'first\n' })
    await shareFiles(parts, two)
    const three = await tree(root, 'three', { 'a.py': 'first\n' })
    await shareFiles(parts, three)
    expect(await readFile(join(three, 'a.py'), 'utf8')).toBe('first\n')
    expect(await inode(three, 'a.py')).toBe(await inode(two, 'a.py'))
    await hastyFiles.remove(one)
    expect(await orphans(root)).toHaveLength(1)
    await sweepStore(parts)
    expect(await orphans(root)).toEqual([])
    expect(await readFile(join(two, 'a.py'), 'utf8')).toBe('first\n')
  })
})
