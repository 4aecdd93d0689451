import { beforeEach, describe, expect, it } from 'vitest'
import { tellPlannedReleases } from '../../src/bot/planned-releases.ts'
import type { Forge, Forged } from '../../src/ports/forge.ts'
import { openMemory } from '../../src/stores/memory/open-memory.ts'
import { streamsFile } from '../calendar/calendar-plans.ts'
import { createFakeForge, gone } from '../engine/fake-forge.ts'
import { fileRecord, hostFile } from '../engine/world.ts'

interface Issue {
  title: string
  body: string
  state: string
  readonly labels: readonly string[]
  readonly comments: Map<string, string>
}

let now = 0
let issues: Map<number, Issue>
let edits = 0
let failing = false
let file: string | null
const blockers: { number: number; title: string; labels: readonly string[]; updatedAt: number }[] = []
const done = <T>(value: T): Forged<T> => ({ ok: true, value })
const forge = createFakeForge()
const warnings: string[] = []
const note = (message: string, fields?: object) => void warnings.push(`${message} ${JSON.stringify(fields)}`)
const log = { info: () => {}, warn: note, error: note }
const clock = { now: () => now }
let stores = openMemory(clock)

const writing = {
  file: async () => done(file),
  createIssue: async (_, { title, body, labels, marker }) => {
    const known = [...issues].find(([, issue]) => issue.body.includes(marker))?.[0]
    const number = known ?? issues.size + 1
    if (known === undefined) issues.set(number, { title, body, labels, state: 'open', comments: new Map() })
    return done({ number, url: `https://forge.test/${number}`, found: known !== undefined })
  },
  updateIssue: async (_, number, change) => {
    const issue = issues.get(number)
    if (issue === undefined) return { ok: false, failure: gone }
    edits += 1
    Object.assign(issue, change)
    return done(undefined)
  },
  upsertComment: async (_, number, { body, marker }) => {
    issues.get(number)?.comments.set(marker, body)
    return done({ id: 7 })
  },
  openIssues: async (_, label) =>
    failing ? { ok: false, failure: gone } : done(blockers.filter(({ labels }) => labels.includes(label))),
} satisfies Partial<Forge>

const tell = (date: string) => {
  now = Date.parse(date)
  const engine = { rolloutsOf: () => [] }
  const parts = { forge: { ...forge.forge, ...writing }, effects: stores.effects, engine, clock, log }
  return tellPlannedReleases({ ...parts, access: stores.access, packages: stores.packages })
}

const publish = (version: string, date: string) =>
  hostFile(stores, `pypi:demo-lib@${version}`, fileRecord(`demo_lib-${version}.whl`, Date.parse(date)))

const open = () =>
  [...issues].filter(([, { state }]) => state === 'open').map(([number, { title }]) => `#${number} ${title}`)

beforeEach(async () => {
  stores = openMemory(clock)
  issues = new Map()
  edits = 0
  blockers.length = 0
  warnings.length = 0
  file = streamsFile()
  forge.add('1', 'acme/lib')
  forge.add('2', 'acme/other')
  await stores.access.setOwner({ package: 'pypi:demo-lib', repositoryId: '1', repository: 'acme/lib' })
})

describe('the issue about the next planned release', () => {
  it('is one, names what is in the way, and is edited only when something has changed', async () => {
    await tell('2019-11-30')
    blockers.push({ number: 12, title: '@all <!-- crash -->', labels: ['regression'], updatedAt: 0 })
    await tell('2019-12-01')
    expect(open()).toEqual(['#1 Planned: pypi:demo-lib@3.9.0b1 (2019-12)'])
    expect(issues.get(1)?.body).toMatchInlineSnapshot(`
      "\`pypi:demo-lib@3.9.0b1\` is the next planned release, in the stream \`beta\`: 2019-12.

      Open release blockers (label \`release-blocker\`, \`regression\`):

      - #12 @&#8203;all &lt;!-- crash --&gt;

      This issue is kept true once a day and closed when the release is published. \`npx slipway calendar\` shows the whole plan.

      <!-- slipway:planned pypi:demo-lib@3.9.0b1 -->"
    `)
    expect(edits).toBe(1)
    await tell('2019-12-02')
    expect([issues.size, edits]).toEqual([1, 1])
  })

  it('says once that its date has passed, and closes when the release is published', async () => {
    await tell('2019-12-31')
    expect(issues.get(1)?.comments.size).toBe(0)
    for (const date of ['2020-01-01', '2020-01-02']) await tell(date)
    expect(open()).toEqual(['#1 Planned: pypi:demo-lib@3.9.0b1 (2019-12)'])
    expect([...(issues.get(1)?.comments.values() ?? [])]).toMatchInlineSnapshot(`
      [
        "\`pypi:demo-lib@3.9.0b1\` was planned for 2019-12 and is not published. What is late moves nothing else; \`shift\` in \`.github/slipway.yml\` moves this release by up to a month.

      <!-- slipway:comment planned/pypi:demo-lib/passed/3.9.0b1 -->",
      ]
    `)
    expect(issues.get(1)?.body).toContain('That date has passed.')
    await publish('3.9.0b1', '2020-01-03')
    await tell('2020-01-04')
    expect(issues.get(1)).toMatchObject({ state: 'closed' })
    expect(issues.get(1)?.body).toContain('`pypi:demo-lib@3.9.0b1` is published.')
    expect(open()).toEqual(['#2 Planned: pypi:demo-lib@3.9.0b2 (2020-02)'])
  })

  it('is written anew where somebody deleted it, and found again where an answer was lost', async () => {
    await tell('2019-12-01')
    stores = openMemory(clock)
    await stores.access.setOwner({ package: 'pypi:demo-lib', repositoryId: '1', repository: 'acme/lib' })
    await tell('2019-12-02')
    expect(issues.size).toBe(1)
    issues.clear()
    blockers.push({ number: 12, title: 'crash', labels: ['regression'], updatedAt: 0 })
    await tell('2019-12-03')
    expect(open()).toHaveLength(1)
  })

  it('closes when the plan is gone, and a broken file changes nothing', async () => {
    await tell('2019-12-01')
    file = 'releases: [broken'
    await tell('2019-12-02')
    expect(open()).toHaveLength(1)
    file = 'releases:\n  - package: pypi:demo-lib\n'
    await tell('2019-12-03')
    expect(issues.get(1)?.body).toContain('not the next planned release any more')
    file = null
    await tell('2019-12-04')
    expect([open(), warnings]).toEqual([[], []])
  })

  it('one repository that cannot be read keeps no other from being told', async () => {
    await stores.access.setOwner({ package: 'pypi:other', repositoryId: '2', repository: 'acme/other' })
    failing = true
    await tell('2019-12-01')
    expect([issues.size, warnings.length]).toEqual([0, 1])
    failing = false
    await tell('2019-12-02')
    expect(issues.size).toBe(1)
  })
})
