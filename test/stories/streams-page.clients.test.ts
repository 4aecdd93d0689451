/** docs/streams.md: its file and its commands, in the order in which they are printed. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { slipway } from '../cli/in-process.ts'
import { createFakeEffector } from '../engine/fake-effector.ts'
import { createFakeForge } from '../engine/fake-forge.ts'
import { isHere, run } from '../server/clients.ts'
import { publishBegun, uploadForm } from '../server/pypi-form.ts'
import { adminToken, publishNpm, startIndex, type TestIndex } from '../server/running-server.ts'
import { scratchFolder } from '../server/scratch-folder.ts'

const hasClients =
  (await isHere('twine', ['--version'])) && (await isHere('python3', ['-m', 'pip', '--version']))
const page = await readFile(new URL('../../docs/streams.md', import.meta.url), 'utf8')
const yaml = /^```yaml\n([\s\S]*?)^```/m.exec(page)?.[1] ?? ''

/** Each command with the lines that the page shows after it. */
const shown = [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, language, block = '']) =>
  language === ''
    ? [...block.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)].map(([, line = '', output = '']) => ({
        line,
        output,
      }))
    : [],
)

let index: TestIndex
let folder: string

beforeAll(async () => {
  const forge = createFakeForge()
  forge.add('1', 'acme/lib', { '.github/slipway.yml': yaml })
  const repository = forge.repositories.get('1')
  for (const version of ['3.10.0rc1', '3.10.0']) repository?.tags.set(`v${version}`, `commit-of-${version}`)
  const github = createFakeEffector()
  github.answer = (effect, { now }) => {
    if (effect.kind !== 'read-checks') return null
    const check = { name: 'api', state: 'success', url: null, observedAt: now } as const
    return {
      ok: true,
      place: {},
      signals: [
        { kind: 'check', check },
        { kind: 'checks-read', at: now },
      ],
    }
  }
  const parts = { forge: forge.forge, effector: github.effector, startsAt: '2022-05-02T09:00:00Z' }
  index = await startIndex({}, parts)
  await index.stores.access.setOwner({ package: 'pypi:demo-lib', repositoryId: '1', repository: 'acme/lib' })
  await publishBegun(index, 'demo-lib', '3.9.0')
  await publishNpm(index, 'demo-lib', '3.9.0')
  folder = await scratchFolder()
  await mkdir(join(folder, '.github'))
  await mkdir(join(folder, 'dist'))
  await writeFile(join(folder, '.github/slipway.yml'), yaml)
  for (const version of ['3.10.0b1', '3.9.1', '3.10.0rc1', '3.10.0b9', '3.10.0']) {
    const { fileName, bytes } = await uploadForm('demo-lib', version)
    await writeFile(join(folder, 'dist', fileName), bytes)
  }
})
afterAll(() => index.close())

async function typed(line: string): Promise<{ readonly code: number | null; readonly out: string }> {
  const here = line.replaceAll('https://slipway.example', index.url)
  if (here.startsWith('slipway ')) return slipway(folder, here.split(' ').slice(1))
  return run('sh', ['-c', here], folder, {
    TWINE_REPOSITORY_URL: `${index.url}/pypi/legacy/`,
    TWINE_USERNAME: '__token__',
    TWINE_PASSWORD: adminToken,
    TWINE_NON_INTERACTIVE: '1',
    NO_COLOR: '1',
    COLUMNS: '1000',
    PIP_TARGET: join(folder, 'site'),
    PIP_NO_CACHE_DIR: '1',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
  })
}

describe.runIf(hasClients)('the page about streams', { timeout: 240_000 }, () => {
  it('shows commands that run, and what they print', async () => {
    expect(shown.length).toBeGreaterThanOrEqual(9)
    for (const { line, output } of shown) {
      const { code, out } = await typed(line)
      const isPrinted = line.startsWith('slipway ') && output !== ''
      if (isPrinted) expect({ line, code, out }).toEqual({ line, code: 0, out: output })
      else if (output === '') expect({ line, code, out }).toMatchObject({ line, code: 0 })
      else expect({ line, code, out }).toEqual({ line, code: 1, out: expect.stringContaining(output.trim()) })
      for (let passed = 0; passed < 6; passed += 1) {
        await index.wait(8 * 3_600_000)
        await index.engine.reconcile()
      }
    }
    const feed = async (stream: string) =>
      (await index.ask('GET', `/api/v1/packages/pypi/demo-lib/feed.atom?stream=${stream}`)).text
    expect(await feed('beta')).toContain('pypi:demo-lib@3.10.0b1 is rolling out')
    expect(await feed('beta')).not.toContain('3.9.1')
    expect(await feed('maintenance')).toContain('pypi:demo-lib@3.9.1 is rolling out')
    expect(await feed('nobody')).not.toContain('<entry>')
    const phase = async (version: string) =>
      (await index.ask('GET', `/api/v1/rollouts/pypi:demo-lib@${version}`)).json.phase
    expect(await phase('3.10.0b1')).toBe('completed')
    expect(await phase('3.10.0rc1')).toBe('completed')
    expect(await phase('3.10.0')).not.toBe('completed')
  })
})
