import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { appKey } from './rig.ts'

it('serves GitHub as a process, is told what to do over HTTP, and ends badly after a violation', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'stand-in-'))
  const key = join(directory, 'app.pem')
  await writeFile(key, appKey)
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const child = spawn(process.execPath, [main, '--app-id', '7', '--key', key, '--orgs', 'one,two'])
  const lines: { event: string; url: string; control: string }[] = []
  createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line)))
  const said = (event: string) =>
    expect.poll(() => lines.find((line) => line.event === event), { timeout: 20_000 })
  await said('listening').toBeTruthy()
  const { url = '', control = '' } = lines[0] ?? {}
  const tell = async (method: string, ...args: unknown[]) => {
    const reply = await fetch(`${control}/${method}`, { method: 'POST', body: JSON.stringify(args) })
    return { status: reply.status, body: (await reply.json()) as { id: number; error: string } }
  }
  const repository = await tell('createRepository', { fullName: 'two/lib', files: { a: 'b' } })
  expect(repository.body.id).toBeGreaterThan(0)
  expect(await (await fetch(`${url}/repos/two/lib`)).json()).toMatchObject({ full_name: 'two/lib' })
  expect((await tell('explode')).body.error).toContain('no method explode')
  await fetch(`${url}/nothing`)
  await said('violation').toBeTruthy()
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  expect(code).toBe(1)
  expect(lines.at(-1)).toEqual({ event: 'stopped', violations: 1 })
  await rm(directory, { recursive: true })
})
