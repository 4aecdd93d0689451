import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { basename, join, normalize } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openWorld, type World } from '../../../src/action/serverless/open-world.ts'
import { startInRefs } from '../../../src/action/serverless/start-rollout.ts'
import { tickOnce } from '../../../src/action/tick-step.ts'
import { parseSlipwayFile } from '../../../src/config/policy/slipway-file.ts'
import type { Engine } from '../../../src/engine/core/engine.ts'
import { createPypiRegistry } from '../../../src/registries/pypi/pypi-registry.ts'
import { type Rig, startRig } from '../../github-stand-in/rig.ts'
import { pipDownload } from '../../server/clients.ts'
import { wheel } from '../package-files.ts'
import { spawnAction, spawnPost } from '../spawn-action.ts'

const ownFile = `releases:
  - package: pypi:demo-pages
    gates: {}
    stages: [{ percent: 0, bake: 1h }, { percent: 40, bake: 1h }, { percent: 100, bake: 1h }]
`
const servers: Server[] = []

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  servers.push(server)
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

describe('percentages for PyPI from a plain file server', () => {
  let rig: Rig
  let folder: string
  let pages: string
  const yanked = new Set<string>()
  let tampered = ''
  let now = Date.parse('2026-11-21T00:00:00Z')
  let inRun: <T>(work: (world: World<Engine>) => Promise<T>) => Promise<T>

  beforeAll(async () => {
    vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    folder = await mkdtemp(join(tmpdir(), 'slipway-pages-'))
    rig = await startRig()
    const wheels = new Map<string, Buffer>()
    for (const version of ['1.0.0', '1.1.0']) {
      const path = await wheel(folder, 'demo-pages', version, 'A = 1\n')
      wheels.set(basename(path), await readFile(path))
    }
    const upstream = await serve((request, response) => {
      const file = wheels.get(basename(request.url ?? ''))
      if (file !== undefined) return void response.end(file)
      if (request.url !== '/simple/demo-pages/') return void response.writeHead(404).end()
      const files = [...wheels].map(([filename, bytes]) => ({
        filename,
        url: `/files/${filename}`,
        hashes: { sha256: createHash('sha256').update(bytes).update(tampered).digest('hex') },
        yanked: [...yanked].some((version) => filename.includes(version)) ? 'broken' : false,
      }))
      response.setHeader('content-type', 'application/vnd.pypi.simple.v1+json')
      response.end(JSON.stringify({ meta: { 'api-version': '1.0' }, name: 'demo-pages', files }))
    })
    pages = await serve(async (request, response) => {
      const path = normalize(decodeURIComponent(request.url ?? '/'))
      const text = await readFile(join(folder, 'site', path, 'index.html')).catch(() => null)
      response.writeHead(text === null ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' })
      response.end(text)
    })
    vi.stubEnv('GITHUB_EVENT_NAME', 'release')
    vi.stubEnv('INPUT_PAGES', join(folder, 'site'))
    vi.stubEnv('INPUT_PYPI-INDEX', `${upstream}/simple`)
    const fullName = 'acme/pages'
    const { id } = await rig.github.createRepository({ fullName, files: { '.github/slipway.yml': ownFile } })
    const file = parseSlipwayFile(ownFile)
    if (!file.ok) throw new Error('the file is wrong')
    inRun = async (work) => {
      const world = await openWorld({
        repository: { id: String(id), fullName },
        token: rig.github.token('github-root'),
        canaryToken: null,
        apiUrl: rig.github.url,
        webUrl: 'https://github.example',
        file: file.file,
        registries: [createPypiRegistry({ url: `${upstream}/simple`, token: null })],
        clock: { now: () => now },
        log: { info: () => {}, warn: () => {}, error: () => {} },
        throttle: false,
      })
      return work(world).finally(() => world.close())
    }
  })
  afterAll(async () => {
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
    for (const server of servers) server.close()
    await rm(folder, { recursive: true, force: true })
    await rig.close()
  })

  const versionFor = async (place: string, requirement = 'demo-pages') => {
    const { files } = await pipDownload(`${pages}/${place}/simple/`, requirement)
    return files.map((name) => name.split('-')[1]).join()
  }
  const keysWith = async () => {
    const shown: number[] = []
    for (let key = 0; key < 100; key += 1) {
      const page = await readFile(
        join(folder, 'site/key', String(key), 'simple/demo-pages/index.html'),
        'utf8',
      )
      if (!page.includes('data-yanked')) shown.push(key)
    }
    return shown
  }

  it('pip gets what its key says at every percent, and an exact pin always', async () => {
    await wheel(folder, 'demo-pages', '1.1.0rc1', 'A = 1\n')
    vi.stubEnv('INPUT_FILES', join(folder, 'demo_pages-1.1.0*.whl'))
    await inRun((world) => startInRefs(world, ['pypi:demo-pages@1.1.0']))
    expect(await keysWith()).toEqual([])
    expect([await versionFor('without'), await versionFor('with')]).toEqual(['1.0.0', '1.1.0'])
    now += 3_600_001
    await inRun(tickOnce)
    const early = await keysWith()
    expect(early.length).toBeGreaterThan(20)
    expect(early.length).toBeLessThan(60)
    const late = [...Array(100).keys()].find((key) => !early.includes(key))
    expect(await versionFor(`key/${early[0]}`)).toBe('1.1.0')
    expect(await versionFor(`key/${late}`)).toBe('1.0.0')
    expect(await versionFor(`key/${late}`, 'demo-pages==1.1.0')).toBe('1.1.0')
  })

  it('setup chooses the same page for a repository each time, and leads pip and uv there', async () => {
    const early = await keysWith()
    const checkout = await mkdtemp(join(tmpdir(), 'slipway-setup-'))
    const inputs = { command: 'setup', pages }
    const chosen = async (id: number) => {
      const run = await spawnAction(inputs, checkout, {
        GITHUB_REPOSITORY_ID: String(id),
        UV_INDEX: 'https://own',
      })
      expect(run.errors).toEqual([])
      return run
    }
    const first = await chosen(1)
    expect(first.outputs.index).toBe((await chosen(1)).outputs.index)
    const { SLIPWAY_INDEX: index = '', UV_INDEX: uv } = first.env
    expect(index).toMatch(new RegExp(`^${pages}/key/\\d{1,2}/simple/$`))
    expect(uv).toBe(`${index} https://own`)
    const key = Number(/key\/(\d+)/.exec(index)?.[1])
    expect(await versionFor(`key/${key}`)).toBe(early.includes(key) ? '1.1.0' : '1.0.0')
    const post = await spawnPost(first, inputs, checkout)
    expect(post.env).toMatchObject({ SLIPWAY_INDEX: '', UV_INDEX: 'https://own' })
    await rm(checkout, { recursive: true, force: true })
  })

  it('shows nobody without a pin what was rolled back, and says that PyPI itself still does', async () => {
    await rig.github.setPermission('acme/pages', 'maintainer', 'maintain')
    const [issue] = await rig.github.issues('acme/pages')
    await rig.github.comment('acme/pages', issue?.number ?? 0, 'maintainer', '/slipway rollback it breaks')
    await inRun(tickOnce)
    expect(await keysWith()).toEqual([])
    const told = async () =>
      (await rig.github.comments('acme/pages', issue?.number ?? 0)).find(({ body }) =>
        body.includes('At the registries'),
      )?.body
    expect(await told()).toContain('PyPI still gives demo-pages 1.1.0')
    expect(await told()).toContain('yank it at https://pypi.org/manage/project/demo-pages/release/1.1.0/')
    const built = await inRun(async ({ effects }) => effects.list('ro-'))
    expect(Object.keys(built.find(({ key }) => key.endsWith('/built/files/0'))?.place ?? {})).toEqual([
      'demo_pages-1.1.0-py3-none-any.whl',
      'demo_pages-1.1.0rc1-py3-none-any.whl',
    ])
    yanked.add('1.1.0')
    tampered = 'another upload'
    await inRun(tickOnce)
    expect(await told()).toContain('another demo\\_pages-1.1.0-py3-none-any.whl')
    tampered = ''
    await inRun(tickOnce)
    expect(await told()).toContain('PyPI confirms: demo-pages 1.1.0 is yanked.')
  })
})
