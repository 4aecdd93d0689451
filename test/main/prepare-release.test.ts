import { spawnSync } from 'node:child_process'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { scratchFolder } from '../server/scratch-folder.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const { version } = JSON.parse(await readFile(`${root}package.json`, 'utf8'))

/** A checkout of what the script reads. */
async function checkout(): Promise<string> {
  const folder = await scratchFolder()
  for (const file of ['package.json', 'package-lock.json', 'CHANGELOG.md'])
    await cp(root + file, join(folder, file))
  return folder
}

function prepare(folder: string, ...args: string[]) {
  const script = `${root}scripts/prepare-release.ts`
  const env = { ...process.env, GITHUB_OUTPUT: join(folder, 'output') }
  return spawnSync(process.execPath, [script, ...args], { cwd: folder, env, encoding: 'utf8' })
}

it('a release carries its notes, what it is made of, and where it was built', async () => {
  const folder = await checkout()
  const ran = prepare(folder, `v${version}`, 'harbor/slipway', 'release')
  expect(ran.stderr).toBe('')
  const notes = await readFile(join(folder, 'release/notes.md'), 'utf8')
  expect(notes.trim().length).toBeGreaterThan(20)
  expect(notes).not.toContain('## ')
  const sbom = JSON.parse(await readFile(join(folder, 'release/sbom.cdx.json'), 'utf8'))
  expect(sbom.bomFormat).toBe('CycloneDX')
  const names = sbom.components.map(({ name }: { name: string }) => name)
  expect(names).toContain('hono')
  expect(names).not.toContain('vitest')
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  expect(manifest.repository.url).toBe('git+https://github.com/harbor/slipway.git')
  expect(await readFile(join(folder, 'output'), 'utf8')).toBe(`version=${version}\n`)
})

it('a tag that is not the version, or has no notes, is refused and writes nothing', async () => {
  const folder = await checkout()
  const other = prepare(folder, 'v99.0.0', 'harbor/slipway', 'release')
  expect(other.status).toBe(1)
  expect(other.stderr).toContain(`tag: got "v99.0.0", expected v${version}`)
  await writeFile(join(folder, 'CHANGELOG.md'), `# Changelog\n\n## ${version}\n\n## 0.0.1\n\nwords\n`)
  const silent = prepare(folder, `v${version}`, 'harbor/slipway', 'release')
  expect(silent.status).toBe(1)
  expect(silent.stderr).toContain(`CHANGELOG.md has no section "## ${version}"`)
  expect(prepare(folder, `v${version}`, 'slipway', 'release').stderr).toContain('expected owner/name')
  await expect(readFile(join(folder, 'release/notes.md'))).rejects.toThrow('ENOENT')
})
