/** What the programs that publish make of Slipway, and Slipway of them: held against docs/clients.md. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LiveServer, operator, startLiveServer } from './live-server.ts'
import { publishers } from './publisher-clients.ts'
import { hasResolvers } from './resolver-clients.ts'
import { keepResult, resultOf } from './results.ts'
import { removeScratch } from './scratch-folder.ts'

let server: LiveServer
beforeAll(async () => {
  server = await startLiveServer()
})
afterAll(async () => {
  await server.stop()
  await removeScratch()
})

if (!hasResolvers) console.log('left out: scripts/install-tools.sh python-clients was not run')
const here = publishers.filter(({ ecosystem }) => ecosystem === 'npm' || hasResolvers)

/** The version that somebody without a pin gets, and whether a pin of another one is answered. */
async function shown(ecosystem: 'npm' | 'pypi', name: string, pin: string) {
  const accept = 'application/vnd.pypi.simple.v1+json'
  const path = ecosystem === 'npm' ? `/npm/${name}` : `/pypi/simple/${name}/`
  const response = await fetch(`${server.url}/channel/stable${path}`, { headers: { accept } })
  const document: ReturnType<typeof JSON.parse> = await response.json()
  if (ecosystem === 'npm') return [document['dist-tags'].latest, pin in document.versions]
  const files: { filename: string; yanked?: unknown }[] = document.files
  const open = files.filter(({ yanked }) => !yanked).map(({ filename }) => /-([\d.]+\d)/.exec(filename)?.[1])
  return [[...new Set(open)].join(' '), files.some(({ filename }) => filename.includes(pin))]
}

const said = (code: number) => (code === 0 ? 'succeeds' : 'says that it is there')

describe.each(here)('$name', ({ name, ecosystem, publish }) => {
  it('publishes, and nobody gets the second version before its rollout', async () => {
    const target = { url: server.url, token: operator }
    const package_ = `by-${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`.replace(/-$/, '')
    const first = await publish(target, package_, '1.0.0')
    expect(first.code, first.out).toBe(0)
    if (ecosystem === 'pypi')
      await server.ask('POST', '/api/v1/rollouts', { releases: [`pypi:${package_}@1.0.0`] })
    const second = await publish(target, package_, '1.0.1')
    expect(second.code, second.out).toBe(0)
    expect(second.out).not.toMatch(/\b(?:4\d\d|5\d\d) (?:[A-Z]\w+ )*(?:Error|Found|Forbidden|Allowed)\b/)
    const state = await server.ask('GET', `/api/v1/rollouts/${ecosystem}:${package_}@1.0.1`)
    expect(state).toMatchObject({ phase: 'staged', percent: 0 })
    expect(await shown(ecosystem, package_, '1.0.1')).toEqual(['1.0.0', true])
    const again = await second.again()
    const changes = {
      'first version': 'for all',
      'next version': 'hidden, pins get it',
      'the same again': said(again.code),
    }
    const expected = keepResult(resultOf(name, 'publishers'), { cells: {}, changes })
    expect(changes, again.out).toEqual(expected.changes)
  })
})
