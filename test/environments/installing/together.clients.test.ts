import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isHere } from '../../server/clients.ts'
import { packageWorld } from '../package-world.ts'
import { wheelWithCommand } from '../python-wheel.ts'
import { orphans, rests, view } from '../sample-root.ts'

const hasPip = await isHere('python3', ['-m', 'pip', '--version'])

describe.runIf(hasPip)('what needs what', { timeout: 240_000 }, () => {
  it('is named before anything is installed, where two exclude each other', async () => {
    const { folder, root, cli } = await packageWorld()
    for (const version of ['1.0', '2.0']) await wheelWithCommand(folder, 'base-lib', version, '')
    await wheelWithCommand(folder, 'older', '1.0', '', { requires: ['base-lib<2'] })
    await wheelWithCommand(folder, 'newer', '1.0', '', { requires: ['base-lib'] })
    await wheelWithCommand(folder, 'newest', '1.0', '', { requires: ['base-lib>=2'] })
    await wheelWithCommand(folder, 'app', '1.0', '', { requires: ['older', 'newest'] })
    const refused = await cli('install', 'app')
    expect([refused.code, refused.err.split('\n').slice(1).sort()]).toEqual([
      1,
      [
        '',
        '  newest 1.0 depends on base-lib>=2',
        '  older 1.0 depends on base-lib<2',
        'nothing was installed',
        'slipway: app cannot be installed, because what it needs excludes each other:',
      ],
    ])
    expect(await view(root, 'pypi/app')).toEqual({})

    // Each for itself both can be had; in one process only together.
    const both = await cli('install', '--together', 'older', 'newest')
    expect([both.code, both.err]).toEqual([1, expect.stringContaining('older 1.0 depends on base-lib<2')])
    expect((await cli('install', '--together', 'older', 'newer')).code).toBe(0)
    expect((await cli('run', '--with', 'older', '--with', 'newer', '--', 'true')).code).toBe(0)
    // What is there already counts.
    const late = await cli('install', '--together', 'older@1.0.0', 'newest')
    expect([late.code, late.err]).toEqual([
      1,
      expect.stringContaining('another package of this process has base-lib==1.0'),
    ])
    expect(await rests(root, 'pypi/older')).toEqual([])
  })

  it('keeps a version from being uninstalled while it is live, or a process runs from it', async () => {
    const { folder, root, cli } = await packageWorld()
    await wheelWithCommand(folder, 'base-lib', '1.0.0', 'VERSION = 1\n')
    for (const version of ['1.0.0', '1.1.0'])
      await wheelWithCommand(folder, 'demo-lib', version, `import base_lib\nNAME = "${version}"\n`, {
        requires: ['base-lib'],
      })
    expect((await cli('install', 'demo-lib@1.0.0', 'demo-lib@1.1.0', 'base-lib@1.0.0')).code).toBe(0)
    const live = await cli('uninstall', 'demo-lib@1.0.0')
    expect([live.code, live.err]).toEqual([
      1,
      expect.stringContaining('pypi:demo-lib@1.0.0 is live; make another one live first'),
    ])
    const path = join(root, 'pypi/demo-lib/1.1.0/lib')
    const { realpath } = await import('node:fs/promises')
    const user = spawn('sleep', ['60'], { env: { ...process.env, PYTHONPATH: await realpath(path) } })
    try {
      const used = await cli('uninstall', 'demo-lib@1.1.0')
      expect([used.code, used.err]).toEqual([
        1,
        `slipway: pypi:demo-lib@1.1.0 is needed by process ${user.pid} (sleep); nothing was removed\n`,
      ])
    } finally {
      user.kill()
    }
    const gone = await cli('uninstall', 'base-lib@1.0', '--json')
    expect(JSON.parse(gone.out)).toEqual({
      package: 'pypi:base-lib',
      version: '1.0.0',
      links: ['1', 'live', '1.0', '1.0.0'],
      stillNeededBy: ['pypi:demo-lib@1.0.0', 'pypi:demo-lib@1.1.0'],
    })
    // They share every file of it, and keep their own names of them.
    expect(
      (await cli('run', '--with', 'demo-lib', '--', 'python3', '-c', 'import demo_lib; print(demo_lib.NAME)'))
        .out,
    ).toBe('1.0.0\n')
    expect((await cli('uninstall', 'demo-lib@1.1.0')).out).toBe('uninstalled pypi:demo-lib@1.1.0\n')
    expect((await cli('uninstall', 'demo-lib@1.1.0')).err).toContain('installed is 1.0.0')
    expect((await cli('uninstall', 'demo-lib@1.0.0')).code).toBe(0)
    expect((await cli('list', '--json')).out).toContain('"packages": []')
    expect(await orphans(root)).toEqual([])
    for (const text of ['demo-lib', 'demo-lib@/tmp']) expect((await cli('uninstall', text)).code).toBe(2)
  })
})
