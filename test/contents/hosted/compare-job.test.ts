import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import { expect, it } from 'vitest'
import { notAsStored, runCompareJob } from '../../../src/contents/hosted/compare-job.ts'
import { scratchFolder } from '../../server/scratch-folder.ts'

/** A wheel in a file, with the digest that the store calls it by. */
async function wheel(folder: string, version: string, files: Readonly<Record<string, string>>) {
  const entries = Object.entries(files).map(([path, text]) => [path, Buffer.from(text)] as const)
  const bytes = zipSync(Object.fromEntries(entries))
  const name = `demo-${version}-py3-none-any.whl`
  const path = join(folder, name)
  await writeFile(path, bytes)
  return { name, path, sha256: createHash('sha256').update(bytes).digest('hex') }
}

it('reads files where the store has them, and none whose bytes are not those of its name', async () => {
  const folder = await scratchFolder()
  const old = await wheel(folder, '1.0.0', { 'demo/__init__.py': 'def gone(): pass\n', 'demo/b.py': '' })
  const next = await wheel(folder, '1.1.0', { 'demo/__init__.py': '' })
  const side = (version: string, archive: typeof old) => ({
    version,
    files: [{ name: archive.name, requiresPython: null }],
    archive,
  })
  const job = (archive: typeof old) => ({
    ecosystem: 'pypi' as const,
    before: side('1.0.0', old),
    after: side('1.1.0', archive),
    dependents: [],
  })
  const whole = await runCompareJob(job(next))
  expect(whole.unread).toEqual([])
  expect(whole.findings.map(({ code }) => code)).toContain('module-removed')

  const damaged = await runCompareJob(job({ ...next, sha256: '0'.repeat(64) }))
  expect(damaged.unread).toEqual([{ file: next.name, why: notAsStored }])
  expect(damaged.findings).toEqual([])
})
