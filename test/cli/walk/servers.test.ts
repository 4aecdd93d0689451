/** The same question to servers that are not what they should be: gone, another program, behind a path, behind TLS, without a right. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { request as ask, createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken, startIndex, type TestIndex } from '../../server/running-server.ts'
import { scratchFolder } from '../../server/scratch-folder.ts'
import { slipway } from '../in-process.ts'
import { asking, goodWords } from './commands.ts'

let index: TestIndex
let folder: string
let page: string
let redirect: string
let below: string
let tls: string
const closing: (() => unknown)[] = []

async function listen(server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A proxy that gives the server a path of its own host: `/tools/slipway/…`. */
const pathProxy: RequestListener = (incoming, response) => {
  if (!incoming.url?.startsWith('/tools/slipway/')) {
    response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not here</h1>')
    return
  }
  const target = new URL(incoming.url.slice('/tools/slipway'.length), index.url)
  incoming.pipe(
    ask(target, { method: incoming.method, headers: incoming.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    }),
  )
}

beforeAll(async () => {
  index = await startIndex()
  folder = await scratchFolder()
  const certificate = join(folder, 'own.pem')
  const key = join(folder, 'own.key')
  const subject = ['-subj', '/CN=slipway.example', '-addext', 'subjectAltName=IP:127.0.0.1']
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-keyout', key, '-out', certificate, '-days', '2', ...subject],
    ],
    { stdio: 'ignore' },
  )
  const html: RequestListener = (_, response) =>
    void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>A wiki</h1>')
  page = `http://${await listen(createServer(html))}`
  redirect = `http://${await listen(
    createServer((_, response) => void response.writeHead(302, { location: `${index.url}/` }).end()),
  )}`
  below = `http://${await listen(createServer(pathProxy))}/tools/slipway`
  tls = await listen(createTlsServer({ key: readFileSync(key), cert: readFileSync(certificate) }, html))
})
afterAll(async () => {
  for (const close of closing) close()
  await index.close()
})

const { PATH } = process.env
const to = (server: string, token: string | null, ...args: string[]) =>
  slipway(folder, args, {
    env: { PATH, HOME: folder, SLIPWAY_SERVER: server, ...(token === null ? {} : { SLIPWAY_TOKEN: token }) },
  })

/** These need a file of their own before they ask; `init` and `env follow` ask nobody here. */
const elsewhere = new Set([
  'publish',
  'outdated',
  'init',
  'env follow',
  'token create',
  'package advisories',
  'setup',
])
const table = asking
  .filter(({ words }) => !elsewhere.has(words.join(' ')))
  .map((leaf) => {
    const required = leaf.command.options
      .filter(({ mandatory }) => mandatory)
      .flatMap(({ long }) => [long ?? '', 'deprecated'])
    return [leaf.words.join(' '), [...leaf.words, ...goodWords(leaf), ...required]] as const
  })

describe.concurrent.each(table)('%s', (name, typed) => {
  it('of a server that is down ends with 3', async () => {
    const { code, err, out } = await to('http://127.0.0.1:1', adminToken, ...typed)
    expect(code).toBe(3)
    expect(`${err}${out}`).toMatch(/127\.0\.0\.1:1(?: cannot be reached|: )/)
  }, 20_000)

  it('of another program says that it is none of ours', async () => {
    const { code, err, out } = await to(page, adminToken, ...typed)
    expect([1, 2, 3]).toContain(code)
    expect(`${err}${out}`).toMatch(/as a Slipway server does|is no backup/)
    expect(`${err}${out}`).not.toContain('<h1>')
  })

  it('with a token that nobody knows says so', async () => {
    const { code, err, out } = await to(index.url, 'slw_unknown', ...typed)
    if (code === 0)
      return expect(['list', 'watch', 'status', 'why', 'package show', 'dependents']).toContain(name)
    expect(code).toBe(1)
    expect(`${err}${out}`).not.toMatch(/undefined|null|\{"/)
  })
})

describe('a server', () => {
  it('behind a redirect is asked under its own address', async () => {
    const run = await to(redirect, adminToken, 'list')
    expect([run.code, run.err]).toEqual([3, expect.stringContaining('give the address that it leads to')])
    expect((await to(redirect, adminToken, 'doctor')).out).toContain('answers with a redirect to')
  }, 20_000)

  it('below a path is asked below that path, with or without a slash behind it', async () => {
    for (const address of [below, `${below}/`]) {
      expect((await to(address, adminToken, 'list')).out).toContain('Nothing is rolling out now')
      expect((await to(address, adminToken, 'token', 'list')).code).toBe(0)
      expect((await to(address, adminToken, 'doctor')).out).toMatch(/ok +server /)
    }
    const root = below.replace('/tools/slipway', '')
    const found = await to(root, adminToken, 'doctor')
    expect(found.out).toMatch(/wrong +server .*with the path before it/)
    const listed = await to(root, adminToken, 'list')
    expect([listed.code, listed.err]).toEqual([1, expect.stringContaining(`${root} answered 404`)])
  })

  it('with a certificate of its own authority is named with what to set', async () => {
    const run = await to(`https://${tls}`, adminToken, 'list')
    expect(run.code).toBe(3)
    expect(run.err).toContain('self-signed certificate')
    expect(run.err).toContain('NODE_EXTRA_CA_CERTS')
    expect((await to(`https://${tls}`, adminToken, 'doctor')).out).toContain('NODE_EXTRA_CA_CERTS')
  }, 20_000)

  it('asked by the other protocol is named with the right one', async () => {
    const plain = new URL(page).host
    expect((await to(`https://${plain}`, adminToken, 'list')).err).toContain(`is it http://${plain}?`)
    expect((await to(`http://${tls}`, adminToken, 'list')).err).toContain(`is it https://${tls}?`)
  }, 20_000)
})

describe('an empty server', () => {
  it.each([
    [['list'], 0, 'Nothing is rolling out now; --all lists what has ended.'],
    [['list', '--all'], 0, 'There is no rollout.'],
    [['audit'], 0, '0 packages, 0 files'],
    [['audit-log', '--subject', 'none'], 0, 'Nobody did anything that fits.'],
    [['token', 'list'], 0, 'There are no tokens; slipway token create makes one.'],
    [['watch', 'npm:lib@1.0.0'], 1, 'slipway list --all shows the rollouts that are there'],
    [['status', 'ro-aaaaaaaaaaaaaaaa'], 1, 'slipway list --all shows the rollouts that are there'],
    [
      ['rollback', 'npm:lib@1.0.0', '--reason', 'x'],
      1,
      'slipway list --all shows the rollouts that are there',
    ],
    [['package', 'show', 'npm:lib'], 1, 'There is no package npm:lib here'],
    [['token', 'revoke', 't-1'], 1, 'slipway token list shows those that it may'],
  ])('%j says that there is nothing, and what there is to do', async (typed, code, said) => {
    const run = await to(index.url, adminToken, ...typed)
    expect([run.code, `${run.err}${run.out}`]).toEqual([code, expect.stringContaining(said)])
  })

  it.each(['💥', 'two words', 'two\nlines'])(
    'is not asked with a token that no request can carry: %s',
    async (token) => {
      const run = await to(index.url, token, 'list')
      expect([run.code, run.out]).toEqual([2, ''])
      expect(run.err).toBe(
        'slipway: token: expected one word without spaces, as slipway token create printed it\n',
      )
      expect((await to(index.url, ` ${adminToken}\n`, 'token', 'list')).code).toBe(0)
    },
  )

  it('without a token says how one is given', async () => {
    const run = await to(index.url, null, 'token', 'list')
    expect([run.code, run.err]).toEqual([1, expect.stringContaining('give --token or set SLIPWAY_TOKEN')])
  })
})
