import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sourceArchive, wheel } from '../../action/package-files.ts'
import { isHere, run } from '../clients.ts'
import { postForm, type UploadForm, uploadForm } from '../pypi-form.ts'
import { adminToken, startIndex, type TestIndex } from '../running-server.ts'
import { scratchFolder } from '../scratch-folder.ts'

const hasTwine = await isHere('twine', ['--version'])

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

const wheelForm = async (name: string, headers: string[], fields: UploadForm['fields']) => {
  const path = await wheel(await scratchFolder(), name, '1.0.0', 'A = 1\n', headers)
  const bytes = await readFile(path)
  return uploadForm(name, '1.0.0', { bytes, fields: { requires_python: null, ...fields } })
}

const pageOf = async (name: string) => {
  const accept = 'application/vnd.pypi.simple.v1+json'
  return (await fetch(`${index.url}/pypi/simple/${name}/`, { headers: { accept } })).json()
}

describe('an upload whose form and file differ', () => {
  it.each<[string, string[], UploadForm['fields'], string]>([
    [
      'requires_dist',
      ['Requires-Dist: a>=1'],
      { requires_dist: 'a>=2' },
      'requires_dist: got "a>=2", expected "a>=1", as the metadata inside the file says',
    ],
    [
      'requires_python',
      [],
      { requires_python: '>=3.8' },
      'requires_python: got ">=3.8", expected nothing, as the metadata inside the file says',
    ],
    [
      'summary',
      ['Summary: adds numbers'],
      { summary: 'steals tokens' },
      'summary: got "steals tokens", expected "adds numbers", as the metadata inside the file says',
    ],
  ])('is refused and %s is named', async (field, headers, fields, sentence) => {
    const refused = await postForm(index, await wheelForm('differs', headers, fields))
    expect(refused).toMatchObject({ status: 400, statusText: sentence, json: { field } })
    expect(await index.stores.packages.get('pypi:differs')).toBeNull()
    expect(index.engine.rolloutsOf('pypi:differs')).toEqual([])
  })

  it('in the version: a renamed wheel is not what its name says', async () => {
    const bytes = await readFile(await wheel(await scratchFolder(), 'renamed', '2.0.0'))
    const refused = await postForm(index, await uploadForm('renamed', '1.0.0', { bytes }))
    expect(refused.json.detail).toBe(
      'version: got "1.0.0", expected "2.0.0", as the metadata inside the file says',
    )
  })

  it('in an sdist is found as well', async () => {
    const path = await sourceArchive(await scratchFolder(), 'packed', '2.0.0')
    const bytes = await readFile(path)
    const fields = { filetype: 'sdist', requires_python: null }
    const form = await uploadForm('packed', '1.0.0', { bytes, fileName: 'packed-1.0.0.tar.gz', fields })
    expect((await postForm(index, form)).json.field).toBe('version')
  })

  it('in spelling only is taken, and what the form left out comes from the file', async () => {
    const headers = [
      'Requires-Dist: Some_Lib (<2,>=1) ; extra == "x"',
      'Requires-Python: >=3.8, <4',
      'License: MIT',
    ]
    const fields = { requires_dist: "some-lib >=1, <2; extra == 'x'", requires_python: null }
    expect((await postForm(index, await wheelForm('spelled', headers, fields))).status).toBe(200)
    const [file] = ((await pageOf('spelled')) as { files: object[] }).files
    expect(file).toMatchObject({ 'requires-python': '>=3.8, <4' })
    const manifest = (await index.stores.packages.get('pypi:spelled'))?.versions['1.0.0']?.manifest
    expect(manifest).toMatchObject({
      license: 'MIT',
      requires_dist: headers[0]?.slice('Requires-Dist: '.length),
    })
  })

  it('in the version of the format is taken: the file says which it has', async () => {
    const form = await wheelForm('formatted', [], { metadata_version: '2.4' })
    expect((await postForm(index, form)).status).toBe(200)
    const manifest = (await index.stores.packages.get('pypi:formatted'))?.versions['1.0.0']?.manifest
    expect(manifest?.metadata_version).toBe('2.1')
  })
})

it.runIf(hasTwine)(
  'twine uploads a real sdist and a wheel with all metadata, and what they say agrees',
  async () => {
    const folder = await scratchFolder()
    const headers = [
      'Summary: A long summary',
      'Author-email: A <a@example.org>',
      'Classifier: Programming Language :: Python :: 3',
      'Requires-Dist: requests (>=2,<3) ; extra == "net"',
      'Provides-Extra: net',
      'Requires-Python: >=3.8',
    ]
    const files = [
      await wheel(folder, 'whole', '1.0.0', 'A = 1\n', headers),
      await sourceArchive(folder, 'whole', '1.0.0'),
    ]
    for (const file of files) {
      const args = ['upload', '--non-interactive', '--disable-progress-bar', '--repository-url']
      const credentials = ['-u', '__token__', '-p', adminToken]
      const env = { PYTHON_KEYRING_BACKEND: 'keyring.backends.null.Keyring' }
      const uploaded = await run(
        'twine',
        [...args, `${index.url}/pypi/legacy/`, ...credentials, file],
        folder,
        env,
      )
      expect(uploaded, basename(file)).toMatchObject({ code: 0 })
    }
  },
)
