import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ArmWorkspace } from '../../../src/action/canary/arms/arm-workspace.ts'
import { installedNpm, lockedNpm } from '../../../src/action/canary/installers/installed-npm.ts'
import { pipInstaller } from '../../../src/action/canary/installers/pip-installer.ts'
import { emptyFolder, writeTree } from '../package-files.ts'

const demo = { ecosystem: 'npm', name: 'demo', version: '1.2.0' } as const
const manifest = (name: string, version: string) => JSON.stringify({ name, version })
const registry = 'http://127.0.0.1/arm/npm/demo/-/demo-1.2.0.tgz'

/** A project with copies of packages and npm's own record of the tree. */
async function projectWith(
  copies: Readonly<Record<string, string>>,
  record: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const project = await emptyFolder()
  const manifests = Object.entries(copies).map(([place, version]) => [
    `${place}/package.json`,
    manifest('demo', version),
  ])
  await writeTree(project, {
    ...Object.fromEntries(manifests),
    'node_modules/.package-lock.json': JSON.stringify({ packages: record }),
  })
  return project
}

describe('versions shown to be installed by npm', () => {
  it('are copies that came from the index, at every depth and under any alias', async () => {
    const places = ['node_modules/demo', 'node_modules/cart/node_modules/demo', 'node_modules/alias']
    const [top = '', nested = '', alias = ''] = places
    const project = await projectWith(
      { [top]: '1.1.0', [nested]: '1.2.0', [alias]: '1.0.0' },
      {
        [top]: { version: '1.1.0', resolved: registry, inBundle: true },
        [nested]: { version: '1.2.0' },
        [alias]: { name: 'demo', version: '1.0.0', resolved: registry },
      },
    )
    expect(await installedNpm(project, [demo])).toEqual([
      'npm:demo@1.0.0',
      'npm:demo@1.1.0',
      'npm:demo@1.2.0',
    ])
  })

  it('are not a workspace of the same name and version', async () => {
    const record = { 'node_modules/demo': { resolved: 'packages/demo', link: true } }
    const project = await projectWith({ 'packages/demo': '1.2.0' }, record)
    await symlink('../packages/demo', join(project, 'node_modules/demo'))
    expect(await installedNpm(project, [demo])).toEqual([])
  })

  it('are not a link that another client made to a folder of the project', async () => {
    const project = await projectWith({ 'vendor/demo': '1.2.0' })
    await symlink('../vendor/demo', join(project, 'node_modules/demo'))
    expect(await installedNpm(project, [demo])).toEqual([])
  })

  it.each([
    ['bundled in another package', 'node_modules/cart/node_modules/demo', { inBundle: true }],
    ['vendored as a folder', 'node_modules/demo', { resolved: 'file:vendor/demo' }],
    ['vendored as a tarball', 'node_modules/demo', { resolved: 'file:vendor/demo-1.2.0.tgz' }],
    ['from a git repository', 'node_modules/demo', { resolved: 'git+ssh://git@host/demo.git#abc' }],
  ])('are not a copy %s', async (_how, place, entry) => {
    const record = { [place]: { version: '1.2.0', ...entry } }
    const project = await projectWith({ [place]: '1.2.0' }, record)
    expect(await installedNpm(project, [demo])).toEqual([])
    const lock = JSON.stringify({ lockfileVersion: 3, packages: record })
    await writeTree(project, { 'package-lock.json': lock })
    expect(await lockedNpm(project, [demo])).toEqual([])
  })

  it('are found where a client keeps packages elsewhere under node_modules and links to them', async () => {
    const store = 'node_modules/.pnpm/demo@1.2.0/node_modules/demo'
    const project = await projectWith({ [store]: '1.2.0' })
    await symlink('.pnpm/demo@1.2.0/node_modules/demo', join(project, 'node_modules/demo'))
    expect(await installedNpm(project, [demo])).toEqual(['npm:demo@1.2.0'])
  })
})

describe('versions shown to be installed by pip', () => {
  it('are those that came from the index, not a folder or file of the project', async () => {
    const folder = await emptyFolder()
    const site = (name: string) => `venv/lib/python3.12/site-packages/${name}.dist-info`
    const metadata = (name: string) => `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.2.0\n`
    await writeTree(folder, {
      [`${site('demo_lib-1.2.0')}/METADATA`]: metadata('demo-lib'),
      [`${site('vendored-1.2.0')}/METADATA`]: metadata('vendored'),
      [`${site('vendored-1.2.0')}/direct_url.json`]: '{"url":"file:///srv/vendor","dir_info":{}}',
    })
    const releases = ['demo-lib', 'vendored'].map(
      (name) => ({ ecosystem: 'pypi', name, version: '1.2.0' }) as const,
    )
    const workspace: ArmWorkspace = {
      arm: 'candidate',
      index: '',
      folder,
      project: folder,
      root: folder,
      env: {},
    }
    expect(await pipInstaller.installed(workspace, releases)).toEqual(['pypi:demo-lib@1.2.0'])
  })
})
