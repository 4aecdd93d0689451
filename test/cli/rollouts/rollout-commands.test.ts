import { afterEach, describe, expect, it } from 'vitest'
import { type Asked, type Loopback, loopback, type Reply } from '../../action/loopback.ts'
import { emptyFolder, npmTarball } from '../../action/package-files.ts'
import { rolloutAnswer } from '../../action/rollout-answer.ts'
import { slipway } from '../in-process.ts'
import { type CliRun, spawnCli } from '../spawn-cli.ts'

let server: Loopback | undefined
afterEach(() => server?.close())

/** Runs a command against a server that answers the same to everything. */
async function ask(
  args: readonly string[],
  answer: Reply | ((asked: Asked) => Reply),
  env: NodeJS.ProcessEnv = {},
): Promise<CliRun & { readonly asked: Loopback['asked'] }> {
  const on = await loopback((asked) => (typeof answer === 'function' ? answer(asked) : answer))
  server = on
  const run = await spawnCli(args, { SLIPWAY_SERVER: on.url, SLIPWAY_TOKEN: 'slw_x', ...env })
  return { ...run, asked: on.asked }
}

const sent = (asked: Loopback['asked']) =>
  asked.map(({ method, path, body }) => [method, path, body.length === 0 ? null : JSON.parse(String(body))])

describe('status', { timeout: 60_000 }, () => {
  it('says where a rollout is', async () => {
    const run = await ask(['status', 'npm:@s/demo@1.1.0'], { body: rolloutAnswer() })
    expect(run.out).toMatchInlineSnapshot(`
      "npm:demo@1.1.0  rolling  5 %
        rollout ro-abcdefghijklmnop, baseline 1.0.0
        At 5 %, waiting for the bake.
        Next: 10 % when the bake is over
      "
    `)
    expect([run.code, run.err]).toEqual([0, ''])
    expect(sent(run.asked)).toEqual([['GET', '/api/v1/rollouts/npm%3A%40s%2Fdemo%401.1.0', null]])
    expect(run.asked[0]?.headers.authorization).toBe('Bearer slw_x')
  })

  it('warns of what clients would fail for', async () => {
    const base = rolloutAnswer()
    const explanation = { ...(base.explanation as object), warnings: ['npm:a@1.1.0 needs npm:b@^1.1.0'] }
    const run = await ask(['status', 'npm:demo@1.1.0'], { body: { ...base, explanation } })
    expect(run.out).toContain('  Warning: npm:a@1.1.0 needs npm:b@^1.1.0\n')
  })

  it('prints the whole answer as JSON', async () => {
    const answer = rolloutAnswer({ added: 'by a newer server' })
    const run = await ask(['status', 'ro-abcdefghijklmnop', '--json'], { body: answer })
    expect(JSON.parse(run.out)).toEqual(answer)
  })

  it('ends with 1 for a rollout that was rolled back', async () => {
    const run = await ask(['status', 'npm:demo@1.1.0'], {
      body: rolloutAnswer({ phase: 'rolled-back', percent: 0 }),
    })
    expect(run.code).toBe(1)
    expect(run.out).toContain('npm:demo@1.1.0  rolled-back  0 %')
  })

  it('keeps control characters of other people away from the terminal', async () => {
    const base = rolloutAnswer()
    const explanation = { ...(base.explanation as object), sentence: 'held\u001b[2J by \u202ebob' }
    const run = await ask(['status', 'npm:demo@1.1.0'], { body: { ...base, explanation } })
    expect(run.out).toContain('held [2J by  bob')
    expect(run.out).not.toContain('\u001b')
  })
})

describe('commands', { timeout: 60_000 }, () => {
  it.each([
    [
      ['advance', 'ro-a', '--to', '25', '--as', 'ada', '--reason', 'fine'],
      '/api/v1/rollouts/ro-a/advance',
      { to: 25, as: 'ada', reason: 'fine' },
    ],
    [['pause', 'ro-a'], '/api/v1/rollouts/ro-a/pause', {}],
    [
      ['hold', 'ro-a', '24h', '--reason', 'x'],
      '/api/v1/rollouts/ro-a/hold',
      { duration: '24h', reason: 'x' },
    ],
    [
      ['restart', 'ro-a', '--same-users', '--reason', 'false alarm'],
      '/api/v1/rollouts/ro-a/restart',
      { sameUsers: true, reason: 'false alarm' },
    ],
    [['urgent', 'ro-a', '--reason', 'x'], '/api/v1/rollouts/ro-a/urgent', { reason: 'x' }],
    [
      ['dismiss', 'ro-a', 'deprecated', '--reason', 'x'],
      '/api/v1/rollouts/ro-a/dismiss',
      { code: 'deprecated', reason: 'x' },
    ],
    [['abandon', 'ro-a'], '/api/v1/rollouts/ro-a/abandon', {}],
    [['unblock', 'ro-a', '--reason', 'x'], '/api/v1/rollouts/ro-a/unblock', { reason: 'x' }],
    [['stop', 'ro-a', '--reason', 'errors'], '/api/v1/rollouts/ro-a/stop', { reason: 'errors' }],
    [
      ['lower', 'ro-a', '5', '--reason', 'slowly', '--as', 'ada'],
      '/api/v1/rollouts/ro-a/lower',
      { to: 5, reason: 'slowly', as: 'ada' },
    ],
    [['resume', 'ro-a'], '/api/v1/rollouts/ro-a/resume', {}],
    [
      ['start', 'npm:a@1.0.0', 'npm:b@1.0.0', '--restart', '--reason', 'fixed'],
      '/api/v1/rollouts',
      { releases: ['npm:a@1.0.0', 'npm:b@1.0.0'], reason: 'fixed', restart: true },
    ],
  ])('%j is one request', async (args, path, body) => {
    const run = await ask(args, { body: rolloutAnswer() })
    expect(run.code).toBe(0)
    expect(sent(run.asked)).toEqual([['POST', path, body]])
  })

  it('roll back with 0 when that was asked for', async () => {
    const run = await ask(['rollback', 'ro-a', '--reason', 'bad'], {
      body: rolloutAnswer({ phase: 'rolled-back', percent: 0 }),
    })
    expect(run.code).toBe(0)
  })

  it('are not repeated when the server fails in the middle', async () => {
    const run = await ask(['advance', 'ro-a'], { status: 502, body: 'bad gateway' })
    expect(run.code).toBe(3)
    expect(run.asked).toHaveLength(1)
  })

  it('approve a stage, and waive what one canary says', async () => {
    const who = ['--as', 'Ana', '--reason', 'known flake']
    const approved = await ask(['approve', 'ro-a', ...who], { body: rolloutAnswer() })
    expect(approved.code).toBe(0)
    expect(sent(approved.asked)).toEqual([
      ['POST', '/api/v1/rollouts/ro-a/approve', { as: 'Ana', reason: 'known flake' }],
    ])
    const waived = await ask(['waive', 'ro-a', 'acme/app', ...who], { body: rolloutAnswer() })
    expect(waived.code).toBe(0)
    expect(sent(waived.asked)).toEqual([
      ['POST', '/api/v1/rollouts/ro-a/waive', { as: 'Ana', reason: 'known flake', canary: 'acme/app' }],
    ])
    expect(await ask(['waive', 'ro-a'], { body: {} })).toMatchObject({ code: 2, asked: [] })
  })

  it('try a canary again, and search for the first bad release of one that was taken back', async () => {
    const again = await ask(['retry', 'ro-a', 'acme/app', '--json'], { body: rolloutAnswer() })
    expect(sent(again.asked)).toEqual([['POST', '/api/v1/rollouts/ro-a/retry', { canary: 'acme/app' }]])
    const body = { ...rolloutAnswer(), phase: 'rolled-back' }
    const searched = await ask(['retry', 'ro-a', 'acme/app', '--bisect', '--json'], { body })
    expect(searched.code).toBe(0)
    expect(sent(searched.asked)).toEqual([
      ['POST', '/api/v1/rollouts/ro-a/retry', { canary: 'acme/app', bisect: true }],
    ])
  })

  it('make a token that is printed once', async () => {
    const run = await ask(
      ['token', 'create', '--scopes', 'publish,read', '--packages', 'npm:@acme/*', '--expires', '90d'],
      {
        status: 201,
        body: {
          token: 'slw_new',
          id: 't-1',
          name: 'release',
          owner: 'admin',
          scopes: ['publish', 'read'],
          packages: ['npm:@acme/*'],
          createdAt: Date.UTC(2026, 10, 30),
          expiresAt: Date.UTC(2027, 1, 28),
          lastUsedAt: null,
        },
      },
    )
    expect(run).toMatchObject({ code: 0, out: 'slw_new\n' })
    expect(run.err).toBe(
      'This is shown once; the server keeps only a hash of it. It is t-1 and ends 2027-02-28.\n',
    )
    expect(sent(run.asked)).toEqual([
      [
        'POST',
        '/api/v1/tokens',
        { scopes: ['publish', 'read'], packages: ['npm:@acme/*'], expiresInMs: 7_776_000_000 },
      ],
    ])
  })
})

describe('what cannot simply be undone', () => {
  const at = async (args: readonly string[], say: string | null) => {
    const on = await loopback(() => ({ body: rolloutAnswer() }))
    server = on
    const asked: string[] = []
    const ask =
      say === null
        ? null
        : async (question: string) => {
            asked.push(question)
            return say
          }
    const env = { SLIPWAY_SERVER: on.url, SLIPWAY_TOKEN: 'slw_x' }
    const run = await slipway('/', args, { env, ask, live: ask !== null })
    return { ...run, asked, posts: on.asked.filter(({ method }) => method === 'POST').length }
  }

  it.each([
    [
      ['rollback', 'ro-a'],
      /^npm:demo@1\.1\.0 \(rolling, 5 %\) is taken back from everybody, for good\. Do it\? \[y\/N\] $/,
    ],
    [['abandon', 'ro-a'], /is given up/],
    [['block', 'ro-a'], /is refused everywhere, exact pins included/],
    [['package', 'block', 'npm:demo@1.0.0', '--reason', 'x'], /^npm:demo@1\.0\.0 is refused everywhere/],
  ])('%j is asked about at a terminal, and only a yes does it', async (args, question) => {
    const no = await at(args, '')
    expect([no.code, no.posts, no.asked]).toEqual([1, 0, [expect.stringMatching(question)]])
    expect(no.err).toContain('nothing is done; --yes does it without asking')
    expect((await at(args, 'yes')).posts).toBe(1)
    const told = await at([...args, '--yes'], 'no')
    expect([told.posts, told.asked]).toEqual([1, []])
    expect((await at(args, null)).posts).toBe(1)
  })

  it('is followed by what undoes it', async () => {
    expect((await at(['rollback', 'ro-a', '--yes'], 'no')).err).toBe(
      'To undo it: slipway restart ro-a --reason "why"\n',
    )
  })
})

describe('a command that changes nothing', () => {
  it('says so', async () => {
    const body = { ...rolloutAnswer(), changed: false }
    const run = await ask(['pause', 'ro-a'], { body })
    expect(run).toMatchObject({ code: 0, err: 'Nothing was changed: it is paused already.\n' })
  })
})

describe('a refusal names what to type', () => {
  it.each([
    [
      ['advance', 'ro-a'],
      { status: 422, body: { detail: 'advance needs a reason.', field: 'reason' } },
      'slipway advance ro-a --reason "why"',
    ],
    [
      ['hold', 'ro-a', '2h', '--reason', 'x'],
      { status: 422, body: { detail: 'no.', field: 'as' } },
      'slipway hold ro-a 2h --as <person> --reason "x"',
    ],
    [
      ['pause', 'ro-a'],
      { status: 410, body: { detail: 'The rollout is over.', field: 'rollout' } },
      'slipway restart ro-a --reason "why"',
    ],
    [
      ['waive', 'ro-a', 'x', '--reason', 'y'],
      { status: 404, body: { detail: 'no.', field: 'canary' } },
      'slipway why ro-a shows its canaries',
    ],
    [
      ['pause', 'ro-a'],
      { status: 403, body: { detail: 'no.', field: 'scope' } },
      'slipway token create --scopes',
    ],
    [['status', 'ro-b'], { status: 404, body: { detail: 'no.', field: 'id' } }, 'slipway list --all'],
  ])('%j', async (args, reply, typed) => {
    const run = await ask(args, reply)
    expect(run.code).toBe(1)
    expect(run.err).toContain(`\nTo go on: ${typed}`)
  })
})

describe('refusals', { timeout: 60_000 }, () => {
  it.each<[number, Reply, string]>([
    [
      1,
      { status: 409, body: { detail: 'to: got 7, expected the percent of a later stage' } },
      'slipway: to: got 7, expected the percent of a later stage\n',
    ],
    [
      1,
      { status: 401, body: { title: 'Unauthorized' } },
      'slipway: Unauthorized (give --token or set SLIPWAY_TOKEN)\n',
    ],
    [
      1,
      { body: { hello: 1 } },
      'does not answer as a Slipway server does: id: got nothing; is this its address?',
    ],
    [
      1,
      { body: '<html>', headers: { 'content-type': 'text/html' } },
      'does not answer as a Slipway server does: the body: got no JSON',
    ],
    [3, { status: 503, body: '' }, 'answered 503'],
  ])('end with %i and one sentence: %j', async (code, reply, message) => {
    const run = await ask(['status', 'ro-a'], reply)
    expect(run.err).toContain(message)
    expect([run.code, run.out]).toEqual([code, ''])
  })

  it('end with 3 when nobody listens', async () => {
    const gone = await loopback(() => undefined)
    await gone.close()
    const run = await spawnCli(['status', 'ro-a', '--server', gone.url])
    expect(run.code).toBe(3)
    expect(run.err).toMatch(/^slipway: cannot reach http:\/\/127\.0\.0\.1:\d+: connect ECONNREFUSED/)
  })

  it('end with 3 on a port where nothing can be asked, and say what is expected', async () => {
    const run = await spawnCli(['status', 'ro-a'], { SLIPWAY_SERVER: 'http://127.0.0.1:1' })
    expect(run).toMatchObject({
      code: 3,
      err: 'slipway: cannot reach http://127.0.0.1:1: port 1 is reserved for another protocol; expected a port such as 8080\n',
    })
  })

  it('end with 3 when a tarball finds nobody, before npm is asked', async () => {
    const gone = await loopback(() => undefined)
    await gone.close()
    const folder = await emptyFolder()
    await npmTarball(folder, 'demo', '1.0.0')
    const run = await spawnCli(['publish', '*.tgz', '--server', gone.url], {}, folder)
    expect(run).toMatchObject({ code: 3, out: '' })
    expect(run.err).toMatch(
      /slipway: cannot reach http:\S+: connect ECONNREFUSED \S+\nNothing was uploaded\.\n$/,
    )
  })

  it.each<[string[], string]>([
    [
      ['status', 'ro-a'],
      'slipway: no server named: give --server URL or set SLIPWAY_SERVER, for example http://127.0.0.1:8080\n',
    ],
    [
      ['status', 'ro-a', '--server', 'slipway'],
      'slipway: server: got "slipway", expected an http or https URL such as http://127.0.0.1:8080\n',
    ],
    [['status'], 'slipway: id: got nothing, expected rollout id (ro-...) or release (npm:'],
    [['statu'], "slipway: unknown command 'statu'\n(Did you mean status?)\n"],
    [['pause', 'ro-a', '--to', '5', '--server', 'http://x'], "slipway: unknown option '--to'\n"],
    [
      ['advance', 'ro-a', '--to', '101', '--server', 'http://x'],
      'slipway: to: got "101", expected the percent of a stage, from 0 to 100\n',
    ],
    [['serve', '--port', '70000'], 'slipway: port: got "70000", expected a number from 0 to 65535\n'],
    [
      ['token', 'create', '--scopes', 'admin', '--packages', '*'],
      'slipway: scopes: got "admin", expected one or more of publish, operate, read, report\n',
    ],
    [
      ['publish', 'none-*.tgz', '--server', 'http://x'],
      'slipway: files: got "none-*.tgz", expected a file or pattern that matches something in ',
    ],
    [
      ['start', 'npm:a@1.0.0', '--policy', 'none.yml', '--server', 'http://x'],
      'slipway: policy: got "none.yml" (there is no such file), expected a file with a policy',
    ],
  ])('of %j are about usage and end with 2', async (args, message) => {
    const run = await spawnCli(args)
    expect(run.err).toContain(message)
    expect([run.code, run.out]).toEqual([2, ''])
  })
})

describe('colour', { timeout: 60_000 }, () => {
  it('is not used where nobody looks', async () => {
    const run = await ask(['why', 'ro-a'], { body: rolloutAnswer() }, { FORCE_COLOR: '1' })
    expect(run.out).not.toContain('\u001b')
  })
})
