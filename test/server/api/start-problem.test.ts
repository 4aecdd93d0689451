import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { spawnCli } from '../../cli/spawn-cli.ts'
import { broken, createFakeForge, type FakeForge } from '../../engine/fake-forge.ts'
import { adminToken, publishNpm, startIndex, type TestIndex } from '../running-server.ts'

let index: TestIndex
let forge: FakeForge
const release = 'npm:demo@1.1.0'
const file = '.github/slipway.yml'

beforeEach(async () => {
  forge = createFakeForge()
  forge.add('1', 'acme/lib', { [file]: 'releases:\n  - { package: npm:demo, profil: rapid }\n' })
  index = await startIndex({}, { forge: forge.forge })
  await index.stores.access.setOwner({ package: 'npm:demo', repositoryId: '1', repository: 'acme/lib' })
  await publishNpm(index, 'demo', '1.0.0')
})
afterEach(() => index.close())

const read = () => index.ask('GET', `/api/v1/rollouts/${release}`)
const start = () => index.ask('POST', '/api/v1/rollouts', { releases: [release] })
const cli = async (...args: string[]) =>
  spawnCli(args, { SLIPWAY_SERVER: index.url, SLIPWAY_TOKEN: adminToken })

describe('a release that cannot begin because of a broken file', { timeout: 60_000 }, () => {
  beforeEach(() => publishNpm(index, 'demo', '1.1.0'))

  it('says so in the API, with when it is tried again', async () => {
    const { json } = await read()
    expect(json).toMatchObject({ phase: 'staged', percent: 0, startedAt: null })
    const problem = json.startProblem as Record<string, unknown>
    expect(problem).toMatchObject({ reason: 'blocked', field: 'policy', value: `"${file}"` })
    expect(problem.message).toContain(
      `${file}:2:26 releases[0].profil: got the unknown key "profil", expected one of`,
    )
    // Two looks at a clock that runs.
    expect(Math.round((Number(problem.retryAt) - Number(problem.at)) / 10_000)).toBe(30)
  })

  it('says so to people: page, status and why', async () => {
    const said = 'acme/lib has a .github/slipway.yml with problems: .github/slipway.yml:2:26'
    const page = await index.ask('GET', `/rollouts/${release}`, undefined, null)
    expect(page.text).toContain('Nothing is visible: it could not begin at ')
    expect(page.text).toContain(said)
    for (const command of ['status', 'why']) {
      const run = await cli(command, release)
      expect(run.out).toContain('Nothing is visible: it could not begin at ')
      expect(run.out).toContain(said)
      expect(run.out).toMatch(/Next: It is tried again by itself, or when somebody starts it\. \(in 5 min\)/)
    }
  })

  it('answers it when start is repeated, and shows the newest', async () => {
    const again = await start()
    expect([again.status, again.json.field]).toEqual([409, 'policy'])
    expect(again.json.detail).toContain('releases[0].profil')
    forge.failing = (call) => (call === 'repository 1' ? broken : null)
    expect([(await start()).status, (await read()).json.startProblem]).toMatchObject([
      503,
      { reason: 'temporary', message: expect.stringContaining('502: bad gateway') },
    ])
    expect((await cli('start', release)).err).toContain('502: bad gateway')
  })

  it('is silent again once it begins', async () => {
    forge.repositories.get('1')?.files.set(file, 'releases:\n  - { package: npm:demo, profile: rapid }\n')
    const begun = await start()
    expect(begun.json).toMatchObject({ startProblem: null, startedAt: expect.any(Number) })
    expect((await read()).json.startProblem).toBeNull()
    const page = await index.ask('GET', `/rollouts/${release}`, undefined, null)
    expect(page.text).not.toContain('could not begin')
  })
})
