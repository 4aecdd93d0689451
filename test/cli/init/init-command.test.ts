import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { parseWorkflow } from '../../github-stand-in/runner/workflow.ts'
import { scratchFolder } from '../../server/scratch-folder.ts'
import { slipway } from '../in-process.ts'
import { dependents, type Layout, maintainers } from './layouts.ts'

async function layOut({ files, tags }: Layout): Promise<string> {
  const folder = await scratchFolder()
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: folder,
      stdio: 'ignore',
    })
  git('init', '--initial-branch', 'main')
  git('add', '-A')
  git('commit', '-m', 'first')
  for (const tag of tags) git('tag', tag)
  return folder
}

/** What check-config says of every file that was written. */
async function checked(folder: string, paths: readonly string[]) {
  const runs = await Promise.all(paths.map((path) => slipway(folder, ['check-config', path])))
  return runs.map(({ code, out }) => `${code} ${out.trim()}`)
}

async function usesOf(folder: string, path: string): Promise<readonly string[]> {
  const workflow = parse(await readFile(join(folder, path), 'utf8'))
  const jobs: { steps: { uses?: string }[] }[] = Object.values(workflow.jobs)
  return jobs.flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []))
}

const server = ['--server', 'https://slipway.example']

describe.each(Object.entries(maintainers))('a maintainer of %s', (_, layout) => {
  it.each([
    ['with a server', server, ['.github/slipway.yml', '.github/workflows/slipway-release.yml']],
    [
      'without one',
      [],
      ['.github/slipway.yml', '.github/workflows/slipway-release.yml', '.github/workflows/slipway-tick.yml'],
    ],
  ])('%s gets files that pass check-config', async (_how, options, paths) => {
    const folder = await layOut(layout)
    const run = await slipway(folder, ['init', 'maintainer', ...options, '--yes'])
    expect(run.err).toContain(`wrote ${paths[0]}`)
    expect(await checked(folder, paths)).toEqual(paths.map((path) => `0 ${path}: no problems`))
    const policy = parse(await readFile(join(folder, '.github/slipway.yml'), 'utf8'))
    expect(policy.releases.map((entry: { package: string }) => entry.package).toSorted()).toEqual(
      layout.packages,
    )
    for (const path of paths.slice(1)) {
      expect(parseWorkflow(await readFile(join(folder, path), 'utf8'), path).jobs).toHaveLength(1)
      const uses = await usesOf(folder, path)
      expect(uses.filter((use) => !/@[0-9a-f]{40}$/.test(use) && use !== 'slipway/slipway@v1')).toEqual([])
      expect(uses).toContain('slipway/slipway@v1')
    }
  })
})

it('tags that are not the usual ones stand in the file and start the workflow', async () => {
  const folder = await layOut(maintainers['npm workspaces'] as Layout)
  await slipway(folder, ['init', 'maintainer', ...server, '--yes'])
  const { releases } = parse(await readFile(join(folder, '.github/slipway.yml'), 'utf8'))
  expect(releases.map(({ tags }: { tags: string[] }) => tags)).toEqual([
    ['cli-v{version}'],
    ['core-v{version}'],
  ])
  const { on } = parse(await readFile(join(folder, '.github/workflows/slipway-release.yml'), 'utf8'))
  expect(on.push.tags).toEqual(['v*', 'cli-v*', 'core-v*'])
})

describe.each(Object.entries(dependents))('a dependent: %s', (_, { run, ...layout }) => {
  it.each([
    ['with a server', server],
    ['without one', ['--repository', 'acme/one-thing']],
  ])('%s gets a canary as tight as check-config asks', async (_how, options) => {
    const folder = await layOut(layout)
    const asked = ['init', 'dependent', '--for', 'npm:one-thing', ...options, '--yes']
    expect((await slipway(folder, asked)).code).toBe(0)
    const paths = ['.github/slipway.yml', '.github/workflows/slipway-canary.yml']
    expect(await checked(folder, paths)).toEqual(paths.map((path) => `0 ${path}: no problems`))
    const text = await readFile(join(folder, '.github/workflows/slipway-canary.yml'), 'utf8')
    expect(text).toContain(`run: ${run}`)
    expect(text).not.toContain('secrets.')
  })
})

it('a platform team gets a server file, and a job that goes through the server', async () => {
  const folder = await layOut(dependents['an application with npm'] as Layout)
  expect((await slipway(folder, ['init', 'platform', ...server, '--yes'])).code).toBe(0)
  const paths = ['slipway.server.yml', '.github/workflows/slipway-ci.yml']
  expect(await checked(folder, paths)).toEqual(paths.map((path) => `0 ${path}: no problems`))
})

describe('before it writes', () => {
  const layout = maintainers['one npm package'] as Layout

  it('shows every file, asks, and writes nothing without a yes', async () => {
    const folder = await layOut(layout)
    const asked: string[] = []
    const answers = async (question: string) => {
      asked.push(question)
      return 'no'
    }
    const run = await slipway(folder, ['init', 'maintainer', ...server], { ask: answers })
    expect(run.out).toContain('--- .github/slipway.yml\n')
    expect(run.out).toContain('package: "npm:one-thing"')
    expect(asked).toEqual(['Write 2 files? [y/N] '])
    expect(run.err).toContain('Nothing is written')
    expect(existsSync(join(folder, '.github'))).toBe(false)
    const nobody = await slipway(folder, ['init', 'maintainer', ...server])
    expect(nobody.err).toContain('--yes')
    expect(existsSync(join(folder, '.github'))).toBe(false)
    expect(
      (await slipway(folder, ['init', 'maintainer', ...server], { ask: async () => 'y' })).err,
    ).toContain('wrote')
  })

  it('leaves files that are there alone, until it is told otherwise', async () => {
    const folder = await layOut({ ...layout, files: { ...layout.files, '.github/slipway.yml': 'mine\n' } })
    const run = await slipway(folder, ['init', 'maintainer', ...server, '--yes'])
    expect(run.code).toBe(1)
    expect(run.err).toContain(
      'nothing is written: .github/slipway.yml is there already; --force writes over it',
    )
    expect(await readFile(join(folder, '.github/slipway.yml'), 'utf8')).toBe('mine\n')
    expect(existsSync(join(folder, '.github/workflows'))).toBe(false)
    expect((await slipway(folder, ['init', 'maintainer', ...server, '--yes', '--force'])).code).toBe(0)
  })

  it('prints the files as JSON and writes nothing', async () => {
    const folder = await layOut(layout)
    const { out } = await slipway(folder, ['init', 'maintainer', '--json'])
    expect(JSON.parse(out).files.map(({ path }: { path: string }) => path)).toHaveLength(3)
    expect(existsSync(join(folder, '.github'))).toBe(false)
  })

  it.each([
    [['init', 'owner'], 'role: got "owner", expected one of maintainer, dependent, platform'],
    [['init', 'dependent', ...server], 'for: got nothing, expected --for with the package to test'],
    [
      ['init', 'dependent', '--for', 'npm:x'],
      'expected --server with the address of the server, or --repository',
    ],
    [['init', 'dependent', ...server, '--for', 'x'], 'for: got "x", expected a package such as'],
    [
      ['init', 'maintainer', '--profile', 'fast'],
      'profile: got "fast", expected one of rapid, standard, cautious',
    ],
    [['init', 'maintainer', '--server', 'slipway'], 'server: got "slipway", expected an http or https URL'],
    [['init', 'maintainer', '--account', 'a/b'], 'account: got "a/b"'],
  ])('%j is refused with what is accepted', async (args, said) => {
    const run = await slipway(await layOut(layout), args)
    expect(run.code).toBe(2)
    expect(run.err).toContain(said)
  })

  it('says where no package is built what is for others', async () => {
    const run = await slipway(await layOut(dependents['an application with npm'] as Layout), [
      'init',
      'maintainer',
    ])
    expect(run.code).toBe(1)
    expect(run.err).toContain('slipway init dependent')
  })
})
