/** Commands that look: list, watch, outdated, doctor, completion; and what they print for machines. */
import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { outputSchemaDocument } from '../../../src/cli/schemas/output-schemas.ts'
import {
  adminToken,
  publishNpm,
  startIndex,
  type TestIndex,
  withCandidate,
} from '../../server/running-server.ts'
import { scratchFolder } from '../../server/scratch-folder.ts'
import { slipway } from '../in-process.ts'

const schemaFile = fileURLToPath(new URL('../../../docs/json-output.schema.json', import.meta.url))
const ajv = new Ajv2020({ strict: false })

let index: TestIndex
let project: string
beforeAll(async () => {
  index = await startIndex()
  project = await scratchFolder()
  await withCandidate(index, 'seen')
  await writeFile(join(project, 'package.json'), '{"dependencies":{"seen":"^1.0.0","other":"1"}}')
  ajv.addSchema({ ...(JSON.parse(await readFile(schemaFile, 'utf8')) as object), $id: 'output' })
})
afterAll(() => index.close())

const { PATH, HOME } = process.env
const cliAs = (token: string, ...args: string[]) =>
  slipway(project, args, { env: { PATH, HOME, SLIPWAY_SERVER: index.url, SLIPWAY_TOKEN: token } })
const cli = (...args: string[]) => cliAs(adminToken, ...args)

/** The JSON of a command, which is what the docs say of it. */
function asDocumented(name: string, text: string): unknown {
  const value = JSON.parse(text)
  const validate = ajv.getSchema(`output#/$defs/${name.replace(' ', '%20')}`)
  expect(validate, name).toBeDefined()
  expect(validate?.(value), JSON.stringify(validate?.errors)).toBe(true)
  return value
}

it('the schema in docs/ is the one of the program (node scripts/emit-output-schema.ts)', async () => {
  expect(JSON.parse(await readFile(schemaFile, 'utf8'))).toEqual(outputSchemaDocument())
})

describe('list', () => {
  it('shows what is live, with phase, percent and what comes next', async () => {
    const { out, code } = await cli('list')
    expect(code).toBe(0)
    expect(out).toMatch(/npm:seen@1\.1\.0 +\w+ +0 % +ro-[a-z2-7]{16} /)
    expect(out).not.toContain('1.0.0 ')
    const page = asDocumented('list', (await cli('list', '--json')).out)
    expect(page).toMatchObject({ items: [{ releases: [{ id: 'npm:seen@1.1.0' }] }], next: null })
  })

  it('says so where there is nothing', async () => {
    expect((await cli('list', '--phase', 'held')).out).toBe('No rollout is held.\n')
    expect((await cli('list', '--package', 'pypi:none')).out).toContain('--all lists what has ended')
  })

  it.each([
    [['--phase', 'gone'], 'phase: got "gone", expected one of staged'],
    [['--limit', '0'], 'limit: got "0"'],
    [['--package', 'seen'], 'package: got "seen", expected a package such as'],
  ])('%j is refused with what is accepted', async (args, said) => {
    const run = await cli('list', ...args)
    expect(run.code).toBe(2)
    expect(run.err).toContain(said)
  })
})

describe('outdated', () => {
  it('names what is hidden from the project, and how to take it', async () => {
    const { out } = await cli('outdated', '--key', 'me')
    expect(out).toMatch(/npm:seen@1\.1\.0 +0 % +hidden from you/)
    expect(out).toContain('npm install seen@1.1.0')
    const found = asDocumented('outdated', (await cli('outdated', '--json')).out)
    expect(found).toMatchObject([{ release: 'npm:seen@1.1.0', shown: null }])
  })

  it('says that an empty folder is no project', async () => {
    const run = await slipway(await scratchFolder(), ['outdated', '--server', index.url])
    expect(run.code).toBe(2)
    expect(run.err).toContain('expected a package.json, pyproject.toml or requirements.txt')
  })
})

describe('dependents', () => {
  beforeAll(async () => {
    for (const version of ['1.0.0', '1.2.0', '1.3.0-rc.1'])
      await publishNpm(index, 'app', version, {
        tag: version.includes('-') ? 'next' : 'latest',
        manifest: { dependencies: { seen: '^1.0.0' } },
      })
    await publishNpm(index, 'maybe', '1.0.0', { manifest: { optionalDependencies: { seen: '*' } } })
  })

  it('lists every release that needs a package, with the range', async () => {
    const { out, code } = await cli('dependents', 'npm:seen')
    expect(code).toBe(0)
    expect(out).toMatch(/npm:app@1\.0\.0 +\^1\.0\.0/)
    expect(out).toMatch(/npm:maybe@1\.0\.0 +\* +optional/)
    const found = asDocumented('dependents', (await cli('dependents', 'npm:seen', '--json')).out)
    expect(found).toMatchObject({ package: 'npm:seen', dependents: { length: 4 } })
  })

  it('proposes the newest final of each that cannot do without it, as compare takes them', async () => {
    const { out } = await cli('dependents', 'npm:seen', '--find')
    expect(out).toContain('--used-by npm:app@1.2.0\n')
    expect(out).not.toContain('maybe')
  })

  it('says so where nothing here needs it, and what it takes', async () => {
    expect((await cli('dependents', 'npm:lonely')).out).toContain('Nothing on this index needs npm:lonely.')
    const wrong = await cli('dependents', 'lonely')
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('package: got "lonely"')])
  })
})

describe('doctor', () => {
  it('finds a server, a token and a clock that are fine, and says what the clients lack', async () => {
    const run = await cli('doctor')
    expect(run.out).toMatch(/ok +server +http:\S+ is ready/)
    expect(run.out).toMatch(/ok +clock /)
    expect(run.out).toMatch(/ok +token +the server knows it as/)
    expect(run.out).toMatch(/note +GitHub App +none is configured/)
    expect(run.out).toContain(`npm config set registry ${index.url}/npm/`)
    expect(run.code).toBe(0)
    asDocumented('doctor', (await cli('doctor', '--json')).out)
  })

  it('says what is wrong: a token that nobody knows, a server that is not there', async () => {
    const unknown = await cliAs('slw_unknown', 'doctor')
    expect(unknown.out).toMatch(/wrong +token +refused \(401\); make another/)
    expect(unknown.code).toBe(1)
    const gone = await cli('doctor', '--server', 'http://127.0.0.1:1')
    expect(gone.out).toMatch(/wrong +server +http:\/\/127\.0\.0\.1:1 cannot be reached/)
    expect(gone.code).toBe(3)
  })

  it('knows a client that is set to the server, and shows no key', async () => {
    const env = { SLIPWAY_SERVER: index.url, PIP_INDEX_URL: `${index.url}/as/r-secret/pypi/simple/` }
    const { out } = await slipway(project, ['doctor'], { env })
    expect(out).toMatch(/ok +pip +asks \S+\/as\/…\/pypi\/simple\//)
    expect(out).not.toContain('r-secret')
  })
})

describe('doctor, of the machine that it runs on', () => {
  const asked = async (env: NodeJS.ProcessEnv, ...args: string[]) => {
    const run = await slipway(project, ['doctor', ...args, '--json'], { env: { PATH, HOME, ...env } })
    const found = asDocumented('doctor', run.out) as { what: string; state: string; says: string }[]
    return Object.fromEntries(found.map(({ what, state, says }) => [what, `${state}: ${says}`]))
  }

  it('says what a client that is led here would get of what rolls out', async () => {
    const env = {
      SLIPWAY_SERVER: index.url,
      npm_config_registry: `${index.url}/npm/`,
      BUN_CONFIG_REGISTRY: `${index.url}/channel/candidate/npm/`,
    }
    const found = await asked(env)
    expect(found.bun).toMatch(/^ok: asks /)
    expect(found['npm:seen']).toBe('ok: npm would get 1.0.0; 1.1.0 is at 0 %')
  })

  it('says when a token ends, and that it does so soon', async () => {
    for (const [days, said] of [
      [80, /^ok: on \d{4}-\d\d-\d\d, in (?:79|80) days$/],
      [5, /^note: ends on \d{4}-\d\d-\d\d, in [45] days: make a new one in time/],
    ] as const) {
      const body = { scopes: ['read'], packages: ['*'], expiresInMs: days * 86_400_000 }
      const made = await index.ask('POST', '/api/v1/tokens', body)
      const found = await asked({ SLIPWAY_SERVER: index.url, SLIPWAY_TOKEN: String(made.json.token) })
      expect(found['token ends']).toMatch(said)
    }
  })

  it('says that clients go through a proxy, and through which, without its password', async () => {
    const proxy = { SLIPWAY_SERVER: index.url, http_proxy: 'http://me:secret@proxy.example:3128' }
    expect((await asked(proxy)).proxy).toMatch(
      /^note: http_proxy: clients ask 127\.0\.0\.1 through proxy\.example:3128/,
    )
    expect(JSON.stringify(await asked(proxy))).not.toContain('secret')
    expect((await asked({ ...proxy, NO_PROXY: 'localhost,127.0.0.1' })).proxy).toMatch(/^ok: /)
    expect((await asked({ SLIPWAY_SERVER: index.url })).proxy).toBeUndefined()
  })

  it('says that the server calls itself something else, which is where files would be fetched', async () => {
    const other = await startIndex({ publicUrl: 'https://packages.example' })
    try {
      const found = await asked({ SLIPWAY_SERVER: other.url })
      expect(found.address).toMatch(
        /^wrong: the server calls itself https:\/\/packages\.example, .* set SLIPWAY_PUBLIC_URL/,
      )
    } finally {
      await other.close()
    }
  })
})

describe('token list', () => {
  it('says which tokens end soon, and what to do about it', async () => {
    const body = { name: 'old', scopes: ['read'], packages: ['*'], expiresInMs: 30 * 86_400_000 }
    await index.ask('POST', '/api/v1/tokens', body)
    const later = { now: () => Date.now() + 25 * 86_400_000 }
    const env = { PATH, HOME, SLIPWAY_SERVER: index.url, SLIPWAY_TOKEN: adminToken }
    const soon = await slipway(project, ['token', 'list'], { env, ...later })
    expect(soon.out).toMatch(/ old .*\(in [45] days\)/)
    expect(soon.err).toContain('one ends: make new ones in time with slipway token create')
    const now = await slipway(project, ['token', 'list'], { env })
    expect(`${now.out}${now.err}`).not.toContain('old (in')
    expect(now.out.match(/ old .*\(in /)).toBeNull()
  })
})

describe('completion', () => {
  it('completes commands, subcommands and options in a real bash', async () => {
    const { out } = await cli('completion', 'bash')
    const file = join(project, 'completion.bash')
    await writeFile(file, out)
    const complete = (...words: string[]) =>
      execFileSync('bash', [
        '-c',
        `source "${file}"; COMP_WORDS=(slipway ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _slipway; echo "\${COMPREPLY[@]}"`,
      ])
        .toString()
        .trim()
    expect(complete('sta')).toBe('start status')
    expect(complete('token', 'r')).toBe('revoke')
    expect(complete('list', '--ph')).toBe('--phase')
    expect((await cli('completion', 'zsh')).out).toContain('bashcompinit')
    expect((await cli('completion', 'fish')).out).toContain('complete -c slipway')
    expect((await cli('completion', 'tcsh')).err).toContain('expected one of bash, zsh, fish')
  })
})

describe('words of refusals', () => {
  it('are ours, whatever is missing or of another type', async () => {
    const owner = await fetch(`${index.url}/api/v1/packages/npm/seen/owner`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${adminToken}` },
      body: '{"repositoryId": 7}',
    })
    const { problems } = JSON.parse(await owner.text())
    expect(problems).toEqual([
      { field: 'repositoryId', value: '7', expected: 'a text' },
      { field: 'repository', value: 'nothing', expected: 'a text' },
    ])
  })

  it('name a command that was meant', async () => {
    const run = await cli('statu')
    expect(run.code).toBe(2)
    expect(run.err).toContain('Did you mean status?')
  })
})

describe('watch', () => {
  it('tells every change and ends with the rollout, here by a rollback', async () => {
    const watching = cli('watch', 'npm:seen@1.1.0', '--every', '1s', '--json')
    await new Promise((resolve) => setTimeout(resolve, 2500))
    await cli('rollback', 'npm:seen@1.1.0', '--reason', 'seen enough', '--as', 'ann')
    const { code, out } = await watching
    expect(code).toBe(1)
    const lines = out.trim().split('\n')
    const phases = lines.map((line) => (asDocumented('watch', line) as { phase: string }).phase)
    expect(phases.length).toBeGreaterThan(1)
    expect(phases.at(-1)).toBe('rolled-back')
    expect(phases.filter((phase) => phase === 'rolled-back')).toHaveLength(1)
    expect((await cli('watch', 'npm:nothing@1.0.0')).code).toBe(1)
  })
})
