import { afterAll, beforeAll, expect, it } from 'vitest'
import { streamsFile } from '../../calendar/calendar-plans.ts'
import { slipway } from '../../cli/in-process.ts'
import { createFakeForge } from '../../engine/fake-forge.ts'
import { publishBegun, publishWheel } from '../pypi-form.ts'
import { startIndex, type TestIndex } from '../running-server.ts'

const forge = createFakeForge()
const day = 24 * 3_600_000
let index: TestIndex

beforeAll(async () => {
  const file = streamsFile(', support: 42 months, shift: { "3.9.0rc2": 2020-07-15 }')
  forge.add('1', 'acme/lib', { '.github/slipway.yml': file })
  index = await startIndex({}, { forge: forge.forge, startsAt: '2020-06-10T12:00:00Z' })
  for (const name of ['demo-lib', 'planless'])
    await index.stores.access.setOwner({ package: `pypi:${name}`, repositoryId: '1', repository: 'acme/lib' })
  await publishBegun(index, 'planless', '1.0.0')
  await publishBegun(index, 'demo-lib', '3.8.9')
  await index.wait(56 * day)
})
afterAll(() => index.close())

const path = '/api/v1/packages/pypi/demo-lib/calendar'

it('answers with what came, what is late and what comes', async () => {
  const { json, status } = await index.ask('GET', `${path}?from=2020-06&until=2020-09`)
  expect(status).toBe(200)
  expect(json).toMatchInlineSnapshot(`
    {
      "package": "pypi:demo-lib",
      "releases": [
        {
          "date": "2020-06",
          "notes": [],
          "planned": "2020-06",
          "state": "late",
          "stream": "rc",
          "version": "3.9.0rc1",
        },
        {
          "date": "2020-06-10",
          "notes": [],
          "planned": null,
          "state": "released",
          "stream": "maintenance",
          "version": "3.8.9",
        },
        {
          "date": "2020-07-15",
          "notes": [],
          "planned": "2020-07-15",
          "state": "late",
          "stream": "rc",
          "version": "3.9.0rc2",
        },
        {
          "date": "2020-08",
          "notes": [],
          "planned": "2020-08",
          "state": "due",
          "stream": "stable",
          "version": "3.9.0",
        },
        {
          "date": "2020-09",
          "notes": [],
          "planned": "2020-09",
          "state": "coming",
          "stream": "maintenance",
          "version": "3.9.1",
        },
      ],
      "series": [
        {
          "ends": "2022-09",
          "final": "2020-08",
          "firstRelease": "2019-12",
          "series": "3.9.0",
          "supportEnds": "2024-02",
        },
      ],
    }
  `)
})

it('does not take for released what only waits, and waits for no pre-release of what is out', async () => {
  await publishWheel(index, 'demo-lib', '3.9.0')
  const state = async () => {
    const { json } = await index.ask('GET', path)
    const all = json.releases as readonly { version: string; state: string; date: string }[]
    return all.filter(({ version }) => version.startsWith('3.9.0')).map((one) => `${one.state} ${one.date}`)
  }
  expect(await state()).toEqual(['late 2020-06', 'late 2020-07-15', 'due 2020-08'])
  await index.ask('POST', '/api/v1/rollouts', { releases: ['pypi:demo-lib@3.9.0'] })
  expect(await state()).toEqual(['released 2020-08-05'])
})

it('is a feed for calendars, that is sent again only when it changed', async () => {
  const { status, text, headers } = await index.ask('GET', `${path}.ics`)
  expect([status, headers.get('content-type')]).toEqual([200, 'text/calendar; charset=utf-8'])
  expect(text).toContain('DTSTART;VALUE=DATE:20200805\r\n')
  const again = await fetch(`${index.url}${path}.ics`, {
    headers: { 'if-none-match': headers.get('etag') ?? '' },
  })
  expect(again.status).toBe(304)
})

it('stands on the page of the package, and not on that of one without a plan', async () => {
  const page = await (await fetch(`${index.url}/packages/pypi/demo-lib`)).text()
  expect(page).toContain('<h2>Calendar</h2>')
  expect(page.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')).toContain(
    '2020-08-05 3.9.0 stable released',
  )
  expect(page).toContain('/api/v1/packages/pypi/demo-lib/calendar.ics')
  expect(await (await fetch(`${index.url}/packages/pypi/planless`)).text()).not.toContain('Calendar')
})

it.each([
  ['/api/v1/packages/pypi/planless/calendar', 404, 'has no calendar'],
  ['/api/v1/packages/pypi/planless/calendar.ics', 404, 'has no calendar'],
  ['/api/v1/packages/pypi/nowhere/calendar', 404, 'There is no package pypi:nowhere here.'],
  [`${path}?from=2020-13`, 400, 'from: got \\"2020-13\\", expected a month such as 2020-08'],
  [`${path}.ics?until=soon`, 400, 'until: got \\"soon\\"'],
])('%s is answered with %i and why', async (address, status, why) => {
  const answer = await index.ask('GET', address)
  expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(why)])
})

it('is printed by the command line', async () => {
  const asked = ['calendar', '--server', index.url, '--package', 'pypi:demo-lib']
  const run = await slipway('/', [...asked, '--from', '2020-07', '--until', '2020-09'])
  expect([run.code, run.err]).toEqual([0, ''])
  expect(run.out).toMatchInlineSnapshot(`
    "pypi:demo-lib
      2020-08-05  3.9.0  stable       released
      2020-09     3.9.1  maintenance  coming

      series  first release  final       ends     support ends
      3.9.0   2019-12        2020-08-05  2022-09  2024-02-05
    "
  `)
  expect(JSON.parse((await slipway('/', [...asked, '--json'])).out)).toMatchObject({
    package: 'pypi:demo-lib',
  })
})

it.each([
  [['--package', 'pypi:nowhere'], 1, 'There is no package pypi:nowhere here.'],
  [[], 2, 'package: got none, expected a package such as npm:@scope/lib or pypi:demo-lib'],
  [['--package', 'pypi:demo-lib', '--ics'], 2, 'ics: not with --server; calendars subscribe to http'],
  [['--package', 'pypi:demo-lib', '--supported-on', '2020-08'], 2, 'supported-on: not with --server'],
])('refuses %j with %i', async (args, code, said) => {
  const run = await slipway('/', ['calendar', '--server', index.url, ...args])
  expect([run.code, run.out]).toEqual([code, ''])
  expect(run.err).toContain(said)
})
