import { expect, it } from 'vitest'
import { emptyFolder, writeTree } from '../../action/package-files.ts'
import { streamsFile } from '../../calendar/calendar-plans.ts'
import { spawnCli } from '../spawn-cli.ts'

async function calendar(text: string, ...args: string[]) {
  const folder = await emptyFolder()
  await writeTree(folder, { 'slipway.yml': text })
  const run = await spawnCli(['calendar', '--config', 'slipway.yml', ...args], {}, folder)
  return { ...run, err: run.err.replaceAll(folder, '<folder>') }
}

const months = ['--from', '2020-07', '--until', '2020-10']

it('prints the timeline, the life of each series and what breaks a rule', { timeout: 60_000 }, async () => {
  const run = await calendar(streamsFile(', shift: { "3.9.0": 2020-09 }'), ...months)
  expect([run.code, run.err]).toEqual([0, ''])
  expect(run.out).toMatchInlineSnapshot(`
    "pypi:demo-lib
      2020-07  3.9.0rc2  rc
      2020-09  3.9.0     stable
        at least 32 days after 3.9.0rc2 (2020-07); at most 28 are allowed
      2020-09  3.9.1     maintenance
      2020-10  3.10.0b1  beta

      series  first release  final    ends
      3.9.0   2019-12        2020-09  2022-09
      3.10.0  2020-10        2022-08  2024-09

    1 date breaks a rule
    "
  `)
})

it('prints JSON in time order', { timeout: 60_000 }, async () => {
  const run = await calendar(streamsFile(), '--from', '2019-12', '--until', '2020-02', '--json')
  expect(JSON.parse(run.out)).toEqual([
    { date: '2019-12', version: '3.9.0b1', stream: 'beta', notes: [] },
    { date: '2020-02', version: '3.9.0b2', stream: 'beta', notes: [] },
  ])
})

it('prints an iCalendar file and what is supported on a date', { timeout: 60_000 }, async () => {
  expect((await calendar(streamsFile(), ...months, '--ics')).out).toMatch(/^BEGIN:VCALENDAR\r\n/)
  const asked = await calendar(streamsFile(', support: 42 months'), '--supported-on', '2022-08-31')
  expect(asked.out).toMatchInlineSnapshot(`
    "pypi:demo-lib on 2022-08-31: feature releases of the last 42 months
      series  released  newest
      3.9.0   2020-08   3.9.12
      3.10.0  2022-08   3.10.0
    "
  `)
  const json = await calendar(streamsFile(), '--supported-on', '2020-08', '--json')
  expect(JSON.parse(json.out)).toEqual({
    package: 'pypi:demo-lib',
    on: '2020-08',
    months: null,
    supported: [{ series: '3.9.0', released: '2020-08', newest: '3.9.0' }],
  })
})

it.each<[number, string, string, readonly string[]]>([
  [
    2,
    'from: got "2020", expected a month such as 2020-08, or a day such as 2020-08-17',
    streamsFile(),
    ['--from', '2020'],
  ],
  [
    2,
    'until: got 2019-01, expected a month that is not before --from',
    streamsFile(),
    ['--until', '2019-01'],
  ],
  [2, 'ics: --json or --ics, not both', streamsFile(), ['--ics', '--json']],
  [2, 'ics: not with --supported-on', streamsFile(), ['--ics', '--supported-on', '2020-01']],
  [
    2,
    'package: got pypi:other in slipway.yml, expected one of pypi:demo-lib',
    streamsFile(),
    ['--package', 'pypi:other'],
  ],
  [
    2,
    'package: got none in slipway.yml, expected a package with series and streams',
    'releases:\n  - package: npm:a\n',
    [],
  ],
  [2, 'config: got "nowhere.yml" (there is no such file)', streamsFile(), ['--config', 'nowhere.yml']],
  [1, 'slipway.yml:3:37 releases[0].series.from: got "often"', streamsFile().replace('2019-12', 'often'), []],
  [
    1,
    'series.shift: got "3.9.0b9", expected a version that the plan has',
    streamsFile(', shift: { "3.9.0b9": 2020-01 }'),
    [],
  ],
])('ends with %i and says: %s', { timeout: 60_000 }, async (code, said, text, args) => {
  const run = await calendar(text, ...args)
  expect([run.code, run.out]).toEqual([code, ''])
  expect(run.err).toContain(said)
})

it('says the problems of a broken file after one line that names the flag, with the code of a refusal', async () => {
  const run = await calendar('releases:\n  - package: demo\n')
  expect({ ...run, err: run.err.split('\n').slice(0, 2) }).toMatchObject({
    code: 1,
    out: '',
    err: [
      'slipway: config: cannot be used',
      expect.stringMatching(/^slipway\.yml:2:14 releases\[0\]\.package: got/),
    ],
  })
})
