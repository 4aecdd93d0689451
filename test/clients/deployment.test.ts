/** The files that people deploy with, checked by the programs that read them. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { scratchFolder } from './scratch-folder.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const text = (path: string) => readFileSync(root + path, 'utf8')

/** Null, and said, where the program is not here. */
function ran(program: string, ...args: string[]) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: root, encoding: 'utf8' })
  if (error !== undefined) {
    console.log(`left out: ${program} is not here (scripts/install-tools.sh)`)
    return null
  }
  return { status, said: stdout + stderr }
}

describe('the image', () => {
  it('has a Dockerfile that hadolint finds nothing in', (context) => {
    const checked = ran('hadolint', 'Dockerfile')
    if (checked === null) return context.skip()
    expect(checked).toEqual({ status: 0, said: '' })
  })

  it('is nobody’s user, with a health check and one folder to write to', () => {
    const file = text('Dockerfile')
    expect(file).toMatch(/^USER 10001:10001$/m)
    expect(file).toMatch(/^HEALTHCHECK /m)
    expect(file.match(/^VOLUME .*$/gm)).toEqual(['VOLUME /data'])
    expect(file.indexOf('USER 10001')).toBeGreaterThan(file.lastIndexOf('RUN '))
  })
})

describe.each(['compose.yml', 'compose.replicas.yml'])('%s', (file) => {
  const { services } = parse(text(file), { merge: true })

  it('keeps every service small: no root to write to, no capability, no new privilege', () => {
    for (const service of Object.values<Record<string, unknown>>(services)) {
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      })
    }
  })

  it('opens one port, to this machine only, and does not start without an operator’s token', () => {
    const ports = Object.values<{ ports?: string[] }>(services).flatMap((service) => service.ports ?? [])
    expect(ports).toEqual(['127.0.0.1:8080:8080'])
    expect(services.slipway.environment.SLIPWAY_ADMIN_TOKEN).toMatch(/^\$\{SLIPWAY_ADMIN_TOKEN:\?/)
  })

  it('holds no secret, and keeps what has to be kept on named volumes', () => {
    const { volumes } = parse(text(file))
    for (const [, name = ''] of text(file).matchAll(
      /^ +(\w*(?:PASSWORD|SECRET|TOKEN|ACCESS_KEY)\w*): (?!\$\{)/gm,
    ))
      expect(`${file}: ${name} stands there`).toBe('')
    const mounted = Object.values<{ volumes?: string[] }>(services).flatMap(
      (service) => service.volumes ?? [],
    )
    expect(mounted.map((mount) => mount.split(':')[0]).toSorted()).toEqual(Object.keys(volumes).toSorted())
  })
})

describe('compose.replicas.yml', () => {
  const { services, configs } = parse(text('compose.replicas.yml'), { merge: true })

  it('gives replicas one database and one object store, and keeps nothing in them', () => {
    const { environment, volumes, tmpfs } = services.slipway
    expect(environment.DATABASE_URL).toMatch(/@database\/slipway$/)
    expect(environment.SLIPWAY_S3_ENDPOINT).toBe('http://objects:7070')
    expect(volumes).toBeUndefined()
    expect(tmpfs.join()).toContain('/data:')
    expect(services.objects.environment.ROOT_ACCESS_KEY).toBe(environment.SLIPWAY_S3_ACCESS_KEY_ID)
  })

  it('has a door that passes requests on as they came', async (context) => {
    if (ran('nginx', '-v') === null) return context.skip()
    const seen: string[] = []
    const replica = createServer((request, response) => {
      seen.push(
        `${request.method} ${request.url} ${request.headers.host} ${request.headers['x-forwarded-for']}`,
      )
      request.on('data', () => {}).on('end', () => response.end('here'))
    })
    await new Promise<void>((resolve) => replica.listen(0, '127.0.0.1', resolve))
    const { port } = replica.address() as AddressInfo
    const folder = await scratchFolder()
    const config = text(configs.door.file.replace('./', ''))
      .replaceAll('/tmp/', `${folder}/`)
      .replace('http://slipway:8080', `http://127.0.0.1:${port}`)
      .replace('listen 8080', `listen unix:${folder}/door`)
    await writeFile(`${folder}/door.conf`, config)
    const door = spawn('nginx', ['-c', `${folder}/door.conf`, '-g', 'daemon off;'], { stdio: 'pipe' })
    let said = ''
    door.stderr.on('data', (chunk) => {
      said += chunk
    })
    const ended = new Promise((resolve) => door.on('close', resolve))
    try {
      await expect.poll(() => existsSync(`${folder}/door`) || said !== '', { timeout: 10_000 }).toBe(true)
      const options = { socketPath: `${folder}/door`, headers: { host: 'slipway.example' }, agent: false }
      const answer = await new Promise((resolve, reject) =>
        request({ ...options, method: 'PUT', path: '/npm/@acme%2flib?write=true' }, resolve)
          .on('error', reject)
          .end('x'.repeat(3_000_000)),
      )
      expect(answer).toMatchObject({ statusCode: 200 })
      expect(seen).toEqual(['PUT /npm/@acme%2flib?write=true slipway.example unix:'])
    } finally {
      door.kill('SIGQUIT')
      await ended
      replica.closeAllConnections()
      replica.close()
    }
    expect(said.replace(/^.*user. directive.*$/m, '').trim()).toBe('')
  })
})

describe('the unit', () => {
  it('is understood by systemd', (context) => {
    const verified = ran('systemd-analyze', 'verify', 'deploy/slipway.service')
    if (verified === null) return context.skip()
    // What systemd does not know it only prints; that the program lies elsewhere here is no mistake of the file.
    const lines = verified.said
      .split('\n')
      .filter((line) => line !== '' && !line.includes('is not executable'))
    expect(lines).toEqual([])
  })

  it('exposes little', (context) => {
    const rated = ran('systemd-analyze', 'security', '--offline=true', 'deploy/slipway.service')
    if (rated === null) return context.skip()
    const [, exposure] = /Overall exposure level for slipway\.service: ([\d.]+)/.exec(rated.said) ?? []
    expect(Number(exposure)).toBeLessThan(2)
  })
})

it('names only settings that the server reads', () => {
  const read = ['src/main/settings.ts', 'src/main/serve.ts'].map(text).join('\n')
  for (const file of ['Dockerfile', 'compose.yml', 'compose.replicas.yml', 'deploy/slipway.service']) {
    for (const [name] of text(file).matchAll(/\bSLIPWAY_[A-Z_]+\b/g)) {
      expect(`${file}: ${read.includes(`'${name}'`) || read.includes(`.${name}`) ? name : 'unknown'}`).toBe(
        `${file}: ${name}`,
      )
    }
  }
})

describe('the project’s own workflows', () => {
  it('have nothing that zizmor warns of', (context) => {
    const checked = ran(
      'zizmor',
      '--offline',
      '--no-progress',
      '--color=never',
      '--min-severity=medium',
      '.github/workflows',
    )
    if (checked === null) return context.skip()
    expect(checked.said).toContain('No findings to report')
    expect(checked.status).toBe(0)
  })
})
