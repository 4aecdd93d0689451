import { describe, expect, it } from 'vitest'
import { emptyFolder, writeTree } from '../../action/package-files.ts'
import { type CliRun, spawnCli } from '../spawn-cli.ts'

async function check(files: Readonly<Record<string, string>>, ...args: string[]): Promise<CliRun> {
  const folder = await emptyFolder()
  await writeTree(folder, files)
  const run = await spawnCli(['check-config', ...args], {}, folder)
  return { ...run, err: run.err.replaceAll(folder, '<folder>') }
}

const good = 'releases:\n  - package: npm:demo\n    profile: rapid\n'

describe('check-config', { timeout: 60_000 }, () => {
  it('has nothing to say about a good file', async () => {
    expect(await check({ '.github/slipway.yml': good })).toEqual({
      code: 0,
      out: '.github/slipway.yml: no problems\n',
      err: '',
    })
  })

  it('says all problems with their places', async () => {
    const text = 'releases:\n  - package: demo\n    profil: rapid\n    stages:\n      - { percent: 101 }\n'
    const run = await check({ 'my.yml': text }, 'my.yml')
    expect(run.out).toMatchInlineSnapshot(`
      "my.yml:2:14 releases[0].package: got "demo", expected a package id such as pypi:demo-lib or npm:@scope/lib
      my.yml:3:5 releases[0].profil: got the unknown key "profil", expected one of package, train, profile, stages, line, onNewer, catchUp, waitForFiles, trainSettle, floors, gates, canaries, urgent, window, rollback, groups, tags, abandonAfter, notify, streams, series; did you mean profile
      my.yml:5:7 releases[0].stages: got [{"percent":101}], expected at least two stages, the first at 0 and the last at 100 percent
      my.yml:5:9 releases[0].stages[0].bake: got nothing, expected a duration such as 30s, 15m, 12h, 7d or 1h30m (units s, m, h, d, w)
      my.yml:5:20 releases[0].stages[0].percent: got 101, expected a number from 0 to 100 with at most two decimals
      my.yml: 5 problems
      "
    `)
    expect(run.code).toBe(1)
  })

  it('gives the same as JSON', async () => {
    const run = await check({ 'my.yml': 'releases:\n  - package: demo\n' }, 'my.yml', '--json')
    expect(JSON.parse(run.out)).toMatchObject({
      file: 'my.yml',
      ok: false,
      problems: [{ line: 2, column: 14, field: 'releases[0].package', value: '"demo"' }],
      warnings: [],
    })
  })

  it('knows the settings of a server by the name of the file', async () => {
    const run = await check({ 'slipway.server.yml': 'hosted: 5\n' })
    expect(run.out).toContain('slipway.server.yml:1:9 hosted: got 5, expected')
    expect(run.code).toBe(1)
  })

  it('checks both files when both are here', async () => {
    const run = await check({ '.github/slipway.yml': good, 'slipway.server.yml': 'hosted: ["@acme/*"]\n' })
    expect(run.out).toBe('.github/slipway.yml: no problems\nslipway.server.yml: no problems\n')
  })

  it('finds the workflow that the file offers, its folder and the file itself', async () => {
    const workflow =
      'on: { workflow_dispatch: { inputs: { slipway: {} } } }\npermissions: write-all\njobs: {}\n'
    const offer = 'canaries:\n  - { for: npm:demo, workflow: ci.yml }\n'
    const files = { '.github/slipway.yml': offer, '.github/workflows/ci.yml': workflow }
    const line = '.github/workflows/ci.yml:2:14 permissions: got "write-all", expected contents: read'
    for (const args of [[], ['.github/workflows'], ['.github/workflows/ci.yml']]) {
      const run = await check(files, ...args)
      expect(run.out).toContain(line)
      expect(run.out).toContain('.github/workflows/ci.yml: 1 problem\n')
      expect(run.code).toBe(1)
    }
  })

  it('warns where a workflow is merely unwise', async () => {
    const workflow =
      'on: { workflow_dispatch: { inputs: { slipway: {} } } }\npermissions: { contents: read }\njobs: {}\n'
    const run = await check({ '.github/workflows/ci.yml': workflow }, '.github/workflows/ci.yml')
    expect(run.out).toContain('ci.yml:1:1 warning: concurrency: got nothing, expected a group of its own')
    expect(run.out).toContain('.github/workflows/ci.yml: no problems, 1 warning\n')
    expect(run.code).toBe(0)
  })

  it.each([
    [
      [],
      'slipway: file: neither .github/slipway.yml nor slipway.server.yml is in <folder>; name the file to check\n',
    ],
    [
      ['gone.yml'],
      'slipway: file: got "gone.yml" (there is no such file), expected a settings file or a workflow\n',
    ],
  ])('ends with 2 for %j', async (args, message) => {
    const run = await check({}, ...args)
    expect(run).toEqual({ code: 2, out: '', err: message })
  })
})
