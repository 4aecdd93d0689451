import { describe, expect, it } from 'vitest'
import { loopback } from '../../action/loopback.ts'
import { rolloutAnswer } from '../../action/rollout-answer.ts'
import { spawnCli } from '../spawn-cli.ts'

const whyMe = {
  inside: false,
  sentence: 'Out: the key falls into bucket 9231 of 10000.',
  sees: [
    {
      release: 'npm:demo@1.1.1',
      rollout: 'ro-b',
      shown: false,
      bucket: 9231,
      basisPoints: 2500,
      because: 'baseline',
    },
    {
      release: 'npm:demo@1.1.0',
      rollout: 'ro-a',
      shown: true,
      bucket: 9231,
      basisPoints: 10_000,
      because: 'bucket',
    },
  ],
  latest: 'npm:demo@1.1.0',
  wayOut: 'To have npm:demo@1.1.1 now, ask for it exactly: npm install demo@1.1.1.',
}

describe('why', { timeout: 60_000 }, () => {
  it('says everything behind the state, and whether a key is in', async () => {
    const on = await loopback(({ path }) => ({ body: path === '/api/v1/why' ? whyMe : rolloutAnswer() }))
    const run = await spawnCli(['why', 'npm:demo@1.1.0', '--key', 'me'], { SLIPWAY_SERVER: on.url })
    await on.close()
    expect(run.out).toMatchInlineSnapshot(`
      "npm:demo@1.1.0  rolling  5 %
        rollout ro-abcdefghijklmnop, baseline 1.0.0
        At 5 %, waiting for the bake.
        Next: 10 % when the bake is over

      Stages
        done  0 %    canaries
        now   5 %    early     bakes until 2026-09-22 14:13 UTC
              100 %  all

      Gates
        wait  bake  bakes until 2026-09-22 14:13 UTC

      Canaries
        same-pass  acme/app  required  passes as with the baseline

      Out: the key falls into bucket 9231 of 10000.
        npm:demo@1.1.1  hidden  its bucket is not in  9231 of below 2500
        npm:demo@1.1.0  shown   everybody sees it     9231 of below 10000
      Without a pin it gets npm:demo@1.1.0.
      To have npm:demo@1.1.1 now, ask for it exactly: npm install demo@1.1.1.
      "
    `)
    const { method, path, body } = on.asked[0] ?? {}
    expect([method, path, JSON.parse(String(body))]).toEqual([
      'POST',
      '/api/v1/why',
      { rollout: 'npm:demo@1.1.0', key: 'me' },
    ])
  })
})
