import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runCli } from '../../../src/cli/program.ts'
import { emptyFolder, writeTree } from '../../action/package-files.ts'

const worker = new URL('../../../src/main/workers/simulate-worker.ts', import.meta.url)

/** Runs `simulate` in this process, with threads where a test asks for them. */
async function simulate(args: readonly string[], changes: { cwd?: string; live?: boolean } = {}) {
  const said = { out: '', err: '' }
  const code = await runCli(['simulate', ...args], {
    env: {},
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    now: () => 0,
    out: (text) => {
      said.out += text
    },
    err: (text) => {
      said.err += text
    },
    colour: false,
    live: false,
    ask: null,
    version: '9.9.9',
    root: '/nowhere',
    simulateWorker: worker,
    serve: async () => 0,
    ...changes,
  })
  return { code, ...said }
}

const SMALL = ['--users', '40', '--releases', '60', '--bad', '50', '--workers', '0'] as const

describe('simulate', { timeout: 60_000 }, () => {
  it('shows the policy beside other ways to release, on the same worlds', async () => {
    const { code, out, err } = await simulate(SMALL)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const shape = out
      .split('\n')
      .slice(1, 18)
      .map((line) =>
        line
          .replaceAll(/\d+(\.\d+)?/g, '#')
          .replaceAll(/ \(#-#\)/g, '')
          .replaceAll(/ {2,}/g, '  '),
      )
    expect(shape.join('\n')).toMatchInlineSnapshot(`
      "
        good releases  offered to all after  # of # after  wrongly stopped  actions of people a release
        standard  # h  # h  # %  #
        publish to all  # h  # h  # %  #
        cool-down # day  # h  # h  # %  #
        cool-down # days  # h  # h  # %  #
        +# % every # h  # h  # h  # %  #
        canaries only  # h  # h  # %  #

        bad releases  users reached  users broken  offered to all  taken back by evidence
        standard  # %  # %  # %  # %
        publish to all  # %  # %  # %  # %
        cool-down # day  # %  # %  # %  # %
        cool-down # days  # %  # %  # %  # %
        +# % every # h  # %  # %  # %  # %
        canaries only  # %  # %  # %  # %
      "
    `)
  })

  it('lists every assumption with its flag, as it was given', async () => {
    const { out } = await simulate([...SMALL, '--severity', '33.5'])
    expect(out).toMatch(/^ {2}--severity +33\.5 % +users whom/m)
    expect(out).toMatch(/^ {2}--flake +2 % +test runs/m)
  })

  it('gives the same bytes for the same seed, on any number of threads', async () => {
    const args = ['--users', '40', '--releases', '90', '--json', '--profile', 'rapid'] as const
    const [alone, two, three] = await Promise.all(
      ['0', '2', '3'].map((workers) => simulate([...args, '--workers', workers])),
    )
    expect(two?.out).toBe(alone?.out)
    expect(three?.out).toBe(alone?.out)
    const other = await simulate([...args, '--workers', '0', '--seed', '2'])
    expect(other.out).not.toBe(alone?.out)
    expect(JSON.parse(other.out)).toMatchObject({ releases: 90, seed: 2, assumptions: { users: 40 } })
  })

  it('shows progress to people who watch, and leaves nothing of it', async () => {
    const { err, out } = await simulate(SMALL, { live: true })
    expect(err).toContain('\r[')
    expect(err).toMatch(/\r +\r$/)
    expect(out).toBe((await simulate(SMALL)).out)
  })

  it('tells which assumptions matter', async () => {
    const args = ['--sensitivity', '--users', '30', '--releases', '6', '--canaries', '2', '--workers', '0']
    const { code, out } = await simulate(args)
    expect(code).toBe(0)
    expect(out).toMatch(/^ {2}as given /m)
    expect(out).toMatch(/^ {2}--coverage 20 .*\n {2}--coverage 90 /m)
    expect(out).not.toMatch(/--bad|--early|--repositories/)
    const { rows } = JSON.parse((await simulate([...args, '--json'])).out)
    const reach = rows.map((row: { low: Figures; high: Figures }) =>
      Math.abs(row.low.figures.badBroken.value - row.high.figures.badBroken.value),
    )
    expect(reach).toEqual([...reach].sort((left, right) => right - left))
  })
})

interface Figures {
  readonly figures: { readonly badBroken: { readonly value: number } }
}

describe('the policy of simulate', { timeout: 60_000 }, () => {
  const stages = 'stages: [{percent: 0, bake: 1h}, {percent: 100, bake: 1h}]\n'
  const files = {
    'alone.yml': stages,
    'one.yml': `releases: [{package: "npm:a", ${stages.trim()}}]\n`,
    'two.yml': 'releases: [{package: "npm:a", profile: rapid}, {package: "npm:b"}]\n',
    'wrong.yml': 'profil: rapid\n',
    'none.yml': 'canaries: [{for: "npm:a", workflow: ci.yml}]\nreleases: []\n',
    'torn.yml': 'a: [\n',
  }
  const inFolder = async (...args: string[]) => {
    const cwd = await emptyFolder()
    await writeTree(cwd, files)
    return simulate([...SMALL, '--canaries', '0', '--false-alarms', '0', ...args], { cwd })
  }

  it.each([
    [['--policy', 'alone.yml'], 'alone.yml  1.0 h'],
    [['--policy', 'one.yml'], 'one.yml  1.0 h'],
    [['--policy', 'two.yml', '--package', 'npm:a'], 'two.yml  16.3 h'],
    [['--profile', 'cautious'], 'cautious  256.4 h (236.0-279.0)'],
  ])('is taken from %j', async (args, row) => {
    const { code, out } = await inFolder(...args)
    expect(code).toBe(0)
    expect(out.replaceAll(/ {2,}/g, '  ')).toContain(`\n  ${row}  `)
  })

  it.each([
    [['--policy', 'two.yml'], 'package: got nothing, expected one of npm:a, npm:b'],
    [['--policy', 'two.yml', '--package', 'npm:c'], 'package: got "npm:c", expected one of npm:a, npm:b'],
    [
      ['--policy', 'gone.yml'],
      'policy: got "gone.yml" (there is no such file), expected a file with a policy',
    ],
    [['--policy', 'wrong.yml'], 'policy: cannot be used\nwrong.yml:1:1'],
    [['--policy', 'torn.yml'], 'policy: cannot be used\ntorn.yml:'],
    [['--policy', 'none.yml'], 'package: got nothing, expected a package, and none.yml has none'],
    [
      ['--policy', 'one.yml', '--profile', 'rapid'],
      'profile: got "rapid", expected a profile or --policy FILE, not both',
    ],
    [['--package', 'npm:a'], 'package: got "npm:a", expected a --policy FILE that has this package'],
    [['--profile', 'fast'], 'profile: got "fast", expected one of rapid, standard, cautious'],
    [['--flake', '101'], 'flake: got "101", expected a number from 0 to 100 (in %)'],
    [['--flake', 'NaN'], 'flake: got "NaN", expected a number from 0 to 100 (in %)'],
    [['--users', '1.5'], 'users: got "1.5", expected a whole number from 1 to 100000'],
    [['--releases', '0'], 'releases: got "0", expected a whole number from 1 to 1000000'],
    [['--seed=-1'], 'seed: got "-1", expected a whole number from 0 to 4294967295'],
    [
      ['--bad', '101', '--response', 'soon'],
      'bad: got "101", expected a number from 0 to 100 (in %)\nresponse: got "soon", expected a number from 0 to 168 (in h)',
    ],
  ])('%j is refused', async (args, message) => {
    const { code, out, err } = await inFolder(...args)
    expect(err).toContain(`slipway: ${message}`)
    // A file that was read and has problems is refused, as by check-config and calendar.
    expect({ code, out }).toEqual({ code: message.includes('cannot be used') ? 1 : 2, out: '' })
  })
})
