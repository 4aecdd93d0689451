import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createNpmRegistry } from '../../src/registries/npm/npm-registry.ts'
import { hasVerdaccio, startVerdaccio, type Verdaccio } from './verdaccio.ts'

const wanted = { package: 'npm:demo', candidate: '1.1.0', baseline: '1.0.0' } as const

const isThere = hasVerdaccio()
if (!isThere) console.log('left out: Verdaccio is not installed (npm ci --prefix bench)')

describe.runIf(isThere)('npm, by Verdaccio', () => {
  let verdaccio: Verdaccio
  beforeAll(async () => {
    verdaccio = await startVerdaccio()
    await verdaccio.publish('demo', '1.0.0', 'latest')
    await verdaccio.publish('demo', '1.1.0', 'next')
  })
  afterAll(() => verdaccio.close())
  const npm = (token: string | null) => createNpmRegistry({ url: verdaccio.url, token })

  it('reads versions, tags and files', async () => {
    const answer = await npm(null).read('npm:demo')
    expect(answer.ok && answer.record?.tags).toEqual({ latest: '1.0.0', next: '1.1.0' })
    expect(answer.ok && answer.record?.versions['1.1.0']?.files[0]?.name).toBe('demo-1.1.0.tgz')
    expect(await npm(null).read('npm:nobody')).toEqual({ ok: true, record: null })
  })

  it('confirms what is so already, and says what a tag cannot hold back', async () => {
    const promotion = await npm(verdaccio.token).promote({ ...wanted, shows: 'baseline' })
    expect(promotion).toMatchObject({ kind: 'confirmed' })
    expect(promotion.kind === 'confirmed' && promotion.leaks.join()).toContain('Yarn 4')
  })

  it.each([
    { what: 'without a token', token: null, says: /^npm still gives 1\.0\.0/ },
    { what: 'with one that may not', token: 'wrong', says: /^The registry refused it: 40[13]/ },
  ])('$what opens a checklist and moves nothing', async ({ token, says }) => {
    const promotion = await npm(token).promote({ ...wanted, shows: 'candidate' })
    expect(promotion).toMatchObject({
      kind: 'checklist',
      sentence: expect.stringMatching(says),
      steps: [`npm dist-tag add demo@1.1.0 latest --registry=${verdaccio.url}`],
    })
    expect((await verdaccio.tags('demo')).latest).toBe('1.0.0')
  })

  it('moves latest up and back, and confirms only what the registry then answers', async () => {
    const registry = npm(verdaccio.token)
    expect(await registry.promote({ ...wanted, shows: 'candidate' })).toEqual({
      kind: 'confirmed',
      sentence: 'npm confirms: `latest` of demo is 1.1.0.',
      leaks: [],
    })
    expect((await verdaccio.tags('demo')).latest).toBe('1.1.0')
    expect(await registry.promote({ ...wanted, shows: 'baseline' })).toMatchObject({
      kind: 'confirmed',
      sentence: expect.stringContaining('`latest` of demo is 1.0.0. 1.1.0 stays installable'),
    })
    expect((await verdaccio.tags('demo')).latest).toBe('1.0.0')
  })

  it('leaves alone what somebody else made latest', async () => {
    await verdaccio.publish('demo', '2.0.0', 'latest')
    const promotion = await npm(verdaccio.token).promote({ ...wanted, shows: 'candidate' })
    expect(promotion).toMatchObject({ kind: 'checklist', sentence: expect.stringContaining('neither') })
    expect((await verdaccio.tags('demo')).latest).toBe('2.0.0')
  })
})

it('calls nothing done when the registry does not answer', async () => {
  const registry = createNpmRegistry({ url: 'http://127.0.0.1:9', token: 'x' })
  const promotion = await registry.promote({ ...wanted, shows: 'baseline' })
  expect(promotion).toMatchObject({ kind: 'failed', sentence: expect.stringContaining('did not answer') })
})
