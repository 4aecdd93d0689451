import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { readServeSettings } from '../../src/main/settings.ts'
import { startServer } from '../../src/main/start-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'slipway-setup-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})
const secret = 'a long webhook secret'
const flags = { host: null, port: 0, data: join(folder, 'data'), config: null, json: false }

function settingsOf(environment: Record<string, string>, host: string | null = null) {
  const read = readServeSettings({ ...flags, host }, environment, null)
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return read.settings
}

/** A GitHub that makes one App. */
async function paperGithub() {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const made = request.url === '/app-manifests/the-code/conversions'
    const app = {
      id: 77,
      slug: 'slipway-acme',
      html_url: 'https://github.test/apps/slipway-acme',
      owner: { login: 'acme' },
      permissions: { issues: 'write' },
      pem: privateKey,
      webhook_secret: secret,
    }
    response.writeHead(made ? 201 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(made ? app : { message: 'Not Found' }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, asked, close: () => new Promise((resolve) => server.close(resolve)) }
}

it('a server without App leads to one by what it prints and shows, and works as it after a start', async () => {
  const github = await paperGithub()
  const environment = { GITHUB_API_URL: github.url }
  const said: string[] = []
  const log = { info: (text: string) => void said.push(text), warn: () => {}, error: () => {} }
  const first = await startServer(settingsOf(environment), log)
  const [, setupUrl = '', code = ''] = /open (\S+) with the code (\w+)/.exec(said.join('\n')) ?? []
  const opened = await fetch(setupUrl, {
    method: 'POST',
    body: new URLSearchParams({ words: code }),
    redirect: 'manual',
  })
  const cookie = opened.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
  const see = async (path: string, form?: Record<string, string>) =>
    (
      await fetch(`${first.url}${path}`, {
        headers: { cookie },
        ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
      })
    ).text()
  const state = /state=([0-9a-f]+)/.exec(await see('/setup'))?.[1] ?? ''
  expect(await see(`/setup/made?code=the-code&state=${state}`)).toContain('<strong>acme</strong>')
  expect(await see('/setup/confirm', { state })).toContain('Install the App')
  await first.stop()
  expect(statSync(join(flags.data, 'github-app.json')).mode & 0o777).toBe(0o600)

  const second = await startServer(settingsOf(environment), log)
  expect((await fetch(`${second.url}/setup`)).status).toBe(404)
  // Signed by nobody, so it is not taken; without an App nothing would listen there.
  const webhook = await fetch(`${second.url}/api/github/webhooks`, { method: 'POST', body: '{}' })
  expect(webhook.status).toBe(401)
  await second.stop()
  await github.close()
  expect(github.asked).toContain('POST /app-manifests/the-code/conversions')
})

it.each(['0.0.0.0', '::', '192.168.0.1'])('%s is not listened on without an admin token', async (host) => {
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  await expect(startServer(settingsOf({}, host), log)).rejects.toThrow('SLIPWAY_ADMIN_TOKEN: got nothing')
})

it.each(['as it is', 'as one line', 'as base64', 'as a file'])('the private key is taken %s', (form) => {
  const file = join(folder, 'key.pem')
  writeFileSync(file, privateKey)
  const forms: Record<string, string> = {
    'as it is': privateKey,
    'as one line': privateKey.replaceAll('\n', '\\n'),
    'as base64': Buffer.from(privateKey).toString('base64'),
    'as a file': file,
  }
  const environment = { APP_ID: '7', WEBHOOK_SECRET: secret, PRIVATE_KEY: forms[form] ?? '' }
  expect(settingsOf(environment).app?.privateKey).toBe(privateKey)
})
