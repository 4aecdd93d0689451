/** Small sets of real packages as their registries gave them (`node scripts/record-real-sets.ts`), served from this machine. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliDecompressSync } from 'node:zlib'

type Json = ReturnType<typeof JSON.parse>

export interface RealSets {
  readonly npmSets: Readonly<Record<string, readonly string[]>>
  readonly pypiSet: readonly string[]
  readonly npm: Readonly<Record<string, Json>>
  readonly pypi: {
    readonly pages: Readonly<Record<string, Json>>
    /** By name and version. */
    readonly metadata: Readonly<Record<string, string>>
  }
}

export function readRealSets(): RealSets {
  const bytes = readFileSync(new URL('real-sets.json.br', import.meta.url))
  return JSON.parse(brotliDecompressSync(bytes).toString('utf8'))
}

/** A registry with these packages and nothing else: `/npm/<name>`, `/simple/<name>/`, and metadata beside files. */
export async function serveRealSets({ npm, pypi }: RealSets) {
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo
    const url = `http://127.0.0.1:${port}`
    const path = decodeURIComponent(request.url ?? '')
    const send = (type: string, body: string | undefined) =>
      body === undefined
        ? response.writeHead(404).end()
        : response.writeHead(200, { 'content-type': type, etag: `"${body.length}"` }).end(body)
    const project = /^\/simple\/([^/]+)\/$/.exec(path)?.[1]
    const [, name, version] = /^\/files\/([^/]+)\/[^/]*?-([\d.]+)-.*\.metadata$/.exec(path) ?? []
    if (name !== undefined) return send('text/plain', pypi.metadata[`${name} ${version}`])
    if (project !== undefined) {
      const page = pypi.pages[project]
      const files = page?.files.map((file: Json) => ({
        ...file,
        url: `${url}/files/${project}/${file.filename}`,
        'core-metadata': true,
        'data-dist-info-metadata': true,
        provenance: null,
      }))
      return send('application/vnd.pypi.simple.v1+json', page && JSON.stringify({ ...page, files }))
    }
    const document = npm[path.slice('/npm/'.length)]
    return send(
      'application/json',
      document && JSON.stringify(document).replaceAll('https://registry.npmjs.org', `${url}/npm`),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}
