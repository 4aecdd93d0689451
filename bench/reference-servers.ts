import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BareDocument } from './bare-child.ts'
import { freePort, nodeProgram, type ServerChild, startServer } from './children.ts'

const verdaccioProgram = fileURLToPath(new URL('node_modules/verdaccio/bin/verdaccio', import.meta.url))

/** A bare `node:http` server that sends these documents. */
export function startBare(documents: readonly BareDocument[]): Promise<ServerChild> {
  const input = documents.map((document) => JSON.stringify(document)).join('\n')
  return startServer(nodeProgram('bare-child.ts'), { input: `${input}\n` })
}

/**
 * Verdaccio as it sets itself up on its first start, with these npm documents in its local storage and, where one is
 * named, a registry behind it. It resolves to null when it is not
 * installed: `npm ci --prefix bench` does that.
 */
export async function startVerdaccio(
  folder: string,
  documents: readonly { readonly name: string; readonly body: Buffer }[],
  upstream: string | null = null,
): Promise<ServerChild | null> {
  if (!existsSync(verdaccioProgram)) return null
  for (const { name, body } of documents) {
    const document = JSON.parse(body.toString('utf8'))
    const stored = { ...document, _attachments: {}, _distfiles: {}, _uplinks: {} }
    await mkdir(join(folder, 'storage', name), { recursive: true })
    await writeFile(join(folder, 'storage', name, 'package.json'), JSON.stringify(stored))
  }
  const config = {
    storage: join(folder, 'storage'),
    web: { title: 'Verdaccio' },
    auth: { htpasswd: { file: join(folder, 'htpasswd') } },
    packages: { '**': { access: '$all', publish: '$authenticated', ...(upstream && { proxy: 'behind' }) } },
    ...(upstream && { uplinks: { behind: { url: upstream } } }),
    server: { keepAliveTimeout: 60 },
    middlewares: { audit: { enabled: true } },
    log: { type: 'stdout', format: 'pretty', level: 'http' },
  }
  const file = join(folder, 'verdaccio.yaml')
  // JSON is YAML.
  await writeFile(file, JSON.stringify(config))
  const port = await freePort()
  const listen = ['--config', file, '--listen', `127.0.0.1:${port}`] as const
  return startServer([process.execPath, verdaccioProgram, ...listen], { port, cwd: folder })
}

/** nginx with one worker that sends the same bodies from files; null where there is no nginx. */
export async function startNginx(
  folder: string,
  documents: readonly BareDocument[],
): Promise<ServerChild | null> {
  const program = nginxProgram()
  if (program === null) return null
  const port = await freePort()
  await mkdir(join(folder, 'logs'), { recursive: true })
  const locations: string[] = []
  for (const [index, { path, headers, body }] of documents.entries()) {
    await writeFile(join(folder, `${index}.body`), Buffer.from(body, 'base64'))
    const type = (headers['content-type'] ?? 'application/json').split(';', 1)[0]
    const answer = `{ types {} default_type ${type}; root ${folder}; rewrite ^ /${index}.body break; }`
    locations.push(`location = ${path} ${answer}`, `location ~ ^/as/[^/]+${path}$ ${answer}`)
  }
  const config = `
worker_processes 1; daemon off; pid ${join(folder, 'nginx.pid')}; error_log stderr notice;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; open_file_cache max=100;
  client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
  uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  server { listen 127.0.0.1:${port}; ${locations.join('\n')} }
}
`
  const file = join(folder, 'nginx.conf')
  await writeFile(file, config)
  return startServer([program, '-c', file, '-p', folder], { port })
}

/** `NGINX`, or the one on the path. */
function nginxProgram(): string | null {
  const named = process.env.NGINX
  if (named) return named
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin']
  return folders.map((folder) => join(folder, 'nginx')).find((path) => existsSync(path)) ?? null
}
