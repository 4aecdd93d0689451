import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { ServeFlags } from '../../src/cli/cli-context.ts'
import { limitsOf, limitsShape } from '../../src/config/server/limits.ts'
import { readServeSettings } from '../../src/main/settings.ts'
import { defaultHttpSettings } from '../../src/server/http/http-settings.ts'

const none: ServeFlags = { port: null, host: null, data: null, config: null }
const pem = '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\n'
const app = { APP_ID: '12', PRIVATE_KEY: pem, WEBHOOK_SECRET: 'long enough' }
const second = () => ({
  DEPENDENTS_APP_ID: '13',
  DEPENDENTS_PRIVATE_KEY: pem,
  DEPENDENTS_WEBHOOK_SECRET: 'also long enough',
})

const settingsOf = (env: Record<string, string>, file: string | null = null, flags = none) => {
  const read = readServeSettings(flags, env, file)
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return read.settings
}

const problemsOf = (env: Record<string, string>, file: string | null = null) => {
  const read = readServeSettings(none, env, file)
  return read.ok ? [] : read.problems.map((problem) => problem.field)
}

describe('settings of slipway serve', () => {
  it('take no port from what Kubernetes sets beside a service called slipway', () => {
    expect(settingsOf({ SLIPWAY_PORT: 'tcp://10.0.0.7:8080' }).port).toBe(8080)
    expect(settingsOf({ SLIPWAY_PORT: 'tcp://10.0.0.7:8080' }, 'port: 9000').port).toBe(9000)
  })

  it('stand without anything given', () => {
    expect(settingsOf({})).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      data: 'slipway-data',
      publicUrl: null,
      secret: null,
      adminTokenSha256: null,
      tickMs: 1000,
      app: null,
    })
  })

  it('are all in the documentation, by their names in the environment', async () => {
    const operating = await readFile(new URL('../../docs/operating.md', import.meta.url), 'utf8')
    const sources = await Promise.all(
      ['settings.ts', 'serve.ts'].map((name) =>
        readFile(new URL(`../../src/main/${name}`, import.meta.url), 'utf8'),
      ),
    )
    const names = sources.join().match(/\bSLIPWAY_[A-Z0-9_]*[A-Z0-9]\b/g) ?? []
    expect(names.length).toBeGreaterThan(10)
    expect(names.filter((name) => !operating.includes(`\`${name}\``))).toEqual([])
  })

  it('limit an upload to 100 MB, as the documentation says', async () => {
    const megabytes = 100
    const operating = await readFile(new URL('../../docs/operating.md', import.meta.url), 'utf8')
    expect(operating).toMatch(new RegExp(`\\| \`limits\` \\| ${megabytes} MB`))
    expect(settingsOf({}).file.limits.uploadBytes).toBe(megabytes * 1024 * 1024)
    expect(defaultHttpSettings.limits.uploadBytes).toBe(megabytes * 1024 * 1024)
  })

  it('name every limit in the documentation, with its default', async () => {
    const operating = await readFile(new URL('../../docs/operating.md', import.meta.url), 'utf8')
    const rows = new Map(
      [...operating.matchAll(/^\| `(\w+)` \| (\d+) \|/gm)].map(([, name, value]) => [name, value]),
    )
    expect([...rows.keys()]).toEqual(Object.keys(limitsShape.shape))
    const file = [...rows].map(([name, value]) => `${name}: ${value}`).join(', ')
    expect(settingsOf({}, `limits: { ${file} }`).file.limits).toEqual(limitsOf())
  })

  it('take a flag before the environment before the file', () => {
    const file = 'port: 1000\nhost: 0.0.0.0\ndata: /file\nanonymous: stable\n'
    const env = { SLIPWAY_PORT: '2000', SLIPWAY_DATA: '/env' }
    const settings = settingsOf(env, file, { ...none, port: 3000 })
    expect(settings).toMatchObject({
      port: 3000,
      host: '0.0.0.0',
      data: '/env',
      file: { anonymous: 'stable' },
    })
    expect(settingsOf({ SLIPWAY_ANONYMOUS: 'address' }, file).file.anonymous).toBe('address')
    expect(settingsOf(env, file).port).toBe(2000)
  })

  it('read lists, durations and addresses from the environment', () => {
    const settings = settingsOf({
      SLIPWAY_TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.1',
      SLIPWAY_UPLOAD_SETTLE: '5s',
      SLIPWAY_TICK: '250ms',
      SLIPWAY_PUBLIC_URL: 'https://index.example/',
      SLIPWAY_PRIVATE: 'true',
    })
    expect(settings).toMatchObject({
      publicUrl: 'https://index.example',
      tickMs: 250,
      file: { trustedProxies: ['10.0.0.0/8', '192.0.2.1'], uploadSettleMs: 5000, private: true },
    })
  })

  it('keep only the hash of the operator’s token', () => {
    const settings = settingsOf({ SLIPWAY_ADMIN_TOKEN: 'top secret' })
    expect(settings.adminTokenSha256).toBe(createHash('sha256').update('top secret').digest('hex'))
    expect(JSON.stringify(settings)).not.toContain('top secret')
  })

  it.each([
    ['as it is', pem],
    ['in one line', pem.replaceAll('\n', '\\n')],
    ['in base64', Buffer.from(pem).toString('base64')],
  ])('take the private key %s', (_, key) => {
    expect(settingsOf({ ...app, PRIVATE_KEY: key }).app).toEqual({
      appId: '12',
      privateKey: pem,
      webhookSecret: 'long enough',
      apiUrl: 'https://api.github.com',
      throttle: true,
      dependents: null,
    })
  })

  it.each<[string, Record<string, string>, readonly string[]]>([
    ['an App without key', { APP_ID: '12' }, ['PRIVATE_KEY']],
    ['a key without App', { PRIVATE_KEY: pem }, ['APP_ID']],
    ['a second App without the first', { ...second(), APP_ID: '' }, ['APP_ID']],
    [
      'a second App without secret',
      { ...app, DEPENDENTS_APP_ID: '13', DEPENDENTS_PRIVATE_KEY: pem },
      ['DEPENDENTS_WEBHOOK_SECRET'],
    ],
    ['no webhook secret', { APP_ID: '12', PRIVATE_KEY: pem }, ['WEBHOOK_SECRET']],
    ['a secret that all know', { ...app, WEBHOOK_SECRET: 'development' }, ['WEBHOOK_SECRET']],
    ['a key that is none', { ...app, PRIVATE_KEY: 'abc' }, ['PRIVATE_KEY']],
    ['a GitHub that is no address', { ...app, GITHUB_API_URL: 'github' }, ['GITHUB_API_URL']],
    ['a port that is none', { SLIPWAY_PORT: '99999' }, ['SLIPWAY_PORT']],
    ['a proxy that is none', { SLIPWAY_TRUSTED_PROXIES: 'everybody' }, ['SLIPWAY_TRUSTED_PROXIES']],
    ['a tick that is too short', { SLIPWAY_TICK: '1ms' }, ['SLIPWAY_TICK']],
    ['several at once', { SLIPWAY_TICK: 'x', SLIPWAY_PORT: 'y' }, ['SLIPWAY_PORT', 'SLIPWAY_TICK']],
  ])('are refused for %s', (_, env, fields) => {
    expect(problemsOf(env)).toEqual(fields)
  })

  it('are refused for a broken file, with all its problems', () => {
    expect(problemsOf({}, 'port: x\nanonymous: maybe\n')).toEqual(['port', 'anonymous'])
    expect(problemsOf({}, 'httpGateHosts: everywhere\n')).toEqual(['httpGateHosts'])
  })
})
