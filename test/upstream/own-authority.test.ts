import { readFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createUpstreamClient } from '../../src/upstream/upstream-client.ts'
import { isHere, run } from '../server/clients.ts'
import { scratchFolder } from '../server/scratch-folder.ts'

const hasOpenssl = await isHere('openssl', ['version'])

describe.runIf(hasOpenssl)('an upstream whose certificate is of an own authority', () => {
  it('is asked when the authority is named, and refused when it is not', async () => {
    const folder = await scratchFolder()
    const made = await run(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'],
        ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', 'key.pem', '-out', 'cert.pem'],
      ],
      folder,
    )
    expect(made.code).toBe(0)
    const cert = await readFile(join(folder, 'cert.pem'), 'utf8')
    const key = await readFile(join(folder, 'key.pem'), 'utf8')
    const server = createServer({ cert, key }, (_request, response) => response.end('{}'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    const ask = async (ca: string | null) => {
      const settings = { url, ca, authorization: null, proxy: null, hosts: [], timeoutMs: 5000 }
      const client = createUpstreamClient(settings)
      const answer = await client.get({ url: `${url}/x`, headers: {}, limitBytes: 100 })
      await client.close()
      return answer
    }
    expect(await ask(cert)).toMatchObject({ kind: 'ok', body: Buffer.from('{}') })
    expect(await ask(null)).toMatchObject({ kind: 'failed', why: expect.stringContaining('self-signed') })
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
})
