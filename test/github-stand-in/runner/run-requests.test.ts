import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunRig, startRunRig } from './run-rig.ts'

let rig: RunRig
beforeAll(async () => {
  rig = await startRunRig()
})
afterAll(() => rig.close(6))

describe('the rest of a run', () => {
  it('keeps an artifact that can be fetched', async () => {
    const { repository, id } = await rig.runSteps(`
- run: echo '{"ok":true}' > report.json
- uses: actions/upload-artifact@v4
  with: { name: report, path: report.json }`)
    const listing = `/repos/${repository}/actions/runs/${id}/artifacts`
    type Listed = { artifacts: { id: number; name: string; size_in_bytes: number }[] }
    const { artifacts } = (await rig.call<Listed>('GET', listing)).body
    expect(artifacts).toMatchObject([{ name: 'report' }])
    const path = `/repos/${repository}/actions/artifacts/${artifacts[0]?.id}/zip`
    const headers = { authorization: `Bearer ${rig.github.token('maintainer')}` }
    const zip = Buffer.from(await (await fetch(`${rig.github.url}${path}`, { headers })).arrayBuffer())
    expect(zip.length).toBe(artifacts[0]?.size_in_bytes)
    expect(zip.toString('latin1')).toContain('{"ok":true}')
  })

  it('can be run again under the same id with a new attempt', async () => {
    const { repository, id } = await rig.runSteps('- run: echo "attempt $GITHUB_RUN_ATTEMPT"')
    const token = await rig.installationToken('acme')
    const path = `/repos/${repository}/actions/runs/${id}`
    expect((await rig.call('POST', `${path}/rerun`, undefined, token)).status).toBe(201)
    await rig.github.settled()
    expect((await rig.call('GET', path)).body).toMatchObject({ id, run_attempt: 2, conclusion: 'success' })
    expect(rig.github.log(id)).toContain('attempt 2')
  })

  it('is refused for a branch or a workflow that is not there', async () => {
    const { repository } = await rig.runSteps('- run: "true"')
    const token = await rig.installationToken('acme')
    const path = (file: string) => `/repos/${repository}/actions/workflows/${file}/dispatches`
    const branch = await rig.call('POST', path('ci.yml'), { ref: 'none' }, token)
    const file = await rig.call('POST', path('other.yml'), { ref: 'main' }, token)
    expect([branch.status, branch.body.message, file.status]).toEqual([422, 'No ref found for: none', 404])
  })

  it('answers 204 without run details, as GitHub does', async () => {
    const { repository } = await rig.runSteps('- run: "true"')
    const path = `/repos/${repository}/actions/workflows/ci.yml/dispatches`
    expect((await rig.call('POST', path, { ref: 'main' })).status).toBe(204)
    await rig.github.settled()
  })

  it('passed the socket without a violation', () => {
    expect(rig.github.violations()).toEqual([])
  })
})

describe('what the runner has not', () => {
  it.each([
    ['- uses: actions/cache@v4', 'uses actions/cache@v4'],
    [`- run: echo \${{ hashFiles(1) }}`, 'function hashFiles()'],
    ['- run: echo\n  shell: pwsh', 'shell pwsh'],
    ['- uses: example/slipway@v1\n  with: { comand: x }', 'input comand'],
    ['- uses: actions/checkout@v4\n  with: { repository: acme/other }', 'actions/checkout with repository'],
    ['- run: "true"\n  if: jobs.test', 'context jobs'],
  ])('%j fails the run by name', async (steps, named) => {
    const { run, log } = await rig.runSteps(steps)
    expect(run.conclusion).toBe('failure')
    expect(log).toContain(named)
    expect(rig.github.violations().at(-1)).toMatchObject({ where: 'workflow runner' })
    expect(rig.github.violations().at(-1)?.problems[0]).toContain(named)
  })
})
