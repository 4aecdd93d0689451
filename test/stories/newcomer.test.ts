/** From a server without anything to the first tracking issue, with nothing but what the pages say. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readServeSettings } from '../../src/main/settings.ts'
import { type RunningServer, startServer } from '../../src/main/start-server.ts'
import { emptyFolder, npmTarball } from '../action/package-files.ts'
import { slipway } from '../cli/in-process.ts'
import { type Rig, startRig } from '../github-stand-in/rig.ts'
import { scratchFolder } from '../server/scratch-folder.ts'

const admin = 'the-admin-token-of-a-newcomer'
let rig: Rig
let server: RunningServer
let data: string
const said: string[] = []
const troubles: string[] = []

/** `slipway serve`, with the two settings that docs/github.md names. */
async function serve(): Promise<RunningServer> {
  const environment = {
    SLIPWAY_ADMIN_TOKEN: admin,
    GITHUB_API_URL: rig.github.url,
    SLIPWAY_TICK: '100ms',
    SLIPWAY_WRITE_SPACING: '0s',
  }
  const read = readServeSettings({ port: 0, host: null, data, config: null }, environment, null)
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  const note = (message: string, fields?: object) =>
    void troubles.push(`${message} ${JSON.stringify(fields)}`)
  return startServer(read.settings, { info: (text) => void said.push(text), warn: note, error: note })
}

/** A person at a browser: keeps cookies, follows links and redirects, fills in the forms that a page shows. */
class Browser {
  #cookie = ''
  page = ''
  url = ''

  async open(url: string, form: Readonly<Record<string, string>> | null = null): Promise<void> {
    let next: string | null = url
    let body = form
    while (next !== null) {
      this.url = next
      const answer: Response = await fetch(next, {
        redirect: 'manual',
        headers: { cookie: this.#cookie },
        ...(body === null ? {} : { method: 'POST', body: new URLSearchParams(body) }),
      })
      this.#cookie = answer.headers.get('set-cookie')?.split(';', 1)[0] ?? this.#cookie
      const location = answer.headers.get('location')
      next = location === null ? null : new URL(location, next).href
      body = null
      this.page = await answer.text()
      expect(answer.status, this.page).toBeLessThan(400)
    }
  }

  /** Sends the form whose button has these words, with what is filled in beside what the page put there. */
  async send(button: string, filled: Readonly<Record<string, string>> = {}): Promise<void> {
    const form = this.page.split('</form>').find((part) => part.includes(`<button>${button}</button>`)) ?? ''
    const open = form.slice(form.lastIndexOf('<form'))
    const action = /action="([^"]*)"/.exec(open)?.[1] ?? this.url
    const inputs = [...open.matchAll(/<input ([^>]*)>/g)].map(([, fields = '']) => {
      const name = /name="([^"]*)"/.exec(fields)?.[1] ?? ''
      const given = filled[name] ?? plain(/value="([^"]*)"/.exec(fields)?.[1] ?? '')
      return [name, given] as const
    })
    const method = /method="(\w+)"/.exec(open)?.[1] ?? 'get'
    const target = new URL(plain(action), this.url)
    if (method === 'post') return this.open(target.href, Object.fromEntries(inputs))
    for (const [name, value] of inputs) target.searchParams.set(name, value)
    return this.open(target.href)
  }

  link(words: string): string {
    const found = [...this.page.matchAll(/<a href="([^"]*)">([^<]*)<\/a>/g)].find(
      ([, , text]) => text === words,
    )
    return plain(found?.[1] ?? '')
  }
}

const plain = (text: string) =>
  text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&amp;', '&')

beforeAll(async () => {
  data = await scratchFolder()
  rig = await startRig()
  rig.github.setWebhook(null)
  await rig.github.settings.uninstall('acme', false)
  await rig.github.createRepository({
    fullName: 'acme/demo',
    files: { '.github/slipway.yml': 'releases:\n  - { package: "npm:demo", profile: rapid }\n' },
  })
  server = await serve()
})
afterAll(async () => {
  await rig.github.settled()
  await server.stop()
  await rig.close()
})

/** The command of the page, as it stands there, at a shell that knows server and token. */
async function shell(command: string, cwd = data) {
  const env = { SLIPWAY_SERVER: server.url, SLIPWAY_TOKEN: admin }
  const run = await slipway(cwd, command.split(' ').slice(1), { env })
  expect(run.code, run.err).toBe(0)
  return run.out
}

it('GET /setup, the App, its installation, the owner, a release: the first tracking issue', async () => {
  const [, setup = '', code = ''] = /open (\S+) with the code (\w+)/.exec(said.join('\n')) ?? []
  const browser = new Browser()
  await browser.open(setup)
  await browser.send('Go on', { words: code })
  await browser.send('Choose', { organisation: 'acme' })
  await browser.send('Make it in acme')
  expect(browser.page).toContain('of the account <strong>acme</strong>')
  await browser.send('Yes, keep its key on this server')
  const install = browser.link('Install the App')
  const command = /<code>(slipway package owner [^<]*)<\/code>/.exec(browser.page)?.[1] ?? ''
  expect(command).toBe('slipway package owner npm:demo acme/demo')

  // "Start the server again": under the address that the App was made with.
  const { url } = server
  await server.stop()
  server = await serve()
  rig.github.setWebhook(null)
  expect((await fetch(`${server.url}/setup`)).status).toBe(404)
  expect(url).not.toBe('')

  const elsewhere = await slipway(data, command.split(' ').slice(1), {
    env: { SLIPWAY_SERVER: server.url, SLIPWAY_TOKEN: admin },
  })
  expect(elsewhere.code).toBe(1)
  expect(elsewhere.err).toContain('The App is not installed on acme/demo')
  await browser.open(install)
  await browser.send('Install', { account: 'acme' })
  expect(await shell(command)).toContain('npm:demo belongs to acme/demo')

  for (const version of ['1.0.0', '1.1.0']) {
    const folder = await emptyFolder()
    await npmTarball(folder, 'demo', version)
    await shell('slipway publish *.tgz', folder)
  }
  await expect.poll(async () => (await rig.github.issues('acme/demo')).length, { timeout: 20_000 }).toBe(1)
  const [issue] = await rig.github.issues('acme/demo')
  expect(issue).toMatchObject({ title: 'Release npm:demo@1.1.0 — staged', state: 'open' })
  expect(troubles).toEqual([])
}, 60_000)
