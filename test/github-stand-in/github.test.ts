import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { appJwt, type Rig, startRig } from './rig.ts'
import { signature } from './webhooks.ts'

const commentTimes = z.array(z.object({ created_at: z.string(), updated_at: z.string() }))

let rig: Rig
beforeAll(async () => {
  rig = await startRig()
  const files = { 'README.md': 'lib', '.github/slipway.yml': 'releases: []\n' }
  await rig.github.createRepository({ fullName: 'acme/lib', files })
  await rig.github.createRepository({ fullName: 'acme/hidden', private: true, files })
  await rig.github.createRepository({ fullName: 'maintainer/own', files })
})
afterAll(() => rig.close())

async function settled() {
  await rig.github.settled()
  return rig.received
}

describe('an App', () => {
  it('goes from its key to an issue that it creates, edits, comments and reads back', async () => {
    const limits = { repositories: ['lib'], permissions: { issues: 'write', contents: 'read' } }
    const token = await rig.installationToken('acme', limits)
    const base = '/repos/acme/lib/issues'
    const made = await rig.call('POST', base, { title: 'Rollout', body: 'one', labels: ['slipway'] }, token)
    expect(made.status).toBe(201)
    const path = `${base}/${made.body.number}`
    await rig.call('PATCH', path, { body: 'two' }, token)
    const comment = await rig.call('POST', `${path}/comments`, { body: 'hello' }, token)
    await rig.call('PATCH', `${base}/comments/${comment.body.id}`, { body: 'hello again' }, token)
    const read = await rig.call('GET', path, undefined, token)
    expect(read.body).toMatchObject({ title: 'Rollout', body: 'two', user: { login: 'slipway[bot]' } })
    expect(await rig.github.issue('acme/lib', Number(made.body.number))).toMatchObject({
      body: 'two',
      labels: ['slipway'],
      comments: [{ login: 'slipway[bot]', body: 'hello again' }],
    })
  })

  it('reads no comment as edited that nobody edited', async () => {
    const token = await rig.installationToken('maintainer')
    const base = '/repos/maintainer/own/issues'
    const made = await rig.call('POST', base, { title: 'Talk' }, token)
    const path = `${base}/${made.body.number}/comments`
    for (let left = 60; left > 0; left -= 1) await rig.call('POST', path, { body: 'hello' }, token)
    const { body } = await rig.call('GET', `${path}?per_page=100`, undefined, token)
    const comments = commentTimes.parse(body)
    expect(comments).toHaveLength(60)
    expect(comments.filter(({ created_at, updated_at }) => created_at !== updated_at)).toEqual([])
  })

  it('may not do what its token does not say', async () => {
    const token = await rig.installationToken('acme', { permissions: { contents: 'read' } })
    const made = await rig.call('POST', '/repos/acme/lib/issues', { title: 'x' }, token)
    const dispatch = '/repos/acme/lib/actions/workflows/ci.yml/dispatches'
    const started = await rig.call('POST', dispatch, { ref: 'main' }, token)
    expect([made.status, started.status]).toEqual([403, 403])
    const elsewhere = await rig.call('POST', '/repos/maintainer/own/issues', { title: 'x' }, token)
    expect(elsewhere.status).toBe(403)
  })

  it('sees every repository of an installation, or those its token names', async () => {
    const names = async (token: string) => {
      const path = '/installation/repositories?per_page=100'
      const { body } = await rig.call<{ repositories: { full_name: string }[] }>(
        'GET',
        path,
        undefined,
        token,
      )
      return body.repositories.map((entry) => entry.full_name)
    }
    expect(await names(await rig.installationToken('acme'))).toEqual(['acme/lib', 'acme/hidden'])
    expect(await names(await rig.installationToken('acme', { repositories: ['hidden'] }))).toEqual([
      'acme/hidden',
    ])
    expect(await names(await rig.installationToken('maintainer'))).toEqual(['maintainer/own'])
  })

  it('pages through them by the link header', async () => {
    const token = await rig.installationToken('acme')
    const reply = await fetch(`${rig.github.url}/installation/repositories?per_page=1`, {
      headers: { authorization: `token ${token}` },
    })
    expect(reply.headers.get('link')).toContain('page=2>; rel="next"')
  })

  it('reads and writes files with contents permission', async () => {
    const token = await rig.installationToken('acme', { permissions: { contents: 'write' } })
    const path = '/repos/acme/lib/contents/notes.txt'
    const content = Buffer.from('hi').toString('base64')
    const put = await rig.call('PUT', path, { message: 'Note', content }, token)
    expect(put.status).toBe(201)
    const read = await rig.call('GET', path, undefined, token)
    expect(read.body.content).toBe(content)
    expect((await rig.call('GET', '/repos/acme/lib/contents/none', undefined, token)).status).toBe(404)
  })

  it('reacts to a comment once, however often it does', async () => {
    const token = await rig.installationToken('acme', { permissions: { issues: 'write' } })
    const number = await rig.github.createIssue('acme/lib', { title: 'Talk' })
    const id = await rig.github.comment('acme/lib', number, 'contributor', '/slipway status')
    const path = `/repos/acme/lib/issues/comments/${id}/reactions`
    const first = await rig.call('POST', path, { content: '+1' }, token)
    const second = await rig.call('POST', path, { content: '+1' }, token)
    expect([first.status, second.status]).toEqual([201, 200])
    expect(rig.github.reactions('acme/lib', id)).toEqual(['+1'])
    expect((await rig.call('POST', path.replace(String(id), '999'), { content: '+1' }, token)).status).toBe(
      404,
    )
  })

  it('is refused with a forged token or key', async () => {
    const made = await rig.call('POST', '/repos/acme/lib/issues', { title: 'x' }, 'ghs_forged')
    const another = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const key = another.export({ type: 'pkcs8', format: 'pem' }).toString()
    const app = await rig.call('GET', '/app', undefined, await appJwt(77, key))
    expect([made.status, app.status]).toEqual([401, 401])
  })
})

describe('what people may do', () => {
  it.each([
    ['maintain', 'write', 'maintain'],
    ['triage', 'read', 'triage'],
    ['admin', 'admin', 'admin'],
    ['write', 'write', 'write'],
    ['none', 'none', 'none'],
  ] as const)('%s is reported as permission %s and role %s', async (role, permission, roleName) => {
    await rig.github.setPermission('acme/lib', 'contributor', role)
    const token = await rig.installationToken('acme')
    const path = '/repos/acme/lib/collaborators/contributor/permission'
    const { body } = await rig.call('GET', path, undefined, token)
    expect(body).toMatchObject({ permission, role_name: roleName, user: { role_name: roleName } })
  })

  it('is read for everyone in a public repository and none in a private one', async () => {
    const token = await rig.installationToken('acme')
    const of = async (repository: string) => {
      const path = `/repos/acme/${repository}/collaborators/stranger/permission`
      return (await rig.call('GET', path, undefined, token)).body.permission
    }
    expect([await of('lib'), await of('hidden')]).toEqual(['read', 'none'])
  })

  it('is not found for somebody who does not exist', async () => {
    const token = await rig.installationToken('acme')
    const path = '/repos/acme/lib/collaborators/nobody/permission'
    expect((await rig.call('GET', path, undefined, token)).status).toBe(404)
  })
})

describe('webhooks', () => {
  it('are signed over the bytes sent and name the installation', async () => {
    await rig.github.publishRelease('acme/lib', { tag: 'v1.0.0' })
    const hook = rig.received.find((received) => received.event === 'release')
    expect(hook?.signature).toBe(signature(rig.secret, hook?.body ?? ''))
    expect(hook?.signature).not.toBe(signature('another', hook?.body ?? ''))
    expect(hook?.payload).toMatchObject({
      action: 'published',
      release: { tag_name: 'v1.0.0' },
      repository: { full_name: 'acme/lib' },
      installation: { id: rig.github.installation('acme') },
    })
  })

  it('keep their GUID when they are delivered again, by a person or by the API', async () => {
    const number = await rig.github.createIssue('acme/lib', { title: 'Once' })
    await rig.github.comment('acme/lib', number, 'contributor', 'unique words')
    const made = rig.received.find((received) => received.body.includes('unique words'))
    await rig.github.redeliver(made?.guid ?? '')
    const path = '/app/hook/deliveries'
    const listed = await rig.call<{ id: number; guid: string }[]>(
      'GET',
      path,
      undefined,
      await rig.appToken(),
    )
    const first = listed.body.findLast((entry) => entry.guid === made?.guid)
    await rig.call('POST', `${path}/${first?.id}/attempts`, undefined, await rig.appToken())
    const same = (await settled()).filter((received) => received.body.includes('unique words'))
    expect(same.map((received) => received.guid)).toEqual([made?.guid, made?.guid, made?.guid])
    expect(new Set(same.map((received) => received.body)).size).toBe(1)
  })

  it('are listed as failed when nobody took them', async () => {
    const lost = rig.github.deliveries().length
    rig.github.setWebhook({ url: 'http://127.0.0.1:9/', secret: 'x' })
    await rig.github.commitFiles('acme/lib', { 'x.txt': 'x' })
    const path = '/app/hook/deliveries?status=failure'
    const { body } = await rig.call<unknown[]>('GET', path, undefined, await rig.appToken())
    expect(rig.github.deliveries().length).toBe(lost + 1)
    expect(body[0]).toMatchObject({ event: 'push', status_code: 0 })
  })
})

describe('pull requests of a release', () => {
  it('are found from the commits between two tags', async () => {
    rig.github.setWebhook(null)
    await rig.github.createRepository({ fullName: 'acme/pulls', files: { a: '1' } })
    await rig.github.publishRelease('acme/pulls', { tag: 'v1' })
    const pull = await rig.github.pullRequest('acme/pulls', {
      title: 'Fix',
      files: { b: '2' },
      branch: 'fix',
    })
    await rig.github.publishRelease('acme/pulls', { tag: 'v2' })
    const token = await rig.installationToken('acme')
    const between = '/repos/acme/pulls/compare/v1...v2'
    const compare = await rig.call<{ commits: { sha: string }[] }>('GET', between, undefined, token)
    const shas = compare.body.commits.map((commit) => commit.sha)
    expect(shas).toContain(pull.sha)
    const found = await Promise.all(
      shas.map((sha) =>
        rig.call<{ number: number }[]>('GET', `/repos/acme/pulls/commits/${sha}/pulls`, undefined, token),
      ),
    )
    const numbers = found.flatMap((reply) => reply.body.map((pull) => pull.number))
    expect(new Set(numbers)).toEqual(new Set([pull.number]))
    const path = `/repos/acme/pulls/issues/${pull.number}/comments`
    expect((await rig.call('POST', path, { body: 'in 2' }, token)).status).toBe(201)
    expect(await rig.github.comments('acme/pulls', pull.number)).toMatchObject([{ body: 'in 2' }])
  })
})
