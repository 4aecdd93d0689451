import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compiledPrograms } from '../cli/compiled-programs.ts'
import { scratchFolder } from '../server/scratch-folder.ts'
import { givePackument, startTinyUpstream, type TinyUpstream } from './tiny-upstream.ts'

const entry = fileURLToPath(new URL('../../src/main/cli.ts', import.meta.url))

let upstream: TinyUpstream
const running: (() => void)[] = []
beforeEach(async () => {
  upstream = await startTinyUpstream()
})
afterEach(async () => {
  for (const kill of running.splice(0)) kill()
  await upstream.close()
})

/** The server as a process of its own; resolves when it listens or has ended. */
async function serve(cwd: string, env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [entry, 'serve', '--port', '0'], {
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: cwd, ...compiledPrograms, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.push(() => child.kill('SIGKILL'))
  let said = ''
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const url = await new Promise<string>((resolve) => {
    const look = (chunk: Buffer) => {
      said += chunk.toString()
      const found = /^listening on (http:\S+)$/m.exec(said)?.[1]
      if (found) resolve(found)
    }
    child.stdout.on('data', look)
    child.stderr.on('data', look)
    child.once('exit', () => resolve(''))
  })
  const latest = async (name: string, view = '') => {
    const response = await fetch(`${url}${view}/npm/${name}`)
    const document = (await response.json()) as { 'dist-tags'?: { latest: string } }
    return { latest: document['dist-tags']?.latest, stale: response.headers.get('slipway-upstream') }
  }
  return { url, child, ended, said: () => said, latest }
}

async function folderWith(file: string): Promise<string> {
  const folder = await scratchFolder()
  await writeFile(join(folder, 'slipway.server.yml'), file)
  return folder
}

const secret = { UPSTREAM_USER: 'mona', UPSTREAM_PASSWORD: 'p:w' }

describe('slipway serve with an upstream', () => {
  it('adopts releases by itself, and keeps everything over a crash with the upstream gone', async () => {
    givePackument(upstream, 'lib', { '1.0.0': 90, '1.1.0': 1 })
    const folder = await folderWith(`
upstreams:
  npm: { url: "${upstream.url}", credentials: { user: UPSTREAM_USER, password: UPSTREAM_PASSWORD }, fresh: 1s }
adopt: [{ match: "npm:*", policy: { profile: rapid } }]
refresh: 1s
`)
    const first = await serve(folder, secret)
    expect(await first.latest('lib')).toEqual({ latest: '1.0.0', stale: null })
    expect(upstream.headers[0]?.authorization).toBe(`Basic ${Buffer.from('mona:p:w').toString('base64')}`)
    await expect.poll(() => first.latest('lib', '/channel/candidate')).toMatchObject({ latest: '1.1.0' })
    const { rollout } = await rolloutOf(first.url, 'npm:lib@1.1.0')
    givePackument(upstream, 'lib', { '1.0.0': 90, '1.1.0': 1, '1.2.0': 0 })
    await expect
      .poll(() => first.latest('lib', '/channel/candidate'), { timeout: 10_000 })
      .toMatchObject({ latest: '1.2.0' })
    first.child.kill('SIGKILL')
    await first.ended
    upstream.down = (request) => void request.socket.destroy()
    const second = await serve(folder, secret)
    await expect.poll(() => second.latest('lib')).toEqual({ latest: '1.0.0', stale: 'stale' })
    expect(await second.latest('lib', '/channel/candidate')).toMatchObject({ latest: '1.2.0' })
    expect(await rolloutOf(second.url, 'npm:lib@1.1.0')).toEqual({ rollout, phase: 'staged' })
    second.child.kill('SIGTERM')
    expect(await second.ended).toBe(0)
  })

  it('does not start without the secrets that its file names', async () => {
    const folder = await folderWith(
      `upstreams: { npm: { url: "${upstream.url}", credentials: { token: UPSTREAM_TOKEN } } }`,
    )
    const { ended, said } = await serve(folder, {})
    expect(await ended).toBe(2)
    expect(said()).toContain(
      'UPSTREAM_TOKEN: got nothing, expected the value that upstreams.npm.credentials names',
    )
  })
})

async function rolloutOf(url: string, release: string) {
  const { id, phase } = (await (await fetch(`${url}/api/v1/rollouts/${release}`)).json()) as {
    id: string
    phase: string
  }
  return { rollout: id, phase }
}
