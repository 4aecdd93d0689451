import { describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../../src/config/policy/profiles.ts'
import { explainProblems } from '../../../src/config/reading/explain-problems.ts'
import { defaultServerSettings, parseServerFile } from '../../../src/config/server/server-file.ts'

function problemsOf(text: string): readonly string[] {
  const result = parseServerFile(text)
  return result.ok ? [] : explainProblems('slipway.server.yml', result.problems).split('\n')
}

describe('slipway.server.yml', () => {
  it('gives the settings in units that programs use', () => {
    const result = parseServerFile(`
host: 127.0.0.1
port: 8080
data: ./slipway-data
publicUrl: https://packages.example.org/
githubUrl: https://github.example.org/api/v3
oidcIssuer: https://token.actions.githubusercontent.com
oidcAudience: slipway
policy: { profile: cautious }
hosted: ["@acme/*", "pypi:acme-*"]
anonymous: address
anonymousCi: address
trustedProxies: [10.0.0.0/8, "fd00::/8", 127.0.0.1, "::1"]
private: true
uploadSettle: 5s
limits:
  { uploadMegabytes: 2, requestKilobytes: 3, documentMegabytes: 4, distTags: 5, connections: 6, headersSeconds: 7,
    requestSeconds: 8, uploadBytesPerSecond: 0, uploadWindowSeconds: 9, idleSeconds: 10 }
`)
    expect(result).toEqual({
      ok: true,
      warnings: [],
      settings: {
        host: '127.0.0.1',
        port: 8080,
        data: './slipway-data',
        auditLog: null,
        publicUrl: 'https://packages.example.org',
        githubUrl: 'https://github.example.org/api/v3',
        oidcIssuer: 'https://token.actions.githubusercontent.com',
        oidcAudience: 'slipway',
        oidcIssuers: [],
        sigstoreRoot: null,
        signoffs: 2,
        policy: defaultPolicy('cautious'),
        hosted: ['@acme/*', 'pypi:acme-*'],
        anonymous: 'address',
        anonymousCi: 'address',
        trustedProxies: ['10.0.0.0/8', 'fd00::/8', '127.0.0.1', '::1'],
        private: true,
        edge: false,
        uploadSettleMs: 5000,
        overlay: defaultServerSettings().overlay,
        httpGateHosts: [],
        limits: {
          uploadBytes: 2 * 1024 * 1024,
          requestBytes: 3 * 1024,
          documentBytes: 4 * 1024 * 1024,
          distTags: 5,
          connections: 6,
          headersMs: 7000,
          requestMs: 8000,
          uploadBytesPerSecond: 0,
          uploadWindowMs: 9000,
          idleMs: 10_000,
          keepAliveMs: 75_000,
          bodiesBytes: 268_435_456,
        },
      },
    })
  })

  it('lets no edge cache what only the holders of a token may read', () => {
    const result = parseServerFile('edge: true\nprivate: true\n')
    expect(result.ok ? [] : result.problems.map(({ field }) => field)).toEqual(['edge'])
    expect(parseServerFile('edge: true\n').ok).toBe(true)
  })

  it('has a default for everything', () => {
    const result = parseServerFile('private: false')
    expect(result.ok && result.settings).toEqual(defaultServerSettings())
    expect(defaultServerSettings()).toMatchInlineSnapshot(`
      {
        "anonymous": null,
        "anonymousCi": null,
        "auditLog": null,
        "data": null,
        "edge": false,
        "githubUrl": null,
        "host": null,
        "hosted": [],
        "httpGateHosts": [],
        "limits": {
          "bodiesBytes": 268435456,
          "connections": 10000,
          "distTags": 1000,
          "documentBytes": 104857600,
          "headersMs": 15000,
          "idleMs": 120000,
          "keepAliveMs": 75000,
          "requestBytes": 1048576,
          "requestMs": 3600000,
          "uploadBytes": 104857600,
          "uploadBytesPerSecond": 1000,
          "uploadWindowMs": 10000,
        },
        "oidcAudience": null,
        "oidcIssuer": null,
        "oidcIssuers": [],
        "overlay": {
          "adopt": [],
          "exceptions": [],
          "files": "keep",
          "mirrors": [],
          "refreshMs": 300000,
          "upstreams": {},
        },
        "policy": null,
        "port": null,
        "private": false,
        "publicUrl": null,
        "signoffs": 2,
        "sigstoreRoot": null,
        "trustedProxies": [],
        "uploadSettleMs": 900000,
      }
    `)
  })

  it('is told all problems at once', () => {
    const text = `
publicUrl: packages.example.org
githubUrl: https://user@github.example.org
oidcIssuer: https://issuer.example.org/?a=b
oidcAudience: two words
hosts: ["@acme/*"]
hosted: "@acme/*"
anonymous: nobody
trustedProxies: [proxy, 10.0.0.0/99]
private: perhaps
uploadSettle: soon
limits: { uploadMegabytes: 0 }
port: 70000
policy: { train: demo, stages: [], series: {} }
`
    expect(problemsOf(text)).toMatchInlineSnapshot(`
      [
        "slipway.server.yml:2:12 publicUrl: got "packages.example.org", expected an http or https address without query, such as https://packages.example.org",
        "slipway.server.yml:3:12 githubUrl: got "https://user@github.example.org", expected an http or https address without query, such as https://packages.example.org",
        "slipway.server.yml:4:13 oidcIssuer: got "https://issuer.example.org/?a=b", expected an http or https address without query, such as https://packages.example.org",
        "slipway.server.yml:5:15 oidcAudience: got "two words", expected one word of 1 to 200 characters",
        "slipway.server.yml:6:1 hosts: got the unknown key "hosts", expected one of host, port, data, auditLog, publicUrl, githubUrl, oidcIssuer, oidcAudience, oidcIssuers, sigstoreRoot, signoffs, policy, hosted, anonymous, anonymousCi, trustedProxies, private, edge, uploadSettle, limits, upstreams, files, adopt, exceptions, refresh, mirrors, httpGateHosts; did you mean host",
        "slipway.server.yml:7:9 hosted: got "@acme/*", expected a list of names",
        "slipway.server.yml:8:12 anonymous: got "nobody", expected one of stable, address",
        "slipway.server.yml:9:18 trustedProxies[0]: got "proxy", expected an address or network such as 10.0.0.1, 10.0.0.0/8 or fd00::/8",
        "slipway.server.yml:9:25 trustedProxies[1]: got "10.0.0.0/99", expected an address or network such as 10.0.0.1, 10.0.0.0/8 or fd00::/8",
        "slipway.server.yml:10:10 private: got "perhaps", expected true or false",
        "slipway.server.yml:11:15 uploadSettle: got "soon", expected a duration such as 30s, 15m, 12h, 7d or 1h30m (units s, m, h, d, w)",
        "slipway.server.yml:12:28 limits.uploadMegabytes: got 0, expected a whole number from 1 to 10240",
        "slipway.server.yml:13:7 port: got 70000, expected a whole number from 0 to 65535",
        "slipway.server.yml:14:18 policy.train: got "demo", expected no train, packages of different owners cannot share one",
        "slipway.server.yml:14:32 policy.stages: got [], expected at least two stages, the first at 0 and the last at 100 percent",
        "slipway.server.yml:14:36 policy.series: got the unknown key "series", expected one of train, profile, stages, line, onNewer, catchUp, waitForFiles, trainSettle, floors, gates, canaries, urgent, window, rollback, groups, tags, abandonAfter, notify",
      ]
    `)
  })

  it('takes the hosts that http gates may ask, and no addresses', () => {
    const read = parseServerFile('httpGateHosts: [Gate.Example.com, "gate.example.com:8443"]')
    expect(read.ok ? read.settings.httpGateHosts : read.problems).toEqual([
      'gate.example.com',
      'gate.example.com:8443',
    ])
    expect(problemsOf('httpGateHosts: ["https://gate.example.com/"]')).toEqual([
      'slipway.server.yml:1:17 httpGateHosts[0]: got "https://gate.example.com/", expected a host name such as gate.example.com, with :port where it is not 443',
    ])
  })

  it.each(['', '# nothing', '[]', 'text'])('%j is no server file', (text) => {
    expect(problemsOf(text)).toHaveLength(1)
  })
})
