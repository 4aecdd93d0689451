import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { wheel } from '../../action/package-files.ts'
import { npmIn } from '../clients.ts'
import { postForm, uploadForm } from '../pypi-form.ts'
import { npmDocument, startIndex, type TestIndex } from '../running-server.ts'
import { scratchFolder } from '../scratch-folder.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
})
afterAll(async () => {
  // A start that is refused for want of its other half is logged; nothing else is.
  expect(index.errors.filter((line) => !line.includes('pin each other exactly'))).toEqual([])
  await index.close()
})

const publish = async (name: string, version: string, dependencies: Record<string, string> = {}) => {
  const document = await npmDocument(name, version, 'latest', { dependencies })
  const answer = await index.ask('PUT', `/npm/${name.replace('/', '%2f')}`, document)
  expect(answer.status).toBe(201)
  return answer
}

const warningsOf = async (release: string) => {
  const at = `/api/v1/rollouts/${encodeURIComponent(release)}`
  const [answer, explanation] = await Promise.all([
    index.ask('GET', at),
    index.ask('GET', `${at}/explanation`),
  ])
  const { warnings } = answer.json.explanation as { warnings: string[] }
  expect(explanation.json.warnings).toEqual(warnings)
  return warnings
}

describe('who depends on whom', () => {
  it('is told by the metadata that is served, as it changes', async () => {
    await publish('lib', '1.0.0')
    const at = '/api/v1/packages/npm/lib/dependents'
    expect((await index.ask('GET', at)).json).toEqual({ package: 'npm:lib', dependents: [] })
    await publish('@acme/app', '1.0.0', { lib: '^1.0.0' })
    expect((await index.ask('GET', at)).json.dependents).toEqual([
      { release: 'npm:@acme/app@1.0.0', range: '^1.0.0', optional: false },
    ])
    expect((await index.ask('GET', '/api/v1/packages/npm/nobody/dependents')).json.dependents).toEqual([])
    expect((await index.ask('GET', '/api/v1/packages/pypi/lib/dependents')).json.dependents).toEqual([])
  })
})

describe('a release that needs a staged version', () => {
  it('is published with a warning that names both and the fix, in the answer and in the explanation', async () => {
    for (const version of ['1.0.0', '1.1.0']) await publish('core', version)
    await publish('app', '1.0.0', { core: '^1.0.0' })
    const answer = await publish('app', '1.1.0', { core: '^1.1.0' })
    const sentence =
      'npm:app@1.1.0 needs npm:core@^1.1.0, and of that only npm:core@1.1.0 fits, which is still rolling out: clients that do not see it cannot install npm:app@1.1.0. Put both into one train, or publish again when npm:core@1.1.0 is completed.'
    expect(answer.headers.get('npm-notice')).toBe(sentence)
    expect(answer.json.warnings).toEqual([sentence])
    expect(await warningsOf('npm:app@1.1.0')).toEqual([sentence])
    const page = await index.ask('GET', '/rollouts/npm:app@1.1.0', undefined, null)
    expect(page.text).toContain('npm:app@1.1.0 needs npm:core@^1.1.0')
    const back = { as: 'mona', reason: 'test', to: 100 }
    await index.ask('POST', '/api/v1/rollouts/npm:core@1.1.0/advance', back)
    await index.ask('POST', '/api/v1/rollouts/npm:core@1.1.0/advance', { as: 'mona', reason: 'test' })
    expect(await warningsOf('npm:app@1.1.0')).toEqual([])
  })

  it('is not warned where an older version fits, too', async () => {
    for (const version of ['1.0.0', '1.1.0']) await publish('fits', version)
    await publish('user', '1.0.0', { fits: '>=1.0.0' })
    const answer = await publish('user', '1.1.0', { fits: '>=1.0.0' })
    expect(answer.headers.get('npm-notice')).toBeNull()
    expect(await warningsOf('npm:user@1.1.0')).toEqual([])
  })

  it('is told so of a first release, and of what was taken back or blocked', async () => {
    for (const version of ['1.0.0', '1.1.0']) await publish('shaky', version)
    const needs = { shaky: '^1.1.0' }
    const first = await publish('newcomer', '0.1.0', needs)
    expect(first.json.warnings).toEqual([
      expect.stringContaining('npm:shaky@1.1.0 fits, which is still rolling out'),
    ])
    const who = { as: 'mona', reason: 'test' }
    await index.ask('POST', '/api/v1/rollouts/npm:shaky@1.1.0/rollback', who)
    const second = await publish('second-comer', '0.1.0', needs)
    expect(second.headers.get('npm-notice')).toContain('npm:shaky@1.1.0 fits, which was taken back')
    expect(await warningsOf('npm:newcomer@0.1.0')).toEqual([expect.stringContaining('which was taken back')])
    await index.ask('POST', '/api/v1/rollouts/npm:shaky@1.1.0/block', who)
    const third = await publish('third-comer', '0.1.0', needs)
    expect(third.json.warnings).toEqual([expect.stringContaining('is blocked: nobody can install')])
    expect(
      (await publish('fourth-comer', '0.1.0', { shaky: '^1.0.0', nobody: '1' })).json.warnings,
    ).toBeUndefined()
  })

  it('names whom taking it back leaves without what they need, before and after', async () => {
    for (const version of ['1.0.0', '1.1.0']) await publish('ground', version)
    const who = { as: 'mona', reason: 'test' }
    const at = '/api/v1/rollouts/npm:ground@1.1.0'
    await index.ask('POST', `${at}/advance`, { ...who, to: 100 })
    await index.ask('POST', `${at}/advance`, who)
    await publish('tower', '1.0.0', { ground: '^1.1.0' })
    await publish('tent', '1.0.0', { ground: '^1.0.0' })
    expect(await warningsOf('npm:ground@1.1.0')).toEqual([
      'npm:tower@1.0.0 needs npm:ground@^1.1.0, and of that only npm:ground@1.1.0 fits: whoever takes npm:ground@1.1.0 back takes it from npm:tower@1.0.0.',
    ])
    const taken = await index.ask('POST', `${at}/rollback`, who)
    const { warnings } = taken.json.explanation as { warnings: string[] }
    expect(warnings).toEqual([
      'npm:tower@1.0.0 needs npm:ground@^1.1.0, and of that only npm:ground@1.1.0 fits, which was taken back: it cannot be installed without it. Take npm:tower@1.0.0 back as well, or publish a release that fits.',
    ])
    expect(await warningsOf('npm:ground@1.1.0')).toEqual(warnings)
    expect(index.engine.find('npm:tower@1.0.0')?.end?.kind).toBe('completed')
  })

  it('is seen by npm itself', async () => {
    for (const version of ['1.0.0', '1.1.0']) await publish('noticed', version)
    await publish('teller', '1.0.0')
    const npm = await npmIn(`${index.url}/npm/`, await index.token(['publish'], ['npm:teller']))
    await mkdir(join(npm.folder, 'package'))
    const manifest = { name: 'teller', version: '1.1.0', dependencies: { noticed: '1.1.0' } }
    await writeFile(join(npm.folder, 'package', 'package.json'), JSON.stringify(manifest))
    const published = await npm.run('publish', './package')
    expect(published.code).toBe(0)
    expect(published.out).toContain('npm:teller@1.1.0 needs npm:noticed@1.1.0')
  })

  it('is told so by PyPI’s answer, also when the other way round', async () => {
    const upload = async (name: string, version: string, headers: string[]) => {
      const path = await wheel(await scratchFolder(), name, version, 'A = 1\n', headers)
      const bytes = await readFile(path)
      return postForm(index, await uploadForm(name, version, { bytes, fields: { requires_python: null } }))
    }
    await upload('base', '1.0.0', [])
    await upload('tool', '1.0.0', ['Requires-Dist: base>=1.1'])
    const answer = await upload('base', '1.1.0', [])
    expect(answer.json.warnings).toEqual([
      'pypi:tool@1.0.0 already asks for pypi:base >=1.1, and of that only pypi:base@1.1.0 fits, which is still rolling out: clients that do not see it cannot install pypi:tool@1.0.0. Put both into one train, or widen the range.',
    ])
    expect((await upload('tool', '1.1.0', ['Requires-Dist: base==1.1.0'])).json.warnings).toHaveLength(1)
  })
})

describe('packages that pin each other exactly', () => {
  it('are not started apart, and together they are', async () => {
    await publish('left', '1.0.0')
    await publish('right', '1.0.0')
    await publish('left', '1.1.0', { right: '1.1.0' })
    await publish('right', '1.1.0', { left: '1.1.0' })
    const right = await index.ask('GET', '/api/v1/rollouts/npm:right@1.1.0')
    expect(right.json).toMatchObject({
      phase: 'staged',
      startedAt: null,
      startProblem: {
        reason: 'blocked',
        message: expect.stringContaining('npm:right@1.1.0 and npm:left@1.1.0 pin each other exactly'),
      },
    })
    const started = await index.ask('POST', '/api/v1/rollouts', { releases: ['npm:right@1.1.0'] })
    expect(started.status).toBe(409)
    const releases = ['npm:left@1.2.0', 'npm:right@1.2.0']
    expect((await index.ask('POST', '/api/v1/rollouts', { releases })).status).toBe(201)
    await publish('left', '1.2.0', { right: '1.2.0' })
    await publish('right', '1.2.0', { left: '=1.2.0' })
    const both = index.engine.find('npm:right@1.2.0')
    expect(both?.startedAt).not.toBeNull()
    expect(both?.members).toHaveLength(2)
  })
})
