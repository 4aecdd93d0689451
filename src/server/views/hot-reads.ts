import type { IncomingMessage, ServerResponse } from 'node:http'
import { type SimpleType, simpleTypes } from '../../catalog/hosted/project-page.ts'
import { namesForeignTarballs, waitsByItself } from '../../cohort/client-kind.ts'
import { type Log, messageOf } from '../../engine/core/log.ts'
import type { UpstreamRefusal } from '../../ports/upstream.ts'
import { UpstreamUnavailable } from '../../upstream/upstream-unavailable.ts'
import { normalizeName } from '../../versions/normalize-name.ts'
import type { PackageId } from '../../versions/release.ts'
import { acceptsGzip, chooseType } from '../http/accept.ts'
import { tagMatches } from '../http/entity-tag.ts'
import { type HttpProblem, sendProblem } from '../http/problem.ts'
import type { RequestPath } from '../http/request-path.ts'
import { parseNpmTarget } from '../npm/npm-target.ts'
import { chooseSimpleType, notAcceptable } from '../pypi/simple-type.ts'
import type { WireDocument } from './document-entries.ts'
import type { DocumentRequest, Documents } from './documents.ts'
import { remember } from './remember.ts'
import type { DocumentForm } from './render-document.ts'
import type { ViewFinder } from './view-finder.ts'
import type { FoundView } from './view-of-request.ts'

type Wanted = Pick<DocumentRequest, 'id' | 'form'>

/**
 * Answers the two routes that package managers ask all the time, npm document and project page, straight
 * from rendered bytes with Node's own response: a router in between costs a third of the throughput
 * (docs/performance.md). Gives false when the request is for something else.
 */
export function createHotReads(
  documents: Documents,
  views: ViewFinder,
  log: Log,
  refusalOf: (id: PackageId) => UpstreamRefusal | null,
  edge: boolean,
): (request: IncomingMessage, response: ServerResponse, path: RequestPath) => boolean {
  const settle = (response: ServerResponse, work: Promise<void>) => {
    work.catch((error: unknown) => {
      if (error instanceof UpstreamUnavailable) {
        sendProblem(response, { status: 502, detail: error.message })
        return
      }
      log.error('a document could not be read', { error: messageOf(error) })
      sendProblem(response, { status: 500, detail: 'The document could not be read.' })
    })
  }
  // What depends on who asks is never cached by address: an edge caches fixed views only.
  const forEdge = ({ view }: RequestPath) =>
    edge && (view?.kind === 'rollouts' || view?.kind === 'stable' || view?.kind === 'candidate')
  return (request, response, path) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false
    const wanted = wantedDocument(request, path)
    if (wanted === null) return false
    if ('status' in wanted) {
      sendProblem(response, wanted)
      return true
    }
    const found = wanted.id.startsWith('npm:') ? views.findNpm(request, path) : views.find(request, path)
    const { view } = found
    const answer = (rendered: WireDocument | null) =>
      rendered === null
        ? sendProblem(response, absence(wanted.id, refusalOf(wanted.id)))
        : send(request, response, rendered, {
            headers: {
              'surrogate-key': `pkg/${wanted.id.replace(':', '/')}`,
              ...(forEdge(path) && edgeCaching),
              ...(request.headers['slipway-explain'] === '1' && {
                'slipway-bucket': documents.buckets(wanted.id, view),
              }),
            },
            settle: (work) => settle(response, work),
          })
    const below = asksBelow(path.query) || belowRegistry(request.headers['user-agent'] ?? '')
    const rendered = documents.read({
      ...wanted,
      view,
      filePrefix: path.filePrefix,
      below,
      ...measuredBy(request, found),
    })
    if (rendered instanceof Promise) settle(response, rendered.then(answer))
    else answer(rendered)
    return true
  }
}

/** As long as an edge that hears of every change may keep a document; clients ask each time all the same. */
const edgeCaching = { 'surrogate-control': 'max-age=600', 'cdn-cache-control': 'max-age=600' }

/** An edge that has read the user agent says so: its cache knows addresses only. */
const asksBelow = (query: string): boolean => query !== '' && /[?&]files=registry(?:&|$)/.test(query)

const belowRegistry = remember(1000, namesForeignTarballs)

/** Who chose a view by its address, or copies for others, is in no percent. */
function measuredBy(
  { method, headers }: IncomingMessage,
  { by }: FoundView,
): Pick<DocumentRequest, 'measured'> {
  if (by === 'path' || by === 'mirror' || method !== 'GET') return {}
  return { measured: byFiles(headers['user-agent'] ?? '') ? 'files' : 'documents' }
}

const byFiles = remember(1000, waitsByItself)

interface Asked {
  readonly id: PackageId
  readonly formOf: (accept: string) => DocumentForm | null
}

function wantedDocument({ headers }: IncomingMessage, { rest }: RequestPath): Wanted | HttpProblem | null {
  const asked = askedFor(rest)
  if (asked === null) return null
  const form = asked.formOf(headers.accept ?? '')
  return form === null ? notAcceptable : { id: asked.id, form }
}

/** The package whose document a path asks for. The same few paths come all day. */
const askedFor = remember(10_000, (rest: string): Asked | null => {
  if (rest.startsWith('/npm/')) {
    const target = parseNpmTarget(rest)
    return target.kind === 'document' ? { id: `npm:${target.name}`, formOf: npmForm } : null
  }
  const project = /^\/pypi\/simple\/([^/]+)\/$/.exec(rest)?.[1]
  if (project === undefined) return null
  const name = normalizeName('pypi', project)
  // Other spellings get a redirect to the one address of the project.
  return name.ok && name.value === project ? { id: `pypi:${project}`, formOf: pypiForm } : null
})

const npmTypes = ['application/json', 'application/vnd.npm.install-v1+json'] as const

const npmForm = remember(1000, (accept: string): DocumentForm => {
  const type = chooseType(accept, npmTypes)
  return type === 'application/vnd.npm.install-v1+json' ? 'npm-abbreviated' : 'npm-full'
})

const formOfType = {
  [simpleTypes.plainHtml]: 'pypi-html',
  [simpleTypes.html]: 'pypi-v1-html',
  [simpleTypes.json]: 'pypi-json',
} as const satisfies Record<SimpleType, DocumentForm>

const pypiForm = remember(1000, (accept: string): DocumentForm | null => {
  const type = chooseSimpleType(accept)
  return type === null ? null : formOfType[type]
})

/** A name that is not here: as the upstream refuses it, where it does. */
function absence(id: PackageId, refused: UpstreamRefusal | null): HttpProblem {
  return refused === null
    ? { status: 404, detail: `There is no package ${id} here.`, value: id }
    : { ...refused, value: id }
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  rendered: WireDocument,
  more: {
    readonly headers: Readonly<Record<string, string>>
    readonly settle: (work: Promise<void>) => void
  },
): void {
  const headers = {
    ...more.headers,
    etag: rendered.etag,
    'cache-control': 'private, max-age=0, must-revalidate',
    vary: 'accept, accept-encoding, authorization, user-agent',
    ...(rendered.viewId !== null && { 'slipway-view': rendered.viewId }),
    ...(rendered.stale && { 'slipway-upstream': 'stale' }),
  }
  if (tagMatches(request.headers['if-none-match'], rendered.etag)) {
    response.writeHead(304, headers).end()
    return
  }
  const { contentType } = rendered
  const write = (body: Buffer, encoded: Readonly<Record<string, string>>) => {
    const length = { 'content-type': contentType, 'content-length': body.length }
    response.writeHead(200, { ...headers, ...length, ...encoded })
    response.end(request.method === 'HEAD' ? undefined : body)
  }
  if (rendered.body.length < shortBytes || !takesGzip(request.headers['accept-encoding'] ?? '')) {
    write(rendered.body, {})
    return
  }
  const packed = rendered.gzip()
  // Other bytes than the plain ones, and the same document.
  const encoded = { 'content-encoding': 'gzip', etag: `W/${rendered.etag}` }
  if (packed instanceof Promise) more.settle(packed.then((body) => write(body, encoded)))
  else write(packed, encoded)
}

/** Fits into one packet as it is. */
const shortBytes = 1000

const takesGzip = remember(1000, acceptsGzip)
