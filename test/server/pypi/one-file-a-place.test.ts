import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sourceArchive } from '../../action/package-files.ts'
import { postForm, type UploadForm, uploadForm } from '../pypi-form.ts'
import { startIndex, type TestIndex } from '../running-server.ts'
import { scratchFolder } from '../scratch-folder.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

async function sdistForm(fileName: string): Promise<UploadForm> {
  const bytes = await readFile(await sourceArchive(await scratchFolder(), 'many-files', '1.0'))
  const fields = { filetype: 'sdist', requires_python: null }
  return { name: 'many-files', version: '1.0', fileName, bytes, fields }
}
const namesOf = async (name: string) =>
  (await index.stores.packages.get(`pypi:${name}`))?.versions['1.0']?.files.map((file) => file.name)

it('a version has one sdist, whatever it is called', async () => {
  const first = await sdistForm('many_files-1.0.tar.gz')
  expect((await postForm(index, first)).status).toBe(200)
  for (const other of ['many-files-1.0.tar.gz', 'Many_Files-1.0.tar.gz', 'many.files-1.0.tar.gz']) {
    const refused = await postForm(index, await sdistForm(other))
    expect(refused).toMatchObject({ status: 400, json: { field: 'content', value: other } })
    expect(refused.json.detail).toContain(
      'one sdist in a version: pypi:many-files@1.0 has many_files-1.0.tar.gz',
    )
  }
  expect((await postForm(index, first)).status).toBe(200)
  expect(await namesOf('many-files')).toEqual(['many_files-1.0.tar.gz'])
})

it('and one wheel of a build number and set of tags', async () => {
  const send = async (fileName: string) =>
    (await postForm(index, await uploadForm('many-wheels', '1.0', { fileName }))).status
  const taken = [
    'many_wheels-1.0-py3-none-any.whl',
    'many_wheels-1.0-1-py3-none-any.whl',
    'many_wheels-1.0-py2.py3-none-any.whl',
    'many_wheels-1.0-cp312-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
  ]
  for (const name of taken) expect([name, await send(name)]).toEqual([name, 200])
  for (const name of [
    'Many_Wheels-1.0-py3-none-any.whl',
    'many.wheels-1.0-py3-none-any.whl',
    'many_wheels-1.0-1-PY3-none-any.whl',
    'many_wheels-1.0-py3.py2-none-any.whl',
    'many_wheels-1.0-cp312-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
  ])
    expect([name, await send(name)]).toEqual([name, 400])
  expect(await namesOf('many-wheels')).toEqual(taken)
})

it('of two that come at once, one', async () => {
  const names = [
    'at_once-1.0-py3-none-any.whl',
    'At_Once-1.0-py3-none-any.whl',
    'at.once-1.0-py3-none-any.whl',
  ]
  const forms = await Promise.all(names.map((fileName) => uploadForm('at-once', '1.0', { fileName })))
  const answers = await Promise.all(forms.map((form) => postForm(index, form)))
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400])
  expect(await namesOf('at-once')).toHaveLength(1)
})
