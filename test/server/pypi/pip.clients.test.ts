import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { wheel } from '../../action/package-files.ts'
import { isHere, pipDownload, run } from '../clients.ts'
import { publishPair } from '../pypi-form.ts'
import { adminToken, startIndex, type TestIndex } from '../running-server.ts'
import { scratchFolder } from '../scratch-folder.ts'

const hasPip = await isHere('python3', ['-m', 'pip', '--version'])
const hasTwine = await isHere('twine', ['--version'])

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

const named = (version: string, name = 'real_lib') => [`${name}-${version}-py3-none-any.whl`]

describe.runIf(hasPip)('pip itself', () => {
  beforeAll(async () => {
    await publishPair(index, 'real-lib')
    await index.ask('POST', '/api/v1/rollouts', { releases: ['pypi:real-lib@1.1.0'] })
  })

  it.each([
    ['nothing', 'real-lib', '1.0.0'],
    ['a range', 'real-lib>=1.0', '1.0.0'],
    ['an exact pin', 'real-lib==1.1.0', '1.1.0'],
  ])('gets by %s', async (_, requirement, version) => {
    const { files, out } = await pipDownload(`${index.url}/pypi/simple/`, requirement)
    expect(files).toEqual(named(version))
    if (version === '1.1.0') expect(out).toContain('Staged rollout by Slipway, not a defect')
  })

  it('gets the arm it is sent to, through files of that nonce', async () => {
    const { id } = index.engine.find('pypi:real-lib@1.1.0') ?? { id: '' }
    const candidate = await pipDownload(`${index.url}/arm/${id}/candidate/n1/pypi/simple/`, 'real-lib')
    expect(candidate.files).toEqual(named('1.1.0'))
    expect(candidate.out).toContain(`/arm/${id}/candidate/n1/pypi/files/`)
    const baseline = await pipDownload(`${index.url}/arm/${id}/baseline/n1/pypi/simple/`, 'real-lib')
    expect(baseline.files).toEqual(named('1.0.0'))
  })

  it('gets the older version again after a rollback, and the candidate by its pin', async () => {
    await publishPair(index, 'taken-back')
    await index.ask('POST', '/api/v1/rollouts', { releases: ['pypi:taken-back@1.1.0'] })
    const at = '/api/v1/rollouts/pypi:taken-back@1.1.0'
    await index.ask('POST', `${at}/advance`, { to: 100, as: 'mona', reason: 'test' })
    const simple = `${index.url}/pypi/simple/`
    expect((await pipDownload(simple, 'taken-back')).files).toEqual(named('1.1.0', 'taken_back'))
    await index.ask('POST', `${at}/rollback`, { as: 'mona', reason: 'test' })
    expect((await pipDownload(simple, 'taken-back')).files).toEqual(named('1.0.0', 'taken_back'))
    expect((await pipDownload(simple, 'taken-back==1.1.0')).files).toEqual(named('1.1.0', 'taken_back'))
  })
})

describe.runIf(hasTwine)('twine itself', () => {
  const upload = async (file: string, token = adminToken) => {
    const folder = await scratchFolder()
    const args = ['upload', '--non-interactive', '--disable-progress-bar', '--repository-url']
    const credentials = ['-u', '__token__', '-p', token]
    const env = { PYTHON_KEYRING_BACKEND: 'keyring.backends.null.Keyring' }
    return run('twine', [...args, `${index.url}/pypi/legacy/`, ...credentials, file], folder, env)
  }

  it('uploads, uploads the same again, and prints why other bytes are refused', async () => {
    const file = await wheel(await scratchFolder(), 'by-twine', '1.0.0')
    expect(await upload(file)).toMatchObject({ code: 0 })
    expect(await upload(file)).toMatchObject({ code: 0 })
    const record = await index.stores.packages.get('pypi:by-twine')
    const [stored] = record?.versions['1.0.0']?.files ?? []
    const bytes = await index.stores.blobs.get(stored?.sha256 ?? '')
    expect(Buffer.from(bytes ?? []).equals(await readFile(file))).toBe(true)
    const changed = await wheel(await scratchFolder(), 'by-twine', '1.0.0', 'ANSWER = 2\n')
    const refused = await upload(changed)
    expect(refused.code).not.toBe(0)
    expect(refused.out.replace(/\s+/g, ' ')).toContain('File already exists')
  })

  it('prints which packages a token is for', async () => {
    const token = await index.token(['publish'], ['pypi:other'])
    const refused = await upload(await wheel(await scratchFolder(), 'by-twine', '1.1.0'), token)
    expect(refused.code).not.toBe(0)
    expect(refused.out.replace(/\s+/g, ' ')).toContain('is not for pypi:by-twine; it is for: pypi:other.')
  })
})
