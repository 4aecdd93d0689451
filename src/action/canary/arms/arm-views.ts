import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { abbreviatedType } from '../../../catalog/hosted/packument.ts'
import { simpleTypes } from '../../../catalog/hosted/project-page.ts'
import {
  overlaidAbbreviatedPackument,
  overlaidFullPackument,
} from '../../../catalog/overlaid/overlaid-npm-documents.ts'
import type { OverlaidPackument } from '../../../catalog/overlaid/overlaid-packument.ts'
import { overlaidProjectPage } from '../../../catalog/overlaid/overlaid-pypi-documents.ts'
import type { Rendered } from '../../../catalog/rendered.ts'
import type { Arm } from '../../../gates/evidence.ts'
import { readPackument } from '../../../registries/npm/npm-registry.ts'
import { readProject } from '../../../registries/pypi/pypi-registry.ts'
import { type ArmRelease, hiddenIn, latestIn } from './arm-versions.ts'

/** Where the packages of a canary come from when no server tells its arms apart. No slash at the end. */
export interface Registries {
  readonly npm: string
  readonly pypi: string
}

/** The arm views of one try, on this machine only. */
export interface ArmViews {
  readonly index: Readonly<Record<Arm, string>>
  close(): Promise<void>
}

interface Views {
  readonly registries: Registries
  readonly releases: readonly ArmRelease[]
  /** Each document is asked for once, so that both arms install from the same state of the registry. */
  readonly packuments: Map<string, ReturnType<typeof readPackument>>
  /** Where tarballs lie, by the path under which this machine gives them. */
  readonly tarballs: Map<string, string>
}

/**
 * The two arm views of a server, made on this machine from the public registries: everything as it is there, but the
 * baseline arm hides the candidates and the candidate arm prefers them. So each client chooses by its own rules, and
 * a range or lock that keeps a candidate out still does.
 */
export async function openArmViews(
  registries: Registries,
  releases: readonly ArmRelease[],
): Promise<ArmViews> {
  const views: Views = { registries, releases, packuments: new Map(), tarballs: new Map() }
  const server = createServer((request, response) => {
    answer(views, request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(502, { 'content-type': 'text/plain' })
      response.end(error instanceof Error ? error.message : String(error))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const view = (arm: Arm) => `http://127.0.0.1:${port}/${arm}/`
  return {
    index: { candidate: view('candidate'), baseline: view('baseline') },
    close: () => closeServer(server),
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

async function answer(views: Views, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1')
  const place = /^(?:\/(candidate|baseline))?(?:\/(npm|pypi\/simple))?\/(.+?)\/?$/.exec(pathname)
  const arm: Arm = place?.[1] === 'baseline' ? 'baseline' : 'candidate'
  const name = decodeURIComponent(place?.[3] ?? '')
  if (place === null || (request.method !== 'GET' && request.method !== 'HEAD')) {
    return void response.writeHead(404).end()
  }
  if (place[2] === 'pypi/simple') return answerProject(views, arm, name, response)
  // npm may drop the path of a registry before that of a tarball, so those are known by their own end.
  if (name.includes('/-/')) return answerTarball(views, name, response)
  return answerPackument(views, arm, name, request, response)
}

async function answerPackument(
  views: Views,
  arm: Arm,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const id = `npm:${name}`
  const asked = views.packuments.get(id) ?? readPackument({ url: views.registries.npm, token: null }, id)
  views.packuments.set(id, asked)
  const read = await asked
  if (!read.ok) throw new Error(read.message)
  if (read.packument === null) return void response.writeHead(404).end()
  const own = views.releases.find((release) => release.package === id)
  const packument = own === undefined ? read.packument : withLatest(read.packument, own, arm)
  const links = {
    fileUrl: (fileName: string, upstream: string) => {
      const path = `${name}/-/${fileName}`
      views.tarballs.set(path, upstream)
      return `http://${request.headers.host}/${arm}/npm/${path}`
    },
    statusUrl: () => views.registries.npm,
  }
  const render = request.headers.accept?.includes(abbreviatedType)
    ? overlaidAbbreviatedPackument
    : overlaidFullPackument
  send(response, render(packument, visibilityOf(Object.keys(packument.record.versions), own, arm), links))
}

function withLatest(packument: OverlaidPackument, release: ArmRelease, arm: Arm): OverlaidPackument {
  const latest = latestIn(release, packument.record.tags.latest ?? null, arm)
  const key = packument.versions.find(({ version }) => version === latest)?.key
  return key === undefined ? packument : { ...packument, tags: { ...packument.tags, latest: key } }
}

async function answerTarball(views: Views, path: string, response: ServerResponse): Promise<void> {
  const reply = await fetch(views.tarballs.get(path) ?? `${views.registries.npm}/${path}`)
  response.writeHead(reply.status, { 'content-type': 'application/octet-stream' })
  if (reply.body === null) return void response.end()
  Readable.fromWeb(reply.body).pipe(response)
}

async function answerProject(
  { registries, releases }: Views,
  arm: Arm,
  name: string,
  response: ServerResponse,
): Promise<void> {
  const own = releases.find((release) => release.package === `pypi:${name}`)
  if (own === undefined)
    return void response.writeHead(302, { location: `${registries.pypi}/${name}/` }).end()
  const read = await readProject({ url: registries.pypi, token: null }, own.package)
  if (!read.ok) throw new Error(read.message)
  if (read.project === null) return void response.writeHead(404).end()
  const links = { fileUrl: (_name: string, upstream: string) => upstream, statusUrl: () => registries.pypi }
  const visibility = visibilityOf(Object.keys(read.project.record.versions), own, arm)
  send(response, overlaidProjectPage(read.project, visibility, links, simpleTypes.plainHtml))
}

function visibilityOf(versions: readonly string[], own: ArmRelease | undefined, arm: Arm) {
  const hidden = new Set(own === undefined ? [] : hiddenIn(own, versions, arm))
  return { hidden, blocked: new Set<string>(), changedAt: 0 }
}

function send(response: ServerResponse, { contentType, body }: Rendered): void {
  response.writeHead(200, { 'content-type': contentType })
  response.end(body)
}
