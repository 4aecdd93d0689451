/** How Slipway releases itself, and what its README says first. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { scratchFolder } from '../server/scratch-folder.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const text = (path: string) => readFileSync(join(root, path), 'utf8')

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, string>>
}
interface Job {
  readonly needs?: string
  readonly environment?: string
  readonly permissions?: Readonly<Record<string, string>>
  readonly steps: readonly Step[]
}
const jobsOf = (file: string): Readonly<Record<string, Job>> => parse(text(`.github/workflows/${file}`)).jobs

const written = ['.github', 'examples', 'docs'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(?:ya?ml|md)$/.test(path) && !path.includes('node_modules'))
    .map((path) => join(folder, path)),
)

it('every action in workflows, examples and docs is pinned by commit, with its version beside it', () => {
  const used = [...written, 'README.md'].flatMap((path) =>
    [...text(path).matchAll(/^[\s-]*uses: +(\S+)(.*)$/gm)].map(([, action = '', rest = '']) => ({
      path,
      action,
      rest,
    })),
  )
  expect(used.length).toBeGreaterThan(40)
  // The checkout itself, and Slipway, whose tag is moved by its own rollout.
  const others = used.filter(({ action }) => action !== './' && action !== 'slipway/slipway@v1')
  const loose = others.filter(
    ({ action, rest }) => !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/.test(action) || !/# v\d/.test(rest),
  )
  expect(loose).toEqual([])
})

describe('the release workflow', () => {
  const { build, publish } = jobsOf('release.yml')
  if (build === undefined || publish === undefined) throw new Error('its jobs are called build and publish')

  it('begins with a tag of a whole version', () => {
    const { on, permissions } = parse(text('.github/workflows/release.yml'))
    expect(on).toEqual({ push: { tags: ['v[0-9]+.[0-9]+.[0-9]+'] } })
    expect(permissions).toEqual({})
  })

  it('builds where nothing can be signed or written, and publishes where nobody’s code is run', () => {
    expect(build.permissions).toEqual({ contents: 'read' })
    expect(publish.permissions?.['id-token']).toBe('write')
    expect(publish.needs).toBe('build')
    const runs = publish.steps.flatMap(({ run }) => run ?? [])
    for (const run of runs) expect(run).toMatch(/^(?:npm publish release\/\*\.tgz|gh release create) /)
  })

  it('publishes with provenance under next, with notes and the bill of materials, and starts its rollout', () => {
    const runs = publish.steps.flatMap(({ run }) => run ?? [])
    expect(runs[0]).toMatch(/ --tag next --provenance$/)
    expect(runs[1]).toContain('--notes-file release/notes.md')
    expect(runs[1]).toContain('release/sbom.cdx.json')
    const last = publish.steps.at(-1)
    expect(last).toMatchObject({ uses: './', with: { command: 'start' } })
    expect(last?.with?.releases).toContain('npm:slipway-index@')
  })

  it('has notes for the version that package.json has', () => {
    const { version } = JSON.parse(text('package.json'))
    expect(text('CHANGELOG.md')).toMatch(new RegExp(`^## ${version.replaceAll('.', '\\.')}\\n\\n\\S`, 'm'))
  })
})

describe('the tag of the major version', () => {
  const script = jobsOf('tick.yml').tick?.steps.find(({ run }) => run?.includes('git/refs'))?.run ?? ''

  /** Runs the step with an npm and a gh that say what they are told to, and write down what they were asked. */
  async function move(npm: string, gh: string) {
    const bin = await scratchFolder()
    for (const [name, body] of [
      ['npm', npm],
      ['gh', `echo "$@" >> ${bin}/asked\n${gh}`],
    ] as const) {
      await writeFile(join(bin, name), `#!/bin/sh\n${body}\n`)
      await chmod(join(bin, name), 0o755)
    }
    const env = { PATH: `${bin}:${process.env.PATH}`, GITHUB_REPOSITORY: 'harbor/slipway' }
    const { status } = spawnSync('bash', ['-e', '-c', script], { env })
    const asked = spawnSync('cat', [`${bin}/asked`], { encoding: 'utf8' }).stdout
    return {
      status,
      asked: asked
        .trim()
        .split('\n')
        .filter((line) => line !== ''),
    }
  }

  it('follows what npm calls latest', async () => {
    const { status, asked } = await move('echo 1.4.2', 'echo abc')
    expect([status, asked]).toEqual([
      0,
      [
        'api repos/harbor/slipway/commits/v1.4.2 --jq .sha',
        'api --method PATCH repos/harbor/slipway/git/refs/tags/v1 -f sha=abc -F force=true',
      ],
    ])
  })

  it('is made where there is none', async () => {
    const { status, asked } = await move('echo 2.0.0', 'case "$*" in *PATCH*) exit 1 ;; esac; echo abc')
    expect([status, asked.at(-1)]).toEqual([
      0,
      'api --method POST repos/harbor/slipway/git/refs -f ref=refs/tags/v2 -f sha=abc',
    ])
  })

  it('stays where it is while nothing is on npm', async () => {
    expect(await move('exit 1', 'echo abc')).toEqual({ status: 0, asked: [] })
  })
})

describe('the README', () => {
  const readme = text('README.md')
  it('has two commands, then two doors, in under 150 lines', () => {
    expect(readme.split('\n').length).toBeLessThan(150)
    const at = [
      /^## Two commands/m,
      /^npx slipway-index demo/m,
      /^npx slipway-index serve/m,
      /^## Two doors/m,
    ].map((pattern) => readme.search(pattern))
    expect(at).not.toContain(-1)
    expect(at).toEqual(at.toSorted((a, b) => a - b))
    expect(readme.indexOf('## ')).toBe(at[0])
  })

  it('says what to put for the account, and leads nowhere that is not there', () => {
    expect(readme).toMatch(/uses: <account>\/slipway@v1[\s\S]{0,200}<account>` is/)
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path = '']) => path)
    for (const path of links)
      expect(readdirSync(join(root, path, '..')), path).toContain(path.split('/').at(-1))
  })
})
