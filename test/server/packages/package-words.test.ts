import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isHere, npmIn, pipDownload } from '../clients.ts'
import { postForm, publishBegun, publishPair, publishWheel, uploadForm } from '../pypi-form.ts'
import { publishNpm, startIndex, type TestIndex } from '../running-server.ts'

const hasPip = await isHere('python3', ['-m', 'pip', '--version'])

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

const at = (id: string, part: string) => `/api/v1/packages/${id.replace(':', '/')}/${part}`
const put = (id: string, part: string, body: object, token?: string) =>
  index.ask('PUT', at(id, part), body, token)
const post = (id: string, part: string, body: object, token?: string) =>
  index.ask('POST', at(id, part), body, token)
const simple = async (name: string, accept = 'application/vnd.pypi.simple.v1+json') => {
  const response = await fetch(`${index.url}/pypi/simple/${name}/`, { headers: { accept } })
  return response.text()
}
const pageOf = async (name: string) => JSON.parse(await simple(name))
const npmOf = async (name: string, query = '') =>
  (await index.ask('GET', `/npm/${name}${query}`, undefined, null)).json as {
    'dist-tags': Record<string, string>
    versions: Record<string, { deprecated?: string }>
  }

/** Pip's output without its line breaks. */
const words = (text: string) => text.replace(/\s+/g, ' ')

describe('a blocked release', () => {
  it('is refused by npm with the reason, pinned and from a lockfile, and nobody else notices', async () => {
    for (const version of ['1.0.0', '1.1.0']) await publishNpm(index, 'evil', version)
    const locked = await npmIn(`${index.url}/npm/`)
    await locked.run('install', 'evil@1.1.0')
    const blocked = await post('npm:evil', 'block', { version: '1.1.0', reason: 'steals tokens' })
    expect(blocked).toMatchObject({ status: 200, json: { releases: ['npm:evil@1.1.0'] } })
    expect(index.engine.find('npm:evil@1.1.0')?.end?.kind).toBe('rolled-back')
    const pinned = await npmIn(`${index.url}/npm/`)
    const refused = await pinned.run('install', 'evil@1.1.0')
    expect(refused.code).not.toBe(0)
    expect(refused.out).toContain('evil@1.1.0 is blocked here: steals tokens')
    const again = await locked.run('ci', '--cache', `${pinned.folder}/.empty`)
    expect(again.code).not.toBe(0)
    expect(again.out).toContain('npm:evil@1.1.0 is blocked here: steals tokens')
    await pinned.run('install', 'evil@^1.0.0')
    expect(await pinned.installed('evil')).toBe('1.0.0')
  })

  it.runIf(hasPip)('is refused by pip with the reason, and not taken without a pin', async () => {
    await publishPair(index, 'evil-py')
    await post('pypi:evil-py', 'block', { version: '1.1.0', reason: 'steals tokens' })
    const { code, out } = await pipDownload(`${index.url}/pypi/simple/`, 'evil-py==1.1.0')
    expect(code).not.toBe(0)
    expect(words(out)).toContain('pypi:evil-py@1.1.0 is blocked here: steals tokens')
    const unpinned = await pipDownload(`${index.url}/channel/candidate/pypi/simple/`, 'evil-py')
    expect(unpinned.files).toEqual(['evil_py-1.0.0-py3-none-any.whl'])
  })

  it('may be a pre-release, which has no rollout', async () => {
    await publishNpm(index, 'early', '1.0.0')
    await publishNpm(index, 'early', '2.0.0-rc.1', { tag: 'next' })
    expect(
      (await post('npm:early', 'block', { version: '2.0.0-rc.1', reason: 'broken' })).json,
    ).toMatchObject({
      rollout: null,
    })
    const document = await npmOf('early')
    expect(Object.keys(document.versions)).toEqual(['1.0.0'])
    expect(document['dist-tags']).toEqual({ latest: '1.0.0', v1: '1.0.0', 'v1.0': '1.0.0' })
    const tarball = await fetch(`${index.url}/npm/early/-/early-2.0.0-rc.1.tgz`)
    expect(tarball.status).toBe(403)
  })

  it('needs operate, a version that is there, and a reason', async () => {
    await publishNpm(index, 'kept', '1.0.0')
    const publisher = await index.token(['publish'], ['npm:kept'])
    const block = (body: object, token?: string) => post('npm:kept', 'block', body, token)
    expect((await block({ version: '1.0.0', reason: 'x' }, publisher)).status).toBe(403)
    expect(await block({ version: '9.0.0', reason: 'x' })).toMatchObject({
      status: 404,
      json: { detail: 'version: got "9.0.0", expected a published version of npm:kept' },
    })
    expect((await block({ version: '1.0.0' })).status).toBe(422)
    expect((await npmOf('kept')).versions).toHaveProperty(['1.0.0'])
  })
})

describe('the status of a project', () => {
  it('archived: takes no uploads, says so, and goes on serving', async () => {
    await publishBegun(index, 'old', '1.0.0')
    const publisher = await index.token(['publish'], ['pypi:old'])
    const set = await put('pypi:old', 'status', { status: 'archived', reason: 'see <new>' }, publisher)
    expect(set.json).toEqual({ package: 'pypi:old', status: 'archived', reason: 'see <new>' })
    const page = await pageOf('old')
    expect(page.meta).toEqual({ 'api-version': '1.4' })
    expect(page['project-status']).toEqual({ status: 'archived', reason: 'see <new>' })
    const html = await simple('old', 'text/html')
    expect(html).toContain('<meta name="pypi:project-status" content="archived">')
    expect(html).toContain('<meta name="pypi:project-status-reason" content="see &lt;new&gt;">')
    expect(page.files).toHaveLength(1)
    const refused = await publishWheel(index, 'old', '1.1.0')
    expect(refused).toMatchObject({
      status: 403,
      statusText: 'pypi:old is archived and takes no uploads: see <new>',
    })
    expect(index.engine.find('pypi:old@1.1.0')).toBeNull()
    await put('pypi:old', 'status', { status: 'active' })
    expect((await publishWheel(index, 'old', '1.1.0')).status).toBe(200)
    expect((await pageOf('old'))['project-status']).toEqual({ status: 'active' })
  })

  it('quarantined: offers no files, refuses what a lockfile names, and only operators may', async () => {
    await publishBegun(index, 'sick', '1.0.0')
    const [file] = (await pageOf('sick')).files
    const publisher = await index.token(['publish'], ['pypi:sick'])
    const status = { status: 'quarantined', reason: 'malware' }
    expect((await put('pypi:sick', 'status', status, publisher)).status).toBe(403)
    expect((await pageOf('sick')).files).toHaveLength(1)
    await put('pypi:sick', 'status', status)
    expect(await pageOf('sick')).toMatchObject({ files: [], versions: ['1.0.0'], 'project-status': status })
    expect(await simple('sick', 'text/html')).not.toContain('<a ')
    expect((await fetch(file.url)).status).toBe(403)
    expect((await fetch(`${file.url}.metadata`)).status).toBe(403)
    expect((await put('pypi:sick', 'status', { status: 'active' }, publisher)).status).toBe(403)
    await put('pypi:sick', 'status', { status: 'active' })
    expect((await fetch(file.url)).status).toBe(200)
  })

  it('quarantined on npm: npm prints why, whatever is asked for', async () => {
    await publishNpm(index, 'sick', '1.0.0')
    await put('npm:sick', 'status', { status: 'quarantined', reason: 'malware' })
    const npm = await npmIn(`${index.url}/npm/`)
    for (const spec of ['sick', 'sick@latest', 'sick@1.0.0', 'sick@^1.0.0']) {
      const refused = await npm.run('install', spec)
      expect(refused.code).not.toBe(0)
      expect(refused.out).toContain('the project is quarantined: malware')
    }
    expect((await publishNpm(index, 'sick', '1.1.0')).json.detail).toContain(
      'quarantined and takes no uploads',
    )
  })

  it('deprecated on npm: npm warns, the store keeps the maintainers’ own words, a candidate stays hidden', async () => {
    for (const version of ['0.9.0', '1.0.0']) await publishNpm(index, 'tired', version)
    await index.ask('POST', '/api/v1/rollouts/npm:tired@1.0.0/advance', { to: 100, as: 'mona', reason: 'x' })
    await index.ask('POST', '/api/v1/rollouts/npm:tired@1.0.0/advance', { as: 'mona', reason: 'x' })
    await put('npm:tired', 'status', { status: 'deprecated', reason: 'use fresh' })
    const npm = await npmIn(`${index.url}/npm/`)
    expect((await npm.run('install', 'tired')).out).toContain('This package is deprecated: use fresh')
    expect((await npmOf('tired', '?write=true')).versions['1.0.0']).not.toHaveProperty('deprecated')
    await publishNpm(index, 'tired', '1.1.0')
    const { versions } = await npmOf('tired')
    expect(versions['1.1.0']?.deprecated).toContain('Staged rollout')
    // Both deprecated, npm would take the greater one: what stands in carries no note, in `^0.9 || ^1` either.
    expect(versions['1.0.0']).not.toHaveProperty('deprecated')
    expect(versions['0.9.0']).not.toHaveProperty('deprecated')
    const other = await npmIn(`${index.url}/npm/`)
    await other.run('install', 'tired@^1.0.0')
    expect(await other.installed('tired')).toBe('1.0.0')
  })

  it('is one of four words', async () => {
    await publishNpm(index, 'words', '1.0.0')
    expect((await put('npm:words', 'status', { status: 'gone' })).json.detail).toContain(
      'expected active, archived, quarantined or deprecated',
    )
    expect((await put('npm:nobody', 'status', { status: 'archived' })).status).toBe(404)
  })
})

describe('yanks and labels', () => {
  it.runIf(hasPip)('a yanked version is passed over, pinned with its reason, and comes back', async () => {
    await publishPair(index, 'slip')
    const release = '/api/v1/rollouts/pypi:slip@1.1.0'
    await index.ask('POST', '/api/v1/rollouts', { releases: ['pypi:slip@1.1.0'] })
    await index.ask('POST', `${release}/advance`, { to: 100, as: 'mona', reason: 'x' })
    await index.ask('POST', `${release}/advance`, { as: 'mona', reason: 'x' })
    const get = (requirement: string) => pipDownload(`${index.url}/pypi/simple/`, requirement)
    expect((await get('slip')).files).toEqual(['slip-1.1.0-py3-none-any.whl'])
    await post('pypi:slip', 'yank', { version: '1.1', reason: 'leaks memory' }).then(({ status }) =>
      // The spelling is the one that was uploaded.
      expect(status).toBe(404),
    )
    expect((await post('pypi:slip', 'yank', { version: '1.1.0', reason: 'leaks memory' })).status).toBe(200)
    expect((await get('slip')).files).toEqual(['slip-1.0.0-py3-none-any.whl'])
    const pinned = await get('slip==1.1.0')
    expect(pinned.files).toEqual(['slip-1.1.0-py3-none-any.whl'])
    expect(words(pinned.out)).toContain('leaks memory')
    await index.ask('DELETE', at('pypi:slip', 'yank'), { version: '1.1.0' })
    expect((await get('slip')).files).toEqual(['slip-1.1.0-py3-none-any.whl'])
  })

  it('yanking the last full release shows nobody the one that is staged', async () => {
    await publishPair(index, 'only')
    const yanked = await post('pypi:only', 'yank', { version: '1.0.0', reason: 'x' })
    expect(yanked).toMatchObject({ status: 200 })
    const page = await fetch(`${index.url}/pypi/simple/only/`, {
      headers: { accept: 'application/vnd.pypi.simple.v1+json' },
    })
    const { files } = (await page.json()) as { files: { filename: string; yanked: string | false }[] }
    expect(files.map(({ filename, yanked: why }) => [filename, why === false])).toEqual([
      ['only-1.0.0-py3-none-any.whl', false],
      ['only-1.1.0-py3-none-any.whl', false],
    ])
  })

  it('a label is printed by npm and kept out of what publishers put back', async () => {
    await publishNpm(index, 'tagged', '1.0.0')
    const label = { version: '1.0.0', label: 'unsupported', reason: 'ended in May' }
    expect((await put('npm:tagged', 'label', label)).json.label).toEqual({
      kind: 'unsupported',
      reason: 'ended in May',
    })
    const npm = await npmIn(`${index.url}/npm/`)
    expect((await npm.run('install', 'tagged')).out).toContain('Not supported any more: ended in May')
    expect((await npmOf('tagged', '?write=true')).versions['1.0.0']).not.toHaveProperty('deprecated')
    await index.ask('DELETE', at('npm:tagged', 'label'), { version: '1.0.0' })
    expect((await npmOf('tagged')).versions['1.0.0']).not.toHaveProperty('deprecated')
  })

  it('a label on PyPI changes no choice: it stands in the page, the API and the answer', async () => {
    await publishBegun(index, 'labelled', '1.0.0')
    const label = { version: '1.0.0', label: 'deprecated', reason: 'use 2' }
    await put('pypi:labelled', 'label', label)
    const [file] = (await pageOf('labelled')).files
    expect(file).toMatchObject({ yanked: false, _label: { kind: 'deprecated', reason: 'use 2' } })
    const page = await index.ask('GET', '/packages/pypi/labelled', undefined, null)
    expect(page.text).toContain('Deprecated: use 2')
    const shown = await index.ask('GET', '/api/v1/packages/pypi/labelled', undefined, null)
    expect(shown.json).toMatchObject({
      status: { status: 'active' },
      versions: [{ version: '1.0.0', label: { kind: 'deprecated', reason: 'use 2' }, blocked: null }],
    })
  })

  it.each([
    ['yank', 'POST', { version: '1.0.0' }],
    ['label', 'PUT', { version: '1.0.0', label: 'old', reason: 'x' }],
    ['label', 'PUT', { version: '1.0.0', label: 'deprecated', reason: 'two\nlines' }],
  ])('a bad %s is refused and named', async (part, method, body) => {
    await postForm(index, await uploadForm('checked', '1.0.0'))
    const answer = await index.ask(method, at('pypi:checked', part), body)
    expect(answer.status).toBe(422)
    expect(answer.json.detail).toContain('expected')
  })
})
