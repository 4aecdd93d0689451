import { Octokit } from '@octokit/core'
import { expect, it } from 'vitest'
import { reportsOfRun } from '../../../src/action/serverless/read-artifact.ts'
import { zipOf } from '../../github-stand-in/runner/upload-artifact.ts'

/** A GitHub whose one run left these artifacts. */
function leaving(...files: readonly unknown[]): Octokit {
  const artifacts = files.map((_, id) => ({
    id,
    name: `slipway-report-${id}`,
    size_in_bytes: 1,
    expired: false,
  }))
  const answer = async (address: string | URL | Request) => {
    const id = /artifacts\/(\d+)\/zip/.exec(String(address))?.[1]
    if (id === undefined) return Response.json({ total_count: files.length, artifacts })
    const bytes = Buffer.from(JSON.stringify(files[Number(id)]))
    const zip = new Uint8Array(zipOf([{ name: 'slipway-report.json', bytes }]))
    return new Response(zip, { headers: { 'content-type': 'application/zip' } })
  }
  return new Octokit({ request: { fetch: answer } })
}

const place = { fullName: 'acme/app', runId: 7, runAttempt: 2 }
const try1 = { v: 2, rollout: 'ro-abcdefghijklmnop', try: 1, nonce: 'n', source: 'canary' }
const arm = (outcome: string, more: object = {}) => ({
  outcome,
  installed: ['npm:demo@1.1.0', 'no release'],
  commit: 'c0ffee',
  detail: '',
  ...more,
})

it('everything that a report of today says of its arms is kept, in one order', async () => {
  const failed = [{ name: 'rounds', error: '1 != 2' }, { name: 'adds' }]
  const tests = { total: 3, failed, truncated: false }
  const notExercised = { why: 'locked', by: 'package-lock.json', says: 'locked' }
  const leg = {
    leg: 'node 24',
    of: 2,
    subject: 'npm:shop@1.0.0',
    order: 'candidate-first',
    arms: { candidate: arm('fail', { seconds: 1.5, tests }), baseline: arm('pass', { seconds: 2 }) },
    notExercised,
  }
  const [report] = await reportsOfRun(
    { elsewhere: leaving({ reports: [{ ...try1, run: { id: 7, attempt: 2 }, legs: [leg] }] }) },
    place,
  )
  const ofLeg = { subject: 'npm:shop@1.0.0', order: 'candidate-first' }
  expect(report).toMatchObject({ of: 2, attempt: 2 })
  expect(report?.legs[0]?.arms).toEqual({
    candidate: {
      ...arm('fail'),
      installed: ['npm:demo@1.1.0'],
      told: { ...ofLeg, seconds: 1.5, tests: { ...tests, failed: [...failed].reverse() }, notExercised },
    },
    baseline: { ...arm('pass'), installed: ['npm:demo@1.1.0'], told: { ...ofLeg, seconds: 2 } },
  })
})

it('a report of less says less', async () => {
  const legs = [{ leg: 'default', arms: { candidate: arm('pass') } }]
  const [report] = await reportsOfRun({ elsewhere: leaving({ ...try1, legs }) }, place)
  expect(report?.legs).toEqual([
    { leg: 'default', arms: { candidate: { ...arm('pass'), installed: ['npm:demo@1.1.0'] } } },
  ])
})
