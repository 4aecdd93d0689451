/**
 * Two years of one package with two audiences, as PEP 605 has them: who opted in gets a beta every two months, everybody
 * else a final every two years, with maintenance releases of two series. What is released follows the calendar; what
 * people get is what real pip downloads.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatCalendarDate, parseCalendarDate } from '../../src/calendar/calendar-date.ts'
import { planCalendar } from '../../src/calendar/plan-calendar.ts'
import { seriesPlanOf } from '../../src/config/policy/series-plan.ts'
import { parseSlipwayFile } from '../../src/config/policy/slipway-file.ts'
import { createFakeEffector } from '../engine/fake-effector.ts'
import { createFakeForge } from '../engine/fake-forge.ts'
import { publisher } from '../engine/world.ts'
import { isHere, pipDownload } from '../server/clients.ts'
import { publishWheel } from '../server/pypi-form.ts'
import { startIndex, type TestIndex } from '../server/running-server.ts'

const hasPip = await isHere('python3', ['-m', 'pip', '--version'])
const hour = 3_600_000

const file = `
releases:
  - package: pypi:demo-lib
    series: { start: "3.8.0", from: 2019-10, firstFinal: 2019-10, support: 42 months }
    gates: { blockers: { labels: [release-blocker] } }
    streams:
      beta:   { match: prerelease b or a, first: a, channel: beta, profile: rapid, cadence: 2 months, pauseDuring: rc }
      rc:     { match: prerelease rc, channel: rc, length: 2 months, count: 2, every: 1 month, freeze: [api] }
      stable: { match: final, channel: stable, profile: rapid, cadence: 2 years in August, after: { stream: rc, min: 1 week, max: 6 weeks } }
      maintenance: { of: stable, cadence: 2 months, offset: 1 month }
      legacy: { of: stable, lines: ["3.9"], profile: standard }
`

/** What GitHub says while the story goes on. */
const said = { api: 'success' as 'success' | 'failure', blockers: [] as string[] }
const github = createFakeEffector()
github.answer = (effect, { now }) => {
  if (effect.kind === 'read-checks') {
    const check = { name: 'api', state: said.api, url: null, observedAt: now }
    return {
      ok: true,
      place: {},
      signals: [
        { kind: 'check', check },
        { kind: 'checks-read', at: now },
      ],
    }
  }
  if (effect.kind !== 'find-blockers') return null
  const issues = ['acme/lib#7', 'acme/lib#9']
  const facts = issues.map((issue) => ({
    ...{ issue, title: 'It crashes', labels: ['release-blocker'] },
    ...{ open: said.blockers.includes(issue), observedAt: now },
  }))
  return {
    ...{ ok: true, place: {} },
    signals: [
      ...facts.map((blocker) => ({ kind: 'blocker', blocker }) as const),
      { kind: 'blockers-searched', labels: effect.labels, at: now },
    ],
  }
}

let index: TestIndex
beforeAll(async () => {
  const forge = createFakeForge()
  forge.add('1', 'acme/lib', { '.github/slipway.yml': file })
  const parts = { forge: forge.forge, effector: github.effector, startsAt: '2021-07-05T09:00:00Z' }
  index = await startIndex({}, parts)
  await index.stores.access.setOwner({ package: 'pypi:demo-lib', repositoryId: '1', repository: 'acme/lib' })
})
afterAll(() => index.close())

/** Time passes as it does: looks every eight hours while something rolls out, with GitHub's answers, else fewer. */
async function until(day: string) {
  const end = Date.parse(`${day}T09:00:00Z`)
  while (index.now() < end) {
    const isBusy = index.engine.list.page({ cursor: null, limit: 1, phase: 'live' }).items.length > 0
    await index.wait(Math.min(isBusy ? 8 * hour : 48 * hour, end - index.now() + 1))
    await index.engine.reconcile()
    // What GitHub has just said counts for a while only, and a server looks each second.
    await index.wait(1000)
    await index.engine.reconcile()
  }
}

async function release(version: string) {
  const uploaded = await publishWheel(index, 'demo-lib', version)
  return uploaded.status === 200 ? begin(version) : uploaded.text
}

/** What the release workflow says when its files are there: once more where it came too soon. */
async function begin(version: string) {
  const origin = {
    ...{ repositoryId: '1', repository: 'acme/lib', commit: 'c0ffee', tag: null, installationId: 1 },
  }
  const releases = [`pypi:demo-lib@${version}`]
  const started = await index.engine.start({ releases, policy: null, restart: false, origin, who: publisher })
  await index.engine.reconcile()
  return started.ok ? 'started' : started.refusal.message
}

async function pip(prefix: string, requirement = 'demo-lib', ...options: readonly string[]) {
  const { files, out } = await pipDownload(`${index.url}${prefix}/pypi/simple/`, requirement, options)
  return files[0]?.split('-')[1] ?? out
}

/** What each audience gets this day: everybody, who opted in, and who takes betas twice a year. */
async function audiences() {
  const [everybody, early, seldom] = await Promise.all([
    pip('/as/somebody'),
    pip('/channel/beta', 'demo-lib', '--pre'),
    pip('/channel/beta/every/6-months', 'demo-lib', '--pre'),
  ])
  return `${new Date(index.now()).toISOString().slice(0, 10)} everybody ${everybody}, early ${early}, seldom ${seldom}`
}

const phase = async (version: string) => {
  const { json } = await index.ask('GET', `/api/v1/rollouts/pypi:demo-lib@${version}`)
  const { sentence } = json.explanation as { sentence: string }
  return { phase: json.phase, percent: json.percent, sentence }
}

/** The releases of the calendar, by month. */
function planned(from: string, to: string) {
  const parsed = parseSlipwayFile(file)
  const entry = parsed.ok ? parsed.file.releases?.[0] : undefined
  const plan = entry === undefined ? null : seriesPlanOf(entry)
  if (plan === null) throw new Error(JSON.stringify(parsed))
  const month = (text: string) => parseCalendarDate(text)?.month ?? 0
  const { releases } = planCalendar(plan, { from: month(from), until: month(to) })
  return Map.groupBy(releases, ({ date }) => formatCalendarDate(date))
}

/** Releases what is planned for these months, on the fifth; what each audience has on the 25th. */
async function follow(from: string, to: string) {
  const seen: string[] = []
  for (const [month, releases] of planned(from, to)) {
    await until(`${month}-05`)
    for (const { version } of releases)
      expect([version, await release(version)]).toEqual([version, 'started'])
    await until(`${month}-25`)
    seen.push(await audiences())
  }
  return seen
}

describe.runIf(hasPip)('two audiences of one package', { timeout: 400_000 }, () => {
  it('a final comes for everybody, and maintenance of two series at once', async () => {
    expect(await release('3.8.11')).toBe('started')
    expect(await release('3.9.0rc2')).toBe('started')
    expect(await follow('2021-08', '2021-09')).toMatchInlineSnapshot(`
      [
        "2021-08-25 everybody 3.9.0, early 3.9.0, seldom 3.9.0",
        "2021-09-25 everybody 3.9.1, early 3.9.1, seldom 3.9.1",
      ]
    `)
    expect(await pip('', 'demo-lib<3.9')).toBe('3.8.12')
  })

  it('who opted in gets a beta every two months, the rest maintenance; who takes them seldom has fewer', async () => {
    expect(await follow('2021-10', '2022-04')).toMatchInlineSnapshot(`
      [
        "2021-10-25 everybody 3.9.1, early 3.10.0a1, seldom 3.9.1",
        "2021-11-25 everybody 3.9.2, early 3.10.0a1, seldom 3.9.2",
        "2021-12-25 everybody 3.9.2, early 3.10.0b2, seldom 3.9.2",
        "2022-01-25 everybody 3.9.3, early 3.10.0b2, seldom 3.10.0b2",
        "2022-02-25 everybody 3.9.3, early 3.10.0b3, seldom 3.10.0b2",
        "2022-03-25 everybody 3.9.4, early 3.10.0b3, seldom 3.10.0b2",
        "2022-04-25 everybody 3.9.4, early 3.10.0b4, seldom 3.10.0b2",
      ]
    `)
  })

  it('an open release blocker holds a beta until somebody has looked at it', async () => {
    await until('2022-06-05')
    said.blockers = ['acme/lib#7']
    expect(await release('3.10.0b5')).toBe('started')
    await until('2022-06-10')
    const held = await phase('3.10.0b5')
    expect(held).toMatchObject({ percent: 0, sentence: expect.stringContaining('acme/lib#7') })
    expect(await pip('/channel/beta', 'demo-lib', '--pre')).toBe('3.10.0b4')
    said.blockers = []
    await until('2022-06-15')
    expect(await pip('/channel/beta', 'demo-lib', '--pre')).toBe('3.10.0b5')
  })

  it('an alpha takes the place and the number of a beta', async () => {
    await until('2022-08-05')
    expect(await release('3.10.0a6')).toBe('started')
    await until('2022-08-25')
    expect(await pip('/channel/beta', 'demo-lib', '--pre')).toBe('3.10.0b5')
    expect(await pip('/channel/beta', 'demo-lib==3.10.0a6')).toBe('3.10.0a6')
  })

  it('goes on like that for two years', async () => {
    expect(await follow('2022-10', '2023-05')).toMatchInlineSnapshot(`
      [
        "2022-10-25 everybody 3.9.4, early 3.10.0b7, seldom 3.10.0b5",
        "2022-11-25 everybody 3.9.8, early 3.10.0b7, seldom 3.10.0b5",
        "2022-12-25 everybody 3.9.8, early 3.10.0b8, seldom 3.10.0b5",
        "2023-01-25 everybody 3.9.9, early 3.10.0b8, seldom 3.10.0b8",
        "2023-02-25 everybody 3.9.9, early 3.10.0b9, seldom 3.10.0b8",
        "2023-03-25 everybody 3.9.10, early 3.10.0b9, seldom 3.10.0b8",
        "2023-04-25 everybody 3.9.10, early 3.10.0b10, seldom 3.10.0b8",
        "2023-05-25 everybody 3.9.11, early 3.10.0b10, seldom 3.10.0b8",
      ]
    `)
  })

  it("a release candidate is nobody's while what it freezes is not green, and then its channels'", async () => {
    await until('2023-06-05')
    said.api = 'failure'
    expect(await release('3.10.0rc1')).toBe('started')
    await until('2023-06-10')
    expect(await phase('3.10.0rc1')).toMatchObject({ percent: 0, sentence: expect.stringContaining('api') })
    expect(await pip('/channel/rc', 'demo-lib', '--pre')).toBe('3.9.11')
    expect(await pip('', 'demo-lib', '--pre')).toBe('3.10.0b10')
    said.api = 'success'
    await until('2023-06-15')
    expect(await audiences()).toMatchInlineSnapshot(
      `"2023-06-15 everybody 3.9.11, early 3.10.0rc1, seldom 3.10.0b8"`,
    )
    expect(await pip('/channel/rc', 'demo-lib', '--pre')).toBe('3.10.0rc1')
  })

  it('no beta comes while it is open', async () => {
    expect(await release('3.10.0b11')).toContain(
      'No release of the stream beta starts while 3.10.0rc1 of the stream rc is open.',
    )
  })

  it('the final comes a week after the last candidate, and not before the frozen check is green', async () => {
    await until('2023-07-05')
    expect(await release('3.9.12')).toBe('started')
    await until('2023-07-27')
    expect(await release('3.10.0rc2')).toBe('started')
    said.api = 'failure'
    expect(await release('3.10.0')).toContain('3.10.0 comes too soon after 3.10.0rc2')
    await until('2023-08-04')
    expect(await begin('3.10.0')).toBe('started')
    await until('2023-08-06')
    expect(await phase('3.10.0')).toMatchObject({ percent: 0, sentence: expect.stringContaining('api') })
    expect(await audiences()).toMatchInlineSnapshot(
      `"2023-08-06 everybody 3.9.12, early 3.10.0rc2, seldom 3.10.0rc1"`,
    )
    said.api = 'success'
    await until('2023-08-10')
    expect(await audiences()).toMatchInlineSnapshot(
      `"2023-08-10 everybody 3.10.0, early 3.10.0, seldom 3.10.0"`,
    )
  })

  it('two series are maintained at the same time, each by its own ladder', async () => {
    await until('2023-09-05')
    expect([await release('3.9.13'), await release('3.10.1')]).toEqual(['started', 'started'])
    await until('2023-09-06')
    const both = [await phase('3.9.13'), await phase('3.10.1')]
    expect(both.map(({ phase: name }) => name)).toEqual(['rolling', 'rolling'])
    expect(both[0]?.percent).not.toBe(both[1]?.percent)
    await until('2023-09-25')
    expect([await pip('', 'demo-lib<3.10'), await pip('')]).toEqual(['3.9.13', '3.10.1'])
  })

  it('the calendar has it all on the days on which it came', async () => {
    const { json } = await index.ask(
      'GET',
      '/api/v1/packages/pypi/demo-lib/calendar?from=2023-05&until=2023-12',
    )
    const lines = (json.releases as readonly Record<string, unknown>[]).map(
      ({ date, version, stream, state, planned }) => [date, version, stream, state, planned].join(' '),
    )
    expect(lines).toMatchInlineSnapshot(`
      [
        "2023-05-05 3.9.11 legacy released 2023-05",
        "2023-06-05 3.10.0rc1 rc released 2023-06",
        "2023-07-05 3.9.12 legacy released 2023-07",
        "2023-07-27 3.10.0rc2 rc released 2023-07",
        "2023-08-03 3.10.0 stable released 2023-08",
        "2023-09-05 3.9.13 legacy released 2023-09",
        "2023-09-05 3.10.1 maintenance released 2023-09",
        "2023-10 3.11.0a1 beta coming 2023-10",
        "2023-11 3.10.2 maintenance coming 2023-11",
        "2023-12 3.11.0b2 beta coming 2023-12",
      ]
    `)
    expect(json.series).toMatchInlineSnapshot(`
      [
        {
          "ends": "2023-09-05",
          "final": "2021-08-05",
          "firstRelease": "2019-12",
          "series": "3.9.0",
          "supportEnds": "2025-02-05",
        },
        {
          "ends": "2025-09",
          "final": "2023-08-03",
          "firstRelease": "2021-10-05",
          "series": "3.10.0",
          "supportEnds": "2027-02-03",
        },
        {
          "ends": "2027-09",
          "final": "2025-08",
          "firstRelease": "2023-10",
          "series": "3.11.0",
          "supportEnds": "2029-02",
        },
      ]
    `)
  })

  it('and the next series begins', async () => {
    expect(await follow('2023-10', '2023-10')).toMatchInlineSnapshot(`
      [
        "2023-10-25 everybody 3.10.1, early 3.11.0a1, seldom 3.10.1",
      ]
    `)
  })
})
