import { describe, expect, it } from 'vitest'
import { parseCommand } from '../../../src/github/commands/parse-command.ts'

describe('a comment', () => {
  it.each([
    ['/slipway status', { word: 'status', target: null }],
    ['/SLIPWAY Why', { word: 'why' }],
    [
      '/slipway status npm:@acme/lib@1.0.0',
      { word: 'status', target: { kind: 'id', id: 'npm:@acme/lib@1.0.0' } },
    ],
    [
      '/slipway pause ro-aaaaaaaaaaaaaaaa too many reports',
      { word: 'pause', target: { kind: 'id', id: 'ro-aaaaaaaaaaaaaaaa' }, reason: 'too many reports' },
    ],
    ['/slipway retry `acme/app`', { word: 'retry', canary: 'acme/app' }],
    ['/slipway waive acme/app a _known_ flake <!-- not said -->', { reason: 'a known flake' }],
    ['thanks\r\n\r\n  /slipway resume\r\nbye', { word: 'resume', reason: '' }],
    ['/slipway rollback it breaks', { word: 'rollback', reason: 'it breaks' }],
    ['/slipway stop errors since noon', { word: 'stop', reason: 'errors since noon' }],
    ['/slipway stop', { word: 'stop', reason: '' }],
    ['/slipway lower 5 slowly', { word: 'lower', to: 500, reason: 'slowly' }],
    ['/slipway lower to 12.5 % too many reports', { word: 'lower', to: 1250, reason: 'too many reports' }],
    ['/slipway lower npm:demo@1.1.0 5 % slowly', { word: 'lower', to: 500, reason: 'slowly' }],
    ['/slipway restart fixed', { word: 'restart', sameUsers: false, reason: 'fixed' }],
    [
      '/slipway restart --same-users false alarm',
      { word: 'restart', sameUsers: true, reason: 'false alarm' },
    ],
    ['/slipway urgent a fix', { word: 'urgent', reason: 'a fix' }],
    ['/slipway dismiss Deprecated old news', { word: 'dismiss', code: 'deprecated', reason: 'old news' }],
    ['/slipway abandon', { word: 'abandon', reason: '' }],
    ['/slipway unblock another one', { word: 'unblock', reason: 'another one' }],
    ['/slipway approve', { word: 'approve', reason: '' }],
    ['/slipway advance', { word: 'advance', to: null, reason: '' }],
    ['/slipway advance fixed meanwhile', { word: 'advance', to: null, reason: 'fixed meanwhile' }],
    ['/slipway advance 25', { word: 'advance', to: 2500, reason: '' }],
    ['/slipway advance to 12.5 % all fine', { word: 'advance', to: 1250, reason: 'all fine' }],
    ['/slipway advance --to 50', { word: 'advance', to: 5000, reason: '' }],
    ['/slipway advance --to=50% all fine', { word: 'advance', to: 5000, reason: 'all fine' }],
    ['/slipway advance —to 50 all fine', { word: 'advance', to: 5000, reason: 'all fine' }],
    ['/slipway advance — all fine', { word: 'advance', to: null, reason: '— all fine' }],
    ['/slipway lower --to 5 too many reports', { word: 'lower', to: 500, reason: 'too many reports' }],
    ['/slipway advance 50% all fine', { word: 'advance', to: 5000, reason: 'all fine' }],
    ['/slipway retry acme/app', { word: 'retry', canary: 'acme/app', bisect: false, reason: '' }],
    [
      '/slipway retry acme/app --bisect which one',
      { word: 'retry', canary: 'acme/app', bisect: true, reason: 'which one' },
    ],
    [
      '/slipway retry npm:demo@1.1.0 --bisect private canary 2',
      {
        word: 'retry',
        target: { kind: 'id', id: 'npm:demo@1.1.0' },
        canary: 'private canary 2',
        bisect: true,
      },
    ],
    ['/slipway retry acme/app —Bisect', { word: 'retry', canary: 'acme/app', bisect: true }],
    [
      '/slipway retry acme/app before --bisect',
      { word: 'retry', canary: 'acme/app', bisect: false, reason: 'before --bisect' },
    ],
    [
      '/slipway waive private canary 2 known flake',
      { word: 'waive', canary: 'private canary 2', reason: 'known flake' },
    ],
    [
      '/slipway hold 24h we test by hand',
      { word: 'hold', durationMs: 86_400_000, reason: 'we test by hand' },
    ],
    ['/slipway help', { word: 'help' }],
    ['/slipway leave', { word: 'leave' }],
  ])('%j holds a command', (body, command) => {
    expect(parseCommand(body)).toMatchObject({ ok: true, command })
  })

  it.each([
    'no command here',
    'say /slipway status to see',
    '> /slipway rollback',
    '```\n/slipway rollback\n```',
    '~~~~\n```\n/slipway rollback\n~~~~',
    '    /slipway rollback',
    '/slipways status',
    '',
  ])('%j holds none', (body) => expect(parseCommand(body)).toBeNull())

  it.each([
    [
      '/slipway',
      'command: got "", expected one of stop, status, why, advance, approve, lower, pause, resume, rollback, retry, waive, hold, urgent, catch-up, dismiss, restart, abandon, block, unblock, leave, help.',
    ],
    [
      '/slipway frobnicate',
      'command: got "frobnicate", expected one of stop, status, why, advance, approve, lower, pause, resume, rollback, retry, waive, hold, urgent, catch-up, dismiss, restart, abandon, block, unblock, leave, help.',
    ],
    [
      '/slipway rollback --reason "it breaks"',
      'option: got "--reason", expected no option here, the reason as plain words.',
    ],
    ['/slipway advance --now', 'option: got "--now", expected no option here, the reason as plain words.'],
    [
      '/slipway advance 101',
      'to: got "101", expected the percent of a stage, from 0 to 100 with at most two decimals.',
    ],
    [
      '/slipway advance 0.001',
      'to: got "0.001", expected the percent of a stage, from 0 to 100 with at most two decimals.',
    ],
    [
      '/slipway advance 50 users are fine',
      'to: got "50 users are fine", expected a stage as a percent with its sign, such as `25 %`, or a reason that starts with a word.',
    ],
    ['/slipway retry acme/app --bisct', 'option: got "--bisct", expected no option, or --bisect.'],
    [
      '/slipway retry --bisect',
      'canary: got "", expected a canary as the tracking issue names it, such as acme/app.',
    ],
    ['/slipway retry', 'canary: got "", expected a canary as the tracking issue names it, such as acme/app.'],
    [
      '/slipway waive acme/app',
      'reason: got "", expected a few words after the canary that say why its result does not count.',
    ],
    [
      '/slipway hold 1 fortnight',
      'duration: got "1", expected a duration such as 30s, 15m, 12h, 7d or 1h30m (units s, m, h, d, w).',
    ],
    [
      '/slipway hold 24h',
      'reason: got "", expected a few words after the duration that say what to wait for.',
    ],
    [
      '/slipway pause\n/slipway rollback',
      'one comment holds one command; this one holds 2 and none was carried out.',
    ],
  ])('%j is refused with what is accepted', (body, message) => {
    expect(parseCommand(body)).toMatchObject({ ok: false, message })
  })

  it.each([
    ['ro-AAAAAAAAAAAAAAAA', { kind: 'id', id: 'ro-aaaaaaaaaaaaaaaa' }],
    ['NPM:demo@v1.1.0', { kind: 'id', id: 'npm:demo@1.1.0' }],
    ['pypi:Demo_Lib@1.0', { kind: 'id', id: 'pypi:demo-lib@1.0' }],
    ['pypi:x@1!2.0+cpu', { kind: 'id', id: 'pypi:x@1!2.0+cpu' }],
    ['npm:demo', { kind: 'id', id: 'npm:demo' }],
    ['pkg:npm/%40acme/lib@1.1.0', { kind: 'id', id: 'npm:@acme/lib@1.1.0' }],
    ['pkg:npm/@acme/lib@1.1.0?x=y', { kind: 'id', id: 'npm:@acme/lib@1.1.0' }],
    ['`npm:demo@1.1.0`', { kind: 'id', id: 'npm:demo@1.1.0' }],
    ['(npm:demo@1.1.0),', { kind: 'id', id: 'npm:demo@1.1.0' }],
    ['1.0.0', { kind: 'version', text: '1.0.0' }],
    ['1.0.0:', { kind: 'version', text: '1.0.0' }],
    ['v1.0.0', { kind: 'version', text: 'v1.0.0' }],
    ['V2', { kind: 'version', text: 'V2' }],
    ['1.0', { kind: 'version', text: '1.0' }],
    ['1.0.0-rc.1', { kind: 'version', text: '1.0.0-rc.1' }],
    ['2.0rc1', { kind: 'version', text: '2.0rc1' }],
    ['1!2.0', { kind: 'version', text: '1!2.0' }],
    ['demo@1.0.0', { kind: 'version', text: 'demo@1.0.0' }],
    ['@acme/demo@1.0.0', { kind: 'version', text: '@acme/demo@1.0.0' }],
    ['demo==1.0', { kind: 'version', text: 'demo==1.0' }],
    ['demo-v1.0.0', { kind: 'version', text: 'demo-v1.0.0' }],
    ['demo/v1.0.0', { kind: 'version', text: 'demo/v1.0.0' }],
    ['refs/tags/v1.0.0', { kind: 'version', text: 'refs/tags/v1.0.0' }],
  ])('%s after the word is what it is about, never a reason', (word, target) => {
    expect(parseCommand(`/slipway rollback ${word}`)).toMatchObject({
      ok: true,
      command: { word: 'rollback', target, reason: '' },
    })
    expect(parseCommand(`/slipway rollback ${word} it breaks`)).toMatchObject({
      command: { target, reason: 'it breaks' },
    })
  })

  it.each([
    'it',
    '3',
    '24h',
    '@ana',
    'ana@example.com',
    '#12',
    'python-3.12',
    'https://a.test/1.0',
    'v',
    'very',
  ])('%s after the word begins a reason', (word) => {
    const command = { target: null, reason: `${word} it breaks` }
    expect(parseCommand(`/slipway rollback ${word} it breaks`)).toMatchObject({ command })
  })

  it('a number after advance is a percent', () => {
    expect(parseCommand('/slipway advance 12.5')).toMatchObject({ command: { target: null, to: 1250 } })
    expect(parseCommand('/slipway advance 1.1.0 25 %')).toMatchObject({
      command: { target: { kind: 'version', text: '1.1.0' }, to: 2500 },
    })
  })

  it('a reason has an end', () => {
    expect(parseCommand(`/slipway pause ${'x'.repeat(501)}`)).toMatchObject({
      ok: false,
      message: expect.stringContaining('expected at most 500 characters'),
    })
  })
})
