import { describe, expect, it } from 'vitest'
import { parseCommand } from '../../src/github/commands/parse-command.ts'

describe('a comment', () => {
  it.each([
    ['/slipway status', { word: 'status', target: null }],
    ['/SLIPWAY Why', { word: 'why' }],
    ['/slipway status npm:@acme/lib@1.0.0', { word: 'status', target: 'npm:@acme/lib@1.0.0' }],
    [
      '/slipway pause ro-aaaaaaaaaaaaaaaa too many reports',
      { word: 'pause', target: 'ro-aaaaaaaaaaaaaaaa', reason: 'too many reports' },
    ],
    ['thanks\r\n\r\n  /slipway resume\r\nbye', { word: 'resume', reason: '' }],
    ['/slipway rollback it breaks', { word: 'rollback', reason: 'it breaks' }],
    ['/slipway approve', { word: 'approve', reason: '' }],
    ['/slipway advance', { word: 'advance', to: null, reason: '' }],
    ['/slipway advance fixed meanwhile', { word: 'advance', to: null, reason: 'fixed meanwhile' }],
    ['/slipway advance 25', { word: 'advance', to: 2500, reason: '' }],
    ['/slipway advance to 12.5 % all fine', { word: 'advance', to: 1250, reason: 'all fine' }],
    ['/slipway advance 50% all fine', { word: 'advance', to: 5000, reason: 'all fine' }],
    ['/slipway retry acme/app', { word: 'retry', canary: 'acme/app', bisect: false, reason: '' }],
    [
      '/slipway retry acme/app --bisect which one',
      { word: 'retry', canary: 'acme/app', bisect: true, reason: 'which one' },
    ],
    [
      '/slipway retry npm:demo@1.1.0 --bisect private canary 2',
      { word: 'retry', target: 'npm:demo@1.1.0', canary: 'private canary 2', bisect: true },
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
      'command: got "", expected one of status, why, approve, advance, pause, resume, rollback, retry, waive, hold, help.',
    ],
    [
      '/slipway frobnicate',
      'command: got "frobnicate", expected one of status, why, approve, advance, pause, resume, rollback, retry, waive, hold, help.',
    ],
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

  it('a reason has an end', () => {
    expect(parseCommand(`/slipway pause ${'x'.repeat(501)}`)).toMatchObject({
      ok: false,
      message: expect.stringContaining('expected at most 500 characters'),
    })
  })
})
