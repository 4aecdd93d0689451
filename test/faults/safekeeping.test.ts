import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import BetterSqlite from 'better-sqlite3'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { merkleTreeHash, readNote } from './log-reader.ts'
import { endAll, folderFor, type Served, serve, slipway } from './served.ts'

// Each test starts several processes.
vi.setConfig({ testTimeout: 120_000 })
afterEach(endAll)

/** A package with a full release and a live candidate at 50 %. */
async function withCandidate(server: Served): Promise<void> {
  expect(await server.publish('lib', '1.0.0')).toBe(201)
  expect(await server.publish('lib', '1.1.0')).toBe(201)
  const raised = await server.ask('POST', '/api/v1/rollouts/npm:lib@1.1.0/advance', {
    as: 'ada',
    reason: 'now',
  })
  expect(raised.status).toBe(200)
}

const rollout = async (server: Served) => (await server.ask('GET', '/api/v1/rollouts/npm:lib@1.1.0')).json
const epoch = async (server: Served) => (await server.ask('GET', '/edge/v1/rules')).json.epoch
const ready = async (server: Served) => (await server.ask('GET', '/readyz')).json
const candidateView = async (server: Served) =>
  (await server.ask('GET', '/channel/candidate/npm/lib')).json['dist-tags'] ??
  (await server.ask('GET', '/channel/canary/npm/lib')).json['dist-tags']

/** Changes a stopped server's database. */
function edit(data: string, sql: string): void {
  const database = new BetterSqlite(join(data, 'slipway.sqlite'))
  database.exec(sql)
  database.close()
}

describe('the signed log', () => {
  it('is what an independent reader computes from the events, within a second of an end', async () => {
    const data = await folderFor('log')
    const server = await serve(data)
    await withCandidate(server)
    await server.ask('POST', '/api/v1/rollouts/npm:lib@1.1.0/rollback', { as: 'ada', reason: 'broke' })
    await expect.poll(async () => (await ready(server)).status, { timeout: 5000 }).toBe('ready')
    await expect
      .poll(
        async () => {
          const note = (await server.ask('GET', '/checkpoint')).text
          return note.startsWith('slipway/') && readNote(note, null).size
        },
        { timeout: 3000 },
      )
      .toBeGreaterThan(5)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const note = (await server.ask('GET', '/checkpoint')).text
    expect(await readFile(join(data, 'checkpoint'), 'utf8')).toBe(note)
    await server.stop()
    const database = new BetterSqlite(join(data, 'slipway.sqlite'), { readonly: true })
    const rows = database.prepare('select body, leaf from events order by position').all() as {
      body: string
      leaf: number
    }[]
    const pem = database
      .prepare("select value from words where name = 'checkpoint-key'")
      .pluck()
      .get() as string
    database.close()
    const publicKey = createPublicKey(createPrivateKey(pem))
      .export({ type: 'spki', format: 'der' })
      .subarray(-32)
    const read = readNote(note, publicKey)
    expect(rows.map(({ leaf }) => leaf)).toEqual(rows.map((_, index) => index))
    const leaves = rows.slice(0, read.size).map(({ body }) => Buffer.from(JSON.parse(body).hash, 'hex'))
    expect(read.root).toBe(merkleTreeHash(leaves).toString('base64'))
    expect(read.size).toBe(rows.length)
  })

  it('shows that its end was cut off: the release that was taken back is not live again', async () => {
    const data = await folderFor('cut')
    const server = await serve(data)
    await withCandidate(server)
    await server.ask('POST', '/api/v1/rollouts/npm:lib@1.1.0/rollback', { as: 'ada', reason: 'broke' })
    await server.stop()
    const cut = `delete from events where json_extract(body, '$.type') = 'rolled-back';
      update streams set version = (select count(*) from events where events.stream = streams.stream), retired = 0;
      delete from checkpoints; delete from archives; update events set leaf = null`
    edit(data, cut)
    const again = await serve(data)
    await expect.poll(async () => (await ready(again)).status, { timeout: 10_000 }).toBe('degraded')
    expect((await ready(again)).problems).toEqual([
      expect.objectContaining({ kind: 'checkpoint', what: expect.stringContaining('are lost') }),
    ])
    expect(await candidateView(again)).toMatchObject({ latest: '1.0.0' })
    const raise = await again.ask('POST', '/api/v1/rollouts/npm:lib@1.1.0/advance', {
      as: 'ada',
      reason: 'x',
    })
    expect(raise.status).toBeGreaterThanOrEqual(400)
    await again.stop()
    const checkpoint = join(data, 'checkpoint')
    const accepted = await slipway([
      'restore',
      '--accept-loss',
      checkpoint,
      '--data',
      data,
      '--as',
      'ada',
      '--reason',
      'disk died',
      '--json',
    ])
    expect(accepted).toMatchObject({ code: 0 })
    const { before, after, note } = JSON.parse(accepted.out)
    expect(note).toContain(`before ${before.size} ${before.root}\nafter ${after.size} ${after.root}\n`)
    const third = await serve(data)
    await expect.poll(async () => (await ready(third)).status, { timeout: 10_000 }).toBe('ready')
    expect(await rollout(third)).toMatchObject({ phase: 'paused', percent: 0 })
  })
})

describe('a damaged history', () => {
  it.each([
    ['in the middle', 'version = 1'],
    ['at its first word', 'version = 0'],
    ['at its end', 'version = (select max(version) from events as other where other.stream = events.stream)'],
  ])('of the baseline, %s, completes no candidate for anybody', async (_, where) => {
    const data = await folderFor('damaged')
    const server = await serve(data)
    await withCandidate(server)
    const of = async (version: string) =>
      (await server.ask('GET', `/api/v1/rollouts/npm:lib@${version}`)).json.id
    const baseline = await of('1.0.0')
    const before = await rollout(server)
    await server.stop()
    edit(data, `update events set body = 'x' where stream = '${baseline}' and ${where}; delete from archives`)
    const again = await serve(data)
    const shown = async (view: string) => (await again.ask('GET', `${view}/npm/lib`)).json['dist-tags']
    expect(await shown('/channel/stable')).toMatchObject({ latest: '1.0.0' })
    expect(await rollout(again)).toMatchObject({ id: before.id, phase: 'rolling', percent: before.percent })
    // Nor does the next one begin without a ladder.
    expect(await again.publish('lib', '1.2.0')).toBe(201)
    expect(await shown('/channel/stable')).toMatchObject({ latest: '1.0.0' })
    expect((await ready(again)).problems).toEqual([
      expect.objectContaining({ kind: 'event', stream: baseline }),
    ])
  })

  it('of the candidate is held, says so, and shows it to nobody', async () => {
    const data = await folderFor('damaged')
    const server = await serve(data)
    await withCandidate(server)
    const { id } = await rollout(server)
    await server.stop()
    edit(data, `update events set body = 'x' where stream = '${id}' and version = 2`)
    const again = await serve(data)
    expect(await rollout(again)).toMatchObject({
      id,
      phase: 'held',
      percent: 0,
      explanation: { sentence: expect.stringContaining('its stored history cannot be read') },
    })
    expect(await candidateView(again)).toMatchObject({ latest: '1.0.0' })
    const page = await (await fetch(`${again.url}/rollouts/${id}`)).text()
    expect(page).toContain('its stored history cannot be read')
    const npm = (await again.ask('GET', '/channel/stable/npm/lib')).json.versions
    expect(JSON.stringify(npm)).toContain('Staged rollout by Slipway, not a defect')
    expect(JSON.stringify(npm)).not.toContain('Given up')
  })
})

describe('a backup', () => {
  it('is taken while the server runs, restores elsewhere, says what it lost, and verifies', async () => {
    const [data, copy, fresh] = await Promise.all([folderFor('data'), folderFor('copy'), folderFor('fresh')])
    const server = await serve(data)
    expect(await server.publish('lib', '1.0.0')).toBe(201)
    const before = await epoch(server)
    const made = await slipway(['backup', join(copy, 'local'), '--data', data, '--json'])
    expect([made.code, JSON.parse(made.out).blobs]).toEqual([0, 1])
    const remote = await slipway(['backup', join(copy, 'remote'), '--json'], { SLIPWAY_SERVER: server.url })
    expect(remote).toMatchObject({ code: 0 })
    expect((await readdir(join(copy, 'remote'))).sort()).toEqual((await readdir(join(copy, 'local'))).sort())
    expect((await slipway(['verify'], { SLIPWAY_SERVER: server.url })).out).toBe('Everything is whole.\n')
    await withCandidateAfter(server)
    const refused = await slipway(['restore', join(copy, 'remote'), '--data', data])
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('is used by another Slipway') })
    await server.stop()
    expect((await slipway(['restore', join(copy, 'remote'), '--data', fresh])).code).toBe(0)
    const restored = await serve(fresh)
    // Its positions go on from an earlier one, so no edge may compare them with those it knows.
    expect(await epoch(restored)).not.toBe(before)
    expect((await restored.ask('GET', '/npm/lib')).json['dist-tags']).toMatchObject({ latest: '1.0.0' })
    await restored.stop()
    const over = await slipway(['restore', join(copy, 'local'), '--data', data])
    expect(over.out).toMatch(/\d+ events after them are lost/)
    const verified = await slipway(['verify', '--data', data, '--json'])
    expect([verified.code, JSON.parse(verified.out)]).toEqual([
      1,
      {
        ok: false,
        problems: [
          expect.objectContaining({ kind: 'checkpoint', what: expect.stringContaining('are lost') }),
        ],
      },
    ])
  })

  it('is refused where it was not finished', async () => {
    const [data, copy] = await Promise.all([folderFor('data'), folderFor('copy')])
    await writeFile(join(copy, 'slipway.sqlite'), '')
    const answer = await slipway(['restore', copy, '--data', data])
    expect(answer).toMatchObject({
      code: 1,
      err: expect.stringContaining('a copied data folder is no backup'),
    })
    expect((await slipway(['backup', copy, '--data', join(data, 'none')])).err).toContain(
      'expected the data folder of a server',
    )
  })
})

async function withCandidateAfter(server: Served): Promise<void> {
  expect(await server.publish('lib', '1.1.0')).toBe(201)
  await server.ask('POST', '/api/v1/rollouts/npm:lib@1.1.0/rollback', { as: 'ada', reason: 'broke' })
  await new Promise((resolve) => setTimeout(resolve, 1000))
}

describe('one server for one folder', () => {
  it('refuses the second and says which process has it', async () => {
    const data = await folderFor('twice')
    const first = await serve(data)
    await expect(serve(data)).rejects.toThrow(`is used by another Slipway (process ${first.child.pid})`)
  })

  it('sends no damaged file, names it, and takes the same file again', async () => {
    const data = await folderFor('blob')
    const server = await serve(data)
    await server.publish('lib', '1.0.0')
    const blobs = join(data, 'blobs')
    const shard = (await readdir(blobs)).find((name) => name.length === 2) ?? ''
    const [name = ''] = await readdir(join(blobs, shard))
    const bytes = await readFile(join(blobs, shard, name))
    await writeFile(
      join(blobs, shard, name),
      Buffer.concat([bytes.subarray(0, -1), Buffer.from([bytes.at(-1) === 1 ? 2 : 1])]),
    )
    const tarball = await server.ask('GET', '/npm/lib/-/lib-1.0.0.tgz')
    expect([tarball.status, tarball.text]).toEqual([
      503,
      expect.stringContaining('uploading the same file again mends it'),
    ])
    expect(await ready(server)).toMatchObject({
      status: 'degraded',
      problems: [{ kind: 'blob', stream: name }],
    })
    await rm(join(blobs, 'quarantine'), { recursive: true })
    await server.publish('lib', '1.0.0')
    expect((await server.ask('GET', '/npm/lib/-/lib-1.0.0.tgz')).status).toBe(200)
    expect(await ready(server)).toMatchObject({ problems: [] })
  })
})
